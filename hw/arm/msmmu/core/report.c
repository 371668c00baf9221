/*
 * Reports: values in their forms, transactions, faults, registers (report.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <stdarg.h>

#include "names.h"
#include "report.h"
#include "spec/evt.h"
#include "spec/regs.h"

void msmmu_report_format(MsmmuReporter *r, const char *name, const char *fmt,
                         ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    msmmu_report_string(r, name, text);
}

void msmmu_report_hex(MsmmuReporter *r, const char *name, uint64_t value)
{
    msmmu_report_format(r, name, "0x%" PRIx64, value);
}

void msmmu_report_request(MsmmuReporter *r, const MsmmuRequest *rq)
{
    msmmu_report_hex(r, "sid", rq->sid);
    if (rq->ssid_valid) {
        msmmu_report_hex(r, "ssid", rq->ssid);
    }
    msmmu_report_hex(r, "iova", rq->iova);
    msmmu_report_bool(r, "write", rq->write);
    msmmu_report_bool(r, "atomic", rq->atomic);
    msmmu_report_bool(r, "privileged", rq->privileged);
    msmmu_report_bool(r, "instruction", rq->instruction);
}

/* Which of a fault's fields have a meaning, as for its record (7.3). */
static bool has_stage(const MsmmuFault *fault)
{
    return fault->type == EVT_F_WALK_EABT ||
           msmmu_event_is_translation_related(fault);
}

static bool has_fetch_address(const MsmmuFault *fault)
{
    return fault->type == EVT_F_STE_FETCH || fault->type == EVT_F_CD_FETCH ||
           fault->type == EVT_F_WALK_EABT;
}

void msmmu_report_fault(MsmmuReporter *r, const MsmmuFault *fault)
{
    if (fault->type) {
        msmmu_report_string(r, "event", msmmu_event_name(fault->type));
        msmmu_report_number(r, "type", fault->type);
        msmmu_report_string(r, "section", msmmu_event_section(fault->type));
    }
    if (has_stage(fault)) {
        msmmu_report_number(r, "stage", fault->stage);
        msmmu_report_string(r, "class", msmmu_class_name(fault->class));
        if (fault->stage == 2) {
            msmmu_report_hex(r, "ipa", fault->ipa);
        }
    }
    if (has_fetch_address(fault)) {
        msmmu_report_hex(r, "fetch-address", fault->fetch_address);
    }
    if (fault->why) {
        msmmu_report_string(r, "why", fault->why);
    }
}

/* ---- Registers (6.2) ---- */

typedef struct Register {
    const char *name;
    uint32_t offset;
    uint8_t size;
} Register;

#define REGISTER(name, size) { #name, SMMU_##name, size }

static const Register registers[] = {
    REGISTER(IDR0, 4), REGISTER(IDR1, 4), REGISTER(IDR2, 4),
    REGISTER(IDR3, 4), REGISTER(IDR4, 4), REGISTER(IDR5, 4),
    REGISTER(IIDR, 4), REGISTER(AIDR, 4),
    REGISTER(CR0, 4), REGISTER(CR0ACK, 4), REGISTER(CR1, 4),
    REGISTER(CR2, 4), REGISTER(STATUSR, 4), REGISTER(GBPA, 4),
    REGISTER(IRQ_CTRL, 4), REGISTER(IRQ_CTRLACK, 4),
    REGISTER(GERROR, 4), REGISTER(GERRORN, 4),
    REGISTER(STRTAB_BASE, 8), REGISTER(STRTAB_BASE_CFG, 4),
    REGISTER(CMDQ_BASE, 8), REGISTER(CMDQ_PROD, 4), REGISTER(CMDQ_CONS, 4),
    REGISTER(EVENTQ_BASE, 8), REGISTER(EVENTQ_PROD, 4),
    REGISTER(EVENTQ_CONS, 4),
    REGISTER(EVENTQ_IRQ_CFG0, 8), REGISTER(EVENTQ_IRQ_CFG1, 4),
    REGISTER(EVENTQ_IRQ_CFG2, 4),
    REGISTER(GERROR_IRQ_CFG0, 8), REGISTER(GERROR_IRQ_CFG1, 4),
    REGISTER(GERROR_IRQ_CFG2, 4),
};

/* As software reads them; reading has no effect. */
void msmmu_report_registers(Msmmu *m, MsmmuReporter *r)
{
    msmmu_report_begin(r, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(registers); i++) {
        uint64_t value;

        if (msmmu_mmio_read(m, registers[i].offset, registers[i].size,
                            &value)) {
            msmmu_report_hex(r, registers[i].name, value);
        }
    }
    msmmu_report_end(r);
}
