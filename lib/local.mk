# SPDX-License-Identifier: BSD-3-Clause
#
# libvirtio-poll.so. All of it is compiled once, into an archive that the unit
# tests link as well, since they call what the library does not export.

noinst_LTLIBRARIES += lib/libcore.la
lib_libcore_la_CFLAGS = $(lib_cflags)
lib_libcore_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DVIRTIO_POLL_PLUGIN_DIR='"$(backendexecdir)"'
lib_libcore_la_LIBADD = $(VP_DL_LIBS) $(VP_PTHREAD_LIBS)
lib_libcore_la_SOURCES = \
	lib/address-value.c \
	lib/address-value.h \
	lib/address.c \
	lib/address.h \
	lib/arena.c \
	lib/arena.h \
	lib/backend-accept.h \
	lib/backend.c \
	lib/call.h \
	lib/config-space.c \
	lib/device.c \
	lib/device.h \
	lib/error.c \
	lib/events.c \
	lib/features.c \
	lib/json-text.c \
	lib/json.c \
	lib/lifecycle.c \
	lib/lift.c \
	lib/lift.h \
	lib/log.c \
	lib/memory-alloc.c \
	lib/memory-barrier.c \
	lib/memory-device.c \
	lib/memory-file.c \
	lib/memory-file.h \
	lib/memory-lock.c \
	lib/memory-map.c \
	lib/memory-map.h \
	lib/memory-pages.c \
	lib/memory-pool.c \
	lib/memory-register.c \
	lib/memory-registry.h \
	lib/memory-regs.c \
	lib/memory-regs.h \
	lib/memory.c \
	lib/names-table.c \
	lib/names-table.h \
	lib/names.c \
	lib/open.c \
	lib/open.h \
	lib/pci.c \
	lib/plugin-elf.c \
	lib/plugin-elf.h \
	lib/plugin-file.c \
	lib/plugin-file.h \
	lib/plugin-loader.c \
	lib/plugin-loader.h \
	lib/plugin-path.c \
	lib/plugin-path.h \
	lib/queue-owner.c \
	lib/queue-set.c \
	lib/queue-set.h \
	lib/queue.h \
	lib/ring-error.c \
	lib/ring-error.h \
	lib/ring-layout.c \
	lib/ring-layout.h \
	lib/ring-split-build.c \
	lib/ring-split-submit.c \
	lib/ring-split-used.c \
	lib/ring-split.c \
	lib/ring-split.h \
	lib/ring-windows.c \
	lib/ring.c \
	lib/ring.h \
	lib/sigbus-guard.c \
	lib/sleep.c \
	lib/text.c \
	lib/text.h \
	lib/thread.c \
	lib/thread.h \
	lib/trace.h \
	lib/vhost-user.c \
	lib/virtqueue.c \
	$(NULL)

lib_LTLIBRARIES += lib/libvirtio-poll.la
lib_libvirtio_poll_la_SOURCES =
lib_libvirtio_poll_la_LIBADD = lib/libcore.la
lib_libvirtio_poll_la_LDFLAGS = $(lib_ldflags) -version-info $(VP_LT_VERSION)

# Once loaded it stays, as its plugins do: each dlopen and dlclose would lose
# the memory that a later allocation is served from.
lib_libvirtio_poll_la_LDFLAGS += -Wl,-z,nodelete

EXTRA_DIST += lib/libvirtio-poll.map
EXTRA_lib_libvirtio_poll_la_DEPENDENCIES = $(srcdir)/lib/libvirtio-poll.map
if HAVE_VERSION_SCRIPT
lib_libvirtio_poll_la_LDFLAGS += \
	-Wl,--version-script=$(srcdir)/lib/libvirtio-poll.map
endif
