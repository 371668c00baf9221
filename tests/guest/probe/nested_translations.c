/*
 * Both stages: every leaf of stage 1 over small and large pieces of stage 2
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"
#include "nested.h"
#include "probe.h"

#define NAME_BYTES 120

static const char *const leaf_words[LEAVES] = {
    "", " contiguous", " block", " block",
};

static void leaf_name(const Granule *granule, Leaf leaf, char *name)
{
    char size[16];

    size_name(leaf_bytes(granule, leaf), size, sizeof(size));
    snprintf(name, NAME_BYTES, "granule %s, %s%s", granule->name, size,
             leaf_words[leaf]);
}

/*
 * Leaves that hold less than the data are shuffled over all of it; a larger
 * one begins with the data.
 */
static bool map_leaves(Stage1 *stage1, size_t data, Leaf leaf, size_t *leaves)
{
    uint64_t bytes = leaf_bytes(stage1->granule, leaf);
    bool good = true;

    *leaves = bytes < data ? data / bytes : 1;
    for (size_t i = 0; good && i < *leaves; i++) {
        good = stage1_map(stage1, NESTED_IOVA + i * bytes, DATA_IPA +
                          (*leaves > 1 ? shuffled(i, *leaves) * bytes : 0),
                          leaf, 0);
    }
    return good;
}

/* Stage 1 goes on where stage 2 has nothing: that must fault. */
static void check_beyond(Nested *nested, const char *name)
{
    char text[NAME_BYTES + 100];
    size_t bytes = nested->guest.data.bytes;
    unsigned status;

    kernel_log_keep_pace();
    status = dma_run(nested, OP_READ, NESTED_IOVA + bytes, 8, 0);
    snprintf(text, sizeof(text), "stage 1 %s ends where stage 2 ends", name);
    claim(nested->bdf, text, status == STATUS_ABORTED, "%s",
          status_names[status % STATUS_COUNT]);
}

static void check_leaf(Nested *nested, const Granule *granule, Leaf leaf,
                       size_t piece)
{
    char name[NAME_BYTES], text[NAME_BYTES + 100], problem[PROBLEM_BYTES];
    char pieces[16];
    /* Short tables for the one, long ones for the other */
    unsigned input_bits = leaf == LEAF_PAGE || leaf == LEAF_LARGE_BLOCK
        ? 48 : 39;
    uint64_t bytes = leaf_bytes(granule, leaf);
    Stage1 stage1;
    size_t leaves;
    bool good;

    leaf_name(granule, leaf, name);
    size_name(piece, pieces, sizeof(pieces));
    snprintf(text, sizeof(text), "stage 1 %s, over pieces of %s of stage 2: "
             "every byte is where it must be", name, pieces);
    good = stage1_new(&stage1, &nested->guest, granule, input_bits) &&
           map_leaves(&stage1, nested->guest.data.bytes, leaf, &leaves) &&
           nested_install(nested, &stage1);
    if (!good) {
        claim(nested->bdf, text, false, "the tables cannot be made");
        return;
    }
    /* No more than is there */
    good = dma_check(nested, NESTED_IOVA, leaves > 1 ? bytes :
                     nested->guest.data.bytes < bytes ?
                     nested->guest.data.bytes : bytes, leaves, problem);
    claim(nested->bdf, text, good, "%s", problem);
    /* Each takes one of the few events that the kernel prints. */
    if (bytes > nested->guest.data.bytes &&
        piece == (size_t)sysconf(_SC_PAGESIZE)) {
        check_beyond(nested, name);
    }
}

static void check_granules(Nested *nested, size_t piece)
{
    for (int i = 0; i < GRANULES; i++) {
        if (!granule_offered(&granules[i], &nested->smmu)) {
            continue;
        }
        for (int leaf = 0; leaf < LEAVES; leaf++) {
            if (leaf_bytes(&granules[i], leaf)) {
                check_leaf(nested, &granules[i], leaf, piece);
            }
        }
    }
}

/* What the kernel can make blocks of, if it has so much memory in a row */
static size_t large_piece(void)
{
    switch (sysconf(_SC_PAGESIZE)) {
    case 4096:
        return 2UL << 20;
    case 16384:
        return 32UL << 20;
    default:
        return 0;
    }
}

void nested_translations(Nested *nested)
{
    static const char blocks[] = "stage 2 is mapped in larger pieces";
    size_t large = large_piece();
    int result;

    check_granules(nested, sysconf(_SC_PAGESIZE));
    if (!large) {
        claim_skip(nested->bdf, blocks, "a block is 512M, more than there is "
                   "memory for");
        return;
    }
    result = nested_map_data(nested, large);
    if (claim(nested->bdf, blocks, !result, "%s",
              result ? strerror(-result) : "")) {
        check_granules(nested, large);
    }
    result = nested_map_data(nested, sysconf(_SC_PAGESIZE));
    claim(nested->bdf, "stage 2 is mapped in pages again", !result, "%s",
          result ? strerror(-result) : "");
}
