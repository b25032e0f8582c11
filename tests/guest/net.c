/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sends frames from one network device to another one that is joined to it, and
 * back: net ADDRESS ADDRESS. VIRTIO 1.3, 5.1.6.
 */
#include "config.h"

#include <string.h>

#include <linux/virtio_net.h>

#include "device.h"

#define RECEIVE	0
#define SEND	1
#define FRAMES	8u

struct packet {
	struct virtio_net_hdr_v1 header;
	unsigned char frame[1514];
	unsigned char pad[2048 - 1514 - sizeof(struct virtio_net_hdr_v1)];
};

/* A broadcast of an experimental protocol, its number in all its bytes. */
static size_t make_frame(struct packet *p, unsigned i)
{
	const size_t len = 60 + i * 200;

	memset(p, 0, sizeof(*p));
	memset(p->frame, 0xff, 6);
	memcpy(p->frame + 6, "\x02\0\0\0\0\1\x88\xb5", 8);
	for (size_t at = 14; at < len; at++)
		p->frame[at] = (unsigned char)(at * 7 + i);
	return len;
}

static void post(struct virtqueue *vq, struct packet *p)
{
	struct iovec iov = { p, sizeof(p->header) + sizeof(p->frame) };

	memset(p, 0xee, sizeof(*p));
	must(virtqueue_req_submit(vq, p, &iov, 0, 1), "post");
}

static void transmit(struct virtqueue *vq, struct packet *p, unsigned i)
{
	struct iovec iov = { p, sizeof(p->header) + make_frame(p, i) };

	must(virtqueue_req_submit(vq, p, &iov, 1, 0), "send");
}

static void send_and_receive(struct virtio_dev *from, struct packet *out, struct virtio_dev *to,
			     struct packet *in)
{
	void *cookies[FRAMES];
	uint32_t lens[FRAMES];

	for (unsigned i = 0; i < FRAMES; i++)
		post(to->vqs[RECEIVE], &in[i]);
	virtqueue_req_flush(to->vqs[RECEIVE]);
	for (unsigned i = 0; i < FRAMES; i++)
		transmit(from->vqs[SEND], &out[i], i);
	virtqueue_req_flush(from->vqs[SEND]);
	collect(from->vqs[SEND], cookies, NULL, FRAMES);
	collect(to->vqs[RECEIVE], cookies, lens, FRAMES);
	for (unsigned i = 0; i < FRAMES; i++) {
		struct packet *p = cookies[i];
		const size_t len = make_frame(&out[i], i);

		if (p != &in[i] || lens[i] != sizeof(p->header) + len ||
		    memcmp(p->frame, out[i].frame, len))
			die("frame %u did not arrive as it was sent", i);
	}
}

int main(int argc, char **argv)
{
	struct virtio_dev devs[2];
	struct packet *packets[2];

	if (argc != 3)
		die("usage: net ADDRESS ADDRESS");
	for (unsigned i = 0; i < 2; i++) {
		device_up(&devs[i], argv[1 + i], 1u << VIRTIO_NET_F_MAC, 2, 0);
		packets[i] = device_memory(&devs[i], FRAMES * sizeof(struct packet));
	}
	send_and_receive(&devs[0], packets[0], &devs[1], packets[1]);
	send_and_receive(&devs[1], packets[1], &devs[0], packets[0]);
	virtio_dev_destruct(&devs[0]);
	virtio_dev_destruct(&devs[1]);
	return 0;
}
