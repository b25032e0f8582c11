/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reports: what was negotiated and which server it looks like, and what
 * would open the device again. Facts that were gathered already: no request is
 * sent for a report.
 */
#include "config.h"

#include <stdio.h>

#include "family.h"
#include "front.h"
#include "negotiate.h"
#include "report.h"

static void string(struct virtio_json_writer *w, const char *name, const char *value)
{
	virtio_json_name(w, name);
	virtio_json_string(w, value);
}

static void number(struct virtio_json_writer *w, const char *name, uint64_t value)
{
	virtio_json_name(w, name);
	virtio_json_uint64(w, value);
}

/* null: there was no way to ask. */
static void number_if(struct virtio_json_writer *w, const char *name, bool known, uint64_t value)
{
	virtio_json_name(w, name);
	if (known)
		virtio_json_uint64(w, value);
	else
		virtio_json_null(w);
}

static void protocol_names(struct virtio_json_writer *w, const char *name, uint64_t bits)
{
	char unnamed[16];

	virtio_json_name(w, name);
	virtio_json_array_begin(w);
	for (unsigned i = 0; i < 64; i++) {
		if (!(bits & VU_BIT(i)))
			continue;
		snprintf(unnamed, sizeof(unnamed), "bit %u", i);
		virtio_json_string(w, vu_protocol_name(i) ? vu_protocol_name(i) : unnamed);
	}
	virtio_json_array_end(w);
}

static void quirks(struct virtio_json_writer *w, const struct vu_family *family)
{
	virtio_json_name(w, "quirks");
	virtio_json_array_begin(w);
	for (unsigned i = 0; family && i < VU_FAMILY_QUIRKS && family->quirks[i]; i++)
		virtio_json_string(w, family->quirks[i]);
	virtio_json_array_end(w);
}

void vu_dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	const struct vu_front *front = virtio_dev_backend_ctx(vdev);
	const struct vu_family *family = vu_family_find(front->offered, front->protocol_offered);

	string(w, "type", "vhost-user");
	string(w, "socket", front->peer);
	virtio_json_name(w, "connected");
	virtio_json_bool(w, front->fd >= 0);
	number(w, "device_features", front->offered);
	protocol_names(w, "protocol_features", front->protocol_offered);
	protocol_names(w, "protocol_features_accepted", front->protocol);
	number_if(w, "queue_num", vu_has(front, VU_PF_MQ), front->queue_num);
	number_if(w, "mem_slots", vu_has(front, VU_PF_CONFIGURE_MEM_SLOTS), front->mem_slots);
	number(w, "mem_regions_max", front->memory.limit);
	number(w, "mem_regions_used", front->memory.count);
	string(w, "server_family", family ? family->name : NULL);
	quirks(w, family);
}

void vu_write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w)
{
	const struct vu_front *front = virtio_dev_backend_ctx(vdev);
	const unsigned all = vdev->max_queues, fixed = vdev->fixed_queues_num;

	string(w, "trtype", "vhost-user");
	string(w, "traddr", front->peer);
	number(w, "vq_count", all > fixed ? all - fixed : 0);
	number(w, "vq_size", front->queue_size);
}
