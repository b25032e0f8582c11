/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Asks the disk 0 of a SCSI host who it is, and reads from it: scsi ADDRESS.
 * INQUIRY, then READ(10) of what the host's pattern put there. VIRTIO 1.3, 5.6.6.
 */
#include "config.h"

#include <endian.h>
#include <string.h>

#include <linux/virtio_scsi.h>

#include "device.h"
#include "pattern.h"

#define FIXED		2u	/* the control and the event queue */
#define SECTORS		16u
#define CHECK_CONDITION	2
#define UNIT_ATTENTION	6

struct command {
	struct virtio_scsi_cmd_req request;
	struct virtio_scsi_cmd_resp response;
	unsigned char data[SECTORS * SECTOR_BYTES];
};

/* The response's status, after the transport has said that all is well. */
static int execute(struct virtqueue *vq, struct command *c, const uint8_t *cdb, size_t cdb_len,
		   size_t len)
{
	struct iovec iov[] = {
		{ &c->request, sizeof(c->request) },
		{ &c->response, sizeof(c->response) },
		{ c->data, len },
	};
	void *cookie;

	memset(&c->request, 0, sizeof(c->request));
	memset(&c->response, 0xff, sizeof(c->response));
	c->request.lun[0] = 1;
	c->request.lun[2] = 0x40;
	memcpy(c->request.cdb, cdb, cdb_len);
	must(virtqueue_req_submit(vq, c, iov, 1, 2), "submit");
	virtqueue_req_flush(vq);
	collect(vq, &cookie, NULL, 1);
	check(cookie == c, "the cookie is the one that was given");
	if (c->response.response != VIRTIO_SCSI_S_OK)
		die("the response is %u", c->response.response);
	return c->response.status;
}

/* A disk tells first that it was switched on. */
static void must_execute(struct virtqueue *vq, struct command *c, const uint8_t *cdb,
			 size_t cdb_len, size_t len)
{
	for (int tries = 0; tries < 3; tries++) {
		int status = execute(vq, c, cdb, cdb_len, len);

		if (status == 0)
			return;
		if (status != CHECK_CONDITION || (c->response.sense[2] & 0xf) != UNIT_ATTENTION)
			die("command %#x: status %#x, sense key %#x", cdb[0], (unsigned)status,
			    c->response.sense[2] & 0xfu);
	}
	die("command %#x: nothing but unit attention", cdb[0]);
}

int main(int argc, char **argv)
{
	static const uint8_t inquiry[] = { 0x12, 0, 0, 0, 36, 0 };
	static const uint8_t read10[] = { 0x28, 0, 0, 0, 0, 64, 0, 0, SECTORS, 0 };
	struct virtio_dev dev;
	struct command *c;

	if (argc != 2)
		die("usage: scsi ADDRESS");
	device_up(&dev, argv[1], 0, FIXED + 1, FIXED);
	c = device_memory(&dev, sizeof(*c));
	must_execute(dev.vqs[FIXED], c, inquiry, sizeof(inquiry), 36);
	check(!memcmp(c->data + 8, "QEMU    ", 8), "INQUIRY tells the vendor");
	must_execute(dev.vqs[FIXED], c, read10, sizeof(read10), sizeof(c->data));
	check(pattern_differs(c->data, 64, SECTORS, 1) < 0, "READ(10) gives what is on the disk");
	virtio_dev_destruct(&dev);
	return 0;
}
