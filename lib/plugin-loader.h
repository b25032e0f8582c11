/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plugins by name: found, loaded once, kept as long as the process lives.
 *
 * A record, once handed out, never changes and never goes away, so callers
 * hold no lock while they use it. open.c, pci.c and vhost-user.c call this.
 */
#ifndef PLUGIN_LOADER_H
#define PLUGIN_LOADER_H

#include <virtio-poll/backend.h>

/* A plugin, or a file that was refused. */
struct plugin {
	struct plugin *next;
	char *name;			/* the file's, without ".so" */
	char *path;
	int error;			/* 0, or -errno of the refusal */
	char reason[512];		/* the sentence of the refusal */
	uint32_t abi;			/* as the plugin says; 0 if unknown */
	struct virtio_backend backend;	/* of full size; zeroed if refused */
};

/* 0, or -errno with a sentence: -ENOENT if there is none, or the refusal. */
int plugin_find(const char *name, const struct plugin **plugin);

/*
 * All there are, refused ones too, sorted by name: an array that ends with
 * NULL, to be freed. -ENOMEM.
 */
int plugin_list(const struct plugin ***list);

#endif /* PLUGIN_LOADER_H */
