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

if HAVE_CHECK
unit_tests = \
	tests/unit/test-address \
	tests/unit/test-error \
	tests/unit/test-json \
	tests/unit/test-loader \
	tests/unit/test-log \
	tests/unit/test-names \
	tests/unit/test-open \
	tests/unit/test-ops \
	tests/unit/test-pci-addr \
	tests/unit/test-thread \
	$(NULL)
else
unit_tests =
endif

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)

# What test-loader and test-open copy to NAME.so: a plugin that is what its
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

tests_unit_test_thread_SOURCES = tests/unit/test-thread.c \
	tests/unit/unit.h
tests_unit_test_thread_CFLAGS = $(unit_cflags)
tests_unit_test_thread_LDADD = $(unit_ldadd)

# Device tier: the library against the loopback device.
include $(srcdir)/tests/device/local.mk

# vhost-user tier: the plugin against a scripted server and real ones.
include $(srcdir)/tests/vhost-user/local.mk

# Scripts, of whatever tier; executable, with their #! line.
test_scripts = \
	tests/abi/test-exports.sh \
	tests/compile/test-manual.sh \
	tests/compile/test-readme.sh \
	tests/examples/test-examples.sh \
	$(NULL)

TESTS += $(test_scripts)
EXTRA_DIST += $(test_scripts)

# The unit tier once more, under valgrind.
check-valgrind:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests)' \
		VP_RUN_FLAGS=--valgrind

include $(srcdir)/tests/tools/local.mk
include $(srcdir)/tests/bench/local.mk

.PHONY: check-valgrind
