# SPDX-License-Identifier: GPL-2.0-or-later
"""Several shards of a run as one."""

import os
import shutil

from . import cases, model, sets

import msmmu_env


class MergeError(msmmu_env.SetupError):
    """Results that do not belong together."""


def position(kernels):
    """The order of cases in a report: that of the tables."""
    def place(names, name):
        return names.index(name) if name in names else len(names)

    def key(result):
        case = result.case
        return (place(kernels, case.kernel), place(cases.KINDS, case.kind),
                place(list(sets.ALL), case.setup),
                place(model.FIRMWARES, case.firmware),
                place(list(model.DOMAINS), case.domain), case.id)
    return key


def kernel_order(names):
    """Known kernels in the table's order, then others as they come."""
    known = [*cases.DEBIAN, *cases.OWN]
    return [name for name in known if name in names] + \
        [name for name in names if name not in known]


def take_log(result, source, target):
    """Copy a log to the merged report's folder; say where it is."""
    if not result.log:
        return
    found, kept = source / result.log, target / result.log
    if found.is_file() and found.resolve() != kept.resolve():
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, kept)
    elif not found.is_file():
        result.log = os.path.relpath(found, target)


def add_kernel(kernels, info):
    """The one that knows more of two about the same kernel."""
    old = kernels.get(info.name)
    if not old or (not old.release and info.release):
        kernels[info.name] = info


def merge(parts, folder):
    """One LabResult of [(folder of the report, LabResult)].

    A case may be in several only if all but one could not run it.
    """
    whole = model.LabResult()
    kernels, results = {}, {}
    for source, part in parts:
        for info in part.kernels:
            add_kernel(kernels, info)
        for defect in part.defects:
            if defect not in whole.defects:
                whole.defects.append(defect)
        for name, rows in part.sets.items():
            if whole.sets.setdefault(name, rows) != rows:
                raise MergeError(f'the set {name} is not the same in all')
        for result in part.results:
            take_log(result, source, folder)
            old = results.get(result.case.id)
            if old and model.NOT_RUN not in (old.outcome, result.outcome):
                raise MergeError(f'{result.case.id} is in two of them')
            if not old or old.outcome == model.NOT_RUN:
                results[result.case.id] = result
    names = kernel_order(list(kernels))
    whole.kernels = [kernels[name] for name in names]
    whole.results = sorted(results.values(), key=position(names))
    whole.emulator = ', '.join(dict.fromkeys(part.emulator
                                             for _, part in parts))
    whole.began = min(part.began for _, part in parts)
    whole.seconds = sum(part.seconds for _, part in parts)
    return whole
