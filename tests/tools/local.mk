# SPDX-License-Identifier: BSD-3-Clause
#
# Tests of virtio-poll-ctl: shell scripts, one promise each. They share
# functions.sh and skip what is not built or not installed.

tool_tests = \
	tests/tools/address-errors.sh \
	tests/tools/backends-refused.sh \
	tests/tools/bench-bad-device.sh \
	tests/tools/bench-memory.sh \
	tests/tools/bench-reports.sh \
	tests/tools/bench-write-needs-yes.sh \
	tests/tools/closed-descriptors.sh \
	tests/tools/control-characters.sh \
	tests/tools/copy-bad-device.sh \
	tests/tools/copy-both-ways.sh \
	tests/tools/copy-impossible-limits.sh \
	tests/tools/copy-interrupted.sh \
	tests/tools/copy-nothing.sh \
	tests/tools/copy-options.sh \
	tests/tools/copy-pads-the-end.sh \
	tests/tools/copy-progress.sh \
	tests/tools/copy-quiet.sh \
	tests/tools/copy-read-only.sh \
	tests/tools/copy-refuses-pipes.sh \
	tests/tools/copy-silent-device.sh \
	tests/tools/copy-sizes-the-target.sh \
	tests/tools/copy-target-too-small.sh \
	tests/tools/copy-wants-one-device.sh \
	tests/tools/features.sh \
	tests/tools/help-names-every-command.sh \
	tests/tools/info-no-virtio.sh \
	tests/tools/info-pci-capabilities.sh \
	tests/tools/info-pci-tells-what-sysfs-does.sh \
	tests/tools/list-failing-backend.sh \
	tests/tools/list-names-types-and-drivers.sh \
	tests/tools/list-nothing.sh \
	tests/tools/list-this-machine.sh \
	tests/tools/needs-reset.sh \
	tests/tools/options-match-page.sh \
	tests/tools/output-that-cannot-be-written.sh \
	tests/tools/page-is-clean.sh \
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
	tests/tools/text-fits-80-columns.sh \
	tests/tools/usage-errors.sh \
	tests/tools/version.sh \
	tests/tools/virtiofsd-probe.sh \
	$(NULL)

if BUILD_TOOL
TESTS += $(tool_tests)
endif

EXTRA_DIST += $(tool_tests) tests/tools/functions.sh
