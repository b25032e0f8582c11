/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opens a device, negotiates with it, writes down what it says, closes it:
 * for probe, and for info of a device that no kernel driver holds.
 *
 * No queue is ever started here, so the device gets no memory of ours. What
 * the device says is shown and nothing is decided by it.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/names.h>

#include "address.h"
#include "command.h"
#include "config-space.h"
#include "device-report.h"
#include "feature-set.h"
#include "guess.h"
#include "interrupt.h"
#include "report.h"

struct view {
	struct virtio_dev vdev;
	struct report_node *root;
	struct report_node *virtio;	/* what the backend says of the device */
	const char *address;
	uint64_t offered;
	uint16_t type;
	const char *type_source;
};

static const struct {
	uint8_t bit;
	const char *name;
} status_names[] = {
	{ VIRTIO_CONFIG_S_ACKNOWLEDGE, "ACKNOWLEDGE" },
	{ VIRTIO_CONFIG_S_DRIVER, "DRIVER" },
	{ VIRTIO_CONFIG_S_DRIVER_OK, "DRIVER_OK" },
	{ VIRTIO_CONFIG_S_FEATURES_OK, "FEATURES_OK" },
	{ 16, "SUSPEND" },
	{ VIRTIO_CONFIG_S_NEEDS_RESET, "NEEDS_RESET" },
	{ VIRTIO_CONFIG_S_FAILED, "FAILED" },
};

void device_status_report(struct report_node *parent, uint8_t status)
{
	struct report_node *names = report_array(parent, "status");

	for (unsigned i = 0; i < sizeof(status_names) / sizeof(*status_names); i++)
		if (status & status_names[i].bit)
			report_string(names, NULL, status_names[i].name);
}

static void find_type(struct view *v, uint16_t wanted)
{
	v->type_source = address_option(v->address, "type") ? "given" : "device";
	v->type = virtio_dev_get_device_id(&v->vdev);
	if (v->type)
		return;
	v->type_source = "given";
	v->type = wanted;
	if (v->type)
		return;
	v->type_source = "guessed";
	v->type = guess_type(&v->vdev, v->offered,
			     report_member_string(v->virtio, "server_family"));
}

static void report_identity(const struct view *v)
{
	char backend[64];
	int len = (int)strcspn(v->address, ":");

	snprintf(backend, sizeof(backend), "%.*s", len, v->address);
	report_string(v->root, "address", v->address);
	report_string(v->root, "backend", backend);
	if (v->type) {
		report_string(v->root, "type", virtio_device_type_name(v->type));
		report_string(v->root, "type_source", v->type_source);
	} else {
		report_null(v->root, "type", "the server does not say it: give --type");
		report_null(v->root, "type_source", NULL);
	}
}

/* How many queues there are and how large. 0 is no queue (PCI-COMMON-14). */
static void report_queues(struct view *v)
{
	const struct virtio_dev_ops *ops = virtio_dev_backend_ops(&v->vdev);
	uint16_t count = ops->get_max_queues(&v->vdev);
	struct report_node *queues = report_object(v->root, "queues");
	struct report_node *sizes;

	if (count > VIRTIO_MAX_VIRTQUEUES)
		count = VIRTIO_MAX_VIRTQUEUES;
	report_uint(queues, "count", count);
	sizes = report_array(queues, "sizes");
	for (uint16_t i = 0; i < count; i++)
		report_uint(sizes, NULL, ops->get_queue_size(&v->vdev, i));
}

static void report_memory(struct view *v)
{
	struct virtio_mem_limits limits;
	struct report_node *memory;

	if (virtio_dev_get_mem_limits(&v->vdev, &limits)) {
		report_null(v->root, "memory", library_sentence());
		return;
	}
	memory = report_object(v->root, "memory");
	if (limits.max_regions == UINT64_MAX)
		report_null(memory, "regions", NULL);
	else
		report_uint(memory, "regions", limits.max_regions);
	report_uint(memory, "alignment", limits.alignment);
	/* Physical addresses: ordinary pages will not do. */
	if (limits.page_size)
		report_unit(memory, "smallest_page_bytes", limits.page_size, UNIT_BYTES);
	else
		report_null(memory, "smallest_page_bytes", NULL);
	report_unit(memory, "highest_address", limits.max_address, UNIT_HEX);
	report_bool(memory, "needs_descriptor", limits.needs_fd);
	report_bool(memory, "can_add_while_running", limits.can_add);
}

static void report_no_config(struct view *v, const char *why)
{
	report_untold(v->root, "config_source", NULL);
	report_untold(v->root, "config_size", NULL);
	report_null(v->root, "config", why);
}

static void report_config(struct view *v)
{
	const struct config_layout *layout = config_layout_find(v->type);
	struct config_bytes bytes;

	if (!layout) {
		report_no_config(v, config_layout_absent(v->type));
	} else if (config_read(&v->vdev, layout, &bytes)) {
		report_no_config(v, library_sentence());
	} else {
		report_string(v->root, "config_source", "device");
		report_uint(v->root, "config_size", bytes.len);
		config_report(v->root, layout, &bytes, v->offered);
	}
}

static void dump(struct virtio_json_writer *w, void *ctx)
{
	virtio_dev_dump_json_info(ctx, w);
}

/* One row of the protocol features that the server offers. */
struct protocol_table {
	struct report_node *table;
	const struct report_node *accepted;
};

static void add_protocol_feature(const char *name, void *ctx)
{
	struct protocol_table *t = ctx;
	struct report_node *row = report_object(t->table, NULL);

	report_string(row, "name", name);
	report_bool(row, "device", true);
	report_bool(row, "accepted", report_array_has(t->accepted, name));
}

/* The vhost-user backend lists what is offered and what is accepted; here it is
 * one table, as that of the features. */
static void report_protocol(struct view *v)
{
	struct report_node *offered = report_member(v->virtio, "protocol_features");
	struct protocol_table t = {
		.accepted = report_member(v->virtio, "protocol_features_accepted"),
	};

	if (!offered) {
		report_null(v->root, "protocol_features", NULL);
		report_untold_null(v->root, "protocol_features");
		return;
	}
	t.table = report_array(v->root, "protocol_features");
	report_array_each(offered, add_protocol_feature, &t);
	report_remove(v->virtio, "protocol_features");
	report_remove(v->virtio, "protocol_features_accepted");
}

/* What there is to know before the negotiation: the backend's own words. */
static void look_first(struct view *v, uint16_t type)
{
	report_expect_reasons(v->root);
	(void)report_collect(v->root, dump, &v->vdev);
	v->virtio = report_member(v->root, "virtio");
	/* vhost-user keeps bits to itself that are no business of a driver; here
	 * they are shown with the rest. */
	v->offered = virtio_dev_get_device_features(&v->vdev) |
		     report_member_uint(v->virtio, "device_features");
	find_type(v, type);
}

/* Wrong usage if the user says another type than the device does. */
static int check_type(const struct view *v, uint16_t wanted)
{
	if (!wanted || wanted == v->type)
		return EXIT_DONE;
	complain("%s is of type %s, not %s", v->address, virtio_device_type_name(v->type),
		 virtio_device_type_name(wanted));
	return EXIT_USAGE;
}

/* The backend's words come last but for what tells who is on the other side. */
static void fill_report(struct view *v)
{
	report_identity(v);
	device_status_report(v->root, virtio_dev_get_status(&v->vdev));
	report_move(v->virtio, "server_family", v->root);
	report_move(v->virtio, "quirks", v->root);
	report_untold_null(v->root, "server_family");
	report_untold_null(v->root, "quirks");
	report_queues(v);
	report_memory(v);
	feature_set_report(v->root, v->type, v->offered, v->vdev.negotiated_features);
	report_protocol(v);
	report_config(v);
	report_move(v->root, "virtio", v->root);
}

/* Without what only servers have. */
static void fill_live(struct view *v)
{
	device_status_report(v->root, virtio_dev_get_status(&v->vdev));
	report_queues(v);
	report_memory(v);
	report_unit(v->root, "features_offered", v->offered, UNIT_HEX);
	feature_set_report(v->root, v->type, v->offered, v->vdev.negotiated_features);
	report_config(v);
	report_move(v->root, "virtio", v->root);
}

int device_report_live(struct report_node *root, const char *address,
		       const struct device_settings *settings, char *why, size_t size)
{
	struct view v = { .address = address, .root = root };
	int err = open_quietly(&v.vdev, address, settings->timeout_ms);
	int status = EXIT_DONE;

	if (err == -EINVAL) {
		library_failure();
		return EXIT_USAGE;
	}
	if (!err) {
		look_first(&v, settings->type);
		status = check_type(&v, settings->type);
	}
	if (!err && status == EXIT_DONE)
		err = virtio_dev_reset(&v.vdev, feature_set_of_type(v.type));
	if (err) {
		snprintf(why, size, "%s", library_sentence());
		report_remove(root, "virtio");
		status = EXIT_FAILED;
	} else if (status == EXIT_DONE) {
		fill_live(&v);
	}
	virtio_dev_destruct(&v.vdev);
	return interrupted() ? EXIT_INTERRUPTED : status;
}

int device_report(const char *address, const struct device_settings *settings, bool json)
{
	struct view v = { .address = address };
	struct report *report;
	int status = open_device(&v.vdev, address, settings->timeout_ms);

	if (status != EXIT_DONE)
		return status;
	report = report_new();
	v.root = report_root(report);
	look_first(&v, settings->type);
	status = check_type(&v, settings->type);
	if (status == EXIT_DONE && virtio_dev_reset(&v.vdev, feature_set_of_type(v.type)))
		status = library_failure();
	if (status == EXIT_DONE)
		fill_report(&v);
	virtio_dev_destruct(&v.vdev);
	if (interrupted())
		status = EXIT_INTERRUPTED;
	interrupt_defer(false);
	if (status == EXIT_DONE)
		return report_print(report, json, EXIT_DONE);
	report_free(report);
	return status;
}
