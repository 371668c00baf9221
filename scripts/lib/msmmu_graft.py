# SPDX-License-Identifier: GPL-2.0-or-later
"""Apply scripts/graft.toml to a QEMU tree of ours.

Each file that is added to is kept as it was in .msmmu-pristine, and its new
text is always made from that: applying the list again, also after the list
has changed, gives the same tree as applying it once, and a file whose text
stays the same keeps its time, so that nothing is rebuilt for it.
"""

import os
import re
import shutil
import tomllib

import msmmu_env

LIST = msmmu_env.SOURCE_DIR / 'scripts' / 'graft.toml'
PRISTINE = '.msmmu-pristine'


class GraftError(msmmu_env.SetupError):
    """An insertion that this QEMU has no place for."""


def read_list(path=LIST):
    """The links and insertions, checked for what they must say."""
    with open(path, 'rb') as handle:
        rules = tomllib.load(handle)
    for entry in rules.get('insert', []):
        missing = {'file', 'anchor', 'where', 'text'} - set(entry)
        if missing or entry['where'] not in ('before', 'after'):
            raise GraftError(f'{path}: bad insertion {entry}')
    return rules


def insert(text, entry):
    """TEXT of a file of QEMU's with one insertion made."""
    matches = list(re.finditer(entry['anchor'], text, re.MULTILINE))
    if len(matches) != 1:
        count = 'nothing' if not matches else f'{len(matches)} places'
        raise GraftError(
            f"{entry['file']}: the pattern /{entry['anchor']}/ matches "
            f'{count} in this QEMU, so msmmu cannot be added there '
            f'({LIST.name} lists what is added where)')
    at = (matches[0].start() if entry['where'] == 'before'
          else matches[0].end())
    return text[:at] + entry['text'] + text[at:]


def link(tree, path):
    """Link our PATH at the same place in TREE; False when we have none."""
    ours = msmmu_env.SOURCE_DIR / path
    place = tree / path
    if not ours.exists():
        if place.is_symlink():
            place.unlink()
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    goal = os.path.relpath(ours, place.parent.resolve())
    if place.is_symlink():
        if os.readlink(place) == goal:
            return True
        place.unlink()
    elif place.exists():
        raise GraftError(f'{place} exists and is not a link of ours: '
                         'is msmmu in this QEMU already?')
    place.symlink_to(goal)
    return True


def apply(tree):
    """Graft msmmu into TREE; returns how many of its files were written."""
    rules = read_list()
    for entry in rules.get('link', []):
        link(tree, entry['path'])
    wanted = {}
    for entry in rules.get('insert', []):
        wanted.setdefault(entry['file'], [])
        needs = entry.get('needs')
        if not needs or (msmmu_env.SOURCE_DIR / needs).exists():
            wanted[entry['file']].append(entry)
    kept = tree / PRISTINE
    for path in kept.rglob('*'):
        if path.is_file():
            wanted.setdefault(str(path.relative_to(kept)), [])
    changed = 0
    for name, entries in wanted.items():
        original = kept / name
        if not original.exists():
            if not (tree / name).is_file():
                raise GraftError(f'{name} is not in this QEMU, so msmmu '
                                 'cannot be added to it')
            original.parent.mkdir(parents=True, exist_ok=True)
            temporary = original.with_name(original.name + '.new')
            shutil.copy2(tree / name, temporary)
            temporary.replace(original)
        text = original.read_text(encoding='utf-8')
        for entry in entries:
            text = insert(text, entry)
        changed += msmmu_env.write_if_changed(tree / name, text)
    return changed
