// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Original Table Header:
 *     Signature        "SSDT"
 *     Length           0x00000856 (2134)
 *     Revision         0x02
 *     Checksum         0x9F
 *     OEM ID           "BOCHS "
 *     OEM Table ID     "BXPC    "
 *     OEM Revision     0x00000001 (1)
 *     Compiler ID      "BXPC"
 *     Compiler Version 0x00000001 (1)
 */
DefinitionBlock ("", "SSDT", 2, "BOCHS ", "BXPC    ", 0x00000001)
{
    Scope (\_SB)
    {
        Device (RC00)
        {
            Name (_HID, "PNP0A08" /* PCI Express Bus */)  // _HID: Hardware ID
            Name (_CID, "PNP0A03" /* PCI Bus */)  // _CID: Compatible ID
            Name (_SEG, One)  // _SEG: PCI Segment
            Name (_BBN, Zero)  // _BBN: BIOS Bus Number
            Name (_UID, 0x00010001)  // _UID: Unique ID
            Name (_STR, Unicode ("rc1"))  // _STR: Description String
            Name (_CCA, One)  // _CCA: Cache Coherency Attribute
            Name (_PRT, Package (0x80)  // _PRT: PCI Routing Table
            {
                Package (0x04) { 0xFFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0xFFFF, One, Zero, 0xD1 },

                Package (0x04) { 0xFFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0xFFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x0001FFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x0001FFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x0001FFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x0001FFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x0002FFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x0002FFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x0002FFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x0002FFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x0003FFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x0003FFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x0003FFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x0003FFFF, 0x03, Zero, 0xD2 },

                Package (0x04) { 0x0004FFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0x0004FFFF, One, Zero, 0xD1 },

                Package (0x04) { 0x0004FFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0x0004FFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x0005FFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x0005FFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x0005FFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x0005FFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x0006FFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x0006FFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x0006FFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x0006FFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x0007FFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x0007FFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x0007FFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x0007FFFF, 0x03, Zero, 0xD2 },

                Package (0x04) { 0x0008FFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0x0008FFFF, One, Zero, 0xD1 },

                Package (0x04) { 0x0008FFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0x0008FFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x0009FFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x0009FFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x0009FFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x0009FFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x000AFFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x000AFFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x000AFFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x000AFFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x000BFFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x000BFFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x000BFFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x000BFFFF, 0x03, Zero, 0xD2 },

                Package (0x04) { 0x000CFFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0x000CFFFF, One, Zero, 0xD1 },

                Package (0x04) { 0x000CFFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0x000CFFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x000DFFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x000DFFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x000DFFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x000DFFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x000EFFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x000EFFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x000EFFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x000EFFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x000FFFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x000FFFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x000FFFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x000FFFFF, 0x03, Zero, 0xD2 },

                Package (0x04) { 0x0010FFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0x0010FFFF, One, Zero, 0xD1 },

                Package (0x04) { 0x0010FFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0x0010FFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x0011FFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x0011FFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x0011FFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x0011FFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x0012FFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x0012FFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x0012FFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x0012FFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x0013FFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x0013FFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x0013FFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x0013FFFF, 0x03, Zero, 0xD2 },

                Package (0x04) { 0x0014FFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0x0014FFFF, One, Zero, 0xD1 },

                Package (0x04) { 0x0014FFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0x0014FFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x0015FFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x0015FFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x0015FFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x0015FFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x0016FFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x0016FFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x0016FFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x0016FFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x0017FFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x0017FFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x0017FFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x0017FFFF, 0x03, Zero, 0xD2 },

                Package (0x04) { 0x0018FFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0x0018FFFF, One, Zero, 0xD1 },

                Package (0x04) { 0x0018FFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0x0018FFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x0019FFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x0019FFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x0019FFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x0019FFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x001AFFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x001AFFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x001AFFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x001AFFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x001BFFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x001BFFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x001BFFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x001BFFFF, 0x03, Zero, 0xD2 },

                Package (0x04) { 0x001CFFFF, Zero, Zero, 0xD0 },

                Package (0x04) { 0x001CFFFF, One, Zero, 0xD1 },

                Package (0x04) { 0x001CFFFF, 0x02, Zero, 0xD2 },

                Package (0x04) { 0x001CFFFF, 0x03, Zero, 0xD3 },

                Package (0x04) { 0x001DFFFF, Zero, Zero, 0xD1 },

                Package (0x04) { 0x001DFFFF, One, Zero, 0xD2 },

                Package (0x04) { 0x001DFFFF, 0x02, Zero, 0xD3 },

                Package (0x04) { 0x001DFFFF, 0x03, Zero, 0xD0 },

                Package (0x04) { 0x001EFFFF, Zero, Zero, 0xD2 },

                Package (0x04) { 0x001EFFFF, One, Zero, 0xD3 },

                Package (0x04) { 0x001EFFFF, 0x02, Zero, 0xD0 },

                Package (0x04) { 0x001EFFFF, 0x03, Zero, 0xD1 },

                Package (0x04) { 0x001FFFFF, Zero, Zero, 0xD3 },

                Package (0x04) { 0x001FFFFF, One, Zero, 0xD0 },

                Package (0x04) { 0x001FFFFF, 0x02, Zero, 0xD1 },

                Package (0x04) { 0x001FFFFF, 0x03, Zero, 0xD2 }
            })
            Name (_CBA, 0x000000C000000000)  // _CBA: Configuration Base Address
            Name (_CRS, ResourceTemplate ()  // _CRS: Current Resource Settings
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    0x0000,             // Granularity
                    0x0000,             // Range Minimum
                    0x00FF,             // Range Maximum
                    0x0000,             // Translation Offset
                    0x0100,             // Length
                    ,, )
                DWordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0x00000000,         // Granularity
                    0x00000000,         // Range Minimum
                    0x0000FFFF,         // Range Maximum
                    0x0B800000,         // Translation Offset
                    0x00010000,         // Length
                    ,, , TypeTranslation, DenseTranslation)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0x0000000000000000, // Granularity
                    0x0000000010000000, // Range Minimum
                    0x000000002FFFFFFF, // Range Maximum
                    0x000000C010000000, // Translation Offset
                    0x0000000020000000, // Length
                    ,, , AddressRangeMemory, TypeStatic)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0x0000000000000000, // Granularity
                    0x000000C100000000, // Range Minimum
                    0x000000C1FFFEFFFF, // Range Maximum
                    0x0000000000000000, // Translation Offset
                    0x00000000FFFF0000, // Length
                    ,, , AddressRangeMemory, TypeStatic)
            })
            Method (_OSC, 4, Serialized)  // _OSC: Operating System Capabilities
            {
                CreateDWordField (Arg3, Zero, CDW1)
                If ((Arg0 == ToUUID ("33db4d5b-1ff7-401c-9657-7441c03dd766") /* PCI Host Bridge Device */))
                {
                    CreateDWordField (Arg3, 0x08, CDW3)
                    Local0 = (CDW3 & 0x1F)
                    If ((Arg1 != One))
                    {
                        CDW1 |= 0x08
                    }

                    If ((Local0 != CDW3))
                    {
                        CDW1 |= 0x10
                    }

                    CDW3 = Local0
                }
                Else
                {
                    CDW1 |= 0x04
                }

                Return (Arg3)
            }

            Method (_DSM, 4, NotSerialized)  // _DSM: Device-Specific Method
            {
                If ((Arg0 == ToUUID ("e5c937d0-3553-4d7a-9117-ea4d19c3434d") /* Device Labeling Interface */))
                {
                    If ((Arg2 == Zero))
                    {
                        Return (Buffer (One)
                        {
                             0x21                                             // !
                        })
                    }

                    If ((Arg2 == 0x05))
                    {
                        Return (One)
                    }
                }

                Return (Buffer (One)
                {
                     0x00                                             // .
                })
            }

            Device (RES0)
            {
                Name (_HID, "PNP0C02" /* PNP Motherboard Resources */)  // _HID: Hardware ID
                Name (_CRS, ResourceTemplate ()  // _CRS: Current Resource Settings
                {
                    QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                        0x0000000000000000, // Granularity
                        0x000000C000000000, // Range Minimum
                        0x000000C00FFFFFFF, // Range Maximum
                        0x0000000000000000, // Translation Offset
                        0x0000000010000000, // Length
                        ,, , AddressRangeMemory, TypeStatic)
                })
            }
        }
    }
}

