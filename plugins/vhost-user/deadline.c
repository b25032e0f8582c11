/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a wait. Outside of a control call virtio_time_left() answers the
 * default for ever, so the end is fixed once at the start and the sooner of
 * the two counts.
 */
#include "config.h"

#include <poll.h>
#include <stddef.h>
#include <time.h>

#include <virtio-poll/backend.h>

#include "deadline.h"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

struct vu_deadline vu_deadline_start(void)
{
	const int left = virtio_time_left();

	return (struct vu_deadline){ .end_ms = now_ms() + (uint64_t)left, .budget_ms = left };
}

int vu_deadline_left(const struct vu_deadline *deadline)
{
	const uint64_t now = now_ms();
	const int call_left = virtio_time_left();

	if (now >= deadline->end_ms)
		return 0;
	if (deadline->end_ms - now < (uint64_t)call_left)
		return (int)(deadline->end_ms - now);
	return call_left;
}

void vu_deadline_sleep(const struct vu_deadline *deadline, int ms)
{
	const int left = vu_deadline_left(deadline);

	poll(NULL, 0, left < ms ? left : ms);
}
