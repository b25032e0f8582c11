#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# What nbdkit is told wrong it is told about, before it serves anything.

. "$(dirname "$0")/nbdkit-functions.sh"

# complains PATTERN PARAMETER...
complains () {
	pattern=$1
	shift
	rm -f no
	LD_PRELOAD=$preload refused nbdkit -f -U "$tmp/no" "$plugin" "$@"
	has err "$pattern"
}

complains 'which device'
complains "parameter 'device' is" device=loopback:blk device=loopback:blk
complains "parameter 'colour' is" loopback:blk colour=red
complains 'timeout' loopback:blk timeout=0
complains 'timeout' loopback:blk timeout=soon
complains 'there is no backend "nowhere"' nowhere:disk
complains 'virtio_dev_open: ' vhost-user:/nonexistent/socket
LD_PRELOAD=$preload runs nbdkit "$plugin" --help
has out 'device=BACKEND:ADDRESS'
needs_loopback
complains 'colour' loopback:blk,colour=red
complains 'features' loopback:blk,fault=features-refused
complains 'virtio_dev_read_dev_config' loopback:blk,fault=config-short
