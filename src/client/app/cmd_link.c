/**
 * @file cmd_link.c  Links: a number that somebody else chose
 *
 * A link comes from a web page or a mail, so it is shown and confirmed, unless
 * the user has said that it need not be, and it can't be a feature code: only
 * what RFC 3966 §3 has for numbers outside and extensions is taken, * and # are
 * not.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd_int.h"

enum { LINK_MAX = 256, NUMBER_MAX = 40 };

/* What stands behind the scheme; NULL if it is none of ours. */
static const char *behind_scheme(const char *url)
{
	static const char *const schemes[] = {
		"tel:", "callto:", "sips:", "sip:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (!strncasecmp(url, schemes[i], n))
			return url + n;
	}
	return NULL;
}

/* The next character; "+" may be written %2B, a blank %20. 0: none of them. */
static char next_char(const char **p)
{
	const char *s = *p;

	if (*s != '%') {
		*p = s + 1;
		return *s;
	}
	*p = s + 3;
	if (!strncasecmp(s, "%2b", 3))
		return '+';
	return strncmp(s, "%20", 3) ? '\0' : ' ';
}

/* Digits with a + at most before them, without what only separates. Parameters
 * (;ext=…, @host, ?subject=…) say where and how, which is not for a link to
 * say. */
static bool number_of(const char *url, char number[NUMBER_MAX + 1])
{
	const char *p = behind_scheme(url);
	size_t n = 0;

	if (!p || strlen(url) > LINK_MAX)
		return false;
	if (!strncmp(p, "//", 2))
		p += 2;
	while (*p && !strchr(";@?", *p)) {
		char c = next_char(&p);

		if (c && strchr("-.() ", c))
			continue;
		if (!(c >= '0' && c <= '9') && !(c == '+' && !n))
			return false;
		if (n == NUMBER_MAX)
			return false;
		number[n++] = c;
	}
	number[n] = '\0';
	return n > (number[0] == '+');
}

static int run_link(const struct app_invocation *i)
{
	char number[NUMBER_MAX + 1], *text;
	const char *argv[] = {"dial", number, NULL};
	struct app_dial d;
	int err;

	if (!number_of(app_argument_of(i, 1), number))
		number[0] = '\0';
	if (*number && !app_option_flag(i->app, "confirm_links"))
		return app_dial_number(i->app, number, DIAL_ASK, i->sink);
	if (!*number || app_dial_preview(i->app, number, &d))
		return app_sink_fail(i->sink, EINVAL,
				     _("That link holds no number that can be "
				       "called."));
	text = d.contact ? text_printf(_("A link wants you to call %s, %s."),
				       d.contact->name, d.shown)
			 : text_printf(_("A link wants you to call %s."),
				       d.shown);
	err = text ? app_question_confirm(i->app, _("Call"), text, _("Call"),
					  argv)
		   : ENOMEM;
	if (!err)
		app_sink_print(
			i->sink, "%s",
			_("offhook asks on its screen whether to call."));
	free(text);
	app_dial_reset(&d);
	return err;
}

static const struct app_argument link_arguments[] = {
	{.name = "url", .kind = APP_ARG_TEXT},
	{.name = NULL},
};

const struct app_command app_commands_link[] = {
	{.name = "link",
	 .summary = N_("Ask whether to call the number of a link."),
	 .help = N_("For tel:, callto: and sip: links of other programs, which "
		    "come by `offhook --link URL`. Whatever the link says, "
		    "nothing is called before you say so, unless the option "
		    "confirm_links is off. A link with anything but a number "
		    "in it is refused."),
	 .examples = EXAMPLES("link tel:+49-89-7007-201"),
	 .arguments = link_arguments,
	 .origins = FROM_USER | APP_FROM_LINK,
	 .run = run_link},
	{.name = NULL},
};
