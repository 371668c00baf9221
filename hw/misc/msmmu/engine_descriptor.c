/*
 * Descriptors of the device msmmu-engine: what they ask for, and whether it can
 * be done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pcie.h"
#include "engine.h"

static const struct {
    unsigned ranges;
    bool atomic;
} operations[NUM_OPS] = {
    [OP_READ] = { 1 },
    [OP_WRITE] = { 1 },
    [OP_FILL] = { 1 },
    [OP_CHECKSUM] = { 1 },
    [OP_COMPARE] = { 2 },
    [OP_VERIFY] = { 1 },
    [OP_COPY] = { 2 },
    [OP_ADD] = { 1, true },
    [OP_SWAP] = { 1, true },
    [OP_CAS] = { 1, true },
    [OP_TOUCH] = { 1 },
};

static EngineOutcome ok(void)
{
    return engine_outcome(STATUS_OK, 0);
}

static EngineOutcome bad(uint8_t detail)
{
    return engine_outcome(STATUS_BAD_DESCRIPTOR, detail);
}

static EngineOutcome unsupported(uint8_t detail)
{
    return engine_outcome(STATUS_NOT_SUPPORTED, detail);
}

/* ---- Attributes ---- */

static bool has_reserved_attributes(uint32_t attr)
{
    return FIELD_EX32(attr, ATTR, RES0) ||
           (!FIELD_EX32(attr, ATTR, SSV) && FIELD_EX32(attr, ATTR, SSID));
}

static EngineOutcome check_pasid(const MsmmuEngine *s, uint32_t attr)
{
    const PCIDevice *dev = &s->parent_obj;
    uint16_t control = 0;

    if (s->pasid_bits) {
        control = pci_get_word(dev->config + ENGINE_PASID_OFFSET +
                               PCI_PASID_CTRL);
    }
    if (!(control & PCI_PASID_CTRL_ENABLE)) {
        return unsupported(UNSUPPORTED_PASID);
    }
    if (FIELD_EX32(attr, ATTR, SSID) >> s->pasid_bits) {
        return unsupported(UNSUPPORTED_SSID);
    }
    if (FIELD_EX32(attr, ATTR, PRIV) && !(control & PCI_PASID_CTRL_PRIV)) {
        return unsupported(UNSUPPORTED_PRIV);
    }
    if (FIELD_EX32(attr, ATTR, INST) && !(control & PCI_PASID_CTRL_EXEC)) {
        return unsupported(UNSUPPORTED_INST);
    }
    return ok();
}

EngineOutcome msmmu_engine_check_attributes(const MsmmuEngine *s,
                                            const EngineBus *bus,
                                            uint32_t attr, bool unmarked)
{
    bool ssv = FIELD_EX32(attr, ATTR, SSV);

    if (has_reserved_attributes(attr)) {
        return bad(BAD_RES0);
    }
    if (!ssv && !FIELD_EX32(attr, ATTR, PRIV) &&
        !FIELD_EX32(attr, ATTR, INST)) {
        return ok();
    }
    if (!bus->stream || unmarked) {
        return unsupported(UNSUPPORTED_BUS);
    }
    return ssv ? check_pasid(s, attr) : ok();
}

/* ---- Ranges ---- */

static uint32_t attributes_of(const MsmmuEngine *s,
                              const uint64_t word[DESC_WORDS], unsigned n)
{
    const PCIDevice *dev = &s->parent_obj;
    uint16_t control = pci_get_word(dev->config + dev->exp.exp_cap +
                                    PCI_EXP_DEVCTL);
    uint32_t attr = n ? FIELD_EX64(word[DESC_SECOND], DESC_SECOND, ATTR)
                      : FIELD_EX64(word[DESC_HEAD], DESC_HEAD, ATTR);

    if (!(control & PCI_EXP_DEVCTL_NOSNOOP_EN)) {
        attr = FIELD_DP32(attr, ATTR, NOSNOOP, 0);
    }
    return attr;
}

static EngineRange decode_range(const uint64_t word[DESC_WORDS], unsigned n,
                                uint32_t attr)
{
    const uint64_t head = word[DESC_HEAD];

    return (EngineRange) {
        .pattern = n ? FIELD_EX64(head, DESC_HEAD, PATTERN2)
                     : FIELD_EX64(head, DESC_HEAD, PATTERN),
        .size = FIELD_EX64(word[DESC_AMOUNT], DESC_AMOUNT, SIZE),
        .count = n ? UINT64_MAX
                   : FIELD_EX64(word[DESC_AMOUNT], DESC_AMOUNT, COUNT),
        .address = word[DESC_ADDR + 2 * n],
        .step = word[DESC_STEP + 2 * n],
        .seed = n ? ~word[DESC_SEED] : word[DESC_SEED],
        .transaction = msmmu_engine_transaction(attr),
    };
}

/* What all accesses have in common; the others are checked one by one. */
static EngineOutcome check_atomic(const MsmmuEngine *s,
                                  const EngineRange *range)
{
    const PCIDevice *dev = &s->parent_obj;
    uint16_t control = pci_get_word(dev->config + dev->exp.exp_cap +
                                    PCI_EXP_DEVCTL2);

    if (!(control & PCI_EXP_DEVCTL2_ATOMIC_REQ)) {
        return unsupported(UNSUPPORTED_ATOMIC);
    }
    if (range->pattern != PATTERN_SCATTER && range->size != 4 &&
        range->size != 8) {
        return bad(BAD_ATOMIC_SIZE);
    }
    return ok();
}

static EngineOutcome check_lists(const EngineOperation *op, unsigned ranges)
{
    bool is_list[2];

    for (unsigned n = 0; n < ranges; n++) {
        is_list[n] = op->range[n].pattern == PATTERN_SCATTER;
        if (is_list[n] &&
            !QEMU_IS_ALIGNED(op->range[n].address, ENGINE_LIST_ENTRY_SIZE)) {
            return bad(BAD_LIST);
        }
    }
    /* The second range would never have as many bytes as the first. */
    if (ranges == 2 && is_list[0] && !is_list[1] && !op->range[1].size) {
        return bad(BAD_LIST);
    }
    return ok();
}

/* ---- All of it ---- */

static EngineOutcome check_layout(const uint64_t word[DESC_WORDS])
{
    const uint64_t head = word[DESC_HEAD];

    if (FIELD_EX64(head, DESC_HEAD, OP) >= NUM_OPS) {
        return bad(BAD_OP);
    }
    if (FIELD_EX64(head, DESC_HEAD, PATTERN) >= NUM_PATTERNS ||
        FIELD_EX64(head, DESC_HEAD, PATTERN2) >= NUM_PATTERNS) {
        return bad(BAD_PATTERN);
    }
    if (FIELD_EX64(head, DESC_HEAD, RES0) ||
        FIELD_EX64(word[DESC_SECOND], DESC_SECOND, RES0) ||
        has_reserved_attributes(FIELD_EX64(head, DESC_HEAD, ATTR)) ||
        has_reserved_attributes(FIELD_EX64(word[DESC_SECOND], DESC_SECOND,
                                           ATTR))) {
        return bad(BAD_RES0);
    }
    return ok();
}

EngineOutcome msmmu_engine_decode(const MsmmuEngine *s, const EngineBus *bus,
                                  const uint64_t word[DESC_WORDS],
                                  EngineOperation *op)
{
    const uint64_t head = word[DESC_HEAD];
    EngineOutcome out = check_layout(word);

    /* An interrupt is signalled for one that cannot be done, too. */
    *op = (EngineOperation) {
        .op = FIELD_EX64(head, DESC_HEAD, OP),
        .irq = FIELD_EX64(head, DESC_HEAD, IRQ),
        .go_on = FIELD_EX64(head, DESC_HEAD, CONTINUE),
        .unmarked = FIELD_EX64(head, DESC_HEAD, UNMARKED),
        .operand = word[DESC_OPERAND],
        .operand2 = word[DESC_OPERAND2],
        .local = word[DESC_LOCAL],
    };
    for (unsigned n = 0; engine_is_ok(out) && n < operations[op->op].ranges;
         n++) {
        uint32_t attr = attributes_of(s, word, n);

        op->range[n] = decode_range(word, n, attr);
        out = msmmu_engine_check_attributes(s, bus, attr, op->unmarked);
    }
    if (engine_is_ok(out)) {
        out = check_lists(op, operations[op->op].ranges);
    }
    if (engine_is_ok(out) && operations[op->op].atomic) {
        out = check_atomic(s, &op->range[0]);
    }
    return out;
}
