/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lets a virtio block device write into memory of the program's own, with no
 * copy on the way, and writes what it read to standard output:
 *
 *     own-memory vhost-user:/run/disk.sock 64 >first-sectors
 *
 * The memory is a memfd mapped MAP_SHARED, so that a server in another process
 * can map it as well. Memory that is not registered is refused with -EFAULT.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/virtio_blk.h>

#include <virtio-poll/virtio.h>

#define SECTOR		512u
#define MEMORY		(1u << 20)
#define SECTORS_MAX	((MEMORY - 4096) / SECTOR)
#define PATIENCE_MS	5000

/* The program's memory: header and status in the first page, then the data. */
struct memory {
	struct virtio_blk_outhdr header;
	uint8_t status;
	_Alignas(4096) char data[SECTORS_MAX * SECTOR];
};

static int complain(const char *why)
{
	fprintf(stderr, "own-memory: %s\n", why);
	return -1;
}

/* Maps a memfd and registers it. The library keeps a descriptor of its own. */
static struct memory *get_memory(void)
{
	int fd = memfd_create("own-memory", MFD_CLOEXEC);
	struct memory *m = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, MEMORY) == 0)
		m = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (m == MAP_FAILED) {
		complain(strerror(errno));
	} else if (virtio_mem_register(m, MEMORY, fd, 0, NULL) < 0) {
		complain(virtio_last_error());
		munmap(m, MEMORY);
		m = MAP_FAILED;
	}
	if (fd >= 0)
		close(fd);
	return m == MAP_FAILED ? NULL : m;
}

/* Unregister first, unmap then: until it returns 0 a device may use the memory. */
static int put_memory(struct memory *m)
{
	if (virtio_mem_unregister(m, MEMORY) < 0)
		return complain(virtio_last_error());
	return munmap(m, MEMORY);
}

static int read_sectors(struct virtio_dev *dev, struct memory *m, unsigned sectors)
{
	struct iovec segments[] = {
		{ &m->header, sizeof(m->header) }, { m->data, sectors * SECTOR }, { &m->status, 1 },
	};
	void *cookie;
	int ready;

	if (virtio_dev_reset(dev, 0) < 0 || virtio_dev_start(dev, 1, 0) < 0)
		return complain(virtio_last_error());
	m->header.type = htole32(VIRTIO_BLK_T_IN);
	m->status = 0xff;
	if (virtqueue_req_submit(dev->vqs[0], m, segments, 1, 2) < 0)
		return complain(virtio_last_error());
	virtqueue_req_flush(dev->vqs[0]);
	ready = virtqueue_wait(dev->vqs[0], PATIENCE_MS);
	if (ready < 0)
		return complain(virtio_last_error());
	if (ready == 0 || virtio_recv_pkts(dev->vqs[0], &cookie, NULL, 1) != 1)
		return complain("the device does not answer");
	if (m->status != VIRTIO_BLK_S_OK)
		return complain("the device failed the request");
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long sectors = argc == 3 ? strtoul(argv[2], NULL, 0) : 0;
	struct virtio_dev dev = { 0 };
	struct memory *m;
	int error;

	if (sectors < 1 || sectors > SECTORS_MAX)
		return complain("usage: own-memory ADDRESS SECTORS, 1 to 2040 of them"), 2;
	m = get_memory();
	if (!m)
		return 1;
	if (virtio_dev_open(&dev, "own-memory", argv[1]) < 0)
		error = complain(virtio_last_error());
	else
		error = read_sectors(&dev, m, sectors);
	virtio_dev_destruct(&dev);
	if (!error && (!fwrite(m->data, sectors * SECTOR, 1, stdout) || fflush(stdout)))
		error = complain("standard output cannot be written");
	if (put_memory(m))
		error = -1;
	return error ? 1 : 0;
}
