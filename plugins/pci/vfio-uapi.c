/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers of VFIO that grow: asked twice, the second time with the room that
 * the first answer named, and walked with every offset checked. Called by the
 * VFIO ways in when a device is opened.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vfio-uapi.h"

#define CHAIN_MAX	64	/* steps, against a chain that loops */

static uint32_t argsz_of(const void *info)
{
	uint32_t argsz;

	memcpy(&argsz, info, sizeof(argsz));
	return argsz;
}

/* With room for argsz bytes; what was asked stands in front. */
static void *ask(int fd, unsigned long call, const void *info, size_t size, uint32_t argsz)
{
	void *answer = calloc(1, argsz);

	if (!answer)
		return NULL;
	memcpy(answer, info, size);
	memcpy(answer, &argsz, sizeof(argsz));
	if (!ioctl(fd, call, answer))
		return answer;
	free(answer);
	return NULL;
}

void *vpci_vfio_info(int fd, unsigned long call, const void *info, size_t size)
{
	uint32_t room = (uint32_t)size, wanted;
	void *answer;

	/* It may have grown between two calls, but not for ever. */
	for (int tries = 0; tries < 4; tries++) {
		answer = ask(fd, call, info, size, room);
		if (!answer)
			return NULL;
		wanted = argsz_of(answer);
		if (wanted <= room) {
			/* For vpci_vfio_cap: what may be read. */
			memcpy(answer, &room, sizeof(room));
			return answer;
		}
		free(answer);
		if (wanted > VPCI_INFO_MAX)
			break;
		room = wanted;
	}
	errno = E2BIG;
	return NULL;
}

const void *vpci_vfio_cap(const void *info, uint32_t first, uint16_t id, size_t least,
			  size_t *size)
{
	const size_t room = argsz_of(info);
	uint32_t at = first;

	for (int steps = 0; at && steps < CHAIN_MAX; steps++) {
		struct vfio_info_cap_header header;

		if (at > room || room - at < sizeof(header))
			return NULL;
		memcpy(&header, (const char *)info + at, sizeof(header));
		if (header.id == id && room - at >= least) {
			*size = room - at;
			return (const char *)info + at;
		}
		at = header.next;
	}
	return NULL;
}
