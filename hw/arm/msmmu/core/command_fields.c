/*
 * The fields of commands (IHI 0070 4.1.5): the names of commands, and which
 * bits of a command are Reserved on this instance.
 *
 * Reserved are the bits that no field takes, and the fields of features that
 * this instance lacks (spec/cmd.h). What the specification says is IGNORED is
 * not Reserved: SubstreamID without substreams (4.2), the MSI parameters of a
 * CMD_SYNC that sends none (4.7.3), the ASID of CMD_TLBI_EL2_VA without E2H.
 * Nor is what is out of range: StreamID and SubstreamID (4.1.7), and the upper
 * half of an ASID or VMID where those have 8 bits; 4.4 says what it does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "commands.h"
#include "spec/regs.h"

typedef struct Layout {
    const char *name;
    uint64_t bits[CMD_WHENS][CMD_WORDS];
} Layout;

/* The bits of a word that are a field under one condition. */
#define ONLY(is, when, mask) ((when) == (is) ? (mask) : 0)
#define IF_ALWAYS(when, mask) ONLY(CMD_ALWAYS, when, mask)
#define IF_NEVER(when, mask) ONLY(CMD_NEVER, when, mask)
#define IF_STAGE_2(when, mask) ONLY(CMD_WITH_STAGE_2, when, mask)
#define IF_RIL(when, mask) ONLY(CMD_WITH_RIL, when, mask)
#define IF_TG(when, mask) ONLY(CMD_WITH_TG, when, mask)
#define IF_TG_AND_DS(when, mask) ONLY(CMD_WITH_TG_AND_DS, when, mask)
#define IF_3_1(when, mask) ONLY(CMD_FROM_3_1, when, mask)
#define IF_3_4(when, mask) ONLY(CMD_FROM_3_4, when, mask)

#define BOTH(F, word0, word1) { CMD_WORD(word0, F), CMD_WORD(word1, F) }
#define LAYOUT(opcode, word0, word1, section) \
    [CMD_##opcode] = { \
        .name = "CMD_" #opcode, \
        .bits = { \
            [CMD_ALWAYS] = BOTH(IF_ALWAYS, word0, word1), \
            [CMD_NEVER] = BOTH(IF_NEVER, word0, word1), \
            [CMD_WITH_STAGE_2] = BOTH(IF_STAGE_2, word0, word1), \
            [CMD_WITH_RIL] = BOTH(IF_RIL, word0, word1), \
            [CMD_WITH_TG] = BOTH(IF_TG, word0, word1), \
            [CMD_WITH_TG_AND_DS] = BOTH(IF_TG_AND_DS, word0, word1), \
            [CMD_FROM_3_1] = BOTH(IF_3_1, word0, word1), \
            [CMD_FROM_3_4] = BOTH(IF_3_4, word0, word1), \
        }, \
    },
/* No instance has it. */
#define NAME(opcode) [CMD_##opcode] = { .name = "CMD_" #opcode }

static const Layout layouts[] = {
    CMD_EACH(LAYOUT)
    NAME(CFGI_VMS_PIDM),
    NAME(TLBI_EL3_ALL),
    NAME(TLBI_EL3_VA),
    NAME(ATC_INV),
    NAME(PRI_RESP),
    NAME(RESUME),
    NAME(STALL_TERM),
    NAME(TLBI_S_EL2_ALL),
    NAME(TLBI_S_EL2_ASID),
    NAME(TLBI_S_EL2_VA),
    NAME(TLBI_S_EL2_VAA),
    NAME(TLBI_S_S12_VMALL),
    NAME(TLBI_S_S2_IPA),
    NAME(TLBI_SNH_ALL),
    NAME(DPTI_ALL),
    NAME(DPTI_PA),
};

const char *msmmu_command_name(unsigned opcode)
{
    return opcode < G_N_ELEMENTS(layouts) ? layouts[opcode].name : NULL;
}

/* A bit 1 << CmdWhen for each condition that holds, for TG of 0 or not. */
static unsigned fields_here(const Msmmu *m, bool has_tg)
{
    bool stage2 = m->regs.idr[0] & IDR0_S2P;
    bool ril = m->regs.idr[3] & IDR3_RIL;
    bool tg = ril && has_tg;
    bool ds = tg && m->regs.idr[5] & IDR5_DS;
    unsigned minor = msmmu_get(m->regs.aidr, AIDR_ARCH_MINOR_REV);

    return 1u << CMD_ALWAYS |
           (unsigned)stage2 << CMD_WITH_STAGE_2 |       /* 4.4.2 */
           (unsigned)ril << CMD_WITH_RIL |      /* 4.4.1.1 */
           (unsigned)tg << CMD_WITH_TG |
           (unsigned)ds << CMD_WITH_TG_AND_DS |
           (unsigned)(minor >= 1) << CMD_FROM_3_1 |     /* 4.1.6, 4.2.2 */
           (unsigned)(minor >= 4) << CMD_FROM_3_4;      /* 4.1.6 */
}

static void find_reserved(const Layout *layout, unsigned here,
                          uint64_t reserved[CMD_WORDS])
{
    for (CmdWhen when = 0; when < CMD_WHENS; when++) {
        if (!(here >> when & 1)) {
            reserved[0] |= layout->bits[when][0];
            reserved[1] |= layout->bits[when][1];
        }
    }
}

void msmmu_command_fields_init(Msmmu *m)
{
    MsmmuCommandFields *fields = g_new0(MsmmuCommandFields, 1);

    g_free(m->command_fields);
    m->command_fields = fields;
    for (unsigned opcode = 0; opcode < COMMAND_OPCODES; opcode++) {
        for (unsigned tg = 0; tg < 2; tg++) {
            find_reserved(&layouts[opcode], fields_here(m, tg),
                          fields->reserved[opcode][tg]);
        }
    }
}
