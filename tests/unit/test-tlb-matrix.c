/*
 * The translation cache and the commands: every TLBI against entries of every
 * kind of translation, ASID, VMID, global or not, cached or under way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "cache.h"

/* Pages: the commands are about the first. */
#define VA_NAMED UINT64_C(0x0000004000004000)
#define VA_OTHER UINT64_C(0x0000004000005000)

/* ---- Entries ---- */

typedef struct Entry {
    CacheKind kind;
    uint16_t vmid;
    uint16_t asid;
    bool global;
    MsmmuContext ctx;
} Entry;

/* 8 + 2 + 8 + 1 + 4 */
#define ENTRIES_MAX 23

/*
 * Every combination that the kind has: EL1 has two VMIDs, all stage 1 but EL2
 * two ASIDs. What EL2 caches is global.
 */
static unsigned make_entries(Cache *c, Entry *entries)
{
    unsigned n = 0;

    for (unsigned i = 0; i < KINDS * 8; i++) {
        Entry e = {
            .kind = i / 8,
            .vmid = 1 + (i & 1),
            .asid = 1 + (i >> 1 & 1),
            .global = i >> 2 & 1,
        };
        bool has_vmid = e.kind != KIND_EL2 && e.kind != KIND_EL2_E2H;
        bool has_asid = e.kind != KIND_EL2 && e.kind != KIND_STAGE2;

        if ((!has_vmid && e.vmid == 2) || (!has_asid && e.asid == 2) ||
            (!has_asid && e.global)) {
            continue;
        }
        e.vmid = has_vmid ? e.vmid : 0;
        e.asid = has_asid ? e.asid : 0;
        e.global |= e.kind == KIND_EL2;
        e.ctx = context_of_kind(e.kind, e.vmid, e.asid);
        /* Others of the same tags: a table of its own. */
        e.ctx.ttb[0].table_pa = 0x100000 * (n + 1);
        e.ctx.s2.table_pa = 0x100000 * (n + 1);
        msmmu_tlb_intern(&c->m, &e.ctx);
        entries[n++] = e;
    }
    return n;
}

/* ---- Commands, as 4.4.2 to 4.4.4 describe them ---- */

enum {
    S1 = 1 << KIND_STAGE1,
    S2 = 1 << KIND_STAGE2,
    NESTED = 1 << KIND_NESTED,
    EL2 = 1 << KIND_EL2,
    E2H = 1 << KIND_EL2_E2H,
};

typedef enum AsidRule {
    ANY_ASID,                   /* and global */
    ASID_ONLY,                  /* not global */
    ASID_OR_GLOBAL,
} AsidRule;

typedef struct Form {
    const char *name;
    uint8_t opcode;
    unsigned kinds;             /* with CR2.E2H == 0 */
    unsigned kinds_e2h;         /* with CR2.E2H == 1 */
    bool by_vmid;
    bool by_address;
    AsidRule asid;
} Form;

static const Form forms[] = {
    { "NH_ALL", 0x10, S1 | NESTED, S1 | NESTED, .by_vmid = true },
    { "NH_ASID", 0x11, S1 | NESTED, S1 | NESTED, .by_vmid = true,
      .asid = ASID_ONLY },
    { "NH_VA", 0x12, S1 | NESTED, S1 | NESTED, .by_vmid = true,
      .asid = ASID_OR_GLOBAL, .by_address = true },
    { "NH_VAA", 0x13, S1 | NESTED, S1 | NESTED, .by_vmid = true,
      .by_address = true },
    { "EL2_ALL", 0x20, EL2 | E2H, EL2 | E2H, .by_vmid = false },
    { "EL2_ASID", 0x21, E2H, E2H, .asid = ASID_ONLY },
    { "EL2_VA", 0x22, EL2, E2H, .asid = ASID_OR_GLOBAL,
      .by_address = true },
    { "EL2_VAA", 0x23, EL2, E2H, .by_address = true },
    { "S12_VMALL", 0x28, S1 | S2 | NESTED, S1 | S2 | NESTED,
      .by_vmid = true },
    { "S2_IPA", 0x2a, S2, S2, .by_vmid = true, .by_address = true },
    { "NSNH_ALL", 0x30, S1 | S2 | NESTED, S1 | S2 | NESTED,
      .by_vmid = false },
};

typedef struct Command {
    const Form *form;
    bool e2h;
    uint16_t vmid;
    uint16_t asid;
    uint64_t word1;
} Command;

/* Whether @cmd drops @e, which is at the address it is about. */
static bool is_dropped(const Command *cmd, const Entry *e)
{
    unsigned kinds = cmd->e2h ? cmd->form->kinds_e2h : cmd->form->kinds;

    if (!(kinds & 1 << e->kind) ||
        (cmd->form->by_vmid && cmd->vmid != e->vmid)) {
        return false;
    }
    switch (cmd->form->asid) {
    case ASID_ONLY:
        return cmd->asid == e->asid && !e->global;
    case ASID_OR_GLOBAL:
        return cmd->asid == e->asid || e->global;
    default:
        return true;
    }
}

static void run(Cache *c, const Command *cmd)
{
    c->m.regs.cr2 = cmd->e2h;
    g_assert_true(tlbi(c, (uint64_t)cmd->asid << 48 |
                          (uint64_t)cmd->vmid << 32 | cmd->form->opcode,
                       cmd->word1));
}

typedef struct Counts {
    unsigned commands;
    unsigned dropped;
    unsigned kept;
} Counts;

static void say(const Command *cmd, const Entry *e)
{
    g_test_message("%s, VMID %u, ASID %u, E2H %d, entry: kind %d, VMID %u, "
                   "ASID %u, global %d", cmd->form->name, cmd->vmid,
                   cmd->asid, cmd->e2h, e->kind, e->vmid, e->asid,
                   e->global);
}

/* What is cached. */
static void check_cached(const Command *cmd, Counts *counts)
{
    Cache *c = cache_new();
    Entry e[ENTRIES_MAX];
    unsigned n = make_entries(c, e);

    g_assert_cmpuint(n, ==, ENTRIES_MAX);
    for (unsigned i = 0; i < n; i++) {
        insert_page(c, &e[i].ctx, VA_NAMED, e[i].global);
        insert_page(c, &e[i].ctx, VA_OTHER, e[i].global);
    }
    run(c, cmd);
    for (unsigned i = 0; i < n; i++) {
        bool dropped = is_dropped(cmd, &e[i]);
        bool other_dropped = dropped && !cmd->form->by_address;

        if (hit(c, &e[i].ctx, VA_NAMED) == dropped ||
            hit(c, &e[i].ctx, VA_OTHER) == other_dropped) {
            say(cmd, &e[i]);
            g_assert_not_reached();
        }
        counts->dropped += dropped + other_dropped;
        counts->kept += !dropped + !other_dropped;
    }
    counts->commands++;
    cache_free(c);
}

/* What a walk is about to find that began before the command. */
static void check_under_way(const Command *cmd, Counts *counts)
{
    Cache *c = cache_new();
    Entry e[ENTRIES_MAX];
    uint64_t epochs[ENTRIES_MAX];
    unsigned n = make_entries(c, e);

    for (unsigned i = 0; i < n; i++) {
        epochs[i] = epoch_of(c, &e[i].ctx);
    }
    run(c, cmd);
    for (unsigned i = 0; i < n; i++) {
        MsmmuTranslation t = page(VA_NAMED, 0x5000);
        bool kept;

        t.global = e[i].global;
        msmmu_tlb_insert(&c->m, &e[i].ctx, &t, epochs[i]);
        kept = hit(c, &e[i].ctx, VA_NAMED);
        if (kept && is_dropped(cmd, &e[i])) {
            say(cmd, &e[i]);
            g_assert_not_reached();
        }
        /* A walk that begins now is cached. */
        insert(c, &e[i].ctx, &t);
        g_assert_true(hit(c, &e[i].ctx, VA_NAMED));
        counts->dropped += !kept;
        counts->kept += kept;
    }
    counts->commands++;
    cache_free(c);
}

static void each_command(void (*check)(const Command *, Counts *))
{
    Counts counts = { 0 };

    for (unsigned i = 0; i < G_N_ELEMENTS(forms) * 2 * 4 * 4; i++) {
        const Form *form = &forms[i / 32];
        Command cmd = {
            .form = form,
            .e2h = i & 1,
            .vmid = i >> 1 & 3,
            .asid = i >> 3 & 3,
            .word1 = form->by_address ? VA_NAMED : 0,
        };

        check(&cmd, &counts);
    }
    g_test_message("%u commands: %u dropped, %u kept", counts.commands,
                   counts.dropped, counts.kept);
    g_assert_cmpuint(counts.dropped, >, 0);
    g_assert_cmpuint(counts.kept, >, 0);
}

static void test_cached(void)
{
    each_command(check_cached);
}

static void test_under_way(void)
{
    each_command(check_under_way);
}

/*
 * By address alone it is bounded too: whoever looks at all sets, because the
 * range is long, drops the same.
 */
static void check_long_range(const Command *cmd, Counts *counts)
{
    Command lengthened = *cmd;
    Cache *c = cache_new();
    Entry e[ENTRIES_MAX];
    unsigned n = make_entries(c, e);

    if (!cmd->form->by_address) {
        cache_free(c);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        insert_page(c, &e[i].ctx, VA_NAMED, e[i].global);
    }
    /* TG 4KB, SCALE 39, from 0 */
    lengthened.word1 = 0x400;
    c->m.regs.cr2 = cmd->e2h;
    g_assert_true(tlbi(c, (uint64_t)cmd->asid << 48 |
                          (uint64_t)cmd->vmid << 32 | 39 << 20 |
                          cmd->form->opcode, lengthened.word1));
    for (unsigned i = 0; i < n; i++) {
        bool dropped = is_dropped(cmd, &e[i]);

        g_assert_cmpint(hit(c, &e[i].ctx, VA_NAMED), ==, !dropped);
        counts->dropped += dropped;
        counts->kept += !dropped;
    }
    counts->commands++;
    cache_free(c);
}

static void test_long_range(void)
{
    each_command(check_long_range);
}

/* ---- Ranges over leaves (4.4.1.1) ---- */

/*
 * A leaf of each granule and level, with ranges that end just before it, begin
 * just behind it, touch its first and its last page, and hints that fit or not.
 */
static void check_leaf(unsigned size, uint64_t va, CacheKind kind,
                       Counts *counts)
{
    static const uint8_t opcodes[KINDS] = { 0x12, 0x2a, 0x12, 0x22, 0x22 };
    const CacheLeafSize *l = &leaf_sizes[size];
    uint64_t bytes = UINT64_C(1) << l->log2;
    unsigned tg = 1 + l->granule;
    unsigned granule_log2 = 10 + 2 * tg;
    uint64_t granule = UINT64_C(1) << granule_log2;
    const struct {
        uint64_t first;
        unsigned num, scale;
        bool touches;
    } ranges[] = {
        { va - 2 * granule, 1, 0, false },
        { va - granule, 1, 0, true },
        { va, 1, 0, true },
        { va + bytes - granule, 1, 0, true },
        { va + bytes, 1, 0, false },
        /* As long as the leaf, and beginning in the middle of it */
        { va - bytes, 0, l->log2 - granule_log2, false },
        { va, 0, l->log2 - granule_log2, true },
        { va + (bytes / 2 & ~(granule - 1)), 31, l->log2 - granule_log2,
          true },
        { va + bytes, 31, l->log2 - granule_log2, false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(ranges) * 3 * 4; i++) {
        unsigned hint_tg = 1 + i % 3;
        unsigned ttl = i / 3 % 4;
        unsigned r = i / 12;
        Cache *c;
        MsmmuContext ctx;
        MsmmuTranslation t = leaf(size, va, 0);
        bool drop = ranges[r].touches && hint_tg == tg &&
                    (ttl == 0 || ttl == l->level);

        if (!ranges[r].num && !ranges[r].scale && !ttl) {
            continue;                           /* Reserved */
        }
        /* Another granule's range is another; only the hint is tried. */
        if (hint_tg != tg && r != 2) {
            continue;
        }
        c = cache_new();
        ctx = context_of_kind(kind, 0, 0);
        msmmu_tlb_intern(&c->m, &ctx);
        t.global = kind == KIND_EL2;
        c->m.regs.cr2 = kind == KIND_EL2_E2H;
        insert(c, &ctx, &t);
        g_assert_true(tlbi(c, opcodes[kind] | ranges[r].num << 12 |
                              ranges[r].scale << 20,
                           ranges[r].first | hint_tg << 10 | ttl << 8));
        if (hit(c, &ctx, va) == drop) {
            g_error("size %u, kind %d, range %u, TG %u, TTL %u", size, kind,
                    r, hint_tg, ttl);
        }
        counts->commands++;
        counts->dropped += drop;
        counts->kept += !drop;
        cache_free(c);
    }
}

static void test_ranges_over_leaves(void)
{
    Counts counts = { 0 };

    for (unsigned size = 0; size < LEAF_SIZES; size++) {
        uint64_t bytes = UINT64_C(1) << leaf_sizes[size].log2;

        for (CacheKind kind = 0; kind < KINDS; kind++) {
            check_leaf(size, 4 * bytes, kind, &counts);
        }
        /* Of 52 bits, the next to last, and in the upper half */
        check_leaf(size, (UINT64_C(1) << 52) - 40 * bytes, KIND_STAGE2,
                   &counts);
        check_leaf(size, UINT64_C(0xfff0000000000000) + 4 * bytes,
                   KIND_STAGE1, &counts);
        check_leaf(size, UINT64_C(0xfff0000000000000) + 4 * bytes,
                   KIND_EL2_E2H, &counts);
    }
    g_test_message("%u ranges: %u dropped, %u kept", counts.commands,
                   counts.dropped, counts.kept);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/tlb/" claim, function)
    ADD("every-tlbi-drops-its-entries-and-no-others", test_cached);
    ADD("walks-that-any-tlbi-names-are-not-cached", test_under_way);
    ADD("long-ranges-drop-the-same", test_long_range);
    ADD("ranges-and-hints-over-every-leaf", test_ranges_over_leaves);
#undef ADD
    return g_test_run();
}
