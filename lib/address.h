/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A parsed "BACKEND:ADDRESS[,key=value...]", as open.c uses it. What backends
 * read it with, virtio_address_*, is declared in <virtio-poll/backend.h>.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

struct virtio_address;

/* *address is NULL on failure, else to be freed. Knows no backend by name. */
int address_parse(const char *text, struct virtio_address **address);
void address_free(struct virtio_address *address);

/* What stands before the first colon. */
const char *address_backend(const struct virtio_address *address);

#endif /* ADDRESS_H */
