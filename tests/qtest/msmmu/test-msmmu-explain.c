/*
 * What the monitor can ask an instance, with the DMA test engine as master:
 * counters, the last faults and explanations, of two instances, running and
 * stopped; and the script that asks for people.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "engine.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "rig.h"

#define SID 0x10
#define IOVA 0x10000000ULL
#define UNMAPPED 0x20000000ULL
#define DATA QRIG_DATA

static QRig *rig;
static QTestState *qts;
static QSmmu *s;
static QEngine engine[2];
static QContext context[2];
static char *socket_path;

/* smmu1 has 4K, smmu2 16K; both streams use tables of 4K. */
static void start_with(const char *options)
{
    static const char *const properties[] = { "granules=4k", "granules=16k" };
    g_autofree char *more = NULL;
    int fd = g_file_open_tmp("msmmu-explain-XXXXXX", &socket_path, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    unlink(socket_path);
    more = g_strdup_printf("-device msmmu-engine,id=e1,bus=rc1,addr=2 "
                           "-device msmmu-engine,id=e2,bus=rc2,addr=2 "
                           "-qmp unix:%s,server=on,wait=off %s", socket_path,
                           options);
    rig = qrig_new(2, properties, more);
    qts = rig->qts;
    s = rig->smmu;
    for (unsigned i = 0; i < 2; i++) {
        qsmmu_start(&s[i]);
        engine[i] = qengine_init(&rig->rc[i], 0, SID, 1);
        context[i] = qcontext_new(&s[i], &qgranules[0], 1);
        qcontext_attach(&context[i], SID);
        qcontext_map(&context[i], IOVA, DATA, QPTE_RW);
    }
}

static void start(void)
{
    start_with("");
}

static void end(void)
{
    qrig_free(rig);
    unlink(socket_path);
    g_clear_pointer(&socket_path, g_free);
}

static void run(unsigned n, unsigned op, uint64_t iova, uint32_t count)
{
    const QJob job = {
        .op = op, .addr = iova, .size = 8, .count = count, .step = 8,
    };

    qengine_run(&engine[n], &job);
}

/* ---- The monitor ------------------------------------------------------- */

static QDict *ask(unsigned n, const char *property)
{
    return qtest_qmp(qts, "{'execute': 'qom-get', 'arguments': {'path': %s,"
                     "'property': %s}}", n ? "/machine/peripheral/smmu2"
                                           : "/machine/peripheral/smmu1",
                     property);
}

static QDict *set(unsigned n, const char *property, const char *value)
{
    return qtest_qmp(qts, "{'execute': 'qom-set', 'arguments': {'path': %s,"
                     "'property': %s, 'value': %s}}",
                     n ? "/machine/peripheral/smmu2"
                       : "/machine/peripheral/smmu1", property, value);
}

static QDict *explain(unsigned n, const char *query)
{
    QDict *answer = set(n, "explain-query", query);

    g_assert_true(qdict_haskey(answer, "return"));
    qobject_unref(answer);
    answer = ask(n, "explain");
    g_assert_true(qdict_haskey(answer, "return"));
    return answer;
}

/* The stream of SID in "streams" of the instance; *answer is to be freed. */
static QDict *stream(unsigned n, QDict **answer)
{
    QListEntry *entry;

    *answer = ask(n, "streams");
    QLIST_FOREACH_ENTRY(qdict_get_qlist(*answer, "return"), entry) {
        QDict *found = qobject_to(QDict, qlist_entry_obj(entry));

        if (!strcmp(qdict_get_str(found, "sid"), "0x10")) {
            return found;
        }
    }
    return NULL;
}

static void expect_outcome(QDict *answer, const char *key,
                           const char *expected)
{
    QDict *outcome = qdict_get_qdict(qdict_get_qdict(answer, "return"),
                                     "outcome");

    g_assert_cmpstr(qdict_get_try_str(outcome, key), ==, expected);
}

/* ---- Tests ------------------------------------------------------------- */

static void test_counters(void)
{
    QDict *answer, *found;

    start();
    run(0, QOP_READ, IOVA, 100);
    run(0, QOP_WRITE, IOVA, 20);
    run(0, QOP_READ, UNMAPPED, 1);
    run(0, QOP_READ, UNMAPPED, 1);
    run(1, QOP_READ, IOVA, 1);

    found = stream(0, &answer);
    g_assert_cmpint(qdict_get_int(found, "transactions"), ==, 122);
    g_assert_cmpint(qdict_get_int(found, "terminated"), ==, 2);
    g_assert_cmpint(qdict_get_int(qdict_get_qdict(found, "faults"),
                                  "F_TRANSLATION"), ==, 2);
    g_assert_cmpint(qdict_get_int(qdict_get_qdict(found, "stage-1-leaves"),
                                  "4K"), ==, 1);
    g_assert_cmpint(qdict_size(qdict_get_qdict(found, "refused-granules")),
                    ==, 0);
    qobject_unref(answer);

    found = stream(1, &answer);
    g_assert_cmpint(qdict_get_int(found, "transactions"), ==, 1);
    g_assert_cmpint(qdict_get_int(qdict_get_qdict(found, "faults"),
                                  "C_BAD_CD"), ==, 1);
    g_assert_cmpint(qdict_get_int(qdict_get_qdict(found, "refused-granules"),
                                  "4K"), ==, 1);
    qobject_unref(answer);

    qobject_unref(qtest_qmp(qts, "{'execute': 'system_reset'}"));
    qtest_qmp_eventwait(qts, "RESET");
    g_assert_null(stream(0, &answer));
    qobject_unref(answer);
    end();
}

/* The same question of both, and of a machine that is stopped. */
static void test_explain(void)
{
    QDict *answer;

    start();
    run(0, QOP_READ, UNMAPPED, 1);
    for (unsigned stopped = 0; stopped < 2; stopped++) {
        answer = explain(0, "sid=0x10,iova=0x10000008,write");
        expect_outcome(answer, "ends", "forward");
        expect_outcome(answer, "pa", "0x4a000008");
        qobject_unref(answer);
        answer = explain(0, "sid=0x10,iova=0x20000000");
        expect_outcome(answer, "event", "F_TRANSLATION");
        expect_outcome(answer, "section", "7.3.13");
        expect_outcome(answer, "why",
                       "the descriptor is not valid: bit[0] = 0");
        qobject_unref(answer);
        answer = explain(1, "sid=0x10,iova=0x10000008");
        expect_outcome(answer, "event", "C_BAD_CD");
        expect_outcome(answer, "why",
                       "TG0: no such granule here (IDR5.GRAN*)");
        qobject_unref(answer);
        qobject_unref(qtest_qmp(qts, "{'execute': 'stop'}"));
    }
    /* It recorded nothing. */
    g_assert_cmpuint(qsmmu_num_events(&s[0]), ==, 1);
    g_assert_cmpuint(qsmmu_num_events(&s[1]), ==, 0);
    end();
}

static void test_faults_and_devices(void)
{
    QDict *answer, *fault, *device;
    QList *list;
    const QListEntry *entry;
    bool found = false;

    start();
    for (unsigned i = 0; i < 20; i++) {
        run(0, QOP_WRITE, UNMAPPED + 0x1000 * i, 1);
    }
    answer = ask(0, "faults");
    list = qdict_get_qlist(answer, "return");
    g_assert_cmpuint(qlist_size(list), ==, 16);
    fault = qobject_to(QDict, qlist_peek(list));
    g_assert_cmpint(qdict_get_int(fault, "number"), ==, 5);
    g_assert_cmpstr(qdict_get_str(fault, "iova"), ==, "0x20004000");
    g_assert_cmpstr(qdict_get_str(fault, "event"), ==, "F_TRANSLATION");
    g_assert_true(qdict_get_bool(fault, "write"));
    g_assert_true(qdict_get_bool(fault, "recorded"));
    qobject_unref(answer);

    answer = ask(1, "devices");
    QLIST_FOREACH_ENTRY(qdict_get_qlist(answer, "return"), entry) {
        device = qobject_to(QDict, qlist_entry_obj(entry));
        if (!g_strcmp0(qdict_get_try_str(device, "id"), "e2")) {
            g_assert_cmpstr(qdict_get_str(device, "sid"), ==, "0x10");
            found = true;
        }
    }
    g_assert_true(found);
    qobject_unref(answer);
    end();
}

static void expect_error(QDict *answer, const char *part)
{
    const char *text = qdict_get_str(qdict_get_qdict(answer, "error"), "desc");

    if (!strstr(text, part)) {
        g_error("'%s' is not in '%s'", part, text);
    }
    qobject_unref(answer);
}

static void test_read_only(void)
{
    static const char *const properties[] = {
        "registers", "streams", "faults", "devices", "sync-events", "explain",
    };

    start();
    for (unsigned i = 0; i < G_N_ELEMENTS(properties); i++) {
        expect_error(set(0, properties[i], "1"), "is not writable");
    }
    expect_error(ask(0, "explain"), "set explain-query first");
    expect_error(set(0, "explain-query", "sid=1"), "iova= is missing");
    expect_error(set(0, "explain-query", "fault=x"), "no number of a fault");
    expect_error(ask(0, "explain"), "set explain-query first");
    end();
}

/* ---- Trace events ------------------------------------------------------ */

/* The lines of the file that begin with @start; all begin with an id. */
static unsigned lines_of(const char *path, const char *start)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    unsigned count = 0;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "msmmu_") &&
            !g_str_has_prefix(*line, "msmmu_engine_")) {
            g_assert_true(strstr(*line, " smmu1: ") ||
                          strstr(*line, " smmu2: "));
        }
        count += g_str_has_prefix(*line, start);
    }
    return count;
}

static void test_traces(void)
{
    static const struct {
        const char *start;
        unsigned count;         /* 0: at least one */
    } expected[] = {
        /* The configuration and the walk; a fault walks again. */
        { "msmmu_transaction smmu1: StreamID 0x10 SubstreamID -1: read, "
          "privileged 0, at 0x10000000", 2 },
        { "msmmu_transaction smmu1: StreamID 0x10 SubstreamID -1: write, "
          "privileged 0, at 0x20000000", 1 },
        { "msmmu_configuration smmu1: L1STD at 0x", 1 },
        { "msmmu_configuration smmu1: STE at 0x", 1 },
        { "msmmu_configuration smmu1: CD at 0x", 1 },
        { "msmmu_walk smmu1: stage 1 level 3 for 0x10000000: ", 1 },
        { "msmmu_stage smmu1: stage 1 maps 0x10000000 to 0x4a000000, 2^12 "
          "bytes, permissions ", 1 },
        { "msmmu_fault smmu1: StreamID 0x10 at 0x20000000: F_TRANSLATION, "
          "stage 1: the descriptor is not valid: bit[0] = 0", 1 },
        { "msmmu_event smmu1: F_TRANSLATION 0x0000001000000010 "
          "0x0000020000000000 0x0000000020000000 0x0000000000000000: "
          "recorded", 1 },
        { "msmmu_fault smmu2: StreamID 0x10 at 0x10000000: C_BAD_CD, stage "
          "0: TG0: no such granule here", 1 },
        { "msmmu_command smmu1: CMD_TLBI_NSNH_ALL 0x0000000000000030 "
          "0x0000000000000000: done", 0 },
        { "msmmu_invalidation smmu1: by world: VMID 0 ASID 0 "
          "0x0..0xffffffffffffffff", 0 },
    };
    g_autofree char *log = NULL;
    g_autofree char *options = NULL;
    int fd = g_file_open_tmp("msmmu-trace-XXXXXX", &log, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    options = g_strdup_printf("-trace msmmu_* -D %s", log);
    start_with(options);
    run(0, QOP_READ, IOVA, 100);
    run(0, QOP_READ, IOVA, 100);
    run(0, QOP_WRITE, UNMAPPED, 1);
    run(1, QOP_READ, IOVA, 1);
    qsmmu_tlbi_all(&s[0]);
    end();
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        unsigned count = lines_of(log, expected[i].start);

        if (expected[i].count ? count != expected[i].count : !count) {
            g_error("%u lines '%s' in %s", count, expected[i].start, log);
        }
    }
    unlink(log);
}

/* ---- The script -------------------------------------------------------- */

static char *script(void)
{
    g_autofree char *here = realpath(__FILE__, NULL);
    g_autofree char *folder = NULL;

    g_assert_nonnull(here);
    folder = g_path_get_dirname(here);
    return g_build_filename(folder, "../../../scripts/msmmu-explain", NULL);
}

/* Run it with the options, and expect the parts in what it says. */
static void expect_script(const char *options, int status,
                          const char *const parts[])
{
    g_autofree char *path = script();
    g_autofree char *command = g_strdup_printf("%s --qmp %s %s", path,
                                               socket_path, options);
    g_autofree char *out = NULL, *err = NULL;
    g_autoptr(GError) error = NULL;
    int wait_status;

    g_spawn_command_line_sync(command, &out, &err, &wait_status, &error);
    g_assert_no_error(error);
    if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != status) {
        g_error("%s ends with %d: %s%s", options, wait_status, out, err);
    }
    for (; *parts; parts++) {
        if (!strstr(status ? err : out, *parts)) {
            g_error("%s: no '%s' in:\n%s%s", options, *parts, out, err);
        }
    }
}

#define PARTS(...) ((const char *const[]) { __VA_ARGS__, NULL })

static void test_script(void)
{
    start();
    expect_script("--last", 1, PARTS("no transaction was terminated"));
    run(0, QOP_READ, IOVA, 3);
    run(0, QOP_WRITE, UNMAPPED, 1);
    expect_script("--last", 0, PARTS(
        "smmu1: write by StreamID 0x10 at 0x20000000",
        "STE at PA 0x", "CD at PA 0x", "stage 1 level 1 descriptor at PA 0x",
        "It aborts with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: "
        "the descriptor is not valid: bit[0] = 0; an event is recorded."));
    /* What changes later is another story. */
    qcontext_map(&context[0], UNMAPPED, DATA, QPTE_RW);
    expect_script("--fault 1 --id smmu1", 0, PARTS(
        "smmu1: write by StreamID 0x10 at 0x20000000, as it was at 20",
        "It aborts with F_TRANSLATION"));
    expect_script("--last --now", 0, PARTS("It goes on to PA 0x4a000000"));
    expect_script("--id smmu2 --sid 0x10 --iova 0x10000000", 0, PARTS(
        "TG0 = 0b00 (4K)", "aborts with C_BAD_CD (7.3.11): TG0: no such "
        "granule here"));
    expect_script("--device e2 --iova 0 --privileged", 0, PARTS(
        "smmu2: privileged read by StreamID 0x10 at 0x0"));
    expect_script("--streams", 0, PARTS(
        "smmu1 StreamID 0x10 (e1): 4 transactions, 1 terminated",
        "faults: F_TRANSLATION 1", "stage 1 walks: 4K 1"));
    expect_script("--faults --json", 0, PARTS("\"iova\": \"0x20000000\""));
    expect_script("--registers --id smmu1", 0, PARTS("smmu1 CR0ACK"));

    /* What is stale */
    qcontext_map(&context[0], IOVA, DATA + 0x1000, QPTE_RW);
    expect_script("--device e1 --iova 0x10000000", 0, PARTS(
        "It goes on to PA 0x4a001000", "TLB entry: 0x10000000 to 0x4a000000",
        "CMD_TLBI_* with CMD_SYNC is missing"));

    /* Mistakes say what to do. */
    expect_script("--sid 1 --iova 0", 1, PARTS(
        "which SMMU? say --id; there are: smmu1, smmu2"));
    expect_script("--id smmu3 --sid 1 --iova 0", 1, PARTS(
        "no SMMU has the id smmu3; there are: smmu1, smmu2"));
    expect_script("--device nvme --iova 0", 1, PARTS(
        "no device with the id nvme", "there are: e1, e2"));
    expect_script("--sid 1", 2, PARTS("--iova is missing"));
    expect_script("--fault 9 --id smmu1", 1, PARTS(
        "fault 9 is not remembered"));
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/explain/counters-are-exact", test_counters);
    qtest_add_func("/msmmu/explain/two-instances-running-and-stopped",
                   test_explain);
    qtest_add_func("/msmmu/explain/last-faults-and-devices",
                   test_faults_and_devices);
    qtest_add_func("/msmmu/explain/properties-are-read-only",
                   test_read_only);
    qtest_add_func("/msmmu/explain/traces-begin-with-the-instance",
                   test_traces);
    qtest_add_func("/msmmu/explain/script", test_script);
    return g_test_run();
}
