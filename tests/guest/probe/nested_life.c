/*
 * Attaching, detaching and destroying: what the engine reaches meanwhile
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

#define CONFIG_ABORT 0
#define CONFIG_BYPASS 4

static const char *reason(int result)
{
    return result ? strerror(-result) : "";
}

static const char *last_status(const Nested *nested)
{
    return status_names[STATUS_OF(nested->ring.word[WORD_STATUS]) %
                        STATUS_COUNT];
}

/* Neither stage lets it through, and nobody hears of it. */
static void check_aborts(Nested *nested, const char *name)
{
    unsigned first = dma_run(nested, OP_READ, NESTED_IOVA, 8, 0);
    unsigned second = dma_run(nested, OP_READ, DATA_IPA, 8, 0);

    claim(nested->bdf, name, first == STATUS_ABORTED &&
          second == STATUS_ABORTED && events_none(nested), "%s, %s",
          status_names[first % STATUS_COUNT],
          status_names[second % STATUS_COUNT]);
}

static void check_works(Nested *nested, const char *name)
{
    claim(nested->bdf, name, dma_verify(nested, NESTED_IOVA, DATA_IPA), "%s",
          last_status(nested));
}

/* ---- vSTEs that do not translate ---- */

/* One that is allocated for the while that @check takes */
static void with_vste(Nested *nested, const char *name, uint64_t ste0,
                      void (*check)(Nested *, const char *))
{
    const uint64_t ste[2] = { ste0, 0 };
    uint32_t hwpt;
    int result = iommufd_nested(nested->fd, nested->dev_id, nested->viommu,
                                ste, &hwpt);

    if (!result) {
        result = iommufd_attach(nested->device, hwpt);
    }
    if (result) {
        claim(nested->bdf, name, false, "%s", reason(result));
        return;
    }
    check(nested, name);
    iommufd_attach(nested->device, nested->translate);
    iommufd_destroy(nested->fd, hwpt);
}

/* An IOVA is an IPA: stage 2 alone */
static void check_bypass(Nested *nested, const char *name)
{
    bool good = true;

    for (unsigned i = 0; good && i < 8; i++) {
        uint64_t ipa = DATA_IPA + i * 9 * CHUNK_BYTES;

        good = dma_verify(nested, ipa, ipa);
    }
    claim(nested->bdf, name, good && events_none(nested), "%s",
          last_status(nested));
}

void nested_entries(Nested *nested)
{
    Stage1 stage1;
    int result;

    if (!nested_stage1(nested, &stage1)) {
        claim(nested->bdf, "tables for vSTEs", false, "no memory");
        return;
    }
    with_vste(nested, "a vSTE that bypasses: stage 2 alone translates",
              1 | CONFIG_BYPASS << 1, check_bypass);
    with_vste(nested, "a vSTE that aborts: nothing passes, and no event",
              1 | CONFIG_ABORT << 1, check_aborts);
    with_vste(nested, "a vSTE that is not valid: nothing passes", 0,
              check_aborts);
    check_works(nested, "the vSTE that translates works again");
    result = iommufd_attach(nested->device, nested->parent);
    if (claim(nested->bdf, "the parent itself is attached", !result, "%s",
              reason(result))) {
        check_bypass(nested, "behind the parent stage 2 alone translates");
        iommufd_attach(nested->device, nested->translate);
    }
    check_works(nested, "the vSTE that translates works after the parent");
}

/* ---- The end ---- */

static void check_detached(Nested *nested)
{
    int result = iommufd_detach(nested->device);

    claim(nested->bdf, "the device is detached", !result, "%s",
          reason(result));
    check_aborts(nested, "a detached device reaches nothing");
    result = iommufd_attach(nested->device, nested->translate);
    claim(nested->bdf, "the device is attached again", !result, "%s",
          reason(result));
    check_works(nested, "a device that is attached again works");
}

static void destroy(Nested *nested, const char *name, uint32_t id,
                    int expected)
{
    int result = iommufd_destroy(nested->fd, id);

    claim(nested->bdf, name, result == expected, "%s", reason(result));
}

/* What is in use stays; what is not goes, in the reverse order. */
void nested_life(Nested *nested)
{
    check_detached(nested);
    destroy(nested, "a vSTE that is attached cannot be destroyed (EBUSY)",
            nested->translate, -EBUSY);
    destroy(nested, "a vIOMMU that is in use cannot be destroyed (EBUSY)",
            nested->viommu, -EBUSY);
    destroy(nested, "a parent that is in use cannot be destroyed (EBUSY)",
            nested->parent, -EBUSY);
    iommufd_detach(nested->device);
    close(nested->events);
    nested->events = -1;
    destroy(nested, "the vSTE is destroyed", nested->translate, 0);
    destroy(nested, "the vEVENTQ is destroyed", nested->veventq, 0);
    destroy(nested, "the vDEVICE is destroyed", nested->vdevice, 0);
    destroy(nested, "the vIOMMU is destroyed", nested->viommu, 0);
    destroy(nested, "the parent is destroyed", nested->parent, 0);
    destroy(nested, "the address space is destroyed", nested->ioas, 0);
}
