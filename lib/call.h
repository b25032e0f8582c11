/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public call that runs on this thread: its name, which every error
 * sentence begins with, and its deadline.
 *
 * A public function opens a scope with CALL; what it calls inside, other
 * public functions and plugins included, reports under the outer name and
 * shares the outer deadline.
 */
#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <stdint.h>

#define DEFAULT_TIMEOUT_MS 5000

struct call {
	bool outer;	/* this scope opened the call and will close it */
};

struct call call_begin(const char *name, int timeout_ms);
void call_end(struct call *call);

/* Opens the scope of a public call, to the end of the block. */
#define CALL(name, timeout_ms) \
	struct call call_scope __attribute__((cleanup(call_end), unused)) = \
		call_begin(name, timeout_ms)

/*
 * The error of a data call named `call`, which opens no scope: formatted only
 * when somebody asks for it. fmt (a literal) takes up to three uint64_t by
 * PRIu64 or PRIx64. Returns -err. Cheap enough for "queue full".
 */
int call_set_lazy_error(const char *call, int err, const char *fmt, uint64_t a, uint64_t b,
			uint64_t c);

/* Another deadline inside the call, timeout_ms from now: for a part of it that
 * is bounded by itself. Returns the old one, to be put back. */
uint64_t call_deadline(int timeout_ms);
void call_put_deadline(uint64_t deadline_ms);

/* Has virtio_set_error been called on this thread since the outermost
 * call_begin? Then a plugin's own sentence is there and is to be kept. */
bool call_has_error(void);

/* What was said so far in this call was not its failure: from here on
 * call_has_error is false until somebody fails. */
void call_forget_error(void);

/* Puts who it was in front of this call's sentence, "CALL: WHO: ...", or
 * leaves one if the backend left none. Returns error, which is negative. */
int call_blame(const char *who, int error);

/* What a backend's op returned: 0, or -errno with a sentence, its own or the words of
 * strerror. Another number would be taken for success, and is an error. */
int call_op_result(const char *op, int result);

/* Is it 0 or a negative errno? What a plugin returns may be anything. */
static inline bool call_is_result(int result)
{
	return result <= 0 && result >= -4095;
}

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t call_now_ms(void);

/*
 * Sets the call aside while a callback of the program runs: what the program
 * calls there reports under its own name and has its own deadline.
 */
struct call_pause {
	const char *name;
	uint64_t deadline_ms;
	bool has_error;
};

struct call_pause call_pause(void);
void call_resume(const struct call_pause *pause);

#endif /* CALL_H */
