/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VFIO by the device's own node and iommufd, as kernels from 6.6 on have it.
 *
 * The devices of a group share one I/O address space (IOAS) in one iommufd.
 * Called through the table at the end.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "group.h"
#include "lift.h"
#include "memlock.h"
#include "node.h"
#include "sysfs.h"
#include "vfio.h"

#define FIRST_RANGES	16u
#define MOST_RANGES	65536u

static int cdev_space_open(struct vpci_space *space, const char *device)
{
	struct vpci_ioas_alloc alloc = { .size = sizeof(alloc) };

	space->fd = vpci_node_open(VPCI_IOMMUFD, "the kernel has no iommufd, or it is not loaded "
				   "('modprobe iommufd')");
	if (space->fd < 0)
		return space->fd;
	if (ioctl(space->fd, VPCI_IOAS_ALLOC, &alloc))
		return virtio_set_error(errno, "iommufd gives no address space for %s: %s", device,
					strerror(errno));
	space->ioas = alloc.ioas;
	return 0;
}

/* The address space ends with its iommufd. */
static void cdev_space_close(struct vpci_space *space)
{
	if (space->fd >= 0)
		close(space->fd);
}

/* The ranges, in place: EMSGSIZE says how much room it takes. */
static int ask_ranges(const struct vpci_space *space, struct vpci_ioas_ranges *answer,
		      struct vpci_ioas_range **ranges)
{
	uint32_t room = FIRST_RANGES;

	for (;;) {
		*ranges = calloc(room, sizeof(**ranges));
		if (!*ranges)
			return -ENOMEM;
		*answer = (struct vpci_ioas_ranges){
			.size = sizeof(*answer),
			.ioas = space->ioas,
			.count = room,
			.ranges = (uintptr_t)*ranges,
		};
		if (!ioctl(space->fd, VPCI_IOAS_RANGES, answer))
			break;
		free(*ranges);
		*ranges = NULL;
		if (errno != EMSGSIZE || answer->count <= room || answer->count > MOST_RANGES)
			return -errno;
		room = answer->count;
	}
	if (answer->count > room)
		answer->count = room;
	return 0;
}

static int cdev_look(struct vpci_space *space)
{
	struct vpci_ioas_range *found;
	struct vpci_ioas_ranges answer;
	struct vpci_range *ranges;
	int err = ask_ranges(space, &answer, &found);

	if (err)
		return virtio_set_error(-err, "iommufd does not say what the IOMMU of group %d can "
					"address: %s", space->group, strerror(-err));
	ranges = calloc(answer.count ? answer.count : 1, sizeof(*ranges));
	for (uint32_t i = 0; ranges && i < answer.count; i++)
		ranges[i] = (struct vpci_range){ found[i].first, found[i].last };
	err = ranges ? vpci_space_set_ranges(space, ranges, answer.count, answer.alignment) :
		       virtio_set_error(ENOMEM, "no memory for the ranges of the IOMMU");
	free(ranges);
	free(found);
	return err;
}

static int cdev_map(struct vpci_space *space, const struct vpci_mapping *m)
{
	struct vpci_memlock lock;
	struct vpci_ioas_map map = {
		.size = sizeof(map),
		.flags = VPCI_IOAS_MAP_FIXED | VPCI_IOAS_MAP_READ | VPCI_IOAS_MAP_WRITE,
		.ioas = space->ioas,
		.address = (uintptr_t)m->addr,
		.length = m->len,
		.iova = m->bus_addr,
	};

	if (!ioctl(space->fd, VPCI_IOAS_MAP, &map))
		return 0;
	if (errno == ENOMEM) {
		lock = vpci_memlock_read("VmPin:");
		return vpci_memlock_error(&lock, m->len);
	}
	if (errno == EFAULT)
		return virtio_set_error(EFAULT, "%" PRIu64 " bytes at %p cannot be pinned: is all "
					"of it mapped, and writable?", m->len, m->addr);
	return virtio_set_error(errno, "iommufd does not map %" PRIu64 " bytes at %p to IOVA 0x%"
				PRIx64 ": %s", m->len, m->addr, m->bus_addr, strerror(errno));
}

static int cdev_unmap(struct vpci_space *space, const struct vpci_mapping *m)
{
	struct vpci_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas = space->ioas,
		.iova = m->bus_addr,
		.length = m->len,
	};

	if (!ioctl(space->fd, VPCI_IOAS_UNMAP, &unmap) && unmap.length == m->len)
		return 0;
	return virtio_set_error(EIO, "iommufd does not unmap %" PRIu64 " bytes at IOVA 0x%" PRIx64,
				m->len, m->bus_addr);
}

static const struct vpci_space_ops cdev_space = {
	.translated = true,
	.open = cdev_space_open,
	.close = cdev_space_close,
	.look = cdev_look,
	.map = cdev_map,
	.unmap = cdev_unmap,
};

/* Another program may have opened the node as well: binding is what counts. */
static int explain_bind(const struct vpci_dev *dev, const char *node, int error)
{
	const struct vpci_vfio *v = dev->way;
	char group[64], holder[96];

	switch (error) {
	case EBUSY:	/* by group */
	case EINVAL:	/* by this node */
		snprintf(group, sizeof(group), "/dev/vfio/%d", v->share.space->group);
		vpci_node_holder(error == EBUSY ? group : node, holder, sizeof(holder));
		return virtio_set_error(EBUSY, "%s is in use by %s", dev->fn.name, holder);
	case EPERM:
		return virtio_set_error(error, "the IOMMU in front of %s does not remap "
					"interrupts, so it could forge them: write 1 to "
					"/sys/module/iommufd/parameters/allow_unsafe_interrupts if "
					"it is trusted", dev->fn.name);
	default:
		return virtio_set_error(error, "%s cannot be bound to an iommufd: %s", dev->fn.name,
					strerror(error));
	}
}

static int bind_device(struct vpci_dev *dev, const char *node)
{
	struct vpci_vfio *v = dev->way;
	struct vpci_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = v->share.space->fd };
	struct vpci_attach_ioas attach = { .argsz = sizeof(attach), .ioas = v->share.space->ioas };

	if (ioctl(v->fd, VPCI_BIND_IOMMUFD, &bind))
		return explain_bind(dev, node, errno);
	if (!ioctl(v->fd, VPCI_ATTACH_IOAS, &attach))
		return 0;
	return virtio_set_error(errno, "%s cannot be attached to an address space of the IOMMU: "
				"%s; other devices of group %d must be bound to VFIO, and used by "
				"this program alone", dev->fn.name, strerror(errno),
				v->share.space->group);
}

static int open_steps(struct vpci_dev *dev, const char *node)
{
	struct vpci_vfio *v = dev->way;
	int err;

	v->fd = vpci_node_open(node, "udev has not made it, or this is a container without it");
	if (v->fd < 0)
		return v->fd;
	err = vpci_share_open(&v->share, &cdev_space, vpci_group_of(dev->fn.name), dev->fn.name);
	if (!err)
		err = bind_device(dev, node);
	if (!err)
		err = vpci_share_ready(&v->share);
	return err ? err : vpci_vfio_begin(dev);
}

static int open_cdev(struct vpci_dev *dev)
{
	char node[64];
	int err;

	if (vpci_node_of(dev->fn.name, node, sizeof(node)))
		return virtio_set_error(ENOENT, "VFIO has no node for %s: it is not bound to "
					"vfio-pci, no IOMMU is in front of it, or the kernel has "
					"no VFIO cdev", dev->fn.name);
	err = vpci_vfio_new(dev);
	if (!err)
		err = open_steps(dev, node);
	if (err)
		vpci_vfio_close(dev);
	return err;
}

const struct vpci_access vpci_access_cdev = {
	.name = "cdev",
	.translated = true,
	.open = open_cdev,
	.get_mem_limits = vpci_vfio_mem_limits,
	VPCI_VFIO_ACCESS,
};
