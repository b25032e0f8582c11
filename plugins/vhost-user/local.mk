# SPDX-License-Identifier: BSD-3-Clause
#
# The vhost-user plugin, installed as vhost-user.so in $(backendexecdir).

if BUILD_VHOST_USER
backendexec_LTLIBRARIES += plugins/vhost-user/vhost-user.la
endif

plugins_vhost_user_vhost_user_la_CFLAGS = $(lib_cflags)
plugins_vhost_user_vhost_user_la_LDFLAGS = $(plugin_ldflags)
plugins_vhost_user_vhost_user_la_LIBADD = lib/libvirtio-poll.la $(VP_PTHREAD_LIBS)
plugins_vhost_user_vhost_user_la_SOURCES = \
	plugins/vhost-user/backchannel.c \
	plugins/vhost-user/backchannel.h \
	plugins/vhost-user/config-space.c \
	plugins/vhost-user/config-space.h \
	plugins/vhost-user/deadline.c \
	plugins/vhost-user/deadline.h \
	plugins/vhost-user/family.c \
	plugins/vhost-user/family.h \
	plugins/vhost-user/front.c \
	plugins/vhost-user/front.h \
	plugins/vhost-user/lift.c \
	plugins/vhost-user/lift.h \
	plugins/vhost-user/memory.c \
	plugins/vhost-user/memory.h \
	plugins/vhost-user/message.c \
	plugins/vhost-user/message.h \
	plugins/vhost-user/negotiate.c \
	plugins/vhost-user/negotiate.h \
	plugins/vhost-user/parking.c \
	plugins/vhost-user/parking.h \
	plugins/vhost-user/plugin.c \
	plugins/vhost-user/protocol.h \
	plugins/vhost-user/queue-stop.c \
	plugins/vhost-user/queue.c \
	plugins/vhost-user/queue.h \
	plugins/vhost-user/report.c \
	plugins/vhost-user/report.h \
	plugins/vhost-user/request.c \
	plugins/vhost-user/request.h \
	plugins/vhost-user/socket-open.c \
	plugins/vhost-user/socket.c \
	plugins/vhost-user/socket.h \
	plugins/vhost-user/status.c \
	plugins/vhost-user/status.h \
	$(NULL)
