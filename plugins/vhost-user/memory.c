/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory table, on our side and on the server's.
 *
 * With CONFIGURE_MEM_SLOTS regions go one by one, else the whole table goes
 * each time. Every change is awaited before the call returns, so memory is
 * used after the server knows it (VU-MEM-8) and free after it forgot it
 * (VU-MEM-9).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "parking.h"
#include "request.h"

/* More than any server is known to take; bounds what a wild answer can ask for. */
#define SLOTS_MAX 512

static bool one_by_one(const struct vu_front *front)
{
	return vu_has(front, VU_PF_CONFIGURE_MEM_SLOTS);
}

/* VU-MEM-1, VU-MEM-2, HARD-VU-8 */
void vu_memory_set_limit(struct vu_front *front)
{
	uint64_t limit = VU_TABLE_REGIONS;

	if (one_by_one(front))
		limit = front->mem_slots < SLOTS_MAX ? front->mem_slots : SLOTS_MAX;
	if (vu_parking_wanted(front))
		limit--;
	front->memory.limit = (unsigned)limit;
}

static struct vu_region wire_region(const struct vu_mem_entry *entry)
{
	return (struct vu_region){
		.guest_addr = (uintptr_t)entry->addr,
		.size = entry->len,
		.user_addr = (uintptr_t)entry->addr,
		.mmap_offset = entry->fd_offset,
	};
}

static int send_table(struct vu_front *front)
{
	const struct vu_memory *memory = &front->memory;
	struct vu_mem_table table = { .count = memory->count };
	int fds[VU_TABLE_REGIONS], err;

	for (unsigned i = 0; i < memory->count; i++) {
		table.regions[i] = wire_region(&memory->entries[i]);
		fds[i] = memory->entries[i].fd;
	}
	err = vu_request(front, &(struct vu_request){
		.id = VU_SET_MEM_TABLE,
		.payload = &table,
		.len = 8 + memory->count * sizeof(struct vu_region),
		.fds = fds,
		.nfds = memory->count,
	});
	for (unsigned i = 0; !err && i < memory->count; i++)
		memory->entries[i].told = true;
	return err;
}

int vu_memory_tell(struct vu_front *front, struct vu_mem_entry *entry)
{
	const struct vu_single_region payload = { .region = wire_region(entry) };
	const int err = vu_request_fd(front, VU_ADD_MEM_REG, &payload, sizeof(payload), entry->fd);

	if (!err)
		entry->told = true;
	return err;
}

static int send_removal(struct vu_front *front, struct vu_mem_entry *entry)
{
	const struct vu_single_region payload = { .region = wire_region(entry) };

	return vu_request(front, &(struct vu_request){
		.id = VU_REM_MEM_REG, .payload = &payload, .len = sizeof(payload),
	});
}

static int send_untold(struct vu_front *front)
{
	struct vu_memory *memory = &front->memory;
	int err = 0;

	for (unsigned i = 0; !err && i < memory->count; i++)
		if (!memory->entries[i].told)
			err = vu_memory_tell(front, &memory->entries[i]);
	return err;
}

int vu_memory_publish(struct vu_front *front)
{
	int err = vu_front_check(front);

	if (err || front->memory.live)
		return err;
	if (front->memory.count == 0)
		return vu_error(front, EINVAL, "no memory to share with the server, so it could "
				"not see the rings");
	err = one_by_one(front) ? send_untold(front) : send_table(front);
	if (!err)
		front->memory.live = true;
	return err;
}

/* The rings have stopped: what fails here is a nuisance at the next start. */
void vu_memory_withdraw(struct vu_front *front)
{
	struct vu_memory *memory = &front->memory;
	bool ok = vu_front_must(front, vu_parking_move_in(front)) == 0;

	memory->live = false;
	for (unsigned i = memory->count; i-- > 0;) {
		struct vu_mem_entry *entry = &memory->entries[i];

		if (entry->told && one_by_one(front) && front->fd >= 0)
			ok &= vu_front_must(front, send_removal(front, entry)) == 0;
		entry->told = false;
	}
	if (!ok)
		virtio_log(VIRTIO_LOG_WARN, "%s: the server keeps memory that it was to give back: "
			   "%s", front->peer, virtio_last_error());
}

bool vu_memory_known(const struct vu_front *front, const void *addr, uint64_t len)
{
	const struct vu_memory *memory = &front->memory;

	for (unsigned i = 0; i < memory->count; i++) {
		const struct vu_mem_entry *entry = &memory->entries[i];
		const uint64_t offset = (uintptr_t)addr - (uintptr_t)entry->addr;

		if (offset < entry->len && len <= entry->len - offset)
			return entry->told;
	}
	return false;
}

void vu_memory_free(struct vu_memory *memory)
{
	for (unsigned i = 0; i < memory->count; i++)
		close(memory->entries[i].fd);
	free(memory->entries);
	*memory = (struct vu_memory){ .entries = NULL };
}

/* VU-MEM-3, VU-MEM-6 */
static int check_region(const struct vu_front *front, const struct virtio_mem_region *region)
{
	const struct vu_memory *memory = &front->memory;
	const uintptr_t start = (uintptr_t)region->addr;

	if (region->fd < 0)
		return vu_error(front, EINVAL, "the memory at %p (%llu bytes) has no file "
				"descriptor, and a vhost-user server can only see shared memory: "
				"use virtio_mem_alloc, or register it with its memfd", region->addr,
				(unsigned long long)region->len);
	for (unsigned i = 0; i < memory->count; i++) {
		const uintptr_t other = (uintptr_t)memory->entries[i].addr;

		if (start < other + memory->entries[i].len && other < start + region->len)
			return vu_error(front, EEXIST, "the memory at %p overlaps that at %p",
					region->addr, memory->entries[i].addr);
	}
	if (memory->count >= memory->limit)
		return vu_error(front, ENOSPC, "%u memory regions are needed, the server takes %u "
				"(%s): use fewer and larger ones, parts of one file that lie side "
				"by side count as one", memory->count + 1, memory->limit,
				one_by_one(front) ? "GET_MAX_MEM_SLOTS" :
				"it does not offer CONFIGURE_MEM_SLOTS");
	return 0;
}

static int make_room(struct vu_memory *memory)
{
	const unsigned room = memory->room ? memory->room * 2 : VU_TABLE_REGIONS;
	struct vu_mem_entry *entries;

	if (memory->count < memory->room)
		return 0;
	entries = realloc(memory->entries, room * sizeof(*entries));
	if (!entries)
		return virtio_set_error(ENOMEM, "out of memory for %u memory regions", room);
	memory->entries = entries;
	memory->room = room;
	return 0;
}

static void drop(struct vu_memory *memory, unsigned index)
{
	close(memory->entries[index].fd);
	memory->count--;
	memmove(&memory->entries[index], &memory->entries[index + 1],
		(memory->count - index) * sizeof(memory->entries[0]));
}

/* A lost server is told nothing, and must not keep the program from
 * registering memory for others. */
static bool tell_now(const struct vu_front *front)
{
	return front->memory.live && front->fd >= 0;
}

int vu_mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	struct vu_memory *memory = &front->memory;
	int fd, err = check_region(front, region);

	if (!err)
		err = make_room(memory);
	if (err)
		return err;
	fd = fcntl(region->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return vu_error(front, errno, "cannot duplicate the descriptor of a memory region: "
				"%s", strerror(errno));
	memory->entries[memory->count++] = (struct vu_mem_entry){
		.addr = region->addr,
		.len = region->len,
		.fd_offset = region->fd_offset,
		.fd = fd,
	};
	if (tell_now(front))
		/* The rings' own regions do not move, so ring addresses stay. VU-MEM-13 */
		err = one_by_one(front) ? send_untold(front) : send_table(front);
	if (err)
		drop(memory, memory->count - 1);
	return err;
}

static int find(const struct vu_memory *memory, const struct virtio_mem_region *region)
{
	for (unsigned i = 0; i < memory->count; i++) {
		const struct vu_mem_entry *entry = &memory->entries[i];

		if (entry->addr == region->addr && entry->len == region->len)
			return (int)i;
	}
	return -ENOENT;
}

/* An empty table is no message: the last region goes with the rings. */
static int remove_from_table(struct vu_front *front, unsigned index)
{
	struct vu_memory *memory = &front->memory;

	drop(memory, index);
	return tell_now(front) && memory->count ? vu_front_must(front, send_table(front)) : 0;
}

int vu_mem_remove(struct virtio_dev *vdev, const struct virtio_mem_region *region)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	struct vu_memory *memory = &front->memory;
	const int index = find(memory, region);
	int err = 0;

	if (index < 0)
		return vu_error(front, ENOENT, "the memory at %p is not shared with the server",
				region->addr);
	if (!one_by_one(front))
		return remove_from_table(front, (unsigned)index);
	if (memory->entries[index].told && front->fd >= 0)
		err = vu_front_must(front, send_removal(front, &memory->entries[index]));
	if (!err || front->fd < 0)
		drop(memory, (unsigned)index);
	return err;
}

int vu_get_mem_limits(struct virtio_dev *vdev, struct virtio_mem_limits *limits)
{
	const struct vu_front *front = virtio_dev_backend_ctx(vdev);

	limits->max_regions = front->memory.limit;
	limits->used_regions = front->memory.count;
	limits->alignment = (uint64_t)sysconf(_SC_PAGESIZE);
	limits->max_address = UINT64_MAX;
	limits->needs_fd = 1;
	limits->can_add = 1;
	return 0;
}
