/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device behind the BAR of a fake function: registers as VIRTIO 1.3,
 * 4.1.4.3 lays them out. Each access is noted and watched.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fake-inside.h"

#define STATUS		0x14
#define GENERATION	0x15
#define QUEUE_SELECT	0x16
#define QUEUE_FIRST	0x18
#define QUEUE_SIZE	0x18
#define QUEUE_VECTOR	0x1a
#define QUEUE_ENABLE	0x1c
#define QUEUE_LAST	0x3b
#define CONFIG_VECTOR	0x10
#define NO_VECTOR	0xffff

/* A register: what may be done with it, and what has to be negotiated before. */
static const struct reg {
	uint8_t at;
	uint8_t width;
	bool writable;
	uint8_t feature;	/* 0: none */
} regs[] = {
	{ 0x00, 4, true, 0 }, { 0x04, 4, false, 0 }, { 0x08, 4, true, 0 }, { 0x0c, 4, true, 0 },
	{ CONFIG_VECTOR, 2, true, 0 }, { 0x12, 2, false, 0 }, { STATUS, 1, true, 0 },
	{ GENERATION, 1, false, 0 }, { QUEUE_SELECT, 2, true, 0 }, { QUEUE_SIZE, 2, true, 0 },
	{ QUEUE_VECTOR, 2, true, 0 }, { QUEUE_ENABLE, 2, true, 0 }, { 0x1e, 2, false, 0 },
	{ 0x20, 4, true, 0 }, { 0x24, 4, true, 0 }, { 0x28, 4, true, 0 }, { 0x2c, 4, true, 0 },
	{ 0x30, 4, true, 0 }, { 0x34, 4, true, 0 },
	{ 0x38, 2, false, VIRTIO_F_NOTIF_CONFIG_DATA }, { 0x3a, 2, true, VIRTIO_F_RING_RESET },
	{ 0x3c, 2, false, VIRTIO_F_ADMIN_VQ }, { 0x3e, 2, false, VIRTIO_F_ADMIN_VQ },
};

void fake_offend(const char *fmt, ...)
{
	va_list args;

	if (*fake.offence)
		return;
	va_start(args, fmt);
	vsnprintf(fake.offence, sizeof(fake.offence), fmt, args);
	va_end(args);
}

uint32_t fake_get(const uint8_t *p, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)p[i] << (8 * i);
	return value;
}

void fake_put(uint8_t *p, unsigned width, uint32_t value)
{
	for (unsigned i = 0; i < width; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

/* How many there are may depend on what was negotiated. */
static uint16_t num_queues(void)
{
	if (fake.num_queues_at_first && !(fake.regs[STATUS] & VIRTIO_CONFIG_S_FEATURES_OK))
		return fake.num_queues_at_first;
	return fake.num_queues;
}

/* The queue that is selected; one of no size if there is none. */
static struct fake_queue *selected(void)
{
	static struct fake_queue none;
	const uint32_t index = fake_get(fake.regs + QUEUE_SELECT, 2);

	if (index < num_queues() && index < FAKE_QUEUES)
		return &fake.queues[index];
	memset(&none, 0, sizeof(none));
	return &none;
}

static uint8_t *image(unsigned at)
{
	return at >= QUEUE_FIRST && at <= QUEUE_LAST ? selected()->regs + at : fake.regs + at;
}

static bool negotiated(unsigned bit)
{
	return fake_get(fake.regs + STATUS, 1) & VIRTIO_CONFIG_S_FEATURES_OK &&
	       fake.driver_features >> bit & 1;
}

static const struct reg *find_reg(uint64_t at, unsigned width, bool write)
{
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		if (regs[i].at != at || regs[i].width != width)
			continue;
		if (regs[i].at + regs[i].width > fake.common.length)
			fake_offend("access to 0x%02x, behind the structure", regs[i].at);
		if (regs[i].feature && !negotiated(regs[i].feature))
			fake_offend("access to 0x%02x without feature %u", regs[i].at,
				    regs[i].feature);
		if (write && !regs[i].writable)
			fake_offend("write of 0x%02x, which is read-only", regs[i].at);
		return &regs[i];
	}
	fake_offend("%s of %u bytes at 0x%02x of the common structure", write ? "write" : "read",
		    width, (unsigned)at);
	return NULL;
}

static void reset_queue(struct fake_queue *q)
{
	memset(q->regs, 0, sizeof(q->regs));
	q->notify_off_reads = 0;
	fake_put(q->regs + QUEUE_SIZE, 2, q->max);
	fake_put(q->regs + QUEUE_VECTOR, 2, NO_VECTOR);
	fake_put(q->regs + 0x38, 2, q->config_data);
}

void fake_reset(void)
{
	const uint8_t status = fake.regs[STATUS];

	memset(fake.regs, 0, sizeof(fake.regs));
	fake_put(fake.regs + CONFIG_VECTOR, 2, NO_VECTOR);
	for (unsigned i = 0; i < FAKE_QUEUES; i++)
		reset_queue(&fake.queues[i]);
	fake.driver_features = 0;
	/* Shown until the reset is over. */
	if (fake.stuck || fake.resetting)
		fake.regs[STATUS] = status;
}

static uint32_t feature_word(void)
{
	const uint32_t word = fake_get(fake.regs, 4);

	if (fake.aliases)
		return (uint32_t)fake.offers;
	return word < 2 ? (uint32_t)(fake.offers >> (32 * word)) : 0;
}

static void write_features(uint32_t bits)
{
	const uint32_t word = fake_get(fake.regs + 0x08, 4);
	const uint32_t offered = word < 2 ? (uint32_t)(fake.offers >> (32 * word)) : 0;

	if (fake.regs[STATUS] & VIRTIO_CONFIG_S_FEATURES_OK)
		fake_offend("features were written after FEATURES_OK");
	if (bits & ~offered && !fake.aliases)
		fake_offend("features 0x%x of word %u are not offered", bits & ~offered, word);
	if (word < 2)
		fake.driver_features = (fake.driver_features & ~(0xffffffffull << (32 * word))) |
				       (uint64_t)bits << (32 * word);
}

static void write_status(uint8_t status)
{
	const uint8_t before = fake.regs[STATUS];

	if (!status) {
		fake.resets++;
		fake.resetting = before ? fake.reset_reads : 0;
		fake_reset();
		return;
	}
	if (fake.resetting)
		fake_offend("status 0x%02x during a reset", status);
	if (before & ~status)
		fake_offend("status 0x%02x after 0x%02x", status, before);
	if (status & VIRTIO_CONFIG_S_DRIVER_OK && !(status & VIRTIO_CONFIG_S_FEATURES_OK))
		fake_offend("DRIVER_OK without FEATURES_OK");
	if (status & VIRTIO_CONFIG_S_FEATURES_OK && fake.refuses_features)
		status &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	if (fake.refuses_driver_ok)
		status &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	fake.regs[STATUS] = status;
}

/* What a device answers: the vector, or that it could not. */
static uint32_t map_vector(uint32_t vector)
{
	if (vector == NO_VECTOR)
		return fake.keeps_vectors ? 0 : vector;
	if (vector >= fake.msix)
		fake_offend("vector %u of %u", vector, fake.msix);
	if (++fake.mappings == (unsigned)fake.refuses_vector)
		return NO_VECTOR;
	return fake.moves_vector ? vector + 1 : vector;
}

static void check_queue_write(struct fake_queue *q, unsigned at, uint32_t value)
{
	if (!q->max)
		fake_offend("write of 0x%02x of a queue that is absent", at);
	if (fake_get(q->regs + QUEUE_ENABLE, 2))
		fake_offend("write of 0x%02x after queue_enable", at);
	if (at == QUEUE_ENABLE && value != 1)
		fake_offend("%u written to queue_enable", value);
	if (at == QUEUE_SIZE && (!value || value & (value - 1) || value > q->max))
		fake_offend("queue_size %u of %u", value, q->max);
}

static void write_queue(unsigned at, uint32_t value)
{
	struct fake_queue *q = selected();

	check_queue_write(q, at, value);
	if (at == QUEUE_SIZE && q->disagrees)
		return;
	fake_put(q->regs + at, at < 0x20 ? 2 : 4, at == QUEUE_VECTOR ? map_vector(value) : value);
	if (at == QUEUE_ENABLE)
		memcpy(q->at_enable, q->regs, sizeof(q->regs));
}

static void write_common(uint64_t at, unsigned width, uint32_t value)
{
	const struct reg *reg = find_reg(at, width, true);

	if (!reg)
		return;
	if (at == STATUS)
		write_status((uint8_t)value);
	else if (at >= QUEUE_FIRST && at <= QUEUE_LAST)
		write_queue((unsigned)at, value);
	else if (at == 0x0c)
		write_features(value);
	else
		fake_put(fake.regs + at, width, at == CONFIG_VECTOR ? map_vector(value) : value);
}

static uint32_t read_notify_off(void)
{
	struct fake_queue *q = selected();

	return q->notify_off + (q->notify_off_reads++ ? q->moves_by : 0u);
}

static uint32_t read_common(uint64_t at, unsigned width)
{
	const struct reg *reg = find_reg(at, width, false);
	uint32_t value;

	if (!reg)
		return UINT32_MAX;
	if (at == 0x04)
		return feature_word();
	if (at == GENERATION)
		return fake.unsteady ? fake.generation++ : fake.generation;
	if (at == 0x12)
		return num_queues();
	if (at == 0x1e)
		return read_notify_off();
	value = fake_get(image((unsigned)at), width);
	if (at == STATUS && fake.resetting && !--fake.resetting)
		fake.regs[STATUS] = 0;
	return value;
}

static uint32_t read_config(uint64_t at, unsigned width)
{
	return at + width <= sizeof(fake.config) ? fake_get(fake.config + at, width) : 0;
}

static void write_config(uint64_t at, unsigned width, uint32_t value)
{
	if (at + width <= sizeof(fake.config))
		fake_put(fake.config + at, width, value);
}

static bool within(const struct vpci_place *place, uint64_t at)
{
	return at >= place->offset && at - place->offset < place->length;
}

static void note(bool write, uint64_t at, unsigned width, uint32_t value)
{
	if (fake.accesses < FAKE_LOG)
		fake.log[fake.accesses++] = (struct fake_access_log){
			.write = write, .width = (uint8_t)width, .at = (uint32_t)at, .value = value,
		};
}

/* PCI-ISR-1 */
static uint32_t read_isr(void)
{
	if (fake.irq_count)
		fake_offend("ISR was read, with MSI-X");
	return 0;
}

static void before_access(void)
{
	if (fake.vanishes && !--fake.vanishes)
		fake.gone = true;
	if (fake.replaced)
		fake_offend("the device that came after it was touched");
}

uint32_t fake_read(uint64_t at, unsigned width)
{
	uint32_t value = UINT32_MAX;

	before_access();
	if (at % width)
		fake_offend("read of %u bytes at 0x%x", width, (unsigned)at);
	if (fake.gone || fake.silent)
		value = fake.gone && fake.guarded ? 0 : UINT32_MAX;
	else if (within(&fake.common, at))
		value = read_common(at - fake.common.offset, width);
	else if (within(&fake.device, at))
		value = read_config(at - fake.device.offset, width);
	else if (within(&fake.isr, at))
		value = read_isr();
	else
		fake_offend("read of %u bytes at 0x%x, where nothing is", width, (unsigned)at);
	note(false, at, width, value);
	return value;
}

static void ring(unsigned width)
{
	if (!(fake.regs[STATUS] & VIRTIO_CONFIG_S_DRIVER_OK))
		fake_offend("a doorbell was rung before DRIVER_OK");
	/* PCI-NOTIFY-1, -2 */
	if (width != (negotiated(VIRTIO_F_NOTIFICATION_DATA) ? 4 : 2))
		fake_offend("a doorbell was rung by %u bytes", width);
}

void fake_write(uint64_t at, unsigned width, uint32_t value)
{
	before_access();
	note(true, at, width, value);
	if (at % width)
		fake_offend("write of %u bytes at 0x%x", width, (unsigned)at);
	if (fake.gone || fake.silent)
		return;
	if (within(&fake.common, at))
		write_common(at - fake.common.offset, width, value);
	else if (within(&fake.device, at))
		write_config(at - fake.device.offset, width, value);
	else if (within(&fake.notify, at))
		ring(width);
	else
		fake_offend("write of %u bytes at 0x%x", width, (unsigned)at);
}
