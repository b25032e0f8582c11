/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The status field. With STATUS it is the server's (VU-RESET-1, VU-RESET-6);
 * without it a byte here plays the device's part (VU-RESET-7), and stopping
 * every ring is the reset (VU-RESET-3).
 *
 * set_status cannot fail, so a step that failed is shown by get_status:
 * FAILED, and no DRIVER_OK.
 */
#include "config.h"

#include <errno.h>

#include "memory.h"
#include "queue.h"
#include "request.h"
#include "status.h"

/* What get_status says of a device that is gone. HARD-STAT-5 */
#define STATUS_GONE 0xff
/* And of one that could not be asked, for want of time. */
#define STATUS_UNKNOWN VIRTIO_CONFIG_S_FAILED

static uint8_t shown(const struct vu_front *front, uint8_t status)
{
	if (front->failed)
		return (status | VIRTIO_CONFIG_S_FAILED) & (uint8_t)~VIRTIO_CONFIG_S_DRIVER_OK;
	return status;
}

uint8_t vu_get_status(struct virtio_dev *vdev)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	uint64_t status = front->status;

	if (vu_front_check(front) < 0)
		return STATUS_GONE;
	if (vu_has(front, VU_PF_STATUS) && vu_request_get_u64(front, VU_GET_STATUS, &status) < 0)
		return front->fd < 0 ? STATUS_GONE : STATUS_UNKNOWN;
	if (status >= STATUS_GONE) {
		vu_front_lose(front, EPROTO, "the reply to GET_STATUS is %#llx, which is no status",
			      (unsigned long long)status);
		return STATUS_GONE;
	}
	return shown(front, (uint8_t)status);
}

/* VU-RESET-1, VU-RESET-2 */
static int reset_device(struct vu_front *front)
{
	const struct vu_request reset = { .id = VU_RESET_DEVICE };

	if (vu_has(front, VU_PF_STATUS))
		return vu_request_set_u64(front, VU_SET_STATUS, 0);
	if (vu_has(front, VU_PF_RESET_DEVICE))
		return vu_request(front, &reset);
	return 0;
}

/* VU-RING-11. Memory goes back before the reset: what that leaves of it is
 * not laid down. */
static int stop_and_reset(struct vu_front *front)
{
	int err = vu_front_check(front);

	if (!err)
		err = vu_rings_stop(front);
	if (!err) {
		vu_memory_withdraw(front);
		err = reset_device(front);
	}
	front->failed = err != 0;
	if (!err)
		front->status = 0;
	return err;
}

int vu_stop(struct virtio_dev *vdev)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	int err;

	front->stopping = true;
	err = vu_front_must(front, stop_and_reset(front));
	front->stopping = false;
	if (err != -ETIMEDOUT)
		vu_front_tell_loss(front);
	return err;
}

static int add_bits(struct vu_front *front, uint8_t status, bool starting)
{
	int err = vu_front_check(front);

	if (!err && starting)
		err = vu_rings_enable(front);
	if (!err && vu_has(front, VU_PF_STATUS))
		err = vu_request_set_u64(front, VU_SET_STATUS, status);
	if (!err && starting)
		vu_rings_kick(front);
	return err;
}

void vu_set_status(struct virtio_dev *vdev, uint8_t status)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	const bool starting = status & ~front->status & VIRTIO_CONFIG_S_DRIVER_OK;

	if (status == VIRTIO_CONFIG_S_RESET)
		stop_and_reset(front);
	else if (add_bits(front, status, starting) < 0)
		front->failed = true;
	else
		front->status = status;
}
