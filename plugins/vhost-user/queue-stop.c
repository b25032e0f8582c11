/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stopping rings: ENABLE 0 for all, GET_VRING_BASE for each (VU-RING-11), and
 * the proof that the server has let go of every request it took.
 *
 * The reply says how many requests were taken, the used ring how many were
 * handed back. Most servers answer when the two agree (VU-RING-8). One that
 * answers earlier goes on writing to buffers, so the difference is waited for;
 * and a family that is known to lose it then is stopped when it is idle.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>

#include "family.h"
#include "queue.h"
#include "request.h"

#define LOOK_MS 1

/* The used index, written by the server. */
static uint16_t used_index(const struct virtqueue *vq)
{
	const uint16_t *idx = (const uint16_t *)vq->vq_device + 1;

	return le16toh(__atomic_load_n(idx, __ATOMIC_ACQUIRE));
}

/* The available index, written by the driver. */
static uint16_t avail_index(const struct virtqueue *vq)
{
	const uint16_t *idx = (const uint16_t *)vq->vq_driver + 1;

	return le16toh(__atomic_load_n(idx, __ATOMIC_RELAXED));
}

/* HARD-VU-15: the index must lie between what was used and what was available. */
static bool base_plausible(const struct virtqueue *vq, uint32_t base)
{
	const uint16_t available = avail_index(vq);

	return base <= UINT16_MAX && (uint16_t)(available - base) <= vq->vq_nentries;
}

static int get_base(struct vu_front *front, uint32_t index, struct vu_vring_state *reply)
{
	const struct vu_vring_state state = { .index = index };
	const struct vu_request request = {
		.id = VU_GET_VRING_BASE, .payload = &state, .len = sizeof(state),
	};
	uint32_t size;
	const int err = vu_request_exchange(front, &request, reply, sizeof(*reply), sizeof(*reply),
					    &size);

	if (err)
		return err;
	if (reply->index != index || !base_plausible(front->rings[index].vq, reply->num))
		return vu_front_lose(front, EPROTO, "the reply to GET_VRING_BASE for queue %u has "
				     "queue %u and index %u, which cannot be", index, reply->index,
				     reply->num);
	return 0;
}

/* A used index further back than the ring is long, or ahead, never gets there. */
static bool used_plausible(const struct virtqueue *vq, uint16_t used, uint16_t until)
{
	return (uint16_t)(until - used) <= vq->vq_nentries;
}

/* Waits until the server has handed back everything up to `until`, with an eye
 * on whether it is still there. */
static int await_used(struct vu_front *front, uint32_t index, uint16_t until)
{
	const struct virtqueue *vq = front->rings[index].vq;
	const struct vu_deadline deadline = vu_deadline_start();
	uint16_t used;

	while ((used = used_index(vq)) != until) {
		if (!used_plausible(vq, used, until))
			return vu_front_lose(front, EPROTO, "queue %u, of %u entries, has used "
					     "index %u on the way to %u, which cannot be", index,
					     vq->vq_nentries, used, until);
		vu_front_look(front);
		if (front->fd < 0)
			return vu_front_check(front);
		if (vu_deadline_left(&deadline) == 0)
			return vu_front_lose(front, ETIMEDOUT, "the server did not finish the "
					     "requests it has of queue %u in the %d ms that were "
					     "left (used index %u, %u is needed)", index,
					     deadline.budget_ms, used, until);
		vu_deadline_sleep(&deadline, LOOK_MS);
	}
	return 0;
}

/* For servers that would drop what they have when a ring is stopped. */
static int drain(struct vu_front *front)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < VU_MAX_RINGS; i++)
		if (front->rings[i].started)
			err = await_used(front, i, avail_index(front->rings[i].vq));
	return err;
}

/* VU-RING-7 */
int vu_ring_stop(struct vu_front *front, uint32_t index)
{
	struct vu_vring_state base;
	int err = get_base(front, index, &base);

	if (!err)
		err = await_used(front, index, (uint16_t)base.num);
	if (!err)
		front->rings[index].started = false;
	return err;
}

static int disable(struct vu_front *front, uint32_t index)
{
	const int err = vu_request_state(front, VU_SET_VRING_ENABLE, index, 0);

	if (!err)
		front->rings[index].enabled = false;
	return err;
}

int vu_rings_stop(struct vu_front *front)
{
	int err = vu_family_stops_at_once(front) ? drain(front) : 0;

	for (uint32_t i = 0; !err && i < VU_MAX_RINGS; i++)
		if (front->rings[i].enabled)
			err = disable(front, i);
	for (uint32_t i = 0; !err && i < VU_MAX_RINGS; i++)
		if (front->rings[i].started)
			err = vu_ring_stop(front, i);
	return err;
}

void vu_del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	const uint32_t index = vq->vq_queue_index;

	if (index >= VU_MAX_RINGS || front->rings[index].vq != vq)
		return;
	/* After a start that failed half-way: the server must not read what is
	 * freed next. If it does not answer, the connection ends with this. */
	if (front->rings[index].started)
		vu_front_must(front, vu_ring_stop(front, index));
	vu_ring_close(front, &front->rings[index]);
}
