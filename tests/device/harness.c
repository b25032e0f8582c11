/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The helpers of harness.h. Everything here goes through the public
 * interface, as a program's own tests against the loopback device would.
 */
#include "config.h"

#include <dirent.h>
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness.h"

#define RIG_MEMORY	(16u << 20)
#define PATIENCE_MS	10000
#define TEST_SECONDS	240

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void rig_prepare(struct rig *rig)
{
	void *mem;

	*rig = (struct rig){ 0 };
	ck_assert_msg(!virtio_mem_alloc(RIG_MEMORY, NULL, &mem), "%s", virtio_last_error());
	rig->mem = mem;
	rig->mem_len = RIG_MEMORY;
}

static void open_va(struct rig *rig, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void open_va(struct rig *rig, const char *fmt, va_list ap)
{
	char address[4096] = "loopback:";
	size_t n = strlen(address);

	vsnprintf(address + n, sizeof(address) - n, fmt, ap);
	rig_prepare(rig);
	ck_assert_msg(!virtio_dev_open(&rig->vdev, "rig", address), "%s", virtio_last_error());
}

void rig_open(struct rig *rig, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	open_va(rig, fmt, ap);
	va_end(ap);
}

void rig_start(struct rig *rig, uint16_t n)
{
	ck_assert_msg(!virtio_dev_reset(&rig->vdev, ALL_FEATURES), "%s", virtio_last_error());
	ck_assert_msg(!virtio_dev_start(&rig->vdev, n, 0), "%s", virtio_last_error());
	rig->vq = rig->vdev.vqs[0];
}

void rig_up(struct rig *rig, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	open_va(rig, fmt, ap);
	va_end(ap);
	rig_start(rig, 1);
}

void rig_down(struct rig *rig)
{
	virtio_dev_destruct(&rig->vdev);
	ck_assert_msg(!virtio_mem_free(rig->mem), "%s", virtio_last_error());
	*rig = (struct rig){ 0 };
}

void *rig_take(struct rig *rig, size_t len)
{
	char *p = rig->mem + rig->mem_used;

	rig->mem_used += (len + 63) / 64 * 64;
	ck_assert_uint_le(rig->mem_used, rig->mem_len);
	return p;
}

struct blk_request *blk_request_new(struct rig *rig, uint32_t type, uint64_t sector, uint32_t len)
{
	struct blk_request *req = rig_take(rig, sizeof(*req));

	*req = (struct blk_request){ .len = len };
	req->header = rig_take(rig, sizeof(*req->header));
	req->header->type = htole32(type);
	req->header->sector = htole64(sector);
	req->data = rig_take(rig, len);
	req->status = rig_take(rig, 1);
	*req->status = 0xff;
	return req;
}

int blk_submit(struct virtqueue *vq, struct blk_request *req)
{
	uint32_t type = le32toh(req->header->type);
	bool to_driver = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
	struct iovec iov[3] = {
		{ req->header, sizeof(*req->header) },
		{ req->data, req->len },
		{ req->status, 1 },
	};

	req->done = false;
	/* Even an empty segment counts in what has to fit. */
	if (!req->len) {
		iov[1] = iov[2];
		return virtqueue_req_submit(vq, req, iov, 1, 1);
	}
	return virtqueue_req_submit(vq, req, iov, to_driver ? 1 : 2, to_driver ? 2 : 1);
}

void *wait_cookie(struct virtqueue *vq, uint32_t *len)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	void *cookie;

	while (!virtio_recv_pkts(vq, &cookie, len, 1)) {
		ck_assert_msg(!virtqueue_get_error(vq), "queue error %d", virtqueue_get_error(vq));
		ck_assert_msg(now_ms() < end, "nothing completed in %d ms", PATIENCE_MS);
	}
	return cookie;
}

void blk_wait(struct virtqueue *vq, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint32_t len;
		struct blk_request *req = wait_cookie(vq, &len);

		ck_assert(!req->done);
		req->done = true;
		req->used_len = len;
	}
}

uint8_t blk_do(struct virtqueue *vq, struct blk_request *req)
{
	ck_assert_msg(!blk_submit(vq, req), "%s", virtio_last_error());
	virtqueue_req_flush(vq);
	blk_wait(vq, 1);
	ck_assert(req->done);
	return *req->status;
}

void fill(char *data, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (char)((i * 131 + i / 512 * 7 + seed) >> 1);
}

void assert_filled(const char *data, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		ck_assert_msg(data[i] == (char)((i * 131 + i / 512 * 7 + seed) >> 1),
			      "byte %zu of seed %u differs", i, seed);
}

void assert_zero(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ck_assert_msg(!data[i], "byte %zu is not zero", i);
}

void write_sectors(struct rig *rig, uint64_t sector, uint32_t len, unsigned seed)
{
	struct blk_request *req = blk_request_new(rig, VIRTIO_BLK_T_OUT, sector, len);

	fill(req->data, len, seed);
	ck_assert_uint_eq(blk_do(rig->vq, req), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(req->used_len, 1);
}

char *read_sectors(struct rig *rig, uint64_t sector, uint32_t len)
{
	struct blk_request *req = blk_request_new(rig, VIRTIO_BLK_T_IN, sector, len);

	memset(req->data, 0xee, len);
	ck_assert_uint_eq(blk_do(rig->vq, req), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(req->used_len, len + 1);
	return req->data;
}

uint8_t ranges(struct rig *rig, uint32_t type, uint64_t sector, uint32_t count, uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes range = {
		.sector = htole64(sector),
		.num_sectors = htole32(count),
		.flags = htole32(flags),
	};
	struct blk_request *req = blk_request_new(rig, type, 0, sizeof(range));

	memcpy(req->data, &range, sizeof(range));
	return blk_do(rig->vq, req);
}

int wait_error(struct virtqueue *vq)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	void *cookie;

	while (!virtqueue_get_error(vq)) {
		virtio_recv_pkts(vq, &cookie, NULL, 1);
		ck_assert_msg(now_ms() < end, "no error in %d ms", PATIENCE_MS);
	}
	return virtqueue_get_error(vq);
}

uint32_t wait_events(struct virtio_dev *vdev, uint32_t events)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	uint32_t all = 0;

	while (!(all & events)) {
		uint32_t more;

		ck_assert_msg(!virtio_dev_poll_events(vdev, &more), "%s", virtio_last_error());
		all |= more;
		ck_assert_msg(now_ms() < end, "events 0x%x, not 0x%x", all, events);
	}
	return all;
}

unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

void assert_error_names(const char *text)
{
	ck_assert_msg(strstr(virtio_last_error(), text) != NULL, "\"%s\" is not in: %s", text,
		      virtio_last_error());
}

int run_tests(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, TEST_SECONDS);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
