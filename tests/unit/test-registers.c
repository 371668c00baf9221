/*
 * Registers: reset values, read-only and reserved bits, Guards, Updates and
 * access sizes. Offsets and words as in 6.2 and 6.3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "configs.h"
#include "fixture.h"

/* ---- Reset, read-only, reserved ------------------------------------------ */

typedef struct Row {
    uint32_t offset;
    uint8_t size;
    uint64_t reset;
    uint64_t writable;          /* with everything disabled */
} Row;

/* The default instance: 48-bit output addresses. */
static const Row rows[] = {
    { 0x00000, 4, 0x0940301a, 0 },
    { 0x00004, 4, 0x0e730014, 0 },
    { 0x00008, 4, 0, 0 },
    { 0x0000c, 4, 0x404, 0 },
    { 0x00010, 4, 0, 0 },
    { 0x00014, 4, 0x75, 0 },
    { 0x00018, 4, 0, 0 },
    { 0x0001c, 4, 0x1, 0 },
    { 0x00020, 4, 0, 0xd },             /* CR0; see also below */
    { 0x00024, 4, 0, 0 },
    { 0x00028, 4, 0, 0xfff },           /* CR1 */
    { 0x0002c, 4, 0, 0x2 },             /* CR2: RECINVSID only */
    { 0x00030, 8, 0, 0 },               /* S2PII */
    { 0x00040, 4, 0, 0 },               /* STATUSR */
    { 0x00048, 4, 0, 0 },               /* AGBPA */
    { 0x00050, 4, 0, 0x5 },             /* IRQ_CTRL: no PRIQ_IRQEN */
    { 0x00054, 4, 0, 0 },
    { 0x00060, 4, 0, 0 },
    { 0x00064, 4, 0, 0x1b5 },           /* GERRORN: no PRI, ECMDQ */
    { 0x00068, 8, 0, 0xfffffffffffc },  /* GERROR_IRQ_CFGn */
    { 0x00070, 4, 0, 0xffffffff },
    { 0x00074, 4, 0, 0x3f },
    { 0x00080, 8, 0, 0x4000ffffffffffc0 },
    { 0x00088, 4, 0, 0x307ff },
    { 0x00090, 8, 0, 0x4000ffffffffffff },
    { 0x000a0, 8, 0, 0x4000ffffffffffff },
    { 0x000a8, 4, 0, 0 },               /* Page 1 is not aliased here */
    { 0x000ac, 4, 0, 0 },
    { 0x000b0, 8, 0, 0xfffffffffffc },  /* EVENTQ_IRQ_CFGn */
    { 0x000b8, 4, 0, 0xffffffff },
    { 0x000bc, 4, 0, 0x3f },
    { 0x000c0, 8, 0, 0 },               /* PRIQ */
    { 0x000c8, 4, 0, 0 },
    { 0x000cc, 4, 0, 0 },
    { 0x000d0, 8, 0, 0 },
    { 0x000d8, 4, 0, 0 },
    { 0x000dc, 4, 0, 0 },
    { 0x00100, 4, 0, 0 },               /* GATOS */
    { 0x00108, 8, 0, 0 },
    { 0x00110, 8, 0, 0 },
    { 0x00118, 8, 0, 0 },
    { 0x00130, 4, 0, 0 },               /* MPAM */
    { 0x00138, 4, 0, 0 },
    { 0x00180, 4, 0, 0 },               /* VATOS_SEL */
    { 0x00190, 4, 0, 0 },               /* IDR6 */
    { 0x00200, 8, 0, 0 },               /* DPT */
    { 0x00fd0, 4, 0, 0 },               /* ID_REGS */
    { 0x00ffc, 4, 0, 0 },
    { 0x04000, 8, 0, 0 },               /* CMDQ_CONTROL_PAGE */
    { 0x08000, 4, 0, 0 },               /* S_IDR0 */
    { 0x08004, 4, 0, 0 },
    { 0x0803c, 4, 0, 0 },               /* S_INIT */
    { 0x10000, 4, 0, 0 },               /* Page 0 is not aliased here */
    { 0x10020, 4, 0, 0 },
    { 0x100c8, 4, 0, 0 },
    { 0x1fffc, 4, 0, 0 },
};

static uint64_t get(Fixture *f, const Row *row)
{
    return row->size == 8 ? fixture_reg64(f, row->offset)
                          : fixture_reg32(f, row->offset);
}

static void set(Fixture *f, const Row *row, uint64_t value)
{
    if (row->size == 8) {
        fixture_set_reg64(f, row->offset, value);
    } else {
        fixture_set_reg32(f, row->offset, value);
    }
}

static void test_reset_values(void)
{
    Fixture *f = fixture_new(NULL);

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_test_message("0x%05x", rows[i].offset);
            g_assert_cmphex(get(f, &rows[i]), ==, rows[i].reset);
        }
        g_assert_cmphex(fixture_reg32(f, 0x44), ==, 0x1000);
        g_assert_cmphex(fixture_reg32(f, 0x98), ==, 0);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0);
        g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0);
        g_assert_cmphex(fixture_reg32(f, 0x100ac), ==, 0);

        /* The same again after everything was written and reset. */
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            set(f, &rows[i], UINT64_MAX);
        }
        fixture_set_reg32(f, 0x44, 0x801f3f1f);
        fixture_set_reg32(f, 0x98, 5);
        fixture_set_reg32(f, 0x100ac, 0x80000005);
        msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
        msmmu_reset(f->m);
    }
    fixture_free(f);
}

/* Each bit of each register on its own, in a fresh instance. */
static void test_writable_bits(void)
{
    Fixture *f = fixture_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row *row = &rows[i];

        g_test_message("0x%05x", row->offset);
        for (int bit = 0; bit < 8 * row->size; bit++) {
            uint64_t value = UINT64_C(1) << bit;

            msmmu_reset(f->m);
            set(f, row, value);
            g_assert_cmphex(get(f, row), ==,
                            row->reset | (value & row->writable));
        }
        msmmu_reset(f->m);
        set(f, row, UINT64_MAX);
        g_assert_cmphex(get(f, row), ==, row->reset | row->writable);
        set(f, row, 0);
        g_assert_cmphex(get(f, row), ==, row->reset & ~row->writable);
    }
    fixture_free(f);
}

/* Address bits above the OAS are RES0, for every OAS. */
static void test_addresses_end_at_oas(void)
{
    static const struct {
        unsigned oas_bits;
        uint64_t strtab_base;
        uint64_t queue_base;
    } cases[] = {
        { 32, 0x40000000ffffffc0, 0x40000000ffffffff },
        { 36, 0x4000000fffffffc0, 0x4000000fffffffff },
        { 40, 0x400000ffffffffc0, 0x400000ffffffffff },
        { 42, 0x400003ffffffffc0, 0x400003ffffffffff },
        { 44, 0x40000fffffffffc0, 0x40000fffffffffff },
        { 48, 0x4000ffffffffffc0, 0x4000ffffffffffff },
        { 52, 0x400fffffffffffc0, 0x400fffffffffffff },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        MsmmuConfig config = msmmu_config_default();
        Fixture *f;

        config.oas_bits = cases[i].oas_bits;
        f = fixture_new(&config);
        fixture_set_reg64(f, 0x80, UINT64_MAX);
        fixture_set_reg64(f, 0x90, UINT64_MAX);
        fixture_set_reg64(f, 0xa0, UINT64_MAX);
        g_assert_cmphex(fixture_reg64(f, 0x80), ==, cases[i].strtab_base);
        g_assert_cmphex(fixture_reg64(f, 0x90), ==, cases[i].queue_base);
        g_assert_cmphex(fixture_reg64(f, 0xa0), ==, cases[i].queue_base);
        fixture_free(f);
    }
}

/*
 * Fields that exist only with a feature: FMT and SPLIT with two-level tables
 * (6.3.25), E2H with Hyp (6.3.12), those of GBPA with overrides (6.3.14). VMW
 * of CR0 (6.3.9) is never there.
 */
static void test_fields_of_features(void)
{
    static const struct {
        const char *config;
        uint32_t offset;
        uint32_t value;
        uint32_t readback;
    } cases[] = {
        { "two-level=on", 0x88, UINT32_MAX, 0x307ff },
        { "two-level=off", 0x88, UINT32_MAX, 0x3f },
        { "stage=nested,hyp=on", 0x2c, UINT32_MAX, 0x3 },
        { "stage=nested,hyp=off", 0x2c, UINT32_MAX, 0x2 },
        { "stage=nested,arch=3.2", 0x2c, UINT32_MAX, 0x3 },
        { "stage=2,arch=3.4", 0x2c, UINT32_MAX, 0x2 },
        { "stage=nested,arch=3.4", 0x20, UINT32_MAX, 0xd },
        { "attr-types-ovr=on", 0x44, UINT32_MAX, 0x001f3f1f },
        { "attr-types-ovr=off", 0x44, UINT32_MAX, 0x001f0000 },
        { "attr-perms-ovr=off", 0x44, UINT32_MAX, 0x00103f1f },
        { "attr-types-ovr=off,attr-perms-ovr=off", 0x44, UINT32_MAX,
          0x00100000 },
        { "attr-types-ovr=off", 0x44, 0, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MsmmuConfig config = config_of(cases[i].config);
        Fixture *f = fixture_new(&config);

        g_test_message("0x%02x of %s", cases[i].offset, cases[i].config);
        fixture_set_reg32(f, cases[i].offset, cases[i].value);
        g_assert_cmphex(fixture_reg32(f, cases[i].offset), ==,
                        cases[i].readback);
        fixture_free(f);
    }
}

/*
 * With overrides, GBPA 0x3f1b makes all that passes Normal iWB-oWT with the
 * hints R, W and T, Inner Shareable; without them it stays Normal iWB-oWB with
 * all hints but transient, Non-shareable (13.1.3).
 */
static void test_gbpa_without_overrides(void)
{
    static const struct {
        const char *config;
        uint8_t memory_type;
        uint8_t shareability;
    } cases[] = {
        { "attr-types-ovr=on", 0x37, 3 },
        { "attr-types-ovr=off", 0xff, 0 },
    };
    const MsmmuRequest rq = { .iova = 0x1000, .sid = 1 };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MsmmuConfig config = config_of(cases[i].config);
        Fixture *f = fixture_new(&config);
        MsmmuResult result;

        fixture_set_reg32(f, 0x44, 0x80003f1b);
        result = msmmu_translate(f->m, &rq);
        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmphex(result.attributes.memory_type, ==,
                        cases[i].memory_type);
        g_assert_cmphex(result.attributes.shareability, ==,
                        cases[i].shareability);
        fixture_free(f);
    }
}

/* The literal value is read back, however it is capped or interpreted. */
static void test_readback_is_literal(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg32(f, 0x88, 0x301ff);        /* FMT 3, SPLIT 7 */
    g_assert_cmphex(fixture_reg32(f, 0x88), ==, 0x301ff);
    fixture_set_reg64(f, 0x90, 0x1f);           /* LOG2SIZE 31 > CMDQS */
    g_assert_cmphex(fixture_reg64(f, 0x90), ==, 0x1f);
    fixture_free(f);
}

/* ---- Access sizes -------------------------------------------------------- */

static void test_halves(void)
{
    static const uint32_t offsets[] = { 0x80, 0x90, 0xa0 };
    Fixture *f = fixture_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        uint32_t at = offsets[i];

        fixture_set_reg64(f, at, 0x0000123456789ac0);
        g_assert_cmphex(fixture_reg32(f, at), ==, 0x56789ac0);
        g_assert_cmphex(fixture_reg32(f, at + 4), ==, 0x00001234);
        fixture_set_reg32(f, at, 0xabcdef40);
        g_assert_cmphex(fixture_reg64(f, at), ==, 0x00001234abcdef40);
        fixture_set_reg32(f, at + 4, 0x4000fedc);
        g_assert_cmphex(fixture_reg64(f, at), ==, 0x4000fedcabcdef40);
    }
    fixture_free(f);
}

/* Of what 6.2 permits for illegal accesses: RAZ/WI. */
static void test_illegal_accesses(void)
{
    static const struct {
        uint32_t offset;
        unsigned size;
    } cases[] = {
        { 0x28, 1 }, { 0x29, 1 }, { 0x28, 2 }, { 0x2a, 2 },
        { 0x28, 3 }, { 0x28, 16 }, { 0x29, 4 }, { 0x2a, 4 }, { 0x24, 8 },
        { 0x84, 8 }, { 0x81, 4 }, { 0x82, 8 },
        { 0x28, 8 },            /* two 32-bit registers */
        { 0x20, 8 }, { 0x88, 8 }, { 0x100a8, 8 },
    };
    Fixture *f = fixture_new(NULL);

    fixture_set_reg32(f, 0x28, 0xfff);
    fixture_set_reg32(f, 0x2c, 0x2);
    fixture_set_reg64(f, 0x80, 0x123456789ac0);
    fixture_set_reg32(f, 0x88, 0x18);
    fixture_set_reg32(f, 0x100ac, 0x1);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t value = 0x5555;

        g_assert_true(msmmu_mmio_write(f->m, cases[i].offset, cases[i].size,
                                       0));
        g_assert_true(msmmu_mmio_read(f->m, cases[i].offset, cases[i].size,
                                      &value));
        g_assert_cmphex(value, ==, 0);
    }
    g_assert_cmphex(fixture_reg32(f, 0x28), ==, 0xfff);
    g_assert_cmphex(fixture_reg32(f, 0x2c), ==, 0x2);
    g_assert_cmphex(fixture_reg64(f, 0x80), ==, 0x123456789ac0);
    g_assert_cmphex(fixture_reg32(f, 0x88), ==, 0x18);
    g_assert_cmphex(fixture_reg32(f, 0x100ac), ==, 0x1);
    g_assert_cmpuint(f->guest_errors->len, >, 0);
    fixture_free(f);
}

static void test_mmio_size(void)
{
    Fixture *f = fixture_new(NULL);

    g_assert_cmphex(msmmu_mmio_size(f->m), ==, 0x20000);
    fixture_free(f);
}

/* ---- Guards -------------------------------------------------------------- */

typedef struct GuardCase {
    const char *name;
    uint32_t cr0;
    uint32_t offset;
    uint64_t writable;
} GuardCase;

static const GuardCase guard_cases[] = {
    { "STRTAB_BASE by SMMUEN", 0x1, 0x80, 0 },
    { "STRTAB_BASE not by queues", 0xc, 0x80, 0x4000ffffffffffc0 },
    { "STRTAB_BASE_CFG by SMMUEN", 0x1, 0x88, 0 },
    { "CR2 by SMMUEN", 0x1, 0x2c, 0 },
    { "CR2 not by queues", 0xc, 0x2c, 0x2 },
    { "CR1.TABLE by SMMUEN", 0x1, 0x28, 0x03f },
    { "CR1.QUEUE by CMDQEN", 0x8, 0x28, 0xfc0 },
    { "CR1.QUEUE by EVENTQEN", 0x4, 0x28, 0xfc0 },
    { "CR1 by both", 0xd, 0x28, 0 },
    { "CMDQ_BASE by CMDQEN", 0x8, 0x90, 0 },
    { "CMDQ_BASE not by others", 0x5, 0x90, 0x4000ffffffffffff },
    { "CMDQ_CONS by CMDQEN", 0x8, 0x9c, 0 },
    { "EVENTQ_BASE by EVENTQEN", 0x4, 0xa0, 0 },
    { "EVENTQ_BASE not by others", 0x9, 0xa0, 0x4000ffffffffffff },
    { "EVENTQ_PROD by EVENTQEN", 0x4, 0x100a8, 0 },
};

/* In every version a write to a Guarded field is ignored. */
static void test_guards(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guard_cases); i++) {
        const GuardCase *c = &guard_cases[i];
        const Row row = {
            c->offset, c->offset == 0x80 || c->offset == 0x90 ||
                       c->offset == 0xa0 ? 8 : 4, 0, 0
        };
        Fixture *f = fixture_new(NULL);

        g_test_message("%s", c->name);
        fixture_set_reg32(f, 0x20, c->cr0);
        g_assert_cmphex(fixture_reg32(f, 0x24), ==, c->cr0);
        set(f, &row, UINT64_MAX);
        g_assert_cmphex(get(f, &row), ==, c->writable);

        /* Disabled again, all of it can be written. */
        fixture_set_reg32(f, 0x20, 0);
        set(f, &row, 0);
        g_assert_cmphex(get(f, &row), ==, 0);
        set(f, &row, UINT64_MAX);
        g_assert_cmphex(get(f, &row), !=, 0);
        fixture_free(f);
    }
}

/* A Guarded register cannot be changed in halves either. */
static void test_guarded_halves(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg64(f, 0x80, 0x123456789ac0);
    fixture_set_reg32(f, 0x20, 0x1);
    fixture_set_reg32(f, 0x80, 0);
    fixture_set_reg32(f, 0x84, 0);
    g_assert_cmphex(fixture_reg64(f, 0x80), ==, 0x123456789ac0);
    fixture_free(f);
}

/* Upstream let STRTAB_BASE and CR2 change while SMMUEN = 1. */
static void test_table_is_fixed_while_enabled(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable(f);
    fixture_set_reg64(f, 0x80, 0xdead0000);
    fixture_set_reg32(f, 0x88, 0);
    fixture_set_reg32(f, 0x2c, 0);
    g_assert_cmphex(fixture_reg64(f, 0x80), ==, FIXTURE_STRTAB);
    g_assert_cmphex(fixture_reg32(f, 0x88), ==, 0x8);
    g_assert_cmphex(fixture_reg32(f, 0x2c), ==, 0x2);
    fixture_free(f);
}

/* ---- Updates ------------------------------------------------------------- */

/* Upstream acknowledged bits of absent features. */
static void test_cr0ack(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg32(f, 0x20, UINT32_MAX);
    g_assert_cmphex(fixture_reg32(f, 0x20), ==, 0xd);
    g_assert_cmphex(fixture_reg32(f, 0x24), ==, 0xd);
    fixture_set_reg32(f, 0x24, 0);
    g_assert_cmphex(fixture_reg32(f, 0x24), ==, 0xd);
    fixture_set_reg32(f, 0x20, 0x4);
    g_assert_cmphex(fixture_reg32(f, 0x24), ==, 0x4);
    fixture_free(f);
}

static void test_irq_ctrlack(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg32(f, 0x50, UINT32_MAX);
    g_assert_cmphex(fixture_reg32(f, 0x54), ==, 0x5);
    fixture_set_reg32(f, 0x54, 0);
    g_assert_cmphex(fixture_reg32(f, 0x54), ==, 0x5);
    fixture_set_reg32(f, 0x50, 0x4);
    g_assert_cmphex(fixture_reg32(f, 0x54), ==, 0x4);
    fixture_free(f);
}

static void test_gbpa(void)
{
    Fixture *f = fixture_new(NULL);

    /* Without Update the write is ignored. */
    fixture_set_reg32(f, 0x44, 0x00100000);
    g_assert_cmphex(fixture_reg32(f, 0x44), ==, 0x1000);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);

    /* With it, it is complete at once, and reserved bits stay 0. */
    fixture_set_reg32(f, 0x44, 0xffffffff);
    g_assert_cmphex(fixture_reg32(f, 0x44), ==, 0x001f3f1f);
    g_assert_true(fixture_unmapped_all(f));

    fixture_forget(f);
    fixture_set_reg32(f, 0x44, 0x801f3f1f);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    fixture_free(f);
}

static void test_smmuen_unmaps(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg32(f, 0x20, 0x1);
    g_assert_true(fixture_unmapped_all(f));
    fixture_forget(f);
    fixture_set_reg32(f, 0x20, 0x5);            /* only EVENTQEN changes */
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    fixture_set_reg32(f, 0x20, 0x4);
    g_assert_true(fixture_unmapped_all(f));
    fixture_free(f);
}

static void test_reset_unmaps(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable(f);
    msmmu_reset(f->m);
    g_assert_true(fixture_unmapped_all(f));
    g_assert_cmphex(fixture_reg32(f, 0x24), ==, 0);
    fixture_free(f);
}

/* ---- Indexes ------------------------------------------------------------- */

/* Bits above the wrap flag do not exist (6.3.27, 6.3.28, 6.3.95, 6.3.96). */
static void test_index_bits(void)
{
    static const struct {
        uint32_t log2size;
        uint32_t visible;
    } cases[] = {
        { 0, 0x1 }, { 1, 0x3 }, { 7, 0xff }, { 18, 0x7ffff },
        { 19, 0xfffff }, { 20, 0xfffff }, { 31, 0xfffff },
    };
    Fixture *f = fixture_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint32_t index = cases[i].visible;

        fixture_set_reg64(f, 0x90, cases[i].log2size);
        fixture_set_reg64(f, 0xa0, cases[i].log2size);
        fixture_set_reg32(f, 0x98, UINT32_MAX);
        fixture_set_reg32(f, 0x9c, UINT32_MAX);
        fixture_set_reg32(f, 0x100a8, UINT32_MAX);
        fixture_set_reg32(f, 0x100ac, UINT32_MAX);
        g_assert_cmphex(fixture_reg32(f, 0x98), ==, index);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x7f000000 | index);
        g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x80000000 | index);
        g_assert_cmphex(fixture_reg32(f, 0x100ac), ==, 0x80000000 | index);
    }
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/registers/reset-values", test_reset_values);
    g_test_add_func("/msmmu/registers/writable-bits", test_writable_bits);
    g_test_add_func("/msmmu/registers/addresses-end-at-oas",
                    test_addresses_end_at_oas);
    g_test_add_func("/msmmu/registers/fields-need-their-feature",
                    test_fields_of_features);
    g_test_add_func("/msmmu/registers/gbpa-overrides-only-what-it-may",
                    test_gbpa_without_overrides);
    g_test_add_func("/msmmu/registers/readback-is-literal",
                    test_readback_is_literal);
    g_test_add_func("/msmmu/registers/halves-of-64-bit-registers",
                    test_halves);
    g_test_add_func("/msmmu/registers/illegal-accesses-are-razwi",
                    test_illegal_accesses);
    g_test_add_func("/msmmu/registers/two-pages", test_mmio_size);
    g_test_add_func("/msmmu/registers/guarded-fields-are-read-only",
                    test_guards);
    g_test_add_func("/msmmu/registers/guards-cover-halves",
                    test_guarded_halves);
    g_test_add_func("/msmmu/registers/table-and-cr2-are-fixed-while-enabled",
                    test_table_is_fixed_while_enabled);
    g_test_add_func("/msmmu/registers/cr0ack-has-implemented-bits-only",
                    test_cr0ack);
    g_test_add_func("/msmmu/registers/irq-ctrlack-follows",
                    test_irq_ctrlack);
    g_test_add_func("/msmmu/registers/gbpa-needs-update", test_gbpa);
    g_test_add_func("/msmmu/registers/smmuen-unmaps-all",
                    test_smmuen_unmaps);
    g_test_add_func("/msmmu/registers/reset-unmaps-all", test_reset_unmaps);
    g_test_add_func("/msmmu/registers/indexes-end-at-the-wrap-flag",
                    test_index_bits);
    return g_test_run();
}
