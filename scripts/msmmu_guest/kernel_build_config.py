# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration of an own kernel: fragments, and whether they held.

A fragment is what kconfig's merge_config.sh takes. A comment "#: since 6.2"
or "#: before 6.19" holds for the options down to the next empty line: only
series in that range must have them. All others must be in the finished
configuration exactly as the fragment says.
"""

import dataclasses
import re

import msmmu_env

FOLDER = msmmu_env.SOURCE_DIR / 'configs' / 'kernel'
PAGES = {'4k': 4096, '16k': 16384, '64k': 65536}
SET = re.compile(r'CONFIG_(\w+)=(.*)')
UNSET = re.compile(r'# CONFIG_(\w+) is not set')
RANGE = re.compile(r'#: (since|before) (\d+)\.(\d+)')


class ConfigError(msmmu_env.SetupError):
    """The configuration is not what the fragments ask for."""


@dataclasses.dataclass(frozen=True)
class Option:
    """A line of a fragment."""
    name: str                   # without CONFIG_
    value: str                  # y, m, n, or as it is written
    where: str                  # the fragment's name and the line
    since: tuple = ()           # the first series that must have it
    before: tuple = ()          # the first one that need not have it any more

    def binds(self, version):
        """Must a kernel of VERSION have it?"""
        return ((not self.since or version >= self.since) and
                (not self.before or version < self.before))


def parse_line(line):
    """(name, value) of a line, None when it sets nothing."""
    match = SET.fullmatch(line)
    if match:
        return match.groups()
    match = UNSET.fullmatch(line)
    return (match.group(1), 'n') if match else None


def parse_fragment(text, title):
    """The Options of a fragment, in order."""
    options, limits = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        where = f'{title}:{number}'
        match = RANGE.fullmatch(line)
        found = parse_line(line)
        if not line:
            limits = {}
        elif match:
            limits[match.group(1)] = (int(match.group(2)),
                                      int(match.group(3)))
        elif found:
            options.append(Option(*found, where, **limits))
        elif line.startswith('#:') or not line.startswith('#'):
            raise ConfigError(f'{where}: cannot be understood: {line}')
    return options


def fragments(page, extra=()):
    """[(title, path)] of a page size and what the user adds."""
    ours = [(f'configs/kernel/{name}.config', FOLDER / f'{name}.config')
            for name in ('base', page)]
    return ours + [(str(path), path) for path in extra]


def read(page, extra=()):
    """[(title, text)] of the fragments."""
    texts = []
    for title, path in fragments(page, extra):
        try:
            texts.append((title, path.read_text(encoding='utf-8')))
        except OSError as error:
            raise ConfigError(f'{title}: {error.strerror}') from error
    return texts


def requested(texts):
    """The Options of all fragments by name; a later one replaces."""
    return {option.name: option for title, text in texts
            for option in parse_fragment(text, title)}


def values(text):
    """{name: value} of a finished configuration."""
    return dict(filter(None, map(parse_line, text.splitlines())))


def failures(texts, config, version):
    """[(Option, the value it has)] that did not take effect."""
    have = values(config)
    return [(option, have.get(option.name, 'n'))
            for option in requested(texts).values()
            if option.binds(version) and
            have.get(option.name, 'n') != option.value]


def declared(folder, names):
    """Which of NAMES the Kconfig files of a tree declare."""
    pattern = re.compile(r'^\s*(?:menu)?config\s+(\w+)\s*$', re.M)
    found = set()
    for path in folder.rglob('Kconfig*'):
        if path.is_file():
            found.update(pattern.findall(path.read_text('utf-8', 'replace')))
    return found & set(names)


def check(texts, config, version, folder):
    """Raise an error that names what did not take effect."""
    failed = failures(texts, config, version)
    if not failed:
        return
    known = declared(folder, [option.name for option, _ in failed])
    lines = []
    for option, have in failed:
        if option.name not in known:
            why = 'this kernel does not know it'
        else:
            why = f'it is {have}: see what it depends on'
        lines.append(f'CONFIG_{option.name}={option.value} '
                     f'({option.where}): {why}')
    raise ConfigError('these options did not take effect:\n  ' +
                      '\n  '.join(lines))
