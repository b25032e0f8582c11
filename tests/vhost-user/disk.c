/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A disk served by qemu-storage-daemon, and block requests on it.
 */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "disk.h"
#include "rig.h"
#include "server.h"

char *disk_program;
uint8_t disk[DISK_LEN];

struct session *disk_serve(bool image, unsigned queues, unsigned latency_ms)
{
	struct session *s = g_new0(struct session, 1);
	char *blockdev, *export;

	s->server = server_new();
	if (image) {
		char *path = g_build_filename(s->server->folder, "disk", NULL);

		fill_noise(disk, sizeof(disk), queues);
		ck_assert(g_file_set_contents(path, (const char *)disk, sizeof(disk), NULL));
		blockdev = g_strdup_printf("driver=file,node-name=disk,filename=%s", path);
		g_free(path);
	} else {
		blockdev = g_strdup_printf("driver=null-co,node-name=disk,size=1048576,"
					   "read-zeroes=on,latency-ns=%u000000", latency_ms);
	}
	export = g_strdup_printf("type=vhost-user-blk,id=e,node-name=disk,addr.type=unix,"
				 "addr.path=%s,writable=on,num-queues=%u", s->server->socket,
				 queues);
	ck_assert_msg(server_start(s->server, (const char *const[]){
		disk_program, "--blockdev", blockdev, "--export", export, NULL,
	}), "the server did not start: %s", server_reason);
	g_free(blockdev);
	g_free(export);
	return s;
}

void disk_open(struct session *s, const char *options)
{
	char *address = server_address(s->server, options);
	void *memory;

	assert_ok(virtio_dev_open(&s->vdev, "disk", address));
	g_free(address);
	if (s->requests)
		return;
	assert_ok(virtio_mem_alloc(DEPTH * sizeof(struct request), NULL, &memory));
	s->requests = memory;
}

void disk_start(struct session *s, uint16_t queues)
{
	assert_ok(virtio_dev_reset(&s->vdev, ALL_FEATURES));
	assert_ok(virtio_dev_start(&s->vdev, queues, 0));
	ck_assert_uint_eq(s->vdev.max_queues, queues);
}

void disk_end(struct session *s)
{
	virtio_dev_destruct(&s->vdev);
	virtio_mem_free(s->requests);
	server_stop(s->server);
	g_free(s);
}

int disk_submit(struct session *s, struct request *req, unsigned queue, uint32_t type,
		  unsigned block)
{
	const struct iovec iov[3] = {
		{ &req->header, sizeof(req->header) }, { req->data, BLOCK }, { &req->status, 1 },
	};
	const bool out = type == VIRTIO_BLK_T_OUT;
	int err;

	req->header = (struct virtio_blk_outhdr){
		.type = htole32(type), .sector = htole64(block * (BLOCK / 512ull)),
	};
	req->status = 0xff;
	err = virtqueue_req_submit(s->vdev.vqs[queue], req, iov, out ? 2 : 1, out ? 1 : 2);
	if (!err)
		virtqueue_req_flush(s->vdev.vqs[queue]);
	return err;
}

/* The next request that completes on the queue, which must have succeeded. */
struct request *disk_complete(struct session *s, unsigned queue)
{
	const uint64_t deadline = now_ms() + 20000;
	void *cookie;

	while (!virtio_recv_pkts(s->vdev.vqs[queue], &cookie, NULL, 1))
		ck_assert_msg(now_ms() < deadline, "no completion, error %d",
			      virtqueue_get_error(s->vdev.vqs[queue]));
	ck_assert_uint_eq(((struct request *)cookie)->status, VIRTIO_BLK_S_OK);
	return cookie;
}

static unsigned block_of(const struct request *req)
{
	return (unsigned)(le64toh(req->header.sector) / (BLOCK / 512));
}

void disk_check(const struct request *req)
{
	ck_assert_mem_eq(req->data, disk + block_of(req) * BLOCK, BLOCK);
}

/* Reads the whole disk with all queues; as deep as the queues allow. */
void disk_read_all(struct session *s)
{
	const unsigned queues = s->vdev.max_queues;
	unsigned next[4] = { 0 };

	for (unsigned block = 0; block < BLOCKS; block++) {
		const unsigned q = block % queues;
		struct request *req = &s->requests[block % DEPTH];

		if (block >= DEPTH || next[q] >= virtqueue_size(s->vdev.vqs[q]) / 3) {
			if (next[q]) {
				req = disk_complete(s, q);
				disk_check(req);
				next[q]--;
			}
		}
		assert_ok(disk_submit(s, req, q, VIRTIO_BLK_T_IN, block));
		next[q]++;
	}
	for (unsigned q = 0; q < queues; q++)
		while (next[q]) {
			disk_check(disk_complete(s, q));
			next[q]--;
		}
}
