/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rig of ring-rig.h: it is put together here as queue-set.c does it for a
 * device.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "ring-rig.h"

/* In the region, or in the ring's own piece of memory. */
static bool known(uint64_t bus, uint64_t len, void *ctx)
{
	const struct ring_rig *rig = ctx;
	uint64_t addr = bus - RIG_DELTA, shared = (uintptr_t)rig->shared;

	return (addr >= RIG_MEM && addr + len <= RIG_MEM + RIG_MEM_LEN) ||
	       (addr >= shared && addr + len <= shared + rig->layout.total);
}

static struct ring_area area_of(const struct ring_rig *rig)
{
	const struct ring_layout *l = &rig->layout;
	char *tables = l->table_len ? rig->shared + l->tables : NULL;

	return (struct ring_area){
		.desc = (void *)(rig->shared + l->desc),
		.avail = (void *)(rig->shared + l->driver),
		.used = (void *)(rig->shared + l->device),
		.tables = (void *)tables,
		.tables_bus = (uintptr_t)tables + RIG_DELTA,
		.table_len = l->table_len,
	};
}

void rig_up(struct ring_rig *rig, uint16_t size, unsigned features)
{
	static const struct mem_entry memory = {
		.start = RIG_MEM, .len = RIG_MEM_LEN, .delta = RIG_DELTA, .origin = RIG_MEM,
	};
	bool indirect = features & MODEL_INDIRECT, event_idx = features & MODEL_EVENT_IDX;
	bool wide = features & RIG_WIDE;
	struct ring_area area;

	memset(rig, 0, sizeof(*rig));
	rig->layout = ring_split_layout(size, indirect, SIZE_MAX);
	rig->shared = aligned_alloc(4096, (rig->layout.total + 4095) & ~(size_t)4095);
	must(rig->shared);
	memset(rig->shared, 0, rig->layout.total);
	must(mem_map_insert(&rig->map, &memory) == 0);
	area = area_of(rig);
	must(ring_init(&rig->ring, ring_split_ops(area.tables != NULL, event_idx, wide),
				   size, &area, &rig->map) == 0);
	rig->ring.ops->disarm(&rig->ring);
	model_init(&rig->dev, area.desc, area.avail, area.used, size, features & ~RIG_WIDE);
	rig->dev.delta = RIG_DELTA;
	rig->dev.known = known;
	rig->dev.ctx = rig;
}

void rig_down(struct ring_rig *rig)
{
	model_release(&rig->dev);
	ring_release(&rig->ring);
	mem_map_clear(&rig->map);
	free(rig->shared);
}

struct iovec rig_segment(unsigned i)
{
	return (struct iovec){ (void *)(uintptr_t)(RIG_MEM + i * 64), 64 };
}

int rig_submit(struct ring_rig *rig, uintptr_t cookie, unsigned n_readable, unsigned n_writable)
{
	unsigned n = n_readable + n_writable;
	struct iovec *v = calloc(n + 1, sizeof(*v));
	int error;

	for (unsigned i = 0; i < n; i++)
		v[i] = rig_segment(i);
	error = rig->ring.ops->submit(&rig->ring, (void *)cookie, v, n_readable, n_writable);
	free(v);
	return error;
}

int rig_start(struct ring_rig *rig, uintptr_t cookie, unsigned n)
{
	return rig->ring.ops->start(&rig->ring, (void *)cookie, n);
}

int rig_add(struct ring_rig *rig, unsigned n_readable, unsigned n_writable)
{
	int error = 0;

	for (unsigned i = 0; i < n_readable + n_writable && !error; i++) {
		struct iovec v = rig_segment(i);

		error = i < n_readable ? rig->ring.ops->add_readable(&rig->ring, &v, 1) :
					 rig->ring.ops->add_writable(&rig->ring, &v, 1);
	}
	return error;
}

int rig_add_one(struct ring_rig *rig, uint64_t addr, uint64_t len, bool writable)
{
	struct iovec v = { (void *)(uintptr_t)addr, len };

	return writable ? rig->ring.ops->add_writable(&rig->ring, &v, 1) :
			  rig->ring.ops->add_readable(&rig->ring, &v, 1);
}

bool rig_publish(struct ring_rig *rig)
{
	return rig->ring.ops->publish(&rig->ring);
}

uintptr_t rig_poll(struct ring_rig *rig, uint32_t *len)
{
	void *cookie;
	uint32_t unused;

	if (!rig->ring.ops->poll(&rig->ring, &cookie, len ? len : &unused, 1))
		return 0;
	return (uintptr_t)cookie;
}

uintptr_t rig_failed(struct ring_rig *rig)
{
	void *cookie;

	return ring_take_failed(&rig->ring, &cookie, 1) ? (uintptr_t)cookie : 0;
}

void rig_post(struct ring_rig *rig, uintptr_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		must(rig_submit(rig, first + i, 0, 1) == 0);
	rig_publish(rig);
}
