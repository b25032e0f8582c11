/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtio_mem_register and virtio_mem_unregister: what the program may say is
 * checked here, before the registry is asked.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "memory-file.h"
#include "memory-registry.h"

static int check_range(const void *addr, size_t len)
{
	uint64_t page = sysconf(_SC_PAGESIZE), start = (uintptr_t)addr;

	if (!addr || !len || start % page || len % page || start + len < start)
		return virtio_set_error(EINVAL, "%zu bytes at %p: address and length must be"
					" multiples of the page size, %" PRIu64, len, addr, page);
	return 0;
}

static int check_opts(const struct virtio_mem_opts *opts)
{
	if (opts && opts->size < sizeof(*opts))
		return virtio_set_error(EINVAL, "virtio_mem_opts.size is %zu, not %zu", opts->size,
					sizeof(*opts));
	if (opts && (opts->flags & ~VIRTIO_MEM_FIND_FD))
		return virtio_set_error(EINVAL, "flags 0x%x: only VIRTIO_MEM_FIND_FD is for"
					" registering", opts->flags);
	if (opts && opts->only && !device_of(opts->only))
		return virtio_set_error(EINVAL, "the device in `only` is not open");
	return 0;
}

int virtio_mem_register(void *addr, size_t len, int fd, uint64_t fd_offset,
			const struct virtio_mem_opts *opts)
{
	CALL("virtio_mem_register", DEFAULT_TIMEOUT_MS);
	struct mem_reg reg = {
		.start = (uintptr_t)addr, .len = len, .fd = -1, .fd_offset = fd_offset,
		.only = opts ? opts->only : NULL,
	};
	int error = check_opts(opts);

	if (!error)
		error = check_range(addr, len);
	if (!error)
		error = memory_find_file(&reg, fd, opts && (opts->flags & VIRTIO_MEM_FIND_FD));
	if (error)
		return error;
	memory_lock();
	error = memory_add(&reg);
	memory_unlock();
	if (error && reg.fd >= 0)
		close(reg.fd);
	return error;
}

int virtio_mem_unregister(void *addr, size_t len)
{
	CALL("virtio_mem_unregister", DEFAULT_TIMEOUT_MS);
	int error = check_range(addr, len);

	if (error)
		return error;
	MEMORY_SCOPE();
	return memory_take((uintptr_t)addr, len, false);
}
