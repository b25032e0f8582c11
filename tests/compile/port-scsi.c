/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A SCSI driver as it looks after a port by renaming: two fixed queues, control
 * and event, before the request queues; buffers for events that are posted at
 * once and stay with the device; management commands from another thread.
 *
 * main() is the test, on the device of port-device.c.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <linux/virtio_scsi.h>

#include <virtio-poll/virtio.h>
#include <virtio-poll/backend.h>

#include "port-device.h"

#define SCSI_FEATURES	(1ull << VIRTIO_SCSI_F_INOUT | 1ull << VIRTIO_SCSI_F_HOTPLUG)
#define CONTROLQ	0
#define EVENTQ		1
#define REQUESTQ	2
#define FIXED_QUEUES	2
#define EVENT_BUFFERS	8
#define INQUIRY_LEN	36
#define MAX_IOS		32

/* ---- The driver ---- */

struct scsi_eventq_io {
	struct iovec iov;
	struct virtio_scsi_event ev;
};

struct scsi_dev {
	struct virtio_dev vdev;
	struct scsi_eventq_io *eventq_ios;
	bool removed;
};

struct scsi_io {
	struct iovec iov_req;
	struct iovec iov_resp;
	union {
		struct virtio_scsi_cmd_req req;
		struct virtio_scsi_ctrl_tmf_req tmf_req;
	};
	union {
		struct virtio_scsi_cmd_resp resp;
		struct virtio_scsi_ctrl_tmf_resp tmf_resp;
	};
	bool done;
	uint32_t len;
};

static int eventq_send(struct virtqueue *vq, struct scsi_eventq_io *io)
{
	int rc = virtqueue_req_start(vq, io, 1);

	if (rc != 0) {
		return rc;
	}
	virtqueue_req_add_iovs(vq, &io->iov, 1, VIRTIO_DESC_WR);
	virtqueue_req_flush(vq);
	return 0;
}

/* Takes the fixed queues, and gives the device its event buffers. */
static int claim_fixed_queues(struct scsi_dev *dev)
{
	struct virtio_dev *vdev = &dev->vdev;
	struct virtqueue *eventq;
	int rc, i, num_events;

	rc = virtio_dev_acquire_queue(vdev, CONTROLQ);
	if (rc != 0) {
		return rc;
	}
	rc = virtio_dev_acquire_queue(vdev, EVENTQ);
	if (rc != 0) {
		virtio_dev_release_queue(vdev, CONTROLQ);
		return rc;
	}
	eventq = vdev->vqs[EVENTQ];
	num_events = eventq->vq_nentries < EVENT_BUFFERS ? eventq->vq_nentries : EVENT_BUFFERS;
	for (i = 0; i < num_events; i++) {
		struct scsi_eventq_io *io = &dev->eventq_ios[i];

		io->iov.iov_base = &io->ev;
		io->iov.iov_len = sizeof(io->ev);
		rc = eventq_send(eventq, io);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int init_dev(struct scsi_dev *dev, unsigned max_queues)
{
	struct virtio_dev *vdev = &dev->vdev;
	uint32_t num_queues;
	int rc;

	rc = virtio_dev_reset(vdev, SCSI_FEATURES);
	if (rc != 0) {
		return rc;
	}
	rc = virtio_dev_read_dev_config(vdev, offsetof(struct virtio_scsi_config, num_queues),
					&num_queues, sizeof(num_queues));
	if (rc != 0) {
		return rc;
	}
	num_queues = le32toh(num_queues);
	if (max_queues > num_queues) {
		max_queues = num_queues;
	}
	rc = virtio_dev_start(vdev, max_queues + FIXED_QUEUES, FIXED_QUEUES);
	if (rc != 0) {
		return rc;
	}
	return claim_fixed_queues(dev);
}

static void send_request(struct virtqueue *vq, struct scsi_io *io, struct iovec *in, int incnt)
{
	if (virtqueue_req_start(vq, io, incnt + 2) != 0) {
		return;
	}
	virtqueue_req_add_iovs(vq, &io->iov_req, 1, VIRTIO_DESC_RO);
	virtqueue_req_add_iovs(vq, &io->iov_resp, 1, VIRTIO_DESC_WR);
	if (incnt > 0) {
		virtqueue_req_add_iovs(vq, in, incnt, VIRTIO_DESC_WR);
	}
	virtqueue_req_flush(vq);
}

static void send_inquiry(struct virtqueue *vq, struct scsi_io *io, void *data, size_t len)
{
	struct iovec iov = { data, len };

	io->req.lun[0] = 1;
	io->req.cdb[0] = 0x12;
	io->req.cdb[4] = (uint8_t)len;
	io->iov_req.iov_base = &io->req;
	io->iov_req.iov_len = sizeof(io->req);
	io->iov_resp.iov_base = &io->resp;
	io->iov_resp.iov_len = sizeof(io->resp);
	send_request(vq, io, &iov, 1);
}

static void send_tmf(struct virtqueue *vq, struct scsi_io *io)
{
	io->tmf_req.type = htole32(VIRTIO_SCSI_T_TMF);
	io->tmf_req.subtype = htole32(VIRTIO_SCSI_T_TMF_LOGICAL_UNIT_RESET);
	io->iov_req.iov_base = &io->tmf_req;
	io->iov_req.iov_len = sizeof(io->tmf_req);
	io->iov_resp.iov_base = &io->tmf_resp;
	io->iov_resp.iov_len = sizeof(io->tmf_resp);
	send_request(vq, io, NULL, 0);
}

static void poll_queue(struct virtqueue *vq)
{
	struct scsi_io *io[MAX_IOS];
	uint32_t io_len[MAX_IOS];
	uint16_t i, cnt;

	cnt = virtio_recv_pkts(vq, (void **)io, io_len, MAX_IOS);
	for (i = 0; i < cnt; i++) {
		io[i]->done = true;
		io[i]->len = io_len[i];
	}
}

static void remove_dev(struct scsi_dev *dev)
{
	virtio_dev_stop(&dev->vdev);
	virtio_dev_release_queue(&dev->vdev, EVENTQ);
	virtio_dev_release_queue(&dev->vdev, CONTROLQ);
	virtio_dev_destruct(&dev->vdev);
	dev->removed = true;
}

/* ---- The test ---- */

struct seen {
	unsigned events;	/* buffers the device was given */
	unsigned commands;
	unsigned resets;
};

static int serve(struct port_device *dev, const struct port_request *req)
{
	struct seen *seen = dev->serve_ctx;

	switch (req->queue) {
	case EVENTQ:
		seen->events++;
		return -1;
	case CONTROLQ:
		seen->resets++;
		memset(req->segs[1].iov_base, VIRTIO_SCSI_S_FUNCTION_SUCCEEDED, 1);
		return sizeof(struct virtio_scsi_ctrl_tmf_resp);
	default:
		seen->commands++;
		memset(req->segs[1].iov_base, 0, req->segs[1].iov_len);
		memset(req->segs[2].iov_base, 'q', req->segs[2].iov_len);
		return sizeof(struct virtio_scsi_cmd_resp) + (int)req->segs[2].iov_len;
	}
}

/* Another thread: the fixed queues are taken, a request queue is there. */
static void *request_thread(void *arg)
{
	struct scsi_dev *dev = arg;
	struct scsi_io *io = port_alloc(sizeof(*io));
	char *data = port_alloc(INQUIRY_LEN);
	int32_t queue_idx;

	PORT_CHECK(virtio_dev_acquire_queue(&dev->vdev, CONTROLQ) == -1);
	PORT_CHECK(virtio_dev_acquire_queue(&dev->vdev, REQUESTQ + 1) == -1);
	queue_idx = virtio_dev_find_and_acquire_queue(&dev->vdev, REQUESTQ);
	PORT_CHECK(queue_idx == REQUESTQ);
	send_inquiry(dev->vdev.vqs[queue_idx], io, data, INQUIRY_LEN);
	for (int i = 0; i < 1000 && !io->done; i++)
		poll_queue(dev->vdev.vqs[queue_idx]);
	PORT_CHECK(io->done && io->resp.response == VIRTIO_SCSI_S_OK);
	PORT_CHECK(io->len == sizeof(io->resp) + INQUIRY_LEN && data[INQUIRY_LEN - 1] == 'q');
	virtio_dev_release_queue(&dev->vdev, queue_idx);
	return NULL;
}

static void check_control(struct scsi_dev *dev)
{
	struct scsi_io *io = port_alloc(sizeof(*io));

	send_tmf(dev->vdev.vqs[CONTROLQ], io);
	for (int i = 0; i < 1000 && !io->done; i++)
		poll_queue(dev->vdev.vqs[CONTROLQ]);
	PORT_CHECK(io->done && io->tmf_resp.response == VIRTIO_SCSI_S_FUNCTION_SUCCEEDED);
}

int main(void)
{
	static struct virtio_scsi_config config;
	struct seen seen = { .events = 0 };
	struct port_device device = {
		.queues = FIXED_QUEUES + 1,
		.features = 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_SCSI_F_HOTPLUG,
		.config = &config,
		.config_len = sizeof(config),
		.serve = serve,
		.serve_ctx = &seen,
	};
	struct scsi_dev dev = { .removed = false };
	pthread_t thread;

	config.num_queues = htole32(1);
	dev.eventq_ios = port_alloc(EVENT_BUFFERS * sizeof(*dev.eventq_ios));
	PORT_CHECK(virtio_dev_construct(&dev.vdev, "scsi0", &port_device_ops, &device) == 0);
	PORT_CHECK(init_dev(&dev, 4) == 0);
	PORT_CHECK(dev.vdev.max_queues == 3 && dev.vdev.fixed_queues_num == FIXED_QUEUES);
	PORT_CHECK(virtio_dev_has_feature(&dev.vdev, VIRTIO_SCSI_F_HOTPLUG));
	PORT_CHECK(seen.events == EVENT_BUFFERS);
	PORT_CHECK(pthread_create(&thread, NULL, request_thread, &dev) == 0);
	PORT_CHECK(pthread_join(thread, NULL) == 0);
	check_control(&dev);
	PORT_CHECK(seen.commands == 1 && seen.resets == 1);
	remove_dev(&dev);
	PORT_CHECK(dev.removed && device.destructed == 1 && device.status == 0);
	return 0;
}
