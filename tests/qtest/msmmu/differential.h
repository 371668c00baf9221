/*
 * Random legal configurations of what upstream's SMMUv3 and an msmmu-smmuv3 of
 * the same features both do, and what the specification has an access do there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_DIFFERENTIAL_H
#define TESTS_QTEST_MSMMU_DIFFERENTIAL_H

#include "config.h"
#include "random.h"

#define QDIFF_LEAVES 4
#define QDIFF_OAS 44

/* STE.Config without its upper bit */
#define QDIFF_STAGE_1 1
#define QDIFF_STAGE_2 2

/* CLASS (7.3.13) */
#define QDIFF_CLASS_CD 0
#define QDIFF_CLASS_TT 1
#define QDIFF_CLASS_IN 2

/* What is wrong with the stage 2 page of a structure, for a read */
typedef enum QDiffHole {
    QHOLE_NONE,
    QHOLE_INVALID,
    QHOLE_ACCESS,
    QHOLE_PERMISSION,
} QDiffHole;

/* One address that is mapped, after a fashion */
typedef struct QDiffLeaf {
    bool upper;             /* in TTB1's half */
    int level1;
    int level2;
    uint64_t va;
    uint64_t ipa;           /* == va without stage 1 */
    uint64_t pa;            /* == ipa without stage 2 */
    uint64_t attrs1;        /* of the leaves; 0: invalid */
    uint64_t attrs2;
    uint64_t beyond1;       /* bits of the output that are too high, or 0 */
    uint64_t beyond2;
    int table_beyond1;      /* level of a Table descriptor that points beyond */
    int table_beyond2;      /* the output size; QDIFF_NO_LEVEL: none */
    uint64_t tables1;       /* attributes of the Table descriptor above it */
    QDiffHole hole;         /* of the stage 1 table that the leaf is in */
    uint64_t slot1_pa;      /* of the descriptors */
    uint64_t slot2;
} QDiffLeaf;

#define QDIFF_NO_LEVEL (-9)

typedef struct QDiffCase {
    QRandom r;
    unsigned config;        /* STE.Config */
    /* Stage 1 */
    QTables s1[2];
    bool disabled[2];
    bool tbi[2];
    bool had[2];
    bool affd1;
    unsigned ips_bits;      /* effective */
    unsigned asid;
    uint64_t cd_address;
    QDiffHole cd_hole;
    /* Stage 2 */
    QTables s2;
    bool affd2;
    bool s2r;
    bool cdr;
    unsigned s2ps_bits;     /* effective */
    unsigned vmid;
    unsigned table_region;
    uint64_t tables_ipa;    /* from here to s2.next_ipa */
    QDiffLeaf leaf[QDIFF_LEAVES];
    QSte ste;
    QCd cd;
} QDiffCase;

typedef struct QDiffAccess {
    const QDiffLeaf *leaf;  /* NULL: any address */
    uint64_t iova;
    unsigned len;           /* 4 or 8 */
    bool store;
    bool top_byte;          /* the leaf's address with another top byte */
    bool unmapped;          /* the leaf was removed and invalidated */
    bool again;             /* the leaf was accessed before */
    bool after_store;       /* and by a store */
    uint64_t tlbi[2];       /* how it was invalidated */
} QDiffAccess;

/* How an access ends */
typedef struct QDiffOutcome {
    unsigned type;          /* of the event; 0: none */
    unsigned stage;         /* 2: S2 == 1 */
    unsigned class;
    bool landed;            /* at leaf->pa */
} QDiffOutcome;

/*
 * Make case @n of @seed in memory of @s: tables, CD and c->ste, which is not
 * written yet.
 */
void qdiff_make(QDiffCase *c, QSmmu *s, uint64_t seed, unsigned n);

static inline bool qdiff_has(const QDiffCase *c, unsigned stage)
{
    return c->config & stage;
}

/*
 * What the specification says; false if nothing is known of the address before-
 * hand.
 */
bool qdiff_predict(const QDiffCase *c, const QDiffAccess *a,
                   QDiffOutcome *out);

/* ---- What the two models do -------------------------------------------- */

/* How one of them ended an access */
typedef struct QDiffSeen {
    unsigned num;           /* events; the first is @e */
    QEvent e;
    bool landed;            /* data was seen to come from, or go to, leaf->pa */
} QDiffSeen;

bool qdiff_is_same(const QDiffSeen *a, const QDiffSeen *b);

/* A way in which upstream's model deviates from the specification */
typedef struct QDeviation {
    const char *name;       /* a heading of upstream-differences.rst */
    /*
     * If it is at work here, put right in @theirs what it has made wrong, and
     * no more.
     */
    bool (*mend)(const QDiffCase *c, const QDiffAccess *a,
                 const QDiffSeen *ours, QDiffSeen *theirs);
} QDeviation;

extern const QDeviation qdeviations[];
extern const unsigned qnum_deviations;

/* Print all there is to know, for whoever looks into a difference. */
void qdiff_print(const QDiffCase *c, const QDiffAccess *a);

/* Whether a block descriptor may be at @level of @t */
bool qdiff_is_leaf_level(const QTables *t, int level);

#endif /* TESTS_QTEST_MSMMU_DIFFERENTIAL_H */
