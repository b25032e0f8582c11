# SPDX-License-Identifier: BSD-3-Clause
#
# The vhost-user tier: the library and its plugin against a scripted server
# (peer.c), and against real ones where they are installed.

if HAVE_CHECK
if BUILD_VHOST_USER
vhost_user_tests = \
	tests/vhost-user/test-backchannel \
	tests/vhost-user/test-config \
	tests/vhost-user/test-faults \
	tests/vhost-user/test-handshake \
	tests/vhost-user/test-loss \
	tests/vhost-user/test-memory \
	tests/vhost-user/test-message \
	tests/vhost-user/test-report \
	tests/vhost-user/test-rings \
	tests/vhost-user/test-short \
	tests/vhost-user/test-sockets \
	$(NULL)
check_LTLIBRARIES += tests/vhost-user/libpeer.la tests/vhost-user/libparts.la
if HAVE_GLIB
# Exit status 77 where the server is not installed.
vhost_user_tests += \
	tests/vhost-user/test-qsd \
	tests/vhost-user/test-testpmd \
	tests/vhost-user/test-virtiofsd \
	$(NULL)
endif
check_PROGRAMS += $(vhost_user_tests)
TESTS += $(vhost_user_tests)
endif
endif

vhost_user_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS)
vhost_user_ldadd = tests/vhost-user/libpeer.la lib/libvirtio-poll.la $(CHECK_LIBS) \
	$(VP_PTHREAD_LIBS)

# The scripted server and what the tests share.
tests_vhost_user_libpeer_la_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_libpeer_la_SOURCES = \
	tests/vhost-user/peer-back.c \
	tests/vhost-user/peer-ring.c \
	tests/vhost-user/peer-ring.h \
	tests/vhost-user/peer-trace.c \
	tests/vhost-user/peer-trace.h \
	tests/vhost-user/peer.c \
	tests/vhost-user/peer.h \
	tests/vhost-user/rig.c \
	tests/vhost-user/rig.h \
	$(NULL)

# The plugin's own parts, for the tests that call them one by one.
tests_vhost_user_libparts_la_CFLAGS = $(AM_CFLAGS)
tests_vhost_user_libparts_la_SOURCES = $(plugins_vhost_user_vhost_user_la_SOURCES)

tests_vhost_user_test_backchannel_SOURCES = tests/vhost-user/test-backchannel.c
tests_vhost_user_test_backchannel_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_backchannel_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_config_SOURCES = tests/vhost-user/test-config.c
tests_vhost_user_test_config_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_config_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_faults_SOURCES = tests/vhost-user/test-faults.c
tests_vhost_user_test_faults_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_faults_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_handshake_SOURCES = tests/vhost-user/test-handshake.c
tests_vhost_user_test_handshake_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_handshake_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_loss_SOURCES = tests/vhost-user/test-loss.c
tests_vhost_user_test_loss_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_loss_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_memory_SOURCES = tests/vhost-user/test-memory.c
tests_vhost_user_test_memory_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_memory_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_report_SOURCES = tests/vhost-user/test-report.c
tests_vhost_user_test_report_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_report_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_rings_SOURCES = tests/vhost-user/test-rings.c
tests_vhost_user_test_rings_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_rings_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_sockets_SOURCES = tests/vhost-user/test-sockets.c
tests_vhost_user_test_sockets_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_sockets_LDADD = $(vhost_user_ldadd)

tests_vhost_user_test_message_SOURCES = tests/vhost-user/test-message.c
tests_vhost_user_test_message_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins/vhost-user
tests_vhost_user_test_message_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_message_LDADD = tests/vhost-user/libparts.la $(vhost_user_ldadd)

tests_vhost_user_test_short_SOURCES = tests/vhost-user/test-short.c
tests_vhost_user_test_short_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins/vhost-user
tests_vhost_user_test_short_CFLAGS = $(vhost_user_cflags)
tests_vhost_user_test_short_LDADD = tests/vhost-user/libparts.la $(vhost_user_ldadd)
tests_vhost_user_test_short_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=sendmsg -Wl,--wrap=recvmsg -Wl,--wrap=poll -Wl,--wrap=virtio_time_left

tests_vhost_user_test_qsd_SOURCES = tests/vhost-user/test-qsd.c \
	tests/vhost-user/disk.c \
	tests/vhost-user/disk.h \
	tests/vhost-user/server.c \
	tests/vhost-user/server.h
tests_vhost_user_test_qsd_CFLAGS = $(vhost_user_cflags) $(GLIB_CFLAGS)
tests_vhost_user_test_qsd_LDADD = $(vhost_user_ldadd) $(GLIB_LIBS)

tests_vhost_user_test_testpmd_SOURCES = tests/vhost-user/test-testpmd.c \
	tests/vhost-user/server.c \
	tests/vhost-user/server.h
tests_vhost_user_test_testpmd_CFLAGS = $(vhost_user_cflags) $(GLIB_CFLAGS)
tests_vhost_user_test_testpmd_LDADD = $(vhost_user_ldadd) $(GLIB_LIBS)

tests_vhost_user_test_virtiofsd_SOURCES = tests/vhost-user/test-virtiofsd.c \
	tests/vhost-user/server.c \
	tests/vhost-user/server.h
tests_vhost_user_test_virtiofsd_CFLAGS = $(vhost_user_cflags) $(GLIB_CFLAGS)
tests_vhost_user_test_virtiofsd_LDADD = $(vhost_user_ldadd) $(GLIB_LIBS)
