/*
 * A transaction from a text: "sid=0x10,ssid=3,iova=0x1000,write".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core.h"
#include "spec/bits.h"

typedef struct Parsed {
    uint64_t sid, ssid, iova;
    bool has_sid, has_ssid, has_iova;
} Parsed;

static bool fail(GError **error, const char *fmt, const char *what)
{
    g_set_error(error, MSMMU_ERROR, 0, fmt, what);
    return false;
}

/* Decimal, or hexadecimal with 0x; @bits at most. */
static bool number(const char *item, const char *text, unsigned bits,
                   uint64_t *value, GError **error)
{
    unsigned base = g_str_has_prefix(text, "0x") ? 16 : 10;

    if (!g_ascii_string_to_unsigned(text + (base == 16 ? 2 : 0), base, 0,
                                    msmmu_low_mask(bits), value, NULL)) {
        return fail(error, "'%s' is no number that fits", item);
    }
    return true;
}

static bool parse_value(const char *item, const char *text, Parsed *p,
                        GError **error)
{
    if (g_str_has_prefix(item, "sid=")) {
        p->has_sid = true;
        return number(item, text, 32, &p->sid, error);
    }
    if (g_str_has_prefix(item, "ssid=")) {
        p->has_ssid = true;
        return number(item, text, 20, &p->ssid, error);
    }
    if (g_str_has_prefix(item, "iova=")) {
        p->has_iova = true;
        return number(item, text, 64, &p->iova, error);
    }
    return fail(error, "'%s' is unknown: sid, ssid and iova take a value",
                item);
}

static bool parse_flag(const char *item, MsmmuRequest *rq, GError **error)
{
    if (!strcmp(item, "write")) {
        rq->write = true;
    } else if (!strcmp(item, "atomic")) {
        rq->write = true;
        rq->atomic = true;
    } else if (!strcmp(item, "privileged")) {
        rq->privileged = true;
    } else if (!strcmp(item, "instruction")) {
        rq->instruction = true;
    } else {
        return fail(error, "'%s' is unknown: say sid=, ssid=, iova=, write, "
                    "atomic, privileged, instruction", item);
    }
    return true;
}

bool msmmu_request_parse(const char *text, MsmmuRequest *rq, GError **error)
{
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    Parsed p = { .has_sid = false };

    *rq = (MsmmuRequest) { .probe = true };
    for (char **item = items; *item; item++) {
        const char *equals = strchr(*item, '=');

        if (equals ? !parse_value(*item, equals + 1, &p, error)
                   : !parse_flag(*item, rq, error)) {
            return false;
        }
    }
    if (!p.has_sid || !p.has_iova) {
        return fail(error, "%s is missing", p.has_sid ? "iova=" : "sid=");
    }
    rq->sid = p.sid;
    rq->ssid = p.ssid;
    rq->ssid_valid = p.has_ssid;
    rq->iova = p.iova;
    return true;
}
