/*
 * The Command queue of a rig's first SMMU, command by command: what tests put
 * there themselves, and whether it was done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_COMMAND_QUEUE_H
#define TESTS_QTEST_MSMMU_COMMAND_QUEUE_H

#include "rig.h"

#define QCMDQ_IOVA 0x10000000ULL
#define QCMDQ_PAGE 0x1000ULL
#define QCMDQ_ASID 5

/* Fields of CONS */
#define QCMDQ_INDEX 0xfffff
#define QCMDQ_ERR_ILL (1u << 24)
#define QCMDQ_ERR_ABT (2u << 24)

#define QCMDQ_ILLEGAL 0xffULL
#define QCMDQ_NH_VA (QCMD_TLBI_NH_VA | (uint64_t)QCMDQ_ASID << 48)
/* Of no page in use */
#define QCMDQ_NO_PAGE 0x70000000

uint32_t qcmdq_cons(const QSmmu *s);
/* Until CMDQ_CONS is @index; a long queue takes a while. */
void qcmdq_wait(const QSmmu *s, uint32_t index);

/* A command at @index; PROD stays. */
void qcmdq_put(const QSmmu *s, uint32_t index, uint64_t word0,
               uint64_t word1);
/* The same command at all of @count places from 0 on */
void qcmdq_fill(const QSmmu *s, uint32_t count, uint64_t word0,
                uint64_t word1);

/* A rig whose first SMMU has a queue of 2^@log2 TLBIs of QCMDQ_NO_PAGE */
QRig *qcmdq_start(unsigned log2, const char *properties, QContext *context);

/*
 * A page is cached and then unmapped: the command at @index, a TLBI of this
 * page, is done as soon as the device faults there.
 */
void qcmdq_plant(QRig *rig, QContext *c, uint32_t index, unsigned page);
bool qcmdq_is_done(QRig *rig, unsigned page);

#endif /* TESTS_QTEST_MSMMU_COMMAND_QUEUE_H */
