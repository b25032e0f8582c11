/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unix stream sockets: how a connection comes to be, and one step of sending
 * or receiving.
 *
 * Steps never wait and never change a descriptor's flags, since a socket that
 * was handed in is shared with the program. All calls return -errno.
 */
#ifndef VHOST_USER_SOCKET_H
#define VHOST_USER_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "deadline.h"

/* Connects to the server at path. A descriptor, or -errno with a sentence. */
int vu_socket_connect(const char *path, const struct vu_deadline *deadline);

/* The socket file that vu_socket_accept made; path is NULL without one. */
struct vu_socket_file {
	char *path;
	uint64_t dev;
	uint64_t ino;
};

/*
 * Listens at path until a server connects. A descriptor, or -errno with a
 * sentence. *file is to be given to vu_socket_file_remove in either case.
 */
int vu_socket_accept(const char *path, struct vu_socket_file *file,
		     const struct vu_deadline *deadline);

/* Removes the socket file if it is still the one that was made. */
void vu_socket_file_remove(struct vu_socket_file *file);

/* Duplicates fd, which must be a connected socket. A descriptor, or -errno
 * with a sentence. */
int vu_socket_adopt(int fd);

/* Sends what goes at once, with fds on the first byte: bytes sent, or -errno,
 * -EAGAIN if nothing went. */
ssize_t vu_socket_send(int socket, const void *bytes, size_t len, const int *fds, unsigned nfds);

/* Receives what is there: bytes, 0 at the end, or -errno, -EAGAIN if there is
 * nothing. Descriptors that came along are closed and counted in *surplus. */
ssize_t vu_socket_recv(int socket, void *bytes, size_t len, unsigned *surplus);

#endif /* VHOST_USER_SOCKET_H */
