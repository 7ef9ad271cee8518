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

/* ---- on its way -------------------------------------------------------- */

/* An image in an argument: what "undo" gives. */
#define DATA "data:;base64,"

struct sent {
	struct app *a;
	struct app_wait *wait;
	char *id;    /**< of a contact; NULL: it is my own picture */
	char *line;  /**< that says it is done; NULL: nothing is said */
	char *what;  /**< what undo brings back */
	char *was;   /**< the picture that there was, as an argument; or NULL */
	char *image; /**< NULL: there shall be none */
	size_t len;
	struct wsi_request *request; /**< for the picture that there was */
};

static void sent_free(struct sent *s)
{
	if (!s)
		return;
	mem_deref(s->request);
	free(s->id);
	free(s->line);
	free(s->what);
	free(s->was);
	free(s->image);
	free(s);
}

static void push_undo(const struct sent *s)
{
	const char *const contact[] = {"contact-picture", s->id, s->was, NULL};
	const char *const own[] = {"picture", s->was, NULL};

	if (s->was && s->what)
		app_undo_push(s->a, s->what, s->id ? contact : own);
}

/* Only the server can tell whether it is a picture at all. */
static void told(const struct wsi_result *r, void *arg)
{
	struct sent *s = arg;

	if (r->status == WSI_OK) {
		push_undo(s);
		if (s->line)
			app_wait_text(s->wait, s->line);
		else
			app_told(r, s->wait);
	} else {
		tell(r, s->wait, refusals, s->id ? ARRAY_SIZE(refusals) : 3);
	}
	sent_free(s);
}

static void send_it(struct sent *s)
{
	struct wsi *w = app_online(s->a);
	int err =
		s->id ? s->image ? wsi_contact_picture_set(w, s->id, s->image,
							   s->len, told, s)
				 : wsi_contact_picture_delete(w, s->id, told, s)
		: s->image ? wsi_picture_set(w, s->image, s->len, told, s)
			   : wsi_picture_delete(w, told, s);

	if (!err)
		return;
	app_wait_over(s->wait, err,
		      err == ENOTCONN ? app_not_online(s->a) : strerror(err));
	sent_free(s);
}

static char *as_argument(const void *image, size_t len)
{
	size_t head = strlen(DATA), size = 4 * ((len + 2) / 3) + 1;
	char *text = malloc(head + size);

	if (!text)
		return NULL;
	memcpy(text, DATA, head);
	if (base64_encode(image, len, text + head, &size)) {
		free(text);
		return NULL;
	}
	text[head + size] = '\0';
	return text;
}

/* Without it, the change can't be taken back, that is all. */
static void came(const struct wsi_result *r, const void *image, size_t len,
		 void *arg)
{
	struct sent *s = arg;

	s->request = mem_deref(s->request);
	if (r->status == WSI_OK && picture_is_image(image, len) &&
	    len <= PICTURE_BYTES_MAX)
		s->was = as_argument(image, len);
	send_it(s);
}

/* What is there goes with this, so it is fetched before. */
static void change(struct sent *s, const struct uc_contact *c, bool undoable)
{
	struct wsi *w = app_online(s->a);
	struct app_picture is;

	if (!undoable || !c || text_empty(c->picture)) {
		send_it(s);
	} else if (app_picture(s->a, c, &is) == APP_PICTURE_HERE) {
		s->was = as_argument(is.image, is.len);
		send_it(s);
	} else if (s->id ? wsi_contact_picture_get(&s->request, w, s->id,
						   c->picture, came, s)
			 : wsi_picture_get(&s->request, w, c->device,
					   c->picture, came, s)) {
		send_it(s);
	}
}

/* ---- what is given ----------------------------------------------------- */

static bool is_data(const char *file)
{
	return !strncmp(file, DATA, strlen(DATA));
}

static int read_data(const char *text, char **imagep, size_t *lenp)
{
	size_t len = strlen(text += strlen(DATA)), size = 3 * (len / 4) + 3;
	int err;

	*imagep = malloc(size);
	err = *imagep ? base64_decode(text, len, (uint8_t *)*imagep, &size)
		      : ENOMEM;
	*lenp = size;
	return err;
}

/* What can be said of a file before it is sent. @param imagep  To free() */
static int read_file(const struct app_invocation *i, const char *typed,
		     char **imagep, size_t *lenp)
{
	char *path;
	int err;

	if (is_data(typed))
		return read_data(typed, imagep, lenp);
	path = app_path(i->sink, typed);
	err = path ? file_read(path, PICTURE_BYTES_MAX, imagep, lenp) : ENOMEM;

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

/* @param c  Whose; NULL: my own */
static int run_for(const struct app_invocation *i, const struct uc_contact *c,
		   const char *file)
{
	const struct uc_contact *me = uc_me(i->app->uc);
	struct sent *s = calloc(1, sizeof(*s));
	int err = s ? 0 : ENOMEM;

	if (!err && !is_none(file))
		err = read_file(i, file, &s->image, &s->len);
	if (!err && c) {
		err = text_set(&s->id, c->id);
		s->line = text_printf(s->image ? _("%s has a picture now.")
					       : _("%s has no picture now."),
				      c->name);
		s->what = text_printf(_("the picture of %s"), c->name);
	} else if (!err) {
		s->what = text_dup(_("your picture"));
	}
	if (err) {
		sent_free(s);
		return err;
	}
	s->a = i->app;
	s->wait = app_wait_new(i->app, i->sink);
	change(s, c ? c : me, !is_data(file));
	return 0;
}

static int run(const struct app_invocation *i)
{
	return run_for(i, NULL, app_argument_of(i, 1));
}

/* ---- a contact's ------------------------------------------------------- */

const char *app_contact_pictures_unavailable(const struct app *a)
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
	struct uc_contact *c;
	int err = app_contact_or_ask(i, &c);

	if (err || !c)
		return err;
	if (!app_contact_can_change(i->app, c))
		return app_sink_fail(i->sink, EPERM,
				     _("%s is no personal contact of yours."),
				     c->name);
	return run_for(i, c, app_argument_of(i, 2));
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
	 .help = N_("A file as for picture; none takes it away, u brings it "
		    "back. Nobody else sees it. A contact that came by an "
		    "import is yours from then on: the next import leaves it "
		    "alone."),
	 .examples = EXAMPLES("contact-picture lovelace ~/ada.jpg",
			      "contact-picture lovelace none"),
	 .arguments = contact_arguments,
	 .origins = FROM_USER,
	 .contexts = IN_PANES | APP_IN_SEARCH,
	 .keys = "I",
	 .hint = N_("picture"),
	 .unavailable = app_contact_pictures_unavailable,
	 .run = run_contact},
	ROWS_END};
