/**
 * @file path.c  Where things stand: folders of the user, of the program
 */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <offhook/base/system.h>
#include <offhook/base/text.h>

static char *home(void)
{
	const char *h = getenv("HOME");
	struct passwd pw, *found = NULL;
	char buf[4096];

	if (h && h[0] == '/')
		return strdup(h);
	if (!getpwuid_r(getuid(), &pw, buf, sizeof(buf), &found) && found)
		return strdup(pw.pw_dir);
	return strdup("/");
}

/* XDG base directories: a relative path in the variable is to be ignored. */
static char *xdg(const char *variable, const char *below_home, const char *name)
{
	const char *base = getenv(variable);
	const char *slash = name ? "/" : "";
	char *h, *path;

	if (!name)
		name = "";
	if (base && base[0] == '/')
		return text_printf("%s/offhook%s%s", base, slash, name);
	h = home();
	if (!h)
		return NULL;
	path = text_printf("%s/%s/offhook%s%s", strcmp(h, "/") ? h : "",
			   below_home, slash, name);
	free(h);
	return path;
}

char *path_config(const char *name)
{
	return xdg("XDG_CONFIG_HOME", ".config", name);
}

char *path_state(const char *name)
{
	return xdg("XDG_STATE_HOME", ".local/state", name);
}

char *path_cache(const char *name)
{
	return xdg("XDG_CACHE_HOME", ".cache", name);
}

int path_socket_dir(char **dirp)
{
	const char *own = getenv("OFFHOOK_TMPDIR");
	char *dir;
	struct stat st;
	int err = 0;

	if (text_empty(own))
		dir = text_printf("/tmp/offhook-%lu", (unsigned long)geteuid());
	else
		dir = strdup(own);
	if (!dir)
		return ENOMEM;
	if (mkdir(dir, 0700) && errno != EEXIST)
		err = errno;
	else if (lstat(dir, &st))
		err = errno;
	else if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
		 (st.st_mode & 07777) != 0700)
		err = EPERM;
	if (err) {
		free(dir);
		return err;
	}
	*dirp = dir;
	return 0;
}

/* Beside the running program, else elsewhere relative to it. */
static char *find_near(const char *name, const char *elsewhere)
{
	char self[PATH_MAX], *slash, *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return NULL;
	self[n] = 0;
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = 0;
	path = text_printf("%s/%s", self, name);
	if (path && access(path, F_OK)) {
		free(path);
		path = text_printf("%s/%s/%s", self, elsewhere, name);
	}
	if (path && access(path, F_OK)) {
		free(path);
		path = NULL;
	}
	return path;
}

char *path_program(const char *name)
{
	return find_near(name, "../libexec/offhook");
}

char *path_data(const char *name)
{
	return find_near(name, "../share/offhook");
}

int path_make(const char *dir)
{
	char *path = strdup(dir), *p;
	struct stat st;
	int err = 0;

	if (!path)
		return ENOMEM;
	for (p = path + (*path == '/'); !err; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = 0;
		if (*path && mkdir(path, 0700) && errno != EEXIST)
			err = errno;
		*p = c;
		if (!c)
			break;
	}
	if (!err && !stat(path, &st) && !S_ISDIR(st.st_mode))
		err = ENOTDIR;
	free(path);
	return err;
}
