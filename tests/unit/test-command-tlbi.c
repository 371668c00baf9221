/*
 * TLBI commands: the scope that each form names as invalid on instances with
 * different features. Words as in 4.4. (Ranges: test-command-tlbi-ranges.c.)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlbi.h"

/* ---- NS-EL1 (4.4.2) ---- */

/* On any instance: VMID is 0. */
static void test_el1(void)
{
    static const TlbiCase cases[] = {
        { "NH_ALL", 0x0000000000000010, 0,
          { MSMMU_INV_VMID_S1, .last = UINT64_MAX } },
        { "NH_ASID", 0x00cd000000000011, 0,
          { MSMMU_INV_ASID, .asid = 0xcd, .last = UINT64_MAX } },
        { "NH_VA", 0x0081000000000012, 0x0000123456789000,
          { MSMMU_INV_VA, .asid = 0x81, .first = 0x0000123456789000,
            .last = 0x0000123456789fff } },
        { "NH_VA, leaf, address 0", 0x0007000000000012, 0x1,
          { MSMMU_INV_VA, .asid = 7, .leaf_only = true, .last = 0xfff } },
        { "NH_VA, upper half", 0x0007000000000012, 0xffff800000001000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xffff800000001000,
            .last = 0xffff800000001fff } },
        { "NH_VA, 52 bits", 0x0007000000000012, 0x000fedcba9876000,
          { MSMMU_INV_VA, .asid = 7, .first = 0x000fedcba9876000,
            .last = 0x000fedcba9876fff } },
        { "NH_VA, 52 bits of the upper half", 0x0007000000000012,
          0xfff0123456789000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xfff0123456789000,
            .last = 0xfff0123456789fff } },
        { "NH_VA, last page", 0x0007000000000012, 0xfffffffffffff000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xfffffffffffff000,
            .last = UINT64_MAX } },
        { "NH_VA, tag of the lower half", 0x0007000000000012,
          0xab00000000003000,
          { MSMMU_INV_VA, .asid = 7, .first = 0x3000, .last = 0x3fff } },
        { "NH_VA, tag of the upper half", 0x0007000000000012,
          0x12ff000000003000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xffff000000003000,
            .last = 0xffff000000003fff } },
        { "NH_VAA, ASID is RES0", 0x0007000000000013, 0x0000000000042001,
          { MSMMU_INV_VA_ANY_ASID, .leaf_only = true, .first = 0x42000,
            .last = 0x42fff } },
        { "NSNH_ALL", 0x0000000000000030, 0,
          { MSMMU_INV_WORLD, .last = UINT64_MAX } },
        { "NSNH_ALL has no parameters", 0xffffffff00000030, 0,
          { MSMMU_INV_WORLD, .last = UINT64_MAX } },
        { "NH_VA, TG 0: NUM, SCALE, TTL, TTL128 are RES0",
          0x0007000003f1f012, 0x0000000000042380,
          { MSMMU_INV_VA, .asid = 7, .first = 0x42000, .last = 0x42fff } },
    };

    CHECK(cases, 0);
    CHECK(cases, NO_RIL);
    CHECK(cases, S2 | HYP | E2H | DS);
    CHECK(cases, S2 | ID8);
}

static void test_sixteen_bits(void)
{
    static const TlbiCase cases[] = {
        { "NH_ALL", 0x0000567800000010, 0,
          { MSMMU_INV_VMID_S1, .vmid = 0x5678, .last = UINT64_MAX } },
        { "NH_ASID", 0xabcd567800000011, 0,
          { MSMMU_INV_ASID, .asid = 0xabcd, .vmid = 0x5678,
            .last = UINT64_MAX } },
        { "NH_VA", 0x8001fffe00000012, 0x1000,
          { MSMMU_INV_VA, .asid = 0x8001, .vmid = 0xfffe, .first = 0x1000,
            .last = 0x1fff } },
        { "NH_VAA", 0x0000800100000013, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, .vmid = 0x8001, .first = 0x1000,
            .last = 0x1fff } },
        { "S12_VMALL", 0x0000800100000028, 0,
          { MSMMU_INV_VMID, .vmid = 0x8001, .last = UINT64_MAX } },
        { "S2_IPA", 0x000080010000002a, 0x1000,
          { MSMMU_INV_IPA, .vmid = 0x8001, .first = 0x1000,
            .last = 0x1fff } },
    };

    CHECK(cases, S2);
}

/* With 8 bits, the others are RES0, and what has them matches nothing. */
static void test_eight_bits(void)
{
    static const TlbiCase cases[] = {
        { "NH_ASID", 0x00ff00fe00000011, 0,
          { MSMMU_INV_ASID, .asid = 0xff, .vmid = 0xfe,
            .last = UINT64_MAX } },
        { "S12_VMALL", 0x000000ff00000028, 0,
          { MSMMU_INV_VMID, .vmid = 0xff, .last = UINT64_MAX } },
        { "NH_VAA, ASID is RES0", 0x0100000100000013, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, .vmid = 1, .first = 0x1000,
            .last = 0x1fff } },
    };
    static const uint64_t nothing[][2] = {
        { 0x0000010000000010, 0 },
        { 0x0100000000000011, 0 },
        { 0x0001010000000011, 0 },
        { 0xff01000100000012, 0x1000 },
        { 0x0001800100000012, 0x1000 },
        { 0x0000010100000013, 0x1000 },
        { 0x0000010100000028, 0 },
        { 0x000001010000002a, 0x1000 },
        { 0x0101000000000021, 0 },
        { 0x0101000000000022, 0x1000 },
    };

    CHECK(cases, S2 | ID8);
    tlbi_check_nothing(nothing, G_N_ELEMENTS(nothing), S2 | ID8 | HYP | E2H);
}

/* Without stage 2 nothing has a VMID: the parameter is RES0, and ignored. */
static void test_vmid_without_stage2(void)
{
    static const TlbiCase cases[] = {
        { "NH_ALL", 0x0000567800000010, 0,
          { MSMMU_INV_VMID_S1, .last = UINT64_MAX } },
        { "NH_ASID", 0x0001567800000011, 0,
          { MSMMU_INV_ASID, .asid = 1, .last = UINT64_MAX } },
        { "NH_VA", 0x0001567800000012, 0,
          { MSMMU_INV_VA, .asid = 1, .last = 0xfff } },
        { "NH_VAA", 0x0000567800000013, 0,
          { MSMMU_INV_VA_ANY_ASID, .last = 0xfff } },
    };

    CHECK(cases, 0);
    CHECK(cases, ID8);
}

/* ---- NS-EL2 (4.4.2.7 to 4.4.2.10) ---- */

static void test_el2(void)
{
    static const TlbiCase cases[] = {
        { "EL2_VA, ASID is ignored", 0x4321000000000022, 0x1000,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2, .first = 0x1000,
            .last = 0x1fff } },
        { "EL2_VA, VMID is RES0", 0x0000567800000022, 0x1001,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2, .first = 0x1000,
            .last = 0x1fff, .leaf_only = true } },
        { "EL2_VAA", 0x0000000000000023, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, MSMMU_WORLD_NS_EL2, .first = 0x1000,
            .last = 0x1fff } },
        { "EL2_VAA, range", 0x0000000000001023, 0x10400,
          { MSMMU_INV_VA_ANY_ASID, MSMMU_WORLD_NS_EL2, .first = 0x10000,
            .last = 0x11fff, .granule_shift = 12 } },
        { "EL2_ASID, of E2H all the same", 0x0042000000000021, 0,
          { MSMMU_INV_ASID, MSMMU_WORLD_NS_EL2_E2H, .asid = 0x42,
            .last = UINT64_MAX } },
    };

    CHECK(cases, S2 | HYP);
}

static void test_el2_e2h(void)
{
    static const TlbiCase cases[] = {
        { "EL2_VA", 0x4321000000000022, 0x1000,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2_E2H, .asid = 0x4321,
            .first = 0x1000, .last = 0x1fff } },
        { "EL2_VA, VMID is RES0", 0x0001567800000022, 0xffff000000001000,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2_E2H, .asid = 1,
            .first = 0xffff000000001000, .last = 0xffff000000001fff } },
        { "EL2_VAA", 0x4321567800000023, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, MSMMU_WORLD_NS_EL2_E2H, .first = 0x1000,
            .last = 0x1fff } },
        { "EL2_ASID", 0xfedc567800000021, 0,
          { MSMMU_INV_ASID, MSMMU_WORLD_NS_EL2_E2H, .asid = 0xfedc,
            .last = UINT64_MAX } },
    };

    CHECK(cases, S2 | HYP | E2H);
}

/* EL2_ALL is about both worlds, whatever CR2.E2H is. */
static void test_el2_all(void)
{
    for (unsigned e2h = 0; e2h < 2; e2h++) {
        Fixture *f = tlbi_instance(S2 | HYP | (e2h ? E2H : 0));
        MsmmuInvalidation expect = {
            MSMMU_INV_WORLD, MSMMU_WORLD_NS_EL2_E2H, .last = UINT64_MAX,
        };

        fixture_command(f, 0x4321567800000020, 0);
        tlbi_check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 2);
        tlbi_check_invalidation(fixture_unmap(f, 0), &expect);
        expect.world = MSMMU_WORLD_NS_EL2;
        tlbi_check_invalidation(fixture_unmap(f, 1), &expect);
        fixture_free(f);
    }
}

/* ---- Stage 2 (4.4.3) ---- */

/*
 * Address is [51:12], without a sign; the rest is taken as zero (4.1.6). (The
 * default instance is an SMMUv3.1.)
 */
static void test_stage2(void)
{
    static const TlbiCase cases[] = {
        { "S12_VMALL", 0xffff000700000028, UINT64_MAX,
          { MSMMU_INV_VMID, .vmid = 7, .last = UINT64_MAX } },
        { "S2_IPA", 0xffff00070000002a, 0x0000123456789001,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x123456789000,
            .last = 0x123456789fff, .leaf_only = true } },
        { "S2_IPA, 52 bits", 0x000000070000002a, 0x000fffffffffe000,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x000fffffffffe000,
            .last = 0x000fffffffffefff } },
        { "S2_IPA, bits 52 and up", 0x000000070000002a, 0xff98000000001000,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x0008000000001000,
            .last = 0x0008000000001fff } },
        { "S2_IPA, TTL 2", 0x000000070000002a, 0x40200600,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x40200000,
            .last = 0x40200fff, .granule_shift = 12, .ttl = 2 } },
        { "S2_IPA, range", 0x000000070011f02a, 0x40010c00,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x40010000,
            .last = 0x4040ffff, .granule_shift = 16 } },
    };

    CHECK(cases, S2);
    CHECK(cases, S2 | HYP | E2H);
}

#define ADD(path, func) g_test_add_func("/msmmu/command-tlbi/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("el1-forms-name-their-scope", test_el1);
    ADD("sixteen-bits-of-asid-and-vmid-count", test_sixteen_bits);
    ADD("more-than-eight-bits-match-nothing", test_eight_bits);
    ADD("vmid-is-ignored-without-stage-2", test_vmid_without_stage2);
    ADD("el2-forms-name-their-scope", test_el2);
    ADD("el2-forms-follow-e2h", test_el2_e2h);
    ADD("el2-all-is-about-both-worlds", test_el2_all);
    ADD("stage-2-forms-name-their-scope", test_stage2);
    return g_test_run();
}
