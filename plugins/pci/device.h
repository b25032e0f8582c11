/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A function that this process drives: what the files of the plugin share.
 *
 * device.c makes it and has its one tear-down. One thread at a time, apart
 * from notify.
 */
#ifndef VPCI_DEVICE_H
#define VPCI_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/backend.h>

#include "access.h"
#include "caps.h"
#include "function.h"
#include "window.h"

#define VPCI_MAX_VECTORS	2048	/* PCI-MSIX-1 */

struct vpci_dev;

/* What notify needs of a queue, decided when it is set up. */
struct vpci_queue {
	uint64_t notify_at;		/* in the notify window */
	uint16_t notify_id;		/* PCI-NOTIFY-3 to -6: the index, or the device's figure */
	void (*notify)(struct vpci_dev *dev, struct vpci_queue *q, struct virtqueue *vq);
};

struct vpci_irq {
	int *fds;			/* an eventfd per vector */
	unsigned count;			/* vectors in use; 0: polling only */
	bool mapped;			/* the device knows the vectors */
};

struct vpci_dev {
	struct virtio_dev *vdev;	/* NULL before construct */
	struct vpci_function fn;
	const struct vpci_access *access;	/* NULL: not open */
	void *way;			/* the access's own state */

	struct vpci_caps caps;
	struct vpci_window common;
	struct vpci_window device;
	struct vpci_window notify;

	uint16_t queue_limit;		/* option num-queues */
	uint16_t size_limit;		/* option queue-size */
	uint16_t vector_limit;		/* option vectors; 0: polling only */

	uint64_t features;		/* accepted */
	bool running;			/* DRIVER_OK was set: status 0 means lost */
	bool gone;			/* removed: no register is touched any more */
	bool needs_reset;		/* as last told to the program */
	uint8_t config_generation;	/* last told to the program */

	int req_fd;			/* eventfd: the kernel wants the device back; -1 */
	int err_fd;			/* eventfd: the bus reports an error; -1 */
	int epoll_fd;			/* over these and the configuration vector */
	struct vpci_irq irq;
	struct vpci_queue queues[VIRTIO_MAX_VIRTQUEUES];
};

static inline struct vpci_dev *vpci_dev_of(struct virtio_dev *vdev)
{
	return virtio_dev_backend_ctx(vdev);
}

/* PCI command register */
#define VPCI_COMMAND		0x04
#define VPCI_COMMAND_MEMORY	0x0002
#define VPCI_COMMAND_MASTER	0x0004
#define VPCI_COMMAND_NO_INTX	0x0400

/* Sets and clears bits of the command register. 0 or -errno, no sentence. */
int vpci_command(struct vpci_dev *dev, uint16_t set, uint16_t clear);

/* What the options of an address say. */
struct vpci_options {
	const struct vpci_access_choice *access;	/* NULL: auto */
	uint64_t queue_limit;
	uint64_t size_limit;
	uint64_t vector_limit;
};

extern const struct vpci_options vpci_default_options;

/*
 * Opens the function, resets it and makes vdev of it. 0, or -errno with a
 * sentence, and then nothing is left open and *vdev is zeroed.
 */
int vpci_dev_open(struct virtio_dev *vdev, const char *name, const struct vpci_function *fn,
		  const struct vpci_options *options);

/* Resets the device, lets go of all and frees it; accepts a half-open one. */
void vpci_dev_free(struct vpci_dev *dev);

#endif /* VPCI_DEVICE_H */
