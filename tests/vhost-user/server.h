/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real vhost-user servers as child processes, each in a folder of its own.
 */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

struct server {
	GPid pid;
	char *folder;
	char *socket;		/* folder/sock */
	char *log;		/* folder/log: what it prints */
};

/* Makes the folder and names the files in it. */
struct server *server_new(void);

/* Starts the program; waits until its socket exists. False if it does not
 * come up: the last line of its log is in server_reason. */
bool server_start(struct server *server, const char *const *argv);
extern char server_reason[256];

/* A signal; and the end, whatever state it is in, folder and all. */
void server_signal(struct server *server, int signal);
void server_stop(struct server *server);

/* Writes len bytes that depend on seed. */
void fill_noise(void *data, size_t len, unsigned seed);

/* "vhost-user:SOCKET" and the options. */
char *server_address(const struct server *server, const char *options);

/* Ends the program with exit status 77 if the file is not there. */
char *need_program(const char *name, const char *package);

#endif /* TEST_SERVER_H */
