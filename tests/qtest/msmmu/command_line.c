/*
 * The emulator run for what it says: see command_line.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "command_line.h"

char *qcommand_run(const char *args, int *status, char **output)
{
    g_autofree char *command = g_strdup_printf("%s -nodefaults -display none "
                                               "-accel qtest %s",
                                               getenv("QTEST_QEMU_BINARY"),
                                               args);
    g_auto(GStrv) argv = g_strsplit_set(command, " ", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    char *said = NULL;
    int wait_status;

    for (char **word = argv; *word; word++) {
        if (**word) {
            g_ptr_array_add(words, *word);
        }
    }
    g_ptr_array_add(words, NULL);
    g_assert_true(g_spawn_sync(NULL, (char **)words->pdata, NULL,
                               output ? 0 : G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                               NULL, output, &said, &wait_status, NULL));
    g_assert_true(WIFEXITED(wait_status));
    *status = WEXITSTATUS(wait_status);
    return said;
}

void qcommand_check_refused(const char *args, const char *message)
{
    int status;
    g_autofree char *said = qcommand_run(args, &status, NULL);
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
    const char *line = strstr(lines[0], ": ");

    g_test_message("%s -> %s", args, said);
    g_assert_cmpint(status, ==, 1);
    g_assert_nonnull(line);
    g_assert_cmpstr(line + strlen(": "), ==, message);
    g_assert_cmpstr(lines[1], ==, "");
    g_assert_null(lines[2]);
}
