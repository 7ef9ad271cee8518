/**
 * @file sip_secure.c  Encryption agreed on in SDP: off, if possible, required
 */
#include "sip_fixture.h"

enum {
	OFF = MEDIA_SECURITY_OFF,
	CAN = MEDIA_SECURITY_OPTIONAL,
	MUST = MEDIA_SECURITY_REQUIRED
};

static bool heard(void)
{
	return hears(&A, 700) && hears(&B, 440);
}

static bool b_hears(void)
{
	return hears(&B, 440);
}

/* What is heard from now on counts. */
static void forget(struct agent *a)
{
	pthread_mutex_lock(&a->lock);
	a->n = 0;
	pthread_mutex_unlock(&a->lock);
}

static bool a_closed(void)
{
	return A.events[SIP_LEG_EV_CLOSED] > 0;
}

static bool hold_done(void)
{
	return A.events[SIP_LEG_EV_HOLD_DONE] > 0;
}

static bool b_held(void)
{
	return B.events[SIP_LEG_EV_HELD] > 0;
}

/* A calls B, through a server that has each leg of its own. */
static void dial(int a, int srv_a, int srv_b, int b)
{
	two_agents(SIP_UDP);
	A.security = (enum media_security)a;
	B.security = (enum media_security)b;
	srv.security[0] = (enum media_security)srv_a;
	srv.security[1] = (enum media_security)srv_b;
	B.on_incoming = 1;
	assert_int_equal(call(&A, "b", "PCMA"), 0);
}

static void check(const struct agent *a, enum media_keys keys)
{
	struct media_stats st;

	media_stream_stats(sip_leg_stream(a->leg), &st);
	assert_int_equal(st.keys, keys);
	assert_int_equal(st.secured, keys != MEDIA_KEYS_NONE);
	assert_int_equal(st.rx_forged, 0);
}

static void test_all_can(void **state)
{
	(void)state;
	dial(CAN, CAN, CAN, CAN);
	WAIT(heard);
	check(&A, MEDIA_KEYS_DTLS);
	check(&B, MEDIA_KEYS_DTLS);
}

static void test_one_leg_can(void **state)
{
	(void)state;
	dial(CAN, CAN, OFF, CAN);
	WAIT(heard);
	check(&A, MEDIA_KEYS_DTLS);
	check(&B, MEDIA_KEYS_NONE);
}

static void test_nobody_else_can(void **state)
{
	(void)state;
	dial(CAN, OFF, OFF, OFF);
	WAIT(heard);
	check(&A, MEDIA_KEYS_NONE);
}

static void test_required(void **state)
{
	(void)state;
	dial(MUST, CAN, MUST, CAN);
	WAIT(heard);
	check(&A, MEDIA_KEYS_DTLS);
	check(&B, MEDIA_KEYS_DTLS);
}

/* What is offered beside the clear is enough for who requires it. */
static void test_callee_requires(void **state)
{
	(void)state;
	dial(OFF, OFF, CAN, MUST);
	WAIT(heard);
	check(&A, MEDIA_KEYS_NONE);
	check(&B, MEDIA_KEYS_DTLS);
}

static void refused(int a, int srv_a, int srv_b, int b)
{
	dial(a, srv_a, srv_b, b);
	WAIT(a_closed);
	assert_int_equal(A.code, 488);
	assert_null(B.leg);
	assert_false(heard());
}

static void test_caller_requires_in_vain(void **state)
{
	(void)state;
	refused(MUST, OFF, OFF, OFF);
}

static void test_callee_requires_in_vain(void **state)
{
	(void)state;
	refused(OFF, OFF, OFF, MUST);
}

/* Hold and resume do not touch the keys. */
static void test_hold(void **state)
{
	(void)state;
	dial(CAN, CAN, CAN, CAN);
	WAIT(heard);
	assert_int_equal(sip_leg_hold(A.leg, true), 0);
	WAIT(hold_done);
	WAIT(b_held);
	assert_int_equal(A.hold_code, 200);
	check(&A, MEDIA_KEYS_DTLS);
	A.events[SIP_LEG_EV_HOLD_DONE] = 0;
	assert_int_equal(sip_leg_hold(A.leg, false), 0);
	WAIT(hold_done);
	forget(&A);
	forget(&B);
	WAIT(heard);
	check(&A, MEDIA_KEYS_DTLS);
	check(&B, MEDIA_KEYS_DTLS);
}

static bool offer_done(void)
{
	return A.events[SIP_LEG_EV_OFFER_DONE] > 0;
}

/* Another codec neither: the same association goes on. */
static void test_codec(void **state)
{
	static const char *const names[] = {"opus", "PCMU", "G722", "PCMA"};
	struct list formats = LIST_INIT;
	(void)state;

	two_agents(SIP_UDP);
	A.security = B.security = MEDIA_SECURITY_REQUIRED;
	srv.security[0] = srv.security[1] = MEDIA_SECURITY_OPTIONAL;
	B.on_incoming = 1;
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(heard);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		A.events[SIP_LEG_EV_OFFER_DONE] = 0;
		list_flush(&formats);
		assert_int_equal(media_formats_ours(&formats, names[i]), 0);
		assert_int_equal(sip_leg_offer(A.leg, &formats), 0);
		WAIT(offer_done);
		assert_int_equal(A.last_code, 200);
		assert_string_equal(media_stream_codec(sip_leg_stream(A.leg)),
				    names[i]);
		check(&A, MEDIA_KEYS_DTLS);
		forget(&B);
		WAIT(b_hears);
		check(&B, MEDIA_KEYS_DTLS);
	}
	list_flush(&formats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_all_can),
		T(test_one_leg_can),
		T(test_nobody_else_can),
		T(test_required),
		T(test_callee_requires),
		T(test_caller_requires_in_vain),
		T(test_callee_requires_in_vain),
		T(test_hold),
		T(test_codec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
