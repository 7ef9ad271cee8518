/**
 * @file store_saved.c  What dialogs changed, as commands in a file of its own
 */
#include <stdlib.h>
#include "store_int.h"

#define LOG_MODULE "store"

static const char head[] =
	"# Written by offhook: what was changed in dialogs. Your own commands\n"
	"# belong into the file \"config\" beside it, which is read first.\n";

static int remember(char *const *argv, size_t argc, unsigned line, void *arg)
{
	struct store *s = arg;
	struct saved *saved;
	size_t i;

	(void)line;
	saved = realloc(s->saved, (s->saved_count + 1) * sizeof(*saved));
	if (!saved)
		return ENOMEM;
	s->saved = saved;
	saved += s->saved_count;
	saved->argv = calloc(argc + 1, sizeof(*saved->argv));
	if (!saved->argv)
		return ENOMEM;
	for (i = 0; i < argc; i++) {
		saved->argv[i] = strdup(argv[i]);
		if (!saved->argv[i]) {
			store_words_free(saved->argv);
			return ENOMEM;
		}
	}
	saved->argc = argc;
	s->saved_count++;
	return 0;
}

void store_saved_close(struct store *s)
{
	size_t i;

	for (i = 0; i < s->saved_count; i++)
		store_words_free(s->saved[i].argv);
	free(s->saved);
	s->saved = NULL;
	s->saved_count = 0;
}

static bool same(const struct saved *a, const char *const *argv, size_t argc,
		 size_t words)
{
	size_t i;

	if (a->argc < words || argc < words)
		return false;
	for (i = 0; i < words; i++)
		if (strcmp(a->argv[i], argv[i]) != 0)
			return false;
	return true;
}

static void forget(struct store *s, size_t i)
{
	store_words_free(s->saved[i].argv);
	memmove(&s->saved[i], &s->saved[i + 1],
		(--s->saved_count - i) * sizeof(*s->saved));
}

static int write_all(struct store *s)
{
	struct text_buf b = {0};
	size_t i, k, len;
	char *text;

	text_buf_add(&b, head);
	for (i = 0; i < s->saved_count; i++) {
		for (k = 0; k < s->saved[i].argc; k++) {
			char *q = store_quote(s->saved[i].argv[k]);

			text_buf_add(&b, k ? " " : "");
			text_buf_add(&b, q ? q : "''");
			if (!q)
				b.err = ENOMEM;
			free(q);
		}
		text_buf_add(&b, "\n");
	}
	if (b.err) {
		text_buf_reset(&b);
		return ENOMEM;
	}
	len = b.len;
	text = text_buf_take(&b);
	return text ? store_write_job(s, s->saved_path, text, len) : ENOMEM;
}

/** Make its folder; the file is written into it later. */
static void folder(const struct store *s)
{
	char *dir = strdup(s->saved_path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash) {
		*slash = '\0';
		if (*dir && path_make(dir))
			log_warn("no configuration folder");
	}
	free(dir);
}

int store_save(struct store *s, const char *const *argv, size_t argc,
	       size_t key_words, bool remove)
{
	size_t i;
	int err = 0;

	if (!s || !argc || key_words > argc)
		return EINVAL;
	if (!s->saved_read) {
		/* What an earlier run wrote stays. */
		folder(s);
		err = store_read(s, STORE_SAVED, remember, NULL, s);
		if (err && err != EPERM)
			return err;
		s->saved_read = true;
	}
	for (i = s->saved_count; i-- > 0;)
		if (same(&s->saved[i], argv, argc, key_words))
			forget(s, i);
	if (!remove)
		err = remember((char *const *)argv, argc, 0, s);
	return err ? err : write_all(s);
}
