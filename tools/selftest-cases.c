/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What selftest checks: the ways through the library that a program takes,
 * and that a device which breaks the rules harms nobody but itself.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "selftest.h"

#define FILE_PATH 256

static void check_negotiation(struct selftest *t)
{
	selftest_check(t, t->blk.capacity == 2048, "%llu sectors instead of 2048",
		       (unsigned long long)t->blk.capacity);
	selftest_check(t, virtio_dev_has_feature(&t->blk.vdev, VIRTIO_F_VERSION_1),
		       "VERSION_1 was not negotiated");
	selftest_check(t, virtio_dev_get_status(&t->blk.vdev) & VIRTIO_CONFIG_S_FEATURES_OK,
		       "FEATURES_OK is not set");
}

/* Of 300 sectors, with room for all of them; -1 after the sentence. */
static int make_file(struct selftest *t, char path[FILE_PATH])
{
	const char *folder = getenv("TMPDIR");
	int fd, err;

	/* A comma would be the address's. */
	if (!folder || !*folder || strlen(folder) > FILE_PATH / 2 || strchr(folder, ','))
		folder = "/tmp";
	snprintf(path, FILE_PATH, "%s/virtio-poll-selftest-XXXXXX", folder);
	fd = mkstemp(path);
	err = fd < 0 ? errno : posix_fallocate(fd, 0, 300 * SECTOR_SIZE);
	if (selftest_check(t, !err, "no file can be made in %s (TMPDIR): %s", folder,
			   strerror(err)))
		return fd;
	if (fd >= 0) {
		unlink(path);
		close(fd);
	}
	return -1;
}

/* Writes through the device, then looks at the file itself. */
static void check_file(struct selftest *t)
{
	char path[FILE_PATH], address[FILE_PATH + 32];
	uint8_t sector[SECTOR_SIZE];
	int fd = make_file(t, path), status;

	if (fd < 0)
		return;
	snprintf(address, sizeof(address), "loopback:blk,file=%s", path);
	status = blk_open(&t->blk, address, 2000);
	unlink(path);	/* it has it, and nothing is left whatever happens */
	if (selftest_check(t, status == EXIT_DONE && blk_start(&t->blk, 1) == EXIT_DONE, "%s",
			   virtio_last_error()))
		selftest_round_trip(t);
	blk_close(&t->blk);
	selftest_check(t, pread(fd, sector, sizeof(sector), 299 * SECTOR_SIZE) == SECTOR_SIZE &&
		       sector[7] == selftest_pattern(299 * SECTOR_SIZE + 7),
		       "the file does not hold what was written");
	close(fd);
}

/* Fills the ring until there is no room, takes all back, fills it once more. */
static void check_full_ring(struct selftest *t)
{
	struct virtqueue *vq = t->blk.vdev.vqs[0];
	struct blk_request *requests = blk_requests_new(&t->blk, 32, SECTOR_SIZE);
	struct blk_request *done[32];
	unsigned sent = 0, got;
	int err = 0;

	for (unsigned round = 0; requests && round < 2; round++) {
		for (sent = 0; sent < 32 && !err; sent += !err)
			err = blk_submit(&t->blk, vq, &requests[sent]);
		selftest_check(t, err == -ENOMEM && sent == 5,
			       "%u requests of 3 fit a ring of 16 (error %d)", sent, err);
		virtqueue_req_flush(vq);
		got = blk_reap(vq, done, 32);
		selftest_check(t, got == sent, "%u of %u came back", got, sent);
		err = 0;
	}
	(void)virtio_dev_stop(&t->blk.vdev);
	blk_requests_free(requests);
}

static void check_abort(struct selftest *t)
{
	struct virtqueue *vq = t->blk.vdev.vqs[0];
	struct blk_request *requests = blk_requests_new(&t->blk, 1, SECTOR_SIZE);
	struct iovec iov = { requests ? requests[0].data : NULL, SECTOR_SIZE };
	uint16_t before = virtqueue_free_descs(vq);
	void *cookie;

	if (!selftest_check(t, requests, "no memory"))
		return;
	selftest_check(t, !virtqueue_req_start(vq, requests, 1) &&
		       !virtqueue_req_add_iovs(vq, &iov, 1, VIRTIO_DESC_WR),
		       "%s", virtio_last_error());
	virtqueue_req_abort(vq);
	virtqueue_req_flush(vq);
	selftest_check(t, virtqueue_free_descs(vq) == before, "descriptors are missing");
	selftest_check(t, !virtio_recv_pkts(vq, &cookie, NULL, 1) &&
		       !virtqueue_recv_failed(vq, &cookie, 1), "the aborted request came back");
	selftest_check(t, !selftest_request(t, requests), "the next request failed");
	(void)virtio_dev_stop(&t->blk.vdev);
	blk_requests_free(requests);
}

/* Memory the library does not know is not sent, and the cookie is not lost. */
static void check_strange_memory(struct selftest *t)
{
	struct virtqueue *vq = t->blk.vdev.vqs[0];
	struct iovec iov = { t, sizeof(*t) };
	void *cookie = NULL;
	int err = virtqueue_req_start(vq, t, 1);

	selftest_check(t, !err, "%s", virtio_last_error());
	err = virtqueue_req_add_iovs(vq, &iov, 1, VIRTIO_DESC_WR);
	selftest_check(t, err == -EFAULT, "unregistered memory gives error %d", err);
	virtqueue_req_flush(vq);
	selftest_check(t, virtqueue_recv_failed(vq, &cookie, 1) == 1 && cookie == t,
		       "the request that was not sent did not fail");
}

static void check_read_only(struct selftest *t)
{
	struct blk_request *requests = blk_requests_new(&t->blk, 1, SECTOR_SIZE);

	selftest_check(t, t->blk.read_only, "the device does not say that it is read-only");
	if (!selftest_check(t, requests, "no memory"))
		return;
	requests[0].operation = BLK_WRITE;
	requests[0].bytes = SECTOR_SIZE;
	selftest_check(t, selftest_request(t, requests) == 1, "it was written all the same");
	(void)virtio_dev_stop(&t->blk.vdev);
	blk_requests_free(requests);
}

/* Sends three requests to a device that does not complete them as it should:
 * `wanted` is how the queue ends. Then each cookie comes back once. */
static void check_fault(struct selftest *t, int wanted)
{
	struct virtqueue *vq = t->blk.vdev.vqs[0];
	struct blk_request *requests = blk_requests_new(&t->blk, 3, SECTOR_SIZE);
	void *cookies[8];
	uint64_t end = now_ns() + 100000000;
	unsigned back = 0;

	for (unsigned i = 0; requests && i < 3; i++) {
		if (blk_submit(&t->blk, vq, &requests[i]))
			break;
		virtqueue_req_flush(vq);
	}
	while (virtqueue_get_error(vq) == 0 && now_ns() < end)
		back += virtio_recv_pkts(vq, cookies, NULL, 8);
	selftest_check(t, virtqueue_get_error(vq) == wanted, "the queue's error is %d, not %d",
		       virtqueue_get_error(vq), wanted);
	(void)virtio_dev_stop(&t->blk.vdev);
	back += virtio_recv_pkts(vq, cookies, NULL, 8);
	back += virtqueue_recv_failed(vq, cookies, 8);
	selftest_check(t, back == 3, "%u of 3 requests came back", back);
	blk_requests_free(requests);
}

static void check_bad_id(struct selftest *t)
{
	check_fault(t, -EIO);
}

static void check_silence(struct selftest *t)
{
	check_fault(t, 0);
}

static void check_death(struct selftest *t)
{
	check_fault(t, -ECONNRESET);
}

const struct selftest_case selftest_cases[] = {
	{ "open and negotiate", "loopback:blk,size=1M", 0, check_negotiation },
	{ "write, read back, compare", "loopback:blk,size=8M", 1, selftest_round_trip },
	{ "four queues", "loopback:blk,size=8M,num-queues=4", 4, selftest_round_trip },
	{ "the device in a thread", "loopback:blk,size=8M,num-queues=2,thread=on", 2,
	  selftest_round_trip },
	{ "without indirect descriptors",
	  "loopback:blk,size=2M,no-features=VIRTIO_RING_F_INDIRECT_DESC", 1, selftest_round_trip },
	{ "without event index",
	  "loopback:blk,size=2M,no-features=VIRTIO_RING_F_EVENT_IDX", 1, selftest_round_trip },
	{ "a size that is no multiple of anything", "loopback:blk,size=1026048", 1,
	  selftest_round_trip },
	{ "segments as short as the device wants", "loopback:blk,size=2M,size-max=8192,seg-max=8",
	  1, selftest_round_trip },
	{ "a file behind the device", NULL, 0, check_file },
	{ "a full ring",
	  "loopback:blk,size=1M,queue-size=16,no-features=VIRTIO_RING_F_INDIRECT_DESC", 1,
	  check_full_ring },
	{ "an aborted request", "loopback:blk,size=1M", 1, check_abort },
	{ "memory that is not registered", "loopback:blk,size=1M", 1, check_strange_memory },
	{ "a read-only device", "loopback:blk,size=1M,readonly", 1, check_read_only },
	{ "a device that returns a wrong id", "loopback:blk,size=1M,fault=id-range:1", 1,
	  check_bad_id },
	{ "a device that never answers", "loopback:blk,size=1M,fault=silent:1", 1,
	  check_silence },
	{ "a device that dies", "loopback:blk,size=1M,fault=die:1", 1, check_death },
	{ NULL, NULL, 0, NULL },
};
