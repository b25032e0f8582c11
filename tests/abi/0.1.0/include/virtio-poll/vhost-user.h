/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices served by another process over a vhost-user socket.
 *
 * virtio_dev_open("vhost-user:...") does the same with all the options; this
 * is the named entry point that ported programs expect.
 */
#ifndef VIRTIO_POLL_VHOST_USER_H
#define VIRTIO_POLL_VHOST_USER_H

#include <stdint.h>

#include <virtio-poll/error.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct virtio_dev;

/* Offered by a vhost-user server that has protocol features; never negotiated
 * as a virtio feature and never shown in virtio_dev.negotiated_features. */
#ifndef VHOST_USER_F_PROTOCOL_FEATURES
#define VHOST_USER_F_PROTOCOL_FEATURES 30
#endif

/*
 * Connects to the vhost-user server listening at path and makes a stopped
 * device of it. vdev is the caller's, zeroed, never moved; name is copied,
 * path too. queue_size is the size every queue gets: a power of 2 up to
 * 32768, or 0 for the default of 256. Blocks up to the default deadline
 * (5,000 ms). 0 or -errno: -EINVAL for a bad size or path, -ENOENT,
 * -ECONNREFUSED or -EACCES from the socket, -ETIMEDOUT, -EPROTO. On failure
 * *vdev is zeroed. Control call. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_user_dev_init(struct virtio_dev *vdev, const char *name, const char *path,
			 uint32_t queue_size);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_VHOST_USER_H */
