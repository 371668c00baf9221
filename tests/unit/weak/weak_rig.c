/*
 * An enabled instance for executions on weak memory. This file is instrumented:
 * what it stores and loads with __atomic is what the simulation decides.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <sys/mman.h>

#include "weak_rig.h"

/* All that the fixture and the builders put somewhere is below this. */
#define MEMORY_SIZE UINT64_C(0xa0010000)
#define S1_AT UINT64_C(0x10000000)
#define NESTED_AT UINT64_C(0x20000000)
#define S2_AT UINT64_C(0x30000000)
#define GIGABYTE UINT64_C(0x40000000)

#define READERS 3
#define READS 4

#define load(p, order) __atomic_load_n(p, order)

/* ---- The guest's memory ---- */

static uint64_t *word_at(const Rig *r, uint64_t pa)
{
    g_assert_cmphex(pa & 7, ==, 0);
    g_assert_cmphex(pa, <, MEMORY_SIZE);
    return &r->memory[pa / 8];
}

void rig_store(Rig *r, uint64_t pa, uint64_t word)
{
    __atomic_store_n(word_at(r, pa), word, __ATOMIC_RELAXED);
}

uint64_t rig_word(const Rig *r, uint64_t pa)
{
    return load(word_at(r, pa), __ATOMIC_RELAXED);
}

/* ---- The adapter's side: in any order that the core does not forbid ---- */

static Rig *rig_of(void *opaque)
{
    return ((Fixture *)opaque)->hook_data;
}

static bool op_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
    uint64_t *words = buf;

    g_assert_cmpuint(len % 8, ==, 0);
    for (size_t i = 0; i < len / 8; i++) {
        words[i] = rig_word(rig_of(opaque), pa + 8 * i);
    }
    return true;
}

static bool op_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
    const uint64_t *words = buf;

    g_assert_cmpuint(len % 8, ==, 0);
    for (size_t i = 0; i < len / 8; i++) {
        rig_store(rig_of(opaque), pa + 8 * i, words[i]);
    }
    return true;
}

static MsmmuUpdate op_update(void *opaque, uint64_t pa, uint64_t expected,
                             uint64_t desired)
{
    return __atomic_compare_exchange_n(word_at(rig_of(opaque), pa), &expected,
                                       desired, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE) ?
           MSMMU_UPDATE_DONE : MSMMU_UPDATE_CHANGED;
}

static void op_irq(void *opaque, MsmmuIrq irq)
{
    msmmu_irq_deliver(((Fixture *)opaque)->m, irq);
}

static void op_wire(G_GNUC_UNUSED void *opaque, G_GNUC_UNUSED MsmmuIrq irq)
{
}

static bool op_message(G_GNUC_UNUSED void *opaque,
                       G_GNUC_UNUSED const MsmmuMessage *message)
{
    return true;
}

static void op_unmap(G_GNUC_UNUSED void *opaque,
                     G_GNUC_UNUSED const MsmmuInvalidation *inv)
{
}

static void op_defer(void *opaque)
{
    ((Fixture *)opaque)->deferred = true;
}

static void op_retire(G_GNUC_UNUSED void *opaque, void *p)
{
    weak_retire(p);
}

static int64_t op_now(G_GNUC_UNUSED void *opaque)
{
    return 0;
}

static void op_guest_error(G_GNUC_UNUSED void *opaque, const char *line)
{
    g_error("%s", line);
}

static const MsmmuOps ops = {
    .read = op_read,
    .write = op_write,
    .update = op_update,
    .irq = op_irq,
    .wire = op_wire,
    .message = op_message,
    .unmap = op_unmap,
    .defer = op_defer,
    .retire = op_retire,
    .now = op_now,
    .guest_error = op_guest_error,
};

/* ---- The guest's processor ---- */

/* Under the big lock, and a reader as all that calls the core is. */
static void begin(Rig *r)
{
    g_mutex_lock(&r->big_lock);
    weak_read_lock();
}

static void end(Rig *r)
{
    fixture_settle(r->f);
    weak_read_unlock();
    g_mutex_unlock(&r->big_lock);
}

void rig_set_reg32(Rig *r, uint64_t offset, uint32_t value)
{
    begin(r);
    fixture_set_reg32(r->f, offset, value);
    end(r);
}

void rig_command(Rig *r, uint64_t word0, uint64_t word1)
{
    uint32_t prod;
    uint64_t pa;

    begin(r);
    prod = fixture_reg32(r->f, SMMU_CMDQ_PROD);
    pa = FIXTURE_CMDQ + 16 * prod;
    rig_store(r, pa, word0);
    rig_store(r, pa + 8, word1);
    fixture_set_reg32(r->f, SMMU_CMDQ_PROD, prod + 1);
    end(r);
    g_assert_cmphex(fixture_reg32(r->f, SMMU_CMDQ_CONS), ==, prod + 1);
}

void rig_tlbi(Rig *r, uint8_t opcode, uint64_t word1)
{
    rig_command(r, (uint64_t)RIG_ASID << 48 | (uint64_t)RIG_VMID << 32 |
                   opcode, word1);
}

/* ---- States ---- */

/* Each page in a set of its own, but for the first two. */
uint64_t rig_va(uint32_t sid, unsigned page)
{
    uint64_t base = sid == SID_STAGE2 ? 2 * GIGABYTE + 0x200000
                                      : UINT64_C(0x600000);

    return base + (page ? (page - 1) * 9 + 64 : 0) * 0x1000;
}

static Tables *tables_of(Rig *r, uint32_t sid)
{
    return sid == SID_STAGE2 ? &r->s2 : sid == SID_NESTED ? &r->nested
                                                          : &r->s1;
}

uint64_t rig_slot(Rig *r, uint32_t sid, unsigned page)
{
    return tables_slot(tables_of(r, sid), rig_va(sid, page), 3);
}

static uint64_t pa_of(uint32_t sid, unsigned page, unsigned n)
{
    unsigned whose = sid == SID_B ? SID_A : sid;

    return (uint64_t)(4 + whose) << 30 | page << 20 | n << 12;
}

/* SH and write permission go with the state. */
uint64_t rig_leaf(uint32_t sid, unsigned page, unsigned n)
{
    uint64_t pa = pa_of(sid, page, n);

    if (sid == SID_STAGE2) {
        return pa | TABLES_PAGE | (n % 2 ? TABLES_S2_RW & ~TABLES_S2_WRITE
                                         : TABLES_S2_RW) |
               (uint64_t)(2 + n % 2) << 8;
    }
    return pa | TABLES_PAGE | TABLES_RW | (n % 2 ? TABLES_RO : 0) |
           (uint64_t)(2 + n % 2) << 8;
}

MsmmuResult rig_state(uint32_t sid, unsigned page, unsigned n)
{
    return (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = pa_of(sid, page, n),
        .perms = n % 2 ? MSMMU_PERM_READ : MSMMU_PERM_READ | MSMMU_PERM_WRITE,
        .attributes.shareability = 2 + n % 2,
    };
}

/* ---- Streams ---- */

static void map_pages(Rig *r, uint32_t sid)
{
    for (unsigned page = 0; page < RIG_PAGES; page++) {
        rig_store(r, rig_slot(r, sid, page), rig_leaf(sid, page, 0));
    }
}

/* Stage 2 maps to itself all that others need, in blocks. */
static void map_stage2(Rig *r)
{
    for (unsigned gigabyte = 0; gigabyte < 4 + SIDS; gigabyte++) {
        uint64_t pa = gigabyte * GIGABYTE;

        if (gigabyte != 2) {
            tables_map(&r->s2, pa, 1, pa, TABLES_S2_RW | 0x300);
        }
    }
}

static void make_streams(Rig *r)
{
    Fixture *f = r->f;
    ConfigWords cd;
    ConfigWords ste;

    r->s1 = tables_new(f, 4, 48, S1_AT);
    r->nested = tables_new(f, 4, 48, NESTED_AT);
    r->s2 = tables_new_at_level(f, 4, 40, 1, S2_AT);
    cd = config_cd(RIG_ASID, r->s1.root);
    for (uint32_t sid = SID_A; sid <= SID_B; sid++) {
        config_put_stage1(f, sid, &cd);
        ste = config_ste_stage1(config_cd_pa(sid));
        config_set_bits(&ste, 143, 128, RIG_VMID);          /* S2VMID */
        config_put_ste(f, sid, &ste);
    }
    cd = config_cd(RIG_ASID, r->nested.root);
    config_put(f, config_cd_pa(SID_NESTED), &cd);
    ste = config_ste_nested(config_cd_pa(SID_NESTED), RIG_VMID, r->s2.root);
    config_put_ste(f, SID_NESTED, &ste);
    ste = config_ste_stage2(RIG_VMID, r->s2.root);
    config_put_ste(f, SID_STAGE2, &ste);
    map_stage2(r);
    map_pages(r, SID_A);
    map_pages(r, SID_NESTED);
    map_pages(r, SID_STAGE2);
}

/* ---- An execution ---- */

/* A result that no state from @least on has. */
static bool is_wrong(const Rig *r, const MsmmuResult *result, uint32_t sid,
                     unsigned page, unsigned least)
{
    for (unsigned n = least; n <= r->scenario->changes; n++) {
        MsmmuResult state = r->scenario->expect(r, n, sid, page);

        if (result->disposition == state.disposition &&
            result->pa == state.pa &&
            (!state.perms ||
             ((result->perms & ~MSMMU_PERM_EXEC) == state.perms &&
              result->attributes.shareability ==
              state.attributes.shareability))) {
            return false;
        }
    }
    return true;
}

static uint32_t choose_sid(const Rig *r)
{
    uint32_t sid;

    do {
        sid = weak_random(SIDS);
    } while (!(r->scenario->sids >> sid & 1));
    return sid;
}

static void read_pages(Rig *r)
{
    unsigned reads = r->scenario->reads ? r->scenario->reads : READS;

    for (unsigned i = 0; i < reads; i++) {
        uint32_t sid = choose_sid(r);
        unsigned page = weak_random(r->scenario->pages);
        MsmmuRequest rq = { .sid = sid, .iova = rig_va(sid, page) };
        unsigned least;
        MsmmuResult result;

        weak_read_lock();
        least = load(&r->completed, __ATOMIC_ACQUIRE);
        result = msmmu_translate(r->f->m, &rq);
        weak_read_unlock();
        if (is_wrong(r, &result, sid, page, least)) {
            g_printerr("# stream %u, page %u, after change %u: "
                       "disposition %u, PA 0x%" PRIx64 ", permissions %u, "
                       "shareability %u\n", sid, page, least,
                       result.disposition, result.pa, result.perms,
                       result.attributes.shareability);
            g_assert_not_reached();
        }
    }
}

static void thread(void *opaque, unsigned number)
{
    Rig *r = opaque;

    if (number) {
        read_pages(r);
        return;
    }
    for (unsigned n = 1; n <= r->scenario->changes; n++) {
        r->scenario->change(r, n);
        __atomic_store_n(&r->completed, n, __ATOMIC_RELEASE);
    }
}

static MsmmuConfig config_of(const Scenario *scenario)
{
    MsmmuConfig c = msmmu_config_default();

    c.stages = MSMMU_STAGE_1 | MSMMU_STAGE_2;
    c.hyp = true;
    c.arch_minor = 2;
    c.vmid_bits = 16;
    c.tlb_entries = scenario->tlb_entries ? scenario->tlb_entries : 64;
    return c;
}

static void execute(Rig *r, unsigned seed)
{
    MsmmuConfig c = config_of(r->scenario);

    r->seed = seed;
    r->completed = 0;
    r->f = fixture_new_over(&c, &ops, r->memory, MEMORY_SIZE);
    r->f->hook_data = r;
    if (seed % 4) {
        msmmu_set_window(r->f->m, &r->window);
    }
    fixture_enable(r->f);
    make_streams(r);
    if (r->scenario->prepare) {
        r->scenario->prepare(r);
    }
    weak_execute(seed, 1 + READERS, thread, r);
    g_assert_cmpuint(r->completed, ==, r->scenario->changes);
    fixture_free(r->f);
}

void rig_run(const Scenario *scenario, unsigned count)
{
    g_autofree Rig *r = g_new0(Rig, 1);
    const char *only = g_getenv("MSMMU_SEED");
    const char *times = g_getenv("MSMMU_TIMES");

    if (times) {
        count *= g_ascii_strtoull(times, NULL, 10);
    }
    r->scenario = scenario;
    r->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_assert_true(r->memory != MAP_FAILED);
    r->window = (MsmmuWindow) { .size = MEMORY_SIZE, .host = r->memory };
    if (only) {
        execute(r, g_ascii_strtoull(only, NULL, 10));
    } else {
        for (unsigned seed = 0; seed < count; seed++) {
            execute(r, seed);
        }
    }
    munmap(r->memory, MEMORY_SIZE);
}
