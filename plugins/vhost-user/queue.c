/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings, in the order that suits every family of servers: NUM, BASE, ADDR,
 * CALL, ERR, KICK per ring; ENABLE for all when the driver is ready; then one
 * kick each (VU-RING-2, VU-RING-3). All three eventfds are real ones, since
 * some servers start a ring only when they have been sent (VU-RING-15), and
 * they are sent again at each start (VU-RING-9).
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lift.h"
#include "memory.h"
#include "negotiate.h"
#include "queue.h"
#include "request.h"

/* All area addresses of a fresh split ring start at index 0. VU-RING-5 */
#define FRESH_SPLIT_BASE 0

void vu_ring_init(struct vu_ring *ring)
{
	*ring = (struct vu_ring){ .kick_fd = -1, .call_fd = -1, .err_fd = -1 };
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void vu_ring_close(struct vu_front *front, struct vu_ring *ring)
{
	if (ring->err_fd >= 0)
		vu_front_unwatch(front, ring->err_fd);
	close_fd(ring->kick_fd);
	close_fd(ring->call_fd);
	close_fd(ring->err_fd);
	vu_ring_init(ring);
}

static int make_eventfds(struct vu_front *front, struct vu_ring *ring)
{
	int *const fds[] = { &ring->kick_fd, &ring->call_fd, &ring->err_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		*fds[i] = vu_lift(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
		if (*fds[i] < 0)
			return vu_error(front, errno, "cannot make an eventfd (three per queue are "
					"needed): %s", strerror(errno));
	}
	return vu_front_watch(front, ring->err_fd, (uint32_t)(ring - front->rings));
}

/* VU-MSG-9, VU-FRAME-12 */
static int send_addresses(struct vu_front *front, uint32_t index, const struct virtqueue *vq)
{
	const struct vu_vring_addr addr = {
		.index = index,
		.desc = (uintptr_t)vq->vq_desc,
		.used = (uintptr_t)vq->vq_device,
		.avail = (uintptr_t)vq->vq_driver,
	};

	if (!vu_memory_known(front, vq->vq_ring_virt_mem, vq->vq_ring_size))
		return vu_error(front, EFAULT, "the ring of queue %u at %p is in no memory region "
				"that the server knows", index, vq->vq_ring_virt_mem);
	front->addressed[index] = true;
	return vu_request(front, &(struct vu_request){
		.id = VU_SET_VRING_ADDR, .payload = &addr, .len = sizeof(addr),
	});
}

/* VU-FRAME-13 */
static int send_eventfd(struct vu_front *front, uint32_t id, uint32_t index, int fd)
{
	const uint64_t payload = index;

	return vu_request_fd(front, id, &payload, sizeof(payload), fd);
}

static int send_ring(struct vu_front *front, uint32_t index, struct vu_ring *ring)
{
	int err = vu_request_state(front, VU_SET_VRING_NUM, index, ring->vq->vq_nentries);

	if (!err)
		err = vu_request_state(front, VU_SET_VRING_BASE, index, FRESH_SPLIT_BASE);
	if (!err)
		err = send_addresses(front, index, ring->vq);
	if (!err)
		err = send_eventfd(front, VU_SET_VRING_CALL, index, ring->call_fd);
	if (!err)
		err = send_eventfd(front, VU_SET_VRING_ERR, index, ring->err_fd);
	if (err)
		return err;
	/* From here on the server may read the ring, even if it answers badly. */
	ring->started = true;
	return send_eventfd(front, VU_SET_VRING_KICK, index, ring->kick_fd);
}

static int enable(struct vu_front *front, uint32_t index, bool on)
{
	int err;

	/* Without bit 30 there is no such message: rings start enabled. VU-NEG-4 */
	if (!(front->offered & VU_BIT(VU_F_PROTOCOL_FEATURES)))
		return 0;
	err = vu_request_state(front, VU_SET_VRING_ENABLE, index, on);
	if (!err)
		front->rings[index].enabled = on;
	return err;
}

/* VU-RING-4: awaited, so that no request is made available before. */
int vu_rings_enable(struct vu_front *front)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < VU_MAX_RINGS; i++)
		if (front->rings[i].started)
			err = enable(front, i, true);
	return err;
}

/* VU-RING-16: a full counter means that a kick is pending. */
static void kick(const struct vu_ring *ring)
{
	const uint64_t one = 1;
	ssize_t ignored;

	ignored = write(ring->kick_fd, &one, sizeof(one));
	(void)ignored;
}

void vu_rings_kick(struct vu_front *front)
{
	for (uint32_t i = 0; i < VU_MAX_RINGS; i++)
		if (front->rings[i].started)
			kick(&front->rings[i]);
}

void vu_rings_lost(struct vu_front *front)
{
	for (uint32_t i = 0; i < VU_MAX_RINGS; i++) {
		front->rings[i].started = false;
		front->rings[i].enabled = false;
	}
}

int vu_setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	const uint32_t index = vq->vq_queue_index;
	struct vu_ring *ring;
	int err;

	if (index >= vu_get_max_queues(vdev))
		return vu_error(front, EINVAL, "there is no queue %u, the server or num-queues= "
				"allows %u", index, vu_get_max_queues(vdev));
	err = vu_memory_publish(front);
	if (err)
		return err;
	ring = &front->rings[index];
	vu_ring_close(front, ring);
	ring->vq = vq;
	err = make_eventfds(front, ring);
	if (!err)
		err = send_ring(front, index, ring);
	if (err && ring->started)
		vu_front_must(front, vu_ring_stop(front, index));
	if (err)
		vu_ring_close(front, ring);
	return err;
}

void vu_notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	const struct vu_front *front = virtio_dev_backend_ctx(vdev);

	kick(&front->rings[vq->vq_queue_index % VU_MAX_RINGS]);
}

int vu_queue_fd(struct virtio_dev *vdev, struct virtqueue *vq)
{
	const struct vu_front *front = virtio_dev_backend_ctx(vdev);

	if (!vq)
		return front->epoll_fd;
	return front->rings[vq->vq_queue_index % VU_MAX_RINGS].call_fd;
}
