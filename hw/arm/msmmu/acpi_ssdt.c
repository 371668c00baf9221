/*
 * The host bridges of our root complexes, in an SSDT.
 *
 * Firmware knows pcie.0 only. It leaves ours as reset left them, and the
 * operating system enumerates them and assigns their resources: _DSM function
 * 5 says that it may, but where reserved memory is in use. Interrupt pins are
 * wired to the GIC without links that could be configured: _PRT names the
 * interrupts themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci.h"
#include "hw/pci/pcie_host.h"
#include "acpi.h"
#include "reserved_memory_plug.h"

/*
 * Not to be that of an expander bridge, which is its bus number: host bridges
 * of one _HID need different ones (ACPI 6.5, 6.1.12).
 */
#define RC_UID(segment) (0x10000 + (segment))

/* ACPI 6.5, 6.2.13: any function of a device */
#define PRT_ADDRESS(slot) ((uint32_t)(slot) << 16 | 0xffff)

static Aml *interrupt_routing(const MsmmuRcResources *res)
{
    Aml *routes = aml_varpackage(PCI_SLOT_MAX * PCI_NUM_PINS);

    for (int slot = 0; slot < PCI_SLOT_MAX; slot++) {
        for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
            uint32_t spi = res->first_spi + (slot + pin) % PCI_NUM_PINS;
            Aml *route = aml_package(4);

            aml_append(route, aml_int(PRT_ADDRESS(slot)));
            aml_append(route, aml_int(pin));
            aml_append(route, aml_int(0));      /* no link: a GSI follows */
            aml_append(route, aml_int(MSMMU_GSIV(spi)));
            aml_append(routes, route);
        }
    }
    return routes;
}

static Aml *memory_window(const MemMapEntry *cpu, hwaddr pci)
{
    return aml_qword_memory(AML_POS_DECODE, AML_MIN_FIXED, AML_MAX_FIXED,
                            AML_NON_CACHEABLE, AML_READ_WRITE, 0,
                            pci, pci + cpu->size - 1, cpu->base - pci,
                            cpu->size);
}

/* ACPI 6.5, 6.4.3.5.5, _TTP: ports on the bus are memory for the CPUs. */
#define IO_TYPE_TRANSLATION 0x10

static Aml *resources(const MsmmuRcResources *res)
{
    unsigned buses = res->ecam.size / PCIE_MMCFG_SIZE_MIN;
    Aml *crs = aml_resource_template();

    aml_append(crs, aml_word_bus_number(AML_MIN_FIXED, AML_MAX_FIXED,
                                        AML_POS_DECODE, 0, 0, buses - 1, 0,
                                        buses));
    aml_append(crs, aml_dword_io(AML_MIN_FIXED, AML_MAX_FIXED, AML_POS_DECODE,
                                 AML_ENTIRE_RANGE | IO_TYPE_TRANSLATION, 0, 0,
                                 res->pio.size - 1, res->pio.base,
                                 res->pio.size));
    aml_append(crs, memory_window(&res->mmio32, res->mmio32_pci));
    aml_append(crs, memory_window(&res->mmio64, res->mmio64.base));
    return crs;
}

/* PCI Firmware Specification 3.3, 4.1.2: ECAM is somebody's resource. */
static Aml *ecam_reservation(const MsmmuRcResources *res)
{
    Aml *dev = aml_device("RES0");
    Aml *crs = aml_resource_template();

    aml_append(dev, aml_name_decl("_HID", aml_string("PNP0C02")));
    aml_append(crs, memory_window(&res->ecam, res->ecam.base));
    aml_append(dev, aml_name_decl("_CRS", crs));
    return dev;
}

/* Bits of the first word of _OSC's answer (ACPI 6.5, 6.2.11) */
#define OSC_UNKNOWN_UUID 0x04
#define OSC_UNKNOWN_REVISION 0x08
#define OSC_MASKED 0x10

/*
 * PCI Firmware Specification 3.3, 4.5.1: native hot-plug, SHPC, PME, AER and
 * the PCI Express capability are the operating system's.
 */
#define OSC_CONTROL_GRANTED 0x1f

static Aml *or_into(const char *name, uint64_t bits)
{
    return aml_or(aml_name("%s", name), aml_int(bits), aml_name("%s", name));
}

static Aml *osc_method(void)
{
    /* Serialized, as it creates named fields */
    Aml *method = aml_method("_OSC", 4, AML_SERIALIZED);
    Aml *known = aml_if(aml_equal(aml_arg(0),
        aml_touuid("33DB4D5B-1FF7-401C-9657-7441C03DD766")));
    Aml *unknown = aml_else();
    Aml *revision = aml_if(aml_lnot(aml_equal(aml_arg(1), aml_int(1))));
    Aml *masked;

    aml_append(method, aml_create_dword_field(aml_arg(3), aml_int(0),
                                              "CDW1"));
    aml_append(known, aml_create_dword_field(aml_arg(3), aml_int(8), "CDW3"));
    aml_append(known, aml_and(aml_name("CDW3"), aml_int(OSC_CONTROL_GRANTED),
                              aml_local(0)));
    aml_append(revision, or_into("CDW1", OSC_UNKNOWN_REVISION));
    aml_append(known, revision);
    masked = aml_if(aml_lnot(aml_equal(aml_local(0), aml_name("CDW3"))));
    aml_append(masked, or_into("CDW1", OSC_MASKED));
    aml_append(known, masked);
    aml_append(known, aml_store(aml_local(0), aml_name("CDW3")));
    aml_append(method, known);

    aml_append(unknown, or_into("CDW1", OSC_UNKNOWN_UUID));
    aml_append(method, unknown);
    aml_append(method, aml_return(aml_arg(3)));
    return method;
}

/*
 * PCI Firmware Specification 3.3, 4.6: functions 0 and 5. What the IORT says of
 * a function's reserved memory holds only as long as its number does: there
 * the system is to keep what it finds (Arm DEN 0049 E.e, 3.1.1.5).
 */
#define DSM_FUNCTIONS 0x21
#define DSM_KEEP_CONFIGURATION 0
#define DSM_REASSIGN_RESOURCES 1

static Aml *dsm_method(bool keep)
{
    uint8_t functions = DSM_FUNCTIONS, none = 0;
    Aml *method = aml_method("_DSM", 4, AML_NOTSERIALIZED);
    Aml *known = aml_if(aml_equal(aml_arg(0),
        aml_touuid("E5C937D0-3553-4D7A-9117-EA4D19C3434D")));
    Aml *query = aml_if(aml_equal(aml_arg(2), aml_int(0)));
    Aml *preserve = aml_if(aml_equal(aml_arg(2), aml_int(5)));

    aml_append(query, aml_return(aml_buffer(1, &functions)));
    aml_append(known, query);
    aml_append(preserve, aml_return(aml_int(keep ? DSM_KEEP_CONFIGURATION
                                                 : DSM_REASSIGN_RESOURCES)));
    aml_append(known, preserve);
    aml_append(method, known);
    aml_append(method, aml_return(aml_buffer(1, &none)));
    return method;
}

static Aml *host_bridge(MsmmuRootComplex *rc, unsigned slot, bool keep)
{
    Aml *dev = aml_device("RC%.02X", slot);

    aml_append(dev, aml_name_decl("_HID", aml_string("PNP0A08")));
    aml_append(dev, aml_name_decl("_CID", aml_string("PNP0A03")));
    aml_append(dev, aml_name_decl("_SEG", aml_int(rc->segment)));
    aml_append(dev, aml_name_decl("_BBN", aml_int(0)));
    aml_append(dev, aml_name_decl("_UID", aml_int(RC_UID(rc->segment))));
    aml_append(dev, aml_name_decl("_STR", aml_unicode(DEVICE(rc)->id)));
    aml_append(dev, aml_name_decl("_CCA", aml_int(1)));
    if (rc->numa_node != MSMMU_NUMA_NODE_NONE) {
        aml_append(dev, aml_name_decl("_PXM", aml_int(rc->numa_node)));
    }
    aml_append(dev, aml_name_decl("_PRT", interrupt_routing(&rc->res)));
    aml_append(dev, aml_name_decl("_CBA", aml_int(rc->res.ecam.base)));
    aml_append(dev, aml_name_decl("_CRS", resources(&rc->res)));
    aml_append(dev, osc_method());
    aml_append(dev, dsm_method(keep));
    aml_append(dev, ecam_reservation(&rc->res));
    return dev;
}

void msmmu_acpi_build_ssdt(MsmmuMachineState *mms, AcpiBuildTables *tables)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    AcpiTable table = {
        .sig = "SSDT", .rev = 2,
        .oem_id = vms->oem_id, .oem_table_id = vms->oem_table_id,
    };
    Aml *ssdt = init_aml_allocator();
    Aml *scope = aml_scope("\\_SB");

    acpi_table_begin(&table, tables->table_data);
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        MsmmuRootComplex *rc = mms->rcs[i].rc;
        bool keep = msmmu_reserved_memory_on(mms, msmmu_root_complex_bus(rc));

        aml_append(scope, host_bridge(rc, i, keep));
    }
    aml_append(ssdt, scope);
    g_array_append_vals(tables->table_data, ssdt->buf->data, ssdt->buf->len);
    acpi_table_end(tables->linker, &table);
    free_aml_allocator();
}
