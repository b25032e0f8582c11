/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the device has to tell the program, kept until the engine asks.
 *
 * Events arise on any thread, while a queue is being served; they are handed
 * over in the `poll` op, where no lock of the device is held.
 */
#ifndef LOOPBACK_REPORT_H
#define LOOPBACK_REPORT_H

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>

struct virtio_dev;

struct report {
	pthread_mutex_t lock;	/* guards the next two */
	uint32_t events;	/* VIRTIO_EVENT_*, 0: nothing waits */
	char text[200];		/* why, of the first of them */
	int fd;			/* eventfd, readable while something waits */
};

/* 0 or -errno. Whatever it returns, report_destroy is due afterwards. */
int report_init(struct report *report);
void report_destroy(struct report *report);

/* Keeps events for the next delivery. Any thread. */
void report_add(struct report *report, uint32_t events, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* Hands what waits to virtio_dev_report. One system call. */
void report_deliver(struct report *report, struct virtio_dev *vdev);

/* Drops events that wait: a reset has overtaken them. */
void report_drop(struct report *report, uint32_t events);

#endif /* LOOPBACK_REPORT_H */
