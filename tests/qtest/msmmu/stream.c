/*
 * Migration to a file and from it: see stream.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "stream.h"

#define POLL_US 1000

/* The member @key of what the command returns. */
static char *query(QTestState *qts, const char *command, const char *key)
{
    g_autoptr(QDict) reply = qtest_qmp(qts, "{ 'execute': %s }", command);

    return g_strdup(qdict_get_try_str(qdict_get_qdict(reply, "return"), key));
}

static bool is(QTestState *qts, const char *command, const char *expected)
{
    g_autofree char *status = query(qts, command, "status");

    g_assert_cmpstr(status, !=, "failed");
    return g_strcmp0(status, expected) == 0;
}

void qstream_wait_until_saved(QTestState *qts)
{
    while (!is(qts, "query-migrate", "completed")) {
        g_usleep(POLL_US);
    }
}

void qstream_save(QTestState *qts, const char *path)
{
    g_autofree char *uri = g_strdup_printf("file:%s", path);

    qtest_qmp_assert_success(qts, "{ 'execute': 'migrate',"
                             " 'arguments': { 'uri': %s } }", uri);
    qstream_wait_until_saved(qts);
}

QTestState *qstream_load(const char *args, const char *path)
{
    g_autofree char *all = g_strdup_printf("%s -incoming file:%s", args, path);
    QTestState *qts = qtest_init(all);

    while (!is(qts, "query-status", "running")) {
        g_usleep(POLL_US);
    }
    return qts;
}

void qstream_expect_refusal(const char *args, const char *path,
                            const char *pattern)
{
    g_autofree char *command =
        g_strdup_printf("timeout 600 %s -accel qtest -display none %s "
                        "-incoming file:%s", getenv("QTEST_QEMU_BINARY"),
                        args, path);
    g_autofree char *errors = NULL;
    int status;

    g_assert_true(g_spawn_command_line_sync(command, NULL, &errors, &status,
                                            NULL));
    g_test_message("%s -> %s", command, errors);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 1);
    g_assert_true(g_pattern_match_simple(pattern, errors));
}
