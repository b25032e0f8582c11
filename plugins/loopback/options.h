/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The address of a loopback device: `blk` or `null`, and its options.
 *
 * Read from an address once, and written back as the address that would make
 * the same device.
 */
#ifndef LOOPBACK_OPTIONS_H
#define LOOPBACK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct virtio_address;

/* Numbers are 64 bits wide whatever their range, so that one row of a table
 * can read any of them. Strings are this structure's own, or NULL. */
struct loop_options {
	bool null;
	uint64_t size;		/* bytes; SIZE_NOT_GIVEN */
	char *file;
	bool readonly;
	uint64_t num_queues;
	uint64_t queue_size;
	uint64_t features;	/* offered besides the usual ones */
	uint64_t no_features;	/* not offered */
	bool thread;
	uint64_t spin;		/* microseconds */
	char *serial;
	uint64_t block_size;
	uint64_t seg_max;	/* 0: what the queue holds */
	uint64_t size_max;	/* 0: no limit */
	bool strict;
	char *fault;
};

#define SIZE_NOT_GIVEN UINT64_MAX

/* 0 or -errno with a sentence. Whatever it returns, loop_options_free is due. */
int loop_options_parse(struct loop_options *options, struct virtio_address *address);
void loop_options_free(struct loop_options *options);

/*
 * Writes "blk,size=1024,..." into size bytes, cut if need be; the options
 * that stand at their defaults are left out.
 */
void loop_options_format(const struct loop_options *options, char *text, size_t size);

#endif /* LOOPBACK_OPTIONS_H */
