# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of the emulator, to its end, whatever that is.

The console is read until the emulator ends. A guest that is silent after its
kernel died, or that takes longer than it may, is ended: that is an outcome
like any other, with the log. Nothing that was started outlives this process:
every emulator has a process group of its own, which is killed on the way out,
and the kernel is asked to kill it should this process be killed itself.

Firmware with a prompt is talked to first: a hook types and listens (talk=),
and what follows is read as of any other boot.
"""

import atexit
import codecs
import contextlib
import dataclasses
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
import time

from . import console

import msmmu_env

# Ends of a boot
DONE = 'done'               # the probe finished
PANIC = 'panic'             # the kernel ended itself
HANG = 'hang'               # it took too long, or fell silent after a BUG
SILENT = 'silent'           # nothing at all on the console
REFUSED = 'refused'         # the emulator did not start
CRASHED = 'crashed'         # the emulator itself died
STOPPED = 'stopped'         # the emulator ended without the probe's word

SILENCE_AFTER_DEATH = 4.0   # seconds without a line after a fatal one
SILENCE_BEFORE_NUDGE = 5.0  # see Machine._nudge
POWER_OFF_SECONDS = 2.0     # a kernel that lost a thread may never get there
# On a busy host: until the monitor answers, and from its end to the emulator's
QMP_SECONDS = 120
END_SECONDS = 60
_running = set()
_lock = threading.Lock()
_stopping = threading.Event()


class TalkError(msmmu_env.SetupError):
    """Not what was wanted; CLOSED: the emulator has gone, or is about to."""

    def __init__(self, text, closed=False):
        super().__init__(text)
        self.closed = closed


class QmpError(TalkError):
    """The emulator refused a monitor command, or did not answer."""


class ConsoleError(TalkError):
    """The console did not say what was waited for."""


@dataclasses.dataclass
class Result:
    """How a boot went."""
    purpose: str
    command: list
    status: str = STOPPED
    records: list = dataclasses.field(default_factory=list)
    log: str = ''
    errors: str = ''            # the emulator's standard error
    seconds: float = 0.0
    reason: str = ''            # what was waited for, what was not said
    nudges: int = 0             # how often it was woken out of silence

    def of_kind(self, kind):
        """The probe's records of one kind."""
        return console.of_kind(self.records, kind)

    def complaint(self):
        """The kernel's first complaint."""
        return console.complaint(self.log)

    def describe(self):
        """One line for a boot that did not end as it should."""
        if self.status == REFUSED:
            return first_line(self.errors) or 'the emulator did not start'
        if self.status == CRASHED:
            return 'the emulator died: ' + (first_line(self.errors) or '')
        if self.status == SILENT:
            return f'nothing on the console in {self.seconds:.0f} s'
        return self.complaint() or self.reason or {
            STOPPED: 'the guest stopped before the probe was done',
        }.get(self.status, self.status)


def first_line(text):
    """The emulator's message; warnings are only that."""
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if 'warning:' not in line]
    return (errors or lines or [''])[0].strip()


def stopping():
    """Has kill_all() been called? Nothing is started or told any more."""
    return _stopping.is_set()


def kill_all():
    """End every emulator that is still running."""
    _stopping.set()
    with _lock:
        processes = list(_running)
    for process in processes:
        kill(process)


def restart():
    """After kill_all(), allow boots again: for a process that goes on."""
    _stopping.clear()


atexit.register(kill_all)


def on_signal(number, _frame):
    """SIGTERM and SIGHUP end everything as Ctrl-C does."""
    kill_all()
    raise SystemExit(128 + number)


def install_signal_handlers():
    """For programs; call once in the main thread."""
    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGHUP, on_signal)


def kill(process):
    """End one emulator and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


class Qmp:
    """The emulator's monitor, over a socket that was handed to it."""

    def __init__(self, channel):
        self.channel = channel
        self.channel.settimeout(QMP_SECONDS)
        self.lines = channel.makefile('r', encoding='utf-8')
        self.events = []
        self._wait('QMP')
        self('qmp_capabilities')

    def _wait(self, *words):
        while True:
            try:
                line = self.lines.readline()
            except OSError as error:
                raise QmpError(f'the monitor does not answer: {error}'
                               ) from error
            if not line:
                raise QmpError('the emulator closed its monitor', closed=True)
            answer = json.loads(line)
            if 'event' in answer:
                self.events.append(answer)
            elif any(word in answer for word in words):
                return answer

    def __call__(self, command, **arguments):
        request = {'execute': command, 'arguments': arguments}
        try:
            self.channel.sendall(json.dumps(request).encode() + b'\n')
        except OSError as error:
            raise QmpError(f'the monitor does not listen: {error}',
                           closed=True) from error
        answer = self._wait('return', 'error')
        if 'error' in answer:
            raise QmpError(f'{command}: {answer["error"]["desc"]}')
        return answer['return']

    def job(self, command, **arguments):
        """Run a command that makes a job, and wait for the job."""
        name = arguments['job-id']
        self(command, **arguments)
        for _ in range(600):
            found = [job for job in self('query-jobs') if job['id'] == name]
            if not found or found[0]['status'] == 'concluded':
                break
            time.sleep(0.05)
        else:
            raise QmpError(f'{command} does not end')
        if found:
            self('job-dismiss', id=name)
            if found[0].get('error'):
                raise QmpError(f'{command}: {found[0]["error"]}')


class Machine:
    """A running emulator: its console line by line, its monitor."""

    def __init__(self, command, purpose='', timeout=120.0, on_record=None,
                 on_start=None, on_hang=None, talk=None):
        self.result = Result(purpose, list(command))
        self.timeout = timeout
        self.talk = talk
        self.on_record = on_record
        self.on_start = on_start
        self.on_hang = on_hang
        self.queue = queue.Queue()
        self.process = None
        self.qmp = None
        self._channel = None
        self._began = time.monotonic()
        self._open = 2          # outputs that have not ended
        self._line = ''         # the console's last line, until it ends
        self._dead_since = None
        self._done_since = None
        self._last_sign = time.monotonic()

    def run(self):
        """Boot, follow until the end, and tell how it went."""
        self._began = time.monotonic()
        try:
            self._start()
            if self.talk and self.process:
                self.talk(self)
            self._follow(self._began)
        except TalkError as error:
            if not self._ended_early(END_SECONDS if error.closed else 2):
                self.result.status = HANG
            if self.result.status == HANG or isinstance(error, ConsoleError):
                self.result.reason = str(error)
        finally:
            self._finish()
        self.result.seconds = time.monotonic() - self._began
        return self.result

    def type(self, text):
        """Send TEXT to the guest's console. For talk hooks."""
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except OSError as error:
            raise ConsoleError('the emulator closed the console',
                               closed=True) from error

    def listen(self, seconds):
        """What the console says next, '' when nothing in SECONDS."""
        left = self._began + self.timeout - time.monotonic()
        if left <= 0:
            raise ConsoleError(f'no end after {self.timeout:.0f} s')
        try:
            name, text = self.queue.get(timeout=min(seconds, left))
        except queue.Empty:
            self._nudge(seconds)
            return ''
        self._take(name, text)
        if name == 'stderr':
            return ''
        if text is None:
            raise ConsoleError('the emulator ended', closed=True)
        return text

    def _start(self):
        ours, theirs = socket.socketpair()
        command = self.result.command + [
            '-chardev', 'stdio,id=console,signal=off',
            '-serial', 'chardev:console',
            '-chardev', f'socket,id=qmp,fd={theirs.fileno()}',
            '-mon', 'chardev=qmp,mode=control']
        if shutil.which('setpriv'):
            command = ['setpriv', '--pdeathsig', 'KILL', '--'] + command
        if _stopping.is_set():
            raise KeyboardInterrupt
        try:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                stdin=subprocess.PIPE if self.talk else subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], start_new_session=True)
        except OSError as error:
            ours.close()
            self.result.status = REFUSED
            self.result.errors = f'{command[0]}: {error.strerror}'
            return
        finally:
            theirs.close()
        with _lock:
            _running.add(self.process)
        for name in ('stdout', 'stderr'):
            threading.Thread(target=self._pump, args=(name,),
                             daemon=True).start()
        self._channel = ours
        if self.on_start or self.on_record or self.on_hang or self.talk:
            self.qmp = Qmp(ours)
        if self.on_start:
            self.on_start(self)

    def _pump(self, name):
        """A thread: what one of the emulator's outputs says to the queue.

        As it comes: a prompt is no whole line.
        """
        decoder = codecs.getincrementaldecoder('utf-8')('replace')
        with getattr(self.process, name) as stream:
            while piece := stream.read1(1 << 16):
                self.queue.put((name, decoder.decode(piece)))
        self.queue.put((name, None))

    def _take(self, name, text):
        """Some of an output; the console's is followed line by line."""
        self._last_sign = time.monotonic()
        if text is None:
            self._open -= 1
            return
        if name == 'stderr':
            self.result.errors += text
            return
        *lines, self._line = (self._line + text).split('\n')
        for line in lines:
            self._console_line(line + '\n')

    def _follow(self, began):
        if not self.process:
            return
        while self._open:
            now = time.monotonic()
            if now - began > self.timeout:
                self._hangs(f'no end after {self.timeout:.0f} s')
                return
            if self._done_since and \
                    now - self._done_since > POWER_OFF_SECONDS:
                self.result.status = DONE
                return
            if self._dead_since and \
                    now - self._dead_since > SILENCE_AFTER_DEATH:
                self._hangs('silent after its first complaint')
                return
            try:
                name, text = self.queue.get(timeout=0.25)
            except queue.Empty:
                self._nudge(SILENCE_BEFORE_NUDGE)
                continue
            self._take(name, text)
        if self._line:
            self._take('stdout', '\n')
        self.process.wait()
        self._classify()

    def _nudge(self, silence):
        """Wake the emulator's main loop out of a long silence.

        On a busy host it may miss that the guest has set a timer, and sleep:
        seen while a processor resets a disk. Any question to its monitor ends
        that.
        """
        if not self.qmp or time.monotonic() - self._last_sign < silence:
            return
        self._last_sign = time.monotonic()
        try:
            self.qmp('query-status')
            self.result.nudges += 1
        except QmpError:
            # It is about to end, or hangs: both are seen otherwise.
            self._last_sign = float('inf')

    def _hangs(self, reason):
        """The last chance to ask the machine why."""
        self.result.status = HANG
        self.result.reason = reason
        if self.on_hang:
            try:
                self.on_hang(self)
            except QmpError as error:
                self.result.reason += f', and {error}'

    def _console_line(self, line):
        self.result.log += line
        if console.is_fatal(line) or self._dead_since:
            self._dead_since = time.monotonic()
        record = console.parse_record(line)
        if record:
            # A record shows that the guest lives on.
            self._dead_since = None
            self.result.records.append(record)
            if record['kind'] == 'done':
                self._done_since = time.monotonic()
            if self.on_record:
                self.on_record(self, record)

    def _ended_early(self, seconds):
        """The emulator is gone: read the rest and say why."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        self.on_record = None
        self._follow(time.monotonic())
        return True

    def _classify(self):
        code = self.process.returncode
        result = self.result
        if console.of_kind(result.records, 'done'):
            result.status = DONE
        elif code < 0 or code >= 128:
            result.status = CRASHED
        elif code and not result.log:
            result.status = REFUSED
        elif 'Kernel panic' in result.log:
            result.status = PANIC
        elif not result.log.strip():
            result.status = SILENT

    def _finish(self):
        if not self.process:
            return
        kill(self.process)
        self.process.wait()
        with _lock:
            _running.discard(self.process)
        while not self.queue.empty():
            name, text = self.queue.get()
            if text and name == 'stderr':
                self.result.errors += text
            elif text:
                self._line += text
        self.result.log += self._line
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        if self._channel:
            self._channel.close()
        if self.result.status == HANG and not self.result.log.strip():
            self.result.status = SILENT
