/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VFIO by group: behind an IOMMU (type1), or without one, which gives the
 * device all memory and is said aloud. Called through the two tables at the
 * end. The group and its container are shared by the devices of this process
 * that are in it, since the kernel gives them to one opener only.
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
#include "node.h"
#include "sysfs.h"
#include "vfio.h"

#define CONTAINER	"/dev/vfio/vfio"

static int check_viable(const struct vpci_space *space, const char *device)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char members[200];

	if (ioctl(space->group_fd, VFIO_GROUP_GET_STATUS, &status))
		return virtio_set_error(errno, "the state of VFIO group %d is unknown: %s",
					space->group, strerror(errno));
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	vpci_group_in_the_way(space->group, members, sizeof(members));
	return virtio_set_error(EPERM, "%s shares IOMMU group %d with devices that kernel drivers "
				"have: %s; bind these to vfio-pci too, or unbind them", device,
				space->group, *members ? members : "see 'virtio-poll-ctl doctor'");
}

/* Opens container and group and joins them, for the kind of IOMMU named. */
static int open_group(struct vpci_space *space, const char *device, const char *node,
		      const char *absent)
{
	int err;

	space->fd = vpci_node_open(CONTAINER, "VFIO is not loaded; 'modprobe vfio-pci'");
	if (space->fd < 0)
		return space->fd;
	if (ioctl(space->fd, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		return virtio_set_error(EPROTO, "the kernel's VFIO has version %d, this needs %d",
					ioctl(space->fd, VFIO_GET_API_VERSION), VFIO_API_VERSION);
	space->group_fd = vpci_node_open(node, absent);
	if (space->group_fd < 0)
		return space->group_fd;
	err = check_viable(space, device);
	if (err)
		return err;
	if (ioctl(space->group_fd, VFIO_GROUP_SET_CONTAINER, &space->fd))
		return virtio_set_error(errno, "VFIO group %d joins no container: %s", space->group,
					strerror(errno));
	return 0;
}

static bool has_extension(const struct vpci_space *space, unsigned long extension)
{
	return ioctl(space->fd, VFIO_CHECK_EXTENSION, extension) > 0;
}

static int set_type1(struct vpci_space *space)
{
	const int type = has_extension(space, VFIO_TYPE1v2_IOMMU) ? VFIO_TYPE1v2_IOMMU :
								    VFIO_TYPE1_IOMMU;

	if (!has_extension(space, (unsigned long)type))
		return virtio_set_error(ENOTSUP, "VFIO has no type1 IOMMU: 'modprobe "
					"vfio_iommu_type1'");
	if (!ioctl(space->fd, VFIO_SET_IOMMU, type))
		return 0;
	if (errno == EPERM)
		return virtio_set_error(EPERM, "the IOMMU of group %d does not remap interrupts, "
					"so a device could forge them: write 1 to /sys/module/"
					"vfio_iommu_type1/parameters/allow_unsafe_interrupts if it "
					"is trusted", space->group);
	return virtio_set_error(errno, "VFIO does not put group %d behind the IOMMU: %s",
				space->group, strerror(errno));
}

static int type1_open(struct vpci_space *space, const char *device)
{
	char node[64], absent[128];
	int err;

	snprintf(node, sizeof(node), "/dev/vfio/%d", space->group);
	snprintf(absent, sizeof(absent), "%s is not bound to vfio-pci: "
		 "'virtio-poll-ctl bind pci:%s'", device, device);
	err = open_group(space, device, node, absent);
	return err ? err : set_type1(space);
}

static int noiommu_open(struct vpci_space *space, const char *device)
{
	char node[64];
	int err;

	snprintf(node, sizeof(node), "/dev/vfio/noiommu-%d", space->group);
	err = open_group(space, device, node, "udev has not made it, or this is a container "
			 "without it");
	if (err)
		return err;
	if (!has_extension(space, VFIO_NOIOMMU_IOMMU))
		return virtio_set_error(ENOTSUP, "VFIO's no-IOMMU mode is off: write 1 to "
					"/sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
	if (ioctl(space->fd, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU))
		return virtio_set_error(errno, "VFIO does not take group %d without an IOMMU: %s",
					space->group, strerror(errno));
	return 0;
}

/* The container last: with the group its mappings end. */
static void group_close(struct vpci_space *space)
{
	if (space->group_fd >= 0)
		close(space->group_fd);
	if (space->fd >= 0)
		close(space->fd);
}

static const struct vpci_space_ops type1_space = {
	.translated = true,
	.open = type1_open,
	.close = group_close,
	.look = vpci_type1_look,
	.map = vpci_type1_map,
	.unmap = vpci_type1_unmap,
};

static const struct vpci_space_ops noiommu_space = {
	.open = noiommu_open,
	.close = group_close,
};

static int open_device(struct vpci_dev *dev)
{
	struct vpci_vfio *v = dev->way;

	v->fd = vpci_lift(ioctl(v->share.space->group_fd, VFIO_GROUP_GET_DEVICE_FD, dev->fn.name));
	if (v->fd < 0)
		return virtio_set_error(errno, "VFIO group %d does not give %s: %s",
					v->share.space->group, dev->fn.name, strerror(errno));
	return vpci_vfio_begin(dev);
}

static int begin(struct vpci_dev *dev, const struct vpci_space_ops *ops)
{
	struct vpci_vfio *v;
	int err = vpci_vfio_new(dev);

	if (err)
		return err;
	v = dev->way;
	err = vpci_share_open(&v->share, ops, vpci_group_of(dev->fn.name), dev->fn.name);
	if (!err)
		err = open_device(dev);
	if (!err)
		err = vpci_share_ready(&v->share);
	if (err)
		vpci_vfio_close(dev);
	return err;
}

static int open_type1(struct vpci_dev *dev)
{
	const char *name = dev->fn.name;

	if (vpci_group_of(name) < 0)
		return virtio_set_error(ENODEV, "%s is in no IOMMU group: no IOMMU is in front of "
					"it, or it is off (kernel parameter intel_iommu=on)", name);
	if (vpci_group_has_no_iommu(name))
		return virtio_set_error(ENODEV, "%s is bound in no-IOMMU mode: no IOMMU is in "
					"front of it", name);
	return begin(dev, &type1_space);
}

static int open_noiommu(struct vpci_dev *dev)
{
	const char *name = dev->fn.name;
	int err;

	if (!vpci_group_has_no_iommu(name) && vpci_group_of(name) >= 0)
		return virtio_set_error(ENODEV, "%s has an IOMMU in front of it", name);
	if (vpci_group_of(name) < 0)
		return virtio_set_error(ENODEV, "%s is not bound to vfio-pci in no-IOMMU mode: "
					"write 1 to /sys/module/vfio/parameters/"
					"enable_unsafe_noiommu_mode, then 'virtio-poll-ctl bind "
					"pci:%s'", name, name);
	err = vpci_pages_check(VPCI_PAGEMAP);
	if (!err)
		err = begin(dev, &noiommu_space);
	if (!err)
		virtio_log(VIRTIO_LOG_WARN, "%s: no IOMMU: the device can write to all memory",
			   name);
	return err;
}

static int noiommu_limits(struct vpci_dev *dev, struct virtio_mem_limits *limits)
{
	(void)vpci_huge_pages(&limits->page_size);
	return vpci_vfio_mem_limits(dev, limits);
}

const struct vpci_access vpci_access_type1 = {
	.name = "type1",
	.translated = true,
	.open = open_type1,
	.get_mem_limits = vpci_vfio_mem_limits,
	VPCI_VFIO_ACCESS,
};

const struct vpci_access vpci_access_noiommu = {
	.name = "noiommu",
	.open = open_noiommu,
	.get_mem_limits = noiommu_limits,
	VPCI_VFIO_ACCESS,
};
