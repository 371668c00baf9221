/*
 * Faults where both stages translate: what is recorded, as whole records, for
 * each type of each class at each stage, what CD.{A, R} and STE.S2R make of it,
 * and which comes first (IHI 0070 3.12, 5.5, 7.3.12 to 7.3.16, 7.3.22).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"

#define VA UINT64_C(0x0000123456789678)
#define IPA UINT64_C(0x2345678000)
#define PA UINT64_C(0x3456789000)
/* Of the transactions below. */
#define DATA UINT64_C(0x3456789678)
/* Beyond an output size of 40 bits. */
#define TOO_FAR (UINT64_C(1) << 40)

/* 40 bits come out of either stage, and the page at VA can be used. */
static void setup(Stages *s, const char *properties)
{
    stages_init(s, properties, 4, 4);
    config_set_bits(&s->ste, 178, 176, 2);      /* S2PS */
    config_set_bits(&s->r.cd, 34, 32, 2);       /* IPS */
    tables_map(&s->r.t, VA & ~0xfffull, 3, IPA, TABLES_RW);
    stages_page(s, IPA, PA, TABLES_S2_RW);
    stages_put(s);
}

/* ---- Transactions, and what the record says of them ---- */

typedef struct Kind {
    bool write, instruction, privileged;
    uint64_t word1;
} Kind;

static const Kind kinds[] = {
    { .word1 = RNW },
    { .privileged = true, .word1 = RNW | PNU },
    { .instruction = true, .word1 = RNW | IND },
    { .write = true, .word1 = 0 },
    /* Writes are data. */
    { .write = true, .instruction = true, .privileged = true, .word1 = PNU },
};

static MsmmuRequest request(const Kind *kind)
{
    return (MsmmuRequest) {
        .sid = SID, .iova = VA, .write = kind->write,
        .instruction = kind->instruction, .privileged = kind->privileged,
    };
}

/* Every kind of transaction is terminated as @how, and recorded if @type. */
static void expect_all(Stages *s, MsmmuDisposition how, uint8_t type,
                       uint64_t word1, uint64_t word3)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        MsmmuRequest rq = request(&kinds[i]);

        if (type) {
            expect_fault(&s->r, rq, how, type, word1 | kinds[i].word1, word3);
            continue;
        }
        g_assert_cmpint(translate(&s->r, rq).disposition, ==, how);
        g_assert_cmpint(fixture_event_type(s->r.f), ==, -1);
    }
}

/* ---- Stage 2, for each of its uses ---- */

/* What stage 2 translates. */
typedef struct Use {
    const char *name;
    uint64_t class;
    int level;                  /* of the stage 1 descriptor, for CLASS TT */
} Use;

static const Use uses[] = {
    { "cd", CLASS_CD, 0 },
    { "level 0", CLASS_TT, 0 }, { "level 1", CLASS_TT, 1 },
    { "level 2", CLASS_TT, 2 }, { "level 3", CLASS_TT, 3 },
    { "input", CLASS_IN, 0 },
};

static uint64_t ipa_of(Stages *s, const Use *use)
{
    return use->class == CLASS_CD ? STAGES_CD_AT :
           use->class == CLASS_TT ? tables_slot(&s->r.t, VA, use->level) :
           IPA | 0x678;
}

/* How the leaf of stage 2 is spoiled. */
typedef struct Defect {
    const char *name;
    uint8_t type;
    uint64_t set, cleared;
    bool abort;                 /* of the fetch of the stage 2 descriptor */
    bool protected_walk;        /* matters with S2PTW, not to the input */
} Defect;

static const Defect defects[] = {
    { "invalid", 0x10, .cleared = 1 },
    { "reserved", 0x10, .cleared = 2 },
    { "address", 0x11, .set = TOO_FAR },
    { "access flag", 0x12, .cleared = TABLES_AF },
    { "permission", 0x13,
      .cleared = TABLES_S2_READ | TABLES_S2_WRITE, .set = TABLES_S2_XN },
    { "external abort", 0x0b, .abort = true },
    { "device", 0x13, .cleared = TABLES_S2_WB, .protected_walk = true },
};

static void test_stage2_defect(const Use *use, const Defect *defect, bool s2r)
{
    uint64_t word1 = S2 | use->class;
    uint64_t ipa, slot, leaf;
    Stages s;

    setup(&s, "");
    config_set_bits(&s.ste, 182, 182, defect->protected_walk);
    config_set_bits(&s.ste, 186, 186, s2r);
    stages_put(&s);
    expect_pa(&s.r, reading(VA), DATA);
    ipa = ipa_of(&s, use);
    slot = tables_slot(&s.s2, ipa, 3);
    leaf = tables_get(&s.s2, ipa, 3);
    tables_set(&s.s2, ipa, 3, (leaf | defect->set) & ~defect->cleared);
    stages_flush(&s);
    if (defect->abort) {
        fixture_fail(s.r.f, slot, slot + 7);
        expect_all(&s, MSMMU_ABORT, 0x0b, word1, slot);
        fixture_heal(s.r.f);
    } else if (defect->protected_walk && use->class == CLASS_IN) {
        expect_pa(&s.r, reading(VA), DATA);
    } else {
        if (use->class == CLASS_TT && defect->type == 0x13) {
            word1 |= TTRNW;
        }
        expect_all(&s, MSMMU_ABORT, s2r ? defect->type : 0, word1,
                   ipa & ~0xfffull);
    }
    /* It is what is wrong, and nothing of it is remembered. */
    tables_set(&s.s2, ipa, 3, leaf);
    expect_pa(&s.r, reading(VA), DATA);
    stages_free(&s);
}

/* Each defect of each use, recorded and, by S2R = 0, not. */
static void test_stage2_defects(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(uses); i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(defects); j++) {
            for (unsigned s2r = 0; s2r < 2; s2r++) {
                g_test_message("%s, %s, S2R %u", uses[i].name,
                               defects[j].name, s2r);
                test_stage2_defect(&uses[i], &defects[j], s2r);
                count++;
            }
        }
    }
    g_test_message("%u defects of stage 2", count);
}

/* An IPA beyond S2T0SZ: of the CD, of a table, of the output of stage 1. */
static void test_stage2_input_range(void)
{
    const uint64_t far = UINT64_C(1) << 39;

    for (unsigned i = 0; i < 3; i++) {
        Stages s;

        setup(&s, "");
        config_set_bits(&s.ste, 165, 160, 64 - 39);     /* S2T0SZ */
        config_set_bits(&s.ste, 167, 166, 1);           /* S2SL0: level 1 */
        s.s2 = tables_new_at_level(s.r.f, 4, 39, 1, STAGES_S2_AT + 0x1000000);
        config_set_bits(&s.ste, 243, 196, s.s2.root >> 4);
        stages_back(&s, STAGES_S1_AT, STAGES_S1_PA, STAGES_S1_SIZE);
        stages_back(&s, STAGES_CD_AT, STAGES_CD_PA, STAGES_CD_SIZE);
        stages_page(&s, IPA, PA, TABLES_S2_RW);
        stages_put(&s);
        expect_pa(&s.r, reading(VA), DATA);
        if (i == 0) {
            s.ste.word[0] = (s.ste.word[0] & 0xf) | far | 0x40;
            config_put_ste(s.r.f, SID, &s.ste);
        } else if (i == 1) {
            tables_set(&s.r.t, VA, 1, far | 0x7003);
        } else {
            tables_set(&s.r.t, VA, 3, far | 0x5000 | TABLES_PAGE | TABLES_RW);
        }
        stages_flush(&s);
        if (i == 0) {
            expect_all(&s, MSMMU_ABORT, 0x10, S2 | CLASS_CD, far);
        } else if (i == 1) {
            /* The index of the VA at level 2 */
            expect_all(&s, MSMMU_ABORT, 0x10, S2 | CLASS_TT, far | 0x7000);
        } else {
            expect_all(&s, MSMMU_ABORT, 0x10, S2 | CLASS_IN, far | 0x5000);
        }
        stages_free(&s);
    }
}

/*
 * With CLASS TT the IPA is that of the descriptor, not of its table, which is
 * larger than what stage 2 refuses.
 */
static void test_ipa_of_descriptor(void)
{
    static const unsigned kbs[] = { 16, 64 };

    for (unsigned i = 0; i < G_N_ELEMENTS(kbs); i++) {
        const uint64_t page = kbs[i] * 1024;
        const unsigned pages = kbs[i] / 4;
        Stages s;

        stages_init(&s, "", kbs[i], 4);
        for (unsigned n = 0; n < pages; n++) {
            /* A descriptor in the middle of each 4 KiB of the last table */
            uint64_t va = (VA & ~(page * page / 8 - 1)) +
                          (512 * n + 256) * page;
            uint64_t ipa = tables_slot(&s.r.t, va, 3);

            g_assert_cmphex(ipa & (page - 1), ==, n * 0x1000 + 0x800);
            tables_set(&s.s2, ipa, 3, 0);
            expect_fault(&s.r, reading(va), MSMMU_ABORT, 0x10,
                         S2 | CLASS_TT | RNW, ipa & ~0xfffull);
        }
        stages_free(&s);
    }
}

/*
 * STE.S2PTW, for every type of the pages of the CD and of a table: refused
 * where it is a Device's, with S2FWB as well; without S2PTW nothing is.
 */
static void test_s2ptw(void)
{
    /* One bit for each MemAttr that is a Device's, or reserved */
    static const unsigned devices[] = { 0x111f, 0x1f1f };

    for (unsigned n = 0; n < 16 * 2 * 2 * 2; n++) {
        unsigned attr = n % 16, fwb = n / 16 % 2, s2ptw = n / 32 % 2;
        bool is_cd = n / 64;
        bool refused = s2ptw && devices[fwb] >> attr & 1;
        uint64_t ipa;
        Stages s;

        setup(&s, "arch=3.2,fwb=on");
        config_set_bits(&s.ste, 89, 89, fwb);
        config_set_bits(&s.ste, 182, 182, s2ptw);
        stages_put(&s);
        ipa = is_cd ? STAGES_CD_AT : tables_slot(&s.r.t, VA, 2);
        stages_page(&s, ipa & ~0xfffull, stages_pa(&s, ipa & ~0xfffull),
                    TABLES_AF | TABLES_S2_READ | attr << 2);
        if (refused) {
            expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x13,
                         is_cd ? S2 | CLASS_CD | RNW :
                                 S2 | CLASS_TT | RNW | TTRNW, ipa & ~0xfffull);
        } else {
            expect_pa(&s.r, reading(VA), DATA);
        }
        stages_free(&s);
    }
}

/* ---- Stage 1, behind stage 2 ---- */

typedef struct Stage1Defect {
    const char *name;
    uint8_t type;
    int level;
    uint64_t set, cleared;
} Stage1Defect;

static const Stage1Defect stage1_defects[] = {
    { "level 0 invalid", 0x10, 0, .cleared = 1 },
    { "level 0 block", 0x10, 0, .cleared = 2 },
    { "level 1 invalid", 0x10, 1, .cleared = 1 },
    { "level 2 invalid", 0x10, 2, .cleared = 1 },
    { "level 3 invalid", 0x10, 3, .cleared = 1 },
    { "level 3 block", 0x10, 3, .cleared = 2 },
    { "level 0 address", 0x11, 0, .set = TOO_FAR },
    { "level 1 address", 0x11, 1, .set = TOO_FAR },
    { "level 2 address", 0x11, 2, .set = TOO_FAR },
    { "level 3 address", 0x11, 3, .set = TOO_FAR },
    { "access flag", 0x12, 3, .cleared = TABLES_AF },
};

static void expect_stage1(Stages *s, unsigned ar, uint8_t type)
{
    config_set_bits(&s->r.cd, 45, 45, ar & 1);  /* R */
    config_set_bits(&s->r.cd, 46, 46, ar >> 1); /* A */
    stages_put(s);
    expect_all(s, ar >> 1 ? MSMMU_ABORT : MSMMU_RAZ_WI, ar & 1 ? type : 0,
               CLASS_IN, 0);
}

/* CD.A and CD.R rule, S2R has no say; the IPA is not recorded. */
static void test_stage1_defects(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(stage1_defects); i++) {
        const Stage1Defect *d = &stage1_defects[i];

        for (unsigned n = 0; n < 8; n++) {
            Stages s;

            g_test_message("%s, A R S2R %u%u%u", d->name, n >> 1 & 1, n & 1,
                           n >> 2);
            setup(&s, "");
            config_set_bits(&s.ste, 186, 186, n >> 2);
            tables_set(&s.r.t, VA, d->level,
                       (tables_get(&s.r.t, VA, d->level) | d->set) &
                       ~d->cleared);
            expect_stage1(&s, n & 3, d->type);
            stages_free(&s);
        }
    }
}

/* Inputs that no table of stage 1 is looked into for. */
static void test_stage1_inputs(void)
{
    for (unsigned n = 0; n < 4; n++) {
        Stages s;

        setup(&s, "");
        /* Beyond T0SZ; then TTB0 is disabled. */
        config_set_bits(&s.r.cd, 5, 0, 64 - 44);
        expect_stage1(&s, n, 0x10);
        config_set_bits(&s.r.cd, 14, 14, 1);
        expect_stage1(&s, n, 0x10);
        stages_free(&s);
    }
}

/* A permission of stage 1, by kind of access. */
static void test_stage1_permission(void)
{
    for (unsigned n = 0; n < 8; n++) {
        MsmmuRequest rq = writing(VA);
        Stages s;

        setup(&s, "");
        config_set_bits(&s.ste, 186, 186, n >> 2);
        config_set_bits(&s.r.cd, 46, 45, n & 3);
        tables_or(&s.r.t, VA, 3, TABLES_RO);
        stages_put(&s);
        if (n & 1) {
            expect_fault(&s.r, rq, n & 2 ? MSMMU_ABORT : MSMMU_RAZ_WI, 0x13,
                         CLASS_IN, 0);
        } else {
            g_assert_cmpint(translate(&s.r, rq).disposition, ==,
                            n & 2 ? MSMMU_ABORT : MSMMU_RAZ_WI);
        }
        stages_free(&s);
    }
}

/*
 * An external abort of the fetch of a stage 1 descriptor: of stage 1, CLASS TT,
 * with its PA; no flag rules over it.
 */
static void test_stage1_external_abort(void)
{
    for (int level = 0; level <= 3; level++) {
        uint64_t pa;
        Stages s;

        setup(&s, "");
        config_set_bits(&s.ste, 186, 186, 0);
        config_set_bits(&s.r.cd, 46, 45, 0);
        stages_put(&s);
        pa = stages_pa(&s, tables_slot(&s.r.t, VA, level));
        fixture_fail(s.r.f, pa, pa + 7);
        expect_all(&s, MSMMU_ABORT, 0x0b, CLASS_TT, pa);
        stages_free(&s);
    }
}

/* ---- The CD ---- */

/* F_CD_FETCH has the PA that the CD's IPA leads to; no flag rules over it. */
static void test_cd_fetch(void)
{
    Stages s;

    setup(&s, "");
    config_set_bits(&s.ste, 186, 186, 0);
    stages_put(&s);
    fixture_fail(s.r.f, stages_pa(&s, STAGES_CD_AT),
                 stages_pa(&s, STAGES_CD_AT) + 7);
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        MsmmuRequest rq = request(&kinds[i]);

        g_assert_cmpint(translate(&s.r, rq).disposition, ==, MSMMU_ABORT);
        expect_event(&s.r, UINT64_C(0x500000009), 0, 0,
                     STAGES_CD_PA + 0xf000);
    }
    stages_free(&s);
}

/* ---- Which comes first (7.3.22) ---- */

/* Mend one bit after the other of the descriptor that @get and @set name. */
typedef struct Step {
    uint8_t type;
    uint64_t set, cleared;      /* what mends it */
} Step;

static const Step steps_of_stage2[] = {
    { 0x10, .set = 1 },
    { 0x11, .cleared = TOO_FAR },
    { 0x12, .set = TABLES_AF },
    { 0x13, .set = TABLES_S2_READ | TABLES_S2_WRITE },
};

static const Step steps_of_stage1[] = {
    { 0x10, .set = 1 },
    { 0x11, .cleared = TOO_FAR },
    { 0x12, .set = TABLES_AF },
    { 0x13, .set = TABLES_UNPRIV },
};

/* What stage 2 does for @ipa is all wrong, and is mended in order. */
static void mend_stage2(Stages *s, uint64_t ipa, uint64_t class)
{
    uint64_t slot = tables_slot(&s->s2, ipa, 3);

    expect_fault(&s->r, reading(VA), MSMMU_ABORT, 0x0b, S2 | class | RNW,
                 slot);
    fixture_heal(s->r.f);
    for (unsigned i = 0; i < G_N_ELEMENTS(steps_of_stage2); i++) {
        const Step *step = &steps_of_stage2[i];
        bool ttrnw = class == CLASS_TT && step->type == 0x13;

        expect_fault(&s->r, reading(VA), MSMMU_ABORT, step->type,
                     S2 | class | RNW | (ttrnw ? TTRNW : 0), ipa & ~0xfffull);
        tables_set(&s->s2, ipa, 3,
                   (tables_get(&s->s2, ipa, 3) | step->set) & ~step->cleared);
    }
}

static void spoil_stage2(Stages *s, uint64_t ipa)
{
    uint64_t leaf = tables_get(&s->s2, ipa, 3);

    for (unsigned i = 0; i < G_N_ELEMENTS(steps_of_stage2); i++) {
        leaf = (leaf & ~steps_of_stage2[i].set) | steps_of_stage2[i].cleared;
    }
    tables_set(&s->s2, ipa, 3, leaf);
}

static void fail_at(Stages *s, uint64_t pa)
{
    fixture_fail(s->r.f, pa, pa + 7);
}

static void test_order(void)
{
    uint64_t table, table_pa, leaf;
    Stages s;

    setup(&s, "");
    tables_set(&s.r.t, VA, 3, IPA | TOO_FAR | 2);       /* nothing right */
    leaf = tables_slot(&s.r.t, VA, 3);
    table = tables_slot(&s.r.t, VA, 1);
    table_pa = stages_pa(&s, table);
    tables_set(&s.r.t, VA, 1, (tables_get(&s.r.t, VA, 1) & ~1ull) | TOO_FAR);
    config_set_bits(&s.r.cd, 31, 31, 0);                /* CD.V */
    stages_put(&s);
    spoil_stage2(&s, STAGES_CD_AT);
    spoil_stage2(&s, table);
    spoil_stage2(&s, leaf);
    spoil_stage2(&s, IPA);

    /* Faults of stage 2 for the fetch of the CD, F_CD_FETCH, C_BAD_CD */
    fail_at(&s, tables_slot(&s.s2, STAGES_CD_AT, 3));
    mend_stage2(&s, STAGES_CD_AT, CLASS_CD);
    fail_at(&s, STAGES_CD_PA + 0xf000);
    g_assert_cmpint(translate(&s.r, reading(VA)).disposition, ==, MSMMU_ABORT);
    g_assert_cmpint(fixture_event_type(s.r.f), ==, 0x09);
    fixture_heal(s.r.f);
    g_assert_cmpint(translate(&s.r, reading(VA)).disposition, ==, MSMMU_ABORT);
    g_assert_cmpint(fixture_event_type(s.r.f), ==, 0x0a);
    config_set_bits(&s.r.cd, 31, 31, 1);
    config_set_bits(&s.r.cd, 5, 0, 64 - 44);            /* T0SZ: too small */
    config_put(s.r.f, STAGES_CD_PA + 0xf000, &s.r.cd);

    /* Stage 1: its input, then a table at level 1 */
    expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x10, CLASS_IN | RNW, 0);
    config_set_bits(&s.r.cd, 5, 0, 64 - 48);
    config_put(s.r.f, STAGES_CD_PA + 0xf000, &s.r.cd);
    stages_flush(&s);
    fail_at(&s, tables_slot(&s.s2, table, 3));
    mend_stage2(&s, table, CLASS_TT);
    fail_at(&s, table_pa);
    expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x0b, CLASS_TT | RNW,
                 table_pa);
    fixture_heal(s.r.f);
    for (unsigned i = 0; i < 2; i++) {
        expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x10 + i, CLASS_IN | RNW,
                     0);
        fixture_write64(s.r.f, table_pa,
                        (fixture_read64(s.r.f, table_pa) |
                         steps_of_stage1[i].set) &
                        ~steps_of_stage1[i].cleared);
    }

    /* The leaf, behind stage 2 */
    fail_at(&s, tables_slot(&s.s2, leaf, 3));
    mend_stage2(&s, leaf, CLASS_TT);
    fail_at(&s, stages_pa(&s, leaf));
    expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x0b, CLASS_TT | RNW,
                 stages_pa(&s, leaf));
    fixture_heal(s.r.f);
    for (unsigned i = 0; i < G_N_ELEMENTS(steps_of_stage1); i++) {
        const Step *step = &steps_of_stage1[i];

        expect_fault(&s.r, reading(VA), MSMMU_ABORT, step->type,
                     CLASS_IN | RNW, 0);
        tables_set(&s.r.t, VA, 3,
                   (tables_get(&s.r.t, VA, 3) | step->set) & ~step->cleared);
    }

    /* Its output */
    fail_at(&s, tables_slot(&s.s2, IPA, 3));
    mend_stage2(&s, IPA, CLASS_IN);
    expect_pa(&s.r, reading(VA), DATA);
    stages_free(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/nested/" claim, function)
    ADD("stage-2-faults-have-class-stage-and-ipa", test_stage2_defects);
    ADD("ipas-beyond-s2t0sz-are-f_translation", test_stage2_input_range);
    ADD("class-tt-has-the-ipa-of-the-descriptor", test_ipa_of_descriptor);
    ADD("s2ptw-keeps-walks-from-devices", test_s2ptw);
    ADD("stage-1-faults-are-ruled-by-the-cd", test_stage1_defects);
    ADD("stage-1-inputs-fault-before-any-fetch", test_stage1_inputs);
    ADD("stage-1-permission-is-ruled-by-the-cd", test_stage1_permission);
    ADD("stage-1-external-aborts-have-the-pa", test_stage1_external_abort);
    ADD("f_cd_fetch-has-the-pa", test_cd_fetch);
    ADD("faults-come-in-the-order-of-7.3.22", test_order);
#undef ADD
    return g_test_run();
}
