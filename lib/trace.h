/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Static probes (USDT) of the provider virtio_poll, see virtio-poll-trace(7).
 *
 * Each is one nop until a tracer puts a breakpoint there. Their arguments are
 * values that the code has at hand or finds in one load at the moment that a
 * tracer asks: nothing is computed for a probe. A compiler takes one for much
 * more code than it is, so functions with a probe that belong into their
 * callers say always_inline. Without <sys/sdt.h>, or with --disable-usdt, probes
 * are nothing at all.
 */
#ifndef TRACE_H
#define TRACE_H

#ifdef ENABLE_USDT
#include <sys/sdt.h>
#else
#define DTRACE_PROBE3(provider, name, a, b, c)		do { } while (0)
#define DTRACE_PROBE4(provider, name, a, b, c, d)	do { } while (0)
#define DTRACE_PROBE5(provider, name, a, b, c, d, e)	do { } while (0)
#endif

/* A request has ended; the next publish makes it visible. */
#define trace_submit(r, cookie, writable, ndescs) \
	DTRACE_PROBE5(virtio_poll, submit, (r)->vq, (r)->index, cookie, writable, ndescs)

/* The device may see what ended: available entries from `from` to before `to`. */
#define trace_publish(r, from, to) \
	DTRACE_PROBE4(virtio_poll, publish, (r)->vq, (r)->index, from, to)

/* The device is notified for the count-th time since start. */
#define trace_kick(q, count) \
	DTRACE_PROBE3(virtio_poll, kick, &(q)->pub, (q)->pub.vq_queue_index, count)

/* The device has used a request and says it has written len bytes. */
#define trace_complete(r, cookie, len) \
	DTRACE_PROBE4(virtio_poll, complete, (r)->vq, (r)->index, cookie, len)

/* The device broke a rule: a format, and the two figures for it. */
#define trace_violation(r, fmt, a, b) \
	DTRACE_PROBE5(virtio_poll, violation, (r)->vq, (r)->index, fmt, a, b)

/* The device is gone: -ECONNRESET or -ENODEV. */
#define trace_peer_lost(vdev, error) \
	DTRACE_PROBE3(virtio_poll, peer_lost, vdev, (vdev)->name, error)

#endif /* TRACE_H */
