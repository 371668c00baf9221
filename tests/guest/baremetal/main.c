/*
 * The choice of the test: "test=NAME" on the command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "httu.h"

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    { "httu", test_httu },
};

void primary_main(const void *fdt)
{
    bool found = false;

    fdt_open(fdt);
    cpu_enable_mmu();
    gic_init();
    for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
        if (option_is("test", tests[i].name)) {
            found = true;
            tests[i].run();
        }
    }
    if (!found) {
        fail("no such test");
    }
    print("msmmu: {\"kind\":\"done\"}\n");
    cpu_power_off();
}
