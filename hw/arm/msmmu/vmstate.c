/*
 * The state of an SMMUv3 instance in a migration stream or a snapshot.
 *
 * Registers and queue positions are saved field by field; caches are not. The
 * ID registers come first and are compared: an instance cannot become another
 * one under the guest's feet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "smmuv3_private.h"

/* ---- What the instance is --------------------------------------------- */

static MsmmuIdentity own_identity(const MsmmuSmmuv3State *s)
{
    MsmmuIdentity own = {
        .iidr = s->regs->iidr,
        .aidr = s->regs->aidr,
    };

    QEMU_BUILD_BUG_ON(sizeof(own.idr) != sizeof(s->regs->idr));
    memcpy(own.idr, s->regs->idr, sizeof(own.idr));
    return own;
}

static int identity_check(void *opaque, int version_id)
{
    MsmmuSmmuv3State *s = opaque;
    const MsmmuIdentity *identity = &s->saved_identity;
    MsmmuRegisters saved = { .iidr = identity->iidr, .aidr = identity->aidr };
    g_autofree char *difference = NULL;

    memcpy(saved.idr, identity->idr, sizeof(saved.idr));
    difference = msmmu_difference(s->regs, &saved);
    if (!difference) {
        return 0;
    }
    error_report(TYPE_MSMMU_SMMUV3 " '%s': the source has %s",
                 msmmu_smmuv3_id(s), difference);
    return -EINVAL;
}

static int identity_pre_save(void *opaque)
{
    MsmmuSmmuv3State *s = opaque;

    s->saved_identity = own_identity(s);
    return 0;
}

static const VMStateDescription vmstate_identity = {
    .name = "msmmu-smmuv3/identity",
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = identity_pre_save,
    .post_load = identity_check,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32_ARRAY(saved_identity.idr, MsmmuSmmuv3State, 6),
        VMSTATE_UINT32(saved_identity.iidr, MsmmuSmmuv3State),
        VMSTATE_UINT32(saved_identity.aidr, MsmmuSmmuv3State),
        VMSTATE_END_OF_LIST()
    }
};

/* ---- What it was doing ------------------------------------------------ */

static const VMStateDescription vmstate_registers = {
    .name = "msmmu-smmuv3/registers",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(cr0, MsmmuRegisters),
        VMSTATE_UINT32(cr0ack, MsmmuRegisters),
        VMSTATE_UINT32(cr1, MsmmuRegisters),
        VMSTATE_UINT32(cr2, MsmmuRegisters),
        VMSTATE_UINT32(statusr, MsmmuRegisters),
        VMSTATE_UINT32(gbpa, MsmmuRegisters),
        VMSTATE_UINT32(irq_ctrl, MsmmuRegisters),
        VMSTATE_UINT32(irq_ctrlack, MsmmuRegisters),
        VMSTATE_UINT32(irqs_pending, MsmmuRegisters),
        VMSTATE_UINT64(gerror_irq_cfg0, MsmmuRegisters),
        VMSTATE_UINT32(gerror_irq_cfg1, MsmmuRegisters),
        VMSTATE_UINT32(gerror_irq_cfg2, MsmmuRegisters),
        VMSTATE_UINT64(eventq_irq_cfg0, MsmmuRegisters),
        VMSTATE_UINT32(eventq_irq_cfg1, MsmmuRegisters),
        VMSTATE_UINT32(eventq_irq_cfg2, MsmmuRegisters),
        VMSTATE_UINT32(gerror, MsmmuRegisters),
        VMSTATE_UINT32(gerrorn, MsmmuRegisters),
        VMSTATE_UINT64(strtab_base, MsmmuRegisters),
        VMSTATE_UINT32(strtab_base_cfg, MsmmuRegisters),
        VMSTATE_UINT64(cmdq_base, MsmmuRegisters),
        VMSTATE_UINT32(cmdq_prod, MsmmuRegisters),
        VMSTATE_UINT32(cmdq_cons, MsmmuRegisters),
        VMSTATE_UINT64(eventq_base, MsmmuRegisters),
        VMSTATE_UINT32(eventq_prod, MsmmuRegisters),
        VMSTATE_UINT32(eventq_cons, MsmmuRegisters),
        VMSTATE_END_OF_LIST()
    }
};

static int smmuv3_post_load(void *opaque, int version_id)
{
    MsmmuSmmuv3State *s = opaque;
    g_autoptr(GError) error = NULL;

    if (!msmmu_loaded(s->core, &error)) {
        error_report(TYPE_MSMMU_SMMUV3 " '%s': %s", msmmu_smmuv3_id(s),
                     error->message);
        return -EINVAL;
    }
    return 0;
}

const VMStateDescription msmmu_smmuv3_vmstate = {
    .name = TYPE_MSMMU_SMMUV3,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = smmuv3_post_load,
    .fields = (const VMStateField[]) {
        /* No field of its own: it is seen as a part of the whole. */
        {
            .name = "identity",
            .vmsd = &vmstate_identity,
            .size = sizeof(MsmmuSmmuv3State),
            .flags = VMS_STRUCT,
            .offset = 0,
        },
        VMSTATE_STRUCT_POINTER(regs, MsmmuSmmuv3State, vmstate_registers,
                               MsmmuRegisters),
        VMSTATE_END_OF_LIST()
    }
};
