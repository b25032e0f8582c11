/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The version of libvirtio-poll that a program is compiled against.
 *
 * Written by configure. Includes nothing, so that #if may be the first thing a
 * program does with the library.
 */
#ifndef VIRTIO_POLL_VERSION_H
#define VIRTIO_POLL_VERSION_H

#define VIRTIO_POLL_VERSION_MAJOR 0
#define VIRTIO_POLL_VERSION_MINOR 1
#define VIRTIO_POLL_VERSION_PATCH 0

/* "MAJOR.MINOR.PATCH" */
#define VIRTIO_POLL_VERSION "0.1.0"

/* True if the headers are of this version or a later one; fit for #if. */
#define VIRTIO_POLL_VERSION_AT_LEAST(major, minor, patch)                      \
	(VIRTIO_POLL_VERSION_MAJOR > (major) ||                                \
	 (VIRTIO_POLL_VERSION_MAJOR == (major) &&                              \
	  (VIRTIO_POLL_VERSION_MINOR > (minor) ||                              \
	   (VIRTIO_POLL_VERSION_MINOR == (minor) &&                            \
	    VIRTIO_POLL_VERSION_PATCH >= (patch)))))

#endif
