# SPDX-License-Identifier: GPL-2.0-or-later
"""Which boots answer which question, and what they answered.

For one kernel and some SMMUs:

- one boot with iommu.passthrough=1 tells each group's page sizes: with an
  SMMU whose granules are all larger than the kernel's pages a translated
  default domain may end the boot, so it is not asked for here;
- one boot per SMMU, alone, with iommu.passthrough=0, tells what a translated
  default domain does there, with a transfer through it when there is one;
- or, with many SMMUs, one boot with all whose domains the kernel's pages are
  large enough for; when that is not all good, each alone;
- on demand, one boot with all SMMUs whose translated domains work, with real
  transfers by all disks at once.

The outcome is what the guest reported and the kernel logged. Nothing is
expected here.
"""

import concurrent.futures
import dataclasses
import pathlib
import shutil
import signal
import tempfile
import threading
import time

from . import console, initramfs, kernels, loading, topology, vm

import msmmu_env

# earlycon: a kernel that dies early says so. iomem=relaxed: the probe reads
# the SMMUs' ID registers. printk.devkmsg=on: its records are not rationed.
APPEND = ('console=ttyAMA0 earlycon panic=-1 printk.devkmsg=on iomem=relaxed '
          'cryptomgr.notests '
          'nvme_core.multipath=N vfio_iommu_type1.allow_unsafe_interrupts=1')
# The probe's jobs and the command line to try translated default domains
TRANSLATED = ('dma,survey,kmsg', 'iommu.passthrough=0')
IDR5_GRANULES = ((4, '4K'), (5, '16K'), (6, '64K'))


class EmulatorRefused(msmmu_env.SetupError):
    """The emulator does not start with these options."""


@dataclasses.dataclass
class Options:
    """What does not change from boot to boot."""
    qemu: str
    machine: str = 'virt-msmmu'
    cpu: str = 'neoverse-n1'
    smp: int = 1
    mem: str = '512M'
    append: str = ''
    firmware: str = 'dt'        # as firmware.parse() takes it
    boot_from: str = 'emulator'     # one of loading.WAYS
    timeout: float = 120.0
    endpoints: tuple = ('nvme',)
    qemu_args: tuple = ()
    keep_logs: str = ''
    jobs: int = 2
    quiet: bool = False


def offered(smmu):
    """Granules in IDR5 as '4K+64K', None when the guest could not read it."""
    if 'idr5' not in smmu:
        return None
    idr5 = int(smmu['idr5'], 0)
    return '+'.join(name for bit, name in IDR5_GRANULES if idr5 >> bit & 1)


class Bench:
    """Boots of several kernels, some at a time, and their logs."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='msmmu-guest.'))
        self.pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
        self.began = time.monotonic()

    def close(self):
        """End what runs and remove the working files."""
        # A second Ctrl-C must not leave them behind; this takes no time.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        vm.kill_all()
        self.pool.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def say(self, text):
        """A line of progress."""
        if not self.options.quiet and not vm.stopping():
            msmmu_env.say(f'msmmu: {text}')

    def command(self, kernel, ports, jobs, append, folder, options):
        """(command, disks) of a boot."""
        arguments, disks = topology.device_arguments(
            ports, options.endpoints, folder)
        words = [append, options.append]
        if kernel.program:
            loaded = ['-kernel', str(kernel.image),
                      '-append', ' '.join(filter(None, words))]
        else:
            words[:0] = [APPEND, f'msmmu.jobs={jobs}']
            loaded = loading.arguments(
                options, kernel.image, initramfs.build(kernel),
                ' '.join(filter(None, words)), folder, ports[0].bus)
        return ([options.qemu, *topology.machine_arguments(options, ports),
                 *arguments, *loaded, *options.qemu_args], disks)

    def try_emulator(self, ports):
        """Start the emulator without a kernel, and end it at once.

        A mistake in the command line shows before anything is fetched.
        """
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            arguments, _ = topology.device_arguments(
                ports, self.options.endpoints, folder)
            command = [self.options.qemu,
                       *topology.machine_arguments(self.options, ports),
                       *arguments, *self.options.qemu_args, '-S']
            result = vm.Machine(command, 'trial', 60,
                                on_start=lambda machine: machine.qmp('quit')
                                ).run()
        if result.status in (vm.REFUSED, vm.CRASHED):
            raise EmulatorRefused(f'the emulator says: {result.describe()}')

    def boot(self, kernel, ports, purpose, jobs, append, *, check=None,
             options=None, **hooks):
        """Run one boot now.

        CHECK(result, disks) is called while the disks' files are there;
        OPTIONS replace the bench's; HOOKS are the machine's.
        """
        title = f'{kernel.short}: {purpose}'
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.say(f'booting {title}')
        options = options or self.options
        command, disks = self.command(kernel, ports, jobs, append, folder,
                                      options)
        if not kernel.program:
            hooks = loading.hooks(options) | hooks
        result = vm.Machine(command, purpose, options.timeout, **hooks).run()
        if check:
            check(result, disks)
        self.keep_log(kernel, result)
        self.say(f'booted  {title}: {result.seconds:.1f} s' +
                 ('' if result.status == vm.DONE else f', {result.status}'))
        shutil.rmtree(folder, ignore_errors=True)
        return result

    def keep_log(self, kernel, result):
        """--keep-logs: the command, the console and the emulator's words."""
        if not self.options.keep_logs:
            return
        folder = pathlib.Path(self.options.keep_logs)
        folder.mkdir(parents=True, exist_ok=True)
        name = f'{kernel.name}-{result.purpose}'
        name = ''.join(c if c.isalnum() or c in '.-' else '_' for c in name)
        (folder / f'{name}.log').write_text(
            f'# {result.status} after {result.seconds:.1f} s\n' +
            '# ' + ' '.join(map(str, result.command)) + '\n' +
            ''.join(f'# stderr: {line}\n'
                    for line in result.errors.splitlines()) +
            result.log, encoding='utf-8')

    def start(self, *arguments, **details):
        """As boot, in the background: a future."""
        return self.pool.submit(self.boot, *arguments, **details)


class KernelRun:
    """One kernel: its boots, and the rows and facts that follow."""

    def __init__(self, bench, kernel, ports, *, translated=True, dma=False,
                 together=False):
        self.bench, self.kernel, self.ports = bench, kernel, ports
        self.want_translated, self.want_dma = translated, dma
        self.together = together
        self.survey = None
        self.translated = {}        # port number -> Result
        self.transfers = None
        self.disks = []
        self._futures = {}
        self._joined = []           # ports whose domains are tried together

    def start(self):
        """Queue the boots that depend on no other."""
        self._futures['survey'] = self.bench.start(
            self.kernel, self.ports, 'page sizes', 'vfio,survey,kmsg',
            'iommu.passthrough=1')
        if not self.want_translated:
            return
        owners = [port for port in self.ports
                  if port.kind not in ('none', 'share')]
        self._joined = [port for port in owners if self.together and
                        port.smallest_granule() <= self.kernel.page_size]
        if len(self._joined) < 2:
            self._joined = []
        else:
            self._futures['together'] = self.bench.start(
                self.kernel, self._families(self._joined),
                'translated domains together', *TRANSLATED,
                check=compare_files)
        for port in owners:
            if port not in self._joined:
                self._start_alone(port)

    def _start_alone(self, port):
        self._futures[port.number] = self.bench.start(
            self.kernel, self._families([port]),
            f'translated domain on {port.smmu}', *TRANSLATED)

    def _families(self, owners):
        """These ports and their sharers, in order."""
        return sorted((one for port in owners for one in
                       topology.family(self.ports, port.number)),
                      key=lambda port: port.number)

    def finish(self):
        """Wait for the boots; then the transfers, which depend on them."""
        self.survey = self._futures.pop('survey').result()
        together = self._futures.pop('together', None)
        if together:
            self._split(together.result())
        for number, future in self._futures.items():
            self.translated[number] = future.result()
        if self.want_dma and self.survey.status != vm.REFUSED:
            ports = [port for port in self.ports if self.works(port)]
            if together and ports == self._families(self._joined):
                self.transfers = together.result()
            elif ports:
                self.transfers = self.bench.boot(
                    self.kernel, ports, 'transfers', *TRANSLATED,
                    check=compare_files)

    def _split(self, together):
        """One boot's result for all its SMMUs; if it is not all good, each
        is booted alone."""
        for port in self._joined:
            self.translated[port.number] = together
        if not all(self.works(port) for port in self._joined):
            for port in self._joined:
                self._start_alone(port)

    def results(self):
        """All boots so far, in a fixed order."""
        found = [self.survey, *(self.translated[number] for number
                                in sorted(self.translated)),
                 *([self.transfers] if self.transfers else [])]
        return list({id(result): result for result in found}.values())

    # Rows: one per PCI device that is not a bridge

    def start_record(self):
        """What the kernel said of itself, from whichever boot came far."""
        for result in self.results():
            record = console.first(result.records, 'start')
            if record:
                return record
        return {}

    def rows(self, host_bridges=False):
        """What the survey boot showed, a dict per device."""
        records = self.survey.records
        groups = {str(record['group']): record
                  for record in console.of_kind(records, 'group')}
        sizes = {str(record['group']): record
                 for record in console.of_kind(records, 'vfio')}
        smmus = {record['name']: record
                 for record in console.of_kind(records, 'smmu')}
        rows = []
        for device in console.of_kind(records, 'device'):
            if device['class'].startswith('0x06') and not host_bridges:
                continue
            segment = int(device['bdf'].split(':')[0], 16)
            port = next((port for port in self.ports
                         if port.segment == segment), None)
            group = device.get('group', '')
            size = sizes.get(group, {})
            smmu = smmus.get(device.get('smmu', ''), {})
            rows.append({
                'segment': segment,
                'smmu': port.smmu if port else '',
                'registers': smmu.get('base', ''),
                'offers': offered(smmu) if smmu else '',
                'asked': port.offers() if port else '',
                'group': int(group) if group else None,
                'device': device['bdf'],
                'id': f'{device["vendor"][2:]}:{device["device"][2:]}',
                'class': device['class'],
                'domain': groups.get(group, {}).get('type', ''),
                'pgsizes': size.get('pgsizes', ''),
                'pgsizes_error': ': '.join(
                    filter(None, (size.get('failed'), size.get('error')))),
                'translated': self.outcome(port) if port else '',
            })
        return rows

    # What a translated default domain does

    def works(self, port):
        """Did a translated domain carry verified transfers?"""
        return self.outcome(port).startswith('works')

    def outcome(self, port):
        """In a few words, the kernel's own where it complained."""
        number = port.shared or port.number
        result = self.translated.get(number)
        if not result or port.kind == 'none':
            return ''
        if result.status != vm.DONE:
            return result.describe()
        device = next((record for record in result.of_kind('device')
                       if int(record['bdf'].split(':')[0], 16) == port.segment
                       and not record['class'].startswith('0x06')), {})
        group = next((record for record in result.of_kind('group')
                      if str(record['group']) == device.get('group')), {})
        kind = group.get('type', 'no group')
        transfers = [record for record in result.of_kind('dma')
                     if int(record['bdf'].split(':')[0], 16) == port.segment]
        bad = [record for record in transfers
               if record['result'] != 'verified']
        if result.complaint():
            return result.complaint()
        words = self.error_about(result, device)
        if not kind.startswith('DMA'):
            return f'{kind}: {words}' if words else f'{kind}, not translated'
        if bad:
            return f'{kind}: {bad[0]["serial"]}: {bad[0]["error"]}'
        if transfers:
            return f'works ({kind}, transfers verified)'
        if not any(name in ('nvme', 'virtio-blk-pci') for name in
                   (endpoint.split(',')[0] for endpoint
                    in self.bench.options.endpoints)):
            return f'works ({kind}, no disk to transfer)'
        return f'{kind}: no transfer: ' + (words or 'the disk did not appear')

    @staticmethod
    def error_about(result, device):
        """The kernel's first error that names the device or an SMMU."""
        for record in result.of_kind('kmsg'):
            text = record['text']
            if device.get('bdf', '?') in text or 'smmu' in text or \
                    'iommu' in text:
                return text
        return ''


def compare_files(result, disks):
    """Add to each transfer's record what the disk's backing file holds."""
    verdicts = {disk.serial: file_verdict(disk.path, disk.serial)
                for disk in disks}
    for record in result.of_kind('dma'):
        record['file'] = verdicts.get(record['serial'], 'no such file')


def file_verdict(path, serial, block_bytes=4096):
    """'own data only', or what else a disk's backing file holds.

    The probe's blocks each say whose they are: msmmu disk=SERIAL block=N.
    """
    written = 0
    with open(path, 'rb') as handle:
        number = 0
        while True:
            block = handle.read(block_bytes)
            if not block:
                break
            if block.strip(b'\0'):
                text = f'msmmu disk={serial} block={number} round='.encode()
                if not block.startswith(text) or \
                        block != block[:64] * (len(block) // 64):
                    start = block[:60].decode('ascii', 'replace').strip()
                    return f'block {number} holds "{start}"'
                written += 1
            number += 1
    return 'own data only' if written else 'empty'


def transfer_problem(record, verdict):
    """What is wrong with a disk's transfers; '' if all its data are there.

    VERDICT is file_verdict()'s of the disk.
    """
    if record['result'] != 'verified':
        return record['error']
    if verdict != 'own data only':
        return f'its file: {verdict}'
    if record['interrupts_after'] <= record['interrupts_before']:
        return 'no interrupts'
    return ''


def run_all(bench, names, ports, *, modules=None, translated=True,
            dma=False, together=False):
    """Start all kernels' boots, then yield each KernelRun when it is done.

    A kernel that cannot be had is yielded as its KernelError.
    """
    bench.try_emulator(ports)
    debian = kernels.DebianKernels()
    runs = []
    for name in names:
        try:
            kernel = kernels.get(name, modules, debian)
            run = KernelRun(bench, kernel, ports, translated=translated,
                            dma=dma if isinstance(dma, bool) else name in dma,
                            together=together)
            initramfs.build(kernel)
            run.start()
            runs.append(run)
        except kernels.KernelError as error:
            runs.append(error)
    for run in runs:
        if isinstance(run, KernelRun):
            run.finish()
        yield run
