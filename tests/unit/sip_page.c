/**
 * @file sip_page.c  Text messages both ways (RFC 3428), and hostile ones
 */
#include "sip_pair.h"

struct sent {
	struct sip_page *page;
	unsigned told;
	uint16_t code;
	char *reason;
	bool free_in_handler;
};

static void on_result(struct sip_page *page, uint16_t code, const char *reason,
		      void *arg)
{
	struct sent *s = arg;
	(void)page;

	assert_non_null(reason);
	s->told++;
	s->code = code;
	text_set(&s->reason, reason);
	if (s->free_in_handler)
		s->page = mem_deref(s->page);
}

static bool is_told(void *arg)
{
	return ((struct sent *)arg)->told > 0;
}

static bool is_kept(void *arg)
{
	(void)arg;
	return P.kept != NULL;
}

static void sent_reset(struct sent *s)
{
	mem_deref(s->page);
	free(s->reason);
	memset(s, 0, sizeof(*s));
}

static int phone_sends(struct sent *s, const char *to, const char *text)
{
	const struct sip_page_prm prm = {
		.to_uri = to, .account = P.account, .text = text};

	return sip_page_send(&s->page, P.phone, &prm, on_result, s);
}

static int server_sends(struct sent *s, const char *text)
{
	const struct sip_page_prm prm = {
		.to_uri = P.contact,
		.from_user = "b",
		.from_name = "Bé",
		.peer = &P.source,
		.transport = P.transport,
		.text = text,
	};

	return sip_page_send(&s->page, P.server, &prm, on_result, s);
}

/* ---- sent -----------------------------------------------------------------
 */

static void goes_both_ways(enum sip_transport t)
{
	struct sent s = {.told = 0};

	pair_phone(t);
	assert_int_equal(phone_sends(&s, "b", "Grüße\naus dem Keller ☎"), 0);
	assert_true(until(is_told, &s));
	assert_int_equal(s.code, 200);
	assert_string_equal(P.text, "Grüße\naus dem Keller ☎");
	assert_string_equal(P.auth_user, "a");
	assert_string_equal(P.from, "a");
	sent_reset(&s);

	assert_int_equal(server_sends(&s, "zurück"), 0);
	assert_true(until(is_told, &s));
	assert_int_equal(s.code, 200);
	assert_int_equal(P.came_phone, 1);
	assert_string_equal(P.text, "zurück");
	assert_string_equal(P.from, "b");
	sent_reset(&s);
}

static void a_text_goes_both_ways_by_datagram(void **state)
{
	(void)state;
	goes_both_ways(SIP_UDP);
}

static void a_text_goes_both_ways_by_connection(void **state)
{
	(void)state;
	goes_both_ways(SIP_TCP);
}

static void what_is_refused_says_with_what(void **state)
{
	struct sent s = {.free_in_handler = true};
	(void)state;

	pair_phone(SIP_UDP);
	P.answer = 480;
	assert_int_equal(phone_sends(&s, "b", "x"), 0);
	assert_true(until(is_told, &s));
	assert_int_equal(s.code, 480);
	assert_null(s.page);
	sent_reset(&s);
}

static void nobody_hears_of_one_that_was_freed(void **state)
{
	struct sent s = {.told = 0}, other = {.told = 0};
	(void)state;

	pair_phone(SIP_UDP);
	assert_int_equal(phone_sends(&s, "b", "first"), 0);
	s.page = mem_deref(s.page);
	assert_int_equal(phone_sends(&other, "b", "second"), 0);
	assert_true(until(is_told, &other));
	assert_int_equal(s.told, 0);
	sent_reset(&other);
}

/* The owner may take its time; nothing is said before it has it. */
static void it_is_confirmed_only_once_it_is_taken(void **state)
{
	struct sent s = {.told = 0};
	(void)state;

	pair_phone(SIP_UDP);
	P.answer = 0;
	assert_int_equal(phone_sends(&s, "b", "keep"), 0);
	assert_true(until(is_kept, NULL));
	assert_int_equal(s.told, 0);
	assert_int_equal(sip_page_in_accept(P.kept), 0);
	assert_int_equal(sip_page_in_accept(P.kept), EINVAL);
	assert_true(until(is_told, &s));
	assert_int_equal(s.code, 200);
	assert_int_equal(P.came_server, 1);
	sent_reset(&s);
}

static void what_is_dropped_unread_is_not_confirmed(void **state)
{
	struct sent s = {.told = 0};
	(void)state;

	pair_phone(SIP_UDP);
	P.answer = 0;
	assert_int_equal(phone_sends(&s, "b", "drop"), 0);
	assert_true(until(is_kept, NULL));
	P.kept = mem_deref(P.kept);
	assert_true(until(is_told, &s));
	assert_int_equal(s.code, 480);
	sent_reset(&s);
}

static void what_cannot_be_sent_is_refused_at_once(void **state)
{
	struct sent s = {.told = 0};
	char big[SIP_PAGE_MAX + 2];
	(void)state;

	pair_phone(SIP_UDP);
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = 0;
	assert_int_equal(phone_sends(&s, "b", big), EMSGSIZE);
	assert_int_equal(phone_sends(&s, "b", ""), EINVAL);
	assert_int_equal(phone_sends(&s, "b", NULL), EINVAL);
	assert_int_equal(phone_sends(&s, "b", "\xff\xfe"), EINVAL);
	assert_int_equal(phone_sends(&s, "sip:b@x>\r\nA: b", "x"), EINVAL);
	assert_int_equal(phone_sends(&s, "", "x"), EINVAL);
	assert_null(s.page);
}

static void a_long_text_goes_by_connection(enum sip_transport t)
{
	struct sent s = {.told = 0};
	char big[SIP_PAGE_MAX + 1];

	pair_phone(t);
	memset(big, 'x', sizeof(big));
	big[SIP_PAGE_MAX] = 0;
	assert_int_equal(phone_sends(&s, "b", big), 0);
	assert_true(until(is_told, &s));
	assert_int_equal(s.code, 200);
	assert_int_equal(strlen(P.text), SIP_PAGE_MAX);
	sent_reset(&s);
}

static void a_long_text_goes_by_connection_from_tcp(void **state)
{
	(void)state;
	a_long_text_goes_by_connection(SIP_TCP);
}

static void a_long_text_goes_by_connection_from_udp(void **state)
{
	(void)state;
	a_long_text_goes_by_connection(SIP_UDP);
}

/* ---- received from anybody ------------------------------------------------
 */

struct raw {
	int fd;
	char got[4096];
};

static bool has_come(void *arg)
{
	struct raw *r = arg;
	ssize_t n = recv(r->fd, r->got, sizeof(r->got) - 1, MSG_DONTWAIT);

	r->got[n > 0 ? n : 0] = 0;
	return n > 0;
}

/* Straight to the phone's contact, whose user only the registrar knows. */
static unsigned tell_phone(struct raw *r, const char *cseq, const char *headers,
			   const char *body, size_t len, bool wait)
{
	char text[32768];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
			     "MESSAGE %s SIP/2.0\r\n"
			     "Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=%s\r\n"
			     "From: <sip:evil@x>;tag=1\r\nTo: <sip:a@x>\r\n"
			     "Call-ID: %s\r\nCSeq: %.1s MESSAGE\r\n"
			     "%sContent-Length: %zu\r\n\r\n",
			     P.contact, cseq, cseq, cseq, headers, len);
	memcpy(text + n, body, len);
	assert_int_equal(
		sendto(r->fd, text, n + len, 0, &P.source.u.sa, P.source.len),
		(ssize_t)(n + len));
	if (!wait)
		return 0;
	assert_true(until(has_come, r));
	return (unsigned)strtoul(r->got + 8, NULL, 10);
}

#define PLAIN "Content-Type: text/plain\r\n"

static void hostile_texts_get_their_code(void **state)
{
	static const struct {
		const char *cseq, *headers, *body;
		unsigned code;
	} cases[] = {
		{"1a", PLAIN, "hello", 200},
		{"1b", "c: text/plain;charset=\"utf-8\"\r\n", "h\xc3\xbc", 200},
		{"1c", "Content-Type: text/html\r\n", "<b>", 415},
		{"1d", "Content-Type: text/plain;charset=latin1\r\n", "x", 415},
		{"1e", PLAIN, "\xff\xfe", 415},
		{"1f", PLAIN "Content-Encoding: gzip\r\n", "x", 415},
		{"1g", PLAIN "Require: magic\r\n", "x", 420},
		{"1h", "", "x", 400},
		{"1i", PLAIN, "", 200},
		{"1j", PLAIN, "\x1b]0;owned\x07rest", 200},
	};
	struct raw r;
	(void)state;

	pair_phone(SIP_UDP);
	r.fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned code =
			tell_phone(&r, cases[i].cseq, cases[i].headers,
				   cases[i].body, strlen(cases[i].body), true);

		if (code != cases[i].code)
			fail_msg("%s: %s", cases[i].cseq, r.got);
	}
	/* the empty one was nothing to take */
	assert_int_equal(P.came_phone, 3);
	assert_null(strchr(P.text, '\x1b'));
	assert_null(strchr(P.text, '\x07'));
	close(r.fd);
}

static void repetitions_are_one_text(void **state)
{
	struct raw r;
	(void)state;

	pair_phone(SIP_UDP);
	r.fd = socket(AF_INET, SOCK_DGRAM, 0);
	P.answer = 0;
	tell_phone(&r, "1r", PLAIN, "once", 4, false);
	assert_true(until(is_kept, NULL));
	tell_phone(&r, "1r", PLAIN, "once", 4, false);
	tell_phone(&r, "1r", PLAIN, "once", 4, false);
	/* what comes behind them shows that they have been seen */
	P.answer = 200;
	assert_int_equal(tell_phone(&r, "1s", PLAIN, "next", 4, true), 200);
	assert_int_equal(P.came_phone, 2);
	assert_int_equal(sip_page_in_accept(P.kept), 0);
	assert_true(until(has_come, &r));
	assert_non_null(strstr(r.got, "branch=1r"));
	assert_int_equal(tell_phone(&r, "1r", PLAIN, "once", 4, true), 200);
	assert_int_equal(P.came_phone, 2);
	close(r.fd);
}

static void strangers_are_asked_who_they_are(void **state)
{
	struct sent s = {.told = 0};
	const struct sip_page_prm prm = {.to_uri = "sip:x@127.0.0.1",
					 .from_user = "evil",
					 .peer = &P.addr,
					 .text = "spam"};
	(void)state;

	pair_phone(SIP_UDP);
	/* the phone's own stack, without its account */
	assert_int_equal(sip_page_send(&s.page, P.phone, &prm, on_result, &s),
			 0);
	assert_true(until(is_told, &s));
	assert_int_equal(s.code, 407);
	assert_int_equal(P.came_server, 0);
	sent_reset(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_TEST(a_text_goes_both_ways_by_datagram),
		PAIR_TEST(a_text_goes_both_ways_by_connection),
		PAIR_TEST(what_is_refused_says_with_what),
		PAIR_TEST(nobody_hears_of_one_that_was_freed),
		PAIR_TEST(it_is_confirmed_only_once_it_is_taken),
		PAIR_TEST(what_is_dropped_unread_is_not_confirmed),
		PAIR_TEST(what_cannot_be_sent_is_refused_at_once),
		PAIR_TEST(a_long_text_goes_by_connection_from_tcp),
		PAIR_TEST(a_long_text_goes_by_connection_from_udp),
		PAIR_TEST(hostile_texts_get_their_code),
		PAIR_TEST(repetitions_are_one_text),
		PAIR_TEST(strangers_are_asked_who_they_are),
	};

	return pair_main(tests, ARRAY_SIZE(tests));
}
