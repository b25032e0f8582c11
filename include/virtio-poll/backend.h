/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For authors of backends: the ops table that makes a device, the record a
 * plugin is found by, and what a backend may call.
 *
 * A plugin is a shared object NAME.so in the plugin folder that exports one
 * function, virtio_backend_query. Structures begin with their size and grow
 * at their end only; VIRTIO_BACKEND_ABI changes when that does not suffice.
 */
#ifndef VIRTIO_POLL_BACKEND_H
#define VIRTIO_POLL_BACKEND_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virtio-poll/device.h>
#include <virtio-poll/error.h>
#include <virtio-poll/json.h>
#include <virtio-poll/log.h>
#include <virtio-poll/memory.h>
#include <virtio-poll/names.h>
#include <virtio-poll/pci.h>
#include <virtio-poll/version.h>
#include <virtio-poll/virtqueue.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* The `abi` of both structures; also names the plugin folder. */
#define VIRTIO_BACKEND_ABI 0u

/*
 * A piece of memory that the device is told of or forgets. The first part is
 * filled in by the engine; mem_add may fill in the second, which is preset to
 * the identity (bus addresses are virtual addresses). A region given to
 * mem_remove has the same addr, len and cookie as it had in mem_add.
 *
 * Only memory of one file is merged with its neighbours, or told again in
 * parts: what has no descriptor is one region for each registration.
 */
struct virtio_mem_region {
	uint32_t struct_size;
	int32_t fd;			/* -1, or the file; the engine's, dup to keep */
	void *addr;
	uint64_t len;
	uint64_t fd_offset;
	uint64_t page_size;		/* of the mapping, bytes */

	uint64_t bus_addr;		/* of addr */
	const uint64_t *bus_pages;	/* NULL, or the bus address of each piece of
					 * bus_page_size bytes from addr on; copied
					 * when mem_add returns */
	uint64_t bus_page_size;		/* a power of 2, bytes */
	void *cookie;			/* the backend's own */
	uint64_t reserved[4];
};

/*
 * What a transport does. Members up to notify_queue are required, except
 * read_dev_cfg, write_dev_cfg and destruct_dev; the rest may be NULL. All
 * return 0 or -errno (after virtio_set_error) unless said.
 *
 * Threads: the engine calls all but notify_queue one at a time per device,
 * on whatever thread made the call; notify_queue runs on the queue's thread,
 * next to any of them. No call may block longer than virtio_time_left().
 */
struct virtio_dev_ops {
	uint32_t struct_size;		/* VIRTIO_DEV_OPS_INIT sets both */
	uint32_t abi;

	/* Configuration space, raw bytes; the transport checks the bounds. */
	int (*read_dev_cfg)(struct virtio_dev *vdev, size_t offset, void *dst, int len);
	int (*write_dev_cfg)(struct virtio_dev *vdev, size_t offset, const void *src, int len);
	/* The status field; 0xff if the device is gone. 0 written is a reset. */
	uint8_t (*get_status)(struct virtio_dev *vdev);
	void (*set_status)(struct virtio_dev *vdev, uint8_t status);
	/* What the device offers; 0 after virtio_set_error if it cannot be read. */
	uint64_t (*get_features)(struct virtio_dev *vdev);
	/* What was accepted; sets vdev->negotiated_features itself or not at all. */
	int (*set_features)(struct virtio_dev *vdev, uint64_t features);
	/* Frees the context, once, last of all calls. */
	void (*destruct_dev)(struct virtio_dev *vdev);
	/* Largest size of a queue, a power of 2 up to 32768; 0 if absent. */
	uint16_t (*get_queue_size)(struct virtio_dev *vdev, uint16_t queue_id);
	/* Makes the laid-out, cleared ring known to the device. */
	int (*setup_queue)(struct virtio_dev *vdev, struct virtqueue *vq);
	/* Forgets the queue; the ring is freed afterwards. After stop, or after a
	 * setup_queue that failed elsewhere. */
	void (*del_queue)(struct virtio_dev *vdev, struct virtqueue *vq);
	/* Tells the device that there are new buffers. */
	void (*notify_queue)(struct virtio_dev *vdev, struct virtqueue *vq);
	/* Further members of the open `virtio` object: `type`, where it is. */
	void (*dump_json_info)(struct virtio_dev *vdev, struct virtio_json_writer *w);
	/* Members of an open object, see virtio_dev_write_json_config. */
	void (*write_json_config)(struct virtio_dev *vdev, struct virtio_json_writer *w);

	/* Changes when configuration space changes. NULL: reads are atomic. */
	uint32_t (*get_config_generation)(struct virtio_dev *vdev);
	/* How many queues there are. NULL: ask get_queue_size for each. */
	uint16_t (*get_max_queues)(struct virtio_dev *vdev);
	/* Memory the device may be given from now on: before the first
	 * setup_queue for all that exists at start, later one by one. 1: the
	 * device cannot reach this memory and goes without it; mem_remove is not
	 * called for it. NULL: the device sees all memory of this process at its
	 * own addresses. */
	int (*mem_add)(struct virtio_dev *vdev, struct virtio_mem_region *region);
	int (*mem_remove)(struct virtio_dev *vdev, const struct virtio_mem_region *region);
	/* An eventfd that counts the device's signals for vq; several queues may
	 * share one. The engine watches it edge-triggered and never reads it, nor
	 * does anybody else need to. vq NULL: a descriptor that is readable while
	 * poll has something to do. NULL or -ENOTSUP: no interrupts. Valid until
	 * del_queue, or destruct_dev. */
	int (*queue_fd)(struct virtio_dev *vdev, struct virtqueue *vq);
	/* Has something happened to the peer? Reports through virtio_dev_report.
	 * While nothing has, at most one system call, which does not block: it
	 * runs next to the data path, and at the begin of every control call. */
	int (*poll)(struct virtio_dev *vdev);
	/* Ends all device access to memory and returns when that is certain.
	 * NULL: a reset, awaited. -ETIMEDOUT: it may still touch memory. */
	int (*stop)(struct virtio_dev *vdev);
	/* NULL: no limits, as *limits says before: only what there is is filled in. */
	int (*get_mem_limits)(struct virtio_dev *vdev, struct virtio_mem_limits *limits);
	/* The device type, VIRTIO_ID_*, 0 if unknown. */
	uint16_t (*get_device_id)(struct virtio_dev *vdev);
	/* As poll, for virtio_dev_poll_events and control calls only: may also
	 * read the device's registers. NULL: poll. */
	int (*look)(struct virtio_dev *vdev);
};

/* First in an initialiser of struct virtio_dev_ops. */
#define VIRTIO_DEV_OPS_INIT \
	.struct_size = sizeof(struct virtio_dev_ops), .abi = VIRTIO_BACKEND_ABI

/* A parsed "BACKEND:ADDRESS[,key=value...]"; the virtio_address_* calls read it. */
struct virtio_address;

/* A device that a backend found, before it is a struct virtio_dev. The backend's. */
typedef int (*virtio_attach_cb)(void *device, void *cb_ctx);

/*
 * The constant record that virtio_backend_query returns. name must be that of
 * the file without ".so". open is required.
 */
struct virtio_backend {
	uint32_t struct_size;		/* VIRTIO_BACKEND_INIT sets both */
	uint32_t abi;
	const char *name;
	const char *version;		/* of the plugin */
	const char *description;	/* one line */

	/* Calls cb for each device there is; ends with cb's first non-zero result. */
	int (*enumerate)(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx);
	/* Calls cb for each usable device of the type, or the one at addr. The
	 * device is the backend's again if cb returns non-zero. */
	int (*attach)(virtio_attach_cb cb, void *cb_ctx, uint16_t device_id,
		      const struct virtio_pci_addr *addr);
	/* Makes vdev of a device that attach handed out; owns it on success. */
	int (*init)(struct virtio_dev *vdev, const char *name, void *device);
	/* Makes vdev of an address; ends in virtio_dev_construct. -EINVAL is for
	 * a bad address only. */
	int (*open)(struct virtio_dev *vdev, const char *name, struct virtio_address *address);
	/* Members of an open object: what is at address, without opening it. */
	int (*describe)(struct virtio_address *address, struct virtio_json_writer *w);
	/* Gives back a device that attach handed out and nobody will init. No
	 * call of this release asks for it. */
	void (*release)(void *device);
};

/* First in an initialiser of struct virtio_backend. */
#define VIRTIO_BACKEND_INIT \
	.struct_size = sizeof(struct virtio_backend), .abi = VIRTIO_BACKEND_ABI

/* The plugin's one exported function: its record, constant. */
const struct virtio_backend *virtio_backend_query(void);

/*
 * Leaves the sentence for virtio_last_error() and returns -err. err is a
 * positive errno. The text needs no call name in front, the library knows
 * which call the user made. Any thread. Since 0.1.0.
 */
int virtio_set_error(int err, const char *fmt, ...)
#if defined(__GNUC__)
	__attribute__((format(printf, 2, 3)))
#endif
	;

/*
 * Tells the engine, and the program, what happened: events are VIRTIO_EVENT_*,
 * the text says why. PEER_LOST and REMOVED end all use of the rings: report
 * them only when the device can no longer complete requests. Any thread, in
 * an op or outside; never calls an op itself. Since 0.1.0.
 */
void virtio_dev_report(struct virtio_dev *vdev, uint32_t events, const char *fmt, ...)
#if defined(__GNUC__)
	__attribute__((format(printf, 3, 4)))
#endif
	;

/* A message for the log (VIRTIO_LOG_*). Any thread. Since 0.1.0. */
void virtio_log(int level, const char *fmt, ...)
#if defined(__GNUC__)
	__attribute__((format(printf, 2, 3)))
#endif
	;

/* The ctx given to virtio_dev_construct, whatever became of vdev->ctx. Since 0.1.0. */
void *virtio_dev_backend_ctx(struct virtio_dev *vdev);

/*
 * Milliseconds left of the control call that runs on this thread, 0 when its
 * deadline has passed; the default deadline outside of one. Since 0.1.0.
 */
int virtio_time_left(void);

/*
 * Names len bytes at addr, a mapping of device registers, for the guard of
 * virtio_set_sigbus_guard, whether that is on or not. If an access there
 * raises SIGBUS while it is on, the page reads all ones from then on, but for
 * what is written to it. Before the mapping goes, remove takes its addr back.
 * Any thread; 0, -EINVAL or -ENOMEM. hit tells whether that has happened to the
 * mapping that holds addr: a write tells nobody else. Lock-free. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_sigbus_guard_add(void *addr, size_t len);
bool virtio_sigbus_guard_hit(const void *addr);
void virtio_sigbus_guard_remove(void *addr);

/*
 * Reading an address. `target` is what stands between the first colon and the
 * first single comma, with ",," made ",". The take calls look for an option:
 * 1 and *value set, 0 if absent (*value unchanged), or -EINVAL with a sentence
 * that names the option, the value and what is allowed. A bare key means
 * "on". `finish` refuses options that nobody took. Since 0.1.0.
 */
const char *virtio_address_target(const struct virtio_address *address);
int virtio_address_take_string(struct virtio_address *address, const char *key,
			       const char **value);
int virtio_address_take_uint(struct virtio_address *address, const char *key, uint64_t min,
			     uint64_t max, uint64_t *value);
/* With K, M, G or T, binary. */
int virtio_address_take_size(struct virtio_address *address, const char *key, uint64_t min,
			     uint64_t max, uint64_t *value);
/* on, off, yes, no, true, false, 1, 0. */
int virtio_address_take_bool(struct virtio_address *address, const char *key, bool *value);
/* Feature names of any type joined with '+', or hexadecimal with 0x. */
int virtio_address_take_features(struct virtio_address *address, const char *key, uint64_t *value);
VIRTIO_MUST_CHECK
int virtio_address_finish(struct virtio_address *address);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_BACKEND_H */
