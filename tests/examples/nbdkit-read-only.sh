#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A device that cannot be written is served read-only.

. "$(dirname "$0")/nbdkit-functions.sh"

needs_loopback
needs nbdinfo nbdcopy
random_file image $((512 * 1000))
cp image before
serve_nbd "loopback:blk,file=$tmp/image,readonly"
runs nbdinfo --is readonly "$uri"
runs nbdcopy "$uri" copy
same before copy
refused nbdcopy before "$uri"
end_nbd
same before image
