// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ACPI Data Table [IORT]
 *
 * Format: [HexOffset DecimalOffset ByteLength]  FieldName : FieldValue (in hex)
 */

[000h 0000 004h]                   Signature : "IORT"    [IO Remapping Table]
[004h 0004 004h]                Table Length : 00000248
[008h 0008 001h]                    Revision : 06
[009h 0009 001h]                    Checksum : F3
[00Ah 0010 006h]                      Oem ID : "BOCHS "
[010h 0016 008h]                Oem Table ID : "BXPC    "
[018h 0024 004h]                Oem Revision : 00000001
[01Ch 0028 004h]             Asl Compiler ID : "BXPC"
[020h 0032 004h]       Asl Compiler Revision : 00000001

[024h 0036 004h]                  Node Count : 00000009
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

[060h 0096 001h]                        Type : 00
[061h 0097 002h]                      Length : 0018
[063h 0099 001h]                    Revision : 01
[064h 0100 004h]                  Identifier : 00000002
[068h 0104 004h]               Mapping Count : 00000000
[06Ch 0108 004h]              Mapping Offset : 00000000

[070h 0112 004h]                    ItsCount : 00000001
[074h 0116 004h]                 Identifiers : 00000002

[078h 0120 001h]                        Type : 04
[079h 0121 002h]                      Length : 0080
[07Bh 0123 001h]                    Revision : 05
[07Ch 0124 004h]                  Identifier : 00000003
[080h 0128 004h]               Mapping Count : 00000003
[084h 0132 004h]              Mapping Offset : 00000044

[088h 0136 008h]                Base Address : 000000000B000000
[090h 0144 004h]       Flags (decoded below) : 00000011
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 0
                              DeviceID Valid : 1
[094h 0148 004h]                    Reserved : 00000000
[098h 0152 008h]               VATOS Address : 0000000000000000
[0A0h 0160 004h]                       Model : 00000000
[0A4h 0164 004h]                  Event GSIV : 000000F8
[0A8h 0168 004h]                    PRI GSIV : 00000000
[0ACh 0172 004h]                   GERR GSIV : 000000FB
[0B0h 0176 004h]                   Sync GSIV : 000000FA
[0B4h 0180 004h]            Proximity Domain : 00000000
[0B8h 0184 004h]     Device ID Mapping Index : 00000002

[0BCh 0188 004h]                  Input base : 00000000
[0C0h 0192 004h]                    ID Count : 0000FFFF
[0C4h 0196 004h]                 Output Base : 00000000
[0C8h 0200 004h]            Output Reference : 00000048
[0CCh 0204 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[0D0h 0208 004h]                  Input base : 00010000
[0D4h 0212 004h]                    ID Count : 0000FFFF
[0D8h 0216 004h]                 Output Base : 00000000
[0DCh 0220 004h]            Output Reference : 00000060
[0E0h 0224 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[0E4h 0228 004h]                  Input base : 00000000
[0E8h 0232 004h]                    ID Count : 00000000
[0ECh 0236 004h]                 Output Base : 000000F8
[0F0h 0240 004h]            Output Reference : 00000048
[0F4h 0244 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[0F8h 0248 001h]                        Type : 02
[0F9h 0249 002h]                      Length : 003C
[0FBh 0251 001h]                    Revision : 04
[0FCh 0252 004h]                  Identifier : 00000004
[100h 0256 004h]               Mapping Count : 00000001
[104h 0260 004h]              Mapping Offset : 00000028

[108h 0264 008h]           Memory Properties : [IORT Memory Access Properties]
[108h 0264 004h]             Cache Coherency : 00000001
[10Ch 0268 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[10Dh 0269 002h]                    Reserved : 0000
[10Fh 0271 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[110h 0272 004h]               ATS Attribute : 00000000
[114h 0276 004h]          PCI Segment Number : 00000000
[118h 0280 001h]           Memory Size Limit : 40
[119h 0281 002h]          PASID Capabilities : 0000
[11Bh 0283 001h]                    Reserved : 00

[120h 0288 004h]                  Input base : 00000000
[124h 0292 004h]                    ID Count : 0000FFFF
[128h 0296 004h]                 Output Base : 00000000
[12Ch 0300 004h]            Output Reference : 00000030
[130h 0304 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[134h 0308 001h]                        Type : 02
[135h 0309 002h]                      Length : 003C
[137h 0311 001h]                    Revision : 04
[138h 0312 004h]                  Identifier : 00000005
[13Ch 0316 004h]               Mapping Count : 00000001
[140h 0320 004h]              Mapping Offset : 00000028

[144h 0324 008h]           Memory Properties : [IORT Memory Access Properties]
[144h 0324 004h]             Cache Coherency : 00000001
[148h 0328 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[149h 0329 002h]                    Reserved : 0000
[14Bh 0331 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[14Ch 0332 004h]               ATS Attribute : 00000004
[150h 0336 004h]          PCI Segment Number : 00000001
[154h 0340 001h]           Memory Size Limit : 40
[155h 0341 002h]          PASID Capabilities : 0008
[157h 0343 001h]                    Reserved : 00

[15Ch 0348 004h]                  Input base : 00000000
[160h 0352 004h]                    ID Count : 0000FFFF
[164h 0356 004h]                 Output Base : 00000000
[168h 0360 004h]            Output Reference : 00000078
[16Ch 0364 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[170h 0368 001h]                        Type : 02
[171h 0369 002h]                      Length : 003C
[173h 0371 001h]                    Revision : 04
[174h 0372 004h]                  Identifier : 00000006
[178h 0376 004h]               Mapping Count : 00000001
[17Ch 0380 004h]              Mapping Offset : 00000028

[180h 0384 008h]           Memory Properties : [IORT Memory Access Properties]
[180h 0384 004h]             Cache Coherency : 00000001
[184h 0388 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[185h 0389 002h]                    Reserved : 0000
[187h 0391 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[188h 0392 004h]               ATS Attribute : 00000004
[18Ch 0396 004h]          PCI Segment Number : 00000002
[190h 0400 001h]           Memory Size Limit : 40
[191h 0401 002h]          PASID Capabilities : 0008
[193h 0403 001h]                    Reserved : 00

[198h 0408 004h]                  Input base : 00000000
[19Ch 0412 004h]                    ID Count : 0000FFFF
[1A0h 0416 004h]                 Output Base : 00010000
[1A4h 0420 004h]            Output Reference : 00000078
[1A8h 0424 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[1ACh 0428 001h]                        Type : 06
[1ADh 0429 002h]                      Length : 0058
[1AFh 0431 001h]                    Revision : 03
[1B0h 0432 004h]                  Identifier : 00000007
[1B4h 0436 004h]               Mapping Count : 00000002
[1B8h 0440 004h]              Mapping Offset : 0000001C

[1BCh 0444 004h]       Flags (decoded below) : 00000014
                         Remapping Permitted : 0
                           Access Privileged : 0
                           Access Attributes : 05
[1C0h 0448 004h]   Number of RMR Descriptors : 00000001
[1C4h 0452 004h]       RMR Descriptor Offset : 00000044

[1F0h 0496 008h]         Base Address of RMR : 000000000BC00000
[1F8h 0504 008h]               Length of RMR : 0000000000020000
[200h 0512 004h]                    Reserved : 00000000

[1C8h 0456 004h]                  Input base : 00000020
[1CCh 0460 004h]                    ID Count : 00000000
[1D0h 0464 004h]                 Output Base : 00000020
[1D4h 0468 004h]            Output Reference : 00000078
[1D8h 0472 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[1DCh 0476 004h]                  Input base : 00000028
[1E0h 0480 004h]                    ID Count : 00000000
[1E4h 0484 004h]                 Output Base : 00010028
[1E8h 0488 004h]            Output Reference : 00000078
[1ECh 0492 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[204h 0516 001h]                        Type : 06
[205h 0517 002h]                      Length : 0044
[207h 0519 001h]                    Revision : 03
[208h 0520 004h]                  Identifier : 00000008
[20Ch 0524 004h]               Mapping Count : 00000001
[210h 0528 004h]              Mapping Offset : 0000001C

[214h 0532 004h]       Flags (decoded below) : 00000007
                         Remapping Permitted : 1
                           Access Privileged : 1
                           Access Attributes : 01
[218h 0536 004h]   Number of RMR Descriptors : 00000001
[21Ch 0540 004h]       RMR Descriptor Offset : 00000030

[234h 0564 008h]         Base Address of RMR : 000000000BC20000
[23Ch 0572 008h]               Length of RMR : 0000000000010000
[244h 0580 004h]                    Reserved : 00000000

[220h 0544 004h]                  Input base : 00000028
[224h 0548 004h]                    ID Count : 00000000
[228h 0552 004h]                 Output Base : 00010028
[22Ch 0556 004h]            Output Reference : 00000078
[230h 0560 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

Raw Table Data: Length 584 (0x248)

    0000: 49 4F 52 54 48 02 00 00 06 F3 42 4F 43 48 53 20  // IORTH.....BOCHS
    0010: 42 58 50 43 20 20 20 20 01 00 00 00 42 58 50 43  // BXPC    ....BXPC
    0020: 01 00 00 00 09 00 00 00 30 00 00 00 00 00 00 00  // ........0.......
    0030: 00 18 00 01 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0040: 01 00 00 00 00 00 00 00 00 18 00 01 01 00 00 00  // ................
    0050: 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00  // ................
    0060: 00 18 00 01 02 00 00 00 00 00 00 00 00 00 00 00  // ................
    0070: 01 00 00 00 02 00 00 00 04 80 00 05 03 00 00 00  // ................
    0080: 03 00 00 00 44 00 00 00 00 00 00 0B 00 00 00 00  // ....D...........
    0090: 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    00A0: 00 00 00 00 F8 00 00 00 00 00 00 00 FB 00 00 00  // ................
    00B0: FA 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00  // ................
    00C0: FF FF 00 00 00 00 00 00 48 00 00 00 00 00 00 00  // ........H.......
    00D0: 00 00 01 00 FF FF 00 00 00 00 00 00 60 00 00 00  // ............`...
    00E0: 00 00 00 00 00 00 00 00 00 00 00 00 F8 00 00 00  // ................
    00F0: 48 00 00 00 01 00 00 00 02 3C 00 04 04 00 00 00  // H........<......
    0100: 01 00 00 00 28 00 00 00 01 00 00 00 00 00 00 03  // ....(...........
    0110: 00 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00  // ........@.......
    0120: 00 00 00 00 FF FF 00 00 00 00 00 00 30 00 00 00  // ............0...
    0130: 00 00 00 00 02 3C 00 04 05 00 00 00 01 00 00 00  // .....<..........
    0140: 28 00 00 00 01 00 00 00 00 00 00 03 04 00 00 00  // (...............
    0150: 01 00 00 00 40 08 00 00 00 00 00 00 00 00 00 00  // ....@...........
    0160: FF FF 00 00 00 00 00 00 78 00 00 00 00 00 00 00  // ........x.......
    0170: 02 3C 00 04 06 00 00 00 01 00 00 00 28 00 00 00  // .<..........(...
    0180: 01 00 00 00 00 00 00 03 04 00 00 00 02 00 00 00  // ................
    0190: 40 08 00 00 00 00 00 00 00 00 00 00 FF FF 00 00  // @...............
    01A0: 00 00 01 00 78 00 00 00 00 00 00 00 06 58 00 03  // ....x........X..
    01B0: 07 00 00 00 02 00 00 00 1C 00 00 00 14 00 00 00  // ................
    01C0: 01 00 00 00 44 00 00 00 20 00 00 00 00 00 00 00  // ....D... .......
    01D0: 20 00 00 00 78 00 00 00 01 00 00 00 28 00 00 00  //  ...x.......(...
    01E0: 00 00 00 00 28 00 01 00 78 00 00 00 01 00 00 00  // ....(...x.......
    01F0: 00 00 C0 0B 00 00 00 00 00 00 02 00 00 00 00 00  // ................
    0200: 00 00 00 00 06 44 00 03 08 00 00 00 01 00 00 00  // .....D..........
    0210: 1C 00 00 00 07 00 00 00 01 00 00 00 30 00 00 00  // ............0...
    0220: 28 00 00 00 00 00 00 00 28 00 01 00 78 00 00 00  // (.......(...x...
    0230: 01 00 00 00 00 00 C2 0B 00 00 00 00 00 00 01 00  // ................
    0240: 00 00 00 00 00 00 00 00                          // ........
