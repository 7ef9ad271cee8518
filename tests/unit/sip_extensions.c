/**
 * @file sip_extensions.c  Session timers, reliable answers, digits, challenges
 */
#include "sip_parties.h"

static const char recvonly[] = "v=0\r\no=x 1 3 IN IP4 127.0.0.1\r\ns=-\r\n"
			       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			       "m=audio 9 RTP/AVP 8\r\na=recvonly\r\n";

/* ---- session timers (RFC 4028) ----------------------------------------- */

static void too_short_a_session_is_refused(void **state)
{
	(void)state;
	peer_invite(&p, &a, "Supported: timer\r\nSession-Expires: 30\r\n",
		    peer_sdp);
	expect_answer(&p, "SIP/2.0 422");
	assert_non_null(strstr(p.msg, "Min-SE: 90\r\n"));
	ack(&p, NULL);
	assert_null(a.legs[0].leg);
}

static void a_timer_is_agreed_on(void **state)
{
	(void)state;
	peer_invite(&p, &a,
		    "Supported: timer\r\nSession-Expires: 1800;refresher=uac"
		    "\r\n",
		    peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	assert_non_null(
		strstr(p.msg, "Session-Expires: 1800;refresher=uac\r\n"));
	assert_non_null(strstr(p.msg, "Require: timer\r\n"));
	take_dialog(&p);
	ack(&p, NULL);
	ask(&p, "UPDATE",
	    "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", NULL);
	expect_answer(&p, "SIP/2.0 200");
	assert_non_null(strstr(p.msg, "Session-Expires: 600;refresher=uac"));
	ask(&p, "UPDATE", "x: 10\r\nk: timer\r\n", NULL);
	expect_answer(&p, "SIP/2.0 422");
	/* Who does not know them leaves it to us. */
	ask(&p, "INVITE", "Session-Expires: 900\r\n", peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	assert_non_null(strstr(p.msg, "Session-Expires: 900;refresher=uas"));
	assert_null(strstr(p.msg, "Require: timer"));
	ack(&p, NULL);
}

static void nonsense_of_timers_is_none(void **state)
{
	(void)state;
	peer_invite(&p, &a,
		    "Supported: timer\r\nSession-Expires: ;refresher=uac\r\n",
		    peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	assert_null(strstr(p.msg, "Session-Expires"));
	take_dialog(&p);
	ack(&p, NULL);
	ask(&p, "UPDATE",
	    "Supported: timer\r\nSession-Expires: 99999999999999999999\r\n",
	    NULL);
	expect_answer(&p, "SIP/2.0 200");
}

/* ---- reliable provisional answers (RFC 3262) --------------------------- */

static void what_is_reliable_is_acknowledged(void **state)
{
	struct party_leg *l;
	char *invite;
	(void)state;

	l = party_call(&a, &p.addr);
	expect(&p, "INVITE");
	invite = strdup(p.msg);
	assert_non_null(strstr(invite, "100rel"));
	reply_to(&p, invite, "183 Session Progress",
		 "Require: 100rel\r\nRSeq: 7\r\n", peer_sdp);
	expect(&p, "PRACK");
	assert_non_null(strstr(p.msg, "RAck: 7 "));
	reply(&p, "200 OK", NULL, NULL);
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_EARLY);
	/* Again, or out of turn: nothing is said. */
	reply_to(&p, invite, "183 Session Progress",
		 "Require: 100rel\r\nRSeq: 7\r\n", peer_sdp);
	reply_to(&p, invite, "180 Ringing", "Require: 100rel\r\nRSeq: 9\r\n",
		 NULL);
	assert_false(comes(&p, "PRACK", 50));
	reply_to(&p, invite, "180 Ringing", "Require: 100rel\r\nRSeq: 8\r\n",
		 NULL);
	expect(&p, "PRACK");
	assert_non_null(strstr(p.msg, "RAck: 8 "));
	reply(&p, "200 OK", NULL, NULL);
	reply_to(&p, invite, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_true(until(leg_is_up, l));
	/* The numbers go on after those of the early dialog. */
	l->leg = mem_deref(l->leg);
	expect(&p, "BYE");
	reply(&p, "200 OK", NULL, NULL);
	free(invite);
}

static void who_requires_it_gets_it(void **state)
{
	char *rseq, *h;
	(void)state;

	a.ring_only = true;
	peer_invite(&p, &a, "Require: 100rel\r\nSupported: 100rel\r\n",
		    peer_sdp);
	expect_answer(&p, "SIP/2.0 180");
	assert_non_null(strstr(p.msg, "Require: 100rel\r\n"));
	rseq = value_of(p.msg, "RSeq");
	take_dialog(&p);
	/* It is said again until then. */
	expect_answer(&p, "SIP/2.0 180");
	ask(&p, "PRACK", "RAck: 1 1 INVITE\r\n", NULL);
	expect_answer(&p, "SIP/2.0 481");
	ask(&p, "PRACK", "RAck: nonsense\r\n", NULL);
	expect_answer(&p, "SIP/2.0 400");
	h = text_printf("RAck: %s 101 INVITE\r\n", rseq);
	ask(&p, "PRACK", h, NULL);
	expect_answer(&p, "SIP/2.0 200");
	ask(&p, "PRACK", h, NULL);
	expect_answer(&p, "SIP/2.0 481");
	assert_int_equal(sip_leg_answer(a.legs[0].leg, NULL, NULL), 0);
	expect(&p, "SIP/2.0 200 OK");
	free(rseq);
	free(h);
}

static void an_answer_waits_for_its_prack(void **state)
{
	char *rseq, *h;
	(void)state;

	a.ring_only = true;
	peer_invite(&p, &a, "Require: 100rel\r\n", peer_sdp);
	expect_answer(&p, "SIP/2.0 180");
	take_dialog(&p);
	assert_int_equal(sip_leg_progress(a.legs[0].leg, NULL, NULL), 0);
	assert_int_equal(sip_leg_answer(a.legs[0].leg, NULL, NULL), 0);
	rseq = value_of(p.msg, "RSeq");
	h = text_printf("RAck: %s 101 INVITE\r\n", rseq);
	ask(&p, "PRACK", h, NULL);
	expect_answer(&p, "SIP/2.0 200");
	free(rseq);
	free(h);
	expect(&p, "SIP/2.0 183");
	assert_false(comes(&p, "SIP/2.0 200", 50));
	rseq = value_of(p.msg, "RSeq");
	h = text_printf("RAck: %s 101 INVITE\r\n", rseq);
	ask(&p, "PRACK", h, NULL);
	expect_answer(&p, "SIP/2.0 200");
	p.cseq = 101;
	expect_answer(&p, "SIP/2.0 200");
	ack(&p, NULL);
	assert_true(until(leg_is_up, &a.legs[0]));
	free(rseq);
	free(h);
}

static void what_nobody_knows_is_not_pretended(void **state)
{
	(void)state;
	peer_invite(&p, &a, "Require: timer, frobnicate\r\n", peer_sdp);
	expect_answer(&p, "SIP/2.0 420");
	assert_non_null(strstr(p.msg, "Unsupported: frobnicate\r\n"));
	ack(&p, NULL);
	peer_calls(&p, &a);
	ask(&p, "INVITE", "Require: frobnicate\r\n", peer_sdp);
	expect_answer(&p, "SIP/2.0 420");
	ack(&p, NULL);
	assert_int_equal(sip_leg_state(a.legs[0].leg), SIP_LEG_ESTABLISHED);
}

/* ---- digits by INFO ---------------------------------------------------- */

static void digits_by_info_arrive(void **state)
{
	static const struct {
		const char *type, *body, *answer;
	} rows[] = {
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n",
		 "SIP/2.0 200"},
		{"application/dtmf-relay",
		 "Signal= *\r\nDuration= 99999999\r\n", "SIP/2.0 200"},
		{"application/dtmf-relay", "Signal=11\r\n", "SIP/2.0 200"},
		{"application/dtmf", "d", "SIP/2.0 200"},
		{"application/dtmf-relay", "Signal=\r\n", "SIP/2.0 400"},
		{"application/dtmf-relay", "Signal=99\r\n", "SIP/2.0 400"},
		{"application/dtmf", "hello", "SIP/2.0 400"},
		{"text/plain", "5", "SIP/2.0 415"},
	};
	(void)state;

	peer_calls(&p, &a);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *h = text_printf("Content-Type: %s\r\n", rows[i].type);

		ask(&p, "INFO", h, rows[i].body);
		expect_answer(&p, rows[i].answer);
		free(h);
	}
	ask(&p, "INFO", NULL, NULL);
	expect_answer(&p, "SIP/2.0 200");
	assert_string_equal(a.legs[0].digits, "5*#D");
}

static void digits_by_info_go_one_by_one(void **state)
{
	struct party_leg *l;
	(void)state;

	/* the peer knows no telephone events */
	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_digit(l->leg, 'x', 100), EINVAL);
	assert_int_equal(sip_leg_digit(l->leg, 0, 100), EINVAL);
	assert_int_equal(sip_leg_digit(l->leg, '1', 1), 0);
	assert_int_equal(sip_leg_digit(l->leg, 'a', 99999), 0);
	expect(&p, "INFO");
	assert_non_null(strstr(p.msg, "application/dtmf-relay"));
	assert_non_null(strstr(p.msg, "Signal=1\r\nDuration=40\r\n"));
	assert_false(comes(&p, "INFO", 50));
	reply(&p, "200 OK", NULL, NULL);
	expect(&p, "INFO");
	assert_non_null(strstr(p.msg, "Signal=A\r\nDuration=5000\r\n"));
	/* gone before the answer */
	assert_int_equal(sip_leg_digit(l->leg, '2', 100), 0);
	l->leg = mem_deref(l->leg);
	reply(&p, "200 OK", NULL, NULL);
	expect(&p, "BYE");
	reply(&p, "200 OK", NULL, NULL);
}

static char digit_heard;

static void on_media(enum media_event ev, void *arg)
{
	(void)arg;
	if (ev == MEDIA_EVENT_DIGIT)
		digit_heard =
			media_stream_take_digit(sip_leg_stream(b.legs[0].leg));
}

static bool is_heard(void *arg)
{
	return digit_heard == *(const char *)arg;
}

static void digits_go_with_the_sound_where_both_can(void **state)
{
	struct party_leg *l = a_talks_to_b();
	char five = '5';
	(void)state;

	digit_heard = 0;
	media_stream_set_handler(sip_leg_stream(b.legs[0].leg), on_media, NULL);
	assert_int_equal(sip_leg_digit(l->leg, '5', 100), 0);
	assert_true(until(is_heard, &five));
	assert_int_equal(b.legs[0].events[SIP_LEG_EV_DIGIT], 0);
}

static void digits_alone_are_no_call(void **state)
{
	static const char digits[] =
		"v=0\r\no=x 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
		"c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 101\r\n"
		"a=rtpmap:101 telephone-event/8000\r\n";
	(void)state;

	peer_invite(&p, &a, NULL, digits);
	expect_answer(&p, "SIP/2.0 488");
	ack(&p, NULL);
}

/* ---- an account: challenged at every turn ------------------------------ */

static void challenge_again(struct peer *q, const char *code, unsigned nonce)
{
	char *h = text_printf("%s: Digest realm=\"x\", nonce=\"n%u\", "
			      "qop=\"auth\", algorithm=MD5\r\n",
			      *code == '4' && code[2] == '7'
				      ? "Proxy-Authenticate"
				      : "WWW-Authenticate",
			      nonce);

	reply(q, code, h, NULL);
	free(h);
}

/** The same request comes again, with our word for that nonce. */
static void expect_word(struct peer *q, const char *method, unsigned nonce)
{
	char want[32];

	snprintf(want, sizeof(want), "nonce=\"n%u\"", nonce);
	for (int i = 0; i < 4; i++) {
		expect(q, method);
		if (strstr(q->msg, want))
			return;
	}
	fail_msg("%s without %s", method, want);
}

static void each_request_may_be_challenged_anew(void **state)
{
	char domain[32];
	const struct sip_account_prm prm = {
		.user = "200",
		.domain = domain,
		.password = "secret",
		.quiet = true,
	};
	struct sip_account *acc;
	struct party_leg *l;
	(void)state;

	re_snprintf(domain, sizeof(domain), "%J", &p.addr);
	assert_int_equal(sip_account_alloc(&acc, a.stack, &prm, NULL, NULL), 0);
	l = party_call_with(&a, &p.addr, (struct sip_leg_prm){.account = acc});
	expect(&p, "INVITE");
	challenge_again(&p, "407 Proxy Authentication Required", 1);
	expect_word(&p, "INVITE", 1);
	reply(&p, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_true(until(leg_is_up, l));

	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	challenge_again(&p, "407 Proxy Authentication Required", 2);
	expect_word(&p, "INVITE", 2);
	/* the other side asks as well */
	challenge_again(&p, "401 Unauthorized", 3);
	expect_word(&p, "INVITE", 3);
	reply(&p, "200 OK", NULL, recvonly);
	assert_true(until(hold_is_done, l));
	assert_int_equal(l->hold, 200);

	assert_int_equal(sip_leg_transfer(l->leg, "201", NULL), 0);
	expect(&p, "REFER");
	challenge_again(&p, "401 Unauthorized", 4);
	expect_word(&p, "REFER", 4);
	reply(&p, "603 Decline", NULL, NULL);
	assert_true(until(transfer_is_over, l));

	l->leg = mem_deref(l->leg);
	expect(&p, "BYE");
	challenge_again(&p, "407 Proxy Authentication Required", 5);
	expect_word(&p, "BYE", 5);
	/* Who asks for ever is left alone. */
	challenge_again(&p, "407 Proxy Authentication Required", 6);
	assert_false(comes(&p, "BYE", 100));
	mem_deref(acc);
}

/* ---- the way there is gone --------------------------------------------- */

static bool taken(void *arg)
{
	return a.incoming > 0 && arg;
}

static void a_lost_connection_ends_what_is_asked(void **state)
{
	static const char invite[] =
		"INVITE sip:party@test SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKt\r\n"
		"From: <sip:t@test>;tag=t\r\nTo: <sip:party@test>\r\n"
		"Call-ID: tcp\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
		"Contact: <sip:t@127.0.0.1:1;transport=tcp>\r\n"
		"Content-Type: application/sdp\r\nContent-Length: %zu\r\n"
		"\r\n%s";
	char buf[2048], *tag, *text;
	ssize_t n = 0;
	struct sa tcp;
	int fd;
	(void)state;

	sa_set_str(&tcp, "127.0.0.1", 0);
	assert_int_equal(sip_stack_listen(a.stack, SIP_TCP, &tcp), 0);
	assert_int_equal(sip_stack_address(a.stack, SIP_TCP, &tcp), 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, &tcp.u.sa, tcp.len), 0);
	text = text_printf(invite, strlen(peer_sdp), peer_sdp);
	assert_true(send(fd, text, strlen(text), 0) > 0);
	free(text);
	assert_true(until(taken, &fd));
	do {
		n += recv(fd, buf + n, sizeof(buf) - 1 - (size_t)n, 0);
		buf[n] = 0;
	} while (!strstr(buf, "SIP/2.0 200") ||
		 !strstr(strstr(buf, "SIP/2.0 200"), "\r\n\r\n"));
	tag = tag_of(strstr(strstr(buf, "SIP/2.0 200"), "\r\nTo: "));
	tag[strcspn(tag, "\r")] = 0;
	text = text_printf("ACK sip:party@test SIP/2.0\r\n"
			   "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKu\r\n"
			   "From: <sip:t@test>;tag=t\r\n"
			   "To: <sip:party@test>;tag=%s\r\nCall-ID: tcp\r\n"
			   "CSeq: 1 ACK\r\nMax-Forwards: 70\r\n"
			   "Content-Length: 0\r\n\r\n",
			   tag);
	assert_true(send(fd, text, strlen(text), 0) > 0);
	free(text);
	free(tag);
	assert_true(until(leg_is_up, &a.legs[0]));
	close(fd);
	/* Nobody is at its Contact either. */
	assert_int_equal(sip_leg_hold(a.legs[0].leg, true), 0);
	assert_true(until(leg_is_gone, &a.legs[0]));
	assert_int_equal(a.legs[0].closed, 503);
}

/* ---- freed at any time ------------------------------------------------- */

static void a_stack_may_go_first(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	a.stack = mem_deref(a.stack);
	l->leg = mem_deref(l->leg);
	reply(&p, "200 OK", NULL, recvonly);
}

#define EXTENSION_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXTENSION_TEST(too_short_a_session_is_refused),
		EXTENSION_TEST(a_timer_is_agreed_on),
		EXTENSION_TEST(nonsense_of_timers_is_none),
		EXTENSION_TEST(what_is_reliable_is_acknowledged),
		EXTENSION_TEST(who_requires_it_gets_it),
		EXTENSION_TEST(an_answer_waits_for_its_prack),
		EXTENSION_TEST(what_nobody_knows_is_not_pretended),
		EXTENSION_TEST(digits_by_info_arrive),
		EXTENSION_TEST(digits_by_info_go_one_by_one),
		EXTENSION_TEST(digits_go_with_the_sound_where_both_can),
		EXTENSION_TEST(digits_alone_are_no_call),
		EXTENSION_TEST(each_request_may_be_challenged_anew),
		EXTENSION_TEST(a_lost_connection_ends_what_is_asked),
		EXTENSION_TEST(a_stack_may_go_first),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
