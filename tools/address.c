/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device addresses: known backends, opening, exit status.
 *
 * The grammar of an address is the library's; here only its first word and
 * the names of its options are looked at.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "address.h"
#include "command.h"
#include "interrupt.h"

/* Names that are addresses even where the plugin is not installed. */
static const char *const own_backends[] = { "loopback", "pci", "vhost-user" };

struct look_up {
	const char *name;
	size_t len;
	enum backend_state state;
};

static int look_at(const struct virtio_backend_info *info, void *ctx)
{
	struct look_up *look_up = ctx;

	if (strlen(info->name) != look_up->len || memcmp(info->name, look_up->name, look_up->len))
		return 0;
	if (!info->error)
		look_up->state = BACKEND_READY;
	else if (look_up->state == BACKEND_ABSENT)
		look_up->state = BACKEND_REFUSED;
	return 0;
}

static enum backend_state find_backend(const char *name, size_t len)
{
	struct look_up look_up = { name, len, BACKEND_ABSENT };

	(void)virtio_backend_foreach(look_at, &look_up);
	return look_up.state;
}

enum backend_state backend_state(const char *name)
{
	return find_backend(name, strlen(name));
}

bool is_address_of(const char *text, const char *backend)
{
	size_t len = strlen(backend);

	return !strncmp(text, backend, len) && text[len] == ':';
}

bool is_address(const char *text)
{
	const char *colon = strchr(text, ':');

	if (!colon || memchr(text, '/', (size_t)(colon - text)))
		return false;
	for (unsigned i = 0; i < sizeof(own_backends) / sizeof(*own_backends); i++)
		if (is_address_of(text, own_backends[i]))
			return true;
	return find_backend(text, (size_t)(colon - text)) != BACKEND_ABSENT;
}

const char *address_options(const char *text)
{
	const char *p;

	for (p = text; *p; p++) {
		if (*p != ',')
			continue;
		if (p[1] != ',')
			return p + 1;
		p++;
	}
	return p;
}

const char *address_option(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = address_options(text); *p; p = address_options(p))
		if (!strncmp(p, name, len) && (p[len] == '=' || p[len] == ',' || !p[len]))
			return p + len;
	return NULL;
}

void address_copy(const char *from, char *text, size_t size)
{
	size_t len = 0;

	for (; *from && len < size - 1; from++) {
		if (*from == ',' && *++from != ',')
			break;
		text[len++] = *from;
	}
	text[len] = '\0';
}

/* Does it end in a comma that separates? What is appended would make it ",,", a
 * literal one, and the library's sentence would tell of options nobody wrote. */
static bool ends_open(const char *address)
{
	size_t len = strlen(address), end = len;

	while (end && address[end - 1] == ',')
		end--;
	return (len - end) & 1;
}

const char *library_sentence(void)
{
	const char *text = virtio_last_error();
	size_t call = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

	if (!strncmp(text, "virt", 4) && !strncmp(text + call, ": ", 2))
		text += call + 2;
	return text;
}

int library_failure(void)
{
	complain("%s", library_sentence());
	return EXIT_FAILED;
}

/* The address with its deadline, to be freed. One that does not even begin
 * with a backend, or ends in the middle, stays as it was typed, for the sentence that quotes it. */
static char *with_timeout(const char *address, uint64_t timeout_ms)
{
	size_t size = strlen(address) + 40;
	char *full = malloc(size);

	if (!full)
		return NULL;
	if (strcspn(address, ": \t/,") && strchr(address, ':') && !ends_open(address) &&
	    !address_option(address, "timeout"))
		snprintf(full, size, "%s,timeout=%" PRIu64, address, timeout_ms);
	else
		strcpy(full, address);
	return full;
}

int open_quietly(struct virtio_dev *vdev, const char *address, uint64_t timeout_ms)
{
	char *full = with_timeout(address, timeout_ms);
	int err;

	memset(vdev, 0, sizeof(*vdev));
	if (!full)
		return virtio_set_error(ENOMEM, "out of memory");
	/* Such a device has a socket file, which goes away with it. */
	if (address_option(address, "server"))
		interrupt_defer(true);
	err = virtio_dev_open(vdev, address, full);
	free(full);
	return err;
}

int open_device(struct virtio_dev *vdev, const char *address, uint64_t timeout_ms)
{
	int err = open_quietly(vdev, address, timeout_ms);

	if (interrupted()) {
		virtio_dev_destruct(vdev);
		return EXIT_INTERRUPTED;
	}
	if (!err)
		return EXIT_DONE;
	library_failure();
	return err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}
