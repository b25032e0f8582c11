/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a command has to tell, built once and printed as text or as JSON.
 *
 * A report is a tree of named facts. The text is made from the same tree, so
 * the two cannot differ in substance. A call with a NULL parent does nothing:
 * lack of memory is remembered and reported by report_print().
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct report;
struct report_node;
struct virtio_json_writer;

/* How the text shows a number; JSON always has the number itself. */
enum report_unit {
	UNIT_NONE,
	UNIT_BYTES,	/* the name ends in _bytes, left away in the text */
	UNIT_RATE,	/* bytes per second: _bytes_per_second */
	UNIT_NS,	/* nanoseconds: _ns */
	UNIT_HEX,
};

/* NULL on lack of memory. Holds "schema" already. */
struct report *report_new(void);
void report_free(struct report *report);
struct report_node *report_root(struct report *report);

/* Prints it and frees it; the exit status: `status`, or 1 after a sentence. */
int report_print(struct report *report, bool json, int status);

/* In an array the name is NULL. */
struct report_node *report_object(struct report_node *parent, const char *name);
/* The text shows an array of objects as a table, */
struct report_node *report_array(struct report_node *parent, const char *name);
/* or, if they are wide, as one paragraph each. */
struct report_node *report_paragraphs(struct report_node *parent, const char *name);

/* or, if they are findings, as "PASS  what  finding" with a fix below. */
struct report_node *report_checks(struct report_node *parent, const char *name);

/* A NULL value is null. */
void report_string(struct report_node *parent, const char *name, const char *value);
/* The same, but the text leaves it away since it says so elsewhere. */
void report_untold(struct report_node *parent, const char *name, const char *value);
void report_format(struct report_node *parent, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void report_uint(struct report_node *parent, const char *name, uint64_t value);
void report_unit(struct report_node *parent, const char *name, uint64_t value,
		 enum report_unit unit);
/* A number and what it means, which goes into the member "meanings" of parent;
 * NULL: nothing beyond itself. The text has it in brackets. */
void report_meaning(struct report_node *parent, const char *name, uint64_t value,
		    enum report_unit unit, const char *meaning);
/* parent has the member "meanings" even if it is going to be empty. */
void report_expect_meanings(struct report_node *parent);
/* A negative value is null. */
void report_index(struct report_node *parent, const char *name, int64_t value);
void report_bool(struct report_node *parent, const char *name, bool value);
/* null; with a reason, which goes into the member "reasons" of parent. */
void report_null(struct report_node *parent, const char *name, const char *reason);
/* parent has the member "reasons" even if it is going to be empty. */
void report_expect_reasons(struct report_node *parent);

/* The member, if it is null for no reason, is left away by the text. */
void report_untold_null(struct report_node *parent, const char *name);

/* What the text says below everything else; JSON has no such thing. */
void report_footer(struct report *report, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes the members that fill() writes into parent, an object. */
int report_collect(struct report_node *parent,
		   void (*fill)(struct virtio_json_writer *w, void *ctx), void *ctx);

/* The member of that name, or NULL. */
struct report_node *report_member(struct report_node *parent, const char *name);
/* Its string, or NULL if there is none of that name or kind. */
const char *report_member_string(struct report_node *parent, const char *name);
/* Its number, or 0. */
uint64_t report_member_uint(struct report_node *parent, const char *name);
/* Is the string among the elements of array (may be NULL)? */
bool report_array_has(const struct report_node *array, const char *string);
/* Calls each() for every string in array (may be NULL). */
void report_array_each(const struct report_node *array,
		       void (*each)(const char *string, void *ctx), void *ctx);
/* Moves the member to the end of another object; null there if it does not exist. */
void report_move(struct report_node *from, const char *name, struct report_node *to);
/* Takes the member out, if it exists. */
void report_remove(struct report_node *parent, const char *name);

#endif /* REPORT_H */
