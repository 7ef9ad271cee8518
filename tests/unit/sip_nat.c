/**
 * @file sip_nat.c  One end of a call between two networks
 *
 * tests/interop/ice-calls.py runs it, once in each of two network namespaces,
 * with OFFHOOK_NAT_ROLE (call, answer), OFFHOOK_PROXY (host:port of a
 * registrar), OFFHOOK_ICE_SERVERS (URIs), OFFHOOK_ICE_USER,
 * OFFHOOK_ICE_PASSWORD, OFFHOOK_ICE_PIN, OFFHOOK_NAT_WAY (the way that sound
 * must take: plain, host, reflexive, relayed) OFFHOOK_NAT_SECURE (encrypted, or
 * no call), OFFHOOK_NAT_CODEC and OFFHOOK_NAT_PEER (whom to call, if not one of
 * these). Without them nothing is tested.
 */
#include "sip_fixture.h"

static const char *const ways[MEDIA_WAYS] = {"plain", "host", "reflexive",
					     "relayed"};
static struct list servers;
static struct net_pin its;
static const char *role;
static uint64_t talked;

static struct agent *me(void)
{
	return !strcmp(role, "call") ? &A : &B;
}

static const char *environment(const char *name)
{
	const char *s = getenv(name);

	return s && *s ? s : NULL;
}

static int read_servers(void)
{
	const char *all = environment("OFFHOOK_ICE_SERVERS");
	char *copy = all ? strdup(all) : NULL, *at = NULL;
	int err = 0;

	for (char *s = copy ? strtok_r(copy, " ", &at) : NULL; s && !err;
	     s = strtok_r(NULL, " ", &at))
		err = ice_server_add(&servers, s,
				     environment("OFFHOOK_ICE_USER"),
				     environment("OFFHOOK_ICE_PASSWORD"));
	free(copy);
	return err;
}

static int begin(void **state)
{
	const char *proxy = environment("OFFHOOK_PROXY");
	const char *fingerprint = environment("OFFHOOK_ICE_PIN");

	(void)state;
	role = environment("OFFHOOK_NAT_ROLE");
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		return -1;
	if (!role || !proxy)
		return 0;
	if (sa_decode(&srv.addr, proxy, strlen(proxy)) || read_servers())
		return -1;
	as.ice = true;
	as.ice_servers = &servers;
	if (fingerprint && net_pin_read(&its, fingerprint))
		return -1;
	as.ice_pin = fingerprint ? &its : NULL;
	return 0;
}

static bool registered(void)
{
	return state_of(me()) == SIP_ACCOUNT_REGISTERED;
}

static bool is_up(void)
{
	return me()->leg && sip_leg_state(me()->leg) == SIP_LEG_ESTABLISHED;
}

static bool hears_other(void)
{
	return hears(me(), me() == &A ? 700 : 440);
}

static bool is_over(void)
{
	return !me()->leg;
}

static bool hold_done(void)
{
	return me()->events[SIP_LEG_EV_HOLD_DONE] > 0;
}

static bool goes_that_way(void)
{
	const char *way = environment("OFFHOOK_NAT_WAY");
	struct media_stats st;

	media_stream_stats(sip_leg_stream(me()->leg), &st);
	return !way || !strcmp(ways[st.way], way);
}

static bool is_secured(void)
{
	struct media_stats st;

	media_stream_stats(sip_leg_stream(me()->leg), &st);
	return st.secured;
}

/* What is heard from now on counts. */
static void forget(void)
{
	pthread_mutex_lock(&me()->lock);
	me()->n = 0;
	pthread_mutex_unlock(&me()->lock);
}

static void check_sound(void)
{
	struct media_stats st;

	if (!wait_ms(hears_other, 15000) || !wait_ms(goes_that_way, 2000)) {
		media_stream_stats(sip_leg_stream(me()->leg), &st);
		fail_msg("%s: way %s, %u received, %u forged", role,
			 ways[st.way], (unsigned)st.rx_packets,
			 (unsigned)st.rx_forged);
	}
	if (me()->security == MEDIA_SECURITY_REQUIRED)
		assert_true(is_secured());
}

/* Two seconds more, so that the other side has heard something, too. */
static bool has_talked(void)
{
	struct media_stats st;

	media_stream_stats(sip_leg_stream(A.leg), &st);
	return st.rx_packets > talked + 100;
}

static void talk(void)
{
	struct media_stats st;

	media_stream_stats(sip_leg_stream(A.leg), &st);
	talked = st.rx_packets;
	WAIT(has_talked);
}

static void hold(bool on)
{
	A.events[SIP_LEG_EV_HOLD_DONE] = 0;
	assert_int_equal(sip_leg_hold(A.leg, on), 0);
	WAIT(hold_done);
	assert_int_equal(A.hold_code, 200);
}

static void caller(void)
{
	const char *peer = environment("OFFHOOK_NAT_PEER");

	assert_int_equal(
		call(&A, peer ? peer : "b", environment("OFFHOOK_NAT_CODEC")),
		0);
	assert_true(wait_ms(is_up, 15000));
	check_sound();
	talk();
	hold(true);
	hold(false);
	forget();
	check_sound();
	/* Other sockets, candidates and credentials. */
	assert_int_equal(sip_leg_retarget(A.leg), 0);
	forget();
	check_sound();
	talk();
	sip_leg_hangup(A.leg);
}

static void callee(void)
{
	printf("ready\n");
	fflush(stdout);
	assert_true(wait_ms(is_up, 20000));
	check_sound();
	assert_true(wait_ms(is_over, 40000));
}

static void test_call(void **state)
{
	(void)state;
	if (!role)
		skip();
	alive_ms = 0;
	agent_start(me(), me() == &A ? "a" : "b", me() == &A ? 440 : 700,
		    "secret", SIP_UDP);
	me()->on_incoming = 1;
	if (environment("OFFHOOK_NAT_SECURE"))
		me()->security = MEDIA_SECURITY_REQUIRED;
	WAIT(registered);
	if (me() == &A)
		caller();
	else
		callee();
}

static int end(void **state)
{
	int err = teardown(state);

	list_flush(&servers);
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_call, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
