# SPDX-License-Identifier: BSD-3-Clause
#
# The tests, by tier. Each runs through ./run, in the top build folder, with
# top_srcdir, top_builddir, CC, CXX and VP_SANITIZERS set; it ends with 0
# (passed), 77 (skipped, the reason on the last line), 99 (could not be set up)
# or anything else (failed).

TEST_EXTENSIONS = .sh
LOG_COMPILER = $(top_builddir)/run --test $(VP_RUN_FLAGS)
SH_LOG_COMPILER = $(LOG_COMPILER)

# Unit tier: pure rooms, with Check. They link the archive of the library.
#
# For each program: its name in `unit_tests`, and
#	tests_unit_NAME_SOURCES = tests/unit/NAME.c
#	tests_unit_NAME_CFLAGS = $(unit_cflags)
#	tests_unit_NAME_LDADD = $(unit_ldadd)

unit_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_ldadd = lib/libcore.la $(CHECK_LIBS)

# A ring with a device behind it; a device whose queues have one.
unit_rig = \
	tests/unit/ring-model.c \
	tests/unit/ring-model.h \
	tests/unit/ring-rig.c \
	tests/unit/ring-rig.h \
	tests/unit/unit.h
unit_fake = \
	tests/unit/fake-device.c \
	tests/unit/fake-device.h \
	tests/unit/ring-model.c \
	tests/unit/ring-model.h \
	tests/unit/unit.h

if HAVE_CHECK
unit_tests = \
	tests/unit/test-address \
	tests/unit/test-backends \
	tests/unit/test-error \
	tests/unit/test-events \
	tests/unit/test-features \
	tests/unit/test-half-built \
	tests/unit/test-json \
	tests/unit/test-lifecycle \
	tests/unit/test-loader \
	tests/unit/test-log \
	tests/unit/test-memory \
	tests/unit/test-memory-alloc \
	tests/unit/test-memory-map \
	tests/unit/test-memory-race \
	tests/unit/test-memory-reach \
	tests/unit/test-memory-register \
	tests/unit/test-names \
	tests/unit/test-open \
	tests/unit/test-ops \
	tests/unit/test-owner \
	tests/unit/test-pci-addr \
	tests/unit/test-queues \
	tests/unit/test-ring-chain \
	tests/unit/test-ring-hostile \
	tests/unit/test-ring-layout \
	tests/unit/test-ring-notify \
	tests/unit/test-ring-order \
	tests/unit/test-ring-race \
	tests/unit/test-ring-recheck \
	tests/unit/test-ring-request \
	tests/unit/test-ring-used \
	tests/unit/test-sigbus-guard \
	tests/unit/test-sizes \
	tests/unit/test-sleep \
	tests/unit/test-thread \
	$(NULL)
else
unit_tests =
endif

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)

# What test-loader, -backends and -open copy to NAME.so: a plugin that is what its
# name says, and a shared object that is none. -rpath, or libtool would not make
# shared objects of what is not installed.
if HAVE_CHECK
check_LTLIBRARIES += tests/unit/chameleon.la tests/unit/mute.la
endif

unit_module_ldflags = $(VP_SAN_CFLAGS) -shared -module -avoid-version -rpath /nowhere

tests_unit_chameleon_la_SOURCES = tests/unit/chameleon.c
tests_unit_chameleon_la_LDFLAGS = $(unit_module_ldflags)
tests_unit_chameleon_la_LIBADD = lib/libvirtio-poll.la $(VP_DL_LIBS)

tests_unit_mute_la_SOURCES = tests/unit/mute.c
tests_unit_mute_la_LDFLAGS = $(unit_module_ldflags)

tests_unit_test_address_SOURCES = tests/unit/test-address.c \
	tests/unit/unit.h
tests_unit_test_address_CFLAGS = $(unit_cflags)
tests_unit_test_address_LDADD = $(unit_ldadd)

tests_unit_test_backends_SOURCES = tests/unit/test-backends.c \
	tests/unit/unit.h \
	tests/unit/plugin-folder.h
tests_unit_test_backends_CFLAGS = $(unit_cflags)
tests_unit_test_backends_LDADD = lib/libvirtio-poll.la $(CHECK_LIBS) $(VP_PTHREAD_LIBS)

tests_unit_test_error_SOURCES = tests/unit/test-error.c \
	tests/unit/unit.h
tests_unit_test_error_CFLAGS = $(unit_cflags)
tests_unit_test_error_LDADD = $(unit_ldadd)

tests_unit_test_json_SOURCES = tests/unit/test-json.c \
	tests/unit/unit.h
tests_unit_test_json_CFLAGS = $(unit_cflags)
tests_unit_test_json_LDADD = $(unit_ldadd)

tests_unit_test_loader_SOURCES = tests/unit/test-loader.c \
	tests/unit/unit.h \
	tests/unit/plugin-folder.h
tests_unit_test_loader_CFLAGS = $(unit_cflags)
tests_unit_test_loader_LDADD = lib/libvirtio-poll.la $(CHECK_LIBS) $(VP_PTHREAD_LIBS)

tests_unit_test_log_SOURCES = tests/unit/test-log.c \
	tests/unit/unit.h
tests_unit_test_log_CFLAGS = $(unit_cflags)
tests_unit_test_log_LDADD = $(unit_ldadd)

tests_unit_test_names_SOURCES = tests/unit/test-names.c \
	tests/unit/unit.h
tests_unit_test_names_CFLAGS = $(unit_cflags)
tests_unit_test_names_LDADD = $(unit_ldadd)

tests_unit_test_open_SOURCES = tests/unit/test-open.c \
	tests/unit/unit.h \
	tests/unit/plugin-folder.h
tests_unit_test_open_CFLAGS = $(unit_cflags)
tests_unit_test_open_LDADD = lib/libvirtio-poll.la $(CHECK_LIBS) $(VP_PTHREAD_LIBS)

tests_unit_test_ops_SOURCES = tests/unit/test-ops.c \
	tests/unit/unit.h
tests_unit_test_ops_CFLAGS = $(unit_cflags)
tests_unit_test_ops_LDADD = $(unit_ldadd)

tests_unit_test_pci_addr_SOURCES = tests/unit/test-pci-addr.c \
	tests/unit/unit.h
tests_unit_test_pci_addr_CFLAGS = $(unit_cflags)
tests_unit_test_pci_addr_LDADD = $(unit_ldadd)

tests_unit_test_sigbus_guard_SOURCES = tests/unit/test-sigbus-guard.c \
	tests/unit/unit.h
tests_unit_test_sigbus_guard_CFLAGS = $(unit_cflags)
tests_unit_test_sigbus_guard_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_sizes_SOURCES = tests/unit/test-sizes.c \
	tests/unit/unit.h
tests_unit_test_sizes_CFLAGS = $(unit_cflags)
tests_unit_test_sizes_LDADD = $(unit_ldadd)

tests_unit_test_thread_SOURCES = tests/unit/test-thread.c \
	tests/unit/unit.h
tests_unit_test_thread_CFLAGS = $(unit_cflags)
tests_unit_test_thread_LDADD = $(unit_ldadd)

tests_unit_test_events_SOURCES = tests/unit/test-events.c \
	$(unit_fake)
tests_unit_test_events_CFLAGS = $(unit_cflags)
tests_unit_test_events_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_features_SOURCES = tests/unit/test-features.c \
	tests/unit/unit.h
tests_unit_test_features_CFLAGS = $(unit_cflags)
tests_unit_test_features_LDADD = $(unit_ldadd)

tests_unit_test_half_built_SOURCES = tests/unit/test-half-built.c \
	$(unit_fake)
tests_unit_test_half_built_CFLAGS = $(unit_cflags)
tests_unit_test_half_built_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_lifecycle_SOURCES = tests/unit/test-lifecycle.c \
	$(unit_fake)
tests_unit_test_lifecycle_CFLAGS = $(unit_cflags)
tests_unit_test_lifecycle_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_memory_SOURCES = tests/unit/test-memory.c \
	$(unit_fake)
tests_unit_test_memory_CFLAGS = $(unit_cflags)
tests_unit_test_memory_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_memory_alloc_SOURCES = tests/unit/test-memory-alloc.c \
	$(unit_fake)
tests_unit_test_memory_alloc_CFLAGS = $(unit_cflags)
tests_unit_test_memory_alloc_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_memory_map_SOURCES = tests/unit/test-memory-map.c \
	tests/unit/unit.h
tests_unit_test_memory_map_CFLAGS = $(unit_cflags)
tests_unit_test_memory_map_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_memory_race_SOURCES = tests/unit/test-memory-race.c \
	tests/unit/meeting.h \
	$(unit_fake)
tests_unit_test_memory_race_CFLAGS = $(unit_cflags)
tests_unit_test_memory_race_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_memory_reach_SOURCES = tests/unit/test-memory-reach.c \
	$(unit_fake)
tests_unit_test_memory_reach_CFLAGS = $(unit_cflags)
tests_unit_test_memory_reach_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_sleep_SOURCES = tests/unit/test-sleep.c \
	$(unit_fake)
tests_unit_test_sleep_CFLAGS = $(unit_cflags)
tests_unit_test_sleep_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_memory_register_SOURCES = tests/unit/test-memory-register.c \
	$(unit_fake)
tests_unit_test_memory_register_CFLAGS = $(unit_cflags)
tests_unit_test_memory_register_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_owner_SOURCES = tests/unit/test-owner.c \
	$(unit_fake)
tests_unit_test_owner_CFLAGS = $(unit_cflags)
tests_unit_test_owner_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_queues_SOURCES = tests/unit/test-queues.c \
	$(unit_fake)
tests_unit_test_queues_CFLAGS = $(unit_cflags)
tests_unit_test_queues_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_chain_SOURCES = tests/unit/test-ring-chain.c \
	$(unit_rig)
tests_unit_test_ring_chain_CFLAGS = $(unit_cflags)
tests_unit_test_ring_chain_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_hostile_SOURCES = tests/unit/test-ring-hostile.c \
	$(unit_rig)
tests_unit_test_ring_hostile_CFLAGS = $(unit_cflags)
tests_unit_test_ring_hostile_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_layout_SOURCES = tests/unit/test-ring-layout.c \
	tests/unit/unit.h
tests_unit_test_ring_layout_CFLAGS = $(unit_cflags)
tests_unit_test_ring_layout_LDADD = $(unit_ldadd)

tests_unit_test_ring_notify_SOURCES = tests/unit/test-ring-notify.c \
	$(unit_rig)
tests_unit_test_ring_notify_CFLAGS = $(unit_cflags)
tests_unit_test_ring_notify_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_order_SOURCES = tests/unit/test-ring-order.c \
	$(unit_rig)
tests_unit_test_ring_order_CFLAGS = $(unit_cflags)
tests_unit_test_ring_order_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_race_SOURCES = tests/unit/test-ring-race.c \
	tests/unit/meeting.h \
	$(unit_rig)
tests_unit_test_ring_race_CFLAGS = $(unit_cflags)
tests_unit_test_ring_race_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_recheck_SOURCES = tests/unit/test-ring-recheck.c \
	$(unit_rig)
tests_unit_test_ring_recheck_CFLAGS = $(unit_cflags)
tests_unit_test_ring_recheck_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_request_SOURCES = tests/unit/test-ring-request.c \
	$(unit_rig)
tests_unit_test_ring_request_CFLAGS = $(unit_cflags)
tests_unit_test_ring_request_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

tests_unit_test_ring_used_SOURCES = tests/unit/test-ring-used.c \
	$(unit_rig)
tests_unit_test_ring_used_CFLAGS = $(unit_cflags)
tests_unit_test_ring_used_LDADD = $(unit_ldadd) $(VP_PTHREAD_LIBS)

# Device tier: the library against the loopback device.
include $(srcdir)/tests/device/local.mk

# vhost-user tier: the plugin against a scripted server and real ones.
include $(srcdir)/tests/vhost-user/local.mk

# Compile and ABI tiers: the programs; their scripts follow.
include $(srcdir)/tests/compile/local.mk
include $(srcdir)/tests/abi/local.mk

# Scripts, of whatever tier; executable, with their #! line.
test_scripts = \
	tests/abi/test-abidiff.sh \
	tests/abi/test-conformance.sh \
	tests/abi/test-exports.sh \
	tests/abi/test-links.sh \
	tests/abi/test-oldest.sh \
	tests/abi/test-outside-plugin.sh \
	tests/compile/test-dlopen.sh \
	tests/compile/test-headers.sh \
	tests/compile/test-manual.sh \
	tests/compile/test-manual-code.sh \
	tests/compile/test-manual-html.sh \
	tests/compile/test-probes.sh \
	tests/compile/test-readme.sh \
	tests/examples/nbdkit-bad-device.sh \
	tests/examples/nbdkit-copy-both-ways.sh \
	tests/examples/nbdkit-fio-verify.sh \
	tests/examples/nbdkit-parameters.sh \
	tests/examples/nbdkit-parts-of-blocks.sh \
	tests/examples/nbdkit-qemu-img.sh \
	tests/examples/nbdkit-read-only.sh \
	tests/examples/nbdkit-server-killed.sh \
	tests/examples/nbdkit-small-limits.sh \
	tests/examples/nbdkit-trim-and-zero.sh \
	tests/examples/test-examples.sh \
	$(NULL)

TESTS += $(test_scripts)
EXTRA_DIST += $(test_scripts)
EXTRA_DIST += tests/examples/nbdkit-functions.sh
EXTRA_DIST += tests/valgrind.supp

# The unit tier once more, under valgrind. Not the guard: a page that is replaced in
# the handler of a fault is more than valgrind follows, it ends in a fault of its own.
check-valgrind:
	tests=`echo ' $(unit_tests) ' | sed 's, tests/unit/test-sigbus-guard , ,'`; \
	$(MAKE) $(AM_MAKEFLAGS) check TESTS="$$tests" VP_RUN_FLAGS=--valgrind

include $(srcdir)/tests/tools/local.mk
include $(srcdir)/tests/bench/local.mk

.PHONY: check-valgrind
