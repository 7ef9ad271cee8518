/**
 * @file switch_office.h  A switch with phones on desks around it
 *
 * The phones are SIP agents of the same process, on loopback. What they hear
 * and what the switch tells as CSTA events are both looked at.
 */
#ifndef OFFHOOK_TEST_SWITCH_OFFICE_H
#define OFFHOOK_TEST_SWITCH_OFFICE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <offhook/server/switch.h>
#include "until.h"

enum { PHONES = 4, RATE = 16000, HEARD = RATE / 4, EVENTS = 64 };

struct office;

/* A phone on somebody's desk: plays its own tone, keeps what it hears. */
struct desk {
	struct office *office;
	char user[16];
	char hz_name[8];
	double hz, phase;
	struct sip_stack *stack;
	struct sip_account *account;
	struct sip_leg *leg;
	struct media_audio audio;
	pthread_mutex_t lock;
	int16_t heard[HEARD];
	size_t pos;
	bool full;
	const char *codecs; /**< NULL: all */
	bool answers_at_once, rejects, says_nothing;
	unsigned incoming, established, closed, held, resumed, talk;
	unsigned offered;  /**< other formats of its own, and answered */
	uint16_t transfer; /**< last word about one that it has asked for */
	uint16_t code;
	char call_id[32];
	char *caller, *caller_name, *alert, *called;
};

struct told {
	enum pbx_event_type type;
	enum pbx_cause cause;
	char device[16], peer[32], peer_name[32];
	bool group, service;
	uint32_t call;
	bool outside;
	enum pbx_connection state;
};

struct office {
	struct media *media;
	struct pbx *pbx;
	struct desk desk[PHONES];
	struct told told[EVENTS];
	size_t told_n;
	enum pbx_cause refuse; /* what the route hook says for 204 */
	unsigned wrong, features;
	bool over;
	void (*tap)(const struct pbx_event *ev, void *arg); /* sees them all */
	void *tap_arg;
	const char *gone; /* that account is no more */
	bool apart;	  /* 221 and 222 are phones of their own */
	char left[16];	  /* who has sent a call to 295 */
	void (*machine)(struct pbx_machine *m, enum pbx_machine_event ev,
			struct office *o);
};

/* ---- hooks ------------------------------------------------------------- */

static inline int hook_ha1(const char *user, const char *realm, uint8_t out[16],
			   void *arg)
{
	const struct office *o = arg;
	char text[128];

	if (strlen(user) != 3 && strcmp(user, "trunk"))
		return ENOENT;
	if (o->gone && !strcmp(o->gone, user))
		return ENOENT;
	re_snprintf(text, sizeof(text), "%s:%s:secret-%s", user, realm, user);
	md5((uint8_t *)text, strlen(text), out);
	return 0;
}

/** Numbers beside the phones: 0… leads outside; 300 is a group of 201 and 202,
 *  310 one of the same in turn, 301 somebody who is at 202's phone; 290 is
 *  forwarded to 202, 291 if nobody answers there, 292 outside; 28x parks in
 * slot x, 27x takes it from there, 26x picks up what rings at 20x, 250 is a
 * code; 295 is a machine, 297 the phone of 201, and that machine where nobody
 * can or does answer there for a second. */
static inline int hook_route(const struct pbx_ask *ask, struct pbx_route *route,
			     void *arg)
{
	const char *number = ask->number;
	struct office *o = arg;
	char device[] = "20x";

	if (number[0] == '0') {
		route->outside = true;
		return text_set(&route->device, "trunk");
	}
	if (!strcmp(number, "300") || !strcmp(number, "310"))
		route->group = true;
	if (route->group)
		text_set(&route->name, "Exchange");
	if (!strcmp(number, "310")) {
		bool second = ask->reason != PBX_CAUSE_NORMAL;

		if (second && strcmp(ask->place, "first") != 0)
			return ENOENT;
		text_set(&route->place, second ? "second" : "first");
		return pbx_route_add(route, second ? "202" : "201", NULL, NULL);
	}
	if (!strcmp(number, "300"))
		return pbx_route_add(route, "201", NULL, NULL) ||
		       pbx_route_add(route, "202", NULL, NULL);
	if (!strcmp(number, "301"))
		return pbx_route_add(route, "301", "202", NULL);
	if (!strcmp(number, "290")) {
		text_set(&route->left, "290");
		return text_set(&route->device, "202");
	}
	if (!strcmp(number, "292")) {
		route->outside = true;
		text_set(&route->left, "292");
		text_set(&route->device, "trunk");
		return pbx_route_add(route, "0123", NULL, "0123");
	}
	if (!strcmp(number, "291")) {
		bool second = ask->reason != PBX_CAUSE_NORMAL;

		if (second && ask->reason != PBX_CAUSE_NO_ANSWER)
			return ENOENT;
		route->ring_s = 1;
		if (!second)
			return text_set(&route->place, "291");
		text_set(&route->left, "291");
		return text_set(&route->device, "202");
	}
	if (!strcmp(number, "295") ||
	    (!strcmp(number, "297") && ask->reason != PBX_CAUSE_NORMAL)) {
		snprintf(o->left, sizeof(o->left), "%s",
			 ask->left ? ask->left : "");
		if (number[2] == '7')
			text_set(&route->left, "201");
		text_set(&route->name, "Answering");
		text_set(&route->device, "71");
		return text_set(&route->machine, "box");
	}
	if (!strcmp(number, "297")) {
		route->ring_s = 1;
		text_set(&route->place, "297");
		return text_set(&route->device, "201");
	}
	if (strlen(number) != 3 || number[0] != '2')
		return ENOENT;
	route->slot = (unsigned)(number[2] - '0');
	if (number[1] == '8')
		route->service = PBX_SERVICE_PARK;
	if (number[1] == '7')
		route->service = PBX_SERVICE_UNPARK;
	if (number[1] == '5')
		route->service = PBX_SERVICE_FEATURE;
	if (number[1] == '6') {
		route->service = PBX_SERVICE_PICKUP;
		device[2] = number[2];
		return pbx_route_add(route, device, NULL, NULL);
	}
	if (!strcmp(number, "204"))
		route->refuse = o->refuse;
	if (!strcmp(ask->caller.number, "200"))
		text_set(&route->caller_name, "Emma Nutt");
	return 0;
}

static inline enum pbx_cause hook_feature(const struct pbx_caller *caller,
					  const char *number, void *arg)
{
	struct office *o = arg;
	(void)caller;

	o->features++;
	return !strcmp(number, "250") ? PBX_CAUSE_NORMAL
				      : PBX_CAUSE_NOT_OBTAINABLE;
}

/** 209 is at 202's phone, and so is who has the mobile phone 0171. */
static inline int hook_home(const char *device, const char *phone,
			    struct pbx_route *route, void *arg)
{
	(void)arg;
	return strcmp(phone ? phone : device, phone ? "0171" : "209") != 0
		       ? ENOENT
		       : pbx_route_add(route, NULL, "202", NULL);
}

/** 221 and 222 are phones of 220. */
static inline const char *hook_line(const char *user, void *arg)
{
	const struct office *o = arg;

	if (o->apart)
		return NULL;
	return !strcmp(user, "221") || !strcmp(user, "222") ? "220" : NULL;
}

static inline bool hook_trunk(const char *user, void *arg)
{
	(void)arg;
	return !strcmp(user, "trunk");
}

static inline void hook_event(const struct pbx_event *ev, void *arg)
{
	struct office *o = arg;
	struct told *t = &o->told[o->told_n % EVENTS];

	o->told_n++;
	t->type = ev->type;
	t->cause = ev->cause;
	t->call = ev->call;
	t->outside = ev->outside;
	t->state = ev->state;
	snprintf(t->device, sizeof(t->device), "%s", ev->device);
	snprintf(t->peer, sizeof(t->peer), "%s", ev->peer);
	snprintf(t->peer_name, sizeof(t->peer_name), "%s", ev->peer_name);
	t->group = ev->group;
	t->service = ev->service;
	if (o->tap)
		o->tap(ev, o->tap_arg);
}

static inline void hook_machine(struct pbx_machine *m,
				enum pbx_machine_event ev, void *arg)
{
	struct office *o = arg;

	if (o->machine)
		o->machine(m, ev, o);
}

static inline void hook_wrong(const char *user, void *arg)
{
	struct office *o = arg;
	(void)user;

	o->wrong++;
}

/* ---- phones ------------------------------------------------------------ */

static inline size_t desk_read(int16_t *pcm, size_t n, void *arg)
{
	struct desk *d = arg;

	media_sine(pcm, n, RATE, d->hz, -12, &d->phase);
	return n;
}

static inline void desk_write(const int16_t *pcm, size_t n, void *arg)
{
	struct desk *d = arg;
	size_t i;

	pthread_mutex_lock(&d->lock);
	for (i = 0; i < n; i++) {
		d->heard[d->pos++] = pcm[i];
		if (d->pos == HEARD) {
			d->pos = 0;
			d->full = true;
		}
	}
	pthread_mutex_unlock(&d->lock);
}

static inline double heard_share(struct desk *d, double hz)
{
	double share;

	pthread_mutex_lock(&d->lock);
	share = d->full ? media_tone_share(d->heard, HEARD, RATE, hz) : 0;
	pthread_mutex_unlock(&d->lock);
	return share;
}

/** What it has heard until now is no proof of anything. */
static inline void heard_forget(struct desk *d)
{
	pthread_mutex_lock(&d->lock);
	d->full = false;
	d->pos = 0;
	pthread_mutex_unlock(&d->lock);
}

static inline void leg_event(struct sip_leg *leg,
			     const struct sip_leg_event *ev, void *arg)
{
	struct desk *d = arg;

	switch (ev->type) {
	case SIP_LEG_EV_ESTABLISHED:
		d->established++;
		media_stream_set_audio(sip_leg_stream(leg), &d->audio);
		if (ev->message) {
			char *id = sip_message_header(ev->message,
						      SIP_HEADER_CALL_ID);

			if (id)
				snprintf(d->call_id, sizeof(d->call_id), "%s",
					 id);
			free(id);
		}
		break;
	case SIP_LEG_EV_HELD:
		d->held++;
		break;
	case SIP_LEG_EV_RESUMED:
		d->resumed++;
		break;
	case SIP_LEG_EV_TALK:
		d->talk++;
		assert_int_equal(sip_leg_answer(leg, NULL, NULL), 0);
		break;
	case SIP_LEG_EV_OFFER_DONE:
		d->offered++;
		break;
	case SIP_LEG_EV_TRANSFER:
		d->transfer = ev->code;
		break;
	case SIP_LEG_EV_CLOSED:
		d->closed++;
		d->code = ev->code;
		d->leg = mem_deref(d->leg);
		break;
	default:
		break;
	}
}

static inline void desk_incoming(struct sip_incoming *in, void *arg)
{
	static const struct sip_header talk[] = {
		{"Allow-Events", "talk"},
		{NULL, NULL},
	};
	struct desk *d = arg;
	const struct sip_message *m = sip_incoming_message(in);
	char *info = sip_message_header(m, "Call-Info");
	bool at_once = info && strstr(info, "answer-after=0");
	struct list formats = LIST_INIT;
	struct sip_leg_media media = {.formats = NULL};

	free(info);
	d->incoming++;
	free(d->caller);
	free(d->caller_name);
	free(d->alert);
	free(d->called);
	d->called = sip_message_header(m, "P-Called-Party-ID");
	d->caller = sip_message_user(m, "From");
	d->caller_name = sip_message_name(m, "From");
	d->alert = sip_message_header(m, "Alert-Info");
	if (d->rejects) {
		sip_incoming_reject(in, 486, NULL);
		return;
	}
	assert_int_equal(media_formats_ours(&formats, d->codecs), 0);
	media.formats = d->codecs ? &formats : NULL;
	assert_int_equal(sip_leg_accept(&d->leg, in, &media, leg_event, d), 0);
	list_flush(&formats);
	if (d->answers_at_once || at_once)
		assert_int_equal(sip_leg_answer(d->leg, NULL, NULL), 0);
	else if (!d->says_nothing)
		assert_int_equal(sip_leg_ring(d->leg, talk), 0);
}

static inline bool is_registered(void *arg)
{
	struct sip_account_info info;

	sip_account_info(((struct desk *)arg)->account, &info);
	return info.state == SIP_ACCOUNT_REGISTERED;
}

static inline struct desk *desk_open(struct office *o, unsigned i,
				     const char *user)
{
	static const struct sip_account_handlers handlers = {
		.incoming = desk_incoming,
	};
	struct sip_stack_prm stack = {.media = o->media};
	char server[64], password[32];
	struct sip_account_prm prm = {
		.user = user,
		.domain = "offhook",
		.server = server,
		.password = password,
	};
	struct desk *d = &o->desk[i];
	struct sa laddr;

	d->office = o;
	d->hz = 400 + 300 * i;
	d->audio.rate = RATE;
	d->audio.read = desk_read;
	d->audio.write = desk_write;
	d->audio.arg = d;
	pthread_mutex_init(&d->lock, NULL);
	snprintf(d->user, sizeof(d->user), "%s", user);

	re_snprintf(server, sizeof(server), "%J", pbx_address(o->pbx));
	re_snprintf(password, sizeof(password), "secret-%s", user);
	assert_int_equal(sip_stack_alloc(&d->stack, &stack, NULL, NULL), 0);
	sa_set_str(&laddr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_listen(d->stack, SIP_UDP, &laddr), 0);
	assert_int_equal(
		sip_account_alloc(&d->account, d->stack, &prm, &handlers, d),
		0);
	assert_true(until(is_registered, d));
	return d;
}

static inline void desk_call(struct desk *d, const char *number)
{
	struct sip_leg_prm prm = {.to_uri = number, .account = d->account};
	struct list formats = LIST_INIT;

	assert_int_equal(media_formats_ours(&formats, d->codecs), 0);
	prm.media.formats = &formats;
	assert_int_equal(sip_leg_connect(&d->leg, d->stack, &prm, leg_event, d),
			 0);
	list_flush(&formats);
}

/* ---- the office -------------------------------------------------------- */

static inline void pbx_open(struct office *o, uint32_t no_answer_s)
{
	static const struct pbx_hooks hooks = {
		.ha1 = hook_ha1,
		.route = hook_route,
		.feature = hook_feature,
		.home = hook_home,
		.line = hook_line,
		.trunk = hook_trunk,
		.event = hook_event,
		.wrong_digest = hook_wrong,
		.machine = hook_machine,
	};
	struct pbx_prm prm = {.no_answer_s = no_answer_s, .park_s = 2};

	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	o->pbx = mem_deref(o->pbx);
	assert_int_equal(pbx_alloc(&o->pbx, &prm, &hooks, o), 0);
}

static inline int setup(void **state)
{
	struct office *o = calloc(1, sizeof(*o));

	assert_int_equal(media_alloc(&o->media), 0);
	pbx_open(o, 60);
	*state = o;
	return 0;
}

static inline int teardown(void **state)
{
	struct office *o = *state;
	size_t i;

	for (i = 0; i < PHONES; i++) {
		struct desk *d = &o->desk[i];

		mem_deref(d->leg);
		mem_deref(d->account);
		mem_deref(d->stack);
		free(d->caller);
		free(d->caller_name);
		free(d->alert);
		free(d->called);
	}
	mem_deref(o->pbx);
	mem_deref(o->media);
	free(o);
	return 0;
}

static inline size_t count(const struct office *o, enum pbx_event_type type,
			   const char *device)
{
	size_t i, n = 0;

	for (i = 0; i < o->told_n && i < EVENTS; i++)
		n += o->told[i].type == type &&
		     !strcmp(o->told[i].device, device);
	return n;
}

static const struct told *last(const struct office *o, enum pbx_event_type type)
{
	size_t i = o->told_n;

	while (i-- > 0) {
		if (o->told[i].type == type)
			return &o->told[i];
	}
	return NULL;
}

static inline bool rings(void *arg)
{
	struct office *o = arg;

	return last(o, PBX_DELIVERED) != NULL;
}

static inline bool talks(void *arg)
{
	struct office *o = arg;

	return last(o, PBX_ESTABLISHED) && o->desk[0].established &&
	       o->desk[1].established;
}

static inline bool hear_each_other(void *arg)
{
	struct office *o = arg;

	return heard_share(&o->desk[0], o->desk[1].hz) > 0.8 &&
	       heard_share(&o->desk[1], o->desk[0].hz) > 0.8;
}

static inline bool is_over(void *arg)
{
	struct office *o = arg;

	return pbx_call_count(o->pbx) == 0 && !o->desk[0].leg &&
	       !o->desk[1].leg;
}

/** 200 has called 201, and they talk. */
static inline void talk(struct office *o)
{
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	desk_open(o, 2, "202");
	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(hear_each_other, o));
}

static inline bool hears(const struct office *o, int who, int whom)
{
	return heard_share((struct desk *)&o->desk[who], o->desk[whom].hz) >
	       0.8;
}

static inline void hang_up(struct desk *d)
{
	sip_leg_hangup(d->leg);
	d->leg = mem_deref(d->leg);
}

struct asking {
	struct office *o;
	const char *device;
	uint32_t call;
};

static inline bool is_asked(void *arg)
{
	const struct asking *a = arg;

	return !pbx_answer(a->o->pbx, a->device, a->call);
}

/** By a program, once the phone's 180 has said that it can be asked to. */
static inline void answer_there(struct office *o, const char *device,
				uint32_t call)
{
	struct asking a = {o, device, call};

	assert_true(until(is_asked, &a));
}

/** A second leg of the first phone, to 202. */
static inline struct desk *second_leg(struct office *o, bool answer)
{
	struct desk *d = &o->desk[3];

	d->office = o;
	d->hz = 1300;
	d->audio = o->desk[0].audio;
	d->audio.arg = d;
	pthread_mutex_init(&d->lock, NULL);
	d->stack = mem_ref(o->desk[0].stack);
	d->account = mem_ref(o->desk[0].account);
	o->desk[2].answers_at_once = answer;
	desk_call(d, "202");
	return d;
}

#define CALL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
