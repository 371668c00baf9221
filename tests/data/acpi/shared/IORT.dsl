// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ACPI Data Table [IORT]
 *
 * Format: [HexOffset DecimalOffset ByteLength]  FieldName : FieldValue (in hex)
 */

[000h 0000 004h]                   Signature : "IORT"    [IO Remapping Table]
[004h 0004 004h]                Table Length : 000002AC
[008h 0008 001h]                    Revision : 06
[009h 0009 001h]                    Checksum : F2
[00Ah 0010 006h]                      Oem ID : "BOCHS "
[010h 0016 008h]                Oem Table ID : "BXPC    "
[018h 0024 004h]                Oem Revision : 00000001
[01Ch 0028 004h]             Asl Compiler ID : "BXPC"
[020h 0032 004h]       Asl Compiler Revision : 00000001

[024h 0036 004h]                  Node Count : 0000000C
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
[074h 0116 004h]                 Identifiers : 00000009

[078h 0120 001h]                        Type : 00
[079h 0121 002h]                      Length : 0018
[07Bh 0123 001h]                    Revision : 01
[07Ch 0124 004h]                  Identifier : 00000003
[080h 0128 004h]               Mapping Count : 00000000
[084h 0132 004h]              Mapping Offset : 00000000

[088h 0136 004h]                    ItsCount : 00000001
[08Ch 0140 004h]                 Identifiers : 00000002

[090h 0144 001h]                        Type : 00
[091h 0145 002h]                      Length : 0018
[093h 0147 001h]                    Revision : 01
[094h 0148 004h]                  Identifier : 00000004
[098h 0152 004h]               Mapping Count : 00000000
[09Ch 0156 004h]              Mapping Offset : 00000000

[0A0h 0160 004h]                    ItsCount : 00000001
[0A4h 0164 004h]                 Identifiers : 00000003

[0A8h 0168 001h]                        Type : 04
[0A9h 0169 002h]                      Length : 0080
[0ABh 0171 001h]                    Revision : 05
[0ACh 0172 004h]                  Identifier : 00000005
[0B0h 0176 004h]               Mapping Count : 00000003
[0B4h 0180 004h]              Mapping Offset : 00000044

[0B8h 0184 008h]                Base Address : 000000000B000000
[0C0h 0192 004h]       Flags (decoded below) : 00000011
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 0
                              DeviceID Valid : 1
[0C4h 0196 004h]                    Reserved : 00000000
[0C8h 0200 008h]               VATOS Address : 0000000000000000
[0D0h 0208 004h]                       Model : 00000000
[0D4h 0212 004h]                  Event GSIV : 000000F8
[0D8h 0216 004h]                    PRI GSIV : 00000000
[0DCh 0220 004h]                   GERR GSIV : 000000FB
[0E0h 0224 004h]                   Sync GSIV : 000000FA
[0E4h 0228 004h]            Proximity Domain : 00000000
[0E8h 0232 004h]     Device ID Mapping Index : 00000002

[0ECh 0236 004h]                  Input base : 00000000
[0F0h 0240 004h]                    ID Count : 0000FFFF
[0F4h 0244 004h]                 Output Base : 00000000
[0F8h 0248 004h]            Output Reference : 00000048
[0FCh 0252 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[100h 0256 004h]                  Input base : 00010000
[104h 0260 004h]                    ID Count : 0000FFFF
[108h 0264 004h]                 Output Base : 00000000
[10Ch 0268 004h]            Output Reference : 00000078
[110h 0272 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[114h 0276 004h]                  Input base : 00000000
[118h 0280 004h]                    ID Count : 00000000
[11Ch 0284 004h]                 Output Base : 000000F8
[120h 0288 004h]            Output Reference : 00000048
[124h 0292 004h]       Flags (decoded below) : 00000001
                              Single Mapping : 1

[128h 0296 001h]                        Type : 04
[129h 0297 002h]                      Length : 0058
[12Bh 0299 001h]                    Revision : 05
[12Ch 0300 004h]                  Identifier : 00000006
[130h 0304 004h]               Mapping Count : 00000001
[134h 0308 004h]              Mapping Offset : 00000044

[138h 0312 008h]                Base Address : 000000000B080000
[140h 0320 004h]       Flags (decoded below) : 0000000D
                             COHACC Override : 1
                               HTTU Override : 0
                      Proximity Domain Valid : 1
                              DeviceID Valid : 0
[144h 0324 004h]                    Reserved : 00000000
[148h 0328 008h]               VATOS Address : 0000000000000000
[150h 0336 004h]                       Model : 00000000
[154h 0340 004h]                  Event GSIV : 000000FC
[158h 0344 004h]                    PRI GSIV : 000000FD
[15Ch 0348 004h]                   GERR GSIV : 000000FF
[160h 0352 004h]                   Sync GSIV : 000000FE
[164h 0356 004h]            Proximity Domain : 00000001
[168h 0360 004h]     Device ID Mapping Index : 00000000

[16Ch 0364 004h]                  Input base : 00000000
[170h 0368 004h]                    ID Count : 0000FFFF
[174h 0372 004h]                 Output Base : 00000000
[178h 0376 004h]            Output Reference : 00000060
[17Ch 0380 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[180h 0384 001h]                        Type : 02
[181h 0385 002h]                      Length : 003C
[183h 0387 001h]                    Revision : 04
[184h 0388 004h]                  Identifier : 00000007
[188h 0392 004h]               Mapping Count : 00000001
[18Ch 0396 004h]              Mapping Offset : 00000028

[190h 0400 008h]           Memory Properties : [IORT Memory Access Properties]
[190h 0400 004h]             Cache Coherency : 00000001
[194h 0404 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[195h 0405 002h]                    Reserved : 0000
[197h 0407 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[198h 0408 004h]               ATS Attribute : 00000000
[19Ch 0412 004h]          PCI Segment Number : 00000000
[1A0h 0416 001h]           Memory Size Limit : 40
[1A1h 0417 002h]          PASID Capabilities : 0000
[1A3h 0419 001h]                    Reserved : 00

[1A8h 0424 004h]                  Input base : 00000000
[1ACh 0428 004h]                    ID Count : 0000FFFF
[1B0h 0432 004h]                 Output Base : 00000000
[1B4h 0436 004h]            Output Reference : 00000030
[1B8h 0440 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[1BCh 0444 001h]                        Type : 02
[1BDh 0445 002h]                      Length : 003C
[1BFh 0447 001h]                    Revision : 04
[1C0h 0448 004h]                  Identifier : 00000008
[1C4h 0452 004h]               Mapping Count : 00000001
[1C8h 0456 004h]              Mapping Offset : 00000028

[1CCh 0460 008h]           Memory Properties : [IORT Memory Access Properties]
[1CCh 0460 004h]             Cache Coherency : 00000001
[1D0h 0464 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[1D1h 0465 002h]                    Reserved : 0000
[1D3h 0467 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[1D4h 0468 004h]               ATS Attribute : 00000000
[1D8h 0472 004h]          PCI Segment Number : 00000001
[1DCh 0476 001h]           Memory Size Limit : 40
[1DDh 0477 002h]          PASID Capabilities : 0000
[1DFh 0479 001h]                    Reserved : 00

[1E4h 0484 004h]                  Input base : 00000000
[1E8h 0488 004h]                    ID Count : 0000FFFF
[1ECh 0492 004h]                 Output Base : 00000000
[1F0h 0496 004h]            Output Reference : 000000A8
[1F4h 0500 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[1F8h 0504 001h]                        Type : 02
[1F9h 0505 002h]                      Length : 003C
[1FBh 0507 001h]                    Revision : 04
[1FCh 0508 004h]                  Identifier : 00000009
[200h 0512 004h]               Mapping Count : 00000001
[204h 0516 004h]              Mapping Offset : 00000028

[208h 0520 008h]           Memory Properties : [IORT Memory Access Properties]
[208h 0520 004h]             Cache Coherency : 00000001
[20Ch 0524 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[20Dh 0525 002h]                    Reserved : 0000
[20Fh 0527 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[210h 0528 004h]               ATS Attribute : 00000000
[214h 0532 004h]          PCI Segment Number : 00000009
[218h 0536 001h]           Memory Size Limit : 40
[219h 0537 002h]          PASID Capabilities : 0000
[21Bh 0539 001h]                    Reserved : 00

[220h 0544 004h]                  Input base : 00000000
[224h 0548 004h]                    ID Count : 0000FFFF
[228h 0552 004h]                 Output Base : 00000000
[22Ch 0556 004h]            Output Reference : 00000128
[230h 0560 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[234h 0564 001h]                        Type : 02
[235h 0565 002h]                      Length : 003C
[237h 0567 001h]                    Revision : 04
[238h 0568 004h]                  Identifier : 0000000A
[23Ch 0572 004h]               Mapping Count : 00000001
[240h 0576 004h]              Mapping Offset : 00000028

[244h 0580 008h]           Memory Properties : [IORT Memory Access Properties]
[244h 0580 004h]             Cache Coherency : 00000001
[248h 0584 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[249h 0585 002h]                    Reserved : 0000
[24Bh 0587 001h] Memory Flags (decoded below) : 07
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 1
[24Ch 0588 004h]               ATS Attribute : 00000000
[250h 0592 004h]          PCI Segment Number : 00000002
[254h 0596 001h]           Memory Size Limit : 40
[255h 0597 002h]          PASID Capabilities : 0000
[257h 0599 001h]                    Reserved : 00

[25Ch 0604 004h]                  Input base : 00000000
[260h 0608 004h]                    ID Count : 0000FFFF
[264h 0612 004h]                 Output Base : 00010000
[268h 0616 004h]            Output Reference : 000000A8
[26Ch 0620 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

[270h 0624 001h]                        Type : 02
[271h 0625 002h]                      Length : 003C
[273h 0627 001h]                    Revision : 04
[274h 0628 004h]                  Identifier : 0000000B
[278h 0632 004h]               Mapping Count : 00000001
[27Ch 0636 004h]              Mapping Offset : 00000028

[280h 0640 008h]           Memory Properties : [IORT Memory Access Properties]
[280h 0640 004h]             Cache Coherency : 00000001
[284h 0644 001h]       Hints (decoded below) : 00
                                   Transient : 0
                              Write Allocate : 0
                               Read Allocate : 0
                                    Override : 0
[285h 0645 002h]                    Reserved : 0000
[287h 0647 001h] Memory Flags (decoded below) : 03
                                   Coherency : 1
                            Device Attribute : 1
               Ensured Coherency of Accesses : 0
[288h 0648 004h]               ATS Attribute : 00000000
[28Ch 0652 004h]          PCI Segment Number : 00000003
[290h 0656 001h]           Memory Size Limit : 40
[291h 0657 002h]          PASID Capabilities : 0000
[293h 0659 001h]                    Reserved : 00

[298h 0664 004h]                  Input base : 00000000
[29Ch 0668 004h]                    ID Count : 0000FFFF
[2A0h 0672 004h]                 Output Base : 00000000
[2A4h 0676 004h]            Output Reference : 00000090
[2A8h 0680 004h]       Flags (decoded below) : 00000000
                              Single Mapping : 0

Raw Table Data: Length 684 (0x2AC)

    0000: 49 4F 52 54 AC 02 00 00 06 F2 42 4F 43 48 53 20  // IORT......BOCHS
    0010: 42 58 50 43 20 20 20 20 01 00 00 00 42 58 50 43  // BXPC    ....BXPC
    0020: 01 00 00 00 0C 00 00 00 30 00 00 00 00 00 00 00  // ........0.......
    0030: 00 18 00 01 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0040: 01 00 00 00 00 00 00 00 00 18 00 01 01 00 00 00  // ................
    0050: 00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00  // ................
    0060: 00 18 00 01 02 00 00 00 00 00 00 00 00 00 00 00  // ................
    0070: 01 00 00 00 09 00 00 00 00 18 00 01 03 00 00 00  // ................
    0080: 00 00 00 00 00 00 00 00 01 00 00 00 02 00 00 00  // ................
    0090: 00 18 00 01 04 00 00 00 00 00 00 00 00 00 00 00  // ................
    00A0: 01 00 00 00 03 00 00 00 04 80 00 05 05 00 00 00  // ................
    00B0: 03 00 00 00 44 00 00 00 00 00 00 0B 00 00 00 00  // ....D...........
    00C0: 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    00D0: 00 00 00 00 F8 00 00 00 00 00 00 00 FB 00 00 00  // ................
    00E0: FA 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00  // ................
    00F0: FF FF 00 00 00 00 00 00 48 00 00 00 00 00 00 00  // ........H.......
    0100: 00 00 01 00 FF FF 00 00 00 00 00 00 78 00 00 00  // ............x...
    0110: 00 00 00 00 00 00 00 00 00 00 00 00 F8 00 00 00  // ................
    0120: 48 00 00 00 01 00 00 00 04 58 00 05 06 00 00 00  // H........X......
    0130: 01 00 00 00 44 00 00 00 00 00 08 0B 00 00 00 00  // ....D...........
    0140: 0D 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0150: 00 00 00 00 FC 00 00 00 FD 00 00 00 FF 00 00 00  // ................
    0160: FE 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00  // ................
    0170: FF FF 00 00 00 00 00 00 60 00 00 00 00 00 00 00  // ........`.......
    0180: 02 3C 00 04 07 00 00 00 01 00 00 00 28 00 00 00  // .<..........(...
    0190: 01 00 00 00 00 00 00 03 00 00 00 00 00 00 00 00  // ................
    01A0: 40 00 00 00 00 00 00 00 00 00 00 00 FF FF 00 00  // @...............
    01B0: 00 00 00 00 30 00 00 00 00 00 00 00 02 3C 00 04  // ....0........<..
    01C0: 08 00 00 00 01 00 00 00 28 00 00 00 01 00 00 00  // ........(.......
    01D0: 00 00 00 03 00 00 00 00 01 00 00 00 40 00 00 00  // ............@...
    01E0: 00 00 00 00 00 00 00 00 FF FF 00 00 00 00 00 00  // ................
    01F0: A8 00 00 00 00 00 00 00 02 3C 00 04 09 00 00 00  // .........<......
    0200: 01 00 00 00 28 00 00 00 01 00 00 00 00 00 00 03  // ....(...........
    0210: 00 00 00 00 09 00 00 00 40 00 00 00 00 00 00 00  // ........@.......
    0220: 00 00 00 00 FF FF 00 00 00 00 00 00 28 01 00 00  // ............(...
    0230: 00 00 00 00 02 3C 00 04 0A 00 00 00 01 00 00 00  // .....<..........
    0240: 28 00 00 00 01 00 00 00 00 00 00 07 00 00 00 00  // (...............
    0250: 02 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00  // ....@...........
    0260: FF FF 00 00 00 00 01 00 A8 00 00 00 00 00 00 00  // ................
    0270: 02 3C 00 04 0B 00 00 00 01 00 00 00 28 00 00 00  // .<..........(...
    0280: 01 00 00 00 00 00 00 03 00 00 00 00 03 00 00 00  // ................
    0290: 40 00 00 00 00 00 00 00 00 00 00 00 FF FF 00 00  // @...............
    02A0: 00 00 00 00 90 00 00 00 00 00 00 00              // ............
