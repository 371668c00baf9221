# SPDX-License-Identifier: GPL-2.0-or-later
"""What modules from outside need of a kernel, in a folder of its own.

The tree and the objects become one, as if built in place: "make -C FOLDER
M=DIR modules" needs neither any more. The selection is that of the kernel's
own scripts/package/install-extmod-build, which old series do not have.
"""

import os
import shutil

import msmmu_env

ARCH = 'arch/arm64'
# Of scripts/: what only the kernel's own build or people use.
NO_SCRIPTS = {'atomic', 'coccinelle', 'dtc', 'gcc-plugins', 'gdb', 'kconfig',
              'package', 'selinux', 'tracing'}
BUILT = ('Module.symvers', '.config', f'{ARCH}/include/generated',
         'include/config/auto.conf', 'include/config/kernel.release',
         'include/generated')


def kept(folder, names):
    """For shutil.copytree: which NAMES of a folder to leave out."""
    return {name for name in names
            if name.endswith(('.o', '.cmd', '.d')) or name == '__pycache__'
            or os.path.islink(os.path.join(folder, name))}


def copy(base, name, target):
    """A file or folder of BASE to the same place in TARGET."""
    source = base / name
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target / name, ignore=kept,
                        dirs_exist_ok=True)
    else:
        shutil.copy2(source, target / name)


def from_tree(tree, target):
    """What does not depend on the configuration."""
    copy(tree, 'Makefile', target)
    for path in sorted((tree / ARCH).glob('Makefile*')):
        copy(tree, path.relative_to(tree), target)
    for root, folders, _ in os.walk(tree / ARCH):
        if 'include' in folders:
            copy(tree, (tree.__class__(root) / 'include').relative_to(tree),
                 target)
    copy(tree, 'include', target)
    scripts(tree, target)


def scripts(base, target):
    """The build's programs, as source or as built."""
    for path in sorted((base / 'scripts').iterdir()):
        if path.name not in NO_SCRIPTS | kept(path.parent, [path.name]):
            copy(base, path.relative_to(base), target)


def collect(tree, objects, target):
    """Fill TARGET; the kernel in OBJECTS is built from TREE."""
    from_tree(tree, target)
    for name in BUILT:
        if not (objects / name).exists():
            raise msmmu_env.SetupError(f'{objects}: no {name} was built')
        copy(objects, name, target)
    scripts(objects, target)
