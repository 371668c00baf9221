/*
 * The register file (IHI 0070 chapter 6): one table, and how it is accessed.
 *
 * A row, found by the register's offset, says where it is kept, which bits
 * software may write, which bits are Guarded by which enables, and what a write
 * sets off. Registers of features that no instance has yet have no row: like
 * all that is undefined in both pages they are RES0. Fields that this instance
 * lacks are masked by the row's writable().
 *
 * Choices. Accesses of unsupported size, unaligned ones, and 64-bit accesses
 * that are not to one 64-bit register are RAZ/WI (6.2). Page 1 does not alias
 * Page 0. Writes to Guarded fields are ignored in every version. Updates of
 * CR0, IRQ_CTRL and GBPA complete before the write does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "internal.h"
#include "queue.h"
#include "spec/regs.h"

#define CR1_TABLE (CR1_TABLE_SH | CR1_TABLE_OC | CR1_TABLE_IC)
#define CR1_QUEUE (CR1_QUEUE_SH | CR1_QUEUE_OC | CR1_QUEUE_IC)
#define CR0_QUEUES (CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN)

#define GBPA_TYPES (GBPA_MEMATTR | GBPA_MTCFG | GBPA_ALLOCCFG | GBPA_SHCFG)
#define GBPA_PERMS (GBPA_PRIVCFG | GBPA_INSTCFG)
#define GBPA_RESET msmmu_prep(GBPA_SHCFG, GBPA_SHCFG_INCOMING)

typedef struct Guard {
    uint64_t fields;            /* are read-only ... */
    uint32_t cr0;               /* ... while one of these is set in CR0(ACK) */
} Guard;

typedef struct Register {
    uint32_t offset;
    uint8_t size;               /* bytes: 4 or 8 */
    uint16_t at;                /* in MsmmuRegisters */
    uint64_t writable;          /* bits that any instance lets software write */
    /* The part of @writable that this instance has; NULL for all. */
    uint64_t (*implemented)(const Msmmu *m);
    Guard guards[2];
    /* All of it is read-only while one of these is set in IRQ_CTRL(ACK). */
    uint32_t irq_guard;
    /* What is read of the stored value; NULL for all of it. */
    uint64_t (*visible)(const Msmmu *m, uint64_t value);
    /*
     * Called with the new value after it was stored and m->lock released;
     * @old is what it replaced.
     */
    void (*written)(Msmmu *m, uint64_t old, uint64_t value);
} Register;

/* ---- Fields that depend on the instance ---------------------------------- */

/* Address bits above the OAS are RES0 (6.3.24, 6.3.26, 6.3.21). */
static uint64_t within_oas(const Msmmu *m)
{
    return msmmu_low_mask(m->config.oas_bits) | ~Q_BASE_ADDR;
}

static uint64_t cr0_fields(G_GNUC_UNUSED const Msmmu *m)
{
    return CR0_SMMUEN | CR0_EVENTQEN | CR0_CMDQEN;
}

/* E2H needs Hyp (6.3.12); PTM and REC_CFG_ATS need BTM and ATSRECERR. */
static uint64_t cr2_fields(const Msmmu *m)
{
    return CR2_RECINVSID | (m->regs.idr[0] & IDR0_HYP ? CR2_E2H : 0);
}

/*
 * 6.3.14: fields that cannot override are fixed as Use incoming, which is what
 * they reset to.
 */
static uint64_t gbpa_fields(const Msmmu *m)
{
    uint32_t idr1 = m->regs.idr[1];

    return GBPA_ABORT |
           (idr1 & IDR1_ATTR_TYPES_OVR ? GBPA_TYPES : 0) |
           (idr1 & IDR1_ATTR_PERMS_OVR ? GBPA_PERMS : 0);
}

static uint64_t irq_ctrl_fields(G_GNUC_UNUSED const Msmmu *m)
{
    return IRQ_CTRL_EVENTQ_IRQEN | IRQ_CTRL_GERROR_IRQEN;
}

static uint64_t gerror_fields(const Msmmu *m)
{
    return GERROR_CMDQ_ERR | GERROR_EVENTQ_ABT_ERR | GERROR_SFM_ERR |
           (m->regs.idr[0] & IDR0_MSI ? GERROR_MSI_CMDQ_ABT_ERR |
            GERROR_MSI_EVENTQ_ABT_ERR | GERROR_MSI_GERROR_ABT_ERR : 0);
}

/* The *_IRQ_CFGn are there with MSIs only (6.3.21). */
static uint64_t message_fields(const Msmmu *m)
{
    return m->regs.idr[0] & IDR0_MSI ? UINT64_MAX : 0;
}

static uint64_t message_address_fields(const Msmmu *m)
{
    return message_fields(m) & msmmu_low_mask(m->config.oas_bits);
}

static uint64_t strtab_base_cfg_fields(const Msmmu *m)
{
    return m->config.two_level ? ~UINT64_C(0) : STRTAB_BASE_CFG_LOG2SIZE;
}

/*
 * Bits of an index above its wrap flag are RAZ or RES0. They are kept, so
 * that the size can be set after the index.
 */
static uint64_t visible_index(uint64_t value, uint64_t base_reg,
                              uint64_t max_log2)
{
    MsmmuQueue q = msmmu_queue(base_reg, max_log2, 0);

    return value & (~Q_INDEX | q.index_mask);
}

/* Of what 6.3.14 permits for fixed fields: they read as zero. */
static uint64_t gbpa_visible(const Msmmu *m, uint64_t value)
{
    return value & gbpa_fields(m);
}

static uint64_t cmdq_visible(const Msmmu *m, uint64_t value)
{
    return visible_index(value, m->regs.cmdq_base,
                         msmmu_get(m->regs.idr[1], IDR1_CMDQS));
}

static uint64_t eventq_visible(const Msmmu *m, uint64_t value)
{
    return visible_index(value, m->regs.eventq_base,
                         msmmu_get(m->regs.idr[1], IDR1_EVENTQS));
}

/* ---- What writes set off ------------------------------------------------- */

/* With m->lock. */
static void set_gate(Msmmu *m, bool open)
{
    msmmu_store(&m->gate, ((m->gate >> 1) + 1) << 1 | open);
}

void msmmu_gate_set(Msmmu *m, bool open)
{
    g_mutex_lock(&m->lock);
    set_gate(m, open);
    g_mutex_unlock(&m->lock);
}

static void cr0_written(Msmmu *m, uint64_t old, uint64_t value)
{
    /* With the lock, no event is on its way when EVENTQEN is gone (6.3.9.4) */
    g_mutex_lock(&m->lock);
    if ((old ^ value) & CR0_SMMUEN) {
        set_gate(m, value & CR0_SMMUEN);
    }
    msmmu_store(&m->regs.cr0ack, value);
    g_mutex_unlock(&m->lock);
    /* 6.3.9.6: what is cached here stays; only commands invalidate it. */
    if ((old ^ value) & CR0_SMMUEN) {
        msmmu_notify_all(m);
    }
    if (~old & value & CR0_CMDQEN) {
        msmmu_commands_run(m);
    }
}

static void irq_ctrl_written(Msmmu *m, G_GNUC_UNUSED uint64_t old,
                             uint64_t value)
{
    msmmu_irq_enable(m, value);
}

static void gerrorn_written(Msmmu *m, uint64_t old, uint64_t value)
{
    if ((old ^ value) & GERROR_CMDQ_ERR) {
        msmmu_commands_run(m);
    }
}

static void cmdq_prod_written(Msmmu *m, G_GNUC_UNUSED uint64_t old,
                              G_GNUC_UNUSED uint64_t value)
{
    msmmu_commands_run(m);
}

static void gbpa_written(Msmmu *m, uint64_t old, uint64_t value)
{
    if (old != value) {
        msmmu_notify_all(m);
    }
}

/* ---- The table ----------------------------------------------------------- */

/*
 * The place of a register: one for each word where there may be registers, the
 * beginning of both pages. Where there is none, or the upper half of one, the
 * row's size is 0.
 */
#define ROWS_OF_PAGE 0x40
#define ROW(reg) \
    ((reg) / SMMU_PAGE_1 * ROWS_OF_PAGE + (reg) % SMMU_PAGE_1 / 4)

#define AT(field) offsetof(MsmmuRegisters, field)
#define READ_ONLY(reg, field) \
    [ROW(reg)] = { .offset = reg, .size = 4, .at = AT(field) }
/* One of three registers that configure the MSI of a source (6.3.21 to 23). */
#define IRQ_CFG(reg, field, bytes, bits, has, guard) [ROW(reg)] = { \
        .offset = reg, .size = bytes, .at = AT(field), .writable = bits, \
        .implemented = has, .irq_guard = guard, \
    }
#define IRQ_CFG0(reg, field, guard) \
    IRQ_CFG(reg, field, 8, ~IRQ_CFG0_RES0, message_address_fields, guard)
#define IRQ_CFG1(reg, field, guard) \
    IRQ_CFG(reg, field, 4, UINT32_MAX, message_fields, guard)
#define IRQ_CFG2(reg, field, guard) \
    IRQ_CFG(reg, field, 4, UINT32_MAX & ~IRQ_CFG2_RES0, message_fields, guard)

static const Register registers[2 * ROWS_OF_PAGE] = {
    READ_ONLY(SMMU_IDR0, idr[0]),
    READ_ONLY(SMMU_IDR1, idr[1]),
    READ_ONLY(SMMU_IDR2, idr[2]),
    READ_ONLY(SMMU_IDR3, idr[3]),
    READ_ONLY(SMMU_IDR4, idr[4]),
    READ_ONLY(SMMU_IDR5, idr[5]),
    READ_ONLY(SMMU_IIDR, iidr),
    READ_ONLY(SMMU_AIDR, aidr),
    READ_ONLY(SMMU_CR0ACK, cr0ack),
    READ_ONLY(SMMU_STATUSR, statusr),
    READ_ONLY(SMMU_IRQ_CTRLACK, irq_ctrlack),
    READ_ONLY(SMMU_GERROR, gerror),
    IRQ_CFG0(SMMU_GERROR_IRQ_CFG0, gerror_irq_cfg0,
             IRQ_CTRL_GERROR_IRQEN),
    IRQ_CFG1(SMMU_GERROR_IRQ_CFG1, gerror_irq_cfg1,
             IRQ_CTRL_GERROR_IRQEN),
    IRQ_CFG2(SMMU_GERROR_IRQ_CFG2, gerror_irq_cfg2,
             IRQ_CTRL_GERROR_IRQEN),
    IRQ_CFG0(SMMU_EVENTQ_IRQ_CFG0, eventq_irq_cfg0,
             IRQ_CTRL_EVENTQ_IRQEN),
    IRQ_CFG1(SMMU_EVENTQ_IRQ_CFG1, eventq_irq_cfg1,
             IRQ_CTRL_EVENTQ_IRQEN),
    IRQ_CFG2(SMMU_EVENTQ_IRQ_CFG2, eventq_irq_cfg2,
             IRQ_CTRL_EVENTQ_IRQEN),
    [ROW(SMMU_CR0)] = {
        .offset = SMMU_CR0, .size = 4, .at = AT(cr0),
        .writable = UINT32_MAX & ~CR0_RES0, .implemented = cr0_fields,
        .written = cr0_written,
    },
    [ROW(SMMU_CR1)] = {
        .offset = SMMU_CR1, .size = 4, .at = AT(cr1),
        .writable = UINT32_MAX & ~CR1_RES0,
        .guards = { { CR1_TABLE, CR0_SMMUEN }, { CR1_QUEUE, CR0_QUEUES } },
    },
    [ROW(SMMU_CR2)] = {
        .offset = SMMU_CR2, .size = 4, .at = AT(cr2),
        .writable = UINT32_MAX & ~CR2_RES0, .implemented = cr2_fields,
        .guards = { { UINT32_MAX, CR0_SMMUEN } },
    },
    [ROW(SMMU_GBPA)] = {
        .offset = SMMU_GBPA, .size = 4, .at = AT(gbpa),
        .writable = UINT32_MAX & ~(GBPA_RES0 | GBPA_UPDATE),
        .implemented = gbpa_fields, .visible = gbpa_visible,
        .written = gbpa_written,
    },
    [ROW(SMMU_IRQ_CTRL)] = {
        .offset = SMMU_IRQ_CTRL, .size = 4, .at = AT(irq_ctrl),
        .writable = UINT32_MAX & ~IRQ_CTRL_RES0,
        .implemented = irq_ctrl_fields, .written = irq_ctrl_written,
    },
    [ROW(SMMU_GERRORN)] = {
        .offset = SMMU_GERRORN, .size = 4, .at = AT(gerrorn),
        .writable = UINT32_MAX & ~GERROR_RES0, .implemented = gerror_fields,
        .written = gerrorn_written,
    },
    [ROW(SMMU_STRTAB_BASE)] = {
        .offset = SMMU_STRTAB_BASE, .size = 8, .at = AT(strtab_base),
        .writable = ~STRTAB_BASE_RES0, .implemented = within_oas,
        .guards = { { UINT64_MAX, CR0_SMMUEN } },
    },
    [ROW(SMMU_STRTAB_BASE_CFG)] = {
        .offset = SMMU_STRTAB_BASE_CFG, .size = 4, .at = AT(strtab_base_cfg),
        .writable = UINT32_MAX & ~STRTAB_BASE_CFG_RES0,
        .implemented = strtab_base_cfg_fields,
        .guards = { { UINT32_MAX, CR0_SMMUEN } },
    },
    [ROW(SMMU_CMDQ_BASE)] = {
        .offset = SMMU_CMDQ_BASE, .size = 8, .at = AT(cmdq_base),
        .writable = ~Q_BASE_RES0, .implemented = within_oas,
        .guards = { { UINT64_MAX, CR0_CMDQEN } },
    },
    [ROW(SMMU_CMDQ_PROD)] = {
        .offset = SMMU_CMDQ_PROD, .size = 4, .at = AT(cmdq_prod),
        .writable = Q_INDEX, .visible = cmdq_visible,
        .written = cmdq_prod_written,
    },
    [ROW(SMMU_CMDQ_CONS)] = {
        /* Of what 6.3.28 permits for ERR: it takes the written value. */
        .offset = SMMU_CMDQ_CONS, .size = 4, .at = AT(cmdq_cons),
        .writable = Q_INDEX | CMDQ_CONS_ERR, .visible = cmdq_visible,
        .guards = { { UINT32_MAX, CR0_CMDQEN } },
    },
    [ROW(SMMU_EVENTQ_BASE)] = {
        .offset = SMMU_EVENTQ_BASE, .size = 8, .at = AT(eventq_base),
        .writable = ~Q_BASE_RES0, .implemented = within_oas,
        .guards = { { UINT64_MAX, CR0_EVENTQEN } },
    },
    [ROW(SMMU_EVENTQ_PROD)] = {
        .offset = SMMU_EVENTQ_PROD, .size = 4, .at = AT(eventq_prod),
        .writable = Q_INDEX | EVENTQ_PROD_OVFLG, .visible = eventq_visible,
        .guards = { { UINT32_MAX, CR0_EVENTQEN } },
    },
    [ROW(SMMU_EVENTQ_CONS)] = {
        .offset = SMMU_EVENTQ_CONS, .size = 4, .at = AT(eventq_cons),
        .writable = Q_INDEX | EVENTQ_CONS_OVACKFLG, .visible = eventq_visible,
    },
};

static uint64_t implemented(const Msmmu *m, const Register *reg)
{
    return reg->writable & (reg->implemented ? reg->implemented(m)
                                             : UINT64_MAX);
}

static uint64_t load(const Msmmu *m, const Register *reg)
{
    const char *at = (const char *)&m->regs + reg->at;

    return reg->size == 8 ? msmmu_load((const uint64_t *)at)
                          : msmmu_load((const uint32_t *)at);
}

static void store(Msmmu *m, const Register *reg, uint64_t value)
{
    char *at = (char *)&m->regs + reg->at;

    if (reg->size == 8) {
        msmmu_store((uint64_t *)at, value);
    } else {
        msmmu_store((uint32_t *)at, value);
    }
}

/* ---- Access -------------------------------------------------------------- */

uint64_t msmmu_mmio_size(G_GNUC_UNUSED const Msmmu *m)
{
    return SMMU_PAGES_END;
}

/* The register that the word at @offset is, or is half of; NULL if none is. */
static const Register *row_at(uint64_t offset)
{
    const Register *reg;

    if (offset >= SMMU_PAGES_END ||
        offset % SMMU_PAGE_1 >= 4 * ROWS_OF_PAGE) {
        return NULL;
    }
    reg = &registers[ROW(offset)];
    if (!reg->size && offset % 8) {
        reg--;
        return reg->size == 8 ? reg : NULL;
    }
    return reg->size ? reg : NULL;
}

/*
 * The register of an access of @size bytes at @offset, and at which of its
 * bits the access begins. NULL for what is RAZ/WI.
 */
static const Register *find(Msmmu *m, uint64_t offset, unsigned size,
                            unsigned *shift)
{
    const Register *reg;

    if ((size != 4 && size != 8) || offset % size) {
        msmmu_guest_error(m, "register access of %u bytes at offset 0x%"
                          PRIx64 " is illegal (6.2)", size, offset);
        return NULL;
    }
    reg = row_at(offset);
    if (!reg) {
        return NULL;
    }
    if (size > reg->size) {
        msmmu_guest_error(m, "64-bit access to the 32-bit register at "
                          "offset 0x%" PRIx64 " (6.2)", offset);
        return NULL;
    }
    *shift = 8 * (offset - reg->offset);
    return reg;
}

bool msmmu_mmio_read(Msmmu *m, uint64_t offset, unsigned size,
                     uint64_t *value)
{
    unsigned shift;
    const Register *reg = find(m, offset, size, &shift);
    uint64_t stored;

    *value = 0;
    if (reg) {
        stored = load(m, reg);
        if (reg->visible) {
            stored = reg->visible(m, stored);
        }
        *value = stored >> shift & msmmu_low_mask(8 * size);
    }
    return true;
}

/* The bits of @reg that software may write now. */
static uint64_t writable_now(const Msmmu *m, const Register *reg)
{
    uint32_t enabled = m->regs.cr0 | m->regs.cr0ack;
    uint64_t mask = implemented(m, reg);

    if ((m->regs.irq_ctrl | m->regs.irq_ctrlack) & reg->irq_guard) {
        return 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(reg->guards); i++) {
        if (enabled & reg->guards[i].cr0) {
            mask &= ~reg->guards[i].fields;
        }
    }
    return mask;
}

bool msmmu_mmio_write(Msmmu *m, uint64_t offset, unsigned size,
                      uint64_t value)
{
    unsigned shift;
    const Register *reg = find(m, offset, size, &shift);
    uint64_t old, updated, mask;

    if (!reg || !reg->writable) {
        return true;
    }
    if (reg->offset == SMMU_GBPA && !(value & GBPA_UPDATE)) {
        msmmu_guest_error(m, "write to GBPA without Update (6.3.14.1)");
        return true;
    }
    mask = writable_now(m, reg) & msmmu_low_mask(8 * size) << shift;
    g_mutex_lock(&m->lock);
    old = load(m, reg);
    updated = (old & ~mask) | (value << shift & mask);
    store(m, reg, updated);
    g_mutex_unlock(&m->lock);
    if ((value << shift ^ old) & implemented(m, reg) & ~mask &
        msmmu_low_mask(8 * size) << shift) {
        msmmu_guest_error(m, "write to a Guarded field of the register at "
                          "offset 0x%" PRIx64 " ignored", offset);
    }
    if (reg->written) {
        reg->written(m, old, updated);
    }
    return true;
}

/* ---- Reset and load ------------------------------------------------------ */

/*
 * What resets to an UNKNOWN value is zero. GBPA lets transactions bypass with
 * their own attributes, so that software that knows no SMMU works. Fields that
 * the instance lacks keep this value.
 */
static uint64_t reset_value(const Register *reg)
{
    return reg->offset == SMMU_GBPA ? GBPA_RESET : 0;
}

/*
 * 3.11: disabled, queues and interrupts off. The gate closes first:
 * transactions may be on their way, and the Stream table is gone then.
 */
void msmmu_registers_reset(Msmmu *m)
{
    g_mutex_lock(&m->lock);
    set_gate(m, false);
    msmmu_store(&m->regs.cr0ack, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(registers); i++) {
        if (registers[i].writable) {
            store(m, &registers[i], reset_value(&registers[i]));
        }
    }
    msmmu_store(&m->regs.statusr, 0);
    msmmu_store(&m->regs.irq_ctrlack, 0);
    msmmu_store(&m->regs.irqs_pending, 0);
    msmmu_store(&m->regs.gerror, 0);
    m->sev_events = 0;
    g_mutex_unlock(&m->lock);
}

/* Another instance's ID registers promise what this one may not have. */
static bool check_id(Msmmu *m, GError **error)
{
    MsmmuRegisters own = m->regs;
    char *difference;

    msmmu_id_registers_fill(&m->config, &own);
    difference = msmmu_difference(&own, &m->regs);
    if (difference) {
        g_set_error(error, MSMMU_ERROR, 0, "the source has %s", difference);
        g_free(difference);
        m->regs = own;
        return false;
    }
    return true;
}

bool msmmu_registers_check(Msmmu *m, GError **error)
{
    if (!check_id(m, error)) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(registers); i++) {
        const Register *reg = &registers[i];
        uint64_t value = load(m, reg);

        if (reg->writable &&
            (value ^ reset_value(reg)) & ~implemented(m, reg)) {
            g_set_error(error, MSMMU_ERROR, 0,
                        "the register at offset 0x%x is 0x%" PRIx64
                        ", which has bits that do not exist here",
                        reg->offset, value);
            return false;
        }
    }
    if (m->regs.cr0ack != m->regs.cr0 ||
        m->regs.irq_ctrlack != m->regs.irq_ctrl || m->regs.statusr ||
        m->regs.gerror & ~gerror_fields(m) || !msmmu_irqs_check(m)) {
        g_set_error(error, MSMMU_ERROR, 0, "CR0ACK, IRQ_CTRLACK, STATUSR, "
                    "GERROR or what interrupts are pending is in a state that "
                    "cannot be");
        return false;
    }
    return true;
}
