/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of registered memory, sorted by address: what may go in, and
 * cutting a range out of it. It knows no device; memory.c asks it, under the
 * memory lock.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory-file.h"
#include "memory-regs.h"

static struct {
	struct mem_reg *regs;		/* sorted by start */
	uint32_t count, capacity;
} table;

uint32_t regs_count(void)
{
	return table.count;
}

struct mem_reg *regs_at(uint32_t i)
{
	return &table.regs[i];
}

/* Index of the first region that ends after addr. Regions may overlap only
 * where each is for another device, so ends are not sorted: walk. */
static uint32_t first_after(uint64_t addr)
{
	uint32_t i = 0;

	while (i < table.count && table.regs[i].start + table.regs[i].len <= addr)
		i++;
	return i;
}

/* Two ranges may overlap only if no device sees both. */
int regs_check_free(const struct mem_reg *reg)
{
	for (uint32_t i = 0; i < table.count; i++) {
		const struct mem_reg *r = &table.regs[i];

		if (reg_overlaps(r, reg->start, reg->len) &&
		    (!r->only || !reg->only || r->only == reg->only))
			return virtio_set_error(EEXIST, "0x%" PRIx64 "-0x%" PRIx64 " overlaps 0x%"
						PRIx64 "-0x%" PRIx64 ", which is registered already",
						reg->start, reg->start + reg->len, r->start,
						r->start + r->len);
	}
	return 0;
}

int regs_make_room(uint32_t more)
{
	uint32_t capacity = table.capacity ? table.capacity * 2 : 16;
	struct mem_reg *bigger;

	if (table.count + more <= table.capacity)
		return 0;
	while (capacity < table.count + more)
		capacity *= 2;
	bigger = realloc(table.regs, capacity * sizeof(*bigger));
	if (!bigger)
		return virtio_set_error(ENOMEM, "no memory to register memory");
	table.regs = bigger;
	table.capacity = capacity;
	return 0;
}

static void insert_at(uint32_t i, const struct mem_reg *reg)
{
	memmove(&table.regs[i + 1], &table.regs[i],
		(table.count - i) * sizeof(*table.regs));
	table.regs[i] = *reg;
	table.regs[i].spare_fd = -1;
	table.count++;
}

void regs_insert(const struct mem_reg *reg)
{
	uint32_t i = 0;

	while (i < table.count && table.regs[i].start < reg->start)
		i++;
	insert_at(i, reg);
}

void regs_drop(uint32_t i)
{
	if (table.regs[i].fd >= 0)
		close(table.regs[i].fd);
	memmove(&table.regs[i], &table.regs[i + 1],
		(table.count - i - 1) * sizeof(*table.regs));
	table.count--;
}

/* -ENOENT unless every byte of the range is registered and may be taken. */
int regs_check_registered(uint64_t start, uint64_t len, bool arena)
{
	uint64_t at = start;

	for (uint32_t i = first_after(start); i < table.count && at < start + len; i++) {
		const struct mem_reg *r = &table.regs[i];

		if (r->start > at)
			break;
		if (r->arena != arena)
			return virtio_set_error(EINVAL, "0x%" PRIx64 " is the library's own memory;"
						" use virtio_mem_free", r->start);
		if (r->start + r->len > at)
			at = r->start + r->len;
	}
	if (at < start + len)
		return virtio_set_error(ENOENT, "0x%" PRIx64 " of 0x%" PRIx64 "-0x%" PRIx64
					" is not registered", at, start, start + len);
	return 0;
}

static bool lies_inside(const struct mem_reg *reg, uint64_t start, uint64_t len)
{
	return reg->start < start && start + len < reg->start + reg->len;
}

void regs_cancel_cut(void)
{
	for (uint32_t i = 0; i < table.count; i++) {
		if (table.regs[i].spare_fd >= 0)
			close(table.regs[i].spare_fd);
		table.regs[i].spare_fd = -1;
	}
}

/* How many regions a cut of the range may add: one for each it lies inside. */
static uint32_t count_overlapping(uint64_t start, uint64_t len)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < table.count; i++)
		n += reg_overlaps(&table.regs[i], start, len);
	return n;
}

/* A cut out of the middle leaves two pieces, each with a descriptor. */
static int dup_for_rest(uint64_t start, uint64_t len)
{
	for (uint32_t i = 0; i < table.count; i++) {
		struct mem_reg *r = &table.regs[i];

		if (r->fd < 0 || !lies_inside(r, start, len))
			continue;
		r->spare_fd = memory_dup(r->fd);
		if (r->spare_fd < 0) {
			int error = errno;

			regs_cancel_cut();
			return virtio_set_error(error, "no descriptor for what is left of 0x%"
						PRIx64 "-0x%" PRIx64 ": %s; raise the limit of open"
						" files", r->start, r->start + r->len,
						strerror(error));
		}
	}
	return 0;
}

int regs_prepare_cut(uint64_t start, uint64_t len)
{
	int error = regs_make_room(count_overlapping(start, len));

	return error ? error : dup_for_rest(start, len);
}

/* Cuts the range out of table.regs[i]; what is left of it stays registered. */
static void cut_region(uint32_t i, uint64_t start, uint64_t end)
{
	struct mem_reg *r = &table.regs[i], right = *r;
	uint64_t r_end = r->start + r->len;

	right.start = end;
	right.len = end < r_end ? r_end - end : 0;
	right.fd_offset += end - r->start;
	if (r->start < start) {
		r->len = start - r->start;
		if (right.len) {
			right.fd = r->spare_fd;
			r->spare_fd = -1;
			insert_at(i + 1, &right);
		}
	} else if (right.len) {
		*r = right;
	} else {
		regs_drop(i);
	}
}

void regs_cut(uint64_t start, uint64_t len)
{
	for (uint32_t i = table.count; i-- > 0;)
		if (reg_overlaps(&table.regs[i], start, len))
			cut_region(i, start, start + len);
}
