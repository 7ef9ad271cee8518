/**
 * @file store_words.c  The text of commands: split, quote, parse
 */
#include <stdlib.h>
#include "store_int.h"

/** A reader that walks over a text. */
struct reader {
	const char *s, *end;
	unsigned line;
	bool lines; /**< a newline outside quotes ends a command */
	struct text_buf word;
	bool in_word; /**< '' is a word, too */
	char **argv;
	size_t argc, size;
};

static int word_end(struct reader *r)
{
	char *word;

	if (!r->in_word)
		return 0;
	if (r->argc + 2 > r->size) {
		size_t size = r->size ? r->size * 2 : 8;
		char **argv = realloc(r->argv, size * sizeof(*argv));

		if (!argv)
			return ENOMEM;
		r->argv = argv;
		r->size = size;
	}
	word = text_buf_take(&r->word);
	if (!word)
		return ENOMEM;
	r->argv[r->argc++] = word;
	r->argv[r->argc] = NULL;
	r->in_word = false;
	return 0;
}

static void argv_drop(struct reader *r)
{
	store_words_free(r->argv);
	r->argv = NULL;
	r->argc = r->size = 0;
	text_buf_reset(&r->word);
	r->in_word = false;
}

static void put(struct reader *r, char c)
{
	r->in_word = true;
	text_buf_add_n(&r->word, &c, 1);
}

/** After an opening quote. @return 0 or EINVAL if it stays open */
static int quoted(struct reader *r, char quote)
{
	r->in_word = true;
	for (; r->s < r->end; r->s++) {
		char c = *r->s;

		if (c == quote) {
			r->s++;
			return 0;
		}
		if (c == '\n')
			r->line++;
		if (c == '\\' && quote == '"' && r->s + 1 < r->end &&
		    strchr("\"\\$`\n", r->s[1])) {
			c = *++r->s;
			if (c == '\n') {
				r->line++;
				continue;
			}
		}
		put(r, c);
	}
	return EINVAL;
}

/**
 * Read one command into r->argv.
 *
 * @return 0, EINVAL (what is bad has been passed), ENOMEM
 */
static int command(struct reader *r)
{
	int err = 0;

	while (r->s < r->end && !err) {
		char c = *r->s++;

		if (c == '\n' && r->lines) {
			r->line++;
			break;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			err = word_end(r);
		} else if (c == '#' && r->lines && !r->in_word) {
			while (r->s < r->end && *r->s != '\n')
				r->s++;
		} else if (c == '\'' || c == '"') {
			err = quoted(r, c);
		} else if (c == '\\') {
			if (r->s == r->end) {
				err = EINVAL;
			} else if (*r->s == '\n') {
				r->line++;
				r->s++;
			} else {
				put(r, *r->s++);
			}
		} else if (c == '\0') {
			err = EINVAL;
		} else {
			put(r, c);
		}
	}
	if (!err)
		err = word_end(r);
	return err ? err : r->word.err;
}

int store_words(const char *line, char ***argvp, size_t *argcp)
{
	struct reader r = {0};
	int err;

	if (!line || !argvp || !argcp)
		return EINVAL;
	r.s = line;
	r.end = line + strlen(line);
	err = command(&r);
	if (!err && !r.argv) {
		r.argv = calloc(1, sizeof(*r.argv));
		err = r.argv ? 0 : ENOMEM;
	}
	if (err) {
		argv_drop(&r);
		return err;
	}
	*argvp = r.argv;
	*argcp = r.argc;
	return 0;
}

void store_words_free(char **argv)
{
	size_t i;

	for (i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/** Characters that need no quotes anywhere. */
static bool plain(const char *s)
{
	return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_-+./:,@%=")];
}

char *store_quote(const char *s)
{
	struct text_buf b = {0};

	if (!s)
		s = "";
	if (plain(s))
		return strdup(s);
	text_buf_add(&b, "'");
	for (; *s; s++) {
		if (*s == '\'')
			text_buf_add(&b, "'\\''");
		else
			text_buf_add_n(&b, s, 1);
	}
	text_buf_add(&b, "'");
	return text_buf_take(&b);
}

int store_parse(const char *text, size_t len, store_command_h *h,
		store_problem_h *problemh, void *arg)
{
	struct reader r = {
		.s = text, .end = text + len, .line = 1, .lines = true};
	int err = 0;

	while (r.s < r.end && !err) {
		const char *begin = r.s;
		unsigned line = r.line;

		err = command(&r);
		if (err == EINVAL) {
			if (problemh)
				problemh(line,
					 _("a quote is open, or a "
					   "character that no text has"),
					 arg);
			err = 0;
			/* An open quote has eaten the rest: go on below it. */
			r.s = memchr(begin, '\n', (size_t)(r.end - begin));
			r.s = r.s ? r.s + 1 : r.end;
			r.line = line + 1;
		} else if (!err && r.argc && h) {
			err = h(r.argv, r.argc, line, arg);
		}
		argv_drop(&r);
	}
	return err;
}
