/*
 * Step 1: what is this instance? The ID registers (IHI 0070 6.3.1 to 6.3.8).
 *
 * Instances in one machine differ. All that follows is chosen by what this
 * instance says of itself, never by what another one does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "smmu.h"

static void read_granules(SmmuFeatures *f, uint32_t idr5)
{
    static const struct {
        uint64_t bit;
        unsigned shift;
    } granules[] = {
        { IDR5_GRAN4K, 12 },
        { IDR5_GRAN16K, 14 },
        { IDR5_GRAN64K, 16 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(granules); i++) {
        if (idr5 & granules[i].bit) {
            f->granule_shift[f->num_granules++] = granules[i].shift;
        }
    }
}

void smmu_identify(Smmu *smmu, FdtNode node)
{
    uintptr_t regs = fdt_cells(node, "reg", 0);
    uint32_t idr0 = read32(regs + IDR0), idr1 = read32(regs + IDR1);
    uint32_t idr5 = read32(regs + IDR5);

    *smmu = (Smmu) {
        .node = node,
        .regs = regs,
        .eventq.name = "eventq",
        .gerror.name = "gerror",
        .features = {
            .stage1 = idr0 & IDR0_S1P,
            .stage2 = idr0 & IDR0_S2P,
            .coherent = idr0 & IDR0_COHACC,
            .httu = IDR0_HTTU(idr0),
            .hyp = idr0 & IDR0_HYP,
            .ats = idr0 & IDR0_ATS,
            .msi = idr0 & IDR0_MSI,
            .ttendian = IDR0_TTENDIAN(idr0),
            .two_level = IDR0_ST_LEVEL(idr0) == 1,
            .sid_bits = IDR1_SIDSIZE(idr1),
            .ssid_bits = IDR1_SSIDSIZE(idr1),
            .commands_log2 = IDR1_CMDQS(idr1),
            .events_log2 = IDR1_EVENTQS(idr1),
            .output_size = IDR5_OAS(idr5),
            .minor = AIDR_MINOR(read32(regs + AIDR)),
        },
    };
    read_granules(&smmu->features, idr5);
}

/* IDR5.OAS, CD.IPS and STE.S2PS have the same encoding. */
unsigned smmu_output_bits(unsigned output_size)
{
    static const unsigned bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

    return bits[output_size & 7];
}

static const char *stages(const SmmuFeatures *f)
{
    return f->stage1 && f->stage2 ? "1, 2, nested" : f->stage1 ? "1"
         : f->stage2 ? "2" : "none";
}

static void print_registers(const Smmu *smmu)
{
    tap_note("%s: IDR0 0x%x, IDR1 0x%x, IDR3 0x%x, IDR5 0x%x, AIDR 0x%x",
             fdt_name(smmu->node), read32(smmu->regs + IDR0),
             read32(smmu->regs + IDR1), read32(smmu->regs + IDR3),
             read32(smmu->regs + IDR5), read32(smmu->regs + AIDR));
}

void smmu_print_identity(const Smmu *smmu)
{
    static const char *const endian[] = { "mixed", "reserved", "little",
                                          "big" };
    static const char *const httu[] = { "no", "Access flag", "dirty state",
                                        "Table descriptors, too" };
    const SmmuFeatures *f = &smmu->features;

    print_registers(smmu);
    print("#   SMMUv3.%u; stages: %s; granules:", f->minor, stages(f));
    for (unsigned i = 0; i < f->num_granules; i++) {
        print(" %luK", BIT(f->granule_shift[i]) / KIB);
    }
    print("; output: %u bits\n", smmu_output_bits(f->output_size));
    tap_note("  StreamIDs: %u bits, Stream table: %s; SubstreamIDs: %u bits",
             f->sid_bits, f->two_level ? "linear or 2-level" : "linear",
             f->ssid_bits);
    tap_note("  tables: %s-endian; hardware updates: %s; coherent: %s",
             endian[f->ttendian], httu[f->httu], f->coherent ? "yes" : "no");
    tap_note("  MSIs: %s; EL2 streams: %s; ATS: %s; queues: up to 2^%u "
             "commands, 2^%u events", f->msi ? "yes" : "no",
             f->hyp ? "yes" : "no", f->ats ? "yes" : "no", f->commands_log2,
             f->events_log2);
}

/*
 * What this program does not handle: queues or tables in a place of the
 * hardware's (QUEUES_PRESET, TABLES_PRESET); an SMMU that does not see what is
 * in the processor's caches (COHACC = 0); tables of 32-bit descriptors alone;
 * faults that always stall.
 */
bool smmu_is_usable(const Smmu *smmu)
{
    const SmmuFeatures *f = &smmu->features;
    uint32_t idr0 = read32(smmu->regs + IDR0);
    uint32_t idr1 = read32(smmu->regs + IDR1);

    return f->coherent && idr0 & IDR0_TTF_AA64 &&
        IDR0_STALL_MODEL(idr0) != STALL_FORCED && (f->stage1 || f->stage2) &&
        f->num_granules && f->ttendian != 1 && f->sid_bits <= 32 &&
        !(idr1 & IDR1_QUEUES_PRESET) && !(idr1 & IDR1_TABLES_PRESET);
}
