/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a fake function is at first, how the plugin is made to open it, and
 * what tests look at.
 */
#include "config.h"

#include <endian.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/virtio_blk.h>

#include "../../lib/call.h"
#include "access.h"
#include "fake-inside.h"
#include "unit.h"

#define CAP_MSIX	0x11

struct fake_function fake;

static const struct vpci_options all_options = {
	.queue_limit = VIRTIO_MAX_VIRTQUEUES, .size_limit = 32768, .vector_limit = 64,
};

void fake_init(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.type = VIRTIO_ID_BLOCK;
	fake.offers = 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_BLK_F_SEG_MAX;
	fake.num_queues = 3;
	for (uint16_t i = 0; i < FAKE_QUEUES; i++) {
		fake.queues[i].max = i < fake.num_queues ? 256 : 0;
		fake.queues[i].notify_off = i;
		fake.queues[i].config_data = (uint16_t)(0x5a00 + i);
	}
	fake.common = (struct vpci_place){ .bar = FAKE_BAR, .offset = 0, .length = 0x1000 };
	fake.isr = (struct vpci_place){ .bar = FAKE_BAR, .offset = 0x1000, .length = 0x1000 };
	fake.device = (struct vpci_place){ .bar = FAKE_BAR, .offset = 0x2000, .length = 0x1000 };
	fake.notify = (struct vpci_place){ .bar = FAKE_BAR, .offset = 0x3000, .length = 0x1000 };
	fake.multiplier = 4;
	fake.msix = 4;
	fake.options = all_options;
	fake.open_ms = 5000;
	fake.notify_fd = fake.bar_fd = -1;
	for (size_t i = 0; i < sizeof(fake.config); i++)
		fake.config[i] = (uint8_t)i;
}

static void add_place(uint8_t type, const struct vpci_place *place)
{
	if (!place->length)
		return;
	if (type == VPCI_CAP_NOTIFY)
		config_add_notify(&fake.space, place->bar, (uint32_t)place->offset,
				  (uint32_t)place->length, fake.multiplier);
	else
		config_add_virtio(&fake.space, type, place->bar, (uint32_t)place->offset,
				  (uint32_t)place->length);
}

static void make_space(void)
{
	config_init(&fake.space);
	if (fake.msix)
		config_put16(&fake.space, config_add(&fake.space, CAP_MSIX, 12) + 2,
			     (uint16_t)(fake.msix - 1));
	/* With the four bytes of pci_cfg_data behind it, which nobody may read. */
	fake.window = config_add(&fake.space, 9, 20);
	fake.space.bytes[fake.window + 3] = VPCI_CAP_ACCESS;
	if (fake.ports)
		fake.space.bars[0] = (struct vpci_bar){ .size = 0x80, .base = 0xc080, .io = true };
	if (fake.decoy) {
		fake.space.bars[1].base = 0x800;
		config_add_virtio(&fake.space, VPCI_CAP_COMMON, 1, 0, 0x38);
	}
	add_place(VPCI_CAP_COMMON, &fake.common);
	add_place(VPCI_CAP_ISR, &fake.isr);
	add_place(VPCI_CAP_DEVICE, &fake.device);
	add_place(VPCI_CAP_NOTIFY, &fake.notify);
}

const struct vpci_access_choice *fake_power_on(void)
{
	static struct vpci_access_choice choice = { .name = "fake" };

	make_space();
	fake_reset();
	/* As firmware leaves a device that it booted from. */
	fake.regs[0x14] = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	choice.ways[0] = fake_way();
	return &choice;
}

int fake_open(struct virtio_dev *vdev)
{
	struct vpci_function fn = {
		.addr = { .domain = 0x7000, .bus = 0xfe, .dev = 4 },
		.name = FAKE_NAME,
		.vendor = 0x1af4,
		.device = (uint16_t)(VPCI_ID_MODERN + fake.type),
		.type = fake.type,
		.iommu_group = fake.translated ? 7 : -1,
		.numa_node = -1,
	};

	CALL("fake_open", fake.open_ms);
	fake.options.access = fake_power_on();
	memcpy(fn.bars, fake.space.bars, sizeof(fn.bars));
	memset(vdev, 0, sizeof(*vdev));
	return vpci_dev_open(vdev, "fake", &fn, &fake.options);
}

void fake_must_open(struct virtio_dev *vdev)
{
	ck_assert_msg(fake_open(vdev) == 0, "%s", virtio_last_error());
}

void fake_must_start(struct virtio_dev *vdev, uint16_t queues)
{
	fake_must_open(vdev);
	ck_assert_msg(virtio_dev_reset(vdev, UINT64_MAX) == 0, "%s", virtio_last_error());
	ck_assert_msg(virtio_dev_start(vdev, queues, 0) == 0, "%s", virtio_last_error());
}

void fake_end(struct virtio_dev *vdev)
{
	virtio_dev_destruct(vdev);
	ck_assert_str_eq(fake.offence, "");
	ck_assert_uint_eq(fake.closes, fake.opens);
	ck_assert_uint_eq(fake.mem_regions, 0);
	ck_assert_uint_lt(fake.accesses, FAKE_LOG);
	ck_assert_msg(!(fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER) || fake.gone,
		      "the device may still master the bus");
	if (!fake.stuck && !fake.gone && !fake.silent)
		ck_assert_uint_eq(fake.regs[0x14], 0);
}

uint32_t fake_reg(unsigned at, unsigned width)
{
	return fake_get(fake.regs + at, width);
}

void fake_set_status(uint8_t status)
{
	fake.regs[0x14] = status;
}

uint64_t fake_queue_reg(const uint8_t queue_regs[0x40], unsigned at, unsigned width)
{
	if (width == 8)
		return fake_get(queue_regs + at, 4) |
		       (uint64_t)fake_get(queue_regs + at + 4, 4) << 32;
	return fake_get(queue_regs + at, width);
}

unsigned fake_count(bool write, uint64_t at, uint64_t len)
{
	unsigned n = 0;

	for (unsigned i = 0; i < fake.accesses; i++)
		n += fake.log[i].write == write && fake.log[i].at >= at &&
		     fake.log[i].at - at < len;
	return n;
}

bool fake_rung(struct fake_access_log *last)
{
	for (unsigned i = fake.accesses; i-- > 0;) {
		*last = fake.log[i];
		if (last->write && last->at >= fake.notify.offset &&
		    last->at - fake.notify.offset < fake.notify.length)
			return true;
	}
	return false;
}

void fake_signal(unsigned vector)
{
	const uint64_t one = 1;

	ck_assert_uint_lt(vector, fake.irq_count);
	ck_assert_int_eq(write(fake.irq_fds[vector], &one, sizeof(one)), sizeof(one));
}

/* Split rings: VIRTIO 1.3, 2.7.6 and 2.7.8. */
void fake_complete(struct virtqueue *vq, uint16_t nth)
{
	const uint16_t slot = nth % vq->vq_nentries;
	uint16_t head;
	uint32_t element[2];
	uint16_t index = htole16((uint16_t)(nth + 1));
	uint8_t *used = vq->vq_device;

	memcpy(&head, (uint8_t *)vq->vq_driver + 4 + 2 * slot, sizeof(head));
	element[0] = htole32(le16toh(head));
	element[1] = 0;
	memcpy(used + 4 + 8 * slot, element, sizeof(element));
	/* Release: the element before the index that tells of it. */
	__atomic_store_n((uint16_t *)(void *)(used + 2), index, __ATOMIC_RELEASE);
}
