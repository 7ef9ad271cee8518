/**
 * @file sip_proxy.c  Two agents by a registrar and proxy that others wrote
 *
 * tests/interop/proxy-calls.py runs it, with OFFHOOK_PROXY and
 * OFFHOOK_PROXY_TLS (host:port), and OFFHOOK_PROXY_PIN, the fingerprint of its
 * certificate. Without them there is nobody to talk to, and nothing is tested.
 */
#include "sip_fixture.h"

static struct net_pin its;
static bool nobody;

static int begin(void **state)
{
	const char *plain = getenv("OFFHOOK_PROXY");
	const char *tls = getenv("OFFHOOK_PROXY_TLS");
	const char *fingerprint = getenv("OFFHOOK_PROXY_PIN");

	(void)state;
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		return -1;
	nobody = !plain || !tls || !fingerprint;
	if (nobody)
		return 0;
	if (sa_decode(&srv.addr, plain, strlen(plain)) ||
	    sa_decode(&srv.tls_addr, tls, strlen(tls)) ||
	    net_pin_read(&its, fingerprint))
		return -1;
	pin = &its;
	return 0;
}

static bool is_refused(void)
{
	return state_of(&A) == SIP_ACCOUNT_REFUSED;
}

static bool b_rings(void)
{
	return B.leg && sip_leg_state(A.leg) == SIP_LEG_RINGING;
}

static bool both_up(void)
{
	return A.leg && B.leg && sip_leg_state(A.leg) == SIP_LEG_ESTABLISHED &&
	       sip_leg_state(B.leg) == SIP_LEG_ESTABLISHED;
}

static bool both_hear(void)
{
	return hears(&A, 700) && hears(&B, 440);
}

static bool both_held(void)
{
	return sip_leg_held(A.leg) && sip_leg_held_remote(B.leg);
}

static bool both_free(void)
{
	return !sip_leg_held(A.leg) && !sip_leg_held_remote(B.leg);
}

static bool a_over(void)
{
	return !A.leg;
}

static bool both_over(void)
{
	return !A.leg && !B.leg;
}

static void whole_call(enum sip_transport t)
{
	two_agents(t);
	B.on_incoming = 1;
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(both_up);
	WAIT(both_hear);
	assert_int_equal(sip_leg_hold(A.leg, true), 0);
	WAIT(both_held);
	assert_int_equal(sip_leg_hold(A.leg, false), 0);
	WAIT(both_free);
	WAIT(both_hear);
	/* From where it is now: the same, but by a re-INVITE. */
	assert_int_equal(sip_leg_retarget(B.leg), 0);
	WAIT(both_hear);
	sip_leg_hangup(B.leg);
	B.leg = mem_deref(B.leg);
	WAIT(both_over);
	assert_int_equal(A.code, 200);
	/* … and one that is not answered. */
	B.on_incoming = 0;
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(b_rings);
	A.leg = mem_deref(A.leg);
	WAIT(both_over);
	assert_int_equal(B.code, 487);
	B.on_incoming = 486;
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(a_over);
	assert_int_equal(A.code, 486);
	assert_int_equal(call(&A, "nobody", NULL), 0);
	WAIT(a_over);
	assert_int_equal(A.code, 404);
}

static void test_udp(void **state)
{
	(void)state;
	if (nobody)
		skip();
	whole_call(SIP_UDP);
}

static void test_tcp(void **state)
{
	(void)state;
	if (nobody)
		skip();
	whole_call(SIP_TCP);
}

static void test_tls(void **state)
{
	(void)state;
	if (nobody)
		skip();
	whole_call(SIP_TLS);
}

static void test_wrong_password(void **state)
{
	struct sip_account_info info;

	(void)state;
	if (nobody)
		skip();
	agent_start(&A, "a", 440, "wrong", SIP_TLS);
	WAIT(is_refused);
	sip_account_info(A.account, &info);
	assert_int_equal(info.code, 401);
	assert_int_equal(info.retry_ms, 0);
}

int main(void)
{
#define P(f) cmocka_unit_test_setup_teardown(f, begin, teardown)
	const struct CMUnitTest tests[] = {
		P(test_udp),
		P(test_tcp),
		P(test_tls),
		P(test_wrong_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
