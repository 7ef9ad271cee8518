/**
 * @file app_path.c  Files as a person names them
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "app_int.h"
#include "cmd_int.h"

char *app_path(const struct app_sink *s, const char *typed)
{
	const char *home = getenv("HOME");
	bool at_home = typed[0] == '~' && (typed[1] == '/' || !typed[1]);

	if (at_home)
		typed += typed[1] ? 2 : 1;
	else if (s && s->folder && s->folder[0] == '/')
		home = s->folder;
	if (typed[0] == '/' && !at_home)
		return text_dup(typed);
	return text_printf("%s/%s", home ? home : "", typed);
}

int app_file_new(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = 0;

	if (fd < 0)
		return errno;
	while (len && !err) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			err = errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	if (!err && fsync(fd))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	if (err)
		(void)unlink(path);
	return err;
}
