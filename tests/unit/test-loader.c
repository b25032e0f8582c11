/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plugin loader, through the public calls: which file is taken, and each
 * refusal with its errno and sentence.
 *
 * A plugin stays loaded as long as the process lives, so each test uses names
 * of its own; then they also pass without fork.
 */
#include "config.h"

#include <errno.h>

#include <virtio-poll/backend.h>
#include <virtio-poll/virtio.h>

#include "plugin-folder.h"

/* Both ways of asking give the same verdict. */
static void check_refusal(const char *name, int err, const char *why)
{
	struct found found = walk_for(name);
	char address[128];

	ck_assert_uint_eq(found.count, 1);
	ck_assert_int_eq(found.error, -err);
	ck_assert_msg(strstr(found.reason, why) != NULL, "\"%s\" does not say \"%s\"",
		      found.reason, why);
	ck_assert_str_eq(found.version, "(null)");
	snprintf(address, sizeof(address), "%s:x", name);
	ck_assert_int_eq(try_open(address), -err);
	assert_error_says(why);
	assert_error_says("virtio_dev_open: ");
	assert_error_says(path_in_folder(name));
}

START_TEST(good_plugin_is_loaded_and_listed)
{
	struct found found;

	install("chameleon", "good-listed");
	ck_assert_int_eq(try_open("good-listed:x"), 0);
	found = walk_for("good-listed");
	ck_assert_uint_eq(found.count, 1);
	ck_assert_int_eq(found.error, 0);
	ck_assert_str_eq(found.version, "1.2.3");
	ck_assert_str_eq(found.reason, "(null)");
}
END_TEST

START_TEST(longer_record_is_taken)
{
	install("chameleon", "long-record");
	ck_assert_int_eq(try_open("long-record:x"), 0);
}
END_TEST

START_TEST(record_that_ends_with_open_is_taken)
{
	install("chameleon", "old-record");
	ck_assert_int_eq(try_open("old-record:x"), 0);
	ck_assert_int_eq(virtio_dev_describe("old-record:x", NULL), -ENOTSUP);
}
END_TEST

static const struct {
	const char *module;
	const char *name;
	int err;
	const char *why;
} refusals[] = {
	{ "chameleon", "too-new", EPROTONOSUPPORT, "ABI 1, this library has ABI 0" },
	{ "chameleon", "short", EMSGSIZE, "at least" },
	{ "chameleon", "nameless", EBADMSG, "`name`" },
	{ "chameleon", "versionless", EBADMSG, "`version`" },
	{ "chameleon", "wordless", EBADMSG, "`description`" },
	{ "chameleon", "closed", EBADMSG, "`open`" },
	{ "chameleon", "other", EPROTO, "its name is \"another\"" },
	{ "chameleon", "void", ENODATA, "returned NULL" },
	{ "mute", "mute", ENOSYS, "does not export virtio_backend_query()" },
};

START_TEST(refused_record_has_its_own_sentence)
{
	install(refusals[_i].module, refusals[_i].name);
	check_refusal(refusals[_i].name, refusals[_i].err, refusals[_i].why);
}
END_TEST

START_TEST(abi_of_a_refused_plugin_is_told)
{
	install("chameleon", "too-new-told");
	ck_assert_uint_eq(walk_for("too-new-told").abi, VIRTIO_BACKEND_ABI + 1);
}
END_TEST

START_TEST(text_file_is_no_shared_object)
{
	write_file("text.so", "hello\n", 6);
	check_refusal("text", ENOEXEC, "not a shared object");
}
END_TEST

START_TEST(empty_file_is_no_shared_object)
{
	write_file("empty.so", "", 0);
	check_refusal("empty", ENOEXEC, "not a shared object");
}
END_TEST

START_TEST(folder_is_no_plugin)
{
	ck_assert_int_eq(mkdir(path_in_folder("folder.so"), 0755), 0);
	check_refusal("folder", ENOEXEC, "no regular file");
}
END_TEST

START_TEST(fifo_is_no_plugin_and_does_not_block)
{
	ck_assert_int_eq(mkfifo(path_in_folder("fifo.so"), 0644), 0);
	check_refusal("fifo", ENOEXEC, "no regular file");
}
END_TEST

START_TEST(name_outside_of_the_grammar_is_refused)
{
	install("chameleon", "Not_Good");
	check_refusal("Not_Good", ENOEXEC, "a-z, 0-9 and -");
}
END_TEST

/* As a user who may not read it, which root can become. */
START_TEST(unreadable_file_is_refused)
{
	install("chameleon", "good-unreadable");
	ck_assert_int_eq(chmod(path_in_folder("good-unreadable.so"), 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	check_refusal("good-unreadable", EACCES, "cannot be read: Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(privileged_process_refuses_a_file_that_others_may_write)
{
	if (geteuid() != 0)
		return;
	install("chameleon", "good-writable");
	ck_assert_int_eq(chmod(path_in_folder("good-writable.so"), 0664), 0);
	check_refusal("good-writable", EPERM, "chmod go-w");
}
END_TEST

START_TEST(privileged_process_refuses_a_folder_that_others_may_write)
{
	if (geteuid() != 0)
		return;
	install("chameleon", "good-in-writable");
	ck_assert_int_eq(chmod(folder, 01777), 0);
	ck_assert_int_eq(try_open("good-in-writable:x"), -EPERM);
	assert_error_says("mode 1777");
}
END_TEST

START_TEST(privileged_process_refuses_a_file_of_another_user)
{
	if (geteuid() != 0)
		return;
	install("chameleon", "good-foreign");
	ck_assert_int_eq(chown(path_in_folder("good-foreign.so"), 65534, 65534), 0);
	check_refusal("good-foreign", EPERM, "belongs to user 65534");
}
END_TEST

START_TEST(refused_file_that_was_mended_is_taken)
{
	write_file("good-mended.so", "hello\n", 6);
	ck_assert_int_eq(try_open("good-mended:x"), -ENOEXEC);
	ck_assert_int_eq(unlink(path_in_folder("good-mended.so")), 0);
	install("chameleon", "good-mended");
	ck_assert_int_eq(try_open("good-mended:x"), 0);
	ck_assert_int_eq(walk_for("good-mended").error, 0);
}
END_TEST

START_TEST(refusal_is_remembered_after_the_file_is_gone)
{
	write_file("gone.so", "hello\n", 6);
	ck_assert_int_eq(try_open("gone:x"), -ENOEXEC);
	ck_assert_int_eq(unlink(path_in_folder("gone.so")), 0);
	ck_assert_int_eq(walk_for("gone").error, -ENOEXEC);
}
END_TEST

START_TEST(missing_plugin_names_file_and_folders)
{
	ck_assert_int_eq(try_open("nosuch:x"), -ENOENT);
	assert_error_says("\"nosuch\": nosuch.so is not in ");
	assert_error_says(folder);
}
END_TEST

START_TEST(misspelt_name_is_answered_with_the_near_one)
{
	install("chameleon", "wom-bat");
	ck_assert_int_eq(try_open("wom_bt:x"), -ENOENT);
	assert_error_says("did you mean \"wom-bat\"?");
}
END_TEST

START_TEST(far_name_is_not_suggested)
{
	install("chameleon", "wom-bat");
	ck_assert_int_eq(try_open("wombats-are-far:x"), -ENOENT);
	ck_assert_ptr_null(strstr(virtio_last_error(), "did you mean"));
}
END_TEST

START_TEST(name_with_a_slash_leaves_no_folder)
{
	char address[PATH_MAX + 16];

	install("chameleon", "good-slash");
	snprintf(address, sizeof(address), "../%s/good-slash:x", strrchr(folder, '/') + 1);
	ck_assert_int_eq(try_open(address), -ENOENT);
}
END_TEST

START_TEST(first_folder_wins)
{
	char path[2 * PATH_MAX];
	char first[PATH_MAX];

	install("chameleon", "good-first");
	snprintf(first, sizeof(first), "%s/first", folder);
	ck_assert_int_eq(mkdir(first, 0755), 0);
	write_file("first/good-first.so", "hello\n", 6);
	snprintf(path, sizeof(path), "::%s::%s:", first, folder);
	setenv("VIRTIO_POLL_PLUGIN_PATH", path, 1);
	ck_assert_int_eq(try_open("good-first:x"), -ENOEXEC);
	assert_error_says(first);
}
END_TEST

START_TEST(absent_folder_is_passed_over)
{
	char path[PATH_MAX];

	install("chameleon", "good-later");
	snprintf(path, sizeof(path), "/nonexistent/folder:%s", folder);
	setenv("VIRTIO_POLL_PLUGIN_PATH", path, 1);
	ck_assert_int_eq(try_open("good-later:x"), 0);
}
END_TEST

START_TEST(loaded_plugin_survives_its_file)
{
	install("chameleon", "good-survivor");
	ck_assert_int_eq(try_open("good-survivor:x"), 0);
	ck_assert_int_eq(unlink(path_in_folder("good-survivor.so")), 0);
	ck_assert_int_eq(try_open("good-survivor:x"), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("loader");

	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_add_test(tc, good_plugin_is_loaded_and_listed);
	tcase_add_test(tc, longer_record_is_taken);
	tcase_add_test(tc, record_that_ends_with_open_is_taken);
	tcase_add_loop_test(tc, refused_record_has_its_own_sentence, 0,
			    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, abi_of_a_refused_plugin_is_told);
	tcase_add_test(tc, text_file_is_no_shared_object);
	tcase_add_test(tc, empty_file_is_no_shared_object);
	tcase_add_test(tc, folder_is_no_plugin);
	tcase_add_test(tc, fifo_is_no_plugin_and_does_not_block);
	tcase_add_test(tc, name_outside_of_the_grammar_is_refused);
	tcase_add_test(tc, unreadable_file_is_refused);
	tcase_add_test(tc, privileged_process_refuses_a_file_that_others_may_write);
	tcase_add_test(tc, privileged_process_refuses_a_folder_that_others_may_write);
	tcase_add_test(tc, privileged_process_refuses_a_file_of_another_user);
	tcase_add_test(tc, refused_file_that_was_mended_is_taken);
	tcase_add_test(tc, refusal_is_remembered_after_the_file_is_gone);
	tcase_add_test(tc, missing_plugin_names_file_and_folders);
	tcase_add_test(tc, misspelt_name_is_answered_with_the_near_one);
	tcase_add_test(tc, far_name_is_not_suggested);
	tcase_add_test(tc, name_with_a_slash_leaves_no_folder);
	tcase_add_test(tc, first_folder_wins);
	tcase_add_test(tc, absent_folder_is_passed_over);
	tcase_add_test(tc, loaded_plugin_survives_its_file);
	return unit_run("loader", tc);
}
