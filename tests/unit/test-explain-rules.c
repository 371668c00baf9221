/*
 * Which rule an ILLEGAL STE or CD breaks, by the name of the field (IHI 0070
 * 5.2.2, 5.4.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_tables.h"
#include "configs.h"
#include "context.h"

typedef struct Rule {
    const char *properties;     /* of the instance, besides those below */
    unsigned hi, lo;            /* bits of the structure that become ... */
    uint64_t value;
    const char *expected;       /* NULL: it is legal then */
} Rule;

static MsmmuRegisters *registers_of(const char *properties, Fixture **f)
{
    MsmmuConfig config = config_of(properties);

    *f = fixture_new(&config);
    return msmmu_registers((*f)->m);
}

static void test_ste(void)
{
    static const Rule rules[] = {
        { "stage=nested", 0, 0, 0, "V = 0" },
        { "stage=2", 3, 1, 5,
          "Config: the instance has no stage 1 (IDR0.S1P)" },
        { "stage=1", 3, 1, 6,
          "Config: the instance has no stage 2 (IDR0.S2P)" },
        { "stage=nested", 55, 6, UINT64_C(1) << 40, /* S1ContextPtr */
          "S1ContextPtr exceeds the OAS, or the IAS" },
        { "stage=nested,ssidsize=4", 63, 59, 5,
          "S1CDMax is more than IDR1.SSIDSIZE" },
        { "stage=nested", 91, 91, 1,
          "S1STALLD = 1: no choice of stalls here (IDR0.STALL_MODEL)" },
        { "stage=nested,vmidsize=8", 143, 128, 0x107,
          "S2VMID has more than 8 bits (IDR0.VMID16)" },
        { "stage=nested", 165, 160, 15, "S2T0SZ is out of range" },
        { "stage=nested", 167, 166, 3,
          "S2SL0: no such start level with this granule and OAS" },
        { "stage=nested", 167, 166, 0,
          "S2T0SZ and S2SL0 do not fit each other" },
        { "stage=nested", 175, 174, 1,
          "S2TG: no such granule here (IDR5.GRAN*)" },
        { "stage=nested", 175, 174, 3, "S2TG is a Reserved value" },
        { "stage=nested", 179, 179, 0,
          "S2AA64 = 0: no VMSAv8-32 LPAE tables (IDR0.TTF)" },
        { "stage=nested", 180, 180, 1,
          "S2ENDI: no tables of this endianness (IDR0.TTENDIAN)" },
        { "stage=nested", 184, 184, 1,
          "S2HA or S2HD: these tables are not updated (IDR0.HTTU, S2AA64)" },
        { "stage=nested,httu=access", 183, 183, 1,
          "S2HD: the dirty state is not updated here (IDR0.HTTU)" },
        { "stage=nested", 185, 185, 1,
          "S2S = 1: no stalls here (IDR0.STALL_MODEL)" },
        { "stage=nested", 247, 196, UINT64_C(1) << 43,
          "S2TTB exceeds the output size (S2PS, IDR5.OAS)" },
        { "stage=nested", 185, 185, 0, NULL },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        Fixture *f;
        g_autofree char *properties =
            g_strdup_printf("granules=4k,oas=44,%s", rules[i].properties);
        MsmmuRegisters *regs = registers_of(properties, &f);
        ConfigWords ste = config_ste_nested(0x1000, 7, 0x40000000);

        config_set_bits(&ste, rules[i].hi, rules[i].lo, rules[i].value);
        g_test_message("STE[%u:%u]", rules[i].hi, rules[i].lo);
        g_assert_cmpstr(msmmu_ste_broken_rule(regs, ste.word), ==,
                        rules[i].expected);
        fixture_free(f);
    }
}

static void test_cd(void)
{
    static const Rule rules[] = {
        { "stage=1", 31, 31, 0, "V = 0" },
        { "stage=1", 5, 0, 15, "T0SZ is out of range" },
        { "stage=1", 7, 6, 1, "TG0: no such granule here (IDR5.GRAN*)" },
        { "stage=1", 7, 6, 3, "TG0 is a Reserved value" },
        { "stage=1", 15, 15, 1,
          "ENDI: no tables of this endianness (IDR0.TTENDIAN)" },
        /* EPD1 = 0, with T1SZ and TG1 of 0 */
        { "stage=1", 30, 30, 0, "T1SZ is out of range" },
        { "stage=1", 41, 41, 0,
          "AA64 = 0: no VMSAv8-32 LPAE tables (IDR0.TTF)" },
        { "stage=1", 43, 43, 1,
          "HA or HD: tables are not updated here (IDR0.HTTU)" },
        { "stage=1,httu=access", 42, 42, 1,
          "HD: the dirty state is not updated here (IDR0.HTTU)" },
        { "stage=1", 44, 44, 1, "S = 1: no stalls here (IDR0.STALL_MODEL)" },
        { "stage=1,term-model=abort", 46, 46, 0,
          "A = 0: faults can only abort here (IDR0.TERM_MODEL)" },
        { "stage=1,asidsize=8", 63, 48, 0x101,
          "ASID has more than 8 bits (IDR0.ASID16)" },
        { "stage=1", 119, 68, UINT64_C(1) << 43,
          "TTB0 exceeds the output size (IPS, IDR5.OAS)" },
        { "stage=1", 46, 46, 0, NULL },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        Fixture *f;
        g_autofree char *properties =
            g_strdup_printf("granules=4k,oas=44,%s", rules[i].properties);
        MsmmuRegisters *regs = registers_of(properties, &f);
        ConfigWords ste = config_ste_stage1(0x1000);
        ConfigWords cd = config_cd(1, 0x40000000);

        config_set_bits(&cd, rules[i].hi, rules[i].lo, rules[i].value);
        g_test_message("CD[%u:%u]", rules[i].hi, rules[i].lo);
        g_assert_cmpstr(msmmu_cd_broken_rule(regs, MSMMU_WORLD_NS_EL1,
                                             ste.word, cd.word), ==,
                        rules[i].expected);
        fixture_free(f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/explain/the-rule-that-an-ste-breaks", test_ste);
    g_test_add_func("/msmmu/explain/the-rule-that-a-cd-breaks", test_cd);
    return g_test_run();
}
