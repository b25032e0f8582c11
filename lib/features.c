/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What to accept of what a device offers: VIRTIO 1.3, 2.2 and 6.
 *
 * Pure: masks in, a mask out. Bits 24 to 41 are the library's to choose, by
 * an allow-list per kind of transport; the bits of the device's type are the
 * program's, cut back where one needs another.
 */
#include "config.h"

#include "device.h"

#define BIT(n)	(1ull << (n))

/* FEAT-4, -5, -7: 0-23, 42 and 50-63 belong to device types. */
#define TYPE_BITS	(0xffffffull | BIT(42) | ~0ull << 50)

/* What the engine and every transport can do. RFB-1: VERSION_1 always. */
#define ENGINE_BITS	(BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX) | \
			 BIT(VIRTIO_F_VERSION_1))

/*
 * RFB-7, -8: with ORDER_PLATFORM a device may watch memory from further away
 * than another CPU does. Are the fences of C11 enough for it?
 *   x86      yes: DMA takes part in the coherence of caches and in its order;
 *            mfence and locked instructions drain the store buffer for all.
 *   s390x    yes: the channel subsystem is ordered as a CPU is, and a fence
 *            is a serialization, which holds for every observer.
 *   ppc64    yes: lwsync and sync order storage that needs coherence for
 *            "all processors and mechanisms"; the fence of a kick is a sync.
 *   riscv    yes: DMA to main memory is in the r and w sets of a fence. (The
 *            doorbell is in o, which is the transport's to order.)
 *   arm      no: the fences are dmb ish, for the inner shareable domain, the
 *            CPUs; a device may be outside of it and need dmb osh.
 *   others   not known, so no.
 */
#if defined(__x86_64__) || defined(__i386__) || defined(__s390x__) || \
	defined(__powerpc64__) || defined(__riscv)
#define ORDER_BIT	BIT(VIRTIO_F_ORDER_PLATFORM)
#else
#define ORDER_BIT	0
#endif

/* FEAT-12: one list per kind. Served by software, ordering is the CPU's own;
 * behind a bus, doorbells may carry data and IOMMUs translate: the transport
 * sees to RFB-4 and -5. RFB-10: SR_IOV is never here, there is no PF driver. */
#define SOFTWARE_BITS	(ENGINE_BITS | BIT(VIRTIO_F_ORDER_PLATFORM))
#define HARDWARE_BITS	(ENGINE_BITS | ORDER_BIT | BIT(VIRTIO_F_ACCESS_PLATFORM) | \
			 BIT(VIRTIO_F_NOTIFICATION_DATA) | BIT(VIRTIO_F_NOTIF_CONFIG_DATA))

/* A network bit that is nothing without another: VIRTIO 1.3, 5.1.3.1. */
struct dependency {
	uint8_t bit;
	uint8_t needs;		/* at least one of these two */
	uint8_t or_needs;
};

static const struct dependency network[] = {
	{ 7, 1, 1 },		/* GUEST_TSO4: GUEST_CSUM */
	{ 8, 1, 1 },		/* GUEST_TSO6: GUEST_CSUM */
	{ 9, 7, 8 },		/* GUEST_ECN: GUEST_TSO4 or GUEST_TSO6 */
	{ 10, 1, 1 },		/* GUEST_UFO: GUEST_CSUM */
	{ 54, 1, 1 },		/* GUEST_USO4: GUEST_CSUM */
	{ 55, 1, 1 },		/* GUEST_USO6: GUEST_CSUM */
	{ 11, 0, 0 },		/* HOST_TSO4: CSUM */
	{ 12, 0, 0 },		/* HOST_TSO6: CSUM */
	{ 13, 11, 12 },		/* HOST_ECN: HOST_TSO4 or HOST_TSO6 */
	{ 14, 0, 0 },		/* HOST_UFO: CSUM */
	{ 56, 0, 0 },		/* HOST_USO: CSUM */
	{ 18, 17, 17 },		/* CTRL_RX: CTRL_VQ */
	{ 19, 17, 17 },		/* CTRL_VLAN: CTRL_VQ */
	{ 20, 17, 17 },		/* CTRL_RX_EXTRA: CTRL_VQ */
	{ 21, 17, 17 },		/* GUEST_ANNOUNCE: CTRL_VQ */
	{ 22, 17, 17 },		/* MQ: CTRL_VQ */
	{ 23, 17, 17 },		/* CTRL_MAC_ADDR: CTRL_VQ */
	{ 53, 17, 17 },		/* NOTF_COAL: CTRL_VQ */
	{ 52, 17, 17 },		/* VQ_NOTF_COAL: CTRL_VQ */
	{ 60, 17, 17 },		/* RSS: CTRL_VQ */
	{ 61, 11, 12 },		/* RSC_EXT: HOST_TSO4 or HOST_TSO6 */
	{ 57, 17, 17 },		/* HASH_REPORT: CTRL_VQ */
	{ 51, 17, 17 },		/* HASH_TUNNEL: CTRL_VQ, and */
	{ 51, 60, 57 },		/* HASH_TUNNEL: RSS or HASH_REPORT */
};

/* FEAT-2, -3: cuts bits whose prerequisite is not there, until none is left. */
static uint64_t cut_dependents(uint64_t features)
{
	uint64_t before;

	do {
		before = features;
		for (size_t i = 0; i < sizeof(network) / sizeof(network[0]); i++)
			if (!(features & (BIT(network[i].needs) | BIT(network[i].or_needs))))
				features &= ~BIT(network[i].bit);
	} while (features != before);
	return features;
}

uint64_t features_choose(uint64_t offered, uint64_t requested, uint64_t off, bool is_hw,
			 uint16_t device_id)
{
	uint64_t type = offered & requested & TYPE_BITS;

	if (device_id == VIRTIO_ID_NET)
		type = cut_dependents(type);
	return type | (offered & (is_hw ? HARDWARE_BITS : SOFTWARE_BITS) & ~off);
}
