# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the unit tests of the guest tooling, then the scenarios, as TAP."""

import argparse
import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import acpi
import at_work
import acpi_expected
import baremetal
import dt_check
import firmware_boots
import firmware_program
import scenarios
import uboot_boots

from msmmu_guest import DEFAULT_QEMU, console, initramfs, kernels, module, \
    survey, topology, vm

import msmmu_env

HERE = pathlib.Path(__file__).resolve().parent
# A processor that a busy host starves is no finding, nor is a late disk.
PATIENCE = ('rcupdate.rcu_cpu_stall_timeout=200 watchdog_thresh=60 '
            'msmmu.job-seconds=400')
# For a boot that hangs: a slow host may need ten times of an idle one's time.
BOOT_SECONDS = 600.0
# "Kernels" that are programs of our own, by their modules here
PROGRAMS = {scenarios.BARE: baremetal,
            firmware_program.FIRMWARE: firmware_program}


class Tap:
    """Test Anything Protocol, version 13, the plan at the end."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, claim, problem='', details=()):
        """One line, and on failure why."""
        self.count += 1
        word = 'not ok' if problem else 'ok'
        print(f'{word} {self.count} - {claim}')
        if problem:
            self.failed += 1
            for line in [problem, *details]:
                print(f'#   {line}')
        sys.stdout.flush()

    @staticmethod
    def note(text):
        """A comment."""
        print(f'# {text}', flush=True)

    def finish(self):
        """The plan."""
        print(f'1..{self.count}')
        return 1 if self.failed or not self.count else 0


def run_unit_tests(tap):
    """tests/guest/test_*.py, one line each."""
    class Reporter(unittest.TestResult):
        """Results as TAP."""
        def addSuccess(self, test):
            tap.result(test.id())

        def addFailure(self, test, err):
            tap.result(test.id(), 'failed', str(
                self._exc_info_to_string(err, test)).splitlines())

        addError = addFailure

        def addSkip(self, test, reason):
            tap.result(test.id(), f'skipped: {reason}')

    unittest.defaultTestLoader.discover(str(HERE)).run(Reporter())


def run_scenario(bench, scenario, kernel):
    """Boot it; returns (scenario, result, [(claim, problem)])."""
    if 'module' in scenario.jobs.split(','):
        path, text = module.build(kernel)
        if not path:
            raise msmmu_env.SetupError(f'{scenario.name}: {text}')
        kernel = dataclasses.replace(kernel, module=path)
    ports = topology.parse_smmus(scenario.smmus)
    options = dataclasses.replace(bench.options, append='' if kernel.program
                                  else PATIENCE, **scenario.options)
    claims = []
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        hooks = scenario.hooks(pathlib.Path(folder)) if scenario.hooks else {}
        afterwards = hooks.pop('afterwards', None)
        options = dataclasses.replace(
            options, qemu_args=options.qemu_args + hooks.pop('arguments', ()))

        def check(result, disks):
            if afterwards:
                result.second = afterwards(result.command, options.timeout)
                bench.keep_log(kernel, dataclasses.replace(
                    result.second, purpose=f'{scenario.name} again'))
            for claim, test in scenario.claims:
                claims.append((claim, test(result, disks)))

        if scenario.prepare:
            kernel = scenario.prepare(kernel, pathlib.Path(folder))
        result = bench.boot(kernel, ports, scenario.name, scenario.jobs,
                              scenario.append, check=check, options=options,
                              **hooks)
    return scenario, result, claims


def run_cli(qemu):
    """The tool itself, with a kernel that may die: it must always answer."""
    tool = HERE.parents[1] / 'scripts' / 'msmmu-guest'
    began = time.monotonic()
    answer = subprocess.run(
        [tool, '--qemu', qemu, '--kernel', scenarios.OLD, '--smmu',
         'granules=64k', '--expect', 'smmu1.pgsizes=0x20010000', '--expect',
         'smmu1.translated~.', '--timeout', str(BOOT_SECONDS), '--json',
         '-'],
        capture_output=True, text=True, check=False)
    problem = ''
    if answer.returncode:
        problem = f'exit status {answer.returncode}'
    elif '0x20010000' not in answer.stderr:
        problem = 'no table'
    return (f'msmmu-guest: a 64K SMMU under 4K pages has an outcome '
            f'({time.monotonic() - began:.0f} s)', problem,
            answer.stderr.splitlines()[-12:])


def get_kernels(names):
    """{name: Kernel}, fetched and with their initramfs."""
    debian = kernels.DebianKernels()
    found = {}
    for name in names:
        if name in PROGRAMS:
            found[name] = PROGRAMS[name].program()
            continue
        found[name] = debian.get(name)
        initramfs.build(found[name])
    return found


def run_boots(arguments, chosen, tap):
    """All scenarios, some at a time, reported in the table's order."""
    bench = survey.Bench(survey.Options(
        qemu=arguments.qemu, keep_logs=arguments.keep_logs,
        timeout=arguments.timeout, jobs=arguments.jobs,
        quiet=not arguments.verbose))
    try:
        found = get_kernels(dict.fromkeys(one.kernel for one in chosen))
        futures = [bench.pool.submit(run_scenario, bench, one,
                                       found[one.kernel]) for one in chosen]
        tool, more = None, []
        if not arguments.only:
            tool = bench.pool.submit(run_cli, arguments.qemu)
            more = [bench.pool.submit(one.check, arguments.qemu) for one in
                    (acpi, acpi_expected, dt_check, uboot_boots)]
        for future in futures:
            scenario, result, claims = future.result()
            tap.note(f'{scenario.name}: {result.seconds:.1f} s')
            if result.errors:
                tap.note(f'the emulator: {result.errors.strip()}')
            details = console.tail(result.log)
            for claim, problem in claims:
                tap.result(f'{scenario.name}: {claim}', problem, details)
                details = ()
        if tool:
            tap.result(*tool.result())
        for part in more:
            for claim, problem in part.result():
                tap.result(claim, problem)
    finally:
        bench.close()


def main():
    """Run; the exit status is 0 when all tests passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--qemu', default=str(DEFAULT_QEMU), metavar='PATH')
    parser.add_argument('--only', metavar='TEXT',
                        help='scenarios with this in their name')
    parser.add_argument('--list', action='store_true', help='name them')
    parser.add_argument('--unit-only', action='store_true',
                        help='no boots')
    parser.add_argument('--keep-logs', default='', metavar='DIR')
    parser.add_argument('--timeout', type=float, default=BOOT_SECONDS)
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    parser.add_argument('--verbose', action='store_true')
    arguments = parser.parse_args()
    chosen = [one for one in (*scenarios.SCENARIOS, *firmware_boots.SCENARIOS,
                              *at_work.SCENARIOS, *uboot_boots.SCENARIOS,
                              *firmware_program.SCENARIOS)
              if not arguments.only or arguments.only in one.name]
    if arguments.list:
        print('\n'.join(one.name for one in chosen))
        return 0
    vm.install_signal_handlers()
    began = time.monotonic()
    tap = Tap()
    if not arguments.only:
        run_unit_tests(tap)
    if not arguments.unit_only:
        try:
            run_boots(arguments, chosen, tap)
        except msmmu_env.SetupError as error:
            tap.result('the guests can be had', str(error))
    tap.note(f'guest tests: {time.monotonic() - began:.0f} s')
    return tap.finish()
