/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which thread is running: the default token and the thread ops.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>

#include <virtio-poll/device.h>

#include "../../lib/thread.h"
#include "unit.h"

static int somebody;

static struct virtio_thread *fixed_thread(void)
{
	return (struct virtio_thread *)&somebody;
}

static const struct virtio_thread_ops fixed_ops = {
	.size = sizeof(fixed_ops),
	.current = fixed_thread,
};

static void *current_of_thread(void *unused)
{
	(void)unused;
	return virtio_thread_current();
}

static void *token_of_new_thread(void)
{
	pthread_t thread;
	void *token;

	ck_assert_int_eq(pthread_create(&thread, NULL, current_of_thread, NULL), 0);
	pthread_join(thread, &token);
	return token;
}

START_TEST(default_token_stays_the_same_within_a_thread)
{
	ck_assert_ptr_nonnull(virtio_thread_current());
	ck_assert_ptr_eq(virtio_thread_current(), virtio_thread_current());
}
END_TEST

/* One after the other, so that stack and thread ID are reused. */
START_TEST(default_token_is_never_reused)
{
	enum { N = 50 };
	void *tokens[N];

	for (int i = 0; i < N; i++) {
		tokens[i] = token_of_new_thread();
		ck_assert_ptr_nonnull(tokens[i]);
		ck_assert_ptr_ne(tokens[i], virtio_thread_current());
		for (int j = 0; j < i; j++)
			ck_assert_ptr_ne(tokens[i], tokens[j]);
	}
}
END_TEST

START_TEST(thread_ops_say_who_is_running)
{
	ck_assert_int_eq(virtio_set_thread_ops(&fixed_ops), 0);
	ck_assert_ptr_eq(virtio_thread_current(), &somebody);
	ck_assert_int_eq(virtio_set_thread_ops(NULL), 0);
	ck_assert_ptr_ne(virtio_thread_current(), &somebody);
}
END_TEST

START_TEST(thread_ops_are_copied)
{
	struct virtio_thread_ops ops = fixed_ops;

	ck_assert_int_eq(virtio_set_thread_ops(&ops), 0);
	memset(&ops, 0, sizeof(ops));
	ck_assert_ptr_eq(virtio_thread_current(), &somebody);
	ck_assert_int_eq(virtio_set_thread_ops(NULL), 0);
}
END_TEST

START_TEST(bad_thread_ops_are_refused)
{
	struct virtio_thread_ops ops = { .size = 4, .current = fixed_thread };

	ck_assert_int_eq(virtio_set_thread_ops(&ops), -EINVAL);
	assert_error_says("size is 4");
	ops = (struct virtio_thread_ops){ .size = sizeof(ops), .current = NULL };
	ck_assert_int_eq(virtio_set_thread_ops(&ops), -EINVAL);
	assert_error_says("`current`");
}
END_TEST

START_TEST(thread_ops_of_a_later_header_are_taken)
{
	struct {
		struct virtio_thread_ops ops;
		void *later;
	} longer = { .ops = { .size = sizeof(longer), .current = fixed_thread } };

	ck_assert_int_eq(virtio_set_thread_ops(&longer.ops), 0);
	ck_assert_int_eq(virtio_set_thread_ops(NULL), 0);
}
END_TEST

/* Last, since without fork it holds for all that follow. */
START_TEST(after_the_first_acquire_thread_ops_are_busy)
{
	thread_mark_acquired();
	thread_mark_acquired();
	ck_assert_int_eq(virtio_set_thread_ops(&fixed_ops), -EBUSY);
	ck_assert_int_eq(virtio_set_thread_ops(NULL), -EBUSY);
	assert_error_says("before the first acquire");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("thread");

	tcase_add_test(tc, default_token_stays_the_same_within_a_thread);
	tcase_add_test(tc, default_token_is_never_reused);
	tcase_add_test(tc, thread_ops_say_who_is_running);
	tcase_add_test(tc, thread_ops_are_copied);
	tcase_add_test(tc, bad_thread_ops_are_refused);
	tcase_add_test(tc, thread_ops_of_a_later_header_are_taken);
	tcase_add_test(tc, after_the_first_acquire_thread_ops_are_busy);
	return unit_run("thread", tc);
}
