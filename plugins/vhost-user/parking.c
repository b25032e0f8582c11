/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A piece of empty memory that stopped rings are pointed to.
 *
 * libvhost-user (qemu-storage-daemon, and others) looks up the addresses of
 * all rings it ever had, stopped ones too, whenever it gets a new memory
 * region, and gives the connection up if one leads nowhere. A device that is
 * stopped and started again would lose its server that way. Servers with few
 * slots are not of that kind, and need theirs.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lift.h"
#include "memory.h"
#include "parking.h"
#include "request.h"

#define ALIGN 4096

bool vu_parking_wanted(const struct vu_front *front)
{
	return vu_has(front, VU_PF_CONFIGURE_MEM_SLOTS) && front->mem_slots > VU_TABLE_REGIONS;
}

static uint64_t round_up(uint64_t len, uint64_t to)
{
	return (len + to - 1) & ~(to - 1);
}

/* The three areas of a split ring, each from a page of its own. */
static uint64_t driver_offset(const struct vu_front *front)
{
	return round_up(16ull * front->queue_size, ALIGN);
}

static uint64_t device_offset(const struct vu_front *front)
{
	return driver_offset(front) + round_up(6 + 2ull * front->queue_size, ALIGN);
}

static int make(struct vu_front *front)
{
	struct vu_mem_entry *area = &front->parking;
	const uint64_t used_len = 6 + 8ull * front->queue_size;
	void *addr;

	area->len = round_up(device_offset(front) + used_len, (uint64_t)sysconf(_SC_PAGESIZE));
	area->fd = vu_lift(memfd_create("virtio-poll-parking",
					MFD_CLOEXEC | MFD_ALLOW_SEALING));
	if (area->fd < 0 || ftruncate(area->fd, (off_t)area->len) < 0 ||
	    /* The server must not be able to change its length. */
	    fcntl(area->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return vu_error(front, errno, "no memory of %llu bytes for stopped rings: %s",
				(unsigned long long)area->len, strerror(errno));
	/* Mapped only to keep the addresses from meaning anything else. */
	addr = mmap(NULL, area->len, PROT_READ, MAP_SHARED, area->fd, 0);
	if (addr == MAP_FAILED)
		return vu_error(front, errno, "cannot map %llu bytes for stopped rings: %s",
				(unsigned long long)area->len, strerror(errno));
	area->addr = addr;
	return 0;
}

static int park(struct vu_front *front, uint32_t index)
{
	const uint64_t start = (uintptr_t)front->parking.addr;
	const struct vu_vring_addr addr = {
		.index = index,
		.desc = start,
		.used = start + device_offset(front),
		.avail = start + driver_offset(front),
	};
	const int err = vu_request(front, &(struct vu_request){
		.id = VU_SET_VRING_ADDR, .payload = &addr, .len = sizeof(addr),
	});

	if (!err)
		front->addressed[index] = false;
	return err;
}

static bool any_addressed(const struct vu_front *front)
{
	return memchr(front->addressed, true, sizeof(front->addressed)) != NULL;
}

int vu_parking_move_in(struct vu_front *front)
{
	int err = 0;

	if (!vu_parking_wanted(front) || !any_addressed(front))
		return 0;
	if (!front->parking.addr)
		err = make(front);
	if (!err && !front->parking.told)
		err = vu_memory_tell(front, &front->parking);
	for (uint32_t i = 0; !err && i < VU_MAX_RINGS; i++)
		if (front->addressed[i])
			err = park(front, i);
	return err;
}

void vu_parking_free(struct vu_front *front)
{
	if (front->parking.addr)
		munmap(front->parking.addr, front->parking.len);
	if (front->parking.fd >= 0)
		close(front->parking.fd);
	front->parking = (struct vu_mem_entry){ .fd = -1 };
}
