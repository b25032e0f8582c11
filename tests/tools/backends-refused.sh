#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# backends shows a plugin that was refused, with the reason.

. "$(dirname "$0")/functions.sh"

needs jq
mkdir plugins
echo 'no shared object' >plugins/broken.so
VIRTIO_POLL_PLUGIN_PATH=$tmp/plugins:${VIRTIO_POLL_PLUGIN_PATH-}
export VIRTIO_POLL_PLUGIN_PATH
try 0 backends --json
json '.backends[] | select(.name == "broken") | .reason != null and .version == null'
try 0 backends
has out '^broken' '^  state  *refused' '^  reason  '
