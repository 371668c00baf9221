# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: many kernels behind many sets of SMMUs, and what each group gets.

model (what a case is and what came of it), sets (the SMMUs of each machine),
cases (which boots there are), expectations (what must come of them, and the
known defects of kernels), run (boots, in shards, resumable), ktap (what test
modules in the guest say), counters (what the instances saw), and the reports:
report_text, report_junit, report_html, compare.
"""
