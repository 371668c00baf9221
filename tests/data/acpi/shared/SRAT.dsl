// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ACPI Data Table [SRAT]
 *
 * Format: [HexOffset DecimalOffset ByteLength]  FieldName : FieldValue (in hex)
 */

[000h 0000 004h]                   Signature : "SRAT"    [System Resource Affinity Table]
[004h 0004 004h]                Table Length : 000000B0
[008h 0008 001h]                    Revision : 03
[009h 0009 001h]                    Checksum : 7E
[00Ah 0010 006h]                      Oem ID : "BOCHS "
[010h 0016 008h]                Oem Table ID : "BXPC    "
[018h 0024 004h]                Oem Revision : 00000001
[01Ch 0028 004h]             Asl Compiler ID : "BXPC"
[020h 0032 004h]       Asl Compiler Revision : 00000001

[024h 0036 004h]              Table Revision : 00000001
[028h 0040 008h]                    Reserved : 0000000000000000

[030h 0048 001h]               Subtable Type : 03 [GICC Affinity]
[031h 0049 001h]                      Length : 12

[032h 0050 004h]            Proximity Domain : 00000000
[036h 0054 004h]          Acpi Processor UID : 00000000
[03Ah 0058 004h]       Flags (decoded below) : 00000001
                                     Enabled : 1
[03Eh 0062 004h]                Clock Domain : 00000000

[042h 0066 001h]               Subtable Type : 03 [GICC Affinity]
[043h 0067 001h]                      Length : 12

[044h 0068 004h]            Proximity Domain : 00000001
[048h 0072 004h]          Acpi Processor UID : 00000001
[04Ch 0076 004h]       Flags (decoded below) : 00000001
                                     Enabled : 1
[050h 0080 004h]                Clock Domain : 00000000

[054h 0084 001h]               Subtable Type : 01 [Memory Affinity]
[055h 0085 001h]                      Length : 28

[056h 0086 004h]            Proximity Domain : 00000000
[05Ah 0090 002h]                   Reserved1 : 0000
[05Ch 0092 008h]                Base Address : 0000000040000000
[064h 0100 008h]              Address Length : 0000000004000000
[06Ch 0108 004h]                   Reserved2 : 00000000
[070h 0112 004h]       Flags (decoded below) : 00000001
                                     Enabled : 1
                               Hot Pluggable : 0
                                Non-Volatile : 0
[074h 0116 008h]                   Reserved3 : 0000000000000000

[07Ch 0124 001h]               Subtable Type : 01 [Memory Affinity]
[07Dh 0125 001h]                      Length : 28

[07Eh 0126 004h]            Proximity Domain : 00000001
[082h 0130 002h]                   Reserved1 : 0000
[084h 0132 008h]                Base Address : 0000000044000000
[08Ch 0140 008h]              Address Length : 0000000004000000
[094h 0148 004h]                   Reserved2 : 00000000
[098h 0152 004h]       Flags (decoded below) : 00000001
                                     Enabled : 1
                               Hot Pluggable : 0
                                Non-Volatile : 0
[09Ch 0156 008h]                   Reserved3 : 0000000000000000

[0A4h 0164 001h]               Subtable Type : 04 [GIC ITS Affinity]
[0A5h 0165 001h]                      Length : 0C

[0A6h 0166 004h]            Proximity Domain : 00000001
[0AAh 0170 002h]                    Reserved : 0000
[0ACh 0172 004h]                      ITS ID : 00000009

Raw Table Data: Length 176 (0xB0)

    0000: 53 52 41 54 B0 00 00 00 03 7E 42 4F 43 48 53 20  // SRAT.....~BOCHS
    0010: 42 58 50 43 20 20 20 20 01 00 00 00 42 58 50 43  // BXPC    ....BXPC
    0020: 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00  // ................
    0030: 03 12 00 00 00 00 00 00 00 00 01 00 00 00 00 00  // ................
    0040: 00 00 03 12 01 00 00 00 01 00 00 00 01 00 00 00  // ................
    0050: 00 00 00 00 01 28 00 00 00 00 00 00 00 00 00 40  // .....(.........@
    0060: 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 00  // ................
    0070: 01 00 00 00 00 00 00 00 00 00 00 00 01 28 01 00  // .............(..
    0080: 00 00 00 00 00 00 00 44 00 00 00 00 00 00 00 04  // .......D........
    0090: 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00  // ................
    00A0: 00 00 00 00 04 0C 01 00 00 00 00 00 09 00 00 00  // ................
