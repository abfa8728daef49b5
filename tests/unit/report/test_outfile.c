/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "outfile.h"

static char folder[] = "/tmp/outfile-XXXXXX";
static char path[256];
static struct diag diag;

static void setup(void) {
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/result.json", folder);
    diag = (struct diag){0};
}

/* Removes the files of the test. The folder must then be empty. */
static void teardown(void) {
    DIR *dir = opendir(folder);

    cr_assert_not_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    (void)closedir(dir);
    (void)rmdir(folder);
}

TestSuite(outfile, .init = setup, .fini = teardown);

static size_t count_entries(void) {
    DIR *dir = opendir(folder);
    size_t count = 0;

    for (struct dirent *entry; (entry = readdir(dir));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(dir);
    return count;
}

static void expect_content(const char *expected) {
    char text[64] = "";
    FILE *file = fopen(path, "r");

    cr_assert_not_null(file, "%s: %s", path, strerror(errno));
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    cr_expect_str_eq(text, expected);
}

static void write_old(mode_t mode) {
    FILE *file = fopen(path, "w");

    cr_assert_not_null(file);
    (void)fputs("old", file);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, mode), 0);
}

static struct outfile *open_and_write(const char *text) {
    struct outfile *file = NULL;
    int code = outfile_open(path, &file, &diag);

    cr_assert_eq(code, 0, "%s", diag.text);
    cr_assert_geq(fputs(text, outfile_stream(file)), 0);
    return file;
}

static mode_t mode_of(const char *name) {
    struct stat status;

    cr_assert_eq(stat(name, &status), 0);
    return status.st_mode & 07777;
}

/* Only on file systems that have files without names. */
Test(outfile, has_no_name_before_its_commit) {
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        cr_skip_test("there are no nameless files here");
    (void)close(fd);
    struct outfile *file = open_and_write("new");
    cr_expect_eq(count_entries(), 0);
    cr_assert_eq(outfile_commit(file, &diag), 0);
    expect_content("new");
    cr_expect_eq(count_entries(), 1);
}

/* Makes open() refuse O_TMPFILE, like a file system that has no files without names. */
static void refuse_nameless(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        cr_skip_test("no system call can be made to fail here");
}

Test(outfile, has_a_temporary_name_where_it_must) {
    write_old(0640);
    refuse_nameless();
    struct outfile *file = open_and_write("new");
    cr_expect_eq(count_entries(), 2);
    expect_content("old");
    cr_assert_eq(outfile_commit(file, &diag), 0);
    expect_content("new");
    cr_expect_eq(mode_of(path), 0640);
    outfile_abandon(open_and_write("newer"));
    expect_content("new");
    cr_expect_eq(count_entries(), 1);
}

Test(outfile, is_not_there_before_its_commit) {
    struct outfile *file = open_and_write("new");

    cr_expect_eq(access(path, F_OK), -1);
    cr_assert_eq(outfile_commit(file, &diag), 0);
    expect_content("new");
    cr_expect_eq(count_entries(), 1);
}

Test(outfile, keeps_the_old_one_until_its_commit) {
    write_old(0644);
    struct outfile *file = open_and_write("new");
    cr_assert_eq(fflush(outfile_stream(file)), 0);
    expect_content("old");
    cr_assert_eq(outfile_commit(file, &diag), 0);
    expect_content("new");
}

Test(outfile, leaves_nothing_when_abandoned) {
    write_old(0644);
    outfile_abandon(open_and_write("new"));
    expect_content("old");
    cr_expect_eq(count_entries(), 1);
    outfile_abandon(NULL);
}

Test(outfile, takes_the_mode_of_the_old_one) {
    write_old(0640);
    cr_assert_eq(outfile_commit(open_and_write("new"), &diag), 0);
    cr_expect_eq(mode_of(path), 0640);
}

Test(outfile, takes_the_mode_that_the_umask_leaves) {
    mode_t old = umask(027);
    cr_assert_eq(outfile_commit(open_and_write("new"), &diag), 0);
    cr_expect_eq(mode_of(path), 0640);
    umask(old);
}

Test(outfile, replaces_what_a_link_leads_to) {
    char target[300];

    (void)snprintf(target, sizeof(target), "%s/target", folder);
    write_old(0644);
    cr_assert_eq(rename(path, target), 0);
    cr_assert_eq(symlink("target", path), 0);
    cr_assert_eq(outfile_commit(open_and_write("new"), &diag), 0);
    expect_content("new");
    struct stat status;
    cr_assert_eq(lstat(path, &status), 0);
    cr_expect(S_ISLNK(status.st_mode));
}

Test(outfile, cuts_a_long_name_in_its_temporary_one) {
    char name[256];

    memset(name, 'n', sizeof(name) - 1);
    name[255] = '\0';
    cr_assert_eq(chdir(folder), 0);
    struct outfile *file;
    cr_assert_eq(outfile_open(name, &file, &diag), 0, "%s", diag.text);
    cr_assert_eq(outfile_commit(file, &diag), 0, "%s", diag.text);
    cr_expect_eq(access(name, F_OK), 0);
}

Test(outfile, says_why_it_cannot_be_written) {
    static const struct {
        const char *path;
        int code;
    } rows[] = {
        {"/no/such/folder/result.json", -ENOENT},
        {"/dev/null/result.json", -ENOTDIR},
        {"/tmp", -EISDIR},
        {"", -ENOENT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outfile *file = (struct outfile *)&diag;
        cr_expect_eq(outfile_open(rows[i].path, &file, &diag), rows[i].code, "%s", rows[i].path);
        cr_expect_eq(file, (struct outfile *)&diag, "the output is untouched on failure");
        cr_expect_not_null(strstr(diag.text, rows[i].path), "%s", diag.text);
        cr_expect_not_null(strchr(diag.text, ';'), "%s", diag.text);
    }
}

Test(outfile, reports_a_full_disk) {
    struct outfile *file;

    cr_assert_eq(outfile_open("/dev/full", &file, &diag), 0);
    cr_assert_geq(fputs("text", outfile_stream(file)), 0);
    cr_expect_eq(outfile_commit(file, &diag), -ENOSPC);
    cr_expect_not_null(strstr(diag.text, "'/dev/full'"), "%s", diag.text);
}

/* The descriptor of the stream becomes read-only without the knowledge of the stream. */
Test(outfile, keeps_the_old_one_when_a_write_fails) {
    write_old(0644);
    struct outfile *file = open_and_write("new");
    int read_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
    cr_assert_geq(dup3(read_only, fileno(outfile_stream(file)), O_CLOEXEC), 0);
    (void)close(read_only);
    cr_expect_eq(outfile_commit(file, &diag), -EBADF);
    expect_content("old");
    cr_expect_eq(count_entries(), 1);
}

Test(outfile, writes_into_a_pipe_as_it_is) {
    struct stat status;
    char text[8] = "";

    cr_assert_eq(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    cr_assert_geq(reader, 0);
    cr_assert_eq(outfile_commit(open_and_write("new"), &diag), 0, "%s", diag.text);
    cr_expect_eq(read(reader, text, sizeof(text) - 1), 3);
    cr_expect_str_eq(text, "new");
    (void)close(reader);
    cr_assert_eq(lstat(path, &status), 0);
    cr_expect(S_ISFIFO(status.st_mode));
}

Test(outfile, appends_to_a_file_that_is_open_already) {
    char name[64];

    write_old(0644);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    (void)snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    struct outfile *file;
    cr_assert_eq(outfile_open(name, &file, &diag), 0, "%s", diag.text);
    cr_assert_geq(fputs("new", outfile_stream(file)), 0);
    cr_assert_eq(outfile_commit(file, &diag), 0);
    (void)close(fd);
    expect_content("oldnew");
}
