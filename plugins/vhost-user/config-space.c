/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration space. One GET_CONFIG from offset 0 up to what was asked for
 * and never further: servers refuse more than they have (users learn the size
 * by asking for less), some know no other offset (VU-CFG-6), and one message
 * is the only atomic read there is (VU-CFG-3).
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backchannel.h"
#include "config-space.h"
#include "front.h"
#include "message.h"
#include "request.h"

/* VU-CFG-5: only what the driver may write; 1 would be migration. */
#define WRITABLE_FIELDS 0

static int check_access(struct vu_front *front, size_t offset, int len)
{
	const int err = vu_front_check(front);

	if (err)
		return err;
	if (!vu_has(front, VU_PF_CONFIG))
		return vu_error(front, ENOTSUP, "the server has no configuration space (it does "
				"not offer the protocol feature CONFIG)");
	if (len < 0 || offset > VU_CONFIG_MAX || (size_t)len > VU_CONFIG_MAX - offset)
		return vu_error(front, EINVAL, "%d bytes at offset %zu lie beyond the %d bytes of "
				"configuration space that vhost-user can carry", len, offset,
				VU_CONFIG_MAX);
	return 0;
}

/* VU-CFG-1, HARD-VU-9 */
static int get_config(struct vu_front *front, uint32_t asked, struct vu_config *reply)
{
	const struct vu_config request = { .size = asked };
	uint32_t size;
	int have, err = vu_request_exchange(front, &(struct vu_request){
		.id = VU_GET_CONFIG, .payload = &request, .len = VU_CONFIG_HEADER + asked,
	}, reply, 0, VU_CONFIG_HEADER + asked, &size);

	if (err)
		return err;
	have = vu_message_read_config(reply, size, asked);
	if (have < 0)
		return vu_front_lose(front, EPROTO, "the reply to GET_CONFIG has %u bytes and says "
				     "%u, %u were asked for", size, size < 8 ? 0 : reply->size,
				     asked);
	if (have == 0)
		return vu_error(front, ENODATA, "the server refused to read %u bytes of "
				"configuration space: it may have less", asked);
	if ((uint32_t)have < asked)
		return vu_error(front, ENODATA, "the server has %d bytes of configuration space, "
				"%u were asked for", have, asked);
	return 0;
}

int vu_read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	struct vu_config reply = { .size = 0 };
	int err = check_access(front, offset, len);

	if (err || len == 0)
		return err;
	err = get_config(front, (uint32_t)offset + (uint32_t)len, &reply);
	if (!err)
		memcpy(dst, reply.data + offset, (size_t)len);
	return err;
}

int vu_write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	struct vu_config request = {
		.offset = (uint32_t)offset,
		.size = (uint32_t)len,
		.flags = WRITABLE_FIELDS,
	};
	const int err = check_access(front, offset, len);

	if (err || len == 0)
		return err;
	memcpy(request.data, src, (size_t)len);
	return vu_request(front, &(struct vu_request){
		.id = VU_SET_CONFIG, .payload = &request, .len = VU_CONFIG_HEADER + (size_t)len,
	});
}

/* News of a change that the server sent before it answered a read count for
 * that read. VU-CFG-2 */
uint32_t vu_get_config_generation(struct virtio_dev *vdev)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);

	vu_back_serve(front);
	return front->config_generation;
}
