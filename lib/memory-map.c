/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sorted table of ranges behind a sequence count.
 *
 * One writer at a time (the device's lock) makes the count odd, edits, and
 * makes it even again; readers retry if it moved under them. Tables that were
 * outgrown may still be read, so they are kept until the map is cleared: they
 * double, so all of them together are smaller than the last.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "memory-map.h"

/* Every member is read while it may be written: relaxed atomics, checked by
 * the count afterwards. */
struct slot {
	_Atomic uint64_t start;
	_Atomic uint64_t len;
	_Atomic uint64_t delta;
	_Atomic uint64_t origin;
	_Atomic(const struct mem_pages *) pages;
	_Atomic uint32_t page_shift;
};

struct mem_table {
	struct mem_table *outgrown;
	uint32_t capacity;
	_Atomic uint32_t count;
	struct slot slots[];
};

#define get(field) atomic_load_explicit(&(field), memory_order_relaxed)
#define put(field, value) atomic_store_explicit(&(field), value, memory_order_relaxed)

static struct mem_entry read_slot(struct slot *s)
{
	return (struct mem_entry){
		.start = get(s->start),
		.len = get(s->len),
		.delta = get(s->delta),
		.origin = get(s->origin),
		.pages = get(s->pages),
		.page_shift = get(s->page_shift),
	};
}

static void write_slot(struct slot *s, const struct mem_entry *e)
{
	put(s->start, e->start);
	put(s->len, e->len);
	put(s->delta, e->delta);
	put(s->origin, e->origin);
	put(s->pages, e->pages);
	put(s->page_shift, e->page_shift);
}

/* Index of the first range that ends after addr. */
static uint32_t search(struct mem_table *t, uint32_t count, uint64_t addr)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		struct slot *s = &t->slots[middle];

		if (get(s->start) + get(s->len) <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool read_entry(struct mem_table *t, uint64_t addr, struct mem_entry *e)
{
	uint32_t count, i;

	if (!t)
		return false;
	count = get(t->count);
	if (count > t->capacity)
		return false;
	i = search(t, count, addr);
	if (i == count)
		return false;
	*e = read_slot(&t->slots[i]);
	return e->start <= addr && addr - e->start < e->len;
}

/* Pieces looked at on either side; and together they fit MEM_WINDOW_MAX. */
#define MAX_RUN(shift)	((shift) < 25 ? 63u : 0u)

/* How many pieces after i (step 1) or before it (-1) go on where it is. */
static uint64_t run_length(const struct mem_entry *e, uint64_t i, int step)
{
	const struct mem_pages *p = e->pages;
	uint64_t n = 0;

	while (n < MAX_RUN(e->page_shift) && i + step < p->n &&
	       p->bus[i + step] - p->bus[i] == (uint64_t)step << e->page_shift) {
		i += step;
		n++;
	}
	return n;
}

/* The part of the entry around addr that is contiguous for the device. */
static void make_window(const struct mem_entry *e, uint64_t addr, struct mem_window *w)
{
	uint64_t size = e->pages ? 1ull << e->page_shift : MEM_WINDOW_MAX;
	uint64_t i = (addr - e->origin) / size;
	/* The whole piece, of which the entry may begin or end inside. */
	uint64_t start = e->origin + i * size, end = start + size;

	w->delta = e->delta;
	if (e->pages) {
		w->delta = e->pages->bus[i] - start;
		start -= run_length(e, i, -1) << e->page_shift;
		end += run_length(e, i, 1) << e->page_shift;
	}
	w->start = start > e->start ? start : e->start;
	end = end < e->start + e->len ? end : e->start + e->len;
	w->len = end - w->start;
}

bool mem_map_find(struct mem_map *map, uint64_t addr, struct mem_window *w)
{
	for (;;) {
		/* Acquire: the count is read before the table it guards. */
		uint32_t before = atomic_load_explicit(&map->generation, memory_order_acquire);
		struct mem_table *t = atomic_load_explicit(&map->table, memory_order_acquire);
		struct mem_entry e;
		bool found = read_entry(t, addr, &e);

		/* Acquire fence: the table is read before the count is read again. */
		atomic_thread_fence(memory_order_acquire);
		if ((before & 1) || before != get(map->generation))
			continue;	/* a writer is a few stores from done */
		if (found)
			make_window(&e, addr, w);
		return found;
	}
}

static bool entry_holds_bus(const struct mem_entry *e, uint64_t bus, uint64_t len)
{
	struct mem_window run = { .start = e->start + e->delta, .len = e->len }, w;

	if (!e->pages)
		return mem_window_holds(&run, bus, len ? len : 1);
	run.len = 0;
	for (uint64_t at = e->start; at < e->start + e->len; at = w.start + w.len) {
		make_window(e, at, &w);
		/* What goes on where the last one ended is one piece with it. */
		if (at + w.delta != run.start + run.len)
			run = (struct mem_window){ .start = at + w.delta };
		run.len += w.start + w.len - at;
		if (mem_window_holds(&run, bus, len ? len : 1))
			return true;
	}
	return false;
}

/* As of the generation `then`; false too if it is over. */
static bool held_then(struct mem_map *map, uint32_t then, uint64_t bus, uint64_t len)
{
	struct mem_table *t = atomic_load_explicit(&map->table, memory_order_acquire);
	uint32_t count = t ? get(t->count) : 0;

	for (uint32_t i = 0; i < count && i < t->capacity; i++) {
		struct mem_entry e = read_slot(&t->slots[i]);

		/* As in mem_map_find: the entry is whole if no writer came. */
		atomic_thread_fence(memory_order_acquire);
		if (get(map->generation) != then)
			return false;
		if (entry_holds_bus(&e, bus, len))
			return true;
	}
	return false;
}

bool mem_map_holds_bus(struct mem_map *map, uint64_t bus, uint64_t len)
{
	for (;;) {
		uint32_t before = atomic_load_explicit(&map->generation, memory_order_acquire);
		bool held = !(before & 1) && held_then(map, before, bus, len);

		if (!(before & 1) && before == get(map->generation))
			return held;
	}
}

void mem_map_set_hiding(struct mem_map *map, bool hiding)
{
	/* Release: the last change of the map is written before the end of hiding. */
	atomic_store_explicit(&map->hiding, hiding, memory_order_release);
}

enum mem_map_answer mem_map_ask_bus(struct mem_map *map, uint64_t bus, uint64_t len)
{
	uint32_t before = atomic_load_explicit(&map->generation, memory_order_acquire);

	if (mem_map_holds_bus(map, bus, len))
		return MEM_MAP_HELD;
	/* Acquire: the end of hiding is read before the generation that it left. */
	if ((before & 1) || atomic_load_explicit(&map->hiding, memory_order_acquire) ||
	    before != get(map->generation))
		return MEM_MAP_UNDECIDED;
	return MEM_MAP_GONE;
}

static struct mem_table *with_room_for(struct mem_map *map, uint32_t more)
{
	struct mem_table *old = get(map->table), *t;
	uint32_t count = old ? get(old->count) : 0, capacity = 16;

	if (old && count + more <= old->capacity)
		return old;
	while (capacity < count + more)
		capacity *= 2;
	t = calloc(1, sizeof(*t) + capacity * sizeof(t->slots[0]));
	if (!t)
		return NULL;
	t->capacity = capacity;
	t->outgrown = old;
	for (uint32_t i = 0; i < count; i++) {
		struct mem_entry e = read_slot(&old->slots[i]);

		write_slot(&t->slots[i], &e);
	}
	put(t->count, count);
	/* Release: the copies are written before the table can be found. */
	atomic_store_explicit(&map->table, t, memory_order_release);
	return t;
}

static void begin_change(struct mem_map *map)
{
	put(map->generation, get(map->generation) + 1);
	/* Release fence: the odd count is written before any change. */
	atomic_thread_fence(memory_order_release);
}

#define MIN_GRANULE_SHIFT	12u
#define MAX_GRANULE_SHIFT	40u

/* The smallest granule of which there are not too many. Less than a quarter
 * of the smallest window is never worth it, more than a page is of no use. */
static uint32_t choose_granule(struct mem_map *map)
{
	uint64_t total = 0, smallest = 1ull << MAX_GRANULE_SHIFT;
	uint32_t shift = MIN_GRANULE_SHIFT, most = 0;
	struct mem_table *t = get(map->table);

	for (uint32_t i = 0; i < get(t->count); i++) {
		struct mem_entry e = read_slot(&t->slots[i]);
		uint64_t piece = e.pages ? 1ull << e.page_shift : e.len;

		total += e.len;
		smallest = piece < smallest ? piece : smallest;
		if (e.pages && e.page_shift > most)
			most = e.page_shift;
	}
	most = most ? most : MAX_GRANULE_SHIFT;
	while (shift < most && (total >> shift > MEM_MAP_GRANULES || smallest >> shift >= 8))
		shift++;
	return shift;
}

uint32_t mem_map_granule_shift(struct mem_map *map)
{
	return get(map->granule_shift);
}

static void end_change(struct mem_map *map)
{
	put(map->granule_shift, choose_granule(map));
	/* Release: every change is written before the even count. */
	atomic_store_explicit(&map->generation, get(map->generation) + 1, memory_order_release);
}

/* Makes n slots at i out of m that stand there. */
static void resize_gap(struct mem_table *t, uint32_t i, uint32_t m, uint32_t n)
{
	uint32_t count = get(t->count), tail = count - i - m;

	for (uint32_t k = 0; k < tail; k++) {
		uint32_t from = n > m ? count - 1 - k : i + m + k;
		struct mem_entry e = read_slot(&t->slots[from]);

		write_slot(&t->slots[from + n - m], &e);
	}
	put(t->count, count + n - m);
}

/* Does b go on where a ends, in the same region? */
static bool joins(const struct mem_entry *a, const struct mem_entry *b)
{
	return a->start + a->len == b->start && a->origin == b->origin &&
	       a->delta == b->delta && a->pages == b->pages;
}

int mem_map_insert(struct mem_map *map, const struct mem_entry *entry)
{
	struct mem_table *t = with_room_for(map, 1);
	struct mem_entry e = *entry, other;
	uint32_t first, end;

	if (!t)
		return -ENOMEM;
	first = end = search(t, get(t->count), e.start);
	if (first) {
		other = read_slot(&t->slots[first - 1]);
		if (joins(&other, &e)) {
			e.start = other.start;
			e.len += other.len;
			first--;
		}
	}
	if (end < get(t->count)) {
		other = read_slot(&t->slots[end]);
		if (joins(&e, &other)) {
			e.len += other.len;
			end++;
		}
	}
	begin_change(map);
	resize_gap(t, first, end - first, 1);
	write_slot(&t->slots[first], &e);
	end_change(map);
	return 0;
}

/* What is left of e outside the range: up to two pieces. */
static uint32_t cut(const struct mem_entry *e, uint64_t start, uint64_t end,
		    struct mem_entry left[2])
{
	uint64_t e_end = e->start + e->len;
	uint32_t n = 0;

	if (e->start < start) {
		left[n] = *e;
		left[n++].len = start - e->start;
	}
	if (end < e_end) {
		left[n] = *e;
		left[n].start = end;
		left[n++].len = e_end - end;
	}
	return n;
}

int mem_map_remove(struct mem_map *map, uint64_t start, uint64_t len)
{
	struct mem_table *t = with_room_for(map, 2);
	uint64_t end = start + len;
	uint32_t i;

	if (!t)
		return -ENOMEM;
	i = search(t, get(t->count), start);
	begin_change(map);
	while (i < get(t->count) && get(t->slots[i].start) < end) {
		struct mem_entry e = read_slot(&t->slots[i]), left[2];
		uint32_t n = cut(&e, start, end, left);

		resize_gap(t, i, 1, n);
		for (uint32_t k = 0; k < n; k++)
			write_slot(&t->slots[i + k], &left[k]);
		i += n;
	}
	end_change(map);
	return 0;
}

void mem_map_clear(struct mem_map *map)
{
	struct mem_table *t = get(map->table);

	put(map->table, NULL);
	put(map->generation, get(map->generation) + 2);
	mem_pages_clear(map);
	while (t) {
		struct mem_table *outgrown = t->outgrown;

		free(t);
		t = outgrown;
	}
}
