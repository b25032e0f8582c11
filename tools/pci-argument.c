/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds the PCI function that an argument names: of info, bind, unbind and
 * doctor. Options behind the first comma are the backend's: it is asked whether
 * they are right, without opening the device.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/device.h>

#include "address.h"
#include "command.h"
#include "pci-argument.h"
#include "pci-function.h"
#include "report.h"

/* Longer is no PCI address, and still told from one that has been cut. */
#define PLACE_SIZE 64

const char *pci_argument_place(const char *text)
{
	return is_address_of(text, "pci") ? text + strlen("pci:") : text;
}

static int read_place(const char *text, char place[PLACE_SIZE], struct virtio_pci_addr *addr)
{
	const char *from = pci_argument_place(text);

	snprintf(place, PLACE_SIZE, "%.*s", (int)strcspn(from, ","), from);
	return virtio_pci_addr_parse(addr, place);
}

bool is_pci_argument(const char *text)
{
	char place[PLACE_SIZE];
	struct virtio_pci_addr addr;

	return is_address_of(text, "pci") || !read_place(text, place, &addr);
}

struct question {
	const char *address;
	int err;
};

static void ask_backend(struct virtio_json_writer *w, void *ctx)
{
	struct question *question = ctx;

	question->err = virtio_dev_describe(question->address, w);
}

/* Is the address wrong in the eyes of the library, after a sentence? What it says
 * of the device itself is dropped: a backend that is not there is no error here. */
static int check_options(const char *text)
{
	size_t size = strlen(text) + sizeof("pci:");
	char *full = malloc(size);
	struct question question = { .address = full };
	struct report *unused;

	if (!full) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	snprintf(full, size, "pci:%s", pci_argument_place(text));
	unused = report_new();
	(void)report_collect(report_root(unused), ask_backend, &question);
	report_free(unused);
	if (question.err == -EINVAL)
		library_failure();
	free(full);
	return question.err == -EINVAL ? EXIT_USAGE : EXIT_DONE;
}

int pci_argument_find(const char *command, const char *text, struct pci_function *function)
{
	char place[PLACE_SIZE];
	struct virtio_pci_addr addr;
	int err;

	if (read_place(text, place, &addr)) {
		complain("%s: '%s' is no PCI address: use DOMAIN:BUS:DEVICE.FUNCTION, as "
			 "pci:0000:00:04.0", command, place);
		return EXIT_USAGE;
	}
	/* Without options there is nothing to ask for. */
	err = strchr(text, ',') ? check_options(text) : EXIT_DONE;
	if (err != EXIT_DONE)
		return err;
	err = pci_function_find(&addr, function);
	if (!err)
		return EXIT_DONE;
	if (err == -EMEDIUMTYPE)
		complain("%s: %s is no virtio device (vendor 0x%04x, device 0x%04x)", command,
			 text, function->vendor, function->device);
	else
		complain("%s: there is no PCI device %s (see '" PROGRAM " list')", command, place);
	return EXIT_FAILED;
}
