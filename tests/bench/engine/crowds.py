# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines with many instances, or many streams: what an access takes must not
depend on what else there is.
"""

import smmu
from cases import JOBS, Case
from emulator import Emulator, RootComplex
from engine import RANDOM, Engine, Job
from meters import net
from sides import DATA, DATA_PAGES, IOVA, OURS_REGISTERS, fill_data, set_up

PAGES = 200
INSTANCE_BYTES, INSTANCE_MEMORY = 0x80000, 0x800000
MEMORY = 0x42000000
DEVFN = 0x10

SUBJECTS = ('none', 'ours')
PORT_DEVFN, FUNCTIONS, SEGMENTS, BUSES = 0x08, 8, 5, 255
BUS_NUMBERS, MEMORY_WINDOW = 0x18, 0x20


def reads(meter, address, pages):
    """At random"""
    return [Job(address, pattern=RANDOM, step=pages * smmu.PAGE,
                count=meter.reads // JOBS, seed=i) for i in range(JOBS)]


class Instances:
    """NUMBER instances at work, and an engine behind nothing on pcie.0"""

    def __init__(self, meter, number):
        arguments = ['-M', 'virt-msmmu', '-m', '512M',
                     '-device', 'msmmu-engine,bus=pcie.0,addr=2']
        for i in range(1, number + 1):
            arguments += [
                '-device', f'msmmu-rc,id=rc{i}',
                '-device', f'msmmu-smmuv3,id=smmu{i},primary-bus=rc{i}',
                '-device', f'msmmu-engine,bus=rc{i},addr=2']
        self.meter = meter
        self.emulator = Emulator(meter.program, arguments)
        fill_data(self.emulator)
        self.bare = Engine(RootComplex(self.emulator, 0), 0, DEVFN, 0)
        self.engines = [self._engine(i) for i in range(number)]

    def _engine(self, i):
        instance = smmu.Smmu(self.emulator,
                             OURS_REGISTERS + i * INSTANCE_BYTES,
                             MEMORY + i * INSTANCE_MEMORY)
        instance.start()
        set_up(instance, [range(DEVFN, DEVFN + 1)])
        return Engine(RootComplex(self.emulator, i + 1), 0, DEVFN, 0)

    def close(self):
        """The end of the emulator"""
        self.emulator.close()

    def measure(self, subject):
        """Hits behind the last one, when all were at work"""
        if subject == 'none':
            return net([self.meter.transactions(
                self.bare, reads(self.meter, DATA, DATA_PAGES))])
        for engine in self.engines:
            engine.check(reads(self.meter, IOVA, PAGES))
        return net([self.meter.transactions(
            self.engines[-1], reads(self.meter, IOVA, PAGES))])


class Streams:
    """One instance of several segments. In each are eight functions behind a
    port; as its bus number changes, so do their StreamIDs.
    """

    def __init__(self, meter, number):
        arguments = ['-M', 'virt-msmmu', '-m', '512M',
                     '-device', 'msmmu-engine,bus=pcie.0,addr=2',
                     '-device', 'msmmu-smmuv3,id=smmu1,sidsize=19']
        for i in range(1, SEGMENTS + 1):
            arguments += ['-device', f'msmmu-rc,id=rc{i},smmu=smmu1,'
                          f'sid-base={(i - 1) << 16:#x}', '-device',
                          f'pcie-root-port,bus=rc{i},id=p{i},chassis={i},'
                          'addr=1']
            for function in range(FUNCTIONS):
                arguments += ['-device', f'msmmu-engine,bus=p{i},'
                              f'addr=0.{function},multifunction=on']
        self.meter = meter
        self.emulator = Emulator(meter.program, arguments)
        fill_data(self.emulator)
        self.bare = Engine(RootComplex(self.emulator, 0), 0, DEVFN, 0)
        self.smmu = smmu.Smmu(self.emulator, OURS_REGISTERS, MEMORY,
                              sid_bits=19)
        self.smmu.start()
        self.ports = [RootComplex(self.emulator, i + 1)
                      for i in range(SEGMENTS)]
        set_up(self.smmu, [range(i << 16 | bus << 8,
                                 (i << 16 | bus << 8) + FUNCTIONS)
                           for i in range(SEGMENTS)
                           for bus in range(1, BUSES + 1)])
        for rc in self.ports:
            self.renumber(rc, 1)
            self.emulator.write(rc.config(0, PORT_DEVFN, MEMORY_WINDOW),
                                0x10701000)
            rc.set_master(0, PORT_DEVFN, True)
        self.engines = [Engine(rc, 1, function, function)
                        for rc in self.ports for function in range(FUNCTIONS)]
        if number > 1:
            self.read_as_all()

    def close(self):
        """The end of the emulator"""
        self.emulator.close()

    def renumber(self, rc, bus):
        """Primary, secondary and subordinate bus number"""
        self.emulator.write(rc.config(0, PORT_DEVFN, BUS_NUMBERS),
                            bus << 8 | bus << 16)

    def read_as_all(self):
        """One read of every stream, the first segment's last"""
        for bus in range(BUSES, 0, -1):
            for rc in self.ports:
                self.renumber(rc, bus)
            for engine in self.engines[::-1]:
                engine.check([Job(IOVA)])

    def measure(self, subject):
        """Hits of one stream, when so many have been at work"""
        if subject == 'none':
            return net([self.meter.transactions(
                self.bare, reads(self.meter, DATA, DATA_PAGES))])
        self.engines[0].check(reads(self.meter, IOVA, PAGES))
        return net([self.meter.transactions(
            self.engines[0], reads(self.meter, IOVA, PAGES))])


class Both:
    """Two emulators, with one of something and with many, which take turns"""

    def __init__(self, meter, make, numbers):
        self.meter = meter
        self.machines = {number: make(meter, number) for number in numbers}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for machine in self.machines.values():
            machine.close()


def group(name, numbers):
    """Cases of Both, of which each is of one emulator"""
    return [Case(name, {name: number}, SUBJECTS,
                 lambda both, subject, number=number:
                 both.machines[number].measure(subject))
            for number in numbers]


INSTANCES = 1, 10
STREAMS = 1, SEGMENTS * BUSES * FUNCTIONS
