/**
 * @file call.c  Calls out of legs
 */
#include "phone_int.h"

/** Where nothing is heard for so long, the way there is broken. */
enum { SILENCE_MS = 30 * 1000 };

/** So many contacts of 3xx answers are tried. */
enum { REDIRECTS_MAX = 5 };

static void destructor(void *arg)
{
	struct phone_call *c = arg;
	struct phone *p = c->phone;

	list_unlink(&c->le);
	c->state = PHONE_ENDED;
	/* before its stream goes, the devices leave it */
	if (p)
		route_update(p);
	tmr_cancel(&c->tmr_held);
	transfer_end(c);
	mem_deref(c->leg);
	mem_deref(c->line);
	free(c->number);
	free(c->name);
	free(c->key);
	free(c->reason);
	free(c->target);
}

void call_orphan(struct phone_call *c)
{
	transfer_end(c);
	c->leg = mem_deref(c->leg);
	c->phone = NULL;
	c->state = PHONE_ENDED;
}

void call_let_go(struct phone_call *c)
{
	struct phone_line *line = mem_ref(c->line);

	if (c->le.list) {
		list_unlink(&c->le);
		line_call_gone(line);
		mem_deref(c);
	}
	mem_deref(line);
}

void call_end(struct phone_call *c, unsigned code, const char *reason)
{
	mem_ref(c);
	sip_leg_hangup(c->leg);
	c->code = code;
	text_set(&c->reason, reason);
	call_set_state(c, PHONE_ENDED);
	call_let_go(c);
	mem_deref(c);
}

static int call_alloc(struct phone_call **cp, struct phone *p,
		      enum phone_call_state state)
{
	struct phone_call *c = mem_zalloc(sizeof(*c), destructor);

	if (!c)
		return ENOMEM;

	c->phone = p;
	c->state = state;
	c->outgoing = state == PHONE_DIALLING;
	list_append(&p->calls, &c->le, c);
	*cp = c;
	return 0;
}

struct phone_call *call_speaking(const struct phone *p)
{
	struct le *le;

	LIST_FOREACH (&p->calls, le) {
		struct phone_call *c = le->data;

		if (c->leg &&
		    (c->state == PHONE_TALKING || c->state == PHONE_EARLY ||
		     c->state == PHONE_HELD_BY_OTHER))
			return c;
	}
	return NULL;
}

/** Take what a header of a message says, if it is there. */
static void take_header(char **sp, const struct sip_message *m,
			const char *header)
{
	char *value = m ? sip_message_header(m, header) : NULL;

	if (value) {
		free(*sp);
		*sp = value;
	}
}

void call_set_state(struct phone_call *c, enum phone_call_state state)
{
	struct phone *p = mem_ref(c->phone);

	if (!p)
		return;

	c->state = state;
	route_update(p);
	if (p->h.changed)
		p->h.changed(c, c->arg, p->arg);
	mem_deref(p);
}

/** State of a call by that of its leg. */
enum phone_call_state call_state_of(const struct phone_call *c)
{
	switch (sip_leg_state(c->leg)) {
	case SIP_LEG_INCOMING:
		return PHONE_RINGING_IN;
	case SIP_LEG_CALLING:
		return PHONE_DIALLING;
	case SIP_LEG_RINGING:
		return c->outgoing ? PHONE_RINGING_OUT : PHONE_RINGING_IN;
	case SIP_LEG_EARLY:
		return c->outgoing ? PHONE_EARLY : PHONE_RINGING_IN;
	case SIP_LEG_ESTABLISHED:
		if (sip_leg_held(c->leg))
			return PHONE_HELD;
		return sip_leg_held_remote(c->leg) ? PHONE_HELD_BY_OTHER
						   : PHONE_TALKING;
	default:
		return PHONE_ENDED;
	}
}

static void on_digit(struct phone_call *c, char digit)
{
	struct phone *p = c->phone;

	if (p && p->h.digit)
		p->h.digit(c, digit, c->arg, p->arg);
}

/** The end of a hold that the user wanted. */
static void on_hold_done(struct phone_call *c, unsigned code)
{
	struct phone *p = c->phone;

	if (!c->hold_asked)
		return;
	c->hold_asked = false;
	if (p && p->h.held)
		p->h.held(c, code, c->arg, p->arg);
}

/** Likewise of other codecs. */
static void on_offer_done(struct phone_call *c, unsigned code)
{
	struct phone *p = c->phone;

	if (!c->codecs_asked)
		return;
	c->codecs_asked = false;
	if (p && p->h.codecs)
		p->h.codecs(c, code, c->arg, p->arg);
}

static void on_redirected(struct phone_call *c, const char *target)
{
	struct phone *p = c->phone;
	const char *user = strchr(target, ':');
	char *number = NULL;
	bool may = true;

	if (!p || !p->h.redirected)
		return;
	user = user ? user + 1 : target;
	if (strchr(user, '@'))
		number = text_printf("%.*s", (int)strcspn(user, "@;"), user);
	may = p->h.redirected(c, number ? number : target, c->arg, p->arg);
	free(number);
	if (!may && c->leg)
		call_end(c, 302, "");
}

void call_leg_event(struct sip_leg *leg, const struct sip_leg_event *ev,
		    void *arg)
{
	struct phone_call *c = mem_ref(arg);

	if (transfer_event(c, leg, ev)) {
		mem_deref(c);
		return;
	}
	take_header(&c->key, ev->message, SIP_HEADER_CALL_ID);
	switch (ev->type) {
	case SIP_LEG_EV_TALK:
		phone_answer(c);
		break;
	case SIP_LEG_EV_CLOSED:
		c->retry_after_s = ev->retry_after_s;
		call_end(c, ev->code, ev->reason);
		break;
	case SIP_LEG_EV_DIGIT:
		on_digit(c, ev->digit);
		break;
	case SIP_LEG_EV_REDIRECTED:
		on_redirected(c, ev->target);
		break;
	case SIP_LEG_EV_HOLD_DONE:
		on_hold_done(c, ev->code);
		if (c->leg && c->le.list)
			call_set_state(c, call_state_of(c));
		break;
	case SIP_LEG_EV_OFFER_DONE:
		on_offer_done(c, ev->code);
		if (c->leg && c->le.list)
			call_set_state(c, call_state_of(c));
		break;
	default:
		call_set_state(c, call_state_of(c));
		break;
	}
	mem_deref(c);
}

static void media_event(enum media_event ev, void *arg)
{
	struct phone_call *c = arg;
	char digit;

	if (ev == MEDIA_EVENT_DIGIT) {
		mem_ref(c);
		while (c->leg && (digit = media_stream_take_digit(
					  sip_leg_stream(c->leg))))
			on_digit(c, digit);
		mem_deref(c);
		return;
	}
	if (ev == MEDIA_EVENT_SECURED && c->leg && c->state != PHONE_ENDED) {
		call_set_state(c, call_state_of(c));
	} else if (ev == MEDIA_EVENT_INSECURE) {
		log_warn("the sound could not be encrypted");
		call_end(c, PHONE_CODE_INSECURE, "");
	} else if (ev == MEDIA_EVENT_TIMEOUT && c->state == PHONE_TALKING) {
		log_warn("nothing was heard for %d s", SILENCE_MS / 1000);
		call_end(c, PHONE_CODE_SILENCE, "");
	}
}

struct sip_leg_media call_media(const struct phone *p)
{
	return (struct sip_leg_media){
		.timeout_ms = SILENCE_MS,
		.event = media_event,
		.formats = &p->formats,
		.security = p->security,
		.ice = p->ice,
		.ice_servers = &p->ice_servers,
		.ice_pin = p->ice_pinned ? &p->ice_pin : NULL,
	};
}

void call_incoming(struct sip_incoming *in, struct phone_line *line)
{
	static const struct sip_header talk[] = {
		{"Allow-Events", "talk"},
		{NULL, NULL},
	};
	struct phone *p = line->phone;
	const struct sip_message *m = sip_incoming_message(in);
	struct sip_leg_media media = call_media(p);
	struct phone_call *c;
	char *alert;

	if (p->closing || !p->h.incoming) {
		sip_incoming_reject(in, 480, NULL);
		return;
	}
	if (transfer_incoming(p, in))
		return;
	if (call_alloc(&c, p, PHONE_RINGING_IN)) {
		sip_incoming_reject(in, 503, NULL);
		return;
	}
	c->line = mem_ref(line);

	c->number = sip_message_user(m, "From");
	c->name = sip_message_name(m, "From");
	take_header(&c->key, m, SIP_HEADER_CALL_ID);
	alert = sip_message_header(m, "Alert-Info");
	c->outside = alert && strstr(alert, "external");
	free(alert);

	if (sip_leg_accept(&c->leg, in, &media, call_leg_event, c) ||
	    sip_leg_ring(c->leg, talk)) {
		mem_deref(c);
		return;
	}
	p->h.incoming(c, p->arg);
}

/** What is dialled of a number as people write it; a URI stays whole. */
int call_target(char **targetp, const char *number)
{
	size_t i = 0, n = 0;
	char *target;

	if (text_empty(number) || strlen(number) > 256)
		return EINVAL;

	target = text_dup(number);
	if (!target)
		return ENOMEM;

	if (strncmp(number, "sip:", 4) && strncmp(number, "sips:", 5)) {
		for (; number[i] && strchr("0123456789+*# ()-./:;", number[i]);
		     i++) {
			if (strchr("0123456789+*#", number[i]))
				target[n++] = number[i];
		}
		target[n] = '\0';
		if (number[i] || !n) {
			free(target);
			return EINVAL;
		}
	}
	*targetp = target;
	return 0;
}

int phone_line_dial(struct phone_line *line, struct phone_call **cp,
		    const char *number, void *call_arg)
{
	struct phone *p = line ? line->phone : NULL;
	struct sip_leg_prm prm = {.answer_s = 0};
	struct phone_call *c = NULL;
	char *target = NULL;
	int err;

	if (!cp)
		return EINVAL;
	if (!p || p->closing)
		return ENOTCONN;

	err = call_target(&target, number);
	if (!err)
		err = call_alloc(&c, p, PHONE_DIALLING);
	if (!err) {
		c->arg = call_arg;
		c->line = mem_ref(line);
		err = text_set(&c->number, number);
	}
	if (!err) {
		prm.to_uri = target;
		prm.account = line->account;
		prm.redirects = REDIRECTS_MAX;
		prm.media = call_media(p);
		err = sip_leg_connect(&c->leg, line->sip, &prm, call_leg_event,
				      c);
	}
	free(target);
	if (err)
		mem_deref(c);
	else
		*cp = c;
	return err;
}

int phone_dial(struct phone *p, struct phone_call **cp, const char *number,
	       void *call_arg)
{
	return p ? phone_line_dial(p->line, cp, number, call_arg) : EINVAL;
}

const struct phone_line *phone_call_line(const struct phone_call *c)
{
	return c && c->line && c->line->phone ? c->line : NULL;
}

void phone_call_set_arg(struct phone_call *c, void *call_arg)
{
	if (c)
		c->arg = call_arg;
}

void *phone_call_arg(const struct phone_call *c)
{
	return c ? c->arg : NULL;
}

static const char *text(const char *s)
{
	return s ? s : "";
}

void phone_call_info(const struct phone_call *c, struct phone_call_info *i)
{
	struct media_stream *stream = phone_call_stream(c);
	struct media_stats stats;

	i->state = c->state;
	i->outgoing = c->outgoing;
	i->outside = c->outside;
	i->muted = c->muted;
	i->number = text(c->number);
	i->name = text(c->name);
	i->key = text(c->key);
	i->codec = text(stream ? media_stream_codec(stream) : NULL);
	i->keys = MEDIA_KEYS_NONE;
	if (stream) {
		media_stream_stats(stream, &stats);
		if (stats.secured)
			i->keys = stats.keys;
	}
	i->conference = c->joined;
	i->code = c->code;
	i->reason = text(c->reason);
	i->retry_after_s = c->retry_after_s;
	i->transfer = c->transfer;
	i->transfer_code = c->transfer_code;
}

int phone_answer(struct phone_call *c)
{
	if (!c || c->state != PHONE_RINGING_IN)
		return EPROTO;

	return sip_leg_answer(c->leg, NULL, NULL);
}

int phone_reject(struct phone_call *c, unsigned code)
{
	int err;

	if (!c || c->state != PHONE_RINGING_IN)
		return EPROTO;

	/* where the leg is past refusing (answered in this moment), its end
	   says BYE */
	err = sip_leg_reject(c->leg, (uint16_t)code, NULL);
	call_let_go(c);
	return err == EPROTO ? 0 : err;
}

void phone_hang_up(struct phone_call *c)
{
	if (!c)
		return;

	sip_leg_hangup(c->leg);
	call_let_go(c);
}

static void is_held(void *arg)
{
	on_hold_done(arg, 200);
}

int phone_hold(struct phone_call *c, bool on)
{
	int err;

	if (!c || !c->leg || sip_leg_state(c->leg) != SIP_LEG_ESTABLISHED)
		return EPROTO;
	if (c->transfer == PHONE_TRANSFER_ASKED ||
	    c->transfer == PHONE_TRANSFER_RUNNING)
		return EALREADY;
	if (!c->hold_asked && sip_leg_held(c->leg) == on) {
		c->hold_asked = true;
		tmr_start(&c->tmr_held, 0, is_held, c);
		return 0;
	}
	if (on)
		conference_leave(c);
	err = sip_leg_hold(c->leg, on);
	if (!err)
		c->hold_asked = true;
	return err;
}

int phone_call_codecs(struct phone_call *c, const char *names)
{
	struct list formats = LIST_INIT;
	int err;

	if (!c || !c->phone || !c->leg ||
	    sip_leg_state(c->leg) != SIP_LEG_ESTABLISHED)
		return EPROTO;
	if (c->codecs_asked || c->transfer == PHONE_TRANSFER_ASKED ||
	    c->transfer == PHONE_TRANSFER_RUNNING)
		return EALREADY;
	if (text_empty(names) && !list_isempty(&c->phone->formats))
		err = media_formats_copy(&formats, &c->phone->formats);
	else
		err = formats_named(&formats, names);
	if (!err)
		err = sip_leg_offer(c->leg, &formats);
	list_flush(&formats);
	if (!err)
		c->codecs_asked = true;
	return err;
}

int phone_digit(struct phone_call *c, char digit, unsigned ms)
{
	return c && c->leg ? sip_leg_digit(c->leg, digit, ms) : EPROTO;
}

void phone_mute(struct phone_call *c, bool on)
{
	if (c && c->phone) {
		c->muted = on;
		route_update(c->phone);
	}
}

struct media_stream *phone_call_stream(const struct phone_call *c)
{
	return c && c->leg ? sip_leg_stream(c->leg) : NULL;
}
