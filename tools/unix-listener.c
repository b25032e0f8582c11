/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See unix-listener.h. Whether: a socket for datagrams cannot be connected to one
 * for streams, but the error differs where there is none, and nobody is bothered.
 * Who: a dump (sock_diag) of all unix sockets of this network name space, each with
 * the inode and device of its file, since names may be relative, of another mount
 * name space, or changed since.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "unix-listener.h"

#define PATIENCE_S 2

/* States of sockets, those of TCP. */
#define CONNECTED 1
#define LISTENS 10

/* Of a device number inside the kernel. */
#define MINOR_BITS 20

/* What the kernel says of one socket. */
struct told {
	const struct unix_diag_msg *msg;
	const struct unix_diag_vfs *vfs;	/* NULL if it has no file */
	char name[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
};

static bool ask(int fd)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} message = {
		.header = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.request = {
			.sdiag_family = AF_UNIX,
			.udiag_states = UINT32_MAX,
			.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS,
		},
	};

	return !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	       send(fd, &message, sizeof(message), 0) == (ssize_t)sizeof(message);
}

/* An attribute: a header of two words of 16 bits, and what it holds. */
static void read_attribute(const struct nlattr *a, struct told *told)
{
	size_t len = a->nla_len - NLA_HDRLEN;
	const char *value = (const char *)a + NLA_HDRLEN;

	if (a->nla_type == UNIX_DIAG_VFS && len >= sizeof(*told->vfs)) {
		told->vfs = (const void *)value;
	} else if (a->nla_type == UNIX_DIAG_NAME && len < sizeof(told->name)) {
		memcpy(told->name, value, len);
		told->name[len] = '\0';
	}
}

static bool read_message(const struct nlmsghdr *h, struct told *told)
{
	const char *p = (const char *)NLMSG_DATA(h), *end = (const char *)h + h->nlmsg_len;

	*told = (struct told){ .msg = NLMSG_DATA(h) };
	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*told->msg)))
		return false;
	p += NLMSG_ALIGN(sizeof(*told->msg));
	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > (size_t)(end - p))
			break;
		read_attribute(a, told);
		p += NLA_ALIGN(a->nla_len);
	}
	return true;
}

/* Inodes have 32 bits here. Some filesystems tell stat() of another device than
 * their own, so an absolute name that leads to the same file will do as well. */
static bool is_of_file(const struct told *told, const struct stat *file)
{
	struct stat theirs;

	if (told->vfs && told->vfs->udiag_vfs_ino == (uint32_t)file->st_ino &&
	    told->vfs->udiag_vfs_dev >> MINOR_BITS == major(file->st_dev) &&
	    (told->vfs->udiag_vfs_dev & ((1u << MINOR_BITS) - 1)) == minor(file->st_dev))
		return true;
	return told->name[0] == '/' && !stat(told->name, &theirs) &&
	       theirs.st_dev == file->st_dev && theirs.st_ino == file->st_ino;
}

static void take(const struct told *told, struct unix_listener *l)
{
	if (told->msg->udiag_type != SOCK_STREAM)
		l->state = UNIX_OTHER_KIND;
	else if (told->msg->udiag_state == LISTENS)
		l->inode = told->msg->udiag_ino;
	else if (told->msg->udiag_state == CONNECTED)
		l->clients++;
}

/* The messages of one datagram; false after the last of all, and at an error. */
static bool read_datagram(const char *bytes, size_t len, const struct stat *file,
			  struct unix_listener *l)
{
	const char *p = bytes, *end = bytes + len;
	const struct nlmsghdr *h;
	struct told told;

	/* The last one may end before its alignment does. */
	for (; end - p >= NLMSG_HDRLEN; p += NLMSG_ALIGN(h->nlmsg_len)) {
		h = (const void *)p;
		if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > (size_t)(end - p) ||
		    h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return false;
		if (read_message(h, &told) && is_of_file(&told, file))
			take(&told, l);
	}
	return true;
}

static void find_who(const struct stat *file, struct unix_listener *l)
{
	/* As large as the kernel's own pieces of a dump. */
	_Alignas(struct nlmsghdr) char bytes[8192];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t len;

	if (fd < 0)
		return;
	if (ask(fd)) {
		do
			len = recv(fd, bytes, sizeof(bytes), 0);
		while (len > 0 && read_datagram(bytes, (size_t)len, file, l));
	}
	close(fd);
}

static enum unix_listener_state find_whether(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return UNIX_UNKNOWN;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return UNIX_UNKNOWN;
	err = connect(fd, (const struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	close(fd);
	switch (err) {
	case 0:
		return UNIX_OTHER_KIND;
	case ECONNREFUSED:
		return UNIX_NOBODY;
	case EPROTOTYPE:
		return UNIX_SOMEBODY;
	default:
		return UNIX_UNKNOWN;
	}
}

void unix_listener_find(const char *path, struct unix_listener *l)
{
	struct stat file;

	*l = (struct unix_listener){ .state = find_whether(path) };
	if (l->state == UNIX_SOMEBODY && !stat(path, &file))
		find_who(&file, l);
}
