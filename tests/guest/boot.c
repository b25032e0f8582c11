/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a guest: boot LOG SECONDS QEMU ARGUMENT...
 *
 * run.sh calls it once for each boot. It keeps the console in LOG, copies the
 * guest's TAP lines to standard output, passes the guest's wishes (lines that
 * begin with GUEST-QMP) to QEMU's monitor, which is on descriptor 3 there, and
 * kills QEMU after SECONDS. Ends with 0 if the guest said GUEST-EXIT rc=0 and
 * QEMU ended well. It knows nothing of the cases.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MONITOR_FD	3
#define LINE_MAX_BYTES	4096

/* One stream of lines, read as they come. */
struct stream {
	int fd;
	size_t used;
	char text[LINE_MAX_BYTES];
};

struct boot {
	pid_t qemu;
	FILE *log;
	struct timespec begun;
	struct stream console;
	struct stream monitor;
	bool greeted;		/* the monitor takes commands */
	bool passed;		/* the guest said so */
};

static double seconds(const struct boot *b)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - b->begun.tv_sec) +
	       (double)(now.tv_nsec - b->begun.tv_nsec) / 1e9;
}

static void tell_monitor(struct boot *b, const char *command)
{
	size_t len = strlen(command);

	fprintf(b->log, "[%7.2f] to the monitor: %s\n", seconds(b), command);
	if (send(b->monitor.fd, command, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    send(b->monitor.fd, "\n", 1, MSG_NOSIGNAL) != 1)
		fprintf(b->log, "[%7.2f] the monitor does not listen\n", seconds(b));
}

static void on_console(struct boot *b, const char *line)
{
	static const char qmp[] = "GUEST-QMP ";

	fprintf(b->log, "[%7.2f] %s\n", seconds(b), line);
	if (!strncmp(line, "ok ", 3) || !strncmp(line, "not ok ", 7) || !strncmp(line, "# ", 2)) {
		puts(line);
		fflush(stdout);
	} else if (!strncmp(line, qmp, strlen(qmp))) {
		tell_monitor(b, line + strlen(qmp));
	} else if (!strncmp(line, "GUEST-EXIT ", 11)) {
		b->passed = !strcmp(line + 11, "rc=0");
	}
}

static void on_monitor(struct boot *b, const char *line)
{
	fprintf(b->log, "[%7.2f] monitor: %s\n", seconds(b), line);
	/* Where this follows from, the guest waits in vain for what it asked for. */
	if (!strncmp(line, "{\"error\"", 8)) {
		printf("# the monitor refuses: %s\n", line);
		fflush(stdout);
	}
	if (!b->greeted)
		tell_monitor(b, "{\"execute\":\"qmp_capabilities\"}");
	b->greeted = true;
}

/* Takes what there is and hands on whole lines; false at the end. */
static bool take(struct boot *b, struct stream *s, void (*line)(struct boot *, const char *))
{
	ssize_t got = read(s->fd, s->text + s->used, sizeof(s->text) - s->used - 1);
	char *begin = s->text, *end;

	if (got <= 0)
		return got < 0 && errno == EINTR;
	s->used += (size_t)got;
	s->text[s->used] = '\0';
	while ((end = strchr(begin, '\n')) != NULL || s->used == sizeof(s->text) - 1) {
		if (!end)
			end = s->text + s->used - 1;
		*end = '\0';
		begin[strcspn(begin, "\r")] = '\0';
		line(b, begin);
		s->used -= (size_t)(end + 1 - begin);
		begin = end + 1;
	}
	memmove(s->text, begin, s->used);
	return true;
}

static _Noreturn void become_qemu(int console, int monitor, int log, char **argv)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(console, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(126);
	/* dup2 to itself would keep the close-on-exec flag. */
	if (monitor == MONITOR_FD ? fcntl(monitor, F_SETFD, 0) < 0 :
				    dup2(monitor, MONITOR_FD) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

static int start(struct boot *b, char **argv)
{
	int console[2], monitor[2];

	if (pipe2(console, O_CLOEXEC) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, monitor) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &b->begun);
	b->qemu = fork();
	if (b->qemu == 0)
		become_qemu(console[1], monitor[1], fileno(b->log), argv);
	close(console[1]);
	close(monitor[1]);
	b->console.fd = console[0];
	b->monitor.fd = monitor[0];
	return b->qemu < 0 ? -1 : 0;
}

/* Until the console ends or time is up: false. */
static bool listen_to_it(struct boot *b, int limit)
{
	struct pollfd fds[] = { { b->console.fd, POLLIN, 0 }, { b->monitor.fd, POLLIN, 0 } };

	while (seconds(b) < limit) {
		if (poll(fds, 2, 1000) <= 0)
			continue;
		if (fds[1].revents && !take(b, &b->monitor, on_monitor))
			fds[1].fd = -1;
		if (fds[0].revents && !take(b, &b->console, on_console))
			return true;
	}
	return false;
}

static int verdict(struct boot *b, bool ended, int limit)
{
	int status = 0;

	if (!ended) {
		printf("# the guest did not end within %d seconds\n", limit);
		kill(b->qemu, SIGKILL);
	}
	waitpid(b->qemu, &status, 0);
	fprintf(b->log, "[%7.2f] QEMU ended with status %#x\n", seconds(b), (unsigned)status);
	if (ended && status)
		printf("# QEMU ended with status %#x\n", (unsigned)status);
	else if (ended && !b->passed)
		puts("# the guest did not say that all went well");
	fclose(b->log);
	return ended && !status && b->passed ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct boot b = { 0 };
	int limit = argc > 3 ? atoi(argv[2]) : 0;

	if (limit <= 0) {
		fputs("usage: boot LOG SECONDS QEMU [ARGUMENT...]\n", stderr);
		return 2;
	}
	b.log = fopen(argv[1], "ae");
	if (!b.log) {
		perror(argv[1]);
		return 2;
	}
	setvbuf(b.log, NULL, _IOLBF, 0);
	if (start(&b, argv + 3) < 0) {
		perror(argv[3]);
		return 2;
	}
	return verdict(&b, listen_to_it(&b, limit), limit);
}
