/**
 * @file leg_sdp.c  What the two sides agree on, and the stream that does it
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

/* Payload types that need no rtpmap (RFC 3551 §6), as far as they are met. */
static const struct {
	uint8_t pt;
	const char *name;
} fixed[] = {
	{0, "PCMU"}, {3, "GSM"}, {4, "G723"},  {8, "PCMA"},
	{9, "G722"}, {13, "CN"}, {15, "G728"}, {18, "G729"},
};

bool has_sdp(const struct sip_msg *msg)
{
	return msg && mbuf_get_left(msg->mb) &&
	       msg_ctype_cmp(&msg->ctyp, "application", "sdp");
}

/* A format of libre's as one of ours, with the other side's parameters. */
static int add_format(struct list *l, const struct sdp_format *f,
		      const char *params)
{
	const char *name = f->name;
	uint32_t rate = f->srate ? f->srate : 8000;
	uint8_t ch = f->ch ? f->ch : 1;

	if (f->pt < 0 || f->pt > 127 || !f->id)
		return 0;
	for (size_t i = 0; !name && i < sizeof(fixed) / sizeof(*fixed); i++) {
		if (fixed[i].pt == f->pt)
			name = fixed[i].name;
	}
	if (!name)
		return 0;
	/* What can't be one is left out, not fatal. */
	return media_format_add(l, name, (uint8_t)f->pt, rate, ch, params) ==
			       ENOMEM
		       ? ENOMEM
		       : 0;
}

int leg_read_formats(struct sip_leg *leg, struct list *l, bool local,
		     bool only_common)
{
	const struct list *src = sdp_media_format_lst(leg->audio, local);
	struct le *le;
	int err = 0;

	list_flush(l);
	for (le = list_head(src); le && !err; le = le->next) {
		const struct sdp_format *f = le->data;

		if (f->sup || !only_common)
			err = add_format(l, f, local ? f->rparams : f->params);
	}
	return err;
}

static bool same(const struct media_format *f, const struct sdp_format *s)
{
	struct media_format other = {
		.name = s->name,
		.rate = s->srate,
		.channels = s->ch,
	};

	for (size_t i = 0; !other.name && i < sizeof(fixed) / sizeof(*fixed);
	     i++) {
		if (fixed[i].pt == s->pt) {
			other.name = (char *)fixed[i].name;
			other.rate = 8000;
			other.channels = 1;
		}
	}
	return other.name && !strcasecmp(f->name, other.name) &&
	       f->rate == other.rate && f->channels == other.channels;
}

int leg_set_formats(struct sip_leg *leg, const struct list *formats)
{
	struct list *own =
		(struct list *)sdp_media_format_lst(leg->audio, true);
	struct le *le;
	int err = 0;

	list_flush(own);
	for (le = list_head(formats); le && !err; le = le->next) {
		const struct media_format *f = le->data;
		char id[8];

		snprintf(id, sizeof(id), "%u", f->pt);
		err = sdp_format_add(NULL, leg->audio, false, id, f->name,
				     f->rate, f->channels, NULL, NULL, NULL,
				     false, f->fmtp ? "%s" : NULL, f->fmtp);
	}
	return err;
}

int leg_sdp_init(struct sip_leg *leg)
{
	const struct sa *laddr = media_stream_laddr(leg->stream);
	int err = sdp_session_alloc(&leg->sdp, laddr);

	if (!err)
		err = sdp_media_add(&leg->audio, leg->sdp, sdp_media_audio,
				    sa_port(laddr), leg_secure_proto(leg));
	if (!err)
		err = leg_secure_init(leg);
	if (!err)
		err = sdp_media_set_lattr(leg->audio, true, sdp_attr_ptime,
					  "%u", MEDIA_FRAME_MS);
	return err ? err : leg_set_formats(leg, &leg->wanted);
}

static void set_direction(struct sip_leg *leg, bool hold)
{
	sdp_media_set_ldir(leg->audio, hold ? SDP_SENDONLY : SDP_SENDRECV);
}

int leg_make_offer(struct sip_leg *leg, bool wanted, struct mbuf **descp)
{
	int err;

	set_direction(leg, wanted ? leg->hold_wanted : leg->hold);
	leg->offered = true;
	err = leg_secure_offer(leg);
	if (!err)
		err = leg_ice_offer(leg);
	if (!err)
		err = sdp_encode(descp, leg->sdp, true);
	return err ? err : leg_origin(leg, descp);
}

/* libre reads from where the buffer stands; the message is not ours. */
int leg_decode(struct sip_leg *leg, struct mbuf *body, bool offer)
{
	struct mbuf mb = *body;

	return sdp_decode(leg->sdp, &mb, offer) ? EBADMSG : 0;
}

/* Digits and comfort noise alone are no call. */
bool leg_any_common(const struct sip_leg *leg)
{
	struct le *le;

	if (!sa_port(sdp_media_raddr(leg->audio)))
		return false;
	for (le = list_head(sdp_media_format_lst(leg->audio, false)); le;
	     le = le->next) {
		const struct sdp_format *f = le->data;

		if (f->sup &&
		    (!f->name || (strcasecmp(f->name, "telephone-event") &&
				  strcasecmp(f->name, "CN"))))
			return true;
	}
	return false;
}

int leg_take_offer(struct sip_leg *leg, struct mbuf *body)
{
	int err = leg_decode(leg, body, true);

	if (!err && leg->flowing)
		err = leg_formats_take(leg, body);
	if (err)
		return err;
	/* At first a server takes anything: its answer says what. */
	if (!sa_port(sdp_media_raddr(leg->audio)) ||
	    ((!leg->any || leg->flowing) && !leg_any_common(leg)))
		return ENOTSUP;
	err = leg_secure_take_offer(leg);
	if (err)
		return err;
	leg_ice_take(leg, true);
	leg->remote_offers = true;
	return leg_read_formats(leg, &leg->remote, false, false);
}

/* The answer lists the formats as we want them, not as they were offered. */
static void order_formats(struct sip_leg *leg, const struct list *formats)
{
	struct list *own =
		(struct list *)sdp_media_format_lst(leg->audio, true);
	struct le *le, *sle;

	for (le = list_head(formats); le; le = le->next) {
		for (sle = own->head; sle; sle = sle->next) {
			struct sdp_format *s = sle->data;

			if (!same(le->data, s))
				continue;
			list_unlink(&s->le);
			list_append(own, &s->le, s);
			break;
		}
	}
}

int leg_make_answer(struct sip_leg *leg, const struct list *formats,
		    struct mbuf **descp)
{
	int err = 0;

	if (formats) {
		err = leg_set_formats(leg, formats);
		/* Read again: which of these are in it? */
		if (!err && leg->offer)
			err = leg_decode(leg, leg->offer, true);
		if (err)
			return err;
		order_formats(leg, formats);
	}
	if (!leg_any_common(leg))
		return ENOTSUP;
	set_direction(leg, leg->hold);
	err = leg_secure_answer(leg);
	if (!err)
		err = leg_ice_answer(leg);
	if (!err)
		err = sdp_encode(descp, leg->sdp, false);
	return err ? err : leg_origin(leg, descp);
}

int leg_take_answer(struct sip_leg *leg, const struct sip_msg *msg)
{
	int err;

	if (!has_sdp(msg))
		return leg->offered && !leg->flowing ? EBADMSG : 0;
	err = leg_decode(leg, msg->mb, false);
	if (err)
		return err;
	leg->offered = false;
	if (!leg_any_common(leg))
		return ENOTSUP;
	err = leg_secure_take_answer(leg, msg->mb);
	if (err)
		return err;
	leg_ice_take(leg, false);
	leg->remote_offers = false;
	return leg_read_formats(leg, &leg->remote, false, true);
}

void leg_flow(struct sip_leg *leg, bool offerer)
{
	enum sdp_dir dir = sdp_media_dir(leg->audio);
	const struct sa *rtp = sdp_media_raddr(leg->audio);
	struct list formats = LIST_INIT;
	struct sa rtcp;

	/* With which payload types do we send? The offerer with those of the
	 * answer, the answerer with those of the offer, which libre has
	 * taken over into our own. */
	if (leg_read_formats(leg, &formats, !offerer, true))
		return;
	leg_ice_flow(leg);
	sdp_media_raddr_rtcp(leg->audio, &rtcp);
	if (leg->ice.mux)
		rtcp = *rtp;
	/* Who has been learnt from its packets stays, if the SDP does. */
	if (!leg->flowing || !sa_cmp(&leg->sdp_remote, rtp, SA_ALL)) {
		leg->sdp_remote = *rtp;
		media_stream_set_remote(leg->stream, rtp, &rtcp);
	}
	/* Before it flows; where the keys are of no use nothing does. */
	if (leg_secure_flow(leg))
		log_warn("the sound can't be encrypted");
	(void)media_stream_start(leg->stream, &formats, dir & SDP_SENDONLY,
				 dir & SDP_RECVONLY);
	leg_formats_agreed(leg, &formats);
	leg->flowing = true;
}
