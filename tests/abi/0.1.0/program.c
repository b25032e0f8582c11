/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program as one may have been written for release 0.1.0, which opens the
 * device of plugin.c and goes through what there was: memory, negotiation,
 * requests, sleep, events, reports. It prints nothing and ends with 0.
 *
 * Frozen with the headers beside it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/virtio.h>

#define CHECK(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: %s does not hold (%s)\n", __FILE__, __LINE__, \
				#cond, virtio_last_error()); \
			exit(1); \
		} \
	} while (0)

#define LEN 4096

struct text {
	char bytes[1024];
	size_t len;
};

static int append(void *ctx, const char *data, size_t len)
{
	struct text *text = ctx;

	CHECK(len < sizeof(text->bytes) - text->len);
	memcpy(text->bytes + text->len, data, len);
	text->len += len;
	return 0;
}

static void check_reports(struct virtio_dev *vdev)
{
	struct text text = { .len = 0 };
	struct virtio_json_text json = { .write = append, .ctx = &text };
	struct virtio_json_writer *w = virtio_json_writer_new(virtio_json_text_sink(), &json);

	CHECK(w != NULL);
	virtio_json_object_begin(w);
	virtio_dev_dump_json_info(vdev, w);
	virtio_dev_write_json_config(vdev, w);
	CHECK(virtio_dev_describe("oldest:fill,value=9", w) == 0);
	virtio_json_object_end(w);
	CHECK(virtio_json_writer_end(w) == 0);
	CHECK(strstr(text.bytes, "\"type\":\"oldest\""));
	CHECK(strstr(text.bytes, "\"trtype\":\"oldest\""));
	CHECK(strstr(text.bytes, "\"fills\":9"));
}

static int find_backend(const struct virtio_backend_info *info, void *ctx)
{
	CHECK(info->size >= sizeof(*info));
	if (strcmp(info->name, "oldest") == 0 && !info->error && info->abi == 0)
		++*(int *)ctx;
	return 0;
}

static int find_device(const struct virtio_device_info *info, void *ctx)
{
	CHECK(info->size >= sizeof(*info));
	if (strcmp(info->address, "oldest:fill") == 0 && info->device_id == VIRTIO_ID_RNG)
		++*(int *)ctx;
	return 0;
}

static void check_lists(void)
{
	int backends = 0, devices = 0;

	CHECK(virtio_backend_foreach(find_backend, &backends) == 0 && backends == 1);
	CHECK(virtio_dev_enumerate(find_device, &devices) == 0 && devices == 1);
}

static void check_config(struct virtio_dev *vdev)
{
	static const char put[4] = "abc";
	uint32_t events = 0;
	char got[4];

	CHECK(virtio_dev_write_dev_config(vdev, 2, put, sizeof(put)) == 0);
	CHECK(virtio_dev_read_dev_config(vdev, 2, got, sizeof(got)) == 0);
	CHECK(memcmp(put, got, sizeof(put)) == 0);
	CHECK(virtio_dev_read_dev_config(vdev, 6, got, sizeof(got)) == -EINVAL);
	CHECK(virtio_dev_get_event_fd(vdev) >= 0);
	CHECK(virtio_dev_poll_events(vdev, &events) == 0 && events == VIRTIO_EVENT_CONFIG);
}

static void check_request(struct virtqueue *vq, char *mem, int value)
{
	struct iovec iovs[] = { { mem, 16 }, { mem + 16, LEN - 16 } };
	struct virtqueue_stats stats;
	void *cookie = NULL;
	uint32_t len = 0;

	memset(mem, 0xff, LEN);
	CHECK(virtqueue_req_start(vq, iovs, 2) == 0);
	CHECK(virtqueue_req_add_iovs(vq, &iovs[0], 1, VIRTIO_DESC_RO) == 0);
	CHECK(virtqueue_req_add_iovs(vq, &iovs[1], 1, VIRTIO_DESC_WR) == 0);
	virtqueue_req_flush(vq);
	CHECK(virtqueue_wait(vq, 5000) == 1);
	CHECK(virtio_recv_pkts(vq, &cookie, &len, 1) == 1);
	CHECK(cookie == iovs && len == LEN - 16);
	CHECK((unsigned char)mem[15] == 0xff && mem[16] == value && mem[LEN - 1] == value);
	CHECK(virtqueue_in_flight(vq) == 0 && virtqueue_free_descs(vq) == virtqueue_size(vq));
	CHECK(vq->vq_nentries == 16 && vq->vq_ring_virt_mem && vq->vdev == virtqueue_dev(vq));
	virtqueue_get_stats(vq, &stats);
	CHECK(stats.kicks == 1 && stats.len_clamped == 0);
}

static void check_device(struct virtio_dev *vdev, char *mem)
{
	struct virtio_mem_limits limits;

	CHECK(strcmp(vdev->name, "old") == 0);
	CHECK(virtio_dev_reset(vdev, 1) == 0 && vdev->negotiated_features & 1);
	CHECK(virtio_dev_has_feature(vdev, VIRTIO_F_VERSION_1));
	CHECK(virtio_dev_start(vdev, 4, 0) == 0 && vdev->max_queues == 2);
	CHECK(virtio_dev_get_mem_limits(vdev, &limits) == 0 && limits.max_regions == 100);
	CHECK(limits.used_regions > 0 && limits.can_add);
	CHECK(virtio_dev_find_and_acquire_queue(vdev, 1) == 1);
	CHECK(virtio_dev_queue_get_thread(vdev, 1) == virtio_thread_current());
	check_request(vdev->vqs[1], mem, 7);
	CHECK(virtio_dev_release_queue(vdev, 1) == 0);
	check_config(vdev);
	check_reports(vdev);
	CHECK(virtio_dev_stop(vdev) == 0);
	CHECK(virtqueue_get_error(vdev->vqs[1]) == -ESHUTDOWN);
}

int main(void)
{
	struct virtio_mem_opts opts = { .size = sizeof(opts), .align = 4096 };
	struct virtio_dev vdev = { .name = NULL };
	struct virtio_mem_pool *pool;
	void *mem;

	CHECK(virtio_mem_alloc(LEN, &opts, &mem) == 0);
	pool = virtio_mem_pool_new(100, 3);
	CHECK(pool != NULL);
	check_lists();
	CHECK(virtio_dev_open(&vdev, "old", "oldest:fill,value=300") == -EINVAL);
	CHECK(virtio_dev_open(&vdev, "old", "oldest:fill,value=7,size=4K,flag,text=a,,b,"
			      "only=0x1,timeout=2000") == 0);
	check_device(&vdev, mem);
	virtio_dev_destruct(&vdev);
	CHECK(vdev.priv == NULL);
	CHECK(virtio_mem_pool_free(pool) == 0);
	CHECK(virtio_mem_free(mem) == 0);
	return 0;
}
