// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ACPI Data Table [IORT]
 *
 * Format: [HexOffset DecimalOffset ByteLength]  FieldName : FieldValue (in hex)
 */

[000h 0000 004h]                   Signature : "IORT"    [IO Remapping Table]
[004h 0004 004h]                Table Length : 00000198
[008h 0008 001h]                    Revision : 06
[009h 0009 001h]                    Checksum : FE
[00Ah 0010 006h]                      Oem ID : "BOCHS "
[010h 0016 008h]                Oem Table ID : "BXPC    "
[018h 0024 004h]                Oem Revision : 00000001
[01Ch 0028 004h]             Asl Compiler ID : "BXPC"
[020h 0032 004h]       Asl Compiler Revision : 00000001

[024h 0036 004h]                  Node Count : 00000004
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

[048h 0072 001h]                        Type : 04
[049h 0073 002h]                      Length : 006C
[04Bh 0075 001h]                    Revision : 05
[04Ch 0076 004h]                  Identifier : 00000001
[050h 0080 004h]               Mapping Count : 00000002
[054h 0084 004h]              Mapping Offset : 00000044

[058h 0088 008h]                Base Address : 000000000B000000
[060h 0096 004h]       Flags (decoded below) : 00000011
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 0
                              DeviceID Valid : 1
[064h 0100 004h]                    Reserved : 00000000
[068h 0104 008h]               VATOS Address : 0000000000000000
[070h 0112 004h]                       Model : 00000000
[074h 0116 004h]                  Event GSIV : 000000F8
[078h 0120 004h]                    PRI GSIV : 00000000
[07Ch 0124 004h]                   GERR GSIV : 000000FB
[080h 0128 004h]                   Sync GSIV : 000000FA
[084h 0132 004h]            Proximity Domain : 00000000
[088h 0136 004h]     Device ID Mapping Index : 00000001

[08Ch 0140 004h]                  Input base : 00000000
[090h 0144 004h]                    ID Count : 0000FFFF
[094h 0148 004h]                 Output Base : 00000000
[098h 0152 004h]            Output Reference : 00000030
[09Ch 0156 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[0A0h 0160 004h]                  Input base : 00000000
[0A4h 0164 004h]                    ID Count : 00000000
[0A8h 0168 004h]                 Output Base : 000000F8
[0ACh 0172 004h]            Output Reference : 00000030
[0B0h 0176 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[0B4h 0180 001h]                        Type : 04
[0B5h 0181 002h]                      Length : 006C
[0B7h 0183 001h]                    Revision : 05
[0B8h 0184 004h]                  Identifier : 00000002
[0BCh 0188 004h]               Mapping Count : 00000002
[0C0h 0192 004h]              Mapping Offset : 00000044

[0C4h 0196 008h]                Base Address : 000000000B080000
[0CCh 0204 004h]       Flags (decoded below) : 00000011
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 0
                              DeviceID Valid : 1
[0D0h 0208 004h]                    Reserved : 00000000
[0D4h 0212 008h]               VATOS Address : 0000000000000000
[0DCh 0220 004h]                       Model : 00000000
[0E0h 0224 004h]                  Event GSIV : 000000FC
[0E4h 0228 004h]                    PRI GSIV : 00000000
[0E8h 0232 004h]                   GERR GSIV : 000000FF
[0ECh 0236 004h]                   Sync GSIV : 000000FE
[0F0h 0240 004h]            Proximity Domain : 00000000
[0F4h 0244 004h]     Device ID Mapping Index : 00000001

[0F8h 0248 004h]                  Input base : 00000000
[0FCh 0252 004h]                    ID Count : 0000FFFF
[100h 0256 004h]                 Output Base : 00000000
[104h 0260 004h]            Output Reference : 00000030
[108h 0264 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[10Ch 0268 004h]                  Input base : 00000000
[110h 0272 004h]                    ID Count : 00000000
[114h 0276 004h]                 Output Base : 0000C0F8
[118h 0280 004h]            Output Reference : 00000030
[11Ch 0284 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[120h 0288 001h]                        Type : 02
[121h 0289 002h]                      Length : 0078
[123h 0291 001h]                    Revision : 04
[124h 0292 004h]                  Identifier : 00000003
[128h 0296 004h]               Mapping Count : 00000004
[12Ch 0300 004h]              Mapping Offset : 00000028

[130h 0304 008h]           Memory Properties : [IORT Memory Access Properties]
[130h 0304 004h]             Cache Coherency : 00000001
[134h 0308 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[135h 0309 002h]                    Reserved : 0000
[137h 0311 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[138h 0312 004h]               ATS Attribute : 00000000
[13Ch 0316 004h]          PCI Segment Number : 00000000
[140h 0320 001h]           Memory Size Limit : 40
[141h 0321 002h]          PASID Capabilities : 0000
[143h 0323 001h]                    Reserved : 00

[148h 0328 004h]                  Input base : 00000000
[14Ch 0332 004h]                    ID Count : 00003FFF
[150h 0336 004h]                 Output Base : 00000000
[154h 0340 004h]            Output Reference : 00000048
[158h 0344 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[15Ch 0348 004h]                  Input base : 00004000
[160h 0352 004h]                    ID Count : 00003FFF
[164h 0356 004h]                 Output Base : 00004000
[168h 0360 004h]            Output Reference : 00000048
[16Ch 0364 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[170h 0368 004h]                  Input base : 00008000
[174h 0372 004h]                    ID Count : 00003FFF
[178h 0376 004h]                 Output Base : 00008000
[17Ch 0380 004h]            Output Reference : 00000030
[180h 0384 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[184h 0388 004h]                  Input base : 0000C000
[188h 0392 004h]                    ID Count : 00003FFF
[18Ch 0396 004h]                 Output Base : 0000C000
[190h 0400 004h]            Output Reference : 000000B4
[194h 0404 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

Raw Table Data: Length 408 (0x198)

    0000: 49 4F 52 54 98 01 00 00 06 FE 42 4F 43 48 53 20  // IORT......BOCHS
    0010: 42 58 50 43 20 20 20 20 01 00 00 00 42 58 50 43  // BXPC    ....BXPC
    0020: 01 00 00 00 04 00 00 00 30 00 00 00 00 00 00 00  // ........0.......
    0030: 00 18 00 01 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0040: 01 00 00 00 00 00 00 00 04 6C 00 05 01 00 00 00  // .........l......
    0050: 02 00 00 00 44 00 00 00 00 00 00 0B 00 00 00 00  // ....D...........
    0060: 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0070: 00 00 00 00 F8 00 00 00 00 00 00 00 FB 00 00 00  // ................
    0080: FA 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00  // ................
    0090: FF FF 00 00 00 00 00 00 30 00 00 00 00 00 00 00  // ........0.......
    00A0: 00 00 00 00 00 00 00 00 F8 00 00 00 30 00 00 00  // ............0...
    00B0: 01 00 00 00 04 6C 00 05 02 00 00 00 02 00 00 00  // .....l..........
    00C0: 44 00 00 00 00 00 08 0B 00 00 00 00 11 00 00 00  // D...............
    00D0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    00E0: FC 00 00 00 00 00 00 00 FF 00 00 00 FE 00 00 00  // ................
    00F0: 00 00 00 00 01 00 00 00 00 00 00 00 FF FF 00 00  // ................
    0100: 00 00 00 00 30 00 00 00 00 00 00 00 00 00 00 00  // ....0...........
    0110: 00 00 00 00 F8 C0 00 00 30 00 00 00 01 00 00 00  // ........0.......
    0120: 02 78 00 04 03 00 00 00 04 00 00 00 28 00 00 00  // .x..........(...
    0130: 01 00 00 00 00 00 00 03 00 00 00 00 00 00 00 00  // ................
    0140: 40 00 00 00 00 00 00 00 00 00 00 00 FF 3F 00 00  // @............?..
    0150: 00 00 00 00 48 00 00 00 00 00 00 00 00 40 00 00  // ....H........@..
    0160: FF 3F 00 00 00 40 00 00 48 00 00 00 00 00 00 00  // .?...@..H.......
    0170: 00 80 00 00 FF 3F 00 00 00 80 00 00 30 00 00 00  // .....?......0...
    0180: 00 00 00 00 00 C0 00 00 FF 3F 00 00 00 C0 00 00  // .........?......
    0190: B4 00 00 00 00 00 00 00                          // ........
