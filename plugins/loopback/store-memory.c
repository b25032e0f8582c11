/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The store in memory: one anonymous mapping that takes up what was written
 * to it and no more, so a terabyte of it opens at once.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "store.h"

static int memory_read(struct store *store, uint64_t offset, struct span *data)
{
	const char *from = store->map + offset;

	for (uint32_t i = 0; i < data->n; i++) {
		memcpy(data->iov[i].iov_base, from, data->iov[i].iov_len);
		from += data->iov[i].iov_len;
	}
	return 0;
}

static int memory_write(struct store *store, uint64_t offset, struct span *data)
{
	char *to = store->map + offset;

	for (uint32_t i = 0; i < data->n; i++) {
		memcpy(to, data->iov[i].iov_base, data->iov[i].iov_len);
		to += data->iov[i].iov_len;
	}
	return 0;
}

static int memory_flush(struct store *store)
{
	(void)store;
	return 0;
}

/*
 * Zeroes by giving whole pages back, which reads as zeroes, and by writing
 * what is left of the pages at both ends. The kernel keeps locked pages
 * (mlockall): those are written as well.
 */
static int memory_zero(struct store *store, uint64_t offset, uint64_t len, bool may_unmap)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), end = offset + len;
	uint64_t first = (offset + page - 1) / page * page, last = end / page * page;

	(void)may_unmap;
	if (first >= last) {
		memset(store->map + offset, 0, len);
		return 0;
	}
	memset(store->map + offset, 0, first - offset);
	memset(store->map + last, 0, end - last);
	if (madvise(store->map + first, last - first, MADV_DONTNEED))
		memset(store->map + first, 0, last - first);
	return 0;
}

static int memory_discard(struct store *store, uint64_t offset, uint64_t len)
{
	return memory_zero(store, offset, len, true);
}

static void memory_close(struct store *store)
{
	if (store->map)
		munmap(store->map, store->size);
	store->map = NULL;
}

static const struct store_ops memory_ops = {
	.read = memory_read,
	.write = memory_write,
	.flush = memory_flush,
	.discard = memory_discard,
	.zero = memory_zero,
	.close = memory_close,
	.burst = 16,
};

int store_open_memory(struct store *store, uint64_t size)
{
	void *map;

	store->ops = &memory_ops;
	store->size = size;
	if (size == 0)
		return 0;
	if (size > SIZE_MAX / 2)
		return virtio_set_error(ENOMEM, "size=%" PRIu64 " exceeds the address space;"
					" ask for less, or use file=PATH", size);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return virtio_set_error(ENOMEM, "no room for size=%" PRIu64 " bytes of memory: %s;"
					" ask for less, or use file=PATH", size, strerror(errno));
	store->map = map;
	return 0;
}
