# SPDX-License-Identifier: GPL-2.0-or-later
"""What a case of the lab is, what came of it, and both as JSON.

A case is one boot. It ends with claims, each true or not, and with what was
seen of each IOMMU group. Whoever runs it adds claims; whoever reports only
reads this.
"""

import dataclasses
import json

FORMAT, VERSION = 'msmmu-lab', 1

# What a claim's check said
OK, NOT_OK, SKIPPED = 'ok', 'not ok', 'skip'

# What became of a case
PASSED = 'pass'             # all claims are true
FAILED = 'fail'             # one is not, and nothing says that it should not
KNOWN = 'known'             # not, as a known defect of that kernel says
FIXED = 'fixed'             # a known defect, and all is well: tell somebody
NOT_RUN = 'not-run'         # it could not be tried: the reason says why
OUTCOMES = (PASSED, FAILED, KNOWN, FIXED, NOT_RUN)
# Those that a person must look at; the matrix exits with 1
UNEXPECTED = (FAILED, FIXED)

# Default domains, as the kernel is told on its command line
DOMAINS = {
    'identity': 'iommu.passthrough=1',
    'strict': 'iommu.passthrough=0 iommu.strict=1',
    'lazy': 'iommu.passthrough=0 iommu.strict=0',
}
FIRMWARES = ('dt', 'uefi', 'uefi-dt', 'u-boot')


class ModelError(ValueError):
    """A file that is no result of the lab's."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One boot: which kernel, behind what, asked what."""
    kernel: str                 # debian:6.1, own:7.3-64k, or a path
    kind: str                   # domains, hotplug, hugepages, nested, kunit
    setup: str                  # the name of a row of sets.SETS
    domain: str = 'identity'    # a key of DOMAINS
    firmware: str = 'dt'        # one of FIRMWARES

    @property
    def id(self):
        """Stable, and unique in a run: debian:6.1/domains/4k+16k/strict/dt."""
        return '/'.join((self.kernel, self.kind, self.setup, self.domain,
                         self.firmware))


@dataclasses.dataclass
class Claim:
    """Something that must be so."""
    name: str                   # "smmu1: maps 2M at an aligned address"
    result: str                 # OK, NOT_OK, SKIPPED
    detail: str = ''            # why not; why skipped
    line: int = 0               # of the log, from 1; 0 if it has none
    known: str = ''             # the id of the known defect that explains it


@dataclasses.dataclass
class Group:
    """An IOMMU group with a device behind an instance.

    Bitmaps are hexadecimal texts as '0x40201000', '' where that cannot be
    had: an API that is not there, a kernel without headers.
    """
    smmu: str                   # smmu1
    instance: str               # its properties, as given
    segment: int
    device: str                 # 0001:00:01.0
    group: int = -1
    domain: str = ''            # type of its default domain: identity, DMA ...
    default: str = ''           # bitmap of the default domain
    driver: str = ''            # of the driver's ops, merged over instances
    unbound: str = ''           # of a domain allocated for no device
    before: str = ''            # of a paging domain before it is attached
    after: str = ''             # and after
    vfio: str = ''              # as VFIO tells user space
    geometry: str = ''          # '0x0-0xffffffffffff'
    # What the instance saw: leaf size -> walks that ended there
    used: dict = dataclasses.field(default_factory=dict)
    used_stage2: dict = dataclasses.field(default_factory=dict)
    refused: dict = dataclasses.field(default_factory=dict)
    faults: dict = dataclasses.field(default_factory=dict)
    notes: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class CaseResult:
    """What came of a case."""
    case: Case
    outcome: str = NOT_RUN
    reason: str = ''            # why it is known, fixed or not run; or failed
    known: str = ''             # the id of the known defect
    status: str = ''            # how the boot ended, of vm
    seconds: float = 0.0
    log: str = ''               # path, relative to the report's folder
    claims: list = dataclasses.field(default_factory=list)
    groups: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class KernelInfo:
    """A kernel of a run."""
    name: str                   # as in Case.kernel
    label: str = ''             # package and version, or the path
    release: str = ''
    page_size: int = 0
    module: str = ''            # 'built', or why there is no module
    error: str = ''             # why it could not be had


@dataclasses.dataclass
class LabResult:
    """A whole run, or one shard of it."""
    kernels: list = dataclasses.field(default_factory=list)
    results: list = dataclasses.field(default_factory=list)
    sets: dict = dataclasses.field(default_factory=dict)  # name: [properties]
    defects: list = dataclasses.field(default_factory=list)
    emulator: str = ''
    shard: str = '1/1'
    began: str = ''             # ISO 8601, UTC
    seconds: float = 0.0

    def count(self, outcome):
        """How many cases ended so."""
        return sum(1 for one in self.results if one.outcome == outcome)

    def unexpected(self):
        """The results that a person must look at."""
        return [one for one in self.results if one.outcome in UNEXPECTED]

    def to_json(self):
        """As text."""
        content = {'format': FORMAT, 'version': VERSION,
                   **dataclasses.asdict(self)}
        for entry, one in zip(content['results'], self.results):
            entry['id'] = one.case.id
        return json.dumps(content, indent=1) + '\n'


def build(kind, content):
    """KIND, a dataclass, from a dict; what is unknown there is an error."""
    names = {field.name for field in dataclasses.fields(kind)}
    unknown = set(content) - names
    if unknown:
        raise ModelError(f'{kind.__name__}: unknown {sorted(unknown)[0]}')
    try:
        return kind(**content)
    except TypeError as error:
        raise ModelError(str(error)) from error


def build_result(content):
    """A CaseResult from a dict."""
    content = {name: value for name, value in content.items() if name != 'id'}
    content['case'] = build(Case, content.get('case', {}))
    content['claims'] = [build(Claim, one)
                         for one in content.get('claims', [])]
    content['groups'] = [build(Group, one)
                         for one in content.get('groups', [])]
    return build(CaseResult, content)


def from_json(text):
    """A LabResult from the text of a report.json."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ModelError(f'not JSON: {error}') from error
    if not isinstance(content, dict) or content.pop('format', '') != FORMAT:
        raise ModelError('not a result of msmmu-guest matrix')
    version = content.pop('version', 0)
    if version != VERSION:
        raise ModelError(f'version {version}, not {VERSION}')
    content['kernels'] = [build(KernelInfo, one)
                          for one in content.get('kernels', [])]
    content['results'] = [build_result(one)
                          for one in content.get('results', [])]
    return build(LabResult, content)
