# SPDX-License-Identifier: GPL-2.0-or-later
"""What remains of a boot: all that the judgement of a case stands on.

The console's log is a file of its own, whose line numbers claims refer to; the
rest is kept as JSON beside the reports. So a case can be judged again without
a boot, and a run that was interrupted can go on.
"""

import dataclasses
import json
import os
import re

from .. import console, vm

VERSION = 2
BANNER = re.compile(r'Linux version (\S+)')


class Log:
    """A console's log as lines, and the probe's records with their lines."""

    def __init__(self, text):
        self.text = text.replace('\r', '')
        self.lines = self.text.split('\n')
        self.records = []
        for number, line in enumerate(self.lines, 1):
            record = console.parse_record(line)
            if record:
                self.records.append(dict(record, line=number))

    def of_kind(self, kind):
        """The records of one kind; 'line' in each is where it stands."""
        return [record for record in self.records if record['kind'] == kind]

    def find(self, pattern):
        """(line number, match) of the first line that has it, or (0, None)."""
        for number, line in enumerate(self.lines, 1):
            if 'msmmu: {' in line:
                continue
            match = pattern.search(console.plain(line))
            if match:
                return number, match
        return 0, None


@dataclasses.dataclass
class Evidence:
    """One boot. What is said of it in JSON is all but the log."""
    status: str = ''            # how it ended, of vm
    reason: str = ''            # what it says of itself when not done
    seconds: float = 0.0
    errors: str = ''            # the emulator's standard error
    command: list = dataclasses.field(default_factory=list)
    # What the instances had counted at the end of each job, in order, as
    # counters.Recorder makes them
    counters: list = dataclasses.field(default_factory=list)
    # Serial number of a disk -> what its file on the host holds
    files: dict = dataclasses.field(default_factory=dict)
    # What the host did meanwhile, by kinds' hooks
    host: list = dataclasses.field(default_factory=list)
    image_page_size: int = 0    # as the Image says; 0 if it does not
    va_bits: int = 48           # of the kernel's configuration
    # The fields of model.KernelInfo
    kernel: dict = dataclasses.field(default_factory=dict)
    log: Log = dataclasses.field(default_factory=lambda: Log(''))

    def of_kind(self, kind):
        """The probe's records of one kind, as vm.Result has it."""
        return self.log.of_kind(kind)

    @property
    def done(self):
        """Did the probe come to its end?"""
        return self.status == vm.DONE

    @property
    def release(self):
        """The kernel's, as it says it; '' if it never did."""
        _, banner = self.log.find(BANNER)
        return console.first(self.log.records, 'start').get(
            'release', banner.group(1) if banner else '')

    @property
    def page_size(self):
        """The kernel's; 0 if nobody said."""
        return console.first(self.log.records, 'start').get(
            'page_size', self.image_page_size)


def from_result(result):
    """The Evidence in a vm.Result."""
    return Evidence(
        status=result.status, seconds=round(result.seconds, 2),
        reason='' if result.status == vm.DONE else result.describe(),
        errors=result.errors, command=[str(word) for word in result.command],
        log=Log(result.log))


def file_name(case_id):
    """A case's id as the name of a file."""
    return ''.join(c if c.isalnum() or c in '.+-' else '_' for c in case_id)


class Store:
    """The folder of a run's logs and evidence."""

    def __init__(self, folder):
        self.folder = folder

    def log_path(self, case):
        """Of the console's log, relative to the folder."""
        return f'logs/{file_name(case.id)}.log'

    def _path(self, case):
        return self.folder / 'evidence' / f'{file_name(case.id)}.json'

    def clear(self):
        """Forget what an earlier run left."""
        for pattern in ('logs/*.log', 'evidence/*.json'):
            for path in self.folder.glob(pattern):
                path.unlink()

    def save(self, case, key, evidence):
        """Keep it; whole or not at all, should somebody pull the plug."""
        content = {'version': VERSION, 'id': case.id, 'key': key,
                   **{field.name: getattr(evidence, field.name)
                      for field in dataclasses.fields(evidence)
                      if field.name != 'log'}}
        # The log's own lines come first: claims count them.
        text = evidence.log.text
        if text and not text.endswith('\n'):
            text += '\n'
        content['log_lines'] = text.count('\n')
        text += (f'# {evidence.status} after {evidence.seconds:.1f} s\n'
                 '# ' + ' '.join(evidence.command) + '\n' +
                 ''.join(f'# stderr: {line}\n'
                         for line in evidence.errors.splitlines()) +
                 ''.join(f'# host: {line}\n' for text in evidence.host
                         for line in str(text).splitlines()))
        write(self.folder / self.log_path(case), text)
        write(self._path(case), json.dumps(content, indent=1) + '\n')

    def load(self, case, key=None):
        """The Evidence, or None if there is none, or with another key."""
        try:
            content = json.loads(self._path(case).read_text('utf-8'))
            text = (self.folder / self.log_path(case)).read_text('utf-8')
        except (OSError, ValueError):
            return None
        if content.pop('version', 0) != VERSION or \
                content.pop('id', '') != case.id:
            return None
        if content.pop('key', '') != key and key is not None:
            return None
        lines = text.split('\n')[:content.pop('log_lines', 0)]
        try:
            return Evidence(**content, log=Log('\n'.join([*lines, ''])))
        except TypeError:
            return None


def write(path, text):
    """A file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    temporary.write_text(text, encoding='utf-8')
    temporary.replace(path)
