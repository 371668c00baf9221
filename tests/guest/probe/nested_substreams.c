/*
 * SubstreamIDs behind a vSTE: the guest's CD table has a CD for each
 *
 * Linux enables PASIDs at the device when it finds it, if the SMMU has
 * SubstreamIDs, and VFIO leaves that as it is: the CDs are the guest's affair.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

#define SSID_BITS 3
#define SSID 3
#define SSID_WITHOUT_CD 5
#define SSID_BEYOND 9
#define SSID_ASID (GUEST_ASID + 7)
#define STE0_S1CDMAX(value) ((uint64_t)(value) << 59)
#define CD_BYTES 64
#define EVENT_MS 5000
#define EVENT0_SSV (1ULL << 11)
#define EVENT0_SSID(value) ((uint64_t)(value) << 12)

static const char *last_status(const Nested *nested)
{
    return status_names[STATUS_OF(nested->ring.word[WORD_STATUS]) %
                        STATUS_COUNT];
}

/* The same IOVA is a page of the data without one, and the next with one. */
static bool install(Nested *nested, Stage1 *with)
{
    uint64_t page = 1UL << nested_granule(nested)->shift;
    Stage1 without;

    for (unsigned at = 0; at < CD_BYTES << SSID_BITS; at += 8) {
        guest_write(&nested->guest, TABLES_IPA + at, 0);
    }
    if (!nested_stage1(nested, &without) ||
        !stage1_beside(with, &without, SSID_ASID) ||
        !stage1_map(with, NESTED_IOVA, DATA_IPA + page, LEAF_PAGE, 0)) {
        return false;
    }
    stage1_cd(with, TABLES_IPA + SSID * CD_BYTES);
    return !command_issue(nested, command_cfgi_cd_all(GUEST_SID));
}

static void check_event(Nested *nested, const char *name, uint32_t ssid,
                        uint64_t type)
{
    Event expected = {
        .word = { type | EVENT0_SSID(ssid) | (uint64_t)GUEST_SID << 32 },
    }, event;
    char found[PROBLEM_BYTES];
    unsigned status;

    nested->attr = ATTR_SSV | ssid;
    status = dma_run(nested, OP_READ, NESTED_IOVA, 8, 0);
    nested->attr = 0;
    claim(nested->bdf, name, event_guest(nested, &event, EVENT_MS) &&
          !memcmp(&event, &expected, sizeof(event)) &&
          status == STATUS_ABORTED,
          "%s, %s", status_names[status % STATUS_COUNT],
          (event_text(&event, found), found));
}

static void check_all(Nested *nested, const Stage1 *with)
{
    uint64_t page = 1UL << nested_granule(nested)->shift;
    Stage1 changed = *with;
    bool good;

    nested->attr = ATTR_SSV | SSID;
    claim(nested->bdf, "a SubstreamID has tables of its own",
          dma_verify(nested, NESTED_IOVA, DATA_IPA + page), "%s",
          last_status(nested));
    nested->attr = 0;
    claim(nested->bdf, "without a SubstreamID it is the CD of number 0",
          dma_verify(nested, NESTED_IOVA, DATA_IPA), "%s",
          last_status(nested));
    good = stage1_beside(&changed, with, SSID_ASID + 1) &&
           stage1_map(&changed, NESTED_IOVA, DATA_IPA + 2 * page, LEAF_PAGE,
                      0);
    stage1_cd(&changed, TABLES_IPA + SSID * CD_BYTES);
    nested->attr = ATTR_SSV | SSID;
    good = good && !command_issue(nested, command_cfgi_cd(GUEST_SID, 0)) &&
           dma_verify(nested, NESTED_IOVA, DATA_IPA + page);
    claim(nested->bdf, "CFGI_CD of another SubstreamID changes nothing",
          good, "%s", last_status(nested));
    good = !command_issue(nested, command_cfgi_cd(GUEST_SID, SSID)) &&
           dma_verify(nested, NESTED_IOVA, DATA_IPA + 2 * page);
    claim(nested->bdf, "CFGI_CD of the SubstreamID shows its new tables",
          good, "%s", last_status(nested));
    nested->attr = 0;
    check_event(nested, "a SubstreamID whose CD is not valid: the guest gets "
                "C_BAD_CD", SSID_WITHOUT_CD, EVENT_C_BAD_CD | EVENT0_SSV);
    /* 7.3.9: its SubstreamID is valid by itself */
    check_event(nested, "a SubstreamID beyond the CD table: the guest gets "
                "C_BAD_SUBSTREAMID", SSID_BEYOND, EVENT_C_BAD_SUBSTREAMID);
}

void nested_substreams(Nested *nested)
{
    static const char name[] = "a vSTE with a table of CDs is attached";
    uint32_t hwpt = 0;
    Stage1 with;

    if (nested->info.out_max_pasid_log2 <= SSID_BITS) {
        claim_skip(nested->bdf, name, "the kernel tells of %u bits of PASID "
                   "for this device", nested->info.out_max_pasid_log2);
        return;
    }
    if (claim(nested->bdf, name, install(nested, &with) &&
              !nested_allocate(nested, 5, TABLES_IPA |
                               STE0_S1CDMAX(SSID_BITS), &hwpt) &&
              !iommufd_attach(nested->device, hwpt), "%u bits of PASID",
              nested->info.out_max_pasid_log2)) {
        check_all(nested, &with);
    }
    iommufd_attach(nested->device, nested->translate);
    if (hwpt) {
        iommufd_destroy(nested->fd, hwpt);
    }
}
