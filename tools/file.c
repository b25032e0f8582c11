/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file side of copy: opening, checking, reading and writing at offsets.
 *
 * Reads and writes go on after a short one or a signal. A block device of this
 * machine that is mounted is never opened for writing (O_EXCL).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "file.h"

static int fail(const struct file *file, const char *doing, int err)
{
	complain("cannot %s '%s': %s", doing, file->name, strerror(err));
	return EXIT_FAILED;
}

#define WHY_NO_PIPE "copy reads and writes in any order, so it needs a file or a block device"

static const char is_a_pipe[] = "is a pipe: " WHY_NO_PIPE;
static const char is_a_dash[] = "would be a pipe: " WHY_NO_PIPE "; a file of that name is ./-";

static int refuse(struct file *file, const char *why)
{
	complain("'%s' %s", file->name, why);
	file_close(file);
	return EXIT_FAILED;
}

/* What went wrong stands behind the name, and has to find room. */
static void set_name(struct file *file, const char *path)
{
	size_t len = strlen(path), room = sizeof(file->name);

	if (len < room)
		memcpy(file->name, path, len + 1);
	else
		snprintf(file->name, room, "...%s", path + len - (room - sizeof("...")));
}

static bool is_pipe(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode);
}

/* O_NONBLOCK: opening a pipe would wait for its other end. */
static int open_file(struct file *file, const char *path, int flags, const char *doing)
{
	struct stat st;
	int err;

	*file = (struct file){ .fd = -1 };
	set_name(file, path);
	if (!strcmp(path, "-"))
		return refuse(file, is_a_dash);
	file->fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0666);
	if (file->fd >= 0)
		return EXIT_DONE;
	err = errno;
	if (err == EBUSY)
		return refuse(file, "is in use: a block device that is mounted cannot be written");
	/* A pipe that nobody reads, or a socket; or a device without a driver. */
	if (err == ENXIO && !stat(path, &st) && is_pipe(&st))
		return refuse(file, is_a_pipe);
	return fail(file, doing, err);
}

static int find_size(struct file *file)
{
	struct stat st;
	off_t end;

	if (fstat(file->fd, &st))
		return fail(file, "look at", errno);
	if (S_ISDIR(st.st_mode))
		return refuse(file, "is a folder");
	if (is_pipe(&st))
		return refuse(file, is_a_pipe);
	file->regular = S_ISREG(st.st_mode);
	file->has_size = file->regular || S_ISBLK(st.st_mode);
	if (!file->has_size)
		return EXIT_DONE;
	end = lseek(file->fd, 0, SEEK_END);
	if (end < 0)
		return fail(file, "find the size of", errno);
	file->size = (uint64_t)end;
	return EXIT_DONE;
}

int file_open_source(struct file *file, const char *path)
{
	int status = open_file(file, path, O_RDONLY, "open");

	if (status == EXIT_DONE)
		status = find_size(file);
	if (status == EXIT_DONE && !file->has_size)
		status = refuse(file, "has no size: copy needs a file or a block device");
	if (status != EXIT_DONE)
		file_close(file);
	return status;
}

static bool is_block_device(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISBLK(st.st_mode);
}

static int fit_target(struct file *file, uint64_t size)
{
	if (file->regular) {
		file->fresh = !file->size;
		if (ftruncate(file->fd, (off_t)size))
			return fail(file, "set the size of", errno);
		file->size = size;
	} else if (file->has_size && file->size < size) {
		complain("'%s' is too small: it has %" PRIu64 " bytes, the device %" PRIu64,
			 file->name, file->size, size);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* /dev/stdout, for one: what is printed would overwrite the data. */
static bool is_printed_to(const struct file *file)
{
	struct stat st, out;

	if (!file->regular || fstat(file->fd, &st))
		return false;
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (!fstat(fd, &out) && out.st_dev == st.st_dev && out.st_ino == st.st_ino)
			return true;
	return false;
}

int file_open_target(struct file *file, const char *path, uint64_t size, bool read_back)
{
	int access = read_back ? O_RDWR : O_WRONLY;
	int flags = is_block_device(path) ? access | O_EXCL : access | O_CREAT;
	int status = open_file(file, path, flags, "open");

	if (status == EXIT_DONE)
		status = find_size(file);
	if (status == EXIT_DONE && is_printed_to(file))
		status = refuse(file, "is where the report or messages go too: give the file's "
				"name, and do not redirect them there");
	if (status == EXIT_DONE && read_back && !file->has_size)
		status = refuse(file, "cannot be read back: --verify needs a file or a block device");
	if (status == EXIT_DONE)
		status = fit_target(file, size);
	if (status != EXIT_DONE)
		file_close(file);
	return status;
}

int file_read(struct file *file, void *buf, size_t len, uint64_t offset)
{
	uint64_t there = offset < file->size ? file->size - offset : 0;
	size_t want = there < len ? (size_t)there : len;
	char *p = buf;

	memset(p + want, 0, len - want);
	while (want) {
		ssize_t n = pread(file->fd, p, want, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(file, "read", errno);
		if (!n) {
			complain("'%s' has become shorter while it was read", file->name);
			return EXIT_FAILED;
		}
		p += n;
		want -= (size_t)n;
		offset += (uint64_t)n;
	}
	return EXIT_DONE;
}

int file_write(struct file *file, const void *buf, size_t len, uint64_t offset)
{
	const char *p = buf;

	while (len) {
		ssize_t n = pwrite(file->fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(file, "write", n ? errno : ENOSPC);
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return EXIT_DONE;
}

int file_sync(struct file *file)
{
	/* /dev/null and its like cannot and need not. */
	if (fsync(file->fd) && errno != EINVAL && errno != EROFS)
		return fail(file, "write", errno);
	return EXIT_DONE;
}

void file_forget_cache(struct file *file)
{
	(void)!posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
}

void file_close(struct file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
