# SPDX-License-Identifier: BSD-3-Clause
#
# Guest tier: the pci plugin with real devices, in guests of QEMU. Programs are built
# with the other tests, and run by `make check-guest` only: it takes minutes, and
# fetches a kernel the first time.

guest_helpers = \
	tests/guest/boot \
	tests/guest/pattern \
	$(NULL)

# run.sh puts them into the guest.
guest_programs = \
	tests/guest/attach \
	tests/guest/blk \
	tests/guest/events \
	tests/guest/fault \
	tests/guest/load \
	tests/guest/net \
	tests/guest/queues \
	tests/guest/ready \
	tests/guest/regions \
	tests/guest/rng \
	tests/guest/scsi \
	tests/guest/several \
	tests/guest/sigbus \
	tests/guest/wake \
	$(NULL)

if BUILD_PCI
guest_built = $(guest_helpers) $(guest_programs)
check_LTLIBRARIES += tests/guest/libguest.la
check_PROGRAMS += $(guest_built)
endif

EXTRA_DIST += \
	tests/guest/functions.sh \
	tests/guest/image.sh \
	tests/guest/init.sh \
	tests/guest/kernel.sh \
	tests/guest/machine.sh \
	tests/guest/run.sh \
	$(guest_cases) \
	$(NULL)

guest_cases = \
	tests/guest/cases/attach.sh \
	tests/guest/cases/bind.sh \
	tests/guest/cases/blk.sh \
	tests/guest/cases/close.sh \
	tests/guest/cases/events.sh \
	tests/guest/cases/fault.sh \
	tests/guest/cases/held.sh \
	tests/guest/cases/kill.sh \
	tests/guest/cases/packed.sh \
	tests/guest/cases/queues.sh \
	tests/guest/cases/refuse.sh \
	tests/guest/cases/regions.sh \
	tests/guest/cases/several.sh \
	tests/guest/cases/sigbus.sh \
	tests/guest/cases/tool.sh \
	tests/guest/cases/types.sh \
	tests/guest/cases/unplug.sh \
	tests/guest/cases/wake.sh \
	$(NULL)

tests_guest_libguest_la_LIBADD = lib/libvirtio-poll.la
tests_guest_libguest_la_SOURCES = \
	tests/guest/device.c \
	tests/guest/device.h \
	tests/guest/disk.c \
	tests/guest/disk.h \
	tests/guest/pattern.h \
	$(NULL)

guest_ldadd = tests/guest/libguest.la lib/libvirtio-poll.la $(VP_PTHREAD_LIBS)

tests_guest_boot_SOURCES = tests/guest/boot.c

tests_guest_pattern_SOURCES = tests/guest/pattern.c tests/guest/pattern.h

tests_guest_attach_SOURCES = tests/guest/attach.c
tests_guest_attach_LDADD = $(guest_ldadd)

tests_guest_blk_SOURCES = tests/guest/blk.c
tests_guest_blk_LDADD = $(guest_ldadd)

tests_guest_events_SOURCES = tests/guest/events.c
tests_guest_events_LDADD = $(guest_ldadd)

tests_guest_fault_SOURCES = tests/guest/fault.c
tests_guest_fault_LDADD = $(guest_ldadd)

tests_guest_load_SOURCES = tests/guest/load.c
tests_guest_load_LDADD = $(guest_ldadd)

tests_guest_net_SOURCES = tests/guest/net.c
tests_guest_net_LDADD = $(guest_ldadd)

tests_guest_queues_SOURCES = tests/guest/queues.c
tests_guest_queues_LDADD = $(guest_ldadd)

tests_guest_ready_SOURCES = tests/guest/ready.c
tests_guest_ready_LDADD = $(guest_ldadd)

tests_guest_regions_SOURCES = tests/guest/regions.c
tests_guest_regions_LDADD = $(guest_ldadd)

tests_guest_rng_SOURCES = tests/guest/rng.c
tests_guest_rng_LDADD = $(guest_ldadd)

tests_guest_scsi_SOURCES = tests/guest/scsi.c
tests_guest_scsi_LDADD = $(guest_ldadd)

tests_guest_several_SOURCES = tests/guest/several.c
tests_guest_several_LDADD = $(guest_ldadd)

tests_guest_sigbus_SOURCES = tests/guest/sigbus.c
tests_guest_sigbus_LDADD = $(guest_ldadd)

tests_guest_wake_SOURCES = tests/guest/wake.c
tests_guest_wake_LDADD = $(guest_ldadd)

# 77: the tier cannot run here, and run.sh has said why.
check-guest: all $(guest_built)
	@./run $(srcdir)/tests/guest/run.sh $(GUEST_CASE) || test $$? = 77

clean-local:
	rm -rf tests/guest/machine

distclean-local:
	rm -rf tests/guest/cache

.PHONY: check-guest
