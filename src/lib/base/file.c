/**
 * @file file.c  Whole files in and out, and the lock
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <offhook/base/system.h>
#include <offhook/base/text.h>

static int read_all(int fd, size_t max, char **bufp, size_t *lenp)
{
	struct stat st;
	size_t size = 4096, len = 0;
	char *buf, *more;
	int err = 0;

	if (!fstat(fd, &st) && st.st_size > 0)
		size = (size_t)st.st_size + 1;
	if (size > max)
		size = max + 1;
	buf = malloc(size + 1);
	if (!buf)
		return ENOMEM;
	for (;;) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err = n ? errno : 0;
			break;
		}
		len += (size_t)n;
		if (len > max) {
			err = EFBIG;
			break;
		}
		if (len < size)
			continue;
		size = size * 2 > max ? max + 1 : size * 2;
		more = realloc(buf, size + 1);
		if (!more) {
			err = ENOMEM;
			break;
		}
		buf = more;
	}
	if (err) {
		free(buf);
		return err;
	}
	buf[len] = 0;
	*bufp = buf;
	if (lenp)
		*lenp = len;
	return 0;
}

int file_read(const char *path, size_t max, char **bufp, size_t *lenp)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int err;

	if (fd < 0)
		return errno;
	/* A pipe or a terminal would have one wait for its writer. */
	if (fstat(fd, &st))
		err = errno;
	else if (S_ISDIR(st.st_mode))
		err = EISDIR;
	else if (!S_ISREG(st.st_mode))
		err = EINVAL;
	else
		err = read_all(fd, max, bufp, lenp);
	close(fd);
	return err;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Only with its folder on the disk is the new name there after a crash. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = !slash	    ? strdup(".")
		    : slash == path ? strdup("/")
				    : strndup(path, (size_t)(slash - path));
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

static int replace(const char *path, const char *data, size_t len, mode_t mode)
{
	char *tmp = text_printf("%s.XXXXXX", path);
	int fd, err;

	if (!tmp)
		return ENOMEM;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		free(tmp);
		return err;
	}
	err = write_all(fd, data, len);
	if (!err && (fchmod(fd, mode) || fsync(fd)))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	if (!err && rename(tmp, path))
		err = errno;
	if (err)
		unlink(tmp);
	else
		sync_folder(path);
	free(tmp);
	return err;
}

int file_write(const char *path, const char *data, size_t len, mode_t mode)
{
	struct stat st;
	char *real;
	int err;

	/* People keep their settings elsewhere and link to them. */
	if (lstat(path, &st) || !S_ISLNK(st.st_mode))
		return replace(path, data, len, mode);
	real = realpath(path, NULL);
	if (!real)
		return errno;
	err = replace(real, data, len, mode);
	free(real);
	return err;
}

int file_lock(const char *path, int *fdp)
{
	int fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
		     0600);
	int err;

	if (fd < 0)
		return errno;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EINTR)
			continue;
		err = errno;
		close(fd);
		return err;
	}
	*fdp = fd;
	return 0;
}
