/**
 * @file selection.c  Dial or search what is marked elsewhere (SPEC T5.6.2.1)
 *
 * The attached terminal reads it, in the environment of the user's desktop,
 * or `offhook --selection` does. What comes is text from outside: cleaned,
 * its first line, and a feature code in it is shown but never dialled.
 */
#include <regex.h>
#include <stdlib.h>

#include "tui_int.h"

enum {
	LINE_MAX_BYTES = 128, /**< what is looked at of a marked text */
	NUMBER_MIN = 2,	      /**< a single digit is no number */
	NUMBER_WITHIN_MIN = 5 /**< among words a few are a year, a count */
};

static int fail(const struct app_invocation *i, int err, const char *text)
{
	text_buf_add(&i->sink->error, text);
	return err;
}

/* ---- asking the terminal ----------------------------------------------- */

static int ask(const struct app_invocation *i, struct tui_screen *s)
{
	struct frame_message m = {.type = FRAME_SELECT};

	if (!s)
		return fail(i, ENOTSUP,
			    _("Say what text, or let the terminal read what is "
			      "marked: offhook --selection"));
	if (s->version < 2)
		return fail(i, ENOTSUP,
			    _("The offhook of this terminal is older than the "
			      "one that runs: leave it (D), and start it "
			      "again."));
	m.text = (char *)app_option_get(screen_app(s), "selection");
	s->selecting = true;
	screen_send(s, &m);
	return 0;
}

void selection_came(struct tui_screen *s, const struct frame_selection *r)
{
	const char *argv[] = {"selection", r->text};
	char *reason;

	/* Nobody asked, or it is an answer too many. */
	if (!s->selecting)
		return;
	s->selecting = false;
	reason = frame_selection_reason(r);
	if (r->outcome == FRAME_SELECTED)
		keys_run(s, argv, 2, APP_FROM_KEY);
	else if (reason)
		screen_message(s, MESSAGE_ERROR, reason);
	free(reason);
}

/* ---- what to do with it ------------------------------------------------ */

/* Its first line that has something in it, without the blanks around it and
 * the word that makes a link of a number. */
static char *first_line(const char *text)
{
	const char *end;
	char *line;

	text += strspn(text, " \t\r\n");
	if (!strncasecmp(text, "tel:", 4))
		text += 4;
	text += strspn(text, " \t");
	end = text + strcspn(text, "\r\n");
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	line = text_clean(text, (size_t)(end - text), LINE_MAX_BYTES);
	if (line && !*line) {
		free(line);
		line = NULL;
	}
	return line;
}

/* On the terminal that asked. */
static bool show(const struct app_invocation *i, const char *text)
{
	struct tui_screen *s = i->sink->front;

	if (!s)
		return app_show_search(i->app, text);
	screen_search(s, text);
	return true;
}

/* A key of the desktop means the screens there are; a command its own. */
void selection_show(struct tui_screen *s, const struct app_shown *shown)
{
	if (shown->front ? shown->front != s : s->overlay_count || s->line)
		return;
	screen_search(s, NULL);
	if (s->search)
		search_show(s->search, shown->text, shown->directory);
	*shown->any = true;
}

static int search(const struct app_invocation *i, const char *text)
{
	const char *argv[] = {"search", text};

	show(i, text);
	return i->sink->front ? 0
			      : app_run(i->app, argv, 2, i->origin, i->sink);
}

/* What a code does, only the system knows: somebody may have put it there to
 * be dialled by mistake. */
static int code(const struct app_invocation *i, const char *text)
{
	if (!show(i, text))
		return fail(i, EPERM,
			    _("That is a feature code. It is not dialled from "
			      "a selection; type it."));
	text_buf_add(&i->sink->text,
		     _("That is a feature code: it is dialled by Enter "
		       "only."));
	return 0;
}

/* Digits with points, colons or dashes that are when, not whom. */
static bool is_date_or_time(const char *s)
{
	static const char pattern[] =
		"^([0-9]{1,2}:[0-9]{2}(:[0-9]{2})?|"
		"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:]+)?|"
		"[0-9]{1,2}([./])[0-9]{1,2}\\4[0-9]{2,4})$";
	regex_t r;
	bool is;

	if (regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	is = !regexec(&r, s, 0, NULL, 0);
	regfree(&r);
	return is;
}

/* The one number among other words, as in "Phone: +49 89 7007-201". With two
 * nobody knows which is meant. @return to free(); NULL: none, or several */
static char *number_within(const char *line)
{
	static const char pattern[] =
		"(^|[^[:alnum:]@/._-])(\\+?\\(?[0-9][-0-9()/. ]*[0-9])"
		"($|[^[:alnum:]@_])";
	regmatch_t m[4];
	char *number = NULL;
	regex_t r;

	if (regcomp(&r, pattern, REG_EXTENDED))
		return NULL;
	for (; !regexec(&r, line, 4, m, 0); line += m[2].rm_eo) {
		size_t len = (size_t)(m[2].rm_eo - m[2].rm_so), digits = 0;
		char *found = strndup(line + m[2].rm_so, len);

		for (size_t i = 0; found && found[i]; i++)
			digits += found[i] >= '0' && found[i] <= '9';
		if (!found || digits < NUMBER_WITHIN_MIN ||
		    is_date_or_time(found)) {
			free(found);
			continue;
		}
		if (number) {
			free(found);
			free(number);
			number = NULL;
			break;
		}
		number = found;
	}
	regfree(&r);
	return number;
}

/* Into the field: what is called is seen first, and Enter calls it. */
static int other_words(const struct app_invocation *i, const char *line)
{
	char *number = number_within(line);
	int err = search(i, number ? number : line);

	free(number);
	return err;
}

static int use(const struct app_invocation *i, const char *line)
{
	const char *argv[] = {"dial", line};
	struct app_dial d;
	size_t len;
	bool is_code;
	int err;

	if (is_date_or_time(line))
		return search(i, line);
	err = app_dial_preview(i->app, line, &d);
	if (err && err != EINVAL)
		return err;
	if (err)
		return other_words(i, line);
	len = strlen(d.number);
	is_code = strpbrk(d.number, "*#") != NULL;
	app_dial_reset(&d);
	if (is_code)
		return code(i, line);
	if (len < NUMBER_MIN)
		return search(i, line);
	return app_run(i->app, argv, 2, i->origin, i->sink);
}

static int run_selection(const struct app_invocation *i)
{
	struct tui_screen *s = i->sink->front;
	char *line;
	int err;

	if (i->argc < 2 || text_empty(i->argv[1]))
		return ask(i, s);
	line = first_line(i->argv[1]);
	if (!line)
		return fail(i, EINVAL, _("Nothing is marked."));
	err = use(i, line);
	free(line);
	return err;
}

static const struct app_argument arguments[] = {
	{.name = "text", .kind = APP_ARG_TEXT, .optional = true, .rest = true},
	{.name = NULL},
};

const struct app_command selection_rows[] = {
	{
		.name = "selection",
		.summary = N_("Call the number, or search the name, that is "
			      "marked elsewhere."),
		.help = N_("Looks in tmux (copy mode, buffer) and at the "
			   "desktop's selection (X11, Wayland), as the option "
			   "selection says. A number is called, anything else "
			   "is searched: a number among other words, or else "
			   "all of them; a feature code is only put into the "
			   "field. `offhook --selection` does the same from "
			   "outside: bind it to a key of the desktop, or of "
			   "tmux."),
		.examples = (const char *const[]){"selection",
						  "selection '+49 89 7007-201'",
						  NULL},
		.arguments = arguments,
		.origins = APP_FROM_KEY | APP_FROM_LINE | APP_FROM_SHELL,
		.contexts = APP_IN_LIST | APP_IN_FAVOURITES |
			    APP_IN_CONVERSATIONS | APP_IN_SEARCH |
			    APP_IN_DETAIL,
		.keys = "F7",
		.run = run_selection,
	},
	{.name = NULL},
};

static const char *const sources[] = {"auto", "tmux", "wayland", "x11", NULL};

const struct app_option selection_options[] = {
	{
		.name = "selection",
		.type = APP_OPTION_CHOICE,
		.choices = sources,
		.initial = "auto",
		.text = N_("Where to look for what is marked elsewhere. auto: "
			   "what is marked in tmux's copy mode or was copied "
			   "there within a minute, else the selection of the "
			   "desktop, else tmux's newest buffer."),
	},
	{.name = NULL},
};
