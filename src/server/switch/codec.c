/**
 * @file codec.c  Which way the sound goes between the sides of a call
 *
 * It is relayed as it is where each knows what the other sends; else both are
 * mixed, each with its own codec. A phone that changes its codec is answered
 * at once, heard by way of the mixer, and the other one is asked to follow: it
 * need not.
 */
#include "switch_int.h"

/** What it sends, NULL: nothing is agreed on. */
static const struct media_format *sends(const struct party *party)
{
	struct le *le;

	LIST_FOREACH (sip_leg_formats(party->leg), le) {
		const struct media_format *f = le->data;

		if (media_format_is_voice(f))
			return f;
	}
	return NULL;
}

static bool understands(const struct party *party, const struct media_format *f)
{
	struct le *le;

	if (!f)
		return false;
	LIST_FOREACH (sip_leg_formats(party->leg), le) {
		if (media_format_same(le->data, f))
			return true;
	}
	return false;
}

/** What one sends can be handed to the other as it is. */
static bool can_relay(const struct party *a, const struct party *b)
{
	return understands(a, sends(b)) && understands(b, sends(a));
}

/**
 * What a phone may change to without asking the other: that is heard through
 * the mixer, if the other one's sound can be decoded, else only what it knows
 * itself.
 */
static void allow(const struct party *party, const struct party *other)
{
	struct list formats = LIST_INIT;
	int err = media_formats_copy(&formats, sip_leg_formats(other->leg));

	if (!err && media_format_supported(sends(other)))
		err = media_formats_ours(&formats, NULL);
	if (!err)
		err = media_formats_events(&formats);
	if (!err)
		err = sip_leg_take(party->leg, &formats);
	if (err)
		log_warn("call %u: %s", party->call->id, strerror(err));
	list_flush(&formats);
}

static void mix(struct call *c, struct media_stream *a, struct media_stream *b)
{
	media_stream_bridge(a, NULL);
	media_stream_bridge(b, NULL);
	if (media_mixer_alloc(&c->mixer, c->pbx->media) ||
	    media_mixer_add(c->mixer, a) || media_mixer_add(c->mixer, b))
		log_warn("call %u: its sides cannot hear each other", c->id);
}

void call_connect(struct call *c)
{
	struct media_stream *a = party_stream(c->calling);
	struct media_stream *b = party_stream(c->called);

	if (call_is_conference(c)) {
		conference_connect(c);
		return;
	}
	if (c->called && c->called->machine) {
		machine_connect(c->called->machine, a);
		return;
	}
	c->mixer = mem_deref(c->mixer);
	if (!a || !b) /* its phone is with another call */
		return;
	if (can_relay(c->calling, c->called))
		media_stream_bridge(a, b);
	else
		mix(c, a, b);
	allow(c->calling, c->called);
	allow(c->called, c->calling);
}

/* ---- a phone changes its codec ----------------------------------------- */

static bool talks(const struct party *party)
{
	return party && party->leg &&
	       sip_leg_state(party->leg) == SIP_LEG_ESTABLISHED;
}

static bool both_talk(const struct call *c)
{
	/* in a conference each has its own */
	return c->answered && !call_is_conference(c) && talks(c->calling) &&
	       talks(c->called);
}

/** What both have agreed on may be something else now. */
static void go_on(struct call *c)
{
	if (c->mixer && !can_relay(c->calling, c->called)) {
		allow(c->calling, c->called);
		allow(c->called, c->calling);
	} else {
		call_connect(c);
	}
}

/** The other one may have what this one has now, and else keeps what it has:
 *  no phone has to refuse that. */
static void ask_to_follow(const struct party *party, struct party *other)
{
	struct list formats = LIST_INIT;
	int err = media_formats_copy(&formats, sip_leg_formats(party->leg));

	other->behind = false;
	if (media_format_same(sends(party), sends(other)))
		goto out;
	if (!err)
		err = media_formats_copy(&formats, sip_leg_formats(other->leg));
	if (!err)
		err = sip_leg_offer(other->leg, &formats);
	if (err == EALREADY)
		other->behind = true;
	else if (err)
		log_info("call %u: %s: %s", party->call->id, other->number,
			 strerror(err));
out:
	list_flush(&formats);
}

void call_offered(struct party *party)
{
	struct call *c = party->call;

	if (!both_talk(c))
		return;
	/* what it has just said is newer than what it has not heard yet */
	(void)sip_leg_offer(party->leg, NULL);
	party->behind = false;
	go_on(c);
	ask_to_follow(party, call_other(party));
}

void call_offer_done(struct party *party)
{
	struct call *c = party->call;

	if (!both_talk(c))
		return;
	go_on(c);
	if (party->behind)
		ask_to_follow(call_other(party), party);
}
