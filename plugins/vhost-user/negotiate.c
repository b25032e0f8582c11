/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hand-shake. The table below decides which protocol features are
 * accepted; each row that is accepted says what duty comes with the bit, and
 * which bits it makes no sense without.
 *
 * Runs on every new connection from the start: nothing is remembered of an
 * earlier one.
 */
#include "config.h"

#include <errno.h>

#include "backchannel.h"
#include "family.h"
#include "memory.h"
#include "negotiate.h"
#include "request.h"

struct protocol_feature {
	const char *name;
	bool accept;
	uint64_t needs;
};

#define NAMED(name) [VU_PF_##name] = { "VHOST_USER_PROTOCOL_F_" #name, false, 0 }
#define ACCEPTED(name, needs) [VU_PF_##name] = { "VHOST_USER_PROTOCOL_F_" #name, true, needs }

/* VU-PF-0 to VU-PF-24, VU-NEG-3 */
static const struct protocol_feature protocol_features[] = {
	/* Ask GET_QUEUE_NUM and stay within it: queues_of(). */
	ACCEPTED(MQ, 0),
	NAMED(LOG_SHMFD),
	NAMED(RARP),
	/* Read acks (request.c); answer back-channel requests (backchannel.c). */
	ACCEPTED(REPLY_ACK, 0),
	NAMED(MTU),
	/* Serve the back channel. All that is served there is the news of
	 * CONFIG, so without that there is no use for it. */
	ACCEPTED(BACKEND_REQ, VU_BIT(VU_PF_CONFIG)),
	NAMED(CROSS_ENDIAN),
	NAMED(CRYPTO_SESSION),
	NAMED(PAGEFAULT),
	/* Read configuration space from the server (config-space.c). */
	ACCEPTED(CONFIG, 0),
	NAMED(BACKEND_SEND_FD),
	NAMED(HOST_NOTIFIER),
	NAMED(INFLIGHT_SHMFD),
	/* Reset by RESET_DEVICE (status.c). */
	ACCEPTED(RESET_DEVICE, 0),
	NAMED(INBAND_NOTIFICATIONS),
	/* Ask the limit first; regions one by one (memory.c). */
	ACCEPTED(CONFIGURE_MEM_SLOTS, 0),
	/* Send every status change, read FEATURES_OK back (status.c). */
	ACCEPTED(STATUS, 0),
	NAMED(XEN_MMAP),
	NAMED(SHARED_OBJECT),
	NAMED(DEVICE_STATE),
	NAMED(GET_VRING_BASE_INFLIGHT),
	NAMED(GPA_ADDRESSES),
	NAMED(SHMEM),
	NAMED(GET_VRING_BASE_SKIP_DRAIN),
};

#define N_PROTOCOL_FEATURES (sizeof(protocol_features) / sizeof(protocol_features[0]))

const char *vu_protocol_name(unsigned bit)
{
	return bit < N_PROTOCOL_FEATURES ? protocol_features[bit].name : NULL;
}

uint64_t vu_protocol_choose(uint64_t offered)
{
	uint64_t chosen = 0;

	for (unsigned i = 0; i < N_PROTOCOL_FEATURES; i++)
		if (protocol_features[i].accept)
			chosen |= offered & VU_BIT(i);
	for (unsigned i = 0; i < N_PROTOCOL_FEATURES; i++)
		if (protocol_features[i].needs & ~chosen)
			chosen &= ~VU_BIT(i);
	return chosen;
}

/* VU-NEG-2 */
static int agree_on_protocol(struct vu_front *front)
{
	uint64_t chosen;
	int err;

	if (!(front->offered & VU_BIT(VU_F_PROTOCOL_FEATURES)))
		return 0;
	err = vu_request_get_u64(front, VU_GET_PROTOCOL_FEATURES, &front->protocol_offered);
	if (err)
		return err;
	chosen = vu_protocol_choose(front->protocol_offered);
	err = vu_request_set_u64(front, VU_SET_PROTOCOL_FEATURES, chosen);
	if (!err)
		front->protocol = chosen;
	return err;
}

static int ask_limits(struct vu_front *front)
{
	int err = 0;

	if (vu_has(front, VU_PF_MQ))
		err = vu_request_get_u64(front, VU_GET_QUEUE_NUM, &front->queue_num);
	if (!err && vu_has(front, VU_PF_CONFIGURE_MEM_SLOTS))
		err = vu_request_get_u64(front, VU_GET_MAX_MEM_SLOTS, &front->mem_slots);
	if (!err)
		vu_memory_set_limit(front);
	return err;
}

/* VU-NEG-1, VU-NEG-6 */
int vu_handshake(struct vu_front *front)
{
	const struct vu_request set_owner = { .id = VU_SET_OWNER };
	int err = vu_request_get_u64(front, VU_GET_FEATURES, &front->offered);

	if (!err)
		err = agree_on_protocol(front);
	if (!err)
		err = vu_request(front, &set_owner);
	if (!err)
		err = ask_limits(front);
	if (!err && vu_has(front, VU_PF_BACKEND_REQ))
		err = vu_back_open(front);
	return err;
}

/*
 * Bits that are not the driver's business here: switches of the protocol
 * (26 LOG_ALL, 30), legacy ones (24, 27), address translation and packed
 * rings that this front-end does not do (33, 34), and those that only PCI has
 * a way for (37 to 41, 43). VU-NEG-5, VU-NEG-8
 */
#define NOT_FOR_THE_DRIVER \
	(VU_BIT(24) | VU_BIT(26) | VU_BIT(27) | VU_BIT(VU_F_PROTOCOL_FEATURES) | \
	 VU_BIT(33) | VU_BIT(34) | VU_BIT(37) | VU_BIT(38) | VU_BIT(39) | VU_BIT(40) | \
	 VU_BIT(41) | VU_BIT(43))

/* Asked anew each time: the offer may change between resets. HARD-FEAT-4 */
uint64_t vu_get_features(struct virtio_dev *vdev)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	uint64_t offered;

	if (vu_request_get_u64(front, VU_GET_FEATURES, &offered) < 0)
		return 0;
	front->offered = offered;
	return offered & ~NOT_FOR_THE_DRIVER;
}

/* With bit 30 rings stay disabled until they are enabled. VU-NEG-4 */
int vu_set_features(struct virtio_dev *vdev, uint64_t features)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);

	return vu_request_set_u64(front, VU_SET_FEATURES, (features & ~NOT_FOR_THE_DRIVER) |
				  (front->offered & VU_BIT(VU_F_PROTOCOL_FEATURES)));
}

/*
 * GET_QUEUE_NUM counts pairs for network devices and in DPDK's library. A
 * device with a fixed set of queues need not offer MQ; then only the program
 * knows how many there are. VU-PF-0, HARD-VU-8
 */
uint16_t vu_get_max_queues(struct virtio_dev *vdev)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);
	uint64_t queues = front->queue_num;

	if (!vu_has(front, VU_PF_MQ))
		queues = VU_MAX_RINGS;
	if (queues > VU_MAX_RINGS)
		queues = VU_MAX_RINGS;
	if (vu_has(front, VU_PF_MQ) && vu_family_counts_pairs(front))
		queues *= 2;
	return (uint16_t)(queues < front->queue_limit ? queues : front->queue_limit);
}

uint16_t vu_get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	struct vu_front *front = virtio_dev_backend_ctx(vdev);

	return queue_id < vu_get_max_queues(vdev) ? front->queue_size : 0;
}
