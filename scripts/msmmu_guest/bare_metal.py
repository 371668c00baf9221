# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs for the bare machine: no kernel, no libc, an Image of their own.

Their start-up code and drivers are in tests/firmware; a program adds files of
its own or is the one there.
"""

import re

from . import cross, kernels, uboot

import msmmu_env

FIRMWARE = msmmu_env.SOURCE_DIR / 'tests/firmware'
PLATFORM = FIRMWARE / 'platform'
# What every program that drives an SMMU needs, of the one in FIRMWARE
SMMU = ('enable.c', 'errors.c', 'identify.c', 'interrupts.c', 'queues.c',
        'stream.c', 'stream_table.c', 'tables.c')
SCRIPT = PLATFORM / 'image.ld'
# QEMU's own machine and SMMUv3, and a device of QEMU's that does DMA
UPSTREAM = 'virt,iommu=smmuv3,gic-version=3'
EDU = ('-device', 'edu,dma_mask=0xffffffffffff')
CFLAGS = ('-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror',
          '-march=armv8.1-a', '-mgeneral-regs-only', '-ffreestanding',
          '-fno-builtin', '-fno-pic', '-fno-stack-protector',
          '-fno-asynchronous-unwind-tables', '-nostdlib', '-static', '-no-pie',
          f'-I{PLATFORM}', f'-I{FIRMWARE}', f'-Wl,-T,{SCRIPT}',
          '-Wl,--build-id=none,-z,norelro')


def build(name, sources, headers, binary=True):
    """A program's path: these SOURCES and the platform's."""
    return cross.build(name, CFLAGS, [
        *sorted(PLATFORM.glob('*.S')), *sorted(PLATFORM.glob('*.c')),
        *sources], [*sorted(PLATFORM.glob('*.h')), SCRIPT, *headers],
        binary=binary)


def as_kernel(name, image):
    """An Image, as a kernel to boot."""
    return kernels.Kernel(name, str(image), image, {}, set(), program=True)


def firmware():
    """The worked example of a bring-up, tests/firmware."""
    return as_kernel('firmware', build('bring-up', sorted(
        FIRMWARE.glob('*.c')), sorted(FIRMWARE.glob('*.h'))))


def with_smmu(name, folder):
    """A program of its own in FOLDER, which drives SMMUs as that one does."""
    return as_kernel(name, build(name, [
        *[FIRMWARE / file for file in SMMU], *sorted(folder.glob('*.c'))], [
            *sorted(FIRMWARE.glob('*.h')), *sorted(folder.glob('*.h'))]))


def mistakes():
    """The names of those that the firmware can make, in its order."""
    return [name for part in ('registers', 'streams', 'tables', 'interrupts')
            for name in re.findall(
                r'^    (?:|}, ){\n        "([a-z0-9-]+)",$',
                (FIRMWARE / f'mistakes_{part}.c').read_text(encoding='utf-8'),
                re.M)]


def tap_problem(log):
    """'' when all in the TAP of LOG is well, else what is not."""
    plan = re.search(r'^1\.\.(\d+)\r?$', log, re.M)
    results = re.findall(r'^(not )?ok (\d+) - (.*?)\r?$', log, re.M)
    bad = [claim for failed, _, claim in results if failed]
    numbers = [int(number) for _, number, _ in results]
    if 'Bail out!' in log:
        return log[log.index('Bail out!'):].splitlines()[0]
    if bad:
        return f'{len(bad)} not ok: {bad[0]}'
    if not plan:
        return 'it did not come to its end'
    if not numbers or numbers != list(range(1, int(plan.group(1)) + 1)):
        return f'{len(numbers)} results, and the plan says {plan.group(1)}'
    return ''


def boot_by_uboot(machine):
    """A talk hook of vm.Machine: U-Boot loads it by fw_cfg and starts it."""
    prompt = uboot.Prompt(machine).stop_autoboot()
    prompt.must(uboot.LOAD_KERNEL)
    prompt.enter('booti $kernel_addr_r - $fdtcontroladdr')
