/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sentences of a request that is refused, whatever the ring's layout.
 *
 * They are kept as figures and only put into words when somebody asks
 * (call_set_lazy_error): "no room now" is an everyday answer.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "call.h"
#include "ring-error.h"

int ring_refuse(const char *call, const struct ring *r, uint64_t n)
{
	/* Where a caller's int was negative. */
	if (n > INT32_MAX)
		return call_set_lazy_error(call, EINVAL,
			"a negative number of segments, or more than 2147483647", 0, 0, 0);
	if (n > r->size)
		return call_set_lazy_error(call, EINVAL,
			"%" PRIu64 " segments can never fit a queue of %" PRIu64
			" descriptors; use shorter requests or a larger queue-size", n, r->size, 0);
	return call_set_lazy_error(call, ENOMEM,
		"%" PRIu64 " segments do not fit the %" PRIu64 " free descriptors of %" PRIu64
		"; poll for completions and try again", n, ring_free_descs(r), r->size);
}

int ring_segment_error(const char *call, const struct ring *r, int error, const struct iovec *v)
{
	uint64_t addr = (uintptr_t)v->iov_base, len = v->iov_len;

	if (error == -EFAULT)
		return call_set_lazy_error(call, EFAULT,
			"segment 0x%" PRIx64 " of %" PRIu64 " bytes is not all in memory this"
			" device can be given; is it from virtio_mem_alloc or virtio_mem_register,"
			" and in huge pages where the device needs them"
			" (virtio_mem_limits.page_size)?",
			addr, len, 0);
	return call_set_lazy_error(call, ENOMEM,
		"segment 0x%" PRIx64 " of %" PRIu64 " bytes finds none of the %" PRIu64
		" descriptors free; use fewer segments, or poll for completions first", addr, len,
		r->size);
}

int ring_size_error(const char *call, uint64_t readable, uint64_t writable)
{
	return call_set_lazy_error(call, EMSGSIZE,
		"%" PRIu64 " readable and %" PRIu64 " writable bytes; a request holds at most"
		" 4294967294 writable ones and 4294967296 in all", readable, writable, 0);
}

/* The format is a literal of ring-split-used.c. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void ring_violation_text(const struct ring *r, char *text, size_t size)
{
	const struct ring_violation *v = &r->violation;

	snprintf(text, size, v->fmt ? v->fmt : "", v->a, v->b);
}
#pragma GCC diagnostic pop
