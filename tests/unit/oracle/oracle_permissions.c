/*
 * Permissions: Direct permissions of VMSAv8-64 (DDI 0487 D8.4), VMSAv8-32
 * (G5.6), and what CD and STE add (IHI 0070 5.2, 5.4, 13.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model.h"

typedef struct Both {
    bool privileged;
    bool unprivileged;
} Both;

static bool has_unprivileged(const OracleRun *run)
{
    return run->world != WORLD_EL2;
}

/*
 * R_XZFQH: writable, had hardware set the dirty state. AP[2] must be the only
 * reason that a write is not permitted.
 */
static bool is_clean(const OracleTables *t, const OracleLeaf *leaf)
{
    return t->update_dirty && oracle_bits(leaf->descriptor, 51, 51) &&
           oracle_bits(leaf->descriptor, 7, 7);
}

/* Tables D8-62 to D8-64, G5-7, G5-8 */
static void stage1_data(const OracleRun *run, const OracleTables *t,
                        const OracleLeaf *leaf, Both *r, Both *w)
{
    bool ap2 = oracle_bits(leaf->descriptor, 7, 7);
    bool writable = (!ap2 || is_clean(t, leaf)) && !leaf->no_write;
    bool el0 = has_unprivileged(run) && oracle_bits(leaf->descriptor, 6, 6) &&
               !leaf->no_unprivileged;

    *r = (Both) { .privileged = true, .unprivileged = el0 };
    *w = (Both) { .privileged = writable, .unprivileged = el0 && writable };
}

/* 5.4 WXN, UWXN; DDI 0487 R_VWLLR, R_FYMXJ, R_SYMMB, G5.6.3 */
static Both stage1_execute(const OracleRun *run, const OracleTables *t,
                           const OracleLeaf *leaf, Both r, Both w)
{
    bool xn = oracle_bits(leaf->descriptor, 54, 54) || leaf->xn;
    bool pxn = oracle_bits(leaf->descriptor, 53, 53) || leaf->pxn;
    bool wxn = oracle_bit(run->cd, 36), uwxn = oracle_bit(run->cd, 37);
    Both x;

    if (!has_unprivileged(run)) {
        x.privileged = !xn;
        x.unprivileged = false;
    } else if (t->vmsa32) {
        x.privileged = !xn && !pxn && r.privileged &&
                       !(uwxn && w.unprivileged);
        x.unprivileged = !xn && r.unprivileged;
    } else {
        x.privileged = !pxn && !w.unprivileged;
        x.unprivileged = !xn;
    }
    if (wxn) {
        x.privileged = x.privileged && !w.privileged;
        x.unprivileged = x.unprivileged && !w.unprivileged;
    }
    return x;
}

/* 5.4 PAN, EPAN: whether data is out of a privileged transaction's reach */
static bool privileged_access_never(const OracleRun *run,
                                    const OracleTables *t,
                                    const OracleLeaf *leaf, Both r, Both w)
{
    bool uxn = oracle_bits(leaf->descriptor, 54, 54) || leaf->xn;
    bool epan = run->o->id.epan && oracle_bit(run->cd, 123) && !t->vmsa32;

    return oracle_bit(run->cd, 40) && has_unprivileged(run) &&
           (r.unprivileged || w.unprivileged || (epan && !uxn));
}

OraclePermissions oracle_stage1_permissions(const OracleRun *run,
                                            const OracleTables *t,
                                            const OracleLeaf *leaf,
                                            OracleAccess access)
{
    bool privileged = access.privileged || !has_unprivileged(run);
    OraclePermissions p = { .clean = is_clean(t, leaf) };
    Both r, w, x;

    stage1_data(run, t, leaf, &r, &w);
    x = stage1_execute(run, t, leaf, r, w);
    if (privileged_access_never(run, t, leaf, r, w)) {
        r.privileged = w.privileged = false;
    }
    p.read = privileged ? r.privileged : r.unprivileged;
    p.write = privileged ? w.privileged : w.unprivileged;
    p.execute = privileged ? x.privileged : x.unprivileged;
    return p;
}

/* Tables D8-76 to D8-78, G5-10, G5-11 */
OraclePermissions oracle_stage2_permissions(const OracleRun *run,
                                            const OracleTables *t,
                                            const OracleLeaf *leaf,
                                            OracleAccess access)
{
    bool xn1 = oracle_bits(leaf->descriptor, 54, 54);
    bool xn0 = oracle_bits(leaf->descriptor, 53, 53);
    bool s2ap1 = oracle_bits(leaf->descriptor, 7, 7);
    OraclePermissions p = {
        .read = oracle_bits(leaf->descriptor, 6, 6),
        .clean = !s2ap1 && t->update_dirty &&
                 oracle_bits(leaf->descriptor, 51, 51),
    };

    p.write = s2ap1 || p.clean;
    if (!run->o->id.xnx) {
        p.execute = !xn1;
    } else {
        /* 00 all, 01 unprivileged only, 10 none, 11 privileged only */
        p.execute = access.privileged ? xn1 == xn0 : !xn1;
    }
    if (t->vmsa32) {
        p.execute = p.execute && p.read;
    }
    return p;
}

/* 13.1.1, 16.7.6: an atomic access is a read of data and a write. */
bool oracle_permits(const OraclePermissions *p, OracleAccess access)
{
    if (access.atomic) {
        return p->read && p->write;
    }
    if (access.write) {
        return p->write;
    }
    return access.instruction ? p->execute : p->read;
}
