/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device, or a function that is not opened, looks like as JSON.
 */
#ifndef VPCI_REPORT_H
#define VPCI_REPORT_H

#include "device.h"

void vpci_dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w);
void vpci_write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w);

/* Members of an open object: what is known without opening. */
void vpci_describe_function(const struct vpci_function *fn, struct virtio_json_writer *w);

#endif /* VPCI_REPORT_H */
