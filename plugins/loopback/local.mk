# SPDX-License-Identifier: BSD-3-Clause
#
# The loopback plugin, installed as loopback.so in $(backendexecdir).

if BUILD_LOOPBACK
backendexec_LTLIBRARIES += plugins/loopback/loopback.la
endif

plugins_loopback_loopback_la_CFLAGS = $(lib_cflags)
plugins_loopback_loopback_la_LDFLAGS = $(plugin_ldflags)
plugins_loopback_loopback_la_LIBADD = lib/libvirtio-poll.la $(VP_PTHREAD_LIBS)
plugins_loopback_loopback_la_SOURCES = \
	plugins/loopback/blk-config.c \
	plugins/loopback/blk.c \
	plugins/loopback/blk.h \
	plugins/loopback/chain.c \
	plugins/loopback/chain.h \
	plugins/loopback/device-split.c \
	plugins/loopback/device.c \
	plugins/loopback/device.h \
	plugins/loopback/faults.c \
	plugins/loopback/faults.h \
	plugins/loopback/lift.c \
	plugins/loopback/lift.h \
	plugins/loopback/memory.c \
	plugins/loopback/memory.h \
	plugins/loopback/options.c \
	plugins/loopback/options.h \
	plugins/loopback/plugin.c \
	plugins/loopback/queue.c \
	plugins/loopback/queue.h \
	plugins/loopback/report.c \
	plugins/loopback/report.h \
	plugins/loopback/ring.h \
	plugins/loopback/split-chain.c \
	plugins/loopback/split.h \
	plugins/loopback/store-file.c \
	plugins/loopback/store-memory.c \
	plugins/loopback/store-null.c \
	plugins/loopback/store.h \
	plugins/loopback/worker.c \
	plugins/loopback/worker.h \
	$(NULL)
