/*
 * One case in full: the instance, its registers, the structures that the
 * transaction meets, what was to come of it and what came.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "model.h"
#include "report.h"

static const char *const dispositions[] = { "forward", "RAZ/WI", "abort" };

static void report_instance(const Oracle *o, const MsmmuConfig *c)
{
    const OracleId *id = &o->id;

    g_test_message("  instance: v3.%u S1P %u S2P %u AA32 %u HTTU %u Hyp %u "
                   "CD2L %u TTENDIAN %u TERM %u OAS %u VAX %u DS %u "
                   "4K %u 16K %u 64K %u SSIDSIZE %u SIDSIZE %u",
                   id->minor, id->s1p, id->s2p, id->aa32, id->httu, id->hyp,
                   id->cd2l, id->ttendian, id->term_model, id->oas, id->vax,
                   id->ds, id->gran4k, id->gran16k, id->gran64k,
                   id->ssidsize, id->sidsize);
    g_test_message("  HAD %u XNX %u STT %u FWB %u E0PD %u EPAN %u MTEPERM %u "
                   "PTWNNC %u ASID16 %u VMID16 %u TYPES_OVR %u PERMS_OVR %u "
                   "TLB %u", id->had, id->xnx, id->stt, id->fwb, id->e0pd,
                   id->epan, id->mteperm, id->ptwnnc, id->asid16, id->vmid16,
                   id->types_ovr, id->perms_ovr, c->tlb_entries);
    g_test_message("  CR0 %x CR2 %x GBPA %x STRTAB_BASE %" PRIx64 " CFG %x",
                   o->cr0, o->cr2, o->gbpa, o->strtab_base, o->strtab_cfg);
}

static void report_words(const char *name, const uint64_t *w, unsigned count)
{
    GString *line = g_string_new(NULL);

    for (unsigned i = 0; i < count; i++) {
        g_string_append_printf(line, " %016" PRIx64, w[i]);
    }
    g_test_message("  %s:%s", name, line->str);
    g_string_free(line, true);
}

static void report_outcome(const OracleOutcome *want)
{
    if (want->disposition == MSMMU_FORWARD) {
        g_test_message("  want: forward to %" PRIx64 " size <= %u perms %u "
                       "type %02x sh %u", want->pa, want->size_log2,
                       want->perms, want->memory_type, want->shareability);
    } else {
        g_test_message("  want: %s", dispositions[want->disposition]);
    }
    if (want->recorded) {
        report_words("want record", want->record, 4);
    }
    for (unsigned i = 0; i < want->change_count; i++) {
        g_test_message("  want change at %" PRIx64 ": %" PRIx64,
                       want->changes[i].pa, want->changes[i].changed);
    }
    if (want->open) {
        g_test_message("  open: %s", want->open);
    }
}

static uint64_t reg(const Machine *mc, uint64_t offset)
{
    uint64_t value;

    g_assert_true(msmmu_mmio_read(mc->m, offset, 4, &value));
    return value;
}

static void report_got(const Machine *mc, const MsmmuResult *got)
{
    if (got->disposition == MSMMU_FORWARD) {
        g_test_message("  got:  forward to %" PRIx64 " size %u perms %u "
                       "type %02x sh %u from_device %u", got->pa,
                       got->size_log2, got->perms,
                       got->attributes.memory_type,
                       got->attributes.shareability,
                       got->attributes.from_device);
    } else {
        g_test_message("  got:  %s", dispositions[got->disposition]);
    }
    g_test_message("  got:  %u records, %u stray writes; CR0ACK %" PRIx64
                   " GERROR %" PRIx64 " EVENTQ_PROD %" PRIx64 " CONS %" PRIx64,
                   mc->records, mc->strays, reg(mc, 0x24), reg(mc, 0x60),
                   reg(mc, 0x100a8), reg(mc, 0x100ac));
    if (mc->records) {
        report_words("got record ", mc->record, 4);
    }
    for (unsigned i = 0; i < mc->update_count; i++) {
        g_test_message("  got change at %" PRIx64 ": %" PRIx64,
                       mc->updates[i].pa, mc->updates[i].changed);
    }
}

/* The structures, as they were before the core updated descriptors. */
static void report_fetches(const Oracle *o, const Machine *mc,
                           const MsmmuRequest *rq)
{
    OracleCoverage unused = { 0 };
    Oracle traced = *o;
    OracleOutcome out;

    traced.coverage = &unused;
    traced.trace = true;
    for (unsigned again = 0; again < 2; again++) {
        for (unsigned i = 0; i < mc->update_count; i++) {
            const MachineUpdate *u = &mc->updates[i];

            oracle_memory_poke(mc->memory, u->pa,
                               oracle_memory_peek(mc->memory, u->pa) ^
                               u->changed);
        }
        if (!again) {
            oracle_translate(&traced, rq, &out);
        }
    }
}

void report_case(const Oracle *o, const Machine *mc, const MsmmuRequest *rq,
                 const OracleOutcome *want, const MsmmuResult *got,
                 bool fresh)
{
    report_instance(o, &mc->config);
    g_test_message("  transaction: iova %" PRIx64 " sid %x ssid %x%s%s%s%s%s%s"
                   ", %s", rq->iova, rq->sid, rq->ssid,
                   rq->ssid_valid ? " valid" : "", rq->write ? " write" : "",
                   rq->atomic ? " atomic" : "",
                   rq->instruction ? " instruction" : "",
                   rq->privileged ? " privileged" : "",
                   rq->probe ? " probe" : "",
                   fresh ? "nothing cached" : "after others of the scene");
    report_fetches(o, mc, rq);
    report_outcome(want);
    report_got(mc, got);
}
