/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events on their way from the device to the program.
 *
 * Filled by device.c on any thread, emptied by the `poll` op. The descriptor
 * becomes readable after the events are set, so whoever is woken finds them.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "lift.h"
#include "report.h"

int report_init(struct report *report)
{
	pthread_mutex_init(&report->lock, NULL);
	report->fd = loop_lift(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (report->fd < 0)
		return virtio_set_error(errno, "no eventfd for the device's events: %s",
					strerror(errno));
	return 0;
}

void report_destroy(struct report *report)
{
	if (report->fd >= 0)
		close(report->fd);
	report->fd = -1;
	pthread_mutex_destroy(&report->lock);
}

void report_add(struct report *report, uint32_t events, const char *fmt, va_list ap)
{
	uint64_t one = 1;

	pthread_mutex_lock(&report->lock);
	if (!report->events)
		vsnprintf(report->text, sizeof(report->text), fmt, ap);
	report->events |= events;
	pthread_mutex_unlock(&report->lock);
	/* A counter that cannot be raised further is readable already. */
	if (write(report->fd, &one, sizeof(one)) < 0)
		return;
}

static uint32_t take(struct report *report, char *text)
{
	uint32_t events;

	pthread_mutex_lock(&report->lock);
	events = report->events;
	report->events = 0;
	memcpy(text, report->text, sizeof(report->text));
	pthread_mutex_unlock(&report->lock);
	return events;
}

void report_deliver(struct report *report, struct virtio_dev *vdev)
{
	char text[sizeof(report->text)];
	uint64_t count;
	uint32_t events;

	/* Emptied first: what is added from here on raises it again. */
	if (read(report->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	events = take(report, text);
	if (events)
		virtio_dev_report(vdev, events, "%s", text);
}

void report_drop(struct report *report, uint32_t events)
{
	pthread_mutex_lock(&report->lock);
	report->events &= ~events;
	pthread_mutex_unlock(&report->lock);
}
