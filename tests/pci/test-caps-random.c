/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capability parser on configuration spaces made at random, a fixed and
 * repeatable number of them. Whatever comes out lies inside a memory BAR,
 * aligned; a sanitizer sees each byte that is read besides.
 */
#include "config.h"

#include <errno.h>

#include "config-bytes.h"
#include "unit.h"

#define FUZZ_ROUNDS	200000

static struct config_bytes c;
static struct vpci_caps caps;

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Figures at the edges are more telling than those in between. */
static uint32_t edge(uint32_t *state)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 0x37, 0x38, 0x40, 0xfff, 0x1000, 0x3000, 0x3ffc, 0x4000, 0x7fffffff,
		0x80000000, 0xfffffffc, 0xffffffff,
	};
	const uint32_t r = next_random(state);

	return r & 1 ? edges[(r >> 1) % (sizeof(edges) / sizeof(edges[0]))] : r >> 16;
}

static void randomise_bars(uint32_t *state)
{
	static const uint64_t sizes[] = {
		0, 16, 0x40, 0x1000, 0x4000, 0x100000000, 0x8000000000000000,
	};

	for (unsigned i = 0; i < VPCI_BARS; i++) {
		c.bars[i].size = sizes[next_random(state) % (sizeof(sizes) / sizeof(sizes[0]))];
		c.bars[i].io = next_random(state) % 8 == 0;
	}
}

/* A list with capabilities at random places, which may overlap and go round. */
static void make_list(uint32_t *state)
{
	unsigned n = next_random(state) % 12;
	unsigned link = 0x34;

	while (n--) {
		const unsigned at = 0x40 + next_random(state) % 48 * 4;

		c.bytes[link] = (uint8_t)(at | (next_random(state) & 3));
		link = at + 1;
		c.bytes[at] = next_random(state) % 8 ? 0x09 : 0x11;
		c.bytes[at + 2] = (uint8_t)(next_random(state) % 8 ? 24 : next_random(state));
		c.bytes[at + 3] = (uint8_t)(next_random(state) % 10);
		if (at + 24 > VPCI_CONFIG_SIZE)
			continue;
		c.bytes[at + 4] = (uint8_t)(next_random(state) % 8);
		c.bytes[at + 5] = (uint8_t)(next_random(state) % 4);
		for (unsigned i = 8; i < 24; i += 4)
			config_put32(&c, at + i, edge(state));
	}
}

/* An honest space with a few figures changed. */
static void make_almost_usual(uint32_t *state)
{
	unsigned n = next_random(state) % 6;

	config_usual(&c);
	config_add_shm(&c, 4, 1, 0x100, 0x100);
	while (n--) {
		if (next_random(state) & 1)
			config_put32(&c, 0x40 + next_random(state) % 48 * 4, edge(state));
		else
			c.bytes[0x34 + next_random(state) % 204] = (uint8_t)next_random(state);
	}
}

static void randomise(uint32_t *state)
{
	const unsigned kind = next_random(state) % 4;

	if (kind == 0) {
		make_almost_usual(state);
		return;
	}
	config_init(&c);
	randomise_bars(state);
	if (kind == 1) {
		for (unsigned i = 0x34; i < VPCI_CONFIG_SIZE; i++)
			c.bytes[i] = (uint8_t)next_random(state);
	}
	make_list(state);
}

static void check_place(const struct vpci_place *place, unsigned align, uint64_t min)
{
	if (!place->length)
		return;
	must(place->bar < VPCI_BARS);
	must(c.bars[place->bar].size && !c.bars[place->bar].io);
	must(place->length >= min);
	must(place->offset % align == 0);
	must(place->offset + place->length > place->offset);
	must(place->offset + place->length <= c.bars[place->bar].size);
}

static void check_result(int result)
{
	must(result == 0 || result == -ENOTSUP || result == -EPROTO || result == -EACCES);
	must((result == 0) == (caps.common.length && caps.notify.length));
	check_place(&caps.common, 4, 0x38);
	check_place(&caps.notify, 2, 2);
	check_place(&caps.isr, 1, 1);
	check_place(&caps.device, 4, 1);
	must(caps.shm_count <= VPCI_MAX_SHM);
	must(caps.msix_size <= 2048);
	for (unsigned i = 0; i < caps.shm_count; i++) {
		must(caps.shm[i].length);
		check_place(&caps.shm[i], 1, 1);
		for (unsigned j = 0; j < i; j++)
			must(caps.shm[i].id != caps.shm[j].id);
	}
}

START_TEST(whatever_comes_out_lies_inside_a_memory_bar)
{
	uint32_t state = 0x1af41040;
	unsigned usable = 0;

	for (unsigned i = 0; i < FUZZ_ROUNDS; i++) {
		uint8_t copy[VPCI_CONFIG_SIZE];
		const size_t len = next_random(&state) % 4 ? VPCI_CONFIG_SIZE :
				   64 + next_random(&state) % 193;
		int result;

		randomise(&state);
		/* At the end of the array, so that a sanitizer sees what lies behind. */
		memcpy(copy + sizeof(copy) - len, c.bytes, len);
		result = vpci_caps_parse(copy + sizeof(copy) - len, len, c.bars, &caps);
		check_result(result);
		usable += result == 0;
	}
	/* Or the rest was never reached. */
	ck_assert_uint_gt(usable, FUZZ_ROUNDS / 1000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pci-caps-random");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, whatever_comes_out_lies_inside_a_memory_bar);
	return unit_run("pci-caps-random", tc);
}
