# SPDX-License-Identifier: BSD-3-Clause
#
# Programs to copy from: compiled by plain `make`, run by `make check` (see the
# tests that name them), never installed.
#
# For each program: its name in `examples`, and three lines further down:
#	examples_NAME_SOURCES = examples/NAME.c
#	examples_NAME_LDADD = lib/libvirtio-poll.la
# A plugin: examples/NAME.la in noinst_LTLIBRARIES, with
#	examples_NAME_la_CFLAGS = $(lib_cflags)
#	examples_NAME_la_LDFLAGS = $(plugin_ldflags) -rpath $(backendexecdir)
#	examples_NAME_la_LIBADD = lib/libvirtio-poll.la
# (-rpath makes libtool build the .so, though nothing is installed).

noinst_PROGRAMS += \
	$(NULL)
