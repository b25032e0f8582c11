/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pure parts of the plugin: bytes of messages in and out, the choice of
 * protocol features, the guess at a server's family.
 */
#include "config.h"

#include <string.h>

#include "family.h"
#include "message.h"
#include "negotiate.h"
#include "rig.h"

/* The peer's names of the messages are its own; here the plugin's are meant. */
static uint8_t bytes[VU_HEADER_SIZE + VU_PAYLOAD_MAX];

static void put_header(uint32_t request, uint32_t flags, uint32_t size)
{
	const uint32_t header[3] = { request, flags, size };

	memcpy(bytes, header, sizeof(header));
}

/* VU-FRAME-1, VU-FRAME-2 */
START_TEST(a_message_is_a_header_and_its_payload)
{
	const uint64_t value = 0x1122334455667788;
	const uint32_t header[3] = { 2, 0x9, 8 };

	ck_assert_uint_eq(vu_message_build(bytes, 2, 0x9, &value, sizeof(value)), 20);
	ck_assert_mem_eq(bytes, header, 12);
	ck_assert_mem_eq(bytes + 12, &value, 8);
}
END_TEST

START_TEST(a_message_may_have_no_payload)
{
	ck_assert_uint_eq(vu_message_build(bytes, 1, 0x1, NULL, 0), 12);
}
END_TEST

START_TEST(every_row_can_be_built)
{
	for (uint32_t id = 0; id < 64; id++) {
		const struct vu_message_type *type = vu_message_type(id);

		if (!type)
			continue;
		ck_assert_uint_eq(type->id, id);
		ck_assert_uint_le(type->size_min, type->size_max);
		ck_assert_uint_le(type->size_max, VU_PAYLOAD_MAX);
		ck_assert_uint_le(type->reply_size, VU_PAYLOAD_MAX);
		ck_assert_uint_le(type->fds_max, VU_MAX_FDS);
		ck_assert_int_eq(type->confirm == VU_CONFIRM_REPLY, type->reply_size > 0);
	}
}
END_TEST

/* VU-NEG-7 */
START_TEST(reset_owner_has_no_row)
{
	ck_assert_ptr_null(vu_message_type(4));
}
END_TEST

/* VU-MEM-10 */
START_TEST(descriptors_must_be_as_many_as_the_row_says)
{
	ck_assert(vu_message_fits(vu_message_type(VU_ADD_MEM_REG), 40, 1));
	ck_assert(!vu_message_fits(vu_message_type(VU_ADD_MEM_REG), 40, 0));
	ck_assert(!vu_message_fits(vu_message_type(VU_REM_MEM_REG), 40, 1));
	ck_assert(!vu_message_fits(vu_message_type(VU_SET_MEM_TABLE), 8 + 9 * 32, 9));
}
END_TEST

/* HARD-VU-1, HARD-VU-2, HARD-VU-3 */
START_TEST(a_reply_is_right_in_every_field_or_wrong)
{
	struct vu_fault fault;
	uint32_t size;

	put_header(1, 0x5, 8);
	ck_assert_int_eq(vu_message_read_reply(bytes, 1, 8, 8, &size, &fault), 0);
	ck_assert_uint_eq(size, 8);
	put_header(2, 0x5, 8);
	ck_assert_int_eq(vu_message_read_reply(bytes, 1, 8, 8, &size, &fault), -EPROTO);
	ck_assert_str_eq(fault.field, "request number");
	put_header(1, 0xd, 8);
	ck_assert_int_eq(vu_message_read_reply(bytes, 1, 8, 8, &size, &fault), -EPROTO);
	ck_assert_str_eq(fault.field, "flags");
	put_header(1, 0x5, UINT32_MAX);
	ck_assert_int_eq(vu_message_read_reply(bytes, 1, 8, 8, &size, &fault), -EPROTO);
	ck_assert_str_eq(fault.field, "size");
	ck_assert_uint_eq(fault.got, UINT32_MAX);
}
END_TEST

/* HARD-VU-9 */
START_TEST(a_config_reply_has_as_much_as_both_sizes_say)
{
	struct vu_config config = { .size = 60 };

	ck_assert_int_eq(vu_message_read_config(&config, 0, 60), 0);
	ck_assert_int_eq(vu_message_read_config(&config, 72, 60), 60);
	ck_assert_int_eq(vu_message_read_config(&config, 12 + 36, 60), 36);
	ck_assert_int_eq(vu_message_read_config(&config, 12, 60), 0);
	ck_assert_int_eq(vu_message_read_config(&config, 11, 60), -EPROTO);
	ck_assert_int_eq(vu_message_read_config(&config, 73, 60), -EPROTO);
	config.size = 61;
	ck_assert_int_eq(vu_message_read_config(&config, 72, 60), -EPROTO);
	config.size = UINT32_MAX;
	ck_assert_int_eq(vu_message_read_config(&config, 72, 60), -EPROTO);
}
END_TEST

/* HARD-VU-12 */
START_TEST(a_back_channel_request_has_a_bounded_payload)
{
	struct vu_back_request request;

	put_header(77, 0x9, VU_BACK_PAYLOAD_MAX);
	ck_assert_int_eq(vu_message_read_back_request(bytes, &request), 0);
	ck_assert_uint_eq(request.id, 77);
	ck_assert(request.need_reply);
	put_header(77, 0x1, VU_BACK_PAYLOAD_MAX + 1);
	ck_assert_int_eq(vu_message_read_back_request(bytes, &request), -EPROTO);
	put_header(77, 0x5, 0);
	ck_assert_int_eq(vu_message_read_back_request(bytes, &request), -EPROTO);
	put_header(77, 0x0, 0);
	ck_assert_int_eq(vu_message_read_back_request(bytes, &request), -EPROTO);
}
END_TEST

/* VU-PF-5: and a bit that needs another goes with it. */
START_TEST(protocol_features_bring_their_companions)
{
	ck_assert_uint_eq(vu_protocol_choose(VU_BIT(VU_PF_BACKEND_REQ)), 0);
	ck_assert_uint_eq(vu_protocol_choose(VU_BIT(VU_PF_BACKEND_REQ) | VU_BIT(VU_PF_CONFIG)),
			  VU_BIT(VU_PF_BACKEND_REQ) | VU_BIT(VU_PF_CONFIG));
}
END_TEST

/* VU-PF-14, VU-PF-17, VU-PF-20, VU-PF-24 */
START_TEST(protocol_features_without_their_duty_are_not_accepted)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		const bool accepted = vu_protocol_choose(UINT64_MAX) & VU_BIT(bit);

		if (accepted)
			ck_assert_ptr_nonnull(vu_protocol_name(bit));
		if (bit == VU_PF_INBAND_NOTIFICATIONS || bit == VU_PF_XEN_MMAP ||
		    bit == VU_PF_GET_VRING_BASE_INFLIGHT || bit > 16)
			ck_assert(!accepted);
	}
	ck_assert_ptr_null(vu_protocol_name(24));
	ck_assert_ptr_null(vu_protocol_name(UINT32_MAX));
}
END_TEST

struct fingerprint {
	const char *name;
	uint64_t features;
	uint64_t protocol;
};

/* As seen on running servers. */
START_TEST(servers_are_recognised)
{
	static const struct fingerprint prints[] = {
		{ "qemu-storage-daemon", 0x175007e46, 0x8f2b },
		{ "virtiofsd (QEMU)", 0x175000000, 0x8c2b },
		{ "DPDK vhost", 0xd7c66e7cb, 0x10cbf },
		{ "SPDK vhost", 0x175000000, 0x11ebf },
	};

	for (unsigned i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		const struct vu_family *family = vu_family_find(prints[i].features,
								prints[i].protocol);

		ck_assert_ptr_nonnull(family);
		ck_assert_str_eq(family->name, prints[i].name);
	}
	ck_assert_ptr_null(vu_family_find(0, 0));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_message_is_a_header_and_its_payload,
		a_message_may_have_no_payload,
		every_row_can_be_built,
		reset_owner_has_no_row,
		descriptors_must_be_as_many_as_the_row_says,
		a_reply_is_right_in_every_field_or_wrong,
		a_config_reply_has_as_much_as_both_sizes_say,
		a_back_channel_request_has_a_bounded_payload,
		protocol_features_bring_their_companions,
		protocol_features_without_their_duty_are_not_accepted,
		servers_are_recognised,
	};

	return RUN_TESTS("vhost-user/message", tests);
}
