/**
 * @file sip_ice.c  ICE agreed on in SDP: with who can, without who can't
 */
#include "sip_peer.h"

static struct party A, B;
static struct party_leg *leg; /**< A's */
static struct sip_leg_media can = {.ice = true};
static struct list servers;
static struct media_audio audio;
static double phase;

static size_t sine(int16_t *pcm, size_t n, void *arg)
{
	(void)arg;
	media_sine(pcm, n, audio.rate, 440, -12, &phase);
	return n;
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(media_alloc(&media), 0);
	party_start(&A);
	party_start(&B);
	audio = (struct media_audio){.rate = 16000, .read = sine};
	can = (struct sip_leg_media){.ice = true};
	leg = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	party_stop(&A);
	party_stop(&B);
	list_flush(&servers);
	media = mem_deref(media);
	return 0;
}

static struct sip_leg *leg_b(void)
{
	return B.legs[0].leg;
}

static struct party_leg *call_with(struct sip_leg_media m)
{
	leg = party_call_with(&A, &B.addr, (struct sip_leg_prm){.media = m});
	return leg;
}

static enum media_way way(const struct sip_leg *l)
{
	struct media_stats st;

	media_stream_stats(sip_leg_stream(l), &st);
	return st.way;
}

struct wanted {
	enum media_way a, b;
};

/* Both hear something, by these ways. */
static bool flows(void *arg)
{
	const struct wanted *w = arg;
	struct media_stats a, b;

	if (!leg->leg || !leg_b())
		return false;
	media_stream_stats(sip_leg_stream(leg->leg), &a);
	media_stream_stats(sip_leg_stream(leg_b()), &b);
	return a.rx_packets > 5 && b.rx_packets > 5 && a.way == w->a &&
	       b.way == w->b;
}

static void talk(enum media_way a, enum media_way b)
{
	struct wanted w = {a, b};

	assert_true(until(leg_is_up, leg));
	media_stream_set_audio(sip_leg_stream(leg->leg), &audio);
	media_stream_set_audio(sip_leg_stream(leg_b()), &audio);
	if (!until(flows, &w))
		fail_msg("no sound by these ways: %d, %d", way(leg->leg),
			 way(leg_b()));
}

static void test_both(void **state)
{
	(void)state;
	B.media = &can;
	call_with(can);
	talk(MEDIA_WAY_HOST, MEDIA_WAY_HOST);
}

static void test_callee_can_not(void **state)
{
	(void)state;
	call_with(can);
	talk(MEDIA_WAY_PLAIN, MEDIA_WAY_PLAIN);
}

static void test_caller_can_not(void **state)
{
	(void)state;
	B.media = &can;
	call_with((struct sip_leg_media){.ice = false});
	talk(MEDIA_WAY_PLAIN, MEDIA_WAY_PLAIN);
}

static void test_dtls(void **state)
{
	struct media_stats st;
	(void)state;

	can.security = MEDIA_SECURITY_REQUIRED;
	B.media = &can;
	call_with(can);
	talk(MEDIA_WAY_HOST, MEDIA_WAY_HOST);
	media_stream_stats(sip_leg_stream(leg->leg), &st);
	assert_int_equal(st.keys, MEDIA_KEYS_DTLS);
	assert_true(st.secured);
}

static bool reports(void *arg)
{
	struct media_stats st;

	media_stream_stats(sip_leg_stream(arg), &st);
	return st.remote_report;
}

/* RTCP takes the same port, and is understood there. */
static void test_reports(void **state)
{
	test_both(state);
	assert_true(until(reports, leg->leg));
	assert_true(until(reports, leg_b()));
}

/* Hold breaks neither the way nor the keys. */
static void test_hold(void **state)
{
	struct sip_leg *legs[2];
	struct media_stats st;

	test_dtls(state);
	legs[0] = leg->leg;
	legs[1] = leg_b();
	for (int i = 0; i < 2; i++) {
		struct party_leg *l = i ? &B.legs[0] : leg;

		for (int hold = 1; hold >= 0; hold--) {
			l->events[SIP_LEG_EV_HOLD_DONE] = 0;
			assert_int_equal(sip_leg_hold(legs[i], hold), 0);
			assert_true(until(hold_is_done, l));
			assert_int_equal(l->hold, 200);
			assert_int_equal(way(legs[0]), MEDIA_WAY_HOST);
			assert_int_equal(way(legs[1]), MEDIA_WAY_HOST);
			media_stream_stats(sip_leg_stream(legs[i]), &st);
			assert_true(st.secured);
		}
	}
	media_stream_stats(sip_leg_stream(legs[0]), &st);
	assert_int_equal(st.rx_forged, 0);
	talk(MEDIA_WAY_HOST, MEDIA_WAY_HOST);
}

struct more {
	struct sip_leg *leg;
	uint64_t than;
};

static bool hears_more(void *arg)
{
	const struct more *m = arg;
	struct media_stats st;

	media_stream_stats(sip_leg_stream(m->leg), &st);
	return st.rx_packets > m->than + 20 && st.way == MEDIA_WAY_HOST;
}

/* Other sockets, candidates and credentials by re-INVITE: a restart. */
static void test_restart(void **state)
{
	struct more a, b;
	struct media_stats st;

	test_dtls(state);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sip_leg_retarget(i ? leg_b() : leg->leg), 0);
		a.leg = leg->leg;
		b.leg = leg_b();
		media_stream_stats(sip_leg_stream(a.leg), &st);
		a.than = st.rx_packets;
		media_stream_stats(sip_leg_stream(b.leg), &st);
		b.than = st.rx_packets;
		assert_true(until(hears_more, &a));
		assert_true(until(hears_more, &b));
	}
}

/* --- servers -----------------------------------------------------------------
 */

/** A STUN server: silent, or one that sees us elsewhere. */
static struct {
	int fd;
	unsigned asked;
	bool answers;
	struct sa addr;
} stun;

static void on_stun(int flags, void *arg)
{
	/* XOR-MAPPED-ADDRESS 192.0.2.1:4660 */
	static const uint8_t mapped[] = {0,    0x20, 0,	   8,	 0,    1,
					 0x33, 0x26, 0xe1, 0x12, 0xa6, 0x43};
	uint8_t buf[1500], out[32] = {1, 1, 0, 12};
	struct sa src = {.len = sizeof(src.u)};
	ssize_t n = recvfrom(stun.fd, buf, sizeof(buf), 0, &src.u.sa, &src.len);
	(void)flags;
	(void)arg;

	if (n < 20 || buf[0] || buf[1] != 1)
		return;
	stun.asked++;
	memcpy(out + 4, buf + 4, 16);
	memcpy(out + 20, mapped, sizeof(mapped));
	if (stun.answers)
		(void)!sendto(stun.fd, out, sizeof(out), 0, &src.u.sa, src.len);
}

static void stun_start(bool answers)
{
	char uri[64];

	memset(&stun, 0, sizeof(stun));
	stun.answers = answers;
	stun.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	sa_set_str(&stun.addr, "127.0.0.1", 0);
	assert_int_equal(bind(stun.fd, &stun.addr.u.sa, stun.addr.len), 0);
	assert_int_equal(getsockname(stun.fd, &stun.addr.u.sa, &stun.addr.len),
			 0);
	assert_int_equal(loop_fd(stun.fd, LOOP_READ, on_stun, NULL), 0);
	snprintf(uri, sizeof(uri), "stun:127.0.0.1:%u", sa_port(&stun.addr));
	assert_int_equal(ice_server_add(&servers, uri, NULL, NULL), 0);
	can.ice_servers = &servers;
}

static void stun_stop(void)
{
	loop_fd(stun.fd, 0, NULL, NULL);
	close(stun.fd);
}

/* What the server says stands in the offer. */
static void test_reflexive(void **state)
{
	struct peer p;
	const char *msg;
	(void)state;

	stun_start(true);
	peer_start(&p);
	leg = party_call_with(&A, &p.addr, (struct sip_leg_prm){.media = can});
	msg = expect(&p, "INVITE");
	assert_non_null(strstr(msg, " 192.0.2.1 4660 typ srflx raddr"
				    " 127.0.0.1 rport "));
	assert_non_null(strstr(msg, "\r\na=ice-ufrag:"));
	assert_non_null(strstr(msg, "\r\na=ice-pwd:"));
	assert_non_null(strstr(msg, "\r\na=rtcp-mux\r\n"));
	reply_to(&p, msg, "486 Busy Here", NULL, NULL);
	assert_true(until(leg_is_gone, leg));
	peer_stop(&p);
	stun_stop();
}

static bool stun_is_asked(void *arg)
{
	(void)arg;
	return stun.asked > 0;
}

/* It says nothing: the call goes on without it, both ways. */
static void test_silent_server(void **state)
{
	(void)state;
	stun_start(false);
	B.media = &can;
	call_with(can);
	assert_int_equal(sip_leg_state(leg->leg), SIP_LEG_CALLING);
	talk(MEDIA_WAY_HOST, MEDIA_WAY_HOST);
	assert_true(stun.asked > 0);
	stun_stop();
}

static void test_hang_up_while_gathering(void **state)
{
	uint64_t end = time_mono_ms() + 1300;
	(void)state;

	stun_start(false);
	call_with(can);
	assert_true(until(stun_is_asked, NULL));
	sip_leg_hangup(leg->leg);
	assert_int_equal(sip_leg_state(leg->leg), SIP_LEG_CLOSED);
	leg->leg = mem_deref(leg->leg);
	/* … and one that is freed at once */
	call_with(can);
	leg->leg = mem_deref(leg->leg);
	until(never, &end);
	assert_int_equal(B.incoming, 0);
	stun_stop();
}

/* The one who is called gathers while it rings; who calls gives up. */
static void test_answer_waits(void **state)
{
	struct sip_leg_media plain = {.ice = true};
	(void)state;

	stun_start(false);
	B.media = &can;
	call_with(plain);
	assert_true(until(stun_is_asked, NULL));
	assert_int_equal(sip_leg_state(leg_b()), SIP_LEG_ESTABLISHED);
	assert_false(leg_is_up(leg));
	leg->leg = mem_deref(leg->leg);
	assert_true(until(leg_is_gone, &B.legs[0]));
	/* … or is hung up before its 200 has gone out */
	call_with(plain);
	list_flush(&servers);
	stun_stop();
	stun_start(false);
	assert_true(until(stun_is_asked, NULL));
	sip_leg_hangup(leg_b());
	B.legs[0].leg = mem_deref(B.legs[0].leg);
	assert_true(until(leg_is_gone, leg));
	assert_int_equal(leg->closed, 603);
	stun_stop();
}

/* --- who is somewhere between
 * --------------------------------------------------- */

static char *sdp_with(const char *more)
{
	return text_printf("v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			   "m=audio 4660 RTP/AVP 8\r\n%s",
			   more);
}

static const char credentials[] =
	"a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";

static void answered_with(const char *more, enum media_way is)
{
	struct peer p;
	char *sdp = sdp_with(more);

	peer_start(&p);
	leg = party_call_with(&A, &p.addr, (struct sip_leg_prm){.media = can});
	reply_to(&p, expect(&p, "INVITE"), "200 OK", NULL, sdp);
	expect(&p, "ACK");
	assert_true(until(leg_is_up, leg));
	assert_int_equal(way(leg->leg), is);
	leg->leg = mem_deref(leg->leg);
	reply_to(&p, expect(&p, "BYE"), "200 OK", NULL, NULL);
	free(sdp);
	peer_stop(&p);
}

static void test_odd_answers(void **state)
{
	char *more;
	(void)state;

	/* His server has put itself between, and left his candidates */
	more = text_printf("%sa=candidate:1 1 UDP 1 127.0.0.2 4660 typ "
			   "host\r\n",
			   credentials);
	answered_with(more, MEDIA_WAY_PLAIN);
	free(more);
	/* … or ours were */
	more = text_printf("%sa=ice-mismatch\r\na=candidate:1 1 UDP 1 "
			   "127.0.0.1 4660 typ host\r\n",
			   credentials);
	answered_with(more, MEDIA_WAY_PLAIN);
	free(more);
	answered_with("a=ice-ufrag:abcd\r\n", MEDIA_WAY_PLAIN);
	answered_with("a=ice-ufrag:a\r\na=ice-pwd:short\r\na=candidate:1 1 "
		      "UDP 1 127.0.0.1 4660 typ host\r\n",
		      MEDIA_WAY_PLAIN);
	answered_with("a=candidate:1 1 UDP 1 127.0.0.1 4660 typ host\r\n",
		      MEDIA_WAY_PLAIN);
}

static void offered_with(struct peer *p, const char *more)
{
	char *sdp = sdp_with(more);

	peer_invite(p, &B, NULL, sdp);
	expect_answer(p, "SIP/2.0 200");
	free(sdp);
}

static void test_odd_offers(void **state)
{
	struct peer p;
	char *more;
	(void)state;

	B.media = &can;
	/* What stands in c= and m= is no candidate: mismatch */
	peer_start(&p);
	more = text_printf("%sa=candidate:1 1 UDP 1 127.0.0.2 4660 typ "
			   "host\r\n",
			   credentials);
	offered_with(&p, more);
	assert_non_null(strstr(p.msg, "\r\na=ice-mismatch\r\n"));
	assert_null(strstr(p.msg, "a=candidate"));
	assert_null(strstr(p.msg, "a=ice-ufrag"));
	free(more);
	peer_stop(&p);
	party_stop(&B);
	party_start(&B);
	B.media = &can;
	/* All is well, and RTCP shares the port */
	peer_start(&p);
	more = text_printf("%sa=rtcp-mux\r\na=candidate:1 1 UDP 1 127.0.0.1 "
			   "4660 typ host\r\na=candidate:2 1 TCP 1 127.0.0.1 9 "
			   "typ host tcptype active\r\n",
			   credentials);
	offered_with(&p, more);
	assert_null(strstr(p.msg, "a=ice-mismatch"));
	assert_non_null(strstr(p.msg, "a=candidate"));
	assert_non_null(strstr(p.msg, "\r\na=rtcp-mux\r\n"));
	assert_null(strstr(p.msg, " 2 UDP "));
	assert_int_equal(way(leg_b()), MEDIA_WAY_PLAIN);
	free(more);
	peer_stop(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_both),	   TEST(test_callee_can_not),
		TEST(test_caller_can_not), TEST(test_dtls),
		TEST(test_reports),	   TEST(test_hold),
		TEST(test_restart),	   TEST(test_reflexive),
		TEST(test_silent_server),  TEST(test_hang_up_while_gathering),
		TEST(test_answer_waits),   TEST(test_odd_answers),
		TEST(test_odd_offers),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
