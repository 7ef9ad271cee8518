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
	mem_deref(b->user);
}

static void party_destructor(void *arg)
{
	struct party *party = arg;

	machine_over(party);
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

/** The callID, or one of its own: a device that is in a call already knows
 *  another one by it. */
static uint32_t party_id(const struct call *c, const struct device *d)
{
	struct le *le;

	for (le = d ? list_head(&d->parties) : NULL; le; le = le->next) {
		const struct party *other = le->data;

		if (other->id == c->id && other->state != PBX_NULL)
			return ++c->pbx->last_call;
	}
	return c->id;
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
	party->id = party_id(c, d);
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
		      const struct ring_prm *how)
{
	const struct party *from = how->from;
	const struct call *c = party->call;
	char *called = text_printf("<sip:%s@offhook>",
				   how->number ? how->number : c->dialled);
	char *id = text_printf("%u", party->id);
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, id},
		/* RFC 7315 §4.2: a trunk learns the number called from it */
		{"P-Called-Party-ID", called},
		{"Alert-Info", from && from->outside
				       ? "<urn:alert:source:external>"
				       : "<urn:alert:source:internal>"},
		{how->answer_itself ? "Call-Info" : NULL,
		 "<sip:offhook>;answer-after=0"},
		{NULL, NULL},
	};
	struct sip_leg_prm prm = {
		.to_uri = ph->uri,
		.from_user = from	   ? from->number
			     : how->number ? party->number
					   : c->dialled,
		.from_name = from ? from->name : NULL,
		.peer = &ph->source,
		.transport = ph->transport,
		.headers = headers,
		.answer_s = LEG_S,
	};
	struct branch *b = called && id ? branch_add(party) : NULL;
	int err;

	if (!b) {
		free(called);
		free(id);
		return ENOMEM;
	}

	b->user = mem_ref(ph->user);
	leg_media(&prm.media, how->formats);
	err = sip_leg_connect(&b->leg, c->pbx->sip, &prm, leg_event, b);
	if (err) {
		log_info("call %u: %s cannot be called at %s: %s", c->id,
			 party->number, ph->uri, strerror(err));
		mem_deref(b);
	}
	free(called);
	free(id);
	return err;
}

int party_ring(struct party *party, const struct device *d,
	       const struct ring_prm *prm)
{
	int err = ENOENT;
	struct le *le;

	LIST_FOREACH (&d->phones, le) {
		const struct phone *ph = le->data;
		int e;

		if (prm->user && strcmp(ph->user, prm->user))
			continue;
		e = ring_phone(party, ph, prm);
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

bool party_waits(const struct party *party)
{
	return sip_leg_is_incoming(party->leg) &&
	       sip_leg_state(party->leg) != SIP_LEG_ESTABLISHED;
}
