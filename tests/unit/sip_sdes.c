/**
 * @file sip_sdes.c  Keys in the signalling (RFC 4568): offered by TLS alone
 *
 * A stack of ours, and a bare peer that says what the test has it say, by
 * datagrams, a connection or TLS. The peer's sound is a stream of ours with
 * the keys that the peer has said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/sip.h>
#include "sip_header.h"
#include "tls_server.h"
#include "until.h"

enum {
	OFF = MEDIA_SECURITY_OFF,
	CAN = MEDIA_SECURITY_OPTIONAL,
	MUST = MEDIA_SECURITY_REQUIRED,
	KEY_TEXT = 64
};

static struct media *media;
static struct tls_identity identity;
static struct sip_stack *stack;
static struct sip_leg *leg;
static enum media_security security;
static struct sa at[3]; /* of each transport */
static unsigned established, media_known, hold_done, offer_done;
static uint16_t closed;

static struct media_stream *far;
static struct media_audio sound;
static double phase;

/* ---- our side ------------------------------------------------------------ */

static size_t sine(int16_t *pcm, size_t n, void *arg)
{
	(void)arg;
	media_sine(pcm, n, sound.rate, 440, -12, &phase);
	return n;
}

static void on_leg(struct sip_leg *l, const struct sip_leg_event *ev, void *arg)
{
	(void)arg;
	switch (ev->type) {
	case SIP_LEG_EV_ESTABLISHED:
		established++;
		break;
	case SIP_LEG_EV_MEDIA:
		media_known++;
		break;
	case SIP_LEG_EV_HOLD_DONE:
		hold_done = ev->code;
		break;
	case SIP_LEG_EV_OFFER_DONE:
		offer_done = ev->code;
		break;
	case SIP_LEG_EV_CLOSED:
		closed = ev->code;
		leg = mem_deref(l);
		break;
	default:
		break;
	}
}

static void on_incoming(struct sip_incoming *in, void *arg)
{
	const struct sip_leg_media m = {.security = security};
	(void)arg;

	if (sip_leg_accept(&leg, in, &m, on_leg, NULL))
		return;
	media_stream_set_audio(sip_leg_stream(leg), &sound);
	assert_int_equal(sip_leg_answer(leg, NULL, NULL), 0);
}

static char *pem(bool key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data, *s;
	long n;

	if (key)
		PEM_write_bio_PrivateKey(b, identity.key, NULL, NULL, 0, NULL,
					 NULL);
	else
		PEM_write_bio_X509(b, identity.cert);
	n = BIO_get_mem_data(b, &data);
	s = calloc(1, (size_t)n + 1);
	memcpy(s, data, (size_t)n);
	BIO_free(b);
	return s;
}

static void our_side(void)
{
	static const struct sip_stack_handlers h = {.incoming = on_incoming};
	const struct sip_stack_prm prm = {.media = media};
	char *cert = pem(false), *key = pem(true);
	struct sa any;

	sa_set_str(&any, "127.0.0.1", 0);
	assert_int_equal(sip_stack_alloc(&stack, &prm, &h, NULL), 0);
	assert_int_equal(sip_stack_certificate(stack, cert, key), 0);
	for (int t = 0; t < 3; t++) {
		enum sip_transport tp = (enum sip_transport)t;

		assert_int_equal(sip_stack_listen(stack, tp, &any), 0);
		assert_int_equal(sip_stack_address(stack, tp, &at[t]), 0);
	}
	free(cert);
	free(key);
	sound = (struct media_audio){.rate = 8000, .read = sine};
}

/* ---- the peer ------------------------------------------------------------ */

static struct {
	enum sip_transport t;
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	struct sa addr;
	char in[65536];
	size_t n;
	char msg[16384]; /* the one that was waited for */
	char *local, *remote, *target;
	unsigned cseq;
} p;

static const char *const names[] = {"UDP", "TCP", "TLS"};

static bool shaken(void *arg)
{
	(void)arg;
	return SSL_connect(p.ssl) == 1;
}

static void peer_open(enum sip_transport t)
{
	const int on = 1;

	memset(&p, 0, sizeof(p));
	p.t = t;
	p.fd = socket(AF_INET, t == SIP_UDP ? SOCK_DGRAM : SOCK_STREAM, 0);
	assert_int_equal(connect(p.fd, &at[t].u.sa, at[t].len), 0);
	p.addr.len = sizeof(p.addr.u);
	assert_int_equal(getsockname(p.fd, &p.addr.u.sa, &p.addr.len), 0);
	assert_int_equal(ioctl(p.fd, FIONBIO, &on), 0);
	if (t != SIP_TLS)
		return;
	p.ctx = SSL_CTX_new(TLS_client_method());
	p.ssl = SSL_new(p.ctx);
	SSL_set_fd(p.ssl, p.fd);
	assert_true(until(shaken, NULL));
}

static void peer_close(void)
{
	if (!p.fd)
		return;
	SSL_free(p.ssl);
	SSL_CTX_free(p.ctx);
	close(p.fd);
	free(p.local);
	free(p.remote);
	free(p.target);
	memset(&p, 0, sizeof(p));
}

static void peer_say(const char *text)
{
	int n = (int)strlen(text);

	if (p.ssl)
		assert_int_equal(SSL_write(p.ssl, text, n), n);
	else
		assert_int_equal(send(p.fd, text, (size_t)n, 0), n);
}

static void fill(void)
{
	int room = (int)(sizeof(p.in) - 1 - p.n);
	int n = p.ssl ? SSL_read(p.ssl, p.in + p.n, room)
		      : (int)recv(p.fd, p.in + p.n, (size_t)room, 0);

	if (n > 0)
		p.n += (size_t)n;
	p.in[p.n] = 0;
}

/* The next message, if it is all here. */
static bool next(void)
{
	char *end = strstr(p.in, "\r\n\r\n"), *length;
	size_t n;

	if (!end)
		return false;
	length = value_of(p.in, "Content-Length");
	n = (size_t)(end + 4 - p.in) + (length ? strtoul(length, NULL, 10) : 0);
	free(length);
	if (n > p.n)
		return false;
	memcpy(p.msg, p.in, n);
	p.msg[n] = 0;
	p.n -= n;
	/* the checked memmove() is a memcpy() to valgrind */
	for (size_t i = 0; i <= p.n; i++)
		p.in[i] = p.in[i + n];
	return true;
}

static bool has_come(void *arg)
{
	const char *begin = arg;

	fill();
	while (next()) {
		if (!strncmp(p.msg, begin, strlen(begin)))
			return true;
	}
	return false;
}

static void expect(const char *begin)
{
	if (!until(has_come, (void *)(uintptr_t)begin))
		fail_msg("%s never came", begin);
}

static void send_body(struct text_buf *b, const char *sdp)
{
	text_buf_printf(b, "%sContent-Length: %zu\r\n\r\n%s",
			sdp ? "Content-Type: application/sdp\r\n" : "",
			sdp ? strlen(sdp) : 0, sdp ? sdp : "");
	peer_say(b->buf);
	text_buf_reset(b);
}

static void peer_reply(const char *status, const char *sdp)
{
	static const char *const copied[] = {"Via", "From", "Call-ID", "CSeq"};
	struct text_buf b = {0};
	char *to = value_of(p.msg, "To");

	text_buf_printf(&b, "SIP/2.0 %s\r\n", status);
	for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
		char *v = value_of(p.msg, copied[i]);

		text_buf_printf(&b, "%s: %s\r\n", copied[i], v);
		free(v);
	}
	text_buf_printf(&b,
			"To: %s%s\r\nContact: <sip:peer@127.0.0.1:%u"
			";transport=%s>\r\n",
			to, strstr(to, ";tag=") ? "" : ";tag=peer",
			sa_port(&p.addr), names[p.t]);
	free(to);
	send_body(&b, sdp);
}

static void peer_ask(const char *method, unsigned cseq, const char *sdp)
{
	struct text_buf b = {0};

	text_buf_printf(&b,
			"%s %s SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:%u;"
			"branch=z9hG4bK%u%s;rport\r\nFrom: %s\r\nTo: %s\r\n"
			"Call-ID: c%u\r\nCSeq: %u %s\r\nMax-Forwards: 70\r\n"
			"Contact: <sip:peer@127.0.0.1:%u;transport=%s>\r\n",
			method, p.target, names[p.t], sa_port(&p.addr), cseq,
			method, p.local, p.remote, sa_port(&p.addr), cseq,
			method, sa_port(&p.addr), names[p.t]);
	send_body(&b, sdp);
}

static void peer_begins(void)
{
	if (p.target)
		return;
	p.local = strdup("<sip:peer@test>;tag=peer");
	p.remote = strdup("<sip:us@test>");
	p.target = strdup("sip:us@test");
}

static void peer_ask_first(void)
{
	peer_begins();
	peer_ask("OPTIONS", ++p.cseq, NULL);
	expect("SIP/2.0 200");
}

/* It calls, or offers anew. @return what begins the final answer */
static void peer_invites(const char *sdp)
{
	peer_begins();
	peer_ask("INVITE", ++p.cseq, sdp);
	do
		expect("SIP/2.0 ");
	while (!strncmp(p.msg, "SIP/2.0 1", 9));
	if (!strncmp(p.msg, "SIP/2.0 200", 11)) {
		char *contact = value_of(p.msg, "Contact");

		free(p.remote);
		p.remote = value_of(p.msg, "To");
		free(p.target);
		p.target = strndup(contact + 1, strcspn(contact + 1, ">"));
		free(contact);
	}
	peer_ask("ACK", p.cseq, NULL);
}

/* ---- what SDP says of keys ------------------------------------------------
 */

struct line {
	unsigned tag;
	char suite[32], key[KEY_TEXT * 2];
};

/* The lines a=crypto of the message. @return how many */
static unsigned lines_of(struct line *l, unsigned max)
{
	const char *s = p.msg;
	unsigned n = 0;

	while (n < max && (s = strstr(s, "\r\na=crypto:"))) {
		s += 11;
		assert_int_equal(sscanf(s, "%u %31s inline:%127[^\r]",
					&l[n].tag, l[n].suite, l[n].key),
				 3);
		n++;
	}
	return n;
}

static enum media_suite suite_of(const char *name)
{
	for (int i = 0; i < MEDIA_SUITES; i++) {
		if (!strcmp(media_suite_name((enum media_suite)i), name))
			return (enum media_suite)i;
	}
	fail_msg("no such suite: %s", name);
	return MEDIA_SUITES;
}

static size_t key_of(uint8_t key[64], const char *text)
{
	size_t n = 64;

	assert_int_equal(base64_decode(text, strlen(text), key, &n), 0);
	return n;
}

static char *text_of(const uint8_t *key, enum media_suite suite)
{
	char *s = calloc(1, KEY_TEXT * 2);
	size_t n = KEY_TEXT * 2 - 1;

	assert_int_equal(base64_encode(key, media_suite_key_len(suite), s, &n),
			 0);
	return s;
}

/* An SDP of the peer, whose sound is far's. To free(). */
static char *sdp_of(const char *proto, const char *attributes)
{
	static unsigned version;

	return text_printf("v=0\r\no=x 1 %u IN IP4 127.0.0.1\r\ns=-\r\n"
			   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			   "m=audio %u %s 8\r\n%s",
			   ++version, sa_port(media_stream_laddr(far)), proto,
			   attributes);
}

/* far does as both have said: its own key, and theirs out of the message. */
static void far_begins(enum media_suite suite, const uint8_t *ours,
		       const uint8_t *theirs)
{
	const char *port = strstr(p.msg, "m=audio ");
	struct list f = LIST_INIT;
	struct sa to;

	sa_set_str(&to, "127.0.0.1", (uint16_t)atoi(port + 8));
	media_formats_ours(&f, "PCMA");
	media_stream_set_remote(far, &to, NULL);
	assert_int_equal(media_stream_set_keys(far, suite, ours, theirs), 0);
	assert_int_equal(media_stream_set_audio(far, &sound), 0);
	assert_int_equal(media_stream_start(far, &f, true, true), 0);
	list_flush(&f);
}

static uint64_t heard_far, heard_near;

static bool both_hear(void *arg)
{
	struct media_stats a, b;

	(void)arg;
	if (!leg)
		return false;
	media_stream_stats(far, &a);
	media_stream_stats(sip_leg_stream(leg), &b);
	return a.rx_packets > heard_far + 10 && b.rx_packets > heard_near + 10;
}

/* Sound goes both ways, from now on, and by these keys. */
static void check_sound(void)
{
	struct media_stats a, b;

	media_stream_stats(far, &a);
	media_stream_stats(sip_leg_stream(leg), &b);
	heard_far = a.rx_packets;
	heard_near = b.rx_packets;
	assert_true(until(both_hear, NULL));
	media_stream_stats(sip_leg_stream(leg), &b);
	assert_int_equal(b.keys, MEDIA_KEYS_SDES);
	assert_true(b.secured);
}

static bool is_up(void *arg)
{
	(void)arg;
	return established > 0;
}

static bool is_over(void *arg)
{
	(void)arg;
	return !leg;
}

static bool has_come_or_gone(void *arg)
{
	(void)arg;
	return !leg || has_come((void *)(uintptr_t) "INVITE ");
}

static bool is_ringing(void *arg)
{
	(void)arg;
	return sip_leg_state(leg) == SIP_LEG_RINGING;
}

/* ---- for each test --------------------------------------------------------
 */

static void afresh(void)
{
	leg = mem_deref(leg);
	peer_close();
	established = media_known = hold_done = offer_done = closed = 0;
	far = mem_deref(far);
	media_stream_alloc(&far, media,
			   &(struct media_stream_prm){.laddr = at[0]}, NULL,
			   NULL);
}

static int setup(void **state)
{
	(void)state;
	if (media_alloc(&media))
		return -1;
	our_side();
	afresh();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	leg = mem_deref(leg);
	stack = mem_deref(stack);
	peer_close();
	far = mem_deref(far);
	media = mem_deref(media);
	return 0;
}

/* We call the peer, by the way that it has come. */
static void we_call(enum sip_transport t, int how)
{
	struct sip_leg_prm prm = {
		.to_uri = "sip:peer@test",
		.from_user = "us",
		.transport = t,
		.media.security = (enum media_security)how,
	};

	afresh();
	peer_open(t);
	prm.peer = &p.addr;
	/* Now we know the connection. */
	peer_ask_first();
	assert_int_equal(sip_leg_connect(&leg, stack, &prm, on_leg, NULL), 0);
	media_stream_set_audio(sip_leg_stream(leg), &sound);
	expect("INVITE ");
}

/* ---- offers by us ---------------------------------------------------------
 */

static void keys_are_offered_by_tls_alone(void **state)
{
	static const char *const protos[] = {" RTP/AVP ", " RTP/AVP ",
					     " RTP/SAVP "};
	(void)state;

	for (int t = SIP_UDP; t <= SIP_TLS; t++) {
		for (int how = OFF; how <= MUST; how++) {
			we_call((enum sip_transport)t, how);
			if (t == SIP_TLS && how != OFF) {
				assert_non_null(strstr(p.msg, "a=crypto:"));
				assert_non_null(strstr(p.msg, protos[how]));
			} else {
				assert_null(strstr(p.msg, "a=crypto"));
				assert_null(strstr(p.msg, "inline:"));
			}
			peer_reply("486 Busy Here", NULL);
			assert_true(until(is_over, NULL));
		}
	}
}

/* Each suite once, by its own number and with its own key, whole and alone
 * (RFC 4568 §9.1): no lifetime, no MKI, no parameters. */
static void an_offer_has_each_suite(void **state)
{
	char first[KEY_TEXT * 2] = "";
	(void)state;

	for (int round = 0; round < 2; round++) {
		struct line l[MEDIA_SUITES + 1];

		we_call(SIP_TLS, CAN);
		assert_int_equal(lines_of(l, MEDIA_SUITES + 1), MEDIA_SUITES);
		for (int i = 0; i < MEDIA_SUITES; i++) {
			uint8_t key[64];

			assert_string_equal(
				l[i].suite,
				media_suite_name((enum media_suite)i));
			assert_int_equal(
				key_of(key, l[i].key),
				media_suite_key_len((enum media_suite)i));
			assert_null(strpbrk(l[i].key, " |:;"));
			for (int k = 0; k < i; k++) {
				assert_int_not_equal(l[i].tag, l[k].tag);
				assert_string_not_equal(l[i].key, l[k].key);
			}
		}
		assert_string_not_equal(first, l[0].key);
		strcpy(first, l[0].key);
		peer_reply("486 Busy Here", NULL);
		assert_true(until(is_over, NULL));
	}
}

/* The peer answers with that one of our lines. */
static void answered_by(const struct line *l, const uint8_t *key,
			const char *proto)
{
	enum media_suite suite = suite_of(l->suite);
	char *text = text_of(key, suite);
	char *attribute = text_printf("a=crypto:%u %s inline:%s\r\n", l->tag,
				      l->suite, text);
	char *sdp = sdp_of(proto, attribute);
	uint8_t theirs[64];

	key_of(theirs, l->key);
	far_begins(suite, key, theirs);
	peer_reply("200 OK", sdp);
	expect("ACK ");
	free(text);
	free(attribute);
	free(sdp);
}

static void any_suite_can_be_answered(void **state)
{
	uint8_t key[MEDIA_KEY_MAX];
	(void)state;

	for (int i = 0; i < MEDIA_SUITES; i++) {
		struct line l[MEDIA_SUITES];

		we_call(SIP_TLS, i & 1 ? MUST : CAN);
		lines_of(l, MEDIA_SUITES);
		random_bytes(key, sizeof(key));
		answered_by(&l[i], key, i & 1 ? "RTP/SAVP" : "RTP/AVP");
		assert_true(until(is_up, NULL));
		check_sound();
	}
}

static const struct {
	const char *proto, *attributes;
	int how;
	uint16_t code; /* 0: it goes on in the clear */
} answers[] = {
	/* another suite's number, and one that nobody has offered */
	{"RTP/SAVP",
	 "a=crypto:99 AES_CM_128_HMAC_SHA1_80 "
	 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk\r\n",
	 CAN, 488},
	{"RTP/SAVP",
	 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
	 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk\r\n",
	 CAN, 488},
	/* keys too short, too long, of other letters, twice, none */
	{"RTP/SAVP",
	 "a=crypto:4 AES_CM_128_HMAC_SHA1_80 "
	 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYg==\r\n",
	 CAN, 488},
	{"RTP/SAVP",
	 "a=crypto:4 AES_CM_128_HMAC_SHA1_80 "
	 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkMDEy\r\n",
	 CAN, 488},
	{"RTP/SAVP",
	 "a=crypto:4 AES_CM_128_HMAC_SHA1_80 "
	 "inline:!!!!!zQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk\r\n",
	 CAN, 488},
	{"RTP/SAVP", "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:\r\n", CAN,
	 488},
	{"RTP/SAVP", "a=crypto:4 AES_CM_128_HMAC_SHA1_80\r\n", CAN, 488},
	{"RTP/SAVP", "a=crypto:\r\n", CAN, 488},
	/* a suite that nobody has */
	{"RTP/SAVP",
	 "a=crypto:4 F8_128_HMAC_SHA1_80 "
	 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk\r\n",
	 CAN, 488},
	/* nothing at all: that is clear only where it may be */
	{"RTP/SAVP", "", CAN, 488},
	{"RTP/AVP", "", CAN, 0},
	{"RTP/AVP", "", MUST, 488},
	{"RTP/SAVP", "", MUST, 488},
};

static void a_bad_answer_is_no_call(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		char *sdp;

		we_call(SIP_TLS, answers[i].how);
		sdp = sdp_of(answers[i].proto, answers[i].attributes);
		peer_reply("200 OK", sdp);
		free(sdp);
		expect("ACK ");
		if (!answers[i].code) {
			struct media_stats st;

			assert_true(until(is_up, NULL));
			media_stream_stats(sip_leg_stream(leg), &st);
			assert_int_equal(st.keys, MEDIA_KEYS_NONE);
			continue;
		}
		if (!until(has_come, (void *)(uintptr_t) "BYE "))
			fail_msg("%s %d", answers[i].attributes,
				 answers[i].how);
		peer_reply("200 OK", NULL);
		assert_true(until(is_over, NULL));
		if (closed != answers[i].code)
			fail_msg("%s: %u", answers[i].attributes, closed);
		assert_int_equal(established, 0);
	}
}

/* A key that nobody has offered: clear where that may be, else nothing. */
static void a_key_that_nobody_asked_for_is_of_no_use(void **state)
{
	static const char attribute[] =
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		"inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk\r\n";
	struct media_stats st;
	(void)state;

	for (int secure = 0; secure < 2; secure++) {
		char *sdp;

		we_call(SIP_UDP, CAN);
		sdp = sdp_of(secure ? "RTP/SAVP" : "RTP/AVP", attribute);
		peer_reply("200 OK", sdp);
		free(sdp);
		expect("ACK ");
		if (secure) {
			expect("BYE ");
			peer_reply("200 OK", NULL);
			assert_true(until(is_over, NULL));
			assert_int_equal(closed, 488);
		} else {
			assert_true(until(is_up, NULL));
			media_stream_stats(sip_leg_stream(leg), &st);
			assert_int_equal(st.keys, MEDIA_KEYS_NONE);
		}
	}
}

/* ---- offers to us ---------------------------------------------------------
 */

#define KEY_30 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk"
#define KEY_46                                   \
	"inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY" \
	"3ODlhYmNkZWZnaGlqa2xtbm9wcXJzdA=="

static const struct {
	const char *proto, *attributes;
	const char *answer; /* begins our a=crypto; NULL: none, "": 488 */
} offers[] = {
	{"RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY_30 "\r\n",
	 "1 AES_CM_128_HMAC_SHA1_80 "},
	/* the first that we can, by its own number */
	{"RTP/SAVP",
	 "a=crypto:1 F8_128_HMAC_SHA1_80 " KEY_30 "\r\n"
	 "a=crypto:2 SOMETHING_NEW " KEY_46 "\r\n"
	 "a=crypto:7 AES_CM_128_HMAC_SHA1_32 " KEY_30 "\r\n"
	 "a=crypto:8 AES_CM_128_HMAC_SHA1_80 " KEY_30 "\r\n",
	 "7 AES_CM_128_HMAC_SHA1_32 "},
	/* a lifetime is no shorter than any call; keys with names, or several,
	 * or parameters, we leave (RFC 4568 §6.1, §6.3) */
	{"RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY_30 "|2^31\r\n",
	 "1 AES_CM_128_HMAC_SHA1_80 "},
	{"RTP/SAVP",
	 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY_30 "|2^31|1:4\r\n"
	 "a=crypto:2 AES_CM_128_HMAC_SHA1_80 " KEY_30 "|1:4\r\n"
	 "a=crypto:3 AES_CM_128_HMAC_SHA1_80 " KEY_30 ";" KEY_30 "\r\n"
	 "a=crypto:4 AES_CM_128_HMAC_SHA1_80 " KEY_30 " KDR=1\r\n"
	 "a=crypto:5 AES_CM_128_HMAC_SHA1_80 " KEY_30 " UNENCRYPTED_SRTP\r\n"
	 "a=crypto:6 AES_CM_128_HMAC_SHA1_80 " KEY_30 "\r\n",
	 "6 AES_CM_128_HMAC_SHA1_80 "},
	{"RTP/SAVP", "a=crypto:1 AES_256_CM_HMAC_SHA1_80 " KEY_46 "\r\n",
	 "1 AES_256_CM_HMAC_SHA1_80 "},
	{"RTP/AVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY_30 "\r\n",
	 "1 AES_CM_128_HMAC_SHA1_80 "},
	/* none that would do */
	{"RTP/SAVP", "", ""},
	{"RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n", ""},
	{"RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY_46 "\r\n", ""},
	{"RTP/SAVP", "a=crypto:1 AES_256_CM_HMAC_SHA1_80 " KEY_30 "\r\n", ""},
	{"RTP/SAVP", "a=crypto:x AES_CM_128_HMAC_SHA1_80 " KEY_30 "\r\n", ""},
	{"RTP/SAVP",
	 "a=crypto:9999999999 AES_CM_128_HMAC_SHA1_80 " KEY_30 "\r\n", ""},
	{"RTP/AVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n", NULL},
};

static void check_offer(size_t i, int how)
{
	char *sdp, *said;

	afresh();
	security = (enum media_security)how;
	peer_open(SIP_TLS);
	sdp = sdp_of(offers[i].proto, offers[i].attributes);
	peer_invites(sdp);
	free(sdp);
	if (offers[i].answer && !*offers[i].answer) {
		if (strncmp(p.msg, "SIP/2.0 488", 11) != 0)
			fail_msg("%s: %s", offers[i].attributes, p.msg);
		assert_null(leg);
		return;
	}
	assert_int_equal(strncmp(p.msg, "SIP/2.0 200", 11), 0);
	said = strstr(p.msg, "a=crypto:");
	if (!offers[i].answer) {
		assert_null(said);
	} else if (!said || strncmp(said + 9, offers[i].answer,
				    strlen(offers[i].answer)) != 0) {
		fail_msg("%s: %s", offers[i].attributes, p.msg);
	} else {
		assert_null(strstr(said + 1, "a=crypto:"));
	}
}

static void an_offer_gets_one_key_or_488(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(offers); i++) {
		check_offer(i, CAN);
		if (offers[i].answer)
			check_offer(i, MUST);
	}
}

/* Over TCP its key would lie open: that is not what is required. */
static void an_open_key_is_not_what_is_required(void **state)
{
	char *sdp;
	(void)state;

	for (int how = CAN; how <= MUST; how++) {
		afresh();
		security = (enum media_security)how;
		peer_open(SIP_TCP);
		sdp = sdp_of(offers[0].proto, offers[0].attributes);
		peer_invites(sdp);
		free(sdp);
		assert_int_equal(
			strncmp(p.msg,
				how == CAN ? "SIP/2.0 200" : "SIP/2.0 488", 11),
			0);
	}
}

/* ---- who knows it by its name alone ----------------------------------------
 */

static bool is_invite_again(const char *before)
{
	char *id = value_of(before, "Call-ID"),
	     *cseq = value_of(before, "CSeq");
	char *id2 = value_of(p.msg, "Call-ID"),
	     *cseq2 = value_of(p.msg, "CSeq");
	bool again = !strcmp(id, id2) &&
		     strtoul(cseq2, NULL, 10) == strtoul(cseq, NULL, 10) + 1;

	free(id);
	free(cseq);
	free(id2);
	free(cseq2);
	return again;
}

/* It refuses the first offer. @return true if another one comes */
static bool asked_again(const char *status)
{
	char *first = strdup(p.msg);
	bool again;

	peer_reply(status, NULL);
	expect("ACK ");
	again = until(has_come_or_gone, NULL) && leg;
	if (again)
		assert_true(is_invite_again(first));
	free(first);
	return again;
}

/* RFC 3264 §6: an answerer may reject what has another profile; it is asked
 * once more, by the profile that says so. */
static void who_refuses_is_asked_by_the_name(void **state)
{
	static const char *const refusals[] = {"488 Not Acceptable Here",
					       "606 Not Acceptable"};
	(void)state;

	for (int t = SIP_UDP; t <= SIP_TLS; t++) {
		for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
			we_call((enum sip_transport)t, CAN);
			assert_non_null(strstr(p.msg, " RTP/AVP "));
			assert_true(asked_again(refusals[i]));
			assert_non_null(strstr(p.msg, "a=fingerprint:"));
			assert_null(strstr(p.msg, " RTP/AVP "));
			assert_non_null(strstr(
				p.msg, t == SIP_TLS ? " RTP/SAVP "
						    : " UDP/TLS/RTP/SAVP"));
			assert_int_equal(!strstr(p.msg, "a=crypto:"),
					 t != SIP_TLS);
			/* Once only. */
			assert_false(asked_again(refusals[i]));
			assert_int_equal(closed, atoi(refusals[i]));
		}
	}
}

static void others_are_not_asked_again(void **state)
{
	static const char *const refusals[] = {
		"486 Busy Here", "415 Unsupported Media Type", "603 Decline",
		"480 Temporarily Unavailable", "500 Server Internal Error"};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		we_call(SIP_UDP, CAN);
		assert_false(asked_again(refusals[i]));
		assert_int_equal(closed, atoi(refusals[i]));
	}
	for (int how = OFF; how <= MUST; how += MUST - OFF) {
		we_call(SIP_UDP, how);
		assert_false(asked_again("488 Not Acceptable Here"));
	}
	/* Somebody's phone has rung: it does not ring again. */
	we_call(SIP_UDP, CAN);
	peer_reply("180 Ringing", NULL);
	assert_true(until(is_ringing, NULL));
	assert_false(asked_again("488 Not Acceptable Here"));
}

static void what_is_asked_again_is_a_call(void **state)
{
	struct line l[MEDIA_SUITES];
	uint8_t key[MEDIA_KEY_MAX];
	(void)state;

	we_call(SIP_TLS, CAN);
	assert_true(asked_again("488 Not Acceptable Here"));
	assert_int_equal(lines_of(l, MEDIA_SUITES), MEDIA_SUITES);
	random_bytes(key, sizeof(key));
	answered_by(&l[0], key, "RTP/SAVP");
	assert_true(until(is_up, NULL));
	check_sound();
	/* … that can be put on hold, by the same profile. */
	assert_int_equal(sip_leg_hold(leg, true), 0);
	expect("INVITE ");
	assert_non_null(strstr(p.msg, " RTP/SAVP "));
	answered_by(&l[0], key, "RTP/SAVP");
	/* One that is given up meanwhile. */
	we_call(SIP_UDP, CAN);
	assert_true(asked_again("488 Not Acceptable Here"));
	peer_reply("180 Ringing", NULL);
	assert_true(until(is_ringing, NULL));
	leg = mem_deref(leg);
	expect("CANCEL ");
}

static bool is_offered(void *arg)
{
	(void)arg;
	return offer_done > 0;
}

/* ---- second offers --------------------------------------------------------
 */

static void hold_keeps_what_was_agreed_on(void **state)
{
	struct line l[MEDIA_SUITES], again[MEDIA_SUITES];
	uint8_t key[MEDIA_KEY_MAX];
	(void)state;

	for (int how = CAN; how <= MUST; how++) {
		const char *proto = how == MUST ? "RTP/SAVP" : "RTP/AVP";

		we_call(SIP_TLS, how);
		lines_of(l, MEDIA_SUITES);
		random_bytes(key, sizeof(key));
		answered_by(&l[2], key, proto);
		assert_true(until(is_up, NULL));
		check_sound();
		for (int on = 1; on >= 0; on--) {
			hold_done = 0;
			assert_int_equal(sip_leg_hold(leg, on), 0);
			expect("INVITE ");
			assert_non_null(strstr(p.msg, proto));
			assert_int_equal(lines_of(again, MEDIA_SUITES), 1);
			assert_int_equal(again[0].tag, l[2].tag);
			assert_string_equal(again[0].suite, l[2].suite);
			assert_string_equal(again[0].key, l[2].key);
			answered_by(&again[0], key, proto);
		}
		check_sound();
	}
}

/* Likewise another codec; where the peer takes that for a chance to say a new
 * key, it counts. */
static void another_codec_keeps_the_keys(void **state)
{
	struct line l[MEDIA_SUITES], again[MEDIA_SUITES];
	uint8_t key[MEDIA_KEY_MAX];
	struct list formats = LIST_INIT;
	(void)state;

	we_call(SIP_TLS, CAN);
	lines_of(l, MEDIA_SUITES);
	random_bytes(key, sizeof(key));
	answered_by(&l[2], key, "RTP/AVP");
	assert_true(until(is_up, NULL));
	check_sound();
	assert_int_equal(media_formats_ours(&formats, "PCMA"), 0);
	for (int other = 0; other < 2; other++) {
		offer_done = 0;
		assert_int_equal(sip_leg_offer(leg, &formats), 0);
		expect("INVITE ");
		assert_int_equal(lines_of(again, MEDIA_SUITES), 1);
		assert_int_equal(again[0].tag, l[2].tag);
		assert_string_equal(again[0].suite, l[2].suite);
		assert_string_equal(again[0].key, l[2].key);
		if (other)
			random_bytes(key, sizeof(key));
		answered_by(&again[0], key, "RTP/AVP");
		assert_true(until(is_offered, NULL));
		assert_int_equal(offer_done, 200);
		check_sound();
	}
	list_flush(&formats);
}

static void answered_by_dtls(const char *setup)
{
	char *attributes = text_printf("a=fingerprint:%s\r\na=setup:%s\r\n",
				       media_fingerprint(media), setup);
	char *sdp = sdp_of("UDP/TLS/RTP/SAVP", attributes);

	peer_reply("200 OK", sdp);
	expect("ACK ");
	free(attributes);
	free(sdp);
}

/* Who begins has been decided by the first answer: what some say in the second
 * takes nothing of that back. */
static void who_begins_dtls_stays(void **state)
{
	static const char *const said[] = {"actpass", "active", "holdconn"};
	struct list formats = LIST_INIT;
	struct media_stats st;
	(void)state;

	we_call(SIP_UDP, CAN);
	answered_by_dtls("active");
	assert_true(until(is_up, NULL));
	assert_int_equal(media_formats_ours(&formats, "PCMA"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		offer_done = 0;
		assert_int_equal(sip_leg_offer(leg, &formats), 0);
		expect("INVITE ");
		assert_non_null(strstr(p.msg, "a=setup:actpass"));
		answered_by_dtls(said[i]);
		assert_true(until(is_offered, NULL));
		assert_int_equal(offer_done, 200);
		media_stream_stats(sip_leg_stream(leg), &st);
		assert_int_equal(st.keys, MEDIA_KEYS_DTLS);
	}
	list_flush(&formats);
}

static bool is_closed(void *arg)
{
	(void)arg;
	return closed > 0;
}

/* … but not of the first one. */
static void an_answer_to_dtls_says_who_begins(void **state)
{
	(void)state;

	we_call(SIP_UDP, CAN);
	answered_by_dtls("actpass");
	assert_true(until(is_closed, NULL));
	assert_int_equal(closed, 488);
}

/* The peer's key is another from now on, then its suite; ours stays with its
 * suite, or is one that was never used. */
static void the_peer_makes_new_keys(void **state)
{
	static const enum media_suite suites[] = {
		MEDIA_SUITE_AES_128_80, MEDIA_SUITE_AES_128_80,
		MEDIA_SUITE_AEAD_128, MEDIA_SUITE_AES_128_80};
	struct line l[ARRAY_SIZE(suites)];
	uint8_t key[MEDIA_KEY_MAX], ours[64];
	(void)state;

	security = MEDIA_SECURITY_OPTIONAL;
	peer_open(SIP_TLS);
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		char *text, *attribute, *sdp;

		random_bytes(key, sizeof(key));
		text = text_of(key, suites[i]);
		attribute = text_printf("a=crypto:1 %s inline:%s\r\n",
					media_suite_name(suites[i]), text);
		sdp = sdp_of("RTP/SAVP", attribute);
		peer_invites(sdp);
		assert_int_equal(strncmp(p.msg, "SIP/2.0 200", 11), 0);
		assert_int_equal(lines_of(&l[i], 1), 1);
		key_of(ours, l[i].key);
		far_begins(suites[i], key, ours);
		check_sound();
		free(text);
		free(attribute);
		free(sdp);
	}
	assert_string_equal(l[0].key, l[1].key);
	assert_string_not_equal(l[1].key, l[2].key);
	/* The same key with numbers that begin anew would give all away. */
	assert_string_not_equal(l[1].key, l[3].key);
}

int main(void)
{
#define SDES_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SDES_TEST(keys_are_offered_by_tls_alone),
		SDES_TEST(an_offer_has_each_suite),
		SDES_TEST(any_suite_can_be_answered),
		SDES_TEST(a_bad_answer_is_no_call),
		SDES_TEST(a_key_that_nobody_asked_for_is_of_no_use),
		SDES_TEST(an_offer_gets_one_key_or_488),
		SDES_TEST(an_open_key_is_not_what_is_required),
		SDES_TEST(who_refuses_is_asked_by_the_name),
		SDES_TEST(others_are_not_asked_again),
		SDES_TEST(what_is_asked_again_is_a_call),
		SDES_TEST(hold_keeps_what_was_agreed_on),
		SDES_TEST(another_codec_keeps_the_keys),
		SDES_TEST(who_begins_dtls_stays),
		SDES_TEST(an_answer_to_dtls_says_who_begins),
		SDES_TEST(the_peer_makes_new_keys),
	};
	int err;

	signal(SIGPIPE, SIG_IGN);
	if (loop_init(LOOP_FEW))
		return 1;
	tls_identity_make(&identity, "us", "DNS:test", NULL, false, 30);
	err = cmocka_run_group_tests(tests, NULL, NULL);
	tls_identity_free(&identity);
	loop_close();
	return err;
}
