/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device says of itself, as JSON tokens.
 */
#ifndef VHOST_USER_REPORT_H
#define VHOST_USER_REPORT_H

#include <virtio-poll/backend.h>

/* The ops. */
void vu_dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w);
void vu_write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w);

#endif /* VHOST_USER_REPORT_H */
