/*
 * The instance under test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "machine.h"

#define CMDQ_LOG2 6
#define EVENTQ_LOG2 7
#define CMDQ ORACLE_QUEUES
#define EVENTQ (ORACLE_QUEUES + 0x8000)

/* ---- MsmmuOps ----------------------------------------------------------- */

static bool op_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
    Machine *mc = opaque;

    return oracle_memory_load(mc->memory, pa, buf, len);
}

static bool op_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
    Machine *mc = opaque;

    if (pa < EVENTQ || pa - EVENTQ >= 32 << EVENTQ_LOG2 || len != 32) {
        mc->strays++;
        return false;
    }
    mc->records++;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t word;

        memcpy(&word, (const uint8_t *)buf + 8 * i, 8);
        mc->record[i] = GUINT64_FROM_LE(word);
    }
    return oracle_memory_store(mc->memory, pa, buf, len);
}

static MachineUpdate *update_of(Machine *mc, uint64_t pa)
{
    for (unsigned i = 0; i < mc->update_count; i++) {
        if (mc->updates[i].pa == pa) {
            return &mc->updates[i];
        }
    }
    g_assert_cmpuint(mc->update_count, <, MACHINE_UPDATES);
    mc->updates[mc->update_count] = (MachineUpdate) { .pa = pa };
    return &mc->updates[mc->update_count++];
}

static MsmmuUpdate op_update(void *opaque, uint64_t pa, uint64_t expected,
                             uint64_t desired)
{
    Machine *mc = opaque;
    uint64_t old = oracle_memory_peek(mc->memory, pa);

    g_assert_cmpuint(pa % 8, ==, 0);
    if (!oracle_memory_writable(mc->memory, pa)) {
        return MSMMU_UPDATE_ABORT;
    }
    if (old != expected) {
        return MSMMU_UPDATE_CHANGED;
    }
    oracle_memory_poke(mc->memory, pa, desired);
    update_of(mc, pa)->changed ^= old ^ desired;
    return MSMMU_UPDATE_DONE;
}

static void op_irq(void *opaque, MsmmuIrq irq)
{
    (void)opaque;
    (void)irq;
}

static void op_wire(void *opaque, MsmmuIrq irq)
{
    (void)opaque;
    (void)irq;
}

static bool op_message(void *opaque, const MsmmuMessage *message)
{
    (void)opaque;
    (void)message;
    return true;
}

static void op_unmap(void *opaque, const MsmmuInvalidation *inv)
{
    (void)opaque;
    (void)inv;
}

static void op_defer(void *opaque)
{
    (void)opaque;
}

static void op_retire(void *opaque, void *p)
{
    Machine *mc = opaque;

    g_ptr_array_add(mc->retired, p);
}

/* A second passes between any two events, so that none are merged (7.3.1). */
static int64_t op_now(void *opaque)
{
    Machine *mc = opaque;

    return mc->now += 1000000000;
}

static void op_guest_error(void *opaque, const char *line)
{
    (void)opaque;
    (void)line;
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

/* ---- Life --------------------------------------------------------------- */

void machine_init(Machine *mc, OracleMemory *memory)
{
    *mc = (Machine) { .memory = memory };
    mc->retired = g_ptr_array_new_with_free_func(g_free);
}

static void discard(Machine *mc)
{
    g_clear_pointer(&mc->m, msmmu_free);
    g_ptr_array_set_size(mc->retired, 0);
}

void machine_finish(Machine *mc)
{
    discard(mc);
    g_ptr_array_unref(mc->retired);
}

bool machine_create(Machine *mc, const MsmmuConfig *c)
{
    g_autoptr(GError) error = NULL;

    discard(mc);
    mc->config = *c;
    mc->commands = 0;
    mc->m = msmmu_new(c, &ops, mc, &error);
    g_assert((mc->m == NULL) == (error != NULL));
    return mc->m;
}

/* ---- Programming -------------------------------------------------------- */

static void set(Machine *mc, uint64_t offset, unsigned size, uint64_t value)
{
    g_assert_true(msmmu_mmio_write(mc->m, offset, size, value));
}

void machine_program(Machine *mc, const SceneRegisters *regs)
{
    uint64_t idr0;

    g_assert_true(msmmu_mmio_read(mc->m, 0, 4, &idr0));
    mc->hyp = idr0 >> 9 & 1;
    set(mc, 0x2c, 4, regs->cr2);
    set(mc, 0x80, 8, regs->strtab_base);
    set(mc, 0x88, 4, regs->strtab_cfg);
    set(mc, 0x90, 8, CMDQ | CMDQ_LOG2);
    set(mc, 0xa0, 8, EVENTQ | EVENTQ_LOG2);
    set(mc, 0x44, 4, regs->gbpa | 1u << 31);
    set(mc, 0x20, 4, regs->cr0);
}

void machine_forget(Machine *mc)
{
    mc->records = 0;
    mc->update_count = 0;
    mc->strays = 0;
}

static void command(Machine *mc, uint64_t word0, uint64_t word1)
{
    uint64_t slot = CMDQ + 16 * (mc->commands % (1 << CMDQ_LOG2));

    oracle_memory_poke(mc->memory, slot, word0);
    oracle_memory_poke(mc->memory, slot + 8, word1);
    mc->commands = (mc->commands + 1) % (2 << CMDQ_LOG2);
}

static void ring(Machine *mc)
{
    uint64_t cons;

    set(mc, 0x98, 4, mc->commands);
    g_assert_true(msmmu_mmio_read(mc->m, 0x9c, 4, &cons));
    g_assert_cmphex(cons, ==, mc->commands);    /* all consumed, no error */
    /* The events were looked at. */
    g_assert_true(msmmu_mmio_read(mc->m, 0x100a8, 4, &cons));
    set(mc, 0x100ac, 4, cons);
}

static void invalidate_tables(Machine *mc)
{
    command(mc, 0x30, 0);       /* CMD_TLBI_NSNH_ALL */
    if (mc->hyp) {
        command(mc, 0x20, 0);   /* CMD_TLBI_EL2_ALL */
    }
}

void machine_invalidate_tables(Machine *mc)
{
    invalidate_tables(mc);
    ring(mc);
}

void machine_invalidate(Machine *mc, const uint32_t *sids, unsigned count,
                        bool everything)
{
    if (everything) {
        command(mc, 0x04, 31);  /* CMD_CFGI_ALL */
    }
    for (unsigned i = 0; i < count && !everything; i++) {
        command(mc, 0x03 | (uint64_t)sids[i] << 32, 0);     /* CFGI_STE */
    }
    machine_invalidate_tables(mc);
}

void machine_invalidate_el2(Machine *mc)
{
    if (mc->hyp) {
        command(mc, 0x20, 0);
        ring(mc);
    }
}
