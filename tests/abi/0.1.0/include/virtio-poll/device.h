/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio device and its life: open, reset (negotiate), start, stop,
 * destruct; status, features, configuration space, events, queue ownership.
 *
 * Control calls: one thread at a time per device, each bounded by the
 * device's deadline as a whole. They return 0 or -errno and leave a sentence
 * in virtio_last_error(). VIRTIO 1.3, sections 2.1 to 2.5 and 3.
 */
#ifndef VIRTIO_POLL_DEVICE_H
#define VIRTIO_POLL_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include <virtio-poll/error.h>
#include <virtio-poll/json.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct virtqueue;
struct virtio_dev_ops;

/* The status of a device that was reset; as an argument it clears all bits. */
#ifndef VIRTIO_CONFIG_S_RESET
#define VIRTIO_CONFIG_S_RESET 0
#endif

/* Feature bits that kernel headers lack or keep in <linux/virtio_ring.h>. */
#ifndef VIRTIO_RING_F_INDIRECT_DESC
#define VIRTIO_RING_F_INDIRECT_DESC	28
#endif
#ifndef VIRTIO_RING_F_EVENT_IDX
#define VIRTIO_RING_F_EVENT_IDX		29
#endif
#ifndef VIRTIO_F_ACCESS_PLATFORM
#define VIRTIO_F_ACCESS_PLATFORM	33
#endif
#ifndef VIRTIO_F_RING_PACKED
#define VIRTIO_F_RING_PACKED		34
#endif
#ifndef VIRTIO_F_IN_ORDER
#define VIRTIO_F_IN_ORDER		35
#endif
#ifndef VIRTIO_F_ORDER_PLATFORM
#define VIRTIO_F_ORDER_PLATFORM		36
#endif
#ifndef VIRTIO_F_SR_IOV
#define VIRTIO_F_SR_IOV			37
#endif
#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA	38
#endif
#ifndef VIRTIO_F_NOTIF_CONFIG_DATA
#define VIRTIO_F_NOTIF_CONFIG_DATA	39
#endif
#ifndef VIRTIO_F_RING_RESET
#define VIRTIO_F_RING_RESET		40
#endif
#ifndef VIRTIO_F_ADMIN_VQ
#define VIRTIO_F_ADMIN_VQ		41
#endif

/*
 * A device. Allocated by the caller, zeroed, never moved, and handed to
 * virtio_dev_open or another constructor. Applications read it; of its
 * members only ctx may be changed.
 */
struct virtio_dev {
	struct virtqueue **vqs;		/* max_queues entries, NULL where absent */
	char *name;			/* the library's copy */
	uint16_t fixed_queues_num;	/* queues that are no request queues */
	uint16_t max_queues;		/* queues in use, the fixed ones included */
	uint64_t negotiated_features;	/* bits 24, 26, 27 and 30 never shown */
	int is_hw;			/* 1: behind a bus, not served by software */
	uint8_t modern;			/* 1: virtio 1.x */
	pthread_mutex_t mutex;		/* guards queue ownership */
	const struct virtio_dev_ops *backend_ops; /* full-size copy, no NULLs */
	void *ctx;			/* the backend's at first, then the caller's */
	void *priv;			/* the library's */
	void *reserved[16];
};

/*
 * Makes a stopped device of "BACKEND:ADDRESS[,key=value...]", for example
 * "vhost-user:/run/x.sock,queue-size=256": loads the backend's plugin and
 * lets it open the device. name is copied. -EINVAL: the address (its grammar,
 * an option or a value); -ENOENT: no such backend or device; -EBUSY: vdev is
 * open (it is left alone); else as the backend says. On any other failure
 * *vdev is zeroed. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_open(struct virtio_dev *vdev, const char *name, const char *address);

/*
 * Makes a stopped device of an ops table (backend.h). ops may be dropped
 * afterwards, a full-size copy is kept; ctx goes to ops->destruct_dev once,
 * or stays the caller's if this fails (*vdev is zeroed then). -EINVAL: a bad
 * name or table, -ENOMEM; -EBUSY: vdev is open and left alone. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_construct(struct virtio_dev *vdev, const char *name,
			 const struct virtio_dev_ops *ops, void *ctx);

/*
 * Stops the device if it is started, resets it and negotiates: device-type
 * bits are accepted if offered and in req_features; bits 24 to 41 are the
 * library's to choose; bits from 64 up are not accepted. -ENOTSUP: the device
 * has no VERSION_1; -EPROTO: it refused the features; -ETIMEDOUT: it did not
 * reset. VIRTIO 1.3, 3.1.1 steps 1 to 6. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_reset(struct virtio_dev *vdev, uint64_t req_features);

/*
 * Sets up queues and sets DRIVER_OK. max_queues is the total, 1 to
 * VIRTIO_MAX_VIRTQUEUES, the fixed ones included; a device with fewer starts
 * with those, and vdev->max_queues says how many. -EINVAL without a reset
 * before, for bad counts, or if registered memory has no descriptor and the
 * device needs one (memory.h); -ENODEV if a fixed queue or every queue is
 * absent; -ENOMEM. After a failure the device needs a reset. VIRTIO 1.3,
 * 3.1.1 steps 7 and 8. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_start(struct virtio_dev *vdev, uint16_t max_queues, uint16_t fixed_queues_num);

/*
 * Returns when the device no longer touches memory, or -ETIMEDOUT: then what
 * it may still touch stays mapped and is never reused. 0 on a device that is
 * not started. Afterwards virtio_recv_pkts hands back what was completed and
 * virtqueue_recv_failed the rest, a request that is still open among them
 * unless it is aborted first. vdev->vqs stays valid until the next reset, even
 * a failing one, or destruct. Ends queue ownership. Any thread, while no data call runs.
 * Since 0.1.0.
 */
int virtio_dev_stop(struct virtio_dev *vdev);

/*
 * Stops the device if it is started, releases everything and zeroes *vdev. No
 * cookie comes back after it. Does nothing on a zeroed one. Since 0.1.0.
 */
void virtio_dev_destruct(struct virtio_dev *vdev);

/* The device status field (VIRTIO_CONFIG_S_*); 0xff if the device is gone. Since 0.1.0. */
uint8_t virtio_dev_get_status(struct virtio_dev *vdev);

/* Sets status bits on top of the current ones; VIRTIO_CONFIG_S_RESET clears all. Since 0.1.0. */
void virtio_dev_set_status(struct virtio_dev *vdev, uint8_t flag);

/*
 * Reads or writes len bytes of device configuration space at offset, raw
 * little-endian, from open on, before reset too. A read is consistent under
 * generation changes. -EINVAL: negative len or beyond the space; -ENODATA: a
 * vhost-user server has less than that; -EAGAIN: the device kept changing it;
 * -ENOTSUP: no such space. VIRTIO 1.3, 2.5. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_read_dev_config(struct virtio_dev *vdev, size_t offset, void *dst, int len);
VIRTIO_MUST_CHECK
int virtio_dev_write_dev_config(struct virtio_dev *vdev, size_t offset, const void *src, int len);

/* The device's ops table (backend.h): full size, no NULL member. Since 0.1.0. */
const struct virtio_dev_ops *virtio_dev_backend_ops(struct virtio_dev *vdev);

/* Was the bit negotiated? false for bits from 64 up. Any thread. Since 0.1.0. */
bool virtio_dev_has_feature(struct virtio_dev *vdev, uint64_t feature_bit);

/* The bits the device offers, accepted or not, apart from those its transport
 * keeps to itself; 0 if it cannot say. Since 0.1.0. */
uint64_t virtio_dev_get_device_features(struct virtio_dev *vdev);

/* The virtio ID of the device's type (VIRTIO_ID_*); 0 if the transport does
 * not know it, as vhost-user does unless told by `type=`. Since 0.1.0. */
uint16_t virtio_dev_get_device_id(struct virtio_dev *vdev);

/*
 * The deadline of each later control call on this device, 1 to 3,600,000
 * milliseconds; 5,000 at first. `timeout=MS` in an address sets it from the
 * start. -EINVAL out of range. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_set_timeout(struct virtio_dev *vdev, int ms);

/* Bits that virtio_dev_poll_events returns. */
#define VIRTIO_EVENT_CONFIG		1u	/* configuration space changed */
#define VIRTIO_EVENT_PEER_LOST		2u	/* the serving process is gone */
#define VIRTIO_EVENT_REMOVED		4u	/* the device was unplugged */
#define VIRTIO_EVENT_RECONNECTED	8u	/* the serving process came back */
#define VIRTIO_EVENT_NEEDS_RESET	16u	/* the device asks for a reset */
#define VIRTIO_EVENT_QUEUE_BROKEN	32u	/* a queue's device side broke a rule */

/*
 * A descriptor to poll for input, readable while events wait. The library's:
 * do not read or close it; valid until destruct. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_get_event_fd(struct virtio_dev *vdev);

/*
 * Looks at the transport once and fills *events with what happened since the
 * last call, which that clears. 0 or -errno, never blocks. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_poll_events(struct virtio_dev *vdev, uint32_t *events);

/*
 * Queue ownership: who uses which queue, for programs whose threads look for
 * a free one. Advisory (data calls check nothing) and thread-safe.
 */
struct virtio_thread;

/* Binds queue index to the current thread. 0, or -1 if absent or taken. Since 0.1.0. */
VIRTIO_MUST_CHECK
int virtio_dev_acquire_queue(struct virtio_dev *vdev, uint16_t index);

/* Binds the first free queue from start_index on: its index, or -1. Since 0.1.0. */
VIRTIO_MUST_CHECK
int32_t virtio_dev_find_and_acquire_queue(struct virtio_dev *vdev, uint16_t start_index);

/* Who acquired the queue: what the thread op `current` gave then, or NULL
 * (also for an index that does not exist). Since 0.1.0. */
struct virtio_thread *virtio_dev_queue_get_thread(struct virtio_dev *vdev, uint16_t index);

/* Is the queue acquired by any thread? Since 0.1.0. */
bool virtio_dev_queue_is_acquired(struct virtio_dev *vdev, uint16_t index);

/* Gives the queue back. -EPERM if this thread does not own it. Since 0.1.0. */
int virtio_dev_release_queue(struct virtio_dev *vdev, uint16_t index);

/* How a program with user-level threads says which one is running. */
struct virtio_thread_ops {
	size_t size;				/* sizeof(struct virtio_thread_ops) */
	struct virtio_thread *(*current)(void);	/* NULL: not on such a thread */
};

/*
 * Installs thread ops; ops is copied, NULL restores the default (a token per
 * POSIX thread, never reused). -EBUSY after the first acquire, -EINVAL for a
 * bad table. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_set_thread_ops(const struct virtio_thread_ops *ops);

/* The current thread as queue ownership sees it. Since 0.1.0. */
struct virtio_thread *virtio_thread_current(void);

/*
 * Whether registers that vanish with an unplugged device are to be survived.
 * Off at first: a kick or a control call in the moment between the removal
 * and its notice may then end the program with SIGBUS. On: a handler of
 * SIGBUS is installed, and such an access reads all ones, which means removed;
 * every other SIGBUS goes to the handler that was there before. Off again:
 * that one is put back; -EBUSY if another was installed over ours since.
 * Process-wide, any thread, any number of times. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_set_sigbus_guard(bool on);

/*
 * Writes one member `virtio` {`vq_count`, `vq_size`, `type`, `socket` or
 * `pci_address`, ...} into the caller's open object. Since 0.1.0.
 */
void virtio_dev_dump_json_info(struct virtio_dev *vdev, struct virtio_json_writer *w);

/*
 * Writes the members that would recreate the device: `trtype`, `traddr` and,
 * for vhost-user, `vq_count` (without the fixed ones) and `vq_size`.
 * Since 0.1.0.
 */
void virtio_dev_write_json_config(struct virtio_dev *vdev, struct virtio_json_writer *w);

/* A backend that is installed, or a file that was refused and why. */
struct virtio_backend_info {
	size_t size;			/* sizeof, as the library knows it */
	const char *name;
	const char *path;		/* of the plugin's file */
	const char *version;		/* NULL if refused */
	const char *description;	/* one line; NULL if refused */
	uint32_t abi;			/* as the plugin says; 0 if unknown */
	int32_t error;			/* 0, or -errno of the refusal */
	const char *reason;		/* NULL, or the sentence of the refusal */
};

/*
 * Calls cb for each plugin file found, refused ones too, sorted by name. The
 * record is valid during the call; a non-zero result ends the walk and is
 * returned. Any thread. Since 0.1.0.
 */
int virtio_backend_foreach(int (*cb)(const struct virtio_backend_info *info, void *ctx), void *ctx);

/* A device that could be opened. */
struct virtio_device_info {
	size_t size;			/* sizeof, as the library knows it */
	const char *address;		/* what virtio_dev_open takes */
	const char *driver;		/* kernel driver that holds it, or NULL */
	const char *missing;		/* NULL if ready, else the one thing missing */
	int32_t iommu_group;		/* -1 if none */
	int32_t numa_node;		/* -1 if unknown */
	uint16_t device_id;		/* VIRTIO_ID_*, 0 if unknown */
	uint16_t reserved16[3];
	uint64_t reserved[4];
};

/*
 * Calls cb for each device that a backend finds by itself. The record is
 * valid during the call; a non-zero result ends the walk and is returned.
 * Any thread. Since 0.1.0.
 */
int virtio_dev_enumerate(int (*cb)(const struct virtio_device_info *info, void *ctx), void *ctx);

/*
 * Writes what is known of the device at address without opening it, as
 * members of the caller's open object. -EINVAL bad address, -ENOENT no such
 * backend or device, -ENOTSUP if the backend can only open. Since 0.1.0.
 */
VIRTIO_MUST_CHECK
int virtio_dev_describe(const char *address, struct virtio_json_writer *w);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif /* VIRTIO_POLL_DEVICE_H */
