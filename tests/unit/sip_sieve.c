/**
 * @file sip_sieve.c  Requests that are not as they should be get their answer
 *
 * After the torture messages of RFC 4475, by datagram and by connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/sip.h>
#include "until.h"

enum { FLOOD = 200, FEW = 60 };

struct bench {
	struct media *media;
	struct sip_stack *stack;
	struct sa udp, tcp;
	int fd;
	char got[4096];
	size_t n;
	unsigned calls;
};

static void on_incoming(struct sip_incoming *in, void *arg)
{
	struct bench *b = arg;

	b->calls++;
	sip_incoming_reject(in, 486, NULL);
}

static int setup(void **state)
{
	static const struct sip_stack_handlers handlers = {.incoming =
								   on_incoming};
	struct bench *b = calloc(1, sizeof(*b));
	struct sip_stack_prm prm = {.realm = "offhook"};

	assert_int_equal(media_alloc(&b->media), 0);
	prm.media = b->media;
	assert_int_equal(sip_stack_alloc(&b->stack, &prm, &handlers, b), 0);
	sa_set_str(&b->udp, "127.0.0.1", 0);
	assert_int_equal(sip_stack_listen(b->stack, SIP_UDP, &b->udp), 0);
	assert_int_equal(sip_stack_listen(b->stack, SIP_TCP, &b->udp), 0);
	sip_stack_address(b->stack, SIP_UDP, &b->udp);
	sip_stack_address(b->stack, SIP_TCP, &b->tcp);
	b->fd = -1;
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	if (b->fd >= 0)
		close(b->fd);
	mem_deref(b->stack);
	mem_deref(b->media);
	free(b);
	return 0;
}

static void reach(struct bench *b, bool tcp)
{
	const struct sa *dst = tcp ? &b->tcp : &b->udp;

	if (b->fd >= 0)
		close(b->fd);
	b->fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	assert_true(b->fd >= 0);
	assert_int_equal(connect(b->fd, &dst->u.sa, dst->len), 0);
}

static bool has_come(void *arg)
{
	struct bench *b = arg;
	ssize_t n = recv(b->fd, b->got, sizeof(b->got) - 1, MSG_DONTWAIT);

	if (n <= 0)
		return false;
	b->n = (size_t)n;
	b->got[n] = 0;
	return true;
}

static void say(struct bench *b, const char *text)
{
	assert_int_equal(send(b->fd, text, strlen(text), 0),
			 (ssize_t)strlen(text));
}

#define REST                                                         \
	"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: c%u\r\n" \
	"Contact: <sip:a@127.0.0.1:9>\r\n"

static const char optional_answer[] =
	"OPTIONS sip:x SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKlast\r\n"
	"From: <sip:a@b>;tag=1\r\nTo: <sip:x>\r\nCall-ID: last\r\n"
	"CSeq: 9 OPTIONS\r\nContent-Length: 0\r\n\r\n";

/* ---- each answer, by datagram and by connection -------------------------- */

static const struct {
	const char *line, *headers, *body;
	unsigned code;
	const char *says; /**< stands in the answer */
} cases[] = {
	{"OPTIONS sip:x SIP/2.0", "CSeq: 1 OPTIONS\r\n", "", 200, "Allow: "},
	{"OPTIONS sip:x SIP/2.0", "CSeq: 1 INVITE\r\n", "", 400, NULL},
	{"OPTIONS sip:x SIP/2.0", "CSeq: 2147483648 OPTIONS\r\n", "", 400,
	 NULL},
	{"OPTIONS sip:x SIP/2.0", "CSeq: 36893488147419103232 OPTIONS\r\n", "",
	 400, NULL},
	{"OPTIONS sip:x SIP/2.0", "", "", 400, "CSeq"},
	{"OPTIONS sip:x SIP/2.0", "CSeq: 1 OPTIONS\r\nCall-ID: d\r\n", "", 400,
	 NULL},
	{"OPTIONS sip:x SIP/2.0", "CSeq: 1 OPTIONS\r\nMax-Forwards: 300\r\n",
	 "", 400, NULL},
	{"OPTIONS sip:x SIP/2.0", "CSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\n", "",
	 200, NULL},
	{"INVITE sip:x@y SIP/2.0", "CSeq: 1 INVITE\r\nMax-Forwards: 0\r\n", "",
	 483, NULL},
	{"MESSAGE sip:x@y SIP/2.0", "CSeq: 1 MESSAGE\r\nMax-Forwards: 0\r\n",
	 "", 483, NULL},
	{"OPTIONS nobodyKnows:opaque SIP/2.0", "CSeq: 1 OPTIONS\r\n", "", 416,
	 NULL},
	{"INVITE <sip:x@y> SIP/2.0", "CSeq: 1 INVITE\r\n", "", 400, NULL},
	{"OPTIONS sip:x SIP/2.0",
	 "CSeq: 1 OPTIONS\r\nRequire: nothing, known\r\n", "", 420,
	 "Unsupported: nothing"},
	{"INVITE sip:x@y SIP/2.0", "CSeq: 1 INVITE\r\nRequire: nothing\r\n", "",
	 420, "Unsupported: nothing"},
	{"UPDATE sip:x SIP/2.0", "CSeq: 1 UPDATE\r\n", "", 405, "Allow: "},
	{"PUBLISH sip:x SIP/2.0", "CSeq: 1 PUBLISH\r\n", "", 405, "Allow: "},
	{"NEWMETHOD sip:x SIP/2.0", "CSeq: 1 NEWMETHOD\r\n", "", 501,
	 "Allow: "},
	{"SUBSCRIBE sip:x@y SIP/2.0", "CSeq: 1 SUBSCRIBE\r\nEvent: what\r\n",
	 "", 489, NULL},
	{"SUBSCRIBE sip:x@y SIP/2.0", "CSeq: 1 SUBSCRIBE\r\n", "", 489, NULL},
	{"NOTIFY sip:x@y SIP/2.0",
	 "CSeq: 1 NOTIFY\r\nEvent: dialog\r\n"
	 "Subscription-State: active\r\n",
	 "", 481, NULL},
	{"INVITE sip:x@y SIP/2.0",
	 "CSeq: 1 INVITE\r\nContent-Type: text/plain\r\n", "v=0\r\n", 415,
	 "Accept: application/sdp"},
	{"INVITE sip:x@y SIP/2.0",
	 "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
	 "Content-Encoding: gzip\r\n",
	 "packed", 415, "Accept-Encoding: identity"},
	{"INVITE sip:x@y SIP/2.0", "CSeq: 1 INVITE\r\n", "v=0\r\n", 400,
	 "Content-Type"},
};

static void answers(struct bench *b, bool tcp)
{
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[2048], want[32];

		reach(b, tcp);
		re_snprintf(text, sizeof(text),
			    "%s\r\n"
			    "Via: SIP/2.0/%s 127.0.0.1:9;rport;"
			    "branch=z9hG4bK%u-%d\r\n" REST
			    "%sContent-Length: %zu\r\n\r\n%s",
			    cases[i].line, tcp ? "TCP" : "UDP", i, tcp,
			    i * 2 + tcp, cases[i].headers,
			    strlen(cases[i].body), cases[i].body);
		say(b, text);
		assert_true(until(has_come, b));
		snprintf(want, sizeof(want), "SIP/2.0 %u ", cases[i].code);
		if (strncmp(b->got, want, strlen(want)) != 0)
			fail_msg("%s: %s", text, b->got);
		if (cases[i].says)
			assert_non_null(strstr(b->got, cases[i].says));
	}
	assert_int_equal(b->calls, 0);
}

static void each_gets_its_code_by_datagram(void **state)
{
	answers(*state, false);
}

static void each_gets_its_code_by_connection(void **state)
{
	answers(*state, true);
}

/* ---- what libre drops ---------------------------------------------------- */

#define ALL                                                        \
	"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKm\r\n"   \
	"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: m\r\n" \
	"CSeq: 1 INVITE\r\n"

static const struct {
	const char *text;
	unsigned code; /**< 0: no answer at all */
} dropped[] = {
	/* RFC 4475 §3.1.2.16: unknown version */
	{"INVITE sip:x SIP/7.0\r\n" ALL "Content-Length: 0\r\n\r\n", 505},
	/* §3.1.2.11: a blank within the URI */
	{"INVITE sip:x; lr SIP/2.0\r\n" ALL "\r\n", 400},
	/* §3.1.2.8: more than one blank between the parts */
	{"INVITE  sip:x  SIP/2.0\r\n" ALL "\r\n", 400},
	/* §3.1.2.9: blanks behind the version */
	{"INVITE sip:x SIP/2.0  \r\n" ALL "\r\n", 400},
	/* §3.1.2.6: a quote that does not end */
	{"INVITE sip:x SIP/2.0\r\n"
	 "v: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKq\r\n"
	 "f: <sip:a@b>;tag=1\r\nt: \"Mr. X <sip:x@y\r\ni: m\r\n"
	 "m: <sip:a@127.0.0.1:9>\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n",
	 400},
	/* a Via without a branch, folded */
	{"OPTIONS sip:x SIP/2.0\r\n"
	 "Via: SIP/2.0/UDP\r\n  127.0.0.1:9;rport\r\n"
	 "From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: m\r\n"
	 "CSeq: 1 OPTIONS\r\n\r\n",
	 400},
	/* it never ends */
	{"OPTIONS sip:x SIP/2.0\r\n" ALL, 400},
	/* nothing to be answered, or nowhere */
	{"ACK sip:x SIP/7.0\r\n" ALL "\r\n", 0},
	{"SIP/2.0 abc OK\r\n" ALL "\r\n", 0},
	{"INVITE sip:x SIP/7.0\r\nFrom: <sip:a@b>\r\n\r\n", 0},
	{"INVITE sip:x SIP/7.0\r\n\r\n", 0},
	{"jibber jabber\r\n\r\n", 0},
	{"\r\n\r\n\r\n", 0},
};

static void what_cannot_be_read_is_answered(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < ARRAY_SIZE(dropped); i++) {
		char want[32];

		reach(b, false);
		say(b, dropped[i].text);
		say(b, optional_answer);
		assert_true(until(has_come, b));
		if (!dropped[i].code) {
			assert_non_null(strstr(b->got, "CSeq: 9 OPTIONS"));
			continue;
		}
		snprintf(want, sizeof(want), "SIP/2.0 %u ", dropped[i].code);
		if (strncmp(b->got, want, strlen(want)) != 0)
			fail_msg("%s: %s", dropped[i].text, b->got);
		assert_non_null(strstr(b->got, ": m\r\n"));
		assert_non_null(strstr(b->got, ";rport="));
		assert_non_null(strcasestr(b->got, "Content-Length: 0"));
	}
}

/* Its source may be forged: it is no loudspeaker. */
static void a_flood_gets_few_answers(void **state)
{
	struct bench *b = *state;
	unsigned n = 0;
	char c[2048];

	reach(b, false);
	for (unsigned i = 0; i < FLOOD; i++)
		say(b, dropped[0].text);
	say(b, optional_answer);
	do {
		assert_true(until(has_come, b));
		n++;
	} while (!strstr(b->got, "CSeq: 9 OPTIONS"));
	while (recv(b->fd, c, sizeof(c), MSG_DONTWAIT) > 0)
		n++;
	assert_true(n > 1 && n < FEW);
}

/* What a datagram says beyond its length is not part of it; what it lacks
 * makes it a bad one (RFC 3261 §18.3). */
static void the_length_of_a_datagram_counts(void **state)
{
	static const char *const texts[] = {
		"OPTIONS sip:x SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKl1\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: l1\r\n"
		"CSeq: 1 OPTIONS\r\nContent-Length: 9999\r\n\r\n",
		"OPTIONS sip:x SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKl2\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: l2\r\n"
		"CSeq: 1 OPTIONS\r\nContent-Length: -5\r\n\r\n",
		"INVITE sip:x@y SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKl3\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: l3\r\n"
		"Contact: <sip:a@127.0.0.1:9>\r\n"
		"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\nmore",
	};
	static const char *const wanted[] = {"SIP/2.0 400", "SIP/2.0 400",
					     "SIP/2.0 486"};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		reach(b, false);
		say(b, texts[i]);
		do
			assert_true(until(has_come, b));
		while (strstr(b->got, " 100 "));
		assert_int_equal(strncmp(b->got, wanted[i], 11), 0);
	}
}

/* ---- by a connection, what libre would hang up on ------------------------ */

#define ALL_TCP                                                    \
	"Via: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bKm\r\n"   \
	"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: m\r\n" \
	"CSeq: 1 INVITE\r\n"

static const char good[] =
	"OPTIONS sip:x SIP/2.0\r\n"
	"Via: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bKgood\r\n"
	"From: <sip:a@b>;tag=1\r\nTo: <sip:x>\r\nCall-ID: last\r\n"
	"CSeq: 9 OPTIONS\r\nContent-Length: 0\r\n\r\n";

static const struct {
	const char *text;
	unsigned code; /**< 0: no answer, but it goes on */
} framed[] = {
	{"INVITE sip:x SIP/7.0\r\n" ALL_TCP "Content-Length: 0\r\n\r\n", 505},
	{"INVITE sip:x; lr SIP/2.0\r\n" ALL_TCP "l : 5\r\n\r\nabcde", 400},
	{"INVITE  sip:x  SIP/2.0\r\n" ALL_TCP
	 "Content-Length:\r\n 12\r\n\r\nSIP/2.0 200\n",
	 400},
	{"INVITE sip:x SIP/2.0\r\n"
	 "v: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bKq\r\n"
	 "f: <sip:a@b>;tag=1\r\nt: \"Mr. X <sip:x@y\r\ni: m\r\n"
	 "m: <sip:a@127.0.0.1:9>\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n",
	 400},
	{"INVITE sip:x SIP/7.0\n" ALL_TCP "Content-Length: 0\n\n", 505},
	{"ACK sip:x SIP/7.0\r\n" ALL_TCP "Content-Length: 0\r\n\r\n", 0},
	{"INVITE sip:x SIP/7.0\r\nContent-Length: 0\r\n\r\n", 0},
	{"MALFORMED sip:x SIP/2.0\r\n" ALL_TCP
	 "Content-Length: 26\r\n\r\nSIP/2.0 200 OK\r\nVia: x\r\n\r\n",
	 400},
};

/* One read may bring more than one answer. */
static void expect_on(struct bench *b, unsigned i)
{
	char all[8192] = "", want[32] = "";

	if (framed[i].code)
		snprintf(want, sizeof(want), "SIP/2.0 %u ", framed[i].code);
	while (!strstr(all, "CSeq: 9 OPTIONS")) {
		if (!until(has_come, b))
			fail_msg("%s: %s", framed[i].text, all);
		assert_true(strlen(all) + b->n < sizeof(all));
		memcpy(all + strlen(all), b->got, b->n + 1);
	}
	if (strncmp(all, want, strlen(want)) != 0)
		fail_msg("%s: %s", framed[i].text, all);
	if (!framed[i].code)
		assert_int_equal(strncmp(all, "SIP/2.0 200 ", 12), 0);
	else
		assert_non_null(strstr(all, ": m\r\n"));
}

static void a_connection_outlives_what_cannot_be_read(void **state)
{
	struct bench *b = *state;

	reach(b, true);
	for (unsigned i = 0; i < ARRAY_SIZE(framed); i++) {
		say(b, framed[i].text);
		say(b, good);
		expect_on(b, i);
	}
	assert_int_equal(b->calls, 0);
}

static bool is_over(void *arg)
{
	(void)arg;
	return true;
}

/* All at once, and in pieces of any length. */
static void where_it_is_cut_makes_no_difference(void **state)
{
	static const size_t pieces[] = {100000, 1, 7, 64};
	struct text_buf all = {0};
	struct bench *b = *state;

	for (unsigned i = 0; i < ARRAY_SIZE(framed); i++) {
		if (framed[i].code)
			text_buf_add(&all, framed[i].text);
	}
	text_buf_add(&all, good);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		unsigned answers = 0;
		bool last = false;

		reach(b, true);
		for (size_t at = 0; at < all.len; at += pieces[i]) {
			size_t left = all.len - at;

			assert_true(send(b->fd, all.buf + at,
					 left < pieces[i] ? left : pieces[i],
					 0) > 0);
			/* so that they come one by one */
			until(is_over, &at);
		}
		while (!last) {
			assert_true(until(has_come, b));
			for (char *p = b->got; (p = strstr(p, "SIP/2.0 "));
			     p += 8)
				answers += p[8] == '4' || p[8] == '5';
			last = strstr(b->got, "CSeq: 9 OPTIONS") != NULL;
		}
		assert_int_equal(answers, 6);
	}
	text_buf_reset(&all);
}

static bool has_ended(void *arg)
{
	struct bench *b = arg;

	return recv(b->fd, b->got, sizeof(b->got), MSG_DONTWAIT) == 0;
}

/* Nobody knows where the next one begins: that is the end of it. */
static void what_has_no_end_is_closed(void **state)
{
	static const char *const texts[] = {
		"INVITE sip:x SIP/7.0\r\n" ALL_TCP "\r\n",
		"INVITE sip:x SIP/7.0\r\n" ALL_TCP "Content-Length: x\r\n\r\n",
		"INVITE sip:x SIP/7.0\r\n" ALL_TCP
		"Content-Length: 99999999\r\n\r\n",
		"INVITE sip:x SIP/7.0\r\n" ALL_TCP
		"Content-Length: 18446744073709551617\r\n\r\n",
		"INVITE sip:x SIP/7.0\r\n" ALL_TCP
		"Content-Length: 0\r\nl: 9\r\n\r\n",
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		reach(b, true);
		say(b, texts[i]);
		if (!until(has_ended, b))
			fail_msg("%s", texts[i]);
	}
}

#define SIEVE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIEVE_TEST(each_gets_its_code_by_datagram),
		SIEVE_TEST(each_gets_its_code_by_connection),
		SIEVE_TEST(what_cannot_be_read_is_answered),
		SIEVE_TEST(a_flood_gets_few_answers),
		SIEVE_TEST(the_length_of_a_datagram_counts),
		SIEVE_TEST(a_connection_outlives_what_cannot_be_read),
		SIEVE_TEST(where_it_is_cut_makes_no_difference),
		SIEVE_TEST(what_has_no_end_is_closed),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
