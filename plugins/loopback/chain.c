/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes in and out of a request, whatever its layout.
 *
 * With VERSION_1 a driver may cut header, data and status at any byte
 * (VIRTIO 1.3, 2.7.4.2), so the block device asks for bytes, never for
 * descriptors. Nothing here looks at a ring.
 */
#include "config.h"

#include <string.h>

#include "chain.h"

static void drop_front(struct span *span, size_t len)
{
	span->iov->iov_base = (char *)span->iov->iov_base + len;
	span->iov->iov_len -= len;
	span->len -= len;
	if (span->iov->iov_len == 0) {
		span->iov++;
		span->n--;
	}
}

bool chain_pull(struct chain *chain, void *dst, size_t len)
{
	struct span *out = &chain->out;
	char *to = dst;

	if (out->len < len)
		return false;
	while (len) {
		size_t part = len < out->iov->iov_len ? len : out->iov->iov_len;

		memcpy(to, out->iov->iov_base, part);
		drop_front(out, part);
		to += part;
		len -= part;
	}
	return true;
}

uint8_t *chain_take_last(struct chain *chain)
{
	struct span *in = &chain->in;
	struct iovec *last;

	if (in->len == 0)
		return NULL;
	last = &in->iov[in->n - 1];
	last->iov_len--;
	in->len--;
	if (last->iov_len == 0)
		in->n--;
	return (uint8_t *)last->iov_base + last->iov_len;
}

size_t chain_fill(struct chain *chain, const void *src, size_t len)
{
	const char *from = src;
	size_t done = 0;

	for (uint32_t i = 0; i < chain->in.n && done < len; i++) {
		const struct iovec *iov = &chain->in.iov[i];
		size_t part = len - done < iov->iov_len ? len - done : iov->iov_len;

		memcpy(iov->iov_base, from + done, part);
		done += part;
	}
	return done;
}
