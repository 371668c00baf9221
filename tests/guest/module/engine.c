// SPDX-License-Identifier: GPL-2.0
/*
 * A minimal driver of msmmu-engine, from docs/specs/msmmu-engine.rst
 *
 * Ring 0 with one descriptor in the engine's local memory, polled. The driver
 * manages the function's DMA itself, as vfio-pci does, so that binding it
 * leaves the group free to be claimed. Functions that have another driver stay
 * with it.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "probe.h"

#define ENGINE_VENDOR 0x1234
#define ENGINE_DEVICE 0x11f3

#define ENGINE_ID 0x00
#define ENGINE_ID_VALUE 0x454d534d
#define ENGINE_VERSION 0x04
#define ENGINE_CTRL 0x10
#define ENGINE_CTRL_RESET 1
#define RING_BASE 0x1000
#define RING_SIZE 0x1008
#define RING_CTRL 0x100c
#define RING_CTRL_ENABLE 1
#define RING_CTRL_LOCAL 2
#define RING_ATTR 0x1010
#define RING_PROD 0x1014
#define RING_CONS 0x1018

#define OP_READ 1
#define OP_WRITE 2
#define ATTR_INST BIT(22)
#define WORDS 16
#define LOCAL_DATA 0x8000
#define WAIT_US 5000000

struct engine {
	struct list_head entry;
	struct pci_dev *pdev;
	void __iomem *regs;
	void __iomem *local;
};

static LIST_HEAD(engines);

void engine_local_set(struct engine *engine, const void *data, size_t bytes)
{
	memcpy_toio(engine->local + LOCAL_DATA, data, bytes);
}

void engine_local_get(struct engine *engine, void *data, size_t bytes)
{
	memcpy_fromio(data, engine->local + LOCAL_DATA, bytes);
}

/* One descriptor, to its end: 0 or -ETIMEDOUT */
static int run(struct engine *engine, const u64 *word,
	       struct engine_result *result)
{
	u64 status;
	u32 cons;
	int error, i;

	for (i = 0; i < WORDS; i++)
		writeq(word[i], engine->local + 8 * i);
	/* Enabling a ring that was disabled makes PROD and CONS 0 */
	writel(0, engine->regs + RING_CTRL);
	writeq(0, engine->regs + RING_BASE);
	writel(0, engine->regs + RING_SIZE);
	writel(0, engine->regs + RING_ATTR);
	writel(RING_CTRL_ENABLE | RING_CTRL_LOCAL, engine->regs + RING_CTRL);
	writel(1, engine->regs + RING_PROD);
	error = readl_poll_timeout(engine->regs + RING_CONS, cons, cons == 1,
				   20, WAIT_US);
	writel(0, engine->regs + RING_CTRL);
	if (error)
		return error;
	status = readq(engine->local + 8 * 15);
	*result = (struct engine_result) {
		.status = status & 0xff,
		.detail = status >> 8 & 0xff,
		.failed = status >> 32,
		.transactions = readq(engine->local + 8 * 12),
		.fault = readq(engine->local + 8 * 14),
	};
	return 0;
}

/* From or to the local memory, where engine_local_get() and _set() look */
int engine_access(struct engine *engine, u64 iova, u32 bytes,
		  enum access access, struct engine_result *result)
{
	u64 word[WORDS] = {
		[0] = access == DATA_WRITE ? OP_WRITE : OP_READ,
		[1] = bytes | 1ULL << 32,
		[2] = iova,
		[9] = LOCAL_DATA,
	};

	if (access == FETCH)
		word[0] |= (u64)ATTR_INST << 32;
	return run(engine, word, result);
}

/* ---- Binding ---- */

static int engine_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct engine *engine;
	int error;

	engine = devm_kzalloc(&pdev->dev, sizeof(*engine), GFP_KERNEL);
	if (!engine)
		return -ENOMEM;
	engine->pdev = pdev;
	error = pcim_enable_device(pdev);
	if (error)
		return error;
	engine->regs = pcim_iomap(pdev, 0, 0);
	engine->local = pcim_iomap(pdev, 2, 0);
	if (!engine->regs || !engine->local)
		return -ENOMEM;
	if (readl(engine->regs + ENGINE_ID) != ENGINE_ID_VALUE ||
	    readl(engine->regs + ENGINE_VERSION) >> 16 != 1)
		return -ENODEV;
	writel(ENGINE_CTRL_RESET, engine->regs + ENGINE_CTRL);
	pci_set_master(pdev);
	pci_set_drvdata(pdev, engine);
	list_add_tail(&engine->entry, &engines);
	return 0;
}

static void engine_remove(struct pci_dev *pdev)
{
	struct engine *engine = pci_get_drvdata(pdev);

	list_del(&engine->entry);
	writel(ENGINE_CTRL_RESET, engine->regs + ENGINE_CTRL);
	pci_clear_master(pdev);
}

static const struct pci_device_id engine_ids[] = {
	{ PCI_DEVICE(ENGINE_VENDOR, ENGINE_DEVICE) },
	{ }
};

static struct pci_driver engine_driver = {
	.name = "msmmu_probe",
	.id_table = engine_ids,
	.probe = engine_probe,
	.remove = engine_remove,
	.driver_managed_dma = true,
};

int engines_start(void)
{
	return pci_register_driver(&engine_driver);
}

void engines_stop(void)
{
	pci_unregister_driver(&engine_driver);
}

struct engine *engine_of(struct pci_dev *pdev)
{
	struct engine *engine;

	list_for_each_entry(engine, &engines, entry)
		if (engine->pdev == pdev)
			return engine;
	return NULL;
}

/* An engine behind another instance than the subject */
struct pci_dev *engine_elsewhere(const struct subject *s)
{
	struct engine *engine;

	list_for_each_entry(engine, &engines, entry) {
		struct dev_iommu *iommu = engine->pdev->dev.iommu;

		if (iommu && iommu->iommu_dev !=
			     s->pdev->dev.iommu->iommu_dev)
			return engine->pdev;
	}
	return NULL;
}
