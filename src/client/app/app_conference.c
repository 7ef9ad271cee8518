/**
 * @file app_conference.c  Conferences that a phone, or the server for it, runs
 *
 * The built-in phone has a call with each member; a desk phone has one call,
 * whose members the server names.
 */
#include "call_int.h"

unsigned app_conference_count(const struct app *a)
{
	struct uc_call *c;
	unsigned n = 0;

	for (size_t i = 0; (c = uc_call_at(a->uc, i)); i++)
		n += c->conference;
	return n;
}

/** The one that others are put together with. */
static struct call *host(const struct app *a)
{
	struct call *first = NULL;
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		struct call *c = le->data;

		if (!(c->uc->functions & UC_JOIN))
			continue;
		if (c->uc->conference)
			return c;
		if (!first || c->uc->state == UC_CALL_TALKING)
			first = c;
	}
	return first;
}

int app_call_join(struct app *a, struct app_sink *sink)
{
	struct call *first = host(a);
	struct app_carrier_call *s = first ? app_call_leading(first) : NULL;
	struct le *le;
	int err = s && s->carrier->m.join ? 0 : ENOTSUP;

	for (le = a->calls.head; le && !err;) {
		struct call *c = le->data;
		struct app_carrier_call *o = app_call_leading(c);

		le = le->next;
		if (c == first || !o || o->carrier != s->carrier ||
		    !(c->uc->functions & UC_JOIN) || c->uc->conference)
			continue;
		err = s->carrier->m.join(s->carrier->carrier, s->leg, o->leg);
	}
	if (err == ENOSPC)
		return app_sink_fail(sink, err,
				     _("A conference has no room for more than "
				       "eight."));
	if (err)
		return app_sink_fail(sink, err, _("The phone refused: %s."),
				     strerror(err));
	return 0;
}

static int end_one(struct call *c, struct app_carrier_call *s)
{
	const struct app_carrier_methods *m = &s->carrier->m;

	if (!m->end_conference)
		return app_side_hang_up(c, s, NULL);
	mem_ref(s);
	return app_side_did(s, UC_HANG_UP, NULL,
			    m->end_conference(s->carrier->carrier, s->leg));
}

void app_conference_end(struct app *a)
{
	uint32_t ids[APP_CONFERENCE_MAX];
	unsigned n = 0;
	struct uc_call *uc;

	/* Who is left alone is in none any more: all are named before. */
	for (size_t i = 0;
	     n < APP_CONFERENCE_MAX && (uc = uc_call_at(a->uc, i)); i++)
		if (uc->conference)
			ids[n++] = uc->id;
	while (n--) {
		struct call *c;

		uc = uc_call_by_id(a->uc, ids[n]);
		c = uc ? app_call_of(a, uc) : NULL;
		if (c && app_call_leading(c))
			(void)end_one(c, app_call_leading(c));
	}
}

int app_call_drop(struct app *a, struct uc_call *uc, const char *member,
		  struct app_sink *sink)
{
	struct call *c = app_call_of(a, uc);
	struct app_carrier_call *s = c ? app_call_leading(c) : NULL;
	int err;

	if (!s || !s->carrier->m.drop)
		return app_sink_fail(sink, ENOTSUP,
				     _("Nobody can be dropped from this "
				       "call."));
	mem_ref(s);
	err = s->carrier->m.drop(s->carrier->carrier, s->leg, member);
	err = app_side_did(s, UC_JOIN, sink, err);
	return err ? app_sink_fail(sink, err, _("The phone refused: %s."),
				   strerror(err))
		   : 0;
}
