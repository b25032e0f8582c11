/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks at what the kernel and the device say unasked, and ends a device that
 * is gone.
 *
 * poll runs next to the data path: it makes one system call while nothing has
 * happened and never touches a BAR, since a BAR that vanished would fault. The
 * kernel's own reads of it give an error instead.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common.h"
#include "lift.h"
#include "loss.h"
#include "regs.h"

/* How long a device that is to be given back may take for its last reset. */
#define LAST_RESET_MS	100

int vpci_loss_watch(struct vpci_dev *dev, int fd)
{
	/* Edge-triggered: a vector may be a queue's as well, and then nobody
	 * drains it here (PCI-CFGCHG-1). */
	struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.fd = fd };

	if (fd < 0)
		return 0;
	if (dev->epoll_fd < 0)
		dev->epoll_fd = vpci_lift(epoll_create1(EPOLL_CLOEXEC));
	if (dev->epoll_fd >= 0 &&
	    (!epoll_ctl(dev->epoll_fd, EPOLL_CTL_ADD, fd, &e) || errno == EEXIST))
		return 0;
	return virtio_set_error(errno, "no descriptor to watch %s with: %s; raise the limit of open "
				"files", dev->fn.name, strerror(errno));
}

int vpci_loss_begin(struct vpci_dev *dev)
{
	const int err = vpci_loss_watch(dev, dev->req_fd);

	return err ? err : vpci_loss_watch(dev, dev->err_fd);
}

void vpci_loss_end(struct vpci_dev *dev)
{
	if (dev->epoll_fd >= 0)
		close(dev->epoll_fd);
	dev->epoll_fd = -1;
}

static void blind_all(struct vpci_dev *dev)
{
	vpci_window_blind(&dev->common);
	vpci_window_blind(&dev->device);
	vpci_window_blind(&dev->notify);
}

/* Nobody drains a signal that comes from now on: it is not to be seen. */
static void unwatch(struct vpci_dev *dev, int fd)
{
	if (dev->epoll_fd >= 0 && fd >= 0)
		(void)epoll_ctl(dev->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* Logically removed, it may still work, and write to memory. */
static void quieten(struct vpci_dev *dev)
{
	/* Through the kernel, where that is possible: it gives an error where a
	 * mapping that vanished would fault. */
	if (dev->access->bar_read)
		dev->common.base = NULL;
	(void)vpci_reset(dev, LAST_RESET_MS);
	(void)vpci_command(dev, 0, VPCI_COMMAND_MASTER);
}

static void end(struct vpci_dev *dev, const char *why)
{
	dev->gone = true;
	blind_all(dev);
	if (dev->access->let_go)
		dev->access->let_go(dev);
	unwatch(dev, dev->req_fd);
	unwatch(dev, dev->err_fd);
	if (dev->irq.count)
		unwatch(dev, dev->irq.fds[0]);
	if (dev->vdev)
		virtio_dev_report(dev->vdev, VIRTIO_EVENT_REMOVED, "%s is gone: %s", dev->fn.name,
				  why);
}

void vpci_lost(struct vpci_dev *dev, const char *why)
{
	if (dev->gone)
		return;
	quieten(dev);
	if (!dev->gone)
		end(dev, why);
}

/* A register as the kernel reads it: an error, not a fault, if the BAR is gone. */
static bool read_quietly(struct vpci_dev *dev, uint64_t at, uint8_t *value)
{
	const struct vpci_place *common = &dev->common.place;

	if (dev->access->bar_read)
		return !dev->access->bar_read(dev, common->bar, common->offset + at, value, 1);
	*value = vpci_read8(&dev->common, at);
	return true;
}

/* HARD-STAT-1, HARD-CFG-4: what a configuration change is about. */
static void look_at_status(struct vpci_dev *dev, bool told)
{
	uint8_t status, generation;

	if (!read_quietly(dev, COMMON_STATUS, &status) || status == VPCI_STATUS_GONE ||
	    (dev->running && !(status & VIRTIO_CONFIG_S_DRIVER_OK))) {
		vpci_lost(dev, "it does not answer, or forgot that it was running");
		return;
	}
	if (!read_quietly(dev, COMMON_CONFIG_GENERATION, &generation))
		return;
	if (status & VIRTIO_CONFIG_S_NEEDS_RESET && !dev->needs_reset)
		virtio_dev_report(dev->vdev, VIRTIO_EVENT_NEEDS_RESET, "%s needs a reset",
				  dev->fn.name);
	dev->needs_reset = status & VIRTIO_CONFIG_S_NEEDS_RESET;
	/* A vector of its own means a change, whatever the generation says. */
	if (generation != dev->config_generation || told)
		virtio_dev_report(dev->vdev, VIRTIO_EVENT_CONFIG, "%s changed its configuration",
				  dev->fn.name);
	dev->config_generation = generation;
}

/* The kernel saw an error of the bus: what is left of the device says which. */
static void look_at_error(struct vpci_dev *dev)
{
	uint8_t status;

	if (!vpci_is_present(dev) || !read_quietly(dev, COMMON_STATUS, &status) ||
	    status == VPCI_STATUS_GONE)
		vpci_lost(dev, "the bus reports an error and it does not answer");
	else
		virtio_dev_report(dev->vdev, VIRTIO_EVENT_NEEDS_RESET, "the bus reports an error of "
				  "%s: reset it", dev->fn.name);
}

static void handle(struct vpci_dev *dev, int fd)
{
	if (fd == dev->req_fd)
		vpci_lost(dev, "the kernel wants it back (hot-unplug, or another driver)");
	else if (fd == dev->err_fd)
		look_at_error(dev);
	else
		look_at_status(dev, dev->irq.count > 1);
}

/* Without VFIO nobody tells: ask whether configuration space is still there. If it
 * is not, the addresses of its BARs may be another device's by now: they are not
 * touched. */
static void ask_config_space(struct vpci_dev *dev)
{
	if (!vpci_is_present(dev))
		end(dev, "its configuration space cannot be read any more");
}

int vpci_poll(struct virtio_dev *vdev)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	struct epoll_event events[3];
	int n;

	if (dev->gone)
		return 0;
	/* A kick that the guard caught went nowhere. */
	if (dev->notify.map && virtio_sigbus_guard_hit(dev->notify.map)) {
		vpci_lost(dev, "its doorbells vanished");
		return 0;
	}
	if (dev->epoll_fd < 0) {
		ask_config_space(dev);
		return 0;
	}
	n = epoll_wait(dev->epoll_fd, events, sizeof(events) / sizeof(*events), 0);
	for (int i = 0; i < n && !dev->gone; i++)
		handle(dev, events[i].data.fd);
	return 0;
}

int vpci_look(struct virtio_dev *vdev)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);

	(void)vpci_poll(vdev);
	/* HARD-STAT-1: a device need not tell, and without interrupts it cannot. */
	if (!dev->gone && dev->running)
		look_at_status(dev, false);
	return 0;
}
