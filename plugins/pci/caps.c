/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks the capability list of a virtio function and checks what it names.
 *
 * Pure: bytes and BARs in, places out. No byte is believed before it was
 * compared with what the kernel says of the BARs; a capability that does not
 * hold is passed over, and the first of its type that does is taken.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <virtio-poll/backend.h>

#include "caps.h"

#define HEADER_SIZE		64
#define HEADER_STATUS		0x06
#define HEADER_CAP_POINTER	0x34
#define STATUS_CAP_LIST		0x0010

#define CAP_ID_VENDOR		0x09
#define CAP_ID_MSIX		0x11
#define MSIX_SIZE		12
#define MSIX_TABLE_SIZE		0x07ff	/* of the message control word: vectors - 1 */

/* struct virtio_pci_cap, and the two that begin with it */
#define CAP_TYPE		3
#define CAP_BAR			4
#define CAP_SHM_ID		5
#define CAP_OFFSET		8
#define CAP_LENGTH		12
#define CAP_SIZE		16
#define CAP_MULTIPLIER		16
#define CAP_NOTIFY_SIZE		20
#define CAP_OFFSET_HI		16
#define CAP_LENGTH_HI		20
#define CAP64_SIZE		24

/* With all optional fields; what lies behind is not looked at. */
#define COMMON_USED		0x40

/* What is asked of a structure. */
struct kind {
	uint8_t type;
	uint8_t cap_size;	/* bytes of the capability that are read */
	uint8_t align;		/* of the offset in the BAR */
	uint8_t min;		/* bytes of the structure */
};

/* The access window (5) and vendor data (9) are not here: neither is used, and
 * what stands at the place of a BAR number is none. PCI-VENDOR-2, PCI-CFGACC-2 */
static const struct kind kinds[] = {
	{ VPCI_CAP_COMMON, CAP_SIZE, 4, VPCI_COMMON_SIZE },
	{ VPCI_CAP_NOTIFY, CAP_NOTIFY_SIZE, 2, 2 },	/* PCI-NOTIFCAP-2 */
	{ VPCI_CAP_ISR, CAP_SIZE, 1, 1 },
	{ VPCI_CAP_DEVICE, CAP_SIZE, 4, 1 },
	{ VPCI_CAP_SHM, CAP64_SIZE, 1, 1 },
};

struct walk {
	const uint8_t *config;
	size_t len;
	const struct vpci_bar *bars;
	struct vpci_caps *caps;
	const char *common_lacks;	/* why the last one was passed over, or NULL */
	const char *notify_lacks;
	bool virtio;			/* there is a capability of a virtio type */
	bool hidden;			/* the list goes on behind len */
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const struct kind *find_kind(uint8_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return NULL;	/* PCI-CAP-1: reserved ones are ignored */
}

static struct vpci_place read_place(const uint8_t *cap, uint8_t type)
{
	struct vpci_place place = {
		.bar = cap[CAP_BAR],
		.id = cap[CAP_SHM_ID],
		.offset = get32(cap + CAP_OFFSET),
		.length = get32(cap + CAP_LENGTH),
	};

	if (type == VPCI_CAP_SHM) {	/* PCI-CAP-9 */
		place.offset |= (uint64_t)get32(cap + CAP_OFFSET_HI) << 32;
		place.length |= (uint64_t)get32(cap + CAP_LENGTH_HI) << 32;
	}
	return place;
}

/* NULL if the structure can be used there, or what is wrong. */
static const char *place_lacks(const struct vpci_place *place, const struct kind *kind,
			       const struct vpci_bar *bars)
{
	const struct vpci_bar *bar;

	if (place->bar >= VPCI_BARS)	/* PCI-CAP-4 */
		return "its BAR number is reserved";
	bar = &bars[place->bar];
	if (!bar->size)			/* HARD-CAP-4 */
		return "its BAR is absent or has no address";
	if (bar->io)			/* PCI-CAP-10 */
		return "its BAR holds I/O ports";
	if (place->length < kind->min)	/* PCI-CAP-7, HARD-CAP-5 */
		return "it is too short";
	if (place->offset % kind->align)	/* HARD-CAP-6 */
		return "its offset is misaligned";
	/* HARD-CAP-1: no sum that could overflow. PCI-CAP-6: otherwise any
	 * length will do. */
	if (place->offset > bar->size || place->length > bar->size - place->offset)
		return "it does not lie inside its BAR";
	return NULL;
}

/* HARD-CAP-9, PCI-SHM-1: the first that is usable of each id. */
static void add_shm(struct vpci_caps *caps, const struct vpci_place *place)
{
	for (unsigned i = 0; i < caps->shm_count; i++) {
		if (caps->shm[i].id == place->id)
			return;
	}
	if (caps->shm_count < VPCI_MAX_SHM)
		caps->shm[caps->shm_count++] = *place;
}

/* PCI-CAP-2: the first usable one stays. */
static void add_first(struct vpci_place *slot, const struct vpci_place *place)
{
	if (!slot->length)
		*slot = *place;
}

static void add_place(struct vpci_caps *caps, uint8_t type, const struct vpci_place *place,
		      const uint8_t *cap)
{
	if (type == VPCI_CAP_COMMON)
		add_first(&caps->common, place);
	else if (type == VPCI_CAP_ISR)
		add_first(&caps->isr, place);
	else if (type == VPCI_CAP_DEVICE)
		add_first(&caps->device, place);
	else if (type == VPCI_CAP_SHM)
		add_shm(caps, place);
	else if (!caps->notify.length) {
		/* Judged per queue, with the offset that it multiplies. */
		caps->notify_multiplier = get32(cap + CAP_MULTIPLIER);
		caps->notify = *place;
	}
}

static void read_vendor_cap(struct walk *w, size_t at)
{
	const uint8_t *cap = w->config + at;
	const struct kind *kind = find_kind(cap[CAP_TYPE]);
	const char *lacks = "its capability is too short";
	struct vpci_place place;

	w->virtio |= kind || cap[CAP_TYPE] == VPCI_CAP_ACCESS;
	if (!kind)
		return;
	if (at + kind->cap_size > w->len) {
		w->hidden |= at + kind->cap_size <= VPCI_CONFIG_SIZE;
	} else if (cap[2] >= kind->cap_size) {	/* PCI-CAP-3, HARD-CAP-3 */
		place = read_place(cap, kind->type);
		lacks = place_lacks(&place, kind, w->bars);
		if (!lacks)
			add_place(w->caps, kind->type, &place, cap);
	}
	if (kind->type == VPCI_CAP_COMMON)
		w->common_lacks = lacks;
	if (kind->type == VPCI_CAP_NOTIFY)
		w->notify_lacks = lacks;
}

static void read_msix_cap(struct walk *w, size_t at)
{
	if (at + MSIX_SIZE <= w->len && !w->caps->msix_size)
		w->caps->msix_size = (get16(w->config + at + 2) & MSIX_TABLE_SIZE) + 1;
}

/* HARD-CAP-2, -3: each of the places where a capability may stand is visited
 * once at most. */
static void walk_list(struct walk *w)
{
	uint64_t visited = 0;
	size_t at = w->config[HEADER_CAP_POINTER] & ~3u;

	while (at >= HEADER_SIZE && !(visited >> (at / 4 - HEADER_SIZE / 4) & 1)) {
		if (at + 4 > w->len) {
			w->hidden = true;
			return;
		}
		visited |= 1ull << (at / 4 - HEADER_SIZE / 4);
		if (w->config[at] == CAP_ID_VENDOR)
			read_vendor_cap(w, at);
		else if (w->config[at] == CAP_ID_MSIX)
			read_msix_cap(w, at);
		at = w->config[at + 1] & ~3u;
	}
}

static bool share_bytes(const struct vpci_place *a, uint64_t a_len, const struct vpci_place *b,
			uint64_t b_len)
{
	return a->length && b->length && a->bar == b->bar && a->offset < b->offset + b_len &&
	       b->offset < a->offset + a_len;
}

/* HARD-CAP-11, of the bytes that are used: the rest may well be sloppy. */
static bool overlap(const struct vpci_caps *caps)
{
	const uint64_t common = caps->common.length < COMMON_USED ? caps->common.length :
								    COMMON_USED;

	return share_bytes(&caps->common, common, &caps->notify, caps->notify.length) ||
	       share_bytes(&caps->common, common, &caps->isr, 1) ||
	       share_bytes(&caps->notify, caps->notify.length, &caps->isr, 1);
}

static int refuse(const struct walk *w)
{
	const bool common = w->caps->common.length != 0;
	const char *lacks = common ? w->notify_lacks : w->common_lacks;

	if (w->hidden)
		return virtio_set_error(EACCES, "only %zu bytes of configuration space can be "
					"read: the kernel shows the capabilities to root only",
					w->len);
	if (!w->virtio)	/* PCI-DETECT-1 */
		return virtio_set_error(ENOTSUP, "there is no virtio capability: it is a legacy "
					"device (virtio 0.9), and virtio 1.0 or later is needed "
					"(in QEMU: disable-modern=off)");
	return virtio_set_error(EPROTO, "the device has no %s structure that can be used: %s",
				common ? "notification" : "common configuration",
				lacks ? lacks : "there is no capability of that type");
}

int vpci_caps_parse(const uint8_t *config, size_t len, const struct vpci_bar bars[VPCI_BARS],
		    struct vpci_caps *caps)
{
	struct walk w = { .config = config, .len = len, .bars = bars, .caps = caps };

	memset(caps, 0, sizeof(*caps));
	if (len < HEADER_SIZE)
		return virtio_set_error(EIO, "configuration space ends after %zu bytes; its header "
					"alone has %d", len, HEADER_SIZE);
	if (len > VPCI_CONFIG_SIZE)
		w.len = VPCI_CONFIG_SIZE;
	if (get16(config) == 0xffff)
		return virtio_set_error(ENODEV, "configuration space reads all ones: the device "
					"was removed, or is powered down");
	if (get16(config + HEADER_STATUS) & STATUS_CAP_LIST)
		walk_list(&w);
	if (!caps->common.length || !caps->notify.length)
		return refuse(&w);
	caps->overlaps = overlap(caps);
	return 0;
}
