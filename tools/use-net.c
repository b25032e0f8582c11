/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a network interface of a PCI function in use? Up, with an address, part
 * of a bridge or bond, or in another network namespace.
 */
#include "config.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/virtio_ids.h>

#include "pci-function.h"
#include "system-use.h"

/* An IP address of the interface, as text. */
static bool find_address(const char *name, char text[SYSFS_NAME])
{
	struct ifaddrs *list;
	bool found = false;

	if (getifaddrs(&list))
		return false;
	for (const struct ifaddrs *a = list; a && !found; a = a->ifa_next) {
		int family = a->ifa_addr ? a->ifa_addr->sa_family : AF_UNSPEC;
		socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in)
						  : sizeof(struct sockaddr_in6);

		if ((family != AF_INET && family != AF_INET6) || strcmp(a->ifa_name, name))
			continue;
		found = true;
		if (getnameinfo(a->ifa_addr, len, text, SYSFS_NAME, NULL, 0, NI_NUMERICHOST))
			strcpy(text, "?");
	}
	freeifaddrs(list);
	return found;
}

static bool visit_interface(const char *folder, const char *name, void *ctx)
{
	struct use *use = ctx;
	char path[SYSFS_PATH], text[SYSFS_NAME];
	int64_t flags = 0;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	sysfs_link_name(path, "master", text, sizeof(text));
	if (*text)
		return use_found(use, "%s is a port of %s", name, text) &&
		       use_mend(use, "ip link set %s nomaster", name);
	if (find_address(name, text))
		return use_found(use, "%s has the address %s", name, text) &&
		       use_mend(use, "take the interface out of the network's configuration");
	if (!sysfs_read_number(path, "flags", &flags) && flags & IFF_UP)
		return use_found(use, "%s is up", name) &&
		       use_mend(use, "ip link set %s down", name);
	if (sysfs_read(path, "operstate", text, sizeof(text)) > 0 && !strcmp(text, "up"))
		return use_found(use, "%s is in operation", name) &&
		       use_mend(use, "ip link set %s down", name);
	return false;
}

/* sysfs shows the interfaces of one network namespace. */
static bool is_elsewhere(const struct use *use)
{
	char driver[SYSFS_NAME], name[SYSFS_NAME];

	sysfs_link_name(use->folder, "driver", driver, sizeof(driver));
	sysfs_first_entry(use->folder, "net", "", name, sizeof(name));
	return use->function->type == VIRTIO_ID_NET && !strcmp(driver, "virtio_net") && !*name;
}

bool use_of_interfaces(struct use *use)
{
	if (use_each(use, "net", visit_interface, use))
		return true;
	if (is_elsewhere(use))
		return use_found(use, "its interface is in another network namespace, as that of "
				 "a container") && use_mend(use, "bring it back from there");
	return false;
}
