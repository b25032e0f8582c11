/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtio capabilities of a PCI function, read from its file `config`. The
 * kernel shows the part of it that they stand in to root only.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "info.h"
#include "pci-config.h"
#include "pci-function.h"
#include "report.h"

static int read_config(void *ctx, unsigned offset, void *buf, unsigned len)
{
	ssize_t n;

	do
		n = pread(*(int *)ctx, buf, len, offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	/* The kernel shows 64 bytes to all and the rest to CAP_SYS_ADMIN. */
	return (unsigned)n == len ? 0 : -EACCES;
}

static void report_caps(struct report_node *root, const struct pci_cap *caps, int n)
{
	struct report_node *table = report_array(root, "capabilities");

	for (int i = 0; i < n; i++) {
		const struct pci_cap *cap = &caps[i];
		struct report_node *row = report_object(table, NULL);
		bool notify = cap->placed && cap->type == PCI_CAP_NOTIFY;

		report_string(row, "type", pci_cap_name(cap->type));
		report_index(row, "bar", cap->placed ? cap->bar : -1);
		if (cap->placed) {
			report_unit(row, "offset", cap->offset, UNIT_HEX);
			report_unit(row, "length", cap->length, UNIT_HEX);
		} else {
			report_null(row, "offset", NULL);
			report_null(row, "length", NULL);
		}
		report_index(row, "id", cap->placed ? cap->id : -1);
		report_index(row, "notify_multiplier", notify ? (int64_t)cap->multiplier : -1);
	}
}

int info_read_capabilities(const struct pci_function *f, struct pci_cap caps[PCI_CAPS_MAX])
{
	char path[SYSFS_PATH];
	int fd, n;

	snprintf(path, sizeof(path), "%s/config", f->folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -errno : pci_config_walk(read_config, &fd, caps);
	if (fd >= 0)
		close(fd);
	return n;
}

bool info_is_legacy(const struct pci_function *f)
{
	struct pci_cap caps[PCI_CAPS_MAX];
	int n = info_read_capabilities(f, caps);

	for (int i = 0; i < n; i++)
		if (caps[i].type == PCI_CAP_COMMON && caps[i].placed)
			return false;
	return n >= 0;
}

void info_capabilities(struct report_node *root, const struct pci_function *f)
{
	struct pci_cap caps[PCI_CAPS_MAX];
	int n = info_read_capabilities(f, caps);

	if (n >= 0)
		report_caps(root, caps, n);
	else if (n == -EACCES)
		report_null(root, "capabilities", "the kernel shows them to root only");
	else
		report_null(root, "capabilities", strerror(-n));
}
