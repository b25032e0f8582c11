# SPDX-License-Identifier: BSD-3-Clause
#
# PCI tier: the rooms of the pci plugin, without a machine that has devices.
# Configuration space is bytes, libpciaccess and the device are made here.
#
# For each program: its name in `pci_tests`, and
#	tests_pci_NAME_SOURCES = tests/pci/NAME.c
#	tests_pci_NAME_CPPFLAGS = $(pci_cppflags)
#	tests_pci_NAME_CFLAGS = $(unit_cflags)
#	tests_pci_NAME_LDADD = $(pci_ldadd)

pci_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins/pci -I$(top_srcdir)/tests/unit
pci_ldadd = plugins/pci/libvpci.la lib/libcore.la $(CHECK_LIBS) $(PCIACCESS_LIBS) \
	$(VP_PTHREAD_LIBS)
pci_bus_ldadd = plugins/pci/libvpci.la lib/libcore.la $(CHECK_LIBS) $(VP_PTHREAD_LIBS)

if BUILD_PCI
if HAVE_CHECK
pci_tests = \
	tests/pci/test-attach \
	tests/pci/test-bus \
	tests/pci/test-caps \
	tests/pci/test-caps-hostile \
	tests/pci/test-caps-random \
	tests/pci/test-caps-read \
	tests/pci/test-config-access \
	tests/pci/test-doorbell \
	tests/pci/test-function \
	tests/pci/test-gone \
	tests/pci/test-huge-pages \
	tests/pci/test-iova \
	tests/pci/test-loss \
	tests/pci/test-negotiate \
	tests/pci/test-offer \
	tests/pci/test-pages \
	tests/pci/test-queue \
	tests/pci/test-removal \
	tests/pci/test-reset \
	tests/pci/test-space \
	tests/pci/test-space-share \
	tests/pci/test-vectors \
	tests/pci/test-vfio \
	tests/pci/test-watch \
	tests/pci/test-way-sysfs \
	tests/pci/test-window \
	$(NULL)
check_PROGRAMS += $(pci_tests)
TESTS += $(pci_tests)
check_LTLIBRARIES += tests/pci/libfake.la
endif
endif

# A function made of bytes, which the plugin opens as it opens a real one.
pci_fake_ldadd = tests/pci/libfake.la $(pci_ldadd)

tests_pci_libfake_la_CPPFLAGS = $(pci_cppflags)
tests_pci_libfake_la_CFLAGS = $(unit_cflags)
tests_pci_libfake_la_SOURCES = \
	tests/pci/config-bytes.c \
	tests/pci/config-bytes.h \
	tests/pci/fake-function.c \
	tests/pci/fake-function.h \
	tests/pci/fake-inside.h \
	tests/pci/fake-registers.c \
	tests/pci/fake-way.c \
	tests/unit/unit.h

tests_pci_test_bus_SOURCES = tests/pci/test-bus.c \
	$(pci_fake_bus) \
	$(pci_fake_sysfs) \
	tests/unit/unit.h
tests_pci_test_bus_CPPFLAGS = $(pci_cppflags)
tests_pci_test_bus_CFLAGS = $(unit_cflags) $(PCIACCESS_CFLAGS)
tests_pci_test_bus_LDADD = $(pci_bus_ldadd)

tests_pci_test_caps_SOURCES = tests/pci/test-caps.c \
	tests/pci/config-bytes.c \
	tests/pci/config-bytes.h \
	tests/unit/unit.h
tests_pci_test_caps_CPPFLAGS = $(pci_cppflags)
tests_pci_test_caps_CFLAGS = $(unit_cflags)
tests_pci_test_caps_LDADD = $(pci_ldadd)

tests_pci_test_caps_hostile_SOURCES = tests/pci/test-caps-hostile.c \
	tests/pci/config-bytes.c \
	tests/pci/config-bytes.h \
	tests/unit/unit.h
tests_pci_test_caps_hostile_CPPFLAGS = $(pci_cppflags)
tests_pci_test_caps_hostile_CFLAGS = $(unit_cflags)
tests_pci_test_caps_hostile_LDADD = $(pci_ldadd)

tests_pci_test_caps_random_SOURCES = tests/pci/test-caps-random.c \
	tests/pci/config-bytes.c \
	tests/pci/config-bytes.h \
	tests/unit/unit.h
tests_pci_test_caps_random_CPPFLAGS = $(pci_cppflags)
tests_pci_test_caps_random_CFLAGS = $(unit_cflags)
tests_pci_test_caps_random_LDADD = $(pci_ldadd)

tests_pci_test_caps_read_SOURCES = tests/pci/test-caps-read.c \
	tests/pci/config-bytes.c \
	tests/pci/config-bytes.h \
	tests/unit/unit.h
tests_pci_test_caps_read_CPPFLAGS = $(pci_cppflags)
tests_pci_test_caps_read_CFLAGS = $(unit_cflags)
tests_pci_test_caps_read_LDADD = $(pci_ldadd)

# What is linked in place of libpciaccess, and of the reader of /sys.
pci_fake_bus = \
	tests/pci/fake-bus.c \
	tests/pci/fake-bus.h
pci_fake_sysfs = \
	tests/pci/fake-sysfs.c \
	tests/pci/fake-sysfs.h

tests_pci_test_attach_SOURCES = tests/pci/test-attach.c \
	$(pci_fake_bus) \
	$(pci_fake_sysfs) \
	tests/pci/config-bytes.h \
	tests/unit/unit.h
tests_pci_test_attach_CPPFLAGS = $(pci_cppflags)
tests_pci_test_attach_CFLAGS = $(unit_cflags) $(PCIACCESS_CFLAGS)
tests_pci_test_attach_LDADD = tests/pci/libfake.la $(pci_bus_ldadd)

tests_pci_test_offer_SOURCES = tests/pci/test-offer.c \
	$(pci_fake_bus) \
	$(pci_fake_sysfs) \
	tests/pci/config-bytes.h \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_offer_CPPFLAGS = $(pci_cppflags)
tests_pci_test_offer_CFLAGS = $(unit_cflags) $(PCIACCESS_CFLAGS)
tests_pci_test_offer_LDADD = tests/pci/libfake.la $(pci_bus_ldadd)
tests_pci_test_offer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=vpci_access_find

tests_pci_test_huge_pages_SOURCES = tests/pci/test-huge-pages.c \
	$(pci_fake_sysfs) \
	tests/unit/unit.h
tests_pci_test_huge_pages_CPPFLAGS = $(pci_cppflags)
tests_pci_test_huge_pages_CFLAGS = $(unit_cflags)
tests_pci_test_huge_pages_LDADD = $(pci_ldadd)
tests_pci_test_huge_pages_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=opendir,--wrap=vpci_read_text

tests_pci_test_way_sysfs_SOURCES = tests/pci/test-way-sysfs.c \
	$(pci_fake_sysfs) \
	tests/unit/unit.h
tests_pci_test_way_sysfs_CPPFLAGS = $(pci_cppflags)
tests_pci_test_way_sysfs_CFLAGS = $(unit_cflags)
tests_pci_test_way_sysfs_LDADD = $(pci_ldadd)
tests_pci_test_way_sysfs_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=vpci_pages_check

tests_pci_test_function_SOURCES = tests/pci/test-function.c \
	$(pci_fake_sysfs) \
	tests/unit/unit.h
tests_pci_test_function_CPPFLAGS = $(pci_cppflags)
tests_pci_test_function_CFLAGS = $(unit_cflags)
tests_pci_test_function_LDADD = $(pci_ldadd)

tests_pci_test_window_SOURCES = tests/pci/test-window.c \
	tests/unit/unit.h
tests_pci_test_window_CPPFLAGS = $(pci_cppflags)
tests_pci_test_window_CFLAGS = $(unit_cflags)
tests_pci_test_window_LDADD = $(pci_ldadd)

tests_pci_test_config_access_SOURCES = tests/pci/test-config-access.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_config_access_CPPFLAGS = $(pci_cppflags)
tests_pci_test_config_access_CFLAGS = $(unit_cflags)
tests_pci_test_config_access_LDADD = $(pci_fake_ldadd)

tests_pci_test_doorbell_SOURCES = tests/pci/test-doorbell.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_doorbell_CPPFLAGS = $(pci_cppflags)
tests_pci_test_doorbell_CFLAGS = $(unit_cflags)
tests_pci_test_doorbell_LDADD = $(pci_fake_ldadd)

tests_pci_test_gone_SOURCES = tests/pci/test-gone.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_gone_CPPFLAGS = $(pci_cppflags)
tests_pci_test_gone_CFLAGS = $(unit_cflags)
tests_pci_test_gone_LDADD = $(pci_fake_ldadd)

tests_pci_test_loss_SOURCES = tests/pci/test-loss.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_loss_CPPFLAGS = $(pci_cppflags)
tests_pci_test_loss_CFLAGS = $(unit_cflags)
tests_pci_test_loss_LDADD = $(pci_fake_ldadd)

tests_pci_test_negotiate_SOURCES = tests/pci/test-negotiate.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_negotiate_CPPFLAGS = $(pci_cppflags)
tests_pci_test_negotiate_CFLAGS = $(unit_cflags)
tests_pci_test_negotiate_LDADD = $(pci_fake_ldadd)

tests_pci_test_queue_SOURCES = tests/pci/test-queue.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_queue_CPPFLAGS = $(pci_cppflags)
tests_pci_test_queue_CFLAGS = $(unit_cflags)
tests_pci_test_queue_LDADD = $(pci_fake_ldadd)

tests_pci_test_removal_SOURCES = tests/pci/test-removal.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_removal_CPPFLAGS = $(pci_cppflags)
tests_pci_test_removal_CFLAGS = $(unit_cflags)
tests_pci_test_removal_LDADD = $(pci_fake_ldadd)

tests_pci_test_reset_SOURCES = tests/pci/test-reset.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_reset_CPPFLAGS = $(pci_cppflags)
tests_pci_test_reset_CFLAGS = $(unit_cflags)
tests_pci_test_reset_LDADD = $(pci_fake_ldadd)

tests_pci_test_vectors_SOURCES = tests/pci/test-vectors.c \
	tests/pci/fake-function.h \
	tests/unit/unit.h
tests_pci_test_vectors_CPPFLAGS = $(pci_cppflags)
tests_pci_test_vectors_CFLAGS = $(unit_cflags)
tests_pci_test_vectors_LDADD = $(pci_fake_ldadd)

tests_pci_test_iova_SOURCES = tests/pci/test-iova.c \
	tests/unit/unit.h
tests_pci_test_iova_CPPFLAGS = $(pci_cppflags)
tests_pci_test_iova_CFLAGS = $(unit_cflags)
tests_pci_test_iova_LDADD = $(pci_ldadd)

tests_pci_test_pages_SOURCES = tests/pci/test-pages.c \
	tests/unit/unit.h
tests_pci_test_pages_CPPFLAGS = $(pci_cppflags)
tests_pci_test_pages_CFLAGS = $(unit_cflags)
tests_pci_test_pages_LDADD = $(pci_ldadd)
tests_pci_test_pages_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mlock

# An IOMMU that notes down what is mapped.
pci_fake_iommu = \
	tests/pci/fake-iommu.c \
	tests/pci/fake-iommu.h

tests_pci_test_space_share_SOURCES = tests/pci/test-space-share.c \
	$(pci_fake_iommu) \
	tests/unit/unit.h
tests_pci_test_space_share_CPPFLAGS = $(pci_cppflags)
tests_pci_test_space_share_CFLAGS = $(unit_cflags)
tests_pci_test_space_share_LDADD = $(pci_ldadd)

tests_pci_test_space_SOURCES = tests/pci/test-space.c \
	$(pci_fake_iommu) \
	tests/unit/unit.h
tests_pci_test_space_CPPFLAGS = $(pci_cppflags)
tests_pci_test_space_CFLAGS = $(unit_cflags)
tests_pci_test_space_LDADD = $(pci_ldadd)

tests_pci_test_vfio_SOURCES = tests/pci/test-vfio.c \
	tests/unit/unit.h
tests_pci_test_vfio_CPPFLAGS = $(pci_cppflags)
tests_pci_test_vfio_CFLAGS = $(unit_cflags)
tests_pci_test_vfio_LDADD = $(pci_ldadd)
tests_pci_test_vfio_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ioctl

tests_pci_test_watch_SOURCES = tests/pci/test-watch.c \
	tests/pci/fake-inside.h \
	tests/unit/unit.h
tests_pci_test_watch_CPPFLAGS = $(pci_cppflags)
tests_pci_test_watch_CFLAGS = $(unit_cflags)
tests_pci_test_watch_LDADD = $(pci_fake_ldadd)
