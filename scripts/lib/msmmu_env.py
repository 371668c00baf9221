# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are, and how a step is shown and run.

Every Python program of the set-up uses this: the source and cache
directories, one line per step with the time it took, locks that make
parallel use safe, and a way to run a command whose output goes to a file and
is shown only when the command fails.
"""

import contextlib
import fcntl
import os
import pathlib
import subprocess
import sys
import time

SOURCE_DIR = pathlib.Path(__file__).resolve().parents[2]
START = time.monotonic()


class SetupError(Exception):
    """A failure that the user can do something about: shown as one message."""


def cache_dir():
    """What is fetched once and kept: ${XDG_CACHE_HOME:-~/.cache}/msmmu."""
    base = os.environ.get('XDG_CACHE_HOME') or '~/.cache'
    return pathlib.Path(base).expanduser().absolute() / 'msmmu'


def say(text):
    """One line, at once, also when standard output is a file.

    In one piece, as several threads have something to say.
    """
    print(f'{text}\n', end='', flush=True)


@contextlib.contextmanager
def step(text):
    """Show TEXT while a step runs, and the seconds it took when it ends."""
    began = time.monotonic()
    say(f'msmmu: {text} ...')
    yield
    took = time.monotonic() - began
    if took >= 0.5:
        say(f'msmmu: {text}: {took:.1f} s')


@contextlib.contextmanager
def locked(path, what):
    """Hold an exclusive lock on PATH; say so when someone else has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', encoding='ascii') as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f'msmmu: waiting for another process: {what}')
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_if_changed(path, text):
    """Write TEXT unless PATH holds it already; keeps times, so rebuilds."""
    data = text.encode('utf-8')
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + '.new')
    temporary.write_bytes(data)
    if path.exists():
        temporary.chmod(path.stat().st_mode & 0o777)
    temporary.replace(path)
    return True


def run_logged(command, log, *, cwd=None, env=None, failure=None, tail=30):
    """Run COMMAND with its output in the file LOG; on failure show the tail."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(word) for word in command]
    with open(log, 'w', encoding='utf-8', errors='replace') as output:
        output.write('$ ' + ' '.join(command) + '\n')
        output.flush()
        status = subprocess.run(command, cwd=cwd, env=env, stdout=output,
                                stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, check=False)
    if status.returncode:
        lines = log.read_text(encoding='utf-8', errors='replace').splitlines()
        for line in lines[-tail:]:
            say('  | ' + line)
        raise SetupError(f'{failure or command[0] + " failed"}; '
                         f'all of its output is in {log}')


def main_wrapper(main):
    """Run MAIN: what a user can mend becomes one message, exit status 1."""
    try:
        return main()
    except SetupError as error:
        sys.stdout.flush()
        print(f'msmmu: error: {error}', file=sys.stderr)
        return 1
    except OSError as error:
        # A full disk, a directory that may not be written: not our mistake.
        if error.filename is None:
            raise
        sys.stdout.flush()
        print(f'msmmu: error: {error.filename}: {error.strerror}',
              file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('msmmu: interrupted', file=sys.stderr)
        return 130
