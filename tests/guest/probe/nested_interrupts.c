/*
 * MSIs of a guest's device, which pass both stages, too
 *
 * The kernel maps the page that MSIs are written to in stage 2 and programs
 * the device with its IPA. Whether stage 1 maps that is up to the guest, which
 * learns of the page from firmware; here, from the fault.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

#define RING 2
#define EVENT_MS 5000
/* For one that must not come */
#define LOST_MS 1000

/* A descriptor that does nothing and signals: is the interrupt seen? */
static bool interrupts(Ring *ring, int timeout_ms)
{
    const uint64_t word[DESCRIPTOR_WORDS] = {
        [WORD_WHAT] = OP_NOP | WHAT_IRQ,
    };

    ring_put(ring, word);
    ring_doorbell(ring);
    return ring_wait(ring, timeout_ms);
}

void nested_interrupts(Nested *nested)
{
    static const char lost[] = "an MSI that stage 1 does not map is lost, and "
                               "the guest told";
    static const char taken[] = "an MSI passes both stages";
    uint64_t page = 1UL << nested_granule(nested)->shift;
    char text[PROBLEM_BYTES];
    Stage1 stage1;
    Event event;
    Ring ring;
    bool good;

    if (!nested_stage1(nested, &stage1) ||
        !engine_interrupts(&nested->engine)) {
        claim(nested->bdf, taken, false, "VFIO_DEVICE_SET_IRQS: %s",
              strerror(nested->engine.no_interrupts));
        return;
    }
    /* In the local memory, behind the other ring */
    ring_start(&ring, &nested->engine, RING, 0, NULL, LOCAL_BYTES / 4);
    good = !interrupts(&ring, LOST_MS);
    good = event_guest(nested, &event, EVENT_MS) && good;
    event_text(&event, text);
    claim(nested->bdf, lost, good && (event.word[0] & 0xff) ==
          EVENT_F_TRANSLATION && event.word[1] ==
          event_make(0, 0, false, false, CLASS_IN, 0).word[1], "%s", text);
    good = stage1_map(&stage1, event.word[2] & -page, event.word[2] & -page,
                      LEAF_PAGE, 0) && interrupts(&ring, WAIT_MS);
    claim(nested->bdf, taken, good && events_none(nested), "at IOVA 0x%llx",
          (unsigned long long)event.word[2]);
    ring_stop(&ring);
}
