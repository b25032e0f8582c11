/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device of ring-model.h.
 *
 * Each chain is walked once, when it is taken; its checksum tells later
 * whether the driver touched what was no longer its own.
 */
#include "config.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "ring-model.h"
#include "unit.h"

/* Words that both sides use are read and written as the two sides must. */
#define load16(p)	le16toh(__atomic_load_n(p, __ATOMIC_ACQUIRE))
#define store16(p, v)	__atomic_store_n(p, htole16(v), __ATOMIC_RELEASE)
#define load32(p)	le32toh(__atomic_load_n(p, __ATOMIC_RELAXED))
#define load64(p)	le64toh(__atomic_load_n(p, __ATOMIC_RELAXED))
#define store32(p, v)	__atomic_store_n(p, htole32(v), __ATOMIC_RELAXED)

void model_init(struct ring_model *m, void *desc, void *avail, void *used, unsigned size,
		unsigned features)
{
	*m = (struct ring_model){
		.desc = desc, .avail = avail, .used = used, .size = size, .features = features,
	};
	m->requests = calloc(size, sizeof(*m->requests));
	m->heads = calloc(size, sizeof(*m->heads));
	must(m->requests && m->heads);
}

void model_release(struct ring_model *m)
{
	free(m->requests);
	free(m->heads);
	m->requests = NULL;
	m->heads = NULL;
}

static void add_to_sum(struct model_request *r, uint64_t word)
{
	r->sum = (r->sum ^ word) * 0x100000001b3ull;
	r->sum ^= r->sum >> 32;
}

/* One segment, wherever its descriptor lies. */
static void take_segment(struct ring_model *m, struct model_request *r, struct vring_desc *d)
{
	uint64_t addr = load64(&d->addr);
	uint32_t len = load32(&d->len);

	must(len > 0);
	if (m->known)
		must(m->known(addr, len, m->ctx));
	if (load16(&d->flags) & VRING_DESC_F_WRITE) {
		r->writable += len;
	} else {
		must(!r->writable);	/* FRAME-1 */
		r->readable += len;
	}
	r->segments++;
	/* SPLIT-DESC-1, SPLIT-IND-3 */
	must(r->readable + r->writable <= 1ull << 32);
	must(r->segments <= m->size);
}

static void sum_desc(struct model_request *r, struct vring_desc *d)
{
	add_to_sum(r, load64(&d->addr));
	add_to_sum(r, load32(&d->len));
	add_to_sum(r, load16(&d->flags));
	if (load16(&d->flags) & VRING_DESC_F_NEXT)
		add_to_sum(r, load16(&d->next));
}

static void take_table(struct ring_model *m, struct model_request *r, struct vring_desc *ref)
{
	uint64_t addr = load64(&ref->addr);
	struct vring_desc *table = (void *)(uintptr_t)(addr - m->delta);
	uint32_t n = load32(&ref->len) / sizeof(*table);

	/* SPLIT-IND-1, -4, -6 */
	must(m->features & MODEL_INDIRECT);
	must(load16(&ref->flags) == VRING_DESC_F_INDIRECT);
	must(n > 0);
	must(load32(&ref->len) == n * sizeof(*table));
	if (m->known)
		must(m->known(addr, load32(&ref->len), m->ctx));
	r->in_table = true;
	for (uint32_t i = 0; i < n; i++) {
		unsigned flags = load16(&table[i].flags);

		/* SPLIT-IND-2, -5 */
		must(!(flags & ~(VRING_DESC_F_NEXT | VRING_DESC_F_WRITE)));
		must(!!(flags & VRING_DESC_F_NEXT) == (i + 1 < n));
		if (flags & VRING_DESC_F_NEXT)
			must(load16(&table[i].next) == i + 1);
		sum_desc(r, &table[i]);
		take_segment(m, r, &table[i]);
	}
}

/* Walks a chain; with `check` the rules, without only for the sum. */
static struct model_request walk(struct ring_model *m, uint16_t head)
{
	struct model_request r = { .owned = true };
	unsigned idx = head, flags;

	do {
		struct vring_desc *d = &m->desc[idx];

		must(idx < m->size);
		must(r.descriptors < m->size);
		r.descriptors++;
		flags = load16(&d->flags);
		sum_desc(&r, d);
		must(!(flags & ~(VRING_DESC_F_NEXT | VRING_DESC_F_WRITE |
				      VRING_DESC_F_INDIRECT)));
		if (flags & VRING_DESC_F_INDIRECT)
			take_table(m, &r, d);
		else
			take_segment(m, &r, d);
		idx = load16(&d->next);
	} while (flags & VRING_DESC_F_NEXT);
	return r;
}

static void check_avail_flags(struct ring_model *m)
{
	uint16_t flags = load16(&m->avail->flags);

	/* SPLIT-USEDEV-1, -3 */
	must(flags <= (m->features & MODEL_EVENT_IDX ? 0 : 1));
}

/* No descriptor belongs to two requests. */
static void check_room(struct ring_model *m)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < m->nheads; i++)
		sum += m->requests[m->heads[i]].descriptors;
	must(sum <= m->size);
}

unsigned model_take(struct ring_model *m)
{
	uint16_t idx = load16(&m->avail->idx), n = idx - m->seen;

	check_avail_flags(m);
	/* SPLIT-AVAIL-1, -2: forward, and never more than there is. */
	must(n + m->nheads <= m->size);
	for (; m->seen != idx; m->seen++) {
		uint16_t head = load16(&m->avail->ring[m->seen % m->size]);

		must(head < m->size);
		must(!m->requests[head].owned);
		m->requests[head] = walk(m, head);
		m->heads[m->nheads++] = head;
	}
	check_room(m);
	return n;
}

void model_assert_untouched(struct ring_model *m)
{
	for (unsigned i = 0; i < m->nheads; i++)
		must(walk(m, m->heads[i]).sum == m->requests[m->heads[i]].sum);
}

static bool wants_interrupt(struct ring_model *m, uint16_t old)
{
	if (m->features & MODEL_EVENT_IDX)
		return vring_need_event(model_used_event(m), m->used_idx, old);
	return !(load16(&m->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
}

void model_set_used_idx(struct ring_model *m, uint16_t idx)
{
	uint16_t old = m->used_idx;

	m->used_idx = idx;
	store16(&m->used->idx, idx);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	m->interrupts += wants_interrupt(m, old);
}

void model_put(struct ring_model *m, uint32_t id, uint32_t len)
{
	struct vring_used_elem *e = &m->used->ring[m->used_idx % m->size];

	store32(&e->id, id);
	store32(&e->len, len);
	model_set_used_idx(m, m->used_idx + 1);
}

static void forget(struct ring_model *m, uint16_t head)
{
	unsigned i = 0;

	while (i < m->nheads && m->heads[i] != head)
		i++;
	must(i < m->nheads);
	m->nheads--;
	memmove(&m->heads[i], &m->heads[i + 1], (m->nheads - i) * sizeof(m->heads[0]));
	m->requests[head].owned = false;
}

void model_use(struct ring_model *m, uint16_t head, uint32_t len)
{
	must(m->requests[head].owned);
	forget(m, head);
	model_put(m, head, len);
}

unsigned model_serve(struct ring_model *m)
{
	unsigned n;

	model_take(m);
	model_assert_untouched(m);
	for (n = 0; m->nheads; n++)
		model_use(m, m->heads[0], m->requests[m->heads[0]].writable);
	return n;
}

unsigned model_serve_backwards(struct ring_model *m)
{
	unsigned n;

	model_take(m);
	model_assert_untouched(m);
	for (n = 0; m->nheads; n++) {
		uint16_t head = m->heads[m->nheads - 1];

		model_use(m, head, m->requests[head].writable);
	}
	return n;
}

void model_set_used_flags(struct ring_model *m, uint16_t flags)
{
	store16(&m->used->flags, flags);
}

void model_set_avail_event(struct ring_model *m, uint16_t idx)
{
	store16((uint16_t *)(void *)&m->used->ring[m->size], idx);
}

uint16_t model_used_event(struct ring_model *m)
{
	return load16(&m->avail->ring[m->size]);
}

uint16_t model_avail_flags(struct ring_model *m)
{
	return load16(&m->avail->flags);
}

uint16_t model_avail_idx(struct ring_model *m)
{
	return load16(&m->avail->idx);
}

static void scramble(void *at, size_t len, unsigned *seed)
{
	for (unsigned char *p = at; len; len--)
		*p++ = rand_r(seed);
}

void model_scramble(struct ring_model *m, void *tables, size_t tables_len, unsigned seed)
{
	scramble(m->desc, m->size * sizeof(*m->desc), &seed);
	scramble(m->avail, sizeof(*m->avail) + (m->size + 1) * sizeof(uint16_t), &seed);
	scramble(tables, tables_len, &seed);
}
