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
fake=
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
	$fake virtio-poll-ctl "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
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

# says RESULT CHECK [FINDING [FIX]]: doctor, as JSON, has such a line; the last two are
# regular expressions.
says () {
	jq -e --arg r "$1" --arg c "$2" --arg f "${3-}" --arg x "${4-}" '[.checks[] |
		select(.result == $r and .check == $c and (.finding | test($f)) and
			(.fix // "" | test($x)))] | length == 1' "$tmp/out" >"$tmp/cmp" 2>&1 ||
		fail "doctor has no line $*"
}

same () {
	cmp "$1" "$2" >"$tmp/cmp" 2>&1 || fail "$1 and $2 differ"
}

# random_file NAME BYTES
random_file () {
	head -c "$2" /dev/urandom >"$1" || exit 99
}

# Waits for a command to succeed; a minute, since machines may be busy.
wait_until () {
	i=0
	until "$@"; do
		i=$((i + 1))
		test $i -lt 1200 || { echo "never: $*"; exit 99; }
		sleep 0.05
	done
}

# catches PROCESS: it is far enough to catch SIGINT and SIGTERM, bits 1 and 14.
catches () {
	caught=$(sed -n 's/^SigCgt:[^0-9a-f]*//p' "/proc/$1/status")
	test $((0x$caught & 0x4002)) = $((0x4002))
}

# launch ARGUMENT...: runs the tool beside the test, with its log in err; $p is its
# process. until_started waits until the device runs, which the log says.
launch () {
	: >"$tmp/err"	# not the log of one before
	VIRTIO_POLL_LOG=info virtio-poll-ctl "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	p=$!
	pids="$pids $p"
}

until_started () {
	wait_until grep -q ': started with' "$tmp/err"
}

# ends STATUS: what was launched does. $ms are the milliseconds since $before.
ends () {
	before=$(date +%s%N)
	wait $p
	status=$?
	ms=$((($(date +%s%N) - before) / 1000000))
	test $status = "$1" || fail "it ends with $status instead of $1"
}

# serve SOCKET QUEUES WRITABLE BLOCKDEV...: qemu-storage-daemon serves the node
# that is called "disk" on SOCKET; $server is its process, $more are other properties.
serve () {
	needs qemu-storage-daemon
	export="type=vhost-user-blk,id=e,node-name=disk,addr.type=unix,addr.path=$1"
	export="$export,num-queues=$2,writable=$3${more-}"
	shift 3
	for node; do
		shift
		set -- "$@" --blockdev "$node"
	done
	rm -f "$tmp/server.pid"
	qemu-storage-daemon --pidfile "$tmp/server.pid" "$@" --export "$export" \
		>"$tmp/server.log" 2>&1 &
	server=$!
	pids="$pids $server"
	# Written when it takes connections; the socket's file is there before.
	wait_until test -s "$tmp/server.pid"
}

serve_file () {
	serve "$1" "$2" "$3" "driver=file,node-name=disk,filename=$4"
}

# Bytes in octal escapes to a file at an offset: put_bytes FILE OFFSET BYTES
put_bytes () {
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null || exit 99
}

# A fake of the machine: $tmp/sys stands for /sys, $tmp/dev for /dev, and each file
# in $tmp/proc for the one of that name in /proc. The tool sees them in a mount
# namespace of its own, and never without: faked() looks for a mark first, so
# that no test can get at a device of this machine.
fake_machine () {
	needs unshare mount
	mkdir -p sys/bus/pci/devices sys/bus/pci/drivers dev/vfio proc
	: >sys/fake
	echo >held
	: >dev/null
	: >dev/full
	for namespace in 'unshare -m' 'unshare -rm' ''; do
		test "$namespace" || skip 'neither root nor a user may make a mount namespace here'
		! faked true 2>err || break
	done
	fake=faked
}

# Ends with 97 if the fake is not there. A process called sleep has the file open
# that `held` names, if it does.
faked () {
	$namespace sh -c '
		mount --bind /dev/null "$1/dev/null" && mount --bind /dev/full "$1/dev/full" &&
		mount --rbind "$1/dev" /dev &&
		mount --bind "$1/sys" /sys || exit 97
		for f in "$1"/proc/*; do
			test ! -e "$f" || mount --bind "$f" "/proc/${f##*/}" || exit 97
		done
		test -f /sys/fake && test ! -e /sys/devices && test ! -e /dev/mem || exit 97
		read -r held <"$1/held"
		shift
		test "$held" || exec "$@"
		sleep 300 <"$held" >/dev/null 2>&1 &
		until read -r name </proc/$!/comm && test "$name" = sleep; do
			kill -0 $! || exit 97
		done
		"$@"
		status=$?
		kill $!
		exit $status' sh "$tmp" "$@"
}

# Two bytes of a number, lowest first, in octal escapes.
le16 () {
	printf '\\%03o\\%03o' $(($1 & 255)) $(($1 >> 8))
}

# The four structures of a modern device, in BAR 4: from 0x40 on in configuration
# space; a device without them is a legacy one.
put_capabilities () {
	put_bytes "$1" 6 '\020'		# there is a list,
	put_bytes "$1" 52 '\100'	# and it begins at 0x40
	put_bytes "$1" 64 '\011\120\020\001\004\000\000\000\000\000\000\000\070\000\000\000'
	put_bytes "$1" 80 '\011\140\020\003\004\000\000\000\000\020\000\000\001\000\000\000'
	put_bytes "$1" 96 '\011\160\020\004\004\000\000\000\000\040\000\000\000\001\000\000'
	put_bytes "$1" 112 '\011\000\024\002\004\000\000\000\000\060\000\000\000\020\000\000'
	put_bytes "$1" 128 '\004\000\000\000'
}

# A function of the fake: pci_function ADDRESS DEVICE [DRIVER [VENDOR]]; $f is its
# folder afterwards. Ordinary files stand for what the kernel would obey.
pci_function () {
	f=$tmp/sys/bus/pci/devices/$1
	mkdir -p "$f"
	echo "${4-0x1af4}" >"$f/vendor"
	echo "$2" >"$f/device"
	echo 0x01 >"$f/revision"
	echo 0x00ff00 >"$f/class"
	echo 0x1af4 >"$f/subsystem_vendor"
	echo "$2" >"$f/subsystem_device"
	echo -1 >"$f/numa_node"
	echo '(null)' >"$f/driver_override"
	for i in 0 1 2 3; do
		echo 0x0000000000000000 0x0000000000000000 0x0000000000000000
	done >"$f/resource"
	echo 0x00000000fe000000 0x00000000fe003fff 0x0000000000140204 >>"$f/resource"
	head -c 256 /dev/zero >"$f/config"
	put_bytes "$f/config" 0 "$(le16 "${4-0x1af4}")$(le16 "$2")"
	put_bytes "$f/config" 8 '\001\000\377\000'
	put_bytes "$f/config" 32 '\014\000\000\376'	# BAR 4
	put_bytes "$f/config" 44 "$(le16 0x1af4)$(le16 "$2")"
	put_capabilities "$f/config"
	: >sys/bus/pci/drivers_probe
	test -z "${3-}" || set_driver "$f" "$3"
}

# set_driver FOLDER DRIVER
set_driver () {
	mkdir -p "$tmp/sys/bus/pci/drivers/$2"
	: >"$tmp/sys/bus/pci/drivers/$2/bind"
	: >"$tmp/sys/bus/pci/drivers/$2/unbind"
	ln -sfn "../../drivers/$2" "$1/driver"
}

# in_group FOLDER NUMBER
in_group () {
	mkdir -p "$tmp/sys/kernel/iommu_groups/$2/devices"
	ln -s "../../../../kernel/iommu_groups/$2" "$1/iommu_group"
	ln -s "../../../../bus/pci/devices/${1##*/}" "$tmp/sys/kernel/iommu_groups/$2/devices/"
}

cd "$tmp" || exit 99
