/**
 * @file spawn.c  Child processes, without a shell
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <offhook/base/system.h>

/** First number above the ones that the child's own three take. */
enum { ERROR_FD = 3, HIGH_FD = 10 };

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return !strncmp(a, b, n) && b[n] == '=';
}

/* The environment with the additions; the strings are not copied. */
static char **make_env(const char *const *add)
{
	size_t adds = count(add), have = count((const char *const *)environ);
	char **env = calloc(adds + have + 1, sizeof(*env));
	size_t n = 0;

	if (!env)
		return NULL;
	for (size_t i = 0; i < adds; i++)
		env[n++] = (char *)add[i];
	for (size_t i = 0; i < have; i++) {
		bool replaced = false;

		for (size_t k = 0; k < adds && !replaced; k++)
			replaced = same_name(add[k], environ[i]);
		if (!replaced)
			env[n++] = environ[i];
	}
	return env;
}

static int high_copy(int fd)
{
	if (fd < 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
}

/* Between fork and exec: only what is safe in a signal handler. */
static void __attribute__((noreturn))
child(const struct spawn_prm *prm, char **env, int report)
{
	int want[3] = {prm->stdin_fd, prm->stdout_fd, prm->stderr_fd};
	struct sigaction deflt = {.sa_handler = SIG_DFL};
	sigset_t none;
	int err;

	if (prm->session)
		setsid();
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &deflt, NULL);
	/* All three out of the way first: they may stand in each other's
	 * places. */
	report = fcntl(report, F_DUPFD_CLOEXEC, HIGH_FD);
	for (int i = 0; i < 3; i++) {
		want[i] = high_copy(want[i]);
		if (want[i] < 0)
			goto out;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(want[i], i) < 0)
			goto out;
	if (dup3(report, ERROR_FD, O_CLOEXEC) < 0)
		goto out;
	report = ERROR_FD;
	closefrom(ERROR_FD + 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(prm->argv[0], (char *const *)prm->argv, env);
out:
	err = errno;
	while (write(report, &err, sizeof(err)) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* 0 at the end of the pipe, which exec has closed, or the child's errno. */
static int read_report(int fd)
{
	int err = 0;
	ssize_t n;

	do {
		n = read(fd, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(err) ? err : 0;
}

int spawn(const struct spawn_prm *prm, pid_t *pidp)
{
	char **env = make_env(prm->env);
	sigset_t all, old;
	int fds[2], err;
	pid_t pid;

	if (!env)
		return ENOMEM;
	if (pipe2(fds, O_CLOEXEC)) {
		err = errno;
		free(env);
		return err;
	}
	/* No handler of ours may run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (!pid)
		child(prm, env, fds[1]);
	err = pid < 0 ? errno : 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close(fds[1]);
	if (pid > 0)
		err = read_report(fds[0]);
	close(fds[0]);
	free(env);
	if (pid > 0 && err)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (!err)
		*pidp = pid;
	return err;
}
