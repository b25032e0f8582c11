/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lifting of a descriptor out of the range of the standard ones, called
 * wherever the library makes one that it keeps.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>

#include "lift.h"

int fd_lift(int fd)
{
	int lifted, error;

	if (fd < 0 || fd >= LIFT_LOWEST)
		return fd;
	lifted = fcntl(fd, F_DUPFD_CLOEXEC, LIFT_LOWEST);
	error = errno;
	close(fd);
	errno = error;
	return lifted;
}
