# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot kernels behind SMMUs that differ, and tell what they make of them.

From the outside in: cli (the tool msmmu-guest), demo (msmmu-demo), survey
(which boots answer which question), report and expect (tables, JSON, gates),
vm (one boot), topology (the emulator's command line), console (what the guest
printed), initramfs (probe, modules, shell), cross (programs for guests),
kernels and modinfo (Debian's kernels, and the user's). Beside it, kernel_build
and its parts (msmmu-kernel): kernels of one's own.
"""

import pathlib
import sys

SOURCE_DIR = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = SOURCE_DIR / 'scripts' / 'lib'
PROBE_DIR = SOURCE_DIR / 'tests' / 'guest' / 'probe'
DEFAULT_QEMU = SOURCE_DIR / 'build' / 'qemu-system-aarch64'

if str(LIBRARY) not in sys.path:
    sys.path.insert(0, str(LIBRARY))
