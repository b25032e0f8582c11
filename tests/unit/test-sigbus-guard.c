/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guard against registers that vanish, with a file in their place that is
 * cut short under its mapping. What is to kill runs in a child.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "unit.h"

#define PAGES 4

static volatile unsigned char *bar;	/* PAGES pages of a file that has none any more */
static size_t page;

static void up(void)
{
	int fd = memfd_create("bar", MFD_CLOEXEC);
	void *p;

	/* Whoever may have had one before: the tests begin without. */
	signal(SIGBUS, SIG_DFL);
	page = sysconf(_SC_PAGESIZE);
	ck_assert_int_eq(ftruncate(fd, PAGES * page), 0);
	p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	memset(p, 0x55, PAGES * page);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	close(fd);
	bar = p;
}

static void down(void)
{
	virtio_sigbus_guard_remove((void *)(uintptr_t)bar);
	ck_assert_int_eq(virtio_set_sigbus_guard(false), 0);
	munmap((void *)(uintptr_t)bar, PAGES * page);
}

static void guard_bar(void)
{
	ck_assert_int_eq(virtio_sigbus_guard_add((void *)(uintptr_t)bar, PAGES * page), 0);
}

static void on(void)
{
	ck_assert_msg(!virtio_set_sigbus_guard(true), "%s", virtio_last_error());
}

/* How a child ends that touches page i of the mapping: its wait status. */
static int touch_in_child(unsigned i)
{
	struct rlimit no_core = { 0, 0 };
	pid_t pid = fork();
	int status;

	if (!pid) {
		setrlimit(RLIMIT_CORE, &no_core);
		_exit(bar[i * page] == 0xff ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static bool killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

START_TEST(guarded_access_reads_all_ones)
{
	guard_bar();
	on();
	for (unsigned i = 0; i < PAGES; i++)
		ck_assert_uint_eq(bar[i * page + i * 8], 0xff);
	for (size_t at = 0; at < PAGES * page; at++)
		must(bar[at] == 0xff);
}
END_TEST

START_TEST(guarded_write_is_survived)
{
	guard_bar();
	on();
	bar[16] = 1;
	bar[page * 2 + 16] = 1;
	ck_assert_uint_eq(bar[page * 2], 0xff);
}
END_TEST

START_TEST(errno_survives_the_handler)
{
	guard_bar();
	on();
	errno = EXDEV;
	ck_assert_uint_eq(bar[0], 0xff);
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

START_TEST(off_by_default)
{
	guard_bar();
	ck_assert(killed(touch_in_child(0)));
}
END_TEST

START_TEST(off_again_kills_again)
{
	guard_bar();
	on();
	ck_assert_uint_eq(bar[0], 0xff);
	ck_assert_int_eq(virtio_set_sigbus_guard(false), 0);
	ck_assert(killed(touch_in_child(1)));
}
END_TEST

START_TEST(other_memory_is_not_guarded)
{
	on();
	ck_assert(killed(touch_in_child(0)));
	ck_assert_int_eq(virtio_sigbus_guard_add((void *)(uintptr_t)(bar + page), page), 0);
	ck_assert(killed(touch_in_child(0)));
	ck_assert(touch_in_child(1) == 0);
	ck_assert(killed(touch_in_child(2)));
	virtio_sigbus_guard_remove((void *)(uintptr_t)(bar + page));
	ck_assert(killed(touch_in_child(1)));
}
END_TEST

START_TEST(signal_that_was_sent_still_kills)
{
	pid_t pid;
	int status;

	on();
	pid = fork();
	if (!pid) {
		raise(SIGBUS);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(killed(status));
}
END_TEST

/* A handler of the program's, which repairs the fault itself. */
static volatile sig_atomic_t calls;
static const volatile void *volatile called_with;

static void repair(int sig, siginfo_t *info, void *context)
{
	char *at = (char *)info->si_addr - (uintptr_t)info->si_addr % page;

	must(sig == SIGBUS && context);
	calls++;
	called_with = info->si_addr;
	must(mmap(at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
}

START_TEST(handler_that_was_there_gets_what_is_not_ours)
{
	struct sigaction theirs = { .sa_sigaction = repair, .sa_flags = SA_SIGINFO }, now;

	calls = 0;
	sigaction(SIGBUS, &theirs, NULL);
	on();
	ck_assert_uint_eq(bar[page + 5], 0);
	ck_assert_int_eq(calls, 1);
	ck_assert(called_with == bar + page + 5);
	guard_bar();
	ck_assert_uint_eq(bar[0], 0xff);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(virtio_set_sigbus_guard(false), 0);
	sigaction(SIGBUS, NULL, &now);
	ck_assert(now.sa_sigaction == repair);
}
END_TEST

START_TEST(turning_on_twice_is_turning_on_once)
{
	struct sigaction now;

	on();
	on();
	ck_assert_int_eq(virtio_set_sigbus_guard(false), 0);
	sigaction(SIGBUS, NULL, &now);
	ck_assert(now.sa_handler == SIG_DFL);
	ck_assert_int_eq(virtio_set_sigbus_guard(false), 0);
}
END_TEST

START_TEST(handler_put_over_ours_keeps_it_in_place)
{
	struct sigaction theirs = { .sa_sigaction = repair, .sa_flags = SA_SIGINFO }, ours;

	on();
	sigaction(SIGBUS, &theirs, &ours);
	ck_assert_int_eq(virtio_set_sigbus_guard(false), -EBUSY);
	assert_error_says("another handler");
	on();
	sigaction(SIGBUS, &ours, NULL);
}
END_TEST

START_TEST(what_is_no_mapping_is_refused)
{
	ck_assert_int_eq(virtio_sigbus_guard_add(NULL, page), -EINVAL);
	ck_assert_int_eq(virtio_sigbus_guard_add((void *)(uintptr_t)bar, 0), -EINVAL);
	ck_assert_int_eq(virtio_sigbus_guard_add((void *)(uintptr_t)(bar + 1), page), -EINVAL);
	virtio_sigbus_guard_remove(&page);
}
END_TEST

/* Mappings come and go while another thread faults in one that stays. */
static void *fault(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < PAGES; i++)
		must(bar[i * page] == 0xff);
	return NULL;
}

START_TEST(mappings_come_and_go_while_another_thread_faults)
{
	pthread_t thread;

	guard_bar();
	on();
	pthread_create(&thread, NULL, fault, NULL);
	for (unsigned i = 1; i < 1000; i++) {
		void *at = (void *)(uintptr_t)(0x100000000000ull + i * page);

		must(!virtio_sigbus_guard_add(at, page));
		virtio_sigbus_guard_remove(at);
	}
	pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sigbus-guard");

	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, guarded_access_reads_all_ones);
	tcase_add_test(tc, guarded_write_is_survived);
	tcase_add_test(tc, errno_survives_the_handler);
	tcase_add_test(tc, off_by_default);
	tcase_add_test(tc, off_again_kills_again);
	tcase_add_test(tc, other_memory_is_not_guarded);
	tcase_add_test(tc, signal_that_was_sent_still_kills);
	tcase_add_test(tc, handler_that_was_there_gets_what_is_not_ours);
	tcase_add_test(tc, turning_on_twice_is_turning_on_once);
	tcase_add_test(tc, handler_put_over_ours_keeps_it_in_place);
	tcase_add_test(tc, what_is_no_mapping_is_refused);
	tcase_add_test(tc, mappings_come_and_go_while_another_thread_faults);
	return unit_run("sigbus-guard", tc);
}
