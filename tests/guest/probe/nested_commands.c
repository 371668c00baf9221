/*
 * The guest's Command queue: commands (IHI 0070 4.3, 4.4) through IOMMUFD
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "nested.h"

#define OPCODE_CFGI_CD 0x05
#define OPCODE_CFGI_CD_ALL 0x06
#define OPCODE_TLBI_NH_ALL 0x10
#define OPCODE_TLBI_NH_ASID 0x11
#define OPCODE_TLBI_NH_VA 0x12
#define OPCODE_TLBI_NH_VAA 0x13
#define OPCODE_TLBI_NSNH_ALL 0x30

#define COMMAND0_NUM(value) ((uint64_t)(value) << 12)
#define COMMAND0_SSID(value) ((uint64_t)(value) << 12)
#define COMMAND0_ASID(value) ((uint64_t)(value) << 48)
#define COMMAND0_SID(value) ((uint64_t)(value) << 32)
#define COMMAND1_LEAF 1ULL
#define COMMAND1_TG(value) ((uint64_t)(value) << 10)
#define COMMAND1_ADDRESS(value) ((value) & ~0xfffULL)

Command command_nh_va(uint64_t iova, unsigned asid)
{
    return (Command) { { OPCODE_TLBI_NH_VA | COMMAND0_ASID(asid),
                         COMMAND1_ADDRESS(iova) | COMMAND1_LEAF } };
}

Command command_nh_vaa(uint64_t iova)
{
    return (Command) { { OPCODE_TLBI_NH_VAA, COMMAND1_ADDRESS(iova) } };
}

Command command_nh_asid(unsigned asid)
{
    return (Command) { { OPCODE_TLBI_NH_ASID | COMMAND0_ASID(asid), 0 } };
}

Command command_nh_all(void)
{
    return (Command) { { OPCODE_TLBI_NH_ALL, 0 } };
}

Command command_nsnh_all(void)
{
    return (Command) { { OPCODE_TLBI_NSNH_ALL, 0 } };
}

Command command_cfgi_cd(uint32_t sid, uint32_t ssid)
{
    return (Command) { { OPCODE_CFGI_CD | COMMAND0_SSID(ssid) |
                         COMMAND0_SID(sid), COMMAND1_LEAF } };
}

Command command_cfgi_cd_all(uint32_t sid)
{
    return (Command) { { OPCODE_CFGI_CD_ALL | COMMAND0_SID(sid), 0 } };
}

/* TG is 1, 2, 3 for 4K, 16K, 64K; so many pages with SCALE 0, at most 32 */
Command command_range(uint64_t iova, unsigned asid, const Granule *granule,
                      unsigned pages)
{
    return (Command) {
        { OPCODE_TLBI_NH_VA | COMMAND0_ASID(asid) | COMMAND0_NUM(pages - 1),
          COMMAND1_ADDRESS(iova) | COMMAND1_LEAF |
          COMMAND1_TG(granule - granules + 1) },
    };
}

Command command_other(uint64_t opcode, uint64_t word1)
{
    return (Command) { { opcode, word1 } };
}

/* As the kernel answers; @count becomes how many it says were done. */
int commands_issue(Nested *nested, const Command *command, uint32_t *count)
{
    return iommufd_invalidate(nested->fd, nested->viommu,
                              UAPI_INVALIDATE_ARM_SMMUV3,
                              (const uint64_t (*)[2])command, count);
}

int command_issue(Nested *nested, Command command)
{
    uint32_t count = 1;

    return commands_issue(nested, &command, &count);
}
