/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device as a whole: built, negotiated with, told of memory, stopped.
 *
 * Called by plugin.c, one call at a time; the queues call what is marked so
 * in device.h. One tear-down, loop_dev_free, for every state of building.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "device.h"

#define BIT(n) (UINT64_C(1) << (n))

/* What the ring and its environment can do, if offered and accepted. The
 * device has one address space with its driver and uses buffers in order. */
#define RING_FEATURES \
	(BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX) | \
	 BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM) | \
	 BIT(VIRTIO_F_ORDER_PLATFORM) | BIT(VIRTIO_F_IN_ORDER))

#define DEFAULT_RING_FEATURES \
	(BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX) | \
	 BIT(VIRTIO_F_VERSION_1))

/* Type bits may be anything that was asked for: they change nothing else. */
#define TYPE_FEATURES	((BIT(24) - 1) | BIT(42) | ~(BIT(50) - 1))

#define CONFIG_SHORT_LENGTH	8	/* capacity, and nothing behind it */

void loop_dev_ask_reset(struct loop_dev *dev, const char *fmt, ...)
{
	va_list ap;

	atomic_fetch_or(&dev->status, VIRTIO_CONFIG_S_NEEDS_RESET);
	va_start(ap, fmt);
	report_add(&dev->report, VIRTIO_EVENT_NEEDS_RESET, fmt, ap);
	va_end(ap);
}

static void report_loss(struct loop_dev *dev, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void report_loss(struct loop_dev *dev, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_add(&dev->report, VIRTIO_EVENT_PEER_LOST, fmt, ap);
	va_end(ap);
}

void loop_dev_lose(struct loop_dev *dev)
{
	if (!atomic_exchange(&dev->lost, true))
		report_loss(dev, "the device died, asked to by fault=die");
}

/* A lost device has to be past its last completion before that is told; a
 * queue that is still being served will have it told at a later call. */
void loop_dev_poll(struct loop_dev *dev, struct virtio_dev *vdev)
{
	if (atomic_load(&dev->lost))
		for (uint32_t i = 0; i < dev->queues_made; i++)
			if (!queue_is_idle(&dev->queues[i]))
				return;
	report_deliver(&dev->report, vdev);
}

static int lost(void)
{
	return virtio_set_error(ECONNRESET, "the device died (fault=die); open it anew");
}

/* A change begins; queues that are about to be served wait for its end. */
static void change_begin(struct loop_dev *dev)
{
	pthread_mutex_lock(&dev->gate);
	atomic_store(&dev->changing, true);
}

static void change_end(struct loop_dev *dev)
{
	atomic_store(&dev->changing, false);
	pthread_mutex_unlock(&dev->gate);
}

/* Does fn to each queue within one change; the first error ends it. */
static int each_queue(struct loop_dev *dev, int (*fn)(struct loop_queue *q))
{
	int err = 0;

	change_begin(dev);
	for (uint32_t i = 0; i < dev->queues_made && !err; i++)
		err = fn(&dev->queues[i]);
	change_end(dev);
	return err;
}

int loop_dev_stop(struct loop_dev *dev)
{
	return each_queue(dev, queue_forget);
}

static void reset(struct loop_dev *dev)
{
	if (loop_dev_stop(dev))
		return;		/* the status goes on to say so */
	dev->accepted = 0;
	blk_set_features(&dev->blk, 0);
	atomic_store(&dev->faults.requests, 0);
	report_drop(&dev->report, VIRTIO_EVENT_NEEDS_RESET);
	atomic_store(&dev->status, 0);
}

static bool features_are_fine(const struct loop_dev *dev)
{
	uint64_t can = RING_FEATURES | TYPE_FEATURES;

	return !fault_armed(&dev->faults, FAULT_FEATURES_REFUSED) &&
	       dev->accepted & BIT(VIRTIO_F_VERSION_1) &&
	       !(dev->accepted & ~dev->offered) && !(dev->accepted & ~can);
}

/* The driver's rules for the status field; false: the write is ignored. */
static bool status_is_sane(struct loop_dev *dev, uint8_t old, uint8_t value)
{
	/* What only the device sets may have come between read and write. */
	uint8_t dropped = old & ~value & ~VIRTIO_CONFIG_S_NEEDS_RESET;

	if (dropped && dev->options.strict) {				/* STATUS-2 */
		loop_dev_ask_reset(dev, "status 0x%x written over 0x%x takes bits back"
				   " (STATUS-2)", value, old);
		return false;
	}
	if (value & VIRTIO_CONFIG_S_DRIVER_OK && !(old & VIRTIO_CONFIG_S_FEATURES_OK)) {
		loop_dev_ask_reset(dev, "status 0x%x: DRIVER_OK without FEATURES_OK", value);
		return false;
	}
	return true;
}

void loop_dev_set_status(struct loop_dev *dev, uint8_t value)
{
	uint8_t old = atomic_load(&dev->status);

	if (value == 0) {
		reset(dev);
		return;
	}
	if (!status_is_sane(dev, old, value))
		return;
	if (value & ~old & VIRTIO_CONFIG_S_FEATURES_OK) {
		if (features_are_fine(dev))
			blk_set_features(&dev->blk, dev->accepted);
		else
			value &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
	}
	/* Only added to: a queue may be setting NEEDS_RESET at this moment. */
	atomic_fetch_or(&dev->status, value);
}

int loop_dev_set_features(struct loop_dev *dev, uint64_t features)
{
	if (atomic_load(&dev->lost))
		return lost();
	if (atomic_load(&dev->status) & VIRTIO_CONFIG_S_FEATURES_OK)	/* FEAT-11 */
		return virtio_set_error(EBUSY, "features 0x%" PRIx64 " written after FEATURES_OK;"
					" reset the device first", features);
	dev->accepted = features;
	return 0;
}

/* No longer published, but a queue may be reading it. */
static void retire(struct loop_dev *dev, struct mem_table *table)
{
	if (!table)
		return;
	table->retired = dev->retired;
	dev->retired = table;
}

/*
 * Publishes a table in place of the current one and waits for each queue to
 * be free once: from then on none reads another than this. If one is not free
 * in time the old table comes back, and the change has not happened; a batch
 * that began meanwhile ends with the new one, which therefore stays allocated.
 */
static int change_memory(struct loop_dev *dev, struct mem_table *table)
{
	struct mem_table *old;
	int err;

	/* release: what the table says before the pointer to it. */
	old = atomic_exchange_explicit(&dev->memory, table, memory_order_acq_rel);
	err = each_queue(dev, queue_wait);
	if (err) {
		atomic_store_explicit(&dev->memory, old, memory_order_release);
		retire(dev, table);
		return err;
	}
	retire(dev, old);
	mem_table_free(dev->retired);
	dev->retired = NULL;
	return 0;
}

static int memory_error(int err, const char *what, uint64_t addr, uint64_t len)
{
	return virtio_set_error(-err, "%s %" PRIu64 " bytes of memory at 0x%" PRIx64 ": %s", what,
				len, addr, strerror(-err));
}

int loop_dev_mem_add(struct loop_dev *dev, uint64_t addr, uint64_t len)
{
	struct mem_table *table;
	int err = mem_table_with(atomic_load(&dev->memory), addr, len, &table);

	return err ? memory_error(err, "adding", addr, len) : change_memory(dev, table);
}

int loop_dev_mem_remove(struct loop_dev *dev, uint64_t addr, uint64_t len)
{
	struct mem_table *table;
	int err = mem_table_without(atomic_load(&dev->memory), addr, len, &table);

	return err ? memory_error(err, "removing", addr, len) : change_memory(dev, table);
}

static int open_store(struct loop_dev *dev)
{
	const struct loop_options *o = &dev->options;
	struct store *store = &dev->blk.store;

	if (o->null)
		return store_open_null(store, o->size);
	if (o->file)
		return store_open_file(store, o->file, o->readonly);
	return store_open_memory(store, o->size);
}

static int build_blk(struct loop_dev *dev)
{
	const struct loop_options *o = &dev->options;
	struct blk *blk = &dev->blk;
	int err = open_store(dev);

	if (err)
		return err;
	blk->sectors = blk->store.size / SECTOR_SIZE;
	blk->readonly = o->readonly;
	if (o->serial)
		memcpy(blk->serial, o->serial, strnlen(o->serial, sizeof(blk->serial)));
	blk->block_size = (uint32_t)o->block_size;
	/* Header and status need a descriptor each. */
	blk->seg_max = o->seg_max ? (uint32_t)o->seg_max :
		       o->queue_size > 3 ? (uint32_t)o->queue_size - 2 : 1;
	blk->max_segments = o->seg_max ? (uint32_t)o->seg_max : UINT32_MAX;
	blk->size_max = (uint32_t)o->size_max;
	blk->num_queues = (uint16_t)o->num_queues;
	dev->offered = ((DEFAULT_RING_FEATURES | blk_default_features(blk)) & ~o->no_features) |
		       o->features;
	blk->offered = dev->offered;
	blk->config_len = fault_armed(&dev->faults, FAULT_CONFIG_SHORT) ? CONFIG_SHORT_LENGTH :
			  blk_config_length(dev->offered);
	blk_set_features(blk, 0);
	return 0;
}

static int build_queues(struct loop_dev *dev)
{
	size_t size = dev->options.num_queues * sizeof(*dev->queues);

	/* calloc does not align to cache lines, which keep queues apart. */
	if (posix_memalign((void **)&dev->queues, _Alignof(struct loop_queue), size)) {
		dev->queues = NULL;
		return virtio_set_error(ENOMEM, "no memory for num-queues=%" PRIu64,
					dev->options.num_queues);
	}
	memset(dev->queues, 0, size);
	while (dev->queues_made < dev->options.num_queues) {
		int err = queue_init(&dev->queues[dev->queues_made], dev,
				     (uint16_t)dev->queues_made);

		if (err)
			return virtio_set_error(-err, "no lock for a queue: %s", strerror(-err));
		dev->queues_made++;
	}
	return 0;
}

static int build(struct loop_dev *dev)
{
	int err = faults_parse(&dev->faults, dev->options.fault);

	dev->faulty = faults_concern_requests(&dev->faults);
	if (!err)
		err = report_init(&dev->report);
	if (!err)
		err = build_blk(dev);
	if (!err)
		err = build_queues(dev);
	if (!err && dev->options.thread)
		err = worker_start(&dev->worker, dev->queues, dev->queues_made,
				   dev->options.spin);
	return err;
}

int loop_dev_new(struct loop_options *options, struct loop_dev **made)
{
	struct loop_dev *dev = calloc(1, sizeof(*dev));
	int err;

	if (!dev)
		return virtio_set_error(ENOMEM, "no memory for a device");
	dev->options = *options;
	*options = (struct loop_options){ 0 };
	dev->blk.store.fd = dev->report.fd = dev->worker.fd = -1;
	pthread_mutex_init(&dev->gate, NULL);
	err = build(dev);
	if (err) {
		loop_dev_free(dev);
		return err;
	}
	*made = dev;
	return 0;
}

void loop_dev_free(struct loop_dev *dev)
{
	if (!dev)
		return;
	worker_stop(&dev->worker);
	for (uint32_t i = 0; i < dev->queues_made; i++)
		queue_destroy(&dev->queues[i]);
	free(dev->queues);
	mem_table_free(atomic_load(&dev->memory));
	mem_table_free(dev->retired);
	store_close(&dev->blk.store);
	report_destroy(&dev->report);
	pthread_mutex_destroy(&dev->gate);
	loop_options_free(&dev->options);
	free(dev);
}
