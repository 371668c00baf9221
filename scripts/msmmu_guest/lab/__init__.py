# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: many kernels behind many sets of SMMUs, and what each group gets.

From the outside in: cli (msmmu-guest matrix), run and progress (boots, in
shards, resumable), cases (which boots there are), kinds (how each is booted),
sets (the SMMUs of each machine), counters (what the instances saw), evidence
(what remains of a boot), expectations (the judgement: outcomes), claims (what
the host says must be so), ktap (what test modules in the guest say), groups
(what was seen of each IOMMU group), bitmaps (which page sizes a kernel must
have), defects (those known of kernels), model (a case and what came of it, as
JSON), merge (shards), and the reports: report_text, report_ktap, report_junit.
"""
