#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that takes memory in huge pages only gets it in huge pages; without any,
# the sentence says how to reserve some.

. "$(dirname "$0")/functions.sh"

test -n "${CC-}" || skip 'no compiler is named: make check names it'
# The device of the examples, with such a limit.
sed -e 's/^\(.*\)\.get_device_id = get_device_id,/&\n\1.get_mem_limits = get_mem_limits,/' \
	-e 's/^static const struct virtio_dev_ops .*/static int get_mem_limits(\
		struct virtio_dev *vdev, struct virtio_mem_limits *limits)\
	{ (void)vdev; limits->max_regions = limits->max_address = UINT64_MAX;\
	  limits->alignment = 4096; limits->can_add = 1; limits->page_size = 2 << 20; return 0; }\
	&/' "$top_srcdir/examples/minimal-plugin.c" >zero.c
mkdir plugins
$CC -shared -fPIC -I"$top_srcdir/include" -I"$top_builddir/include" -o plugins/zero.so zero.c \
	2>cc.log || skip "$CC cannot make a plugin"
grep -q 'get_mem_limits = get_mem_limits' zero.c || fail 'the example has changed'
VIRTIO_POLL_PLUGIN_PATH=$tmp/plugins:${VIRTIO_POLL_PLUGIN_PATH-}
export VIRTIO_POLL_PLUGIN_PATH

try 0 probe zero:disk
has out 'smallest page  *2097152 (2.0 MiB)'

vacant=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
if test "$vacant" -lt 16; then
	try 1 copy zero:disk,size=1M disk.img
	has err 'zero:disk,size=1M takes memory in huge pages only: .*nr_hugepages'
	try 1 bench --runtime 0.1 zero:disk,size=1M
	has err 'zero:disk,size=1M takes memory in huge pages only: .*nr_hugepages'
else
	try 0 copy zero:disk,size=1M disk.img
	try 0 bench --runtime 0.1 zero:disk,size=1M
fi
