/*
 * The features of instances as a user meets them: what the help lists, what is
 * refused and how, and what instances side by side say that they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qstring.h"
#include "command_line.h"
#include "rig.h"

#define SMMU "-device msmmu-smmuv3,id=s,"

/* ---- Refusals ---------------------------------------------------------- */

typedef struct Refusal {
    const char *properties;
    const char *message;
} Refusal;

static const Refusal refusals[] = {
    /* no value of the property */
    { "stage=3", "stage=3: use 1, 2 or nested" },
    { "formats=aa32", "formats=aa32: use aa64 or aa32+aa64" },
    { "ttendian=middle", "ttendian=middle: use little, big or mixed" },
    { "httu=on", "httu=on: use off, access, dirty or table" },
    { "hyp=maybe", "hyp=maybe: use on, off or auto" },
    { "bbml=3", "bbml=3: use 0, 1, 2 or auto" },
    { "arch=3.5", "arch=3.5: use 3.0, 3.1, 3.2, 3.3, 3.4 or auto" },
    { "term-model=raz-wi",
      "term-model=raz-wi: use configurable or abort" },
    { "granules=4k+16k+4k", "granules=4k+16k+4k: 4k is named twice" },
    { "oas=33", "oas=33 must be 32, 36, 40, 42, 44, 48 or 52 "
      "(IHI 0070 6.3.6)" },
    { "oas=56", "oas=56 must be 32, 36, 40, 42, 44, 48 or 52 "
      "(IHI 0070 6.3.6)" },
    { "vax=56", "vax=56 must be 48 or 52 (IHI 0070 6.3.6)" },
    { "asidsize=12", "asidsize=12 must be 8 or 16 (IHI 0070 6.3.1)" },
    { "vmidsize=32", "vmidsize=32 must be 8 or 16 (IHI 0070 6.3.1)" },
    { "sidsize=33", "sidsize=33 must be 32 or less (IHI 0070 6.3.2)" },
    { "sidsize=4294967295", "sidsize=4294967295 is too large" },
    { "ssidsize=21", "ssidsize=21 must be 20 or less (IHI 0070 6.3.2)" },
    { "tlb-entries=100",
      "tlb-entries=100 must be a power of two from 16 to 1048576" },

    /* what one property asks of another */
    { "two-level=off,sidsize=7",
      "two-level=off needs sidsize=6 or less, not 7 (IHI 0070 6.3.2)" },
    { "granules=16k+64k,formats=aa32+aa64",
      "formats=aa32+aa64 needs granules=4k (IHI 0070 6.3.6)" },
    { "granules=64k,vax=52,ds=on",
      "ds=on needs granules=4k or granules=16k (IHI 0070 6.3.6)" },
    { "ds=on", "ds=on needs vax=52 (IHI 0070 6.3.6)" },
    { "granules=4k,vax=52", "vax=52 needs granules=64k, or ds=on with 4k or "
      "16k (IHI 0070 6.3.6)" },
    { "granules=4k+16k,oas=52", "oas=52 needs granules=64k, or ds=on with 4k "
      "or 16k (IHI 0070 6.3.6)" },
    { "stage=2,had=on",
      "had=on needs stage=1 or stage=nested (IHI 0070 6.3.4)" },
    { "stage=1,hyp=on", "hyp=on needs stage=nested (IHI 0070 6.3.1)" },
    { "stage=2,hyp=on", "hyp=on needs stage=nested (IHI 0070 6.3.1)" },
    { "xnx=on", "xnx=on needs stage=2 or stage=nested (IHI 0070 6.3.4)" },
    { "ptwnnc=on",
      "ptwnnc=on needs stage=2 or stage=nested (IHI 0070 6.3.4)" },
    { "mteperm=on",
      "mteperm=on needs stage=2 or stage=nested (IHI 0070 6.3.4)" },

    /* features of later versions */
    { "arch=3.0,oas=52", "arch=3.0 does not permit oas=52, which needs "
      "arch=3.1 or later (IHI 0070 6.3.6)" },
    { "arch=3.0,vax=52", "arch=3.0 does not permit vax=52, which needs "
      "arch=3.1 or later (IHI 0070 6.3.6)" },
    { "arch=3.0,stage=2,xnx=on", "arch=3.0 does not permit xnx=on, which "
      "needs arch=3.1 or later (IHI 0070 6.3.4)" },
    { "arch=3.0,fwb=on", "arch=3.0 does not permit fwb=on, which needs "
      "arch=3.1 or later (IHI 0070 2.4, 2.9)" },
    { "arch=3.0,stt=on", "arch=3.0 does not permit stt=on, which needs "
      "arch=3.1 or later (IHI 0070 2.4, 2.9)" },
    { "arch=3.0,ril=on", "arch=3.0 does not permit ril=on, which needs "
      "arch=3.1 or later (IHI 0070 2.4, 2.9)" },
    { "arch=3.0,bbml=1", "arch=3.0 does not permit bbml=1 or bbml=2, which "
      "needs arch=3.1 or later (IHI 0070 2.4, 2.9)" },
    { "arch=3.1,e0pd=on", "arch=3.1 does not permit e0pd=on, which needs "
      "arch=3.2 or later (IHI 0070 2.5, 2.9)" },
    { "arch=3.1,stage=2,ptwnnc=on", "arch=3.1 does not permit ptwnnc=on, "
      "which needs arch=3.2 or later (IHI 0070 2.5, 2.9)" },
    { "arch=3.2,httu=table", "arch=3.2 does not permit httu=table, which "
      "needs arch=3.3 or later (IHI 0070 2.8, 2.9)" },
    { "arch=3.2,vax=52,ds=on", "arch=3.2 does not permit ds=on, which needs "
      "arch=3.3 or later (IHI 0070 2.8, 2.9)" },
    { "arch=3.2,epan=on", "arch=3.2 does not permit epan=on, which needs "
      "arch=3.3 or later (IHI 0070 2.8, 2.9)" },
    { "arch=3.2,stage=nested,mteperm=on", "arch=3.2 does not permit "
      "mteperm=on, which needs arch=3.3 or later (IHI 0070 2.8, 2.9)" },

    /* mandatory features that are off */
    { "arch=3.1,had=off", "arch=3.1 needs had=on: mandatory from arch=3.1 on "
      "(IHI 0070 6.3.4)" },
    { "arch=3.1,stage=2,xnx=off", "arch=3.1 needs xnx=on: mandatory from "
      "arch=3.1 on (IHI 0070 6.3.4)" },
    { "arch=3.2,stage=nested,hyp=off", "arch=3.2 needs hyp=on: mandatory from "
      "arch=3.2 on (IHI 0070 6.3.1)" },
    { "arch=3.2,fwb=off", "arch=3.2 needs fwb=on: mandatory from arch=3.2 on "
      "(IHI 0070 6.3.4)" },
    { "arch=3.3,ril=off", "arch=3.3 needs ril=on: mandatory from arch=3.2 on "
      "(IHI 0070 6.3.4)" },
    { "arch=3.2,bbml=0", "arch=3.2 needs bbml=1 or bbml=2: mandatory from "
      "arch=3.2 on (IHI 0070 6.3.4)" },
    { "arch=3.3,e0pd=off", "arch=3.3 needs e0pd=on: mandatory from arch=3.3 "
      "on (IHI 0070 6.3.4)" },
    { "arch=3.3,stage=2,ptwnnc=off", "arch=3.3 needs ptwnnc=on: mandatory "
      "from arch=3.3 on (IHI 0070 6.3.4)" },
    { "arch=3.4,epan=off", "arch=3.4 needs epan=on: mandatory from arch=3.4 "
      "on (IHI 0070 6.3.4)" },
    { "arch=3.4,stage=2,mteperm=off", "arch=3.4 needs mteperm=on: mandatory "
      "from arch=3.4 on (IHI 0070 6.3.4)" },

    /* two features that no version has together */
    { "had=off,oas=52", "oas=52 needs arch=3.1 or later (IHI 0070 6.3.6), "
      "which needs had=on (IHI 0070 6.3.4)" },
    { "stage=nested,hyp=off,epan=on", "epan=on needs arch=3.3 or later "
      "(IHI 0070 2.8, 2.9), which needs hyp=on (IHI 0070 6.3.1)" },
};

static void test_refused(const void *opaque)
{
    const Refusal *r = opaque;
    g_autofree char *args = g_strdup_printf("-M virt-msmmu " SMMU "%s",
                                            r->properties);
    g_autofree char *message = g_strdup_printf(SMMU "%s: %s", r->properties,
                                               r->message);

    qcommand_check_refused(args, message);
}

/* ---- Help -------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *text;           /* from the values on */
} help[] = {
    { "arch", ": 3.0, 3.1, 3.2, 3.3, 3.4 or auto; auto is the lowest that "
      "permits the other properties (default: auto)" },
    { "asidsize", ": 8 or 16 (default: 16)" },
    { "attr-perms-ovr", ": on or off (default: on)" },
    { "attr-types-ovr", ": on or off (default: on)" },
    { "bbml", ": 0, 1, 2 or auto; *(default: auto)" },
    { "ds", ": on or off (default: off)" },
    { "e0pd", ": on, off or auto; *(default: auto)" },
    { "epan", ": on, off or auto; *(default: auto)" },
    { "formats", ": aa64 or aa32+aa64 (default: aa64)" },
    { "fwb", ": on, off or auto; *(default: auto)" },
    { "granules", ": 4k, 16k or 64k, or several joined by '+' "
      "(default: 4k+16k+64k)" },
    { "had", ": on, off or auto; *(default: auto)" },
    { "httu", ": off, access, dirty or table; *(default: off)" },
    { "hyp", ": on, off or auto; *(default: auto)" },
    { "msi", ": on or off (default: on)" },
    { "mteperm", ": on, off or auto; *(default: auto)" },
    { "numa-node", "*by default none" },
    { "oas", ": 32, 36, 40, 42, 44, 48 or 52 (default: 48)" },
    { "primary-bus", "*" },
    { "ptwnnc", ": on, off or auto; *(default: auto)" },
    { "ril", ": on, off or auto; *(default: auto)" },
    { "sev", ": on or off (default: off)" },
    { "sidsize", "*(default: 20, or 6 if two-level=off*)" },
    { "ssidsize", "*(default: 0)" },
    { "stage", ": 1, 2 or nested (default: 1)" },
    { "strict-commands", ": on or off (default: off)" },
    { "stt", ": on, off or auto; *(default: auto)" },
    { "term-model", ": configurable or abort; *(default: configurable)" },
    { "tlb-entries", "*(default: 131072)" },
    { "ttendian", ": little, big or mixed (default: little)" },
    { "two-level", ": on or off (default: on)" },
    { "two-level-cd", ": on, off or auto; *(default: auto)" },
    { "vax", ": 48 or 52 (default: 48)" },
    { "vmidsize", ": 8 or 16 (default: 16)" },
    { "xnx", ": on, off or auto; *(default: auto)" },
};

static const char *line_of(char **lines, const char *name)
{
    g_autofree char *pattern = g_strdup_printf("  %s=<*", name);

    for (; *lines; lines++) {
        if (g_pattern_match_simple(pattern, *lines)) {
            return *lines;
        }
    }
    g_error("no line of the help is about %s", name);
}

/* Every property has its line, and every line is in this table. */
static void test_help(void)
{
    int status;
    g_autofree char *output = NULL;
    g_autofree char *said = qcommand_run("-M virt-msmmu -device "
                                         "msmmu-smmuv3,help", &status,
                                         &output);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(output), "\n", -1);

    g_assert_cmpint(status, ==, 0);
    g_assert_cmpstr(said, ==, "");
    g_assert_cmpstr(lines[0], ==, "msmmu-smmuv3 options:");
    for (int i = 0; i < ARRAY_SIZE(help); i++) {
        const char *line = line_of(lines, help[i].name);
        g_autofree char *pattern = g_strdup_printf("*> *- ?*%s",
                                                   help[i].text);

        if (!g_pattern_match_simple(pattern, line)) {
            g_error("%s: \"%s\" is not as \"%s\"", help[i].name, line,
                    pattern);
        }
    }
    g_assert_cmpuint(g_strv_length(lines), ==, 1 + ARRAY_SIZE(help));
}

/* ---- Side by side ------------------------------------------------------ */

/*
 * IDR0, IDR1, IDR3, IDR5 and AIDR of 6.3, put together by hand. Three of the
 * instances have one root complex each.
 */
static const struct {
    const char *properties;
    uint32_t idr0;
    uint32_t idr1;
    uint32_t idr3;
    uint32_t idr5;
    uint32_t aidr;
} instances[QRIG_MAX] = {
    { "", 0x0940301a, 0x0e730014, 0x00000404, 0x00000075, 0x1 },
    { "stage=2,granules=16k+64k,oas=40,vmidsize=8,httu=access,"
      "attr-types-ovr=off",
      0x09402059, 0x06730014, 0x00000410, 0x00000062, 0x1 },
    { "stage=nested,arch=3.4,oas=52,vax=52,ds=on,ssidsize=20,httu=table,"
      "ttendian=mixed,formats=aa32+aa64,stt=on,term-model=abort",
      0x0d0c32df, 0x0e730514, 0x00427714, 0x000004f6, 0x4 },
};

static void test_instances_differ(void)
{
    const char *properties[QRIG_MAX];
    QRig *rig;

    for (int i = 0; i < QRIG_MAX; i++) {
        properties[i] = instances[i].properties;
    }
    rig = qrig_new(QRIG_MAX, properties, "");
    for (int i = 0; i < QRIG_MAX; i++) {
        const QSmmu *s = &rig->smmu[i];

        g_test_message("%s", properties[i]);
        g_assert_cmphex(qsmmu_readl(s, 0x00), ==, instances[i].idr0);
        g_assert_cmphex(qsmmu_readl(s, 0x04), ==, instances[i].idr1);
        g_assert_cmphex(qsmmu_readl(s, 0x08), ==, 0);
        g_assert_cmphex(qsmmu_readl(s, 0x0c), ==, instances[i].idr3);
        g_assert_cmphex(qsmmu_readl(s, 0x10), ==, 0);
        g_assert_cmphex(qsmmu_readl(s, 0x14), ==, instances[i].idr5);
        g_assert_cmphex(qsmmu_readl(s, 0x1c), ==, instances[i].aidr);
    }
    qrig_free(rig);
}

/* What was auto reads as what the instance has. */
static void test_auto_reads_as_what_it_became(void)
{
    static const struct {
        const char *name;
        const char *value;
    } expect[] = {
        { "arch", "3.2" }, { "stage", "nested" }, { "granules", "4k+64k" },
        { "formats", "aa64" }, { "hyp", "on" }, { "had", "on" },
        { "xnx", "on" }, { "fwb", "on" }, { "ril", "on" }, { "bbml", "2" },
        { "stt", "off" }, { "e0pd", "on" }, { "ptwnnc", "off" },
        { "epan", "off" }, { "mteperm", "off" }, { "two-level-cd", "off" },
    };
    QTestState *qts = qtest_init(QRIG_MACHINE "-device msmmu-smmuv3,id=s,"
                                 "stage=nested,granules=64k+4k,e0pd=on");

    for (int i = 0; i < ARRAY_SIZE(expect); i++) {
        QDict *response = qtest_qmp(qts, "{ 'execute': 'qom-get',"
                                    " 'arguments': {"
                                    " 'path': '/machine/peripheral/s',"
                                    " 'property': %s } }", expect[i].name);

        g_test_message("%s", expect[i].name);
        g_assert_cmpstr(qdict_get_str(response, "return"), ==,
                        expect[i].value);
        qobject_unref(response);
    }
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < ARRAY_SIZE(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/msmmu/properties/refused/%s",
                                                refusals[i].properties);

        qtest_add_data_func(path, &refusals[i], test_refused);
    }
    qtest_add_func("/msmmu/properties/help-lists-every-property", test_help);
    qtest_add_func("/msmmu/properties/instances-side-by-side-differ",
                   test_instances_differ);
    qtest_add_func("/msmmu/properties/auto-reads-as-what-it-became",
                   test_auto_reads_as_what_it_became);
    return g_test_run();
}
