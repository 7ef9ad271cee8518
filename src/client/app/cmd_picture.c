/**
 * @file cmd_picture.c  My own picture, and those of personal contacts (SPEC
 *                      T6.1.2, T6.1.3, T5.1.2)
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

#include <offhook/picture.h>

static const char *unavailable(const struct app *a)
{
	const struct wsi *w = app_online(a);

	if (!w)
		return app_not_online(a);
	return wsi_additions(w) & WSI_ADD_PICTURES
		       ? NULL
		       : _("This server has no pictures.");
}

static const char *const too_large =
	N_("A picture has at most 512 KB, and 32 million pixels.");
static const char *const too_small =
	N_("A picture is at least 40 pixels wide and 40 high.");
static const char *const no_picture = N_("That is neither a JPG nor a PNG "
					 "picture, or it is damaged.");

static const char *const too_many =
	N_("The server keeps no more pictures of contacts for you.");
static const char *const busy =
	N_("The server looks at other pictures; try again in a minute.");

struct refusal {
	enum proto_reason reason;
	const char *const *text;
};

static void tell(const struct wsi_result *r, struct app_wait *wait,
		 const struct refusal *rows, size_t count)
{
	enum proto_reason reason = r->status == WSI_REFUSED
					   ? proto_reason_find(r->reason)
					   : PROTO_REASON_NONE;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].reason == reason) {
			app_wait_over(wait, EINVAL, _(*rows[i].text));
			return;
		}
	}
	app_told(r, wait);
}

/* The last two are meant so of contacts only. */
static const struct refusal refusals[] = {
	{PROTO_REASON_TOO_LARGE, &too_large},
	{PROTO_REASON_TOO_SMALL, &too_small},
	{PROTO_REASON_NO_PICTURE, &no_picture},
	{PROTO_REASON_TOO_MANY, &too_many},
	{PROTO_REASON_BUSY, &busy},
};

static void told(const struct wsi_result *r, void *arg)
{
	tell(r, arg, refusals, 3);
}

/** A contact's picture on its way. */
struct sent {
	struct app_wait *wait;
	char *line; /**< that says it is done */
};

static void sent_free(struct sent *s)
{
	if (s)
		free(s->line);
	free(s);
}

/* Only the server can tell whether it is a picture at all. */
static void told_contact(const struct wsi_result *r, void *arg)
{
	struct sent *s = arg;

	if (r->status == WSI_OK)
		app_wait_text(s->wait, s->line);
	else
		tell(r, s->wait, refusals, ARRAY_SIZE(refusals));
	sent_free(s);
}

/* What can be said of a file before it is sent. @param imagep  To free() */
static int read_file(const struct app_invocation *i, const char *typed,
		     char **imagep, size_t *lenp)
{
	char *path = app_path(i->sink, typed);
	int err = path ? file_read(path, PICTURE_BYTES_MAX, imagep, lenp)
		       : ENOMEM;

	if (err)
		app_sink_fail(i->sink, err, "%s: %s", path ? path : "",
			      err == EFBIG ? _(too_large) : strerror(err));
	else if (!picture_is_image(*imagep, *lenp))
		err = app_sink_fail(i->sink, EINVAL, "%s: %s", path,
				    _(no_picture));
	free(path);
	return err;
}

static bool is_none(const char *file)
{
	return text_equal(file, "none");
}

static int run(const struct app_invocation *i)
{
	const char *file = app_argument_of(i, 1);
	char *image = NULL;
	size_t len = 0;
	int err;

	if (is_none(file))
		return wsi_picture_delete(app_online(i->app), told,
					  app_wait_new(i->app, i->sink));
	err = read_file(i, file, &image, &len);
	if (!err)
		err = wsi_picture_set(app_online(i->app), image, len, told,
				      app_wait_new(i->app, i->sink));
	free(image);
	return err;
}

/* ---- a contact's ------------------------------------------------------- */

static const char *contacts_unavailable(const struct app *a)
{
	const char *why = app_contact_unavailable(a);
	const struct wsi *w = app_online(a);

	if (why)
		return why;
	/* Ours are kept by our store. */
	return w && !app_personal_own(a) &&
			       wsi_additions(w) & WSI_ADD_CONTACT_PICTURES
		       ? NULL
		       : _("This server has no pictures of contacts.");
}

static int run_contact(const struct app_invocation *i)
{
	const char *file = app_argument_of(i, 2);
	struct wsi *w = app_online(i->app);
	struct uc_contact *c;
	struct sent *sent;
	char *image = NULL;
	size_t len = 0;
	int err = app_contact_or_ask(i, &c);

	if (err || !c)
		return err;
	if (!app_contact_can_change(i->app, c))
		return app_sink_fail(i->sink, EPERM,
				     _("%s is no personal contact of yours."),
				     c->name);
	if (!is_none(file))
		err = read_file(i, file, &image, &len);
	sent = err ? NULL : calloc(1, sizeof(*sent));
	if (sent)
		sent->line =
			text_printf(is_none(file) ? _("%s has no picture now.")
						  : _("%s has a picture now."),
				    c->name);
	if (!err && (!sent || !sent->line))
		err = ENOMEM;
	if (!err) {
		sent->wait = app_wait_new(i->app, i->sink);
		err = image ? wsi_contact_picture_set(w, c->id, image, len,
						      told_contact, sent)
			    : wsi_contact_picture_delete(w, c->id, told_contact,
							 sent);
	}
	free(image);
	if (err)
		sent_free(sent);
	return err;
}

static const struct app_argument arguments[] = {
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = NULL},
};

static const struct app_argument contact_arguments[] = {
	{.name = "contact", .kind = APP_ARG_PERSONAL},
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = NULL},
};

const struct app_command app_commands_picture[] = {
	{.name = "picture",
	 .summary = N_("Choose the picture that others see of you."),
	 .help = N_("A JPG or PNG file, at least 40 pixels wide and high, at "
		    "most 512 KB. Its middle is shown, and nothing else of "
		    "the file is kept: no place, no date. none deletes the "
		    "picture. A path that does not begin with / begins in the "
		    "home folder."),
	 .examples = EXAMPLES("picture ~/me.jpg", "picture none"),
	 .arguments = arguments,
	 .origins = FROM_USER,
	 .unavailable = unavailable,
	 .run = run},
	{.name = "contact-picture",
	 .summary = N_("Choose the picture of a personal contact."),
	 .help = N_("A file as for picture; none takes it away. Nobody else "
		    "sees it. A contact that came by an import is yours from "
		    "then on: the next import leaves it alone."),
	 .examples = EXAMPLES("contact-picture lovelace ~/ada.jpg",
			      "contact-picture lovelace none"),
	 .arguments = contact_arguments,
	 .origins = FROM_USER,
	 .contexts = IN_PANES | APP_IN_SEARCH,
	 .keys = "I",
	 .hint = N_("picture"),
	 .unavailable = contacts_unavailable,
	 .run = run_contact},
	ROWS_END};
