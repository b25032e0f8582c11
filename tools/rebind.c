/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The writes to sysfs that take a PCI function from one driver to another, and
 * those that put it back if one of them fails.
 *
 * Never new_id: that would grab every other device with the same ID.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "interrupt.h"
#include "pci-function.h"
#include "rebind.h"
#include "report.h"

#define STEPS_MAX 3
/* Probing is over when the write returns, but for drivers that defer it. */
#define WAIT_MS 2000
#define WAIT_STEP_MS 10

struct step {
	char path[SYSFS_PATH];
	const char *value;
};

struct plan {
	struct step steps[STEPS_MAX];
	unsigned n;
	char override[SYSFS_NAME];	/* what driver_override says now */
};

/* "0000:00:04.0" */
static const char *name_of(const struct rebind *r)
{
	return r->function->address + strlen("pci:");
}

static struct step *add_step(struct plan *plan, const char *value)
{
	struct step *step = &plan->steps[plan->n++];

	step->value = value;
	return step;
}

static void make_plan(const struct rebind *r, struct plan *plan)
{
	const struct pci_function *f = r->function;

	memset(plan, 0, sizeof(*plan));
	sysfs_read(f->folder, "driver_override", plan->override, sizeof(plan->override));
	if (!strcmp(plan->override, "(null)"))
		*plan->override = '\0';
	snprintf(add_step(plan, r->override)->path, SYSFS_PATH, "%s/driver_override", f->folder);
	if (*f->driver)
		snprintf(add_step(plan, name_of(r))->path, SYSFS_PATH,
			 SYSFS_PCI "/drivers/%s/unbind", f->driver);
	if (r->probe)
		strcpy(add_step(plan, name_of(r))->path, SYSFS_PCI "/drivers_probe");
}

/* An empty value is a line of its own, which clears driver_override. 0 or -errno. */
static int write_value(const char *path, const char *value)
{
	char line[SYSFS_NAME];
	int len = snprintf(line, sizeof(line), "%s\n", value);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = write(fd, line, (size_t)len);
	err = n < 0 ? -errno : n != len ? -EIO : 0;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static void tell_step(const struct rebind *r, const struct step *step)
{
	report_format(r->steps, NULL, "%s %s to %s", r->dry_run ? "would write" : "wrote",
		      *step->value ? step->value : "an empty line", step->path);
}

static void read_driver(const struct rebind *r, char driver[SYSFS_NAME])
{
	sysfs_link_name(r->function->folder, "driver", driver, SYSFS_NAME);
}

/* Waits for the driver, and leaves what there is in `driver`. A signal ends the wait
 * unless it is held out, as it is where that is the way back. */
static bool wait_for_driver(const struct rebind *r, const char *wanted, bool held_out,
			    char driver[SYSFS_NAME])
{
	const struct timespec pause = { .tv_nsec = WAIT_STEP_MS * 1000000 };

	for (int ms = 0; ms < WAIT_MS; ms += WAIT_STEP_MS) {
		read_driver(r, driver);
		if (!strcmp(driver, wanted))
			return true;
		if (!held_out && interrupted())
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* 0, or -errno of the step that failed: what it was is then in *failed. */
static int take_back(const struct rebind *r, const struct plan *plan, char failed[SYSFS_PATH])
{
	const char *before = r->function->driver;
	char driver[SYSFS_NAME];
	int err;

	snprintf(failed, SYSFS_PATH, "%s/driver_override", r->function->folder);
	err = write_value(failed, plan->override);
	read_driver(r, driver);
	if (err || !strcmp(driver, before))
		return err;
	if (*driver) {
		snprintf(failed, SYSFS_PATH, SYSFS_PCI "/drivers/%s/unbind", driver);
		err = write_value(failed, name_of(r));
	}
	if (err || !*before)
		return err;
	snprintf(failed, SYSFS_PATH, SYSFS_PCI "/drivers/%s/bind", before);
	err = write_value(failed, name_of(r));
	if (!err && !wait_for_driver(r, before, true, driver))
		err = -ETIMEDOUT;
	return err;
}

static int put_back(const struct rebind *r, const struct plan *plan, const char *why)
{
	char failed[SYSFS_PATH];
	int err = take_back(r, plan, failed);

	if (!err)
		complain("%s: %s: everything was put back", r->command, why);
	else
		complain("%s: %s; and putting it back failed: %s: %s", r->command, why, failed,
			 strerror(-err));
	return EXIT_FAILED;
}

static int put_back_interrupted(const struct rebind *r, const struct plan *plan)
{
	put_back(r, plan, "interrupted");
	return EXIT_INTERRUPTED;
}

/* Nothing is written unless everything can be. */
static int check_permission(const struct rebind *r, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const char *path = plan->steps[i].path;

		if (!faccessat(AT_FDCWD, path, W_OK, AT_EACCESS))
			continue;
		if (errno == EACCES || errno == EPERM)
			complain("%s: %s cannot be written: only root may (nothing was changed)",
				 r->command, path);
		else
			complain("%s: %s: %s (nothing was changed)", r->command, path,
				 strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static int check_driver(struct rebind *r, const struct plan *plan)
{
	char why[SYSFS_PATH];

	if (!r->expected) {
		read_driver(r, r->driver);
		return EXIT_DONE;
	}
	if (wait_for_driver(r, r->expected, false, r->driver))
		return EXIT_DONE;
	if (interrupted())
		return put_back_interrupted(r, plan);
	snprintf(why, sizeof(why), "%s did not take %s within %d s (its driver is %s), see what "
		 "the kernel says (dmesg)", r->expected, name_of(r), WAIT_MS / 1000,
		 *r->driver ? r->driver : "none");
	return put_back(r, plan, why);
}

static int run_step(const struct rebind *r, const struct plan *plan, const struct step *step)
{
	char why[SYSFS_PATH + 128];
	int err;

	if (interrupted())
		return put_back_interrupted(r, plan);
	err = r->dry_run ? 0 : write_value(step->path, step->value);
	if (!err) {
		tell_step(r, step);
		return EXIT_DONE;
	}
	snprintf(why, sizeof(why), "cannot write %s to %s: %s",
		 *step->value ? step->value : "an empty line", step->path, strerror(-err));
	return put_back(r, plan, why);
}

int rebind_run(struct rebind *r)
{
	struct plan plan;
	int status = EXIT_DONE;

	make_plan(r, &plan);
	if (!r->dry_run)
		status = check_permission(r, &plan);
	/* Half a change is worse than a signal that has to wait. */
	interrupt_defer(true);
	for (unsigned i = 0; i < plan.n && status == EXIT_DONE; i++)
		status = run_step(r, &plan, &plan.steps[i]);
	if (status == EXIT_DONE && !r->dry_run)
		status = check_driver(r, &plan);
	interrupt_defer(false);
	return status;
}
