// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ACPI Data Table [IORT]
 *
 * Format: [HexOffset DecimalOffset ByteLength]  FieldName : FieldValue (in hex)
 */

[000h 0000 004h]                   Signature : "IORT"    [IO Remapping Table]
[004h 0004 004h]                Table Length : 0000019C
[008h 0008 001h]                    Revision : 06
[009h 0009 001h]                    Checksum : EB
[00Ah 0010 006h]                      Oem ID : "BOCHS "
[010h 0016 008h]                Oem Table ID : "BXPC    "
[018h 0024 004h]                Oem Revision : 00000001
[01Ch 0028 004h]             Asl Compiler ID : "BXPC"
[020h 0032 004h]       Asl Compiler Revision : 00000001

[024h 0036 004h]                  Node Count : 00000006
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
[061h 0097 002h]                      Length : 0058
[063h 0099 001h]                    Revision : 04
[064h 0100 004h]                  Identifier : 00000002
[068h 0104 004h]               Mapping Count : 00000001
[06Ch 0108 004h]              Mapping Offset : 00000044

[070h 0112 008h]                Base Address : 0000000009050000
[078h 0120 004h]       Flags (decoded below) : 00000001
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 0
                              DeviceID Valid : 0
[07Ch 0124 004h]                    Reserved : 00000000
[080h 0128 008h]               VATOS Address : 0000000000000000
[088h 0136 004h]                       Model : 00000000
[08Ch 0140 004h]                  Event GSIV : 0000006A
[090h 0144 004h]                    PRI GSIV : 0000006B
[094h 0148 004h]                   GERR GSIV : 0000006D
[098h 0152 004h]                   Sync GSIV : 0000006C
[09Ch 0156 004h]            Proximity Domain : 00000000
[0A0h 0160 004h]     Device ID Mapping Index : 00000000

[0A4h 0164 004h]                  Input base : 00000000
[0A8h 0168 004h]                    ID Count : 0000FFFF
[0ACh 0172 004h]                 Output Base : 00000000
[0B0h 0176 004h]            Output Reference : 00000030
[0B4h 0180 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[0B8h 0184 001h]                        Type : 04
[0B9h 0185 002h]                      Length : 006C
[0BBh 0187 001h]                    Revision : 05
[0BCh 0188 004h]                  Identifier : 00000003
[0C0h 0192 004h]               Mapping Count : 00000002
[0C4h 0196 004h]              Mapping Offset : 00000044

[0C8h 0200 008h]                Base Address : 000000000B000000
[0D0h 0208 004h]       Flags (decoded below) : 00000011
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 0
                              DeviceID Valid : 1
[0D4h 0212 004h]                    Reserved : 00000000
[0D8h 0216 008h]               VATOS Address : 0000000000000000
[0E0h 0224 004h]                       Model : 00000000
[0E4h 0228 004h]                  Event GSIV : 000000F8
[0E8h 0232 004h]                    PRI GSIV : 00000000
[0ECh 0236 004h]                   GERR GSIV : 000000FB
[0F0h 0240 004h]                   Sync GSIV : 000000FA
[0F4h 0244 004h]            Proximity Domain : 00000000
[0F8h 0248 004h]     Device ID Mapping Index : 00000001

[0FCh 0252 004h]                  Input base : 00000000
[100h 0256 004h]                    ID Count : 0000FFFF
[104h 0260 004h]                 Output Base : 00000000
[108h 0264 004h]            Output Reference : 00000048
[10Ch 0268 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[110h 0272 004h]                  Input base : 00000000
[114h 0276 004h]                    ID Count : 00000000
[118h 0280 004h]                 Output Base : 000000F8
[11Ch 0284 004h]            Output Reference : 00000048
[120h 0288 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[124h 0292 001h]                        Type : 02
[125h 0293 002h]                      Length : 003C
[127h 0295 001h]                    Revision : 04
[128h 0296 004h]                  Identifier : 00000004
[12Ch 0300 004h]               Mapping Count : 00000001
[130h 0304 004h]              Mapping Offset : 00000028

[134h 0308 008h]           Memory Properties : [IORT Memory Access Properties]
[134h 0308 004h]             Cache Coherency : 00000001
[138h 0312 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[139h 0313 002h]                    Reserved : 0000
[13Bh 0315 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[13Ch 0316 004h]               ATS Attribute : 00000000
[140h 0320 004h]          PCI Segment Number : 00000000
[144h 0324 001h]           Memory Size Limit : 40
[145h 0325 002h]          PASID Capabilities : 0000
[147h 0327 001h]                    Reserved : 00

[14Ch 0332 004h]                  Input base : 00000000
[150h 0336 004h]                    ID Count : 0000FFFF
[154h 0340 004h]                 Output Base : 00000000
[158h 0344 004h]            Output Reference : 00000060
[15Ch 0348 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[160h 0352 001h]                        Type : 02
[161h 0353 002h]                      Length : 003C
[163h 0355 001h]                    Revision : 04
[164h 0356 004h]                  Identifier : 00000005
[168h 0360 004h]               Mapping Count : 00000001
[16Ch 0364 004h]              Mapping Offset : 00000028

[170h 0368 008h]           Memory Properties : [IORT Memory Access Properties]
[170h 0368 004h]             Cache Coherency : 00000001
[174h 0372 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[175h 0373 002h]                    Reserved : 0000
[177h 0375 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[178h 0376 004h]               ATS Attribute : 00000000
[17Ch 0380 004h]          PCI Segment Number : 00000001
[180h 0384 001h]           Memory Size Limit : 40
[181h 0385 002h]          PASID Capabilities : 0000
[183h 0387 001h]                    Reserved : 00

[188h 0392 004h]                  Input base : 00000000
[18Ch 0396 004h]                    ID Count : 0000FFFF
[190h 0400 004h]                 Output Base : 00000000
[194h 0404 004h]            Output Reference : 000000B8
[198h 0408 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

Raw Table Data: Length 412 (0x19C)

    0000: 49 4F 52 54 9C 01 00 00 06 EB 42 4F 43 48 53 20  // IORT......BOCHS
    0010: 42 58 50 43 20 20 20 20 01 00 00 00 42 58 50 43  // BXPC    ....BXPC
    0020: 01 00 00 00 06 00 00 00 30 00 00 00 00 00 00 00  // ........0.......
    0030: 00 18 00 01 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0040: 01 00 00 00 00 00 00 00 00 18 00 01 01 00 00 00  // ................
    0050: 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00  // ................
    0060: 04 58 00 04 02 00 00 00 01 00 00 00 44 00 00 00  // .X..........D...
    0070: 00 00 05 09 00 00 00 00 01 00 00 00 00 00 00 00  // ................
    0080: 00 00 00 00 00 00 00 00 00 00 00 00 6A 00 00 00  // ............j...
    0090: 6B 00 00 00 6D 00 00 00 6C 00 00 00 00 00 00 00  // k...m...l.......
    00A0: 00 00 00 00 00 00 00 00 FF FF 00 00 00 00 00 00  // ................
    00B0: 30 00 00 00 00 00 00 00 04 6C 00 05 03 00 00 00  // 0........l......
    00C0: 02 00 00 00 44 00 00 00 00 00 00 0B 00 00 00 00  // ....D...........
    00D0: 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    00E0: 00 00 00 00 F8 00 00 00 00 00 00 00 FB 00 00 00  // ................
    00F0: FA 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00  // ................
    0100: FF FF 00 00 00 00 00 00 48 00 00 00 00 00 00 00  // ........H.......
    0110: 00 00 00 00 00 00 00 00 F8 00 00 00 48 00 00 00  // ............H...
    0120: 01 00 00 00 02 3C 00 04 04 00 00 00 01 00 00 00  // .....<..........
    0130: 28 00 00 00 01 00 00 00 00 00 00 03 00 00 00 00  // (...............
    0140: 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00  // ....@...........
    0150: FF FF 00 00 00 00 00 00 60 00 00 00 00 00 00 00  // ........`.......
    0160: 02 3C 00 04 05 00 00 00 01 00 00 00 28 00 00 00  // .<..........(...
    0170: 01 00 00 00 00 00 00 03 00 00 00 00 01 00 00 00  // ................
    0180: 40 00 00 00 00 00 00 00 00 00 00 00 FF FF 00 00  // @...............
    0190: 00 00 00 00 B8 00 00 00 00 00 00 00              // ............
