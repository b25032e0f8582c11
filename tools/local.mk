# SPDX-License-Identifier: BSD-3-Clause
#
# virtio-poll-ctl. A user of the library like any other: no header of lib/.

if BUILD_TOOL
bin_PROGRAMS += tools/virtio-poll-ctl
endif

tools_virtio_poll_ctl_LDADD = lib/libvirtio-poll.la $(VP_PTHREAD_LIBS)
tools_virtio_poll_ctl_SOURCES = \
	tools/address.c \
	tools/address.h \
	tools/backends.c \
	tools/bench-job.c \
	tools/bench-job.h \
	tools/bench.c \
	tools/blk-request.c \
	tools/blk.c \
	tools/blk.h \
	tools/command.h \
	tools/config-layout.c \
	tools/config-space.c \
	tools/config-space.h \
	tools/copy.c \
	tools/device-report.c \
	tools/device-report.h \
	tools/feature-set.c \
	tools/feature-set.h \
	tools/features.c \
	tools/file.c \
	tools/file.h \
	tools/guess.c \
	tools/guess.h \
	tools/help.c \
	tools/histogram.c \
	tools/histogram.h \
	tools/info-kernel.c \
	tools/info-pci.c \
	tools/info.c \
	tools/info.h \
	tools/interrupt.c \
	tools/interrupt.h \
	tools/list.c \
	tools/main.c \
	tools/options.c \
	tools/options.h \
	tools/pci-config.c \
	tools/pci-config.h \
	tools/pci-function.c \
	tools/pci-function.h \
	tools/probe.c \
	tools/progress.c \
	tools/progress.h \
	tools/report-collect.c \
	tools/report-json.c \
	tools/report-table.c \
	tools/report-text.c \
	tools/report-text.h \
	tools/report-tree.h \
	tools/report-value.c \
	tools/report.c \
	tools/report.h \
	tools/selftest-cases.c \
	tools/selftest-data.c \
	tools/selftest.c \
	tools/selftest.h \
	tools/sysfs.c \
	tools/sysfs.h \
	tools/transfer.c \
	tools/transfer.h \
	$(NULL)
