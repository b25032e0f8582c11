/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way in without VFIO: BARs and configuration space as sysfs offers them to
 * root, physical addresses, no interrupts.
 *
 * For functions that no driver holds, or one that leaves the BARs alone. The
 * lock on `config` is between programs like this one; the kernel knows
 * nothing of it.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "common.h"
#include "device.h"
#include "lift.h"
#include "node.h"
#include "space.h"
#include "sysfs.h"

struct sysfs_way {
	int config;			/* descriptor; -1 */
	bool enabled;			/* to be disabled again */
	bool saved;
	uint16_t command;		/* as it was, to be restored */
	struct vpci_share share;	/* of the one space of physical addresses */
};

static const struct vpci_space_ops physical_space = { .translated = false };

static int sysfs_config_read(struct vpci_dev *dev, unsigned at, void *buf, unsigned len)
{
	const struct sysfs_way *way = dev->way;
	const ssize_t got = pread(way->config, buf, len, at);

	if (got == (ssize_t)len)
		return 0;
	return got < 0 ? -errno : -EIO;
}

static int sysfs_config_write(struct vpci_dev *dev, unsigned at, const void *buf, unsigned len)
{
	const struct sysfs_way *way = dev->way;
	const ssize_t put = pwrite(way->config, buf, len, at);

	if (put == (ssize_t)len)
		return 0;
	return put < 0 ? -errno : -EIO;
}

/* As of now: a driver may have come since the bus was looked at. */
static int check_driver(struct vpci_dev *dev)
{
	vpci_function_look(&dev->fn);
	if (!*dev->fn.driver || vpci_function_is_uio(&dev->fn))
		return 0;
	return virtio_set_error(EBUSY, "the driver %s has %s; sysfs serves devices that none has: "
				"'virtio-poll-ctl bind --driver none pci:%s'",
				dev->fn.driver, dev->fn.name, dev->fn.name);
}

static int lock_config(struct vpci_dev *dev)
{
	struct sysfs_way *way = dev->way;
	char path[VPCI_SYSFS_PATH], holder[96];

	if (!flock(way->config, LOCK_EX | LOCK_NB))
		return 0;
	vpci_sysfs_path(path, dev->fn.name, "config");
	vpci_node_holder(path, holder, sizeof(holder));
	return virtio_set_error(EBUSY, "%s is driven by %s already", dev->fn.name, holder);
}

/* A descriptor above 2, or -errno. */
static int open_attribute(const struct vpci_dev *dev, const char *attribute, int flags)
{
	int fd = vpci_sysfs_open(dev->fn.name, attribute, flags);

	if (fd < 0)
		return fd;
	fd = vpci_lift(fd);
	return fd < 0 ? -errno : fd;
}

static int open_config(struct vpci_dev *dev)
{
	struct sysfs_way *way = dev->way;
	const int fd = open_attribute(dev, "config", O_RDWR);

	if (fd == -EACCES || fd == -EPERM)
		return virtio_set_error(-fd, "sysfs lets root alone drive %s: run as root, or bind "
					"it to vfio-pci ('virtio-poll-ctl bind pci:%s')",
					dev->fn.name, dev->fn.name);
	if (fd < 0)
		return virtio_set_error(-fd, "configuration space of %s cannot be opened: %s",
					dev->fn.name, strerror(-fd));
	way->config = fd;
	return lock_config(dev);
}

static int write_enable(struct vpci_dev *dev, const char *value)
{
	const int fd = open_attribute(dev, "enable", O_WRONLY);
	int err;

	if (fd < 0)
		return fd;
	err = write(fd, value, 1) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

/*
 * Counted by the kernel: wakes the device up and assigns its BARs. A count
 * that is there without a driver is one that a killed program left: it is
 * taken over.
 */
static int enable(struct vpci_dev *dev)
{
	struct sysfs_way *way = dev->way;
	int err = 0;

	if (*dev->fn.driver)
		return 0;	/* it has enabled it */
	if (vpci_sysfs_number(dev->fn.name, "enable", 0) <= 0)
		err = write_enable(dev, "1");
	way->enabled = !err;
	return err ? virtio_set_error(-err, "%s cannot be enabled: %s", dev->fn.name,
				      strerror(-err)) : 0;
}

/* Memory and INTx are no bits of a virtual function's: they may not stick. */
static int take_command(struct vpci_dev *dev)
{
	struct sysfs_way *way = dev->way;
	uint16_t command;
	int err = sysfs_config_read(dev, VPCI_COMMAND, &command, sizeof(command));

	/* HARD-STAT-5: ones are no command register, and none to be put back at the end. */
	if (!err && command == UINT16_MAX)
		return virtio_set_error(ENODEV, "%s was removed, or is powered down",
					dev->fn.name);
	if (!err) {
		way->command = le16toh(command) & ~VPCI_COMMAND_MASTER;
		way->saved = true;
		(void)vpci_command(dev, VPCI_COMMAND_MEMORY | VPCI_COMMAND_NO_INTX, 0);
		err = vpci_command(dev, 0, VPCI_COMMAND_MASTER);
	}
	return err ? virtio_set_error(-err, "the command register of %s cannot be set: %s",
				      dev->fn.name, strerror(-err)) : 0;
}

static void sysfs_close(struct vpci_dev *dev)
{
	struct sysfs_way *way = dev->way;
	uint16_t command;

	if (!way)
		return;
	if (way->saved) {
		command = htole16(way->command);
		(void)sysfs_config_write(dev, VPCI_COMMAND, &command, sizeof(command));
	}
	/* Of one that is gone, another may have the name by now; the descriptor is its own
	 * still. */
	if (way->enabled && vpci_is_present(dev))
		(void)write_enable(dev, "0");
	vpci_share_close(&way->share);
	if (way->config >= 0)
		close(way->config);	/* and the lock with it */
	free(way);
	dev->way = NULL;
}

static int begin(struct vpci_dev *dev)
{
	struct sysfs_way *way = dev->way;
	int err = check_driver(dev);

	if (!err)
		err = open_config(dev);
	if (!err)
		err = vpci_pages_check(VPCI_PAGEMAP);
	if (!err)
		err = vpci_share_open(&way->share, &physical_space, -1, dev->fn.name);
	if (!err)
		err = enable(dev);
	if (!err)
		err = take_command(dev);
	return err;
}

static int sysfs_open(struct vpci_dev *dev)
{
	struct sysfs_way *way = calloc(1, sizeof(*way));
	int err;

	if (!way)
		return virtio_set_error(ENOMEM, "no memory to open %s", dev->fn.name);
	way->config = -1;
	dev->way = way;
	err = begin(dev);
	if (err)
		sysfs_close(dev);
	return err;
}

static int sysfs_bar_map(struct vpci_dev *dev, unsigned bar, uint64_t offset, uint64_t len,
			 void **addr)
{
	char name[32];
	void *map;
	int fd, err;

	if (bar >= VPCI_BARS || dev->fn.bars[bar].io || !len || offset > dev->fn.bars[bar].size)
		return -EINVAL;
	/* The kernel maps from the beginning of a page: if the BAR begins inside
	 * one, that is where other registers are. */
	if (dev->fn.bars[bar].base % (uint64_t)sysconf(_SC_PAGESIZE))
		return -ENOTSUP;
	snprintf(name, sizeof(name), "resource%u", bar);
	fd = open_attribute(dev, name, O_RDWR);
	if (fd < 0)
		return fd;
	/* The kernel checks the end. EINVAL also if a driver has the BAR. */
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
	err = map == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err)
		return err;
	(void)madvise(map, len, MADV_DONTFORK);
	*addr = map;
	return 0;
}

static int sysfs_mem_add(struct vpci_dev *dev, struct virtio_mem_region *region)
{
	struct sysfs_way *way = dev->way;

	return vpci_share_add(&way->share, region);
}

static int sysfs_mem_remove(struct vpci_dev *dev, const struct virtio_mem_region *region)
{
	struct sysfs_way *way = dev->way;

	return vpci_share_remove(&way->share, region);
}

static int sysfs_mem_limits(struct vpci_dev *dev, struct virtio_mem_limits *limits)
{
	struct sysfs_way *way = dev->way;

	(void)vpci_huge_pages(&limits->page_size);
	return vpci_share_limits(&way->share, limits);
}

const struct vpci_access vpci_access_sysfs = {
	.name = "sysfs",
	.open = sysfs_open,
	.close = sysfs_close,
	.config_read = sysfs_config_read,
	.config_write = sysfs_config_write,
	.bar_map = sysfs_bar_map,
	.mem_add = sysfs_mem_add,
	.mem_remove = sysfs_mem_remove,
	.get_mem_limits = sysfs_mem_limits,
};
