/**
 * @file conference.c  Calls that hear each other, and the user
 */
#include "phone_int.h"

static bool can_join(const struct phone_call *c)
{
	return c && c->phone && c->leg &&
	       sip_leg_state(c->leg) == SIP_LEG_ESTABLISHED &&
	       c->transfer != PHONE_TRANSFER_ASKED &&
	       c->transfer != PHONE_TRANSFER_RUNNING;
}

static void drop(struct phone_call *c)
{
	c->joined = false;
	media_mixer_remove(c->phone->mixer, phone_call_stream(c));
}

struct phone_call *conference_check(struct phone *p)
{
	struct phone_call *alone = NULL;
	struct le *le;
	unsigned n = 0;

	if (!p->mixer)
		return NULL;
	LIST_FOREACH (&p->calls, le) {
		struct phone_call *c = le->data;

		if (c->joined && !can_join(c))
			drop(c);
		if (!c->joined)
			continue;
		/* it may have another stream now, by a transfer */
		(void)media_mixer_add(p->mixer, phone_call_stream(c));
		n++;
	}
	if (n > 1)
		return NULL;
	/* who is left alone has a call like any other */
	LIST_FOREACH (&p->calls, le) {
		struct phone_call *c = le->data;

		if (!c->joined)
			continue;
		drop(c);
		alone = mem_ref(c);
	}
	p->mixer = mem_deref(p->mixer);
	return alone;
}

static int join_one(struct phone *p, struct phone_call *c)
{
	int err;

	if (c->joined)
		return 0;
	err = media_mixer_add(p->mixer, phone_call_stream(c));
	if (err)
		return err;
	c->joined = true;
	/* who waited hears the others as soon as its phone knows */
	if (sip_leg_held(c->leg))
		(void)phone_hold(c, false);
	return 0;
}

int phone_join(struct phone_call *a, struct phone_call *b)
{
	struct phone *p;
	bool first;
	int err = 0;

	if (!can_join(a) || !can_join(b) || a->phone != b->phone)
		return EPROTO;
	if (a == b || (a->joined && b->joined))
		return EALREADY;
	p = mem_ref(a->phone);
	mem_ref(a);
	mem_ref(b);
	first = !p->mixer;
	if (first) {
		err = media_mixer_alloc(&p->mixer, p->media);
	} else if (!a->joined && !b->joined &&
		   media_mixer_count(p->mixer) + 2 > MEDIA_MIXER_MAX) {
		err = ENOSPC;
	}
	/* its own sound goes before the common one comes */
	route_yield(p);
	if (!err)
		err = join_one(p, a);
	if (!err)
		err = join_one(p, b);
	route_update(p);
	if (!err) {
		call_set_state(a, call_state_of(a));
		if (b->phone)
			call_set_state(b, call_state_of(b));
	}
	mem_deref(a);
	mem_deref(b);
	mem_deref(p);
	return err;
}

void conference_leave(struct phone_call *c)
{
	if (!c->joined || !c->phone)
		return;
	drop(c);
	route_update(c->phone);
}

int phone_leave(struct phone_call *c)
{
	if (!c || !c->joined)
		return EPROTO;
	return phone_hold(c, true);
}

unsigned phone_conference_count(const struct phone *p)
{
	return p ? media_mixer_count(p->mixer) : 0;
}
