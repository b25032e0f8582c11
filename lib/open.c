/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From an address to a device: the calls that take "BACKEND:ADDRESS", and the
 * walks over what is installed and what can be opened.
 *
 * The options that every backend has (timeout, indirect, event-idx) are taken
 * here, before the backend sees the address. What a device is and does is not
 * known here; a plugin's open ends in virtio_dev_construct.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/device.h>

#include "address.h"
#include "call.h"
#include "device.h"
#include "open.h"
#include "plugin-loader.h"

#define MAX_TIMEOUT_MS 3600000

/* A parsed address and the options in it that are for the library. */
struct request {
	struct virtio_address *address;
	int timeout_ms;
	uint64_t features_off;
};

int open_check(const struct virtio_dev *vdev, const char *name)
{
	if (!vdev)
		return virtio_set_error(EINVAL, "vdev is NULL");
	if (!name)
		return virtio_set_error(EINVAL, "the name is NULL");
	if (vdev->priv)
		return virtio_set_error(EBUSY, "vdev is in use: hand in a zeroed struct "
					"virtio_dev, or destruct this one first");
	return 0;
}

int open_failed(struct virtio_dev *vdev, int err)
{
	virtio_dev_destruct(vdev);
	memset(vdev, 0, sizeof(*vdev));
	return err;
}

int open_result(struct virtio_dev *vdev, const struct plugin *plugin, int result)
{
	const char *name = plugin->backend.name;

	if (result == 0 && vdev->priv)
		return 0;
	if (result == 0)
		result = virtio_set_error(EPROTO, "the backend \"%s\" (%s) says that it opened a "
					  "device, and there is none", name, plugin->path);
	else if (!call_is_result(result))
		result = virtio_set_error(EPROTO, "the backend \"%s\" (%s) returned %d, and not 0 "
					  "or -errno", name, plugin->path, result);
	else if (!call_has_error())
		result = virtio_set_error(-result, "the backend \"%s\" says: %s", name,
					  strerror(-result));
	return open_failed(vdev, result);
}

/* Takes an option that is on unless it is switched off; off sets the bit. */
static int take_feature(struct request *request, const char *key, unsigned bit)
{
	bool on = true;
	int err = virtio_address_take_bool(request->address, key, &on);

	if (err >= 0 && !on)
		request->features_off |= UINT64_C(1) << bit;
	return err < 0 ? err : 0;
}

static int take_common(struct request *request)
{
	uint64_t timeout = DEFAULT_TIMEOUT_MS;
	int err = virtio_address_take_uint(request->address, "timeout", 1, MAX_TIMEOUT_MS,
					   &timeout);

	if (err < 0)
		return err;
	request->timeout_ms = (int)timeout;
	err = take_feature(request, "indirect", VIRTIO_RING_F_INDIRECT_DESC);
	return err ? err : take_feature(request, "event-idx", VIRTIO_RING_F_EVENT_IDX);
}

/* In a call of its own, since the deadline stands in the address. */
static int read_request(const char *call, const char *address, struct request *request)
{
	CALL(call, DEFAULT_TIMEOUT_MS);
	int err = address_parse(address, &request->address);

	return err ? err : take_common(request);
}

static int open_device(struct virtio_dev *vdev, const char *name, struct request *request)
{
	CALL("virtio_dev_open", request->timeout_ms);
	const struct plugin *plugin;
	int err = plugin_find(address_backend(request->address), &plugin);

	if (err)
		return err;
	err = plugin->backend.open(vdev, name, request->address);
	err = open_result(vdev, plugin, err);
	if (err)
		return err;
	/* The plugin should have asked; an option that nobody took is a mistake. */
	err = virtio_address_finish(request->address);
	if (!err)
		err = device_set_options(vdev, request->timeout_ms, request->features_off);
	return err ? open_failed(vdev, err) : 0;
}

static int prepare(struct virtio_dev *vdev, const char *name)
{
	CALL("virtio_dev_open", DEFAULT_TIMEOUT_MS);
	int err = open_check(vdev, name);

	if (!err)
		memset(vdev, 0, sizeof(*vdev));
	return err;
}

int virtio_dev_open(struct virtio_dev *vdev, const char *name, const char *address)
{
	struct request request = { .address = NULL };
	int err = prepare(vdev, name);

	if (!err)
		err = read_request("virtio_dev_open", address, &request);
	if (!err)
		err = open_device(vdev, name, &request);
	address_free(request.address);
	return err;
}

static int describe(struct request *request, struct virtio_json_writer *w)
{
	CALL("virtio_dev_describe", request->timeout_ms);
	const char *name = address_backend(request->address);
	const struct plugin *plugin;
	int err = plugin_find(name, &plugin);

	if (err)
		return err;
	if (!plugin->backend.describe)
		return virtio_set_error(ENOTSUP, "the backend \"%s\" cannot describe a device "
					"without opening it", name);
	err = plugin->backend.describe(request->address, w);
	if (!call_is_result(err))
		return virtio_set_error(EPROTO, "the backend \"%s\" (%s) returned %d, and not 0 or "
					"-errno", name, plugin->path, err);
	if (err < 0 && !call_has_error())
		virtio_set_error(-err, "the backend \"%s\" says: %s", name, strerror(-err));
	return err;
}

int virtio_dev_describe(const char *address, struct virtio_json_writer *w)
{
	struct request request = { .address = NULL };
	int err = read_request("virtio_dev_describe", address, &request);

	if (!err)
		err = describe(&request, w);
	address_free(request.address);
	return err;
}

/* A walk over devices: the program's callback and what it answered. */
struct walk {
	int (*cb)(const struct virtio_device_info *info, void *ctx);
	void *ctx;
	int result;
};

/* Hands on a record of full size, whatever the plugin was built with. */
static int visit_device(const struct virtio_device_info *info, void *ctx)
{
	struct virtio_device_info full = { .iommu_group = -1, .numa_node = -1 };
	struct walk *walk = ctx;
	struct call_pause pause;

	if (info->size < offsetof(struct virtio_device_info, reserved16) || !info->address)
		return virtio_set_error(EPROTO, "a backend handed in a device record of %zu bytes "
					"or without an address", info->size);
	memcpy(&full, info, info->size < sizeof(full) ? info->size : sizeof(full));
	full.size = sizeof(full);
	pause = call_pause();
	walk->result = walk->cb(&full, walk->ctx);
	call_resume(&pause);
	return walk->result;
}

/* The sentence of this call so far, without the call's name. */
static void keep_sentence(char *text, size_t size)
{
	const char *sentence = virtio_last_error(), *colon = strstr(sentence, ": ");

	snprintf(text, size, "%s", colon ? colon + 2 : sentence);
}

static int enumerate(const struct virtio_backend *backend, struct walk *walk)
{
	int result;

	call_forget_error();	/* of a backend before: it may have gone well */
	result = backend->enumerate(visit_device, walk);
	if (result < 0 && !walk->result && !call_has_error())
		virtio_set_error(-result, "the backend \"%s\" says: %s", backend->name,
				 strerror(-result));
	return result;
}

/* A backend that fails does not hide the devices of the next; the first failure
 * is returned, with its sentence, whatever the next ones had to say. */
static int visit_backends(const struct plugin **list, struct walk *walk)
{
	char text[512];
	int err = 0;

	for (; *list; list++) {
		const struct virtio_backend *backend = &(*list)->backend;
		int result;

		if ((*list)->error || !backend->enumerate)
			continue;
		result = enumerate(backend, walk);
		if (walk->result)
			return walk->result;
		if (result < 0 && !err) {
			err = result;
			keep_sentence(text, sizeof(text));
		}
	}
	return err ? virtio_set_error(-err, "%s", text) : 0;
}

int virtio_dev_enumerate(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx)
{
	CALL("virtio_dev_enumerate", DEFAULT_TIMEOUT_MS);
	struct walk walk = { .cb = cb, .ctx = ctx, .result = 0 };
	const struct plugin **list;
	int err;

	if (!cb)
		return virtio_set_error(EINVAL, "the callback is NULL");
	err = plugin_list(&list);
	if (err)
		return err;
	err = visit_backends(list, &walk);
	free(list);
	return err;
}

static int list_backends(bool has_cb, const struct plugin ***list)
{
	CALL("virtio_backend_foreach", DEFAULT_TIMEOUT_MS);

	if (!has_cb)
		return virtio_set_error(EINVAL, "the callback is NULL");
	return plugin_list(list);
}

/* The callbacks run outside of the call: what they call has its own name. */
int virtio_backend_foreach(int (*cb)(const struct virtio_backend_info *info, void *ctx),
			   void *ctx)
{
	const struct plugin **list;
	int result = list_backends(cb, &list);

	if (result)
		return result;
	for (const struct plugin **p = list; !result && *p; p++) {
		struct virtio_backend_info info = {
			.size = sizeof(info),
			.name = (*p)->name,
			.path = (*p)->path,
			.version = (*p)->backend.version,
			.description = (*p)->backend.description,
			.abi = (*p)->abi,
			.error = (*p)->error,
			.reason = (*p)->error ? (*p)->reason : NULL,
		};

		result = cb(&info, ctx);
	}
	free(list);
	return result;
}
