/*
 * Which event a transaction records: see event_case.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "event_case.h"

static bool hit(EventExpected *x, unsigned type, bool related, bool stage2,
                unsigned class, uint64_t word3)
{
    *x = (EventExpected) {
        .fault = true, .type = type, .related = related, .stage2 = stage2,
        .class = class, .word3 = word3,
    };
    return true;
}

/* Stage 2 for @page of class @class, at @offset */
static bool stage2(const EventCase *c, unsigned page, unsigned class,
                   uint64_t ipa, EventExpected *x)
{
    uint64_t at = ipa & ADDRESS;

    if (!c->s2) {
        return false;
    }
    if (ipa >> 40) {
        return hit(x, QEVT_F_TRANSLATION, true, true, class, at);
    }
    for (int level = 1; level <= LEVELS; level++) {
        unsigned b = c->s2_level[page][level];

        if (b & B_ABORT) {
            unsigned index = ipa >> (39 - 9 * level) & 511;

            return hit(x, QEVT_F_WALK_EABT, true, true, class,
                       NOWHERE + 8 * index);
        }
        if (b & B_INVALID) {
            return hit(x, QEVT_F_TRANSLATION, true, true, class, at);
        }
        if (b & B_SIZE) {
            return hit(x, QEVT_F_ADDR_SIZE, true, true, class, at);
        }
        if (b & B_ACCESS && !c->s2ha) {
            return hit(x, QEVT_F_ACCESS, true, true, class, at);
        }
        if (b & B_PERMISSION) {
            hit(x, QEVT_F_PERMISSION, true, true, class, at);
            return true;
        }
        if (b & B_NO_READ &&
            (class != CLASS_IN || !is_write(c) || is_atomic(c))) {
            hit(x, QEVT_F_PERMISSION, true, true, class, at);
            /* 13.1.1: whether it may write is checked before. */
            x->lacks_read = class == CLASS_IN && is_atomic(c) &&
                            !(b & B_NO_WRITE);
            return true;
        }
        if (b & B_NO_WRITE && class == CLASS_IN && is_write(c)) {
            return hit(x, QEVT_F_PERMISSION, true, true, class, at);
        }
    }
    return false;
}

static bool cd_of(const EventCase *c, EventExpected *x)
{
    uint64_t l1cd = (ssid_of(c) >> 6) * 8;

    if (c->two_level) {
        if (stage2(c, P_L1CD, CLASS_CD, ipa_of(P_L1CD) + l1cd, x)) {
            return true;
        }
        if (c->l1cd_abort) {
            return hit(x, QEVT_F_CD_FETCH, false, false, 0, NOWHERE + l1cd);
        }
        if (c->l1cd_v || c->l2ptr_size) {
            return hit(x, QEVT_C_BAD_SUBSTREAMID, false, false, 0, 0);
        }
    }
    /* A leaf table has a page, and of a linear one only the first is used. */
    if (stage2(c, P_CD, CLASS_CD, ipa_of(P_CD), x)) {
        return true;
    }
    if (c->cd_abort) {
        return hit(x, QEVT_F_CD_FETCH, false, false, 0,
                   NOWHERE + cd_offset(c));
    }
    return c->cd_v && hit(x, QEVT_C_BAD_CD, false, false, 0, 0);
}

/* An update of the leaf of stage 1 */
static bool updates(const EventCase *c, EventExpected *x)
{
    if (c->s2 && c->s2_level[P_TABLE3][3] & B_NO_WRITE) {
        hit(x, QEVT_F_PERMISSION, true, true, CLASS_TT,
            ipa_of(P_TABLE3));
        x->update = true;
        return true;
    }
    return false;
}

static bool stage1(const EventCase *c, EventExpected *x)
{
    if (c->iova >> 38 && c->iova >> 38 != 1) {
        return hit(x, QEVT_F_TRANSLATION, true, false, CLASS_IN, 0);
    }
    for (int level = 1; level <= LEVELS; level++) {
        unsigned index = c->iova >> (39 - 9 * level) & 511;
        unsigned b = c->s1_level[level];
        unsigned page = P_TABLE1 + level - 1;

        if (stage2(c, page, CLASS_TT, ipa_of(page) + 8 * index, x)) {
            return true;
        }
        if (b & B_ABORT) {
            return hit(x, QEVT_F_WALK_EABT, true, false, CLASS_TT,
                       NOWHERE + 8 * index);
        }
        if (b & B_INVALID) {
            return hit(x, QEVT_F_TRANSLATION, true, false, CLASS_IN, 0);
        }
        if (b & B_SIZE) {
            return hit(x, QEVT_F_ADDR_SIZE, true, false, CLASS_IN, 0);
        }
        if (b & B_ACCESS) {
            if (!c->ha) {
                return hit(x, QEVT_F_ACCESS, true, false, CLASS_IN, 0);
            }
            if (updates(c, x)) {
                return true;
            }
        }
        if (b & B_CLEAN && !(b & B_PERMISSION) && is_write(c) &&
            !(c->ha && c->hd)) {
            return hit(x, QEVT_F_PERMISSION, true, false, CLASS_IN, 0);
        }
        /* Read-only, privileged, nobody executes */
        if (b & B_PERMISSION &&
            (is_write(c) || is_instruction(c) || !is_privileged(c))) {
            return hit(x, QEVT_F_PERMISSION, true, false, CLASS_IN, 0);
        }
    }
    return false;
}

/* RW for all: not executed by the privileged, as the others may write it */
static bool stage1_rw(const EventCase *c, EventExpected *x)
{
    return is_instruction(c) && is_privileged(c) &&
           !(c->s1_level[3] & B_PERMISSION) &&
           (!(c->s1_level[3] & B_CLEAN) || (c->ha && c->hd)) &&
           hit(x, QEVT_F_PERMISSION, true, false, CLASS_IN, 0);
}

bool event_case_expect(const EventCase *c, EventExpected *x)
{
    bool translates = c->s1;
    uint64_t ipa;

    *x = (EventExpected) { .fault = false };
    if (c->sid_out) {
        return hit(x, QEVT_C_BAD_STREAMID, false, false, 0, 0);
    }
    if (c->ste_abort) {
        return hit(x, QEVT_F_STE_FETCH, false, false, 0, NOWHERE + SID * 64);
    }
    if (c->ste_v) {
        return hit(x, QEVT_C_BAD_STE, false, false, 0, 0);
    }
    if (c->ste_config0) {
        return false;
    }
    if (has_ssid(c) && (!c->s1 || ssid_of(c) >= 256)) {
        return hit(x, QEVT_C_BAD_SUBSTREAMID, false, false, 0, 0);
    }
    if (c->s1 && has_ssid(c) && ssid_of(c) == 0 && c->s1dss == 2) {
        return hit(x, QEVT_F_STREAM_DISABLED, false, false, 0, 0);
    }
    if (c->s1 && !has_ssid(c) && (c->s1dss == 0 || c->s1dss == 3)) {
        return hit(x, QEVT_F_STREAM_DISABLED, false, false, 0, 0);
    }
    if (c->s1 && !has_ssid(c) && c->s1dss == 1) {
        translates = false;
    }
    if (translates) {
        if (cd_of(c, x) || stage1(c, x) || stage1_rw(c, x)) {
            return true;
        }
        ipa = ipa_of(P_DATA) | (c->ipa_out ? BEYOND_S2 : 0);
    } else {
        ipa = c->iova;
        if (ipa >> 48) {
            return hit(x, QEVT_F_ADDR_SIZE, true, false, CLASS_IN, 0);
        }
    }
    x->nowhere = !translates && !c->s2 && ipa != IOVA;
    return stage2(c, P_DATA, CLASS_IN, ipa, x) ||
           (translates && is_write(c) && c->s1_level[3] & B_CLEAN &&
            updates(c, x));
}

bool event_case_ends(const EventCase *c, const EventExpected *x,
                     unsigned *status)
{
    bool by_cd = c->s1 && (has_ssid(c) || c->s1dss == 2);

    *status = x->fault || c->ste_config0 || x->nowhere ? QSTATUS_ABORTED
                                                       : QSTATUS_OK;
    if (!x->fault || x->type < QEVT_F_TRANSLATION) {
        return x->fault;
    }
    if (x->stage2) {
        return c->s2r;
    }
    if (by_cd) {
        *status = c->a ? QSTATUS_ABORTED : QSTATUS_TERMINATED;
        return c->r;
    }
    return true;
}

void event_case_words(const EventCase *c, const EventExpected *x, uint32_t sid,
                      uint64_t want[4])
{
    want[0] = x->type | (uint64_t)sid << 32;
    if (x->type != QEVT_F_STREAM_DISABLED) {
        if (has_ssid(c)) {
            want[0] |= (uint64_t)ssid_of(c) << 12;
            want[0] |= x->type == QEVT_C_BAD_SUBSTREAMID ? 0 : 1 << 11;
        }
    }
    if (x->related) {
        want[1] = (x->stage2 ? S2 : 0) | CLASS(x->class) |
                  (!is_write(c) || x->lacks_read ? RNW : 0) |
                  (is_instruction(c) ? IND : 0) |
                  (is_privileged(c) ? PNU : 0);
        if (x->type == QEVT_F_PERMISSION && x->class == CLASS_TT &&
            !x->update) {
            want[1] |= TTRNW;
        }
        want[2] = c->iova;
    }
    want[3] = x->word3;
}
