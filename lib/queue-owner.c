/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who uses which queue: a note per queue, for programs whose threads look
 * for a free one. Guarded by vdev->mutex; data calls never look at it.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "queue.h"
#include "thread.h"

/* The queue, if it exists and its device runs; vdev->mutex is held. */
static struct queue *find(struct virtio_dev *vdev, uint32_t index)
{
	struct device *dev = device_of(vdev);
	struct queue *q = index < dev->nqueues ? queue_at(dev, index) : NULL;

	return q && !q->stopped ? q : NULL;
}

static bool acquire(struct virtio_dev *vdev, uint32_t index)
{
	struct queue *q = find(vdev, index);

	if (!q || q->owner)
		return false;
	q->owner = virtio_thread_current();
	thread_mark_acquired();
	return q->owner != NULL;
}

int virtio_dev_acquire_queue(struct virtio_dev *vdev, uint16_t index)
{
	bool done;

	if (!device_of(vdev))
		return device_missing("virtio_dev_acquire_queue"), -1;
	pthread_mutex_lock(&vdev->mutex);
	done = acquire(vdev, index);
	pthread_mutex_unlock(&vdev->mutex);
	if (done)
		return 0;
	call_set_lazy_error("virtio_dev_acquire_queue", EBUSY,
			    "queue %" PRIu64 " is absent or taken", index, 0, 0);
	return -1;
}

int32_t virtio_dev_find_and_acquire_queue(struct virtio_dev *vdev, uint16_t start_index)
{
	int32_t found = -1;
	uint32_t n;

	if (!device_of(vdev))
		return device_missing("virtio_dev_find_and_acquire_queue"), -1;
	pthread_mutex_lock(&vdev->mutex);
	n = device_of(vdev)->nqueues;
	for (uint32_t i = start_index; i < n && found < 0; i++)
		if (acquire(vdev, i))
			found = i;
	pthread_mutex_unlock(&vdev->mutex);
	if (found < 0)
		call_set_lazy_error("virtio_dev_find_and_acquire_queue", EBUSY,
				    "no queue from %" PRIu64 " on is free", start_index, 0, 0);
	return found;
}

struct virtio_thread *virtio_dev_queue_get_thread(struct virtio_dev *vdev, uint16_t index)
{
	struct virtio_thread *owner;
	struct queue *q;

	if (!device_of(vdev))
		return NULL;
	pthread_mutex_lock(&vdev->mutex);
	q = find(vdev, index);
	owner = q ? q->owner : NULL;
	pthread_mutex_unlock(&vdev->mutex);
	return owner;
}

bool virtio_dev_queue_is_acquired(struct virtio_dev *vdev, uint16_t index)
{
	return virtio_dev_queue_get_thread(vdev, index) != NULL;
}

int virtio_dev_release_queue(struct virtio_dev *vdev, uint16_t index)
{
	struct queue *q;
	bool mine;

	if (!device_of(vdev))
		return device_missing("virtio_dev_release_queue");
	pthread_mutex_lock(&vdev->mutex);
	q = find(vdev, index);
	mine = q && q->owner && q->owner == virtio_thread_current();
	if (mine)
		q->owner = NULL;
	pthread_mutex_unlock(&vdev->mutex);
	return mine ? 0 : call_set_lazy_error("virtio_dev_release_queue", EPERM,
		"queue %" PRIu64 " is not owned by this thread", index, 0, 0);
}
