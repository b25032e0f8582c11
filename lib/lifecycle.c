/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The status sequence of VIRTIO 1.3, 3.1.1 and its way back: reset and
 * negotiate, start, stop.
 *
 * Start and stop hold the memory lock only where they change what the device
 * may be given; talking to the device happens under its own lock alone.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "device.h"
#include "memory-registry.h"
#include "queue-set.h"

#define STATUS_GONE 0xff	/* HARD-STAT-5: all ones is no status */

static int check_alive(struct device *dev)
{
	int lost = atomic_load_explicit(&dev->lost, memory_order_relaxed);

	if (lost == -ENODEV)
		return virtio_set_error(ENODEV, "the device was removed");
	if (lost)
		return virtio_set_error(-lost, "the peer is gone; destruct the device and open it"
					" again");
	return 0;
}

/* The status read all ones. The transport may know more, and have said it. */
static int gone(struct device *dev)
{
	int lost = atomic_load_explicit(&dev->lost, memory_order_relaxed);

	if (call_has_error())
		return lost ? lost : -ENODEV;
	return lost ? check_alive(dev) :
		      virtio_set_error(ENODEV, "the device is gone (status 0xff)");
}

/* RESET-1: done only when the status reads 0. */
static int await_reset(struct device *dev)
{
	struct timespec nap = { .tv_nsec = 1000 };

	for (;;) {
		uint8_t status = dev->ops.get_status(dev->vdev);

		if (!status)
			return 0;
		if (status == STATUS_GONE)
			return gone(dev);
		/* A transport that could not ask has said why. */
		if (call_has_error())
			return -ETIMEDOUT;
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 1000000)
			nap.tv_nsec *= 2;
		/* After the nap, so that no question is asked without time for it. */
		if (!virtio_time_left())
			return virtio_set_error(ETIMEDOUT, "the device did not reset (status 0x%02x)"
						" in time; see virtio_dev_set_timeout", status);
	}
}

/* An op that answers with a value failed: its own sentence if it left one. */
static int op_error(int fallback, const char *what)
{
	if (call_has_error())
		return virtio_time_left() ? -fallback : -ETIMEDOUT;
	return virtio_set_error(fallback, "%s", what);
}

static int agree_on(struct device *dev, uint64_t accepted)
{
	struct virtio_dev *vdev = dev->vdev;
	int error = call_op_result("set_features", dev->ops.set_features(vdev, accepted));
	uint8_t status;

	if (error)
		return error;
	vdev->negotiated_features = accepted;
	/* INIT-7, -9: step 5, and step 6 reads it back. */
	device_add_status(dev, VIRTIO_CONFIG_S_FEATURES_OK);
	status = dev->ops.get_status(vdev);
	if (status == STATUS_GONE)
		return gone(dev);
	if (!(status & VIRTIO_CONFIG_S_FEATURES_OK))
		return op_error(EPROTO, "the device refused the features it offered"
				" (FEATURES_OK did not stick)");
	return 0;
}

static int negotiate(struct device *dev, uint64_t requested)
{
	struct virtio_dev *vdev = dev->vdev;
	uint64_t offered;

	/* INIT-3: steps 2 and 3. */
	device_add_status(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	device_add_status(dev, VIRTIO_CONFIG_S_DRIVER);
	offered = dev->ops.get_features(vdev);
	dev->device_features = offered;
	if (!offered && call_has_error())
		return atomic_load_explicit(&dev->lost, memory_order_relaxed) ? gone(dev) : -EIO;
	/* HARD-FEAT-2, RFB-2 */
	if (!(offered & 1ull << VIRTIO_F_VERSION_1))
		return virtio_set_error(ENOTSUP, "the device offers 0x%" PRIx64 ", without"
					" VIRTIO_F_VERSION_1 (bit 32); legacy devices are not"
					" supported", offered);
	return agree_on(dev, features_choose(offered, requested, dev->features_off,
					     vdev->is_hw != 0, dev->ops.get_device_id(vdev)));
}

/* INIT-12, FEAT-9: the device learns that its driver gave up. HARD-STAT-5: what its
 * registers said while it was removed is no reason. */
static int give_up(struct device *dev, int error)
{
	if (!atomic_load_explicit(&dev->lost, memory_order_relaxed))
		device_add_status(dev, VIRTIO_CONFIG_S_FAILED);
	if (atomic_load_explicit(&dev->lost, memory_order_relaxed) == -ENODEV)
		return check_alive(dev);
	return error;
}

static int reset(struct device *dev, uint64_t requested)
{
	int error = check_alive(dev);

	if (error)
		return error;
	device_events_rearm(dev);
	dev->vdev->negotiated_features = 0;
	call_forget_error();	/* of a stop before, which went well */
	dev->ops.set_status(dev->vdev, 0);	/* INIT-2: step 1 */
	error = await_reset(dev);
	if (error)
		return error;
	error = negotiate(dev, requested);
	if (error)
		return give_up(dev, error);
	dev->state = DEVICE_NEGOTIATED;
	virtio_log(VIRTIO_LOG_INFO, "%s: features 0x%" PRIx64 " of 0x%" PRIx64 " accepted",
		   dev->vdev->name, dev->vdev->negotiated_features, dev->device_features);
	return 0;
}

int virtio_dev_reset(struct virtio_dev *vdev, uint64_t req_features)
{
	struct device *dev = device_of(vdev);
	int error;

	if (!dev)
		return device_missing("virtio_dev_reset");
	CALL("virtio_dev_reset", dev->timeout_ms);
	error = device_stop(dev);
	device_lock(dev);
	device_free_queues(dev);
	dev->state = DEVICE_NEW;
	if (!error)
		error = reset(dev, req_features);
	device_unlock(dev);
	return error;
}

static int check_start(struct device *dev, uint32_t max_queues, uint32_t fixed)
{
	if (dev->state != DEVICE_NEGOTIATED)
		return virtio_set_error(EINVAL, dev->state == DEVICE_STARTED ?
					"the device is started already" :
					"the device needs virtio_dev_reset first");
	if (!max_queues || max_queues > VIRTIO_MAX_VIRTQUEUES || fixed > max_queues)
		return virtio_set_error(EINVAL, "%" PRIu32 " queues, %" PRIu32 " of them fixed: the"
					" total is 1 to %d and includes the fixed ones",
					max_queues, fixed, VIRTIO_MAX_VIRTQUEUES);
	return check_alive(dev);
}

/* Everything before the device is told of a queue; both locks are held. */
static int prepare(struct device *dev, uint32_t max_queues, uint32_t fixed)
{
	int error;

	dev->vdev->fixed_queues_num = fixed;
	error = queue_set_make(dev, max_queues);
	if (error)
		return error;
	return memory_attach(dev);
}

static int go(struct device *dev)
{
	uint8_t status;
	int error = queue_set_set_up(dev);

	if (error)
		return error;
	/* INIT-10, -11, -14: all queues first, then DRIVER_OK, kicks after it. */
	device_add_status(dev, VIRTIO_CONFIG_S_DRIVER_OK);
	status = dev->ops.get_status(dev->vdev);
	if (status == STATUS_GONE)
		return gone(dev);
	if (!(status & VIRTIO_CONFIG_S_DRIVER_OK))
		return op_error(EIO, "the device did not accept DRIVER_OK");
	if (status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return virtio_set_error(EIO, "the device needs a reset (status 0x%02x)", status);
	error = check_alive(dev);
	if (!error)
		virtio_log(VIRTIO_LOG_INFO, "%s: started with %" PRIu32 " queues",
			   dev->vdev->name, dev->vdev->max_queues);
	return error;
}

int virtio_dev_start(struct virtio_dev *vdev, uint16_t max_queues, uint16_t fixed_queues_num)
{
	struct device *dev = device_of(vdev);
	bool begun;
	int error;

	if (!dev)
		return device_missing("virtio_dev_start");
	CALL("virtio_dev_start", dev->timeout_ms);
	device_look(dev);
	memory_lock();
	device_lock(dev);
	error = check_start(dev, max_queues, fixed_queues_num);
	begun = !error;
	if (begun) {
		error = prepare(dev, max_queues, fixed_queues_num);
		dev->state = DEVICE_STARTED;
	}
	memory_unlock();
	if (!error)
		error = go(dev);
	if (error && begun)
		error = give_up(dev, error);
	device_unlock(dev);
	if (!error || !begun)
		return error;
	(void)device_stop(dev);
	device_lock(dev);
	device_free_queues(dev);
	dev->state = DEVICE_NEW;
	device_unlock(dev);
	return error;
}

/* The device no longer touches memory: 0. CLEAN-2, HARD-STAT-2. One that was
 * lost before has nothing to confirm with; one lost on the way has not. */
static int quiesce(struct device *dev)
{
	bool lost = atomic_load_explicit(&dev->lost, memory_order_relaxed);
	int error = call_op_result("stop", dev->ops.stop(dev->vdev));

	if (!error || lost || error == -ECONNRESET || error == -ENODEV)
		return 0;
	virtio_log(VIRTIO_LOG_WARN, "%s: the stop was not confirmed; what the device may still"
		   " touch stays mapped", dev->vdev->name);
	return error;
}

int device_stop(struct device *dev)
{
	bool started;
	int error = 0;

	device_lock(dev);
	/* One that was removed is not written to, not even to reset it. */
	device_look(dev);
	started = dev->state == DEVICE_STARTED;
	if (started) {
		virtio_log(VIRTIO_LOG_INFO, "%s: stopping", dev->vdev->name);
		error = quiesce(dev);
		queue_set_end(dev, !error);
		/* Until its memory is quarantined, no other thread may free it. */
		dev->unconfirmed = error != 0;
		dev->state = DEVICE_STOPPED;
	}
	device_unlock(dev);
	if (!started)
		return 0;
	memory_lock();
	device_lock(dev);
	if (error)
		memory_quarantine(dev);
	dev->unconfirmed = false;
	memory_detach(dev);
	queue_set_free_rings(dev, error != 0);
	device_unlock(dev);
	memory_unlock();
	return error;
}

int virtio_dev_stop(struct virtio_dev *vdev)
{
	struct device *dev = device_of(vdev);

	if (!dev)
		return device_missing("virtio_dev_stop");
	CALL("virtio_dev_stop", dev->timeout_ms);
	return device_stop(dev);
}
