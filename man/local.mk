# SPDX-License-Identifier: BSD-3-Clause
#
# Manual pages, in mdoc(7), and what else is there to be read.

dist_man_MANS += \
	man/virtio-poll-ctl.1 \
	man/virtio-poll-loopback.7 \
	man/virtio-poll-pci.7 \
	man/virtio-poll-vhost-user.7 \
	man/virtio-poll.7 \
	$(NULL)

EXTRA_DIST += \
	HACKING.md \
	NEWS \
	README.md \
	SECURITY.md \
	$(NULL)
