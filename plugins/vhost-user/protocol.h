/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vhost-user protocol as it stands on the wire: message numbers, flags,
 * protocol feature bits and payloads, all in host byte order.
 *
 * Numbers and layouts only. What a message needs and how it is confirmed is
 * in message.c; which protocol features are accepted is in negotiate.c.
 */
#ifndef VHOST_USER_PROTOCOL_H
#define VHOST_USER_PROTOCOL_H

#include <stdint.h>

/* Header: three words, then `size` bytes of payload. VU-FRAME-1 */
struct vu_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

#define VU_HEADER_SIZE 12

/* Flags. A reply has exactly VU_FLAGS_REPLY. VU-FRAME-2 */
#define VU_FLAG_VERSION		0x1u
#define VU_FLAG_VERSION_MASK	0x3u
#define VU_FLAG_REPLY		0x4u
#define VU_FLAG_NEED_REPLY	0x8u
#define VU_FLAGS_REPLY		(VU_FLAG_VERSION | VU_FLAG_REPLY)

/* Requests to the server. */
enum vu_request_id {
	VU_GET_FEATURES = 1,
	VU_SET_FEATURES = 2,
	VU_SET_OWNER = 3,
	VU_SET_MEM_TABLE = 5,
	VU_SET_VRING_NUM = 8,
	VU_SET_VRING_ADDR = 9,
	VU_SET_VRING_BASE = 10,
	VU_GET_VRING_BASE = 11,
	VU_SET_VRING_KICK = 12,
	VU_SET_VRING_CALL = 13,
	VU_SET_VRING_ERR = 14,
	VU_GET_PROTOCOL_FEATURES = 15,
	VU_SET_PROTOCOL_FEATURES = 16,
	VU_GET_QUEUE_NUM = 17,
	VU_SET_VRING_ENABLE = 18,
	VU_SET_BACKEND_REQ_FD = 21,
	VU_GET_CONFIG = 24,
	VU_SET_CONFIG = 25,
	VU_RESET_DEVICE = 34,
	VU_GET_MAX_MEM_SLOTS = 36,
	VU_ADD_MEM_REG = 37,
	VU_REM_MEM_REG = 38,
	VU_SET_STATUS = 39,
	VU_GET_STATUS = 40,
};

/* Requests from the server, over the back channel. */
enum vu_back_request_id {
	VU_BACK_IOTLB_MSG = 1,
	VU_BACK_CONFIG_CHANGE_MSG = 2,
	VU_BACK_VRING_HOST_NOTIFIER_MSG = 3,
	VU_BACK_VRING_CALL = 4,
	VU_BACK_VRING_ERR = 5,
	VU_BACK_SHARED_OBJECT_ADD = 6,
	VU_BACK_SHARED_OBJECT_REMOVE = 7,
	VU_BACK_SHARED_OBJECT_LOOKUP = 8,
	VU_BACK_SHMEM_MAP = 9,
	VU_BACK_SHMEM_UNMAP = 10,
};

/* Protocol feature bits. */
enum vu_protocol_bit {
	VU_PF_MQ = 0,
	VU_PF_LOG_SHMFD = 1,
	VU_PF_RARP = 2,
	VU_PF_REPLY_ACK = 3,
	VU_PF_MTU = 4,
	VU_PF_BACKEND_REQ = 5,
	VU_PF_CROSS_ENDIAN = 6,
	VU_PF_CRYPTO_SESSION = 7,
	VU_PF_PAGEFAULT = 8,
	VU_PF_CONFIG = 9,
	VU_PF_BACKEND_SEND_FD = 10,
	VU_PF_HOST_NOTIFIER = 11,
	VU_PF_INFLIGHT_SHMFD = 12,
	VU_PF_RESET_DEVICE = 13,
	VU_PF_INBAND_NOTIFICATIONS = 14,
	VU_PF_CONFIGURE_MEM_SLOTS = 15,
	VU_PF_STATUS = 16,
	VU_PF_XEN_MMAP = 17,
	VU_PF_SHARED_OBJECT = 18,
	VU_PF_DEVICE_STATE = 19,
	VU_PF_GET_VRING_BASE_INFLIGHT = 20,
	VU_PF_GPA_ADDRESSES = 21,
	VU_PF_SHMEM = 22,
	VU_PF_GET_VRING_BASE_SKIP_DRAIN = 23,
};

#define VU_BIT(n) (UINT64_C(1) << (n))

/* The feature bit that says: protocol features exist. */
#define VU_F_PROTOCOL_FEATURES 30

/* Kick, call and err carry the ring in bits 0 to 7, so there are at most 256;
 * bit 8 would say that no descriptor follows. VU-FRAME-13 */
#define VU_MAX_RINGS 256

struct vu_vring_state {
	uint32_t index;
	uint32_t num;
};

/* The used ring stands before the available ring here. VU-FRAME-12 */
struct vu_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct vu_region {
	uint64_t guest_addr;
	uint64_t size;
	uint64_t user_addr;
	uint64_t mmap_offset;
};

/* One table, and one message's descriptors, hold eight regions. VU-MEM-1 */
#define VU_TABLE_REGIONS 8
#define VU_MAX_FDS 8

struct vu_mem_table {
	uint32_t count;
	uint32_t padding;
	struct vu_region regions[VU_TABLE_REGIONS];
};

struct vu_single_region {
	uint64_t padding;
	struct vu_region region;
};

/* Several servers stop at 256 bytes. VU-FRAME-11 */
#define VU_CONFIG_MAX 256
#define VU_CONFIG_HEADER 12

struct vu_config {
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
	uint8_t data[VU_CONFIG_MAX];
};

/* The largest payload that is ever sent or received. */
#define VU_PAYLOAD_MAX (VU_CONFIG_HEADER + VU_CONFIG_MAX)

/* VU-FRAME-1, VU-FRAME-10 */
_Static_assert(sizeof(struct vu_header) == VU_HEADER_SIZE, "header");
_Static_assert(sizeof(struct vu_vring_state) == 8, "ring state");
_Static_assert(sizeof(struct vu_vring_addr) == 40, "ring address");
_Static_assert(sizeof(struct vu_region) == 32, "memory region");
_Static_assert(sizeof(struct vu_mem_table) == 8 + 32 * VU_TABLE_REGIONS, "memory table");
_Static_assert(sizeof(struct vu_single_region) == 40, "single region");
_Static_assert(sizeof(struct vu_config) == VU_CONFIG_HEADER + VU_CONFIG_MAX, "config");
_Static_assert(sizeof(struct vu_mem_table) <= VU_PAYLOAD_MAX, "largest payload");

#endif /* VHOST_USER_PROTOCOL_H */
