/*
 * nested: all engines, each as a guest's device behind both stages
 *
 * Everything here is a claim: the job knows what must come of what it does, and
 * ends well whatever comes of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <string.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

static bool take(const char *folder, const char *name, void *data)
{
    if (is_engine(name) && !vfio_take(name)) {
        report_error("nested", "%s does not bind to vfio-pci", name);
    }
    return true;
}

static void run_claims(Nested *nested)
{
    nested_translations(nested);
    nested_faults(nested);
    nested_invalidations(nested);
    nested_wrong(nested);
    nested_entries(nested);
    nested_interrupts(nested);
    nested_substreams(nested);
    nested_life(nested);
}

static bool run_engine(const char *folder, const char *name, void *data)
{
    int *engines = data;
    Nested nested;

    if (!is_engine(name)) {
        return true;
    }
    (*engines)++;
    if (!file_exists("/dev/iommu")) {
        claim_skip(name, nested_title, "the kernel has no /dev/iommu: it was "
                   "built without IOMMUFD");
        return true;
    }
    if (nested_open(&nested, name) && nested_set_up(&nested)) {
        run_claims(&nested);
    }
    nested_close(&nested);
    return true;
}

int job_nested(void)
{
    static const char devices[] = "/sys/bus/pci/devices";
    int engines = 0;

    modules_load("vfio");
    /* With little memory Linux begins without huge pages. */
    file_write("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");
    for_each_entry(devices, take, NULL);
    for_each_entry(devices, run_engine, &engines);
    if (!engines) {
        report_error("nested", "no msmmu-engine");
    }
    return !engines;
}
