/*
 * TLBI commands on instances with different features: see tlbi.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlbi.h"

static uint32_t with(uint32_t word, uint32_t bits, bool on)
{
    return on ? word | bits : word & ~bits;
}

Fixture *tlbi_instance(unsigned has)
{
    Fixture *f = fixture_new(NULL);
    MsmmuRegisters *regs = msmmu_registers(f->m);

    regs->idr[0] = with(regs->idr[0], 0x2, true);       /* S1P */
    regs->idr[0] = with(regs->idr[0], 0x1, has & S2);
    regs->idr[0] = with(regs->idr[0], 0x200, has & HYP);
    regs->idr[0] = with(regs->idr[0], 0x1000, !(has & ID8));    /* ASID16 */
    regs->idr[0] = with(regs->idr[0], 0x40000, !(has & ID8));   /* VMID16 */
    regs->idr[3] = with(regs->idr[3], 0x400, !(has & NO_RIL));
    regs->idr[5] = with(regs->idr[5], 0x10, !(has & NO_4K));
    regs->idr[5] = with(regs->idr[5], 0x20, !(has & NO_16K));
    regs->idr[5] = with(regs->idr[5], 0x80, has & DS);
    regs->cr2 = with(regs->cr2, 0x1, has & E2H);
    msmmu_command_fields_init(f->m);
    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

void tlbi_check_illegal(Fixture *f)
{
    g_assert_cmpuint(fixture_cerror(f), ==, 1);
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
}

void tlbi_check_consumed(Fixture *f)
{
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, fixture_reg32(f, 0x98));
}

void tlbi_check_invalidation(const MsmmuInvalidation *is,
                             const MsmmuInvalidation *expect)
{
    g_assert_cmpint(is->scope, ==, expect->scope);
    g_assert_cmpint(is->world, ==, expect->world);
    g_assert_cmphex(is->asid, ==, expect->asid);
    g_assert_cmphex(is->vmid, ==, expect->vmid);
    g_assert_cmphex(is->first, ==, expect->first);
    g_assert_cmphex(is->last, ==, expect->last);
    g_assert_cmpint(is->leaf_only, ==, expect->leaf_only);
    g_assert_cmpuint(is->granule_shift, ==, expect->granule_shift);
    g_assert_cmpuint(is->ttl, ==, expect->ttl);
}

void tlbi_check_cases(const TlbiCase *cases, size_t count, unsigned has)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = tlbi_instance(has);

        g_test_message("%s", cases[i].name);
        fixture_command(f, cases[i].word0, cases[i].word1);
        tlbi_check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
        tlbi_check_invalidation(fixture_unmap(f, 0), &cases[i].expect);
        fixture_free(f);
    }
}

void tlbi_check_nothing(const uint64_t words[][2], size_t count,
                        unsigned has)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = tlbi_instance(has);

        g_test_message("%zu", i);
        fixture_command(f, words[i][0], words[i][1]);
        tlbi_check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
        fixture_free(f);
    }
}
