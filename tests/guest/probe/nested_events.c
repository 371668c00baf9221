/*
 * Events: those that the kernel hands to the guest, and those that it prints
 *
 * An event of stage 1 is the guest's: the kernel puts the record, with the
 * guest's StreamID, in the guest's queue. One of stage 2 is the host's own
 * affair, and is printed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nested.h"
#include "probe.h"

/* A record (IHI 0070 7.3) */
#define EVENT0_SID(sid) ((uint64_t)(sid) << 32)
#define EVENT1_RNW (1ULL << 35)
#define EVENT1_S2 (1ULL << 39)
#define EVENT1_CLASS(value) ((uint64_t)(value) << 40)

/* The first three words of a fault of a translation; unprivileged data */
Event event_make(unsigned type, uint32_t sid, bool read, bool stage2,
                 unsigned class, uint64_t iova)
{
    return (Event) {
        .word = {
            type | EVENT0_SID(sid),
            (read ? EVENT1_RNW : 0) | (stage2 ? EVENT1_S2 : 0) |
            EVENT1_CLASS(class),
            iova,
        },
    };
}

void event_text(const Event *event, char *text)
{
    snprintf(text, PROBLEM_BYTES, "%016llx %016llx %016llx %016llx",
             (unsigned long long)event->word[0],
             (unsigned long long)event->word[1],
             (unsigned long long)event->word[2],
             (unsigned long long)event->word[3]);
}

/* ---- The guest's queue ---- */

/*
 * What the queue has next: an event, or the word that some were lost. False if
 * it has neither.
 */
bool event_read(const Nested *nested, Event *event, bool *lost)
{
    struct pollfd wait = { .fd = nested->events, .events = POLLIN };
    struct {
        UapiVeventHeader header;
        UapiVeventSmmu record;
    } answer = { .header.flags = 0 };
    ssize_t bytes;

    memset(event, 0, sizeof(*event));
    *lost = false;
    if (poll(&wait, 1, 0) != 1) {
        return false;
    }
    /* One event, and no room for what follows it */
    bytes = read(nested->events, &answer, sizeof(answer));
    *lost = bytes == sizeof(answer.header) &&
            answer.header.flags == UAPI_VEVENT_LOST;
    memcpy(event->word, answer.record.evt, sizeof(event->word));
    return *lost || (bytes == sizeof(answer) && !answer.header.flags);
}

/* The next event, if one comes; none may have been lost. */
bool event_guest(const Nested *nested, Event *event, int timeout_ms)
{
    struct pollfd wait = { .fd = nested->events, .events = POLLIN };
    bool lost;

    poll(&wait, 1, timeout_ms);
    return event_read(nested, event, &lost) && !lost;
}

bool events_none(const Nested *nested)
{
    struct pollfd wait = { .fd = nested->events, .events = POLLIN };

    return poll(&wait, 1, QUIET_MS) == 0;
}

/* ---- The host's log ---- */

static bool next_line(char *text, size_t bytes, long long end)
{
    while (!kernel_log_next("arm-smmu-v3", text, bytes)) {
        if (clock_ms() > end) {
            return false;
        }
        sleep_ms(2);
    }
    return true;
}

/* "event 0x10 received:", then the four words, a line each */
bool event_host(Event *event, int timeout_ms)
{
    long long end = clock_ms() + timeout_ms;
    char text[300];
    int found = -1;

    memset(event, 0, sizeof(*event));
    while (found < 4 && next_line(text, sizeof(text), end)) {
        const char *value = strstr(text, " 0x");

        if (strstr(text, "received:")) {
            found = 0;
        } else if (found >= 0 && value) {
            event->word[found++] = strtoull(value + 1, NULL, 16);
        }
    }
    return found == 4;
}
