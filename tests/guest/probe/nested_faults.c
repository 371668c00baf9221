/*
 * Faults of both stages: what the engine sees, what the guest is told, and
 * what only the host is told
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

#define EVENT_MS 5000
#define OUTSIDE_IOVA (NESTED_IOVA + 0x20000000UL)
#define IPA_MASK 0x00fffffffffff000ULL

static void describe(char *text, unsigned status, const Event *event,
                     const Event *expected)
{
    char found[PROBLEM_BYTES], wanted[PROBLEM_BYTES];

    event_text(event, found);
    event_text(expected, wanted);
    snprintf(text, 2 * PROBLEM_BYTES, "%s, %s; expected %.50s",
             status_names[status % STATUS_COUNT], found, wanted);
}

/* What is mapped beside it works. */
static void check_afterwards(Nested *nested, const char *after)
{
    char name[PROBLEM_BYTES];

    snprintf(name, sizeof(name), "a page works after %s", after);
    claim(nested->bdf, name, dma_verify(nested, NESTED_IOVA, DATA_IPA), "%s",
          status_names[STATUS_OF(nested->ring.word[WORD_STATUS]) %
                       STATUS_COUNT]);
}

/* ---- Stage 1: the guest's ---- */

static const struct GuestFault {
    const char *name;
    Operation operation;
    unsigned type;
    /* What there is at the IOVA, if anything */
    bool mapped;
    unsigned flags;
    uint64_t ipa;
    uint64_t iova;
    /* Of the CD; 0: as always */
    unsigned output_bits;
    bool no_abort;
} guest_faults[] = {
    { .name = "a read of what stage 1 has not", .operation = OP_READ,
      .type = EVENT_F_TRANSLATION, .iova = OUTSIDE_IOVA + 0x123 },
    { .name = "a write to what stage 1 has not", .operation = OP_FILL,
      .type = EVENT_F_TRANSLATION, .iova = OUTSIDE_IOVA + 0x10040 },
    { .name = "a read beyond the addresses of stage 1", .operation = OP_READ,
      .type = EVENT_F_TRANSLATION, .iova = 1ULL << 48 },
    { .name = "a write to what stage 1 maps for reading",
      .operation = OP_FILL, .type = EVENT_F_PERMISSION, .mapped = true,
      .flags = MAP_READ_ONLY, .ipa = DATA_IPA, .iova = OUTSIDE_IOVA + 0x38 },
    { .name = "a read of what is for the privileged", .operation = OP_READ,
      .type = EVENT_F_PERMISSION, .mapped = true, .flags = MAP_PRIVILEGED,
      .ipa = DATA_IPA, .iova = OUTSIDE_IOVA + 0x800 },
    { .name = "a read with the Access flag 0", .operation = OP_READ,
      .type = EVENT_F_ACCESS, .mapped = true, .flags = MAP_NOT_ACCESSED,
      .ipa = DATA_IPA, .iova = OUTSIDE_IOVA + 0x10 },
    { .name = "an IPA with more bits than the CD permits",
      .operation = OP_READ, .type = EVENT_F_ADDR_SIZE, .mapped = true,
      .ipa = 1ULL << 37, .iova = OUTSIDE_IOVA + 0x18, .output_bits = 36 },
    { .name = "a read that ends with zeros, as the CD says",
      .operation = OP_READ, .type = EVENT_F_TRANSLATION,
      .iova = OUTSIDE_IOVA + 0x28, .no_abort = true },
};

static bool make_guest_fault(Nested *nested, const struct GuestFault *fault)
{
    Stage1 stage1;

    if (!nested_stage1(nested, &stage1) ||
        (fault->mapped && !stage1_map(&stage1, fault->iova & ~0xffffULL,
                                      fault->ipa, LEAF_PAGE, fault->flags))) {
        return false;
    }
    stage1.no_abort = fault->no_abort;
    if (fault->output_bits) {
        stage1.output_bits = fault->output_bits;
    }
    return nested_install(nested, &stage1);
}

static void check_guest_fault(Nested *nested, const struct GuestFault *fault)
{
    Event expected = event_make(fault->type, GUEST_SID,
                                fault->operation == OP_READ, false, CLASS_IN,
                                fault->iova), event;
    char name[PROBLEM_BYTES], text[2 * PROBLEM_BYTES];
    unsigned status;
    bool good;

    snprintf(name, sizeof(name), "%s: the guest's event says all of it",
             fault->name);
    if (!make_guest_fault(nested, fault)) {
        claim(nested->bdf, name, false, "the tables cannot be made");
        return;
    }
    status = dma_run(nested, fault->operation, fault->iova, 8, 1);
    good = event_guest(nested, &event, EVENT_MS);
    describe(text, status, &event, &expected);
    /* Bits that the record does not define for this event are 0, too. */
    claim(nested->bdf, name, good && !memcmp(&event, &expected,
                                             sizeof(event)) &&
          events_none(nested) && status == (fault->no_abort
                                            ? STATUS_TERMINATED
                                            : STATUS_ABORTED), "%s", text);
    check_afterwards(nested, fault->name);
}

/* What is no CD (IHI 0070 5.4.1); its event has no address. */
static void check_bad_cd(Nested *nested, const char *name, uint64_t first)
{
    Event expected = {
        .word = { EVENT_C_BAD_CD | (uint64_t)GUEST_SID << 32 },
    }, event;
    char text[2 * PROBLEM_BYTES];
    Stage1 stage1;
    unsigned status;
    bool good;

    if (!nested_stage1(nested, &stage1)) {
        claim(nested->bdf, name, false, "the tables cannot be made");
        return;
    }
    guest_write(&nested->guest, TABLES_IPA,
                guest_read(&nested->guest, TABLES_IPA) ^ first);
    good = !command_issue(nested, command_cfgi_cd(GUEST_SID, 0));
    status = dma_run(nested, OP_READ, NESTED_IOVA, 8, 0);
    good = event_guest(nested, &event, EVENT_MS) && good;
    describe(text, status, &event, &expected);
    claim(nested->bdf, name, good && status == STATUS_ABORTED &&
          !memcmp(&event, &expected, sizeof(event)), "%s", text);
}

static void check_bad_cds(Nested *nested)
{
    const Granule *ours = nested_granule(nested);

    check_bad_cd(nested, "a CD that is not valid: the guest gets C_BAD_CD",
                 1ULL << 31);
    for (int i = 0; i < GRANULES; i++) {
        char name[PROBLEM_BYTES];

        if (!granule_offered(&granules[i], &nested->smmu)) {
            snprintf(name, sizeof(name), "a CD with the granule %s, which the "
                     "instance has not: the guest gets C_BAD_CD",
                     granules[i].name);
            check_bad_cd(nested, name,
                         (uint64_t)(granules[i].tg0 ^ ours->tg0) << 6);
        }
    }
}

/* More than the queue holds, and nobody reads: the guest is told. */
static void check_flood(Nested *nested)
{
    const unsigned faults = EVENTS_DEPTH + 6;
    uint64_t page = 1UL << nested_granule(nested)->shift;
    unsigned whole = 0, good = 0, losses = 0;
    bool lost;
    Stage1 stage1;
    Event event;

    if (nested_stage1(nested, &stage1)) {
        for (unsigned i = 0; i < faults; i++) {
            dma_run(nested, OP_READ, OUTSIDE_IOVA + i * page, 8, 0);
        }
        sleep_ms(QUIET_MS);
    }
    while (event_read(nested, &event, &lost)) {
        losses += lost;
        if (!lost) {
            good += event.word[2] == OUTSIDE_IOVA + whole++ * page;
        }
    }
    claim(nested->bdf, "events that nobody reads: the queue's depth comes, "
          "and a word that some were lost", losses == 1 &&
          whole == EVENTS_DEPTH && good == whole,
          "%u events for %u faults, %u in order, %u losses told", whole,
          faults, good, losses);
}

/* ---- Stage 2: the host's ---- */

enum { HOLE_DATA, HOLE_TABLE, HOLE_CD, READ_ONLY_DATA };

static const struct HostFault {
    const char *name;
    int where;
    Operation operation;
    unsigned type;
    unsigned class;
    /* Of what stage 2 was asked for */
    uint64_t ipa;
} host_faults[] = {
    { "a read of an IPA that stage 2 does not map", HOLE_DATA, OP_READ,
      EVENT_F_TRANSLATION, CLASS_IN, HOLE_IPA },
    { "a table of stage 1 that stage 2 does not map", HOLE_TABLE, OP_READ,
      EVENT_F_TRANSLATION, CLASS_TT, HOLE_IPA },
    { "a CD that stage 2 does not map", HOLE_CD, OP_READ,
      EVENT_F_TRANSLATION, CLASS_CD, HOLE_IPA },
    { "a write to an IPA that stage 2 maps for reading", READ_ONLY_DATA,
      OP_FILL, EVENT_F_PERMISSION, CLASS_IN, READ_ONLY_IPA },
};

static bool make_host_fault(Nested *nested, const struct HostFault *fault,
                            uint32_t *hwpt)
{
    Stage1 stage1;
    bool good = nested_stage1(nested, &stage1);

    switch (fault->where) {
    case HOLE_TABLE:
        return good && stage1_hang(&stage1, OUTSIDE_IOVA, HOLE_IPA);
    case HOLE_CD:
        return good && !nested_allocate(nested, 5, HOLE_IPA, hwpt) &&
               !iommufd_attach(nested->device, *hwpt);
    default:
        return good && stage1_map(&stage1, OUTSIDE_IOVA, fault->ipa,
                                  LEAF_PAGE, 0);
    }
}

static bool as_expected(const Event *event, const Event *expected,
                        const struct HostFault *fault)
{
    /* An access to a table is a read, whatever the access it is for. */
    return event->word[0] == expected->word[0] &&
           event->word[1] == expected->word[1] &&
           event->word[2] == expected->word[2] &&
           (event->word[3] & IPA_MASK) == fault->ipa;
}

static void check_host_fault(Nested *nested, const struct HostFault *fault)
{
    uint32_t sid = engine_read(&nested->engine, ENGINE_REQUESTER), hwpt = 0;
    uint64_t iova = OUTSIDE_IOVA + 0x30;
    Event expected = event_make(fault->type, sid,
                                fault->operation == OP_READ, true,
                                fault->class, iova), event;
    char name[PROBLEM_BYTES], text[2 * PROBLEM_BYTES];
    unsigned status;
    bool good;

    snprintf(name, sizeof(name), "%s: the host's event says all of it, the "
             "guest has none", fault->name);
    if (!make_host_fault(nested, fault, &hwpt)) {
        claim(nested->bdf, name, false, "it cannot be made");
        return;
    }
    kernel_log_keep_pace();
    kernel_log_start();
    status = dma_run(nested, fault->operation, iova, 8, 1);
    good = event_host(&event, EVENT_MS);
    describe(text, status, &event, &expected);
    claim(nested->bdf, name, good && as_expected(&event, &expected, fault) &&
          status == STATUS_ABORTED && events_none(nested), "%s", text);
    if (hwpt) {
        iommufd_attach(nested->device, nested->translate);
        iommufd_destroy(nested->fd, hwpt);
    }
    check_afterwards(nested, fault->name);
}

void nested_faults(Nested *nested)
{
    for (size_t i = 0; i < sizeof(guest_faults) / sizeof(guest_faults[0]);
         i++) {
        check_guest_fault(nested, &guest_faults[i]);
    }
    check_bad_cds(nested);
    check_flood(nested);
    for (size_t i = 0; i < sizeof(host_faults) / sizeof(host_faults[0]);
         i++) {
        check_host_fault(nested, &host_faults[i]);
    }
}
