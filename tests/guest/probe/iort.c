/*
 * The IORT: what firmware says of root complexes (Arm DEN 0049, 3.1)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define TABLE_BYTES_MAX 16384
#define TABLE_NODE_OFFSET 40
#define NODE_TYPE 0
#define NODE_TYPE_ROOT_COMPLEX 2
#define NODE_LENGTH 1
#define NODE_MEMORY_FLAGS 23
#define NODE_MEMORY_FLAGS_CANWBS 4
#define NODE_SEGMENT 28
#define NODE_BYTES 32

static uint64_t number(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;

    memcpy(&value, at, bytes);
    return value;
}

/*
 * Is every access of this segment coherent with caches, whatever its
 * attributes are? Not without an IORT: a device tree has no word for that.
 */
bool iort_canwbs(unsigned segment)
{
    static uint8_t table[TABLE_BYTES_MAX];
    int fd = open("/sys/firmware/acpi/tables/IORT", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = fd < 0 ? 0 : read(fd, table, sizeof(table));
    size_t at, length;

    if (fd >= 0) {
        close(fd);
    }
    if (bytes < TABLE_NODE_OFFSET + 4) {
        return false;
    }
    at = number(table + TABLE_NODE_OFFSET, 4);
    for (; at + NODE_BYTES <= (size_t)bytes; at += length) {
        const uint8_t *node = table + at;

        length = number(node + NODE_LENGTH, 2);
        if (node[NODE_TYPE] == NODE_TYPE_ROOT_COMPLEX &&
            number(node + NODE_SEGMENT, 4) == segment) {
            return node[NODE_MEMORY_FLAGS] & NODE_MEMORY_FLAGS_CANWBS;
        }
        if (!length) {
            break;
        }
    }
    return false;
}
