/*
 * The objects that a guest with an SMMU is made of, in the order in which a
 * monitor makes them, and what the kernel refuses behind which instance
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

/* ID registers (IHI 0070 6.3) */
#define IDR0_S2P 1
#define IDR0_S1P 2
#define IDR3_FWB (1 << 8)

/* The STE's words that a guest has a say in (5.2) */
#define STE0_V 1ULL
#define STE0_CONFIG(value) ((uint64_t)(value) << 1)
/* With SubstreamIDs, what has none takes the CD of number 0. */
#define STE1_S1DSS_SSID0 2ULL
#define STE1_S1_WRITE_BACK_INNER_SHAREABLE (1ULL << 2 | 1ULL << 4 | 3ULL << 6)

#define DATA_BYTES (2UL << 20)

const char nested_title[] = "nested translation by IOMMUFD";

static const char *reason(int result)
{
    return result ? strerror(-result) : "";
}

/* Smallest page of the instance that the kernel will use */
static size_t smallest_page_of(const UapiHwInfoSmmu *smmu)
{
    for (int i = 0; i < GRANULES; i++) {
        if (granule_offered(&granules[i], smmu)) {
            return 1UL << granules[i].shift;
        }
    }
    return 0;
}

/* The granule of tables where any will do: the first one */
const Granule *nested_granule(const Nested *nested)
{
    int i = 0;

    while (i < GRANULES - 1 && !granule_offered(&granules[i], &nested->smmu)) {
        i++;
    }
    return &granules[i];
}

/* ---- The device ---- */

static bool compare_registers(const Nested *nested)
{
    static const char name[] = "IOMMU_GET_HW_INFO tells the registers";
    char path[PATH_BYTES], link[64];
    uint32_t idr[6], aidr;
    const char *base;

    path_join(path, "/sys/bus/pci/devices/%s/iommu", nested->bdf);
    link_name(path, link, sizeof(link));
    base = strstr(link, ".0x");
    if (!base || !smmu_registers(strtoull(base + 1, NULL, 16), idr, &aidr)) {
        claim_skip(nested->bdf, name, "/dev/mem does not show them");
        return true;
    }
    return claim(nested->bdf, name,
                 !memcmp(idr, nested->smmu.idr, sizeof(idr)) &&
                 aidr == nested->smmu.aidr,
                 "IDR0 0x%x IDR1 0x%x IDR3 0x%x IDR5 0x%x AIDR 0x%x",
                 nested->smmu.idr[0], nested->smmu.idr[1],
                 nested->smmu.idr[3], nested->smmu.idr[5], nested->smmu.aidr);
}

/* Up to what the SMMU is; nested_close() is due in any case. */
bool nested_open(Nested *nested, const char *bdf)
{
    const char *problem = "";
    int result;

    memset(nested, 0, sizeof(*nested));
    snprintf(nested->bdf, sizeof(nested->bdf), "%s", bdf);
    nested->device = nested->events = -1;
    nested->engine.device = -1;
    nested->fd = iommufd_open();
    if (!claim(bdf, "/dev/iommu opens", nested->fd >= 0, "%s",
               nested->fd < 0 ? strerror(-nested->fd) : "")) {
        return false;
    }
    nested->device = iommufd_open_device(bdf);
    result = nested->device < 0 ? nested->device :
             iommufd_bind(nested->device, nested->fd, &nested->dev_id);
    if (!claim(bdf, "the device's own file is bound to IOMMUFD", !result,
               "%s", reason(result))) {
        return false;
    }
    if (!claim(bdf, "the engine answers",
               engine_adopt(&nested->engine, nested->device, bdf, &problem),
               "%s", problem)) {
        return false;
    }
    ring_start(&nested->ring, &nested->engine, 3, 4, NULL, 0);
    result = iommufd_hw_info(nested->fd, nested->dev_id, &nested->smmu,
                             &nested->info);
    if (!claim(bdf, "IOMMU_GET_HW_INFO answers", !result, "%s",
               reason(result))) {
        return false;
    }
    if (nested->info.out_data_type != UAPI_HW_INFO_ARM_SMMUV3) {
        claim_skip(bdf, nested_title, "the SMMU's driver tells nothing of it: "
                   "it does not nest before 6.13");
        return false;
    }
    return compare_registers(nested);
}

void nested_close(Nested *nested)
{
    if (nested->engine.device >= 0) {
        ring_stop(&nested->ring);
        /* The device's file goes, too. */
        engine_close(&nested->engine);
    } else if (nested->device >= 0) {
        close(nested->device);
    }
    if (nested->events >= 0) {
        close(nested->events);
    }
    if (nested->fd >= 0) {
        close(nested->fd);
    }
    guest_free(&nested->guest);
}

/* ---- Stage 2 ---- */

/* The guest's data anew, in pieces of so many bytes, with new words */
int nested_map_data(Nested *nested, size_t piece)
{
    Area *data = &nested->guest.data;
    size_t bytes = piece > DATA_BYTES ? piece : DATA_BYTES;
    int result = 0;

    if (data->bytes) {
        result = iommufd_unmap(nested->fd, nested->ioas, DATA_IPA,
                               data->bytes);
        data->bytes = 0;
    }
    if (!result) {
        result = iommufd_map_area(nested->fd, nested->ioas, data, DATA_IPA,
                                  bytes, piece, true);
        guest_fill(&nested->guest);
    }
    return result;
}

static int map_guest(Nested *nested)
{
    size_t page = sysconf(_SC_PAGESIZE);
    GuestMemory *guest = &nested->guest;
    int result = guest_get(guest) ? iommufd_ioas(nested->fd, &nested->ioas)
                                  : -ENOMEM;

    if (!result) {
        result = iommufd_map_area(nested->fd, nested->ioas, &guest->tables,
                                  TABLES_IPA, TABLES_BYTES, page, true);
    }
    if (!result) {
        result = iommufd_map_area(nested->fd, nested->ioas,
                                  &guest->read_only, READ_ONLY_IPA, page,
                                  page, false);
    }
    return result ? result : nested_map_data(nested, page);
}

/*
 * The kernel must make the parent, or refuse it as its source says: an
 * instance without both stages is not for nesting (EOPNOTSUPP,
 * arm_smmu_domain_alloc_paging_flags), and IOMMUFD maps in pages of the
 * kernel's (EINVAL, iopt_table_add_domain). True if there is one.
 */
static bool make_parent(Nested *nested)
{
    bool both = (nested->smmu.idr[0] & (IDR0_S1P | IDR0_S2P)) ==
                (IDR0_S1P | IDR0_S2P);
    bool fits = smallest_page_of(&nested->smmu) <=
                (size_t)sysconf(_SC_PAGESIZE);
    int result = iommufd_hwpt(nested->fd, nested->dev_id, nested->ioas,
                              UAPI_HWPT_NEST_PARENT, &nested->parent);

    if (!both) {
        claim(nested->bdf, "without both stages NEST_PARENT is refused with "
              "EOPNOTSUPP", result == -EOPNOTSUPP, "%s", reason(result));
        return false;
    }
    if (!fits) {
        claim(nested->bdf, "with pages larger than the kernel's NEST_PARENT "
              "is refused with EINVAL", result == -EINVAL, "%s",
              reason(result));
        return false;
    }
    return claim(nested->bdf, "NEST_PARENT gives a parent of stage 2",
                 !result, "%s", reason(result));
}

/*
 * A guest must not make what the host takes for coherent otherwise: without
 * S2FWB, or CANWBS in the IORT, the driver offers no guest's SMMU
 * (arm_smmu_get_viommu_size).
 */
static bool make_viommu(Nested *nested)
{
    bool coherent = nested->smmu.idr[3] & IDR3_FWB ||
                    iort_canwbs(strtoul(nested->bdf, NULL, 16));
    int result = iommufd_viommu(nested->fd, nested->dev_id, nested->parent,
                                &nested->viommu);

    if (!coherent) {
        claim(nested->bdf, "without S2FWB or CANWBS a vIOMMU is refused with "
              "EOPNOTSUPP", result == -EOPNOTSUPP, "%s", reason(result));
        return false;
    }
    return claim(nested->bdf, "a vIOMMU is made", !result, "%s",
                 reason(result));
}

/* ---- Stage 1 ---- */

/* A vSTE with this Config, this CD table and its size, as a translation */
int nested_allocate(Nested *nested, unsigned config, uint64_t context,
                    uint32_t *hwpt)
{
    const uint64_t ste[2] = {
        STE0_V | STE0_CONFIG(config) | context,
        config & 1 ? STE1_S1_WRITE_BACK_INNER_SHAREABLE | STE1_S1DSS_SSID0
                   : 0,
    };

    return iommufd_nested(nested->fd, nested->dev_id, nested->viommu, ste,
                          hwpt);
}

/* Tables that are new, as a guest's driver installs them */
bool nested_install(Nested *nested, const Stage1 *stage1)
{
    const Command commands[] = {
        command_cfgi_cd_all(GUEST_SID), command_nsnh_all(),
    };
    uint32_t count = 2;

    stage1_cd(stage1, TABLES_IPA);
    return !commands_issue(nested, commands, &count) && count == 2;
}

/* A page of the smallest granule, at NESTED_IOVA for the first data */
bool nested_stage1(Nested *nested, Stage1 *stage1)
{
    return stage1_new(stage1, &nested->guest, nested_granule(nested), 48) &&
           stage1_map(stage1, NESTED_IOVA, DATA_IPA, LEAF_PAGE, 0) &&
           nested_install(nested, stage1);
}

/* The guest's StreamID comes last: no translation without it. */
static bool make_device(Nested *nested)
{
    const char *bdf = nested->bdf;
    int result = nested_allocate(nested, 5, TABLES_IPA, &nested->translate);

    if (!claim(bdf, "a vSTE that translates is accepted", !result, "%s",
               reason(result))) {
        return false;
    }
    result = iommufd_attach(nested->device, nested->translate);
    claim(bdf, "without a vDEVICE it is not attached (ENOENT)",
          result == -ENOENT, "%s", reason(result));
    result = iommufd_vdevice(nested->fd, nested->dev_id, nested->viommu,
                             GUEST_SID, &nested->vdevice);
    if (!claim(bdf, "a vDEVICE gives the guest's StreamID", !result, "%s",
               reason(result))) {
        return false;
    }
    result = iommufd_veventq(nested->fd, nested->viommu, EVENTS_DEPTH,
                             &nested->veventq, &nested->events);
    return claim(bdf, "a vEVENTQ is made", !result, "%s", reason(result));
}

/* All of it, attached, with a page that works; claims say what does not. */
bool nested_set_up(Nested *nested)
{
    int result = map_guest(nested);
    Stage1 stage1;

    if (!claim(nested->bdf, "a guest's memory is mapped", !result, "%s",
               reason(result)) ||
        !make_parent(nested) || !make_viommu(nested) ||
        !make_device(nested) ||
        !claim(nested->bdf, "the guest's tables are made",
               nested_stage1(nested, &stage1), "%s", "")) {
        return false;
    }
    result = iommufd_attach(nested->device, nested->translate);
    return claim(nested->bdf, "the vSTE is attached", !result, "%s",
                 reason(result)) &&
           claim(nested->bdf, "the engine reads through both stages",
                 dma_verify(nested, NESTED_IOVA, DATA_IPA), "%s",
                 status_names[STATUS_OF(nested->ring.word[WORD_STATUS]) %
                              STATUS_COUNT]);
}
