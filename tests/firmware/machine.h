/*
 * The machine, as the device tree describes it: the SMMUs, the ITSes, and the
 * root complexes, each with the device there that moves data for us.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIRMWARE_MACHINE_H
#define FIRMWARE_MACHINE_H

#include "dma.h"
#include "stream.h"

#define SMMUS_MAX 16
#define PORTS_MAX 16

/*
 * What each device is told to use. All devices use the same addresses: that
 * they do not meet is the SMMUs' doing.
 */
#define IOVA_SOURCE 0xa0000000UL
#define IOVA_TARGET 0xb0000000UL
#define IOVA_DOORBELL 0xc0000000UL
#define IOVA_UNMAPPED 0xd0000000UL
#define PORT_BYTES (64 * KIB)

/* A root complex with a device */
typedef struct Port {
    PciHost host;
    Dma dma;
    Smmu *smmu;                 /* NULL: there is none before it */
    uint32_t sid;
    Its *its;                   /* for the device's messages, or NULL */
    uint32_t device_id;
    unsigned messages;          /* that have come */
    Stream stream;
    uint8_t *source;            /* PORT_BYTES each, after and before a guard */
    uint8_t *target;
} Port;

typedef struct Machine {
    Smmu smmus[SMMUS_MAX];
    unsigned num_smmus;
    Port ports[PORTS_MAX];
    unsigned num_ports;
    Its its[SMMUS_MAX];
    unsigned num_its;
} Machine;

/* What the tables of a stream can be, where the instance offers them */
typedef struct Way {
    bool stage1;
    bool stage2;
    unsigned granule_shift;
} Way;

/* machine.c: find everything, and say what there is. */
void machine_find(Machine *machine);
void machine_print(const Machine *machine);
/* The last StreamID that a device of ours has at an instance */
uint32_t machine_last_sid(const Machine *machine, const Smmu *smmu);

/* port.c: way number @index of a port; false after the last */
bool port_way(const Port *port, unsigned index, Way *way);
const char *port_way_name(const Way *way);

/*
 * Tables, CD and STE for the device, and data to move; then it is bus master.
 * Or none of them.
 */
void port_prepare(Port *port, const Way *way);
void port_forget(Port *port);

/* Fill the source, and empty the target. */
void port_fill(Port *port, uint32_t seed);
/* Is the target what the source was, and nothing around it changed? */
bool port_has_moved(const Port *port, uint32_t seed, size_t bytes);
/* Is all as it was before? */
bool port_is_untouched(const Port *port);

/* What the program shows: move.c, tell.c, mistakes.c */
void move_everything(Machine *machine);
void tell_everything(Machine *machine);
void mistakes_run(Machine *machine);

#endif
