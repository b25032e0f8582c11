# SPDX-License-Identifier: BSD-3-Clause
#
# Device tier: the library through its public interface, against the loopback
# device, with Check. Each program is one subject; `./run tests/device/test-X`
# runs one, CK_RUN_CASE and CK_VERBOSITY=verbose do what they say.

if HAVE_CHECK
if BUILD_LOOPBACK
device_tests = \
	tests/device/test-blk \
	tests/device/test-faults \
	tests/device/test-lifecycle \
	tests/device/test-memory \
	tests/device/test-requests \
	tests/device/test-rules-device \
	tests/device/test-rules-ring \
	tests/device/test-sleep \
	tests/device/test-steps \
	tests/device/test-store \
	tests/device/test-threads \
	tests/device/test-wrap \
	$(NULL)
check_LTLIBRARIES += tests/device/libharness.la
check_PROGRAMS += $(device_tests)
TESTS += $(device_tests)
endif
endif

device_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS)
device_ldadd = tests/device/libharness.la lib/libvirtio-poll.la $(CHECK_LIBS) $(VP_PTHREAD_LIBS)

tests_device_libharness_la_CFLAGS = $(device_cflags)
tests_device_libharness_la_SOURCES = \
	tests/device/hand.c \
	tests/device/hand.h \
	tests/device/harness.c \
	tests/device/harness.h \
	$(NULL)

tests_device_test_blk_SOURCES = tests/device/test-blk.c
tests_device_test_blk_CFLAGS = $(device_cflags)
tests_device_test_blk_LDADD = $(device_ldadd)

tests_device_test_faults_SOURCES = tests/device/test-faults.c
tests_device_test_faults_CFLAGS = $(device_cflags)
tests_device_test_faults_LDADD = $(device_ldadd)

tests_device_test_lifecycle_SOURCES = tests/device/test-lifecycle.c
tests_device_test_lifecycle_CFLAGS = $(device_cflags)
tests_device_test_lifecycle_LDADD = $(device_ldadd)

tests_device_test_memory_SOURCES = tests/device/test-memory.c
tests_device_test_memory_CFLAGS = $(device_cflags)
tests_device_test_memory_LDADD = $(device_ldadd)

tests_device_test_requests_SOURCES = tests/device/test-requests.c
tests_device_test_requests_CFLAGS = $(device_cflags)
tests_device_test_requests_LDADD = $(device_ldadd)

tests_device_test_rules_device_SOURCES = tests/device/test-rules-device.c
tests_device_test_rules_device_CFLAGS = $(device_cflags)
tests_device_test_rules_device_LDADD = $(device_ldadd)

tests_device_test_rules_ring_SOURCES = tests/device/test-rules-ring.c
tests_device_test_rules_ring_CFLAGS = $(device_cflags)
tests_device_test_rules_ring_LDADD = $(device_ldadd)

tests_device_test_sleep_SOURCES = tests/device/test-sleep.c
tests_device_test_sleep_CFLAGS = $(device_cflags)
tests_device_test_sleep_LDADD = $(device_ldadd)

tests_device_test_steps_SOURCES = tests/device/test-steps.c
tests_device_test_steps_CFLAGS = $(device_cflags)
tests_device_test_steps_LDADD = $(device_ldadd)

tests_device_test_store_SOURCES = tests/device/test-store.c
tests_device_test_store_CFLAGS = $(device_cflags)
tests_device_test_store_LDADD = $(device_ldadd)

tests_device_test_threads_SOURCES = tests/device/test-threads.c
tests_device_test_threads_CFLAGS = $(device_cflags)
tests_device_test_threads_LDADD = $(device_ldadd)

tests_device_test_wrap_SOURCES = tests/device/test-wrap.c
tests_device_test_wrap_CFLAGS = $(device_cflags)
tests_device_test_wrap_LDADD = $(device_ldadd)
