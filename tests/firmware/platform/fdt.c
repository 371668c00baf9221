/*
 * The device tree, as far as it is needed: nodes by name and by "compatible",
 * their properties. Devicetree specification, chapter 5: a flat tree is a list
 * of tokens, big-endian.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "platform.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4
#define FDT_END 9

/* Words of the header */
#define HEADER_STRUCT 2
#define HEADER_STRINGS 3

static const uint32_t *tree;
static const char *strings;

static uint32_t word(const uint32_t *at)
{
    return __builtin_bswap32(*at);
}

static size_t text_length(const char *text)
{
    size_t bytes = 0;

    while (text[bytes]) {
        bytes++;
    }
    return bytes;
}

void fdt_open(const void *fdt)
{
    const uint32_t *header = fdt;

    if (word(header) != FDT_MAGIC) {
        fail("no device tree");
    }
    tree = header + word(header + HEADER_STRUCT) / sizeof(uint32_t);
    strings = (const char *)fdt + word(header + HEADER_STRINGS);
}

/* The token after the one at @at */
static const uint32_t *skip(const uint32_t *at)
{
    switch (word(at)) {
    case FDT_BEGIN_NODE:
        return at + 1 + text_length((const char *)(at + 1)) / 4 + 1;
    case FDT_PROP:
        return at + 3 + (word(at + 1) + 3) / 4;
    default:
        return at + 1;
    }
}

const void *fdt_property(FdtNode node, const char *name, size_t *bytes)
{
    for (const uint32_t *at = node;; at = skip(at)) {
        if (word(at) == FDT_PROP && text_equal(strings + word(at + 2), name)) {
            if (bytes) {
                *bytes = word(at + 1);
            }
            return at + 3;
        }
        if (word(at) != FDT_PROP && word(at) != FDT_NOP) {
            return NULL;
        }
    }
}

static bool is_compatible(FdtNode node, const char *compatible)
{
    size_t bytes;
    const char *list = fdt_property(node, "compatible", &bytes);

    for (size_t i = 0; list && i < bytes; i += text_length(list + i) + 1) {
        if (text_equal(list + i, compatible)) {
            return true;
        }
    }
    return false;
}

/* Nodes in the order of the tree, wherever they are */
FdtNode fdt_next_compatible(FdtNode after, const char *compatible)
{
    for (const uint32_t *at = after ? after : tree; word(at) != FDT_END;
         at = skip(at)) {
        if (word(at) == FDT_BEGIN_NODE &&
            is_compatible(skip(at), compatible)) {
            return skip(at);
        }
    }
    return NULL;
}

FdtNode fdt_by_phandle(const char *compatible, uint32_t phandle)
{
    FdtNode node = NULL;

    while ((node = fdt_next_compatible(node, compatible))) {
        if (fdt_property(node, "phandle", NULL) &&
            fdt_cell(node, "phandle", 0) == phandle) {
            return node;
        }
    }
    return NULL;
}

/* Before a node's properties are its token and its name, padded by zeros. */
const char *fdt_name(FdtNode node)
{
    const uint32_t *at = node - 1;

    while (word(at) != FDT_BEGIN_NODE) {
        at--;
    }
    return (const char *)(at + 1);
}

FdtNode fdt_named(const char *name)
{
    for (const uint32_t *at = tree; word(at) != FDT_END; at = skip(at)) {
        if (word(at) == FDT_BEGIN_NODE &&
            text_equal((const char *)(at + 1), name)) {
            return skip(at);
        }
    }
    return NULL;
}

uint32_t fdt_cell(FdtNode node, const char *name, unsigned cell)
{
    size_t bytes;
    const uint32_t *value = fdt_property(node, name, &bytes);

    if (!value || bytes < (cell + 1) * sizeof(uint32_t)) {
        fail("the device tree lacks cell %u of %s", cell, name);
    }
    return word(value + cell);
}

uint64_t fdt_cells(FdtNode node, const char *name, unsigned cell)
{
    return (uint64_t)fdt_cell(node, name, cell) << 32 |
           fdt_cell(node, name, cell + 1);
}

int fdt_text_index(FdtNode node, const char *name, const char *text)
{
    size_t bytes = 0;
    const char *list = fdt_property(node, name, &bytes);
    int index = 0;

    for (size_t i = 0; i < bytes; i += text_length(list + i) + 1) {
        if (text_equal(list + i, text)) {
            return index;
        }
        index++;
    }
    return -1;
}
