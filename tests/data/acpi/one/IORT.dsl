// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ACPI Data Table [IORT]
 *
 * Format: [HexOffset DecimalOffset ByteLength]  FieldName : FieldValue (in hex)
 */

[000h 0000 004h]                   Signature : "IORT"    [IO Remapping Table]
[004h 0004 004h]                Table Length : 00000144
[008h 0008 001h]                    Revision : 06
[009h 0009 001h]                    Checksum : 61
[00Ah 0010 006h]                      Oem ID : "BOCHS "
[010h 0016 008h]                Oem Table ID : "BXPC    "
[018h 0024 004h]                Oem Revision : 00000001
[01Ch 0028 004h]             Asl Compiler ID : "BXPC"
[020h 0032 004h]       Asl Compiler Revision : 00000001

[024h 0036 004h]                  Node Count : 00000005
[028h 0040 004h]                 Node Offset : 00000030
[02Ch 0044 004h]                    Reserved : 00000000

[030h 0048 001h]                        Type : 00
[031h 0049 002h]                      Length : 0018
[033h 0051 001h]                    Revision : 01
[034h 0052 004h]                  Identifier : 00000000
[038h 0056 004h]               Mapping Count : 00000000
[03Ch 0060 004h]              Mapping Offset : 00000000

[040h 0064 004h]                    ItsCount : 00000001
[044h 0068 004h]                 Identifiers : 00000000

[048h 0072 001h]                        Type : 00
[049h 0073 002h]                      Length : 0018
[04Bh 0075 001h]                    Revision : 01
[04Ch 0076 004h]                  Identifier : 00000001
[050h 0080 004h]               Mapping Count : 00000000
[054h 0084 004h]              Mapping Offset : 00000000

[058h 0088 004h]                    ItsCount : 00000001
[05Ch 0092 004h]                 Identifiers : 00000001

[060h 0096 001h]                        Type : 04
[061h 0097 002h]                      Length : 006C
[063h 0099 001h]                    Revision : 05
[064h 0100 004h]                  Identifier : 00000002
[068h 0104 004h]               Mapping Count : 00000002
[06Ch 0108 004h]              Mapping Offset : 00000044

[070h 0112 008h]                Base Address : 000000000B000000
[078h 0120 004h]       Flags (decoded below) : 00000011
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 0
                              DeviceID Valid : 1
[07Ch 0124 004h]                    Reserved : 00000000
[080h 0128 008h]               VATOS Address : 0000000000000000
[088h 0136 004h]                       Model : 00000000
[08Ch 0140 004h]                  Event GSIV : 000000F8
[090h 0144 004h]                    PRI GSIV : 00000000
[094h 0148 004h]                   GERR GSIV : 000000FB
[098h 0152 004h]                   Sync GSIV : 000000FA
[09Ch 0156 004h]            Proximity Domain : 00000000
[0A0h 0160 004h]     Device ID Mapping Index : 00000001

[0A4h 0164 004h]                  Input base : 00000000
[0A8h 0168 004h]                    ID Count : 0000FFFF
[0ACh 0172 004h]                 Output Base : 00000000
[0B0h 0176 004h]            Output Reference : 00000048
[0B4h 0180 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[0B8h 0184 004h]                  Input base : 00000000
[0BCh 0188 004h]                    ID Count : 00000000
[0C0h 0192 004h]                 Output Base : 000000F8
[0C4h 0196 004h]            Output Reference : 00000048
[0C8h 0200 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[0CCh 0204 001h]                        Type : 02
[0CDh 0205 002h]                      Length : 003C
[0CFh 0207 001h]                    Revision : 04
[0D0h 0208 004h]                  Identifier : 00000003
[0D4h 0212 004h]               Mapping Count : 00000001
[0D8h 0216 004h]              Mapping Offset : 00000028

[0DCh 0220 008h]           Memory Properties : [IORT Memory Access Properties]
[0DCh 0220 004h]             Cache Coherency : 00000001
[0E0h 0224 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[0E1h 0225 002h]                    Reserved : 0000
[0E3h 0227 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[0E4h 0228 004h]               ATS Attribute : 00000000
[0E8h 0232 004h]          PCI Segment Number : 00000000
[0ECh 0236 001h]           Memory Size Limit : 40
[0EDh 0237 002h]          PASID Capabilities : 0000
[0EFh 0239 001h]                    Reserved : 00

[0F4h 0244 004h]                  Input base : 00000000
[0F8h 0248 004h]                    ID Count : 0000FFFF
[0FCh 0252 004h]                 Output Base : 00000000
[100h 0256 004h]            Output Reference : 00000030
[104h 0260 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[108h 0264 001h]                        Type : 02
[109h 0265 002h]                      Length : 003C
[10Bh 0267 001h]                    Revision : 04
[10Ch 0268 004h]                  Identifier : 00000004
[110h 0272 004h]               Mapping Count : 00000001
[114h 0276 004h]              Mapping Offset : 00000028

[118h 0280 008h]           Memory Properties : [IORT Memory Access Properties]
[118h 0280 004h]             Cache Coherency : 00000001
[11Ch 0284 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[11Dh 0285 002h]                    Reserved : 0000
[11Fh 0287 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[120h 0288 004h]               ATS Attribute : 00000000
[124h 0292 004h]          PCI Segment Number : 00000001
[128h 0296 001h]           Memory Size Limit : 40
[129h 0297 002h]          PASID Capabilities : 0000
[12Bh 0299 001h]                    Reserved : 00

[130h 0304 004h]                  Input base : 00000000
[134h 0308 004h]                    ID Count : 0000FFFF
[138h 0312 004h]                 Output Base : 00000000
[13Ch 0316 004h]            Output Reference : 00000060
[140h 0320 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

Raw Table Data: Length 324 (0x144)

    0000: 49 4F 52 54 44 01 00 00 06 61 42 4F 43 48 53 20  // IORTD....aBOCHS
    0010: 42 58 50 43 20 20 20 20 01 00 00 00 42 58 50 43  // BXPC    ....BXPC
    0020: 01 00 00 00 05 00 00 00 30 00 00 00 00 00 00 00  // ........0.......
    0030: 00 18 00 01 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0040: 01 00 00 00 00 00 00 00 00 18 00 01 01 00 00 00  // ................
    0050: 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00  // ................
    0060: 04 6C 00 05 02 00 00 00 02 00 00 00 44 00 00 00  // .l..........D...
    0070: 00 00 00 0B 00 00 00 00 11 00 00 00 00 00 00 00  // ................
    0080: 00 00 00 00 00 00 00 00 00 00 00 00 F8 00 00 00  // ................
    0090: 00 00 00 00 FB 00 00 00 FA 00 00 00 00 00 00 00  // ................
    00A0: 01 00 00 00 00 00 00 00 FF FF 00 00 00 00 00 00  // ................
    00B0: 48 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // H...............
    00C0: F8 00 00 00 48 00 00 00 01 00 00 00 02 3C 00 04  // ....H........<..
    00D0: 03 00 00 00 01 00 00 00 28 00 00 00 01 00 00 00  // ........(.......
    00E0: 00 00 00 03 00 00 00 00 00 00 00 00 40 00 00 00  // ............@...
    00F0: 00 00 00 00 00 00 00 00 FF FF 00 00 00 00 00 00  // ................
    0100: 30 00 00 00 00 00 00 00 02 3C 00 04 04 00 00 00  // 0........<......
    0110: 01 00 00 00 28 00 00 00 01 00 00 00 00 00 00 03  // ....(...........
    0120: 00 00 00 00 01 00 00 00 40 00 00 00 00 00 00 00  // ........@.......
    0130: 00 00 00 00 FF FF 00 00 00 00 00 00 60 00 00 00  // ............`...
    0140: 00 00 00 00                                      // ....
