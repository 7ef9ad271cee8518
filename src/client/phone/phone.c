/**
 * @file phone.c  The phone as a whole: beginning, main line, end
 */
#include "phone_int.h"

static void destructor(void *arg)
{
	struct phone *p = arg;
	struct le *le;

	p->closing = true;
	memset(&p->h, 0, sizeof(p->h));
	route_close(p);
	/* one whose handler is running outlives its phone */
	LIST_FOREACH (&p->calls, le)
		call_orphan(le->data);
	list_flush(&p->calls);
	lamps_close(p);
	while ((le = list_head(&p->lines)))
		line_orphan(le->data);
	mem_deref(p->network);
	tmr_cancel(&p->tmr_closed);
	mem_deref(p->mixer);
	list_flush(&p->formats);
	list_flush(&p->ice_servers);
	mem_deref(p->media);
}

int phone_alloc(struct phone **pp, const struct phone_handlers *h, void *arg)
{
	struct phone *p;
	int err;

	if (!pp || !h)
		return EINVAL;

	p = mem_zalloc(sizeof(*p), destructor);
	if (!p)
		return ENOMEM;

	p->h = *h;
	p->arg = arg;
	err = media_alloc(&p->media);
	if (!err)
		err = route_init(p);
	if (err) {
		mem_deref(p);
		return err;
	}
	line_watch_network(p);
	*pp = p;
	return 0;
}

/** The first of them, or NULL. @param line NULL: of any line */
static struct phone_call *call_of(const struct phone *p,
				  const struct phone_line *line)
{
	struct le *le;

	LIST_FOREACH (&p->calls, le) {
		struct phone_call *c = le->data;

		if (!line || c->line == line)
			return c;
	}
	return NULL;
}

void phone_end_calls(struct phone *p, const struct phone_line *line)
{
	struct phone_call *c;

	mem_ref(p);
	while ((c = call_of(p, line)))
		call_end(c, 200, "");
	mem_deref(p);
}

bool phone_has_calls(const struct phone *p, const struct phone_line *line)
{
	return call_of(p, line) != NULL;
}

/** The main line is none any more. @return it, NULL if there was none */
static struct phone_line *leave_main_line(struct phone *p)
{
	struct phone_line *l = p->line;

	lamps_end(p);
	p->line = NULL;
	p->sip = NULL;
	p->account = NULL;
	return l;
}

int phone_set_account(struct phone *p, const struct phone_account *prm)
{
	struct phone_line *before;
	int err;

	if (!p)
		return EINVAL;
	if (prm && line_renew(p->line, prm))
		return 0;

	mem_ref(p);
	before = leave_main_line(p);
	if (!prm) {
		phone_line_remove(before);
		if (p->h.registered)
			p->h.registered(false, "", false, p->arg);
		mem_deref(p);
		return 0;
	}

	if (before)
		line_retire(before);
	err = phone_line_add(p, &p->line, prm, NULL);
	if (!err) {
		p->sip = p->line->sip;
		p->account = p->line->account;
		lamps_begin(p, prm->user);
	}
	mem_deref(p);
	return err;
}

void phone_close(struct phone *p, void (*done)(void *arg), void *arg)
{
	if (!p || p->closing)
		return;

	p->closing = true;
	mem_ref(p);
	phone_end_calls(p, NULL);
	lines_close(p, done, arg);
	mem_deref(p);
}

int formats_named(struct list *formats, const char *names)
{
	int err = media_formats_ours(formats, text_empty(names) ? NULL : names);

	if (!err)
		err = media_formats_events(formats);
	if (err)
		list_flush(formats);
	return err;
}

int phone_set_codecs(struct phone *p, const char *names)
{
	struct list formats = LIST_INIT;
	int err;

	if (!p)
		return EINVAL;
	err = formats_named(&formats, names);
	if (err)
		return err;
	list_flush(&p->formats);
	err = media_formats_copy(&p->formats, &formats);
	list_flush(&formats);
	return err;
}

int phone_set_ice(struct phone *p, bool on, struct list *servers,
		  const char *fingerprint)
{
	struct net_pin pin;
	struct le *le;

	if (!p || (fingerprint && net_pin_read(&pin, fingerprint)))
		return EINVAL;
	p->ice = on;
	p->ice_pinned = fingerprint != NULL;
	if (fingerprint)
		p->ice_pin = pin;
	/* Calls that are on keep those that they have. */
	list_flush(&p->ice_servers);
	while (servers && (le = servers->head)) {
		list_unlink(le);
		list_append(&p->ice_servers, le, le->data);
	}
	return 0;
}

void phone_set_security(struct phone *p, enum media_security security)
{
	if (p)
		p->security = security;
}
