# SPDX-License-Identifier: BSD-3-Clause
#
# What the tests of the tool share; sourced by each. A test says in its name
# what it promises, and in `try` and `has` lines how that is seen. It runs in a
# folder of its own, $tmp, which goes away with the processes it has started.
# The files out, err, cmp and server.log in it are of the functions here.

set -u
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vp-tool-XXXXXX") || exit 99
pids=
trap clean_up EXIT
trap 'exit 99' HUP INT TERM

clean_up () {
	for p in $pids; do
		kill -CONT "$p" && kill -KILL "$p"
	done 2>/dev/null
	rm -rf "$tmp"
}

fail () {
	echo "FAIL: $*"
	for f in out err cmp; do
		test ! -s "$tmp/$f" || sed "s/^/  $f: /" "$tmp/$f"
	done
	exit 1
}

skip () {
	echo "SKIP: $*"
	exit 77
}

needs () {
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

needs_backend () {
	virtio-poll-ctl backends 2>/dev/null | grep -qx "$1" || skip "the $1 backend is not built"
}

# try STATUS ARGUMENT...: runs the tool, which has to end with that status.
try () {
	wanted=$1
	shift
	virtio-poll-ctl "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	test $status = "$wanted" || fail "'$*' ends with $status instead of $wanted"
}

# has out|err PATTERN...: what was printed has a line for each basic expression.
has () {
	file=$1
	shift
	for pattern; do
		grep -q -e "$pattern" "$tmp/$file" || fail "no '$pattern' in $file"
	done
}

has_not () {
	! grep -q -e "$2" "$tmp/$1" || fail "'$2' in $1"
}

# json FILTER: what was printed is JSON, and jq(1) says true of it.
json () {
	jq -e ".schema == 1 and ($1)" "$tmp/out" >"$tmp/cmp" 2>&1 ||
		fail "not true of the JSON: $1"
}

same () {
	cmp "$1" "$2" >"$tmp/cmp" 2>&1 || fail "$1 and $2 differ"
}

# random_file NAME BYTES
random_file () {
	head -c "$2" /dev/urandom >"$1" || exit 99
}

# Waits up to ten seconds for a command to succeed.
wait_until () {
	i=0
	until "$@"; do
		i=$((i + 1))
		test $i -lt 200 || { echo "never: $*"; exit 99; }
		sleep 0.05
	done
}

# serve SOCKET QUEUES WRITABLE BLOCKDEV...: qemu-storage-daemon serves the node
# that is called "disk" on SOCKET; $server is its process.
serve () {
	needs qemu-storage-daemon
	sock=$1
	export="type=vhost-user-blk,id=e,node-name=disk,addr.type=unix,addr.path=$1"
	export="$export,num-queues=$2,writable=$3"
	shift 3
	for node; do
		shift
		set -- "$@" --blockdev "$node"
	done
	qemu-storage-daemon "$@" --export "$export" >"$tmp/server.log" 2>&1 &
	server=$!
	pids="$pids $server"
	wait_until test -S "$sock"
}

serve_file () {
	serve "$1" "$2" "$3" "driver=file,node-name=disk,filename=$4"
}

# A PCI function in the sysfs under $VIRTIO_POLL_SYSFS:
# pci_function ADDRESS DEVICE [DRIVER [VENDOR]]
pci_function () {
	d=$VIRTIO_POLL_SYSFS/bus/pci/devices/$1
	mkdir -p "$d"
	echo "${4-0x1af4}" >"$d/vendor"
	echo "$2" >"$d/device"
	echo 0x01 >"$d/revision"
	echo 0x1af4 >"$d/subsystem_vendor"
	echo "$2" >"$d/subsystem_device"
	echo -1 >"$d/numa_node"
	test -z "${3-}" || ln -s "../../../drivers/$3" "$d/driver"
}

fake_sysfs () {
	VIRTIO_POLL_SYSFS=$tmp/sys
	export VIRTIO_POLL_SYSFS
	mkdir -p "$VIRTIO_POLL_SYSFS/bus/pci/devices"
}

# Bytes in octal escapes to a file at an offset: put_bytes FILE OFFSET BYTES
put_bytes () {
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null || exit 99
}

cd "$tmp" || exit 99
