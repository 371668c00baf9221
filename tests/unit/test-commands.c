/*
 * Commands: what those of configuration name as invalid, each illegal form, the
 * signals of CMD_SYNC. Words as in chapter 4. (TLBI: test-command-tlbi*.c.)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "streams.h"

#define CERROR_ILL_WORD 1

static Fixture *fixture_with_queue(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

/* The command at index 0 was not consumed, with @cerror as the reason. */
static void check_error(Fixture *f, unsigned cerror)
{
    g_assert_cmpuint(fixture_cerror(f), ==, cerror);
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
}

static void check_consumed(Fixture *f)
{
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, fixture_reg32(f, 0x98));
}

/* ---- What is invalid ----------------------------------------------------- */

typedef struct Case {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    MsmmuInvalidation expect;
} Case;

static void check_cases(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = fixture_with_queue();
        const MsmmuInvalidation *is;

        g_test_message("%s", cases[i].name);
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
        is = fixture_unmap(f, 0);
        g_assert_cmpint(is->scope, ==, cases[i].expect.scope);
        g_assert_cmphex(is->first, ==, cases[i].expect.first);
        g_assert_cmphex(is->last, ==, cases[i].expect.last);
        fixture_free(f);
    }
}

static void test_configuration(void)
{
    static const Case cases[] = {
        { "CFGI_STE", 0x0001234500000003, 1,
          { MSMMU_INV_STREAMS, .first = 0x12345, .last = 0x12345 } },
        { "CFGI_STE, Leaf 0", 0xffffffff00000003, 0,
          { MSMMU_INV_STREAMS, .first = 0xffffffff, .last = 0xffffffff } },
        { "CFGI_STE_RANGE of 2", 0x0000012300000004, 0,
          { MSMMU_INV_STREAMS, .first = 0x122, .last = 0x123 } },
        { "CFGI_STE_RANGE of 2^8", 0x0001234500000004, 7,
          { MSMMU_INV_STREAMS, .first = 0x12300, .last = 0x123ff } },
        { "CFGI_STE_RANGE of 2^31", 0x9234567800000004, 30,
          { MSMMU_INV_STREAMS, .first = 0x80000000, .last = 0xffffffff } },
        { "CFGI_ALL, StreamID is IGNORED", 0x1234567800000004, 31,
          { MSMMU_INV_STREAMS, .first = 0, .last = 0xffffffff } },
        { "CFGI_CD", 0x0000004200000005, 1,
          { MSMMU_INV_STREAMS, .first = 0x42, .last = 0x42 } },
        { "CFGI_CD_ALL", 0x0000004200000006, 0,
          { MSMMU_INV_STREAMS, .first = 0x42, .last = 0x42 } },
    };

    check_cases(cases, G_N_ELEMENTS(cases));
}

/* What is out of range has no effect (4.1.7). */
static void test_out_of_range(void)
{
    Fixture *f = fixture_with_queue();

    /* CFGI_CD of SubstreamID 1: there are no substreams. */
    fixture_command(f, 0x0000004200001005, 1);
    check_consumed(f);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    fixture_free(f);
}

/* A stream with CDs for SubstreamIDs 0 to 3; CD 0 is for those without. */
static Stream stream_with_cds(Fixture *f, uint32_t sid)
{
    Stream s = stream_new(f, sid, KIND_STAGE1, 0, 3);
    uint64_t cds = 0x40010000 + 0x1000 * sid;

    config_set_bits(&s.ste, 63, 59, 2);                 /* S1CDMax */
    config_set_bits(&s.ste, 65, 64, 2);                 /* S1DSS */
    config_set_bits(&s.ste, 51, 6, cds >> 6);           /* S1ContextPtr */
    stream_put(&s);
    for (unsigned ssid = 0; ssid < 4; ssid++) {
        config_put(f, cds + 64 * ssid, &s.cd);
    }
    return s;
}

/* With SubstreamID @ssid, or without one for 0. */
static bool is_cached(Stream *s, unsigned ssid)
{
    MsmmuRequest rq = {
        .sid = s->sid, .ssid = ssid, .ssid_valid = ssid != 0,
    };

    return msmmu_config_peek(s->f->m, &rq);
}

/* CFGI_CD is about an index of the CD table (4.3.3); Leaf changes nothing. */
static void test_substreams(void)
{
    static const struct {
        const char *name;
        uint64_t word0;
        uint64_t word1;
        unsigned stays[2];      /* of streams 1 and 2; bit n: CD n */
        unsigned told;
    } cases[] = {
        { "CFGI_CD 0", 0x0000000100000005, 0, { 0xe, 0xf }, 1 },
        { "CFGI_CD 0, Leaf", 0x0000000100000005, 1, { 0xe, 0xf }, 1 },
        { "CFGI_CD 1", 0x0000000100001005, 0, { 0xd, 0xf }, 1 },
        { "CFGI_CD 3, Leaf", 0x0000000100003005, 1, { 0x7, 0xf }, 1 },
        { "CFGI_CD 4, which is not in the table", 0x0000000100004005, 0,
          { 0xf, 0xf }, 1 },
        { "CFGI_CD 16, out of range", 0x0000000100010005, 0,
          { 0xf, 0xf }, 0 },
        { "CFGI_CD_ALL", 0x0000000100003006, 0, { 0, 0xf }, 1 },
        { "CFGI_CD_ALL of stream 2", 0x0000000200000006, 0, { 0xf, 0 }, 1 },
        { "CFGI_STE", 0x0000000100000003, 0, { 0, 0xf }, 1 },
        { "CFGI_STE, Leaf", 0x0000000100000003, 1, { 0, 0xf }, 1 },
        { "CFGI_STE_RANGE of 0 and 1", 0x0000000100000004, 0, { 0, 0xf }, 1 },
        { "CFGI_STE_RANGE of 0 to 3", 0x0000000100000004, 1, { 0, 0 }, 1 },
        { "CFGI_ALL", 0x0000000100000004, 31, { 0, 0 }, 1 },
        { "PREFETCH_CONFIG", 0x0000000100001801, 0, { 0xf, 0xf }, 0 },
        { "PREFETCH_ADDR", 0x0000000100001802, 0, { 0xf, 0xf }, 0 },
    };
    MsmmuConfig config = streams_config();

    config.ssid_bits = 4;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = streams_fixture(&config, false);
        Stream s[2] = { stream_with_cds(f, 1), stream_with_cds(f, 2) };

        g_test_message("%s", cases[i].name);
        for (unsigned cd = 0; cd < 8; cd++) {
            MsmmuRequest rq = {
                .sid = 1 + cd / 4, .ssid = cd % 4, .ssid_valid = cd % 4,
            };

            msmmu_translate(f->m, &rq);
            g_assert_true(is_cached(&s[cd / 4], cd % 4));
        }
        fixture_forget(f);
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, cases[i].told);
        for (unsigned cd = 0; cd < 8; cd++) {
            bool stays = cases[i].stays[cd / 4] >> cd % 4 & 1;

            g_assert_cmpint(is_cached(&s[cd / 4], cd % 4), ==, stays);
        }
        fixture_free(f);
    }
}

static void test_prefetch(void)
{
    Fixture *f = fixture_with_queue();

    f->reads = 0;
    fixture_command(f, 0x0000004200000001, 0);
    fixture_command(f, 0x0000004200fff801, 0);
    fixture_command(f, 0x0000004200000002, 0x123456789fff);
    check_consumed(f);
    g_assert_cmpuint(f->reads, ==, 3);      /* the commands themselves */
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    g_assert_false(fixture_event(f, &(FixtureEvent) { }));
    fixture_free(f);
}

/* ---- Illegal commands ---------------------------------------------------- */

/*
 * Which instances have an opcode (4.1.1, 4.2 to 4.7), as bits of IDR0 that must
 * be 1: S2P 0x1, S1P 0x2, Hyp 0x200. None has ATS, PRI, stalls, MPAM (0x07),
 * a Secure state or DPT.
 */
static const struct {
    uint8_t opcode;
    uint32_t needs;
} opcodes[] = {
    { 0x01, 0 }, { 0x02, 0 }, { 0x03, 0 }, { 0x04, 0 },
    { 0x05, 0x2 }, { 0x06, 0x2 },
    { 0x10, 0x2 }, { 0x11, 0x2 }, { 0x12, 0x2 }, { 0x13, 0x2 },
    { 0x20, 0x202 }, { 0x21, 0x202 }, { 0x22, 0x202 }, { 0x23, 0x202 },
    { 0x28, 0x1 }, { 0x2a, 0x1 },
    { 0x30, 0 }, { 0x46, 0 },
};

static bool opcode_exists(unsigned opcode, uint32_t idr0)
{
    for (size_t i = 0; i < G_N_ELEMENTS(opcodes); i++) {
        if (opcodes[i].opcode == opcode) {
            return !(opcodes[i].needs & ~idr0);
        }
    }
    return false;
}

/*
 * Upstream consumes EL2 and EL3 forms, ATC_INV, PRI_RESP, RESUME, STALL_TERM
 * whatever it offers.
 */
static void test_every_opcode(void)
{
    static const struct {
        const char *name;
        uint32_t idr0;
    } kinds[] = {
        { "stage 1", 0x2 }, { "stage 2", 0x1 }, { "both", 0x3 },
        { "both, Hyp", 0x203 },
    };
    unsigned legal = 0, illegal = 0;

    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
        for (unsigned opcode = 0; opcode < 256; opcode++) {
            Fixture *f = fixture_with_queue();
            uint32_t *idr0 = &msmmu_registers(f->m)->idr[0];

            *idr0 = (*idr0 & ~0x203u) | kinds[k].idr0;
            msmmu_command_fields_init(f->m);
            fixture_command(f, opcode, 0);
            if (opcode_exists(opcode, kinds[k].idr0)) {
                check_consumed(f);
                legal++;
            } else {
                check_error(f, CERROR_ILL_WORD);
                illegal++;
            }
            fixture_free(f);
        }
    }
    g_test_message("%u legal, %u illegal", legal, illegal);
    g_assert_cmpuint(legal, ==, 12 + 8 + 14 + 18);
}

typedef struct Illegal {
    const char *name;
    uint64_t word0;
    uint64_t word1;
} Illegal;

static void check_illegal(const Illegal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = fixture_with_queue();

        g_test_message("%s", cases[i].name);
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_error(f, CERROR_ILL_WORD);
        fixture_free(f);
    }
}

/* 4.1.6: on this queue there are no Secure streams. */
static void test_ssec(void)
{
    static const Illegal cases[] = {
        { "PREFETCH_CONFIG", 0x401, 0 },
        { "PREFETCH_ADDR", 0x402, 0 },
        { "CFGI_STE", 0x403, 0 },
        { "CFGI_STE_RANGE", 0x404, 0 },
        { "CFGI_ALL", 0x404, 31 },
        { "CFGI_CD", 0x405, 0 },
        { "CFGI_CD of another SubstreamID", 0x1405, 0 },
        { "CFGI_CD_ALL", 0x406, 0 },
    };

    check_illegal(cases, G_N_ELEMENTS(cases));
}

static void test_sync_cs_3(void)
{
    static const Illegal cases[] = { { "CS 3", 0x3046, 0 } };

    check_illegal(cases, G_N_ELEMENTS(cases));
}

/* Of what 4.1.5 permits: Reserved fields are ignored. */
static void test_reserved_fields(void)
{
    static const uint64_t cases[][2] = {
        { 0x00000042fffffb03, 0xfffffffffffffffe },
        { 0x00000042fffff304, 0xffffffffffffffff },
        { 0x0000ffffffffff10, 0xffffffffffffffff },
        { 0xffffffffffffff11, 0xffffffffffffffff },
        { 0xffffffffffffff30, 0xffffffffffffffff },
        { 0xffffffffffffcf46, 0xffffffffffffffff },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_queue();

        fixture_command(f, cases[i][0], cases[i][1]);
        check_consumed(f);
        fixture_free(f);
    }
}

/* ---- CMD_SYNC ------------------------------------------------------------ */

/* The consumption must be observable when the interrupt is. */
static void see_consumed(Fixture *f, MsmmuIrq irq)
{
    if (irq == MSMMU_CORE_IRQ_CMDQ_SYNC) {
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, fixture_reg32(f, 0x98));
    }
}

static void test_sync(void)
{
    static const struct {
        const char *name;
        uint64_t word0;
        uint64_t word1;
        unsigned irqs;
    } cases[] = {
        { "SIG_NONE", 0x0046, 0, 0 },
        { "SIG_IRQ", 0x1046, 0, 1 },
        { "SIG_IRQ, no address", 0xdeadbeef0fc01046, 0xff00000000000003, 1 },
        { "SIG_SEV without SEV", 0x2046, 0, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_queue();

        g_test_message("%s", cases[i].name);
        f->on_irq = see_consumed;
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_consumed(f);
        g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==,
                         cases[i].irqs);
        g_assert_cmpuint(f->writes, ==, 0);
        g_assert_cmpuint(fixture_message_count(f), ==, 0);
        fixture_free(f);
    }
}

#define ADD(path, func) g_test_add_func("/msmmu/commands/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("cfgi-names-its-streams", test_configuration);
    ADD("out-of-range-has-no-effect", test_out_of_range);
    ADD("cfgi-cd-drops-one-cd", test_substreams);
    ADD("prefetch-is-consumed", test_prefetch);
    ADD("absent-opcodes-are-illegal", test_every_opcode);
    ADD("ssec-is-illegal-wherever-it-is", test_ssec);
    ADD("sync-with-cs-3-is-illegal", test_sync_cs_3);
    ADD("reserved-fields-are-ignored", test_reserved_fields);
    ADD("sync-completion-signals", test_sync);
    return g_test_run();
}
