/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moves bytes between a started block device and a file, many requests in
 * flight over all queues. The engine of copy; opens and closes nothing.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "blk.h"
#include "file.h"
#include "progress.h"

struct transfer {
	struct blk *blk;
	struct file *file;
	bool to_device;
	uint64_t total;		/* bytes, a multiple of the sector size */
	uint32_t chunk;		/* bytes in one request */
	unsigned depth;		/* requests in flight */
	bool progress;		/* show a bar */
	bool sparse;		/* keep holes, make zeroes holes */
	uint64_t elapsed_ns;	/* out */
	uint64_t moved;		/* out: bytes that were not holes */
	struct blk_request *requests;
};

/*
 * Moves all of it and flushes the device if it was written: an exit status,
 * anything but EXIT_DONE after a sentence. After a failure requests may still
 * be in flight: close the device, then release.
 */
int transfer_run(struct transfer *transfer);

/*
 * After that: reads all of both sides again and compares. Says where they begin
 * to differ, which is a failure.
 */
int transfer_verify(struct transfer *transfer);

void transfer_release(struct transfer *transfer);

#endif /* TRANSFER_H */
