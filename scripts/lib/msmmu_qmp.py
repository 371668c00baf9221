# SPDX-License-Identifier: GPL-2.0-or-later
"""A monitor of a running emulator, as much of QMP as our scripts need."""

import json
import socket


class QmpError(Exception):
    """What the monitor, or the way to it, did not allow."""


class Qmp:
    """A connection to a monitor's socket."""

    def __init__(self, address, timeout=30):
        try:
            if ':' in address and '/' not in address:
                host, port = address.rsplit(':', 1)
                self.socket = socket.create_connection((host, int(port)),
                                                       timeout)
            else:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(timeout)
                self.socket.connect(address)
        except (OSError, ValueError) as error:
            raise QmpError(f'cannot connect to {address}: {error}; start the '
                           f'emulator with -qmp unix:{address},server=on,'
                           'wait=off') from None
        self.file = self.socket.makefile('rwb')
        greeting = self._receive()
        if 'QMP' not in greeting:
            raise QmpError(f'{address} does not speak QMP; is it the socket '
                           'of -qmp?')
        self('qmp_capabilities')

    def _receive(self):
        try:
            line = self.file.readline()
        except OSError as error:
            raise QmpError(f'the monitor does not answer ({error}); another '
                           'client may hold this socket: it serves one at a '
                           'time') from None
        if not line:
            raise QmpError('the monitor has closed the connection')
        try:
            return json.loads(line)
        except ValueError:
            raise QmpError('the other side does not speak QMP; is it the '
                           'socket of -qmp?') from None

    def __call__(self, command, **arguments):
        """Run a command; returns what it returns."""
        request = {'execute': command, 'arguments': arguments}
        try:
            self.file.write(json.dumps(request).encode() + b'\n')
            self.file.flush()
        except OSError as error:
            raise QmpError(f'the monitor is gone: {error}') from None
        while True:
            answer = self._receive()
            if 'error' in answer:
                raise QmpError(answer['error']['desc'])
            if 'return' in answer:
                return answer['return']

    def get(self, path, name):
        """A property of an object."""
        return self('qom-get', path=path, property=name)

    def set(self, path, name, value):
        """Change a property of an object."""
        self('qom-set', path=path, property=name, value=value)

    def close(self):
        """End the connection."""
        self.file.close()
        self.socket.close()
