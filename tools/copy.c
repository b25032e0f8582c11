/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * copy SRC DST: between a virtio block device and a file, either way.
 *
 * Everything that can be wrong is checked before the first byte is written:
 * the device, its size, whether it may be written, the file.
 */
#include "config.h"

#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "address.h"
#include "blk.h"
#include "command.h"
#include "file.h"
#include "interrupt.h"
#include "options.h"
#include "report.h"
#include "transfer.h"

struct copy_settings {
	uint64_t iodepth;
	uint64_t bs;
	uint64_t queues;	/* 0: all there are */
	uint64_t timeout_ms;
	bool quiet;
	bool no_progress;
	bool no_sparse;
	bool verify;
};

struct copy {
	const struct copy_settings *settings;
	const char *address;
	const char *path;
	bool to_device;
	struct blk blk;
	struct file file;
	struct transfer transfer;
	uint64_t padding;	/* zeroes behind the end of the source */
};

/* Of loopback it can be known what is behind the device: a copy onto itself would
 * cut off what is no whole block. */
static int check_own_file(const struct copy *c)
{
	const char *value = address_option(c->address, "file");
	char path[PATH_MAX];
	struct stat device, file;

	if (!value || strncmp(c->address, "loopback:", 9))
		return EXIT_DONE;
	address_copy(value + (*value == '='), path, sizeof(path));
	if (stat(path, &device) || stat(c->path, &file) || device.st_dev != file.st_dev ||
	    device.st_ino != file.st_ino)
		return EXIT_DONE;
	complain("'%s' is the file behind %s: nothing to copy", c->path, c->address);
	return EXIT_FAILED;
}

static int sort_arguments(const struct invocation *call, struct copy *c)
{
	bool from_device = is_address(call->args[0]);

	c->to_device = is_address(call->args[1]);
	c->address = call->args[c->to_device ? 1 : 0];
	c->path = call->args[c->to_device ? 0 : 1];
	if (from_device != c->to_device)
		return check_own_file(c);
	complain("copy: '%s' and '%s' are two %s: one has to be a device's address, the other a "
		 "file", call->args[0], call->args[1], from_device ? "devices" : "files");
	return EXIT_USAGE;
}

static int check_settings(const struct copy_settings *s)
{
	if (!(s->bs % SECTOR_SIZE))
		return EXIT_DONE;
	complain("copy: --bs=%" PRIu64 ": use a multiple of %u", s->bs, SECTOR_SIZE);
	return EXIT_USAGE;
}

/* More of the device's queues than requests would have nothing to do. */
static int start(struct copy *c)
{
	const struct copy_settings *s = c->settings;
	uint64_t queues = s->queues ? s->queues : c->blk.queues;

	if (queues > s->iodepth)
		queues = s->iodepth;
	return blk_start(&c->blk, (unsigned)queues);
}

/* The chunk as wished, but what the device takes and whole blocks of it; as
 * many in flight as wished, but not more than there are or memory is for. */
static void plan(struct copy *c, uint64_t total)
{
	uint64_t depth = c->settings->iodepth;
	uint64_t chunk = c->settings->bs & ~(uint64_t)(c->blk.block_size - 1);
	uint32_t limit = blk_request_limit(&c->blk);

	if (!chunk)
		chunk = c->blk.block_size;
	if (chunk > limit)
		chunk = limit;
	c->transfer.chunk = (uint32_t)chunk;
	c->transfer.total = total;
	if (depth > BLK_DATA_MAX / chunk)
		depth = BLK_DATA_MAX / chunk;
	if (depth > total / chunk + 1)
		depth = total / chunk + 1;
	c->transfer.depth = (unsigned)depth;
}

static int open_from_device(struct copy *c)
{
	uint64_t total = c->blk.capacity * SECTOR_SIZE;
	int status = start(c);

	if (status != EXIT_DONE)
		return status;
	plan(c, total);
	return file_open_target(&c->file, c->path, total, c->settings->verify);
}

static int check_target_device(const struct copy *c, uint64_t room)
{
	uint64_t total = c->file.size;

	if (c->blk.read_only)
		complain("%s is read-only: nothing was written", c->address);
	else if (total > room)
		complain("%s is too small: it has %" PRIu64 " bytes, '%s' needs %" PRIu64
			 ": nothing was written", c->address, room, c->path, total);
	else
		return EXIT_DONE;
	return EXIT_FAILED;
}

/* Whole blocks, for a device need not take less; but its end is an end too. */
static uint64_t padded_size(const struct copy *c, uint64_t room)
{
	uint64_t block = c->blk.block_size;
	uint64_t total = (c->file.size + block - 1) / block * block;

	return total < room ? total : room;
}

static int open_to_device(struct copy *c)
{
	uint64_t block = c->blk.block_size, room = c->blk.capacity * SECTOR_SIZE;
	uint64_t total = padded_size(c, room);
	int status = check_target_device(c, room);

	if (status == EXIT_DONE)
		status = start(c);
	if (status != EXIT_DONE)
		return status;
	c->padding = total - c->file.size;
	if (c->padding && !c->settings->quiet)
		complain("'%s' has %" PRIu64 " bytes, no multiple of the block size %" PRIu64
			 ": padding it with %" PRIu64 " zeroes", c->path, c->file.size, block,
			 c->padding);
	plan(c, total);
	return EXIT_DONE;
}

/* The other side than the device's own flush. */
static int sync_file(struct copy *c)
{
	int status = c->to_device ? EXIT_DONE : file_sync(&c->file);

	/* That took its time, and not the device's. */
	blk_heard(&c->blk, now_ns());
	return status;
}

static int run_transfer(struct copy *c)
{
	int status = transfer_run(&c->transfer);

	if (status == EXIT_DONE)
		status = sync_file(c);
	if (status != EXIT_DONE || !c->settings->verify)
		return status;
	file_forget_cache(&c->file);
	return transfer_verify(&c->transfer);
}

/* The device is running before the target is touched: only then its limits
 * are all known, those of its queues too. */
static int open_both(struct copy *c)
{
	int status = EXIT_DONE;

	if (c->to_device)
		status = file_open_source(&c->file, c->path);
	if (status == EXIT_DONE)
		status = blk_open(&c->blk, c->address, c->settings->timeout_ms);
	/* From here on a signal has to find the device stopped first. */
	interrupt_defer(true);
	if (status == EXIT_DONE)
		status = c->to_device ? open_to_device(c) : open_from_device(c);
	return status;
}

static int print_report(const struct invocation *call, const struct copy *c)
{
	const struct transfer *t = &c->transfer;
	uint64_t ns = t->elapsed_ns ? t->elapsed_ns : 1;
	struct report *report;
	struct report_node *root;

	if (c->settings->quiet)
		return EXIT_DONE;
	report = report_new();
	root = report_root(report);
	report_string(root, "source", call->args[0]);
	report_string(root, "target", call->args[1]);
	report_unit(root, "copied_bytes", t->total, UNIT_BYTES);
	report_unit(root, "hole_bytes", t->total - t->moved, UNIT_BYTES);
	report_unit(root, "padding_bytes", c->padding, UNIT_BYTES);
	report_unit(root, "request_bytes", t->chunk, UNIT_BYTES);
	report_uint(root, "iodepth", t->depth);
	report_uint(root, "queues", c->blk.queues);
	report_bool(root, "flushed", c->to_device && c->blk.can_flush && t->total);
	report_bool(root, "verified", c->settings->verify);
	report_unit(root, "duration_ns", t->elapsed_ns, UNIT_NS);
	report_unit(root, "rate_bytes_per_second",
		    (uint64_t)((double)t->total / ((double)ns / 1e9)), UNIT_RATE);
	return report_print(report, call->json, EXIT_DONE);
}

static void close_all(struct copy *c)
{
	blk_close(&c->blk);
	transfer_release(&c->transfer);
	file_close(&c->file);
}

static int run_copy(const struct invocation *call)
{
	struct copy c = { .settings = call->settings, .file = { .fd = -1 } };
	int status = sort_arguments(call, &c);

	if (status == EXIT_DONE)
		status = check_settings(c.settings);
	if (status != EXIT_DONE)
		return status;
	c.transfer = (struct transfer){
		.blk = &c.blk,
		.file = &c.file,
		.to_device = c.to_device,
		.progress = !c.settings->quiet && !c.settings->no_progress,
		.sparse = !c.settings->no_sparse,
	};
	status = open_both(&c);
	if (status == EXIT_DONE)
		status = run_transfer(&c);
	close_all(&c);
	interrupt_defer(false);
	return status == EXIT_DONE ? print_report(call, &c) : status;
}

static const struct copy_settings copy_defaults = {
	.iodepth = 64,
	.bs = 256 * 1024,
	.timeout_ms = 5000,
};

#define FIELD(name) offsetof(struct copy_settings, name)

static const struct option_spec copy_options[] = {
	{ "iodepth", "N", "requests in flight, over all queues (64)", option_count,
	  FIELD(iodepth), 1, 4096, NULL },
	{ "bs", "SIZE", "bytes in one request, a multiple of 512 (256K)", option_size,
	  FIELD(bs), SECTOR_SIZE, 64 << 20, NULL },
	{ "queues", "N", "queues to use (all the device has)", option_count, FIELD(queues), 1,
	  VIRTIO_MAX_VIRTQUEUES, NULL },
	{ "timeout", "S", "the most that a silent device may take, in seconds (5)",
	  option_seconds, FIELD(timeout_ms), 10, 3600000, NULL },
	{ "verify", NULL, "read both again afterwards and compare", option_switch,
	  FIELD(verify), 0, 0, NULL },
	{ "no-sparse", NULL, "write zeroes as they are, and holes as zeroes", option_switch,
	  FIELD(no_sparse), 0, 0, NULL },
	{ "no-progress", NULL, "no progress bar", option_switch, FIELD(no_progress), 0, 0, NULL },
	{ "quiet", NULL, "nothing but errors", option_switch, FIELD(quiet), 0, 0, NULL },
	{ 0 }
};

const struct command command_copy = {
	.name = "copy",
	.arguments = "SRC DST",
	.summary = "copy a block device to a file, or a file to a block device",
	.details = "One of the two is a device's address, the other a file; a file whose name looks\n"
		   "like an address is written ./x:y.",
	.options = copy_options,
	.defaults = &copy_defaults,
	.settings_size = sizeof(struct copy_settings),
	.min_args = 2,
	.max_args = 2,
	.run = run_copy,
};
