/*
 * From a StreamID to an STE, from there to a CD (IHI 0070 3.3, 5.1 to 5.4,
 * 7.3.22), and the registers that this starts from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "model.h"

/* ---- Registers ---------------------------------------------------------- */

static uint64_t reg(Msmmu *m, uint64_t offset, unsigned size)
{
    uint64_t value;

    g_assert_true(msmmu_mmio_read(m, offset, size, &value));
    return value;
}

static void read_idr0(OracleId *id, uint64_t idr0)
{
    id->s2p = oracle_bits(idr0, 0, 0);
    id->s1p = oracle_bits(idr0, 1, 1);
    id->aa32 = oracle_bits(idr0, 2, 2);
    id->aa64 = oracle_bits(idr0, 3, 3);
    id->httu = oracle_bits(idr0, 7, 6);
    id->hyp = oracle_bits(idr0, 9, 9);
    id->asid16 = oracle_bits(idr0, 12, 12);
    id->vmid16 = oracle_bits(idr0, 18, 18);
    id->cd2l = oracle_bits(idr0, 19, 19);
    id->ttendian = oracle_bits(idr0, 22, 21);
    id->stall_model = oracle_bits(idr0, 25, 24);
    id->term_model = oracle_bits(idr0, 26, 26);
    id->st_level = oracle_bits(idr0, 28, 27) == 1;
    /* ATS: the model knows nothing of STE.EATS. */
    g_assert_cmpuint(oracle_bits(idr0, 10, 10), ==, 0);
}

static void read_idr3(OracleId *id, uint64_t idr3)
{
    id->had = oracle_bits(idr3, 2, 2);
    id->xnx = oracle_bits(idr3, 4, 4);
    id->fwb = oracle_bits(idr3, 8, 8);
    id->stt = oracle_bits(idr3, 9, 9);
    id->e0pd = oracle_bits(idr3, 13, 13);
    id->ptwnnc = oracle_bits(idr3, 14, 14);
    id->epan = oracle_bits(idr3, 17, 17);
    id->mteperm = oracle_bits(idr3, 22, 22);
    /* PBHA, MPAM, S1PI, S2PI, S2PO, THE, AIE: nor of these. */
    g_assert_cmphex(idr3 & 0xbc0088, ==, 0);
}

void oracle_read_registers(Oracle *o, Msmmu *m)
{
    OracleId *id = &o->id;
    uint64_t idr1 = reg(m, 0x4, 4), idr5 = reg(m, 0x14, 4);

    read_idr0(id, reg(m, 0x0, 4));
    id->sidsize = oracle_bits(idr1, 5, 0);
    id->ssidsize = oracle_bits(idr1, 10, 6);
    id->perms_ovr = oracle_bits(idr1, 26, 26);
    id->types_ovr = oracle_bits(idr1, 27, 27);
    read_idr3(id, reg(m, 0xc, 4));
    id->gran4k = oracle_bits(idr5, 4, 4);
    id->gran16k = oracle_bits(idr5, 5, 5);
    id->gran64k = oracle_bits(idr5, 6, 6);
    id->ds = oracle_bits(idr5, 7, 7);
    id->vax = oracle_bits(idr5, 11, 10);
    g_assert_cmpuint(oracle_bits(idr5, 8, 8), ==, 0);       /* D128 */
    id->minor = oracle_bits(reg(m, 0x1c, 4), 3, 0);
    id->oas = oracle_address_size(id, oracle_bits(idr5, 2, 0));

    o->cr0 = reg(m, 0x20, 4);
    o->cr2 = reg(m, 0x2c, 4);
    o->gbpa = reg(m, 0x44, 4);
    o->strtab_base = reg(m, 0x80, 8);
    o->strtab_cfg = reg(m, 0x88, 4);
}

/* ---- STE ---------------------------------------------------------------- */

/*
 * @words of a structure of the Stream table at @pa. 3.4.3: the choice of this
 * model for an address beyond the output size is F_STE_FETCH.
 */
static bool fetch_ste(OracleRun *run, uint64_t pa, OracleKind kind,
                      uint64_t *words, unsigned count)
{
    OracleRole role = { .kind = kind, .id = run->rq.sid };

    if (!oracle_exceeds(pa, run->o->id.oas) &&
        oracle_memory_read(run->o->memory, pa, &role, words, count)) {
        oracle_trace(run->o, kind == ORACLE_STE ? "STE" : "L1STD", pa, words,
                     count);
        return true;
    }
    run->fault.fetch = pa;
    return oracle_end_with_config_event(run, F_STE_FETCH);
}

/* 7.3.3: recorded only if CR2.RECINVSID says so. */
static bool bad_streamid(OracleRun *run)
{
    if (oracle_bits(run->o->cr2, 1, 1)) {
        return oracle_end_with_config_event(run, C_BAD_STREAMID);
    }
    run->o->coverage->ways[WAY_BAD_SID_SILENT]++;
    return oracle_end_silently(run);
}

/* 6.3.25 */
static unsigned split_of(const Oracle *o)
{
    unsigned split = oracle_bits(o->strtab_cfg, 10, 6);

    return split == 8 || split == 10 ? split : 6;
}

static bool find_level2(OracleRun *run, uint64_t base, unsigned log2size,
                        uint64_t *address)
{
    const Oracle *o = run->o;
    unsigned split = split_of(o);
    unsigned literal = oracle_bits(o->strtab_cfg, 5, 0);
    int table_bits = (int)literal - (int)split + 3;
    uint64_t sid = run->rq.sid, index = sid >> split, l1std;
    unsigned span;

    base = oracle_align(base, table_bits > 6 ? table_bits : 6);
    if (split >= log2size) {
        index = 0;
    }
    if (!fetch_ste(run, base + 8 * index, ORACLE_L1STD, &l1std, 1)) {
        return false;
    }
    span = oracle_bits(l1std, 4, 0);
    sid = oracle_truncate(sid, split);
    if (span == 0 || span > 11 || span > split + 1 ||
        sid >= UINT64_C(1) << (span - 1)) {
        return bad_streamid(run);
    }
    base = oracle_align(oracle_bits(l1std, 55, 0), 6 + span - 1);
    *address = base + 64 * sid;
    return true;
}

bool oracle_find_ste(OracleRun *run)
{
    const Oracle *o = run->o;
    unsigned literal = oracle_bits(o->strtab_cfg, 5, 0);
    unsigned log2size = MIN(literal, o->id.sidsize);
    bool two_level = o->id.st_level && oracle_bits(o->strtab_cfg, 17, 16) == 1;
    uint64_t base = oracle_align(oracle_bits(o->strtab_base, 55, 0), 6);
    uint64_t address = 0;
    OracleSteClause clause;

    if ((uint64_t)run->rq.sid >= UINT64_C(1) << log2size) {
        return bad_streamid(run);
    }
    if (two_level) {
        if (!find_level2(run, base, log2size, &address)) {
            return false;
        }
    } else {
        address = oracle_align(base, literal + 6) + 64ull * run->rq.sid;
    }
    if (!fetch_ste(run, address, ORACLE_STE, run->ste, 8)) {
        return false;
    }
    o->coverage->ways[two_level ? WAY_STE_TWO_LEVEL : WAY_STE_LINEAR]++;
    clause = oracle_ste_illegal(&o->id, run->ste);
    o->coverage->ste[clause]++;
    if (clause) {
        return oracle_end_with_config_event(run, C_BAD_STE);
    }
    if (!oracle_bit(run->ste, 3)) {
        o->coverage->ways[WAY_CONFIG_ABORT]++;
        return oracle_end_silently(run);
    }
    return true;
}

/* ---- CD ----------------------------------------------------------------- */

/* An L1CD or a CD; its address is an IPA if stage 2 translates. */
static bool fetch_cd(OracleRun *run, uint64_t address, OracleKind kind,
                     uint32_t ssid, uint64_t *words, unsigned count)
{
    OracleRole role = { .kind = kind, .id = ssid, .ste = run->ste };
    OracleAccess read = { .privileged = true };
    OracleLeaf leaf;
    uint64_t pa = address;

    if (run->s2 &&
        !oracle_stage2(run, address, CLASS_CD, read, &pa, &leaf)) {
        oracle_end_with_fault(run);
        return false;
    }
    if (oracle_memory_read(run->o->memory, pa, &role, words, count)) {
        oracle_trace(run->o, kind == ORACLE_CD ? "CD" : "L1CD", pa, words,
                     count);
        return true;
    }
    run->fault.fetch = pa;
    return oracle_end_with_config_event(run, F_CD_FETCH);
}

static bool fetch_through_l1cd(OracleRun *run, uint64_t base, uint32_t ssid,
                               unsigned leaf_bits)
{
    const OracleId *id = &run->o->id;
    uint64_t l1cd, l2ptr;

    if (!fetch_cd(run, base + 8 * (ssid >> leaf_bits), ORACLE_L1CD, ssid,
                  &l1cd, 1)) {
        return false;
    }
    l2ptr = oracle_align(oracle_bits(l1cd, 55, 0), 12);
    /*
     * 3.4.3: the choice of this model, in SMMUv3.0 and with stage 2, too. Bits
     * [15:12] are RES0 for leaves of 64KB, and ignored.
     */
    if (leaf_bits == 10) {
        l2ptr = oracle_align(l2ptr, 16);
    }
    if (!oracle_bits(l1cd, 0, 0) ||
        oracle_exceeds(l2ptr, run->s2 ? oracle_ias(id) : id->oas)) {
        run->rq.ssid = ssid;
        return oracle_end_with_config_event(run, C_BAD_SUBSTREAMID);
    }
    return fetch_cd(run, l2ptr + 64 * oracle_truncate(ssid, leaf_bits),
                    ORACLE_CD, ssid, run->cd, 8);
}

/* 5.2 S1Fmt: the bits of S1ContextPtr that are RES0 are ignored. */
static uint64_t cd_table(const OracleRun *run, unsigned s1cdmax)
{
    unsigned align = 6;

    switch (oracle_field(run->ste, 5, 4)) {
    case 1:
        align = s1cdmax > 9 ? s1cdmax - 3 : 6;
        break;
    case 2:
        align = s1cdmax > 13 ? s1cdmax - 7 : 6;
        break;
    default:
        align = s1cdmax + 6;
    }
    return oracle_align(oracle_bits(run->ste[0], 55, 0), align);
}

/* By S1Fmt, once S1CDMax is not 0. */
static bool fetch_of_table(OracleRun *run, unsigned s1cdmax, uint32_t ssid)
{
    uint64_t base = cd_table(run, s1cdmax);
    uint64_t *ways = run->o->coverage->ways;

    switch (oracle_field(run->ste, 5, 4)) {
    case 1:
        ways[WAY_CD_4K_LEAF]++;
        return fetch_through_l1cd(run, base, ssid, 6);
    case 2:
        ways[WAY_CD_64K_LEAF]++;
        return fetch_through_l1cd(run, base, ssid, 10);
    default:
        ways[WAY_CD_LINEAR]++;
        return fetch_cd(run, base + 64ull * ssid, ORACLE_CD, ssid, run->cd, 8);
    }
}

/* Which CD, if any: false if the transaction is over. */
static bool choose_substream(OracleRun *run, unsigned s1cdmax, uint32_t *ssid)
{
    const MsmmuRequest *rq = &run->rq;
    uint64_t *ways = run->o->coverage->ways;
    unsigned s1dss = oracle_field(run->ste, 65, 64);

    if (rq->ssid_valid) {
        if (!run->s1 || s1cdmax == 0 || rq->ssid >= 1u << s1cdmax) {
            return oracle_end_with_config_event(run, C_BAD_SUBSTREAMID);
        }
        if (rq->ssid == 0 && s1dss == 2) {
            return oracle_end_with_config_event(run, F_STREAM_DISABLED);
        }
        ways[WAY_SUBSTREAM]++;
        *ssid = rq->ssid;
        return true;
    }
    *ssid = 0;
    if (!run->s1 || s1cdmax == 0) {
        return true;
    }
    switch (s1dss) {
    case 1:
        run->s1 = false;
        ways[WAY_S1DSS_BYPASS]++;
        return true;
    case 2:
        ways[WAY_S1DSS_SUBSTREAM_0]++;
        return true;
    default:
        return oracle_end_with_config_event(run, F_STREAM_DISABLED);
    }
}

bool oracle_find_cd(OracleRun *run)
{
    const Oracle *o = run->o;
    unsigned s1cdmax = o->id.ssidsize ? oracle_field(run->ste, 63, 59) : 0;
    OracleCdClause clause;
    uint32_t ssid;
    bool found;

    if (!choose_substream(run, s1cdmax, &ssid)) {
        return false;
    }
    if (!run->s1) {
        return true;
    }
    if (s1cdmax) {
        found = fetch_of_table(run, s1cdmax, ssid);
    } else {
        found = fetch_cd(run, oracle_align(oracle_bits(run->ste[0], 55, 0), 6),
                         ORACLE_CD, 0, run->cd, 8);
    }
    if (!found) {
        return false;
    }
    clause = oracle_cd_illegal(&o->id, run->ste, run->cd, run->world);
    o->coverage->cd[clause]++;
    if (clause) {
        return oracle_end_with_config_event(run, C_BAD_CD);
    }
    return true;
}
