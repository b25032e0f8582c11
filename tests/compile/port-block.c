/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block driver of a program with user-level threads, as it looks after a
 * port that renamed what is only passed on and wrote start_up(): results that
 * were void before are dropped, and it compiles without a warning.
 *
 * main() is the test. It drives the device of port-device.c; of the machine's
 * own devices it takes none.
 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

#include <virtio-poll/virtio.h>
#include <virtio-poll/backend.h>

#include "port-device.h"

#define BLOCK_FEATURES \
	(1ull << VIRTIO_BLK_F_BLK_SIZE | 1ull << VIRTIO_BLK_F_MQ | 1ull << VIRTIO_BLK_F_RO | \
	 1ull << VIRTIO_BLK_F_TOPOLOGY)

#define MAX_IOS 32
#define DATA_SIZE 4096

/* ---- The program's own: threads that are scheduled by it ---- */

struct port_thread {
	const char *name;
};

static struct port_thread *running;

static struct virtio_thread *current_thread(void)
{
	return (struct virtio_thread *)running;
}

static const struct virtio_thread_ops thread_ops = {
	.size = sizeof(thread_ops),
	.current = current_thread,
};

static void start_up(void)
{
	PORT_CHECK(virtio_set_thread_ops(&thread_ops) == 0);
	port_alloc(0);
}

/* ---- The driver ---- */

struct block_disk {
	struct virtio_dev vdev;
	struct port_device *device;
	uint64_t num_blocks;
	uint32_t block_size;
	bool readonly;
};

struct block_io {
	struct virtio_blk_outhdr req;
	uint8_t resp;
	struct iovec iov_req;
	struct iovec iov_resp;
	struct iovec *iovs;
	int iovcnt;
	int result;		/* 1 while in flight, then 0 or -errno */
};

struct block_channel {
	struct virtio_dev *vdev;
	struct virtqueue *vq;
};

static void init_io(struct block_io *io, struct iovec *iovs, int iovcnt, uint64_t sector)
{
	io->req.sector = htole64(sector);
	io->iov_req.iov_base = &io->req;
	io->iov_req.iov_len = sizeof(io->req);
	io->iov_resp.iov_base = &io->resp;
	io->iov_resp.iov_len = sizeof(io->resp);
	io->iovs = iovs;
	io->iovcnt = iovcnt;
	io->resp = 0xff;
}

static void send_io(struct block_channel *ch, struct block_io *io, bool write)
{
	struct virtqueue *vq = ch->vq;
	int rc;

	io->req.type = htole32(write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN);
	rc = virtqueue_req_start(vq, io, io->iovcnt + 2);
	if (rc == -ENOMEM) {
		io->result = -EAGAIN;
		return;
	} else if (rc != 0) {
		io->result = rc;
		return;
	}
	io->result = 1;

	virtqueue_req_add_iovs(vq, &io->iov_req, 1, VIRTIO_DESC_RO);
	if (write) {
		virtqueue_req_add_iovs(vq, io->iovs, io->iovcnt, VIRTIO_DESC_RO);
	} else {
		virtqueue_req_add_iovs(vq, io->iovs, io->iovcnt, VIRTIO_DESC_WR);
	}
	virtqueue_req_add_iovs(vq, &io->iov_resp, 1, VIRTIO_DESC_WR);

	virtqueue_req_flush(vq);
}

static int poll_channel(struct block_channel *ch)
{
	struct block_io *io[MAX_IOS];
	uint32_t io_len[MAX_IOS];
	uint16_t i, cnt;

	cnt = virtio_recv_pkts(ch->vq, (void **)io, io_len, MAX_IOS);
	for (i = 0; i < cnt; ++i) {
		io[i]->result = io[i]->resp == VIRTIO_BLK_S_OK ? 0 : -EIO;
	}
	return cnt;
}

static int create_channel(struct block_disk *disk, struct block_channel *ch)
{
	int32_t queue_idx = virtio_dev_find_and_acquire_queue(&disk->vdev, 0);

	if (queue_idx < 0) {
		return -1;
	}
	ch->vdev = &disk->vdev;
	ch->vq = disk->vdev.vqs[queue_idx];
	return 0;
}

static void destroy_channel(struct block_channel *ch)
{
	virtio_dev_release_queue(ch->vdev, ch->vq->vq_queue_index);
}

/* Negotiates, reads what the disk is like, starts max_queues queues. */
static int init_disk(struct block_disk *disk, uint16_t max_queues)
{
	struct virtio_dev *vdev = &disk->vdev;
	uint64_t capacity;
	uint16_t host_max_queues = 1;
	int rc = virtio_dev_reset(vdev, BLOCK_FEATURES);

	if (rc != 0) {
		return rc;
	}
	disk->block_size = 512;
	if (virtio_dev_has_feature(vdev, VIRTIO_BLK_F_BLK_SIZE)) {
		rc = virtio_dev_read_dev_config(vdev, offsetof(struct virtio_blk_config, blk_size),
						&disk->block_size, sizeof(disk->block_size));
		if (rc) {
			return rc;
		}
		disk->block_size = le32toh(disk->block_size);
	}
	rc = virtio_dev_backend_ops(vdev)->read_dev_cfg(vdev,
							offsetof(struct virtio_blk_config, capacity),
							&capacity, sizeof(capacity));
	if (rc) {
		return rc;
	}
	disk->num_blocks = le64toh(capacity) * 512 / disk->block_size;
	disk->readonly = virtio_dev_has_feature(vdev, VIRTIO_BLK_F_RO);
	if (virtio_dev_has_feature(vdev, VIRTIO_BLK_F_MQ)) {
		rc = virtio_dev_read_dev_config(vdev,
						offsetof(struct virtio_blk_config, num_queues),
						&host_max_queues, sizeof(host_max_queues));
		if (rc) {
			return rc;
		}
		host_max_queues = le16toh(host_max_queues);
	}
	if (max_queues > host_max_queues) {
		max_queues = host_max_queues;
	}
	return virtio_dev_start(vdev, max_queues, 0);
}

static void remove_disk(struct block_disk *disk)
{
	virtio_dev_stop(&disk->vdev);
	virtio_dev_destruct(&disk->vdev);
}

static int create_on_table(struct block_disk *disk, const char *name, struct port_device *device)
{
	int rc = virtio_dev_construct(&disk->vdev, name, &port_device_ops, device);

	if (rc != 0) {
		return rc;
	}
	disk->vdev.is_hw = 0;
	disk->vdev.modern = 1;
	return 0;
}

static int create_on_socket(struct block_disk *disk, const char *name, const char *path,
			    uint32_t queue_size)
{
	return virtio_user_dev_init(&disk->vdev, name, path, queue_size);
}

struct pci_create_ctx {
	struct block_disk *disk;	/* NULL: look, do not take */
	unsigned seen;
};

static int pci_create_cb(struct virtio_pci_ctx *pci_ctx, void *ctx)
{
	struct pci_create_ctx *create = ctx;

	create->seen++;
	if (create->disk == NULL) {
		return 1;
	}
	return virtio_pci_dev_init(&create->disk->vdev, "pci-disk", pci_ctx);
}

static void dump_info(void *ctx, struct virtio_json_writer *w)
{
	struct block_disk *disk = ctx;

	virtio_json_object_begin(w);
	virtio_dev_dump_json_info(&disk->vdev, w);
	virtio_json_object_end(w);
}

static void write_config(void *ctx, struct virtio_json_writer *w)
{
	struct block_disk *disk = ctx;

	virtio_json_object_begin(w);
	virtio_json_name(w, "name");
	virtio_json_string(w, disk->vdev.name);
	virtio_dev_write_json_config(&disk->vdev, w);
	virtio_json_object_end(w);
}

/* ---- The test ---- */

#define DISK_SECTORS 64

static char disk_data[DISK_SECTORS * 512];

/* What a disk does: the header says where, the last byte is the verdict. */
static int serve(struct port_device *dev, const struct port_request *req)
{
	const struct virtio_blk_outhdr *header = req->segs[0].iov_base;
	bool in = le32toh(header->type) == VIRTIO_BLK_T_IN;
	size_t at = le64toh(header->sector) * 512;
	const struct iovec *resp = &req->segs[req->readable + req->writable - 1];
	int written = 1;

	(void)dev;
	*(uint8_t *)resp->iov_base = VIRTIO_BLK_S_IOERR;
	for (const struct iovec *seg = &req->segs[1]; seg < resp; seg++) {
		if (at > sizeof(disk_data) || seg->iov_len > sizeof(disk_data) - at)
			return 1;
		memcpy(in ? seg->iov_base : disk_data + at, in ? disk_data + at : seg->iov_base,
		       seg->iov_len);
		written += in ? (int)seg->iov_len : 0;
		at += seg->iov_len;
	}
	*(uint8_t *)resp->iov_base = VIRTIO_BLK_S_OK;
	return written;
}

/* One request, its data in two pieces. */
static int transfer(struct block_channel *ch, uint64_t sector, char *data, bool write)
{
	struct block_io *io = port_alloc(sizeof(*io));
	struct iovec iovs[2] = { { data, DATA_SIZE - 512 }, { data + DATA_SIZE - 512, 512 } };

	init_io(io, iovs, 2, sector);
	send_io(ch, io, write);
	for (int i = 0; i < 1000 && io->result == 1; i++)
		poll_channel(ch);
	return io->result;
}

static void check_round_trip(struct block_channel *ch, uint64_t sector)
{
	char *out = port_alloc(DATA_SIZE);
	char *in = port_alloc(DATA_SIZE);

	for (int i = 0; i < DATA_SIZE; i++)
		out[i] = (char)(i * 7 + (int)sector);
	PORT_CHECK(transfer(ch, sector, out, true) == 0);
	PORT_CHECK(transfer(ch, sector, in, false) == 0);
	PORT_CHECK(memcmp(in, out, DATA_SIZE) == 0);
	PORT_CHECK(transfer(ch, DISK_SECTORS, in, false) == -EIO);
}

/* What is not registered never reaches the device, and the cookie comes back. */
static void check_foreign_memory(struct block_channel *ch)
{
	struct block_io *io = port_alloc(sizeof(*io));
	static char foreign[512];
	struct iovec iov = { foreign, sizeof(foreign) };
	void *failed[2];

	init_io(io, &iov, 1, 0);
	send_io(ch, io, false);
	PORT_CHECK(poll_channel(ch) == 0);
	PORT_CHECK(virtqueue_recv_failed(ch->vq, failed, 2) == 1 && failed[0] == io);
}

/* Each thread gets a queue of its own, until there is none. */
static void check_channels(struct block_disk *disk)
{
	static struct port_thread threads[3] = { { "one" }, { "two" }, { "three" } };
	struct block_channel channels[2], none;

	for (int i = 0; i < 2; i++) {
		running = &threads[i];
		PORT_CHECK(create_channel(disk, &channels[i]) == 0);
		PORT_CHECK(virtio_dev_queue_get_thread(&disk->vdev, i) ==
			   (struct virtio_thread *)running);
		check_round_trip(&channels[i], 8 * i);
	}
	check_foreign_memory(&channels[1]);
	running = &threads[2];
	PORT_CHECK(create_channel(disk, &none) == -1);
	PORT_CHECK(virtio_dev_acquire_queue(&disk->vdev, 1) == -1);
	for (int i = 0; i < 2; i++) {
		running = &threads[i];
		destroy_channel(&channels[i]);
		PORT_CHECK(!virtio_dev_queue_is_acquired(&disk->vdev, i));
	}
}

static void check_table(void)
{
	static struct virtio_blk_config config;
	struct port_device device = {
		.queues = 2,
		.features = 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_BLK_F_BLK_SIZE |
			    1ull << VIRTIO_BLK_F_MQ | 1ull << VIRTIO_BLK_F_FLUSH,
		.config = &config,
		.config_len = sizeof(config),
		.serve = serve,
	};
	struct block_disk disk = { .device = &device };

	config.capacity = htole64(DISK_SECTORS);
	config.blk_size = htole32(4096);
	config.num_queues = htole16(2);
	PORT_CHECK(create_on_table(&disk, "port0", &device) == 0);
	PORT_CHECK(init_disk(&disk, 4) == 0);
	PORT_CHECK(disk.num_blocks == DISK_SECTORS / 8 && disk.block_size == 4096);
	PORT_CHECK(!disk.readonly && disk.vdev.max_queues == 2);
	PORT_CHECK(!virtio_dev_has_feature(&disk.vdev, VIRTIO_BLK_F_FLUSH));
	check_channels(&disk);
	port_check_json(dump_info, &disk, "{\"virtio\":{\"vq_count\":2,\"vq_size\":64,"
					  "\"type\":\"port\"}}");
	port_check_json(write_config, &disk, "{\"name\":\"port0\",\"trtype\":\"port\","
					     "\"traddr\":\"port0\"}");
	PORT_CHECK(device.kicks > 0 && device.destructed == 0);
	remove_disk(&disk);
	PORT_CHECK(device.destructed == 1 && device.status == 0);
}

static void check_other_ways(void)
{
	struct pci_create_ctx create = { .disk = NULL };
	struct block_disk disk = { .device = NULL };
	int rc;

	PORT_CHECK(create_on_socket(&disk, "user0", "/nonexistent/socket", 512) == -ENOENT);
	virtio_dev_destruct(&disk.vdev);
	rc = virtio_pci_dev_enumerate(pci_create_cb, &create, VIRTIO_ID_BLOCK);
	PORT_CHECK(rc == 0 || rc == -ENOENT);
	virtio_pci_dev_enumerate(pci_create_cb, &create, 0x1042);
}

int main(void)
{
	start_up();
	check_table();
	check_other_ways();
	return 0;
}
