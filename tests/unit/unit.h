/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every unit test program ends with. Check runs each case in a process
 * of its own unless CK_FORK=no; CK_RUN_CASE and CK_VERBOSITY are Check's.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The sentence of the last failure holds this text. */
#define assert_error_says(text) \
	ck_assert_msg(strstr(virtio_last_error(), text) != NULL, \
		      "\"%s\" does not say \"%s\"", virtio_last_error(), text)

/* As ck_assert, for loops of many rounds: Check itself notes down each
 * assertion that holds. */
#define must(cond) \
	do { \
		if (!(cond)) \
			ck_abort_msg("%s:%d: \"%s\" does not hold", __FILE__, __LINE__, #cond); \
	} while (0)

/* Runs the cases of tc and returns the exit status. */
static inline int unit_run(const char *name, TCase *tc)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /* UNIT_H */
