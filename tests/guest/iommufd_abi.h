/*
 * The probe's picture of IOMMUFD's and VFIO's interface against the kernel's
 * own headers. Nothing here runs: it compiles, or the picture is wrong. A test
 * does that with headers that a build does not have.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef IOMMUFD_ABI_H
#define IOMMUFD_ABI_H

#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stddef.h>

#include "probe/iommufd_uapi.h"

#define END(type, member) \
    (offsetof(type, member) + sizeof(((type *)0)->member))

/* A member is where it is in the kernel's structure, and as large. */
#define MEMBER(ours, our_member, theirs, their_member) \
    _Static_assert(offsetof(ours, our_member) == \
                   offsetof(struct theirs, their_member) && \
                   END(ours, our_member) == \
                   END(struct theirs, their_member), \
                   #ours "." #our_member)
#define SAME(ours, theirs, member) MEMBER(ours, member, theirs, member)
/* Ours ends where theirs does. */
#define WHOLE(ours, theirs) \
    _Static_assert(sizeof(ours) == sizeof(struct theirs), #ours)
#define NUMBER(ours, theirs) \
    _Static_assert((unsigned long)(ours) == (unsigned long)(theirs), #ours)

/* Newer kernels know more of this one: ours ends where it did at first. */
SAME(UapiBind, vfio_device_bind_iommufd, argsz);
SAME(UapiBind, vfio_device_bind_iommufd, flags);
SAME(UapiBind, vfio_device_bind_iommufd, iommufd);
SAME(UapiBind, vfio_device_bind_iommufd, out_devid);
_Static_assert(sizeof(UapiBind) == END(UapiBind, out_devid), "UapiBind");

WHOLE(UapiAttach, vfio_device_attach_iommufd_pt);
SAME(UapiAttach, vfio_device_attach_iommufd_pt, argsz);
SAME(UapiAttach, vfio_device_attach_iommufd_pt, flags);
SAME(UapiAttach, vfio_device_attach_iommufd_pt, pt_id);
SAME(UapiAttach, vfio_device_attach_iommufd_pt, pasid);

WHOLE(UapiDetach, vfio_device_detach_iommufd_pt);
SAME(UapiDetach, vfio_device_detach_iommufd_pt, argsz);
SAME(UapiDetach, vfio_device_detach_iommufd_pt, flags);
SAME(UapiDetach, vfio_device_detach_iommufd_pt, pasid);

WHOLE(UapiDestroy, iommu_destroy);
SAME(UapiDestroy, iommu_destroy, size);
SAME(UapiDestroy, iommu_destroy, id);

WHOLE(UapiIoasAlloc, iommu_ioas_alloc);
SAME(UapiIoasAlloc, iommu_ioas_alloc, size);
SAME(UapiIoasAlloc, iommu_ioas_alloc, flags);
SAME(UapiIoasAlloc, iommu_ioas_alloc, out_ioas_id);

WHOLE(UapiIoasMap, iommu_ioas_map);
SAME(UapiIoasMap, iommu_ioas_map, size);
SAME(UapiIoasMap, iommu_ioas_map, flags);
SAME(UapiIoasMap, iommu_ioas_map, ioas_id);
MEMBER(UapiIoasMap, reserved, iommu_ioas_map, __reserved);
SAME(UapiIoasMap, iommu_ioas_map, user_va);
SAME(UapiIoasMap, iommu_ioas_map, length);
SAME(UapiIoasMap, iommu_ioas_map, iova);

WHOLE(UapiIoasUnmap, iommu_ioas_unmap);
SAME(UapiIoasUnmap, iommu_ioas_unmap, size);
SAME(UapiIoasUnmap, iommu_ioas_unmap, ioas_id);
SAME(UapiIoasUnmap, iommu_ioas_unmap, iova);
SAME(UapiIoasUnmap, iommu_ioas_unmap, length);

WHOLE(UapiHwInfo, iommu_hw_info);
SAME(UapiHwInfo, iommu_hw_info, size);
SAME(UapiHwInfo, iommu_hw_info, flags);
SAME(UapiHwInfo, iommu_hw_info, dev_id);
SAME(UapiHwInfo, iommu_hw_info, data_len);
SAME(UapiHwInfo, iommu_hw_info, data_uptr);
SAME(UapiHwInfo, iommu_hw_info, out_data_type);
SAME(UapiHwInfo, iommu_hw_info, out_max_pasid_log2);
MEMBER(UapiHwInfo, reserved, iommu_hw_info, __reserved);
SAME(UapiHwInfo, iommu_hw_info, out_capabilities);

WHOLE(UapiHwInfoSmmu, iommu_hw_info_arm_smmuv3);
SAME(UapiHwInfoSmmu, iommu_hw_info_arm_smmuv3, flags);
MEMBER(UapiHwInfoSmmu, reserved, iommu_hw_info_arm_smmuv3, __reserved);
SAME(UapiHwInfoSmmu, iommu_hw_info_arm_smmuv3, idr);
SAME(UapiHwInfoSmmu, iommu_hw_info_arm_smmuv3, iidr);
SAME(UapiHwInfoSmmu, iommu_hw_info_arm_smmuv3, aidr);

WHOLE(UapiHwptAlloc, iommu_hwpt_alloc);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, size);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, flags);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, dev_id);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, pt_id);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, out_hwpt_id);
MEMBER(UapiHwptAlloc, reserved, iommu_hwpt_alloc, __reserved);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, data_type);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, data_len);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, data_uptr);
SAME(UapiHwptAlloc, iommu_hwpt_alloc, fault_id);
MEMBER(UapiHwptAlloc, reserved2, iommu_hwpt_alloc, __reserved2);

WHOLE(UapiHwptSmmu, iommu_hwpt_arm_smmuv3);
SAME(UapiHwptSmmu, iommu_hwpt_arm_smmuv3, ste);

WHOLE(UapiInvalidate, iommu_hwpt_invalidate);
SAME(UapiInvalidate, iommu_hwpt_invalidate, size);
SAME(UapiInvalidate, iommu_hwpt_invalidate, hwpt_id);
SAME(UapiInvalidate, iommu_hwpt_invalidate, data_uptr);
SAME(UapiInvalidate, iommu_hwpt_invalidate, data_type);
SAME(UapiInvalidate, iommu_hwpt_invalidate, entry_len);
SAME(UapiInvalidate, iommu_hwpt_invalidate, entry_num);
MEMBER(UapiInvalidate, reserved, iommu_hwpt_invalidate, __reserved);

WHOLE(UapiInvalidateSmmu, iommu_viommu_arm_smmuv3_invalidate);
SAME(UapiInvalidateSmmu, iommu_viommu_arm_smmuv3_invalidate, cmd);

WHOLE(UapiViommuAlloc, iommu_viommu_alloc);
SAME(UapiViommuAlloc, iommu_viommu_alloc, size);
SAME(UapiViommuAlloc, iommu_viommu_alloc, flags);
SAME(UapiViommuAlloc, iommu_viommu_alloc, type);
SAME(UapiViommuAlloc, iommu_viommu_alloc, dev_id);
SAME(UapiViommuAlloc, iommu_viommu_alloc, hwpt_id);
SAME(UapiViommuAlloc, iommu_viommu_alloc, out_viommu_id);
SAME(UapiViommuAlloc, iommu_viommu_alloc, data_len);
MEMBER(UapiViommuAlloc, reserved, iommu_viommu_alloc, __reserved);
SAME(UapiViommuAlloc, iommu_viommu_alloc, data_uptr);

WHOLE(UapiVdeviceAlloc, iommu_vdevice_alloc);
SAME(UapiVdeviceAlloc, iommu_vdevice_alloc, size);
SAME(UapiVdeviceAlloc, iommu_vdevice_alloc, viommu_id);
SAME(UapiVdeviceAlloc, iommu_vdevice_alloc, dev_id);
SAME(UapiVdeviceAlloc, iommu_vdevice_alloc, out_vdevice_id);
SAME(UapiVdeviceAlloc, iommu_vdevice_alloc, virt_id);

WHOLE(UapiVeventqAlloc, iommu_veventq_alloc);
SAME(UapiVeventqAlloc, iommu_veventq_alloc, size);
SAME(UapiVeventqAlloc, iommu_veventq_alloc, flags);
SAME(UapiVeventqAlloc, iommu_veventq_alloc, viommu_id);
SAME(UapiVeventqAlloc, iommu_veventq_alloc, type);
SAME(UapiVeventqAlloc, iommu_veventq_alloc, veventq_depth);
SAME(UapiVeventqAlloc, iommu_veventq_alloc, out_veventq_id);
SAME(UapiVeventqAlloc, iommu_veventq_alloc, out_veventq_fd);
MEMBER(UapiVeventqAlloc, reserved, iommu_veventq_alloc, __reserved);

WHOLE(UapiVeventHeader, iommufd_vevent_header);
SAME(UapiVeventHeader, iommufd_vevent_header, flags);
SAME(UapiVeventHeader, iommufd_vevent_header, sequence);
WHOLE(UapiVeventSmmu, iommu_vevent_arm_smmuv3);
SAME(UapiVeventSmmu, iommu_vevent_arm_smmuv3, evt);

NUMBER(UAPI_BIND, VFIO_DEVICE_BIND_IOMMUFD);
NUMBER(UAPI_ATTACH, VFIO_DEVICE_ATTACH_IOMMUFD_PT);
NUMBER(UAPI_DETACH, VFIO_DEVICE_DETACH_IOMMUFD_PT);
NUMBER(UAPI_ATTACH_PASID, VFIO_DEVICE_ATTACH_PASID);
NUMBER(UAPI_DESTROY, IOMMU_DESTROY);
NUMBER(UAPI_IOAS_ALLOC, IOMMU_IOAS_ALLOC);
NUMBER(UAPI_IOAS_MAP, IOMMU_IOAS_MAP);
NUMBER(UAPI_MAP_FIXED_IOVA, IOMMU_IOAS_MAP_FIXED_IOVA);
NUMBER(UAPI_MAP_WRITEABLE, IOMMU_IOAS_MAP_WRITEABLE);
NUMBER(UAPI_MAP_READABLE, IOMMU_IOAS_MAP_READABLE);
NUMBER(UAPI_IOAS_UNMAP, IOMMU_IOAS_UNMAP);
NUMBER(UAPI_GET_HW_INFO, IOMMU_GET_HW_INFO);
NUMBER(UAPI_HW_INFO_ARM_SMMUV3, IOMMU_HW_INFO_TYPE_ARM_SMMUV3);
NUMBER(UAPI_HWPT_ALLOC, IOMMU_HWPT_ALLOC);
NUMBER(UAPI_HWPT_NEST_PARENT, IOMMU_HWPT_ALLOC_NEST_PARENT);
NUMBER(UAPI_HWPT_PASID, IOMMU_HWPT_ALLOC_PASID);
NUMBER(UAPI_HWPT_DATA_NONE, IOMMU_HWPT_DATA_NONE);
NUMBER(UAPI_HWPT_DATA_ARM_SMMUV3, IOMMU_HWPT_DATA_ARM_SMMUV3);
NUMBER(UAPI_HWPT_INVALIDATE, IOMMU_HWPT_INVALIDATE);
NUMBER(UAPI_INVALIDATE_ARM_SMMUV3, IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3);
NUMBER(UAPI_VIOMMU_ALLOC, IOMMU_VIOMMU_ALLOC);
NUMBER(UAPI_VIOMMU_ARM_SMMUV3, IOMMU_VIOMMU_TYPE_ARM_SMMUV3);
NUMBER(UAPI_VDEVICE_ALLOC, IOMMU_VDEVICE_ALLOC);
NUMBER(UAPI_VEVENTQ_ALLOC, IOMMU_VEVENTQ_ALLOC);
NUMBER(UAPI_VEVENTQ_ARM_SMMUV3, IOMMU_VEVENTQ_TYPE_ARM_SMMUV3);
NUMBER(UAPI_VEVENT_LOST, IOMMU_VEVENTQ_FLAG_LOST_EVENTS);

#endif /* IOMMUFD_ABI_H */
