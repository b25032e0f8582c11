/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scripted server's device side: memory regions mapped as the protocol
 * says, split rings walked through these mappings alone.
 */
#include "config.h"

#include <check.h>
#include <endian.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "peer-ring.h"

struct wire_region {
	uint64_t guest, size, user, offset;
};

static void map(struct peer *peer, const struct wire_region *wire, int fd)
{
	struct peer_region *region = &peer->regions[peer->nregions];

	ck_assert_uint_lt(peer->nregions, PEER_REGIONS);
	ck_assert_uint_eq(wire->guest, wire->user);
	for (unsigned i = 0; i < peer->nregions; i++)	/* VU-MEM-3 */
		ck_assert(wire->user + wire->size <= peer->regions[i].start ||
			  peer->regions[i].start + peer->regions[i].len <= wire->user);
	region->start = wire->user;
	region->len = wire->size;
	region->map_len = wire->size + wire->offset;
	region->map_offset = wire->offset;
	region->map = mmap(NULL, region->map_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(region->map, MAP_FAILED);
	close(fd);
	peer->nregions++;
}

void peer_map_table(struct peer *peer, struct peer_msg *msg)
{
	const uint32_t count = msg->u.state.index;
	struct wire_region wire;

	ck_assert_uint_eq(msg->size, 8 + count * sizeof(wire));
	ck_assert_uint_eq(msg->nfds, count);
	peer_unmap_all(peer);
	for (uint32_t i = 0; i < count; i++) {
		memcpy(&wire, msg->u.bytes + 8 + i * sizeof(wire), sizeof(wire));
		map(peer, &wire, msg->fds[i]);
	}
	msg->nfds = 0;
}

void peer_map_region(struct peer *peer, struct peer_msg *msg)
{
	struct wire_region wire;

	ck_assert_uint_eq(msg->size, 8 + sizeof(wire));
	ck_assert_uint_eq(msg->nfds, 1);
	memcpy(&wire, msg->u.bytes + 8, sizeof(wire));
	map(peer, &wire, msg->fds[0]);
	msg->nfds = 0;
}

void peer_unmap_region(struct peer *peer, const struct peer_msg *msg)
{
	struct wire_region wire;

	ck_assert_uint_eq(msg->nfds, 0);		/* VU-MEM-10 */
	memcpy(&wire, msg->u.bytes + 8, sizeof(wire));
	for (unsigned i = 0; i < peer->nregions; i++) {
		struct peer_region *region = &peer->regions[i];

		if (region->start != wire.user || region->len != wire.size)
			continue;
		munmap(region->map, region->map_len);
		*region = peer->regions[--peer->nregions];
		return;
	}
	ck_abort_msg("REM_MEM_REG of a region that was not added");
}

void peer_unmap_all(struct peer *peer)
{
	for (unsigned i = 0; i < peer->nregions; i++)
		munmap(peer->regions[i].map, peer->regions[i].map_len);
	peer->nregions = 0;
}

static void *at(struct peer *peer, uint64_t addr, uint64_t len)
{
	for (unsigned i = 0; i < peer->nregions; i++) {
		const struct peer_region *region = &peer->regions[i];

		if (addr >= region->start && addr + len <= region->start + region->len)
			return (char *)region->map + region->map_offset + (addr - region->start);
	}
	ck_abort_msg("the driver uses memory at %#llx that it never shared",
		     (unsigned long long)addr);
	return NULL;
}

void peer_ring_stop(struct peer_ring *ring)
{
	int *const fds[] = { &ring->kick, &ring->call };

	for (unsigned i = 0; i < 2; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	ring->started = false;
}

/* Sets the last byte of the chain's last writable segment to 0. */
static uint32_t finish(struct peer *peer, const struct peer_ring *ring, uint16_t head)
{
	const struct vring_desc *table = at(peer, ring->desc, 16ull * ring->num);
	const struct vring_desc *desc = &table[head];
	uint32_t written = 0;

	if (le16toh(desc->flags) & VRING_DESC_F_INDIRECT)
		desc = table = at(peer, le64toh(desc->addr), le32toh(desc->len));
	for (;;) {
		const uint32_t len = le32toh(desc->len);

		if (le16toh(desc->flags) & VRING_DESC_F_WRITE) {
			uint8_t *data = at(peer, le64toh(desc->addr), len);

			written += len;
			if (!(le16toh(desc->flags) & VRING_DESC_F_NEXT))
				data[len - 1] = 0;
		}
		if (!(le16toh(desc->flags) & VRING_DESC_F_NEXT))
			return written;
		desc = &table[le16toh(desc->next)];
	}
}

static unsigned walk(struct peer *peer, uint32_t index, unsigned max, bool complete)
{
	struct peer_ring *ring = &peer->rings[index];
	const struct vring_avail *avail = at(peer, ring->avail, 6 + 2ull * ring->num);
	struct vring_used *used = at(peer, ring->used, 6 + 8ull * ring->num);
	uint16_t end = le16toh(__atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE));
	unsigned n = 0;

	for (; n < max && ring->taken != end; n++, ring->taken++) {
		const uint16_t head = le16toh(avail->ring[ring->taken % ring->num]);
		const uint16_t slot = le16toh(used->idx);

		if (!complete)
			continue;
		used->ring[slot % ring->num].id = htole32(head);
		used->ring[slot % ring->num].len = htole32(finish(peer, ring, head));
		__atomic_store_n(&used->idx, htole16((uint16_t)(slot + 1)), __ATOMIC_RELEASE);
	}
	return n;
}

unsigned peer_serve(struct peer *peer, uint32_t ring, unsigned max)
{
	unsigned n;

	pthread_mutex_lock(&peer->lock);
	n = walk(peer, ring, max, true);
	pthread_mutex_unlock(&peer->lock);
	return n;
}

unsigned peer_take(struct peer *peer, uint32_t ring, unsigned max)
{
	unsigned n;

	pthread_mutex_lock(&peer->lock);
	n = walk(peer, ring, max, false);
	pthread_mutex_unlock(&peer->lock);
	return n;
}

static void signal_fd(struct peer *peer, const int *fd)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&peer->lock);
	ck_assert_int_eq(write(*fd, &one, sizeof(one)), sizeof(one));
	pthread_mutex_unlock(&peer->lock);
}

void peer_call(struct peer *peer, uint32_t ring)
{
	signal_fd(peer, &peer->rings[ring].call);
}

void peer_error(struct peer *peer, uint32_t ring)
{
	signal_fd(peer, &peer->rings[ring].err);
}

uint64_t peer_kicks(struct peer *peer, uint32_t ring)
{
	uint64_t count = 0;
	ssize_t n;

	pthread_mutex_lock(&peer->lock);
	n = read(peer->rings[ring].kick, &count, sizeof(count));
	pthread_mutex_unlock(&peer->lock);
	return n < 0 ? 0 : count;
}
