# SPDX-License-Identifier: BSD-3-Clause
#
# Tests of virtio-poll-ctl: shell scripts, one promise each. They share
# functions.sh and skip what is not built or not installed.

tool_tests = \
	tests/tools/address-errors.sh \
	tests/tools/backends-refused.sh \
	tests/tools/bench-bad-device.sh \
	tests/tools/bench-live-line.sh \
	tests/tools/bench-memory.sh \
	tests/tools/bench-reports.sh \
	tests/tools/bench-write-needs-yes.sh \
	tests/tools/bind-dry-run.sh \
	tests/tools/bind-puts-back.sh \
	tests/tools/bind-refuses-groups-and-absence.sh \
	tests/tools/bind-refuses-what-is-in-use.sh \
	tests/tools/bind-writes.sh \
	tests/tools/closed-descriptors.sh \
	tests/tools/colour-only-on-terminals.sh \
	tests/tools/completion.sh \
	tests/tools/control-characters.sh \
	tests/tools/copy-bad-device.sh \
	tests/tools/copy-both-ways.sh \
	tests/tools/copy-file-limit.sh \
	tests/tools/copy-huge-pages.sh \
	tests/tools/copy-impossible-limits.sh \
	tests/tools/copy-interrupted.sh \
	tests/tools/copy-keeps-holes.sh \
	tests/tools/copy-nothing.sh \
	tests/tools/copy-onto-itself.sh \
	tests/tools/copy-options.sh \
	tests/tools/copy-pads-the-end.sh \
	tests/tools/copy-progress.sh \
	tests/tools/copy-quiet.sh \
	tests/tools/copy-read-only.sh \
	tests/tools/copy-refuses-pipes.sh \
	tests/tools/copy-silent-device.sh \
	tests/tools/copy-sizes-the-target.sh \
	tests/tools/copy-target-too-small.sh \
	tests/tools/copy-verifies.sh \
	tests/tools/copy-wants-one-device.sh \
	tests/tools/copy-writes-zeroes.sh \
	tests/tools/doctor-backend-refused.sh \
	tests/tools/doctor-descriptor.sh \
	tests/tools/doctor-does-not-connect.sh \
	tests/tools/doctor-machine.sh \
	tests/tools/doctor-pci.sh \
	tests/tools/doctor-socket.sh \
	tests/tools/exit-status-matches-page.sh \
	tests/tools/features.sh \
	tests/tools/help-names-every-command.sh \
	tests/tools/info-decodes-every-type.sh \
	tests/tools/info-no-virtio.sh \
	tests/tools/info-pci-capabilities.sh \
	tests/tools/info-pci-falls-back.sh \
	tests/tools/info-pci-tells-what-sysfs-does.sh \
	tests/tools/interrupted-twice.sh \
	tests/tools/interrupted-while-opening.sh \
	tests/tools/json-matches-page.sh \
	tests/tools/list-failing-backend.sh \
	tests/tools/list-names-types-and-drivers.sh \
	tests/tools/list-nothing.sh \
	tests/tools/list-says-things-once.sh \
	tests/tools/list-tells-what-is-missing.sh \
	tests/tools/list-this-machine.sh \
	tests/tools/list-without-pci-backend.sh \
	tests/tools/long-paths-keep-the-reason.sh \
	tests/tools/machine-is-only-read.sh \
	tests/tools/needs-reset.sh \
	tests/tools/options-match-page.sh \
	tests/tools/output-that-cannot-be-written.sh \
	tests/tools/page-is-clean.sh \
	tests/tools/pci-options-are-checked.sh \
	tests/tools/probe-loopback.sh \
	tests/tools/probe-no-server.sh \
	tests/tools/probe-silent-server.sh \
	tests/tools/probe-steps-down.sh \
	tests/tools/qsd-block-size.sh \
	tests/tools/qsd-copy-both-ways.sh \
	tests/tools/qsd-failed-request.sh \
	tests/tools/qsd-killed.sh \
	tests/tools/qsd-probe.sh \
	tests/tools/qsd-read-only.sh \
	tests/tools/qsd-stopped-interrupted.sh \
	tests/tools/qsd-stopped.sh \
	tests/tools/selftest-passes.sh \
	tests/tools/selftest-without-plugin.sh \
	tests/tools/server-interrupted.sh \
	tests/tools/text-fits-80-columns-pci.sh \
	tests/tools/text-fits-80-columns.sh \
	tests/tools/usage-errors.sh \
	tests/tools/version.sh \
	tests/tools/virtiofsd-probe.sh \
	$(NULL)

# What info makes of the configuration of each type: a plugin that has any.
if BUILD_TOOL
TESTS += $(tool_tests)
check_LTLIBRARIES += tests/tools/typed.la
endif

tests_tools_typed_la_SOURCES = tests/tools/typed-plugin.c
tests_tools_typed_la_CFLAGS = $(lib_cflags)
tests_tools_typed_la_LDFLAGS = $(plugin_ldflags) -rpath $(backendexecdir)
tests_tools_typed_la_LIBADD = lib/libvirtio-poll.la

EXTRA_DIST += $(tool_tests) tests/tools/functions.sh
