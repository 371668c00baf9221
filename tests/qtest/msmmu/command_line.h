/*
 * The emulator run for what it says: its exit status and its output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_COMMAND_LINE_H
#define TESTS_QTEST_MSMMU_COMMAND_LINE_H

/*
 * Run it with @args, without a display, until it exits. Give its exit status
 * and, where asked for, what it wrote to stdout; return what it wrote to
 * stderr.
 */
char *qcommand_run(const char *args, int *status, char **output);

/*
 * It must exit with status 1 and say one line: the emulator's name, ": ", and
 * @message.
 */
void qcommand_check_refused(const char *args, const char *message);

#endif /* TESTS_QTEST_MSMMU_COMMAND_LINE_H */
