# SPDX-License-Identifier: BSD-3-Clause
#
# Programs to copy from: compiled by plain `make`, run by tests/examples/, never
# installed.
#
# For each program: its name in `examples`, and two lines further down:
#	examples_NAME_SOURCES = examples/NAME.c
#	examples_NAME_LDADD = lib/libvirtio-poll.la
# The plugin is built as those of plugins/ are. (-rpath makes libtool build the
# .so, though nothing is installed.)

examples = \
	examples/block-read \
	examples/block-read-submit \
	examples/own-memory \
	examples/sleep-when-idle \
	$(NULL)

noinst_PROGRAMS += $(examples)
noinst_LTLIBRARIES += examples/zero.la

examples_block_read_SOURCES = examples/block-read.c
examples_block_read_LDADD = lib/libvirtio-poll.la

examples_block_read_submit_SOURCES = examples/block-read-submit.c
examples_block_read_submit_LDADD = lib/libvirtio-poll.la

examples_own_memory_SOURCES = examples/own-memory.c
examples_own_memory_LDADD = lib/libvirtio-poll.la

examples_sleep_when_idle_SOURCES = examples/sleep-when-idle.c
examples_sleep_when_idle_LDADD = lib/libvirtio-poll.la

examples_zero_la_SOURCES = examples/minimal-plugin.c
examples_zero_la_CFLAGS = $(lib_cflags)
examples_zero_la_LDFLAGS = $(plugin_ldflags) -rpath $(backendexecdir)
examples_zero_la_LIBADD = lib/libvirtio-poll.la

include $(srcdir)/examples/nbdkit/local.mk
