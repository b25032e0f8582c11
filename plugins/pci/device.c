/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes a device of a function: a way in, the capabilities, windows on the
 * structures, a reset, and the ops table over all of it. The one tear-down is
 * vpci_dev_free.
 *
 * The device may still hold the rings of a program that was killed, so it is
 * reset before anything else, and long before it may master the bus.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caps-read.h"
#include "claim.h"
#include "common.h"
#include "config-space.h"
#include "device.h"
#include "irq.h"
#include "loss.h"
#include "queue.h"
#include "regs.h"
#include "report.h"

#define CLOSE_RESET_MS		1000

/* PCI-CAP-5, -6: however long the structures say they are. */
#define DEVICE_CONFIG_MAX	4096

const struct vpci_options vpci_default_options = {
	.queue_limit = VIRTIO_MAX_VIRTQUEUES,
	.size_limit = 32768,
	.vector_limit = VPCI_MAX_VECTORS,
};

int vpci_command(struct vpci_dev *dev, uint16_t set, uint16_t clear)
{
	uint16_t raw, command, wanted;
	int err = dev->access->config_read(dev, VPCI_COMMAND, &raw, sizeof(raw));

	if (err)
		return err;
	command = le16toh(raw);
	/* HARD-STAT-5: ones are nobody's, and would switch on what a device has. */
	if (command == UINT16_MAX)
		return -ENODEV;
	wanted = (command & ~clear) | set;
	if (wanted == command)
		return 0;
	raw = htole16(wanted);
	err = dev->access->config_write(dev, VPCI_COMMAND, &raw, sizeof(raw));
	if (!err)
		err = dev->access->config_read(dev, VPCI_COMMAND, &raw, sizeof(raw));
	if (err)
		return err;
	return (le16toh(raw) & (set | clear)) == set ? 0 : -EIO;
}

static void vpci_destruct_dev(struct virtio_dev *vdev)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	const struct virtio_pci_addr addr = dev->fn.addr;

	vpci_dev_free(dev);
	vpci_claim_drop(&addr);
}

static uint16_t vpci_get_device_id(struct virtio_dev *vdev)
{
	return vpci_dev_of(vdev)->fn.type;
}

static int vpci_mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);

	if (dev->gone)
		return virtio_set_error(ENODEV, "%s was removed", dev->fn.name);
	return dev->access->mem_add(dev, region);
}

static int vpci_mem_remove(struct virtio_dev *vdev, const struct virtio_mem_region *region)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);

	return dev->access->mem_remove(dev, region);
}

static int vpci_get_mem_limits(struct virtio_dev *vdev, struct virtio_mem_limits *limits)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);

	return dev->access->get_mem_limits(dev, limits);
}

static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = vpci_read_dev_cfg,
	.write_dev_cfg = vpci_write_dev_cfg,
	.get_status = vpci_get_status,
	.set_status = vpci_set_status,
	.get_features = vpci_get_features,
	.set_features = vpci_set_features,
	.destruct_dev = vpci_destruct_dev,
	.get_queue_size = vpci_get_queue_size,
	.setup_queue = vpci_setup_queue,
	.del_queue = vpci_del_queue,
	.notify_queue = vpci_notify_queue,
	.dump_json_info = vpci_dump_json_info,
	.write_json_config = vpci_write_json_config,
	.get_config_generation = vpci_get_config_generation,
	.get_max_queues = vpci_get_max_queues,
	.mem_add = vpci_mem_add,
	.mem_remove = vpci_mem_remove,
	.queue_fd = vpci_queue_fd,
	.poll = vpci_poll,
	.stop = vpci_stop,
	.get_mem_limits = vpci_get_mem_limits,
	.get_device_id = vpci_get_device_id,
	.look = vpci_look,
};

/* A device that has used up the call's time for its reset gets no more. */
static int close_ms(void)
{
	const int left = virtio_time_left();

	return left < CLOSE_RESET_MS ? left : CLOSE_RESET_MS;
}

void vpci_dev_free(struct vpci_dev *dev)
{
	if (dev->access && !dev->gone) {
		if (dev->common.place.length)
			(void)vpci_reset(dev, close_ms());
		(void)vpci_command(dev, 0, VPCI_COMMAND_MASTER);
	}
	vpci_irq_end(dev);
	vpci_loss_end(dev);
	vpci_window_close(&dev->notify);
	vpci_window_close(&dev->device);
	vpci_window_close(&dev->common);
	if (dev->access)
		dev->access->close(dev);
	free(dev);
}

static int read_config(void *ctx, unsigned at, void *buf, unsigned len)
{
	struct vpci_dev *dev = ctx;

	return dev->access->config_read(dev, at, buf, len);
}

/* PCI-CAP-2: a way in that can only map has no use for a memory BAR that begins
 * inside a page; what is there may be somewhere else as well. */
static void usable_bars(const struct vpci_dev *dev, struct vpci_bar bars[VPCI_BARS])
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	memcpy(bars, dev->fn.bars, sizeof(dev->fn.bars));
	for (unsigned i = 0; i < VPCI_BARS && !dev->access->bar_read; i++) {
		if (!bars[i].size || bars[i].io || !(bars[i].base % page))
			continue;
		bars[i].size = 0;
		virtio_log(VIRTIO_LOG_WARN, "%s: BAR %u begins inside a page, so access=%s cannot "
			   "map it; VFIO can read it ('virtio-poll-ctl bind pci:%s')",
			   dev->fn.name, i, dev->access->name, dev->fn.name);
	}
}

static int read_caps(struct vpci_dev *dev)
{
	struct vpci_bar bars[VPCI_BARS];
	uint8_t bytes[VPCI_CONFIG_SIZE];
	int len = vpci_caps_read(read_config, dev, bytes), err;

	if (len < 0)
		return virtio_set_error(-len, "configuration space of %s cannot be read",
					dev->fn.name);
	usable_bars(dev, bars);
	err = vpci_caps_parse(bytes, (size_t)len, bars, &dev->caps);
	/* HARD-CAP-11: it may still work; who wonders why not finds this. */
	if (!err && dev->caps.overlaps)
		virtio_log(VIRTIO_LOG_WARN, "%s: its virtio structures overlap", dev->fn.name);
	return err;
}

static int reset_first(struct vpci_dev *dev)
{
	const int err = vpci_reset(dev, virtio_time_left());

	if (err == -ENODEV)
		return virtio_set_error(ENODEV, "%s does not answer (its status reads all ones): it "
					"was removed, or is powered down", dev->fn.name);
	return err ? virtio_set_error(-err, "%s did not reset in time; see virtio_dev_set_timeout",
				      dev->fn.name) : 0;
}

/* That of the doorbells comes with the first queue. */
static int open_windows(struct vpci_dev *dev)
{
	const struct vpci_caps *caps = &dev->caps;
	int err = vpci_window_open(&dev->common, dev, &caps->common, COMMON_END_ADMIN_QUEUE,
				   "common configuration");

	if (!err)
		err = reset_first(dev);
	if (!err && caps->device.length)
		err = vpci_window_open(&dev->device, dev, &caps->device, DEVICE_CONFIG_MAX,
				       "device configuration");
	return err;
}

/* The registers are to answer; the device is not to write to memory yet. The
 * bit for memory is none of a virtual function's, and does not stick there. */
static int decode_memory(struct vpci_dev *dev)
{
	int err = vpci_command(dev, VPCI_COMMAND_MEMORY, 0);

	if (!err || err == -EIO)
		err = vpci_command(dev, 0, VPCI_COMMAND_MASTER);
	if (err == -ENODEV)
		return virtio_set_error(ENODEV, "%s was removed, or is powered down",
					dev->fn.name);
	return err ? virtio_set_error(-err, "the command register of %s cannot be written",
				      dev->fn.name) : 0;
}

static int bring_up(struct vpci_dev *dev, const struct vpci_access_choice *choice)
{
	int err = vpci_access_open(dev, choice);

	if (!err)
		err = read_caps(dev);
	if (!err)
		err = decode_memory(dev);
	if (!err)
		err = open_windows(dev);
	if (!err)
		err = vpci_loss_begin(dev);
	return err;
}

static struct vpci_dev *new_dev(const struct vpci_function *fn, const struct vpci_options *options)
{
	struct vpci_dev *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return NULL;
	dev->fn = *fn;
	dev->req_fd = dev->err_fd = dev->epoll_fd = -1;
	dev->queue_limit = (uint16_t)options->queue_limit;
	dev->size_limit = (uint16_t)options->size_limit;
	dev->vector_limit = (uint16_t)options->vector_limit;
	return dev;
}

int vpci_dev_open(struct virtio_dev *vdev, const char *name, const struct vpci_function *fn,
		  const struct vpci_options *options)
{
	struct vpci_dev *dev = new_dev(fn, options);
	int err;

	if (!dev)
		return virtio_set_error(ENOMEM, "no memory for %s", fn->name);
	err = bring_up(dev, options->access ? options->access : vpci_access_find("auto"));
	if (!err)
		err = virtio_dev_construct(vdev, name, &ops, dev);
	if (err) {
		vpci_dev_free(dev);
		return err;
	}
	dev->vdev = vdev;
	vdev->is_hw = 1;
	return 0;
}
