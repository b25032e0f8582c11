# SPDX-License-Identifier: BSD-3-Clause
#
# ABI tier: its scripts stand in tests/local.mk. What the oldest release was
# compiled with is kept, and changes no more.

# Last and alone: while libtool installs a plugin it takes the one that the other
# tests load out of its place.
tests/abi/test-outside-plugin.log: \
	$(filter-out tests/abi/test-outside-plugin.log,$(TEST_LOGS))

# The binary interface of this version, for test-abidiff.sh; for a release, or
# before one when the interface was meant to change. On x86-64, with gcc and -g.
record-abi: all
	$(MKDIR_P) "$(srcdir)/tests/abi/$(PACKAGE_VERSION)"
	top_srcdir="$(srcdir)" $(SHELL) "$(srcdir)/tests/abi/record.sh" \
		"$(srcdir)/tests/abi/$(PACKAGE_VERSION)"

.PHONY: record-abi

EXTRA_DIST += \
	tests/CONFORMANCE.md \
	tests/abi/0.1.0/include/virtio-poll/backend.h \
	tests/abi/0.1.0/include/virtio-poll/device.h \
	tests/abi/0.1.0/include/virtio-poll/error.h \
	tests/abi/0.1.0/include/virtio-poll/json.h \
	tests/abi/0.1.0/include/virtio-poll/log.h \
	tests/abi/0.1.0/include/virtio-poll/memory.h \
	tests/abi/0.1.0/include/virtio-poll/names.h \
	tests/abi/0.1.0/include/virtio-poll/pci.h \
	tests/abi/0.1.0/include/virtio-poll/version.h \
	tests/abi/0.1.0/include/virtio-poll/vhost-user.h \
	tests/abi/0.1.0/include/virtio-poll/virtio.h \
	tests/abi/0.1.0/include/virtio-poll/virtqueue.h \
	tests/abi/0.1.0/libvirtio-poll.abi \
	tests/abi/0.1.0/plugin.abi \
	tests/abi/0.1.0/plugin.c \
	tests/abi/0.1.0/program.c \
	tests/abi/growth.suppr \
	tests/abi/record.sh \
	$(NULL)
