/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads from an entropy device twice: rng ADDRESS. The bytes must differ from each
 * other and from what was there before. VIRTIO 1.3, 5.4.
 */
#include "config.h"

#include <string.h>

#include "device.h"

#define BYTES 64u

static void read_bytes(struct virtqueue *vq, char *data)
{
	struct iovec iov = { data, BYTES };
	uint32_t len;
	void *cookie;

	must(virtqueue_req_submit(vq, data, &iov, 0, 1), "submit");
	virtqueue_req_flush(vq);
	collect(vq, &cookie, &len, 1);
	check(cookie == data, "the cookie is the one that was given");
	check(len > 8 && len <= BYTES, "it gives some bytes, and no more than asked for");
}

int main(int argc, char **argv)
{
	static const char zeroes[BYTES];
	struct virtio_dev dev;
	char *data;

	if (argc != 2)
		die("usage: rng ADDRESS");
	device_up(&dev, argv[1], 0, 1, 0);
	data = device_memory(&dev, 2 * BYTES);
	read_bytes(dev.vqs[0], data);
	read_bytes(dev.vqs[0], data + BYTES);
	check(memcmp(data, zeroes, 8), "it gives other bytes than zeroes");
	check(memcmp(data, data + BYTES, 8), "it gives other bytes the second time");
	virtio_dev_destruct(&dev);
	return 0;
}
