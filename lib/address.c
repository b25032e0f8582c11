/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses, "BACKEND:ADDRESS[,key=value...]": text in, parts out.
 *
 * open.c parses, backends take their options, open.c frees. Which backends
 * and options there are is known to others; here an option that nobody took
 * is found. Nothing is opened or looked up. address-value.c reads the values.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "address.h"
#include "address-value.h"
#include "text.h"

#define MAX_TEXT	8192	/* a path of PATH_MAX, each byte of it a doubled comma */
#define MAX_OPTIONS	64
#define MAX_ASKED	512	/* for the list of known options in an error */

struct option {
	char *key;
	char *value;
	bool taken;
};

struct virtio_address {
	char *backend;
	char *target;
	struct option options[MAX_OPTIONS];
	unsigned n_options;
	char asked[MAX_ASKED];		/* the keys that were looked for, comma-separated */
	char text[];			/* what the pointers above point into */
};

/*
 * Ends the part at s, up to the first single comma, with a NUL, makes each
 * ",," in it "," and returns what follows, NULL if nothing does. Commas pair
 * from the left: ",,," is a literal one and the end.
 */
static char *split_at_comma(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (*s == ',' && s[1] != ',') {
			*out = '\0';
			return s + 1;
		}
		if (*s == ',')
			s++;
		*out++ = *s;
	}
	*out = '\0';
	return NULL;
}

static bool is_key(const char *s)
{
	return *s != '\0' && *s != '-' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static struct option *find_option(struct virtio_address *address, const char *key)
{
	for (unsigned i = 0; i < address->n_options; i++)
		if (strcmp(address->options[i].key, key) == 0)
			return &address->options[i];
	return NULL;
}

static int add_option(struct virtio_address *address, char *text)
{
	static char on[] = "on";
	char *equals = strchr(text, '=');
	struct option *option;

	if (equals)
		*equals = '\0';
	if (!is_key(text))
		return virtio_set_error(EINVAL, "\"%s\" is no option: options are key=value with "
					"a-z, 0-9 and - in the key, and a comma in a value is "
					"written \",,\"", text);
	if (find_option(address, text))
		return virtio_set_error(EINVAL, "the option \"%s\" is given twice: drop one",
					text);
	if (address->n_options == MAX_OPTIONS)
		return virtio_set_error(EINVAL, "more than %d options", MAX_OPTIONS);
	option = &address->options[address->n_options++];
	option->key = text;
	option->value = equals ? equals + 1 : on;
	return 0;
}

static int parse_parts(struct virtio_address *address)
{
	char *colon = strchr(address->text, ':');
	char *next;

	if (!colon || colon == address->text)
		return virtio_set_error(EINVAL, "\"%s\" does not begin with a backend and a "
					"colon, as in \"vhost-user:/run/disk.sock\"",
					address->text);
	*colon = '\0';
	address->backend = address->text;
	address->target = colon + 1;
	next = split_at_comma(address->target);
	while (next) {
		char *part = next;
		int err;

		next = split_at_comma(part);
		err = add_option(address, part);
		if (err)
			return err;
	}
	return 0;
}

int address_parse(const char *text, struct virtio_address **address)
{
	size_t len = text ? strlen(text) : 0;
	int err;

	*address = NULL;
	if (len == 0)
		return virtio_set_error(EINVAL, "the address is %s: it is "
					"BACKEND:ADDRESS[,key=value...]", text ? "empty" : "NULL");
	if (len > MAX_TEXT)
		return virtio_set_error(EINVAL, "the address has %zu bytes, at most %d are taken",
					len, MAX_TEXT);
	*address = calloc(1, sizeof(**address) + len + 1);
	if (!*address)
		return virtio_set_error(ENOMEM, "no memory for an address of %zu bytes", len);
	memcpy((*address)->text, text, len + 1);
	err = parse_parts(*address);
	if (err) {
		address_free(*address);
		*address = NULL;
	}
	return err;
}

void address_free(struct virtio_address *address)
{
	free(address);
}

const char *address_backend(const struct virtio_address *address)
{
	return address->backend;
}

const char *virtio_address_target(const struct virtio_address *address)
{
	return address->target;
}

/* Keeps the key for the sentence of virtio_address_finish. */
static void note_asked(struct virtio_address *address, const char *key)
{
	size_t len = strlen(address->asked);
	size_t need = strlen(key) + 2;
	char *at = strstr(address->asked, key);
	size_t key_len = need - 2;

	while (at) {
		bool begins = at == address->asked || at[-1] == ' ';

		if (begins && (at[key_len] == ',' || at[key_len] == '\0'))
			return;
		at = strstr(at + 1, key);
	}
	if (len + need < sizeof(address->asked))
		text_format(address->asked + len, sizeof(address->asked) - len, "%s%s",
			    len ? ", " : "", key);
}

int virtio_address_take_string(struct virtio_address *address, const char *key,
			       const char **value)
{
	struct option *option = find_option(address, key);

	note_asked(address, key);
	if (!option)
		return 0;
	option->taken = true;
	*value = option->value;
	return 1;
}

int virtio_address_take_uint(struct virtio_address *address, const char *key, uint64_t min,
			     uint64_t max, uint64_t *value)
{
	const char *text;
	int found = virtio_address_take_string(address, key, &text);

	return found ? value_uint(key, text, min, max, value) : 0;
}

int virtio_address_take_size(struct virtio_address *address, const char *key, uint64_t min,
			     uint64_t max, uint64_t *value)
{
	const char *text;
	int found = virtio_address_take_string(address, key, &text);

	return found ? value_size(key, text, min, max, value) : 0;
}

int virtio_address_take_bool(struct virtio_address *address, const char *key, bool *value)
{
	const char *text;
	int found = virtio_address_take_string(address, key, &text);

	return found ? value_bool(key, text, value) : 0;
}

int virtio_address_take_features(struct virtio_address *address, const char *key, uint64_t *value)
{
	const char *text;
	int found = virtio_address_take_string(address, key, &text);

	return found ? value_features(key, text, value) : 0;
}

int virtio_address_finish(struct virtio_address *address)
{
	for (unsigned i = 0; i < address->n_options; i++)
		if (!address->options[i].taken)
			return virtio_set_error(EINVAL, "the backend \"%s\" has no option \"%s\", "
						"it has %s", address->backend,
						address->options[i].key,
						address->asked[0] ? address->asked : "none");
	return 0;
}
