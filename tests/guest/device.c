/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See device.h. Linked to every program of the guest tier; knows no device type.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device.h"

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void must(int result, const char *what)
{
	const char *name;

	if (result >= 0)
		return;
	name = strerrorname_np(-result);
	die("%s: %s: %s", what, name ? name : "no errno", virtio_last_error());
}

void check(bool is_so, const char *what)
{
	if (!is_so)
		die("it is not so: %s", what);
}

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void device_open(struct virtio_dev *dev, const char *address)
{
	memset(dev, 0, sizeof(*dev));
	must(virtio_dev_open(dev, "guest", address), "open");
}

void device_up(struct virtio_dev *dev, const char *address, uint64_t features, unsigned queues,
	       unsigned fixed)
{
	device_open(dev, address);
	must(virtio_dev_reset(dev, features), "reset");
	must(virtio_dev_start(dev, (uint16_t)queues, (uint16_t)fixed), "start");
	if (dev->max_queues != queues)
		die("it started with %u queues of %u", dev->max_queues, queues);
}

void *device_memory(struct virtio_dev *dev, size_t len)
{
	struct virtio_mem_opts opts = { .size = sizeof(opts) };
	struct virtio_mem_limits limits;
	void *memory;

	must(virtio_dev_get_mem_limits(dev, &limits), "limits");
	if (limits.page_size > 4096)
		opts.flags = VIRTIO_MEM_HUGETLB;
	must(virtio_mem_alloc(len, &opts, &memory), "memory");
	return memory;
}

void collect(struct virtqueue *vq, void **cookies, uint32_t *lens, unsigned n)
{
	const double until = seconds() + PATIENCE;
	unsigned got = 0;

	while (got < n) {
		got += virtio_recv_pkts(vq, cookies + got, lens ? lens + got : NULL,
					(uint16_t)(n - got));
		must(virtqueue_get_error(vq), "queue");
		if (seconds() > until)
			die("%u of %u requests did not complete in %d s", n - got, n, PATIENCE);
	}
}

void await_event(struct virtio_dev *dev, uint32_t events, const char *what)
{
	const double until = seconds() + PATIENCE;
	struct pollfd fd = { .fd = virtio_dev_get_event_fd(dev), .events = POLLIN };
	uint32_t seen = 0;

	must(fd.fd, "event descriptor");
	while (!(seen & events)) {
		uint32_t now;

		if (seconds() > until)
			die("%s: no such event in %d s", what, PATIENCE);
		(void)poll(&fd, 1, 100);
		must(virtio_dev_poll_events(dev, &now), "events");
		seen |= now;
	}
}

void ask_machine(const char *format, ...)
{
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	char command[256], line[sizeof(command) + 16];
	va_list args;
	int len;

	must(fd < 0 ? -errno : fd, "/dev/console");
	va_start(args, format);
	len = vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	check(len > 0 && (size_t)len < sizeof(command), "the command fits into its line");
	len = snprintf(line, sizeof(line), "GUEST-QMP %s\n", command);
	/* One write, which no other program's comes between: several may ask at once. */
	check(write(fd, line, (size_t)len) == len, "the console takes the line");
	close(fd);
}

uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (end == text || *end)
		die("%s is no number", text);
	return value;
}
