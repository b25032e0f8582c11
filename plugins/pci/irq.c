/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which vector tells of what, and the eventfds that the kernel signals.
 *
 * Vector 0 is for configuration changes, those after it are dealt out to the
 * queues in turn; a single vector is for all (PCI-MSIX-1). While nobody sleeps
 * the rings ask for no interrupts, so that mapped vectors cost nothing.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "irq.h"
#include "lift.h"
#include "loss.h"
#include "regs.h"

static unsigned vector_of(const struct vpci_irq *irq, uint16_t queue_id)
{
	return irq->count > 1 ? 1 + queue_id % (irq->count - 1) : 0;
}

void vpci_irq_end(struct vpci_dev *dev)
{
	struct vpci_irq *irq = &dev->irq;

	if (irq->count && !dev->gone)
		(void)dev->access->set_irqs(dev, NULL, 0);
	for (unsigned i = 0; irq->fds && i < irq->count; i++)
		if (irq->fds[i] >= 0)
			close(irq->fds[i]);
	free(irq->fds);
	*irq = (struct vpci_irq){ 0 };
}

static int make_fds(struct vpci_irq *irq, unsigned count)
{
	irq->fds = calloc(count, sizeof(*irq->fds));
	if (!irq->fds)
		return virtio_set_error(ENOMEM, "no memory for %u interrupts", count);
	irq->count = count;
	memset(irq->fds, 0xff, count * sizeof(*irq->fds));
	for (unsigned i = 0; i < count; i++) {
		irq->fds[i] = vpci_lift(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
		if (irq->fds[i] < 0)
			return virtio_set_error(errno, "no descriptors for %u interrupts: %s; raise "
						"the limit of open files", count, strerror(errno));
	}
	return 0;
}

/* As many as the device, the option and the queues have use for. */
static unsigned wanted(struct vpci_dev *dev, uint16_t queues)
{
	unsigned n = dev->access->irq_count ? dev->access->irq_count(dev) : 0;

	/* PCI-MSIX-4: never beyond the table, whatever the way in says. */
	n = n < dev->caps.msix_size ? n : dev->caps.msix_size;
	n = n < dev->vector_limit ? n : dev->vector_limit;
	return n < queues + 1u ? n : queues + 1u;
}

/* PCI-MSIX-6: with fewer, if the kernel does not give so many. */
static int enable(struct vpci_dev *dev, unsigned count)
{
	while (count) {
		int err = make_fds(&dev->irq, count);

		if (!err)
			err = dev->access->set_irqs(dev, dev->irq.fds, count);
		if (!err)
			return 0;
		/* Nothing was switched on, so only descriptors go. */
		vpci_irq_end(dev);
		if (err == -EMFILE || err == -ENFILE || err == -ENOMEM)
			return virtio_set_error(-err, "no means for %u interrupts of %s: %s; use "
						"fewer (vectors=), or raise the limit of open files",
						count, dev->fn.name, strerror(-err));
		count /= 2;
	}
	virtio_log(VIRTIO_LOG_WARN, "%s: the kernel gives no interrupts; the device can be polled "
		   "only", dev->fn.name);
	return 0;
}

/* HARD-MSIX-1, PCI-MSIX-5: it is mapped if it reads back as it was written. */
static bool map_vector(const struct vpci_dev *dev, uint64_t at, uint16_t vector)
{
	vpci_write16(&dev->common, at, vector);
	return vpci_read16(&dev->common, at) == vector;
}

static int map_config(struct vpci_dev *dev)
{
	if (!dev->irq.count) {
		/* PCI-MSIX-7 */
		if (dev->caps.msix_size)
			(void)map_vector(dev, COMMON_CONFIG_VECTOR, VPCI_NO_VECTOR);
		return 0;
	}
	if (!map_vector(dev, COMMON_CONFIG_VECTOR, 0))
		return virtio_set_error(EIO, "%s does not map vector 0 to configuration changes; "
					"vectors=0 does without interrupts", dev->fn.name);
	return vpci_loss_watch(dev, dev->irq.fds[0]);
}

int vpci_irq_begin(struct vpci_dev *dev, uint16_t queues)
{
	const unsigned count = wanted(dev, queues);
	int err = 0;

	if (dev->irq.mapped)
		return 0;
	if (count != dev->irq.count) {
		vpci_irq_end(dev);
		err = count ? enable(dev, count) : 0;
	}
	if (!err)
		err = map_config(dev);
	dev->irq.mapped = !err;
	return err;
}

int vpci_irq_map_queue(struct vpci_dev *dev, uint16_t queue_id)
{
	const uint16_t vector = dev->irq.count ? vector_of(&dev->irq, queue_id) : VPCI_NO_VECTOR;

	/* Without MSI-X there is nothing to unmap either. What a device answers to "no
	 * vector" does not matter: none is switched on. */
	if (!dev->caps.msix_size || map_vector(dev, COMMON_QUEUE_VECTOR, vector) ||
	    !dev->irq.count)
		return 0;
	return virtio_set_error(EIO, "queue %u of %s does not take vector %u; vectors=0 does "
				"without interrupts", queue_id, dev->fn.name, vector);
}

int vpci_queue_fd(struct virtio_dev *vdev, struct virtqueue *vq)
{
	const struct vpci_dev *dev = vpci_dev_of(vdev);

	if (!vq)
		return dev->epoll_fd >= 0 ? dev->epoll_fd : -ENOTSUP;
	if (!dev->irq.count)
		return virtio_set_error(ENOTSUP, "%s has no interrupts with access=%s: poll the queue",
					dev->fn.name, dev->access->name);
	return dev->irq.fds[vector_of(&dev->irq, vq->vq_queue_index)];
}
