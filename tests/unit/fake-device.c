/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device of fake-device.h.
 *
 * An op writes one word into the trace: its name, and the figure that counts.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fake-device.h"

static struct fake *of(struct virtio_dev *vdev)
{
	return virtio_dev_backend_ctx(vdev);
}

static void __attribute__((format(printf, 2, 3))) note(struct fake *f, const char *fmt, ...)
{
	size_t used = strlen(f->trace);
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->trace + used, sizeof(f->trace) - used, fmt, args);
	va_end(args);
}

/* Is this the op that is to fail? */
static int fails(struct fake *f, const char *op)
{
	if (++f->fallible != f->fail_at)
		return 0;
	if (f->fails_mutely || f->fail_with < 0)
		return -f->fail_with;
	return virtio_set_error(f->fail_with, "%s does not want to", op);
}

static int read_dev_cfg(struct virtio_dev *vdev, size_t offset, void *dst, int len)
{
	struct fake *f = of(vdev);

	if (offset + len > sizeof(f->config))
		return virtio_set_error(EINVAL, "the space has %zu bytes", sizeof(f->config));
	memcpy(dst, f->config + offset, len);
	if (f->config_changes) {
		f->config_changes--;
		f->generation++;
		for (size_t i = 0; i < sizeof(f->config); i++)
			f->config[i] = f->generation;
	}
	return 0;
}

static int write_dev_cfg(struct virtio_dev *vdev, size_t offset, const void *src, int len)
{
	struct fake *f = of(vdev);

	if (offset + len > sizeof(f->config))
		return virtio_set_error(EINVAL, "the space has %zu bytes", sizeof(f->config));
	memcpy(f->config + offset, src, len);
	return 0;
}

static uint8_t get_status(struct virtio_dev *vdev)
{
	struct fake *f = of(vdev);

	if (f->gone)
		return 0xff;
	if (f->resetting && !f->stuck && !--f->resetting)
		f->status = 0;
	return f->status | f->extra_status;
}

static void set_status(struct virtio_dev *vdev, uint8_t status)
{
	struct fake *f = of(vdev);

	note(f, "status=%u ", status);
	if (status)
		f->status = status & ~f->sticky_not;
	else if (!f->resetting && !f->stuck)
		f->status = 0;
	else if (!f->status)
		f->status = VIRTIO_CONFIG_S_ACKNOWLEDGE;	/* not 0 while it resets */
}

static uint64_t get_features(struct virtio_dev *vdev)
{
	struct fake *f = of(vdev);

	note(f, "features ");
	return fails(f, "get_features") ? 0 : f->features;
}

static int set_features(struct virtio_dev *vdev, uint64_t features)
{
	struct fake *f = of(vdev);

	note(f, "accept ");
	f->accepted = features;
	return fails(f, "set_features");
}

static void destruct_dev(struct virtio_dev *vdev)
{
	of(vdev)->destructed++;
}

static uint16_t get_queue_size(struct virtio_dev *vdev, uint16_t queue_id)
{
	return queue_id < FAKE_QUEUES ? of(vdev)->sizes[queue_id] : 0;
}

static bool known(uint64_t bus, uint64_t len, void *ctx)
{
	const struct fake *f = ctx;

	return f->bus_pages || fake_knows(f, (void *)(uintptr_t)(bus - f->delta), len);
}

static bool is_zero(const void *at, size_t len)
{
	const unsigned char *p = at;

	while (len && !p[len - 1])
		len--;
	return !len;
}

static int setup_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct fake *f = of(vdev);
	unsigned i = vq->vq_queue_index, features = 0;

	note(f, "setup%u ", i);
	if (fails(f, "setup_queue"))
		return -f->fail_with;
	/* But for the wish to be left alone, it is as after a reset. */
	f->dirty_ring |= !is_zero(vq->vq_desc, vq->vq_nentries * 16u) ||
			 !is_zero(vq->vq_device, 6 + vq->vq_nentries * 8u);
	features |= virtio_dev_has_feature(vdev, VIRTIO_RING_F_INDIRECT_DESC) ? MODEL_INDIRECT : 0;
	features |= virtio_dev_has_feature(vdev, VIRTIO_RING_F_EVENT_IDX) ? MODEL_EVENT_IDX : 0;
	f->vqs[i] = vq;
	model_init(&f->models[i], vq->vq_desc, vq->vq_driver, vq->vq_device, vq->vq_nentries,
		   features);
	f->models[i].delta = f->delta;
	f->models[i].known = known;
	f->models[i].ctx = f;
	return 0;
}

static void del_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct fake *f = of(vdev);

	note(f, "del%u ", vq->vq_queue_index);
	f->deleted++;
	f->vqs[vq->vq_queue_index] = NULL;
	model_release(&f->models[vq->vq_queue_index]);
}

static void notify_queue(struct virtio_dev *vdev, struct virtqueue *vq)
{
	(void)vq;
	of(vdev)->kicks++;
}

static uint32_t get_config_generation(struct virtio_dev *vdev)
{
	return of(vdev)->generation;
}

static uint16_t get_max_queues(struct virtio_dev *vdev)
{
	return of(vdev)->max_queues;
}

static int mem_add(struct virtio_dev *vdev, struct virtio_mem_region *region)
{
	struct fake *f = of(vdev);

	note(f, "mem+ ");
	if (fails(f, "mem_add"))
		return -f->fail_with;
	if (region->page_size < f->page_size || region->addr == f->out_of_reach)
		return 1;
	if (f->refuse_mem || f->nregions == f->max_regions)
		return virtio_set_error(ENOSPC, "all %u slots are taken", f->nregions);
	region->bus_addr += f->delta;
	region->bus_pages = f->bus_pages;
	region->bus_page_size = f->bus_page_size;
	region->cookie = f;
	f->regions[f->nregions++] = *region;
	f->added++;
	return 0;
}

static int mem_remove(struct virtio_dev *vdev, const struct virtio_mem_region *region)
{
	struct fake *f = of(vdev);
	unsigned i = 0;

	note(f, "mem- ");
	while (i < f->nregions && f->regions[i].addr != region->addr)
		i++;
	/* What was told, as it was told. */
	must(i < f->nregions && f->regions[i].len == region->len && region->cookie == f);
	f->regions[i] = f->regions[--f->nregions];
	f->removed++;
	return f->remove_complains ? virtio_set_error(EPROTO, "removed, but reluctantly") : 0;
}

static int queue_fd(struct virtio_dev *vdev, struct virtqueue *vq)
{
	struct fake *f = of(vdev);

	if (!f->has_fds || !vq)
		return -ENOTSUP;
	return f->fds[f->one_fd ? 0 : vq->vq_queue_index];
}

static int poll_peer(struct virtio_dev *vdev)
{
	struct fake *f = of(vdev);

	f->polls++;
	return f->on_poll ? f->on_poll(f) : 0;
}

static int look_at_peer(struct virtio_dev *vdev)
{
	of(vdev)->looks++;
	return poll_peer(vdev);
}

static int stop(struct virtio_dev *vdev)
{
	struct fake *f = of(vdev);

	note(f, "stop ");
	if (f->on_stop)
		f->on_stop(f);
	f->status = 0;
	return f->unstoppable ? virtio_set_error(ETIMEDOUT, "it goes on and on") : 0;
}

static int get_mem_limits(struct virtio_dev *vdev, struct virtio_mem_limits *limits)
{
	limits->max_regions = of(vdev)->max_regions;
	limits->alignment = 4096;
	limits->max_address = UINT64_MAX;
	limits->can_add = 1;
	limits->page_size = of(vdev)->page_size;
	return 0;
}

static uint16_t get_device_id(struct virtio_dev *vdev)
{
	return of(vdev)->device_id;
}

static const struct virtio_dev_ops ops = {
	VIRTIO_DEV_OPS_INIT,
	.read_dev_cfg = read_dev_cfg,
	.write_dev_cfg = write_dev_cfg,
	.get_status = get_status,
	.set_status = set_status,
	.get_features = get_features,
	.set_features = set_features,
	.destruct_dev = destruct_dev,
	.get_queue_size = get_queue_size,
	.setup_queue = setup_queue,
	.del_queue = del_queue,
	.notify_queue = notify_queue,
	.get_config_generation = get_config_generation,
	.get_max_queues = get_max_queues,
	.mem_add = mem_add,
	.mem_remove = mem_remove,
	.queue_fd = queue_fd,
	.poll = poll_peer,
	.stop = stop,
	.get_mem_limits = get_mem_limits,
	.get_device_id = get_device_id,
	.look = look_at_peer,
};

void fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->features = 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_INDIRECT_DESC |
		      1ull << VIRTIO_RING_F_EVENT_IDX;
	f->max_queues = 2;
	f->sizes[0] = f->sizes[1] = 16;
	f->device_id = VIRTIO_ID_BLOCK;
	f->max_regions = FAKE_REGIONS;
	f->fail_with = EIO;
	for (int i = 0; i < FAKE_QUEUES; i++)
		f->fds[i] = -1;
}

int fake_construct(struct fake *f)
{
	return virtio_dev_construct(&f->vdev, "fake", &ops, f);
}

void fake_open(struct fake *f)
{
	for (int i = 0; i < FAKE_QUEUES && f->has_fds; i++)
		f->fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ck_assert_msg(!fake_construct(f), "%s", virtio_last_error());
}

void fake_start(struct fake *f, uint16_t n)
{
	ck_assert_msg(!virtio_dev_reset(&f->vdev, UINT64_MAX), "%s", virtio_last_error());
	ck_assert_msg(!virtio_dev_start(&f->vdev, n, 0), "%s", virtio_last_error());
}

void fake_up(struct fake *f, uint16_t n)
{
	fake_init(f);
	fake_open(f);
	fake_start(f, n);
}

void fake_down(struct fake *f)
{
	virtio_dev_destruct(&f->vdev);
	for (int i = 0; i < FAKE_QUEUES; i++)
		if (f->fds[i] >= 0)
			close(f->fds[i]);
}

void fake_forget(struct fake *f)
{
	f->trace[0] = '\0';
}

bool fake_knows(const struct fake *f, const void *addr, size_t len)
{
	for (unsigned i = 0; i < f->nregions; i++) {
		uint64_t at = (uintptr_t)addr - (uintptr_t)f->regions[i].addr;

		if (at < f->regions[i].len && len <= f->regions[i].len - at)
			return true;
	}
	return false;
}

void fake_post(struct fake *f, unsigned i, void *cookie, void *addr, size_t len)
{
	struct iovec v = { addr, len };

	ck_assert_msg(!virtqueue_req_submit(f->vdev.vqs[i], cookie, &v, 0, 1), "%s",
		      virtio_last_error());
	virtqueue_req_flush(f->vdev.vqs[i]);
	ck_assert_uint_eq(model_take(&f->models[i]), 1);
}

void fake_serve(struct fake *f, unsigned i)
{
	unsigned before = f->models[i].interrupts;
	int fd = f->fds[f->one_fd ? 0 : i];

	model_serve(&f->models[i]);
	if (f->models[i].interrupts != before && fd >= 0)
		ck_assert_int_eq(eventfd_write(fd, 1), 0);
}

unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	must(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}
