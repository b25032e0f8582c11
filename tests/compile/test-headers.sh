#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Each public header compiles by itself, as C and as C++, and gets along with
# the kernel's virtio headers, whichever of the two a program includes first.

set -u
: "${top_srcdir:?is set by ./run}" "${top_builddir:?is set by ./run}" "${CC:=cc}"

tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
failed=0
compiled=0

headers=
for path in "$top_srcdir"/include/virtio-poll/*.h "$top_builddir"/include/virtio-poll/version.h; do
	name=virtio-poll/${path##*/}
	case " $headers " in
	*" $name "*) ;;
	*) headers="$headers $name" ;;
	esac
done

# unit HEADER...: one line each, on standard output; ends with something that a
# strict compiler takes for a translation unit.
unit()
{
	for line; do
		echo "#include <$line>"
	done
	echo 'extern int something;'
}

# Every file that is to compile, made once and compiled in each language.
write_units()
{
	n=0
	for header in $headers; do
		n=$((n + 1))
		unit "$header" >"$tmp/$n-alone.in"
		unit "$header" "$header" >"$tmp/$n-twice.in"
		for kernel in ring config blk; do
			unit "linux/virtio_$kernel.h" "$header" >"$tmp/$n-after-$kernel.in"
			unit "$header" "linux/virtio_$kernel.h" >"$tmp/$n-before-$kernel.in"
		done
	done
	# One unit for all: in this order, and in the other one.
	unit $headers >"$tmp/all.in"
	backwards=
	for header in $headers; do
		backwards="$header $backwards"
	done
	unit $backwards >"$tmp/backwards.in"
}

# leave_out SUFFIX COMPILER FLAG...: a kernel header that does not compile like
# this even by itself (virtio_ring.h is no C++) says nothing of ours.
leave_out()
{
	suffix=$1
	shift
	for kernel in ring config blk; do
		unit "linux/virtio_$kernel.h" >"$tmp/kernel.$suffix"
		"$@" -fsyntax-only "$tmp/kernel.$suffix" 2>/dev/null ||
			rm -f "$tmp"/*-after-$kernel.in.now "$tmp"/*-before-$kernel.in.now
	done
}

# language SUFFIX COMPILER FLAG...
language()
{
	suffix=$1
	shift
	set -- "$@" -Wall -Wextra -Werror -I"$top_srcdir/include" -I"$top_builddir/include"
	for file in "$tmp"/*.in; do
		cp "$file" "$file.now"
	done
	leave_out "$suffix" "$@"
	for file in "$tmp"/*.in.now; do
		cp "$file" "$tmp/unit.$suffix"
		compiled=$((compiled + 1))
		"$@" -fsyntax-only "$tmp/unit.$suffix" >"$tmp/err" 2>&1 && continue
		echo "FAIL: with '$*':"
		sed 's/^/  /' "$tmp/unit.$suffix"
		head -n 20 "$tmp/err"
		failed=1
		break
	done
	rm -f "$tmp"/*.in.now
}

write_units
language c $CC -std=c99 -pedantic-errors
language c $CC -std=gnu99
language c $CC -std=c11 -pedantic-errors
language c $CC -std=c11 -Wundef -Wshadow -Wstrict-prototypes -Wwrite-strings -Wredundant-decls

test $failed = 0 || exit 1
if ! echo 'int main() { return 0; }' >"$tmp/try.cc" ||
   ! ${CXX:-false} -fsyntax-only "$tmp/try.cc" 2>/dev/null; then
	echo "SKIP: fine in C ($compiled files); there is no C++ compiler to go on with"
	exit 77
fi
for std in c++11 gnu++11 c++20; do
	language cc $CXX -std=$std -pedantic-errors
done

echo "$compiled files compiled"
exit $failed
