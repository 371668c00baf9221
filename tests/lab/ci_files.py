# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/ci/: files for GitLab and LAVA, by their schemas and by trying them.

LAVA's schema and its own lava-test-case are in Debian's packages of it, and
GitLab's schema in a package of npm's: both are fetched once, the first with
Debian's signatures, the second with its digest, and kept in the cache. Where
there is no npm, that one test is skipped, and says so. What neither knows
without a server is documented in docs/ci/README.rst.
"""

import base64
import hashlib
import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

import lab_fabricated
from msmmu_guest.lab import model, report_common

import msmmu_apt
import msmmu_env

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDER = SOURCE / 'docs' / 'ci'
# The last release of this package that has the schema as a file
NPM_PACKAGE = 'gitlab-ci-local@4.55.0'
NPM_FILE = 'package/src/schema/schema.json'
NPM_DIGEST = ('1FXb4t3nCM2fAqwAqhGOD28upNNsxEM8zVl8XWUs8JWqpTqYPx7O3wvvSEjpi'
              'ze9f4GXjCxRb/tJd3FmTIbXIA==')
LAVA_SUITES = ['trixie', 'trixie-backports']
GLOBAL = {'stages', 'variables', 'default', 'include', 'workflow', 'image'}
JOB = {'SHARD': '2', 'SHARDS': '8', 'REPOSITORY': 'https://host/msmmu.git',
       'REVISION': 'main'}


class NotRun(Exception):
    """What a test needs is not there."""


class Skipped(Exception):
    """It cannot be had everywhere, and it is not essential."""


def need(module, package):
    """A module of Python's that is not in its library."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise NotRun(f'not run: {package} is not installed') from error


def load(text):
    """YAML."""
    return need('yaml', 'python3-yaml').safe_load(text)


def gitlab():
    """The file for GitLab: (all of it, {job: its keys})."""
    content = load((FOLDER / 'gitlab-ci.yml').read_text(encoding='utf-8'))
    return content, {name: job for name, job in content.items()
                     if name not in GLOBAL and not name.startswith('.')}


# ---- GitLab ----

def test_gitlab_by_itself():
    """gitlab-ci.yml hangs together: stages, needs, artifacts, scripts."""
    content, jobs = gitlab()
    names = list(jobs)
    for name, job in jobs.items():
        assert job['stage'] in content['stages'], name
        for other in job.get('needs', []):
            assert names.index(other) < names.index(name), (name, other)
        for line in job['script'] + job.get('before_script', []):
            done = subprocess.run(['sh', '-n', '-c', line], check=False,
                                  capture_output=True, text=True)
            assert not done.returncode, f'{name}: {line}: {done.stderr}'
            for path in re.findall(r'\b(scripts/[\w./-]+)', line):
                assert (SOURCE / path).exists(), f'{name}: {path}'
    shards = jobs['lab']['parallel']['matrix'][0]['SHARD']
    assert shards == [str(number + 1) for number in range(
        int(content['variables']['SHARDS']))], shards
    assert jobs['report']['artifacts']['reports']['junit'] in (
        'public/report.xml',)


def test_gitlab_commands():
    """what gitlab-ci.yml runs is taken by msmmu-guest, shard by shard."""
    content, jobs = gitlab()
    line = next(line for line in jobs['lab']['script'] if 'matrix' in line)
    seen = []
    for shard in jobs['lab']['parallel']['matrix'][0]['SHARD']:
        done = subprocess.run(
            ['sh', '-ec', f'{line} --list'], cwd=SOURCE, text=True,
            capture_output=True, check=False,
            env={**os.environ, **content['variables'], 'SHARD': shard,
                 'XDG_CACHE_HOME': str(msmmu_env.cache_dir().parent)})
        assert not done.returncode, done.stderr
        seen += done.stdout.split()
    assert len(seen) == len(set(seen)) > 20, len(seen)


def test_gitlab_report():
    """the reports of shards are put together as gitlab-ci.yml does."""
    _, jobs = gitlab()
    with tempfile.TemporaryDirectory() as folder:
        whole = lab_fabricated.lab_result()
        for shard in range(2):
            part = lab_fabricated.lab_result()
            part.results = part.results[shard::2]
            place = pathlib.Path(folder, 'lab', str(shard + 1))
            lab_fabricated.write_logs(part, place)
            place.joinpath('report.json').write_text(part.to_json(),
                                                     encoding='utf-8')
        os.symlink(SOURCE / 'scripts', pathlib.Path(folder, 'scripts'))
        done = subprocess.run(
            ['sh', '-c', '\n'.join(jobs['report']['script'])], cwd=folder,
            capture_output=True, text=True, check=False)
        assert done.returncode == 1, (done.returncode, done.stderr)
        public = pathlib.Path(folder, 'public')
        merged = model.from_json((public / 'report.json').read_text('utf-8'))
        assert len(merged.results) == len(whole.results)
        for name in ('report.html', 'report.xml', 'report.ktap'):
            assert (public / name).stat().st_size > 10000, name
        assert (public / merged.results[0].log).is_file()


def gitlab_schema():
    """GitLab's schema, from the cache or from the npm registry."""
    kept = msmmu_env.cache_dir() / 'tools' / 'gitlab-ci-schema.json'
    if not kept.is_file():
        if not shutil.which('npm'):
            # Debian's npm and others' nodejs exclude each other, so that it
            # is not among the packages that scripts/check-lab installs.
            raise Skipped('not run: npm is not installed')
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                ['npm', 'pack', '--silent', NPM_PACKAGE], cwd=folder,
                capture_output=True, text=True, timeout=120, check=False)
            found = list(pathlib.Path(folder).glob('*.tgz'))
            if done.returncode or not found:
                raise Skipped(f'not run: npm cannot fetch {NPM_PACKAGE}')
            digest = base64.b64encode(hashlib.sha512(
                found[0].read_bytes()).digest()).decode()
            assert digest == NPM_DIGEST, f'{NPM_PACKAGE} is {digest}'
            with tarfile.open(found[0]) as archive:
                text = archive.extractfile(NPM_FILE).read()
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_suffix(f'.{os.getpid()}')
        temporary.write_bytes(text)
        temporary.rename(kept)
    return json.loads(kept.read_text(encoding='utf-8'))


def test_gitlab_schema():
    """gitlab-ci.yml is what GitLab's schema takes, and a mistake is not."""
    jsonschema = need('jsonschema', 'python3-jsonschema')
    content, _ = gitlab()
    checker = jsonschema.Draft7Validator(gitlab_schema())
    problems = [f'{list(error.path)}: {error.message[:200]}'
                for error in checker.iter_errors(content)]
    assert not problems, problems
    for change in ({'scrip': ['true']}, {'parallel': {'matrix': 3}},
                   {'artifacts': {'reports': {'junit': 7}}}):
        wrong = dict(content, lab={**content['lab'], **change})
        assert not checker.is_valid(wrong), change


# ---- LAVA ----

def lava(package):
    """The folder of one of LAVA's packages."""
    archive = msmmu_apt.Archive(LAVA_SUITES, 'amd64')
    archive.update()
    versions = archive.versions(package)
    if not versions:
        raise NotRun(f'not run: no package {package}')
    version = versions[0].version
    return msmmu_apt.unpack(
        archive.download(package, version),
        msmmu_env.cache_dir() / 'tools' / f'{package}_{version}')


def lava_schemas():
    """LAVA's own module of schemas."""
    need('voluptuous', 'python3-voluptuous')
    need('yaml', 'python3-yaml')
    path = str(lava('lava-common') / 'usr/lib/python3/dist-packages')
    if path not in sys.path:
        sys.path.append(path)
    return importlib.import_module('lava_common.schemas')


def filled_job():
    """The job of a shard, as README.rst fills it in."""
    text = (FOLDER / 'lava-job.yaml.in').read_text(encoding='utf-8')
    for name, value in JOB.items():
        text = text.replace(f'@{name}@', value)
    body = re.sub(r'(?m)^#.*$', '', text)
    assert '@' not in body.replace('root@lava', ''), 'a name is left'
    return load(text)


def test_lava_job():
    """lava-job.yaml.in, filled in, is what LAVA's schema takes."""
    schemas = lava_schemas()
    job = filled_job()
    schemas.validate(job)
    schemas.extra_checks(job)
    path = job['actions'][2]['test']['definitions'][0]['path']
    assert (SOURCE / path).is_file(), path
    job['actions'][1]['boot']['prompt'] = job['actions'][1]['boot'].pop(
        'prompts')
    try:
        schemas.validate(job)
    except importlib.import_module('voluptuous').Invalid:
        return
    raise AssertionError('a mistake is taken, too')


def test_lava_definition():
    """lava-lab.yaml is a test definition, with the job's parameters."""
    voluptuous = need('voluptuous', 'python3-voluptuous')
    lava_schemas()
    testdef = importlib.import_module('lava_common.schemas.test.testdef')
    content = load((FOLDER / 'lava-lab.yaml').read_text(encoding='utf-8'))
    voluptuous.Schema(testdef.testdef())(content)
    given = filled_job()['actions'][2]['test']['definitions'][0]
    assert set(given['parameters']) == set(content['params'])


def test_lava_steps():
    """the steps of lava-lab.yaml run what is there, with the shard."""
    content = load((FOLDER / 'lava-lab.yaml').read_text(encoding='utf-8'))
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder)
        (base / 'scripts').mkdir()
        (base / 'docs').symlink_to(SOURCE / 'docs')
        shown = base / 'scripts' / 'lab'
        shown.write_text('#!/bin/sh\nprintf "<%s>\\n" "$@"\nexit 1\n')
        shown.chmod(0o755)
        answer = in_lava(content['run']['steps'][:1], folder,
                         SHARD='2', SHARDS='8', MATRIX='--set 4k+64k')
    assert "<LAB=--shard 2/8 --set 4k+64k>" in answer, answer
    assert 'TEST_CASE_ID=lab RESULT=fail' in answer, answer


def in_lava(steps, folder, **parameters):
    """What steps print where LAVA's own programs are."""
    tools = next(lava('lava-dispatcher').rglob('lava_test_shell'))
    results = pathlib.Path(folder, 'lava')
    programs = results / 'bin'
    programs.mkdir(parents=True)
    for name in ('lava-test-case', 'lava-test-set', 'lava-common-functions'):
        text = (tools / name).read_text(encoding='utf-8')
        # A dispatcher writes the shell's name before it copies them.
        (programs / name).write_text(
            text if text.startswith('#!') or name.endswith('functions')
            else '#!/bin/sh\n' + text)
        (programs / name).chmod(0o755)
    lines = [f'export {name}="{value}"' for name, value
             in parameters.items()] + steps
    done = subprocess.run(
        ['sh', '-c', '\n'.join(lines)], cwd=folder, text=True,
        capture_output=True, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, 'LAVA_RESULT_DIR': str(results),
             'PATH': f'{programs}:{os.environ["PATH"]}'})
    return done.stdout + done.stderr


def test_lava_results():
    """each case reaches LAVA by its own lava-test-case, with its result."""
    result = lab_fabricated.lab_result()
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'report.json').write_text(result.to_json(),
                                                       encoding='utf-8')
        answer = in_lava([f'{FOLDER / "lava-results"} report.json'], folder)
    found = re.findall(r'^<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=(\S+) '
                       r'RESULT=(pass|fail|skip)( UNITS=s MEASUREMENT='
                       r'[\d.]+)?>$', answer, re.M)
    bad = [claim for one in result.results
           for claim in report_common.failed_claims(one)]
    assert len(found) == len(result.results) + len(bad), answer[-2000:]
    assert answer.count('<LAVA_SIGNAL_TESTSET START ') == 9
    counts = {word: sum(1 for _, what, _ in found if what == word)
              for word in ('pass', 'fail', 'skip')}
    assert counts == {
        'pass': result.count(model.PASSED),
        'fail': len(result.unexpected()) + len(bad),
        'skip': result.count(model.KNOWN) + result.count(model.NOT_RUN)}, \
        counts
    assert ('domains_4k+16k+64k_strict_dt', 'skip') in [
        (name, what) for name, what, _ in found]
