/* Files, folders, children. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <offhook/base.h>

#include <cmocka.h>

static char home[] = "/tmp/oh-sys-XXXXXX";

static char *below(const char *name)
{
	return text_printf("%s/%s", home, name);
}

static void folders_follow_xdg(void **state)
{
	char *p, *want;
	(void)state;

	setenv("HOME", home, 1);
	unsetenv("XDG_CONFIG_HOME");
	setenv("XDG_STATE_HOME", "relative", 1);
	setenv("XDG_CACHE_HOME", "/x", 1);
	p = path_config("config");
	want = below(".config/offhook/config");
	assert_string_equal(p, want);
	free(p);
	free(want);
	p = path_state("lock");
	want = below(".local/state/offhook/lock");
	assert_string_equal(p, want);
	free(p);
	free(want);
	p = path_cache("a");
	assert_string_equal(p, "/x/offhook/a");
	free(p);
}

static void the_socket_folder_must_be_ours(void **state)
{
	char *dir = below("s"), *got = NULL, *other = below("link");
	struct stat st;
	(void)state;

	setenv("OFFHOOK_TMPDIR", dir, 1);
	assert_int_equal(path_socket_dir(&got), 0);
	assert_string_equal(got, dir);
	assert_int_equal(lstat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(got);
	got = NULL;
	assert_int_equal(chmod(dir, 0750), 0);
	assert_int_equal(path_socket_dir(&got), EPERM);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(symlink(dir, other), 0);
	setenv("OFFHOOK_TMPDIR", other, 1);
	assert_int_equal(path_socket_dir(&got), EPERM);
	assert_null(got);
	unsetenv("OFFHOOK_TMPDIR");
	free(dir);
	free(other);
}

static void files_are_replaced_whole(void **state)
{
	char *dir = below("a/b//c/"), *path = below("a/b/c/file");
	char *link_path = below("a/l"), *buf = NULL;
	struct stat st;
	size_t len;
	(void)state;

	assert_int_equal(path_make(dir), 0);
	assert_int_equal(path_make(dir), 0);
	assert_int_equal(file_write(path, "a\0b", 3, 0600), 0);
	assert_int_equal(file_read(path, 3, &buf, &len), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(buf, "a\0b", 4);
	free(buf);
	buf = NULL;
	assert_int_equal(file_read(path, 2, &buf, &len), EFBIG);
	assert_null(buf);
	assert_int_equal(file_read(dir, 2, &buf, &len), EISDIR);
	assert_int_equal(file_read("/nonexistent", 2, &buf, &len), ENOENT);
	assert_int_equal(file_read("/dev/null", 2, &buf, &len), EINVAL);
	/* A link stays one, what it leads to is replaced. */
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(file_write(link_path, "", 0, 0640), 0);
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(path_make(path), ENOTDIR);
	assert_int_equal(file_write("/nonexistent/x", "", 0, 0600), ENOENT);
	free(dir);
	free(path);
	free(link_path);
}

static void one_has_the_lock(void **state)
{
	char *path = below("lock");
	int a = -1, b = -1;
	(void)state;

	assert_int_equal(file_lock(path, &a), 0);
	assert_int_equal(file_lock(path, &b), EWOULDBLOCK);
	assert_int_equal(b, -1);
	close(a);
	assert_int_equal(file_lock(path, &b), 0);
	close(b);
	free(path);
}

static char *output_of(const struct spawn_prm *prm, int *status)
{
	struct spawn_prm with = *prm;
	struct text_buf out = {0};
	char buf[512];
	int fds[2];
	pid_t pid;
	ssize_t n;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	with.stdout_fd = fds[1];
	assert_int_equal(spawn(&with, &pid), 0);
	close(fds[1]);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		text_buf_add_n(&out, buf, (size_t)n);
	close(fds[0]);
	assert_int_equal(waitpid(pid, status, 0), pid);
	return text_buf_take(&out);
}

static void a_child_gets_its_arguments_only(void **state)
{
	const char *const argv[] = {"printf", "%s,", "$HOME; `id`", "a b",
				    NULL};
	struct spawn_prm prm = {.argv = argv, .stdin_fd = -1, .stderr_fd = -1};
	int status;
	char *out = output_of(&prm, &status);
	(void)state;

	assert_string_equal(out, "$HOME; `id`,a b,");
	assert_int_equal(status, 0);
	free(out);
}

static void a_child_gets_three_descriptors_only(void **state)
{
	const char *const argv[] = {"ls", "/proc/self/fd", NULL};
	struct spawn_prm prm = {.argv = argv, .stdin_fd = -1, .stderr_fd = -1};
	int leak = open("/dev/null", O_RDONLY),
	    high = fcntl(leak, F_DUPFD, 100);
	int status;
	char *out = output_of(&prm, &status);
	(void)state;

	/* The fourth is the folder that ls reads. */
	assert_string_equal(out, "0\n1\n2\n3\n");
	free(out);
	close(leak);
	close(high);
}

static void a_child_gets_signals_and_environment(void **state)
{
	const char *const argv[] = {
		"sh", "-c", "echo $OH_A-$OH_B; kill -USR1 $$; echo alive",
		NULL};
	const char *const env[] = {"OH_A=new", "OH_B=b", NULL};
	struct spawn_prm prm = {.argv = argv,
				.env = env,
				.stdin_fd = -1,
				.stderr_fd = -1,
				.session = true};
	sigset_t usr1, old;
	int status;
	char *out;
	(void)state;

	setenv("OH_A", "old", 1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &old);
	signal(SIGUSR1, SIG_IGN);
	out = output_of(&prm, &status);
	signal(SIGUSR1, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_string_equal(out, "new-b\n");
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGUSR1);
	free(out);
}

static void descriptors_may_be_crossed(void **state)
{
	const char *const argv[] = {"sh", "-c", "echo out; echo err >&2", NULL};
	char *a = below("out"), *b = below("err"), *text;
	int saved[2] = {dup(1), dup(2)}, status, err;
	struct spawn_prm prm = {
		.argv = argv, .stdin_fd = -1, .stdout_fd = 2, .stderr_fd = 1};
	int fd_a = open(a, O_WRONLY | O_CREAT, 0600);
	int fd_b = open(b, O_WRONLY | O_CREAT, 0600);
	pid_t pid;
	(void)state;

	/* Our 2 is the file for its 1, our 1 that for its 2. */
	fflush(stdout);
	dup2(fd_b, 1);
	dup2(fd_a, 2);
	err = spawn(&prm, &pid);
	dup2(saved[0], 1);
	dup2(saved[1], 2);
	assert_int_equal(err, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(file_read(a, 100, &text, NULL), 0);
	assert_string_equal(text, "out\n");
	free(text);
	assert_int_equal(file_read(b, 100, &text, NULL), 0);
	assert_string_equal(text, "err\n");
	free(text);
	close(fd_a);
	close(fd_b);
	close(saved[0]);
	close(saved[1]);
	free(a);
	free(b);
}

static void a_missing_program_is_said(void **state)
{
	const char *const argv[] = {"no-such-program-here", NULL};
	const char *const dir[] = {"/", NULL};
	struct spawn_prm prm = {
		.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
	pid_t pid = 7;
	(void)state;

	assert_int_equal(spawn(&prm, &pid), ENOENT);
	prm.argv = dir;
	assert_int_equal(spawn(&prm, &pid), EACCES);
	assert_int_equal(pid, 7);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void clocks_and_chance(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};
	uint64_t t = time_mono_ms();
	(void)state;

	assert_true(time_mono_ms() >= t);
	assert_true(time_wall_ms() > 1700000000000);
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void files_beside_the_program_are_found(void **state)
{
	char *p = path_program("base_system");
	(void)state;

	assert_non_null(p);
	assert_int_equal(access(p, X_OK), 0);
	free(p);
	assert_null(path_program("no-such-program-here"));
	assert_null(path_data("no-such-file-here"));
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(home) ? 0 : -1;
}

static int teardown(void **state)
{
	const char *const argv[] = {"rm", "-rf", home, NULL};
	struct spawn_prm prm = {
		.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
	pid_t pid;
	(void)state;

	if (spawn(&prm, &pid))
		return -1;
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_follow_xdg),
		cmocka_unit_test(the_socket_folder_must_be_ours),
		cmocka_unit_test(files_are_replaced_whole),
		cmocka_unit_test(one_has_the_lock),
		cmocka_unit_test(a_child_gets_its_arguments_only),
		cmocka_unit_test(a_child_gets_three_descriptors_only),
		cmocka_unit_test(a_child_gets_signals_and_environment),
		cmocka_unit_test(descriptors_may_be_crossed),
		cmocka_unit_test(a_missing_program_is_said),
		cmocka_unit_test(clocks_and_chance),
		cmocka_unit_test(files_beside_the_program_are_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
