/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * info of a PCI function: identity, capabilities, what its driver accepted and
 * what the kernel made of it. All of it read from sysfs attributes and from
 * the file `config`; the device itself is never asked.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <virtio-poll/names.h>

#include "command.h"
#include "device-report.h"
#include "feature-set.h"
#include "info.h"
#include "pci-config.h"
#include "pci-function.h"
#include "report.h"

/* The string of a virtioN's features: one character per bit. */
#define FEATURES_SIZE 160

static int find_function(const char *address, struct pci_function *f)
{
	const char *place = strchr(address, ':') + 1;
	char text[SYSFS_NAME];
	struct virtio_pci_addr addr;
	int err;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(place, ","), place);
	if (virtio_pci_addr_parse(&addr, text)) {
		complain("info: '%s' is no PCI address: use DOMAIN:BUS:DEVICE.FUNCTION, as "
			 "pci:0000:00:04.0", text);
		return EXIT_USAGE;
	}
	err = pci_function_find(&addr, f);
	if (!err)
		return EXIT_DONE;
	if (err == -EMEDIUMTYPE)
		complain("info: %s is no virtio device (vendor 0x%04x, device 0x%04x)", address,
			 f->vendor, f->device);
	else
		complain("info: there is no PCI device %s (see '" PROGRAM " list')", text);
	return EXIT_FAILED;
}

static void report_identity(struct report_node *root, const struct pci_function *f)
{
	report_string(root, "address", f->address);
	report_string(root, "backend", "pci");
	report_string(root, "type", virtio_device_type_name(f->type));
	report_string(root, "type_source", f->type ? "device" : NULL);
	report_format(root, "pci_id", "%04x:%04x", f->vendor, f->device);
	report_format(root, "subsystem_id", "%04x:%04x", f->subsystem_vendor,
		      f->subsystem_device);
	report_uint(root, "revision", f->revision);
	report_bool(root, "transitional", f->transitional);
	report_string(root, "driver", *f->driver ? f->driver : NULL);
	report_index(root, "iommu_group", f->iommu_group);
	report_index(root, "numa_node", f->numa_node);
}

/* The folder of the virtioN that virtio-pci made; "" if there is none. */
static void virtio_folder(const struct pci_function *f, char folder[SYSFS_PATH])
{
	*folder = '\0';
	if (*f->virtio)
		snprintf(folder, SYSFS_PATH, "%s/%s", f->folder, f->virtio);
}

static void report_status(struct report_node *root, const char *folder)
{
	int64_t status;

	if (*folder && !sysfs_read_number(folder, "status", &status))
		device_status_report(root, (uint8_t)status);
	else
		report_null(root, "status", "no kernel driver has set the device up");
}

/* What the driver accepted, bit by bit. 0 or -errno. */
static int read_accepted(const char *folder, uint64_t *accepted)
{
	char text[FEATURES_SIZE];
	int len = *folder ? sysfs_read(folder, "features", text, sizeof(text)) : -ENOENT;

	*accepted = 0;
	if (len < 0)
		return len;
	for (int bit = 0; bit < len && bit < 64; bit++)
		if (text[bit] == '1')
			*accepted |= UINT64_C(1) << bit;
	return 0;
}

static void report_features(struct report_node *root, const struct pci_function *f, bool known,
			    uint64_t accepted)
{
	if (known)
		feature_set_report_accepted(root, f->type, accepted);
	else
		report_null(root, "features", "only the device could tell: no kernel driver has "
			    "negotiated with it");
}

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

static void report_capabilities(struct report_node *root, const struct pci_function *f)
{
	struct pci_cap caps[PCI_CAPS_MAX];
	char path[SYSFS_PATH];
	int fd, n;

	snprintf(path, sizeof(path), "%s/config", f->folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -errno : pci_config_walk(read_config, &fd, caps);
	if (fd >= 0)
		close(fd);
	if (n >= 0)
		report_caps(root, caps, n);
	else if (n == -EACCES)
		report_null(root, "capabilities", "the kernel shows them to root only");
	else
		report_null(root, "capabilities", strerror(-n));
}

int info_pci(const char *address, bool json)
{
	struct pci_function f;
	char folder[SYSFS_PATH];
	struct report *report;
	struct report_node *root;
	uint64_t accepted;
	bool known;
	int status = find_function(address, &f);

	if (status != EXIT_DONE)
		return status;
	virtio_folder(&f, folder);
	known = !read_accepted(folder, &accepted);
	report = report_new();
	root = report_root(report);
	report_expect_reasons(root);
	report_identity(root, &f);
	report_status(root, folder);
	report_null(root, "queues", "only the device could tell");
	report_null(root, "features_offered", known ? "only the device could tell: the table "
		    "shows what its driver accepted" : "only the device could tell");
	report_capabilities(root, &f);
	report_features(root, &f, known, accepted);
	info_kernel(root, &f, folder, accepted);
	return report_print(report, json, EXIT_DONE);
}
