/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory the process has registered, and how devices learn of it.
 *
 * memory.c keeps the registry, memory-device.c what each device was told,
 * memory-alloc.c the arenas. One lock guards all three; it is taken before
 * any device's control lock.
 */
#ifndef MEMORY_REGISTRY_H
#define MEMORY_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "device.h"

struct mem_reg {
	uint64_t start;
	uint64_t len;
	uint64_t fd_offset;
	uint64_t page_size;
	int fd;				/* -1, or the registry's own */
	dev_t file_dev;			/* which file, to find neighbours of one */
	ino_t file_ino;
	struct virtio_dev *only;	/* NULL: every device */
	bool arena;			/* given by virtio_mem_alloc */
	int spare_fd;			/* the registry's: for a second piece, or -1 */
};

void memory_lock(void);		/* recursive */
void memory_unlock(void);

/* memory-barrier.c: every other thread passes a full barrier before it returns. */
void memory_barrier(void);

/* Opens a scope that holds the memory lock. */
#define MEMORY_SCOPE() \
	int memory_scope __attribute__((cleanup(memory_scope_end), unused)) = memory_scope_begin()
int memory_scope_begin(void);
void memory_scope_end(int *unused);

/* Registers and tells started devices; takes reg->fd over on success. */
int memory_add(const struct mem_reg *reg);
/* Takes a range out; -EBUSY if in flight, -ENOENT if not all registered. */
int memory_take(uint64_t start, uint64_t len, bool arena);
/* Does a request in flight use part of the range? */
bool memory_in_use(uint64_t start, uint64_t len);

/* A device starts: it is told all it may see, and of what comes later. */
int memory_attach(struct device *dev);
/* It has stopped: what it was told is taken back. */
void memory_detach(struct device *dev);
/* It ends: memory that was for it only is forgotten. */
void memory_forget_device(struct device *dev);
/* It never confirmed its stop: what its requests name is never used again. */
void memory_quarantine(struct device *dev);

/* memory-device.c, all under both locks. */
int told_all(struct device *dev, const struct mem_reg *regs, uint32_t n);
int told_add(struct device *dev, const struct mem_reg *reg);
void told_remove(struct device *dev, uint64_t start, uint64_t len);
void told_clear(struct device *dev);
/* Translation only: hides a range, or shows a registered piece again. */
int told_hide(struct device *dev, uint64_t start, uint64_t len);
void told_show(struct device *dev, uint64_t start, uint64_t len);
/* Does a request in flight on the device use part of the range? */
bool told_in_flight(struct device *dev, uint64_t start, uint64_t len);
/* Calls cb for each piece of memory in flight, as virtual addresses. */
void told_each_in_flight(struct device *dev, void (*cb)(uint64_t start, uint64_t len));

/* memory-alloc.c: memory for one device's rings, in huge pages of that size
 * unless it is 0; alone in its arena, at whose beginning it is. */
int mem_alloc_rings(struct virtio_dev *vdev, size_t len, uint64_t hugepage_size, void **addr);
/* Frees it, or with quarantine keeps it for ever. */
void mem_free_rings(void *addr, bool quarantine);
/* A device opened that reaches no pages smaller than these, or it ended. */
void mem_alloc_huge(uint64_t page_size, bool open);
/* The device ended; what was allocated for it is another's now. */
void mem_alloc_forget(struct virtio_dev *vdev, struct virtio_dev *heir);
/* Never hands out the range again. */
void mem_quarantine(uint64_t start, uint64_t len);

#endif /* MEMORY_REGISTRY_H */
