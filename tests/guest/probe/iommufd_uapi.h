/*
 * Linux's interface for what assigns devices to guests: IOMMUFD, and the files
 * of VFIO's devices
 *
 * The headers that come with the cross compilers of Debian 12 and 13 are older
 * than most of this. It is written from the layout that the kernel's headers
 * document, under names of its own, so that both can be included: a test
 * compares every member and number with the newest headers. "size" and "argsz"
 * come first and say how much of a structure the caller knows; nothing here
 * has padding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef IOMMUFD_UAPI_H
#define IOMMUFD_UAPI_H

#include <linux/ioctl.h>
#include <stdint.h>

/* ---- A VFIO device's own file ---- */

typedef struct UapiBind {
    uint32_t argsz;
    uint32_t flags;
    int32_t iommufd;
    uint32_t out_devid;
} UapiBind;

typedef struct UapiAttach {
    uint32_t argsz;
    uint32_t flags;
    uint32_t pt_id;
    uint32_t pasid;
} UapiAttach;

typedef struct UapiDetach {
    uint32_t argsz;
    uint32_t flags;
    uint32_t pasid;
} UapiDetach;

#define UAPI_ATTACH_PASID 1

#define UAPI_VFIO(number) _IO(';', 100 + (number))
#define UAPI_BIND UAPI_VFIO(18)
#define UAPI_ATTACH UAPI_VFIO(19)
#define UAPI_DETACH UAPI_VFIO(20)

/* ---- IOMMUFD: address spaces ---- */

typedef struct UapiDestroy {
    uint32_t size;
    uint32_t id;
} UapiDestroy;

typedef struct UapiIoasAlloc {
    uint32_t size;
    uint32_t flags;
    uint32_t out_ioas_id;
} UapiIoasAlloc;

typedef struct UapiIoasMap {
    uint32_t size;
    uint32_t flags;
    uint32_t ioas_id;
    uint32_t reserved;
    uint64_t user_va;
    uint64_t length;
    uint64_t iova;
} UapiIoasMap;

#define UAPI_MAP_FIXED_IOVA 1
#define UAPI_MAP_WRITEABLE 2
#define UAPI_MAP_READABLE 4

typedef struct UapiIoasUnmap {
    uint32_t size;
    uint32_t ioas_id;
    uint64_t iova;
    uint64_t length;
} UapiIoasUnmap;

/* ---- IOMMUFD: translations ---- */

typedef struct UapiHwInfo {
    uint32_t size;
    uint32_t flags;
    uint32_t dev_id;
    uint32_t data_len;
    uint64_t data_uptr;
    uint32_t out_data_type;
    uint8_t out_max_pasid_log2;
    uint8_t reserved[3];
    uint64_t out_capabilities;
} UapiHwInfo;

#define UAPI_HW_INFO_ARM_SMMUV3 2

typedef struct UapiHwInfoSmmu {
    uint32_t flags;
    uint32_t reserved;
    uint32_t idr[6];
    uint32_t iidr;
    uint32_t aidr;
} UapiHwInfoSmmu;

typedef struct UapiHwptAlloc {
    uint32_t size;
    uint32_t flags;
    uint32_t dev_id;
    uint32_t pt_id;
    uint32_t out_hwpt_id;
    uint32_t reserved;
    uint32_t data_type;
    uint32_t data_len;
    uint64_t data_uptr;
    uint32_t fault_id;
    uint32_t reserved2;
} UapiHwptAlloc;

#define UAPI_HWPT_NEST_PARENT 1
#define UAPI_HWPT_PASID 8
#define UAPI_HWPT_DATA_NONE 0
#define UAPI_HWPT_DATA_ARM_SMMUV3 2

typedef struct UapiHwptSmmu {
    uint64_t ste[2];
} UapiHwptSmmu;

typedef struct UapiInvalidate {
    uint32_t size;
    uint32_t hwpt_id;
    uint64_t data_uptr;
    uint32_t data_type;
    uint32_t entry_len;
    uint32_t entry_num;
    uint32_t reserved;
} UapiInvalidate;

#define UAPI_INVALIDATE_ARM_SMMUV3 1

typedef struct UapiInvalidateSmmu {
    uint64_t cmd[2];
} UapiInvalidateSmmu;

/* ---- IOMMUFD: what a guest's SMMU is made of ---- */

typedef struct UapiViommuAlloc {
    uint32_t size;
    uint32_t flags;
    uint32_t type;
    uint32_t dev_id;
    uint32_t hwpt_id;
    uint32_t out_viommu_id;
    uint32_t data_len;
    uint32_t reserved;
    uint64_t data_uptr;
} UapiViommuAlloc;

#define UAPI_VIOMMU_ARM_SMMUV3 1

typedef struct UapiVdeviceAlloc {
    uint32_t size;
    uint32_t viommu_id;
    uint32_t dev_id;
    uint32_t out_vdevice_id;
    uint64_t virt_id;
} UapiVdeviceAlloc;

typedef struct UapiVeventqAlloc {
    uint32_t size;
    uint32_t flags;
    uint32_t viommu_id;
    uint32_t type;
    uint32_t veventq_depth;
    uint32_t out_veventq_id;
    uint32_t out_veventq_fd;
    uint32_t reserved;
} UapiVeventqAlloc;

#define UAPI_VEVENTQ_ARM_SMMUV3 1

/* What a read of such a queue brings: this, then an event's data */
typedef struct UapiVeventHeader {
    uint32_t flags;
    uint32_t sequence;
} UapiVeventHeader;

#define UAPI_VEVENT_LOST 1

typedef struct UapiVeventSmmu {
    uint64_t evt[4];
} UapiVeventSmmu;

/* ---- IOMMUFD: numbers ---- */

#define UAPI_IOMMUFD(number) _IO(';', number)
#define UAPI_DESTROY UAPI_IOMMUFD(0x80)
#define UAPI_IOAS_ALLOC UAPI_IOMMUFD(0x81)
#define UAPI_IOAS_MAP UAPI_IOMMUFD(0x85)
#define UAPI_IOAS_UNMAP UAPI_IOMMUFD(0x86)
#define UAPI_HWPT_ALLOC UAPI_IOMMUFD(0x89)
#define UAPI_GET_HW_INFO UAPI_IOMMUFD(0x8a)
#define UAPI_HWPT_INVALIDATE UAPI_IOMMUFD(0x8d)
#define UAPI_VIOMMU_ALLOC UAPI_IOMMUFD(0x90)
#define UAPI_VDEVICE_ALLOC UAPI_IOMMUFD(0x91)
#define UAPI_VEVENTQ_ALLOC UAPI_IOMMUFD(0x93)

#endif /* IOMMUFD_UAPI_H */
