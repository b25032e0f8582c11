/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of server families, the most particular first: what each offers,
 * and what users of it should know. To add a family is to add a row.
 */
#include "config.h"

#include <stddef.h>

#include <linux/virtio_ids.h>

#include "family.h"
#include "front.h"

#define PF(name) VU_BIT(VU_PF_##name)

/* What the library of QEMU's servers offers of itself. */
#define LIBVHOST_USER \
	(PF(MQ) | PF(LOG_SHMFD) | PF(REPLY_ACK) | PF(BACKEND_REQ) | PF(BACKEND_SEND_FD) | \
	 PF(HOST_NOTIFIER) | PF(CONFIGURE_MEM_SLOTS))
#define NOT_LIBVHOST_USER (PF(RARP) | PF(MTU) | PF(STATUS) | PF(RESET_DEVICE))

/* And what DPDK's does. */
#define DPDK (PF(MQ) | PF(LOG_SHMFD) | PF(RARP) | PF(REPLY_ACK) | PF(MTU))

/* virtio-blk bits that qemu-storage-daemon always offers: SIZE_MAX, SEG_MAX,
 * BLK_SIZE, TOPOLOGY, CONFIG_WCE. */
#define QSD_BLK (VU_BIT(1) | VU_BIT(2) | VU_BIT(6) | VU_BIT(10) | VU_BIT(11))

#define DEVICE_TYPE_BITS (VU_BIT(24) - 1)

#define ONE_CLIENT "serves one client at a time: another one waits until it has gone"
#define EIGHT_REGIONS "takes 8 memory regions, also where it offers CONFIGURE_MEM_SLOTS"
#define ALL_RINGS "starts when every ring that was mentioned has its kick and call descriptors"
#define PAIRS "GET_QUEUE_NUM counts pairs of queues, not queues"
#define STOPS_AT_ONCE "drops requests in flight at GET_VRING_BASE: they are awaited before it"
#define EXACT_CONFIG "refuses GET_CONFIG for more bytes than the structure has"

static const struct vu_family families[] = {
	{
		.name = "qemu-storage-daemon",
		.protocol_all = LIBVHOST_USER | PF(CONFIG),
		.protocol_none = NOT_LIBVHOST_USER,
		.features_all = QSD_BLK,
		.stops_at_once = true,
		.quirks = { ONE_CLIENT, EXACT_CONFIG, STOPS_AT_ONCE,
			    "older versions report one byte more than they wrote" },
	},
	{
		.name = "virtiofsd (QEMU)",
		.protocol_all = LIBVHOST_USER,
		.protocol_none = NOT_LIBVHOST_USER | PF(CONFIG),
		.features_none = DEVICE_TYPE_BITS,
		.quirks = { "ends when its only client disconnects",
			    "has no configuration space over the socket" },
	},
	{
		.name = "libvhost-user",
		.protocol_all = LIBVHOST_USER,
		.protocol_none = NOT_LIBVHOST_USER,
		.quirks = { ONE_CLIENT },
	},
	{
		.name = "SPDK vhost",
		.protocol_all = DPDK | PF(INFLIGHT_SHMFD),
		.counts_pairs = true,
		.quirks = { PAIRS, EIGHT_REGIONS, ALL_RINGS,
			    "a new SET_MEM_TABLE stops and restarts its session" },
	},
	{
		.name = "DPDK vhost",
		.protocol_all = DPDK,
		.counts_pairs = true,
		.quirks = { PAIRS, EIGHT_REGIONS, ALL_RINGS,
			    "with STATUS it waits for DRIVER_OK" },
	},
	{
		.name = "yc-libvhost-server",
		.protocol_all = PF(CONFIG) | PF(INFLIGHT_SHMFD) | PF(GET_VRING_BASE_INFLIGHT),
		.protocol_none = PF(BACKEND_REQ),
		.quirks = { "does not poll: every ring needs a kick descriptor",
			    "features cannot change once a ring was started" },
	},
	{
		.name = "rust-vmm",
		.protocol_all = PF(MQ) | PF(REPLY_ACK) | PF(CONFIGURE_MEM_SLOTS),
		.protocol_none = PF(HOST_NOTIFIER) | PF(RARP) | PF(MTU) | PF(PAGEFAULT),
		.quirks = { "refuses messages whose protocol feature was not negotiated",
			    "refuses GET_CONFIG for more bytes than the device has" },
	},
};

const struct vu_family *vu_family_find(uint64_t features, uint64_t protocol)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct vu_family *family = &families[i];

		if ((protocol & family->protocol_all) == family->protocol_all &&
		    !(protocol & family->protocol_none) &&
		    (features & family->features_all) == family->features_all &&
		    !(features & family->features_none))
			return family;
	}
	return NULL;
}

static const struct vu_family *family_of(const struct vu_front *front)
{
	return vu_family_find(front->offered, front->protocol_offered);
}

bool vu_family_counts_pairs(const struct vu_front *front)
{
	const struct vu_family *family = family_of(front);

	return front->device_id == VIRTIO_ID_NET || (family && family->counts_pairs);
}

bool vu_family_stops_at_once(const struct vu_front *front)
{
	const struct vu_family *family = family_of(front);

	return family && family->stops_at_once;
}
