/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The common configuration structure (VIRTIO 1.3, 4.1.4.3): offsets of its
 * fields, and the order of memory before a doorbell.
 */
#ifndef VPCI_REGS_H
#define VPCI_REGS_H

#define COMMON_DEVICE_FEATURE_SELECT	0x00	/* 32 bits */
#define COMMON_DEVICE_FEATURE		0x04	/* 32 */
#define COMMON_DRIVER_FEATURE_SELECT	0x08	/* 32 */
#define COMMON_DRIVER_FEATURE		0x0c	/* 32 */
#define COMMON_CONFIG_VECTOR		0x10	/* 16 */
#define COMMON_NUM_QUEUES		0x12	/* 16 */
#define COMMON_STATUS			0x14	/* 8 */
#define COMMON_CONFIG_GENERATION	0x15	/* 8 */
#define COMMON_QUEUE_SELECT		0x16	/* 16 */
#define COMMON_QUEUE_SIZE		0x18	/* 16 */
#define COMMON_QUEUE_VECTOR		0x1a	/* 16 */
#define COMMON_QUEUE_ENABLE		0x1c	/* 16 */
#define COMMON_QUEUE_NOTIFY_OFF		0x1e	/* 16 */
#define COMMON_QUEUE_DESC		0x20	/* 64, as two halves */
#define COMMON_QUEUE_DRIVER		0x28	/* 64 */
#define COMMON_QUEUE_DEVICE		0x30	/* 64 */
#define COMMON_QUEUE_NOTIF_CONFIG_DATA	0x38	/* 16, with NOTIF_CONFIG_DATA only */

/* PCI-COMMON-12: what the structure must hold for a feature to be usable. */
#define COMMON_END_NOTIF_CONFIG_DATA	0x3a
#define COMMON_END_QUEUE_RESET		0x3c
#define COMMON_END_ADMIN_QUEUE		0x40

#define VPCI_NO_VECTOR			0xffffu
#define VPCI_STATUS_GONE		0xffu	/* HARD-STAT-5: all ones is no status */

/*
 * Orders stores to memory (descriptors, the available index) before the store
 * to a doorbell, which is device memory. x86 keeps stores in order; elsewhere
 * the fences of C11 speak of threads only.
 */
static inline void vpci_doorbell_barrier(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ __volatile__("" ::: "memory");
#elif defined(__aarch64__)
	__asm__ __volatile__("dmb oshst" ::: "memory");
#elif defined(__riscv)
	__asm__ __volatile__("fence w, o" ::: "memory");
#else
	__sync_synchronize();
#endif
}

#endif /* VPCI_REGS_H */
