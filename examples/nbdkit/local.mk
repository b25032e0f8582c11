# SPDX-License-Identifier: BSD-3-Clause
#
# The nbdkit plugin, in examples/nbdkit/.libs/virtio-poll-nbdkit.so. nbdkit_error
# and its like are in the program that loads it, so it is not linked with
# $(lib_ldflags). (-rpath makes libtool build the .so, though nothing is
# installed.)

if BUILD_NBDKIT
noinst_LTLIBRARIES += examples/nbdkit/virtio-poll-nbdkit.la
endif

examples_nbdkit_virtio_poll_nbdkit_la_CFLAGS = $(lib_cflags) $(NBDKIT_CFLAGS)
examples_nbdkit_virtio_poll_nbdkit_la_LDFLAGS = $(AM_LDFLAGS) \
	-shared -module -avoid-version -export-symbols-regex '^plugin_init$$' \
	-rpath $(backendexecdir)
examples_nbdkit_virtio_poll_nbdkit_la_LIBADD = lib/libvirtio-poll.la $(VP_PTHREAD_LIBS)
examples_nbdkit_virtio_poll_nbdkit_la_SOURCES = \
	examples/nbdkit/disk.c \
	examples/nbdkit/disk.h \
	examples/nbdkit/plugin.c \
	examples/nbdkit/queue.c \
	examples/nbdkit/transfer.c \
	$(NULL)

EXTRA_DIST += examples/nbdkit/README.md
