/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lifting of a descriptor out of the range of the standard ones. Called
 * wherever the plugin makes one; looks at the number only, never at the file.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lift.h"

#define LOWEST (STDERR_FILENO + 1)

int vpci_lift(int fd)
{
	int copy, err;

	if (fd < 0 || fd >= LOWEST)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST);
	/* EINVAL: the limit of open files is not above LOWEST. */
	err = errno == EINVAL ? EMFILE : errno;
	close(fd);
	if (copy < 0)
		errno = err;
	return copy;
}
