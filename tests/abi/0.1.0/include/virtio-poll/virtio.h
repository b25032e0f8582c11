/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything an application needs: devices, queues, memory, backends.
 *
 * Start reading at device.h (a device's life), then virtqueue.h (requests
 * and polling). virtio-poll(7) tells the whole in one page. Authors of
 * backends, and programs that call through virtio_dev.backend_ops, include
 * backend.h too.
 */
#ifndef VIRTIO_POLL_VIRTIO_H
#define VIRTIO_POLL_VIRTIO_H

#include <virtio-poll/version.h>
#include <virtio-poll/error.h>
#include <virtio-poll/log.h>
#include <virtio-poll/json.h>
#include <virtio-poll/device.h>
#include <virtio-poll/names.h>
#include <virtio-poll/virtqueue.h>
#include <virtio-poll/memory.h>
#include <virtio-poll/pci.h>
#include <virtio-poll/vhost-user.h>

#endif /* VIRTIO_POLL_VIRTIO_H */
