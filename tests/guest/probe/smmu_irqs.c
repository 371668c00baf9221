/*
 * The SMMUs' own interrupts, as /proc/interrupts counts them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

/* "34:  5  0  ITS-pMSI-b080000.iommu 0 Edge  arm-smmu-v3-evtq" */
static void report_line(char *line, const char *when)
{
    char *number = line + strspn(line, " "), *at = strchr(number, ':');
    long long sum = 0;
    char *name, *end;
    Record record;

    if (!at) {
        return;
    }
    *at++ = '\0';
    for (;;) {
        long long count = strtoll(at, &end, 10);

        if (end == at || *end != ' ') {
            break;
        }
        sum += count;
        at = end;
    }
    at += strspn(at, " ");
    at[strcspn(at, "\n")] = '\0';
    name = strrchr(at, ' ');
    record_begin(&record, "interrupt");
    record_text(&record, "when", when);
    record_text(&record, "name", name ? name + 1 : "");
    record_text(&record, "number", number);
    record_number(&record, "count", sum);
    at[strcspn(at, " ")] = '\0';
    record_text(&record, "chip", at);
    record_end(&record);
}

/* A record for each, so that counts of two moments can be compared */
void report_smmu_interrupts(const char *when)
{
    FILE *file = fopen("/proc/interrupts", "re");
    char line[1024];

    while (file && fgets(line, sizeof(line), file)) {
        if (strstr(line, "arm-smmu-v3")) {
            report_line(line, when);
        }
    }
    if (file) {
        fclose(file);
    }
}
