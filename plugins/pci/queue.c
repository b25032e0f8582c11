/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sets queues up by the rules of VIRTIO 1.3, 4.1.4.3 and 4.1.5.1.3, and rings
 * their doorbells.
 *
 * queue_select is shared state: every access selects first, and the engine
 * sets queues up one at a time (PCI-COMMON-13). How a queue is notified is
 * decided here once, and notify only does it.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>

#include "common.h"
#include "irq.h"
#include "queue.h"
#include "regs.h"

#define MAX_SPLIT_SIZE 32768u

static bool has(const struct vpci_dev *dev, unsigned bit)
{
	return dev->features >> bit & 1;
}

static void select_queue(const struct vpci_dev *dev, uint16_t queue_id)
{
	vpci_write16(&dev->common, COMMON_QUEUE_SELECT, queue_id);
}

static uint16_t power_of_2_below(uint16_t n)
{
	uint16_t size = MAX_SPLIT_SIZE;

	while (size > n)
		size /= 2;
	return size;
}

/* PCI-COMMON-14: 0 is an absent queue. A packed device may say any number; a
 * split ring takes the power of 2 below it. */
uint16_t vpci_get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	uint16_t size;

	if (dev->gone || queue_id >= vpci_read16(&dev->common, COMMON_NUM_QUEUES))
		return 0;
	select_queue(dev, queue_id);
	size = vpci_read16(&dev->common, COMMON_QUEUE_SIZE);
	/* HARD-STAT-5: ones would be a queue of the largest size. */
	if (size == UINT16_MAX && vpci_check_alive(dev))
		return 0;
	if (size > dev->size_limit)
		size = dev->size_limit;
	return size ? power_of_2_below(size) : 0;
}

static uint64_t doorbell_of(struct vpci_dev *dev, uint16_t queue_id)
{
	select_queue(dev, queue_id);
	/* PCI-NOTIFCAP-1; 16 and 32 bits, so the product fits 64. */
	return (uint64_t)vpci_read16(&dev->common, COMMON_QUEUE_NOTIFY_OFF) *
	       dev->caps.notify_multiplier;
}

/* How much of the notify structure the doorbells of all queues need. */
static uint64_t doorbells_length(struct vpci_dev *dev)
{
	uint16_t n = vpci_read16(&dev->common, COMMON_NUM_QUEUES);
	uint64_t end = 4;

	n = n < dev->queue_limit ? n : dev->queue_limit;
	for (uint16_t i = 0; i < n; i++) {
		const uint64_t at = doorbell_of(dev, i);

		/* HARD-CAP-7: one that lies outside is refused when it is set up. */
		if (at + 4 > end && at + 2 <= dev->caps.notify.length)
			end = at + 4;
	}
	return end < dev->caps.notify.length ? end : dev->caps.notify.length;
}

static void notify_mapped16(struct vpci_dev *dev, struct vpci_queue *q, struct virtqueue *vq)
{
	(void)dev;
	vpci_doorbell_barrier();
	/* PCI-NOTIFY-1 */
	*(volatile uint16_t *)vq->notify_addr = htole16(q->notify_id);
}

static void notify_mapped32(struct vpci_dev *dev, struct vpci_queue *q, struct virtqueue *vq)
{
	(void)dev;
	vpci_doorbell_barrier();
	/* PCI-NOTIFY-2, -4, -6: the engine filled in the upper half. */
	*(volatile uint32_t *)vq->notify_addr =
		htole32((vq->notify_data & 0xffff0000u) | q->notify_id);
}

static void notify_call16(struct vpci_dev *dev, struct vpci_queue *q, struct virtqueue *vq)
{
	(void)vq;
	vpci_write16(&dev->notify, q->notify_at, q->notify_id);
}

static void notify_call32(struct vpci_dev *dev, struct vpci_queue *q, struct virtqueue *vq)
{
	vpci_write32(&dev->notify, q->notify_at, (vq->notify_data & 0xffff0000u) | q->notify_id);
}

void vpci_notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	struct vpci_queue *q = &dev->queues[vq->vq_queue_index];

	q->notify(dev, q, vq);
}

/* HARD-CAP-7, -8: the doorbell inside the structure, and aligned. */
static int check_doorbell(const struct vpci_dev *dev, uint16_t queue_id, uint64_t at,
			  unsigned width)
{
	const struct vpci_place *notify = &dev->caps.notify;

	if (at + width > notify->length)
		return virtio_set_error(EPROTO, "the doorbell of queue %u of %s is at 0x%" PRIx64
					", outside the notify structure of 0x%" PRIx64 " bytes",
					queue_id, dev->fn.name, at, notify->length);
	if ((notify->offset + at) % width)
		return virtio_set_error(EPROTO, "the doorbell of queue %u of %s is at 0x%" PRIx64
					", which is no multiple of %u (multiplier %" PRIu32 ")",
					queue_id, dev->fn.name, notify->offset + at, width,
					dev->caps.notify_multiplier);
	if (at + width > dev->notify.place.length)
		return virtio_set_error(EPROTO, "%s moved the doorbell of queue %u to 0x%" PRIx64
					" while it was set up", dev->fn.name, queue_id, at);
	return 0;
}

static int choose_notify(struct vpci_dev *dev, struct virtqueue *vq)
{
	struct vpci_queue *q = &dev->queues[vq->vq_queue_index];
	const bool data = has(dev, VIRTIO_F_NOTIFICATION_DATA);
	const bool mapped = dev->notify.base != NULL;
	int err;

	q->notify_at = doorbell_of(dev, vq->vq_queue_index);
	err = check_doorbell(dev, vq->vq_queue_index, q->notify_at, data ? 4 : 2);
	if (err)
		return err;
	q->notify_id = vq->vq_queue_index;
	/* PCI-NOTIFY-5, -6 */
	if (has(dev, VIRTIO_F_NOTIF_CONFIG_DATA))
		q->notify_id = vpci_read16(&dev->common, COMMON_QUEUE_NOTIF_CONFIG_DATA);
	vq->notify_addr = mapped ? (void *)(uintptr_t)(dev->notify.base + q->notify_at) : NULL;
	if (data)
		q->notify = mapped ? notify_mapped32 : notify_call32;
	else
		q->notify = mapped ? notify_mapped16 : notify_call16;
	return 0;
}

/* PCI-LAYOUT-3, -4 */
static void write_address(const struct vpci_dev *dev, uint64_t at, uint64_t address)
{
	vpci_write32(&dev->common, at, (uint32_t)address);
	vpci_write32(&dev->common, at + 4, (uint32_t)(address >> 32));
}

/* PCI-COMMON-2, -3: the engine gives a power of 2 up to what the device has. */
static int set_size(const struct vpci_dev *dev, const struct virtqueue *vq)
{
	const uint16_t max = vpci_read16(&dev->common, COMMON_QUEUE_SIZE);

	if (max != vq->vq_nentries)
		vpci_write16(&dev->common, COMMON_QUEUE_SIZE, vq->vq_nentries);
	if (vpci_read16(&dev->common, COMMON_QUEUE_SIZE) == vq->vq_nentries)
		return 0;
	return virtio_set_error(EPROTO, "queue %u of %s has %u descriptors and does not take %u",
				vq->vq_queue_index, dev->fn.name, max, vq->vq_nentries);
}

/* Only now may the device write to memory: whatever it held before, it forgot
 * at its reset. */
static int allow_dma(struct vpci_dev *dev)
{
	const int err = vpci_command(dev, VPCI_COMMAND_MASTER, 0);

	return err ? virtio_set_error(-err, "bus mastering of %s cannot be switched on",
				      dev->fn.name) : 0;
}

/* PCI-CAP-5: of the doorbells only what the queues need is mapped. How many
 * queues there are may depend on what was negotiated (a network device's does). */
static int open_doorbells(struct vpci_dev *dev)
{
	vpci_window_close(&dev->notify);
	return vpci_window_open(&dev->notify, dev, &dev->caps.notify, doorbells_length(dev),
				"notification");
}

/* Before the first queue after a reset. */
static int begin_start(struct vpci_dev *dev, uint16_t queues)
{
	int err;

	if (dev->irq.mapped)
		return 0;
	err = allow_dma(dev);
	if (!err)
		err = open_doorbells(dev);
	return err ? err : vpci_irq_begin(dev, queues);
}

/* PCI-VQ-1, PCI-COMMON-4: everything else comes before queue_enable. */
static int set_up(struct vpci_dev *dev, struct virtqueue *vq)
{
	int err = begin_start(dev, dev->vdev->max_queues);

	if (err)
		return err;
	select_queue(dev, vq->vq_queue_index);
	if (vpci_read16(&dev->common, COMMON_QUEUE_ENABLE))
		return virtio_set_error(EPROTO, "queue %u of %s is enabled already after a reset",
					vq->vq_queue_index, dev->fn.name);
	err = set_size(dev, vq);
	if (!err)
		err = vpci_irq_map_queue(dev, vq->vq_queue_index);
	if (!err)
		err = choose_notify(dev, vq);
	if (err)
		return err;
	write_address(dev, COMMON_QUEUE_DESC, vq->vq_desc_mem);
	write_address(dev, COMMON_QUEUE_DRIVER, vq->vq_driver_mem);
	write_address(dev, COMMON_QUEUE_DEVICE, vq->vq_device_mem);
	vpci_write16(&dev->common, COMMON_QUEUE_ENABLE, 1);
	return 0;
}

int vpci_setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct vpci_dev *dev = vpci_dev_of(vdev);
	int err = dev->gone ? -ENODEV : set_up(dev, vq);

	/* HARD-STAT-5: what looked like a queue that breaks the rules was none. */
	return err && vpci_check_alive(dev) ? -ENODEV : err;
}

/* PCI-COMMON-6: only a reset disables a queue, and it came before. */
void vpci_del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vdev;
	vq->notify_addr = NULL;
}
