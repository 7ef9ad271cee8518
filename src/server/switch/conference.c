/**
 * @file conference.c  More than two in one call
 *
 * The third and further sides stand in call.more; all are mixed, each with its
 * own codec. Who leaves is dropped, and two that are left have a call like any
 * other (ECMA-269 §6.1, Conference Call).
 */
#include "switch_int.h"

bool call_is_conference(const struct call *c)
{
	return !list_isempty(&c->more);
}

struct party *call_side(const struct call *c, unsigned i)
{
	struct le *le;

	if (i < 2)
		return i ? c->called : c->calling;
	for (le = list_head(&c->more), i -= 2; le && i; le = le->next)
		i--;
	return list_ledata(le);
}

bool call_has_side(const struct call *c, const struct party *party)
{
	for (unsigned i = 0; i < call_side_count(c); i++)
		if (call_side(c, i) == party)
			return true;
	return false;
}

unsigned call_members(const struct party *party, struct pbx_member *members)
{
	const struct party *side;
	unsigned n = 0;

	for (unsigned i = 0; (side = call_side(party->call, i)); i++)
		if (side != party && n < PBX_SIDES_MAX)
			members[n++] = (struct pbx_member){
				side->number, side->name ? side->name : ""};
	return n;
}

unsigned call_side_count(const struct call *c)
{
	return (c->calling != NULL) + (c->called != NULL) +
	       list_count(&c->more);
}

void conference_connect(struct call *c)
{
	struct party *side;
	int err = 0;

	if (!c->mixer)
		err = media_mixer_alloc(&c->mixer, c->pbx->media);
	for (unsigned i = 0; !err && (side = call_side(c, i)); i++) {
		struct media_stream *s = party_stream(side);

		if (!s || side->state != PBX_CONNECTED)
			continue;
		media_stream_bridge(s, NULL);
		err = media_mixer_add(c->mixer, s);
		if (err == EALREADY)
			err = 0;
	}
	if (err)
		log_warn("call %u: not all can hear each other: %s", c->id,
			 strerror(err));
}

void conference_hold(struct party *party, bool hold, enum pbx_cause cause)
{
	struct call *c = party->call;

	party_state(party, hold ? PBX_HELD : PBX_CONNECTED);
	if (hold)
		media_mixer_remove(c->mixer, party_stream(party));
	else
		conference_connect(c);
	event_send(c, party, hold ? PBX_HELD_EVENT : PBX_RETRIEVED, cause,
		   NULL);
}

/** All hear that it is another call now. */
static void tell_all(struct call *c, enum pbx_cause cause)
{
	struct party *side;

	for (unsigned i = 0; (side = call_side(c, i)); i++)
		event_send(c, side, PBX_CONFERENCED, cause, NULL);
}

/** Those two hold each other, or do not, as any two do. */
static void two_left(struct call *c)
{
	for (unsigned i = 0; i < 2; i++) {
		struct party *side = call_side(c, i);

		if (call_other(side)->state == PBX_HELD)
			call_keep_waiting(side);
	}
	call_connect(c);
	tell_all(c, PBX_CAUSE_NORMAL);
}

static struct party *first_more(struct call *c)
{
	struct le *le = list_head(&c->more);

	list_unlink(le);
	return le->data;
}

void conference_leave(struct party *party, enum pbx_cause cause)
{
	struct call *c = party->call;

	party_state(party, PBX_NULL);
	event_send(c, party, PBX_CONNECTION_CLEARED, cause, NULL);
	if (party == c->calling)
		c->calling = first_more(c);
	else if (party == c->called)
		c->called = first_more(c);
	else
		list_unlink(&party->more_le);
	mem_deref(party);
	if (call_is_conference(c))
		tell_all(c, PBX_CAUSE_CONFERENCE);
	else
		two_left(c);
}

/** Whom it has spoken with alone, for the journal. */
static void meets(struct party *party)
{
	const struct party *other = call_other(party);

	if (party->met || !other)
		return;
	(void)text_set(&party->met, other->number);
	(void)text_set(&party->met_name, other->name);
}

/** The phone's leg is with the party that stays. */
static int take_phone(struct party *stays, struct party *goes)
{
	if (!stays->leg && stays->shares && stays->shares->party == goes)
		handset_lend(goes, stays);
	else if (!stays->leg || (sip_leg_held_remote(stays->leg) && !goes->leg))
		return ENOTSUP;
	else if (sip_leg_held_remote(stays->leg) &&
		 sip_leg_held_remote(goes->leg))
		return ENOTSUP;
	else if (sip_leg_held_remote(stays->leg))
		handset_swap(stays, goes);
	handset_forget(goes);
	return 0;
}

/** Somebody of it is called back, and not there yet. */
static bool rings(const struct call *c)
{
	const struct party *side;

	for (unsigned i = 0; (side = call_side(c, i)); i++)
		if (side->state == PBX_ALERTING)
			return true;
	return false;
}

int call_conference(struct party *stays, struct party *goes)
{
	struct call *c = stays->call, *past = goes->call;
	struct party *comes, *side;
	int err;

	if (c == past || stays->device != goes->device || !c->answered ||
	    !past->answered || c->transfer || past->transfer ||
	    call_is_conference(past) || call_has_nobody(stays) ||
	    call_has_nobody(goes) || rings(c) || rings(past))
		return EPROTO;
	if (call_side_count(c) >= MEDIA_MIXER_MAX)
		return EDQUOT;
	err = take_phone(stays, goes);
	if (err)
		return err;

	comes = call_other(goes);
	meets(goes);
	meets(comes);
	for (unsigned i = 0; (side = call_side(c, i)); i++)
		meets(side);
	past->calling = goes;
	past->called = NULL;
	past->mixer = mem_deref(past->mixer);
	comes->call = c;
	list_append(&c->more, &comes->more_le, comes);
	c->mixer = mem_deref(c->mixer);
	c->host = stays->device;
	party_state(stays, PBX_CONNECTED);
	for (unsigned i = 0; (side = call_side(c, i)); i++) {
		if (side->leg)
			call_unhold(side);
	}
	call_connect(c);
	tell_all(c, PBX_CAUSE_CONFERENCE);
	party_state(goes, PBX_NULL);
	event_send(past, goes, PBX_CONNECTION_CLEARED, PBX_CAUSE_CONFERENCE,
		   NULL);
	call_dissolve(past);
	return 0;
}
