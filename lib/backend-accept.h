/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What virtio_dev_construct asks of backend.c: an ops table of its own, of
 * full size, in which no member is NULL.
 */
#ifndef BACKEND_ACCEPT_H
#define BACKEND_ACCEPT_H

struct virtio_dev_ops;

/* 0, or -EINVAL with a sentence and *out undefined. in may be dropped afterwards. */
int backend_accept_ops(const struct virtio_dev_ops *in, struct virtio_dev_ops *out);

#endif /* BACKEND_ACCEPT_H */
