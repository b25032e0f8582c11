#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# selftest without the loopback plugin is skipped, not passed.

. "$(dirname "$0")/functions.sh"

mkdir plugins
VIRTIO_POLL_PLUGIN_PATH=$tmp/plugins
export VIRTIO_POLL_PLUGIN_PATH
virtio-poll-ctl backends | grep -qx loopback && skip 'the loopback plugin is installed here'
try 77 selftest
has err 'loopback'
