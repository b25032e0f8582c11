/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of registered memory, for memory.c alone: by index from 0 on, in
 * the order of addresses. Whoever calls holds the memory lock.
 */
#ifndef MEMORY_REGS_H
#define MEMORY_REGS_H

#include <stdbool.h>
#include <stdint.h>

#include "memory-registry.h"

uint32_t regs_count(void);
struct mem_reg *regs_at(uint32_t i);

static inline bool reg_overlaps(const struct mem_reg *reg, uint64_t start, uint64_t len)
{
	return reg->start < start + len && start < reg->start + reg->len;
}

/* -EEXIST if the range is registered for a device that would see both. */
int regs_check_free(const struct mem_reg *reg);
/* Room for more; then so many inserts do not fail. */
int regs_make_room(uint32_t more);
/* Takes reg->fd over. */
void regs_insert(const struct mem_reg *reg);
/* Out of the table with one, and its descriptor closed. */
void regs_drop(uint32_t i);

/* -ENOENT unless every byte of the range is registered and may be taken. */
int regs_check_registered(uint64_t start, uint64_t len, bool arena);
/* All that a cut of the range needs, so that it cannot fail; or cancel it. */
int regs_prepare_cut(uint64_t start, uint64_t len);
void regs_cancel_cut(void);
/* Takes the range out; what is left of regions stays registered. */
void regs_cut(uint64_t start, uint64_t len);

#endif /* MEMORY_REGS_H */
