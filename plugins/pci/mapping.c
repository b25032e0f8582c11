/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See mapping.h. A file is known by its device and inode: its descriptor's number
 * may be another file's by the time that the region comes again.
 */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>

#include <virtio-poll/backend.h>

#include "mapping.h"

bool vpci_mapping_is_same(const struct vpci_mapping *a, const struct vpci_mapping *b)
{
	/* What is no file's may have been replaced since, at the same address. */
	return a->addr == b->addr && a->len == b->len && a->has_file && b->has_file &&
	       a->file_dev == b->file_dev && a->file_ino == b->file_ino &&
	       a->fd_offset == b->fd_offset;
}

int vpci_mapping_describe(const struct virtio_mem_region *region, struct vpci_mapping *m)
{
	struct stat st;

	*m = (struct vpci_mapping){
		.addr = region->addr,
		.len = region->len,
		.fd_offset = region->fd_offset,
		.has_file = region->fd >= 0,
	};
	if (!m->has_file)
		return 0;
	/* By file, not by number: another file may have got the number since. */
	if (fstat(region->fd, &st))
		return virtio_set_error(errno, "the descriptor of the memory at %p is not usable",
					region->addr);
	m->file_dev = st.st_dev;
	m->file_ino = st.st_ino;
	return 0;
}
