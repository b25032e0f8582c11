/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads sectors of a virtio block device, writes them to standard output:
 *
 *     block-read-submit vhost-user:/run/disk.sock 0 2048 >first-mebibyte
 *
 * The same as block-read.c, with virtqueue_req_submit: each request is one
 * call, which is shorter and faster. The two differ in submit_read only.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/virtio_blk.h>

#include <virtio-poll/virtio.h>

#define SECTOR		512u
#define SECTORS_MAX	128u	/* of one request */
#define BATCH		16u	/* requests in flight */
#define PATIENCE	5	/* seconds */

/* What the device reads and writes; it lies in memory that the library knows. */
struct request {
	struct virtio_blk_outhdr header;
	uint8_t status;
	char data[SECTORS_MAX * SECTOR];
};

static int complain(const char *why)
{
	fprintf(stderr, "block-read-submit: %s\n", why);
	return -1;
}

/*
 * One request: a header for the device to read, data and status for it to
 * write. All or nothing: what fails leaves nothing to abort.
 */
static int submit_read(struct virtqueue *vq, struct request *r, uint64_t sector, unsigned sectors)
{
	const struct iovec segments[] = {
		{ &r->header, sizeof(r->header) },
		{ r->data, sectors * SECTOR },
		{ &r->status, 1 },
	};

	memset(&r->header, 0, sizeof(r->header));
	r->header.type = htole32(VIRTIO_BLK_T_IN);
	r->header.sector = htole64(sector);
	r->status = 0xff;
	if (virtqueue_req_submit(vq, r, segments, 1, 2) < 0)
		return complain(virtio_last_error());
	return 0;
}

static time_t seconds(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Polls until n requests are back. Not a system call while they come in. */
static int finish(struct virtqueue *vq, unsigned n)
{
	time_t until = seconds() + PATIENCE;

	while (n > 0) {
		void *done[BATCH];
		uint16_t got = virtio_recv_pkts(vq, done, NULL, BATCH);

		for (uint16_t i = 0; i < got; i++)
			if (((struct request *)done[i])->status != VIRTIO_BLK_S_OK)
				return complain("the device failed a request");
		n -= got;
		if (got == 0 && virtqueue_get_error(vq) < 0)
			return complain(strerror(-virtqueue_get_error(vq)));
		if (got == 0 && seconds() > until)
			return complain("the device does not answer");
	}
	return 0;
}

/* A batch: up to BATCH requests, one flush, all completions, then the output. */
static int copy_batch(struct virtqueue *vq, struct request *reqs, uint64_t sector, uint64_t count)
{
	unsigned n = 0;

	for (uint64_t at = 0; at < count; at += SECTORS_MAX, n++) {
		uint64_t left = count - at;

		if (submit_read(vq, &reqs[n], sector + at, left < SECTORS_MAX ? left : SECTORS_MAX))
			return -1;
	}
	virtqueue_req_flush(vq);
	if (finish(vq, n))
		return -1;
	for (unsigned i = 0; i < n; i++, count -= SECTORS_MAX)
		if (!fwrite(reqs[i].data, SECTOR * (i + 1 < n ? SECTORS_MAX : count), 1, stdout))
			return complain("standard output cannot be written");
	return 0;
}

static int copy(struct virtio_dev *dev, struct request *reqs, uint64_t sector, uint64_t count)
{
	uint64_t capacity, most;

	if (virtio_dev_reset(dev, 0) < 0 || virtio_dev_start(dev, 1, 0) < 0 ||
	    virtio_dev_read_dev_config(dev, offsetof(struct virtio_blk_config, capacity),
				       &capacity, sizeof(capacity)) < 0)
		return complain(virtio_last_error());
	capacity = le64toh(capacity);
	if (sector > capacity || count > capacity - sector)
		return complain("the device has fewer sectors");
	/* As many requests of three segments as the queue takes in any case. */
	most = virtqueue_size(dev->vqs[0]) / 3;
	most = SECTORS_MAX * (most < 1 ? 1 : most < BATCH ? most : BATCH);
	for (; count > most; sector += most, count -= most)
		if (copy_batch(dev->vqs[0], reqs, sector, most))
			return -1;
	return copy_batch(dev->vqs[0], reqs, sector, count);
}

static bool is_number(const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	return end != text && *end == '\0';
}

int main(int argc, char **argv)
{
	struct virtio_dev dev = { 0 };
	uint64_t sector, count;
	void *reqs;
	int error;

	if (argc != 4 || !is_number(argv[2], &sector) || !is_number(argv[3], &count))
		return complain("usage: block-read-submit ADDRESS SECTOR COUNT"), 2;
	if (virtio_mem_alloc(BATCH * sizeof(struct request), NULL, &reqs) < 0 ||
	    virtio_dev_open(&dev, "block-read-submit", argv[1]) < 0)
		return complain(virtio_last_error()), 1;
	error = copy(&dev, reqs, sector, count);
	virtio_dev_destruct(&dev);	/* stops it: only then is the memory ours again */
	virtio_mem_free(reqs);
	if (fflush(stdout))
		error = complain("standard output cannot be written");
	return error ? 1 : 0;
}
