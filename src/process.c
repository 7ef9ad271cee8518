/**
 * @file process.c  The core as a process: one, closed, in the background
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "process.h"

enum { LOG_BYTES_MAX = 8 * 1024 * 1024 };

void process_close_up(void)
{
	struct rlimit none = {0, 0};

	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

void process_block_signals(void)
{
	static const int list[] = {SIGUSR1, SIGTERM, SIGINT, SIGHUP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		sigaddset(&set, list[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int process_background(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid > 0)
		_exit(0);
	setsid();
	return chdir("/") ? errno : 0;
}

/* Another one has it: its number is in the file. */
static long lock_owner(const char *path)
{
	char *s = NULL;
	size_t len;
	long pid;

	if (file_read(path, 64, &s, &len))
		return 0;
	pid = strtol(s, NULL, 10);
	free(s);
	return pid > 1 ? pid : 0;
}

int process_lock(long *owner)
{
	char *dir = path_state(NULL), *path = path_state("core.lock");
	int fd = -1, err = dir && path ? path_make(dir) : ENOMEM;

	if (!err)
		err = file_lock(path, &fd);
	if (!err) {
		if (ftruncate(fd, 0) || dprintf(fd, "%d\n", (int)getpid()) < 0)
			err = errno;
	} else if (err == EWOULDBLOCK) {
		*owner = lock_owner(path);
	}
	free(dir);
	free(path);
	return err;
}

int process_log(enum log_level level, int *fdp)
{
	char *path = path_state("core.log"), *old = path_state("core.log.1");
	struct stat st;
	int err = path && old ? 0 : ENOMEM;

	if (!err && !stat(path, &st) && st.st_size > LOG_BYTES_MAX)
		rename(path, old);
	if (!err) {
		*fdp = open(path,
			    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW |
				    O_CLOEXEC,
			    0600);
		err = *fdp < 0 ? errno : 0;
	}
	if (!err)
		log_to_fd(*fdp, level);
	free(path);
	free(old);
	return err;
}

void process_redirect(int log_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		close(null);
	}
	dup2(log_fd, STDOUT_FILENO);
	dup2(log_fd, STDERR_FILENO);
}
