/*
 * State that outlives the process: which registers an instance may load, and
 * what it makes of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "configs.h"
#include "fixture.h"

/* With @config, which has fields of GBPA that cannot be written, or not. */
static void check_own_state_is_accepted(const MsmmuConfig *config)
{
    Fixture *a = fixture_new(config), *b = fixture_new(config);
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

static void test_load_accepts_own_state(void)
{
    const MsmmuConfig fixed = config_of("attr-types-ovr=off");

    check_own_state_is_accepted(NULL);
    check_own_state_is_accepted(&fixed);
}

/* @message, if not NULL, is what must be said. */
static void check_not_loaded(const char *name, Fixture *f, const char *message)
{
    GError *error = NULL;

    g_test_message("%s", name);
    g_assert_false(msmmu_loaded(f->m, &error));
    g_assert_error(error, MSMMU_ERROR, 0);
    g_test_message("%s", error->message);
    if (message) {
        g_assert_cmpstr(error->message, ==, message);
    }
    g_error_free(error);
    fixture_free(f);
}

/* Another instance is told by value and by property. */
static void test_load_refuses_other_instances(void)
{
    static const struct {
        const char *source;
        const char *here;
        const char *message;
    } cases[] = {
        { "granules=4k", "granules=4k+64k",
          "the source has SMMU_IDR5=0x00000015, this instance 0x00000055 "
          "(granules)" },
        { "vax=52,oas=52", "vax=48,oas=48",
          "the source has SMMU_IDR5=0x00000476, this instance 0x00000075 "
          "(oas, vax)" },
        { "stage=nested", "stage=1",
          "the source has SMMU_IDR0=0x0944301b, this instance 0x0940301a "
          "(stage, vmidsize); SMMU_IDR3=0x00000414, this instance 0x00000404 "
          "(xnx)" },
        { "stage=nested,hyp=on,httu=dirty,ttendian=mixed",
          "stage=nested,formats=aa32+aa64,term-model=abort,asidsize=8",
          "the source has SMMU_IDR0=0x0904329b, this instance 0x0d44201f "
          "(formats, httu, hyp, asidsize, ttendian, term-model)" },
        { "ssidsize=8,sidsize=16", "attr-types-ovr=off,attr-perms-ovr=off",
          "the source has SMMU_IDR0=0x0948301a, this instance 0x0940301a "
          "(two-level-cd); SMMU_IDR1=0x0e730210, this instance 0x02730014 "
          "(sidsize, ssidsize, attr-types-ovr, attr-perms-ovr)" },
        { "two-level=off", "sidsize=6",
          "the source has SMMU_IDR0=0x0140301a, this instance 0x0940301a "
          "(two-level)" },
        { "stage=2,arch=3.4,ds=on,vax=52", "stage=2,arch=3.1,stt=on,vax=52",
          "the source has SMMU_IDR3=0x00427510, this instance 0x00000610 "
          "(fwb, stt, bbml, e0pd, ptwnnc, epan, mteperm); "
          "SMMU_IDR5=0x000004f5, this instance 0x00000475 (ds); "
          "SMMU_AIDR=0x00000004, this instance 0x00000001 (arch)" },
        { "arch=3.0,had=off", "arch=3.1",
          "the source has SMMU_IDR3=0x00000000, this instance 0x00000404 "
          "(had, ril); SMMU_AIDR=0x00000000, this instance 0x00000001 "
          "(arch)" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MsmmuConfig source = config_of(cases[i].source);
        const MsmmuConfig here = config_of(cases[i].here);
        Fixture *a = fixture_new(&source), *b = fixture_new(&here);

        *msmmu_registers(b->m) = *msmmu_registers(a->m);
        fixture_free(a);
        check_not_loaded(cases[i].source, b, cases[i].message);
    }
}

/* A register that no property shows in, and that an instance may not have. */
static void test_load_names_no_property_of_iidr(void)
{
    Fixture *f = fixture_new(NULL);

    msmmu_registers(f->m)->iidr = 0x43b;
    check_not_loaded("IIDR", f, "the source has SMMU_IIDR=0x0000043b, this "
                     "instance 0x00000000");
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
        { "GERRORN", offsetof(MsmmuRegisters, gerrorn), 0x40 },
        { "GERROR_IRQ_CFG0", offsetof(MsmmuRegisters, gerror_irq_cfg0), 0x2 },
        { "EVENTQ_IRQ_CFG2", offsetof(MsmmuRegisters, eventq_irq_cfg2), 0x40 },
        { "an edge of what is disabled", offsetof(MsmmuRegisters,
                                                  irqs_pending), 0x1 },
        { "an edge of PRIQ", offsetof(MsmmuRegisters, irqs_pending), 0x2 },
        { "an edge of nothing", offsetof(MsmmuRegisters, irqs_pending), 0x10 },
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
        check_not_loaded(cases[i].name, f, NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/loaded/accepts-its-own-state",
                    test_load_accepts_own_state);
    g_test_add_func("/msmmu/loaded/refuses-other-id-registers",
                    test_load_refuses_other_instances);
    g_test_add_func("/msmmu/loaded/names-no-property-of-iidr",
                    test_load_names_no_property_of_iidr);
    g_test_add_func("/msmmu/loaded/refuses-impossible-state",
                    test_load_refuses_impossible_state);
    return g_test_run();
}
