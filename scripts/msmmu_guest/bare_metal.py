# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs for the bare machine: no kernel, no libc, an Image of their own.

Their start-up code and drivers are in tests/firmware; a program adds files of
its own or is the one there.
"""

from . import cross, kernels

import msmmu_env

FIRMWARE = msmmu_env.SOURCE_DIR / 'tests/firmware'
PLATFORM = FIRMWARE / 'platform'
# What every program that drives an SMMU needs, of the one in FIRMWARE
SMMU = ('enable.c', 'errors.c', 'identify.c', 'interrupts.c', 'queues.c',
        'stream.c', 'stream_table.c', 'tables.c')
SCRIPT = PLATFORM / 'image.ld'
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
    return as_kernel('firmware', build('firmware', sorted(
        FIRMWARE.glob('*.c')), sorted(FIRMWARE.glob('*.h'))))


def with_smmu(name, folder):
    """A program of its own in FOLDER, which drives SMMUs as that one does."""
    return as_kernel(name, build(name, [
        *[FIRMWARE / file for file in SMMU], *sorted(folder.glob('*.c'))], [
            *sorted(FIRMWARE.glob('*.h')), *sorted(folder.glob('*.h'))]))
