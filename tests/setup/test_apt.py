# SPDX-License-Identifier: GPL-2.0-or-later
"""A mirror that fails for a while, and one that has not what is asked for."""

import contextlib
import hashlib
import http.server
import io
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
import unittest.mock

import msmmu_apt

DATA = b'what is fetched\n' * 100
# The server here is reached directly, and apt's own pauses are left out.
SETTINGS = ('Acquire::http::Proxy::127.0.0.1 "DIRECT";\n'
            'Acquire::Retries::Delay "false";\n')


class Mirror(http.server.ThreadingHTTPServer):
    """Gives DATA once it has given all of its errors."""

    daemon_threads = True

    def __init__(self, errors):
        super().__init__(('127.0.0.1', 0), Handler)
        self.errors = list(errors)
        self.asked = 0
        self.url = f'http://127.0.0.1:{self.server_port}/file'


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        """The next error, or the data; 0 hangs up in the middle of it."""
        self.server.asked += 1
        error = self.server.errors.pop(0) if self.server.errors else None
        if error:
            self.send_error(error)
            return
        self.send_response(200)
        self.send_header('Content-Length', str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA[:50] if error == 0 else DATA)
        self.close_connection = True

    def log_message(self, format, *_words):
        """Silence."""


class Patience(unittest.TestCase):
    """Files from a server of our own, by apt."""

    def fetch(self, errors):
        """(status, file, requests, pauses) of fetching from such a mirror."""
        mirror = Mirror(errors)
        threading.Thread(target=mirror.serve_forever, daemon=True).start()
        pauses = []
        with tempfile.TemporaryDirectory() as folder, \
                contextlib.redirect_stdout(io.StringIO()) as self.said:
            config = pathlib.Path(folder) / 'apt.conf'
            config.write_text(SETTINGS, encoding='ascii')
            path = pathlib.Path(folder) / 'file'
            with unittest.mock.patch('time.sleep', pauses.append), \
                    unittest.mock.patch.dict(os.environ,
                                             APT_CONFIG=str(config)):
                answer = msmmu_apt.download_file(
                    mirror.url, path, hashlib.sha256(DATA).hexdigest())
            data = path.read_bytes() if path.exists() else b''
        mirror.shutdown()
        mirror.server_close()
        return answer.returncode, data, mirror.asked, pauses

    def test_at_once(self):
        self.assertEqual(self.fetch([]), (0, DATA, 1, []))

    def test_errors_that_pass(self):
        # apt tries some times, and so do we.
        tries_of_apt = self.fetch([503] * 100)[2] // 4
        status, data, asked, pauses = self.fetch([503] * (tries_of_apt + 1))
        self.assertEqual((status, data), (0, DATA))
        self.assertEqual(asked, tries_of_apt + 2)
        self.assertEqual(pauses, [2])
        self.assertIn('again in 2 s', self.said.getvalue())

    def test_a_mirror_that_hangs_up(self):
        status, data, asked, _ = self.fetch([0])
        self.assertEqual((status, data), (0, DATA))
        self.assertGreater(asked, 1)

    def test_errors_that_stay(self):
        status, _, asked, pauses = self.fetch([503] * 100)
        self.assertNotEqual(status, 0)
        self.assertEqual(asked % 4, 0)
        self.assertEqual(pauses, [2, 10, 30])

    def test_what_is_not_there_is_not_asked_for_again(self):
        status, _, asked, pauses = self.fetch([404] * 100)
        self.assertNotEqual(status, 0)
        self.assertEqual((asked, pauses), (1, []))


class Commands(unittest.TestCase):
    """What apt says of passing failures, and of others."""

    def tries(self, status, text):
        """How often a command that always says TEXT is run."""
        runs = []

        def ask():
            runs.append(1)
            return subprocess.CompletedProcess([], status, '', text)
        with unittest.mock.patch('time.sleep'), \
                contextlib.redirect_stdout(io.StringIO()):
            msmmu_apt.patiently(ask, 'something')
        return len(runs)

    def test_passing(self):
        for text in (
                'E: Failed to fetch http://a/b  503  Service Unavailable\n',
                'E: Failed to fetch http://a/b  Could not connect to a:80\n',
                "E: Failed to fetch http://a/b  Temporary failure resolving\n",
                'E: Failed to fetch http://a/b  Hash Sum mismatch\n',
                'E: Failed to fetch http://a/b  Connection timed out\n'):
            with self.subTest(text):
                self.assertEqual(self.tries(100, text), 4)

    def test_an_update_that_ends_well_without_a_file(self):
        self.assertEqual(self.tries(
            0, 'W: Failed to fetch http://a/InRelease  Could not connect\n'),
            4)

    def test_others(self):
        for text in ('E: Unable to locate package x\n',
                     'E: Failed to fetch http://a/b  404  Not Found\n',
                     'E: The repository has no Release file.\n', ''):
            with self.subTest(text):
                self.assertEqual(self.tries(100, text), 1)
        self.assertEqual(self.tries(0, 'W: timed out once, all is well\n'), 1)


if __name__ == '__main__':
    unittest.main()
