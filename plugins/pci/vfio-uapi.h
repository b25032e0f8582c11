/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the plugin uses of the kernel's VFIO and iommufd interfaces and older
 * headers lack: numbers and layouts out of include/uapi/linux/vfio.h as of
 * Linux 6.6 and include/uapi/linux/iommufd.h as of Linux 6.2, under our own
 * names. Also the walk along a chain of capabilities.
 */
#ifndef VPCI_VFIO_UAPI_H
#define VPCI_VFIO_UAPI_H

#include <stddef.h>
#include <stdint.h>

#include <linux/ioctl.h>
#include <linux/vfio.h>

/* vfio.h, 6.6: calls on a device's own node. argsz is the size of the whole. */
struct vpci_bind_iommufd {
	uint32_t argsz;
	uint32_t flags;		/* 0 */
	int32_t iommufd;
	uint32_t device_id;	/* answer */
};

struct vpci_attach_ioas {
	uint32_t argsz;
	uint32_t flags;		/* 0 */
	uint32_t ioas;		/* answered with the page table's number */
};

#define VPCI_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
#define VPCI_ATTACH_IOAS	_IO(VFIO_TYPE, VFIO_BASE + 19)

/* iommufd.h, 6.2: calls on /dev/iommu. `size` is that of the structure. */
struct vpci_ioas_alloc {
	uint32_t size;
	uint32_t flags;		/* 0 */
	uint32_t ioas;		/* answer */
};

/* struct iommu_iova_range: both ends inclusive */
struct vpci_ioas_range {
	uint64_t first;
	uint64_t last;
};

struct vpci_ioas_ranges {
	uint32_t size;
	uint32_t ioas;
	uint32_t count;		/* room; answered with how many there are */
	uint32_t zero;
	uint64_t ranges;	/* pointer */
	uint64_t alignment;	/* answer */
};

struct vpci_ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas;
	uint32_t zero;
	uint64_t address;	/* of the process */
	uint64_t length;
	uint64_t iova;
};

struct vpci_ioas_unmap {
	uint32_t size;
	uint32_t ioas;
	uint64_t iova;
	uint64_t length;
};

#define VPCI_IOAS_MAP_FIXED	(1u << 0)
#define VPCI_IOAS_MAP_WRITE	(1u << 1)
#define VPCI_IOAS_MAP_READ	(1u << 2)

#define VPCI_IOAS_ALLOC		_IO(VFIO_TYPE, 0x81)
#define VPCI_IOAS_RANGES	_IO(VFIO_TYPE, 0x84)
#define VPCI_IOAS_MAP		_IO(VFIO_TYPE, 0x85)
#define VPCI_IOAS_UNMAP		_IO(VFIO_TYPE, 0x86)

/* vfio.h, 5.10: how many mappings are left */
#ifndef VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL
#define VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL	3
#endif

/* More than any answer has; bounds what a wild one can ask for. */
#define VPCI_INFO_MAX		(1u << 20)

/*
 * Asks an INFO call whose answer may have capabilities behind it: argsz first,
 * flags second, as all have. `info` of `size` bytes is filled in with what to
 * ask. The answer, to be freed, or NULL with errno.
 */
void *vpci_vfio_info(int fd, unsigned long call, const void *info, size_t size);

/* The capability of that id in such an answer, of at least `least` bytes, and
 * how many bytes there are from there on; NULL if there is none. */
const void *vpci_vfio_cap(const void *info, uint32_t first, uint16_t id, size_t least,
			  size_t *size);

#endif /* VPCI_VFIO_UAPI_H */
