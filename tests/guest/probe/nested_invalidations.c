/*
 * The guest changes its tables: what the engine sees before and after the
 * guest's commands
 *
 * Before, the instance still has what it has cached: if that were not seen,
 * nothing here could fail. A command that does not concern the change leaves
 * it so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

#define OTHER_ASID (GUEST_ASID + 1)
#define OTHER_IOVA (NESTED_IOVA + 0x4000000UL)
#define PAGES 4
/* More than one batch of the driver's, which are of 64 */
#define MANY 150u

#define IDR3_RIL (1 << 10)

/* Which of two places the engine finds at an IOVA */
static const char *found_at(Nested *nested, uint64_t iova, uint64_t old_ipa,
                            uint64_t new_ipa)
{
    if (dma_verify(nested, iova, old_ipa)) {
        return "old";
    }
    return dma_verify(nested, iova, new_ipa) ? "new" : "neither";
}

static uint64_t page_bytes(const Nested *nested)
{
    return 1UL << nested_granule(nested)->shift;
}

/* So many leaves of a page, used by the engine: the instance has them. */
static bool begin(Nested *nested, Stage1 *stage1, unsigned pages)
{
    uint64_t page = page_bytes(nested);
    bool good = nested_stage1(nested, stage1);

    for (unsigned i = 0; i < pages; i++) {
        good = good && stage1_map(stage1, NESTED_IOVA + i * page,
                                  DATA_IPA + i * page, LEAF_PAGE, 0) &&
               dma_verify(nested, NESTED_IOVA + i * page,
                          DATA_IPA + i * page);
    }
    return good;
}

/* The same leaves, elsewhere in the data */
static bool move(Nested *nested, Stage1 *stage1, unsigned pages)
{
    uint64_t page = page_bytes(nested);
    bool good = true;

    for (unsigned i = 0; i < pages; i++) {
        good = good && stage1_map(stage1, NESTED_IOVA + i * page,
                                  DATA_IPA + (pages + i) * page, LEAF_PAGE,
                                  0);
    }
    return good;
}

/*
 * All pages move; @others, which do not concern them, change nothing, then
 * @command does. A change of a leaf is all that is made.
 */
static void check_leaf(Nested *nested, const char *what,
                       const Command *others, unsigned num_others,
                       Command command, unsigned pages)
{
    uint64_t page = page_bytes(nested);
    const char *stale = "", *other = "old", *fresh = "";
    char name[PROBLEM_BYTES];
    Stage1 stage1;
    bool good = begin(nested, &stage1, pages) &&
                move(nested, &stage1, pages);

    if (good) {
        stale = found_at(nested, NESTED_IOVA, DATA_IPA,
                         DATA_IPA + pages * page);
    }
    for (unsigned i = 0; good && i < num_others && !strcmp(other, "old");
         i++) {
        good = !command_issue(nested, others[i]);
        other = found_at(nested, NESTED_IOVA, DATA_IPA,
                         DATA_IPA + pages * page);
    }
    good = good && !command_issue(nested, command);
    for (unsigned i = 0; good && i < pages; i++) {
        fresh = found_at(nested, NESTED_IOVA + i * page, DATA_IPA + i * page,
                         DATA_IPA + (pages + i) * page);
        good = !strcmp(fresh, "new");
    }
    snprintf(name, sizeof(name), "a changed leaf is seen after %s", what);
    claim(nested->bdf, name, good, "before: %s, after: %s", stale, fresh);
    snprintf(name, sizeof(name), "a changed leaf is not seen before %s", what);
    claim(nested->bdf, name, !strcmp(stale, "old") && !strcmp(other, "old"),
          "without a command: %s, after another one: %s", stale,
          num_others ? other : "none was issued");
}

static void check_leaves(Nested *nested)
{
    const Granule *granule = nested_granule(nested);
    const Command others[] = {
        command_nh_va(OTHER_IOVA, GUEST_ASID),
        command_nh_va(NESTED_IOVA, OTHER_ASID),
        command_nh_asid(OTHER_ASID),
    };
    /* One too few */
    const Command shorter = command_range(NESTED_IOVA + page_bytes(nested),
                                          GUEST_ASID, granule, PAGES - 1);

    check_leaf(nested, "TLBI_NH_VA", others, 3,
               command_nh_va(NESTED_IOVA, GUEST_ASID), 1);
    check_leaf(nested, "TLBI_NH_VAA", others, 3, command_nh_vaa(NESTED_IOVA),
               1);
    check_leaf(nested, "TLBI_NH_ASID", others, 3,
               command_nh_asid(GUEST_ASID), PAGES);
    check_leaf(nested, "TLBI_NH_ALL", NULL, 0, command_nh_all(), PAGES);
    check_leaf(nested, "TLBI_NSNH_ALL", NULL, 0, command_nsnh_all(), PAGES);
    if (nested->smmu.idr[3] & IDR3_RIL) {
        check_leaf(nested, "TLBI_NH_VA of a range", &shorter, 1,
                   command_range(NESTED_IOVA, GUEST_ASID, granule, PAGES),
                   PAGES);
    } else {
        claim_skip(nested->bdf, "a changed leaf is seen after TLBI_NH_VA of "
                   "a range", "the instance has no range invalidation");
    }
}

/*
 * The driver issues commands in batches: only the last of many concerns the
 * leaf, and must not be lost.
 */
static void check_many(Nested *nested)
{
    static Command commands[MANY];
    uint64_t page = page_bytes(nested);
    const char *fresh = "";
    uint32_t count = MANY;
    Stage1 stage1;
    bool good = begin(nested, &stage1, 1) && move(nested, &stage1, 1);

    for (unsigned i = 0; i < MANY; i++) {
        commands[i] = command_nh_va(NESTED_IOVA + (MANY - 1 - i) * page,
                                    GUEST_ASID);
    }
    good = good && !commands_issue(nested, commands, &count);
    fresh = found_at(nested, NESTED_IOVA, DATA_IPA, DATA_IPA + page);
    claim(nested->bdf, "an array of commands is issued to its end",
          good && count == MANY && !strcmp(fresh, "new"),
          "%u of %u done, after: %s", count, MANY, fresh);
}

/* ---- CDs ---- */

/*
 * The guest gives its CD other tables and another ASID, so that no cached
 * translation can be what is seen.
 */
static void check_cd(Nested *nested, const char *what, Command command)
{
    uint64_t page = page_bytes(nested);
    const char *stale = "", *other = "", *fresh = "";
    char name[PROBLEM_BYTES];
    Stage1 stage1, other_tables;
    bool good = begin(nested, &stage1, 1) &&
                stage1_beside(&other_tables, &stage1, OTHER_ASID) &&
                stage1_map(&other_tables, NESTED_IOVA, DATA_IPA + page,
                           LEAF_PAGE, 0);

    if (good) {
        stage1_cd(&other_tables, TABLES_IPA);
        stale = found_at(nested, NESTED_IOVA, DATA_IPA, DATA_IPA + page);
        good = !command_issue(nested, command_nh_all());
        other = found_at(nested, NESTED_IOVA, DATA_IPA, DATA_IPA + page);
        good = good && !command_issue(nested, command);
        fresh = found_at(nested, NESTED_IOVA, DATA_IPA, DATA_IPA + page);
    }
    snprintf(name, sizeof(name), "a changed CD is seen after %s", what);
    claim(nested->bdf, name, good && !strcmp(fresh, "new"),
          "before: %s, after: %s", stale, fresh);
    snprintf(name, sizeof(name), "a changed CD is not seen before %s", what);
    claim(nested->bdf, name, !strcmp(stale, "old") && !strcmp(other, "old"),
          "without a command: %s, after TLBI_NH_ALL: %s", stale, other);
}

/* ---- The host's tables ---- */

/* The host takes memory away: nothing that is the guest's is needed. */
static void check_host(Nested *nested)
{
    static const char name[] = "what the host unmaps from stage 2 faults";
    Stage1 stage1;
    unsigned status;
    size_t piece = nested->guest.data.piece;
    bool good = begin(nested, &stage1, 1) &&
                !iommufd_unmap(nested->fd, nested->ioas, DATA_IPA, piece);

    kernel_log_keep_pace();
    status = good ? dma_run(nested, OP_READ, NESTED_IOVA, 8, 0) : STATUS_NONE;
    claim(nested->bdf, name, good && status == STATUS_ABORTED, "%s",
          status_names[status % STATUS_COUNT]);
    good = !iommufd_map(nested->fd, nested->ioas, DATA_IPA,
                        area_at(&nested->guest.data, 0), piece, true);
    claim(nested->bdf, "what the host maps again in stage 2 works",
          good && dma_verify(nested, NESTED_IOVA, DATA_IPA), "%s",
          status_names[STATUS_OF(nested->ring.word[WORD_STATUS]) %
                       STATUS_COUNT]);
}

void nested_invalidations(Nested *nested)
{
    check_leaves(nested);
    check_many(nested);
    check_cd(nested, "CFGI_CD", command_cfgi_cd(GUEST_SID, 0));
    check_cd(nested, "CFGI_CD_ALL", command_cfgi_cd_all(GUEST_SID));
    check_host(nested);
}
