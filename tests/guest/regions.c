/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many separate pieces of memory for one block device:
 *
 *     regions ADDRESS COUNT anonymous|file
 *
 * Registers COUNT pages, no two of them neighbours, half of them before the start
 * and half after it, reads a different sector into each, takes them out of use
 * again, and sees that they cannot be used any more.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk.h"

#define PAGE 4096u

struct room {
	char *at;
	int fd;		/* -1, or the file */
};

/* Room for twice as many pages, in huge ones if the device needs them. */
static struct room reserve(struct virtio_dev *dev, unsigned count, bool file)
{
	const size_t huge = 2 << 20, len = ((size_t)count * 2 * PAGE + huge - 1) & ~(huge - 1);
	struct virtio_mem_limits limits;
	struct room room = { .fd = -1 };
	bool large;
	int flags;

	must(virtio_dev_get_mem_limits(dev, &limits), "limits");
	large = limits.page_size > PAGE;
	if (file) {
		room.fd = memfd_create("regions", MFD_CLOEXEC | (large ? MFD_HUGETLB : 0));
		check(room.fd >= 0 && !ftruncate(room.fd, (off_t)len), "there is a file");
		flags = MAP_SHARED;
	} else {
		flags = MAP_PRIVATE | MAP_ANONYMOUS | (large ? MAP_HUGETLB : 0);
	}
	room.at = mmap(NULL, len, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, room.fd, 0);
	check(room.at != MAP_FAILED, "there is memory");
	return room;
}

static char *page(char *memory, unsigned i)
{
	return memory + (size_t)i * 2 * PAGE;
}

static void register_pages(const struct room *room, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char *at = page(room->at, i);

		must(virtio_mem_register(at, PAGE, room->fd,
					 room->fd < 0 ? 0 : (uint64_t)(at - room->at), NULL),
		     "register");
	}
}

static void use_them(struct virtqueue *vq, struct disk_request *r, char *memory, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		disk_do(vq, r, VIRTIO_BLK_T_IN, UNTOUCHED + i, page(memory, i), SECTOR_BYTES);
	for (unsigned i = 0; i < count; i++)
		check(pattern_differs(page(memory, i), UNTOUCHED + i, 1, 1) < 0,
		      "each page has its sector");
}

int main(int argc, char **argv)
{
	struct virtio_dev dev;
	struct disk_request *requests;
	struct room room;
	unsigned count;

	if (argc != 4)
		die("usage: regions ADDRESS COUNT anonymous|file");
	count = (unsigned)number(argv[2]);
	device_open(&dev, argv[1]);
	room = reserve(&dev, count, !strcmp(argv[3], "file"));
	register_pages(&room, 0, count / 2);
	must(virtio_dev_reset(&dev, DISK_FEATURES), "reset");
	must(virtio_dev_start(&dev, 1, 0), "start");
	register_pages(&room, count / 2, count);
	requests = disk_requests(&dev, SECTOR_BYTES);
	use_them(dev.vqs[0], requests, room.at, count);
	for (unsigned i = 0; i < count; i++)
		must(virtio_mem_unregister(page(room.at, i), PAGE), "unregister");
	check(disk_submit(dev.vqs[0], requests, VIRTIO_BLK_T_IN, 0, room.at,
			  SECTOR_BYTES) == -EFAULT, "what is not registered cannot be used");
	disk_verify(dev.vqs[0], requests, UNTOUCHED, 64, 1, SECTOR_BYTES);
	virtio_dev_destruct(&dev);
	return 0;
}
