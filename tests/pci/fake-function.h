/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI function made of bytes: configuration space, and a BAR with a virtio
 * device behind it. The plugin opens it by a way in of its own, where every
 * access is a call, so that each is seen with its offset and its width.
 *
 * It keeps watch: the first thing that a driver must not do is noted in
 * `offence`. Its other members tell it how to misbehave itself.
 */
#ifndef FAKE_FUNCTION_H
#define FAKE_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include <virtio-poll/backend.h>

#include "config-bytes.h"
#include "device.h"

#define FAKE_NAME	"7000:fe:04.0"	/* far from any bus of this machine */
#define FAKE_BAR	4
#define FAKE_QUEUES	8
#define FAKE_LOG	8192
#define FAKE_IOVA	0x100000000000u	/* what a translated address is higher by */

struct fake_queue {
	uint16_t max;			/* size after a reset; 0: absent */
	uint16_t notify_off;
	uint16_t config_data;
	uint8_t regs[0x40];		/* the queue's part of the common structure */
	uint8_t at_enable[0x40];	/* the same when queue_enable was written */
	bool disagrees;			/* its size is not changed by writing it */
	uint16_t moves_by;		/* its notify_off, after the first read of a start */
	unsigned notify_off_reads;	/* since the reset */
};

struct fake_access_log {
	bool write;
	uint8_t width;
	uint32_t at;			/* in the BAR */
	uint32_t value;
};

struct fake_function {
	/* What it is. Changed between fake_init and fake_open. */
	uint16_t type;
	uint64_t offers;
	uint16_t num_queues;
	uint16_t num_queues_at_first;	/* before FEATURES_OK; 0: the same */
	struct fake_queue queues[FAKE_QUEUES];
	struct vpci_place common, isr, device, notify;
	uint32_t multiplier;
	uint16_t msix;			/* vectors in the table; 0: no capability */
	uint8_t config[64];
	uint8_t generation;

	/* The way in. */
	bool translated;
	bool map_notify;		/* the doorbells' page is a file, mapped */
	bool map_all;			/* the BAR is memory, and there are no calls */
	bool decoy;			/* a common structure before it, in a BAR inside a page */
	bool ports;			/* and I/O ports, as a transitional device has */
	unsigned irqs;			/* vectors that the kernel gives */
	unsigned irqs_at_once;		/* set_irqs of more fails; 0: no limit */
	bool watched;			/* has request and error eventfds */
	struct vpci_options options;
	int open_ms;			/* the deadline of fake_open */

	/* How it misbehaves. */
	unsigned reset_reads;		/* of the status, that a reset takes */
	bool stuck;			/* a reset never ends */
	bool refuses_features;
	bool refuses_driver_ok;
	bool aliases;			/* every word of features is word 0 */
	int refuses_vector;		/* the mapping of this number fails; 0: none */
	bool moves_vector;		/* it maps the vector after the one asked for */
	bool keeps_vectors;		/* "no vector" does not read back */
	bool unsteady;			/* another generation at each read */
	bool silent;			/* reads of the BAR are ones, writes are lost */
	bool gone;			/* of configuration space as well */
	unsigned vanishes;		/* gone at its so many-th access from now; 0: never */
	bool replaced;			/* gone, and another device has its addresses */
	bool guarded;			/* once it is gone, its BAR is a page of zeroes */

	/* State. */
	uint8_t regs[0x40];
	uint64_t driver_features;
	unsigned resetting;		/* reads of the status that the reset still takes */
	unsigned resets;
	unsigned mappings;		/* of vectors, tried */
	int irq_fds[64];
	unsigned irq_count;
	unsigned mem_regions;		/* that it was told and not taken back */
	unsigned let_goes;
	unsigned opens;
	unsigned closes;
	int notify_fd;
	int bar_fd;			/* with map_all */
	struct {
		void *addr;
		uint64_t len;
	} maps[4];
	unsigned map_count;
	struct vpci_dev *dev;

	/* What was seen. */
	char offence[160];
	struct fake_access_log log[FAKE_LOG];
	unsigned accesses;
	struct config_bytes space;
	unsigned window;		/* where the access window's capability is */
	unsigned config_writes;
};

/* The one there is. */
extern struct fake_function fake;

/* A block device with 3 queues of 256, 4 vectors, at home in 16 KiB of BAR 4. */
void fake_init(void);

/* As after power on, and the way in to it. */
const struct vpci_access_choice *fake_power_on(void);

/* Opens it through the plugin; result of vpci_dev_open. */
int fake_open(struct virtio_dev *vdev);

/* The same, and it must go well. */
void fake_must_open(struct virtio_dev *vdev);
/* Opened, reset and started with so many queues. */
void fake_must_start(struct virtio_dev *vdev, uint16_t queues);

/* Destructs the device; it was left as it should be, and nothing offended. */
void fake_end(struct virtio_dev *vdev);

/* Looks at the common structure without being seen. */
uint32_t fake_reg(unsigned at, unsigned width);
void fake_set_status(uint8_t status);
/* The same of a queue, as it is or as it was when it was enabled. */
uint64_t fake_queue_reg(const uint8_t regs[0x40], unsigned at, unsigned width);

/* With map_all: whoever touches a register from now on dies of it. */
void fake_forbid_bar(void);

/* How many accesses there were to [at, at + len) of the BAR. */
unsigned fake_count(bool write, uint64_t at, uint64_t len);
/* The last write into the notify structure; false if there was none. */
bool fake_rung(struct fake_access_log *last);

/* Signals the eventfd of a vector. */
void fake_signal(unsigned vector);
/* Completes the oldest request that is not completed yet, as the nth. */
void fake_complete(struct virtqueue *vq, uint16_t nth);

#endif /* FAKE_FUNCTION_H */
