/**
 * @file store_files.c  Files replaced as a whole, in jobs
 */
#include <stdlib.h>
#include <sodium.h>

#include "store_int.h"

#define LOG_MODULE "store"

struct file_job {
	char *path, *data;
	size_t len;
};

static int work(void *arg)
{
	const struct file_job *j = arg;

	return file_write(j->path, j->data, j->len, 0600);
}

static void done(int err, void *arg)
{
	struct file_job *j = arg;

	/* The store goes before the job ran: what was said stays said. */
	if (err == ECANCELED)
		err = work(j);
	if (err)
		log_warn("%s: not written: %s", j->path, strerror(err));
	sodium_memzero(j->data, j->len);
	free(j->data);
	free(j->path);
	free(j);
}

int store_write_job(struct store *s, const char *path, char *data, size_t len)
{
	struct file_job *j = calloc(1, sizeof(*j));
	int err = ENOMEM;

	if (j)
		j->path = strdup(path);
	if (j && j->path) {
		j->data = data;
		j->len = len;
		err = job_run(s->jobs, work, done, j);
	}
	if (err) {
		if (j)
			free(j->path);
		free(j);
		sodium_memzero(data, len);
		free(data);
	}
	return err;
}
