/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device addresses on the command line: telling them from files, opening
 * them, and the exit status of what went wrong.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct virtio_dev;

/* Where a backend stands. */
enum backend_state {
	BACKEND_ABSENT,
	BACKEND_REFUSED,
	BACKEND_READY,
};

enum backend_state backend_state(const char *name);

/* What stands before the first ':', if it is the name of a known backend. */
bool is_address(const char *text);

/* Does address begin with the backend's name? */
bool is_address_of(const char *text, const char *backend);

/* What stands after the first comma that separates, "" if there is none; in
 * what stands before it ",," is a literal comma. */
const char *address_options(const char *text);

/* What follows the first option of that name, "=VALUE..." or, where it is on
 * without a value, "" or ",...". NULL if it is not there. */
const char *address_option(const char *text, const char *name);

/* Copies what stands from here to the next comma that separates, ",," as ","; as much
 * as fits. */
void address_copy(const char *from, char *text, size_t size);

/*
 * Opens the device; timeout_ms is the deadline of opening and of every later
 * control call, unless the address sets its own. An exit status; anything but
 * EXIT_DONE after a sentence, with *vdev zeroed. From here on signals are
 * deferred if the address makes a file that has to be removed again.
 */
int open_device(struct virtio_dev *vdev, const char *address, uint64_t timeout_ms);

/* The same without a sentence, which is then library_sentence()'s: 0 or -errno. */
int open_quietly(struct virtio_dev *vdev, const char *address, uint64_t timeout_ms);

/* The library's sentence for the last failure, without the name of the call:
 * whoever types a command made none. */
const char *library_sentence(void);

/* Says it, and gives the exit status. */
int library_failure(void);

#endif /* ADDRESS_H */
