/*
 * State that outlives the process: which registers an instance may load, and
 * what it makes of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"

static void test_load_accepts_own_state(void)
{
    Fixture *a = fixture_new(NULL), *b = fixture_new(NULL);
    GError *error = NULL;

    fixture_enable(a);
    msmmu_gerror_raise(a->m, GERROR_CMDQ_ERR);
    *msmmu_registers(b->m) = *msmmu_registers(a->m);
    g_assert_true(msmmu_loaded(b->m, &error));
    g_assert_no_error(error);
    g_assert_true(fixture_unmapped_all(b));
    g_assert_true(b->deferred);
    g_assert_cmphex(fixture_reg32(b, 0x24), ==, 0xd);
    g_assert_cmphex(fixture_reg64(b, 0x80), ==, FIXTURE_STRTAB);
    fixture_free(a);
    fixture_free(b);
}

static void check_not_loaded(const char *name, Fixture *f)
{
    GError *error = NULL;

    g_test_message("%s", name);
    g_assert_false(msmmu_loaded(f->m, &error));
    g_assert_error(error, MSMMU_ERROR, 0);
    g_test_message("%s", error->message);
    g_error_free(error);
    fixture_free(f);
}

static void test_load_refuses_other_instances(void)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *a, *b = fixture_new(NULL);

    config.granules = MSMMU_GRANULES_4K;
    a = fixture_new(&config);
    *msmmu_registers(b->m) = *msmmu_registers(a->m);
    fixture_free(a);
    check_not_loaded("IDR5 differs", b);
}

static void test_load_refuses_impossible_state(void)
{
    static const struct {
        const char *name;
        size_t at;
        uint32_t value;
    } cases[] = {
        { "CR0.PRIQEN", offsetof(MsmmuRegisters, cr0), 0x2 },
        { "CR0ACK alone", offsetof(MsmmuRegisters, cr0ack), 0x1 },
        { "CR1", offsetof(MsmmuRegisters, cr1), 0x1000 },
        { "CR2.E2H", offsetof(MsmmuRegisters, cr2), 0x1 },
        { "STATUSR", offsetof(MsmmuRegisters, statusr), 0x1 },
        { "GBPA.Update", offsetof(MsmmuRegisters, gbpa), 0x80000000 },
        { "IRQ_CTRL", offsetof(MsmmuRegisters, irq_ctrl), 0x2 },
        { "IRQ_CTRLACK", offsetof(MsmmuRegisters, irq_ctrlack), 0x1 },
        { "GERROR", offsetof(MsmmuRegisters, gerror), 0x2 },
        { "GERRORN", offsetof(MsmmuRegisters, gerrorn), 0x80 },
        { "STRTAB_BASE", offsetof(MsmmuRegisters, strtab_base), 0x1 },
        { "STRTAB_BASE_CFG", offsetof(MsmmuRegisters, strtab_base_cfg),
          0x800 },
        { "CMDQ_PROD", offsetof(MsmmuRegisters, cmdq_prod), 0x100000 },
        { "EVENTQ_CONS", offsetof(MsmmuRegisters, eventq_cons), 0x100000 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_new(NULL);
        char *regs = (char *)msmmu_registers(f->m);

        *(uint32_t *)(regs + cases[i].at) = cases[i].value;
        check_not_loaded(cases[i].name, f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/loaded/accepts-its-own-state",
                    test_load_accepts_own_state);
    g_test_add_func("/msmmu/loaded/refuses-other-id-registers",
                    test_load_refuses_other_instances);
    g_test_add_func("/msmmu/loaded/refuses-impossible-state",
                    test_load_refuses_impossible_state);
    return g_test_run();
}
