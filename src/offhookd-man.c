/**
 * @file offhookd-man.c  offhookd's help and manual page, out of its tables
 */
#include "offhookd-man.h"

#include <stdlib.h>
#include <string.h>

#include <offhook/base.h>

enum { COLUMN = 25, WIDTH = 79 };

/* ---- help -------------------------------------------------------------- */

/* Words from this column on, in lines that fit. */
static void wrap(FILE *f, const char *text)
{
	int at = COLUMN;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (at > COLUMN && at + 1 + (int)n > WIDTH) {
			fprintf(f, "\n%*s", COLUMN, "");
			at = COLUMN;
		}
		at += fprintf(f, "%s%.*s", at > COLUMN ? " " : "", (int)n,
			      text);
		text += n + strspn(text + n, " ");
	}
	fputc('\n', f);
}

void man_help(FILE *f, const struct man_option *rows)
{
	for (; rows->name; rows++) {
		int n = fprintf(f, "  --%s%s%s", rows->name,
				rows->arg ? " " : "",
				rows->arg ? rows->arg : "");

		if (n >= COLUMN)
			fprintf(f, "\n%*s", COLUMN, "");
		else
			fprintf(f, "%*s", COLUMN - n, "");
		wrap(f, rows->what);
	}
}

/* ---- the page ---------------------------------------------------------- */

static void roff(struct text_buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '-')
			text_buf_add(b, "\\-");
		else if (*s == '\\')
			text_buf_add(b, "\\e");
		else if (*s == '\'')
			text_buf_add(b, "\\(aq");
		else
			text_buf_add_n(b, s, 1);
	}
}

static void options(struct text_buf *b, const struct man_option *rows)
{
	for (; rows->name; rows++) {
		text_buf_add(b, ".TP\n\\fB\\-\\-");
		roff(b, rows->name);
		text_buf_add(b, "\\fR");
		if (rows->arg) {
			text_buf_add(b, " \\fI");
			roff(b, rows->arg);
			text_buf_add(b, "\\fR");
		}
		text_buf_add(b, "\n");
		roff(b, rows->what);
		text_buf_add(b, ".\n");
	}
}

static const char head[] =
	".\\\" Made from the program's tables: make man\n"
	".TH offhookd 8 2026-11-22 \"offhook " OFFHOOK_VERSION "\""
	" \"Administrator's manual\"\n"
	".SH NAME\n"
	"offhookd \\- a small unified communications server\n"
	".SH SYNOPSIS\n"
	".B offhookd\n"
	".RI [ option ]...\n"
	".br\n"
	".B offhookd \\-\\-state\n"
	".I DIR admin\n"
	".SH DESCRIPTION\n"
	"Accounts, directories, presence, a journal of calls, a SIP registrar\n"
	"and a switch for offhook(1) and for SIP phones.\n"
	"It says in one line on standard output when it is ready, and on "
	"which\n"
	"ports.\n"
	".SH OPTIONS\n";

static const char between[] =
	".SH ADMINISTRATION\n"
	"One of these in a run, with the same \\-\\-state as the server; one\n"
	"that runs meanwhile is told, and does as they say at once.\n"
	"A password is read from standard input, without echo if that is a\n"
	"terminal.\n";

static const char tail[] =
	".SH FILES\n"
	".TP\n"
	".I office.db\n"
	"in the state folder: accounts, directories, journal, settings.\n"
	"Secret like all that is in there.\n"
	".TP\n"
	".I secret\n"
	"What the SIP passwords of phones are derived from.\n"
	".TP\n"
	".IR tls.crt \", \" tls.key\n"
	"Certificate and key of HTTPS, made at the first start; another pair\n"
	"in PEM may be put in their place.\n"
	".SH SIGNALS\n"
	".TP\n"
	"SIGHUP\n"
	"Read accounts and settings anew.\n"
	".TP\n"
	"SIGTERM\n"
	"End: calls are cleared, what is not yet written is written.\n"
	".SH EXIT STATUS\n"
	"0; 1 if it failed; 2 if the command line was not understood.\n"
	".SH SEE ALSO\n"
	".BR offhook (1)\n";

int man_write(const char *dir, const struct man_option *server,
	      const struct man_option *admin)
{
	char *path = text_printf("%s/offhookd.8", dir), *text;
	struct text_buf b = {0};
	int err;

	text_buf_add(&b, head);
	options(&b, server);
	text_buf_add(&b, between);
	options(&b, admin);
	text_buf_add(&b, tail);
	text = text_buf_take(&b);
	err = path && text ? file_write(path, text, strlen(text), 0644)
			   : ENOMEM;
	if (err)
		fprintf(stderr, "offhookd: %s: %s\n", dir, strerror(err));
	free(path);
	free(text);
	return err;
}
