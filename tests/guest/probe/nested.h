/*
 * nested: what its files share
 *
 * A job that does what a virtual machine's monitor does for a guest with an
 * SMMU: stage 2 is the kernel's, stage 1 the guest's. The "guest" is a piece
 * of this program's memory, with a CD table and stage 1 tables in it.
 *
 * IPAs: the guest's physical addresses. IOVAs: what the engine is told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef NESTED_H
#define NESTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"
#include "iommufd.h"

#define TABLES_IPA 0x40000000UL
#define READ_ONLY_IPA 0x60000000UL
#define HOLE_IPA 0x70000000UL
/* Aligned to the largest block of stage 1 */
#define DATA_IPA 0x80000000UL
#define NESTED_IOVA 0x1240000000UL

/* The guest's StreamID; the host's is another one. */
#define GUEST_SID 0x123
#define GUEST_ASID 0x51
/* Of the guest's Event queue */
#define EVENTS_DEPTH 64

/* ---- nested_memory.c: the guest's memory ---- */

#define TABLES_BYTES (1UL << 20)
/* A block of stage 2, also with the granule 16K */
#define DATA_BYTES_MAX (32UL << 20)
/* So many bytes have the same word, which nothing else has. */
#define CHUNK_BYTES 4096UL

typedef struct GuestMemory {
    Area tables;
    Area data;
    Area read_only;
    size_t tables_used;
    /* What is in each chunk of the data, from DATA_IPA on */
    uint64_t *word;
    uint64_t next_word;
} GuestMemory;

bool guest_get(GuestMemory *guest);
void guest_free(GuestMemory *guest);
void guest_fill(GuestMemory *guest);
void guest_fill_chunk(GuestMemory *guest, size_t chunk, uint64_t word);
bool guest_check(const GuestMemory *guest, char *problem);
uint64_t guest_new_word(GuestMemory *guest);
void guest_clear_tables(GuestMemory *guest);
uint64_t guest_get_table(GuestMemory *guest, size_t bytes);
uint64_t guest_read(const GuestMemory *guest, uint64_t ipa);
void guest_write(GuestMemory *guest, uint64_t ipa, uint64_t value);

/* ---- nested_stage1.c: CDs and tables, as a guest's driver makes them ---- */

typedef struct Granule {
    const char *name;
    unsigned shift;
    unsigned tg0;
    unsigned idr5_bit;
    unsigned contiguous_log2;
} Granule;

#define GRANULES 3
extern const Granule granules[GRANULES];

typedef enum Leaf { LEAF_PAGE, LEAF_CONTIGUOUS, LEAF_BLOCK, LEAF_LARGE_BLOCK,
                    LEAVES } Leaf;

/* What a leaf may have besides; 0: all may read and write */
#define MAP_READ_ONLY 1
#define MAP_PRIVILEGED 2
#define MAP_NOT_ACCESSED 4

typedef struct Stage1 {
    GuestMemory *guest;
    const Granule *granule;
    unsigned input_bits;
    unsigned output_bits;
    unsigned asid;
    uint64_t root;
    /* Faults end with RAZ/WI, not with an abort. */
    bool no_abort;
} Stage1;

const char *granule_offered(const Granule *granule,
                            const UapiHwInfoSmmu *smmu);
uint64_t leaf_bytes(const Granule *granule, Leaf leaf);
bool stage1_new(Stage1 *stage1, GuestMemory *guest, const Granule *granule,
                unsigned input_bits);
bool stage1_beside(Stage1 *stage1, const Stage1 *other, unsigned asid);
bool stage1_map(Stage1 *stage1, uint64_t iova, uint64_t ipa, Leaf leaf,
                unsigned flags);
bool stage1_hang(Stage1 *stage1, uint64_t iova, uint64_t table);
void stage1_cd(const Stage1 *stage1, uint64_t ipa);

/* ---- nested_setup.c: the objects ---- */

typedef struct Nested {
    char bdf[16];
    int fd;
    int device;
    int events;
    uint32_t dev_id;
    uint32_t ioas;
    uint32_t parent;
    uint32_t viommu;
    uint32_t vdevice;
    uint32_t veventq;
    /* With a table of one CD at the start of the guest's tables */
    uint32_t translate;
    UapiHwInfoSmmu smmu;
    UapiHwInfo info;
    GuestMemory guest;
    Engine engine;
    Ring ring;
    /* Of the engine's transactions, but for dma_check() */
    uint32_t attr;
} Nested;

/* The claim that is skipped where nothing can be tried */
extern const char nested_title[];

bool nested_open(Nested *nested, const char *bdf);
bool nested_set_up(Nested *nested);
void nested_close(Nested *nested);
int nested_map_data(Nested *nested, size_t piece);
int nested_allocate(Nested *nested, unsigned config, uint64_t context,
                    uint32_t *hwpt);
bool nested_install(Nested *nested, const Stage1 *stage1);
bool nested_stage1(Nested *nested, Stage1 *stage1);
const Granule *nested_granule(const Nested *nested);

/* ---- nested_dma.c: the engine at work ---- */

unsigned dma_run(Nested *nested, Operation operation, uint64_t iova,
                 uint32_t bytes, uint64_t operand);
bool dma_verify(Nested *nested, uint64_t iova, uint64_t ipa);
bool dma_check(Nested *nested, uint64_t iova, size_t leaf, size_t leaves,
               char *problem);
uint64_t shuffled(size_t i, size_t count);

/* ---- nested_events.c: what the guest, and the host, are told ---- */

/* Of a record in the Event queue (IHI 0070 7.3) */
enum {
    EVENT_C_BAD_SUBSTREAMID = 0x08, EVENT_C_BAD_CD = 0x0a,
    EVENT_F_TRANSLATION = 0x10, EVENT_F_ADDR_SIZE = 0x11,
    EVENT_F_ACCESS = 0x12, EVENT_F_PERMISSION = 0x13,
};

enum { CLASS_CD, CLASS_TT, CLASS_IN };

typedef struct Event {
    uint64_t word[4];
} Event;

Event event_make(unsigned type, uint32_t sid, bool read, bool stage2,
                 unsigned class, uint64_t iova);
/* Long enough for the interrupt's thread in the kernel */
#define QUIET_MS 50

bool event_read(const Nested *nested, Event *event, bool *lost);
bool event_guest(const Nested *nested, Event *event, int timeout_ms);
bool event_host(Event *event, int timeout_ms);
bool events_none(const Nested *nested);
void event_text(const Event *event, char *text);

/* ---- nested_commands.c: the guest's Command queue ---- */

typedef struct Command {
    uint64_t word[2];
} Command;

Command command_nh_va(uint64_t iova, unsigned asid);
Command command_nh_vaa(uint64_t iova);
Command command_nh_asid(unsigned asid);
Command command_nh_all(void);
Command command_nsnh_all(void);
Command command_cfgi_cd(uint32_t sid, uint32_t ssid);
Command command_cfgi_cd_all(uint32_t sid);
Command command_range(uint64_t iova, unsigned asid, const Granule *granule,
                      unsigned pages);
Command command_other(uint64_t opcode, uint64_t word1);
int commands_issue(Nested *nested, const Command *command, uint32_t *count);
int command_issue(Nested *nested, Command command);

/* ---- The claims, each about an engine behind an instance ---- */

void nested_translations(Nested *nested);
void nested_faults(Nested *nested);
void nested_invalidations(Nested *nested);
void nested_wrong(Nested *nested);
void nested_entries(Nested *nested);
void nested_interrupts(Nested *nested);
void nested_substreams(Nested *nested);
void nested_life(Nested *nested);

#endif /* NESTED_H */
