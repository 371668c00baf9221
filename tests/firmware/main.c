/*
 * A worked example: bring up every SMMUv3 of the machine, have devices behind
 * them move data, and take what they have to tell. Read it from here downwards;
 * README says what is where.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine.h"

static Machine machine;

static void bring_up(Smmu *smmu)
{
    smmu_create_stream_table(smmu, machine_last_sid(&machine, smmu));
    smmu_create_queues(smmu);
    tap_result(smmu_enable(smmu) && !smmu_active_errors(smmu),
               "%s: enabled in the order of 3.11, %s Stream table of 2^%u",
               fdt_name(smmu->node),
               smmu->streams.two_level ? "2-level" : "linear",
               smmu->streams.log2);
    smmu_print_errors(smmu);
}

/* Tables of level 2 of the Stream tables stay, whatever is put back later. */
static void make_stream_tables(void)
{
    for (unsigned i = 0; i < machine.num_ports; i++) {
        if (machine.ports[i].smmu &&
            !smmu_ste(machine.ports[i].smmu, machine.ports[i].sid)) {
            fail("segment %u: StreamID 0x%x is too large for its SMMU",
                 machine.ports[i].host.segment, machine.ports[i].sid);
        }
    }
}

static void run(void)
{
    for (unsigned i = 0; i < machine.num_smmus; i++) {
        Smmu *smmu = machine.smmus + i;

        smmu_print_identity(smmu);
        if (!tap_result(smmu_is_usable(smmu), "%s: can be driven",
                        fdt_name(smmu->node))) {
            return;
        }
        bring_up(smmu);
    }
    make_stream_tables();
    move_everything(&machine);
    tell_everything(&machine);
}

void primary_main(const void *fdt)
{
    fdt_open(fdt);
    cpu_enable_mmu();
    gic_init();
    print("TAP version 13\n");
    machine_find(&machine);
    machine_print(&machine);
    if (option_given("mistake")) {
        mistakes_run(&machine);
    } else {
        run();
    }
    tap_plan();
    while (option_given("hold")) {
        gic_wait();
    }
    cpu_power_off();
}
