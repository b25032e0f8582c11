/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads or writes a block device with one queue:
 *
 *     blk read|write ADDRESS FIRST COUNT SEED [BYTES [SHIFT]]
 *
 * in requests of BYTES (4096), from memory that begins SHIFT (0) bytes after a
 * cache line. What was written is read back; what was read must be of the seed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "disk.h"

int main(int argc, char **argv)
{
	struct virtio_dev dev;
	struct disk_request *requests;
	uint64_t first, count;
	size_t bytes, shift;
	unsigned seed;

	if (argc < 6)
		die("usage: blk read|write ADDRESS FIRST COUNT SEED [BYTES [SHIFT]]");
	first = number(argv[3]);
	count = number(argv[4]);
	seed = (unsigned)number(argv[5]);
	bytes = argc > 6 ? number(argv[6]) : 4096;
	shift = argc > 7 ? number(argv[7]) : 0;
	device_up(&dev, argv[2], DISK_FEATURES, 1, 0);
	requests = disk_requests(&dev, bytes + shift);
	for (unsigned i = 0; i < DISK_DEPTH; i++)
		requests[i].buffer += shift;
	if (!strcmp(argv[1], "write"))
		disk_fill(dev.vqs[0], requests, first, count, seed, bytes);
	disk_verify(dev.vqs[0], requests, first, count, seed, bytes);
	must(virtio_dev_stop(&dev), "stop");
	virtio_dev_destruct(&dev);
	return 0;
}
