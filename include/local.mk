# SPDX-License-Identifier: BSD-3-Clause
#
# The public headers, installed in $(includedir)/virtio-poll.

vpinclude_HEADERS += \
	include/virtio-poll/backend.h \
	include/virtio-poll/device.h \
	include/virtio-poll/error.h \
	include/virtio-poll/json.h \
	include/virtio-poll/log.h \
	include/virtio-poll/memory.h \
	include/virtio-poll/names.h \
	include/virtio-poll/pci.h \
	include/virtio-poll/vhost-user.h \
	include/virtio-poll/virtio.h \
	include/virtio-poll/virtqueue.h \
	$(NULL)

# Written by configure.
nodist_vpinclude_HEADERS += \
	include/virtio-poll/version.h \
	$(NULL)
