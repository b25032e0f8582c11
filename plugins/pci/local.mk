# SPDX-License-Identifier: BSD-3-Clause
#
# The pci plugin, installed as pci.so in $(backendexecdir). All of it but its
# entry is compiled once, into an archive that the unit tests link as well.

if BUILD_PCI
backendexec_LTLIBRARIES += plugins/pci/pci.la
noinst_LTLIBRARIES += plugins/pci/libvpci.la
endif

plugins_pci_pci_la_CFLAGS = $(lib_cflags)
plugins_pci_pci_la_LDFLAGS = $(plugin_ldflags)
plugins_pci_pci_la_LIBADD = \
	plugins/pci/libvpci.la \
	lib/libvirtio-poll.la \
	$(PCIACCESS_LIBS) \
	$(VP_PTHREAD_LIBS)
plugins_pci_pci_la_SOURCES = \
	plugins/pci/plugin.c

plugins_pci_libvpci_la_CFLAGS = $(lib_cflags) $(PCIACCESS_CFLAGS)
plugins_pci_libvpci_la_SOURCES = \
	plugins/pci/access-sysfs.c \
	plugins/pci/access.c \
	plugins/pci/access.h \
	plugins/pci/attach.c \
	plugins/pci/attach.h \
	plugins/pci/bus.c \
	plugins/pci/bus.h \
	plugins/pci/caps-read.c \
	plugins/pci/caps-read.h \
	plugins/pci/caps.c \
	plugins/pci/caps.h \
	plugins/pci/claim.c \
	plugins/pci/claim.h \
	plugins/pci/common.c \
	plugins/pci/common.h \
	plugins/pci/config-layout.c \
	plugins/pci/config-layout.h \
	plugins/pci/config-need.c \
	plugins/pci/config-need.h \
	plugins/pci/config-space.c \
	plugins/pci/config-space.h \
	plugins/pci/device.c \
	plugins/pci/device.h \
	plugins/pci/function.c \
	plugins/pci/function.h \
	plugins/pci/group.c \
	plugins/pci/group.h \
	plugins/pci/iova.c \
	plugins/pci/iova.h \
	plugins/pci/irq.c \
	plugins/pci/irq.h \
	plugins/pci/lift.c \
	plugins/pci/lift.h \
	plugins/pci/loss.c \
	plugins/pci/loss.h \
	plugins/pci/mapping.c \
	plugins/pci/mapping.h \
	plugins/pci/memlock.c \
	plugins/pci/memlock.h \
	plugins/pci/missing.c \
	plugins/pci/missing.h \
	plugins/pci/node.c \
	plugins/pci/node.h \
	plugins/pci/pages.c \
	plugins/pci/pages.h \
	plugins/pci/queue.c \
	plugins/pci/queue.h \
	plugins/pci/regs.h \
	plugins/pci/report.c \
	plugins/pci/report.h \
	plugins/pci/space.c \
	plugins/pci/space.h \
	plugins/pci/sysfs.c \
	plugins/pci/sysfs.h \
	plugins/pci/vfio-cdev.c \
	plugins/pci/vfio-group.c \
	plugins/pci/vfio-irq.c \
	plugins/pci/vfio-region.c \
	plugins/pci/vfio-type1.c \
	plugins/pci/vfio-uapi.c \
	plugins/pci/vfio-uapi.h \
	plugins/pci/vfio.c \
	plugins/pci/vfio.h \
	plugins/pci/window.c \
	plugins/pci/window.h \
	$(NULL)
