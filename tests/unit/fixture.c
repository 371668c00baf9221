/*
 * An instance of the core over fake guest memory, for unit tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "fixture.h"

#define PAGE 4096

typedef struct FaultRange {
    uint64_t first;
    uint64_t last;
} FaultRange;

/* ---- Memory ---- */

static uint8_t *page_of(Fixture *f, uint64_t pa, bool create)
{
    uint64_t number = pa / PAGE;
    uint8_t *page = g_hash_table_lookup(f->pages, &number);

    if (!page && create) {
        page = g_malloc0(PAGE);
        g_hash_table_insert(f->pages, g_memdup2(&number, sizeof(number)),
                            page);
    }
    return page;
}

static uint8_t *flat_at(Fixture *f, uint64_t pa, size_t len)
{
    g_assert_cmphex(pa, <=, f->flat_size - len);
    return f->flat + pa;
}

void fixture_read(Fixture *f, uint64_t pa, void *buf, size_t len)
{
    uint8_t *to = buf;

    if (f->flat) {
        memcpy(buf, flat_at(f, pa, len), len);
        return;
    }
    g_mutex_lock(&f->lock);
    for (size_t i = 0; i < len; i++) {
        uint8_t *page = page_of(f, pa + i, false);

        to[i] = page ? page[(pa + i) % PAGE] : 0;
    }
    g_mutex_unlock(&f->lock);
}

void fixture_write(Fixture *f, uint64_t pa, const void *buf, size_t len)
{
    const uint8_t *from = buf;

    if (f->flat) {
        memcpy(flat_at(f, pa, len), buf, len);
        return;
    }
    g_mutex_lock(&f->lock);
    for (size_t i = 0; i < len; i++) {
        page_of(f, pa + i, true)[(pa + i) % PAGE] = from[i];
    }
    g_mutex_unlock(&f->lock);
}

uint64_t fixture_read64(Fixture *f, uint64_t pa)
{
    uint8_t b[8];
    uint64_t value = 0;

    fixture_read(f, pa, b, 8);
    for (int i = 0; i < 8; i++) {
        value |= (uint64_t)b[i] << (8 * i);
    }
    return value;
}

void fixture_write64(Fixture *f, uint64_t pa, uint64_t value)
{
    uint8_t b[8];

    for (int i = 0; i < 8; i++) {
        b[i] = value >> (8 * i);
    }
    fixture_write(f, pa, b, 8);
}

bool fixture_swap64(Fixture *f, uint64_t pa, uint64_t expected,
                    uint64_t desired)
{
    uint8_t *bytes;
    bool same;

    g_mutex_lock(&f->lock);
    bytes = f->flat ? flat_at(f, pa, 8) : page_of(f, pa, true) + pa % PAGE;
    same = msmmu_load_le64(bytes) == expected;
    if (same) {
        msmmu_store_le64(bytes, desired);
    }
    g_mutex_unlock(&f->lock);
    return same;
}

void fixture_write_words(Fixture *f, uint64_t pa, const uint64_t *words,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        fixture_write64(f, pa + 8 * i, words[i]);
    }
}

void fixture_wipe(Fixture *f)
{
    g_mutex_lock(&f->lock);
    g_hash_table_remove_all(f->pages);
    g_mutex_unlock(&f->lock);
}

void fixture_fail(Fixture *f, uint64_t first, uint64_t last)
{
    FaultRange range = { first, last };

    g_mutex_lock(&f->lock);
    g_array_append_val(f->faults, range);
    g_mutex_unlock(&f->lock);
}

void fixture_heal(Fixture *f)
{
    g_mutex_lock(&f->lock);
    g_array_set_size(f->faults, 0);
    g_mutex_unlock(&f->lock);
}

static bool fails(Fixture *f, uint64_t pa, size_t len)
{
    bool hit = false;

    g_mutex_lock(&f->lock);
    for (unsigned i = 0; i < f->faults->len; i++) {
        FaultRange *range = &g_array_index(f->faults, FaultRange, i);

        hit |= pa <= range->last && pa + len - 1 >= range->first;
    }
    g_mutex_unlock(&f->lock);
    return hit;
}

/* ---- The adapter's side of MsmmuOps ---- */

static bool op_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
    Fixture *f = opaque;

    __atomic_fetch_add(&f->reads, 1, __ATOMIC_RELAXED);
    if (f->on_read) {
        f->on_read(f, pa, len);
    }
    if (fails(f, pa, len)) {
        return false;
    }
    fixture_read(f, pa, buf, len);
    return true;
}

static bool op_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
    Fixture *f = opaque;

    __atomic_fetch_add(&f->writes, 1, __ATOMIC_RELAXED);
    if (fails(f, pa, len)) {
        return false;
    }
    fixture_write(f, pa, buf, len);
    return true;
}

/* No operation but write() may be called with the instance locked. */
static void check_unlocked(Fixture *f)
{
    if (f->m) {
        g_mutex_lock(&f->m->lock);
        g_mutex_unlock(&f->m->lock);
    }
}

/*
 * Other updates of the memory take the same lock, so it is one step. The hook,
 * which may change memory, comes before it.
 */
static MsmmuUpdate op_update(void *opaque, uint64_t pa, uint64_t expected,
                             uint64_t desired)
{
    Fixture *f = opaque;

    check_unlocked(f);
    g_assert_cmphex(pa & 7, ==, 0);
    __atomic_fetch_add(&f->updates, 1, __ATOMIC_RELAXED);
    if (f->on_update) {
        f->on_update(f, pa);
    }
    if (fails(f, pa, 8)) {
        return MSMMU_UPDATE_ABORT;
    }
    return fixture_swap64(f, pa, expected, desired) ?
           MSMMU_UPDATE_DONE : MSMMU_UPDATE_CHANGED;
}

static void op_irq(void *opaque, MsmmuIrq irq)
{
    Fixture *f = opaque;

    check_unlocked(f);
    if (f->on_irq) {
        f->on_irq(f, irq);
    }
    if (!f->irqs_wait) {
        msmmu_irq_deliver(f->m, irq);
    }
}

static void op_wire(void *opaque, MsmmuIrq irq)
{
    Fixture *f = opaque;

    check_unlocked(f);
    __atomic_fetch_add(&f->irqs[irq], 1, __ATOMIC_RELAXED);
}

/* Aborts as ops->write does. */
static bool op_message(void *opaque, const MsmmuMessage *message)
{
    Fixture *f = opaque;
    uint8_t bytes[4];

    check_unlocked(f);
    g_assert_cmphex(message->pa & 3, ==, 0);
    if (f->on_message) {
        f->on_message(f, message);
    }
    g_mutex_lock(&f->lock);
    g_array_append_val(f->messages, *message);
    g_mutex_unlock(&f->lock);
    if (fails(f, message->pa, sizeof(bytes))) {
        return false;
    }
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = message->data >> (8 * i);
    }
    fixture_write(f, message->pa, bytes, sizeof(bytes));
    return true;
}

static void op_unmap(void *opaque, const MsmmuInvalidation *inv)
{
    Fixture *f = opaque;

    check_unlocked(f);
    g_mutex_lock(&f->lock);
    g_array_append_val(f->unmaps, *inv);
    g_mutex_unlock(&f->lock);
}

static void op_defer(void *opaque)
{
    Fixture *f = opaque;

    check_unlocked(f);
    f->deferred = true;
}

static void op_retire(void *opaque, void *p)
{
    Fixture *f = opaque;

    check_unlocked(f);
    g_mutex_lock(&f->lock);
    g_ptr_array_add(f->retired, p);
    g_mutex_unlock(&f->lock);
}

static int64_t op_now(void *opaque)
{
    Fixture *f = opaque;

    check_unlocked(f);
    return f->now;
}

static void op_guest_error(void *opaque, const char *line)
{
    Fixture *f = opaque;

    check_unlocked(f);
    g_assert_null(strchr(line, '\n'));
    g_mutex_lock(&f->lock);
    g_ptr_array_add(f->guest_errors, g_strdup(line));
    g_mutex_unlock(&f->lock);
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

/* ---- Life ---- */

Fixture *fixture_new_over(const MsmmuConfig *config, const MsmmuOps *over,
                          void *flat, uint64_t size)
{
    Fixture *f = g_new0(Fixture, 1);
    MsmmuConfig defaults = msmmu_config_default();
    GError *error = NULL;

    f->flat = flat;
    f->flat_size = size;
    g_mutex_init(&f->lock);
    f->pages = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                     g_free);
    f->faults = g_array_new(FALSE, FALSE, sizeof(FaultRange));
    f->unmaps = g_array_new(FALSE, FALSE, sizeof(MsmmuInvalidation));
    f->messages = g_array_new(FALSE, FALSE, sizeof(MsmmuMessage));
    f->retired = g_ptr_array_new_with_free_func(g_free);
    f->guest_errors = g_ptr_array_new_with_free_func(g_free);
    f->m = msmmu_new(config ? config : &defaults, over, f, &error);
    g_assert_no_error(error);
    g_assert_nonnull(f->m);
    return f;
}

Fixture *fixture_new(const MsmmuConfig *config)
{
    return fixture_new_over(config, &ops, NULL, 0);
}

void fixture_free(Fixture *f)
{
    msmmu_free(f->m);
    f->m = NULL;
    g_hash_table_unref(f->pages);
    g_array_unref(f->faults);
    g_array_unref(f->unmaps);
    g_array_unref(f->messages);
    g_ptr_array_unref(f->retired);
    g_ptr_array_unref(f->guest_errors);
    g_mutex_clear(&f->lock);
    g_free(f);
}

/* Other threads may be in the middle of operations that count. */
void fixture_forget(Fixture *f)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(f->irqs); i++) {
        __atomic_store_n(&f->irqs[i], 0, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&f->reads, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&f->writes, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&f->updates, 0, __ATOMIC_RELAXED);
    f->deferred = false;
    g_mutex_lock(&f->lock);
    g_array_set_size(f->unmaps, 0);
    g_array_set_size(f->messages, 0);
    g_ptr_array_set_size(f->guest_errors, 0);
    g_mutex_unlock(&f->lock);
}

void fixture_collect(Fixture *f)
{
    g_mutex_lock(&f->lock);
    g_ptr_array_set_size(f->retired, 0);
    g_mutex_unlock(&f->lock);
}

/* ---- Registers ---- */

static uint64_t reg(Fixture *f, uint64_t offset, unsigned size)
{
    uint64_t value = 0;

    g_assert_true(msmmu_mmio_read(f->m, offset, size, &value));
    return value;
}

uint32_t fixture_reg32(Fixture *f, uint64_t offset)
{
    return reg(f, offset, 4);
}

uint64_t fixture_reg64(Fixture *f, uint64_t offset)
{
    return reg(f, offset, 8);
}

void fixture_set_reg32(Fixture *f, uint64_t offset, uint32_t value)
{
    g_assert_true(msmmu_mmio_write(f->m, offset, 4, value));
}

void fixture_set_reg64(Fixture *f, uint64_t offset, uint64_t value)
{
    g_assert_true(msmmu_mmio_write(f->m, offset, 8, value));
}

void fixture_enable_queues(Fixture *f, unsigned log2)
{
    f->queue_log2 = log2;
    fixture_set_reg64(f, SMMU_CMDQ_BASE, FIXTURE_CMDQ | log2);
    fixture_set_reg32(f, SMMU_CMDQ_PROD, 0);
    fixture_set_reg32(f, SMMU_CMDQ_CONS, 0);
    fixture_set_reg64(f, SMMU_EVENTQ_BASE, FIXTURE_EVENTQ | log2);
    fixture_set_reg32(f, SMMU_EVENTQ_PROD, 0);
    fixture_set_reg32(f, SMMU_EVENTQ_CONS, 0);
    /* EVENTQ_IRQEN and GERROR_IRQEN (6.3.16) */
    fixture_set_reg32(f, SMMU_IRQ_CTRL, 0x5);
    fixture_set_reg32(f, SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN);
    g_assert_cmphex(fixture_reg32(f, SMMU_CR0ACK), ==,
                    CR0_CMDQEN | CR0_EVENTQEN);
}

void fixture_enable(Fixture *f)
{
    /* RECINVSID (6.3.12) */
    fixture_set_reg32(f, SMMU_CR2, 0x2);
    fixture_set_reg64(f, SMMU_STRTAB_BASE, FIXTURE_STRTAB);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, 8);
    fixture_enable_queues(f, 7);
    fixture_set_reg32(f, SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN |
                                  CR0_SMMUEN);
    fixture_forget(f);
}

/* ---- Queues ---- */

void fixture_command(Fixture *f, uint64_t word0, uint64_t word1)
{
    uint32_t prod = fixture_reg32(f, SMMU_CMDQ_PROD);
    uint32_t index = prod & ((1u << f->queue_log2) - 1);
    uint32_t wrap = (2u << f->queue_log2) - 1;

    fixture_write64(f, FIXTURE_CMDQ + 16 * index, word0);
    fixture_write64(f, FIXTURE_CMDQ + 16 * index + 8, word1);
    fixture_set_reg32(f, SMMU_CMDQ_PROD, (prod + 1) & wrap);
}

void fixture_settle(Fixture *f)
{
    while (f->deferred) {
        f->deferred = false;
        msmmu_run_deferred(f->m);
    }
}

unsigned fixture_cerror(Fixture *f)
{
    return fixture_reg32(f, SMMU_CMDQ_CONS) >> 24 & 0x7f;
}

bool fixture_event(Fixture *f, FixtureEvent *event)
{
    uint32_t prod = fixture_reg32(f, SMMU_EVENTQ_PROD);
    uint32_t cons = fixture_reg32(f, SMMU_EVENTQ_CONS);
    uint32_t wrap = (2u << f->queue_log2) - 1;
    uint32_t index = cons & ((1u << f->queue_log2) - 1);

    if ((prod & wrap) == (cons & wrap)) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        event->word[i] = fixture_read64(f, FIXTURE_EVENTQ + 32 * index +
                                           8 * i);
    }
    /* OVACKFLG in bit 31 stays as it is. */
    fixture_set_reg32(f, SMMU_EVENTQ_CONS,
                      (cons & 0x80000000u) | ((cons + 1) & wrap));
    return true;
}

int fixture_event_type(Fixture *f)
{
    FixtureEvent event;

    return fixture_event(f, &event) ? (int)(event.word[0] & 0xff) : -1;
}

/* ---- Messages ---- */

unsigned fixture_message_count(Fixture *f)
{
    return f->messages->len;
}

const MsmmuMessage *fixture_message(Fixture *f, unsigned index)
{
    g_assert_cmpuint(index, <, f->messages->len);
    return &g_array_index(f->messages, MsmmuMessage, index);
}

/* ---- Unmaps ---- */

unsigned fixture_unmap_count(Fixture *f)
{
    return f->unmaps->len;
}

const MsmmuInvalidation *fixture_unmap(Fixture *f, unsigned index)
{
    g_assert_cmpuint(index, <, f->unmaps->len);
    return &g_array_index(f->unmaps, MsmmuInvalidation, index);
}

bool fixture_unmapped_all(Fixture *f)
{
    return fixture_unmap_count(f) == 1 &&
           fixture_unmap(f, 0)->scope == MSMMU_INV_ALL &&
           fixture_unmap(f, 0)->first == 0 &&
           fixture_unmap(f, 0)->last == UINT64_MAX;
}
