/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why a request cannot be built, for the layouts: each sets the sentence
 * under the name of the public call and returns -errno.
 */
#ifndef RING_ERROR_H
#define RING_ERROR_H

#include "ring.h"

/* No room to open a request: -EINVAL it never fits, -ENOMEM not now. */
int ring_refuse(const char *call, const struct ring *r, uint64_t n);

/* A segment: -EFAULT not known to the device, -ENOMEM no descriptor left. */
int ring_segment_error(const char *call, const struct ring *r, int error, const struct iovec *v);

/* Too many bytes: -EMSGSIZE. */
int ring_size_error(const char *call, uint64_t readable, uint64_t writable);

/* The rule the device broke, in words. */
void ring_violation_text(const struct ring *r, char *text, size_t size);

#endif /* RING_ERROR_H */
