/*
 * Invalidation: what is cached here, and who copied translations from here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "internal.h"
#include "spec/regs.h"

/* What others copied goes, and whoever wants to know is told. */
static void tell(Msmmu *m, const MsmmuInvalidation *inv)
{
    MsmmuRecorder *recorder = msmmu_recorder(m, NULL);

    if (recorder) {
        msmmu_step(recorder, &(MsmmuStep) {
            .kind = MSMMU_STEP_INVALIDATION, .invalidation = inv,
        });
    }
}

void msmmu_invalidate(Msmmu *m, const MsmmuInvalidation *inv)
{
    tell(m, inv);
    if (inv->scope == MSMMU_INV_STREAMS) {
        if (inv->first == 0 && inv->last >= UINT32_MAX) {
            msmmu_config_drop_all(m);
        } else {
            msmmu_config_drop_streams(m, inv->first, inv->last);
        }
    } else {
        msmmu_tlb_invalidate(m, inv);
    }
    m->ops->unmap(m->opaque, inv);
}

void msmmu_notify_all(Msmmu *m)
{
    const MsmmuInvalidation inv = {
        .scope = MSMMU_INV_ALL, .last = UINT64_MAX,
    };

    m->ops->unmap(m->opaque, &inv);
}

void msmmu_invalidate_everything(Msmmu *m)
{
    const MsmmuInvalidation inv = {
        .scope = MSMMU_INV_ALL, .last = UINT64_MAX,
    };

    msmmu_config_drop_all(m);
    msmmu_invalidate(m, &inv);
}

/* Whether @ctx, which translates, can use what @inv drops from the TLB. */
static bool context_is_affected(const MsmmuContext *ctx,
                                const MsmmuInvalidation *inv)
{
    if (ctx->world != inv->world) {
        return false;
    }
    switch (inv->scope) {
    case MSMMU_INV_WORLD:
        return true;
    case MSMMU_INV_VMID:
        return ctx->vmid == inv->vmid;
    case MSMMU_INV_VMID_S1:
    case MSMMU_INV_VA_ANY_ASID:
        return ctx->vmid == inv->vmid && ctx->stage1;
    case MSMMU_INV_ASID:
        return ctx->vmid == inv->vmid && ctx->stage1 &&
               ctx->asid == inv->asid;
    case MSMMU_INV_VA:
        /* Global entries of every ASID go too, and this may be one's user. */
        return ctx->vmid == inv->vmid && ctx->stage1;
    case MSMMU_INV_IPA:
        return ctx->vmid == inv->vmid && ctx->stage2;
    default:
        return true;
    }
}

/*
 * The input addresses of @ctx where @inv may drop something, if that is less
 * than all. A copy is of a whole entry, so it has an address in common with
 * what is named: but where entries are fragments of a stage 1 leaf, all of the
 * leaf counts, whose size TTL may tell (4.4.1.1).
 */
static bool limits_addresses(const MsmmuContext *ctx,
                             const MsmmuInvalidation *inv)
{
    const MsmmuTableBase *ttb = &ctx->ttb[inv->first >> 63];

    switch (inv->scope) {
    case MSMMU_INV_VA:
    case MSMMU_INV_VA_ANY_ASID:
        /* With Top Byte Ignore, a VA is at 256 addresses far apart. */
        if (!ttb->disabled && ttb->top_byte_ignored) {
            return false;
        }
        return !ctx->stage2 || inv->ttl;
    case MSMMU_INV_IPA:
        return !ctx->stage1;
    default:
        return false;
    }
}

/* The bits of an address within the leaf that @inv is about, if TTL says. */
static uint64_t leaf_offsets(const MsmmuInvalidation *inv)
{
    for (MsmmuGranule g = MSMMU_4K; inv->ttl && g <= MSMMU_64K; g++) {
        if (msmmu_granule_facts[g].shift == inv->granule_shift) {
            return msmmu_low_mask(msmmu_granule_level_shift(g, inv->ttl));
        }
    }
    return 0;
}

bool msmmu_stream_is_affected(Msmmu *m, uint32_t sid,
                              const MsmmuInvalidation *inv,
                              uint64_t *first, uint64_t *last)
{
    const MsmmuRequest rq = { .sid = sid, .probe = true };
    const MsmmuContext *ctx;

    *first = 0;
    *last = UINT64_MAX;
    if (inv->scope == MSMMU_INV_ALL) {
        return true;
    }
    if (inv->scope == MSMMU_INV_STREAMS) {
        return sid >= inv->first && sid <= inv->last;
    }
    /*
     * Without SMMUEN nothing is translated; what was copied before was dropped
     * when SMMUEN changed.
     */
    if (!(msmmu_load(&m->regs.cr0ack) & CR0_SMMUEN)) {
        return false;
    }
    /*
     * What was copied came from the configuration that was cached then. It may
     * have been given up since, and what is in memory be another.
     */
    ctx = msmmu_config_peek(m, &rq);
    if (!ctx) {
        return true;
    }
    if (ctx->outcome != MSMMU_STATUS_OK || !context_is_affected(ctx, inv)) {
        return false;
    }
    if (limits_addresses(ctx, inv)) {
        *first = inv->first & ~leaf_offsets(inv);
        *last = inv->last | leaf_offsets(inv);
    }
    return true;
}
