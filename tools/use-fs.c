/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a file system that a device shares (9p, virtiofs) mounted?
 */
#include "config.h"

#include <stddef.h>

#include <linux/virtio_ids.h>

#include "mounts.h"
#include "pci-function.h"
#include "system-use.h"

bool use_of_file_systems(struct use *use)
{
	char tag[SYSFS_NAME], where[160];

	if (use->function->type == VIRTIO_ID_9P &&
	    sysfs_read(use->folder, "mount_tag", tag, sizeof(tag)) > 0 &&
	    mount_of_type("9p", tag, where, sizeof(where)))
		return use_found(use, "its 9p share %s is mounted on %s", tag, where) &&
		       use_mend_mount(use, where);
	/* Older kernels do not show a device's tag. */
	if (use->function->type == VIRTIO_ID_FS &&
	    mount_of_type("virtiofs", NULL, where, sizeof(where)))
		return use_found(use, "a virtiofs share is mounted on %s, perhaps this one",
				 where) && use_mend_mount(use, where);
	return false;
}
