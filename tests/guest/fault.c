/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Has a block device read from an address that is not mapped for it: fault ADDRESS.
 *
 * The library names registered memory only, so the address is put into the ring by
 * hand, between submit and flush. The device cannot read the request and asks for a
 * reset; then it works again. The case looks for the report in the kernel's log.
 */
#include "config.h"

#include <endian.h>
#include <string.h>

#include <linux/virtio_ring.h>

#include "disk.h"

/* Behind all memory of the guest, below what any IOMMU lacks. */
#define NOWHERE 0x7f00000000u

/* The one descriptor of a request of one segment of so many bytes. */
static struct vring_desc *find_descriptor(struct virtqueue *vq, uint32_t len)
{
	struct vring_desc *desc = vq->vq_desc;

	for (unsigned i = 0; i < virtqueue_size(vq); i++)
		if (le32toh(desc[i].len) == len)
			return &desc[i];
	die("there is no descriptor of %u bytes in the ring", len);
}

int main(int argc, char **argv)
{
	struct virtio_dev dev;
	struct disk_request *requests;
	struct iovec iov;
	void *cookies[2];

	if (argc != 2)
		die("usage: fault ADDRESS");
	device_up(&dev, argv[1], DISK_FEATURES, 1, 0);
	requests = disk_requests(&dev, 4096);
	iov = (struct iovec){ requests, sizeof(requests->header) };
	must(virtqueue_req_submit(dev.vqs[0], requests, &iov, 1, 0), "submit");
	find_descriptor(dev.vqs[0], sizeof(requests->header))->addr = htole64(NOWHERE);
	virtqueue_req_flush(dev.vqs[0]);
	await_event(&dev, VIRTIO_EVENT_NEEDS_RESET, "needs reset");
	must(virtio_dev_stop(&dev), "stop");
	check(virtqueue_recv_failed(dev.vqs[0], cookies, 2) == 1, "the request has failed");
	must(virtio_dev_reset(&dev, DISK_FEATURES), "reset");
	must(virtio_dev_start(&dev, 1, 0), "start");
	disk_verify(dev.vqs[0], requests, UNTOUCHED, 64, 1, 4096);
	virtio_dev_destruct(&dev);
	return 0;
}
