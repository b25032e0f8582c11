/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An nbdkit plugin that serves a virtio block device as NBD:
 *
 *     nbdkit ./virtio-poll-nbdkit.so vhost-user:/run/disk.sock
 *
 * This file is what nbdkit calls; disk.h says what lies below. The device is
 * opened after nbdkit has forked, since it belongs to the process that opened
 * it, and all connections share it. README.md has more command lines.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include "disk.h"

#define THREAD_MODEL	NBDKIT_THREAD_MODEL_PARALLEL

/* Callbacks have no other way to know what they are about. */
static struct disk disk = { .timeout_s = 60 };

static int vp_config(const char *key, const char *value)
{
	if (!strcmp(key, "device") && !disk.address) {
		disk.address = value;		/* lives as long as nbdkit */
		return 0;
	}
	if (!strcmp(key, "timeout")) {
		if (nbdkit_parse_unsigned("timeout", value, &disk.timeout_s))
			return -1;
		if (disk.timeout_s >= 1 && disk.timeout_s <= 3600)
			return 0;
		nbdkit_error("timeout=%s: give 1 to 3600 seconds", value);
		return -1;
	}
	nbdkit_error("parameter '%s' is unknown, or given twice", key);
	return -1;
}

static int vp_config_complete(void)
{
	if (disk.address)
		return 0;
	nbdkit_error("which device? Give device=BACKEND:ADDRESS, for example "
		     "device=vhost-user:/run/disk.sock");
	return -1;
}

/* A PCI device that is unplugged must not take nbdkit along. */
static int vp_after_fork(void)
{
	if (virtio_set_sigbus_guard(true))
		nbdkit_debug("%s", virtio_last_error());
	return disk_open(&disk) ? -1 : 0;
}

/* All connections are closed. */
static void vp_cleanup(void)
{
	disk_close(&disk);
	if (virtio_set_sigbus_guard(false))
		nbdkit_debug("%s", virtio_last_error());
}

static void *vp_open(int readonly)
{
	(void)readonly;
	return &disk;
}

/* Asked once for each connection: it may have grown since the last. */
static int64_t vp_get_size(void *handle)
{
	struct disk *d = handle;

	return disk_update_size(d) ? -1 : (int64_t)d->size;
}

static int vp_can_write(void *handle)
{
	return !((struct disk *)handle)->read_only;
}

static int vp_can_trim(void *handle)
{
	return ((struct disk *)handle)->trim_max > 0;
}

static int vp_can_zero(void *handle)
{
	return ((struct disk *)handle)->zero_max > 0;
}

/* A flush is for the whole device, and a FUA is a flush after the write. */
static int vp_can_fua(void *handle)
{
	(void)handle;
	return NBDKIT_FUA_EMULATE;
}

static int vp_can_multi_conn(void *handle)
{
	(void)handle;
	return 1;
}

/* Any byte can be had; whole blocks come without reading what is around. */
static int vp_block_size(void *handle, uint32_t *minimum, uint32_t *preferred, uint32_t *maximum)
{
	struct disk *d = handle;

	*minimum = 1;
	*preferred = d->block > 4096 ? d->block : 4096;
	*maximum = UINT32_MAX;
	return 0;
}

/* A result of disk.h as nbdkit wants it. Why a disk is lost was said when it was. */
static int answer(const struct disk *d, int err, const char *doing, uint32_t count,
		  uint64_t offset)
{
	if (!err)
		return 0;
	if (!d->lost)
		nbdkit_error("the device failed a request: %s %" PRIu32 " bytes at %" PRIu64 "%s",
			     doing, count, offset, err == -ENOTSUP ? " is not supported" : "");
	nbdkit_set_error(-err);
	return -1;
}

static int vp_pread(void *handle, void *buf, uint32_t count, uint64_t offset, uint32_t flags)
{
	(void)flags;
	return answer(handle, disk_read(handle, buf, count, offset), "read", count, offset);
}

static int vp_pwrite(void *handle, const void *buf, uint32_t count, uint64_t offset,
		     uint32_t flags)
{
	(void)flags;
	return answer(handle, disk_write(handle, buf, count, offset), "write", count, offset);
}

static int vp_flush(void *handle, uint32_t flags)
{
	(void)flags;
	return answer(handle, disk_flush(handle), "flush", 0, 0);
}

static int vp_trim(void *handle, uint32_t count, uint64_t offset, uint32_t flags)
{
	(void)flags;
	return answer(handle, disk_trim(handle, count, offset), "trim", count, offset);
}

static int vp_zero(void *handle, uint32_t count, uint64_t offset, uint32_t flags)
{
	int err = disk_zero(handle, count, offset, flags & NBDKIT_FLAG_MAY_TRIM);

	/* nbdkit writes zeroes then, and nobody needs to hear of it. */
	if (err == -ENOTSUP) {
		nbdkit_set_error(EOPNOTSUPP);
		return -1;
	}
	return answer(handle, err, "zero", count, offset);
}

static struct nbdkit_plugin plugin = {
	.name = "virtio-poll",
	.longname = "virtio block devices, driven by polling",
	.version = PACKAGE_VERSION,
	.description = "Serves a block device that libvirtio-poll can open.",
	.config = vp_config,
	.config_complete = vp_config_complete,
	.config_help = "device=BACKEND:ADDRESS  the device, see virtio-poll(7)\n"
		       "timeout=SECONDS         the most that a request may take (60)",
	.magic_config_key = "device",
	.after_fork = vp_after_fork,
	.cleanup = vp_cleanup,
	.open = vp_open,
	.get_size = vp_get_size,
	.block_size = vp_block_size,
	.can_write = vp_can_write,
	.can_trim = vp_can_trim,
	.can_zero = vp_can_zero,
	.can_fua = vp_can_fua,
	.can_multi_conn = vp_can_multi_conn,
	.pread = vp_pread,
	.pwrite = vp_pwrite,
	.flush = vp_flush,
	.trim = vp_trim,
	.zero = vp_zero,
};

struct nbdkit_plugin *plugin_init(void);	/* which nbdkit's header forgets */
NBDKIT_REGISTER_PLUGIN(plugin)
