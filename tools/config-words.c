/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The words of enumerated configuration fields. VIRTIO 1.3, section 5, the
 * "Device configuration layout" of each type. Constant tables, nothing else.
 */
#include "config.h"

#include <stddef.h>

#include "config-words.h"

#define END { 0, NULL }

const struct config_word words_off_on[] = { { 0, "no" }, { 1, "yes" }, END };

const struct config_word words_net_status[] = { { 0, "link up" }, { 1, "announce" }, END };
/* Any other is a number of Mbit/s. */
const struct config_word words_net_speed[] = { { UINT32_MAX, "unknown" }, END };
const struct config_word words_net_duplex[] = {
	{ 0, "half" }, { 1, "full" }, { UINT8_MAX, "unknown" }, END
};
const struct config_word words_net_hash[] = {
	{ 0, "IPv4" }, { 1, "TCPv4" }, { 2, "UDPv4" }, { 3, "IPv6" }, { 4, "TCPv6" },
	{ 5, "UDPv6" }, { 6, "IPv6 ext" }, { 7, "TCPv6 ext" }, { 8, "UDPv6 ext" }, END
};
const struct config_word words_net_tunnel[] = {
	{ 0, "GRE (RFC 2784)" }, { 1, "GRE (RFC 2890)" }, { 2, "GRE (RFC 7676)" },
	{ 3, "GRE-in-UDP" }, { 4, "VXLAN" }, { 5, "VXLAN-GPE" }, { 6, "GENEVE" },
	{ 7, "IPIP" }, { 8, "NVGRE" }, END
};

const struct config_word words_blk_cache[] = {
	{ 0, "write-through" }, { 1, "write-back" }, END
};
const struct config_word words_blk_zoned[] = {
	{ 0, "not zoned" }, { 1, "host-managed" }, { 2, "host-aware" }, END
};

const struct config_word words_gpu_events[] = { { 0, "display" }, END };

const struct config_word words_input_select[] = {
	{ 0x00, "unset" }, { 0x01, "name" }, { 0x02, "serial" }, { 0x03, "device IDs" },
	{ 0x10, "properties" }, { 0x11, "events" }, { 0x12, "axis" }, END
};

const struct config_word words_crypto_status[] = { { 0, "ready" }, END };
const struct config_word words_crypto_service[] = {
	{ 0, "cipher" }, { 1, "hash" }, { 2, "MAC" }, { 3, "AEAD" }, { 4, "akcipher" }, END
};
const struct config_word words_crypto_cipher[] = {
	{ 0, "none" }, { 1, "ARC4" }, { 2, "AES-ECB" }, { 3, "AES-CBC" }, { 4, "AES-CTR" },
	{ 5, "DES-ECB" }, { 6, "DES-CBC" }, { 7, "3DES-ECB" }, { 8, "3DES-CBC" },
	{ 9, "3DES-CTR" }, { 10, "KASUMI-F8" }, { 11, "SNOW3G-UEA2" }, { 12, "AES-F8" },
	{ 13, "AES-XTS" }, { 14, "ZUC-EEA3" }, END
};
const struct config_word words_crypto_hash[] = {
	{ 0, "none" }, { 1, "MD5" }, { 2, "SHA-1" }, { 3, "SHA-224" }, { 4, "SHA-256" },
	{ 5, "SHA-384" }, { 6, "SHA-512" }, { 7, "SHA3-224" }, { 8, "SHA3-256" },
	{ 9, "SHA3-384" }, { 10, "SHA3-512" }, { 11, "SHAKE128" }, { 12, "SHAKE256" }, END
};
const struct config_word words_crypto_mac_l[] = {
	{ 0, "none" }, { 1, "HMAC-MD5" }, { 2, "HMAC-SHA-1" }, { 3, "HMAC-SHA-224" },
	{ 4, "HMAC-SHA-256" }, { 5, "HMAC-SHA-384" }, { 6, "HMAC-SHA-512" },
	{ 25, "CMAC-3DES" }, { 26, "CMAC-AES" }, { 27, "KASUMI-F9" }, { 28, "SNOW3G-UIA2" },
	END
};
/* Algorithm 32 is bit 0 here. */
const struct config_word words_crypto_mac_h[] = {
	{ 41 - 32, "GMAC-AES" }, { 42 - 32, "GMAC-Twofish" }, { 49 - 32, "CBCMAC-AES" },
	{ 50 - 32, "CBCMAC-KASUMI-F9" }, { 53 - 32, "XCBC-AES" }, { 54 - 32, "ZUC-EIA3" }, END
};
const struct config_word words_crypto_aead[] = {
	{ 0, "none" }, { 1, "GCM" }, { 2, "CCM" }, { 3, "ChaCha20-Poly1305" }, END
};
/* Linux and the specification do not agree on the others. */
const struct config_word words_crypto_akcipher[] = { { 0, "none" }, { 1, "RSA" }, END };
