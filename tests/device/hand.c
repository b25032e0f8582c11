/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver by hand of hand.h.
 *
 * Each step is one function, so that a test reads as the sequence it is.
 */
#include "config.h"

#include <endian.h>
#include <string.h>
#include <sys/mman.h>

#include "hand.h"

void add_status(struct hand *h, uint8_t bits)
{
	h->ops->set_status(&h->vdev, h->ops->get_status(&h->vdev) | bits);
}

void hand_open(struct hand *h, const char *address)
{
	*h = (struct hand){ 0 };
	ck_assert_msg(!virtio_dev_open(&h->vdev, "hand", address), "%s", virtio_last_error());
	h->ops = virtio_dev_backend_ops(&h->vdev);
	h->mem = mmap(NULL, MEM_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(h->mem, MAP_FAILED);
	h->desc = (void *)(h->mem + DESC_AT);
	h->table = (void *)(h->mem + TABLE_AT);
	h->avail = (void *)(h->mem + AVAIL_AT);
	h->used = (void *)(h->mem + USED_AT);
	h->region = (struct virtio_mem_region){
		.struct_size = sizeof(h->region), .fd = -1, .addr = h->mem, .len = MEM_LEN,
		.page_size = 4096, .bus_addr = (uintptr_t)h->mem,
	};
	h->vq = (struct virtqueue){
		.vdev = &h->vdev, .vq_nentries = SIZE,
		.vq_desc_mem = (uintptr_t)h->desc, .vq_driver_mem = (uintptr_t)h->avail,
		.vq_device_mem = (uintptr_t)h->used,
	};
}

void hand_negotiate(struct hand *h, uint64_t features)
{
	add_status(h, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	add_status(h, VIRTIO_CONFIG_S_DRIVER);
	ck_assert_int_eq(h->ops->set_features(&h->vdev, features), 0);
	add_status(h, VIRTIO_CONFIG_S_FEATURES_OK);
}

void hand_up(struct hand *h, const char *address, uint64_t features)
{
	hand_open(h, address);
	ck_assert_int_eq(h->ops->mem_add(&h->vdev, &h->region), 0);
	hand_negotiate(h, features | VERSION_1);
	ck_assert_int_eq(h->ops->setup_queue(&h->vdev, &h->vq), 0);
	add_status(h, VIRTIO_CONFIG_S_DRIVER_OK);
}

void hand_down(struct hand *h)
{
	virtio_dev_destruct(&h->vdev);
	munmap(h->mem, MEM_LEN);
}

uint64_t data_at(const struct hand *h, unsigned offset)
{
	return (uintptr_t)(h->mem + DATA_AT + offset);
}

struct desc make_desc(uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	return (struct desc){ htole64(addr), htole32(len), htole16(flags), htole16(next) };
}

void put_request(struct hand *h, struct desc *to)
{
	struct virtio_blk_outhdr header = { .type = htole32(VIRTIO_BLK_T_FLUSH) };

	memcpy(h->mem + DATA_AT, &header, sizeof(header));
	h->mem[DATA_AT + 64] = (char)0xff;
	to[0] = make_desc(data_at(h, 0), 16, F_NEXT, 1);
	to[1] = make_desc(data_at(h, 64), 1, F_WRITE, 0);
}

void offer(struct hand *h, uint16_t head)
{
	h->avail[2 + h->next_avail % SIZE] = htole16(head);
	h->avail[1] = htole16(++h->next_avail);
}

void notify(struct hand *h)
{
	h->ops->notify_queue(&h->vdev, &h->vq);
}

bool is_served(const struct hand *h)
{
	return le16toh(h->used[1]) == h->next_avail;
}

bool needs_reset(struct hand *h)
{
	return h->ops->get_status(&h->vdev) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

void assert_offended(struct hand *h)
{
	uint32_t events;

	ck_assert(needs_reset(h));
	ck_assert_uint_eq(le16toh(h->used[1]), 0);
	ck_assert_int_eq(virtio_dev_poll_events(&h->vdev, &events), 0);
	ck_assert_uint_eq(events, VIRTIO_EVENT_NEEDS_RESET);
	put_request(h, h->desc);
	offer(h, 0);
	notify(h);
	ck_assert_uint_eq(le16toh(h->used[1]), 0);
}

void offends(struct hand *h)
{
	offer(h, 0);
	notify(h);
	assert_offended(h);
	hand_down(h);
}
