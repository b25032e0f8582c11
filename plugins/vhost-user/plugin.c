/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vhost-user plugin: reads the address, connects, shakes hands, and makes
 * a device of it. Start reading here, then negotiate.c, memory.c, queue.c,
 * status.c; request.c and backchannel.c are how the server is talked to.
 *
 * Addresses: vhost-user:PATH or vhost-user:fd=N, with the options server=,
 * queue-size=, num-queues= and type=.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "config-space.h"
#include "front.h"
#include "memory.h"
#include "negotiate.h"
#include "queue.h"
#include "report.h"
#include "status.h"

#define DEFAULT_QUEUE_SIZE 256
#define MAX_QUEUE_SIZE 32768

struct options {
	const char *path;
	uint64_t fd;
	bool has_fd;
	bool server;
	uint64_t queue_size;
	uint64_t num_queues;
	uint16_t device_id;
};

static void vu_destruct_dev(struct virtio_dev *vdev)
{
	vu_front_free(virtio_dev_backend_ctx(vdev));
}

static uint16_t vu_get_device_id(struct virtio_dev *vdev)
{
	const struct vu_front *front = virtio_dev_backend_ctx(vdev);

	return front->device_id;
}

static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = vu_read_dev_cfg,
	.write_dev_cfg = vu_write_dev_cfg,
	.get_status = vu_get_status,
	.set_status = vu_set_status,
	.get_features = vu_get_features,
	.set_features = vu_set_features,
	.destruct_dev = vu_destruct_dev,
	.get_queue_size = vu_get_queue_size,
	.setup_queue = vu_setup_queue,
	.del_queue = vu_del_queue,
	.notify_queue = vu_notify_queue,
	.dump_json_info = vu_dump_json_info,
	.write_json_config = vu_write_json_config,
	.get_config_generation = vu_get_config_generation,
	.get_max_queues = vu_get_max_queues,
	.mem_add = vu_mem_add,
	.mem_remove = vu_mem_remove,
	.queue_fd = vu_queue_fd,
	.poll = vu_front_poll,
	.stop = vu_stop,
	.get_mem_limits = vu_get_mem_limits,
	.get_device_id = vu_get_device_id,
};

/* "fd=5" in place of a path; 0 if it is a path. */
static int read_target_fd(const char *target, struct options *options)
{
	char *end;

	if (strncmp(target, "fd=", 3) != 0)
		return 0;
	errno = 0;
	options->fd = strtoul(target + 3, &end, 10);
	if (target[3] < '0' || target[3] > '9' || *end || errno || options->fd > INT_MAX)
		return virtio_set_error(EINVAL, "%s: fd= takes the number of an open descriptor, a "
					"path of that name is written ./%s", target, target);
	options->has_fd = true;
	return 0;
}

static int take_peer(struct virtio_address *address, struct options *options)
{
	int ret;

	options->path = virtio_address_target(address);
	ret = read_target_fd(options->path, options);
	if (ret < 0)
		return ret;
	if (!options->path[0]) {
		ret = virtio_address_take_uint(address, "fd", 0, INT_MAX, &options->fd);
		if (ret < 0)
			return ret;
		options->has_fd = ret > 0;
		if (!options->has_fd)
			return virtio_set_error(EINVAL, "there is no socket in the address: write "
						"vhost-user:/path/of/socket or vhost-user:fd=N");
	}
	ret = virtio_address_take_bool(address, "server", &options->server);
	if (ret < 0)
		return ret;
	if (options->server && options->has_fd)
		return virtio_set_error(EINVAL, "server=on needs a path to listen at; fd= takes a "
					"socket that is connected already");
	return 0;
}

static int take_queues(struct virtio_address *address, struct options *options)
{
	int ret = virtio_address_take_uint(address, "queue-size", 1, MAX_QUEUE_SIZE,
					   &options->queue_size);

	if (ret < 0)
		return ret;
	if (options->queue_size & (options->queue_size - 1))
		return virtio_set_error(EINVAL, "queue-size=%u is no power of 2, as a split ring "
					"needs it: 1 to %d", (unsigned)options->queue_size,
					MAX_QUEUE_SIZE);
	return virtio_address_take_uint(address, "num-queues", 1, VU_MAX_RINGS,
					&options->num_queues);
}

static int take_type(struct virtio_address *address, struct options *options)
{
	const char *name = NULL;
	const int ret = virtio_address_take_string(address, "type", &name);

	if (ret <= 0)
		return ret;
	options->device_id = virtio_device_type_id(name);
	if (!options->device_id)
		return virtio_set_error(EINVAL, "type=%s is no device type: write block, network, "
					"fs, scsi, ...", name);
	return 0;
}

static int take_options(struct virtio_address *address, struct options *options)
{
	int ret = take_peer(address, options);

	if (ret >= 0)
		ret = take_queues(address, options);
	if (ret >= 0)
		ret = take_type(address, options);
	return ret < 0 ? ret : virtio_address_finish(address);
}

static char *peer_name(const struct options *options)
{
	char name[32];

	if (!options->has_fd)
		return strdup(options->path);
	snprintf(name, sizeof(name), "fd=%d", (int)options->fd);
	return strdup(name);
}

static int find_server(struct vu_front *front, const struct options *options)
{
	const struct vu_deadline deadline = vu_deadline_start();

	if (options->has_fd)
		return vu_socket_adopt((int)options->fd);
	if (options->server)
		return vu_socket_accept(options->path, &front->file, &deadline);
	return vu_socket_connect(options->path, &deadline);
}

static int bring_up(struct vu_front *front, const struct options *options)
{
	int err;

	front->queue_size = (uint16_t)options->queue_size;
	front->queue_limit = (uint16_t)options->num_queues;
	front->device_id = options->device_id;
	front->peer = peer_name(options);
	if (!front->peer)
		return virtio_set_error(ENOMEM, "out of memory");
	if (front->epoll_fd < 0)
		return vu_error(front, EMFILE, "cannot make an epoll descriptor: raise the limit "
				"of open files");
	front->fd = find_server(front, options);
	if (front->fd < 0)
		return front->fd;
	err = vu_front_watch(front, front->fd, VU_TAG_SOCKET);
	return err ? err : vu_handshake(front);
}

static int open_device(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	struct options options = { .queue_size = DEFAULT_QUEUE_SIZE, .num_queues = VU_MAX_RINGS };
	struct vu_front *front;
	int err = take_options(address, &options);

	if (err)
		return err;
	front = vu_front_new();
	if (!front)
		return virtio_set_error(ENOMEM, "out of memory");
	err = bring_up(front, &options);
	if (!err)
		err = virtio_dev_construct(vdev, name, &ops, front);
	if (err)
		vu_front_free(front);
	else
		front->vdev = vdev;
	return err;
}

static const struct virtio_backend backend = {
	VIRTIO_BACKEND_INIT,
	.name = "vhost-user",
	.version = PACKAGE_VERSION,
	.description = "devices served by another process over a vhost-user socket",
	.open = open_device,
};

const struct virtio_backend *virtio_backend_query(void)
{
	return &backend;
}
