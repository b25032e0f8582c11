/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts of a VFIO device: MSI-X vectors to eventfds that are handed in,
 * and the two events that VFIO adds: the kernel wants the device back, and the
 * bus saw an error. Called by vfio.c and irq.c; reads none of the eventfds.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lift.h"
#include "vfio.h"

/* n eventfds from the first vector on; n 0 switches the index off. */
static int set(int fd, uint32_t index, const int *fds, unsigned n)
{
	const size_t size = sizeof(struct vfio_irq_set) + n * sizeof(int32_t);
	struct vfio_irq_set *irqs = calloc(1, size);
	int err;

	if (!irqs)
		return -ENOMEM;
	irqs->argsz = (uint32_t)size;
	irqs->index = index;
	irqs->count = n;
	irqs->flags = VFIO_IRQ_SET_ACTION_TRIGGER |
		      (n ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
	if (n)
		memcpy(irqs->data, fds, n * sizeof(int32_t));
	err = ioctl(fd, VFIO_DEVICE_SET_IRQS, irqs);
	if (err < 0)
		err = -errno;
	free(irqs);
	/* PCI-MSIX-6: a kernel that has fewer vectors gives none, and says as a result
	 * how many it has (vfio_msi_enable in vfio_pci_intrs.c). */
	return err > 0 ? -ENOSPC : err;
}

/* How many of this index can be signalled to eventfds. */
static unsigned count(int fd, uint32_t index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info) || !(info.flags & VFIO_IRQ_INFO_EVENTFD))
		return 0;
	return info.count;
}

/* An eventfd for an event that the device may lack: then -1 stays. */
static int arm(int device, uint32_t index, int *out)
{
	int fd, err;

	if (!count(device, index))
		return 0;
	fd = vpci_lift(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (fd < 0)
		return -errno;
	err = set(device, index, &fd, 1);
	if (err) {
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

int vpci_vfio_find_irqs(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;
	int err;

	v->irq_count = count(v->fd, VFIO_PCI_MSIX_IRQ_INDEX);
	err = arm(v->fd, VFIO_PCI_REQ_IRQ_INDEX, &dev->req_fd);
	if (!err)
		err = arm(v->fd, VFIO_PCI_ERR_IRQ_INDEX, &dev->err_fd);
	if (err)
		return virtio_set_error(-err, "VFIO does not tell of the removal and errors of %s: "
					"%s", dev->fn.name, strerror(-err));
	if (dev->req_fd < 0)
		virtio_log(VIRTIO_LOG_WARN, "%s: this kernel does not tell when it wants the "
			   "device back; unplugging it will wait for the program to end",
			   dev->fn.name);
	return 0;
}

/* After the device's descriptor: nobody signals them any more. */
void vpci_vfio_close_irqs(struct vpci_dev *dev)
{
	if (dev->req_fd >= 0)
		close(dev->req_fd);
	if (dev->err_fd >= 0)
		close(dev->err_fd);
	dev->req_fd = dev->err_fd = -1;
}

unsigned vpci_vfio_irq_count(struct vpci_dev *dev)
{
	const struct vpci_vfio *v = dev->way;

	return v->irq_count;
}

int vpci_vfio_set_irqs(struct vpci_dev *dev, const int *fds, unsigned n)
{
	struct vpci_vfio *v = dev->way;
	int err = 0;

	if (v->let_go)
		return n ? -ENODEV : 0;
	if (n > v->irq_count)
		return -ERANGE;
	/* The set of vectors cannot grow: off, then on with another. */
	if (v->irqs_on)
		err = set(v->fd, VFIO_PCI_MSIX_IRQ_INDEX, NULL, 0);
	if (err)
		return err;
	v->irqs_on = false;
	if (n)
		err = set(v->fd, VFIO_PCI_MSIX_IRQ_INDEX, fds, n);
	if (err)
		virtio_log(VIRTIO_LOG_DEBUG, "%s: no %u of its %u vectors: %s", dev->fn.name, n,
			   v->irq_count, strerror(-err));
	v->irqs_on = n && !err;
	return err;
}
