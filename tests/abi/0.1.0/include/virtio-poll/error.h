/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why a call failed, in words.
 *
 * Every failing call of this library returns -errno and leaves one sentence
 * for the calling thread: which call, which value, which limit, what to do.
 */
#ifndef VIRTIO_POLL_ERROR_H
#define VIRTIO_POLL_ERROR_H

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(VIRTIO_POLL_NO_MUST_CHECK)
/* Marks an int result that a program must not drop. */
#define VIRTIO_MUST_CHECK __attribute__((warn_unused_result))
#else
#define VIRTIO_MUST_CHECK
#endif

/*
 * The sentence of this thread's last failed call. Never NULL; "" before the
 * first failure. At most 511 bytes, no newline. Valid until the next failing
 * call of the same thread; copy it to keep it. Any thread, never blocks.
 * Since 0.1.0.
 */
const char *virtio_last_error(void);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_ERROR_H */
