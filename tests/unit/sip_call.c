/**
 * @file sip_call.c  Calls between two agents through a B2BUA of two legs
 */
#include "sip_fixture.h"

static bool b_rings(void)
{
	return B.leg && sip_leg_state(B.leg) == SIP_LEG_RINGING && A.leg &&
	       sip_leg_state(A.leg) == SIP_LEG_RINGING;
}

static bool both_up(void)
{
	return A.events[SIP_LEG_EV_ESTABLISHED] &&
	       B.events[SIP_LEG_EV_ESTABLISHED];
}

static bool both_hear(void)
{
	return hears(&A, 700) && hears(&B, 440);
}

static bool a_closed(void)
{
	return A.events[SIP_LEG_EV_CLOSED] > 0;
}

static bool b_closed(void)
{
	return B.events[SIP_LEG_EV_CLOSED] > 0;
}

static bool srv_clear(void)
{
	return !srv.a && !srv.b;
}

static void talk(enum sip_transport t, const char *formats)
{
	two_agents(t);
	B.on_incoming = 1;
	assert_int_equal(call(&A, "b", formats), 0);
	WAIT(both_up);
	WAIT(both_hear);
}

static void full_call(enum sip_transport t, const char *formats,
		      const char *codec)
{
	struct media_stats st;

	talk(t, formats);
	assert_string_equal(media_stream_codec(sip_leg_stream(A.leg)), codec);
	assert_string_equal(media_stream_codec(sip_leg_stream(B.leg)), codec);
	assert_int_equal(A.events[SIP_LEG_EV_MEDIA], 1);
	assert_int_equal(A.events[SIP_LEG_EV_ESTABLISHED], 1);
	assert_int_equal(B.events[SIP_LEG_EV_ESTABLISHED], 1);
	assert_string_equal(srv.auth_user, "a");
	assert_string_equal(B.from_user, "a");
	assert_string_equal(B.from_name, "A by the server");
	/* It went through the relay, not past it. */
	media_stream_stats(sip_leg_stream(srv.a), &st);
	assert_true(st.rx_packets > 5 && st.tx_packets > 5);
	sip_leg_hangup(A.leg);
	assert_int_equal(sip_leg_state(A.leg), SIP_LEG_CLOSED);
	WAIT(b_closed);
	assert_int_equal(B.code, 200);
	WAIT(srv_clear);
	assert_int_equal(A.events[SIP_LEG_EV_CLOSED], 0);
}

static void test_udp_pcma(void **state)
{
	(void)state;
	full_call(SIP_UDP, "PCMA", "PCMA");
}

static void test_tcp_pcmu(void **state)
{
	(void)state;
	full_call(SIP_TCP, "PCMU PCMA", "PCMU");
}

static void test_udp_opus(void **state)
{
	(void)state;
	full_call(SIP_UDP, NULL, "opus");
}

static void test_callee_hangs_up(void **state)
{
	(void)state;
	talk(SIP_UDP, "PCMA");
	B.leg = mem_deref(B.leg);
	WAIT(a_closed);
	assert_int_equal(A.code, 200);
	WAIT(srv_clear);
}

static void test_both_hang_up_at_once(void **state)
{
	(void)state;
	talk(SIP_UDP, "PCMA");
	A.leg = mem_deref(A.leg);
	B.leg = mem_deref(B.leg);
	WAIT(srv_clear);
	assert_int_equal(A.events[SIP_LEG_EV_CLOSED], 0);
	assert_int_equal(B.events[SIP_LEG_EV_CLOSED], 0);
}

static void test_ring_then_answer(void **state)
{
	(void)state;
	two_agents(SIP_UDP);
	assert_int_equal(call(&A, "b", NULL), 0);
	assert_int_equal(sip_leg_state(A.leg), SIP_LEG_CALLING);
	WAIT(b_rings);
	/* four of sound, and digits for two clocks */
	assert_int_equal(list_count(sip_leg_remote_formats(B.leg)), 6);
	assert_false(media_stream_codec(sip_leg_stream(A.leg)) != NULL);
	assert_int_equal(sip_leg_hold(A.leg, true), EPROTO);
	assert_int_equal(sip_leg_ring(A.leg, NULL), EPROTO);
	assert_int_equal(sip_leg_answer(B.leg, NULL, NULL), 0);
	assert_int_equal(sip_leg_answer(B.leg, NULL, NULL), EPROTO);
	WAIT(both_hear);
}

static void refused_with(int code)
{
	two_agents(SIP_UDP);
	B.on_incoming = code;
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(a_closed);
	assert_int_equal(A.code, code);
	assert_true(strlen(A.reason) > 0);
	assert_null(A.leg);
	WAIT(srv_clear);
	assert_int_equal(B.events[SIP_LEG_EV_CLOSED], 0);
}

static void test_busy(void **state)
{
	(void)state;
	refused_with(486);
}

static void test_declined(void **state)
{
	(void)state;
	refused_with(603);
}

static void test_unavailable(void **state)
{
	(void)state;
	refused_with(480);
}

static void test_unknown_number(void **state)
{
	(void)state;
	two_agents(SIP_TCP);
	assert_int_equal(call(&A, "999", NULL), 0);
	WAIT(a_closed);
	assert_int_equal(A.code, 404);
	assert_string_equal(A.reason, "Not Found");
}

static void test_rejected_while_ringing(void **state)
{
	(void)state;
	two_agents(SIP_UDP);
	call(&A, "b", NULL);
	WAIT(b_rings);
	assert_int_equal(sip_leg_reject(B.leg, 486, "Not \r\nnow\x1b[31m"), 0);
	assert_int_equal(sip_leg_state(B.leg), SIP_LEG_CLOSED);
	WAIT(a_closed);
	assert_int_equal(A.code, 486);
	assert_null(strpbrk(A.reason, "\r\n\x1b"));
	assert_int_equal(B.events[SIP_LEG_EV_CLOSED], 0);
}

static void test_cancelled(void **state)
{
	(void)state;
	two_agents(SIP_UDP);
	call(&A, "b", NULL);
	WAIT(b_rings);
	A.leg = mem_deref(A.leg);
	WAIT(b_closed);
	assert_int_equal(B.code, 487);
	WAIT(srv_clear);
}

static bool b_has_leg(void)
{
	return B.leg != NULL;
}

static void test_cancelled_before_anything_was_said(void **state)
{
	(void)state;
	two_agents(SIP_UDP);
	B.silent = true;
	call(&A, "b", NULL);
	WAIT(b_has_leg);
	assert_int_equal(sip_leg_state(B.leg), SIP_LEG_INCOMING);
	A.leg = mem_deref(A.leg);
	WAIT(b_closed);
	assert_int_equal(B.code, 487);
	assert_int_equal(B.incoming, 1);
}

static void test_nobody_answers(void **state)
{
	struct sip_leg_prm prm = {.to_uri = "b", .answer_s = 1};

	(void)state;
	two_agents(SIP_UDP);
	prm.account = A.account;
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A), 0);
	WAIT(a_closed);
	assert_int_equal(A.code, 408);
	WAIT(b_closed);
	assert_int_equal(B.code, 487);
}

static bool a_early(void)
{
	return A.leg && sip_leg_state(A.leg) == SIP_LEG_EARLY && hears(&A, 700);
}

static void test_early_media(void **state)
{
	(void)state;
	two_agents(SIP_UDP);
	B.early = true;
	call(&A, "b", NULL);
	WAIT(a_early);
	assert_int_equal(A.events[SIP_LEG_EV_ESTABLISHED], 0);
	assert_int_equal(A.events[SIP_LEG_EV_MEDIA], 1);
	assert_int_equal(sip_leg_answer(B.leg, NULL, NULL), 0);
	WAIT(both_up);
	WAIT(both_hear);
	assert_int_equal(A.events[SIP_LEG_EV_MEDIA], 1);
}

static void test_headers_both_ways(void **state)
{
	struct sip_leg_prm prm = {.account = NULL};
	char *uri;

	(void)state;
	/* Past the server, straight from A's stack to B's contact. */
	two_agents(SIP_UDP);
	B.on_incoming = 1;
	uri = text_dup(srv.contact[1]);
	prm.to_uri = uri;
	prm.from_user = "a b\"<\x1b>";
	prm.from_name = "Evil \"name\"\r\nX: y \x1b[2J";
	prm.headers = (const struct sip_header[]){{SIP_HEADER_CALL_ID, "17"},
						  {NULL, NULL}};
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A), 0);
	WAIT(both_up);
	assert_string_equal(B.call_header, "17");
	assert_string_equal(A.call_header, "from-callee");
	assert_string_equal(B.from_user, "a b\"<>");
	assert_non_null(strstr(B.from_name, "Evil \"name\""));
	assert_null(strpbrk(B.from_name, "\r\n\x1b"));
	free(uri);
}

static void test_bad_headers_are_refused(void **state)
{
	static const struct sip_header bad[][2] = {
		{{"X-A", "a\r\nEvil: b"}, {NULL, NULL}},
		{{"X A", "a"}, {NULL, NULL}},
		{{"X-A:", "a"}, {NULL, NULL}},
		{{"", "a"}, {NULL, NULL}},
	};
	struct sip_leg_prm prm = {.to_uri = "b"};

	(void)state;
	two_agents(SIP_UDP);
	prm.account = A.account;
	for (size_t i = 0; i < 4; i++) {
		prm.headers = bad[i];
		assert_int_equal(
			sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A),
			EINVAL);
	}
	prm.headers = NULL;
	prm.to_uri = "sip:x@y>\r\n";
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A),
			 EINVAL);
	prm.account = NULL;
	prm.to_uri = "sip:x@host.test";
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A),
			 ENOTSUP);
	assert_null(A.leg);
	assert_int_equal(srv.invites, 0);
}

static void test_nothing_in_common(void **state)
{
	struct sip_leg_prm prm = {.account = NULL};
	struct list l = LIST_INIT;
	char *uri;

	(void)state;
	two_agents(SIP_UDP);
	uri = text_dup(srv.contact[1]);
	media_format_add(&l, "G729", 18, 8000, 1, NULL);
	prm.to_uri = uri;
	prm.media.formats = &l;
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A), 0);
	WAIT(a_closed);
	assert_int_equal(A.code, 488);
	assert_null(B.leg);
	list_flush(&l);
	free(uri);
}

static void test_server_passes_on_what_it_does_not_know(void **state)
{
	struct sip_leg_prm prm = {.to_uri = "b"};
	struct list l = LIST_INIT;

	(void)state;
	two_agents(SIP_UDP);
	media_format_add(&l, "G729", 18, 8000, 1, NULL);
	media_format_add(&l, "telephone-event", 101, 8000, 1, "0-16");
	prm.account = A.account;
	prm.media.formats = &l;
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A), 0);
	WAIT(a_closed);
	/* It was B who could not take it. */
	assert_int_equal(A.code, 488);
	assert_int_equal(B.incoming, 1);
	list_flush(&l);
}

static void test_other_payload_types(void **state)
{
	struct sip_leg_prm prm = {.account = NULL};
	struct list l = LIST_INIT;
	char *uri;

	(void)state;
	/* The offer's numbers hold for both. */
	two_agents(SIP_UDP);
	B.on_incoming = 1;
	uri = text_dup(srv.contact[1]);
	media_format_add(&l, "opus", 97, 48000, 2, NULL);
	prm.to_uri = uri;
	prm.media.formats = &l;
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A), 0);
	media_stream_set_audio(sip_leg_stream(A.leg), &A.audio);
	WAIT(both_hear);
	assert_int_equal(((struct media_format *)sip_leg_remote_formats(A.leg)
				  ->head->data)
				 ->pt,
			 97);
	list_flush(&l);
	free(uri);
}

/* --- hold --------------------------------------------------------------- */

static bool b_held(void)
{
	return B.events[SIP_LEG_EV_HELD] && A.events[SIP_LEG_EV_HOLD_DONE];
}

static bool b_resumed(void)
{
	return B.events[SIP_LEG_EV_RESUMED] &&
	       A.events[SIP_LEG_EV_HOLD_DONE] == 2;
}

static bool a_quiet(void)
{
	return quiet(&A);
}

static void test_hold_and_resume(void **state)
{
	(void)state;
	talk(SIP_UDP, "PCMA");
	assert_int_equal(sip_leg_hold(A.leg, false), 0);
	assert_int_equal(sip_leg_hold(A.leg, true), 0);
	assert_int_equal(sip_leg_hold(A.leg, true), EALREADY);
	WAIT(b_held);
	assert_int_equal(A.hold_code, 200);
	assert_true(sip_leg_held(A.leg));
	assert_true(sip_leg_held_remote(B.leg));
	assert_false(sip_leg_held(B.leg));
	WAIT(a_quiet);
	assert_int_equal(sip_leg_hold(A.leg, false), 0);
	WAIT(b_resumed);
	assert_false(sip_leg_held_remote(B.leg));
	WAIT(both_hear);
	assert_int_equal(B.events[SIP_LEG_EV_HELD], 1);
	assert_int_equal(B.events[SIP_LEG_EV_RESUMED], 1);
}

static bool both_hold_done(void)
{
	return A.events[SIP_LEG_EV_HOLD_DONE] && B.events[SIP_LEG_EV_HOLD_DONE];
}

static void test_hold_towards_one_who_is_gone(void **state)
{
	struct sip_leg_prm prm = {.account = NULL};
	char *uri;

	(void)state;
	two_agents(SIP_UDP);
	B.on_incoming = 1;
	uri = text_dup(srv.contact[1]);
	prm.to_uri = uri;
	sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A);
	WAIT(both_up);
	/* The hold and the BYE cross. */
	assert_int_equal(sip_leg_hold(A.leg, true), 0);
	B.leg = mem_deref(B.leg);
	WAIT(a_closed);
	free(uri);
}

static void test_both_hold_at_once(void **state)
{
	struct sip_leg_prm prm = {.account = NULL};
	char *uri;

	(void)state;
	two_agents(SIP_UDP);
	B.on_incoming = 1;
	uri = text_dup(srv.contact[1]);
	prm.to_uri = uri;
	sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A);
	WAIT(both_up);
	assert_int_equal(sip_leg_hold(A.leg, true), 0);
	assert_int_equal(sip_leg_hold(B.leg, true), 0);
	/* 491 and another try, each after its own time. */
	WAIT(both_hold_done);
	assert_int_equal(A.hold_code, 200);
	assert_int_equal(B.hold_code, 200);
	assert_true(sip_leg_held(A.leg) && sip_leg_held_remote(A.leg));
	assert_true(sip_leg_held(B.leg) && sip_leg_held_remote(B.leg));
	free(uri);
}

/* --- operated from elsewhere -------------------------------------------- */

static bool b_told_to_talk(void)
{
	return B.events[SIP_LEG_EV_TALK] > 0;
}

static bool talk_possible(void)
{
	return b_rings() && srv.b && sip_leg_state(srv.b) == SIP_LEG_RINGING;
}

static void test_talk(void **state)
{
	(void)state;
	two_agents(SIP_UDP);
	call(&A, "b", NULL);
	WAIT(talk_possible);
	assert_int_equal(sip_leg_talk(A.leg), ENOTSUP);
	assert_int_equal(sip_leg_talk(srv.b), 0);
	WAIT(b_told_to_talk);
	assert_int_equal(B.events[SIP_LEG_EV_TALK], 1);
	assert_int_equal(sip_leg_answer(B.leg, NULL, NULL), 0);
	WAIT(both_hear);
	/* The dialog's numbers are right: the good-bye is understood. */
	A.leg = mem_deref(A.leg);
	WAIT(b_closed);
	assert_int_equal(B.code, 200);
}

/* --- freed in each event ------------------------------------------------ */

static bool a_gone(void)
{
	return !A.leg && srv_clear();
}

static bool b_gone(void)
{
	return !B.leg && srv_clear();
}

static void test_caller_frees_in_each_event(void **state)
{
	static const enum sip_leg_event_type ev[] = {
		SIP_LEG_EV_PROGRESS, SIP_LEG_EV_MEDIA, SIP_LEG_EV_ESTABLISHED};

	(void)state;
	two_agents(SIP_UDP);
	B.on_incoming = 1;
	for (size_t i = 0; i < 3; i++) {
		A.free_at = 1u << ev[i];
		B.early = ev[i] == SIP_LEG_EV_MEDIA;
		assert_int_equal(call(&A, "b", NULL), 0);
		WAIT(a_gone);
		assert_true(A.events[ev[i]] > 0);
		WAIT(b_gone);
		memset(A.events, 0, sizeof(A.events));
	}
}

static bool held_gone(void)
{
	return !B.leg && srv_clear() && a_closed();
}

static void test_callee_frees_in_each_event(void **state)
{
	(void)state;
	two_agents(SIP_TCP);
	B.on_incoming = 1;
	B.free_at = 1u << SIP_LEG_EV_ESTABLISHED;
	call(&A, "b", NULL);
	WAIT(b_gone);
	WAIT(a_closed);
	memset(A.events, 0, sizeof(A.events));
	memset(B.events, 0, sizeof(B.events));
	B.free_at = 1u << SIP_LEG_EV_HELD;
	call(&A, "b", NULL);
	WAIT(both_up);
	assert_int_equal(sip_leg_hold(A.leg, true), 0);
	WAIT(held_gone);
	memset(A.events, 0, sizeof(A.events));
	memset(B.events, 0, sizeof(B.events));
	B.free_at = 1u << SIP_LEG_EV_OFFER;
	call(&A, "b", NULL);
	WAIT(both_up);
	assert_int_equal(sip_leg_hold(A.leg, true), 0);
	WAIT(held_gone);
}

static void test_all_freed_in_the_call(void **state)
{
	(void)state;
	talk(SIP_UDP, NULL);
	agent_stop(&A);
	agent_stop(&B);
	WAIT(srv_clear);
}

static void test_stack_first(void **state)
{
	(void)state;
	talk(SIP_UDP, NULL);
	/* Legs and accounts keep it as long as they need it. */
	A.stack = mem_deref(A.stack);
	srv.stack = mem_deref(srv.stack);
	A.leg = mem_deref(A.leg);
	WAIT(b_closed);
}

/* --- the end ------------------------------------------------------------ */

static unsigned closed;

static void on_closed(void *arg)
{
	(void)arg;
	closed++;
}

static bool all_closed(void)
{
	return closed == 1;
}

static bool unregistered(void)
{
	return !srv.contact[0];
}

static void test_close_says_goodbye(void **state)
{
	(void)state;
	closed = 0;
	talk(SIP_UDP, "PCMA");
	sip_stack_close(A.stack, on_closed, NULL);
	assert_int_equal(sip_leg_state(A.leg), SIP_LEG_CLOSED);
	WAIT(all_closed);
	WAIT(unregistered);
	WAIT(b_closed);
	assert_int_equal(B.code, 200);
	assert_int_equal(A.events[SIP_LEG_EV_CLOSED], 0);
	assert_int_equal(call(&A, "b", NULL), EINVAL);
}

/* What the call still needs of the account keeps it registered no longer. */
static void test_account_ends_in_the_call(void **state)
{
	(void)state;
	talk(SIP_UDP, "PCMA");
	sip_account_close(A.account);
	A.account = mem_deref(A.account);
	WAIT(unregistered);
	assert_int_equal(sip_leg_state(A.leg), SIP_LEG_ESTABLISHED);
	sip_leg_hangup(A.leg);
	WAIT(b_closed);
	assert_int_equal(B.code, 200);
}

static void test_close_without_anybody(void **state)
{
	(void)state;
	closed = 0;
	talk(SIP_UDP, "PCMA");
	srv_stop();
	sip_stack_close(A.stack, on_closed, NULL);
	WAIT(all_closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_udp_pcma),
		T(test_tcp_pcmu),
		T(test_udp_opus),
		T(test_callee_hangs_up),
		T(test_both_hang_up_at_once),
		T(test_ring_then_answer),
		T(test_busy),
		T(test_declined),
		T(test_unavailable),
		T(test_unknown_number),
		T(test_rejected_while_ringing),
		T(test_cancelled),
		T(test_cancelled_before_anything_was_said),
		T(test_nobody_answers),
		T(test_early_media),
		T(test_headers_both_ways),
		T(test_bad_headers_are_refused),
		T(test_nothing_in_common),
		T(test_server_passes_on_what_it_does_not_know),
		T(test_other_payload_types),
		T(test_hold_and_resume),
		T(test_hold_towards_one_who_is_gone),
		T(test_both_hold_at_once),
		T(test_talk),
		T(test_caller_frees_in_each_event),
		T(test_callee_frees_in_each_event),
		T(test_all_freed_in_the_call),
		T(test_stack_first),
		T(test_close_says_goodbye),
		T(test_account_ends_in_the_call),
		T(test_close_without_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
