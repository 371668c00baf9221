/*
 * Global errors: activation and acknowledgement, the interrupt, and the
 * limited log of guest errors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"

static Fixture *fixture_with_irq(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg32(f, 0x50, 0x1);            /* GERROR_IRQEN */
    g_assert_cmphex(fixture_reg32(f, 0x54), ==, 0x1);
    return f;
}

static void test_toggles(void)
{
    Fixture *f = fixture_with_irq();

    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    g_assert_cmphex(fixture_reg32(f, 0x64), ==, 0x0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);

    /* Acknowledged by the same value; the next error toggles back to 0. */
    fixture_set_reg32(f, 0x64, 0x1);
    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x0);
    g_assert_cmphex(fixture_reg32(f, 0x64), ==, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 2);
    fixture_free(f);
}

static void test_active_is_not_toggled(void)
{
    Fixture *f = fixture_with_irq();

    msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
    msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x4);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);

    /* Errors are independent of each other. */
    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x5);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 2);
    fixture_set_reg32(f, 0x64, 0x4);
    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x5);
    fixture_free(f);
}

static void test_irq_needs_enable(void)
{
    Fixture *f = fixture_new(NULL);

    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 0);

    /* 6.3.16: no interrupt for what happened before it was enabled. */
    fixture_set_reg32(f, 0x50, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 0);
    fixture_free(f);
}

static void test_log_is_limited(void)
{
    Fixture *f = fixture_new(NULL);

    for (int i = 0; i < 1000; i++) {
        msmmu_guest_error(f->m, "mistake %d", i);
    }
    g_assert_cmpuint(f->guest_errors->len, >=, 1);
    g_assert_cmpuint(f->guest_errors->len, <, 50);
    g_assert_cmpstr(g_ptr_array_index(f->guest_errors, 0), ==, "mistake 0");

    /* A second later there is room again, and the lost lines are counted. */
    f->m->guest_error_since -= 2 * G_USEC_PER_SEC;
    fixture_forget(f);
    msmmu_guest_error(f->m, "another");
    g_assert_cmpuint(f->guest_errors->len, ==, 1);
    g_assert_nonnull(strstr(g_ptr_array_index(f->guest_errors, 0),
                            "another ("));
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/gerror/toggles-and-is-acknowledged",
                    test_toggles);
    g_test_add_func("/msmmu/gerror/an-active-error-is-not-toggled",
                    test_active_is_not_toggled);
    g_test_add_func("/msmmu/gerror/interrupt-needs-its-enable",
                    test_irq_needs_enable);
    g_test_add_func("/msmmu/gerror/guest-error-log-is-limited",
                    test_log_is_limited);
    return g_test_run();
}
