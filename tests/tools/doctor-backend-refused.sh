#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A plugin that was refused is a FAIL of doctor, and its status 1.

. "$(dirname "$0")/functions.sh"

needs jq
fake_machine
mkdir plugins
echo nonsense >plugins/broken.so
VIRTIO_POLL_PLUGIN_PATH=$tmp/plugins:${VIRTIO_POLL_PLUGIN_PATH-}
export VIRTIO_POLL_PLUGIN_PATH
try 1 doctor --json
says FAIL backends 'plugins/broken.so was refused: ' 'backends'
json '.failed == 1'
try 1 doctor --json broken:x
says FAIL backend 'broken is there and was refused' 'backends'
