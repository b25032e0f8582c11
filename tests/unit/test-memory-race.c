/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that is taken away by one thread while another uses it, or while the
 * device is being stopped; and what becomes of it when descriptors run out.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <virtio-poll/memory.h>

#include "fake-device.h"
#include "meeting.h"

#define PAGE	4096u
#define LEN	(16 * PAGE)

static struct fake fake;
static char *mem;	/* LEN bytes of fd, mapped shared */
static int fd;

static void up(void)
{
	fd = memfd_create("test", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, LEN), 0);
	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(mem, MAP_FAILED);
	fake_up(&fake, 1);
}

static void down(void)
{
	fake_down(&fake);
	for (unsigned i = 0; i < 16; i++)
		(void)!virtio_mem_unregister(mem + i * PAGE, PAGE);
	munmap(mem, LEN);
	close(fd);
}

static int reg(unsigned first, unsigned n)
{
	return virtio_mem_register(mem + first * PAGE, n * PAGE, fd, first * PAGE, NULL);
}

static int unreg(unsigned first, unsigned n)
{
	return virtio_mem_unregister(mem + first * PAGE, n * PAGE);
}

/* Page 8 comes and goes; the count is odd while it is certainly away. */
static atomic_uint epoch;
static atomic_bool stop;

static void *come_and_go(void *unused)
{
	(void)unused;
	while (!stop) {
		must(!reg(8, 1));
		sched_yield();		/* on one processor, a turn with the page there */
		while (!stop && unreg(8, 1) == -EBUSY)
			;
		if (stop)
			break;
		epoch++;
		for (volatile int i = 0; i < 50; i++)
			;
		epoch++;
	}
	return NULL;
}

/* One request with page 8, if it is there: 1 if the device was shown it. */
static unsigned send_one(struct virtqueue *vq, unsigned *failed)
{
	struct iovec v = { mem + 8 * PAGE, 64 };
	unsigned before, after, shown;
	void *cookie;

	if (virtqueue_req_submit(vq, &v, &v, 0, 1)) {
		sched_yield();	/* the page is away: on one processor, the other's turn */
		return 0;
	}
	before = epoch;
	virtqueue_req_flush(vq);
	after = epoch;
	shown = model_take(&fake.models[0]);
	must(!(before % 2 && before == after && shown));
	/* Not shown: it waits for the other thread's decision, or has failed. */
	while (!shown && !virtqueue_recv_failed(vq, &cookie, 1)) {
		must(!virtio_recv_pkts(vq, &cookie, NULL, 1));
		shown = model_take(&fake.models[0]);
	}
	*failed += !shown;
	model_serve(&fake.models[0]);
	must(virtio_recv_pkts(vq, &cookie, NULL, 1) == shown);
	return shown;
}

static bool over(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= end->tv_sec;
}

/* As often as this machine manages in ten seconds, valgrind or not. */
START_TEST(no_request_is_sent_with_memory_that_is_gone)
{
	unsigned shown = 0, failed = 0;
	struct timespec end;
	pthread_t thread;

	fake.models[0].known = NULL;	/* the table of regions is the other thread's */
	ck_assert_int_eq(reg(0, 1), 0);
	stop = false;
	epoch = 0;
	pthread_create(&thread, NULL, come_and_go, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 10;
	for (unsigned i = 0; i < 200000 && !over(&end); i++)
		shown += send_one(fake.vdev.vqs[0], &failed);
	stop = true;
	pthread_join(thread, NULL);
	(void)!unreg(8, 1);
	ck_assert_uint_gt(shown, 0);
	/* An unregister that is refused has failed nothing. */
	ck_assert_uint_le(failed, epoch / 2 + 1);
}
END_TEST

/* The same, in rounds: both sides act at one moment, and compare. */
static struct meeting meeting;
static unsigned meetings;
static atomic_int unregistered;		/* what the other side was told */

static void *take_page_away(void *unused)
{
	(void)unused;
	for (unsigned at = 1; at; at = meeting_next(&meeting, at)) {
		meeting_wait(&meeting, true, at);
		unregistered = unreg(8, 1);
		meeting_wait(&meeting, true, at + 1);
	}
	return NULL;
}

/* A request with page 8, all at once: 1 if the device was shown it. */
static unsigned send_now(struct virtqueue *vq, bool *submitted)
{
	struct iovec v = { mem + 8 * PAGE, 64 };

	*submitted = !virtqueue_req_submit(vq, &v, &v, 0, 1);
	virtqueue_req_flush(vq);
	return model_take(&fake.models[0]);
}

/* The page stayed: the request was sent, or is now. */
static void finish(struct virtqueue *vq, unsigned shown)
{
	void *cookie;

	must(!virtio_recv_pkts(vq, &cookie, NULL, 1));
	must(shown + model_take(&fake.models[0]) == 1);
	model_serve(&fake.models[0]);
	must(virtio_recv_pkts(vq, &cookie, NULL, 1) == 1);
}

START_TEST(memory_is_sent_or_goes_and_never_both)
{
	struct virtqueue *vq = fake.vdev.vqs[0];
	pthread_t thread;

	fake.models[0].known = NULL;	/* the table of regions is the other thread's */
	meeting_begin(&meeting, meetings);
	ck_assert_int_eq(reg(0, 1), 0);
	ck_assert_int_eq(reg(8, 1), 0);
	pthread_create(&thread, NULL, take_page_away, NULL);
	for (unsigned at = 1; at; at = meeting_next(&meeting, at)) {
		bool submitted;
		unsigned shown;
		void *cookie;

		meeting_wait(&meeting, false, at);
		shown = send_now(vq, &submitted);
		meeting_wait(&meeting, false, at + 1);
		must(!unregistered || (unregistered == -EBUSY && submitted));
		must(!shown || unregistered);
		meeting_balance(&meeting, !unregistered);
		if (unregistered) {
			finish(vq, shown);
			continue;
		}
		/* A flush that met the other side in between leaves it to this. */
		must(!virtio_recv_pkts(vq, &cookie, NULL, 1));
		must(!model_take(&fake.models[0]));
		must(virtqueue_recv_failed(vq, &cookie, 1) == submitted);
		must(!reg(8, 1));
	}
	pthread_join(thread, NULL);
}
END_TEST

/* What the other thread was told when it freed in the middle of a stop. */
static pthread_t freer;
static void *buffer;
static int freed;

static void *free_buffer(void *unused)
{
	(void)unused;
	freed = virtio_mem_free(buffer);
	return NULL;
}

/* The stop goes on when the other thread waits for it. */
static void start_freer(struct fake *f)
{
	struct timespec nap = { .tv_nsec = 50000000 };

	(void)f;
	pthread_create(&freer, NULL, free_buffer, NULL);
	nanosleep(&nap, NULL);
}

START_TEST(memory_cannot_be_freed_in_the_middle_of_a_stop_that_fails)	/* HARD-STAT-2 */
{
	void *again;

	ck_assert_int_eq(virtio_mem_alloc(64 * PAGE, NULL, &buffer), 0);
	fake_post(&fake, 0, &fake, buffer, PAGE);
	fake.unstoppable = true;
	fake.on_stop = start_freer;
	ck_assert_int_eq(virtio_dev_stop(&fake.vdev), -ETIMEDOUT);
	pthread_join(freer, NULL);
	ck_assert(freed == 0 || freed == -EBUSY);
	if (freed)
		ck_assert_int_eq(virtio_mem_free(buffer), 0);
	ck_assert_int_eq(virtio_mem_alloc(64 * PAGE, NULL, &again), 0);
	ck_assert_ptr_ne(again, buffer);
	ck_assert_int_eq(virtio_mem_free(again), 0);
}
END_TEST

START_TEST(cut_without_a_descriptor_for_the_rest_changes_nothing)
{
	struct rlimit limit, none;

	ck_assert_int_eq(reg(0, 16), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_lt(unreg(4, 4), 0);
	assert_error_says("limit of open files");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(unreg(0, 16), 0);
}
END_TEST

START_TEST(cut_leaves_no_descriptor_behind)
{
	unsigned fds;
	void *cookie;

	ck_assert_int_eq(reg(0, 16), 0);
	fds = count_fds();
	for (unsigned i = 0; i < 5; i++) {
		fake_post(&fake, 0, &fake, mem + 5 * PAGE, 64);
		ck_assert_int_eq(unreg(4, 4), -EBUSY);
		ck_assert_uint_eq(count_fds(), fds);
		fake_serve(&fake, 0);
		ck_assert_uint_eq(virtio_recv_pkts(fake.vdev.vqs[0], &cookie, NULL, 1), 1);
	}
	ck_assert_int_eq(unreg(4, 4), 0);
	ck_assert_uint_eq(count_fds(), fds + 1);
	ck_assert_int_eq(unreg(0, 4), 0);
	ck_assert_int_eq(unreg(8, 8), 0);
	ck_assert_uint_eq(count_fds(), fds - 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory-race");

	meetings = meeting_rounds(100000);
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, no_request_is_sent_with_memory_that_is_gone);
	tcase_add_test(tc, memory_is_sent_or_goes_and_never_both);
	tcase_add_test(tc, memory_cannot_be_freed_in_the_middle_of_a_stop_that_fails);
	tcase_add_test(tc, cut_without_a_descriptor_for_the_rest_changes_nothing);
	tcase_add_test(tc, cut_leaves_no_descriptor_behind);
	return unit_run("memory-race", tc);
}
