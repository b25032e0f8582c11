/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where log messages go: the callback, its level, and stderr by environment.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/log.h>

#include "unit.h"

struct seen {
	unsigned count;
	int level;
	char msg[2048];
};

static void remember(int level, const char *msg, void *ctx)
{
	struct seen *seen = ctx;

	seen->count++;
	seen->level = level;
	snprintf(seen->msg, sizeof(seen->msg), "%s", msg);
}

static void back_to_default(void)
{
	virtio_log_set(NULL, NULL, 0);
}

START_TEST(callback_receives_level_and_text)
{
	struct seen seen = { .count = 0 };

	virtio_log_set(remember, &seen, VIRTIO_LOG_DEBUG);
	virtio_log(VIRTIO_LOG_WARN, "%d of %s", 3, "four");
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(seen.level, VIRTIO_LOG_WARN);
	ck_assert_str_eq(seen.msg, "3 of four");
}
END_TEST

START_TEST(messages_above_the_level_are_dropped)
{
	struct seen seen = { .count = 0 };

	virtio_log_set(remember, &seen, VIRTIO_LOG_WARN);
	virtio_log(VIRTIO_LOG_INFO, "info");
	virtio_log(VIRTIO_LOG_DEBUG, "debug");
	ck_assert_uint_eq(seen.count, 0);
	virtio_log(VIRTIO_LOG_ERROR, "error");
	ck_assert_uint_eq(seen.count, 1);
}
END_TEST

START_TEST(level_none_drops_everything)
{
	struct seen seen = { .count = 0 };

	virtio_log_set(remember, &seen, VIRTIO_LOG_NONE);
	virtio_log(VIRTIO_LOG_ERROR, "error");
	virtio_log(VIRTIO_LOG_NONE, "none");
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(message_is_one_line)
{
	struct seen seen = { .count = 0 };

	virtio_log_set(remember, &seen, VIRTIO_LOG_DEBUG);
	virtio_log(VIRTIO_LOG_ERROR, "a\nb");
	ck_assert_str_eq(seen.msg, "a b");
}
END_TEST

START_TEST(logging_keeps_errno)
{
	struct seen seen = { .count = 0 };

	virtio_log_set(remember, &seen, VIRTIO_LOG_DEBUG);
	errno = ENXIO;
	virtio_log(VIRTIO_LOG_ERROR, "x");
	ck_assert_int_eq(errno, ENXIO);
}
END_TEST

/* What this program does when it is started with an argument. */
static void log_three(bool after_a_callback)
{
	struct seen seen = { .count = 0 };

	if (after_a_callback) {
		virtio_log_set(remember, &seen, VIRTIO_LOG_DEBUG);
		virtio_log_set(NULL, NULL, VIRTIO_LOG_DEBUG);
	}
	virtio_log(VIRTIO_LOG_ERROR, "first");
	virtio_log(VIRTIO_LOG_INFO, "second");
	virtio_log(VIRTIO_LOG_DEBUG, "third");
}

__attribute__((noreturn))
static void run_self(const char *level, const char *mode, int error_fd)
{
	char self[4096];
	ssize_t len;

	if (level)
		setenv("VIRTIO_POLL_LOG", level, 1);
	else
		unsetenv("VIRTIO_POLL_LOG");
	dup2(error_fd, STDERR_FILENO);
	/* The link's text, since under valgrind the link itself is valgrind. */
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len > 0) {
		self[len] = '\0';
		execl(self, "test-log", mode, NULL);
	}
	_exit(99);
}

/*
 * What a process writes to stderr that starts with VIRTIO_POLL_LOG=level, or
 * without it. A new one, since the variable is read once.
 */
static const char *stderr_with(const char *level, const char *mode)
{
	static char text[4096];
	size_t len = 0;
	ssize_t n;
	int fds[2];
	int wait_status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_self(level, mode, fds[1]);
	close(fds[1]);
	while ((n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &wait_status, 0), pid);
	ck_assert_int_eq(wait_status, 0);
	return text;
}

START_TEST(stderr_is_silent_without_the_variable)
{
	ck_assert_str_eq(stderr_with(NULL, "log"), "");
}
END_TEST

START_TEST(stderr_is_silent_with_an_unknown_level)
{
	ck_assert_str_eq(stderr_with("loud", "log"), "");
}
END_TEST

START_TEST(stderr_gets_lines_up_to_the_level)
{
	ck_assert_str_eq(stderr_with("info", "log"),
			 "virtio-poll: error: first\nvirtio-poll: info: second\n");
}
END_TEST

START_TEST(null_callback_restores_the_default)
{
	ck_assert_str_eq(stderr_with("error", "after-a-callback"),
			 "virtio-poll: error: first\n");
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tc;

	if (argc > 1) {
		log_three(strcmp(argv[1], "after-a-callback") == 0);
		return EXIT_SUCCESS;
	}
	tc = tcase_create("log");

	tcase_add_checked_fixture(tc, NULL, back_to_default);
	tcase_add_test(tc, stderr_is_silent_without_the_variable);
	tcase_add_test(tc, stderr_is_silent_with_an_unknown_level);
	tcase_add_test(tc, stderr_gets_lines_up_to_the_level);
	tcase_add_test(tc, null_callback_restores_the_default);
	tcase_add_test(tc, callback_receives_level_and_text);
	tcase_add_test(tc, messages_above_the_level_are_dropped);
	tcase_add_test(tc, level_none_drops_everything);
	tcase_add_test(tc, message_is_one_line);
	tcase_add_test(tc, logging_keeps_errno);
	return unit_run("log", tc);
}
