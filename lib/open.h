/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every way into a device through a plugin has in common: the check of
 * what the plugin's open or init did. open.c owns it, pci.c uses it too.
 */
#ifndef OPEN_H
#define OPEN_H

struct plugin;
struct virtio_dev;

/*
 * Is vdev fit to be opened? 0, or -errno with a sentence, and *vdev is as it
 * was: it may be in use.
 */
int open_check(const struct virtio_dev *vdev, const char *name);

/*
 * The result of a plugin's open or init, checked: 0 and a constructed device,
 * or -errno, a sentence, and *vdev zeroed.
 */
int open_result(struct virtio_dev *vdev, const struct plugin *plugin, int result);

/* Ends the attempt: destructs what is there, zeroes *vdev, returns err. */
int open_failed(struct virtio_dev *vdev, int err);

#endif /* OPEN_H */
