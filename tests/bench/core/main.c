/*
 * What the core takes, without QEMU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "groups.h"

int main(int argc, char **argv)
{
    Bench *b = bench_new("core", "Measure msmmu's core, without QEMU.", &argc,
                         &argv);

    bench_setting(b, "compiler", __VERSION__);
    bench_hits(b);
    bench_misses(b);
    bench_commands(b);
    return bench_end(b);
}
