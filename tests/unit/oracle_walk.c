/*
 * A second, naive stage 1 walk. Tables are copied as the specification prints
 * them; nothing is derived that could be looked up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "oracle_walk.h"

static uint64_t bits(uint64_t word, unsigned hi, unsigned lo)
{
    uint64_t value = 0;

    for (unsigned i = lo; i <= hi; i++) {
        value |= (word >> i & 1) << (i - lo);
    }
    return value;
}

/*
 * Tables D8-18, D8-28 and D8-37, and D8-25, D8-34 and D8-42: at the initial
 * level x is what it says there, minus TxSZ; at others it is the page's size.
 * [index_hi:index_lo] are the IA bits that a full table of the level resolves;
 * direct is the number of bits that a leaf maps directly, 0 for no leaf.
 */
static const struct Level {
    unsigned kb;
    unsigned level;
    unsigned txsz_min;
    unsigned txsz_max;
    unsigned x_minus_txsz;
    unsigned x_full;
    unsigned index_hi;
    unsigned index_lo;
    unsigned direct;
} levels[] = {
    { 4, 0, 16, 24, 28, 12, 47, 39, 0 },
    { 4, 1, 25, 33, 37, 12, 38, 30, 30 },
    { 4, 2, 34, 42, 46, 12, 29, 21, 21 },
    { 4, 3, 43, 48, 55, 12, 20, 12, 12 },
    { 16, 0, 16, 16, 20, 14, 47, 47, 0 },
    { 16, 1, 17, 27, 31, 14, 46, 36, 0 },
    { 16, 2, 28, 38, 42, 14, 35, 25, 25 },
    { 16, 3, 39, 48, 53, 14, 24, 14, 14 },
    { 64, 1, 16, 21, 25, 16, 47, 42, 0 },
    { 64, 2, 22, 34, 38, 16, 41, 29, 29 },
    { 64, 3, 35, 47, 51, 16, 28, 16, 16 },
};

static const struct Level *initial_level(unsigned kb, unsigned txsz)
{
    const struct Level *l = levels;

    while (l->kb != kb || txsz < l->txsz_min || txsz > l->txsz_max) {
        l++;
    }
    return l;
}

/* Table D8-65: two Exception levels. Columns UXN, PXN, AP[2:1], WXN. */
static const struct {
    const char *uxn_pxn_ap_wxn;
    const char *priv;
    const char *unpriv;
} table_d8_65[] = {
    { "0 0 00 0", "rwx", "x" },
    { "0 0 00 1", "rw", "x" },
    { "0 0 01 0", "rw", "rwx" },
    { "0 0 01 1", "rw", "rw" },
    { "0 0 10 x", "rx", "x" },
    { "0 0 11 x", "rx", "rx" },
    { "0 1 00 x", "rw", "x" },
    { "0 1 01 0", "rw", "rwx" },
    { "0 1 01 1", "rw", "rw" },
    { "0 1 10 x", "r", "x" },
    { "0 1 11 x", "r", "rx" },
    { "1 0 00 0", "rwx", "" },
    { "1 0 00 1", "rw", "" },
    { "1 0 01 x", "rw", "rw" },
    { "1 0 10 x", "rx", "" },
    { "1 0 11 x", "rx", "r" },
    { "1 1 00 x", "rw", "" },
    { "1 1 01 x", "rw", "rw" },
    { "1 1 10 x", "r", "" },
    { "1 1 11 x", "r", "r" },
};

/* Table D8-66: one Exception level. Columns XN, AP[2], WXN. */
static const struct {
    const char *xn_ap2_wxn;
    const char *priv;
} table_d8_66[] = {
    { "0 0 0", "rwx" },
    { "0 0 1", "rw" },
    { "0 1 x", "rx" },
    { "1 0 x", "rw" },
    { "1 1 x", "r" },
};

static unsigned rwx(const char *s)
{
    return (strchr(s, 'r') ? ORACLE_R : 0) | (strchr(s, 'w') ? ORACLE_W : 0) |
           (strchr(s, 'x') ? ORACLE_X : 0);
}

static bool matches(const char *pattern, const char *actual)
{
    while (*pattern && (*pattern == *actual || *pattern == 'x')) {
        pattern++;
        actual++;
    }
    return !*pattern;
}

static char digit(bool b)
{
    return b ? '1' : '0';
}

static void two_levels(const OracleCd *cd, bool uxn, bool pxn, bool ap2,
                       bool ap1, OracleResult *r)
{
    char row[] = { digit(uxn), ' ', digit(pxn), ' ', digit(ap2), digit(ap1),
                   ' ', digit(cd->wxn), 0 };
    unsigned i = 0;

    while (!matches(table_d8_65[i].uxn_pxn_ap_wxn, row)) {
        i++;
    }
    r->priv = rwx(table_d8_65[i].priv);
    r->unpriv = rwx(table_d8_65[i].unpriv);
    /* R_XTSQH: data accesses by EL0 are permitted */
    if (cd->pan && (r->unpriv & (ORACLE_R | ORACLE_W))) {
        r->priv &= ORACLE_X;
    }
    /* I_CVRWF: instruction execution at EL0 is permitted */
    if (cd->pan && cd->epan && (r->unpriv & ORACLE_X)) {
        r->priv &= ORACLE_X;
    }
}

static void one_level(const OracleCd *cd, bool xn, bool ap2, OracleResult *r)
{
    char row[] = { digit(xn), ' ', digit(ap2), ' ', digit(cd->wxn), 0 };
    unsigned i = 0;

    while (!matches(table_d8_66[i].xn_ap2_wxn, row)) {
        i++;
    }
    r->priv = rwx(table_d8_66[i].priv);
    /* IHI 0070 13.4.1: as if PRIV were 1 */
    r->unpriv = r->priv;
}

/* IHI 0070 5.4, MAIR0: the table of reserved encodings */
static unsigned mair_attr(uint64_t mair, unsigned index)
{
    unsigned attr = bits(mair, 8 * index + 7, 8 * index);
    static const unsigned device[4] = { 0x00, 0x04, 0x08, 0x0c };

    if (attr >> 4 == 0) {
        return device[attr >> 2];
    }
    if ((attr & 15) == 0) {
        return attr | 3;
    }
    return attr;
}

OracleResult oracle_walk(const OracleCd *cd, uint64_t va, OracleRead *read,
                         void *opaque)
{
    unsigned x = bits(va, 55, 55);
    unsigned top = cd->tbi[x] ? 55 : 63;
    unsigned ia_bits = 64 - cd->txsz[x];
    const struct Level *l;
    bool initial = true;
    bool uxn_table = false, pxn_table = false;
    bool ap_table0 = false, ap_table1 = false;
    uint64_t base = cd->ttb[x];
    uint64_t descriptor;
    OracleResult r = { .event = 0x10 };

    if (cd->epd[x] || (cd->el2 && x == 1)) {
        return r;
    }
    /* IHI 0070 3.4.1: the upper bits must all be the sign */
    for (unsigned i = ia_bits; i <= top; i++) {
        if (bits(va, i, i) != x) {
            return r;
        }
    }
    for (l = initial_level(cd->kb[x], cd->txsz[x]); ; l++) {
        unsigned table_bits = initial ? l->x_minus_txsz - cd->txsz[x] :
                                        l->x_full;
        uint64_t ia = bits(va, l->index_lo + table_bits - 4, l->index_lo);
        uint64_t pa = bits(base, 47, table_bits) << table_bits | ia << 3;
        unsigned page = l->x_full;
        uint8_t byte[8];
        uint64_t out;
        bool leaf;

        if (!read(opaque, pa, byte)) {
            r.event = 0x0b;
            r.fetch_pa = pa;
            return r;
        }
        descriptor = 0;
        for (unsigned i = 0; i < 8; i++) {
            descriptor |= (uint64_t)byte[cd->big_endian ? 7 - i : i] << 8 * i;
        }
        /* Table D8-48 */
        if (bits(descriptor, 0, 0) == 0) {
            return r;
        }
        leaf = l->level == 3 || bits(descriptor, 1, 1) == 0;
        if (l->level == 3 && bits(descriptor, 1, 1) == 0) {
            return r;
        }
        if (leaf && l->direct == 0) {
            return r;
        }
        out = leaf ? bits(descriptor, 47, l->direct) << l->direct :
                     bits(descriptor, 47, page) << page;
        if (cd->kb[x] == 64) {
            out |= bits(descriptor, 15, 12) << 48;
        }
        if (cd->output_bits < 52 && bits(out, 51, cd->output_bits) != 0) {
            r.event = 0x11;
            return r;
        }
        if (leaf) {
            r.level = l->level;
            r.size_log2 = l->direct;
            r.pa = out | bits(va, l->direct - 1, 0);
            break;
        }
        if (!cd->had[x]) {
            ap_table1 |= bits(descriptor, 62, 62);
            ap_table0 |= bits(descriptor, 61, 61);
            uxn_table |= bits(descriptor, 60, 60);
            pxn_table |= bits(descriptor, 59, 59);
        }
        base = out;
        initial = false;
    }
    if (bits(descriptor, 10, 10) == 0 && !cd->affd) {
        r.event = 0x12;
        return r;
    }
    r.event = 0;
    if (cd->el2) {
        one_level(cd, bits(descriptor, 54, 54) || uxn_table,
                  bits(descriptor, 7, 7) || ap_table1, &r);
    } else {
        two_levels(cd, bits(descriptor, 54, 54) || uxn_table,
                   bits(descriptor, 53, 53) || pxn_table,
                   bits(descriptor, 7, 7) || ap_table1,
                   bits(descriptor, 6, 6) && !ap_table0, &r);
    }
    r.global = bits(descriptor, 11, 11) == 0 || cd->el2;
    r.mair_attr = mair_attr(cd->mair, bits(descriptor, 4, 2));
    r.shareability = bits(descriptor, 9, 8);
    if (r.shareability == 1) {
        r.shareability = 0;
    }
    if (r.mair_attr < 0x10 || r.mair_attr == 0x44) {
        r.shareability = 2;
    }
    return r;
}
