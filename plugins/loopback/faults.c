/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The faults: one row per name, with what the ring does and how a completion
 * is bent.
 *
 * Pure but for the count of requests: no ring is touched here, so each row
 * says in one place what a driver gets to see.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "faults.h"

/* Valid again if it is cut to 16 bits. HARD-USED-1 */
static bool bend_id_range(struct completion *c)
{
	c->id |= 0x10000;
	return true;
}

/* HARD-USED-2 */
static bool bend_id_idle(struct completion *c)
{
	if (c->idle_id < 0)
		return false;
	c->id = (uint32_t)c->idle_id;
	return true;
}

/* HARD-USED-2 */
static bool bend_id_twice(struct completion *c)
{
	c->copies = 2;
	return true;
}

/* One byte too many and far too many, in turn. HARD-USED-3 */
static bool bend_len_over(struct completion *c)
{
	c->len = c->number & 1 ? UINT32_MAX : c->writable + 1;
	return true;
}

/*
 * Beyond whatever is outstanding, wherever the driver has got to meanwhile:
 * it has at most `size` requests more in flight than the device knows. Where
 * that would go once round the 16 bits, the least step must do. HARD-USED-4
 */
static bool bend_idx_jump(struct completion *c)
{
	c->bends_idx = true;
	c->idx = (uint16_t)(c->avail_idx + (c->size <= 16384 ? c->size + 1 : 1));
	return true;
}

/* Behind the driver, which has collected at least all but `size` of what it
 * made available. HARD-USED-5 */
static bool bend_idx_back(struct completion *c)
{
	c->bends_idx = true;
	c->idx = (uint16_t)(c->avail_idx - c->size - 1);
	return true;
}

static const struct fault {
	const char *name;
	enum fault_action action;	/* FAULT_NONE: no matter of requests */
	bool (*bend)(struct completion *c);
} faults[FAULTS] = {
	[FAULT_ID_RANGE] = { "id-range", FAULT_BEND_LAST, bend_id_range },
	[FAULT_ID_IDLE] = { "id-idle", FAULT_BEND_LAST, bend_id_idle },
	[FAULT_ID_TWICE] = { "id-twice", FAULT_BEND_LAST, bend_id_twice },
	[FAULT_LEN_OVER] = { "len-over", FAULT_BEND, bend_len_over },
	[FAULT_IDX_JUMP] = { "idx-jump", FAULT_BEND_LAST, bend_idx_jump },
	[FAULT_IDX_BACK] = { "idx-back", FAULT_BEND_LAST, bend_idx_back },
	[FAULT_SILENT] = { "silent", FAULT_HOLD, NULL },		/* HARD-USED-15 */
	[FAULT_NEEDS_RESET] = { "needs-reset", FAULT_ASK_RESET, NULL },	/* HARD-STAT-1 */
	[FAULT_DIE] = { "die", FAULT_LOSE_PEER, NULL },
	[FAULT_CONFIG_SHORT] = { "config-short", FAULT_NONE, NULL },	/* HARD-CFG-2 */
	[FAULT_FEATURES_REFUSED] = { "features-refused", FAULT_NONE, NULL }, /* HARD-FEAT-1 */
};

enum fault_action fault_action(enum fault_id id)
{
	return id < FAULTS ? faults[id].action : FAULT_NONE;
}

bool fault_bend(enum fault_id id, struct completion *c)
{
	return faults[id].bend && faults[id].bend(c);
}

bool faults_concern_requests(const struct fault_plan *plan)
{
	for (unsigned id = 0; id < FAULTS; id++)
		if (fault_armed(plan, id) && faults[id].action != FAULT_NONE)
			return true;
	return false;
}

/* The last to become due, so that each has its time; of equals the first. */
enum fault_id fault_due(struct fault_plan *plan, uint64_t *number)
{
	enum fault_id due = FAULTS;

	*number = atomic_fetch_add_explicit(&plan->requests, 1, memory_order_relaxed);
	for (unsigned id = 0; id < FAULTS; id++)
		if (fault_armed(plan, id) && faults[id].action != FAULT_NONE &&
		    *number >= plan->after[id] &&
		    (due == FAULTS || plan->after[id] > plan->after[due]))
			due = id;
	return due;
}

static enum fault_id find_fault(const char *name, size_t len)
{
	for (unsigned id = 0; id < FAULTS; id++)
		if (strlen(faults[id].name) == len && !memcmp(faults[id].name, name, len))
			return id;
	return FAULTS;
}

static int unknown_fault(const char *name, size_t len)
{
	return virtio_set_error(EINVAL, "fault=%.*s is not known; there are id-range, id-idle,"
				" id-twice, len-over, idx-jump, idx-back, silent, needs-reset,"
				" die, config-short and features-refused", (int)len, name);
}

/* The ":N" behind a name, `text` of length len; nothing is 0. */
static int parse_count(const char *text, size_t len, enum fault_id id, uint64_t *count)
{
	char *end;

	*count = 0;
	if (len == 0)
		return 0;
	if (faults[id].action == FAULT_NONE)
		return virtio_set_error(EINVAL, "fault=%s takes no count, it does not wait for"
					" requests", faults[id].name);
	errno = 0;
	if (len > 1 && text[1] >= '0' && text[1] <= '9') {
		*count = strtoull(text + 1, &end, 10);
		if (!errno && end == text + len)
			return 0;
	}
	return virtio_set_error(EINVAL, "fault=%s%.*s: what follows the colon is the number of"
				" requests that go well first", faults[id].name, (int)len, text);
}

static int parse_one(struct fault_plan *plan, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t name_len = colon ? (size_t)(colon - text) : len;
	enum fault_id id = find_fault(text, name_len);

	if (id == FAULTS)
		return unknown_fault(text, name_len);
	plan->armed |= 1u << id;
	return parse_count(text + name_len, len - name_len, id, &plan->after[id]);
}

int faults_parse(struct fault_plan *plan, const char *value)
{
	if (!value || !*value)
		return 0;
	for (;;) {
		size_t len = strcspn(value, "+");
		int err = parse_one(plan, value, len);

		if (err || value[len] == '\0')
			return err;
		value += len + 1;
	}
}
