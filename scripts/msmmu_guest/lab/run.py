# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots the cases, some at a time, and writes what came of them.

Nothing is tried twice. What remains of each boot is kept in the output folder
with a key that says all that went into it: with "resume", a case whose key is
still the same is not booted again, and a run that was interrupted goes on. The
judgement is made anew each time.
"""

import dataclasses
import datetime
import functools
import hashlib
import json
import pathlib
import re
import threading
import time

from .. import initramfs, kernels, module, survey, topology, vm
from . import cases, counters, defects, evidence, expectations, kinds, \
    model, sets

import msmmu_env


@dataclasses.dataclass
class Prepared:
    """A kernel, ready to boot, or why it is not."""
    info: model.KernelInfo
    kernel: object = None
    initrd: str = ''            # the path says what is in it
    image: str = ''             # digest
    va_bits: int = 48           # as its configuration says

    @property
    def has_module(self):
        """Is there a test module for it?"""
        return self.info.module == module.BUILT


@functools.lru_cache(maxsize=None)
def digest(path):
    """Of a file's content."""
    found = hashlib.sha256()
    with open(path, 'rb') as handle:
        while True:
            block = handle.read(1 << 20)
            if not block:
                return found.hexdigest()
            found.update(block)


def va_bits(kernel):
    """CONFIG_ARM64_VA_BITS, where the configuration is beside the Image."""
    try:
        text = (kernel.image.parent / 'config').read_text('utf-8')
    except OSError:
        return 48
    found = re.search(r'^CONFIG_ARM64_VA_BITS=(\d+)$', text, re.MULTILINE)
    return int(found.group(1)) if found else 48


class Lab:
    """One run: cases, options, the output folder, and the results so far."""

    def __init__(self, options, output, *, resume=False, judge=False,
                 modules=None, build=None, progress=None):
        self.bench = survey.Bench(dataclasses.replace(options, quiet=True))
        self.options = options
        self.output = pathlib.Path(output)
        self.store = evidence.Store(self.output)
        self.resume = resume
        self.judge = judge
        self.modules, self.build = modules, build
        self.progress = progress
        self.debian = kernels.DebianKernels()
        self.prepared = {}
        self.results = {}
        self.lock = threading.Lock()

    # ---- Kernels ----

    def prepare(self, name):
        """Fetch or build what a kernel needs; an error is a result, too."""
        info = model.KernelInfo(name)
        prepared = self.prepared[name] = Prepared(info)
        if self.judge:
            return prepared
        try:
            kernel = kernels.get(name, self.modules, self.debian, self.build)
            info.label, info.page_size = kernel.label, kernel.page_size
            kernel.module, info.module = module.build(kernel)
            prepared.initrd = str(initramfs.build(kernel))
            prepared.image = digest(kernel.image)
            prepared.va_bits = va_bits(kernel)
            prepared.kernel = kernel
        except (msmmu_env.SetupError, OSError) as error:
            info.error = str(error)
        return prepared

    # ---- One case ----

    def case_options(self, case, plan):
        """survey.Options of a boot."""
        return dataclasses.replace(
            self.options, endpoints=plan.endpoints, firmware=case.firmware,
            quiet=True, **plan.options)

    def key(self, case, plan, prepared):
        """All that goes into a boot, as one word."""
        options = dataclasses.asdict(self.case_options(case, plan))
        for name in ('qemu', 'jobs', 'keep_logs', 'quiet'):
            options.pop(name)
        content = [evidence.VERSION, case.id, sets.ALL[case.setup],
                   digest(self.options.qemu), prepared.image,
                   prepared.initrd, survey.APPEND, plan.jobs, plan.append,
                   options]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()
                              ).hexdigest()[:32]

    def run_case(self, case, prepared):
        """Boot it, or take what remains of a boot; a model.CaseResult."""
        if self.judge:
            found = self.store.load(case)
            if not found:
                return expectations.not_run(
                    case, 'the folder has no boot of it'), True
            prepared.info = model.KernelInfo(**found.kernel)
            return self.judged(case, found, prepared.info), True
        plan = kinds.plan(case, prepared.has_module)
        key = self.key(case, plan, prepared)
        found = self.store.load(case, key) if self.resume else None
        kept = found is not None
        if not kept:
            if self.progress:
                self.progress.begins(case)
            found = self.boot(case, plan, prepared)
            if vm.stopping():
                raise KeyboardInterrupt
            self.store.save(case, key, found)
        return self.judged(case, found, prepared.info), kept

    def judged(self, case, found, info):
        """The CaseResult; the kernel tells of itself meanwhile."""
        if found.release:
            info.release = found.release
            info.page_size = found.page_size
        return expectations.judge(
            case, found, '' if info.module == module.BUILT else info.module,
            self.store.log_path(case))

    def boot(self, case, plan, prepared):
        """Its Evidence."""
        ports = topology.parse_smmus(sets.ALL[case.setup])
        options = self.case_options(case, plan)
        files = {}
        folder = self.bench.folder / evidence.file_name(case.id)
        folder.mkdir()
        hooks = plan.hooks(folder, ports) if plan.hooks else {}
        options = dataclasses.replace(
            options, qemu_args=options.qemu_args + hooks.pop('arguments', ()))
        host = hooks.pop('host', [])
        recorder = counters.Recorder(ports, hooks.pop('on_record', None))

        def check(_result, disks):
            files.update({disk.serial: survey.file_verdict(disk.path,
                                                           disk.serial)
                          for disk in disks})

        result = self.bench.boot(
            prepared.kernel, ports, case.id, ','.join(plan.jobs),
            ' '.join(plan.append), check=check, options=options,
            on_record=recorder.on_record, on_hang=recorder.on_hang, **hooks)
        found = evidence.from_result(result)
        found.counters, found.files = recorder.snapshots, files
        found.host = [*host, *recorder.host]
        if result.nudges:
            found.host.append(f'woken out of silence {result.nudges} times')
        found.image_page_size = prepared.kernel.page_size
        found.va_bits = prepared.va_bits
        found.kernel = dataclasses.asdict(prepared.info)
        return found

    # ---- All cases ----

    def run(self, chosen):
        """Every case; the LabResult, also when it is interrupted."""
        began = time.monotonic()
        start = datetime.datetime.now(datetime.timezone.utc)
        names = list(dict.fromkeys(case.kernel for case in chosen))
        if not self.resume and not self.judge:
            self.store.clear()
        interrupted = False
        try:
            self.run_kernels(names, chosen)
        except KeyboardInterrupt:
            interrupted = True
            vm.kill_all()
        finally:
            self.bench.close()
        for case in chosen:
            self.results.setdefault(case.id, expectations.not_run(
                case, 'interrupted' if interrupted else 'it was not started'))
        result = model.LabResult(
            [self.prepared[name].info for name in names
             if name in self.prepared],
            [self.results[case.id] for case in chosen],
            {name: list(sets.ALL[name]) for name in
             dict.fromkeys(case.setup for case in chosen)},
            [defect.row() for defect in defects.DEFECTS],
            str(self.options.qemu),
            began=start.strftime('%Y-%m-%dT%H:%M:%SZ'),
            seconds=round(time.monotonic() - began, 1))
        return result, interrupted

    def run_kernels(self, names, chosen):
        """Prepare a kernel while the boots of others run."""
        futures = []
        for name in names:
            prepared = self.prepare(name)
            for case in [one for one in chosen if one.kernel == name]:
                why = prepared.info.error or cases.why_not(case)
                if why:
                    self.take(expectations.not_run(case, why))
                else:
                    futures.append(self.bench.pool.submit(
                        self.one, case, prepared))
        for future in futures:
            future.result()

    def one(self, case, prepared):
        """In a thread: a case from its boot to its result."""
        try:
            self.take(*self.run_case(case, prepared))
        except (msmmu_env.SetupError, OSError) as error:
            self.take(expectations.not_run(case, str(error)))

    def take(self, result, kept=False):
        """A case is over."""
        with self.lock:
            self.results[result.case.id] = result
            if self.progress:
                self.progress.ends(result, kept)
