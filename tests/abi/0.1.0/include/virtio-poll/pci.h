/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI devices: addresses, and the way from a device found on the bus to a
 * struct virtio_dev.
 *
 * The address calls need nothing. The virtio_pci_dev_* calls load the `pci`
 * plugin; without it they return -ENOENT and say where it was looked for.
 */
#ifndef VIRTIO_POLL_PCI_H
#define VIRTIO_POLL_PCI_H

#include <stddef.h>
#include <stdint.h>

#include <virtio-poll/error.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct virtio_dev;

struct virtio_pci_addr {
	uint32_t domain;	/* 32 bits: VMD and some clouds exceed 0xffff */
	uint8_t bus;
	uint8_t dev;		/* 0 to 31 */
	uint8_t func;		/* 0 to 7 */
};

/* Room for every address that virtio_pci_addr_format writes, NUL included. */
#define VIRTIO_PCI_ADDR_STRLEN 17

/*
 * Reads "domain:bus:dev.func" or "bus:dev.func" (domain 0), hexadecimal.
 * 0 or -EINVAL; *addr is unchanged on failure. Any thread. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_pci_addr_parse(struct virtio_pci_addr *addr, const char *text);

/*
 * Writes "0000:00:04.0" and a NUL into size bytes at text. 0, or -ENOSPC if
 * it does not fit (VIRTIO_PCI_ADDR_STRLEN does). Any thread. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_pci_addr_format(char *text, size_t size, const struct virtio_pci_addr *addr);

/*
 * Less than, equal to or greater than 0 as a stands before, at or after b in
 * bus order. Any thread. Since 0.1.0.
 */
int virtio_pci_addr_compare(const struct virtio_pci_addr *a, const struct virtio_pci_addr *b);

/* A virtio function found on the bus. The library's until a callback keeps it. */
struct virtio_pci_ctx;

/*
 * Called for a device that can be used. Returning 0 keeps pci_ctx: hand it to
 * virtio_pci_dev_init. Any other value gives it back to the library. No lock
 * is held; the callback may call the library.
 */
typedef int (*virtio_pci_create_cb)(struct virtio_pci_ctx *pci_ctx, void *ctx);

/*
 * Calls enum_cb for each usable device of the type. device_id is a virtio ID
 * (2 is block) or a PCI ID in 0x1000-0x107f; the modern and the transitional
 * ID of a type match each other. Rescans the bus at every call; skips devices
 * that are attached or held by a kernel driver; goes on after a refusal.
 * 0 even for none, -ENOENT without the plugin, -EINVAL for a bad ID. Control
 * call, any thread. VIRTIO 1.3, 4.1.2. Since 0.1.0.
 */
int virtio_pci_dev_enumerate(virtio_pci_create_cb enum_cb, void *enum_ctx, uint16_t device_id);

/*
 * As enumerate, for the one device at addr: the callback's result, -ENODEV if
 * there is none of the type, -EBUSY if it is attached or a kernel driver
 * holds it (the sentence names the driver), -ENOENT without the plugin.
 * Since 0.1.0.
 */
int virtio_pci_dev_attach(virtio_pci_create_cb create_cb, void *enum_ctx, uint16_t device_id,
			  struct virtio_pci_addr *addr);

/*
 * Makes a stopped device of a context that a callback kept. vdev is the
 * caller's, zeroed, never moved; name is copied. After success the device
 * owns pci_ctx; on failure *vdev is zeroed and pci_ctx is still the caller's
 * to try again with. Control call. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_pci_dev_init(struct virtio_dev *vdev, const char *name, struct virtio_pci_ctx *pci_ctx);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_PCI_H */
