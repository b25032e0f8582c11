/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that does not link the library but loads it in a thread, uses it,
 * closes it and lets the thread end, several times over: as a program does
 * whose own plugins link it.
 *
 *     dlopen LIBRARY ADDRESS	opens the device, sends a request
 *     dlopen LIBRARY		loads no plugin, so that the library really goes
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <endian.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/virtio_blk.h>

#include <virtio-poll/virtio.h>

#define ROUNDS	16
#define WARM	4	/* rounds after which nothing new is kept */
#define SECTOR	512

#define CHECK(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #cond); \
			exit(1); \
		} \
	} while (0)

static const char *library;
static const char *address;

/* The calls, looked up anew in every round. */
struct calls {
	void *handle;
	__typeof__(virtio_dev_open) *open;
	__typeof__(virtio_dev_reset) *reset;
	__typeof__(virtio_dev_start) *start;
	__typeof__(virtio_dev_destruct) *destruct;
	__typeof__(virtio_dev_acquire_queue) *acquire;
	__typeof__(virtio_mem_alloc) *mem_alloc;
	__typeof__(virtio_mem_free) *mem_free;
	__typeof__(virtqueue_req_submit) *submit;
	__typeof__(virtqueue_req_flush) *flush;
	__typeof__(virtio_recv_pkts) *recv;
	__typeof__(virtio_last_error) *last_error;
};

static void look_up(void *handle, const char *name, void *fn)
{
	void *symbol = dlsym(handle, name);

	if (!symbol) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	memcpy(fn, &symbol, sizeof(symbol));
}

static struct calls load(void)
{
	struct calls calls = { .handle = dlopen(library, RTLD_NOW | RTLD_LOCAL) };

	if (!calls.handle) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	look_up(calls.handle, "virtio_dev_open", &calls.open);
	look_up(calls.handle, "virtio_dev_reset", &calls.reset);
	look_up(calls.handle, "virtio_dev_start", &calls.start);
	look_up(calls.handle, "virtio_dev_destruct", &calls.destruct);
	look_up(calls.handle, "virtio_dev_acquire_queue", &calls.acquire);
	look_up(calls.handle, "virtio_mem_alloc", &calls.mem_alloc);
	look_up(calls.handle, "virtio_mem_free", &calls.mem_free);
	look_up(calls.handle, "virtqueue_req_submit", &calls.submit);
	look_up(calls.handle, "virtqueue_req_flush", &calls.flush);
	look_up(calls.handle, "virtio_recv_pkts", &calls.recv);
	look_up(calls.handle, "virtio_last_error", &calls.last_error);
	return calls;
}

/* The header lies at mem, the data behind it, the status byte last. */
static void read_a_sector(const struct calls *calls, struct virtqueue *vq, char *mem)
{
	struct virtio_blk_outhdr header = { .type = htole32(VIRTIO_BLK_T_IN) };
	struct iovec iov[] = {
		{ mem, sizeof(header) }, { mem + 64, SECTOR }, { mem + 64 + SECTOR, 1 },
	};
	time_t until = time(NULL) + 10;
	void *cookie = NULL;
	uint32_t len = 0;

	memcpy(mem, &header, sizeof(header));
	mem[64 + SECTOR] = (char)0xff;
	CHECK(calls->submit(vq, mem, iov, 1, 2) == 0);
	calls->flush(vq);
	while (calls->recv(vq, &cookie, &len, 1) == 0)
		CHECK(time(NULL) < until);
	CHECK(cookie == mem && len == SECTOR + 1 && mem[64 + SECTOR] == VIRTIO_BLK_S_OK);
}

static void use_device(const struct calls *calls, void *mem)
{
	struct virtio_dev vdev = { .name = NULL };

	if (calls->open(&vdev, "loaded", address) != 0) {
		fprintf(stderr, "%s\n", calls->last_error());
		exit(1);
	}
	CHECK(calls->reset(&vdev, UINT64_MAX) == 0);
	CHECK(calls->start(&vdev, 1, 0) == 0);
	CHECK(calls->acquire(&vdev, 0) == 0);
	read_a_sector(calls, vdev.vqs[0], mem);
	calls->destruct(&vdev);
}

/* Fails in the loader, and leaves this thread a sentence. */
static void use_no_device(const struct calls *calls)
{
	struct virtio_dev vdev = { .name = NULL };

	CHECK(calls->last_error()[0] == '\0');
	CHECK(calls->open(&vdev, "loaded", "no-such-backend:x") < 0);
	CHECK(strstr(calls->last_error(), "no-such-backend") != NULL);
}

static void *run(void *keep_open)
{
	struct calls calls = load();
	void *mem;

	CHECK(calls.mem_alloc(64 + SECTOR + 1, NULL, &mem) == 0);
	if (address)
		use_device(&calls, mem);
	else
		use_no_device(&calls);
	CHECK(calls.mem_free(mem) == 0);
	if (keep_open)
		return calls.handle;
	CHECK(dlclose(calls.handle) == 0);
	return NULL;
}

static unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	CHECK(dir != NULL);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* In turn the thread closes the library, or it outlives the thread. */
static void run_round(int i)
{
	static int yes;
	pthread_t thread;
	void *handle;

	CHECK(pthread_create(&thread, NULL, run, i % 2 ? &yes : NULL) == 0);
	CHECK(pthread_join(thread, &handle) == 0);
	if (handle)
		CHECK(dlclose(handle) == 0);
}

int main(int argc, char **argv)
{
	unsigned fds = 0;

	CHECK(argc == 2 || argc == 3);
	library = argv[1];
	address = argv[2];
	for (int i = 0; i < ROUNDS; i++) {
		run_round(i);
		if (i == WARM)
			fds = count_fds();
	}
	if (count_fds() != fds) {
		fprintf(stderr, "%u descriptors became %u\n", fds, count_fds());
		return 1;
	}
	return 0;
}
