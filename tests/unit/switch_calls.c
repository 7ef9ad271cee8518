/**
 * @file switch_calls.c  Phones registered at the switch call each other
 *
 * The phones are SIP agents of the same process, on loopback. What they hear
 * and what the switch tells as CSTA events are both looked at.
 */
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
	bool answers_at_once, rejects;
	unsigned incoming, established, closed, held, resumed, talk;
	uint16_t code;
	char call_id[32];
	char *caller, *caller_name, *alert, *called;
};

struct told {
	enum pbx_event_type type;
	enum pbx_cause cause;
	char device[16], peer[32];
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
	unsigned wrong;
	bool over;
};

/* ---- hooks ------------------------------------------------------------- */

static int hook_ha1(const char *user, const char *realm, uint8_t out[16],
		    void *arg)
{
	char text[128];
	(void)arg;

	if (strlen(user) != 3 && strcmp(user, "trunk"))
		return ENOENT;
	re_snprintf(text, sizeof(text), "%s:%s:secret-%s", user, realm, user);
	md5((uint8_t *)text, strlen(text), out);
	return 0;
}

static int hook_route(const struct pbx_caller *caller, const char *number,
		      struct pbx_route *route, void *arg)
{
	struct office *o = arg;

	if (number[0] == '0') {
		route->outside = true;
		return text_set(&route->device, "trunk");
	}
	if (strlen(number) != 3 || number[0] != '2')
		return ENOENT;
	if (!strcmp(number, "204"))
		route->refuse = o->refuse;
	if (!strcmp(caller->number, "200"))
		text_set(&route->caller_name, "Emma Nutt");
	return 0;
}

static bool hook_trunk(const char *user, void *arg)
{
	(void)arg;
	return !strcmp(user, "trunk");
}

static void hook_event(const struct pbx_event *ev, void *arg)
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
}

static void hook_wrong(const char *user, void *arg)
{
	struct office *o = arg;
	(void)user;

	o->wrong++;
}

/* ---- phones ------------------------------------------------------------ */

static size_t desk_read(int16_t *pcm, size_t n, void *arg)
{
	struct desk *d = arg;

	media_sine(pcm, n, RATE, d->hz, -12, &d->phase);
	return n;
}

static void desk_write(const int16_t *pcm, size_t n, void *arg)
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

static double heard_share(struct desk *d, double hz)
{
	double share;

	pthread_mutex_lock(&d->lock);
	share = d->full ? media_tone_share(d->heard, HEARD, RATE, hz) : 0;
	pthread_mutex_unlock(&d->lock);
	return share;
}

static void leg_event(struct sip_leg *leg, const struct sip_leg_event *ev,
		      void *arg)
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
	case SIP_LEG_EV_CLOSED:
		d->closed++;
		d->code = ev->code;
		d->leg = mem_deref(d->leg);
		break;
	default:
		break;
	}
}

static void desk_incoming(struct sip_incoming *in, void *arg)
{
	static const struct sip_header talk[] = {
		{"Allow-Events", "talk"},
		{NULL, NULL},
	};
	struct desk *d = arg;
	const struct sip_message *m = sip_incoming_message(in);
	char *info = sip_message_header(m, "Call-Info");
	bool at_once = info && strstr(info, "answer-after=0");

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
	assert_int_equal(sip_leg_accept(&d->leg, in, NULL, leg_event, d), 0);
	if (d->answers_at_once || at_once)
		assert_int_equal(sip_leg_answer(d->leg, NULL, NULL), 0);
	else
		assert_int_equal(sip_leg_ring(d->leg, talk), 0);
}

static bool is_registered(void *arg)
{
	struct sip_account_info info;

	sip_account_info(((struct desk *)arg)->account, &info);
	return info.state == SIP_ACCOUNT_REGISTERED;
}

static struct desk *desk_open(struct office *o, unsigned i, const char *user)
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

static void desk_call(struct desk *d, const char *number)
{
	struct sip_leg_prm prm = {.to_uri = number, .account = d->account};

	assert_int_equal(sip_leg_connect(&d->leg, d->stack, &prm, leg_event, d),
			 0);
}

/* ---- the office -------------------------------------------------------- */

static void pbx_open(struct office *o, uint32_t no_answer_s)
{
	static const struct pbx_hooks hooks = {
		.ha1 = hook_ha1,
		.route = hook_route,
		.trunk = hook_trunk,
		.event = hook_event,
		.wrong_digest = hook_wrong,
	};
	struct pbx_prm prm = {.no_answer_s = no_answer_s};

	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	o->pbx = mem_deref(o->pbx);
	assert_int_equal(pbx_alloc(&o->pbx, &prm, &hooks, o), 0);
}

static int setup(void **state)
{
	struct office *o = calloc(1, sizeof(*o));

	assert_int_equal(media_alloc(&o->media), 0);
	pbx_open(o, 60);
	*state = o;
	return 0;
}

static int teardown(void **state)
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

static size_t count(const struct office *o, enum pbx_event_type type,
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

static bool rings(void *arg)
{
	struct office *o = arg;

	return last(o, PBX_DELIVERED) != NULL;
}

static bool talks(void *arg)
{
	struct office *o = arg;

	return last(o, PBX_ESTABLISHED) && o->desk[0].established &&
	       o->desk[1].established;
}

static bool hear_each_other(void *arg)
{
	struct office *o = arg;

	return heard_share(&o->desk[0], o->desk[1].hz) > 0.8 &&
	       heard_share(&o->desk[1], o->desk[0].hz) > 0.8;
}

static bool is_over(void *arg)
{
	struct office *o = arg;

	return pbx_call_count(o->pbx) == 0 && !o->desk[0].leg &&
	       !o->desk[1].leg;
}

static void calls_ring_and_carry_sound_both_ways(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	char id[32];

	desk_call(a, "201");
	assert_true(until(rings, o));
	assert_string_equal(b->caller, "200");
	assert_string_equal(b->caller_name, "Emma Nutt");
	assert_non_null(strstr(b->alert, "internal"));
	assert_int_equal(count(o, PBX_ORIGINATED, "200"), 1);
	assert_int_equal(count(o, PBX_DELIVERED, "201"), 1);

	assert_int_equal(sip_leg_answer(b->leg, NULL, NULL), 0);
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	re_snprintf(id, sizeof(id), "%u", last(o, PBX_ESTABLISHED)->call);
	assert_string_equal(a->call_id, id);

	sip_leg_hangup(a->leg);
	a->leg = mem_deref(a->leg);
	assert_true(until(is_over, o));
	assert_int_equal(b->code, 200);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
}

static void the_called_side_can_hang_up(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	sip_leg_hangup(b->leg);
	b->leg = mem_deref(b->leg);
	assert_true(until(is_over, o));
	assert_int_equal(a->code, 200);
}

static bool a_has_failed(void *arg)
{
	struct office *o = arg;

	return o->desk[0].closed > 0 && pbx_call_count(o->pbx) == 0;
}

static void failures_are_told_apart(void **state)
{
	static const struct {
		const char *number;
		enum pbx_cause refuse, cause;
		uint16_t code;
	} rows[] = {
		{"201", 0, PBX_CAUSE_BUSY, 486},
		{"203", 0, PBX_CAUSE_UNREACHABLE, 480},
		{"999", 0, PBX_CAUSE_NOT_OBTAINABLE, 404},
		{"204", PBX_CAUSE_DO_NOT_DISTURB, PBX_CAUSE_DO_NOT_DISTURB,
		 486},
	};
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	size_t i;

	b->rejects = true;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		o->refuse = rows[i].refuse;
		a->closed = 0;
		o->told_n = 0;
		desk_call(a, rows[i].number);
		assert_true(until(a_has_failed, o));
		assert_int_equal(a->code, rows[i].code);
		assert_int_equal(last(o, PBX_FAILED_EVENT)->cause,
				 rows[i].cause);
		assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	}
}

static void the_caller_can_give_up(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	desk_call(a, "201");
	assert_true(until(rings, o));
	sip_leg_hangup(a->leg);
	a->leg = mem_deref(a->leg);
	assert_true(until(is_over, o));
	assert_int_equal(b->code, 487);
	assert_int_equal(last(o, PBX_CONNECTION_CLEARED)->cause,
			 PBX_CAUSE_CANCELLED);
	assert_int_equal(count(o, PBX_ESTABLISHED, "201"), 0);
}

static void all_phones_of_a_device_ring_and_one_gets_it(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201"),
		    *c = desk_open(o, 2, "201");

	desk_call(a, "201");
	assert_true(until(rings, o));
	while (!c->incoming)
		assert_true(until(rings, o));
	assert_int_equal(sip_leg_answer(b->leg, NULL, NULL), 0);
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	assert_int_equal(count(o, PBX_ESTABLISHED, "201"), 1);
	assert_int_equal(c->closed, 1);
	assert_int_equal(c->code, 487);
}

static bool b_is_held(void *arg)
{
	struct office *o = arg;

	return o->desk[1].held > 0 && last(o, PBX_HELD_EVENT);
}

static bool b_is_back(void *arg)
{
	struct office *o = arg;

	return o->desk[1].resumed > 0 && last(o, PBX_RETRIEVED) &&
	       hear_each_other(o);
}

static void a_held_call_comes_back_with_its_sound(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));

	assert_int_equal(sip_leg_hold(a->leg, true), 0);
	assert_true(until(b_is_held, o));
	assert_string_equal(last(o, PBX_HELD_EVENT)->device, "200");

	b->full = false;
	assert_int_equal(sip_leg_hold(a->leg, false), 0);
	assert_true(until(b_is_back, o));
}

static void third_party_calls_ring_the_caller_first(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	uint32_t call = 0;

	(void)a;
	assert_int_equal(pbx_make_call(o->pbx, "203", "201", &call),
			 EHOSTUNREACH);
	assert_int_equal(pbx_make_call(o->pbx, "200", "201", &call), 0);
	assert_int_equal(count(o, PBX_SERVICE_INITIATED, "200"), 1);
	assert_true(until(rings, o));
	assert_string_equal(b->caller, "200");

	/* and the other side is answered for it */
	assert_int_equal(pbx_answer(o->pbx, "201", call), 0);
	assert_true(until(talks, o));
	assert_int_equal(b->talk, 1);
	assert_true(until(hear_each_other, o));

	assert_int_equal(pbx_hold(o->pbx, "200", call), 0);
	assert_int_equal(pbx_hold(o->pbx, "200", call), EPROTO);
	assert_true(until(b_is_held, o));
	assert_int_equal(pbx_retrieve(o->pbx, "200", call), 0);
	assert_true(until(b_is_back, o));

	assert_int_equal(pbx_clear(o->pbx, "201", call), 0);
	assert_true(until(is_over, o));
	assert_int_equal(pbx_clear(o->pbx, "201", call), ENOENT);
}

static void outside_calls_come_and_go_by_the_trunk(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *t = desk_open(o, 1, "trunk");

	t->answers_at_once = true;
	desk_call(a, "0442079460018");
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	sip_leg_hangup(a->leg);
	a->leg = mem_deref(a->leg);
	assert_true(until(is_over, o));

	o->told_n = 0;
	{
		struct sip_leg_prm prm = {.to_uri = "200",
					  .account = t->account,
					  .from_user = "+442079460018"};

		assert_int_equal(
			sip_leg_connect(&t->leg, t->stack, &prm, leg_event, t),
			0);
	}
	assert_true(until(rings, o));
	assert_string_equal(a->caller, "+442079460018");
	assert_non_null(strstr(a->alert, "external"));
	assert_true(last(o, PBX_DELIVERED)->outside);
}

static bool b_is_busy_again(void *arg)
{
	struct office *o = arg;

	return o->desk[2].incoming > 0;
}

static void a_ringing_call_can_be_sent_on(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	uint32_t call;

	(void)desk_open(o, 2, "202");
	desk_call(a, "201");
	assert_true(until(rings, o));
	call = last(o, PBX_DELIVERED)->call;
	assert_int_equal(pbx_deflect(o->pbx, "200", call, "202"), EPROTO);
	assert_int_equal(pbx_deflect(o->pbx, "201", call, "202"), 0);
	assert_true(until(b_is_busy_again, o));
	assert_int_equal(count(o, PBX_DIVERTED, "201"), 1);
	assert_int_equal(b->closed, 1);
}

static bool trunk_rings(void *arg)
{
	return ((struct office *)arg)->desk[2].incoming > 0;
}

static void one_sent_on_to_the_outside_goes_to_that_number(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *t;

	(void)desk_open(o, 1, "201");
	t = desk_open(o, 2, "trunk");
	desk_call(a, "201");
	assert_true(until(rings, o));
	assert_int_equal(pbx_deflect(o->pbx, "201",
				     last(o, PBX_DELIVERED)->call,
				     "0442079460018"),
			 0);
	assert_true(until(trunk_rings, o));
	assert_non_null(t->called);
	assert_non_null(strstr(t->called, "sip:0442079460018@"));
}

static void who_is_not_answered_learns_that(void **state)
{
	struct office *o = *state;
	struct desk *a, *b;

	pbx_open(o, 1);
	a = desk_open(o, 0, "200");
	b = desk_open(o, 1, "201");
	desk_call(a, "201");
	assert_true(until(rings, o));
	assert_true(until(a_has_failed, o));
	assert_int_equal(a->code, 408);
	assert_int_equal(last(o, PBX_FAILED_EVENT)->cause, PBX_CAUSE_NO_ANSWER);
	assert_int_equal(last(o, PBX_CONNECTION_CLEARED)->cause,
			 PBX_CAUSE_NO_ANSWER);
	assert_int_equal(b->established, 0);
}

static bool hold_is_settled(void *arg)
{
	struct office *o = arg;

	return o->desk[1].resumed > 0 && hear_each_other(o);
}

static void a_hold_that_is_taken_back_at_once_holds_nobody(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	uint32_t call;

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	call = last(o, PBX_ESTABLISHED)->call;
	/* The second word comes while the first is on its way. */
	assert_int_equal(pbx_hold(o->pbx, "200", call), 0);
	assert_int_equal(pbx_retrieve(o->pbx, "200", call), 0);
	b->full = false;
	assert_true(until(hold_is_settled, o));
	assert_int_equal(b->held, 1);
}

static bool wrong_was_told(void *arg)
{
	return ((struct office *)arg)->wrong > 0;
}

static void a_wrong_password_gets_no_registration(void **state)
{
	struct office *o = *state;
	struct sip_stack_prm stack = {.media = o->media};
	struct sip_account_prm prm = {
		.user = "200",
		.domain = "offhook",
		.password = "wrong",
	};
	struct desk *d = &o->desk[0];
	char server[64];
	struct sa laddr;

	re_snprintf(server, sizeof(server), "%J", pbx_address(o->pbx));
	prm.server = server;
	assert_int_equal(sip_stack_alloc(&d->stack, &stack, NULL, NULL), 0);
	sa_set_str(&laddr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_listen(d->stack, SIP_UDP, &laddr), 0);
	assert_int_equal(
		sip_account_alloc(&d->account, d->stack, &prm, NULL, NULL), 0);
	assert_true(until(wrong_was_told, o));
	assert_false(pbx_reachable(o->pbx, "200"));
}

static bool closed(void *arg)
{
	return ((struct office *)arg)->over;
}

static void on_closed(void *arg)
{
	((struct office *)arg)->over = true;
}

static void closing_says_good_bye(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	pbx_close(o->pbx, on_closed, o);
	assert_true(until(closed, o));
	assert_true(until(is_over, o));
	assert_int_equal(a->code, 200);
	assert_int_equal(b->code, 200);
}

#define CALL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(calls_ring_and_carry_sound_both_ways),
		CALL_TEST(the_called_side_can_hang_up),
		CALL_TEST(failures_are_told_apart),
		CALL_TEST(the_caller_can_give_up),
		CALL_TEST(all_phones_of_a_device_ring_and_one_gets_it),
		CALL_TEST(a_held_call_comes_back_with_its_sound),
		CALL_TEST(third_party_calls_ring_the_caller_first),
		CALL_TEST(outside_calls_come_and_go_by_the_trunk),
		CALL_TEST(a_ringing_call_can_be_sent_on),
		CALL_TEST(one_sent_on_to_the_outside_goes_to_that_number),
		CALL_TEST(who_is_not_answered_learns_that),
		CALL_TEST(a_hold_that_is_taken_back_at_once_holds_nobody),
		CALL_TEST(a_wrong_password_gets_no_registration),
		CALL_TEST(closing_says_good_bye),
	};
	int err = loop_init();

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
