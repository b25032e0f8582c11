/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the values of enumerated fields mean, in words: one table per field,
 * for config-layout.c to refer to. Names are the specification's, in the form
 * that people write.
 */
#ifndef CONFIG_WORDS_H
#define CONFIG_WORDS_H

#include <stdint.h>

/* The number is a value, or of a set of flags the bit. */
struct config_word {
	uint64_t number;
	const char *text;	/* NULL ends the table */
};

extern const struct config_word words_off_on[];
extern const struct config_word words_net_status[];	/* bits */
extern const struct config_word words_net_speed[];
extern const struct config_word words_net_duplex[];
extern const struct config_word words_net_hash[];	/* bits */
extern const struct config_word words_net_tunnel[];	/* bits */
extern const struct config_word words_blk_cache[];
extern const struct config_word words_blk_zoned[];
extern const struct config_word words_gpu_events[];	/* bits */
extern const struct config_word words_input_select[];
extern const struct config_word words_crypto_status[];	/* bits */
extern const struct config_word words_crypto_service[];	/* bits */
extern const struct config_word words_crypto_cipher[];	/* bits */
extern const struct config_word words_crypto_hash[];	/* bits */
extern const struct config_word words_crypto_mac_l[];	/* bits */
extern const struct config_word words_crypto_mac_h[];	/* bits */
extern const struct config_word words_crypto_aead[];	/* bits */
extern const struct config_word words_crypto_akcipher[];	/* bits */


#endif /* CONFIG_WORDS_H */
