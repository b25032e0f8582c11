/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loopback plugin: a virtio block device inside the process.
 *
 * This file is its outside: the record the loader asks for and the ops table,
 * each op a few lines that lead to device.c (control) or queue.c (data).
 * Reading order: this file, device.h, queue.c, device-split.c, blk.c.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include <virtio-poll/backend.h>

#include "device.h"

#define ADDRESS_TEXT_SIZE 8192		/* a path is up to 4096 bytes */

/* The caller may have taken vdev->ctx for itself. */
static struct loop_dev *device(struct virtio_dev *vdev)
{
	return virtio_dev_backend_ctx(vdev);
}

static int op_read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	if (len < 0)
		return virtio_set_error(EINVAL, "a length of %d bytes", len);
	return blk_config_read(&device(vdev)->blk, offset, dst, (uint32_t)len);
}

static int op_write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	if (len < 0)
		return virtio_set_error(EINVAL, "a length of %d bytes", len);
	return blk_config_write(&device(vdev)->blk, offset, src, (uint32_t)len);
}

static uint8_t op_get_status(struct virtio_dev *vdev)
{
	return atomic_load(&device(vdev)->status);
}

static void op_set_status(struct virtio_dev *vdev, uint8_t status)
{
	loop_dev_set_status(device(vdev), status);
}

static uint64_t op_get_features(struct virtio_dev *vdev)
{
	return device(vdev)->offered;
}

static int op_set_features(struct virtio_dev *vdev, uint64_t features)
{
	return loop_dev_set_features(device(vdev), features);
}

static void op_destruct_dev(struct virtio_dev *vdev)
{
	loop_dev_free(device(vdev));
}

static uint16_t op_get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	struct loop_dev *dev = device(vdev);

	return queue_id < dev->queues_made ? (uint16_t)dev->options.queue_size : 0;
}

static struct loop_queue *find_queue(struct virtio_dev *vdev, const struct virtqueue *vq)
{
	struct loop_dev *dev = device(vdev);

	return vq->vq_queue_index < dev->queues_made ? &dev->queues[vq->vq_queue_index] : NULL;
}

static int no_queue(const struct virtqueue *vq)
{
	return virtio_set_error(ENODEV, "there is no queue %u; num-queues= makes more",
				vq->vq_queue_index);
}

static int op_setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct loop_queue *q = find_queue(vdev, vq);
	struct ring_place place = {
		.desc = vq->vq_desc_mem,
		.avail = vq->vq_driver_mem,
		.used = vq->vq_device_mem,
		.size = vq->vq_nentries,
	};

	return q ? queue_setup(q, &place, device(vdev)->accepted) : no_queue(vq);
}

static void op_del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct loop_queue *q = find_queue(vdev, vq);

	/* After stop there is nothing to wait for. */
	if (q && queue_forget(q))
		virtio_log(VIRTIO_LOG_ERROR, "loopback: queue %u is deleted while it is served",
			   q->index);
}

static void op_notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct loop_queue *q = find_queue(vdev, vq);

	if (!q)
		return;
	if (q->dev->options.thread)
		worker_kick(&q->dev->worker, q);
	else
		queue_run(q);
}

static void op_dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	struct loop_dev *dev = device(vdev);

	virtio_json_name(w, "type");
	virtio_json_string(w, "loopback");
	virtio_json_name(w, "target");
	virtio_json_string(w, dev->options.null ? "null" : "blk");
	virtio_json_name(w, "file");
	virtio_json_string(w, dev->options.file);
	virtio_json_name(w, "thread");
	virtio_json_bool(w, dev->options.thread);
	virtio_json_name(w, "fault");
	virtio_json_string(w, dev->options.fault);
}

static void op_write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	char text[ADDRESS_TEXT_SIZE];

	loop_options_format(&device(vdev)->options, text, sizeof(text));
	virtio_json_name(w, "trtype");
	virtio_json_string(w, "loopback");
	virtio_json_name(w, "traddr");
	virtio_json_string(w, text);
}

static uint32_t op_get_config_generation(struct virtio_dev *vdev)
{
	return atomic_load(&device(vdev)->blk.generation);
}

static uint16_t op_get_max_queues(struct virtio_dev *vdev)
{
	return (uint16_t)device(vdev)->queues_made;
}

static int op_mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region)
{
	return loop_dev_mem_add(device(vdev), (uintptr_t)region->addr, region->len);
}

static int op_mem_remove(struct virtio_dev *vdev, const struct virtio_mem_region *region)
{
	return loop_dev_mem_remove(device(vdev), (uintptr_t)region->addr, region->len);
}

static int op_queue_fd(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct loop_queue *q;

	if (!vq)
		return device(vdev)->report.fd;
	q = find_queue(vdev, vq);
	return q ? queue_call_fd(q) : no_queue(vq);
}

static int op_poll(struct virtio_dev *vdev)
{
	loop_dev_poll(device(vdev), vdev);
	return 0;
}

static int op_stop(struct virtio_dev *vdev)
{
	return loop_dev_stop(device(vdev));
}

static uint16_t op_get_device_id(struct virtio_dev *vdev)
{
	(void)vdev;
	return VIRTIO_ID_BLOCK;
}

/* Memory has no limits here: get_mem_limits is the engine's default. */
static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = op_read_dev_cfg,
	.write_dev_cfg = op_write_dev_cfg,
	.get_status = op_get_status,
	.set_status = op_set_status,
	.get_features = op_get_features,
	.set_features = op_set_features,
	.destruct_dev = op_destruct_dev,
	.get_queue_size = op_get_queue_size,
	.setup_queue = op_setup_queue,
	.del_queue = op_del_queue,
	.notify_queue = op_notify_queue,
	.dump_json_info = op_dump_json_info,
	.write_json_config = op_write_json_config,
	.get_config_generation = op_get_config_generation,
	.get_max_queues = op_get_max_queues,
	.mem_add = op_mem_add,
	.mem_remove = op_mem_remove,
	.queue_fd = op_queue_fd,
	.poll = op_poll,
	.stop = op_stop,
	.get_device_id = op_get_device_id,
};

static int backend_open(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	struct loop_options options;
	struct loop_dev *dev = NULL;
	int err = loop_options_parse(&options, address);

	if (!err)
		err = loop_dev_new(&options, &dev);
	if (!err)
		err = virtio_dev_construct(vdev, name, &ops, dev);
	if (err)
		loop_dev_free(dev);
	loop_options_free(&options);
	return err;
}

static int backend_describe(struct virtio_address *address, struct virtio_json_writer *w)
{
	struct loop_options options;
	int err = loop_options_parse(&options, address);

	if (!err) {
		virtio_json_name(w, "type");
		virtio_json_string(w, "block");
		virtio_json_name(w, "size");
		if (options.file)
			virtio_json_null(w);
		else
			virtio_json_uint64(w, options.size);
		virtio_json_name(w, "file");
		virtio_json_string(w, options.file);
		virtio_json_name(w, "num_queues");
		virtio_json_uint64(w, options.num_queues);
		virtio_json_name(w, "queue_size");
		virtio_json_uint64(w, options.queue_size);
	}
	loop_options_free(&options);
	return err;
}

static const struct virtio_backend backend = {
	VIRTIO_BACKEND_INIT,
	.name = "loopback",
	.version = VIRTIO_POLL_VERSION,
	.description = "a block device inside the process, in memory or a file",
	.open = backend_open,
	.describe = backend_describe,
};

const struct virtio_backend *virtio_backend_query(void)
{
	return &backend;
}
