/**
 * @file page.c  The page that those in a call look at, opened or mailed
 *
 * The attached terminal does it, in the environment of the user's desktop: the
 * program of the option `browser` gets the address, or a mailto: link.
 */
#include <stdlib.h>

#include "tui_int.h"

enum { WORDS_MAX = 8 };

static int fail(const struct app_invocation *i, const char *text)
{
	text_buf_add(&i->sink->error, text);
	return ENOTSUP;
}

static struct uc_call *call_with_page(const struct app *a)
{
	struct uc *uc = app_uc((struct app *)a);
	struct uc_call *c;

	for (size_t k = 0; (c = uc_call_at(uc, k)); k++)
		if (!text_empty(c->link))
			return c;
	return NULL;
}

/* The program's words, and the address as one more: no shell reads it. */
static int run_browser(struct tui_screen *s, const char *url)
{
	char *words = text_dup(app_option_get(screen_app(s), "browser"));
	char *argv[WORDS_MAX + 2] = {NULL}, *rest = NULL;
	struct frame_message m = {.type = FRAME_RUN, .strings = argv};
	size_t n = 0;

	argv[n] = words ? strtok_r(words, " ", &rest) : NULL;
	while (argv[n] && n + 1 < WORDS_MAX)
		argv[++n] = strtok_r(NULL, " ", &rest);
	if (n) {
		argv[n] = (char *)url;
		screen_send(s, &m);
	}
	free(words);
	return n ? 0 : EINVAL;
}

/* ---- open -------------------------------------------------------------- */

/** A page that was asked for, and is to be opened when it is there. */
struct page_opening {
	struct tui_screen *s;
	struct app_sink sink;
};

static void opening_destroy(void *arg)
{
	struct page_opening *o = arg;

	app_sink_reset(&o->sink);
}

static void asked(int err, const char *text, void *arg)
{
	struct page_opening *o = arg;
	struct tui_screen *s = o->s;

	/* The call is told where it is, before or after this. */
	if (!err)
		return;
	/* Should another one begin a page, this one did not ask for it. */
	s->opening = mem_deref(o);
	screen_message(s, MESSAGE_ERROR, text);
}

void page_changed(struct tui_screen *s)
{
	const struct uc_call *c =
		s->opening ? call_with_page(screen_app(s)) : NULL;

	if (c)
		(void)run_browser(s, c->link);
	/* There is none, and no call that it could come for. */
	if (c || !uc_call_count(screen_uc(s)))
		s->opening = mem_deref(s->opening);
}

static int ask(const struct app_invocation *i, struct tui_screen *s)
{
	const char *argv[] = {"collaborate"};
	struct page_opening *o = mem_zalloc(sizeof(*o), opening_destroy);
	int err;

	if (!o)
		return ENOMEM;
	o->s = s;
	o->sink.done = asked;
	o->sink.done_arg = o;
	mem_deref(s->opening);
	s->opening = o;
	err = app_run(i->app, argv, 1, APP_FROM_KEY, &o->sink);
	if (!err || err == EINPROGRESS)
		return 0;
	text_buf_add(&i->sink->error,
		     o->sink.error.buf ? o->sink.error.buf : "");
	s->opening = mem_deref(o);
	return err;
}

static const char *no_page(const struct app *a)
{
	const struct app_command *c = app_command_find(a, "collaborate");

	return c && c->unavailable ? c->unavailable(a) : NULL;
}

static int run_page(const struct app_invocation *i)
{
	struct tui_screen *s = i->sink->front;
	const struct uc_call *c = call_with_page(i->app);

	if (!s)
		return fail(i, _("Only a terminal opens it; `collaborate` "
				 "prints its address."));
	return c ? run_browser(s, c->link) : ask(i, s);
}

/* ---- mail -------------------------------------------------------------- */

/* RFC 6068 §2: all but the unreserved is written as bytes. */
static void add_encoded(struct text_buf *b, const char *s)
{
	for (; *s; s++) {
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || strchr("-._~@", *s))
			text_buf_add_n(b, s, 1);
		else
			text_buf_printf(b, "%%%02X", (unsigned char)*s);
	}
}

static void add_address(struct text_buf *b, const char *address, bool *any)
{
	if (text_empty(address))
		return;
	if (*any)
		text_buf_add(b, ",");
	add_encoded(b, address);
	*any = true;
}

static int run_mail(const struct app_invocation *i)
{
	struct tui_screen *s = i->sink->front;
	const struct uc_call *c = call_with_page(i->app);
	struct text_buf b = {0};
	bool any = false;
	int err;

	if (!s)
		return fail(i, _("Only a terminal can open a mail."));
	if (!c)
		return fail(i, _("There is no page yet; `page` opens one."));
	text_buf_add(&b, "mailto:");
	if (c->contact)
		add_address(&b, c->contact->email, &any);
	for (size_t k = 1; k < i->argc; k++)
		add_address(&b, i->argv[k], &any);
	text_buf_add(&b, "?subject=");
	add_encoded(&b, _("A page to look at together"));
	text_buf_add(&b, "&body=");
	add_encoded(&b, c->link);
	err = b.err ? b.err : run_browser(s, b.buf);
	text_buf_reset(&b);
	return err;
}

static const char *no_link(const struct app *a)
{
	return call_with_page(a) ? NULL
				 : _("There is no page yet; `page` opens one.");
}

static const struct app_argument mail_arguments[] = {
	{.name = "address",
	 .kind = APP_ARG_TEXT,
	 .optional = true,
	 .rest = true},
	{.name = NULL},
};

const struct app_command page_rows[] = {
	{
		.name = "page",
		.summary = N_("Open the page that those in the call look at, "
			      "and begin it if there is none."),
		.help = N_("Web collaboration, where the administrator has set "
			   "it up. The program of the option browser opens "
			   "it."),
		.origins = APP_FROM_KEY | APP_FROM_LINE | APP_FROM_SHELL,
		.contexts = APP_IN_CALL,
		.keys = "W",
		.hint = N_("page"),
		.unavailable = no_page,
		.run = run_page,
	},
	{
		.name = "mail-page",
		.summary = N_("Mail the page's address to who you talk to, and "
			      "to others."),
		.help = N_("A mail is opened with your mail program; the "
			   "address of who you talk to is filled in where it "
			   "is known."),
		.examples = (const char *const[]){"mail-page",
						  "mail-page ann@example.org",
						  NULL},
		.arguments = mail_arguments,
		.origins = APP_FROM_KEY | APP_FROM_LINE | APP_FROM_SHELL,
		.contexts = APP_IN_CALL,
		.unavailable = no_link,
		.run = run_mail,
	},
	{.name = NULL},
};

const struct app_option page_options[] = {
	{
		.name = "browser",
		.type = APP_OPTION_TEXT,
		.initial = "xdg-open",
		.text = N_("Program that opens web pages and mails, with its "
			   "options; the address comes last. It has the "
			   "terminal while it runs."),
	},
	{.name = NULL},
};
