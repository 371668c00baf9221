# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's Chromium without a window, by its DevTools protocol over a pipe.

The browser reads commands at file descriptor 3 and answers at 4: JSON, each
message ended by a NUL. A Browser has one Page; a Page collects what it says on
its console, exceptions, and requests that it made.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

NAMES = ('chromium', 'chromium-browser', 'google-chrome')
ARGUMENTS = (
    '--headless=new', '--remote-debugging-pipe', '--no-first-run',
    '--disable-gpu', '--disable-dev-shm-usage', '--disable-extensions',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-default-browser-check', '--hide-scrollbars',
    '--force-color-profile=srgb', '--mute-audio')


class BrowserError(Exception):
    """The browser is not there, or did not do it; the text says what."""


def find():
    """The browser's path, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A running browser. Use as a context."""

    def __init__(self, timeout=600.0):
        program = find()
        if not program:
            raise BrowserError('chromium is not installed')
        self.timeout = timeout
        self.folder = tempfile.mkdtemp(prefix='msmmu-chromium-')
        there, self.to_browser = os.pipe()
        self.from_browser, back = os.pipe()
        command = [program, *ARGUMENTS, f'--user-data-dir={self.folder}']
        if os.geteuid() == 0:
            # Its sandbox does not work for root.
            command.append('--no-sandbox')
        self.process = subprocess.Popen(
            ['/bin/sh', '-c', f'exec "$@" 3<&{there} 4>&{back}', 'sh',
             *command, 'about:blank'], pass_fds=(there, back),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(there)
        os.close(back)
        self.buffer, self.number, self.events = b'', 0, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End it, and all that it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(timeout=5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self, deadline):
        """The next message."""
        while b'\0' not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.from_browser], [], [],
                                              left)[0]:
                raise BrowserError(f'no answer in {self.timeout:.0f} s')
            part = os.read(self.from_browser, 1 << 16)
            if not part:
                raise BrowserError('the browser ended')
            self.buffer += part
        text, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(text)

    def call(self, method, attached=None, **parameters):
        """A command's answer; events meanwhile are kept."""
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if attached:
            message['sessionId'] = attached
        os.write(self.to_browser, json.dumps(message).encode() + b'\0')
        deadline = time.monotonic() + self.timeout
        while True:
            answer = self.receive(deadline)
            if answer.get('id') == self.number:
                if 'error' in answer:
                    raise BrowserError(
                        f'{method}: {answer["error"]["message"]}')
                return answer['result']
            self.events.append(answer)

    def wait(self, method):
        """The next event of a kind."""
        deadline = time.monotonic() + self.timeout
        while True:
            for event in self.events:
                if event.get('method') == method:
                    self.events.remove(event)
                    return event
            self.events.append(self.receive(deadline))

    def page(self):
        """The browser's page."""
        targets = self.call('Target.getTargets')['targetInfos']
        target = next(each['targetId'] for each in targets
                      if each['type'] == 'page')
        attached = self.call('Target.attachToTarget', targetId=target,
                             flatten=True)['sessionId']
        return Page(self, attached)


class Page:
    """A page, and what a person does with it."""

    def __init__(self, browser, attached):
        self.browser, self.attached = browser, attached
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{domain}.enable')
        # Not the time that passes: the host may be busy.
        self.call('Performance.enable', timeDomain='threadTicks')

    def call(self, method, **parameters):
        """A command for this page."""
        return self.browser.call(method, self.attached, **parameters)

    def size(self, width, height):
        """Its window."""
        self.call('Emulation.setDeviceMetricsOverride', width=width,
                  height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        """'light' or 'dark'; and 'print' for paper."""
        media = 'print' if name == 'print' else ''
        self.call('Emulation.setEmulatedMedia', media=media, features=[
            {'name': 'prefers-color-scheme',
             'value': 'dark' if name == 'dark' else 'light'}])

    def open(self, address):
        """Go there; returns when all is loaded."""
        self.browser.events.clear()
        self.call('Page.navigate', url='about:blank')
        self.browser.wait('Page.loadEventFired')
        self.browser.events.clear()
        self.call('Page.navigate', url=address)
        self.browser.wait('Page.loadEventFired')

    def evaluate(self, expression):
        """The value of an expression in the page."""
        answer = self.call('Runtime.evaluate', expression=expression,
                           returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in answer:
            details = answer['exceptionDetails']
            raise BrowserError(details.get('exception', {}).get(
                'description', details['text']))
        return answer['result'].get('value')

    def centre(self, selector, settle=True):
        """Scroll an element into view and return its middle."""
        box = self.evaluate(
            '(() => {const e = document.querySelector(' +
            json.dumps(selector) + '); if (!e) { return null; } '
            'e.scrollIntoView({block: "center", inline: "center"}); '
            'const b = e.getBoundingClientRect(); '
            'return [b.left + b.width / 2, b.top + b.height / 2]; })()')
        if not box:
            raise BrowserError(f'no {selector}')
        if settle:
            # A scroll takes a frame before the page hears of it.
            self.evaluate('new Promise((done) => requestAnimationFrame('
                          '() => requestAnimationFrame(done)))')
        return box

    def hover(self, selector):
        """Put the pointer on it."""
        x, y = self.centre(selector)
        self.call('Input.dispatchMouseEvent', type='mouseMoved', x=x, y=y)

    def click(self, selector, settle=True):
        """Click it."""
        x, y = self.centre(selector, settle)
        for kind in ('mouseMoved', 'mousePressed', 'mouseReleased'):
            self.call('Input.dispatchMouseEvent', type=kind, x=x, y=y,
                      button='left', clickCount=1)

    def key(self, name, text=''):
        """Press a key: Tab, Escape, ArrowDown ..."""
        codes = {'Tab': 9, 'Enter': 13, 'Escape': 27, 'End': 35, 'Home': 36,
                 'ArrowLeft': 37, 'ArrowUp': 38, 'ArrowRight': 39,
                 'ArrowDown': 40}
        for kind in ('keyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=name,
                      code=name, text=text if kind == 'keyDown' else '',
                      windowsVirtualKeyCode=codes.get(name, 0))

    def type(self, text):
        """Type into what has the focus."""
        self.call('Input.insertText', text=text)

    def screenshot(self, path, whole=False):
        """A PNG of the window, or of all of the page."""
        parameters = {}
        if whole:
            size = self.call('Page.getLayoutMetrics')['cssContentSize']
            parameters = {'captureBeyondViewport': True, 'clip': {
                'x': 0, 'y': 0, 'width': size['width'],
                'height': size['height'], 'scale': 1}}
        answer = self.call('Page.captureScreenshot', **parameters)
        with open(path, 'wb') as output:
            output.write(base64.b64decode(answer['data']))

    def pdf(self):
        """The page on paper."""
        return base64.b64decode(self.call(
            'Page.printToPDF', preferCSSPageSize=True,
            printBackground=True)['data'])

    def worked(self):
        """Seconds of the processor that the page has taken until now."""
        found = self.call('Performance.getMetrics')['metrics']
        return next(each['value'] for each in found
                    if each['name'] == 'TaskDuration')

    def complaints(self):
        """Errors and warnings of the page's console, and exceptions."""
        self.evaluate('0')
        found = []
        for event in self.browser.events:
            method, values = event.get('method'), event.get('params', {})
            if method == 'Runtime.exceptionThrown':
                details = values['exceptionDetails']
                found.append(details.get('exception', {}).get(
                    'description', details['text']))
            elif method == 'Runtime.consoleAPICalled' and \
                    values['type'] in ('error', 'warning', 'assert'):
                found.append(str(values['args']))
            elif method == 'Log.entryAdded' and \
                    values['entry']['level'] in ('error', 'warning'):
                found.append(values['entry']['text'])
        return found

    def requests(self):
        """The addresses of all that was asked for."""
        self.evaluate('0')
        return [event['params']['request']['url']
                for event in self.browser.events
                if event.get('method') == 'Network.requestWillBeSent']
