/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the programs of the guest tier begin with: a device opened and started by
 * its address, memory it can reach, completions waited for. Public interface only.
 * Whatever fails ends the program with 1 and the library's sentence: a case looks
 * for its words.
 */
#ifndef VP_TESTS_GUEST_DEVICE_H
#define VP_TESTS_GUEST_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virtio-poll/virtio.h>

/* Seconds that the program waits for what has to come. */
#define PATIENCE 20

/* Says why and ends the program. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the program if result is negative, with the library's sentence. */
void must(int result, const char *what);

/* Ends the program unless it is so. */
void check(bool is_so, const char *what);

double seconds(void);

/* Opens the device. */
void device_open(struct virtio_dev *dev, const char *address);

/* Opens and starts it. `features` are of the device's type; `queues` is the total. */
void device_up(struct virtio_dev *dev, const char *address, uint64_t features, unsigned queues,
	       unsigned fixed);

/* Zeroed memory for requests to the device: in huge pages if it needs them. */
void *device_memory(struct virtio_dev *dev, size_t len);

/* Waits for n completions by polling: their cookies and, unless NULL, lengths. */
void collect(struct virtqueue *vq, void **cookies, uint32_t *lens, unsigned n);

/* Waits for an event of the set. */
void await_event(struct virtio_dev *dev, uint32_t events, const char *what);

/* Tells the machine's monitor a command, with the host's help: see boot.c. */
void ask_machine(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number of the command line. */
uint64_t number(const char *text);

#endif /* VP_TESTS_GUEST_DEVICE_H */
