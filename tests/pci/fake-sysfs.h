/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A tree of attributes in place of /sys/bus/pci/devices, which the plugin's
 * reader of attributes is built to look at.
 */
#ifndef FAKE_SYSFS_H
#define FAKE_SYSFS_H

/* An empty tree, and its end. */
void fake_sysfs_init(void);
void fake_sysfs_end(void);
/* Its path. */
const char *fake_sysfs_root(void);

/* What is below it: "0000:00:04.0/numa_node". */
void fake_sysfs_folder(const char *name);
void fake_sysfs_file(const char *name, const void *bytes, unsigned len);
void fake_sysfs_text(const char *name, const char *text);
void fake_sysfs_link(const char *name, const char *target);

#endif /* FAKE_SYSFS_H */
