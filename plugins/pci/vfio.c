/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a VFIO device from the moment its descriptor is open: the same
 * for all VFIO ways in, which call this. Bus mastering is left to the caller
 * and ends off; the device is reset when it is closed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lift.h"
#include "vfio.h"

#define DUP_TRIES	100

int vpci_vfio_new(struct vpci_dev *dev)
{
	struct vpci_vfio *v = calloc(1, sizeof(*v));

	if (!v)
		return virtio_set_error(ENOMEM, "no memory to open %s", dev->fn.name);
	v->fd = v->stand_in = -1;
	dev->req_fd = dev->err_fd = -1;
	dev->way = v;
	return 0;
}

static const struct vpci_vfio_region *config_region(const struct vpci_vfio *v)
{
	return &v->regions[VFIO_PCI_CONFIG_REGION_INDEX];
}

int vpci_vfio_config_read(struct vpci_dev *dev, unsigned at, void *buf, unsigned len)
{
	const struct vpci_vfio *v = dev->way;
	const struct vpci_vfio_region *r = config_region(v);
	ssize_t got;

	if (at > r->size || len > r->size - at)
		return -EINVAL;
	got = pread(v->fd, buf, len, (off_t)(r->offset + at));
	if (got == (ssize_t)len)
		return 0;
	return got < 0 ? -errno : -EIO;
}

int vpci_vfio_config_write(struct vpci_dev *dev, unsigned at, const void *buf, unsigned len)
{
	const struct vpci_vfio *v = dev->way;
	const struct vpci_vfio_region *r = config_region(v);
	ssize_t put;

	if (at > r->size || len > r->size - at)
		return -EINVAL;
	put = pwrite(v->fd, buf, len, (off_t)(r->offset + at));
	if (put == (ssize_t)len)
		return 0;
	return put < 0 ? -errno : -EIO;
}

static int look_at_device(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (ioctl(v->fd, VFIO_DEVICE_GET_INFO, &info))
		return virtio_set_error(errno, "VFIO does not describe %s: %s", dev->fn.name,
					strerror(errno));
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI))
		return virtio_set_error(ENOTSUP, "%s is no PCI device to VFIO (flags 0x%x)",
					dev->fn.name, info.flags);
	v->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
	return vpci_vfio_find_regions(&dev->fn, v);
}

static int open_stand_in(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;

	v->stand_in = vpci_lift(open("/dev/null", O_RDWR | O_CLOEXEC));
	if (v->stand_in >= 0)
		return 0;
	return virtio_set_error(errno, "cannot open /dev/null, which %s would need when it is "
				"removed: %s", dev->fn.name, strerror(errno));
}

int vpci_vfio_begin(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;
	int err = look_at_device(dev);

	if (!err)
		err = open_stand_in(dev);
	if (!err)
		err = vpci_vfio_find_irqs(dev);
	if (err)
		return err;
	v->started = true;
	/* Memory and INTx are no bits of a virtual function's: they may not stick. */
	(void)vpci_command(dev, VPCI_COMMAND_MEMORY | VPCI_COMMAND_NO_INTX, 0);
	err = vpci_command(dev, 0, VPCI_COMMAND_MASTER);
	if (err)
		return virtio_set_error(-err, "bus mastering of %s cannot be switched off: %s",
					dev->fn.name, strerror(-err));
	return 0;
}

/*
 * Another thread may be about to ring a doorbell by pwrite: the number of the
 * descriptor stays taken, by /dev/null, so that it reaches no foreign file.
 * The kernel's own clean-up resets the device. Only then is memory unmapped,
 * and the space closed if this was its last device.
 */
void vpci_vfio_let_go(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;

	if (!v || v->let_go)
		return;
	v->let_go = true;
	/* EBUSY: another thread is just opening a file of that number. */
	for (int tries = 0; v->fd >= 0 && v->stand_in >= 0 && tries < DUP_TRIES; tries++)
		if (dup3(v->stand_in, v->fd, O_CLOEXEC) >= 0 || (errno != EINTR && errno != EBUSY))
			break;
	vpci_share_close(&v->share);
}

/* Before the memory goes: the device writes to nothing any more. */
static void quieten(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;

	if (!v->started || v->let_go)
		return;
	(void)vpci_command(dev, 0, VPCI_COMMAND_MASTER);
	/* Takes 0.1 s where the bus does it, as PCI Express asks for. */
	if (v->can_reset && ioctl(v->fd, VFIO_DEVICE_RESET))
		virtio_log(VIRTIO_LOG_WARN, "%s: VFIO could not reset it: %s", dev->fn.name,
			   strerror(errno));
}

void vpci_vfio_close(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;

	if (!v)
		return;
	quieten(dev);
	vpci_share_forget(&v->share);
	if (v->fd >= 0)
		close(v->fd);
	if (v->stand_in >= 0)
		close(v->stand_in);
	vpci_vfio_close_irqs(dev);
	vpci_share_close(&v->share);
	vpci_vfio_free_regions(v);
	free(v);
	dev->way = NULL;
}

int vpci_vfio_mem_add(struct vpci_dev *dev, struct virtio_mem_region *region)
{
	struct vpci_vfio *v = dev->way;

	return vpci_share_add(&v->share, region);
}

int vpci_vfio_mem_remove(struct vpci_dev *dev, const struct virtio_mem_region *region)
{
	struct vpci_vfio *v = dev->way;

	return vpci_share_remove(&v->share, region);
}

int vpci_vfio_mem_limits(struct vpci_dev *dev, struct virtio_mem_limits *limits)
{
	struct vpci_vfio *v = dev->way;

	return vpci_share_limits(&v->share, limits);
}
