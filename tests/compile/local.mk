# SPDX-License-Identifier: BSD-3-Clause
#
# Compile tier: programs that use the library in ways of their own. Its scripts
# stand in tests/local.mk. What a port may ignore must not be warned of.

port_tests = tests/compile/port-block tests/compile/port-scsi
port_cflags = $(AM_CFLAGS) -Werror=unused-result
port_ldadd = lib/libvirtio-poll.la $(VP_PTHREAD_LIBS)
port_device = tests/compile/port-device.c tests/compile/port-device.h

check_PROGRAMS += $(port_tests) tests/compile/dlopen
TESTS += $(port_tests)

tests_compile_port_block_SOURCES = tests/compile/port-block.c $(port_device)
tests_compile_port_block_CFLAGS = $(port_cflags)
tests_compile_port_block_LDADD = $(port_ldadd)

tests_compile_port_scsi_SOURCES = tests/compile/port-scsi.c $(port_device)
tests_compile_port_scsi_CFLAGS = $(port_cflags)
tests_compile_port_scsi_LDADD = $(port_ldadd)

# Run by test-dlopen.sh; it does not link the library.
tests_compile_dlopen_SOURCES = tests/compile/dlopen.c
tests_compile_dlopen_LDADD = $(VP_DL_LIBS) $(VP_PTHREAD_LIBS)
