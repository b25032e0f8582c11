/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * doctor: a vhost-user address. The server is not connected to, since some end with
 * their only client.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "doctor.h"
#include "holder.h"
#include "sysfs.h"
#include "unix-listener.h"

/* The longest path of a socket, without its end. */
#define PATH_LIMIT (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static void check_clients(struct doctor *d, const struct unix_listener *l)
{
	if (l->clients)
		doctor_say(d, WARN, "clients", "end the client there is, if the server "
			   "serves one at a time, as most do", "%u connection%s to it", l->clients,
			   l->clients == 1 ? "" : "s");
	else if (l->inode)
		doctor_say(d, PASS, "clients", NULL, "none is connected");
}

static void check_listener(struct doctor *d, const char *path)
{
	struct unix_listener l;
	struct holder holder;

	unix_listener_find(path, &l);
	switch (l.state) {
	case UNIX_SOMEBODY:
		if (holder_of_socket(l.inode, &holder))
			doctor_say(d, PASS, "server", NULL, "process %ld (%s) listens", holder.pid,
				   holder.name);
		else
			doctor_say(d, PASS, "server", NULL, "a process that cannot be seen from "
				   "here listens");
		check_clients(d, &l);
		break;
	case UNIX_NOBODY:
		doctor_say(d, FAIL, "server", "start it; a server that has ended leaves its "
			   "socket's file behind", "nobody listens on that socket");
		break;
	case UNIX_OTHER_KIND:
		doctor_say(d, FAIL, "server", "give the path of the server's socket",
			   "a socket of another kind: vhost-user needs a stream socket");
		break;
	case UNIX_UNKNOWN:
		doctor_say(d, SKIP, "server", NULL, "whether somebody listens cannot be asked");
	}
}

static void check_permission(struct doctor *d, const char *path)
{
	char fix[SYSFS_PATH];

	if (!faccessat(AT_FDCWD, path, W_OK, AT_EACCESS)) {
		doctor_say(d, PASS, "permission", NULL, "you may connect");
		return;
	}
	snprintf(fix, sizeof(fix), "chgrp a group of yours and chmod g+w %.256s, or start the "
		 "server as yourself", path);
	doctor_say(d, FAIL, "permission", fix, "you may not connect: %s", strerror(errno));
}

static void check_file(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(path, &st)) {
		doctor_say(d, FAIL, "socket", errno == EACCES ?
			   "ask for permission to search each folder of the path (chmod +x)" :
			   "start the server, or correct the path", "%s: %s", path,
			   strerror(errno));
		return;
	}
	if (!S_ISSOCK(st.st_mode)) {
		doctor_say(d, FAIL, "socket", "give the path of the server's socket",
			   "%s is there and is no socket", path);
		return;
	}
	doctor_say(d, PASS, "socket", NULL, "%s is a socket", path);
	check_permission(d, path);
	check_listener(d, path);
}

/* The folder where a socket shall be made: each part of the path but the last. */
static void check_folder(struct doctor *d, const char *path)
{
	char folder[PATH_MAX];
	size_t len = (size_t)(strrchr(path, '/') - path);

	snprintf(folder, sizeof(folder), "%.*s", (int)(len ? len : 1), path);
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS))
		doctor_say(d, FAIL, "socket", "make the folder, or choose one that you may write",
			   "%s: %s", folder, strerror(errno));
	else
		doctor_say(d, PASS, "socket", NULL, "it can be made in %s; the device connects",
			   folder);
}

/* server=on: this program will make the socket, and the device connects. */
static void check_place(struct doctor *d, const char *path)
{
	struct stat st;
	struct unix_listener l;

	if (stat(path, &st)) {
		check_folder(d, strchr(path, '/') ? path : "./");
		return;
	}
	if (!S_ISSOCK(st.st_mode)) {
		doctor_say(d, FAIL, "socket", "choose another path",
			   "%s is there and is no socket", path);
		return;
	}
	unix_listener_find(path, &l);
	if (l.state == UNIX_NOBODY)
		doctor_say(d, PASS, "socket", NULL, "nobody listens on %s: it will be replaced",
			   path);
	else
		doctor_say(d, FAIL, "socket", "choose another path, or leave out server=on",
			   "%s belongs to a program that %s", path,
			   l.state == UNIX_UNKNOWN ? "may listen" : "listens");
}

/* Of a socket: a figure, or -1. */
static int option_of(int fd, int name)
{
	int value;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) ? -1 : value;
}

/* "vhost-user:fd=5": a socket that is open already. */
static void check_descriptor(struct doctor *d, const char *number)
{
	char *end;
	unsigned long fd = strtoul(number, &end, 10);
	struct sockaddr_un peer;
	socklen_t len = sizeof(peer);
	struct stat st;

	if (!isdigit((unsigned char)*number) || *end)
		doctor_say(d, FAIL, "socket", "write fd=N; a path of that name is ./fd=...",
			   "fd=%s is not the number of a descriptor", number);
	else if (fd > INT_MAX || fstat((int)fd, &st))
		doctor_say(d, FAIL, "socket", "hand the descriptor over to this program",
			   "descriptor %s is not open", number);
	else if (!S_ISSOCK(st.st_mode))
		doctor_say(d, FAIL, "socket", "hand over a connected socket",
			   "descriptor %s is no socket", number);
	else if (option_of((int)fd, SO_DOMAIN) != AF_UNIX ||
		 option_of((int)fd, SO_TYPE) != SOCK_STREAM)
		doctor_say(d, FAIL, "socket", "hand over a unix stream socket",
			   "descriptor %s is a socket of another kind", number);
	else if (getpeername((int)fd, (struct sockaddr *)&peer, &len))
		doctor_say(d, FAIL, "socket", "connect it first",
			   "descriptor %s is not connected", number);
	else
		doctor_say(d, PASS, "socket", NULL, "descriptor %s is a connected socket",
			   number);
}

/* Unless it is switched off, "server" is on. */
static bool asks_for_server(const char *address)
{
	static const char *const off[] = { "=off", "=no", "=false", "=0" };
	const char *value = address_option(address, "server");

	for (unsigned i = 0; value && i < sizeof(off) / sizeof(*off); i++)
		if (strlen(off[i]) == strcspn(value, ",") &&
		    !strncmp(value, off[i], strlen(off[i])))
			return false;
	return value;
}

void doctor_check_socket(struct doctor *d, const char *address)
{
	char path[PATH_MAX];

	address_copy(strchr(address, ':') + 1, path, sizeof(path));
	if (!strncmp(path, "fd=", 3))
		check_descriptor(d, path + 3);
	else if (!*path)
		doctor_say(d, FAIL, "socket", "write vhost-user:/path/of/socket, or "
			   "vhost-user:fd=N", "there is none in the address");
	else if (strlen(path) > PATH_LIMIT)
		doctor_say(d, FAIL, "socket", "use a shorter or a relative path, or fd=N",
			   "the path has %zu bytes, the limit is %zu", strlen(path), PATH_LIMIT);
	else if (asks_for_server(address))
		check_place(d, path);
	else
		check_file(d, path);
	doctor_say(d, SKIP, "locked memory", NULL, "irrelevant: memory is shared, not locked");
}
