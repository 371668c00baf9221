# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs for guests, built by the cross compiler and kept by content."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import msmmu_env

COMPILER = 'aarch64-linux-gnu-gcc'
OBJCOPY = 'aarch64-linux-gnu-objcopy'


def run(words, failure):
    """Run a tool; its words are the error's when it fails."""
    answer = subprocess.run(words, capture_output=True, text=True,
                            check=False)
    if answer.returncode:
        raise msmmu_env.SetupError(f'{failure}:\n{answer.stderr}')


def build(name, flags, sources, others=(), cache=None, binary=False):
    """The path of a program, cross-built unless the cache has it.

    OTHERS are files that it depends on besides its SOURCES. With BINARY it is
    what its memory holds, without the headers of ELF.
    """
    compiler = os.environ.get('MSMMU_GUEST_CC', COMPILER)
    if not shutil.which(compiler):
        raise msmmu_env.SetupError(
            f'{compiler} is missing; install the packages '
            'gcc-aarch64-linux-gnu and libc6-dev-arm64-cross')
    if not sources:
        raise msmmu_env.SetupError(f'no sources of the guest program {name}')
    version = subprocess.run([compiler, '--version'], capture_output=True,
                             check=False).stdout
    digest = hashlib.sha256(version + ' '.join(flags).encode())
    for path in [*sources, *others]:
        digest.update(path.name.encode() + b'\0' + path.read_bytes())
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    target = cache / name / digest.hexdigest()[:24]
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with msmmu_env.step(f'building the guest program {name}'), \
            tempfile.TemporaryDirectory(dir=target.parent) as folder:
        output = os.path.join(folder, name)
        run([compiler, *flags, '-o', output, *map(str, sources)],
            f'the guest program {name} does not compile')
        if binary:
            run([OBJCOPY, '-O', 'binary', output],
                f'the guest program {name} cannot be an Image')
        os.replace(output, target)
    return target
