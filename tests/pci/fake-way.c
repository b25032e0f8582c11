/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way in to a fake function: each access is a call into its registers,
 * mapping is refused, memory is counted.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "fake-inside.h"

#define MAX_IRQS	(sizeof(fake.irq_fds) / sizeof(fake.irq_fds[0]))

/* Registers that are memory: whatever is written is read again, which is as much
 * of a device as a start with one queue needs. Every word of features is 1. */
static int make_bar(void)
{
	uint8_t regs[0x20] = { [0x04] = 1, [0x12] = 1, [0x19] = 1 };

	fake.bar_fd = memfd_create("bar", MFD_CLOEXEC);
	if (fake.bar_fd < 0 || ftruncate(fake.bar_fd, 0x4000) ||
	    pwrite(fake.bar_fd, regs, sizeof(regs), (off_t)fake.common.offset) != sizeof(regs))
		return -errno;
	return 0;
}

void fake_forbid_bar(void)
{
	for (unsigned i = 0; i < fake.map_count; i++)
		if (mprotect(fake.maps[i].addr, fake.maps[i].len, PROT_NONE))
			fake_offend("%s", strerror(errno));
}

static int way_open(struct vpci_dev *dev)
{
	dev->way = &fake;
	fake.dev = dev;
	fake.opens++;
	if (fake.watched) {
		dev->req_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		dev->err_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	return fake.map_all ? make_bar() : 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void way_close(struct vpci_dev *dev)
{
	fake.closes++;
	close_fd(&dev->req_fd);
	close_fd(&dev->err_fd);
	close_fd(&fake.notify_fd);
	close_fd(&fake.bar_fd);
	fake.dev = NULL;
}

static int way_config_read(struct vpci_dev *dev, unsigned at, void *buf, unsigned len)
{
	(void)dev;
	if (at + len > VPCI_CONFIG_SIZE)
		return -EINVAL;
	/* PCI-CFGACC-2: reading it makes the device read its BAR. */
	if (at < fake.window + 20 && at + len > fake.window + 16)
		fake_offend("pci_cfg_data was read");
	memcpy(buf, fake.space.bytes + at, len);
	if (fake.gone || fake.replaced)
		memset(buf, 0xff, len);
	return 0;
}

static int way_config_write(struct vpci_dev *dev, unsigned at, const void *buf, unsigned len)
{
	(void)dev;
	fake.config_writes++;
	/* PCI-CAP-8, PCI-CFGACC-1, -2: the command register only. */
	if (at != VPCI_COMMAND || len != 2)
		fake_offend("%u bytes of configuration space were written at 0x%02x", len, at);
	else if (!fake.gone && !fake.replaced)
		memcpy(fake.space.bytes + at, buf, len);
	return 0;
}

static int map_bar(uint64_t offset, uint64_t len, void **addr)
{
	if (fake.map_count == sizeof(fake.maps) / sizeof(fake.maps[0]))
		return -ENOSPC;
	*addr = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fake.bar_fd, (off_t)offset);
	if (*addr == MAP_FAILED)
		return -errno;
	fake.maps[fake.map_count].addr = *addr;
	fake.maps[fake.map_count++].len = len;
	return 0;
}

/* All of the BAR, or only the doorbells, if the test wants them mapped. */
static int way_bar_map(struct vpci_dev *dev, unsigned bar, uint64_t offset, uint64_t len,
		       void **addr)
{
	(void)dev;
	if (fake.map_all && bar == FAKE_BAR)
		return map_bar(offset, len, addr);
	if (!fake.map_notify || bar != FAKE_BAR || offset != fake.notify.offset)
		return -EINVAL;
	fake.notify_fd = memfd_create("doorbells", MFD_CLOEXEC);
	if (fake.notify_fd < 0 || ftruncate(fake.notify_fd, (off_t)len))
		return -errno;
	*addr = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fake.notify_fd, 0);
	return *addr == MAP_FAILED ? -errno : 0;
}

static int way_bar_read(struct vpci_dev *dev, unsigned bar, uint64_t offset, void *buf,
			unsigned len)
{
	(void)dev;
	if (bar != FAKE_BAR)
		fake_offend("BAR %u was read", bar);
	fake_put(buf, len, fake_read(offset, len));
	return 0;
}

static int way_bar_write(struct vpci_dev *dev, unsigned bar, uint64_t offset, const void *buf,
			 unsigned len)
{
	(void)dev;
	if (bar != FAKE_BAR)
		fake_offend("BAR %u was written", bar);
	fake_write(offset, len, fake_get(buf, len));
	return 0;
}

static int way_mem_add(struct vpci_dev *dev, struct virtio_mem_region *region)
{
	(void)dev;
	fake.mem_regions++;
	if (fake.translated)
		region->bus_addr = (uintptr_t)region->addr + FAKE_IOVA;
	return 0;
}

static int way_mem_remove(struct vpci_dev *dev, const struct virtio_mem_region *region)
{
	(void)dev;
	(void)region;
	/* HARD-DMA-1: not while the device may use it. */
	if (fake.regs[0x14] && !fake.gone && fake.space.bytes[VPCI_COMMAND] & VPCI_COMMAND_MASTER)
		fake_offend("memory was taken away from a device that runs");
	fake.mem_regions--;
	return 0;
}

static int way_get_mem_limits(struct vpci_dev *dev, struct virtio_mem_limits *limits)
{
	(void)dev;
	limits->max_regions = UINT64_MAX;
	limits->used_regions = fake.mem_regions;
	limits->alignment = (uint64_t)sysconf(_SC_PAGESIZE);
	limits->max_address = UINT64_MAX;
	limits->can_add = 1;
	return 0;
}

static unsigned way_irq_count(struct vpci_dev *dev)
{
	(void)dev;
	return fake.irqs;
}

static int way_set_irqs(struct vpci_dev *dev, const int *fds, unsigned n)
{
	(void)dev;
	if (n > MAX_IRQS || (fake.irqs_at_once && n > fake.irqs_at_once))
		return -ENOSPC;
	if (n)
		memcpy(fake.irq_fds, fds, n * sizeof(*fds));
	fake.irq_count = n;
	return 0;
}

static void way_let_go(struct vpci_dev *dev)
{
	(void)dev;
	fake.let_goes++;
	fake.gone = true;
}

#define COMMON_MEMBERS \
	.name = "fake", .open = way_open, .close = way_close, .config_read = way_config_read, \
	.config_write = way_config_write, .bar_map = way_bar_map, .mem_add = way_mem_add, \
	.mem_remove = way_mem_remove, .get_mem_limits = way_get_mem_limits, \
	.irq_count = way_irq_count, .set_irqs = way_set_irqs, .let_go = way_let_go
#define CALLS \
	.bar_read = way_bar_read, .bar_write = way_bar_write

const struct vpci_access *fake_way(void)
{
	static const struct vpci_access physical = { COMMON_MEMBERS, CALLS };
	static const struct vpci_access translated = { COMMON_MEMBERS, CALLS, .translated = true };
	static const struct vpci_access mapped = { COMMON_MEMBERS };

	if (fake.map_all)
		return &mapped;
	return fake.translated ? &translated : &physical;
}
