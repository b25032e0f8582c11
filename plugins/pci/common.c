/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Status, features and number of queues, by the rules of VIRTIO 1.3, 4.1.4.3.
 *
 * Read-only fields are never written (PCI-COMMON-1), each access has the
 * field's width. A device that lies here is told from one that is gone: all
 * ones, and a status that falls to 0 by itself, go to loss.c.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "common.h"
#include "config-need.h"
#include "irq.h"
#include "loss.h"
#include "regs.h"

#define BIT(n)	(1ull << (n))

#define VENDOR_ID	0x00	/* of PCI configuration space */

/* Kept back of a stop's time, so that the rest of the stop has some. */
#define STOP_RESERVE_MS	50

bool vpci_is_present(struct vpci_dev *dev)
{
	uint16_t vendor;

	return !dev->access->config_read(dev, VENDOR_ID, &vendor, sizeof(vendor)) &&
	       vendor != UINT16_MAX;
}

uint8_t vpci_get_status(struct virtio_dev *vdev)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	uint8_t status = dev->gone ? VPCI_STATUS_GONE : vpci_read8(&dev->common, COMMON_STATUS);

	if (dev->gone)
		return VPCI_STATUS_GONE;
	if (status == VPCI_STATUS_GONE)
		return vpci_lost(dev, "its status reads all ones"), VPCI_STATUS_GONE;
	/* HARD-STAT-4: nobody but the driver clears it. */
	if (dev->running && !(status & VIRTIO_CONFIG_S_DRIVER_OK))
		return vpci_lost(dev, "its status lost DRIVER_OK by itself"), VPCI_STATUS_GONE;
	/* Where a page took the place of registers that vanished, a status of 0 may be
	 * what was written there (virtio_set_sigbus_guard). */
	if (!status && !vpci_is_present(dev))
		return vpci_lost(dev, "it is not on the bus any more"), VPCI_STATUS_GONE;
	return status;
}

int vpci_check_alive(struct vpci_dev *dev)
{
	if (vpci_get_status(dev->vdev) != VPCI_STATUS_GONE)
		return 0;
	return virtio_set_error(ENODEV, "%s was removed", dev->fn.name);
}

void vpci_set_status(struct virtio_dev *vdev, uint8_t status)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);

	if (dev->gone || (!status && vpci_get_status(vdev) == VPCI_STATUS_GONE))
		return;
	if (!status) {
		dev->running = false;
		/* PCI-MSIX-7: a reset unmaps every vector. */
		dev->irq.mapped = false;
	}
	vpci_write8(&dev->common, COMMON_STATUS, status);
	/* One that does not take DRIVER_OK is no loss: nothing was running. */
	if (status & VIRTIO_CONFIG_S_DRIVER_OK && !dev->running) {
		dev->running = vpci_read8(&dev->common, COMMON_STATUS) & VIRTIO_CONFIG_S_DRIVER_OK;
		dev->needs_reset = false;
	}
	/* From here on the program reads the configuration: it is told of changes. */
	if (status & VIRTIO_CONFIG_S_FEATURES_OK && !(status & VIRTIO_CONFIG_S_DRIVER_OK))
		dev->config_generation = vpci_read8(&dev->common, COMMON_CONFIG_GENERATION);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int vpci_reset(struct vpci_dev *dev, int ms)
{
	struct timespec nap = { .tv_nsec = 1000 };
	const int64_t until = now_ms() + ms;

	dev->running = false;
	dev->irq.mapped = false;
	/* HARD-STAT-5: ones are no device to write to; and where nothing is on the bus,
	 * the addresses may be another device's by now. */
	if (!vpci_is_present(dev) || vpci_read8(&dev->common, COMMON_STATUS) == VPCI_STATUS_GONE)
		return -ENODEV;
	vpci_write8(&dev->common, COMMON_STATUS, 0);
	for (;;) {
		const uint8_t status = vpci_read8(&dev->common, COMMON_STATUS);

		if (!status)
			return vpci_is_present(dev) ? 0 : -ENODEV;
		if (status == VPCI_STATUS_GONE)
			return -ENODEV;
		if (now_ms() >= until)
			return -ETIMEDOUT;
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 1000000)
			nap.tv_nsec *= 2;
	}
}

static uint32_t read_feature_word(struct vpci_dev *dev, uint32_t word)
{
	vpci_write32(&dev->common, COMMON_DEVICE_FEATURE_SELECT, word);
	return vpci_read32(&dev->common, COMMON_DEVICE_FEATURE);
}

/* HARD-CAP-5, -8: features for which the structures lack room or alignment. */
static uint64_t unusable(const struct vpci_dev *dev)
{
	const struct vpci_place *notify = &dev->caps.notify;
	const uint64_t common = dev->common.place.length;
	uint64_t bits = 0;

	if (common < COMMON_END_NOTIF_CONFIG_DATA)
		bits |= BIT(VIRTIO_F_NOTIF_CONFIG_DATA);
	if (common < COMMON_END_QUEUE_RESET)
		bits |= BIT(VIRTIO_F_RING_RESET);
	if (common < COMMON_END_ADMIN_QUEUE)
		bits |= BIT(VIRTIO_F_ADMIN_VQ);
	/* PCI-NOTIFCAP-2: 32-bit doorbells lie at multiples of 4. */
	if (notify->length < 4 || notify->offset % 4 || dev->caps.notify_multiplier % 4)
		bits |= BIT(VIRTIO_F_NOTIFICATION_DATA);
	return bits;
}

/* HARD-CFG-2: without those whose fields the device does not have. */
static uint64_t with_fields(const struct vpci_dev *dev, uint64_t offered)
{
	const uint64_t length = dev->caps.device.length;
	const uint64_t supported = vpci_config_supports(dev->fn.type, offered, length);

	if (supported != offered)
		virtio_log(VIRTIO_LOG_WARN, "%s: features 0x%" PRIx64 " have fields beyond its %"
			   PRIu64 " bytes of configuration space: not accepted", dev->fn.name,
			   offered & ~supported, length);
	return supported;
}

uint64_t vpci_get_features(struct virtio_dev *vdev)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	uint64_t offered;

	if (dev->gone)
		return (void)virtio_set_error(ENODEV, "%s was removed", dev->fn.name), 0;
	/* HARD-FEAT-5: words beyond the two that have a meaning are not asked for. */
	offered = read_feature_word(dev, 0);
	offered |= (uint64_t)read_feature_word(dev, 1) << 32;
	/* HARD-STAT-5: it may have gone at any of these accesses. */
	if (vpci_check_alive(dev))
		return 0;
	return with_fields(dev, offered & ~unusable(dev));
}

/*
 * RFB-4, -5: whose addresses are in the requests? A device without
 * ACCESS_PLATFORM takes them for physical ones, IOMMU or not; one with it goes
 * through the IOMMU.
 */
static int check_platform(const struct vpci_dev *dev, uint64_t features)
{
	const bool platform = features & BIT(VIRTIO_F_ACCESS_PLATFORM);

	if (dev->access->translated && !platform)
		return virtio_set_error(ENOTSUP, "%s does not go through the IOMMU "
					"(VIRTIO_F_ACCESS_PLATFORM was not accepted): it would take IOVAs for "
					"physical addresses, so access=%s cannot be used; give the "
					"device iommu_platform=on, or unbind it and use access=sysfs",
					dev->fn.name, dev->access->name);
	if (!dev->access->translated && platform && vpci_function_is_translated(&dev->fn))
		return virtio_set_error(ENOTSUP, "%s is behind an IOMMU (group %d), which physical "
					"addresses would not pass: bind it to vfio-pci "
					"('virtio-poll-ctl bind pci:%s') and use access=vfio",
					dev->fn.name, dev->fn.iommu_group, dev->fn.name);
	return 0;
}

static void write_feature_word(struct vpci_dev *dev, uint32_t word, uint32_t bits)
{
	vpci_write32(&dev->common, COMMON_DRIVER_FEATURE_SELECT, word);
	vpci_write32(&dev->common, COMMON_DRIVER_FEATURE, bits);
}

int vpci_set_features(struct virtio_dev *vdev, uint64_t features)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	const int err = check_platform(dev, features);

	if (err)
		return err;
	dev->features = features;
	write_feature_word(dev, 0, (uint32_t)features);
	write_feature_word(dev, 1, (uint32_t)(features >> 32));
	return 0;
}

uint16_t vpci_get_max_queues(struct virtio_dev *vdev)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	const uint16_t n = dev->gone ? 0 : vpci_read16(&dev->common, COMMON_NUM_QUEUES);

	if (vpci_check_alive(dev))
		return 0;
	return n < dev->queue_limit ? n : dev->queue_limit;
}

/*
 * HARD-STAT-2: a device that does not confirm its reset may no longer master
 * the bus, and behind an IOMMU the engine takes its memory back next (what a
 * device of the same group uses too stays mapped, out of reach by the former
 * alone). Without an IOMMU only the device itself knows.
 */
static int stop_hard(struct vpci_dev *dev)
{
	const int err = vpci_command(dev, 0, VPCI_COMMAND_MASTER);

	if (!err && dev->access->translated) {
		virtio_log(VIRTIO_LOG_WARN, "%s did not confirm its reset; bus mastering is off and "
			   "its memory leaves the IOMMU", dev->fn.name);
		return 0;
	}
	return virtio_set_error(ETIMEDOUT, "%s did not reset in time: its memory stays mapped and "
				"is never used again (see virtio_dev_set_timeout)", dev->fn.name);
}

int vpci_stop(struct virtio_dev *vdev)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	const int left = virtio_time_left();
	int err;

	if (dev->gone)
		return 0;
	err = vpci_reset(dev, left > STOP_RESERVE_MS ? left - STOP_RESERVE_MS : left);
	if (err == -ENODEV)
		return vpci_lost(dev, "its status reads all ones"), -ENODEV;
	return err ? stop_hard(dev) : 0;
}
