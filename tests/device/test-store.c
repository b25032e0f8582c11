/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What holds the bytes of the loopback block device: memory, a file or
 * nothing; and the configuration space that says how many there are.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

/* A file with len bytes of seed, unlinked by the caller. */
static void make_file(char *path, size_t len, unsigned seed)
{
	char *data = malloc(len);
	int fd = mkstemp(path);

	ck_assert(fd >= 0 && data);
	fill(data, len, seed);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
	free(data);
}

START_TEST(untouched_memory_reads_zero)
{
	struct rig rig;

	rig_up(&rig, "blk");
	assert_zero(read_sectors(&rig, 131071, 512), 512);
	rig_down(&rig);
}
END_TEST

START_TEST(a_terabyte_opens_and_takes_what_is_written)
{
	struct rig rig;

	rig_up(&rig, "blk,size=1T");
	write_sectors(&rig, (UINT64_C(1) << 31) - 8, 4096, 3);
	assert_filled(read_sectors(&rig, (UINT64_C(1) << 31) - 8, 4096), 4096, 3);
	rig_down(&rig);
}
END_TEST

START_TEST(an_empty_device_has_no_sector)
{
	struct rig rig;
	uint64_t capacity = 1;

	rig_up(&rig, "blk,size=0");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 0, &capacity, 8), 0);
	ck_assert_uint_eq(le64toh(capacity), 0);
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 0, 512)),
			  VIRTIO_BLK_S_IOERR);
	rig_down(&rig);
}
END_TEST

START_TEST(a_read_only_device_refuses_changes)
{
	char path[] = "/tmp/vp-blk-XXXXXX";
	struct rig rig;
	struct blk_request *req;

	make_file(path, 65536, 4);
	rig_up(&rig, "blk,file=%s,readonly", path);
	ck_assert(virtio_dev_has_feature(&rig.vdev, VIRTIO_BLK_F_RO));
	assert_filled(read_sectors(&rig, 0, 65536), 65536, 4);
	req = blk_request_new(&rig, VIRTIO_BLK_T_OUT, 0, 512);
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_DISCARD, 0, 8, 0), VIRTIO_BLK_S_IOERR);
	assert_filled(read_sectors(&rig, 0, 65536), 65536, 4);
	rig_down(&rig);
	unlink(path);
}
END_TEST

START_TEST(a_file_holds_what_was_written)
{
	char path[] = "/tmp/vp-blk-XXXXXX", data[4096];
	struct rig rig;
	int fd;

	make_file(path, 65536, 4);
	rig_up(&rig, "blk,file=%s", path);
	write_sectors(&rig, 8, 4096, 5);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 3, 0), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 3, 5, 1), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(ranges(&rig, VIRTIO_BLK_T_DISCARD, 64, 8, 0), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_FLUSH, 0, 0)),
			  VIRTIO_BLK_S_OK);
	rig_down(&rig);
	fd = open(path, O_RDONLY);
	ck_assert_int_eq(pread(fd, data, 4096, 4096), 4096);
	assert_filled(data, 4096, 5);
	ck_assert_int_eq(pread(fd, data, 4096, 0), 4096);
	assert_zero(data, 4096);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 65536);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(the_tail_of_a_file_is_left_alone)
{
	char path[] = "/tmp/vp-blk-XXXXXX";
	struct rig rig;
	uint64_t capacity;

	make_file(path, 1000, 4);
	rig_up(&rig, "blk,file=%s", path);
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 0, &capacity, 8), 0);
	ck_assert_uint_eq(le64toh(capacity), 1);
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 1, 512)),
			  VIRTIO_BLK_S_IOERR);
	rig_down(&rig);
	unlink(path);
}
END_TEST

START_TEST(a_file_that_shrinks_gives_an_error)
{
	char path[] = "/tmp/vp-blk-XXXXXX";
	struct rig rig;

	make_file(path, 65536, 4);
	rig_up(&rig, "blk,file=%s", path);
	ck_assert_int_eq(truncate(path, 5000), 0);
	ck_assert_uint_eq(blk_do(rig.vq, blk_request_new(&rig, VIRTIO_BLK_T_IN, 8, 4096)),
			  VIRTIO_BLK_S_IOERR);
	rig_down(&rig);
	unlink(path);
}
END_TEST

/* A program that has closed its own must not print into the file. */
START_TEST(standard_descriptors_are_left_alone)
{
	char path[] = "/tmp/vp-blk-XXXXXX", address[64];
	struct virtio_dev vdev = { 0 };
	struct stat st;
	int saved[3], err;
	bool taken = false;

	make_file(path, 65536, 4);
	snprintf(address, sizeof(address), "loopback:blk,thread=on,file=%s", path);
	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		close(fd);
	}
	err = virtio_dev_open(&vdev, "test", address);
	for (int fd = 0; fd < 3; fd++) {
		taken |= fstat(fd, &st) == 0 && (fd == 2 || S_ISREG(st.st_mode));
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	ck_assert_int_eq(err, 0);
	ck_assert(!taken);
	virtio_dev_destruct(&vdev);
	unlink(path);
}
END_TEST

START_TEST(null_completes_and_touches_no_data)
{
	struct rig rig;
	struct blk_request *req;
	uint64_t capacity;

	rig_up(&rig, "null");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 0, &capacity, 8), 0);
	ck_assert_uint_eq(le64toh(capacity), 1 << 21);
	req = blk_request_new(&rig, VIRTIO_BLK_T_IN, 100, 4096);
	req->data[0] = 0x5a;
	ck_assert_uint_eq(blk_do(rig.vq, req), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(req->used_len, 4097);
	ck_assert_int_eq(req->data[0], 0x5a);
	rig_down(&rig);
}
END_TEST

START_TEST(the_configuration_space_says_what_was_asked_for)
{
	struct rig rig;
	struct virtio_blk_config config;

	rig_up(&rig, "blk,size=3M,num-queues=3,queue-size=64,block-size=4K,size-max=64K,seg-max=7");
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 0, &config, 60), 0);
	ck_assert_uint_eq(le64toh(config.capacity), 6144);
	ck_assert_uint_eq(le32toh(config.size_max), 65536);
	ck_assert_uint_eq(le32toh(config.seg_max), 7);
	ck_assert_uint_eq(le32toh(config.blk_size), 4096);
	ck_assert_uint_eq(le16toh(config.num_queues), 3);
	ck_assert_uint_eq(config.wce, 1);
	ck_assert_uint_ne(le32toh(config.max_discard_sectors), 0);
	ck_assert_uint_ne(le32toh(config.max_write_zeroes_seg), 0);
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 0, &config, 61), -EINVAL);
	rig_down(&rig);
}
END_TEST

START_TEST(only_the_write_cache_can_be_configured)
{
	struct rig rig;
	uint8_t value = 0;

	rig_up(&rig, "blk");
	ck_assert_int_eq(virtio_dev_write_dev_config(&rig.vdev, 32, &value, 1), 0);
	value = 9;
	ck_assert_int_eq(virtio_dev_read_dev_config(&rig.vdev, 32, &value, 1), 0);
	ck_assert_uint_eq(value, 0);
	write_sectors(&rig, 0, 512, 1);
	value = 2;
	ck_assert_int_eq(virtio_dev_write_dev_config(&rig.vdev, 32, &value, 1), -EINVAL);
	ck_assert_int_eq(virtio_dev_write_dev_config(&rig.vdev, 0, &value, 1), -EINVAL);
	rig_down(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		untouched_memory_reads_zero,
		a_terabyte_opens_and_takes_what_is_written,
		an_empty_device_has_no_sector,
		a_read_only_device_refuses_changes,
		a_file_holds_what_was_written,
		the_tail_of_a_file_is_left_alone,
		a_file_that_shrinks_gives_an_error,
		standard_descriptors_are_left_alone,
		null_completes_and_touches_no_data,
		the_configuration_space_says_what_was_asked_for,
		only_the_write_cache_can_be_configured,
	};

	return RUN_TESTS("device/store", tests);
}
