/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens to a device while nobody calls it: reports of the transport
 * become event bits, a readable descriptor and the error of its queues.
 *
 * Reports come from any thread and take no lock but vdev->mutex, under which
 * no op runs. Looking at the peer is the transport's poll op; it never waits
 * for a control call that is running.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "lift.h"
#include "queue.h"
#include "trace.h"

#define ALL_EVENTS	(VIRTIO_EVENT_CONFIG | VIRTIO_EVENT_PEER_LOST | VIRTIO_EVENT_REMOVED | \
			 VIRTIO_EVENT_RECONNECTED | VIRTIO_EVENT_NEEDS_RESET | \
			 VIRTIO_EVENT_QUEUE_BROKEN)

int device_events_init(struct device *dev)
{
	dev->wait_fd = -1;
	dev->event_fd = fd_lift(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	dev->lost_fd = fd_lift(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (dev->event_fd < 0 || dev->lost_fd < 0)
		return virtio_set_error(errno, "no descriptors for the device's events: %s;"
					" raise the limit of open files", strerror(errno));
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void device_events_release(struct device *dev)
{
	close_fd(&dev->wait_fd);
	close_fd(&dev->event_fd);
	close_fd(&dev->lost_fd);
}

/* Makes an eventfd readable; it can only fail when it is already. */
static void signal_fd(int fd)
{
	uint64_t one = 1;
	ssize_t ignored = write(fd, &one, sizeof(one));

	(void)ignored;
}

static void fail_queues(struct device *dev, int error)
{
	pthread_mutex_lock(&dev->vdev->mutex);
	for (uint32_t i = 0; i < dev->nqueues; i++)
		if (dev->queues[i])
			ring_set_error(&queue_at(dev, i)->ring, error);
	pthread_mutex_unlock(&dev->vdev->mutex);
}

static void note_events(struct device *dev, uint32_t events)
{
	int none = 0, error = 0;

	if (events & VIRTIO_EVENT_PEER_LOST)
		error = -ECONNRESET;
	if (events & VIRTIO_EVENT_REMOVED)
		error = -ENODEV;
	if (error && atomic_compare_exchange_strong(&dev->lost, &none, error)) {
		trace_peer_lost(dev->vdev, error);
		fail_queues(dev, error);
	}
	/* Release: the queues have failed before the event can be read. */
	atomic_fetch_or_explicit(&dev->events, events, memory_order_release);
	/* A queue that broke was found by its own thread; the others sleep on. */
	if (error)
		signal_fd(dev->lost_fd);
	signal_fd(dev->event_fd);
}

void virtio_dev_report(struct virtio_dev *vdev, uint32_t events, const char *fmt, ...)
{
	struct device *dev = device_of(vdev);
	bool bad = events & ~(VIRTIO_EVENT_CONFIG | VIRTIO_EVENT_RECONNECTED);
	char text[256];
	va_list args;

	if (!dev)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	virtio_log(bad ? VIRTIO_LOG_WARN : VIRTIO_LOG_INFO, "%s: %s", vdev->name, text);
	note_events(dev, events & ALL_EVENTS);
}

void device_events_rearm(struct device *dev)
{
	uint64_t count;
	ssize_t ignored = read(dev->lost_fd, &count, sizeof(count));

	(void)ignored;
}

static void look(struct device *dev, int (*op)(struct virtio_dev *vdev))
{
	/* Whoever holds the lock is talking to the transport already. */
	if (pthread_mutex_trylock(&dev->control))
		return;
	if (!atomic_load_explicit(&dev->lost, memory_order_relaxed))
		op(dev->vdev);
	pthread_mutex_unlock(&dev->control);
}

void device_look(struct device *dev)
{
	look(dev, dev->ops.poll);
}

void device_look_closely(struct device *dev)
{
	look(dev, dev->ops.look);
}

void device_look_seldom(struct device *dev)
{
	struct timespec now;
	uint64_t ms, next = atomic_load_explicit(&dev->next_look_ms, memory_order_relaxed);

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	ms = (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	/* One of the queues' threads wins; the others look next time. */
	if (ms >= next && atomic_compare_exchange_strong_explicit(&dev->next_look_ms, &next, ms + 1,
								  memory_order_relaxed,
								  memory_order_relaxed))
		device_look(dev);
}

static int watch(int set, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events };

	return fd < 0 ? 0 : epoll_ctl(set, EPOLL_CTL_ADD, fd, &e);
}

int device_make_wait_fd(struct device *dev, int own_fd, int call_fd)
{
	int set = fd_lift(epoll_create1(EPOLL_CLOEXEC)), error;

	if (set >= 0 && !watch(set, own_fd, EPOLLIN) && !watch(set, call_fd, EPOLLIN | EPOLLET) &&
	    !watch(set, dev->ops.queue_fd(dev->vdev, NULL), EPOLLIN))
		return set;
	error = errno;
	close_fd(&set);
	return virtio_set_error(error, "no descriptor to wait on: %s%s", strerror(error),
				error == EMFILE || error == ENFILE ?
				"; raise the limit of open files" : "");
}

int virtio_dev_get_event_fd(struct virtio_dev *vdev)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return device_missing("virtio_dev_get_event_fd");
	DEVICE_CALL(dev, "virtio_dev_get_event_fd");
	if (dev->wait_fd < 0)
		dev->wait_fd = device_make_wait_fd(dev, dev->event_fd, -1);
	return dev->wait_fd;
}

int virtio_dev_poll_events(struct virtio_dev *vdev, uint32_t *events)
{
	struct device *dev = device_of(vdev);
	uint64_t count;
	ssize_t ignored;

	if (!dev)
		return device_missing("virtio_dev_poll_events");
	if (!events)
		return call_set_lazy_error("virtio_dev_poll_events", EINVAL, "events is NULL", 0, 0,
					   0);
	device_look_closely(dev);
	/* Drained before the bits are taken: an event in between stays readable. */
	ignored = read(dev->event_fd, &count, sizeof(count));
	(void)ignored;
	/* Acquire: pairs with note_events, the queues' errors are visible. */
	*events = atomic_exchange_explicit(&dev->events, 0, memory_order_acquire);
	return 0;
}
