# SPDX-License-Identifier: BSD-3-Clause
#
# Figures, never asserted. `make` and `make check` build none of this.

bench_programs = \
	tests/bench/bench-requests \
	tests/bench/bench-threads \
	$(NULL)

EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
EXTRA_DIST += tests/bench/bench.sh

bench_device = tests/bench/ring-device.c \
	tests/bench/ring-device.h

tests_bench_bench_requests_SOURCES = tests/bench/bench-requests.c $(bench_device)
tests_bench_bench_requests_LDADD = lib/libvirtio-poll.la

tests_bench_bench_threads_SOURCES = tests/bench/bench-threads.c $(bench_device)
tests_bench_bench_threads_LDADD = lib/libvirtio-poll.la $(VP_PTHREAD_LIBS)

bench: all $(bench_programs)
	@./run $(srcdir)/tests/bench/bench.sh

.PHONY: bench
