/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory that devices may be given.
 *
 * A request may only name memory the library knows: allocated here, or
 * registered here. Registration is process-wide unless it is restricted to
 * one device, and reaches every started device before the call returns.
 * All calls of this header: any thread, blocking at most for the deadline of
 * each started device that has to be told.
 */
#ifndef VIRTIO_POLL_MEMORY_H
#define VIRTIO_POLL_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <virtio-poll/error.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct virtio_dev;

/* Flags of struct virtio_mem_opts. */
#define VIRTIO_MEM_HUGETLB	(1u << 0)	/* alloc: huge pages or -ENOMEM */
#define VIRTIO_MEM_FIND_FD	(1u << 1)	/* register: open the file behind the mapping */

/* How memory is to be allocated or registered. Zero it, set size, then the rest. */
struct virtio_mem_opts {
	size_t size;			/* sizeof(struct virtio_mem_opts) */
	uint32_t flags;			/* VIRTIO_MEM_* */
	uint32_t align;			/* alloc: power of 2 up to 1 GiB; 0 is 64 */
	struct virtio_dev *only;	/* NULL, or the one device that may see it */
	uint64_t hugepage_size;		/* bytes; 0 is the system's default */
	uint64_t reserved[4];
};

/*
 * Gives len bytes of zeroed, shareable, pre-faulted memory at *addr, aligned
 * to 64 bytes, or to pages if len is a page or more. opts may be NULL. It is
 * in huge pages if opts say so, or if a device that is open and may be given
 * it reaches no others (virtio_mem_limits.page_size).
 * -EINVAL for len 0 or bad opts, -ENOMEM with the figures. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_mem_alloc(size_t len, const struct virtio_mem_opts *opts, void **addr);

/*
 * Frees what virtio_mem_alloc gave. NULL is allowed. -EINVAL for an address
 * it did not give, -EBUSY while a request in flight uses it. Since 0.1.0.
 */
int virtio_mem_free(void *addr);

/*
 * Makes len bytes at addr usable in requests. addr, len and fd_offset are
 * multiples of the page size. fd is the file that the memory is a shared
 * mapping of, at fd_offset; it is duplicated. fd -1 serves devices inside
 * the process only, and PCI: a device that needs a descriptor refuses to start
 * while such memory is registered for all devices, so name the one it is meant
 * for (`only`); with VIRTIO_MEM_FIND_FD the file behind a named
 * shared mapping is found and opened. The memory stays the caller's and must
 * stay mapped until unregistered.
 *
 * A device that cannot reach the memory, since it lies in pages smaller than
 * virtio_mem_limits.page_size, goes without it, and its requests may not name
 * it; for the one device in `only` that is -EINVAL. If a started device
 * refuses, all is undone and the error names the device and its limit.
 * -EINVAL bad range, -EEXIST overlap with registered memory, -EBUSY a device
 * still has what was there before, -ENOSPC no slot left, -ENOMEM, -ETIMEDOUT.
 * Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_mem_register(void *addr, size_t len, int fd, uint64_t fd_offset,
			const struct virtio_mem_opts *opts);

/*
 * Takes a page-aligned range, or any page-aligned part of it, out of use. No
 * request that is being built may name it.
 * -ENOENT if part of the range is not registered, -EBUSY while a request in
 * flight uses it; nothing changes then. What a device was given merged with
 * its neighbours stays mapped there until it stops. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_mem_unregister(void *addr, size_t len);

/* What a device can take of memory regions. */
struct virtio_mem_limits {
	uint64_t max_regions;	/* regions at a time; UINT64_MAX for no limit. PCI
				 * devices of one IOMMU group share it */
	uint64_t used_regions;	/* of these in use by this device, rings included */
	uint64_t alignment;	/* of address and length, bytes */
	uint64_t max_address;	/* highest bus address it can reach */
	uint32_t needs_fd;	/* 1 if every region needs a descriptor */
	uint32_t can_add;	/* 1 if regions can be added while started */
	uint64_t page_size;	/* memory must lie in pages of this size or larger,
				 * bytes; 0: in any */
	uint64_t reserved[7];
};

/*
 * Fills *limits for an open device, started or not. 0 or -errno. Control
 * call. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_get_mem_limits(struct virtio_dev *vdev, struct virtio_mem_limits *limits);

/* Equal objects of DMA memory, handed out and taken back in constant time. */
struct virtio_mem_pool;

/*
 * A pool of count objects of size bytes each, zeroed at first, each aligned
 * to 64 bytes. NULL on failure (virtio_last_error). Since 0.1.0.
 */
struct virtio_mem_pool *virtio_mem_pool_new(size_t size, unsigned count);

/* An object, or NULL if all are out. Contents are what put left. Since 0.1.0. */
void *virtio_mem_pool_get(struct virtio_mem_pool *pool);

/* Gives an object back; NULL is allowed. Since 0.1.0. */
void virtio_mem_pool_put(struct virtio_mem_pool *pool, void *object);

/*
 * Frees the pool and all its objects, out or not; NULL is allowed. -EBUSY
 * while a request in flight uses one, then nothing changes. Since 0.1.0.
 */
int virtio_mem_pool_free(struct virtio_mem_pool *pool);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_MEMORY_H */
