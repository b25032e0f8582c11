/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything an open device tells about itself: what `probe` prints, and
 * `info` where there is no other way to know.
 */
#ifndef DEVICE_REPORT_H
#define DEVICE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device_settings {
	uint16_t type;		/* as the user says, or 0 */
	uint64_t timeout_ms;
};

/* Opens, negotiates, reports, closes: the exit status. */
int device_report(const char *address, const struct device_settings *settings, bool json);

struct report_node;

/*
 * The same without identity, into the report of somebody else: status, queues,
 * memory, features, configuration, the backend's own words. An exit status: if
 * EXIT_FAILED the device would not be opened, root is as it was, and why says
 * why; EXIT_USAGE after a sentence.
 */
int device_report_live(struct report_node *root, const char *address,
		       const struct device_settings *settings, char *why, size_t size);

/* A member `status`: the names of the bits. */
void device_status_report(struct report_node *parent, uint8_t status);

#endif /* DEVICE_REPORT_H */
