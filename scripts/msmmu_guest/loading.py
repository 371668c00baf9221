# SPDX-License-Identifier: GPL-2.0-or-later
"""How the kernel gets into the machine: what --boot-from says.

  emulator     the emulator has it, its initramfs and its command line; it
               loads them itself, or firmware fetches them from it
  esp          an EFI system partition has them, and systemd-boot, on an nvme
               on pcie.0
  secure-esp   the same with secure boot: firmware with Microsoft's keys
               checks shim, which checks GRUB, which has it check the kernel
  disk         an ext2 partition has them, and an extlinux.conf, on an nvme
               behind the first SMMU: for U-Boot

All that the partitions hold comes from Debian; the kernel for secure boot must
be one of Debian's, which are signed.
"""

import pathlib
import shutil
import struct
import subprocess

from . import boot_disk, firmware, toolchain, uboot

import msmmu_env

WAYS = ('emulator', 'esp', 'secure-esp', 'disk')
SERIAL = 'esp'              # the guest's probe leaves such a disk alone
EUI64 = '0x525400000000ff00'     # 2023.01's U-Boot needs one
SLOT = '1e'                 # on its bus, behind whatever else is there

SYSTEMD_BOOT = ('systemd-boot-efi',
                'usr/lib/systemd/boot/efi/systemd-bootaa64.efi')
SHIM = ('shim-signed', 'usr/lib/shim/shimaa64.efi.signed')
GRUB = ('grub-efi-arm64-signed',
        'usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed')

MIB = 1 << 20
GRUBS_OWN = ';&|<>$#{}'
SECTOR = 512
PARTITION_START = MIB
# FAT32 has at least 65525 clusters, and the image some room.
SMALLEST = 64 * MIB
ROOM = 16 * MIB


class LoadingError(msmmu_env.SetupError):
    """A kernel cannot be put where it should come from."""


def tools():
    """The folder with mtools, '' when the host has them."""
    if shutil.which('mformat'):
        return ''
    return str(toolchain.tree('trixie', ['mtools']) / 'usr' / 'bin') + '/'


def run(*words):
    """One of mtools."""
    answer = subprocess.run(words, capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, check=False)
    if answer.returncode:
        raise LoadingError(f'{words[0]}: {answer.stderr.strip()}')


def partition_table(sectors):
    """A master boot record whose only partition is an ESP of that size."""
    # Status, CHS of the first sector (none), type, CHS of the last, LBA, size
    entry = struct.pack('<B3sB3sII', 0, b'\xfe\xff\xff', 0xef,
                        b'\xfe\xff\xff', PARTITION_START // SECTOR, sectors)
    return bytes(446) + entry + bytes(48) + b'\x55\xaa'


def make_image(path, files):
    """A disk image with an ESP that holds FILES: {name: bytes or a path}."""
    total = sum(len(one) if isinstance(one, bytes) else one.stat().st_size
                for one in files.values())
    size = max(SMALLEST, -(-total // MIB) * MIB + ROOM)
    with open(path, 'wb') as handle:
        handle.truncate(PARTITION_START + size)
        handle.write(partition_table(size // SECTOR))
    prefix, image = tools(), f'{path}@@{PARTITION_START}'
    run(f'{prefix}mformat', '-i', image, '-F', '-T', str(size // SECTOR),
        '-h', '64', '-s', '32', '-v', 'ESP', '::')
    folders = {str(one) for name in files
               for one in pathlib.PurePosixPath(name).parents} - {'.'}
    for folder in sorted(folders):
        run(f'{prefix}mmd', '-i', image, f'::{folder}')
    for number, (name, content) in enumerate(files.items()):
        if isinstance(content, bytes):
            source = pathlib.Path(f'{path}.{number}')
            source.write_bytes(content)
            run(f'{prefix}mcopy', '-i', image, str(source), f'::{name}')
            source.unlink()
        else:
            run(f'{prefix}mcopy', '-i', image, str(content), f'::{name}')
    return path


def plain(kernel, initrd, words, suites):
    """The files of an ESP that systemd-boot starts the kernel from."""
    return {
        'EFI/BOOT/BOOTAA64.EFI': firmware.image(*SYSTEMD_BOOT, suites=suites),
        'loader/loader.conf': b'timeout 0\n',
        'loader/entries/linux.conf':
            f'title Linux\nlinux /linux\ninitrd /initrd\noptions {words}\n'
            .encode(),
        'linux': kernel, 'initrd': initrd,
    }


def secure(kernel, initrd, words, suites):
    """The files of an ESP that shim and GRUB start a signed kernel from."""
    taken = sorted(set(words) & set(GRUBS_OWN))
    if taken:
        raise LoadingError(f'--boot-from secure-esp: GRUB takes '
                           f'{" ".join(taken)} on the command line for its '
                           'own')
    # Without a kernel the machine is to end, not to wait for somebody.
    menu = (f'if linux /linux {words}; then\n    initrd /initrd\n    boot\n'
            'fi\nhalt\n')
    return {
        'EFI/BOOT/BOOTAA64.EFI': firmware.image(*SHIM, suites=suites),
        'EFI/BOOT/grubaa64.efi': firmware.image(*GRUB, suites=suites),
        'EFI/debian/grub.cfg': menu.encode(),
        'linux': kernel, 'initrd': initrd,
    }


def check(options):
    """A complaint about what does not go together."""
    kind = firmware.parse(options.firmware).kind
    if options.boot_from not in WAYS:
        raise LoadingError(f'--boot-from {options.boot_from}: one of '
                           f'{", ".join(WAYS)}')
    if options.boot_from == 'esp' and kind == 'dt':
        raise LoadingError('--boot-from esp needs --firmware uefi, uefi-dt '
                           'or u-boot')
    if options.boot_from == 'secure-esp' and \
            kind not in ('uefi', 'uefi-dt'):
        raise LoadingError('--boot-from secure-esp needs --firmware uefi or '
                           'uefi-dt')
    if options.boot_from == 'disk' and kind != 'u-boot':
        raise LoadingError('--boot-from disk needs --firmware u-boot')


def hooks(options):
    """What a boot needs of vm.Machine."""
    if options.boot_from == 'emulator':
        return firmware.hooks(options.firmware)
    if firmware.parse(options.firmware).kind == 'u-boot':
        return {'talk': lambda machine: uboot.boot_disk(machine, SERIAL)}
    return {}


def arguments(options, kernel, initrd, words, folder, bus='pcie.0'):
    """The emulator's arguments for firmware, kernel and command line.

    KERNEL and INITRD are paths; what is made for this boot goes to FOLDER.
    BUS is the first SMMU's: these arguments come after those that make it.
    """
    check(options)
    if options.boot_from == 'emulator':
        return [*firmware.arguments(options.firmware), '-kernel', str(kernel),
                '-initrd', str(initrd), '-append', words]
    if options.boot_from == 'disk':
        image = boot_disk.make(pathlib.Path(folder) / 'disk.img', kernel,
                               initrd, words)
        return [*firmware.arguments(options.firmware),
                '-drive', f'if=none,id=disk,format=raw,file={image}',
                '-device', f'nvme,drive=disk,serial={SERIAL},bus={bus},'
                f'addr={SLOT}']
    suites = firmware.parse(options.firmware).suites()
    if options.boot_from == 'esp':
        flash = firmware.arguments(options.firmware)
        files = plain(kernel, initrd, words, suites)
    else:
        flash = firmware.secure_arguments(options.firmware, folder)
        files = secure(kernel, initrd, words, suites)
    image = make_image(pathlib.Path(folder) / 'esp.img', files)
    # AAVMF waits for somebody to press a key unless the menu has no time.
    return [*flash, '-boot', 'menu=on,splash-time=0',
            '-drive', f'if=none,id=esp,format=raw,file={image}',
            '-device', f'nvme,id=ep-esp,serial={SERIAL},bus=pcie.0,'
            f'addr={SLOT}',
            '-device', f'nvme-ns,drive=esp,bus=ep-esp,eui64={EUI64},'
            'bootindex=0']
