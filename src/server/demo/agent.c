/**
 * @file agent.c  The colleagues' phones: SIP agents that behave
 */
#include "demo_int.h"

/** A phone. */
struct agent {
	struct le le;
	struct demo *demo;
	const struct colleague *who;
	struct sip_account *account;
	struct list calls; /**< struct agent_call */
};

/** A call at it. */
struct agent_call {
	struct le le;
	struct agent *agent;
	struct sip_leg *leg;
	struct tmr tmr;
	unsigned talk_s; /**< 0: until the other side ends it */
	bool counted;	 /**< the time of talk runs */
	bool wanted;	 /**< its user has dialled it elsewhere */
	bool alone;	 /**< no person was in it when that was looked at */
};

/** How often it is looked whether anybody listens. */
enum { LOOK_S = 25 };

static void call_destructor(void *arg)
{
	struct agent_call *c = arg;

	list_unlink(&c->le);
	tmr_cancel(&c->tmr);
	mem_deref(c->leg);
}

static void agent_destructor(void *arg)
{
	struct agent *a = arg;

	list_unlink(&a->le);
	list_flush(&a->calls);
	mem_deref(a->account);
}

static struct agent_call *call_add(struct agent *a)
{
	struct agent_call *c = mem_zalloc(sizeof(*c), call_destructor);

	if (c) {
		tmr_init(&c->tmr);
		c->agent = a;
		list_append(&a->calls, &c->le, c);
	}
	return c;
}

/** What one hears of it. */
static void sound(const struct agent_call *c)
{
	static const struct media_audio silent = {.rate = 8000};
	struct media_stream *stream = sip_leg_stream(c->leg);

	switch (c->agent->who->behaviour) {
	case DEMO_MUSIC:
	case DEMO_TRUNK:
		media_stream_play_clip(stream, MEDIA_REMOTE,
				       c->agent->demo->tune, 0);
		break;
	case DEMO_ECHO:
		media_stream_echo(stream);
		break;
	default:
		/* nobody speaks into it, but it sends what it hears: silence;
		   a phone that sends nothing has lost its network */
		media_stream_set_audio(stream, &silent);
		break;
	}
}

static void time_over(void *arg)
{
	mem_deref(arg);
}

/** Does its user operate it, from wherever he is? */
static bool is_operated(const struct agent *a)
{
	struct le *le;

	LIST_FOREACH (&a->calls, le) {
		const struct agent_call *c = le->data;

		if (c->wanted)
			return true;
	}
	return a->who->behaviour == DEMO_DESK;
}

/** Is it an agent who speaks there, and for nobody? */
static bool is_agent(struct demo *d, const char *number)
{
	struct agent *a = agent_find(d, number);

	return a && !agent_is_idle(a) && !agent_is_replaced(a) &&
	       !is_operated(a);
}

struct round {
	struct demo *demo;
	unsigned agents, people;
};

static void connection(const struct pbx_connection_info *info, void *arg)
{
	struct round *of = arg;
	const char *peer = info->outside ? TRUNK : info->peer;

	if (info->state == PBX_CONNECTED && is_agent(of->demo, peer))
		of->agents++;
	else
		of->people++;
}

/** It may have been connected with another agent, and neither would ever hang
 *  up. Twice, so that nobody is cut off who is just being transferred. */
static void look(void *arg)
{
	struct agent_call *c = arg;
	struct agent *a = c->agent;
	struct round of = {.demo = a->demo};
	bool alone;

	pbx_connections(a->demo->prm.pbx, a->who->extension, connection, &of);
	alone = of.agents && !of.people && !is_operated(a);
	if (alone && c->alone) {
		mem_deref(c);
		return;
	}
	c->alone = alone;
	tmr_start(&c->tmr, LOOK_S * 1000ull, look, c);
}

static void established(struct agent_call *c)
{
	sound(c);
	if (c->counted)
		return;
	c->counted = true;
	if (c->talk_s)
		tmr_start(&c->tmr, c->talk_s * 1000ull, time_over, c);
	else
		tmr_start(&c->tmr, LOOK_S * 1000ull, look, c);
}

static void answer(void *arg)
{
	struct agent_call *c = arg;

	if (sip_leg_answer(c->leg, NULL, NULL))
		mem_deref(c);
}

static void leg_event(struct sip_leg *leg, const struct sip_leg_event *ev,
		      void *arg)
{
	struct agent_call *c = arg;
	(void)leg;

	switch (ev->type) {
	case SIP_LEG_EV_ESTABLISHED:
		established(c);
		break;
	case SIP_LEG_EV_TALK:
		answer(c);
		break;
	case SIP_LEG_EV_CLOSED:
		mem_deref(c);
		break;
	default:
		break;
	}
}

/** The server rings it for its user, who has dialled elsewhere. */
static bool answers_itself(const struct sip_message *m)
{
	char *info = sip_message_header(m, "Call-Info");
	bool yes = info && strstr(info, "answer-after=0");

	free(info);
	return yes;
}

static void incoming(struct sip_incoming *in, void *arg)
{
	static const struct sip_header talk[] = {
		{"Allow-Events", "talk"},
		{NULL, NULL},
	};
	struct agent *a = arg;
	bool at_once = answers_itself(sip_incoming_message(in));
	struct agent_call *c;

	/* a desk phone is the person's own */
	if (a->who->behaviour != DEMO_DESK && agent_is_replaced(a)) {
		sip_incoming_reject(in, 480, NULL);
		return;
	}
	if (a->who->behaviour == DEMO_BUSY && !at_once) {
		sip_incoming_reject(in, 486, NULL);
		return;
	}

	c = call_add(a);
	if (!c || sip_leg_accept(&c->leg, in, NULL, leg_event, c)) {
		mem_deref(c);
		return;
	}
	c->wanted = at_once;
	if (at_once) {
		answer(c);
		return;
	}
	if (sip_leg_ring(c->leg, talk)) {
		mem_deref(c);
		return;
	}
	if (a->who->ring_ms)
		tmr_start(&c->tmr, a->who->ring_ms, answer, c);
}

int agent_call(struct agent *a, const char *number, const char *caller,
	       unsigned ring_s, unsigned talk_s)
{
	struct sip_leg_prm prm = {
		.to_uri = number,
		.account = a->account,
		.from_user = caller,
		.answer_s = ring_s,
	};
	struct agent_call *c = call_add(a);
	int err;

	if (!c)
		return ENOMEM;

	c->talk_s = talk_s;
	err = sip_leg_connect(&c->leg, a->demo->sip, &prm, leg_event, c);
	if (err)
		mem_deref(c);
	return err;
}

bool agent_is_idle(const struct agent *a)
{
	return a && list_isempty(&a->calls);
}

bool agent_is_replaced(const struct agent *a)
{
	return a && pbx_phone_count(a->demo->prm.pbx, a->who->extension) > 1;
}

struct agent *agent_find(const struct demo *d, const char *extension)
{
	struct le *le;

	LIST_FOREACH (&d->agents, le) {
		struct agent *a = le->data;

		if (!strcmp(a->who->extension, extension))
			return a;
	}
	return NULL;
}

static int start(struct demo *d, const struct colleague *who)
{
	static const struct sip_account_handlers handlers = {
		.incoming = incoming,
	};
	char password[DB_SIP_PASSWORD_SIZE];
	char *server = NULL;
	struct sip_account_prm prm = {
		.user = who->extension,
		.domain = "offhook",
		.password = password,
		.expires = 600,
	};
	struct agent *a = mem_zalloc(sizeof(*a), agent_destructor);
	int err;

	if (!a)
		return ENOMEM;

	a->demo = d;
	a->who = who;
	list_append(&d->agents, &a->le, a);

	db_sip_password(d->db, who->extension, password);
	err = re_sdprintf(&server, "%J", pbx_address(d->prm.pbx));
	prm.server = server;
	if (!err)
		err = sip_account_alloc(&a->account, d->sip, &prm, &handlers,
					a);
	memset(password, 0, sizeof(password));
	mem_deref(server);
	if (err)
		mem_deref(a);
	return err;
}

int agents_start(struct demo *d)
{
	static const struct colleague trunk = {
		TRUNK, "", "Outside line", "",	 DEMO_TRUNK, PROTO_OFFICE,
		0,     "", false,	   2000,
	};
	int err = start(d, &trunk);
	size_t i;

	for (i = 0; i < company_size && !err; i++) {
		const struct colleague *c = &company[i];

		if (c->behaviour == DEMO_ABSENT ||
		    (c->behaviour == DEMO_DESK && !d->prm.desk_phones))
			continue;
		err = start(d, c);
	}
	return err;
}
