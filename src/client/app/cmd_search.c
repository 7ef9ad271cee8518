/**
 * @file cmd_search.c  Commands of directories and contacts
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

int app_columns(const char *text, int columns)
{
	return columns + (int)strlen(text) - (int)text_width(text);
}

static void contact_json(struct json_writer *w, const struct uc_contact *c)
{
	size_t i;

	json_object(w);
	json_add_string(w, "id", c->id);
	json_add_string(w, "name", c->name);
	json_add_string(w, "directory", uc_directory_key(c->directory));
	json_add_string(w, "company", c->company);
	json_add_string(w, "department", c->department);
	json_add_string(w, "email", c->email);
	if (c->directory == UC_INTERNAL) {
		json_add_string(
			w, "presence",
			c->presence.hidden
				? "hidden"
				: proto_presence_key(c->presence.state));
		json_add_int(w, "until", c->presence.until_ms);
		json_add_string(w, "note", c->presence.note);
		json_add_string(w, "phone", uc_lamp_key(c->lamp));
		json_add_bool(w, "old", c->lamp_old);
	}
	json_name(w, "numbers");
	json_array(w);
	for (i = 0; i < c->number_count; i++) {
		json_object(w);
		json_add_string(w, "kind",
				uc_number_kind_key(c->numbers[i].kind));
		json_add_string(w, "number", c->numbers[i].number);
		json_add_bool(w, "default", i == c->default_number);
		json_end(w);
	}
	json_end(w);
	json_end(w);
}

/* ---- search ------------------------------------------------------------ */

/** Who waits for what the server finds. */
struct search {
	struct le le; /**< in the application's findings */
	struct app_wait *wait;
	struct uc_search *search;
	struct wsi_request *request;
};

static void destructor(void *arg)
{
	struct search *f = arg;

	list_unlink(&f->le);
	mem_deref(f->request);
	mem_deref(f->search);
	mem_deref(f->wait);
}

static void print_hits(struct app_sink *sink, const struct uc_search *s)
{
	struct json_writer *w = sink->data;

	if (w)
		json_array(w);
	for (size_t k = 0; k < uc_search_count(s); k++) {
		const struct uc_contact *c = uc_search_at(s, k);
		const char *number = uc_contact_number(c);

		app_sink_print(sink, "%-*s  %-20s  %s",
			       app_columns(c->name, 28), c->name,
			       number ? number : "",
			       uc_directory_word(c->directory));
		if (w)
			contact_json(w, c);
	}
	if (w)
		json_end(w);
	if (!uc_search_count(s))
		app_sink_print(sink, _("Nobody found here."));
	if (uc_search_more(s))
		app_sink_print(sink, _("There are more: type more of it."));
	if (!text_empty(uc_search_reason(s)))
		app_sink_print(sink, "%s", uc_search_reason(s));
}

static void found(const struct wsi_result *r, void *arg)
{
	struct search *f = arg;
	struct app_sink *sink = app_wait_sink(f->wait);

	if (r->status == WSI_ENDED) {
		app_told(r, f->wait);
	} else {
		/* Refused, it is what is known here, and why not more. */
		if (sink)
			print_hits(sink, f->search);
		app_wait_over(f->wait, 0, "");
	}
	mem_deref(f);
}

static int ask(const struct app_invocation *i, struct uc_search *s)
{
	struct search *f = mem_zalloc(sizeof(*f), destructor);
	int err;

	if (!f)
		return ENOMEM;
	f->search = mem_ref(s);
	list_append(&i->app->findings, &f->le, f);
	err = wsi_search(&f->request, app_online(i->app), s, found, f);
	if (err)
		mem_deref(f);
	else
		f->wait = mem_ref(app_wait_new(i->app, i->sink));
	return err;
}

/* On a screen, whose list shows what comes in while one reads. */
static bool show(const struct app_invocation *i, enum uc_directory d)
{
	bool any = false;
	const struct app_shown shown = {.text = app_argument_of(i, 1),
					.directory = d,
					.front = i->sink->front,
					.any = &any};

	if (i->sink->front)
		app_tell(i->app, APP_CHANGE_SHOW, &shown);
	return any;
}

static int run_search(const struct app_invocation *i)
{
	enum uc_directory d = UC_ALL_DIRECTORIES;
	struct uc_search *s;
	int err;

	if (!text_empty(app_argument_of(i, 2)))
		d = uc_directory_find(app_argument_of(i, 2));
	if (d == UC_EXTERNAL && app_online(i->app) &&
	    !(uc_account(i->app->uc)->can & UC_CAN_EXTERNAL))
		return app_sink_fail(i->sink, ENOTSUP,
				     _("This server has no external "
				       "directory."));
	if (show(i, d))
		return 0;
	err = uc_search_alloc(&s, i->app->uc, app_argument_of(i, 1), d);
	if (err)
		return err;
	uc_search_local(s);
	if (!app_online(i->app))
		uc_search_set_reason(s, _("No connection: only what is known "
					  "here was searched."));
	if (!i->sink->done || text_empty(uc_search_query(s)) || ask(i, s))
		print_hits(i->sink, s);
	mem_deref(s);
	return 0;
}

/* ---- contact ----------------------------------------------------------- */

static void line(struct app_sink *s, const char *what, const char *text)
{
	if (!text_empty(text))
		app_sink_print(s, "%-*s%s", app_columns(what, 14), what, text);
}

static int run_contact(const struct app_invocation *i)
{
	struct uc_contact *c;
	size_t k;
	int err;

	err = app_contact_or_ask(i, &c);
	if (err || !c)
		return err;
	if (i->sink->data)
		contact_json(i->sink->data, c);
	line(i->sink, _("name"), c->name);
	line(i->sink, _("company"), c->company);
	line(i->sink, _("department"), c->department);
	if (c->directory == UC_INTERNAL) {
		line(i->sink, _("presence"), uc_presence_word(&c->presence));
		line(i->sink, _("note"), c->presence.note);
		line(i->sink, _("phone"), uc_lamp_word(c->lamp));
	}
	for (k = 0; k < c->number_count; k++)
		line(i->sink, uc_number_kind_word(c->numbers[k].kind),
		     c->numbers[k].number);
	line(i->sink, _("e-mail"), c->email);
	line(i->sink, _("directory"), uc_directory_word(c->directory));
	return 0;
}

static const char *const directories[] = {
	"all", "personal", "internal", "system", "global", "external", NULL,
};
static const struct app_argument search_arguments[] = {
	{.name = "text", .kind = APP_ARG_TEXT},
	{.name = "directory",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = directories},
	{.name = NULL},
};
static const struct app_argument contact_arguments[] = {
	{.name = "contact", .kind = APP_ARG_CONTACT, .rest = true},
	{.name = NULL},
};

const struct app_command app_commands_search[] = {
	{.name = "search",
	 .summary = N_("List contacts whose name or number "
		       "begins so."),
	 .help = N_("Asks the server's directories, too; on a screen the list "
		    "opens that / shows. Without a connection it looks through "
		    "what is known here: colleagues, favourites, and what was "
		    "found before."),
	 .examples = EXAMPLES("search er", "search 20 internal"),
	 .arguments = search_arguments,
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .run = run_search},
	{.name = "contact",
	 .summary = N_("Show all about a contact."),
	 .examples = EXAMPLES("contact 201", "contact hedy lamarr"),
	 .arguments = contact_arguments,
	 .origins = FROM_USER,
	 .run = run_contact},
	ROWS_END};
