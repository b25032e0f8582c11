/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtio_user_dev_init, the front of the `vhost-user` plugin under the name
 * that ported programs call.
 *
 * It writes the address that says the same and opens it; the protocol is the
 * plugin's affair.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/vhost-user.h>

#include "call.h"
#include "open.h"

#define MAX_QUEUE_SIZE 32768

/*
 * A path is meant as a path: its commas are doubled, and a name that the
 * plugin would read as "fd=N" gets its folder in front.
 */
static char *make_address(const char *path, uint32_t queue_size)
{
	static const char prefix[] = "vhost-user:";
	static const char here[] = "./";
	char *address = malloc(sizeof(prefix) + sizeof(here) + 2 * strlen(path) +
			       sizeof(",queue-size=32768"));
	char *at = address;

	if (!address)
		return NULL;
	at = stpcpy(at, prefix);
	if (strncmp(path, "fd=", 3) == 0)
		at = stpcpy(at, here);
	for (; *path; path++) {
		*at++ = *path;
		if (*path == ',')
			*at++ = ',';
	}
	*at = '\0';
	if (queue_size)
		sprintf(at, ",queue-size=%u", queue_size);
	return address;
}

static int check_arguments(const char *path, uint32_t queue_size)
{
	if (!path || !*path)
		return virtio_set_error(EINVAL, "the path of the socket is %s",
					path ? "empty" : "NULL");
	if (queue_size > MAX_QUEUE_SIZE || (queue_size & (queue_size - 1)) != 0)
		return virtio_set_error(EINVAL, "the queue size is %u: it is a power of 2 up to "
					"%d, or 0 for the default", queue_size, MAX_QUEUE_SIZE);
	return 0;
}

int virtio_user_dev_init(struct virtio_dev *vdev, const char *name, const char *path,
			 uint32_t queue_size)
{
	CALL("virtio_user_dev_init", DEFAULT_TIMEOUT_MS);
	char *address;
	int err = open_check(vdev, name);

	if (err)
		return err;
	memset(vdev, 0, sizeof(*vdev));
	err = check_arguments(path, queue_size);
	if (err)
		return err;
	address = make_address(path, queue_size);
	if (!address)
		return virtio_set_error(ENOMEM, "no memory for the address of \"%s\"", path);
	err = virtio_dev_open(vdev, name, address);
	free(address);
	return err;
}
