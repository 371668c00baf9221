/*
 * Instances of the core to be measured: see world.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>
#include <sys/mman.h>

#include "config_tables.h"
#include "streams.h"
#include "tables.h"
#include "world.h"

/* Of memory, of which what is not used takes none of the host's. */
#define MEMORY_SIZE (UINT64_C(4) << 30)
#define S1_TABLES UINT64_C(0xb0000000)
#define S2_TABLES UINT64_C(0xd0000000)
/* Where pages are after each stage: there is no memory. */
#define OUTPUT UINT64_C(0x2000000000)
#define INTERMEDIATE UINT64_C(0x1800000000)
#define QUEUE_LOG2 10
#define STREAMS_LOG2 14
#define RETIRED_MAX 16384

_Static_assert(WORLD_COMMANDS == 1 << QUEUE_LOG2, "they all fit");

/* ---- What the core calls ---- */

static bool op_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
    Fixture *f = opaque;

    if (pa > f->flat_size - len) {
        return false;
    }
    if (len == 8) {
        memcpy(buf, f->flat + pa, 8);
    } else {
        memcpy(buf, f->flat + pa, len);
    }
    return true;
}

static bool op_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
    Fixture *f = opaque;

    if (pa > f->flat_size - len) {
        return false;
    }
    memcpy(f->flat + pa, buf, len);
    return true;
}

static MsmmuUpdate op_update(void *opaque, uint64_t pa, uint64_t expected,
                             uint64_t desired)
{
    return fixture_swap64(opaque, pa, expected, desired) ?
           MSMMU_UPDATE_DONE : MSMMU_UPDATE_CHANGED;
}

static void op_irq(void *opaque, MsmmuIrq irq)
{
    Fixture *f = opaque;

    msmmu_irq_deliver(f->m, irq);
}

static void op_wire(void *opaque, MsmmuIrq irq)
{
    Fixture *f = opaque;

    f->irqs[irq]++;
}

static bool op_message(G_GNUC_UNUSED void *opaque,
                       G_GNUC_UNUSED const MsmmuMessage *message)
{
    return true;
}

static void op_unmap(void *opaque, const MsmmuInvalidation *inv)
{
    Fixture *f = opaque;
    World *w = f->hook_data;

    if (w) {
        w->last = *inv;
    }
}

static void op_defer(void *opaque)
{
    Fixture *f = opaque;

    f->deferred = true;
}

/*
 * As with RCU, it is freed later: by fixture_collect() between samples, or here
 * if none comes. There is one thread; what it still uses is among the last.
 */
static void op_retire(void *opaque, void *p)
{
    Fixture *f = opaque;

    if (f->retired->len == RETIRED_MAX) {
        g_ptr_array_remove_range(f->retired, 0, RETIRED_MAX / 2);
    }
    g_ptr_array_add(f->retired, p);
}

static int64_t op_now(void *opaque)
{
    Fixture *f = opaque;

    return f->now;
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

/* ---- Structures in memory ---- */

static void map_to_itself(Tables *t, uint64_t first, uint64_t end)
{
    for (uint64_t at = first & ~UINT64_C(0xfff); at < end; at += 4096) {
        tables_map(t, at, 3, at, TABLES_S2_RW);
    }
}

/* Stage 1 leads to IPAs if there is a stage 2, which leads them on. */
static void map_pages(World *w, Tables *s1, Tables *s2)
{
    bool nested = w->shape.kind == KIND_NESTED;

    for (unsigned i = 0; i < w->shape.pages; i++) {
        uint64_t va = world_address(w, i);
        uint64_t ipa = va - WORLD_PAGES + INTERMEDIATE;
        uint64_t pa = va - WORLD_PAGES + OUTPUT;

        if (w->shape.kind == KIND_STAGE2) {
            tables_map(s2, va, 3, pa, TABLES_S2_RW);
            continue;
        }
        tables_map(s1, va, 3, nested ? ipa : pa, TABLES_RW);
        if (nested) {
            tables_map(s2, ipa, 3, pa, TABLES_S2_RW);
        }
    }
}

static ConfigWords ste_of(const World *w, unsigned stream, const Tables *s2)
{
    uint64_t cd_pa = config_cd_pa(stream);
    bool stage1 = w->shape.kind != KIND_STAGE2;
    ConfigWords ste = config_ste_stage1(stage1 ? cd_pa : 0);

    config_set_bits(&ste, 143, 128, WORLD_VMID);            /* S2VMID */
    if (w->shape.kind == KIND_STAGE1) {
        return ste;
    }
    config_set_bits(&ste, 3, 1, 6 | stage1);                /* Config */
    config_set_bits(&ste, 165, 160, 16);                    /* S2T0SZ */
    config_set_bits(&ste, 167, 166, 2);                     /* S2SL0 */
    config_set_bits(&ste, 178, 176, 5);                     /* S2PS */
    config_set_bits(&ste, 179, 179, 1);                     /* S2AA64 */
    config_set_bits(&ste, 186, 186, 1);                     /* S2R */
    config_set_bits(&ste, 243, 196, s2->root >> 4);         /* S2TTB */
    return ste;
}

static void put_streams(World *w, const Tables *s1, const Tables *s2)
{
    for (unsigned i = 0; i < w->shape.streams; i++) {
        ConfigWords ste = ste_of(w, i, s2);
        ConfigWords cd = config_cd(i + 1, s1->root);

        config_put(w->f, config_cd_pa(i), &cd);
        config_put_ste(w->f, i, &ste);
    }
}

static void build(World *w)
{
    Tables s1 = tables_new(w->f, 4, 48, S1_TABLES);
    Tables s2 = tables_new_at_level(w->f, 4, 48, 0, S2_TABLES);

    map_pages(w, &s1, &s2);
    if (w->shape.kind == KIND_NESTED) {
        map_to_itself(&s2, s1.root, s1.next);
        map_to_itself(&s2, config_cd_pa(0), config_cd_pa(w->shape.streams));
    }
    g_assert_cmphex(s1.next, <=, S2_TABLES);
    g_assert_cmphex(s2.next, <=, MEMORY_SIZE);
    put_streams(w, &s1, &s2);
}

/* ---- Life ---- */

static unsigned power_of_two(unsigned n)
{
    unsigned power = 1;

    while (power < n) {
        power *= 2;
    }
    return power;
}

static void enable(Fixture *f)
{
    fixture_set_reg32(f, SMMU_CR2, 0x2);                    /* RECINVSID */
    fixture_set_reg64(f, SMMU_STRTAB_BASE, FIXTURE_STRTAB);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, STREAMS_LOG2);
    fixture_enable_queues(f, QUEUE_LOG2);
    fixture_set_reg32(f, SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN);
}

World *world_new(const WorldShape *shape)
{
    World *w = g_new0(World, 1);
    MsmmuConfig config = streams_config();

    w->shape = *shape;
    config.tlb_entries = shape->tlb_entries;
    if (!config.tlb_entries) {
        config.tlb_entries =
            MAX(4096, power_of_two(2 * shape->pages * shape->streams));
    }
    w->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_assert(w->memory != MAP_FAILED);
    w->f = fixture_new_over(&config, &ops, w->memory, MEMORY_SIZE);
    w->f->hook_data = w;
    w->window = (MsmmuWindow) { .size = MEMORY_SIZE, .host = w->memory };
    msmmu_set_window(w->f->m, &w->window);
    g_assert_cmpuint(shape->streams, <=, 1 << STREAMS_LOG2);
    enable(w->f);
    build(w);
    return w;
}

void world_free(World *w)
{
    g_assert_cmpuint(fixture_cerror(w->f), ==, 0);
    fixture_free(w->f);
    munmap(w->memory, MEMORY_SIZE);
    g_free(w);
}

/* ---- Transactions ---- */

void world_touch(World *w, unsigned stream, unsigned page)
{
    const MsmmuRequest rq = {
        .sid = stream, .iova = world_address(w, page),
    };

    g_assert_cmpint(msmmu_translate(w->f->m, &rq).disposition, ==,
                    MSMMU_FORWARD);
}

void world_fill(World *w, unsigned streams, unsigned pages)
{
    for (unsigned s = 0; s < streams; s++) {
        for (unsigned i = 0; i < pages; i++) {
            world_touch(w, s, i);
        }
    }
}

unsigned world_cached(World *w, unsigned streams, unsigned pages)
{
    unsigned cached = 0;

    for (unsigned s = 0; s < streams; s++) {
        const MsmmuRequest rq = { .sid = s };
        const MsmmuContext *ctx = msmmu_config_peek(w->f->m, &rq);
        MsmmuTranslation t;

        for (unsigned i = 0; ctx && i < pages; i++) {
            cached += msmmu_tlb_peek(w->f->m, ctx, world_address(w, i), &t);
        }
    }
    return cached;
}

/* ---- Queues ---- */

static uint32_t next_index(uint32_t index)
{
    return (index + 1) & (2 * WORLD_COMMANDS - 1);
}

void world_command(World *w, uint64_t word0, uint64_t word1)
{
    uint64_t pa = FIXTURE_CMDQ + 16 * (w->cmdq_prod % WORLD_COMMANDS);

    fixture_write64(w->f, pa, word0);
    fixture_write64(w->f, pa + 8, word1);
    w->cmdq_prod = next_index(w->cmdq_prod);
}

void world_run(World *w)
{
    msmmu_mmio_write(w->f->m, SMMU_CMDQ_PROD, 4, w->cmdq_prod);
    fixture_settle(w->f);
}

void world_check(World *w)
{
    g_assert_cmphex(fixture_reg32(w->f, SMMU_CMDQ_CONS), ==, w->cmdq_prod);
}

unsigned world_take_events(World *w)
{
    uint32_t prod = fixture_reg32(w->f, SMMU_EVENTQ_PROD);
    uint32_t cons = fixture_reg32(w->f, SMMU_EVENTQ_CONS);

    /* No overflow: bit 31 of both is the same. */
    g_assert_cmphex(prod >> 31, ==, cons >> 31);
    fixture_set_reg32(w->f, SMMU_EVENTQ_CONS, prod);
    return (prod - cons) & (2 * WORLD_COMMANDS - 1);
}
