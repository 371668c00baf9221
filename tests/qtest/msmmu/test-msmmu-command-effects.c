/*
 * What each invalidation command drops, and what it leaves, as DMA sees it
 * (IHI 0070 4.2 to 4.4).
 *
 * Seven streams of one instance, each a function of the engine, are used until
 * all is cached; then all tables, or all STEs or CDs, are made invalid in
 * memory; one command is consumed; and each access tells whether what it needs
 * is still cached. Over-invalidation is permitted; this model does without.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "config.h"
#include "engine.h"
#include "rig.h"

#define PROPERTIES "stage=nested,arch=3.2,ssidsize=4"
#define FUNCTION(n) "-device msmmu-engine,bus=rc1,addr=2." #n
#define ENGINES FUNCTION(0) ",multifunction=on " FUNCTION(1) " " FUNCTION(2) \
    " " FUNCTION(3) " " FUNCTION(4) " " FUNCTION(5) " " FUNCTION(6)

/* Input addresses: two pages, a global page, a block of 2 MiB */
#define PAGE_1 0x10000000ULL
#define PAGE_2 0x10001000ULL
#define GLOBAL 0x10002000ULL
#define BLOCK 0x10200000ULL
#define PLACES 4

/* Where nested streams have them in IPA space; where they are in memory */
#define IPA_OFFSET 0x10000000ULL
#define DATA QRIG_DATA
#define DATA_BLOCK (QRIG_DATA + 0x200000)

#define OUTPUT_BITS 40
#define FIRST_SID 0x10
#define STREAMS 7
#define SUBSTREAMS 4
#define CD_BYTES 64
#define QCR2_E2H 1u

/* STRW: NS-EL2, or NS-EL2-E2H by CR2.E2H */
#define EL2 QSTE1_STRW(2)

typedef struct Stream {
    unsigned stages;
    uint16_t asid;
    uint16_t vmid;
    uint64_t ste1;
    bool substreams;
    /* From here on set by start() */
    QTables s1;
    QTables s2;
    QSte ste;
    QCd cd;
    uint64_t cd_address;
    QEngine engine;
} Stream;

/* In the order of their StreamIDs, 0x10 to 0x16 */
static const Stream kinds[STREAMS] = {
    { .stages = 1, .asid = 1 },
    { .stages = 1, .asid = 2 },
    { .stages = 1, .asid = 3, .ste1 = EL2 },
    { .stages = 2, .vmid = 7 },
    { .stages = 3, .asid = 1, .vmid = 7 },
    { .stages = 3, .asid = 1, .vmid = 8 },
    { .stages = 1, .asid = 4, .substreams = true },
};

static QRig *rig;
static QTestState *qts;
static QSmmu *s;
static Stream streams[STREAMS];

/* ---- Set up ------------------------------------------------------------ */

static const uint64_t places[PLACES] = { PAGE_1, PAGE_2, GLOBAL, BLOCK };

static uint64_t output_of(unsigned place)
{
    return places[place] == BLOCK ? DATA_BLOCK
                                  : DATA + (places[place] - PAGE_1);
}

static int level_of(unsigned place)
{
    return places[place] == BLOCK ? 2 : 3;
}

/* Map all places, or unmap them, at the stage that the input goes to first. */
static void map_places(Stream *t, bool valid)
{
    for (unsigned i = 0; i < PLACES; i++) {
        uint64_t attrs = t->stages & 1 ? QPTE_RW : QS2_RW;
        uint64_t to = output_of(i);

        if (t->stages == 3) {
            to = places[i] + IPA_OFFSET;
        }
        if (t->stages & 1 && places[i] == GLOBAL) {
            attrs &= ~QPTE_NG;
        }
        qtables_map(t->stages & 1 ? &t->s1 : &t->s2, places[i], to,
                    valid ? attrs : 0, level_of(i));
    }
}

static void make_tables(Stream *t)
{
    if (t->stages & 2) {
        t->s2 = qtables_stage2(s, 12, OUTPUT_BITS, 1);
        t->s2.next_ipa = 0x700000000ULL;
    }
    if (t->stages == 3) {
        for (unsigned i = 0; i < PLACES; i++) {
            qtables_map(&t->s2, places[i] + IPA_OFFSET, output_of(i), QS2_RW,
                        level_of(i));
        }
        t->s1 = qtables_nested(&t->s2, 12, 39);
    } else if (t->stages == 1) {
        t->s1 = qtables_stage1(s, 12, 39);
    }
    map_places(t, true);
}

/* STE, and CD or CDs, as they are in @t: with V, or without */
static void put_ste(Stream *t, bool valid)
{
    QSte ste = t->ste;

    ste.word[0] &= valid ? UINT64_MAX : ~QSTE_V;
    qste_store(s, qsmmu_ste(s, FIRST_SID + (t - streams)), &ste);
}

static void put_cds(Stream *t, bool valid)
{
    QTables *behind = t->stages & 2 ? &t->s2 : NULL;
    QCd cd = t->cd;

    cd.word[0] &= valid ? UINT64_MAX : ~QCD_V;
    if (!(t->stages & 1)) {
        return;
    }
    for (unsigned i = 0; i < (t->substreams ? SUBSTREAMS : 1); i++) {
        qcd_write(s, behind, t->cd_address + i * CD_BYTES, &cd);
    }
}

static void make_structures(Stream *t)
{
    if (t->substreams) {
        t->cd_address = qsmmu_alloc(s, SUBSTREAMS * CD_BYTES,
                                    SUBSTREAMS * CD_BYTES);
    } else if (t->stages & 1) {
        t->cd_address = qcd_alloc(s, t->stages & 2 ? &t->s2 : NULL);
    }
    if (t->stages & 1) {
        t->cd = qcd_new(&t->s1, t->asid, OUTPUT_BITS);
    }
    if (t->stages & 2) {
        t->ste = t->stages == 3 ?
            qste_nested(&t->s2, t->vmid, OUTPUT_BITS, t->cd_address) :
            qste_stage2(&t->s2, t->vmid, OUTPUT_BITS);
    } else {
        t->ste = qste_stage1(t->cd_address);
    }
    t->ste.word[1] |= t->ste1;
    if (t->substreams) {
        t->ste.word[0] |= 2ULL << 59;           /* S1CDMax: 4 CDs */
        t->ste.word[1] |= QSTE1_S1DSS(2);       /* CD 0 without SubstreamID */
    }
    put_cds(t, true);
    put_ste(t, true);
}

static void start(bool e2h)
{
    const char *properties = PROPERTIES;

    rig = qrig_new(1, &properties, ENGINES);
    qts = rig->qts;
    s = &rig->smmu[0];
    qsmmu_start(s);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN);
    qsmmu_writel(s, QSMMU_CR2, QCR2_RECINVSID | (e2h ? QCR2_E2H : 0));
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    for (unsigned i = 0; i < STREAMS; i++) {
        Stream *t = &streams[i];

        *t = kinds[i];
        make_tables(t);
        make_structures(t);
        t->engine = qengine_init(&rig->rc[0], 0, FIRST_SID + i, i + 1);
        qengine_set_pasid(&t->engine, 1);
    }
    qsmmu_cfgi_all(s);
}

/* ---- Accesses ---------------------------------------------------------- */

/* Whether an access of SubstreamID @ssid, or without one for 0, ends well */
static bool works(Stream *t, unsigned ssid, uint64_t iova)
{
    const QJob job = {
        .op = QOP_READ, .size = 8, .addr = iova,
        .attr = ssid ? QATTR_SSID(ssid) : 0,
    };
    QResult r = qengine_run(&t->engine, &job);
    QEvent e;
    bool fault = qsmmu_pop_event(s, &e);

    g_assert_cmpuint(r.status, ==, fault ? QSTATUS_ABORTED : QSTATUS_OK);
    if (fault) {
        g_assert_cmphex(qevent_sid(&e), ==, t - streams + FIRST_SID);
    }
    qsmmu_expect_no_event(s);
    return !fault;
}

typedef struct Case {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    /*
     * For each stream its places, or for each CD: '=' is still there, '-' was
     * dropped. Blanks part the streams.
     */
    const char *expect;
} Case;

/* Each of seven streams at each place */
static char *probe_places(void)
{
    GString *found = g_string_new(NULL);

    for (unsigned i = 0; i < STREAMS; i++) {
        g_string_append(found, i ? " " : "");
        for (unsigned j = 0; j < PLACES; j++) {
            bool there = works(&streams[i], 0, places[j]);

            g_string_append_c(found, there ? '=' : '-');
        }
    }
    return g_string_free(found, false);
}

/* Each stream, the last one of all SubstreamIDs */
static char *probe_configuration(void)
{
    GString *found = g_string_new(NULL);

    for (unsigned i = 0; i < STREAMS; i++) {
        unsigned num = streams[i].substreams ? SUBSTREAMS : 1;

        g_string_append(found, num > 1 ? " " : "");
        for (unsigned ssid = 0; ssid < num; ssid++) {
            bool there = works(&streams[i], ssid, PAGE_1);

            g_string_append_c(found, there ? '=' : '-');
        }
    }
    return g_string_free(found, false);
}

static void invalidate_all(void)
{
    qsmmu_cfgi_all(s);
    qsmmu_command(s, QCMD_TLBI_EL2_ALL, 0);
    qsmmu_tlbi_all(s);
}

/* What is made invalid in memory for a while */
static void set_places(bool valid)
{
    for (unsigned i = 0; i < STREAMS; i++) {
        map_places(&streams[i], valid);
    }
}

static void set_stes(bool valid)
{
    for (unsigned i = 0; i < STREAMS; i++) {
        put_ste(&streams[i], valid);
    }
}

static void set_cds(bool valid)
{
    for (unsigned i = 0; i < STREAMS; i++) {
        put_cds(&streams[i], valid);
    }
}

static void check(const Case *cases, unsigned num, void (*set)(bool valid),
                  char *(*probe)(void))
{
    for (unsigned i = 0; i < num; i++) {
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;

        g_test_message("%s", cases[i].name);
        invalidate_all();
        before = probe();
        g_assert_null(strchr(before, '-'));
        set(false);
        qsmmu_push(s, cases[i].word0, cases[i].word1);
        qsmmu_sync(s);
        after = probe();
        g_assert_cmpstr(after, ==, cases[i].expect);
        set(true);
    }
}

#define CHECK(cases, set, probe) check(cases, ARRAY_SIZE(cases), set, probe)

/* ---- Translations (4.4) ------------------------------------------------ */

#define KEEP "==== ==== ==== ==== ==== ==== ===="

/* Streams: ASID 1, 2, EL2, VMID 7, nested VMID 7 and 8, ASID 4 */
static void test_el1(void)
{
    static const Case cases[] = {
        { "NH_ALL", 0x10, 0, "---- ---- ==== ==== ==== ==== ----" },
        { "NH_ALL of VMID 7", 0x0000000700000010, 0,
          "==== ==== ==== ==== ---- ==== ====" },
        { "NH_ALL of another VMID", 0x0000000900000010, 0, KEEP },
        { "NH_ASID 1", 0x0001000000000011, 0,
          "--=- ==== ==== ==== ==== ==== ====" },
        { "NH_ASID 1 of VMID 8", 0x0001000800000011, 0,
          "==== ==== ==== ==== ==== --=- ====" },
        { "NH_ASID of another ASID", 0x0009000000000011, 0, KEEP },
        { "NH_VA", 0x0001000000000012, PAGE_1,
          "-=== ==== ==== ==== ==== ==== ====" },
        { "NH_VA, Leaf", 0x0002000000000012, PAGE_2 | 1,
          "==== =-== ==== ==== ==== ==== ====" },
        { "NH_VA of another ASID", 0x0009000000000012, PAGE_1, KEEP },
        { "NH_VA of a global page, any ASID", 0x0009000000000012, GLOBAL,
          "==-= ==-= ==== ==== ==== ==== ==-=" },
        { "NH_VA within a block", 0x0001000000000012, BLOCK + 0x123000,
          "===- ==== ==== ==== ==== ==== ====" },
        { "NH_VA of VMID 7", 0x0001000700000012, PAGE_1,
          "==== ==== ==== ==== -=== ==== ====" },
        { "NH_VAA", 0x0000000000000013, PAGE_1,
          "-=== -=== ==== ==== ==== ==== -===" },
        { "NH_VAA of VMID 8, Leaf", 0x0000000800000013, BLOCK | 1,
          "==== ==== ==== ==== ==== ===- ====" },
        { "NSNH_ALL", 0x30, 0, "---- ---- ==== ---- ---- ---- ----" },
    };

    start(false);
    CHECK(cases, set_places, probe_places);
    qrig_free(rig);
}

static void test_ranges(void)
{
    static const Case cases[] = {
        { "NH_VA, three pages", 0x0001000000002012, PAGE_1 | 0x400,
          "---= ==-= ==== ==== ==== ==== ==-=" },
        { "NH_VA, two pages", 0x0001000000001012, PAGE_1 | 0x400,
          "--== ==== ==== ==== ==== ==== ====" },
        { "NH_VAA, 2 << 9 pages, from the block on", 0x0000000000900013,
          BLOCK | 0x400, "===- ===- ==== ==== ==== ==== ===-" },
        { "NH_VA, TTL 3", 0x0001000000000012, PAGE_2 | 0x700,
          "=-== ==== ==== ==== ==== ==== ====" },
        { "NH_VA, TTL 2 for a block", 0x0001000000000012, BLOCK | 0x600,
          "===- ==== ==== ==== ==== ==== ====" },
        { "NH_VA, TTL 2 leaves pages", 0x0001000000000012, PAGE_1 | 0x600,
          KEEP },
        { "NH_VA, 64KB granules leave those of 4KB", 0x0001000000001012,
          PAGE_1 | 0xc00, KEEP },
        { "NH_VA, a range below", 0x000100000001f012,
          (PAGE_1 - 0x20000) | 0x400, KEEP },
        { "S2_IPA, two pages", 0x000000070000102a, PAGE_2 | 0x400,
          "==== ==== ==== =--= ==== ==== ====" },
        { "S2_IPA, TTL 2", 0x000000070000002a, BLOCK | 0x600,
          "==== ==== ==== ===- ==== ==== ====" },
    };

    start(false);
    CHECK(cases, set_places, probe_places);
    qrig_free(rig);
}

/* Entries of nested streams combine both stages, and stay (4.4.3.1). */
static void test_stage2(void)
{
    static const Case cases[] = {
        { "S2_IPA", 0x000000070000002a, PAGE_1,
          "==== ==== ==== -=== ==== ==== ====" },
        { "S2_IPA, Leaf, within a block", 0x000000070000002a,
          (BLOCK + 0x1ff000) | 1, "==== ==== ==== ===- ==== ==== ====" },
        { "S2_IPA of another VMID", 0x000000080000002a, PAGE_1, KEEP },
        { "S2_IPA of a nested stream's page", 0x000000070000002a,
          PAGE_1 + IPA_OFFSET, KEEP },
        { "S12_VMALL", 0x0000000700000028, 0,
          "==== ==== ==== ---- ---- ==== ====" },
        { "S12_VMALL of another VMID", 0x0000000900000028, 0, KEEP },
        { "NH_ALL leaves stage 2", 0x0000000700000010, 0,
          "==== ==== ==== ==== ---- ==== ====" },
    };

    start(false);
    CHECK(cases, set_places, probe_places);
    qrig_free(rig);
}

static void test_el2(void)
{
    static const Case cases[] = {
        { "EL2_ALL", 0x20, 0, "==== ==== ---- ==== ==== ==== ====" },
        { "EL2_VA, ASID is ignored", 0x0009000000000022, PAGE_1,
          "==== ==== -=== ==== ==== ==== ====" },
        { "EL2_VA, range", 0x0000000000001022, PAGE_1 | 0x401,
          "==== ==== --== ==== ==== ==== ====" },
        { "EL2_VAA", 0x23, BLOCK, "==== ==== ===- ==== ==== ==== ====" },
        { "EL2_ASID", 0x0003000000000021, 0, KEEP },
    };

    start(false);
    CHECK(cases, set_places, probe_places);
    qrig_free(rig);
}

static void test_el2_e2h(void)
{
    static const Case cases[] = {
        { "EL2_ALL", 0x20, 0, "==== ==== ---- ==== ==== ==== ====" },
        { "EL2_VA", 0x0003000000000022, PAGE_1,
          "==== ==== -=== ==== ==== ==== ====" },
        { "EL2_VA of another ASID", 0x0001000000000022, PAGE_1, KEEP },
        { "EL2_VA of a global page", 0x0001000000000022, GLOBAL,
          "==== ==== ==-= ==== ==== ==== ====" },
        { "EL2_VAA", 0x23, PAGE_2, "==== ==== =-== ==== ==== ==== ====" },
        { "EL2_ASID", 0x0003000000000021, 0,
          "==== ==== --=- ==== ==== ==== ====" },
        { "EL2_ASID of another ASID", 0x0001000000000021, 0, KEEP },
        { "NSNH_ALL", 0x30, 0, "---- ---- ==== ---- ---- ---- ----" },
    };

    start(true);
    CHECK(cases, set_places, probe_places);
    qrig_free(rig);
}

/* 4.3.1: other commands leave translations alone. */
static void test_translations_stay(void)
{
    static const Case cases[] = {
        { "PREFETCH_CONFIG", 0x0000001000000001, 0, KEEP },
        { "PREFETCH_ADDR", 0x0000001000000002, PAGE_1 | 4, KEEP },
        { "CFGI_STE", 0x0000001000000003, 0, KEEP },
        { "CFGI_STE_RANGE", 0x0000001000000004, 2, KEEP },
        { "CFGI_ALL", 0x04, 31, KEEP },
        { "CFGI_CD", 0x0000001000000005, 0, KEEP },
        { "CFGI_CD_ALL", 0x0000001600000006, 0, KEEP },
        { "SYNC", 0x46, 0, KEEP },
    };

    start(false);
    CHECK(cases, set_places, probe_places);
    qrig_free(rig);
}

/* ---- Configuration (4.3) ----------------------------------------------- */

/* STEs lose V: streams 0x10 to 0x15, then 0x16 by SubstreamID */
static void test_stes(void)
{
    static const Case cases[] = {
        { "CFGI_STE", 0x0000001000000003, 0, "-===== ====" },
        { "CFGI_STE, Leaf", 0x0000001400000003, 1, "====-= ====" },
        { "CFGI_STE with substreams", 0x0000001600000003, 1, "====== ----" },
        { "CFGI_STE of another", 0x0000001700000003, 1, "====== ====" },
        { "CFGI_STE_RANGE of 2", 0x0000001300000004, 0, "==--== ====" },
        { "CFGI_STE_RANGE of 4", 0x0000001500000004, 1, "====-- ----" },
        { "CFGI_STE_RANGE of 2^31", 0x0000001000000004, 30, "------ ----" },
        { "CFGI_STE_RANGE of others", 0x0000002000000004, 3, "====== ====" },
        { "CFGI_ALL", 0xffffffff00000004, 31, "------ ----" },
        { "CFGI_STE out of range", 0x0100001000000003, 0, "====== ====" },
        { "PREFETCH_CONFIG", 0x0000001000000001, 0, "====== ====" },
        { "PREFETCH_ADDR", 0x0000001000000002, PAGE_1, "====== ====" },
        { "NSNH_ALL", 0x30, 0, "====== ====" },
        { "EL2_ALL", 0x20, 0, "====== ====" },
        { "S12_VMALL", 0x0000000700000028, 0, "====== ====" },
    };

    start(false);
    CHECK(cases, set_stes, probe_configuration);
    qrig_free(rig);
}

/* CDs lose V; stream 0x13 has none. */
static void test_cds(void)
{
    static const Case cases[] = {
        { "CFGI_CD", 0x0000001000000005, 1, "-===== ====" },
        { "CFGI_CD, Leaf 0", 0x0000001100000005, 0, "=-==== ====" },
        { "CFGI_CD behind stage 2", 0x0000001400000005, 1, "====-= ====" },
        { "CFGI_CD 0", 0x0000001600000005, 1, "====== -===" },
        { "CFGI_CD 2", 0x0000001600002005, 1, "====== ==-=" },
        { "CFGI_CD 4, which is not in the table", 0x0000001600004005, 1,
          "====== ====" },
        { "CFGI_CD 16, out of range", 0x0000001600010005, 1, "====== ====" },
        { "CFGI_CD_ALL", 0x0000001600000006, 0, "====== ----" },
        { "CFGI_CD_ALL of another", 0x0000001200000006, 0, "==-=== ====" },
        { "CFGI_STE", 0x0000001600000003, 1, "====== ----" },
        { "CFGI_STE_RANGE", 0x0000001000000004, 0, "--==== ====" },
        { "CFGI_ALL", 0x04, 31, "---=-- ----" },
        { "PREFETCH_CONFIG", 0x0000001000000001, 0, "====== ====" },
        { "NH_ALL", 0x10, 0, "====== ====" },
        { "NSNH_ALL", 0x30, 0, "====== ====" },
    };

    start(false);
    CHECK(cases, set_cds, probe_configuration);
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) \
    qtest_add_func("/msmmu/command-effects/" name, function)
    ADD("tlbi-nh-drops-el1-by-vmid-asid-and-va", test_el1);
    ADD("tlbi-ranges-and-levels-drop-what-they-name", test_ranges);
    ADD("tlbi-s2-and-s12-drop-by-vmid-and-ipa", test_stage2);
    ADD("tlbi-el2-drops-el2", test_el2);
    ADD("tlbi-el2-drops-e2h-by-asid", test_el2_e2h);
    ADD("other-commands-leave-translations", test_translations_stay);
    ADD("cfgi-ste-drops-stes-of-its-streams", test_stes);
    ADD("cfgi-cd-drops-cds-by-substream", test_cds);
#undef ADD
    return g_test_run();
}
