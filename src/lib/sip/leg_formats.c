/**
 * @file leg_formats.c  Other formats in an established leg (RFC 3264 §8.3.2)
 *
 * Our SDP has what we want to offer. What the other side offers is compared
 * with what it said before: phones say all that they can when they hold a
 * call, and that is no wish for another codec.
 */
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { PT_DYNAMIC = 96, PT_MAX = 127 };

static struct media_format *find(const struct list *l,
				 const struct media_format *f)
{
	struct le *le;

	for (le = list_head(l); le; le = le->next) {
		if (media_format_same(le->data, f))
			return le->data;
	}
	return NULL;
}

static bool has_pt(const struct list *l, unsigned pt)
{
	struct le *le;

	for (le = list_head(l); le; le = le->next) {
		const struct media_format *f = le->data;

		if (f->pt == pt)
			return true;
	}
	return false;
}

static int add(struct list *l, const struct media_format *f, uint8_t pt)
{
	return media_format_add(l, f->name, pt, f->rate, f->channels, f->fmtp);
}

static const struct media_format *next_voice(struct le *le)
{
	for (; le; le = le->next) {
		if (media_format_is_voice(le->data))
			return le->data;
	}
	return NULL;
}

/* --- payload types ------------------------------------------------------ */

/*
 * A format keeps the type that it has had in this session, and no type that
 * one has had is given to another (RFC 3264 §8.3.2).
 *
 * @return 0, EOVERFLOW (no type is free) or ENOMEM
 */
static int append(struct sip_leg *leg, struct list *l,
		  const struct media_format *f)
{
	const struct list *numbers = &leg->formats.numbers;
	const struct media_format *had = find(numbers, f);
	unsigned pt = had ? had->pt : f->pt;

	if (find(l, f))
		return 0;
	if (has_pt(l, pt) || (!had && has_pt(numbers, pt))) {
		for (pt = PT_DYNAMIC; pt <= PT_MAX; pt++) {
			if (!has_pt(l, pt) && !has_pt(numbers, pt))
				break;
		}
	}
	return pt > PT_MAX ? EOVERFLOW : add(l, f, (uint8_t)pt);
}

static int append_all(struct sip_leg *leg, struct list *l,
		      const struct list *more)
{
	struct le *le;
	int err = 0;

	for (le = list_head(more); le && !err; le = le->next)
		err = append(leg, l, le->data);
	return err;
}

static void remember(struct sip_leg *leg, const struct media_format *f)
{
	struct list *numbers = &leg->formats.numbers;
	struct le *le = numbers->head;

	while (le) {
		struct media_format *had = le->data;

		le = le->next;
		if (had->pt == f->pt || media_format_same(had, f))
			mem_deref(had);
	}
	(void)add(numbers, f, f->pt);
}

/* What our SDP has, with our own parameters. */
static int local_formats(struct sip_leg *leg, struct list *l)
{
	const struct list *own = sdp_media_format_lst(leg->audio, true);
	struct le *le;
	int err = 0;

	for (le = list_head(own); le && !err; le = le->next) {
		const struct sdp_format *f = le->data;

		if (f->name && f->pt >= 0 && f->pt <= PT_MAX)
			err = media_format_add(l, f->name, (uint8_t)f->pt,
					       f->srate, f->ch, f->params);
	}
	return err;
}

/* --- our offers --------------------------------------------------------- */

void leg_formats_reset(struct sip_leg *leg)
{
	list_flush(&leg->formats.numbers);
	list_flush(&leg->formats.wanted);
	list_flush(&leg->formats.before);
}

int leg_formats_keep(struct sip_leg *leg)
{
	int err;

	/* An offer of ours that has not been accepted says nothing. */
	leg_formats_undo(leg);
	err = local_formats(leg, &leg->formats.before);
	if (err)
		list_flush(&leg->formats.before);
	return err;
}

void leg_formats_undo(struct sip_leg *leg)
{
	struct list *before = &leg->formats.before;

	if (!list_isempty(before) && leg_set_formats(leg, before))
		log_warn("the formats of a call could not be taken back");
	list_flush(before);
}

/* What is offered may come before the answer has (RFC 3264 §8.3.2). */
static void expect(struct sip_leg *leg, const struct list *offered)
{
	struct list all = LIST_INIT;
	struct le *le;
	int err = media_formats_copy(&all, &leg->formats.numbers);

	for (le = list_head(offered); le && !err; le = le->next) {
		const struct media_format *f = le->data;

		if (!has_pt(&all, f->pt))
			err = add(&all, f, f->pt);
	}
	if (!err)
		media_stream_set_local_formats(leg->stream, &all);
	list_flush(&all);
}

int leg_formats_offer(struct sip_leg *leg, bool ours)
{
	struct list had = LIST_INIT, now = LIST_INIT;
	bool wanted = ours && leg->formats.asked;
	int err;

	if (!leg->flowing)
		return 0;
	if (ours)
		leg->formats.sent = wanted;
	if (!wanted)
		leg_formats_undo(leg);
	err = local_formats(leg, &had);
	if (!err)
		err = append_all(leg, &now,
				 wanted ? &leg->formats.wanted : &had);
	if (!err && wanted && list_isempty(&leg->formats.before))
		err = media_formats_copy(&leg->formats.before, &had);
	if (!err)
		err = leg_set_formats(leg, &now);
	if (!err && wanted)
		expect(leg, &now);
	list_flush(&had);
	list_flush(&now);
	return err;
}

void leg_formats_over(struct sip_leg *leg, uint16_t code)
{
	if (!leg->formats.asked || !leg->formats.sent)
		return;
	if (code < 300)
		list_flush(&leg->formats.before);
	else
		leg_formats_undo(leg);
	leg->formats.asked = leg->formats.sent = false;
	leg->formats.code = code;
	list_flush(&leg->formats.wanted);
	leg_tell_later(leg, SIP_LEG_EV_OFFER_DONE);
}

static int replace(struct list *dst, const struct list *src)
{
	struct list copy = LIST_INIT;
	int err = media_formats_copy(&copy, src);

	if (err) {
		list_flush(&copy);
		return err;
	}
	list_flush(dst);
	while (copy.head) {
		struct le *le = copy.head;

		list_unlink(le);
		list_append(dst, le, le->data);
	}
	return 0;
}

int sip_leg_offer(struct sip_leg *leg, const struct list *formats)
{
	struct leg_formats *f = leg ? &leg->formats : NULL;
	int err;

	if (!leg || leg->state != SIP_LEG_ESTABLISHED || !leg->session)
		return EPROTO;
	if (f->asked && f->sent && leg->session->modifying)
		return EALREADY;
	if (!formats) {
		f->asked = f->sent = false;
		leg_formats_undo(leg);
		list_flush(&f->wanted);
		return 0;
	}
	if (!next_voice(list_head(formats)))
		return EINVAL;
	err = replace(&f->wanted, formats);
	if (err)
		return err;
	f->asked = true;
	f->sent = false;
	return sip_session_modify(leg->session);
}

int sip_leg_take(struct sip_leg *leg, const struct list *formats)
{
	return leg ? replace(&leg->wanted, formats) : EINVAL;
}

/* --- their offers ------------------------------------------------------- */

/* Do both name the same, in the same order? With part, b may have more. */
static bool says_same(const struct list *a, const struct list *b, bool part)
{
	const struct media_format *x = next_voice(list_head(a));
	const struct media_format *y = next_voice(list_head(b));

	while (x && y) {
		if (media_format_same(x, y))
			x = next_voice(x->le.next);
		else if (!part || find(a, y))
			return false;
		y = next_voice(y->le.next);
	}
	return !x && (part || !y);
}

static bool says_hold(const struct sip_leg *leg)
{
	return !(sdp_media_rdir(leg->audio) & SDP_SENDONLY) ||
	       sa_is_any(sdp_media_raddr(leg->audio));
}

/*
 * Does the other side want another codec? It does not where it says what it
 * has said before. Where it has only answered us before, it may say more than
 * that now: all that it can, in its own order where it holds or resumes.
 */
static bool wants_other(const struct sip_leg *leg, const struct list *said)
{
	const struct media_format *first = next_voice(list_head(said));
	const struct media_format *now = next_voice(list_head(&leg->agreed));

	if (leg->remote_offers)
		return !says_same(&leg->remote, said, false);
	if (!says_same(&leg->remote, said, true))
		return true;
	return says_hold(leg) == leg->hold_remote && first && now &&
	       !media_format_same(first, now);
}

/* Those agreed on come first, in their order. */
static void as_agreed(struct sip_leg *leg)
{
	struct list *own =
		(struct list *)sdp_media_format_lst(leg->audio, true);
	struct le *le, *sle;

	for (le = list_tail(&leg->agreed); le; le = le->prev) {
		const struct media_format *f = le->data;

		for (sle = own->head; sle; sle = sle->next) {
			struct sdp_format *s = sle->data;

			if (!s->sup || !s->name || s->srate != f->rate ||
			    s->ch != f->channels ||
			    strcasecmp(s->name, f->name))
				continue;
			list_unlink(&s->le);
			list_prepend(own, &s->le, s);
			break;
		}
	}
}

/* All that we can take, and of that what is offered. */
static int widen(struct sip_leg *leg, struct mbuf *body)
{
	struct list *own =
		(struct list *)sdp_media_format_lst(leg->audio, true);
	struct list had = LIST_INIT, all = LIST_INIT;
	int err = local_formats(leg, &had);
	struct le *le;

	if (!err)
		err = append_all(leg, &all, &had);
	if (!err)
		err = append_all(leg, &all, &leg->wanted);
	if (!err)
		err = leg_set_formats(leg, &all);
	if (!err)
		err = leg_decode(leg, body, true);
	le = err ? NULL : own->head;
	while (le) {
		struct sdp_format *f = le->data;

		le = le->next;
		if (!f->sup)
			mem_deref(f);
	}
	list_flush(&had);
	list_flush(&all);
	return err;
}

int leg_formats_take(struct sip_leg *leg, struct mbuf *body)
{
	struct list said = LIST_INIT;
	bool other;
	int err = leg_read_formats(leg, &said, false, false);

	other = !err && wants_other(leg, &said);
	list_flush(&said);
	if (err)
		return err;
	if (other || !leg_any_common(leg))
		return widen(leg, body);
	as_agreed(leg);
	return 0;
}

/* --- what stands then --------------------------------------------------- */

void leg_formats_agreed(struct sip_leg *leg, struct list *sent)
{
	struct list local = LIST_INIT;
	struct le *le;

	list_flush(&leg->formats.before);
	list_flush(&leg->agreed);
	(void)media_formats_copy(&leg->agreed, sent);
	list_flush(sent);
	if (leg_read_formats(leg, &local, true, true))
		goto out;
	for (le = local.head; le; le = le->next)
		remember(leg, le->data);
	/* What is on its way still has the types of before. */
	for (le = leg->formats.numbers.head; le; le = le->next) {
		const struct media_format *f = le->data;

		if (!has_pt(&local, f->pt) && add(&local, f, f->pt))
			break;
	}
	media_stream_set_local_formats(leg->stream, &local);
out:
	list_flush(&local);
}
