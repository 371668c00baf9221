# SPDX-License-Identifier: GPL-2.0-or-later
"""How programs with ThreadSanitizer can be run on this host.

The sanitizer wants most of the address space for itself. Those of GCC 12 and
Clang 14 end at once where a kernel that randomizes addresses with many bits
(vm.mmap_rnd_bits, 32 in newer ones) has put a library in its way, which it does
now and then; newer ones start again without that. setarch keeps a kernel from
it, unless a container's rules forbid that.
"""

import subprocess

# Addresses that leave the sanitizer room may be luck.
TRIALS = 12
TIMEOUT = 120

WAYS = (['setarch', '-R'], [])


def starts(command):
    """Whether a program can be run at all, and ends well."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=TIMEOUT,
                              check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def way_to_run(probe, ways=WAYS):
    """Words to put before a command, or None. PROBE does nothing, well."""
    for way in ways:
        if all(starts([*way, probe]) for _ in range(TRIALS)):
            return list(way)
    return None


def finds_races(way, probe):
    """Whether the sanitizer speaks up when PROBE makes a race on purpose."""
    done = subprocess.run([*way, probe, 'race'], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors='replace',
                          timeout=TIMEOUT, check=False)
    return done.returncode != 0 and 'data race' in done.stderr
