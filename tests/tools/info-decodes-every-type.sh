#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The configuration of every device type is decoded, with units and words; a
# type without one says so.

. "$(dirname "$0")/functions.sh"

needs jq
test -e "$top_builddir/tests/tools/.libs/typed.so" || skip 'the plugin for this test is not built'
VIRTIO_POLL_PLUGIN_PATH=$top_builddir/tests/tools/.libs:$VIRTIO_POLL_PLUGIN_PATH
export VIRTIO_POLL_PLUGIN_PATH

# device ID BYTE...: probes a device of that type with these bytes, each a number or N*TIMES.
device () {
	id=$1
	shift
	for b; do
		times=1
		case $b in
		*x*) times=${b#*x} ;;
		esac
		while test "$times" -gt 0; do
			printf "\\$(printf %03o "${b%x*}")"
			times=$((times - 1))
		done
	done >config
	try 0 probe "typed:config,type=$id"
	cp out text
	try 0 probe "typed:config,type=$id" --json
}

# tells LINE...: of the text, its blanks squeezed.
tells () {
	test "$(awk 'length > 80' text | wc -l)" = 0 || fail "type $id: text wider than 80 columns"
	tr -s ' ' <text | sed 's/^ //' >squeezed
	for line; do
		grep -qxF -e "$line" squeezed || fail "type $id: no line '$line'"
	done
}

# number FIELD VALUE MEANING, in JSON; MEANING may be null.
number () {
	json ".config.$1 == $2 and .config.meanings.$1 == $3"
}

device 1 82 84 0 1 2 3 3 0 4 0 220 5 16 39 0 0 1 40 128 0 3 0 0 0 17 0 0 0
tells 'mac 52:54:00:01:02:03' 'status 3 (link up, announce)' 'max virtqueue pairs 4' \
	'mtu 1500 (1.5 KiB)' 'speed 10000 (Mbit/s)' 'duplex 1 (full)' \
	'supported hash types 3 (IPv4, TCPv4)' 'supported tunnel types 17 (GRE (RFC 2784), VXLAN)'
json '.type == "network" and .config.mac == "52:54:00:01:02:03"'
number status 3 '"link up, announce"'
number max_virtqueue_pairs 4 null
device 1 0x6 0x6 255x4 255 0x11
tells 'status 0 (none set)' 'speed 4294967295 (unknown)' 'duplex 255 (unknown)'

# All 32 flags, the last of them whole.
device 1 0x24 255x4
json '.config.meanings.supported_tunnel_types | endswith(", bit 30, bit 31")'

device 2 0 8 0x6 0 16 0 0 254 0x3 1 2 3 4 0 16 0 0 3 1 8 0 0 1 0 0 1 0 4 0 0 64 0 0 1 0x3 8 0x3 \
	0 128 0 0 1 0x3 1 0x3 0 64 0 0 2 0x3 16 0x3 0 0 2 0 9 0x3 8 0x3 10 0x3 0 2 0 0 1 0x3
tells 'capacity 2048 (1.0 MiB)' 'size max 4096 (4.0 KiB)' 'seg max 254' 'blk size 4096 (4.0 KiB)' \
	'physical block exp 3 (logical blocks, as power of 2)' \
	'writeback 1 (write-back)' 'num queues 4' 'max discard sectors 16384 (8.0 MiB)' \
	'write zeroes may unmap 1 (yes)' 'zone sectors 131072 (64.0 MiB)' \
	'zoned model 1 (host-managed)'
number capacity 2048 '"1.0 MiB"'
device 2 0x8
json '.config.capacity == 0 and .config.seg_max == null and .config.zoned_model == null'

device 3 80 0 25 0 31 0x3
tells 'cols 80' 'rows 25' 'max nr ports 31'

device 4
tells 'config - (devices of this type have no configuration space)'
json '.config == null and .reasons.config == "devices of this type have no configuration space"'

device 5 0 1 0 0 128 0 0 0 7 0 0 0 170x4
tells 'num pages 256 (1.0 MiB)' 'actual 128 (512.0 KiB)' 'free page hint cmd id 7' \
	'poison val 0xaaaaaaaa'

device 8 4 0x3 126 0x3 0 8 0 0 128 0x3 16 0x3 96 0x3 32 0x3 0 0 255 0 0 64 0 0
tells 'num queues 4' 'max sectors 2048 (1.0 MiB)' 'cmd per lun 128' 'sense size 96 (bytes)' \
	'cdb size 32 (bytes)' 'max target 255' 'max lun 16384'

device 9 5 0 104 101 108 108 111 33
tells 'tag len 5 (bytes)' 'tag hello'
json '.config.tag == "hello"'
device 9 255 255 120x254
json '.config.tag | length == 254'

device 16 1 0x7 2 0x3 1 0x3
tells 'events read 1 (display)' 'num scanouts 2' 'num capsets 1'

device 18 1 0 8 0x5 0x128
tells 'select 1 (name)' 'size 8'
number select 1 '"name"'

device 19 3 0x7
tells 'guest cid 3'

device 20 1 0x3 2 0x3 15 0x3 10 0 0 128 0x4 84 0x3 20 0x3 0 2 0 0 2 0x3 64 0x3 0 1 0 0 \
	2 0x3 0 0 16 0x5
tells 'status 1 (ready)' 'max dataqueues 2' 'crypto services 15 (cipher, hash, MAC, AEAD)' \
	'hash algo 84 (SHA-1, SHA-256, SHA-512)' 'mac algo l 20 (HMAC-SHA-1, HMAC-SHA-256)' \
	'mac algo h 512 (GMAC-AES)' 'aead algo 2 (GCM)' 'max cipher key len 64 (bytes)' \
	'akcipher algo 2 (RSA)' 'max size 1048576 (1.0 MiB)'
tells 'cipher algo l 2147483658 (ARC4, AES-CBC, bit 31)'

device 23 0 240 255x6 0x8 255 255 255 255 0x4 0x4 255 0x3 0 2 0 0 1 0x3
tells 'page size mask 0xfffffffffffff000' 'input range start 0x0' \
	'input range end 0xffffffff' 'domain range end 255' 'probe size 512 (bytes)' 'bypass 1 (yes)'

device 24 0 0 32 0x5 1 0 0x6 0x4 1 0x3 0x3 64 0x4 0x3 32 0x4 0x3 16 0x4 0x3 16 0x4
tells 'block size 2097152 (2.0 MiB)' 'node id 1' 'addr 0x100000000' \
	'region size 1073741824 (1.0 GiB)' 'requested size 268435456 (256.0 MiB)'

device 25 1 0x3 2 0x3 3 0x3 4 0x3
tells 'jacks 1' 'streams 2' 'chmaps 3' 'controls 4'

device 26 109 121 102 115 0x32 2 0x3 0 16 0 0
tells 'tag myfs' 'num request queues 2' 'notify buf size 4096 (4.0 KiB)'

device 27 0x4 1 0x3 0x3 1 0x4
tells 'start 0x100000000' 'size 16777216 (16.0 MiB)'

device 28 32 1 1
tells 'capacity 32 (4.0 MiB)' 'max wr cnt 1 (256 bytes)' 'max rd cnt 1 (256 bytes)'

device 41 8 0 0 0 64 0x3
tells 'ngpio 8' 'gpio names size 64 (bytes)'

for t in 32 34; do
	device $t
	tells 'config - (devices of this type have no configuration space)'
done
for t in 10 29 35 42; do
	device $t
	tells 'config - (the specification gives no layout for this type)'
done

# A device with less than a structure of its type has said nothing.
device 8 0
json '.config == null and (.reasons.config | length) > 0'
