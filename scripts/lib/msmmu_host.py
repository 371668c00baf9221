# SPDX-License-Identifier: GPL-2.0-or-later
"""What the host must have: the packages of scripts/packages.txt."""

import shutil
import subprocess

import msmmu_env

LIST = msmmu_env.SOURCE_DIR / 'scripts' / 'packages.txt'


def packages(*groups):
    """Names of the packages of GROUPS, in the list's order."""
    names = []
    for line in LIST.read_text(encoding='utf-8').splitlines():
        words = line.split('#')[0].split()
        if words and words[0] in groups:
            names.append(words[1])
    return names


def missing(*groups):
    """Those of them that dpkg does not have installed."""
    names = packages(*groups)
    answer = subprocess.run(
        ['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n'] + names,
        capture_output=True, text=True, check=False)
    installed = {line.split()[0] for line in answer.stdout.splitlines()
                 if line.endswith(' installed')}
    return [name for name in names if name not in installed]


def check():
    """Raise unless the packages to build are there; warn about the others."""
    if not shutil.which('dpkg-query'):
        raise msmmu_env.SetupError(
            'this is not a Debian system (no dpkg-query): msmmu is set up '
            'with packages of Debian 12 and 13 only')
    needed = missing('build')
    if needed:
        raise msmmu_env.SetupError(
            'packages are missing; as root:\n'
            '  apt-get install --no-install-recommends ' + ' '.join(needed))
    absent = missing('guest', 'check')
    if absent:
        msmmu_env.say('msmmu: to boot guests and run all checks, install: ' +
                      ' '.join(absent))
