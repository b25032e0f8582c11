#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A backend that cannot find its devices is heard of, once, and hides no others.

. "$(dirname "$0")/functions.sh"

needs jq
test -n "${CC-}" || skip 'no compiler is named: make check names it'
cat >failing.c <<'END'
#include <stdio.h>

#include <virtio-poll/backend.h>

static int find_none(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx)
{
	(void)cb;
	(void)ctx;
	fputs("looking\n", stderr);
	return -5;
}

static int open_none(struct virtio_dev *vdev, const char *name, struct virtio_address *address)
{
	(void)vdev;
	(void)name;
	(void)address;
	return -5;
}

const struct virtio_backend *virtio_backend_query(void)
{
	static const struct virtio_backend record = {
		VIRTIO_BACKEND_INIT,
		.name = "failing",
		.version = "1",
		.description = "fails",
		.enumerate = find_none,
		.open = open_none,
	};

	return &record;
}
END
mkdir plugins
$CC -shared -fPIC -I"$top_srcdir/include" -I"$top_builddir/include" -o plugins/failing.so failing.c \
	2>cc.log || skip "$CC cannot make a plugin"
VIRTIO_POLL_PLUGIN_PATH=$tmp/plugins:${VIRTIO_POLL_PLUGIN_PATH-}
export VIRTIO_POLL_PLUGIN_PATH
fake_machine
pci_function 0000:00:04.0 0x1042
pci_function 0000:00:05.0 0x1041
try 1 list --json
has err 'failing'
test "$(grep -c looking err)" = 1 || fail 'the backend was asked more than once'
json '[.devices[].address] == ["pci:0000:00:04.0", "pci:0000:00:05.0"]'
