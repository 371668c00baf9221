# SPDX-License-Identifier: GPL-2.0-or-later
"""Known defects of kernels: which, where they show, and how.

A row says for which releases a defect is known, what of a case brings it out,
what the kernel says then, and which claims are not so because of it. A case
whose failed claims are all explained is "known"; one where a defect that
always shows did not is "fixed", and somebody should hear of it.
"""

import dataclasses
import re
import typing

from .. import kernels


@dataclasses.dataclass(frozen=True)
class Situation:
    """What a defect may depend on."""
    case: object                # a model.Case
    release: str                # of the kernel: 6.1.0-50-arm64
    page_size: int              # of the kernel
    ports: tuple                # topology.Port of each SMMU

    @property
    def version(self):
        """[6, 12, 107]; [] if the kernel is unknown."""
        return kernels.release_key(self.release.split('-')[0])

    @property
    def translated(self):
        """Are the default domains to be translated?"""
        return self.case.domain != 'identity'

    def smallest_granules(self):
        """Of each instance, in bytes."""
        sizes = {'4k': 4096, '16k': 16384, '64k': 65536}
        return [min(sizes[part] for part in
                    (port.property('granules') or '4k+16k+64k').split('+'))
                for port in self.ports]


@dataclasses.dataclass(frozen=True)
class Defect:
    """A row."""
    id: str
    title: str                  # one line
    reason: str                 # why it is so
    see: str                    # where in the kernel
    condition: typing.Callable  # of a Situation: does it show there?
    pattern: str                # what the kernel's console says of it
    claims: str                 # the names of claims that it makes untrue
    since: str = ''             # the first release that has it; '' is any
    before: str = ''            # the first that has it no more; '' is none
    # It shows whenever the condition holds: otherwise it was mended.
    always: bool = True

    @property
    def kernels(self):
        """For people."""
        return ' '.join(filter(None, (
            f'from {self.since}' if self.since else '',
            f'before {self.before}' if self.before else ''))) or 'all'

    def applies(self, situation):
        """Does the kernel have it, and must the case show it?"""
        version = situation.version
        return bool(version) and \
            kernels.release_key(self.since) <= version and \
            not (self.before and
                 version >= kernels.release_key(self.before)) and \
            bool(self.condition(situation))

    def shown_in(self, log):
        """The line of the log that shows it, 0 without one."""
        return log.find(re.compile(self.pattern))[0]

    def explains(self, claim):
        """Is this why a claim is not so?"""
        return bool(re.search(self.claims, claim.name))

    def row(self):
        """For the report."""
        return {'id': self.id, 'title': self.title, 'kernels': self.kernels,
                'reason': self.reason, 'see': self.see}


DEFECTS = (
    Defect(
        'iova-granule', 'BUG: a granule larger than the kernel\'s pages',
        'init_iova_domain() insists that the smallest page of a translated '
        'default domain is not larger than PAGE_SIZE; an SMMU that has only '
        'larger granules ends the kernel when its first device is probed.',
        'drivers/iommu/iova.c: init_iova_domain()',
        lambda situation: situation.translated and any(
            size > situation.page_size
            for size in situation.smallest_granules()),
        # After a BUG, whatever needs the thread that died is untrue.
        r'kernel BUG at drivers/iommu/iova\.c', r''),
)


def applying(situation):
    """The defects that a case must show."""
    return [defect for defect in DEFECTS if defect.applies(situation)]
