/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared parts of the vhost-user tests: device and peer together, requests
 * that can be told apart, and small helpers.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define PATIENCE_MS 10000

struct rig *rig_new(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	ck_assert_ptr_nonnull(rig);
	peer_init(&rig->peer);
	return rig;
}

int rig_open(struct rig *rig, const char *options)
{
	char address[256];
	int ret;

	peer_start(&rig->peer);
	snprintf(address, sizeof(address), "vhost-user:fd=%d%s", rig->peer.client, options);
	ret = virtio_dev_open(&rig->vdev, "test", address);
	/* The device has its own copy; ours would hide that it hangs up. */
	close(rig->peer.client);
	rig->peer.client = -1;
	return ret;
}

void rig_opened(struct rig *rig, const char *options)
{
	assert_ok(rig_open(rig, options));
}

void rig_negotiated(struct rig *rig, const char *options)
{
	rig_opened(rig, options);
	assert_ok(virtio_dev_reset(&rig->vdev, ALL_FEATURES));
}

void rig_restart(struct rig *rig, uint16_t n)
{
	assert_ok(virtio_dev_reset(&rig->vdev, ALL_FEATURES));
	assert_ok(virtio_dev_start(&rig->vdev, n, 0));
}

void rig_started(struct rig *rig, const char *options, uint16_t n)
{
	rig_opened(rig, options);
	rig_restart(rig, n);
}

void rig_down(struct rig *rig)
{
	virtio_dev_destruct(&rig->vdev);
	virtio_mem_free(rig->mem);
	peer_stop(&rig->peer);
	free(rig);
}

char *rig_memory(struct rig *rig)
{
	void *addr;

	if (!rig->mem) {
		assert_ok(virtio_mem_alloc(4096, NULL, &addr));
		rig->mem = addr;
	}
	return rig->mem;
}

void rig_submit(struct rig *rig, unsigned queue, uintptr_t base, unsigned n)
{
	char *mem = rig_memory(rig);
	struct virtqueue *vq = rig->vdev.vqs[queue];

	for (unsigned i = 0; i < n; i++) {
		const struct iovec iov[2] = { { mem, 16 }, { mem + 64 + i, 1 } };

		mem[64 + i] = 0x55;
		assert_ok(virtqueue_req_submit(vq, (void *)(base + i), iov, 1, 1));
	}
	virtqueue_req_flush(vq);
}

unsigned rig_collect(struct rig *rig, unsigned queue, uintptr_t base, unsigned n)
{
	struct virtqueue *vq = rig->vdev.vqs[queue];
	const uint64_t end = now_ms() + PATIENCE_MS;
	bool seen[256] = { false };
	unsigned completed = 0;

	for (unsigned left = n; left;) {
		void *cookie;
		const bool done = virtio_recv_pkts(vq, &cookie, NULL, 1);

		ck_assert_msg(now_ms() < end, "%u cookies have not come back", left);
		if (!done && !virtqueue_recv_failed(vq, &cookie, 1))
			continue;
		ck_assert_uint_lt((uintptr_t)cookie - base, n);
		ck_assert(!seen[(uintptr_t)cookie - base]);
		seen[(uintptr_t)cookie - base] = true;
		completed += done;
		left--;
	}
	return completed;
}

uint32_t rig_events(struct rig *rig, uint32_t wanted)
{
	const uint64_t end = now_ms() + PATIENCE_MS;
	uint32_t all = 0, events;

	while (!(all & wanted)) {
		ck_assert_msg(now_ms() < end, "event %#x does not come", wanted);
		assert_ok(virtio_dev_poll_events(&rig->vdev, &events));
		all |= events;
	}
	return all;
}

void rig_await(struct rig *rig, const char *line, unsigned n)
{
	const uint64_t end = now_ms() + PATIENCE_MS;

	while (peer_count(&rig->peer, line) < n) {
		ck_assert_msg(now_ms() < end, "the server was not sent: %s", line);
		usleep(1000);
	}
}

struct peer *synced(struct rig *rig)
{
	pthread_mutex_lock(&rig->peer.lock);
	pthread_mutex_unlock(&rig->peer.lock);
	return &rig->peer;
}

void rig_hook(struct rig *rig, bool (*hook)(struct peer *peer, struct peer_msg *msg))
{
	pthread_mutex_lock(&rig->peer.lock);
	rig->peer.hook = hook;
	pthread_mutex_unlock(&rig->peer.lock);
}

void rig_nack(struct rig *rig, uint32_t request)
{
	pthread_mutex_lock(&rig->peer.lock);
	rig->peer.nack = request;
	pthread_mutex_unlock(&rig->peer.lock);
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static char folder[64];
static char path[128];

const char *path_make(void)
{
	snprintf(folder, sizeof(folder), "/tmp/virtio-poll-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	return path;
}

void path_remove(void)
{
	unlink(path);
	rmdir(folder);
}

int run_tests(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
