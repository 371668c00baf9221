/*
 * Migration of instances with stage 2: they go on translating, and what
 * hardware updates change while a machine is being copied arrives, too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "nested.h"
#include "stream.h"

#define VA 0x10000000ULL
#define IPA 0x20000000ULL
#define DATA QRIG_DATA

#define RC(n) "-device msmmu-rc,id=rc" #n " -device msmmu-smmuv3,id=smmu" #n \
              ",primary-bus=rc" #n ","
#define EDU(n) " " QRIG_EDU "bus=rc" #n ",addr=1 "

/* Behind the tables in memory: what keeps a copy busy for a while */
#define FILLER 0x46000000ULL
#define FILLER_SIZE 0x4000000
#define FILLER_PAGES_SENT 600
#define SLOW 4000000LL           /* a quarter of a minute for all of it */
#define FAST 10000000000LL
#define POLL_US 1000

static char *path;

/* edu saves nothing: it is set up anew in each machine. */
static void take_over(QNested *f, QTestState *qts, QEdu *edu, unsigned n)
{
    QRc rc = qrc_get(qts, n);

    *edu = qedu_init(&rc, 0, QRIG_DEVFN, 0);
    f->qts = f->s->qts = qts;
    f->edu = edu;
}

/* A nested translation without a rig, which is bound to one process */
static QNested *attach(QTestState *qts, QSmmu *s, unsigned n)
{
    QNested *f = g_new0(QNested, 1);

    *s = qsmmu_get(qts, n, QRIG_SMMU_MEMORY(n));
    qsmmu_start(s);
    f->s = s;
    f->s2 = qtables_stage2(s, 12, 40, 1);
    f->s2.next_ipa = QNESTED_TABLES_IPA;
    f->s1 = qtables_nested(&f->s2, 12, 39);
    f->cd_ipa = qcd_alloc(s, &f->s2);
    f->ste = qste_nested(&f->s2, QNESTED_VMID, 40, f->cd_ipa);
    f->cd = qcd_new(&f->s1, QNESTED_ASID, 40);
    return f;
}

/* ---- Translations ------------------------------------------------------ */

static void check_both(QNested *f[2], QTestState *qts, uint64_t at)
{
    for (int i = 0; i < 2; i++) {
        qedu_load(f[i]->edu, i ? IPA : VA, 8);
        qedu_store(f[i]->edu, (i ? IPA : VA) + at, 8);
        qsmmu_expect_no_event(f[i]->s);
        g_assert_cmphex(qtest_readq(qts, DATA + i * 0x1000 + at), ==,
                        0x1111 * (i + 1));
    }
}

/* Nested and stage 2 only: before and after, with nothing done in between */
static void test_translations_go_on(void)
{
    const char *args = QRIG_MACHINE RC(1) "stage=nested" EDU(1)
                       RC(2) "stage=2" EDU(2);
    QTestState *qts = qtest_init(args);
    QNested *f[2];
    QEdu edu[2];
    QSmmu s[2];
    QEvent e;

    for (int i = 0; i < 2; i++) {
        f[i] = attach(qts, &s[i], i);
        take_over(f[i], qts, &edu[i], i);
        if (i) {
            f[i]->ste = qste_stage2(&f[i]->s2, QNESTED_VMID, 40);
        }
        qnested_map(f[i], VA, IPA, DATA + i * 0x1000);
        qnested_configure(f[i]);
        qtest_writeq(qts, DATA + i * 0x1000, 0x1111 * (i + 1));
    }
    check_both(f, qts, 8);
    qstream_save(qts, path);
    qtest_quit(qts);

    qts = qstream_load(args, path);
    for (int i = 0; i < 2; i++) {
        take_over(f[i], qts, &edu[i], i);
    }
    check_both(f, qts, 16);

    /* What is unmapped there now, is unmapped for it. */
    for (int i = 0; i < 2; i++) {
        qtables_map(&f[i]->s2, IPA, 0, 0, 3);
        qsmmu_push(f[i]->s, QCMD_TLBI_S12_VMALL | (uint64_t)QNESTED_VMID << 32,
                   0);
        qsmmu_sync(f[i]->s);
        qedu_load(f[i]->edu, i ? IPA : VA, 8);
        e = qsmmu_expect_event(f[i]->s, QEVT_F_TRANSLATION, QRIG_SID);
        g_assert_cmphex(e.word[3], ==, IPA);
        g_free(f[i]);
    }
    qtest_quit(qts);
}

/* ---- Hardware updates -------------------------------------------------- */

static void set_bandwidth(QTestState *qts, int64_t bytes_per_second)
{
    qtest_qmp_assert_success(qts, "{'execute': 'migrate-set-parameters',"
                             " 'arguments': {'max-bandwidth': %" PRId64 "}}",
                             bytes_per_second);
}

/* Pages that were sent, if the copy still goes on */
static int64_t pages_sent(QTestState *qts)
{
    g_autoptr(QDict) reply = qtest_qmp(qts, "{'execute': 'query-migrate'}");
    QDict *info = qdict_get_qdict(reply, "return");
    const char *status = qdict_get_try_str(info, "status");
    QDict *ram = qdict_get_qdict(info, "ram");

    if (g_strcmp0(status, "setup") == 0) {
        return 0;
    }
    g_assert_cmpstr(status, ==, "active");
    return ram ? qdict_get_int(ram, "normal") : 0;
}

/*
 * The descriptors were copied already when a DMA changes them; they must be
 * copied again.
 */
static void test_updates_while_copying(void)
{
    const char *args = QRIG_MACHINE RC(1) "stage=nested,httu=dirty" EDU(1);
    const uint64_t clean = QPTE_RW | QPTE_READ_ONLY | QPTE_DBM;
    QTestState *qts = qtest_init(args);
    g_autofree char *uri = g_strdup_printf("file:%s", path);
    g_autofree QNested *f = NULL;
    uint64_t slot1, slot2;
    QEdu edu;
    QSmmu s;

    f = attach(qts, &s, 0);
    take_over(f, qts, &edu, 0);
    f->cd.word[0] |= QCD_HA | QCD_HD;
    f->ste.word[2] |= QSTE2_HA | QSTE2_HD;
    qnested_map(f, VA, IPA, DATA);
    slot1 = qtables_map(&f->s1, VA, IPA, clean & ~QPTE_AF, 3);
    slot2 = qtables_map(&f->s2, IPA, DATA, (QS2_RO & ~QPTE_AF) | QPTE_DBM, 3);
    qnested_configure(f);
    qtest_memset(qts, FILLER, 0x5a, FILLER_SIZE);

    set_bandwidth(qts, SLOW);
    qtest_qmp_assert_success(qts, "{'execute': 'migrate',"
                             " 'arguments': {'uri': %s}}", uri);
    while (pages_sent(qts) < FILLER_PAGES_SENT) {
        g_usleep(POLL_US);
    }
    qnested_access(f, VA, true);
    qsmmu_expect_no_event(&s);
    pages_sent(qts);
    set_bandwidth(qts, FAST);
    qstream_wait_until_saved(qts);
    qtest_quit(qts);

    qts = qstream_load(args, path);
    s.qts = qts;
    g_assert_cmphex(qtables_read(&f->s1, slot1), ==,
                    IPA | QPTE_PAGE | (clean & ~QPTE_READ_ONLY));
    g_assert_cmphex(qtables_read(&f->s2, slot2), ==,
                    DATA | QPTE_PAGE | QS2_RW | QPTE_DBM);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_autofree char *dir = g_dir_make_tmp("msmmu-XXXXXX", NULL);
    int ret;

    g_test_init(&argc, &argv, NULL);
    path = g_build_filename(dir, "stream", NULL);
    qtest_add_func("/msmmu/stage-migration/translations-go-on",
                   test_translations_go_on);
    qtest_add_func("/msmmu/stage-migration/updates-while-copying-arrive",
                   test_updates_while_copying);
    ret = g_test_run();
    unlink(path);
    rmdir(dir);
    g_free(path);
    return ret;
}
