/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a connection comes to be: connecting to a server that listens, or
 * listening until a server connects; and the socket file that the second
 * leaves behind.
 *
 * Never waits past the deadline, never removes a file that is not its own
 * socket or a socket that nobody listens on.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "lift.h"
#include "socket.h"

#define RETRY_MS 10

/* What to say about an errno of connect() or bind(). */
struct remedy {
	int err;
	const char *text;
};

static const struct remedy connect_remedies[] = {
	{ ENOENT, "there is no such file: start the server, or correct the path" },
	{ ECONNREFUSED, "nobody listens there: the server has ended or closed its socket" },
	{ EACCES, "permission denied: write permission on the socket and search permission on "
		  "its folders are needed" },
	{ EPERM, "permission denied by the security policy" },
	{ EPROTOTYPE, "it is a socket of another kind: vhost-user needs a stream socket" },
	{ ENOTDIR, "a part of the path is no folder" },
};

static const struct remedy listen_remedies[] = {
	{ ENOENT, "its folder does not exist: make it first" },
	{ EACCES, "permission denied: write permission on its folder is needed" },
	{ EROFS, "the file system is read-only: choose another folder" },
	{ ENOTDIR, "a part of the path is no folder" },
};

#define LOOKUP(table, err) lookup_remedy(table, sizeof(table) / sizeof((table)[0]), err)

static const char *lookup_remedy(const struct remedy *table, size_t n, int err)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].err == err)
			return table[i].text;
	return strerror(err);
}

static int make_address(const char *path, struct sockaddr_un *address)
{
	const size_t len = strlen(path);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len >= sizeof(address->sun_path))
		return virtio_set_error(ENAMETOOLONG, "the socket path has %zu bytes, the limit is "
					"%zu: use a shorter or a relative path, or fd=N: %s", len,
					sizeof(address->sun_path) - 1, path);
	memcpy(address->sun_path, path, len + 1);
	return 0;
}

static int make_socket(int type)
{
	const int fd = vu_lift(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	if (fd < 0)
		return virtio_set_error(errno, "cannot make a socket: %s", strerror(errno));
	return fd;
}

static bool is_socket(const char *path, struct stat *st)
{
	return lstat(path, st) == 0 && S_ISSOCK(st->st_mode);
}

/* One attempt: 0, -EAGAIN while the server's queue of callers is full. */
static int try_connect(int fd, const struct sockaddr_un *address)
{
	int ret;

	do {
		ret = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static int connect_failed(const char *path, int err)
{
	struct stat st;

	/* connect() says the same of a socket without a server and of a file. */
	if (err == ECONNREFUSED && stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return virtio_set_error(ENOTSOCK, "cannot connect to %s: it is no socket", path);
	return virtio_set_error(err, "cannot connect to %s: %s", path,
				LOOKUP(connect_remedies, err));
}

int vu_socket_connect(const char *path, const struct vu_deadline *deadline)
{
	struct sockaddr_un address;
	int fd, err = make_address(path, &address);

	if (err)
		return err;
	fd = make_socket(SOCK_STREAM);
	if (fd < 0)
		return fd;
	/* A full backlog gives EAGAIN, and no event tells when it is not. */
	while ((err = try_connect(fd, &address)) == -EAGAIN && vu_deadline_left(deadline) > 0)
		vu_deadline_sleep(deadline, RETRY_MS);
	if (!err)
		return fd;
	close(fd);
	if (err == -EAGAIN)
		return virtio_set_error(ETIMEDOUT, "%s did not take the connection within %d ms; "
					"the server may be busy: many serve one client at a time",
					path, deadline->budget_ms);
	return connect_failed(path, -err);
}

/*
 * Is the socket at this address bound by somebody? A stream server would take
 * a caller for its client, and some end with their only one. So it is asked as
 * for a socket of another kind: the kernel refuses that as the wrong kind if
 * there is one, as nobody's if there is none, and the server never hears of it.
 */
static int check_stale(const char *path, const struct sockaddr_un *address)
{
	const int fd = make_socket(SOCK_DGRAM);
	int err;

	if (fd < 0)
		return fd;
	err = try_connect(fd, address);
	close(fd);
	if (err == -ECONNREFUSED)
		return 0;
	return virtio_set_error(EADDRINUSE, "cannot listen at %s: another program does already; "
				"choose another path, or leave out server=on", path);
}

/* 0 if the file in the way was a socket that nobody has bound; it is gone then. */
static int clear_path(const char *path, const struct sockaddr_un *address)
{
	struct stat st;
	int err;

	if (!is_socket(path, &st))
		return virtio_set_error(EADDRINUSE, "cannot listen at %s: a file of that name "
					"exists and is no socket; it is left alone", path);
	err = check_stale(path, address);
	if (err)
		return err;
	if (unlink(path) < 0 && errno != ENOENT)
		return virtio_set_error(errno, "cannot replace the stale socket %s: %s", path,
					strerror(errno));
	return 0;
}

static int try_bind(int fd, const struct sockaddr_un *address)
{
	return bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
}

static int bind_and_listen(int fd, const char *path, struct vu_socket_file *file)
{
	struct sockaddr_un address;
	struct stat st;
	int err = make_address(path, &address);

	if (err)
		return err;
	err = try_bind(fd, &address);
	if (err == -EADDRINUSE) {
		err = clear_path(path, &address);
		if (err)
			return err;
		err = try_bind(fd, &address);
	}
	if (err)
		return virtio_set_error(-err, "cannot listen at %s: %s", path,
					LOOKUP(listen_remedies, -err));
	if (!is_socket(path, &st))
		return virtio_set_error(ENOENT, "the socket %s vanished while it was made", path);
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->path = strdup(path);
	if (!file->path)
		return virtio_set_error(ENOMEM, "out of memory");
	if (listen(fd, 1) < 0)
		return virtio_set_error(errno, "cannot listen at %s: %s", path, strerror(errno));
	return 0;
}

static int wait_for_server(int listener, const char *path, const struct vu_deadline *deadline)
{
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	int fd;

	for (;;) {
		fd = vu_lift(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			return virtio_set_error(errno, "cannot accept a connection at %s: %s", path,
						strerror(errno));
		if (vu_deadline_left(deadline) == 0)
			return virtio_set_error(ETIMEDOUT, "no server connected to %s within %d "
						"ms: start it in client mode", path,
						deadline->budget_ms);
		poll(&poller, 1, vu_deadline_left(deadline));
	}
}

/* VU-FRAME-7. One server is served: the listening socket ends with the call. */
int vu_socket_accept(const char *path, struct vu_socket_file *file,
		     const struct vu_deadline *deadline)
{
	const int listener = make_socket(SOCK_STREAM);
	int ret;

	if (listener < 0)
		return listener;
	ret = bind_and_listen(listener, path, file);
	if (ret == 0)
		ret = wait_for_server(listener, path, deadline);
	close(listener);
	return ret;
}

void vu_socket_file_remove(struct vu_socket_file *file)
{
	struct stat st;

	if (file->path && is_socket(file->path, &st) && st.st_dev == file->dev &&
	    st.st_ino == file->ino)
		unlink(file->path);
	free(file->path);
	*file = (struct vu_socket_file){ .path = NULL };
}
