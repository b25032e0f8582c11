/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Starting and ending real servers. A server that does not come up is the
 * caller's matter: some need what not every machine has.
 */
#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "server.h"

#define PATIENCE_MS 60000	/* a loaded machine needs eleven seconds for testpmd */

char server_reason[256];

char *need_program(const char *name, const char *package)
{
	char *path = g_find_program_in_path(name);

	if (path)
		return path;
	printf("skipped: %s is not installed (package %s)\n", name, package);
	exit(77);
}

struct server *server_new(void)
{
	struct server *server = g_new0(struct server, 1);

	server->folder = g_dir_make_tmp("virtio-poll-test-XXXXXX", NULL);
	if (!server->folder)	/* Check may not run yet, so no assertion of its own */
		g_error("no folder for temporary files");
	server->socket = g_build_filename(server->folder, "sock", NULL);
	server->log = g_build_filename(server->folder, "log", NULL);
	return server;
}

static void keep_last_line(const struct server *server)
{
	char *text = NULL, *line;

	server_reason[0] = '\0';
	if (!g_file_get_contents(server->log, &text, NULL, NULL))
		return;
	g_strchomp(text);
	line = strrchr(text, '\n');
	g_strlcpy(server_reason, line ? line + 1 : text, sizeof(server_reason));
	g_free(text);
}

/* Its socket is there before it listens. The flag is __SO_ACCEPTCON. */
static bool listens(const struct server *server)
{
	FILE *sockets = fopen("/proc/net/unix", "re");
	char line[512];
	unsigned flags;
	bool found = false;

	while (!found && sockets && fgets(line, sizeof(line), sockets))
		found = sscanf(line, "%*s %*s %*s %x", &flags) == 1 && flags & 0x10000 &&
			strstr(line, server->socket);
	if (sockets)
		fclose(sockets);
	return found;
}

static bool await_socket(struct server *server)
{
	const uint64_t end = now_ms() + PATIENCE_MS;

	while (now_ms() < end) {
		if (listens(server))
			return true;
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
			server->pid = 0;
			return false;
		}
		g_usleep(10000);
	}
	return false;
}

/* A shell gives it the log and no standard input. */
static char **command_of(const struct server *server, const char *const *argv)
{
	GPtrArray *command = g_ptr_array_new();

	g_ptr_array_add(command, g_strdup("/bin/sh"));
	g_ptr_array_add(command, g_strdup("-c"));
	g_ptr_array_add(command, g_strdup_printf("exec \"$@\" >'%s' 2>&1 </dev/null",
						 server->log));
	g_ptr_array_add(command, g_strdup("sh"));
	for (; *argv; argv++)
		g_ptr_array_add(command, g_strdup(*argv));
	g_ptr_array_add(command, NULL);
	return (char **)g_ptr_array_free(command, FALSE);
}

bool server_start(struct server *server, const char *const *argv)
{
	char **command = command_of(server, argv);
	const bool up = g_spawn_async(server->folder, command, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
				      NULL, NULL, &server->pid, NULL) && await_socket(server);

	keep_last_line(server);
	g_strfreev(command);
	return up;
}

void server_signal(struct server *server, int signal)
{
	ck_assert_int_eq(kill(server->pid, signal), 0);
}

static void end_process(struct server *server)
{
	if (!server->pid)
		return;
	kill(server->pid, SIGCONT);
	kill(server->pid, SIGTERM);
	for (int i = 0; i < 300; i++) {
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid)
			return;
		g_usleep(10000);
	}
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
}

static void remove_folder(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *path = g_build_filename(folder, name, NULL);

		if (g_remove(path) < 0)
			remove_folder(path);
		g_free(path);
	}
	if (dir)
		g_dir_close(dir);
	g_rmdir(folder);
}

void server_stop(struct server *server)
{
	end_process(server);
	remove_folder(server->folder);
	g_free(server->folder);
	g_free(server->socket);
	g_free(server->log);
	g_free(server);
}

void fill_noise(void *data, size_t len, unsigned seed)
{
	uint32_t x = seed * 2654435761u + 1;
	uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		bytes[i] = (uint8_t)x;
	}
}

char *server_address(const struct server *server, const char *options)
{
	return g_strdup_printf("vhost-user:%s%s", server->socket, options);
}
