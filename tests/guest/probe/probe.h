/*
 * The guest probe: what its files share
 *
 * The probe is /init of a small initramfs. It does the jobs named in the
 * kernel command line (msmmu.jobs=survey,vfio,dma), prints what it sees as
 * one-line JSON records and powers the machine off. It judges nothing: the
 * host reads the records.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* report.c: records, one line each, through the kernel's log */

typedef struct Record {
    char text[880];
    size_t used;
    bool full;
} Record;

void report_open(void);
void record_begin(Record *record, const char *kind);
void record_text(Record *record, const char *name, const char *value);
void record_number(Record *record, const char *name, long long value);
void record_hex(Record *record, const char *name, unsigned long long value);
void record_end(Record *record);
void report_error(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* files.c: sysfs and procfs as text */

#define PATH_BYTES 512

typedef bool (*EntryHandler)(const char *folder, const char *name, void *data);

bool file_read(const char *path, char *text, size_t bytes);
bool file_write(const char *path, const char *text);
bool file_exists(const char *path);
bool link_name(const char *path, char *name, size_t bytes);
int for_each_entry(const char *folder, EntryHandler handler, void *data);
void path_join(char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
long long clock_ms(void);
void sleep_ms(int ms);

/* modules.c */

bool modules_load(const char *set);

/* options from the kernel command line: msmmu.NAME=VALUE */

const char *option_text(const char *name, const char *fallback);
long long option_number(const char *name, long long fallback);

/* assign.c */

void assign_nvme(int container, int group, const char *bdf);

/* kernel_log.c */

void kernel_log_start(void);
bool kernel_log_next(const char *pattern, char *text, size_t bytes);
void kernel_log_quiet(bool quiet);
void kernel_log_keep_pace(void);

/* survey.c */

bool smmu_registers(uint64_t base, uint32_t idr[6], uint32_t *aidr);

/* iort.c */

bool iort_canwbs(unsigned segment);

/* smmu_irqs.c */

void report_smmu_interrupts(const char *when);

/* The jobs; each runs in a process of its own */

int job_survey(void);
int job_vfio(void);
int job_dma(void);
int job_soak(void);
int job_throughput(void);
int job_hotplug(void);
int job_hugepages(void);
int job_net(void);
int job_engine(void);
int job_tool(void);
int job_module(void);
int job_nested(void);
int job_kmsg(void);
int job_shell(void);

#endif /* PROBE_H */
