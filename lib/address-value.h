/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The values of an address's options. Each call returns 1 and sets *value, or
 * leaves *value as it is and returns -EINVAL with a sentence that names the
 * option (key), its text and what is allowed.
 */
#ifndef ADDRESS_VALUE_H
#define ADDRESS_VALUE_H

#include <stdbool.h>
#include <stdint.h>

int value_uint(const char *key, const char *text, uint64_t min, uint64_t max, uint64_t *value);
int value_size(const char *key, const char *text, uint64_t min, uint64_t max, uint64_t *value);
int value_bool(const char *key, const char *text, bool *value);
int value_features(const char *key, const char *text, uint64_t *value);

#endif /* ADDRESS_VALUE_H */
