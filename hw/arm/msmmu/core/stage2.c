/*
 * Stage 2: its walk, whose descriptors are in PA space, and what its leaf
 * permits (IHI 0070 3.4, 5.2 STE.S2*; Arm ARM D8.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "perm_sets.h"
#include "walk.h"
#include "spec/evt.h"
#include "spec/regs.h"
#include "spec/vmsa.h"

/* ---- Permissions ---- */

/* Kinds of leaves, as MsmmuStage2.perms has them: S2AP, and XN above it. */
enum {
    KIND_READ = 1 << 0,
    KIND_WRITE = 1 << 1,
    KIND_XN_0 = 1 << 2,
    KIND_XN_1 = 1 << 3,
};

/*
 * Who may execute (Arm ARM Tables D8-77, D8-78, G5-10). VMSAv8-64 has pages
 * that can be executed and not read, VMSAv8-32 LPAE has not (5.2 STE.S2AA64).
 */
static void execution(const Msmmu *m, const MsmmuStage2 *s2, PermSets *unpriv,
                      PermSets *priv)
{
    unpriv->exec = priv->exec = PERM_SET_WITHOUT(KIND_XN_1);
    /* Without XNX, bit [53] is RES0 and XN is bit [54] alone. */
    if (m->regs.idr[3] & IDR3_XNX) {
        priv->exec ^= PERM_SET_WITH(KIND_XN_0);
    }
    if (s2->tables.format == MSMMU_AARCH32) {
        unpriv->exec &= unpriv->read;
        priv->exec &= priv->read;
    }
}

/* Arm ARM Table D8-76. */
static void decode_permissions(const Msmmu *m, MsmmuStage2 *s2)
{
    PermSets unpriv = {
        .read = PERM_SET_WITH(KIND_READ),
        .write = PERM_SET_WITH(KIND_WRITE),
    };
    PermSets priv = unpriv;

    execution(m, s2, &unpriv, &priv);
    perm_sets_list(&unpriv, &priv, s2->perms);
}

void msmmu_stage2_prepare(const Msmmu *m, MsmmuStage2 *s2)
{
    s2->first = msmmu_first_table(m, &s2->tables, s2->granule, s2->start_level,
                                  s2->input_bits, s2->table_pa, false);
    decode_permissions(m, s2);
}

/*
 * Fetches of CDs and of stage 1 tables, and updates of these, may be barred
 * from Devices (5.2 STE.S2PTW). Otherwise they are made, as if to Normal memory
 * where IDR3.PTWNNC says so, which nobody can tell.
 */
static const char *refusal(const MsmmuStage2 *s2, const MsmmuAccess *access,
                           MsmmuFaultClass class,
                           const MsmmuStage2Result *out)
{
    if (class != MSMMU_CLASS_IN && s2->protected_walk &&
        msmmu_attributes_stage2_is_device(out->walk.m, s2,
                                          out->leaf.descriptor)) {
        return "a table of stage 1 or a CD on Device memory: STE.S2PTW";
    }
    return msmmu_access_permitted(access, out->perms) ?
           NULL : "stage 2 does not permit this access";
}

/* ---- Translation ---- */

static void record(const MsmmuAccess *access, uint64_t ipa,
                   const MsmmuStage2Result *s2)
{
    msmmu_step(s2->walk.recorder, &(MsmmuStep) {
        .kind = MSMMU_STEP_STAGE,
        .stage = 2,
        .class = s2->walk.class,
        .level = s2->leaf.level,
        .input = ipa,
        .output = s2->pa,
        .size_log2 = s2->leaf.size_log2,
        .perms = { s2->perms[0], s2->perms[1] },
        .needs = msmmu_access_needs(access),
        .privileged = access->privileged,
    });
}

MsmmuStatus msmmu_stage2_translate(Msmmu *m, const MsmmuStage2 *s2,
                                   uint64_t ipa, const MsmmuAccess *access,
                                   MsmmuFaultClass class,
                                   MsmmuStage2Result *out, MsmmuFault *fault)
{
    const char *why;
    MsmmuStatus status;

    out->walk = (MsmmuWalk) {
        .m = m,
        .stage = 2,
        .class = class,
        .recorder = msmmu_access_recorder(access),
        .granule = s2->granule,
        .input_bits = s2->input_bits,
        .probe = access->probe,
        .tables = &s2->tables,
        .first = &s2->first,
    };
    status = msmmu_walk(&out->walk, ipa, &out->leaf, fault);
    if (status == MSMMU_STATUS_OK) {
        msmmu_stage2_permissions(s2, out);
        out->pa = out->leaf.address |
                  (ipa & msmmu_low_mask(out->leaf.size_log2));
        if (out->walk.recorder) {
            record(access, ipa, out);
        }
        why = refusal(s2, access, class, out);
        if (why) {
            *fault = (MsmmuFault) {
                .type = EVT_F_PERMISSION,
                .stage = 2,
                .lacks_read = msmmu_access_lacks_read(access, out->perms),
                .why = why,
            };
            status = MSMMU_STATUS_FAULT;
        }
    }
    if (status != MSMMU_STATUS_OK) {
        fault->class = class;
        fault->ipa = ipa;
        fault->read_not_write = !access->write;
    }
    return status;
}
