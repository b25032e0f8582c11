/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * selftest: the library against the loopback device, end to end, without any
 * other device or privilege.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "interrupt.h"
#include "report.h"
#include "selftest.h"

#define TIMEOUT_MS 2000

bool selftest_check(struct selftest *t, bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok || *t->why)
		return ok;
	va_start(ap, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	return false;
}

static void run_case(const struct selftest_case *c, struct selftest *t)
{
	memset(t, 0, sizeof(*t));
	if (!c->address) {
		c->run(t);
		return;
	}
	if (!selftest_check(t, blk_open(&t->blk, c->address, TIMEOUT_MS) == EXIT_DONE,
			    "cannot open %s", c->address))
		return;
	if (!c->queues || selftest_check(t, blk_start(&t->blk, c->queues) == EXIT_DONE,
					 "cannot start %s", c->address))
		c->run(t);
	blk_close(&t->blk);
}

static int run_selftest(const struct invocation *call)
{
	struct selftest t;
	struct report *report;
	struct report_node *root, *cases;
	unsigned passed = 0, failed = 0;

	if (backend_state("loopback") == BACKEND_ABSENT) {
		complain("selftest: the loopback backend is not installed, nothing was tested");
		return EXIT_SKIPPED;
	}
	report = report_new();
	root = report_root(report);
	cases = report_array(root, "cases");
	for (const struct selftest_case *c = selftest_cases; c->name && !interrupted(); c++) {
		struct report_node *row = report_object(cases, NULL);

		run_case(c, &t);
		*(*t.why ? &failed : &passed) += 1;
		report_string(row, "result", *t.why ? "FAIL" : "PASS");
		report_string(row, "case", c->name);
		report_string(row, "reason", *t.why ? t.why : NULL);
	}
	if (interrupted()) {
		report_free(report);
		return EXIT_INTERRUPTED;
	}
	report_uint(root, "passed", passed);
	report_uint(root, "failed", failed);
	return report_print(report, call->json, failed ? EXIT_FAILED : EXIT_DONE);
}

const struct command command_selftest = {
	.name = "selftest",
	.arguments = "",
	.summary = "the library against the loopback device, end to end",
	.run = run_selftest,
};
