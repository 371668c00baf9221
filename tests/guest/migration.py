# SPDX-License-Identifier: GPL-2.0-or-later
"""Saving and restoring a booted guest while its disks transfer.

The guest does round after round of transfers. In the middle the machine is
saved; some rounds later it is put back to that point, and must do the rounds
in between again. A second emulator then starts from the same file.
"""

import re
import shutil

import checks

from msmmu_guest import vm

SAVE_AFTER, LOAD_AFTER, ROUNDS = 2, 4, 6


def open_store(machine, path, create):
    """A qcow2 file as a node of the emulator, to hold the machine's state."""
    if create:
        path.touch()
        machine.qmp.job('blockdev-create', **{
            'job-id': 'create-file',
            'options': {'driver': 'file', 'filename': str(path), 'size': 0}})
    machine.qmp('blockdev-add', driver='file', filename=str(path),
                **{'node-name': 'store-file'})
    if create:
        machine.qmp.job('blockdev-create', **{
            'job-id': 'create-store',
            'options': {'driver': 'qcow2', 'file': 'store-file',
                        'size': 1 << 20}})
    machine.qmp('blockdev-add', driver='qcow2', file='store-file',
                **{'node-name': 'store'})


def snapshot(machine, command):
    """snapshot-save or snapshot-load."""
    machine.qmp.job(command, tag='booted', vmstate='store', devices=['store'],
                    **{'job-id': command})


def copy_into(source, target):
    """The content of one file into another, which stays the same file."""
    with open(source, 'rb') as old, open(target, 'r+b') as new:
        shutil.copyfileobj(old, new)


def save_and_load_hooks(folder):
    """Save after some rounds, load after some more, once.

    The disks are raw files, which a snapshot does not hold: they are copied
    and put back while the machine stands still.
    """
    path = folder / 'state.qcow2'
    progress = {'saved': False, 'loaded': False}
    disks = {}

    def keep_disks(machine):
        for word in machine.result.command:
            name = re.search(r'file=([^,]+)', word)
            if word.startswith('if=none,') and name:
                copy = folder / f'disk-{len(disks)}'
                shutil.copyfile(name.group(1), copy)
                disks[name.group(1)] = copy

    def restore(machine):
        for target, copy in disks.items():
            copy_into(copy, target)
        snapshot(machine, 'snapshot-load')
        machine.qmp('cont')

    def on_record(machine, record):
        if record['kind'] != 'dma':
            return
        if record['round'] == SAVE_AFTER and not progress['saved']:
            progress['saved'] = True
            machine.qmp('stop')
            keep_disks(machine)
            open_store(machine, path, True)
            snapshot(machine, 'snapshot-save')
            machine.qmp('cont')
        elif record['round'] == LOAD_AFTER and not progress['loaded']:
            progress['loaded'] = True
            machine.qmp('stop')
            restore(machine)

    def afterwards(command, timeout):
        """The same machine in a new process, from the same state."""
        def on_start(machine):
            open_store(machine, path, False)
            restore(machine)
        return vm.Machine(command + ['-S'], 'restored', timeout,
                          on_start=on_start).run()

    return {'on_record': on_record, 'afterwards': afterwards}


def rounds_of(result):
    """The rounds in the order in which they were reported, repeats apart."""
    rounds = []
    for record in result.of_kind('dma'):
        if not rounds or rounds[-1] != record['round']:
            rounds.append(record['round'])
    return rounds


def restored_check(result, _disks):
    """The rounds after the save were done twice, then the rest; and again."""
    rounds = rounds_of(result)
    if LOAD_AFTER not in rounds:
        return f'rounds {rounds}'
    after = rounds[rounds.index(LOAD_AFTER) + 1:]
    if not after or after[0] > LOAD_AFTER - 1 or after[-1] != ROUNDS:
        return f'after restoring, rounds {after} of {rounds}'
    second = result.second
    if second.status != vm.DONE:
        return f'a new emulator: {second.status}: {second.describe()}'
    rounds = rounds_of(second)
    if not rounds or rounds[0] > SAVE_AFTER + 1 or rounds[-1] != ROUNDS:
        return f'a new emulator: rounds {rounds}'
    return ''


def transfers_check(result, _disks):
    """Every transfer of every round in both emulators was verified."""
    for which in (result, result.second):
        bad = [record for record in which.of_kind('dma')
               if record['result'] != 'verified']
        if bad:
            return f'round {bad[0]["round"]}: {bad[0]["error"]}'
    return checks.finished(result.second, None)
