/*
 * What a guest must not do: commands and vSTEs that the kernel refuses
 *
 * The kernel's header documents EIO for all of them. Nothing of them may reach
 * the SMMU, whose Command queue would stop for everybody.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

#define STE0_TRANSLATE (1ULL | 5ULL << 1)

static const struct Wrong {
    const char *name;
    uint64_t word[2];
} wrong_commands[] = {
    { "CFGI_STE", { 0x03 | (uint64_t)GUEST_SID << 32, 1 } },
    { "TLBI_S12_VMALL", { 0x28, 0 } },
    { "TLBI_S2_IPA", { 0x2a, 0x1000 } },
    { "TLBI_EL2_ALL", { 0x20, 0 } },
    { "CMD_SYNC", { 0x46, 0 } },
    { "an opcode that is none", { 0xff, 0 } },
    { "CFGI_CD with a StreamID that is not the guest's",
      { 0x05 | (uint64_t)(GUEST_SID + 1) << 32, 1 } },
}, wrong_stes[] = {
    { "Config of stage 2", { 1 | 6ULL << 1, 0 } },
    { "Config of both stages", { 1 | 7ULL << 1, 0 } },
    { "a reserved Config", { 1 | 1ULL << 1, 0 } },
    { "MEV", { STE0_TRANSLATE, 1ULL << 19 } },
    { "S2FWB", { STE0_TRANSLATE, 1ULL << 25 } },
    { "STRW", { STE0_TRANSLATE, 2ULL << 30 } },
    { "an EATS that is not full ATS", { STE0_TRANSLATE, 2ULL << 28 } },
    { "SHCFG", { STE0_TRANSLATE, 1ULL << 44 } },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check_command(Nested *nested, const struct Wrong *wrong)
{
    Command command = { { wrong->word[0], wrong->word[1] } };
    char name[PROBLEM_BYTES];
    uint32_t count = 1;
    int result = commands_issue(nested, &command, &count);

    snprintf(name, sizeof(name), "%s is refused with EIO", wrong->name);
    claim(nested->bdf, name, result == -EIO && !count, "%s, %u done",
          result ? strerror(-result) : "it was accepted", count);
}

/* Bits that a command has not, in one that is good without them */
static void check_reserved(Nested *nested)
{
    Command command = command_nh_va(NESTED_IOVA, GUEST_ASID);
    int result;

    command.word[1] |= 1ULL << 1;
    result = command_issue(nested, command);
    claim(nested->bdf, "TLBI_NH_VA with a reserved bit is refused with EIO",
          result == -EIO, "%s", result ? strerror(-result) :
          "it was accepted");
}

/*
 * The number that comes back is how many commands were handled: what is
 * counted must have been done.
 */
static void check_count(Nested *nested)
{
    uint64_t page = 1UL << nested_granule(nested)->shift;
    const Command commands[] = {
        command_nh_va(NESTED_IOVA, GUEST_ASID), command_other(0xff, 0),
        command_nh_all(),
    };
    uint32_t count = 3;
    Stage1 stage1;
    bool good = nested_stage1(nested, &stage1) &&
                dma_verify(nested, NESTED_IOVA, DATA_IPA) &&
                stage1_map(&stage1, NESTED_IOVA, DATA_IPA + page, LEAF_PAGE,
                           0);
    int result = commands_issue(nested, commands, &count);
    bool fresh = dma_verify(nested, NESTED_IOVA, DATA_IPA + page);

    claim(nested->bdf, "a wrong command ends the array that it is in",
          good && result == -EIO && count < 2, "%s, %u done",
          strerror(-result), count);
    claim(nested->bdf, "commands that are counted as handled were issued",
          good && fresh == (count == 1), "%u counted, the %s translation is "
          "seen", count, fresh ? "new" : "old");
    command_issue(nested, command_nh_all());
}

static void check_type(Nested *nested)
{
    const Command command = command_nh_all();
    uint32_t count = 1;
    int result = iommufd_invalidate(nested->fd, nested->viommu, 0x7f,
                                    &command.word, &count);

    claim(nested->bdf, "a type of commands that is none is refused with "
          "EINVAL", result == -EINVAL && !count, "%s, %u done",
          strerror(-result), count);
    count = 0;
    result = iommufd_invalidate(nested->fd, nested->viommu,
                                UAPI_INVALIDATE_ARM_SMMUV3, NULL, &count);
    claim(nested->bdf, "no command at all is accepted", !result && !count,
          "%s", strerror(-result));
    count = 1;
    result = iommufd_invalidate(nested->fd, nested->translate,
                                UAPI_INVALIDATE_ARM_SMMUV3,
                                &command.word, &count);
    claim(nested->bdf, "commands are the vIOMMU's, not a vSTE's (EOPNOTSUPP)",
          result == -EOPNOTSUPP && !count, "%s", strerror(-result));
}

static void check_ste(Nested *nested, const struct Wrong *wrong)
{
    char name[PROBLEM_BYTES];
    uint32_t hwpt;
    int result = iommufd_nested(nested->fd, nested->dev_id, nested->viommu,
                                wrong->word, &hwpt);

    snprintf(name, sizeof(name), "a vSTE with %s is refused with EIO",
             wrong->name);
    claim(nested->bdf, name, result == -EIO, "%s",
          result ? strerror(-result) : "it was accepted");
    if (!result) {
        iommufd_destroy(nested->fd, hwpt);
    }
}

void nested_wrong(Nested *nested)
{
    for (size_t i = 0; i < COUNT(wrong_commands); i++) {
        check_command(nested, &wrong_commands[i]);
    }
    check_reserved(nested);
    check_type(nested);
    check_count(nested);
    for (size_t i = 0; i < COUNT(wrong_stes); i++) {
        check_ste(nested, &wrong_stes[i]);
    }
    claim(nested->bdf, "after all that was refused, a page works",
          dma_verify(nested, NESTED_IOVA, DATA_IPA +
                     (1UL << nested_granule(nested)->shift)), "%s",
          status_names[STATUS_OF(nested->ring.word[WORD_STATUS]) %
                       STATUS_COUNT]);
}
