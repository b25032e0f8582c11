/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The store in a regular file. What lies behind the last whole sector is
 * never read or written, and the file never changes its size.
 *
 * The file is not locked: that is a matter between its users.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "lift.h"
#include "store.h"

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

typedef ssize_t (*transfer_fn)(int fd, const struct iovec *iov, int n, off_t offset);

static void advance(struct span *data, size_t done)
{
	data->len -= done;
	while (data->n && done >= data->iov->iov_len) {
		done -= data->iov->iov_len;
		data->iov++;
		data->n--;
	}
	if (data->n) {
		data->iov->iov_base = (char *)data->iov->iov_base + done;
		data->iov->iov_len -= done;
	}
}

/* Goes on after a part was transferred, as a file system may at any byte. */
static int transfer_all(transfer_fn transfer, int fd, uint64_t offset, struct span *data)
{
	while (data->len) {
		int n = data->n < IOV_MAX ? (int)data->n : IOV_MAX;
		ssize_t done = transfer(fd, data->iov, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (done == 0)
			return -EIO;	/* somebody has made the file shorter */
		offset += (uint64_t)done;
		advance(data, (size_t)done);
	}
	return 0;
}

static int file_read(struct store *store, uint64_t offset, struct span *data)
{
	return transfer_all(preadv, store->fd, offset, data);
}

static int file_write(struct store *store, uint64_t offset, struct span *data)
{
	return transfer_all(pwritev, store->fd, offset, data);
}

static int file_flush(struct store *store)
{
	return fdatasync(store->fd) ? -errno : 0;
}

static int punch(struct store *store, uint64_t offset, uint64_t len)
{
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	return fallocate(store->fd, mode, (off_t)offset, (off_t)len) ? -errno : 0;
}

/* A file system that cannot make holes keeps the data, as a discard allows. */
static int file_discard(struct store *store, uint64_t offset, uint64_t len)
{
	int err = punch(store, offset, len);

	return err == -EOPNOTSUPP ? 0 : err;
}

static int write_zeroes(struct store *store, uint64_t offset, uint64_t len)
{
	static const char zeroes[65536];

	while (len) {
		size_t part = len < sizeof(zeroes) ? (size_t)len : sizeof(zeroes);
		struct iovec iov = { .iov_base = (void *)(uintptr_t)zeroes, .iov_len = part };
		struct span data = { .iov = &iov, .n = 1, .len = part };
		int err = file_write(store, offset, &data);

		if (err)
			return err;
		offset += part;
		len -= part;
	}
	return 0;
}

static int file_zero(struct store *store, uint64_t offset, uint64_t len, bool may_unmap)
{
	if (may_unmap && punch(store, offset, len) == 0)
		return 0;
	if (fallocate(store->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
		      (off_t)len) == 0)
		return 0;
	return write_zeroes(store, offset, len);
}

static void file_close(struct store *store)
{
	if (store->fd >= 0)
		close(store->fd);
	store->fd = -1;
}

static const struct store_ops file_ops = {
	.read = file_read,
	.write = file_write,
	.flush = file_flush,
	.discard = file_discard,
	.zero = file_zero,
	.close = file_close,
	.burst = 1,
};

/* The longest end of a path that a sentence quotes: a sentence has less room than a
 * path, and what went wrong stands behind it. */
#define QUOTED_MAX 255

static const char *end_of(const char *path)
{
	size_t len = strlen(path);

	return len > QUOTED_MAX ? path + len - QUOTED_MAX : path;
}

static int refuse(int err, const char *path, const char *why)
{
	const char *end = end_of(path);

	return virtio_set_error(err, "file=%s%s %s", end == path ? "" : "...", end, why);
}

static int refuse_open(int err, const char *path, bool readonly)
{
	bool could_help = !readonly && err != ENOENT && err != EISDIR;
	char why[128];

	snprintf(why, sizeof(why), "cannot be opened for %s: %s%s",
		 readonly ? "reading" : "reading and writing", strerror(err),
		 could_help ? "; readonly asks for less" : "");
	return refuse(err, path, why);
}

int store_open_file(struct store *store, const char *path, bool readonly)
{
	struct stat st;

	store->ops = &file_ops;
	/* NONBLOCK: a FIFO of that name is refused below, not waited for. */
	store->fd = loop_lift(open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC |
				   O_NONBLOCK));
	if (store->fd < 0)
		return refuse_open(errno, path, readonly);
	if (fstat(store->fd, &st))
		return refuse(errno, path, "cannot be looked at");
	if (!S_ISREG(st.st_mode))
		return refuse(EMEDIUMTYPE, path, "is not a regular file; only those are served");
	store->size = (uint64_t)st.st_size;
	return 0;
}
