/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tables behind names.c. Each ends with a row without a name; a bit's
 * first row holds the name that is printed, later ones are other spellings
 * that are understood.
 */
#ifndef NAMES_TABLE_H
#define NAMES_TABLE_H

#include <stdint.h>

struct type_name {
	uint16_t device_id;
	const char *name;
};

struct feature_name {
	uint16_t device_id;	/* 0: of all types */
	uint16_t bit;
	const char *name;
};

extern const struct type_name type_names[];
extern const struct feature_name feature_names[];

#endif /* NAMES_TABLE_H */
