/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory a server is told of: by slots and by table, before the start and
 * while rings run, up to its limit and beyond.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define LEN 65536

/* Separate files, so nothing is merged. */
struct piece {
	void *addr;
	int fd;
};

static struct piece make_piece(void)
{
	struct piece piece = { .fd = memfd_create("piece", MFD_CLOEXEC) };

	ck_assert_int_eq(ftruncate(piece.fd, LEN), 0);
	piece.addr = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, piece.fd, 0);
	ck_assert_ptr_ne(piece.addr, MAP_FAILED);
	return piece;
}

static void drop_piece(const struct piece *piece)
{
	munmap(piece->addr, LEN);
	close(piece->fd);
}

static int register_piece(const struct piece *piece)
{
	return virtio_mem_register(piece->addr, LEN, piece->fd, 0, NULL);
}

static void register_pieces(struct piece *pieces, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pieces[i] = make_piece();
		assert_ok(register_piece(&pieces[i]));
	}
}

static void unregister_pieces(const struct piece *pieces, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert_ok(virtio_mem_unregister(pieces[i].addr, LEN));
		drop_piece(&pieces[i]);
	}
}

/* The peer finds a piece of it, and writes to it. */
static void check_round_trip(struct rig *rig, char *mem)
{
	const struct iovec iov[2] = { { mem, 16 }, { mem + 100, 1 } };
	void *cookie;

	mem[100] = 0x55;
	assert_ok(virtqueue_req_submit(rig->vdev.vqs[0], mem, iov, 1, 1));
	virtqueue_req_flush(rig->vdev.vqs[0]);
	ck_assert_uint_eq(peer_serve(&rig->peer, 0, 1), 1);
	ck_assert_uint_eq(virtio_recv_pkts(rig->vdev.vqs[0], &cookie, NULL, 1), 1);
	ck_assert_ptr_eq(cookie, mem);
	ck_assert_uint_eq(mem[100], 0);
}

/* One region for the rings, then what the program registered. VU-MEM-2 */
START_TEST(with_slots_regions_go_one_by_one)
{
	struct rig *rig = rig_new();
	struct piece pieces[3];

	register_pieces(pieces, 3);
	rig_started(rig, "", 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "ADD_MEM_REG fds 1 ack"), 4);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_MEM_TABLE"), 0);
	rig_down(rig);
	unregister_pieces(pieces, 3);
}
END_TEST

/* VU-MSG-5 */
START_TEST(without_slots_one_table_tells_all)
{
	struct rig *rig = rig_new();
	struct piece pieces[3];

	rig->peer.protocol &= ~BIT64(PF_CONFIGURE_MEM_SLOTS);
	register_pieces(pieces, 3);
	rig_started(rig, "", 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_MEM_TABLE fds 4 ack"), 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "ADD_MEM_REG"), 0);
	rig_down(rig);
	unregister_pieces(pieces, 3);
}
END_TEST

/* VU-REPLY-6 */
START_TEST(without_acks_the_table_is_fenced)
{
	struct rig *rig = rig_new();
	char *trace;

	rig->peer.protocol = BIT64(PF_MQ);
	rig_started(rig, "", 1);
	trace = peer_trace(&rig->peer);
	ck_assert_ptr_nonnull(strstr(trace, "SET_MEM_TABLE fds 1\nGET_FEATURES\n"));
	free(trace);
	rig_down(rig);
}
END_TEST

/* VU-MEM-1: eight, and a clear word about the ninth. */
START_TEST(a_table_holds_eight_regions)
{
	struct rig *rig = rig_new();
	struct piece pieces[8];

	rig->peer.protocol &= ~BIT64(PF_CONFIGURE_MEM_SLOTS);
	register_pieces(pieces, 7);
	rig_started(rig, "", 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_MEM_TABLE fds 8 ack"), 1);
	pieces[7] = make_piece();
	ck_assert_int_eq(register_piece(&pieces[7]), -ENOSPC);
	assert_error_says("9 memory regions");
	assert_error_says("takes 8");
	rig_down(rig);
	drop_piece(&pieces[7]);
	unregister_pieces(pieces, 7);
}
END_TEST

struct slots {
	uint64_t said;
	uint64_t usable;
};

/* HARD-VU-8. Servers with more slots than a table holds regions give one up
 * for rings that are stopped. */
START_TEST(slots_are_asked_for_and_clamped)
{
	static const struct slots cases[] = {
		{ 0, 0 }, { 1, 1 }, { 8, 8 }, { 32, 31 }, { 509, 508 }, { UINT64_MAX, 511 },
	};
	struct virtio_mem_limits limits;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig = rig_new();

		rig->peer.mem_slots = cases[i].said;
		rig_opened(rig, "");
		assert_ok(virtio_dev_get_mem_limits(&rig->vdev, &limits));
		ck_assert_uint_eq(limits.max_regions, cases[i].usable);
		ck_assert_uint_eq(limits.needs_fd, 1);
		rig_down(rig);
	}
}
END_TEST

START_TEST(start_fails_when_the_slots_do_not_suffice)
{
	struct rig *rig = rig_new();
	struct piece piece;

	rig->peer.mem_slots = 1;
	register_pieces(&piece, 1);
	rig_negotiated(rig, "");
	ck_assert_int_eq(virtio_dev_start(&rig->vdev, 1, 0), -ENOSPC);
	assert_error_says("takes 1");
	rig_down(rig);
	unregister_pieces(&piece, 1);
}
END_TEST

/* VU-MEM-6 */
START_TEST(memory_without_a_descriptor_is_refused)
{
	struct rig *rig = rig_new();
	void *private = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	rig_started(rig, "", 1);
	ck_assert_int_eq(virtio_mem_register(private, LEN, -1, 0, NULL), -EINVAL);
	assert_error_says("no file descriptor");
	rig_down(rig);
	munmap(private, LEN);
}
END_TEST

/* VU-MEM-5: the peer looks for the data where the offset says. */
START_TEST(the_offset_in_the_file_is_told)
{
	struct rig *rig = rig_new();
	const int fd = memfd_create("offset", MFD_CLOEXEC);
	char *mem;

	ck_assert_int_eq(ftruncate(fd, 4 * LEN), 0);
	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 3 * LEN);
	ck_assert_ptr_ne(mem, MAP_FAILED);
	assert_ok(virtio_mem_register(mem, LEN, fd, 3 * LEN, NULL));
	rig_started(rig, "", 1);
	check_round_trip(rig, mem);
	rig_down(rig);
	assert_ok(virtio_mem_unregister(mem, LEN));
	munmap(mem, LEN);
	close(fd);
}
END_TEST

/* VU-MEM-5: where the machine has huge pages to give. */
START_TEST(huge_pages_can_be_shared)
{
	const struct virtio_mem_opts opts = { .size = sizeof(opts), .flags = VIRTIO_MEM_HUGETLB };
	struct rig *rig = rig_new();
	void *mem;

	rig_started(rig, "", 1);
	if (virtio_mem_alloc(4096, &opts, &mem) == 0) {
		check_round_trip(rig, mem);
		virtio_mem_free(mem);
	} else {
		printf("no huge pages here: %s\n", virtio_last_error());
	}
	rig_down(rig);
}
END_TEST

START_TEST(memory_is_added_while_rings_run)
{
	struct rig *rig = rig_new();
	struct piece piece;

	rig_started(rig, "", 1);
	peer_clear_trace(&rig->peer);
	register_pieces(&piece, 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "ADD_MEM_REG fds 1 ack"), 1);
	ck_assert_uint_eq(synced(rig)->nregions, 2);
	rig_down(rig);
	unregister_pieces(&piece, 1);
}
END_TEST

/* VU-MEM-10; that the region is the one that was added, the peer checks. */
START_TEST(memory_is_removed_while_rings_run)
{
	struct rig *rig = rig_new();
	struct piece piece;

	rig_started(rig, "", 1);
	register_pieces(&piece, 1);
	unregister_pieces(&piece, 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "REM_MEM_REG fds 0 ack"), 1);
	ck_assert_uint_eq(synced(rig)->nregions, 1);
	rig_down(rig);
}
END_TEST

/* VU-MEM-13 */
START_TEST(without_slots_a_change_sends_the_table_again)
{
	struct rig *rig = rig_new();
	struct piece piece;

	rig->peer.protocol &= ~BIT64(PF_CONFIGURE_MEM_SLOTS);
	rig_started(rig, "", 1);
	register_pieces(&piece, 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_MEM_TABLE fds 2 ack"), 1);
	unregister_pieces(&piece, 1);
	ck_assert_uint_eq(peer_count(&rig->peer, "SET_MEM_TABLE fds 1 ack"), 2);
	rig_down(rig);
}
END_TEST

static bool answer_later(struct peer *peer, struct peer_msg *msg)
{
	if (msg->request == ADD_MEM_REG || msg->request == REM_MEM_REG)
		usleep(100000);
	return false && peer;
}

/* VU-MEM-8, VU-MEM-9 */
START_TEST(a_change_returns_after_its_ack)
{
	struct rig *rig = rig_new();
	struct piece piece = make_piece();
	uint64_t start;

	rig_started(rig, "", 1);
	rig_hook(rig, answer_later);
	start = now_ms();
	assert_ok(register_piece(&piece));
	ck_assert_uint_ge(now_ms() - start, 100);
	start = now_ms();
	assert_ok(virtio_mem_unregister(piece.addr, LEN));
	ck_assert_uint_ge(now_ms() - start, 100);
	rig_down(rig);
	drop_piece(&piece);
}
END_TEST

START_TEST(a_refused_region_is_undone)
{
	struct rig *rig = rig_new();
	struct piece piece = make_piece();

	rig_started(rig, "", 1);
	rig_nack(rig, ADD_MEM_REG);
	ck_assert_int_eq(register_piece(&piece), -EREMOTEIO);
	assert_error_says("the server refused ADD_MEM_REG");
	rig_nack(rig, 0);
	assert_ok(register_piece(&piece));
	rig_down(rig);
	unregister_pieces(&piece, 1);
}
END_TEST

START_TEST(after_stop_the_server_has_none_of_it)
{
	struct rig *rig = rig_new();
	struct piece piece;

	rig->peer.mem_slots = 8;
	register_pieces(&piece, 1);
	rig_started(rig, "", 1);
	ck_assert_uint_eq(synced(rig)->nregions, 2);
	assert_ok(virtio_dev_stop(&rig->vdev));
	ck_assert_uint_eq(synced(rig)->nregions, 0);
	rig_down(rig);
	unregister_pieces(&piece, 1);
}
END_TEST

/* libvhost-user looks up the addresses of stopped rings at each new region. */
START_TEST(stopped_rings_never_point_to_memory_that_is_gone)
{
	struct rig *rig = rig_new();

	rig_started(rig, "", 4);
	assert_ok(virtio_dev_stop(&rig->vdev));
	ck_assert_uint_eq(synced(rig)->nregions, 1);
	for (unsigned i = 0; i < 4; i++) {
		const struct peer_ring *ring = &synced(rig)->rings[i];
		const struct peer_region *region = &synced(rig)->regions[0];

		ck_assert_uint_ge(ring->desc, region->start);
		ck_assert_uint_lt(ring->used, region->start + region->len);
		ck_assert_uint_lt(ring->avail, region->start + region->len);
	}
	rig_restart(rig, 2);
	rig_down(rig);
}
END_TEST

/* A dead server must not keep a program from registering memory. */
START_TEST(a_lost_server_does_not_hinder_others)
{
	struct rig *rig = rig_new();
	struct piece piece;

	rig_started(rig, "", 1);
	peer_die(&rig->peer);
	rig_events(rig, VIRTIO_EVENT_PEER_LOST);
	register_pieces(&piece, 1);
	unregister_pieces(&piece, 1);
	rig_down(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		with_slots_regions_go_one_by_one,
		without_slots_one_table_tells_all,
		without_acks_the_table_is_fenced,
		a_table_holds_eight_regions,
		slots_are_asked_for_and_clamped,
		start_fails_when_the_slots_do_not_suffice,
		memory_without_a_descriptor_is_refused,
		the_offset_in_the_file_is_told,
		huge_pages_can_be_shared,
		memory_is_added_while_rings_run,
		memory_is_removed_while_rings_run,
		without_slots_a_change_sends_the_table_again,
		a_change_returns_after_its_ack,
		a_refused_region_is_undone,
		after_stop_the_server_has_none_of_it,
		stopped_rings_never_point_to_memory_that_is_gone,
		a_lost_server_does_not_hinder_others,
	};

	return RUN_TESTS("vhost-user/memory", tests);
}
