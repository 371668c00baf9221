/*
 * Commands through the registers: which ones an instance has, each of their
 * illegal forms, and the Reserved fields (chapter 4).
 *
 * Words are written out from the specification. An instance that refuses a
 * command must stop at it with CERROR_ILL, and go on when it was replaced and
 * the error acknowledged (7.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "rig.h"

#define CONS_INDEX 0xfffff
#define CERROR_ILL 1

static QRig *start(unsigned num, const char *const *properties)
{
    QRig *rig = qrig_new(num, properties, "");

    for (unsigned n = 0; n < num; n++) {
        qsmmu_start(&rig->smmu[n]);
    }
    return rig;
}

/*
 * Whether the instance consumes the command, with a CMD_SYNC behind it. If
 * not, the command is replaced.
 */
static bool consumes(QSmmu *s, uint64_t word0, uint64_t word1)
{
    uint32_t at = qsmmu_readl(s, QSMMU_CMDQ_PROD);
    uint32_t cons;

    qsmmu_push(s, word0, word1);
    qsmmu_push(s, QCMD_SYNC, 0);
    qsmmu_wait_commands(s);
    cons = qsmmu_readl(s, QSMMU_CMDQ_CONS);
    if ((cons & CONS_INDEX) == qsmmu_readl(s, QSMMU_CMDQ_PROD)) {
        g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR), ==,
                        qsmmu_readl(s, QSMMU_GERRORN));
        return true;
    }
    g_assert_cmphex(cons, ==, CERROR_ILL << 24 | at);
    qsmmu_skip_command(s);
    return false;
}

/* ---- Opcodes (4.1.1, 4.1.3) -------------------------------------------- */

/* Stage 1; stage 2; both, with EL2 */
static const char *const instances[] = {
    "stage=1", "stage=2", "stage=nested,arch=3.2",
};

enum { IN_S1 = 1 << 0, IN_S2 = 1 << 1, IN_NESTED = 1 << 2, IN_ALL = 7 };

typedef struct Opcode {
    const char *name;
    uint8_t opcode;
    uint8_t in;                 /* instances that have it */
} Opcode;

static const Opcode opcodes[] = {
    { "PREFETCH_CONFIG", 0x01, IN_ALL }, { "PREFETCH_ADDR", 0x02, IN_ALL },
    { "CFGI_STE", 0x03, IN_ALL }, { "CFGI_STE_RANGE", 0x04, IN_ALL },
    { "CFGI_CD", 0x05, IN_S1 | IN_NESTED },
    { "CFGI_CD_ALL", 0x06, IN_S1 | IN_NESTED },
    { "CFGI_VMS_PIDM", 0x07, 0 },
    { "TLBI_NH_ALL", 0x10, IN_S1 | IN_NESTED },
    { "TLBI_NH_ASID", 0x11, IN_S1 | IN_NESTED },
    { "TLBI_NH_VA", 0x12, IN_S1 | IN_NESTED },
    { "TLBI_NH_VAA", 0x13, IN_S1 | IN_NESTED },
    { "TLBI_EL3_ALL", 0x18, 0 }, { "TLBI_EL3_VA", 0x1a, 0 },
    { "TLBI_EL2_ALL", 0x20, IN_NESTED }, { "TLBI_EL2_ASID", 0x21, IN_NESTED },
    { "TLBI_EL2_VA", 0x22, IN_NESTED }, { "TLBI_EL2_VAA", 0x23, IN_NESTED },
    { "TLBI_S12_VMALL", 0x28, IN_S2 | IN_NESTED },
    { "TLBI_S2_IPA", 0x2a, IN_S2 | IN_NESTED },
    { "TLBI_NSNH_ALL", 0x30, IN_ALL },
    { "ATC_INV", 0x40, 0 }, { "PRI_RESP", 0x41, 0 },
    { "RESUME", 0x44, 0 }, { "STALL_TERM", 0x45, 0 },
    { "SYNC", 0x46, IN_ALL },
    { "TLBI_S_EL2_ALL", 0x50, 0 }, { "TLBI_S_EL2_ASID", 0x51, 0 },
    { "TLBI_S_EL2_VA", 0x52, 0 }, { "TLBI_S_EL2_VAA", 0x53, 0 },
    { "TLBI_S_S12_VMALL", 0x58, 0 }, { "TLBI_S_S2_IPA", 0x5a, 0 },
    { "TLBI_SNH_ALL", 0x60, 0 },
    { "DPTI_ALL", 0x70, 0 }, { "DPTI_PA", 0x73, 0 },
};

static void test_each_command(void)
{
    QRig *rig = start(3, instances);

    for (unsigned i = 0; i < ARRAY_SIZE(opcodes); i++) {
        for (unsigned n = 0; n < 3; n++) {
            g_test_message("%s, %s", opcodes[i].name, instances[n]);
            g_assert_cmpint(consumes(&rig->smmu[n], opcodes[i].opcode, 0), ==,
                            opcodes[i].in >> n & 1);
        }
    }
    qrig_free(rig);
}

static void test_reserved_opcodes(void)
{
    QRig *rig = start(3, instances);
    unsigned count = 0;

    for (unsigned opcode = 0; opcode < 256; opcode++) {
        bool named = false;

        for (unsigned i = 0; i < ARRAY_SIZE(opcodes); i++) {
            named |= opcodes[i].opcode == opcode;
        }
        for (unsigned n = 0; !named && n < 3; n++) {
            g_assert_false(consumes(&rig->smmu[n], opcode, 0));
            count++;
        }
    }
    g_assert_cmpuint(count, ==, 3 * (256 - 34));
    qrig_free(rig);
}

/* ---- Parameters -------------------------------------------------------- */

typedef struct Form {
    const char *name;
    uint64_t word0;
    uint64_t word1;
} Form;

static void check_illegal(const char *properties, const Form *forms,
                          unsigned num)
{
    QRig *rig = start(1, &properties);

    for (unsigned i = 0; i < num; i++) {
        g_test_message("%s", forms[i].name);
        g_assert_false(consumes(&rig->smmu[0], forms[i].word0,
                                forms[i].word1));
    }
    qrig_free(rig);
}

/* 4.1.6: in all commands that have it, also where they would do nothing */
static void test_ssec(void)
{
    static const Form forms[] = {
        { "PREFETCH_CONFIG", 0x401, 0 },
        { "PREFETCH_ADDR", 0x402, 0 },
        { "CFGI_STE", 0x403, 1 },
        { "CFGI_STE of a StreamID out of range", 0xffffffff00000403, 1 },
        { "CFGI_STE_RANGE", 0x404, 3 },
        { "CFGI_ALL", 0x404, 31 },
        { "CFGI_CD", 0x405, 1 },
        { "CFGI_CD of a SubstreamID out of range", 0xfffff405, 1 },
        { "CFGI_CD_ALL", 0x406, 0 },
    };

    check_illegal("stage=nested", forms, ARRAY_SIZE(forms));
}

static void test_cs_3(void)
{
    static const Form forms[] = {
        { "CS 3", 0x3046, 0 },
        { "CS 3, as a driver of MSIs sends it", 0x000000000fc03046,
          0x80001000 },
    };

    check_illegal("", forms, ARRAY_SIZE(forms));
}

/* 4.4.1.1; TTL = 1 of 16KB is 0 without DS. */
static void test_tg_alone(void)
{
    static const Form forms[] = {
        { "NH_VA, 4KB", 0x0001000000000012, 0x10000400 },
        { "NH_VA, 16KB", 0x0001000000000012, 0x10000800 },
        { "NH_VA, 64KB", 0x0001000000000012, 0x10000c01 },
        { "NH_VA, 16KB, TTL 1", 0x0001000000000012, 0x10000900 },
        { "NH_VAA, 4KB", 0x13, 0x10000400 },
        { "NH_VAA, 16KB, TTL 1", 0x13, 0x10000901 },
        { "EL2_VA, 4KB", 0x22, 0x10000400 },
        { "EL2_VAA, 64KB", 0x23, 0x10000c00 },
        { "S2_IPA, 4KB", 0x000000070000002a, 0x10000400 },
        { "S2_IPA, 16KB, TTL 1", 0x000000070000002a, 0x10000900 },
        { "an ASID out of range does not help", 0xffffffff00000012,
          0x10000400 },
    };
    static const char *const legal[] = { "ril=off", "vax=52,ds=on" };
    QRig *rig;

    check_illegal("stage=nested,arch=3.2,asidsize=8", forms,
                  ARRAY_SIZE(forms));
    rig = start(2, legal);
    g_assert_true(consumes(&rig->smmu[0], 0x12, 0x10000400));
    g_assert_true(consumes(&rig->smmu[1], 0x12, 0x10000900));
    g_assert_false(consumes(&rig->smmu[1], 0x12, 0x10000800));
    qrig_free(rig);
}

/* 4.1.7, 4.2, 4.4: what is out of range, or IGNORED, is no error. */
static void test_out_of_range(void)
{
    static const char *const properties[] = {
        "stage=nested,sidsize=16,asidsize=8,vmidsize=8,oas=40,"
        "strict-commands=on",
    };
    static const Form forms[] = {
        { "CFGI_STE", 0xffffffff00000003, 1 },
        { "CFGI_STE_RANGE", 0x8000000000000004, 20 },
        { "CFGI_ALL with a StreamID", 0xdeadbeef00000004, 31 },
        { "CFGI_CD of SubstreamID 1", 0x0000000800001005, 1 },
        { "CFGI_CD_ALL", 0x0100000000000006, 0 },
        { "PREFETCH_CONFIG of a SubstreamID", 0x0000000800001801, 0 },
        { "PREFETCH_ADDR of no canonical address", 0x0000000800001802,
          0x123456789abcd3ff },
        { "NH_ASID", 0x0100000000000011, 0 },
        { "NH_VA of a VMID", 0x0001010000000012, 0 },
        { "NH_VA of no canonical address", 0x0001000100000012,
          0x1234567890123000 },
        { "S12_VMALL", 0x0000010000000028, 0 },
        { "S2_IPA beyond the IAS", 0x000000010000002a, 0x0000f00000000000 },
        { "SYNC with MSI parameters", 0xffffffff0fc00046,
          0x000ffffffffffffc },
        { "SYNC, MSH 1", 0x0000000000400046, 0 },
    };
    QRig *rig = start(1, properties);

    for (unsigned i = 0; i < ARRAY_SIZE(forms); i++) {
        g_test_message("%s", forms[i].name);
        g_assert_true(consumes(&rig->smmu[0], forms[i].word0,
                               forms[i].word1));
    }
    qrig_free(rig);
}

/* ---- Reserved fields (4.1.5) ------------------------------------------- */

/* Of stage 1 with RIL; and of both stages, if it says so */
static const Form reserved[] = {
    { "PREFETCH_CONFIG [9:8]", 0x101, 0 },
    { "PREFETCH_CONFIG [127:64]", 0x001, 1ULL << 63 },
    { "PREFETCH_ADDR [75:74]", 0x002, 0x400 },
    { "CFGI_STE [11], where others have SSV", 0x803, 1 },
    { "CFGI_STE [31:12], where others have SubstreamID", 0x1003, 1 },
    { "CFGI_STE [127:65]", 0x003, 2 },
    { "CFGI_STE_RANGE [31:12]", 0x80000004, 0 },
    { "CFGI_STE_RANGE [127:69]", 0x004, 0x20 },
    { "CFGI_ALL [127:69]", 0x004, 0x100000000000001f },
    { "CFGI_CD [11], where others have SSV", 0x805, 1 },
    { "CFGI_CD [127:65]", 0x005, 0x1000 },
    { "CFGI_CD_ALL SubstreamID", 0x1006, 0 },
    { "CFGI_CD_ALL Leaf", 0x006, 1 },
    { "NH_ALL VMID without stage 2", 0x0000000100000010, 0 },
    { "NH_ALL ASID", 0x0001000000000010, 0 },
    { "NH_ALL Address", 0x10, 0x1000 },
    { "NH_ASID VMID without stage 2", 0x0001000100000011, 0 },
    { "NH_ASID Leaf", 0x0001000000000011, 1 },
    { "NH_VA SSec, which it has not", 0x0001000000000412, 0x1000 },
    { "NH_VA VMID without stage 2", 0x0001000100000012, 0x1000 },
    { "NH_VA NUM with TG 0", 0x0001000000001012, 0x1000 },
    { "NH_VA SCALE with TG 0", 0x0001000000100012, 0x1000 },
    { "NH_VA SCALE[5] without DS", 0x0001000002000012, 0x1700 },
    { "NH_VA [19:17]", 0x0001000000020012, 0x1000 },
    { "NH_VA TTL with TG 0", 0x0001000000000012, 0x1300 },
    { "NH_VA TTL128 without D128", 0x0001000000000012, 0x1780 },
    { "NH_VA [70:65]", 0x0001000000000012, 0x1002 },
    { "NH_VAA ASID", 0x0001000000000013, 0x1000 },
    { "NH_VAA VMID without stage 2", 0x0000000100000013, 0x1000 },
    { "NSNH_ALL VMID", 0x0000000100000030, 0 },
    { "NSNH_ALL Address", 0x30, 0x1000 },
    { "SYNC [11:8]", 0x0000000000000146, 0 },
    { "SYNC [21:14]", 0x0000000000004046, 0 },
    { "SYNC [31:28]", 0x0000000010000046, 0 },
    { "SYNC MSIAddress[1:0]", 0x0000000000000046, 1 },
    { "SYNC MSIAddress[55:52]", 0x0000000000000046, 1ULL << 52 },
    { "SYNC [127:120]", 0x0000000000000046, 1ULL << 56 },
};

static const Form reserved_nested[] = {
    { "NH_ALL ASID", 0x0001000100000010, 0 },
    { "EL2_ALL ASID", 0x0001000000000020, 0 },
    { "EL2_ALL Address", 0x20, 0x1000 },
    { "EL2_ASID VMID", 0x0001000100000021, 0 },
    { "EL2_VA VMID", 0x0001000100000022, 0x1000 },
    { "EL2_VAA ASID", 0x0001000000000023, 0x1000 },
    { "EL2_VAA VMID", 0x0000000100000023, 0x1000 },
    { "S12_VMALL ASID", 0x0001000100000028, 0 },
    { "S12_VMALL Leaf", 0x0000000100000028, 1 },
    { "S2_IPA ASID", 0x000100010000002a, 0x1000 },
    { "S2_IPA Address[55:52]", 0x000000010000002a, 1ULL << 52 },
    { "S2_IPA [127:120]", 0x000000010000002a, 1ULL << 63 },
    { "S2_IPA NUM with TG 0", 0x000000010000102a, 0x1000 },
};

/* Alike in one instance: all of them are ignored, or all of them faulted. */
static void check_reserved(const char *properties, const Form *forms,
                           unsigned num)
{
    g_autofree char *strict = g_strdup_printf("%s,strict-commands=on",
                                              properties);
    const char *both[] = { strict, properties };
    QRig *rig = start(2, both);

    for (unsigned i = 0; i < num; i++) {
        g_test_message("%s", forms[i].name);
        g_assert_false(consumes(&rig->smmu[0], forms[i].word0,
                                forms[i].word1));
        g_assert_true(consumes(&rig->smmu[1], forms[i].word0,
                               forms[i].word1));
    }
    qrig_free(rig);
}

static void test_reserved(void)
{
    check_reserved("stage=1,arch=3.1", reserved, ARRAY_SIZE(reserved));
    check_reserved("stage=nested,arch=3.2", reserved_nested,
                   ARRAY_SIZE(reserved_nested));
}

/* A field that only some instances have, on a strict one that has it, or not */
static void test_fields_of_features(void)
{
    static const struct {
        const char *name;
        const char *without;
        const char *with;
        uint64_t word0;
        uint64_t word1;
    } cases[] = {
        { "Stride", "arch=3.0", "arch=3.1", 0x02, 0x20 },
        { "VMID", "stage=1", "stage=nested", 0x0000000100000010, 0 },
        { "NUM, TG", "ril=off", "ril=on", 0x0001000000001012, 0x400 },
        { "TTL, TG", "ril=off", "ril=on", 0x0001000000000012, 0x700 },
        { "SCALE[5]", "vax=52", "vax=52,ds=on", 0x0001000002000012, 0x400 },
        { "MSIAddress[51:48]", "arch=3.0", "arch=3.1", 0x46, 1ULL << 48 },
        { "MSIAddress[55:52]", "arch=3.3", "arch=3.4", 0x46, 1ULL << 52 },
        { "IPA[51:48]", "stage=2,arch=3.0", "stage=2,arch=3.1", 0x2a,
          1ULL << 48 },
        { "IPA[55:52]", "stage=2,arch=3.3", "stage=2,arch=3.4", 0x2a,
          1ULL << 52 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *without =
            g_strdup_printf("%s,strict-commands=on", cases[i].without);
        g_autofree char *with =
            g_strdup_printf("%s,strict-commands=on", cases[i].with);
        const char *both[] = { without, with };
        QRig *rig = start(2, both);

        g_test_message("%s", cases[i].name);
        g_assert_false(consumes(&rig->smmu[0], cases[i].word0,
                                cases[i].word1));
        g_assert_true(consumes(&rig->smmu[1], cases[i].word0,
                               cases[i].word1));
        qrig_free(rig);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) \
    qtest_add_func("/msmmu/command-legality/" name, function)
    ADD("commands-of-absent-features-are-illegal", test_each_command);
    ADD("reserved-opcodes-are-illegal", test_reserved_opcodes);
    ADD("ssec-is-illegal-in-every-command-that-has-it", test_ssec);
    ADD("sync-with-cs-3-is-illegal", test_cs_3);
    ADD("tg-without-range-or-level-is-illegal", test_tg_alone);
    ADD("out-of-range-and-ignored-is-no-error", test_out_of_range);
    ADD("reserved-fields-are-ignored-or-faulted-alike", test_reserved);
    ADD("fields-of-absent-features-are-reserved", test_fields_of_features);
#undef ADD
    return g_test_run();
}
