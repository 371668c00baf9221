# SPDX-License-Identifier: GPL-2.0-or-later
"""The guide to writing qtests: its example is the test that is run."""

import re
import textwrap
import unittest

import documents

PAGE = documents.DOCS / 'devel/qtest.rst'
QTESTS = documents.TOP / 'tests/qtest/msmmu'
LIBQOS = QTESTS / 'libqos'


class QtestGuide(unittest.TestCase):
    """docs/devel/qtest.rst"""

    def setUp(self):
        self.text = documents.read(PAGE)

    def test_the_example_is_the_test(self):
        block = re.search(r'^\.\. code-block:: c\n\n((?:   .*\n|\n)+)',
                          self.text, re.M)
        code = documents.read(LIBQOS / 'example.c')
        self.assertEqual(textwrap.dedent(block.group(1)).strip(),
                         code[code.index('#include'):].strip())

    def test_the_example_is_built(self):
        self.assertIn("'libqos/example.c'",
                      documents.read(QTESTS / 'meson.build'))
        path = re.search(r'-p \\\n +(\S+)', self.text).group(1)
        _, machine, interface, tests, name = path.split('/')[1:]
        self.assertIn(f'aarch64/{machine}',
                      documents.read(LIBQOS / 'msmmu-machine.c'))
        self.assertEqual(tests, f'{interface}-tests')
        self.assertIn(f'qos_add_test("{name}", "{interface}"',
                      documents.read(LIBQOS / 'example.c'))

    def test_functions_exist(self):
        headers = ''.join(documents.read(path)
                          for folder in (QTESTS, LIBQOS)
                          for path in folder.glob('*.h'))
        named = set(re.findall(r'``(q(?:msmmu|engine|smmu|ste|cd|tables|its)'
                               r'_\w+)\(', self.text))
        self.assertGreater(len(named), 20)
        self.assertEqual({name for name in named
                          if not re.search(rf'\b{name}\(', headers)}, set())

    def test_hosts_are_those_of_the_graph(self):
        made = set(re.findall(r'add(?:_host)?_node\("([\w-]+)"',
                              documents.read(LIBQOS / 'msmmu-host.c')))
        rows = self.text.partition('\nHosts\n')[2].partition('\nAn SMMU')[0]
        told = {name for row in re.findall(r'^   \* - (``.*)$', rows, re.M)
                for name in re.findall('``([^`]+)``', row)}
        self.assertEqual(told, made)

    def test_types_exist(self):
        headers = ''.join(documents.read(path) for path in LIBQOS.glob('*.h'))
        for name in set(re.findall('``(QMsmmu\\w+)``', self.text)):
            self.assertIn(f'}} {name};', headers)
