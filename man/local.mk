# SPDX-License-Identifier: BSD-3-Clause
#
# Manual pages, in mdoc(7).

dist_man_MANS += \
	man/virtio-poll-loopback.7 \
	man/virtio-poll-vhost-user.7 \
	man/virtio-poll-ctl.1 \
	$(NULL)
