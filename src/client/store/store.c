/**
 * @file store.c  The store as a whole: folders, files read in place
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>

#include "store_int.h"

#define LOG_MODULE "store"

enum { FILE_MAX = 4 * 1024 * 1024 };

static void destructor(void *arg)
{
	struct store *s = arg;

	/* Jobs that wait are done here and now, see store_files.c. */
	s->closing = true;
	s->jobs = mem_deref(s->jobs);
	store_db_free(s->db);
	store_saved_close(s);
	store_slots_close(s);
	free(s->config_path);
	free(s->saved_path);
	free(s->state_dir);
	free(s->cache_dir);
}

/** The saved file stands beside the user's, so that both travel together. */
static char *saved_beside(const char *config)
{
	const char *slash = strrchr(config, '/');

	return text_printf("%.*ssaved", slash ? (int)(slash + 1 - config) : 0,
			   config);
}

static int paths(struct store *s, const struct store_prm *prm)
{
	s->config_path = prm->config_file ? strdup(prm->config_file)
					  : path_config("config");
	s->state_dir =
		prm->state_dir ? strdup(prm->state_dir) : path_state(NULL);
	s->cache_dir =
		prm->cache_dir ? strdup(prm->cache_dir) : path_cache(NULL);
	if (s->config_path)
		s->saved_path = saved_beside(s->config_path);
	return s->saved_path && s->state_dir && s->cache_dir ? 0 : ENOMEM;
}

const char *store_state_dir(const struct store *s)
{
	return s->state_dir;
}

int store_alloc(struct store **sp, const struct store_prm *prm)
{
	static const struct store_prm none;
	struct store *s;
	int err;

	if (!sp)
		return EINVAL;
	if (sodium_init() < 0)
		return EIO;
	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;
	err = paths(s, prm ? prm : &none);
	if (err)
		goto out;
	/* Going on without a disk is better than not at all. */
	if (path_make(s->state_dir))
		log_warn("no state folder: nothing will be kept");
	if (path_make(s->cache_dir))
		log_warn("no cache folder");
	err = store_slots_load(s);
	if (err)
		goto out;
	s->db = store_db_new(s->state_dir, s->cache_dir);
	err = s->db ? job_queue_alloc(&s->jobs, "store", 1) : ENOMEM;
out:
	if (err)
		mem_deref(s);
	else
		*sp = s;
	return err;
}

const char *store_file_path(const struct store *s, enum store_file which)
{
	return which == STORE_CONFIG ? s->config_path : s->saved_path;
}

/** Read it if nobody else could have written it. @param whyp one line */
static int read_safely(const char *path, char **bufp, size_t *lenp,
		       const char **whyp)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *buf = NULL;
	size_t len = 0;
	struct stat st;
	ssize_t n = 0;

	if (fd < 0) {
		*whyp = errno == ENOENT ? NULL : _("cannot be read");
		return errno;
	}
	/* Asked of the open file: what is checked is what is read. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		*whyp = _("is not a file");
	else if (st.st_uid != geteuid())
		*whyp = _("belongs to somebody else");
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		*whyp = _("others can write to it (chmod go-w helps)");
	else if (st.st_size > FILE_MAX)
		*whyp = _("is too long");
	else if (!(buf = malloc((size_t)st.st_size + 1)))
		*whyp = _("no memory");
	while (buf && len < (size_t)st.st_size &&
	       (n = read(fd, buf + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	if (buf && n < 0)
		*whyp = _("cannot be read");
	close(fd);
	if (*whyp) {
		free(buf);
		return EPERM;
	}
	*bufp = buf;
	*lenp = len;
	return 0;
}

int store_read(struct store *s, enum store_file which, store_command_h *h,
	       store_problem_h *problemh, void *arg)
{
	const char *why = NULL;
	char *buf = NULL;
	size_t len = 0;
	int err;

	err = read_safely(store_file_path(s, which), &buf, &len, &why);
	if (err == ENOENT)
		return 0;
	if (err) {
		if (problemh && why)
			problemh(0, why, arg);
		return err;
	}
	err = store_parse(buf, len, h, problemh, arg);
	free(buf);
	return err;
}
