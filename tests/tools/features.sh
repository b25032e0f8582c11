#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# features names bits, with and without a type.

. "$(dirname "$0")/functions.sh"

try 0 features 0x10730007e54 --type block
has out ' 9  VIRTIO_BLK_F_FLUSH' '34  VIRTIO_F_RING_PACKED' '40  VIRTIO_F_RING_RESET'
try 0 features 300000000
has out '32  VIRTIO_F_VERSION_1' '33  VIRTIO_F_ACCESS_PLATFORM'
try 0 features 0x20
has out ' 5  -  *depends on the type'
try 0 features 0
has out '^bits  *none'
try 2 features 0xfg
has err "'0xfg' is no hexadecimal number"
try 2 features 10000000000000000
has err 'above 63'
try 0 features ffffffffffffffff
