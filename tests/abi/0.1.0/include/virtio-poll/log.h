/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the library's messages go.
 *
 * The library never prints by itself. Without a callback, messages go to
 * stderr only if the environment has VIRTIO_POLL_LOG=error|warn|info|debug.
 */
#ifndef VIRTIO_POLL_LOG_H
#define VIRTIO_POLL_LOG_H

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

enum virtio_log_level {
	VIRTIO_LOG_NONE = 0,	/* nothing at all */
	VIRTIO_LOG_ERROR = 1,	/* something was lost */
	VIRTIO_LOG_WARN = 2,	/* something is not as it should be */
	VIRTIO_LOG_INFO = 3,	/* life-cycle events */
	VIRTIO_LOG_DEBUG = 4,	/* what passes between driver and device */
	VIRTIO_LOG_LEVEL_PAD = 0x7fffffff /* keeps the enum at 32 bits */
};

/*
 * Receives one message without a newline; msg is valid during the call only.
 * May run on any thread that uses the library, the poll path included, so it
 * must be quick; it must not call the library.
 */
typedef void (*virtio_log_cb)(int level, const char *msg, void *ctx);

/*
 * Sends messages of up to `level` (VIRTIO_LOG_*) to cb; NULL restores the
 * default. ctx is handed to cb and stays the caller's; it must live until
 * another callback is set and no library call that began before is running.
 * Any thread, never blocks. Since 0.1.0.
 */
void virtio_log_set(virtio_log_cb cb, void *ctx, int level);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_LOG_H */
