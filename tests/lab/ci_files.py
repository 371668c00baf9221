# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/ci/"""


class NotRun(Exception):
    """What a test needs is not there."""
