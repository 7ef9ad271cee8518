/**
 * @file sip_codecs.c  Other formats in a call that is on (RFC 3264 §8.3.2)
 */
#include <pthread.h>
#include "sip_parties.h"

enum { RATE = 16000, HEARD = RATE / 4 };

/* ---- sound ------------------------------------------------------------- */

struct ear {
	struct media_audio audio;
	double hz, phase;
	pthread_mutex_t lock;
	int16_t heard[HEARD];
	size_t n;
};

static struct ear ear_a, ear_b;

static size_t say(int16_t *pcm, size_t n, void *arg)
{
	struct ear *e = arg;

	media_sine(pcm, n, RATE, e->hz, -12, &e->phase);
	return n;
}

static void hear(const int16_t *pcm, size_t n, void *arg)
{
	struct ear *e = arg;

	pthread_mutex_lock(&e->lock);
	if (e->n + n > HEARD) {
		memmove(e->heard, e->heard + n, (HEARD - n) * sizeof(*pcm));
		e->n = HEARD - n;
	}
	memcpy(e->heard + e->n, pcm, n * sizeof(*pcm));
	e->n += n;
	pthread_mutex_unlock(&e->lock);
}

static double share(struct ear *e, double hz)
{
	double v;

	pthread_mutex_lock(&e->lock);
	v = e->n > HEARD - RATE / 50
		    ? media_tone_share(e->heard, e->n, RATE, hz)
		    : 0;
	pthread_mutex_unlock(&e->lock);
	return v;
}

static void give(struct ear *e, struct party_leg *l, double hz)
{
	memset(e, 0, sizeof(*e));
	pthread_mutex_init(&e->lock, NULL);
	e->hz = hz;
	e->audio = (struct media_audio){RATE, say, hear, e};
	media_stream_set_audio(sip_leg_stream(l->leg), &e->audio);
}

static bool both_hear(void *arg)
{
	(void)arg;
	return share(&ear_a, ear_b.hz) > 0.9 && share(&ear_b, ear_a.hz) > 0.9;
}

/* From now on. */
static void check_sound(void)
{
	ear_a.n = ear_b.n = 0;
	assert_true(until(both_hear, NULL));
}

/* ---- calls ------------------------------------------------------------- */

static struct list formats;
static struct sip_leg_media of_b;

static const struct list *named(const char *names)
{
	list_flush(&formats);
	assert_int_equal(media_formats_ours(&formats, names), 0);
	return &formats;
}

/* a calls b, as phones do: each knows what it can. */
static struct party_leg *call(const char *names)
{
	static struct list mine;
	struct party_leg *l;

	assert_int_equal(media_formats_ours(&mine, NULL), 0);
	assert_int_equal(media_formats_events(&mine), 0);
	of_b.formats = &mine;
	b.media = &of_b;
	l = party_call_with(
		&a, &b.addr,
		(struct sip_leg_prm){.media.formats = named(names)});
	assert_true(until(leg_is_up, l));
	assert_true(until(leg_is_up, &b.legs[0]));
	list_flush(&mine);
	give(&ear_a, l, 500);
	give(&ear_b, &b.legs[0], 900);
	check_sound();
	return l;
}

static bool offer_is_done(void *arg)
{
	return ((const struct party_leg *)arg)->events[SIP_LEG_EV_OFFER_DONE] >
	       0;
}

static bool was_offered(void *arg)
{
	return ((const struct party_leg *)arg)->events[SIP_LEG_EV_OFFER] > 0;
}

static const char *codec(const struct party_leg *l)
{
	const struct media_format *f =
		list_ledata(list_head(sip_leg_formats(l->leg)));

	assert_string_equal(f->name,
			    media_stream_codec(sip_leg_stream(l->leg)));
	return f->name;
}

static void offer(struct party_leg *l, const char *names, uint16_t code)
{
	l->events[SIP_LEG_EV_OFFER_DONE] = 0;
	assert_int_equal(sip_leg_offer(l->leg, named(names)), 0);
	assert_true(until(offer_is_done, l));
	assert_int_equal(l->events[SIP_LEG_EV_OFFER_DONE], 1);
	assert_int_equal(l->code, code);
}

/* ---- tests: two of ours ------------------------------------------------ */

static void each_may_change_the_codec(void **state)
{
	static const char *const names[] = {"PCMA", "opus", "PCMU",
					    "G722", "opus", "PCMU"};
	struct party_leg *l[2];
	struct media_stats st;
	(void)state;

	l[0] = call(NULL);
	l[1] = &b.legs[0];
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		l[1 - i % 2]->events[SIP_LEG_EV_OFFER] = 0;
		offer(l[i % 2], names[i], 200);
		assert_true(until(was_offered, l[1 - i % 2]));
		assert_string_equal(codec(l[0]), names[i]);
		assert_string_equal(codec(l[1]), names[i]);
		check_sound();
	}
	media_stream_stats(sip_leg_stream(l[0]->leg), &st);
	assert_int_equal(st.rx_lost, 0);
}

static void the_other_side_takes_the_first_that_it_has(void **state)
{
	struct party_leg *l;
	struct list only = LIST_INIT;
	(void)state;

	l = call("PCMA");
	offer(l, "opus PCMU PCMA", 200);
	assert_string_equal(codec(l), "opus");
	/* Who has chosen keeps that where the other side says nothing new … */
	offer(l, "PCMU opus", 200);
	b.legs[0].events[SIP_LEG_EV_HOLD_DONE] = 0;
	assert_int_equal(sip_leg_hold(b.legs[0].leg, true), 0);
	assert_true(until(hold_is_done, &b.legs[0]));
	assert_string_equal(codec(l), "PCMU");
	b.legs[0].events[SIP_LEG_EV_HOLD_DONE] = 0;
	assert_int_equal(sip_leg_hold(b.legs[0].leg, false), 0);
	assert_true(until(hold_is_done, &b.legs[0]));
	assert_string_equal(codec(l), "PCMU");
	/* … and from what it has itself: a cannot do G.722. */
	offer(&b.legs[0], "G722", 488);
	assert_string_equal(codec(&b.legs[0]), "PCMU");
	check_sound();
	/* Until it may. */
	assert_int_equal(media_formats_ours(&only, "G722"), 0);
	assert_int_equal(sip_leg_take(l->leg, &only), 0);
	list_flush(&only);
	offer(&b.legs[0], "G722", 200);
	assert_string_equal(codec(l), "G722");
	check_sound();
}

static void what_is_no_offer_is_refused(void **state)
{
	struct list none = LIST_INIT;
	struct party_leg *l;
	(void)state;

	l = party_call(&a, &p.addr);
	assert_int_equal(sip_leg_offer(l->leg, named("PCMA")), EPROTO);
	assert_int_equal(sip_leg_offer(NULL, named("PCMA")), EPROTO);
	l = call(NULL);
	assert_int_equal(sip_leg_offer(l->leg, &none), EINVAL);
	list_flush(&formats);
	assert_int_equal(media_format_add(&formats, "telephone-event", 101,
					  8000, 1, NULL),
			 0);
	assert_int_equal(sip_leg_offer(l->leg, &formats), EINVAL);
	assert_int_equal(sip_leg_offer(l->leg, named("PCMA")), 0);
	assert_int_equal(sip_leg_offer(l->leg, named("PCMU")), EALREADY);
	assert_int_equal(sip_leg_offer(l->leg, NULL), EALREADY);
	assert_true(until(offer_is_done, l));
	assert_string_equal(codec(l), "PCMA");
}

static void a_held_call_stays_held(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call(NULL);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	assert_true(until(hold_is_done, l));
	offer(l, "PCMA", 200);
	assert_true(sip_leg_held(l->leg));
	assert_true(sip_leg_held_remote(b.legs[0].leg));
	/* by the side that waits, too */
	offer(&b.legs[0], "PCMU", 200);
	assert_true(sip_leg_held(l->leg));
	assert_true(sip_leg_held_remote(b.legs[0].leg));
	assert_int_equal(b.legs[0].events[SIP_LEG_EV_RESUMED], 0);
	l->events[SIP_LEG_EV_HOLD_DONE] = 0;
	assert_int_equal(sip_leg_hold(l->leg, false), 0);
	assert_true(until(hold_is_done, l));
	assert_string_equal(codec(l), "PCMU");
	check_sound();
}

static bool both_are_done(void *arg)
{
	return hold_is_done(arg) && offer_is_done(arg);
}

/* One while the other is on its way: neither is taken for done before. */
static void hold_and_offer_at_once(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call(NULL);
	for (int first = 0; first < 2; first++) {
		const char *name = first ? "PCMA" : "PCMU";

		l->events[SIP_LEG_EV_OFFER_DONE] = 0;
		l->events[SIP_LEG_EV_HOLD_DONE] = 0;
		if (first)
			assert_int_equal(sip_leg_hold(l->leg, !first), 0);
		assert_int_equal(sip_leg_offer(l->leg, named(name)), 0);
		if (!first)
			assert_int_equal(sip_leg_hold(l->leg, !first), 0);
		assert_true(until(both_are_done, l));
		assert_int_equal(sip_leg_held(l->leg), !first);
		assert_int_equal(sip_leg_held_remote(b.legs[0].leg), !first);
		assert_string_equal(codec(l), name);
		assert_string_equal(codec(&b.legs[0]), name);
	}
	check_sound();
}

/* Each gives way, waits its own time and offers again; the last one counts. */
static void both_offer_at_once(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call(NULL);
	assert_int_equal(sip_leg_offer(l->leg, named("PCMA")), 0);
	assert_int_equal(sip_leg_offer(b.legs[0].leg, named("PCMU")), 0);
	assert_true(until(offer_is_done, l));
	assert_true(until(offer_is_done, &b.legs[0]));
	assert_int_equal(l->code, 200);
	/* who has called waits longer */
	assert_string_equal(codec(l), "PCMA");
	assert_string_equal(codec(&b.legs[0]), "PCMA");
	check_sound();
}

/* ---- tests: somebody else ---------------------------------------------- */

/* What the m= line has, in the last message. */
static char *types(const struct peer *from)
{
	const char *m = strstr(from->msg, "\r\nm=audio ");
	const char *s = m ? strstr(m, "AVP ") : NULL;

	assert_non_null(s);
	return strndup(s + 4, strcspn(s + 4, "\r"));
}

static void check_types(const struct peer *from, const char *expected)
{
	char *s = types(from);

	assert_string_equal(s, expected);
	free(s);
}

static char *sdp(const char *list, const char *more)
{
	return text_printf("v=0\r\no=x 1 %u IN IP4 127.0.0.1\r\ns=-\r\n"
			   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			   "m=audio 9 RTP/AVP %s\r\n%s",
			   rand_u32() & 0xffff, list, more);
}

static void reply_sdp(const char *list, const char *more)
{
	char *s = sdp(list, more);

	reply(&p, "200 OK", NULL, s);
	free(s);
	expect(&p, "ACK");
}

static void ask_sdp(const char *list, const char *more)
{
	char *s = sdp(list, more);

	ask(&p, "INVITE", NULL, s);
	free(s);
	expect_answer(&p, "SIP/2.0 200");
	ack(&p, NULL);
}

static struct party_leg *call_pcma(void)
{
	struct party_leg *l = party_call_with(
		&a, &p.addr,
		(struct sip_leg_prm){.media.formats = named("PCMA PCMU")});

	expect(&p, "INVITE");
	check_types(&p, "8 0");
	reply(&p, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_true(until(leg_is_up, l));
	return l;
}

static void a_refusal_leaves_it_as_it_was(void **state)
{
	static const struct {
		const char *line;
		uint16_t code;
	} no[] = {
		{"488 Not Acceptable Here", 488},
		{"606 Not Acceptable", 606},
		{"415 Unsupported Media Type", 415},
		{"603 Decline", 603},
		{"500 Server Internal Error", 500},
	};
	struct party_leg *l;
	(void)state;

	l = call_pcma();
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		l->events[SIP_LEG_EV_OFFER_DONE] = 0;
		assert_int_equal(sip_leg_offer(l->leg, named("G722")), 0);
		expect(&p, "INVITE");
		check_types(&p, "9");
		reply(&p, no[i].line, NULL, NULL);
		expect(&p, "ACK");
		assert_true(until(offer_is_done, l));
		assert_int_equal(l->code, no[i].code);
		assert_string_equal(codec(l), "PCMA");
	}
	/* An answer that is none, too. */
	l->events[SIP_LEG_EV_OFFER_DONE] = 0;
	assert_int_equal(sip_leg_offer(l->leg, named("G722")), 0);
	expect(&p, "INVITE");
	reply_sdp("18", "");
	assert_true(until(offer_is_done, l));
	assert_int_equal(l->code, 488);
	assert_string_equal(codec(l), "PCMA");
	/* What is said next says the old ones. */
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	check_types(&p, "8 0");
	reply(&p, "200 OK", NULL, peer_sdp);
	assert_true(until(hold_is_done, l));
}

static void who_is_gone_ends_the_call(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_pcma();
	assert_int_equal(sip_leg_offer(l->leg, named("PCMU")), 0);
	expect(&p, "INVITE");
	reply(&p, "481 Call/Transaction Does Not Exist", NULL, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->events[SIP_LEG_EV_OFFER_DONE], 0);
}

/* 491 is asked again; what the peer offers meanwhile is answered as if ours
 * had not been. */
static void an_offer_that_crosses_is_made_again(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_pcma();
	assert_int_equal(sip_leg_offer(l->leg, named("PCMU")), 0);
	expect(&p, "INVITE");
	reply(&p, "491 Request Pending", NULL, NULL);
	expect(&p, "ACK");
	ask_sdp("8", "a=sendonly\r\n");
	check_types(&p, "8");
	assert_string_equal(codec(l), "PCMA");
	assert_int_equal(l->events[SIP_LEG_EV_OFFER_DONE], 0);
	expect(&p, "INVITE");
	check_types(&p, "0");
	reply_sdp("0", "a=sendonly\r\n");
	assert_true(until(offer_is_done, l));
	assert_int_equal(l->code, 200);
	assert_string_equal(codec(l), "PCMU");
	assert_true(sip_leg_held_remote(l->leg));
}

static void a_wish_that_waits_can_be_forgotten(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_pcma();
	assert_int_equal(sip_leg_offer(l->leg, named("PCMU")), 0);
	expect(&p, "INVITE");
	reply(&p, "491 Request Pending", NULL, NULL);
	expect(&p, "ACK");
	ask_sdp("8", "");
	assert_int_equal(sip_leg_offer(l->leg, NULL), 0);
	/* what goes out all the same says nothing new */
	expect(&p, "INVITE");
	check_types(&p, "8 0");
	reply(&p, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_string_equal(codec(l), "PCMA");
	assert_int_equal(l->events[SIP_LEG_EV_OFFER_DONE], 0);
}

static void a_newer_wish_takes_the_place(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_pcma();
	assert_int_equal(sip_leg_offer(l->leg, named("PCMU")), 0);
	expect(&p, "INVITE");
	reply(&p, "491 Request Pending", NULL, NULL);
	expect(&p, "ACK");
	ask_sdp("8", "");
	assert_int_equal(sip_leg_offer(l->leg, named("G722")), 0);
	expect(&p, "INVITE");
	check_types(&p, "9");
	reply_sdp("9", "");
	assert_true(until(offer_is_done, l));
	assert_int_equal(l->events[SIP_LEG_EV_OFFER_DONE], 1);
	assert_string_equal(codec(l), "G722");
}

/* RFC 3264 §8.3.2: a number that a format has had is no other's. */
static void payload_types_stay(void **state)
{
	static const char opus[] = "a=rtpmap:96 PCMX/8000\r\n"
				   "a=rtpmap:97 opus/48000/2\r\n";
	struct list mine = LIST_INIT;
	struct party_leg *l;
	char *s, *line;
	(void)state;

	assert_int_equal(media_formats_ours(&mine, "opus PCMA"), 0);
	assert_int_equal(media_formats_events(&mine), 0);
	of_b.formats = &mine;
	b.media = &of_b;
	s = sdp("97 8", opus);
	peer_invite(&p, &b, NULL, s);
	free(s);
	expect_answer(&p, "SIP/2.0 200");
	take_dialog(&p);
	ack(&p, NULL);
	l = &b.legs[0];
	assert_true(until(leg_is_up, l));
	check_types(&p, "97 8");
	list_flush(&mine);

	/* Digits had 97 in our own list: not any more. */
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	assert_non_null(strstr(p.msg, "a=rtpmap:97 opus/48000/2\r\n"));
	line = types(&p);
	assert_null(strstr(strstr(line, "97") + 2, "97"));
	free(line);
	reply_sdp("97 8", opus);
	assert_true(until(hold_is_done, l));
	/* Away from it, and back. */
	assert_int_equal(sip_leg_offer(l->leg, named("PCMA")), 0);
	expect(&p, "INVITE");
	check_types(&p, "8");
	reply_sdp("8", "");
	assert_true(until(offer_is_done, l));
	l->events[SIP_LEG_EV_OFFER_DONE] = 0;
	assert_int_equal(sip_leg_offer(l->leg, named("opus")), 0);
	expect(&p, "INVITE");
	check_types(&p, "97");
	reply_sdp("97", opus);
	assert_true(until(offer_is_done, l));
	assert_string_equal(codec(l), "opus");
}

/* Phones say all that they can when they hold a call. */
static void a_longer_list_is_no_wish(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_pcma();
	ask_sdp("0 8 9", "a=sendonly\r\n");
	assert_string_equal(codec(l), "PCMA");
	/* the same list once more: nothing new */
	ask_sdp("0 8 9", "");
	assert_string_equal(codec(l), "PCMA");
	/* another order: that is one */
	ask_sdp("8 0", "");
	ask_sdp("0 8", "");
	assert_string_equal(codec(l), "PCMU");
	/* after an answer, too, if it is no hold */
	assert_int_equal(sip_leg_offer(l->leg, named("PCMA")), 0);
	expect(&p, "INVITE");
	reply_sdp("8", "");
	assert_true(until(offer_is_done, l));
	ask_sdp("0 8 9", "a=sendonly\r\n");
	assert_string_equal(codec(l), "PCMA");
	ask_sdp("0 8 9", "");
	assert_int_equal(sip_leg_offer(l->leg, named("PCMA")), 0);
	expect(&p, "INVITE");
	reply_sdp("8", "");
	ask_sdp("0 8", "");
	assert_string_equal(codec(l), "PCMU");
}

#define PARTY_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PARTY_TEST(each_may_change_the_codec),
		PARTY_TEST(the_other_side_takes_the_first_that_it_has),
		PARTY_TEST(what_is_no_offer_is_refused),
		PARTY_TEST(a_held_call_stays_held),
		PARTY_TEST(hold_and_offer_at_once),
		PARTY_TEST(both_offer_at_once),
		PARTY_TEST(a_refusal_leaves_it_as_it_was),
		PARTY_TEST(who_is_gone_ends_the_call),
		PARTY_TEST(an_offer_that_crosses_is_made_again),
		PARTY_TEST(a_wish_that_waits_can_be_forgotten),
		PARTY_TEST(a_newer_wish_takes_the_place),
		PARTY_TEST(payload_types_stay),
		PARTY_TEST(a_longer_list_is_no_wish),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	list_flush(&formats);
	loop_close();
	return err;
}
