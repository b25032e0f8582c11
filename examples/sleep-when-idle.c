/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads one sector of a virtio block device every 10 milliseconds, and sleeps
 * in poll(2) in between, beside whatever else a program waits for:
 *
 *     sleep-when-idle vhost-user:/run/disk.sock 100
 *
 * The pattern: collect all there is, arm, sleep only if arming says so.
 */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <linux/virtio_blk.h>

#include <virtio-poll/virtio.h>

#define SECTOR		512
#define REQUESTS	8		/* in flight at most */
#define INTERVAL_NS	10000000
#define PATIENCE_MS	1000		/* for a device that forgets to signal */

struct request {
	struct virtio_blk_outhdr header;
	uint8_t status;
	char data[SECTOR];
};

struct reader {
	struct virtio_dev dev;
	struct virtqueue *vq;
	struct virtio_mem_pool *pool;	/* of struct request */
	int timer;
	unsigned long wanted, sent, done, failed, slept;
};

static int complain(const char *why)
{
	fprintf(stderr, "sleep-when-idle: %s\n", why);
	return -1;
}

static int send_one(struct reader *rd)
{
	struct request *r = virtio_mem_pool_get(rd->pool);
	struct iovec segments[] = {
		{ &r->header, sizeof(r->header) }, { r->data, SECTOR }, { &r->status, 1 },
	};

	if (!r)
		return 0;	/* all are in flight: the next tick tries again */
	memset(&r->header, 0, sizeof(r->header));
	r->header.type = htole32(VIRTIO_BLK_T_IN);
	r->header.sector = htole64(rd->sent);
	r->status = 0xff;
	if (virtqueue_req_submit(rd->vq, r, segments, 1, 2) < 0)
		return complain(virtio_last_error());
	virtqueue_req_flush(rd->vq);
	rd->sent++;
	return 0;
}

static void collect(struct reader *rd)
{
	void *done[REQUESTS];
	uint16_t n;

	while ((n = virtio_recv_pkts(rd->vq, done, NULL, REQUESTS)) > 0)
		for (uint16_t i = 0; i < n; i++) {
			struct request *r = done[i];

			rd->failed += r->status != VIRTIO_BLK_S_OK;
			rd->done++;
			virtio_mem_pool_put(rd->pool, r);
		}
}

static int on_timer(struct reader *rd)
{
	uint64_t ticks;

	if (read(rd->timer, &ticks, sizeof(ticks)) != sizeof(ticks) || rd->sent == rd->wanted)
		return 0;
	return send_one(rd);
}

/* What concerns the device as a whole; a lost peer ends the queue as well. */
static int on_event(struct reader *rd)
{
	uint32_t events;

	if (virtio_dev_poll_events(&rd->dev, &events) < 0)
		return complain(virtio_last_error());
	if (events & VIRTIO_EVENT_CONFIG)
		printf("the device has changed its configuration\n");
	if (events & VIRTIO_EVENT_NEEDS_RESET)
		return complain("the device asks for a reset");
	return 0;
}

static int run(struct reader *rd)
{
	struct pollfd fds[] = {
		{ .fd = virtqueue_get_fd(rd->vq), .events = POLLIN },
		{ .fd = virtio_dev_get_event_fd(&rd->dev), .events = POLLIN },
		{ .fd = rd->timer, .events = POLLIN },
	};

	if (fds[0].fd < 0 || fds[1].fd < 0)
		return complain(virtio_last_error());
	while (rd->done < rd->wanted) {
		int armed;

		collect(rd);
		armed = virtqueue_arm(rd->vq);
		if (armed < 0 || virtqueue_get_error(rd->vq))
			return complain(armed < 0 ? virtio_last_error() : "the queue has failed");
		/* 1: a completion came in between; then nothing is armed. */
		rd->slept += armed == 0;
		if (poll(fds, 3, armed ? 0 : PATIENCE_MS) < 0 && errno != EINTR)
			return complain(strerror(errno));
		if ((fds[1].revents && on_event(rd)) || (fds[2].revents && on_timer(rd)))
			return -1;
	}
	virtqueue_disarm(rd->vq);
	return 0;
}

static int start(struct reader *rd, const char *address)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	const struct itimerspec ticks = { .it_interval = interval, .it_value = interval };

	rd->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (rd->timer < 0 || timerfd_settime(rd->timer, 0, &ticks, NULL) < 0)
		return complain("there is no timer");
	rd->pool = virtio_mem_pool_new(sizeof(struct request), REQUESTS);
	if (!rd->pool || virtio_dev_open(&rd->dev, "sleeper", address) < 0 ||
	    virtio_dev_reset(&rd->dev, 0) < 0 || virtio_dev_start(&rd->dev, 1, 0) < 0)
		return complain(virtio_last_error());
	rd->vq = rd->dev.vqs[0];
	return 0;
}

int main(int argc, char **argv)
{
	struct reader rd = { .timer = -1 };
	int error;

	rd.wanted = argc == 3 ? strtoul(argv[2], NULL, 0) : 0;
	if (!rd.wanted)
		return complain("usage: sleep-when-idle ADDRESS COUNT"), 2;
	error = start(&rd, argv[1]) || run(&rd);
	virtio_dev_destruct(&rd.dev);	/* nothing, if it was never opened */
	virtio_mem_pool_free(rd.pool);
	if (rd.timer >= 0)
		close(rd.timer);
	printf("%lu of %lu sectors read, %lu failed; went to sleep %lu times\n", rd.done,
	       rd.wanted, rd.failed, rd.slept);
	return error || rd.failed ? 1 : 0;
}
