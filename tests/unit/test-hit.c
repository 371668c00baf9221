/*
 * The short form of a transaction: what it answers, that this is what the full
 * story says, and what it leaves to that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hit.h"
#include "rig_stages.h"

#define VA UINT64_C(0x7000)
#define UPPER (UINT64_C(0xffff) << 48)
#define PA UINT64_C(0x5000)
#define CDS UINT64_C(0x70000000)
#define TOP_BYTE (UINT64_C(0x5a) << 56)

/* A rig whose CD has both halves, through the same tables. */
static Rig new_rig(void)
{
    MsmmuConfig config = rig_config(44);
    Rig r;

    config.arch_minor = 4;
    config.ssid_bits = 4;
    r = rig_new_with(&config);
    config_set_bits(&r.cd, 21, 16, 16);         /* T1SZ */
    config_set_bits(&r.cd, 23, 22, 2);          /* TG1 4KB */
    config_set_bits(&r.cd, 30, 30, 0);          /* EPD1 */
    config_set_bits(&r.cd, 179, 132, r.t.root >> 4);
    tables_map(&r.t, VA, 3, PA, TABLES_AF | TABLES_NG | TABLES_UNPRIV);
    return r;
}

static bool hits(Rig *r, MsmmuRequest rq, MsmmuResult *result)
{
    MsmmuHit hit = { .first_pa = 0 };

    if (!msmmu_hit(r->f->m, &rq, config_bucket(config_key(rq.sid, rq.ssid,
                                                          rq.ssid_valid)),
                   true, &hit)) {
        return false;
    }
    *result = hit_result(&hit, rq.iova);
    return true;
}

/* The whole of it is asked for, twice, and then what the caches say. */
static bool hits_then(Rig *r, MsmmuRequest rq)
{
    MsmmuResult full, hit;

    msmmu_translate_in_full(r->f->m, &rq);
    full = msmmu_translate_in_full(r->f->m, &rq);
    while (fixture_event_type(r->f) >= 0) {
        continue;
    }
    if (!hits(r, rq, &hit)) {
        return false;
    }
    g_assert_cmpint(full.disposition, ==, MSMMU_FORWARD);
    g_assert_cmpint(hit.disposition, ==, MSMMU_FORWARD);
    g_assert_cmphex(hit.pa, ==, full.pa);
    g_assert_cmpuint(hit.size_log2, ==, full.size_log2);
    g_assert_cmphex(hit.perms, ==, full.perms);
    g_assert_cmphex(hit.attributes.memory_type, ==,
                    full.attributes.memory_type);
    g_assert_cmpuint(hit.attributes.shareability, ==,
                     full.attributes.shareability);
    g_assert_cmpint(hit.attributes.from_device, ==,
                    full.attributes.from_device);
    return true;
}

/* ---- By configuration ---- */

/* Bits that are set besides those of a plain stream, and a VA that is used. */
static void test_configurations(void)
{
    static const struct {
        const char *name;
        uint64_t ste1, cd0, cd1, cd2;   /* of these words */
        uint64_t va;
        bool hit;
    } cases[] = {
        { "plain", .va = VA, .hit = true },
        { "plain, upper half", .va = VA | UPPER, .hit = true },
        { "STE.PRIVCFG unprivileged", .ste1 = UINT64_C(2) << 48, .va = VA },
        { "STE.PRIVCFG privileged", .ste1 = UINT64_C(3) << 48, .va = VA },
        { "STE.INSTCFG data", .ste1 = UINT64_C(2) << 50, .va = VA },
        { "STE.INSTCFG instruction", .ste1 = UINT64_C(3) << 50, .va = VA },
        { "CD.E0PD0", .cd1 = 4, .va = VA | UPPER },
        { "CD.E0PD1", .cd2 = 4, .va = VA },
        { "CD.TBI0", .cd0 = CD_BIT(TBI0), .va = VA },
        { "CD.TBI1", .cd0 = CD_BIT(TBI1), .va = VA },
        { "CD.TBIx", .cd0 = CD_BIT(TBI0) | CD_BIT(TBI1), .va = VA,
          .hit = true },
        { "CD.TBIx, tagged", .cd0 = CD_BIT(TBI0) | CD_BIT(TBI1),
          .va = VA | TOP_BYTE, .hit = true },
        { "CD.TBIx, tagged, upper half",
          .cd0 = CD_BIT(TBI0) | CD_BIT(TBI1),
          .va = (VA | UPPER) ^ TOP_BYTE, .hit = true },
        { "CD.EPD1, CD.TBI0, tagged", .cd0 = CD_BIT(EPD1) | CD_BIT(TBI0),
          .va = VA | TOP_BYTE, .hit = true },
        { "CD.EPD1, CD.TBI0, upper half",
          .cd0 = CD_BIT(EPD1) | CD_BIT(TBI0), .va = VA | UPPER },
        { "CD.PAN", .cd0 = CD_BIT(PAN), .va = VA, .hit = true },
        { "CD.AFFD", .cd0 = CD_BIT(AFFD), .va = VA, .hit = true },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Rig r = new_rig();
        ConfigWords ste = config_ste_stage1(config_cd_pa(SID));

        g_test_message("%s", cases[i].name);
        ste.word[1] |= cases[i].ste1;
        r.cd.word[0] |= cases[i].cd0;
        r.cd.word[1] |= cases[i].cd1;
        r.cd.word[2] |= cases[i].cd2;
        config_put(r.f, config_cd_pa(SID), &r.cd);
        config_put_ste(r.f, SID, &ste);
        g_assert_cmpint(hits_then(&r, reading(cases[i].va)), ==,
                        cases[i].hit);
        rig_free(&r);
    }
}

/* Leaves of 1 GiB, 2 MiB and 4 KiB, in turn, and all bytes of them. */
static void test_sizes(void)
{
    static const uint64_t size[] = { 1 << 30, 2 << 20, 4 << 10 };

    for (unsigned tbi = 0; tbi < 2; tbi++) {
        Rig r = new_rig();
        ConfigWords ste = config_ste_stage1(config_cd_pa(SID));
        uint64_t va[G_N_ELEMENTS(size)];

        config_set_bits(&r.cd, 39, 38, tbi ? 3 : 0);
        config_put(r.f, config_cd_pa(SID), &r.cd);
        config_put_ste(r.f, SID, &ste);
        for (unsigned i = 0; i < G_N_ELEMENTS(size); i++) {
            va[i] = (i + 1) * size[0];
            tables_map(&r.t, va[i], i + 1, va[i],
                       TABLES_AF | TABLES_NG | TABLES_UNPRIV);
        }
        for (unsigned n = 0; n < 3 * G_N_ELEMENTS(size); n++) {
            unsigned i = n % G_N_ELEMENTS(size);
            uint64_t within = n < G_N_ELEMENTS(size) ? 0 : size[i] - 1;
            MsmmuRequest rq = reading((va[i] + within) |
                                      (tbi ? TOP_BYTE : 0));
            MsmmuResult result;

            g_assert_true(hits_then(&r, rq));
            g_assert_true(hits(&r, rq, &result));
            g_assert_cmpuint(UINT64_C(1) << result.size_log2, ==, size[i]);
            g_assert_cmphex(result.pa, ==, va[i] + within);
            g_assert_false(hits(&r, reading(va[i] + size[i]), &result));
        }
        rig_free(&r);
    }
}

static void test_both_stages(void)
{
    for (unsigned s1_kb = 0; s1_kb <= 4; s1_kb += 4) {
        Stages s;

        stages_init(&s, "", s1_kb, 4);
        if (s1_kb) {
            tables_map(&s.r.t, VA, 3, 0x9000, TABLES_RW);
            stages_page(&s, 0x9000, PA, TABLES_S2_RW);
        } else {
            stages_page(&s, VA, PA, TABLES_S2_RW);
        }
        g_assert_true(hits_then(&s.r, reading(VA + 8)));
        g_assert_true(hits_then(&s.r, writing(VA + 8)));
        stages_free(&s);
    }
}

static void test_bypass(void)
{
    Rig r = new_rig();
    ConfigWords ste = config_ste_bypass();
    MsmmuResult result;

    config_put_ste(r.f, SID, &ste);
    g_assert_true(hits_then(&r, reading(0)));
    g_assert_true(hits_then(&r, writing((UINT64_C(1) << 44) - 1)));
    g_assert_false(hits(&r, reading(UINT64_C(1) << 44), &result));
    g_assert_false(hits(&r, reading(UINT64_MAX), &result));
    rig_free(&r);
}

/* ---- By transaction ---- */

/*
 * All kinds of transactions, with pages that permit some of them. Those that
 * need two permissions are looked up the longer way.
 */
static void test_permissions(void)
{
    static const uint64_t leaves[] = {
        TABLES_UNPRIV, TABLES_UNPRIV | TABLES_RO, TABLES_UNPRIV | TABLES_UXN,
        0, TABLES_RO,
    };
    unsigned permitted = 0, refused = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(leaves); i++) {
        for (unsigned how = 0; how < 16; how++) {
            Rig r = new_rig();
            MsmmuRequest rq = {
                .sid = SID,
                .iova = VA + 0x18,
                .write = how & 1,
                .atomic = how & 2,
                .instruction = how & 4,
                .privileged = how & 8,
            };
            MsmmuRequest privileged = reading(VA);
            bool permits;

            privileged.privileged = true;
            tables_map(&r.t, VA, 3, PA, TABLES_AF | TABLES_NG | leaves[i]);
            permits = msmmu_translate_in_full(r.f->m, &rq).disposition ==
                      MSMMU_FORWARD;
            /* Whatever it is, some other transaction has it cached. */
            msmmu_translate_in_full(r.f->m, &privileged);
            if (rq.atomic && rq.write) {
                MsmmuHit hit;

                g_assert_false(hits_then(&r, rq));
                g_assert_cmpint(msmmu_miss(r.f->m, &rq, &hit), ==, permits);
            } else {
                g_assert_cmpint(hits_then(&r, rq), ==, permits);
            }
            permitted += permits;
            refused += !permits;
            rig_free(&r);
        }
    }
    g_assert_cmpuint(permitted, >, 20);
    g_assert_cmpuint(refused, >, 20);
}

/* Each SubstreamID is a context of its own. */
static void test_substreams(void)
{
    Rig r = new_rig();
    ConfigWords ste = config_ste_stage1(CDS);
    ConfigWords other = config_cd(2, r.t.root);
    MsmmuRequest rq = reading(VA);
    MsmmuResult result;

    config_set_bits(&ste, 63, 59, 1);           /* S1CDMax: two */
    config_set_bits(&ste, 65, 64, 2);           /* S1DSS: CD 0 */
    config_put_ste(r.f, SID, &ste);
    config_put(r.f, CDS, &r.cd);
    config_put(r.f, CDS + 64, &other);
    g_assert_true(hits_then(&r, rq));
    rq.ssid_valid = true;
    rq.ssid = 1;
    g_assert_false(hits(&r, rq, &result));
    g_assert_true(hits_then(&r, rq));
    rq.ssid = 2;
    g_assert_false(hits_then(&r, rq));
    rig_free(&r);
}

/* ---- What is gone ---- */

static void test_gate(void)
{
    Rig r = new_rig();
    MsmmuResult result;

    config_put(r.f, config_cd_pa(SID), &r.cd);
    g_assert_true(hits_then(&r, reading(VA)));
    msmmu_gate_set(r.f->m, false);
    g_assert_false(hits(&r, reading(VA), &result));
    msmmu_gate_set(r.f->m, true);
    g_assert_true(hits(&r, reading(VA), &result));
    rig_free(&r);
}

static void test_invalidation(void)
{
    Rig r = new_rig();
    MsmmuResult result;

    config_put(r.f, config_cd_pa(SID), &r.cd);
    g_assert_true(hits_then(&r, reading(VA)));
    msmmu_tlb_invalidate(r.f->m, &(MsmmuInvalidation) {
        .scope = MSMMU_INV_VA_ANY_ASID, .first = VA, .last = VA + 0xfff,
    });
    g_assert_false(hits(&r, reading(VA), &result));
    g_assert_true(hits_then(&r, reading(VA)));
    msmmu_tlb_invalidate(r.f->m, &(MsmmuInvalidation) {
        .scope = MSMMU_INV_ALL, .last = UINT64_MAX,
    });
    g_assert_false(hits(&r, reading(VA), &result));
    g_assert_true(hits_then(&r, reading(VA)));
    msmmu_config_drop_streams(r.f->m, SID, SID);
    g_assert_false(hits(&r, reading(VA), &result));
    rig_free(&r);
}

/* A page that is not yet dirty is not written behind its descriptor's back. */
static void test_clean(void)
{
    MsmmuConfig config = rig_config(44);
    MsmmuResult result;
    Rig r;

    config.httu = MSMMU_HTTU_DIRTY;
    r = rig_new_with(&config);
    config_set_bits(&r.cd, 43, 42, 3);          /* HA, HD */
    config_put(r.f, config_cd_pa(SID), &r.cd);
    tables_map(&r.t, VA, 3, PA, TABLES_AF | TABLES_NG | TABLES_UNPRIV |
               TABLES_RO | TABLES_DBM);
    g_assert_true(hits_then(&r, reading(VA)));
    g_assert_false(hits(&r, writing(VA), &result));
    r.f->updates = 0;
    g_assert_true(hits_then(&r, writing(VA)));
    g_assert_cmpuint(r.f->updates, ==, 1);
    rig_free(&r);
}

/* ---- Counters ---- */

static void test_counters(void)
{
    Rig r = new_rig();
    ConfigWords bypass = config_ste_bypass();
    const MsmmuStreamCounters *c = msmmu_counters_of(r.f->m, SID);
    MsmmuRequest rq = reading(VA);
    MsmmuResult result;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t before;

        g_assert_true(hits_then(&r, rq));
        before = c->transactions;
        g_assert_true(hits(&r, rq, &result));
        g_assert_cmpuint(c->transactions, ==, before + 1);
        rq.probe = true;
        g_assert_true(hits(&r, rq, &result));
        rq.probe = false;
        rq.continued = true;
        g_assert_true(hits(&r, rq, &result));
        rq.continued = false;
        g_assert_cmpuint(c->transactions, ==, before + 1);

        config_put_ste(r.f, SID, &bypass);
        msmmu_config_drop_all(r.f->m);
    }
    rig_free(&r);
}

#define ADD(name, function) g_test_add_func("/msmmu/hit/" name, function)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("configurations-in-which-the-tlb-has-the-answer", test_configurations);
    ADD("leaves-of-any-size", test_sizes);
    ADD("stage-2-and-both-stages", test_both_stages);
    ADD("streams-in-bypass", test_bypass);
    ADD("what-is-not-permitted-is-left-alone", test_permissions);
    ADD("each-substream-by-itself", test_substreams);
    ADD("none-while-smmuen-is-0", test_gate);
    ADD("none-after-an-invalidation", test_invalidation);
    ADD("none-for-a-write-that-makes-dirty", test_clean);
    ADD("transactions-are-counted-and-nothing-else", test_counters);
    return g_test_run();
}
