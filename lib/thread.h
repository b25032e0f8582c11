/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What queue ownership tells thread.c: that a queue was acquired, and so that
 * the meaning of "current thread" may no longer change.
 */
#ifndef THREAD_H
#define THREAD_H

/* Called before the first virtio_thread_current whose result is kept. */
void thread_mark_acquired(void);

#endif /* THREAD_H */
