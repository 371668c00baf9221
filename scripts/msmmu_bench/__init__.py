# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the benches, and tell what they found.

cli (the tool msmmu-bench), benches (which there are, and how to run them), rows
(what was measured, and its JSON), bar (the ratios that are aimed at), table and
chart (the report for people). docs/devel/benchmarks.rst has the schema.
"""

import pathlib
import sys

SOURCE_DIR = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = SOURCE_DIR / 'scripts' / 'lib'

if str(LIBRARY) not in sys.path:
    sys.path.insert(0, str(LIBRARY))
