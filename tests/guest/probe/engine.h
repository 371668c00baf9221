/*
 * A driver of the DMA test engine, from its data sheet
 * (docs/specs/msmmu-engine.rst), through VFIO
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio_group.h"

#define ENGINE_VENDOR_DEVICE "0x1234 0x11f3"

/* Registers */
#define ENGINE_ID 0x00
#define ENGINE_ID_VALUE 0x454d534d
#define ENGINE_VERSION 0x04
#define ENGINE_CTRL 0x10
#define ENGINE_CTRL_RESET 1
#define ENGINE_BUS 0x18
#define ENGINE_REQUESTER 0x1c

#define RING_REGISTERS(n) (0x1000 + 0x100 * (n))
#define RING_BASE 0x00
#define RING_SIZE 0x08
#define RING_CTRL 0x0c
#define RING_CTRL_ENABLE 1
#define RING_CTRL_LOCAL 2
#define RING_CTRL_IRQ 4
#define RING_ATTR 0x10
#define RING_PROD 0x14
#define RING_CONS 0x18
#define RING_STATUS 0x1c

#define ENGINE_RINGS 4
#define LOCAL_BYTES 0x10000

/* Descriptors, by words */
#define DESCRIPTOR_WORDS 16
#define DESCRIPTOR_BYTES 128

enum {
    WORD_WHAT, WORD_SIZE_COUNT, WORD_ADDR, WORD_STEP, WORD_ADDR2, WORD_STEP2,
    WORD_OPERAND, WORD_OPERAND2, WORD_SEED, WORD_LOCAL, WORD_ATTR2, WORD_TIME,
    WORD_TRANSACTIONS, WORD_RESULT, WORD_FAULT, WORD_STATUS,
};

#define WHAT_PATTERN_SHIFT 8
#define WHAT_PATTERN2_SHIFT 12
#define WHAT_IRQ (1 << 16)
#define WHAT_CONTINUE (1 << 17)
#define WHAT_ATTR_SHIFT 32
#define ATTR_SSV (1u << 20)
#define ATTR_PRIV (1u << 21)
#define ATTR_INST (1u << 22)

typedef enum Operation {
    OP_NOP, OP_READ, OP_WRITE, OP_FILL, OP_CHECKSUM, OP_COMPARE, OP_VERIFY,
    OP_COPY, OP_ADD, OP_SWAP, OP_CAS, OP_COUNT,
} Operation;

typedef enum Pattern {
    LINEAR, STRIDED, RANDOM, SCATTER, PATTERN_COUNT,
} Pattern;

enum {
    STATUS_NONE, STATUS_OK, STATUS_ABORTED, STATUS_TERMINATED,
    STATUS_NOT_SUPPORTED, STATUS_BAD_DESCRIPTOR, STATUS_MISMATCH,
    STATUS_COUNT,
};

#define STATUS_OF(word) ((unsigned)((word) & 0xff))
#define DETAIL_OF(word) ((unsigned)((word) >> 8 & 0xff))
#define FAILED_OF(word) ((unsigned long long)((word) >> 32))

extern const char *const operation_names[OP_COUNT];
extern const char *const pattern_names[PATTERN_COUNT];
extern const char *const status_names[STATUS_COUNT];

/* engine_device.c: the registers, the rings, the interrupts */

typedef struct Engine {
    char bdf[16];
    int device;
    uint64_t config_offset;
    uint8_t *registers;
    uint8_t *local;
    /* One for each ring, or -1; why there are no interrupts, or 0 */
    int interrupt[ENGINE_RINGS];
    int no_interrupts;
} Engine;

typedef struct Ring {
    Engine *engine;
    unsigned number;
    unsigned size_log2;
    uint32_t made;
    bool interrupts;
    /* The descriptors, if not in the local memory: what is at their IOVA */
    Area *area;
    size_t offset;
    /* Ours of what is in the ring, complete with results after ring_wait() */
    uint64_t word[DESCRIPTOR_WORDS];
} Ring;

bool engine_adopt(Engine *engine, int device, const char *bdf,
                  const char **problem);
bool engine_open(Engine *engine, const VfioGroup *group, const char *bdf,
                 const char **problem);
void engine_close(Engine *engine);
bool engine_interrupts(Engine *engine);
uint32_t engine_read(const Engine *engine, size_t offset);
void engine_write(const Engine *engine, size_t offset, uint32_t value);
uint64_t local_read(const Engine *engine, size_t offset);
void local_write(const Engine *engine, size_t offset, uint64_t value);
void ring_start(Ring *ring, Engine *engine, unsigned number,
                unsigned size_log2, Area *area, size_t offset);
void ring_stop(Ring *ring);
void ring_put(Ring *ring, const uint64_t *word);
void ring_doorbell(Ring *ring);
bool ring_wait(Ring *ring, int timeout_ms);
int interrupts_taken(const Engine *engine, unsigned number);

/* engine_model.c: the same by the processor, on copies */

typedef struct Model {
    uint8_t *memory;
    uint64_t iova;
    size_t bytes;
    uint8_t local[LOCAL_BYTES];
    /* What a descriptor must end with */
    uint64_t transactions;
    uint64_t result;
    unsigned status;
    uint64_t moved;
    /* It goes where there is no memory: nothing of the above is known. */
    bool outside;
} Model;

void model_run(Model *model, const uint64_t *word);

/* engine_bench.c: an engine with memory, and what must be in it */

typedef struct Bench {
    /* Settings: bytes of the data, and of a page that they are mapped in */
    Engine *engine;
    size_t bytes;
    size_t page;
    bool read_only;
    /* The rest is what became of them. */
    Area data;
    Area rings;
    Model model;
} Bench;

size_t bench_bytes(size_t page);
const char *bench_open(Bench *bench, const VfioGroup *group);
void bench_close(Bench *bench);
void bench_randomize(Bench *bench, uint64_t seed);
void bench_set_local(Bench *bench, size_t offset, uint64_t value);
bool bench_compare(Bench *bench, char *problem);
bool bench_check(Bench *bench, const Ring *ring, char *problem);
bool bench_run(Bench *bench, Ring *ring, const uint64_t *word, char *problem);

/* engine_patterns.c: every pattern with every operation */

int patterns_run(Bench *bench);

/* engine_rings.c: several rings, several engines */

int rings_run(Bench *bench);
int together_run(Bench *benches, int count);

/* engine_faults.c: what must fault, and what the engine says of it */

int faults_run(const VfioGroup *group, Engine **engines, int count,
               size_t piece);

/* engine_tool.c: one operation, by hand */

int engine_tool(int argc, char **argv);

/* engine_job.c */

bool is_engine(const char *bdf);

size_t smallest_page(const VfioGroup *group);
size_t largest_page(const VfioGroup *group, size_t limit);
void size_name(uint64_t size, char *text, size_t bytes);

#define DATA_IOVA 0x40000000UL
#define RING_IOVA 0x60000000UL
/* For the reason why something is not as it should be */
#define PROBLEM_BYTES 200
#define WAIT_MS 10000

#endif /* ENGINE_H */
