# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
#
# What the tests of the nbdkit plugin share, beside all that those of the tool
# do; sourced by each. A test runs in a folder of its own, $tmp.

. "$(dirname "$0")/../tools/functions.sh"

plugin=$top_builddir/examples/nbdkit/.libs/virtio-poll-nbdkit.so
test -e "$plugin" || skip "examples/nbdkit is not built"
needs nbdkit

# nbdkit is no program of ours: what a plugin with a sanitizer needs is loaded first.
preload=
case ${VP_SANITIZERS-} in
*thread*) skip "nbdkit itself is not built with ThreadSanitizer" ;;
*address*)
	preload=$($CC -print-file-name=libasan.so)
	# What nbdkit itself leaks is not for us to judge.
	export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
	;;
esac

needs_loopback () {
	test -e "$top_builddir/plugins/loopback/.libs/loopback.so" ||
		skip "the loopback backend is not built"
}

needs_vhost_user () {
	test -e "$top_builddir/plugins/vhost-user/.libs/vhost-user.so" ||
		skip "the vhost-user backend is not built"
}

needs_fio () {
	needs fio
	fio --enghelp 2>/dev/null | grep -qw nbd || skip "this fio has no nbd engine"
}

# serve_nbd ADDRESS [PARAMETER...]: nbdkit serves the device at $uri; $nbdkit is its
# process. What it says is in nbdkit.log.
count=0
serve_nbd () {
	count=$((count + 1))
	uri="nbd+unix:///?socket=$tmp/nbd$count"
	LD_PRELOAD=$preload nbdkit -f -U "$tmp/nbd$count" --pidfile "$tmp/pid$count" "$plugin" \
		"$@" >"$tmp/nbdkit.log" 2>&1 &
	nbdkit=$!
	pids="$pids $nbdkit"
	wait_until test -s "$tmp/pid$count"
}

# The server ends when it is told to, and without a complaint. With `after_loss`, which
# names what it has to complain of, that is all it may say.
end_nbd () {
	kill -TERM "$nbdkit"
	wait "$nbdkit" || fail "nbdkit ends with $?: $(cat "$tmp/nbdkit.log")"
	test "${1-}" || test ! -s "$tmp/nbdkit.log" || fail "nbdkit says: $(cat "$tmp/nbdkit.log")"
}

# runs COMMAND...: it has to succeed.
runs () {
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || fail "'$*' ends with $?"
}

# refused COMMAND...: it has to fail, by itself and soon.
refused () {
	timeout 60 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	case $status in
	0) fail "'$*' succeeds" ;;
	124 | 137) fail "'$*' hangs" ;;
	esac
}

# io COMMAND...: commands of qemu-io, each has to succeed. It ends with 0 whatever
# they do, and writes why not.
io () {
	for command; do
		set -- "$@" -c "$command"
		shift
	done
	runs timeout 60 qemu-io -f raw "$@" "$uri"
	! grep -qiE 'error|fail|invalid|not permitted|verification' "$tmp/out" "$tmp/err" ||
		fail "qemu-io $*"
}

# fio_verifies BYTES ARGUMENT...: two jobs write BYTES each and read them back.
fio_verifies () {
	size=$1
	shift
	runs fio --name=verify --ioengine=nbd --uri="$uri" --size="$size" --numjobs=2 \
		--offset_increment="$size" --rw=randwrite --iodepth=16 --verify=crc32c \
		--verify_fatal=1 --do_verify=1 --output-format=terse "$@"
}
