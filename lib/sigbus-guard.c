/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device registers that vanish under a program: with the guard on, a SIGBUS
 * inside a mapping that a backend named here becomes a page of ones.
 *
 * The list of mappings is read by the handler, without a lock: its elements
 * are never freed, only used again. Nothing else of the library knows of
 * signals.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <virtio-poll/backend.h>

#include "call.h"

/* A mapping, or with len 0 room for one. */
struct guard {
	struct guard *next;		/* set once, before the element is in the list */
	_Atomic uintptr_t start;
	_Atomic size_t len;
	_Atomic bool hit;		/* a page of it was replaced */
};

static _Atomic(struct guard *) guards;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of writers, and of: */
static bool installed;
static struct sigaction previous;	/* written only while our handler is not installed */
static size_t page;			/* of the system; set before the handler is */

static bool holds(struct guard *g, uintptr_t addr)
{
	/* Acquire: the start is read after the length that it belongs to. */
	size_t len = atomic_load_explicit(&g->len, memory_order_acquire);
	uintptr_t start = atomic_load_explicit(&g->start, memory_order_relaxed);

	return addr >= start && addr - start < len;
}

static struct guard *find(uintptr_t addr)
{
	/* Acquire: the elements are written before they can be found. */
	struct guard *g = atomic_load_explicit(&guards, memory_order_acquire);

	while (g && !holds(g, addr))
		g = g->next;
	return g;
}

/* Ones take the place of the page in one step: nobody may read zeroes there.
 * Plain system calls, and memset, which a handler may make. */
static bool replace_page(uintptr_t addr)
{
	void *ones = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ones == MAP_FAILED)
		return false;
	memset(ones, 0xff, page);
	if (mremap(ones, page, page, MREMAP_MAYMOVE | MREMAP_FIXED,
		   (void *)(addr / page * page)) != MAP_FAILED)
		return true;
	munmap(ones, page);
	return false;
}

static void take_default(void)
{
	struct sigaction fatal = { .sa_handler = SIG_DFL };

	sigaction(SIGBUS, &fatal, NULL);
}

/* What would have happened without us. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	bool sent = info->si_code <= 0;

	if (!(previous.sa_flags & SA_SIGINFO) && previous.sa_handler == SIG_IGN && sent)
		return;
	if (!(previous.sa_flags & SA_SIGINFO) &&
	    (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN)) {
		/* Pending until the handler returns, and fatal then. */
		take_default();
		raise(sig);
		return;
	}
	if (previous.sa_flags & SA_RESETHAND)
		take_default();
	if (previous.sa_flags & SA_SIGINFO)
		previous.sa_sigaction(sig, info, context);
	else
		previous.sa_handler(sig);
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	/* An access to what is not there, not a misaligned one or a kill(). */
	bool vanished = info->si_code == BUS_ADRERR || info->si_code == BUS_OBJERR;
	uintptr_t addr = (uintptr_t)info->si_addr;
	struct guard *g = vanished ? find(addr) : NULL;
	int saved = errno;

	if (g && replace_page(addr))
		atomic_store_explicit(&g->hit, true, memory_order_relaxed);
	else
		pass_on(sig, info, context);
	errno = saved;
}

static bool is_ours(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_sigbus;
}

static bool is_none(const struct sigaction *action)
{
	return !(action->sa_flags & SA_SIGINFO) &&
	       (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN);
}

static int install(void)
{
	struct sigaction now, ours = { .sa_sigaction = on_sigbus };

	if (sigaction(SIGBUS, NULL, &now))
		return virtio_set_error(errno, "SIGBUS: %s", strerror(errno));
	/* One that was put over ours may well call ours: then all is in place. */
	if (is_ours(&now) || (installed && !is_none(&now)))
		return 0;
	previous = now;
	page = sysconf(_SC_PAGESIZE);
	/* The previous handler finds what it asked for: its mask, its stack. */
	ours.sa_mask = now.sa_mask;
	ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (now.sa_flags & (SA_NODEFER | SA_RESTART));
	if (sigaction(SIGBUS, &ours, NULL))
		return virtio_set_error(errno, "SIGBUS: %s", strerror(errno));
	installed = true;
	return 0;
}

static int uninstall(void)
{
	struct sigaction now;

	if (!installed)
		return 0;
	if (sigaction(SIGBUS, NULL, &now))
		return virtio_set_error(errno, "SIGBUS: %s", strerror(errno));
	if (!is_ours(&now))
		return virtio_set_error(EBUSY, "another handler of SIGBUS was installed since, and"
					" may call ours; take that away first");
	if (sigaction(SIGBUS, &previous, NULL))
		return virtio_set_error(errno, "SIGBUS: %s", strerror(errno));
	installed = false;
	return 0;
}

int virtio_set_sigbus_guard(bool on)
{
	CALL("virtio_set_sigbus_guard", DEFAULT_TIMEOUT_MS);
	int error;

	pthread_mutex_lock(&lock);
	error = on ? install() : uninstall();
	pthread_mutex_unlock(&lock);
	return error;
}

/* An element without a mapping, in the list; NULL if there is no memory. */
static struct guard *find_room(void)
{
	struct guard *first = atomic_load_explicit(&guards, memory_order_relaxed), *g = first;

	while (g && atomic_load_explicit(&g->len, memory_order_relaxed))
		g = g->next;
	if (g)
		return g;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->next = first;
	/* Release: the element is written before it can be found. */
	atomic_store_explicit(&guards, g, memory_order_release);
	return g;
}

int virtio_sigbus_guard_add(void *addr, size_t len)
{
	struct guard *g;

	if (!addr || !len || (uintptr_t)addr % sysconf(_SC_PAGESIZE))
		return virtio_set_error(EINVAL, "%zu bytes at %p are no mapping", len, addr);
	pthread_mutex_lock(&lock);
	g = find_room();
	if (g) {
		atomic_store_explicit(&g->start, (uintptr_t)addr, memory_order_relaxed);
		atomic_store_explicit(&g->hit, false, memory_order_relaxed);
		/* Release: the start is written before the length it belongs to. */
		atomic_store_explicit(&g->len, len, memory_order_release);
	}
	pthread_mutex_unlock(&lock);
	return g ? 0 : virtio_set_error(ENOMEM, "no memory to guard a mapping");
}

bool virtio_sigbus_guard_hit(const void *addr)
{
	struct guard *g = addr ? find((uintptr_t)addr) : NULL;

	return g && atomic_load_explicit(&g->hit, memory_order_relaxed);
}

void virtio_sigbus_guard_remove(void *addr)
{
	struct guard *g;

	pthread_mutex_lock(&lock);
	g = addr ? find((uintptr_t)addr) : NULL;
	if (g)
		atomic_store_explicit(&g->len, 0, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
}
