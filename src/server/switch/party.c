/**
 * @file party.c  A side of a call and its legs
 */
#include "switch_int.h"

/** No sound at all for so long ends a call that nobody holds: its phone has
 *  died or lost its network. */
enum { SILENCE_MS = 60 * 1000 };

static void branch_destructor(void *arg)
{
	struct branch *b = arg;

	list_unlink(&b->le);
	while (b->waiting.head)
		handset_forget(b->waiting.head->data);
	if (b->party->leg == b->leg)
		b->party->leg = NULL;
	mem_deref(b->leg);
}

static void party_destructor(void *arg)
{
	struct party *party = arg;

	handset_left(party);
	list_flush(&party->branches);
	list_unlink(&party->more_le);
	list_unlink(&party->device_le);
	device_tidy(party->device);
	mem_deref(party->number);
	free(party->name);
	free(party->met);
	free(party->met_name);
}

int party_alloc(struct party **pp, struct call *c, struct device *d,
		const char *number, const char *name)
{
	struct party *party;
	int err;

	party = mem_zalloc(sizeof(*party), party_destructor);
	if (!party)
		return ENOMEM;

	party->call = c;
	party->id = c->id;
	party->device = d;
	party->since_ms = party->begun_ms = time_wall_ms();
	if (d)
		list_append(&d->parties, &party->device_le, party);

	err = str_dup(&party->number, number);
	if (!err && !text_empty(name))
		err = text_set(&party->name, name);

	if (err)
		mem_deref(party);
	else
		*pp = party;
	return err;
}

static struct branch *branch_add(struct party *party)
{
	struct branch *b = mem_zalloc(sizeof(*b), branch_destructor);

	if (b) {
		b->party = party;
		list_append(&party->branches, &b->le, b);
	}
	return b;
}

static void leg_media(struct sip_leg_media *media, const struct list *formats)
{
	memset(media, 0, sizeof(*media));
	media->formats = formats;
	media->latch = true;
	media->timeout_ms = SILENCE_MS;
	media->event = leg_media_event;
	/* Each leg for itself: the relay speaks both. */
	media->security = MEDIA_SECURITY_OPTIONAL;
}

int party_accept(struct party *party, struct sip_incoming *in)
{
	struct branch *b = branch_add(party);
	struct sip_leg_media media;
	int err;

	if (!b)
		return ENOMEM;

	leg_media(&media, NULL);
	err = sip_leg_accept(&b->leg, in, &media, leg_event, b);
	if (err)
		mem_deref(b);
	else
		party->leg = b->leg;
	return err;
}

static int ring_phone(struct party *party, const struct phone *ph,
		      const struct party *from, const struct list *formats,
		      bool answer_itself)
{
	const struct call *c = party->call;
	/* outside it is where the call goes now: it may have been deflected */
	char *called = text_printf("<sip:%s@offhook>",
				   party->outside || transfer_is_target(party)
					   ? party->number
					   : c->dialled);
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, c->id_text},
		/* RFC 7315 §4.2: a trunk learns the number called from it */
		{"P-Called-Party-ID", called},
		{"Alert-Info", from && from->outside
				       ? "<urn:alert:source:external>"
				       : "<urn:alert:source:internal>"},
		{answer_itself ? "Call-Info" : NULL,
		 "<sip:offhook>;answer-after=0"},
		{NULL, NULL},
	};
	struct sip_leg_prm prm = {
		.to_uri = ph->uri,
		.from_user = from ? from->number : c->dialled,
		.from_name = from ? from->name : NULL,
		.peer = &ph->source,
		.transport = ph->transport,
		.headers = headers,
		.answer_s = LEG_S,
	};
	struct branch *b = called ? branch_add(party) : NULL;
	int err;

	if (!b) {
		free(called);
		return ENOMEM;
	}

	leg_media(&prm.media, formats);
	err = sip_leg_connect(&b->leg, c->pbx->sip, &prm, leg_event, b);
	if (err) {
		log_info("call %u: %s cannot be called at %s: %s", c->id,
			 party->number, ph->uri, strerror(err));
		mem_deref(b);
	}
	free(called);
	return err;
}

int party_ring(struct party *party, const struct device *d,
	       const struct party *from, const struct list *formats,
	       bool answer_itself)
{
	int err = ENOENT;
	struct le *le;

	LIST_FOREACH (&d->phones, le) {
		int e = ring_phone(party, le->data, from, formats,
				   answer_itself);

		if (err)
			err = e;
	}
	return err;
}

void party_decide(struct party *party, struct sip_leg *leg)
{
	struct le *le = list_head(&party->branches);

	party->leg = leg;
	while (le) {
		struct branch *b = le->data;

		le = le->next;
		if (b->leg != leg)
			mem_deref(b);
	}
}

void party_state(struct party *party, enum pbx_connection state)
{
	if (party->state == state)
		return;

	party->state = state;
	party->since_ms = time_wall_ms();
	if (party->call->answered && state == PBX_CONNECTED &&
	    !party->answered_ms)
		party->answered_ms = party->since_ms;
}

int party_formats(const struct party *party, struct list *formats)
{
	const struct list *remote = sip_leg_remote_formats(party->leg);
	const struct media_format *f;

	if (sip_leg_is_incoming(party->leg))
		return media_formats_copy(formats, remote);

	/* its phone is answered already and sends the first of them */
	f = list_ledata(list_head(remote));
	return f ? media_format_add(formats, f->name, f->pt, f->rate,
				    f->channels, f->fmtp)
		 : ENOENT;
}

struct media_stream *party_stream(const struct party *party)
{
	return party && party->leg ? sip_leg_stream(party->leg) : NULL;
}
