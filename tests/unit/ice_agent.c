/**
 * @file ice_agent.c  Two agents on loopback: checks, roles, restart, hostility
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../src/lib/ice/ice_int.h"
#include "until.h"

struct side {
	struct media_stream *stream;
	struct ice *ice;
	unsigned events[4];
	int first, dtls;
	unsigned heard;
	bool free_in_event;
};

static struct media *media;
static struct side A, B;

static void on_event(enum ice_event ev, void *arg)
{
	struct side *s = arg;

	s->events[ev]++;
	if (s->free_in_event)
		s->ice = mem_deref(s->ice);
}

static void on_media(enum media_event ev, void *arg)
{
	struct side *s = arg;

	if (ev == MEDIA_EVENT_FIRST)
		s->first++;
	if (ev == MEDIA_EVENT_SECURED)
		s->dtls++;
}

static size_t tone(int16_t *samples, size_t n, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		samples[i] = (int16_t)(i % 16 * 1000);
	return n;
}

static void make_stream(struct side *s)
{
	struct media_stream_prm prm = {.port_min = 0};

	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	assert_int_equal(
		media_stream_alloc(&s->stream, media, &prm, on_media, s), 0);
}

static void make(struct side *s)
{
	struct ice_prm prm = {.net = NULL};

	make_stream(s);
	prm.stream = s->stream;
	assert_int_equal(ice_alloc(&s->ice, &prm, on_event, s), 0);
	assert_false(ice_is_gathering(s->ice));
}

static int setup(void **state)
{
	(void)state;
	memset(&A, 0, sizeof(A));
	memset(&B, 0, sizeof(B));
	assert_int_equal(media_alloc(&media), 0);
	make(&A);
	make(&B);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mem_deref(A.ice);
	mem_deref(B.ice);
	mem_deref(A.stream);
	mem_deref(B.stream);
	media = mem_deref(media);
	return 0;
}

static void play(struct side *s)
{
	const struct media_audio audio = {.rate = 8000, .read = tone};
	struct list formats = LIST_INIT;

	assert_int_equal(media_formats_ours(&formats, "PCMA"), 0);
	media_stream_set_audio(s->stream, &audio);
	assert_int_equal(media_stream_start(s->stream, &formats, true, true),
			 0);
	list_flush(&formats);
}

/* What the side says of itself in SDP, by its text as on the wire. */
static size_t said(const struct side *s, struct ice_candidate *c, size_t max)
{
	const struct ice_candidate *one;
	size_t n = 0;

	while (n < max && (one = ice_candidate(s->ice, n))) {
		char *line = ice_candidate_write(one);

		assert_non_null(line);
		assert_int_equal(ice_candidate_read(&c[n], line), 0);
		assert_int_equal(c[n].priority, one->priority);
		assert_true(sa_cmp(&c[n].addr, &one->addr, SA_ALL));
		free(line);
		n++;
	}
	return n;
}

static struct ice_candidate cands[ICE_REMOTE_MAX];

static struct ice_remote remote_of(const struct side *s)
{
	struct ice_remote r = {
		.ufrag = ice_ufrag(s->ice),
		.pwd = ice_pwd(s->ice),
		.candidates = cands,
	};

	r.count = said(s, cands, ICE_REMOTE_MAX);
	return r;
}

static void tell(struct side *to, const struct side *of, bool controlling)
{
	struct ice_remote r = remote_of(of);

	assert_int_equal(ice_check(to->ice, &r, controlling), 0);
}

static bool both_connected(void *arg)
{
	(void)arg;
	return A.events[ICE_EV_CONNECTED] && B.events[ICE_EV_CONNECTED];
}

static bool both_heard(void *arg)
{
	(void)arg;
	return A.first && B.first;
}

static void check_way(const struct side *s, enum media_way way)
{
	struct media_stats st;

	media_stream_stats(s->stream, &st);
	assert_int_equal(st.way, way);
}

static void talk(void)
{
	play(&A);
	play(&B);
	assert_true(until(both_heard, NULL));
}

static void test_hosts(void **state)
{
	(void)state;
	assert_non_null(ice_candidate(A.ice, 1));
	assert_true(sa_cmp(ice_default(A.ice, 0), media_stream_laddr(A.stream),
			   SA_ALL));
	tell(&A, &B, true);
	tell(&B, &A, false);
	assert_true(until(both_connected, NULL));
	assert_true(ice_is_controlling(A.ice));
	assert_false(ice_is_controlling(B.ice));
	talk();
	check_way(&A, MEDIA_WAY_HOST);
	check_way(&B, MEDIA_WAY_HOST);
	/* From now on the path alone is said. */
	assert_true(sa_cmp(&ice_candidate(A.ice, 0)->addr,
			   ice_default(A.ice, 0), SA_ALL));
	assert_null(ice_candidate(A.ice, 2));
	assert_true(sa_cmp(ice_remote_address(A.ice, 0), ice_default(B.ice, 0),
			   SA_ALL));
	assert_true(sa_cmp(ice_remote_address(A.ice, 1), ice_default(B.ice, 1),
			   SA_ALL));
}

static bool a_was_asked(void *arg)
{
	(void)arg;
	return A.ice->n_early > 0;
}

/* The answerer's checks are there before his SDP. */
static void test_early(void **state)
{
	(void)state;
	tell(&B, &A, false);
	assert_true(until(a_was_asked, NULL));
	tell(&A, &B, true);
	assert_true(until(both_connected, NULL));
	talk();
}

static void test_both_controlling(void **state)
{
	(void)state;
	tell(&A, &B, true);
	tell(&B, &A, true);
	assert_true(until(both_connected, NULL));
	assert_true(ice_is_controlling(A.ice) != ice_is_controlling(B.ice));
	assert_true(ice_is_controlling(A.ice) ==
		    (A.ice->tiebreaker >= B.ice->tiebreaker));
	talk();
}

static void test_none_controlling(void **state)
{
	(void)state;
	tell(&A, &B, false);
	tell(&B, &A, false);
	assert_true(until(both_connected, NULL));
	assert_true(ice_is_controlling(A.ice) != ice_is_controlling(B.ice));
	talk();
}

static void test_mux(void **state)
{
	struct ice_remote r = remote_of(&B);
	(void)state;

	r.mux = true;
	media_stream_set_mux(A.stream, true);
	media_stream_set_mux(B.stream, true);
	assert_int_equal(ice_check(A.ice, &r, true), 0);
	r = remote_of(&A);
	r.mux = true;
	assert_int_equal(ice_check(B.ice, &r, false), 0);
	assert_true(until(both_connected, NULL));
	assert_null(ice_remote_address(A.ice, 1));
	talk();
}

static bool both_secured(void *arg)
{
	(void)arg;
	return A.dtls && B.dtls;
}

static void test_dtls(void **state)
{
	(void)state;
	tell(&A, &B, true);
	tell(&B, &A, false);
	assert_int_equal(media_stream_set_dtls(A.stream, false,
					       media_fingerprint(media)),
			 0);
	assert_int_equal(
		media_stream_set_dtls(B.stream, true, media_fingerprint(media)),
		0);
	talk();
	assert_true(until(both_secured, NULL));
	check_way(&A, MEDIA_WAY_HOST);
}

static void test_dtls_mux(void **state)
{
	media_stream_set_mux(A.stream, true);
	media_stream_set_mux(B.stream, true);
	test_dtls(state);
}

/* With other credentials all is checked anew, and sound goes on meanwhile. */
static void test_restart(void **state)
{
	char before[UFRAG_LEN + 1];

	test_hosts(state);
	memcpy(before, ice_ufrag(A.ice), sizeof(before));
	A.events[ICE_EV_CONNECTED] = B.events[ICE_EV_CONNECTED] = 0;
	ice_restart(A.ice);
	assert_string_not_equal(before, ice_ufrag(A.ice));
	check_way(&A, MEDIA_WAY_HOST);
	ice_restart(B.ice);
	tell(&B, &A, false);
	tell(&A, &B, true);
	assert_true(until(both_connected, NULL));
	check_way(&A, MEDIA_WAY_HOST);
}

/* The same again changes nothing. */
static void test_again(void **state)
{
	test_hosts(state);
	tell(&A, &B, true);
	tell(&B, &A, false);
	assert_true(ice_is_connected(A.ice));
	check_way(&A, MEDIA_WAY_HOST);
}

static bool a_answered(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < A.ice->n_pairs; i++) {
		if (A.ice->pairs[i].state != PAIR_FAILED)
			return false;
	}
	return A.ice->n_pairs > 0;
}

static bool a_has_lost(void *arg)
{
	(void)arg;
	return A.events[ICE_EV_LOST] > 0;
}

/* Who does not answer for half a minute is sent nothing any more. */
static void test_consent(void **state)
{
	struct ice_candidate *remote;
	struct pair *selected, *other;

	test_hosts(state);
	B.ice = mem_deref(B.ice);
	B.stream = mem_deref(B.stream);
	for (unsigned i = 0; i < COMPONENTS; i++)
		A.ice->components[i].heard_ms -= 31000;
	/* … nor by another way that worked before. */
	selected = A.ice->components[0].selected;
	remote = &A.ice->remotes[A.ice->n_remotes++];
	*remote = *selected->remote;
	sa_set_port(&remote->addr, 9);
	other = check_add(A.ice, selected->local, remote);
	assert_non_null(other);
	other->state = PAIR_WORKS;
	other->seen = selected->seen;
	assert_true(until(a_has_lost, NULL));
	assert_null(A.ice->components[0].selected);
	check_way(&A, MEDIA_WAY_PLAIN);
}

static void test_wrong_password(void **state)
{
	struct ice_remote r = remote_of(&B);
	(void)state;

	r.pwd = "0123456789012345678901234";
	assert_int_equal(ice_check(A.ice, &r, true), 0);
	tell(&B, &A, false);
	/* B's own checks are right, so A answers them; A's are not. */
	assert_true(until(a_answered, NULL));
	assert_false(ice_is_connected(A.ice));
	check_way(&A, MEDIA_WAY_PLAIN);
}

static void test_unfit(void **state)
{
	struct ice_remote r = remote_of(&B);
	(void)state;

	r.ufrag = "abc";
	assert_int_equal(ice_check(A.ice, &r, true), EINVAL);
	r = remote_of(&B);
	r.pwd = "short";
	assert_int_equal(ice_check(A.ice, &r, true), EINVAL);
	r.pwd = NULL;
	assert_int_equal(ice_check(A.ice, &r, true), EINVAL);
}

static bool a_connected(void *arg)
{
	(void)arg;
	return A.events[ICE_EV_CONNECTED];
}

static bool a_is_gone(void *arg)
{
	(void)arg;
	return !A.ice;
}

static bool b_has_asked(void *arg)
{
	(void)arg;
	return B.ice->n_pairs && B.ice->pairs[0].state == PAIR_CHECKING;
}

/* Who says ice-lite answers and never asks. */
static void test_lite(void **state)
{
	struct ice_remote r = remote_of(&B);
	(void)state;

	r.lite = true;
	assert_int_equal(ice_check(A.ice, &r, false), 0);
	assert_true(ice_is_controlling(A.ice));
	assert_true(until(a_connected, NULL));
	check_way(&A, MEDIA_WAY_HOST);
}

static void test_freed_in_event(void **state)
{
	(void)state;
	A.free_in_event = B.free_in_event = true;
	tell(&A, &B, true);
	tell(&B, &A, false);
	assert_true(until(a_is_gone, NULL));
}

static void test_freed_at_once(void **state)
{
	(void)state;
	tell(&A, &B, true);
	tell(&B, &A, false);
	A.ice = mem_deref(A.ice);
	assert_true(until(b_has_asked, NULL));
}

/* --- hostile packets ----------------------------------------------------- */

static void throw_at(const struct side *s, const uint8_t *p, size_t n)
{
	struct sa to = *media_stream_laddr(s->stream);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, p, n, 0, &to.u.sa, to.len), n);
	close(fd);
}

static size_t forge(uint8_t *buf, size_t max, const char *user, const char *pwd,
		    int role, bool use)
{
	static const uint8_t tid[STUN_TID_SIZE] = {1, 2, 3};
	struct mbuf *mb = mbuf_alloc(512);
	const uint64_t tie = ~0ull;
	const uint32_t priority = 0x7effffff;
	size_t n;

	assert_int_equal(
		stun_msg_encode(mb, STUN_METHOD_BINDING, STUN_CLASS_REQUEST,
				tid, NULL, (const uint8_t *)pwd, strlen(pwd),
				true, 0, 4, STUN_ATTR_USERNAME, user,
				STUN_ATTR_PRIORITY, &priority, role, &tie,
				STUN_ATTR_USE_CAND, use ? &use : NULL),
		0);
	n = mb->end < max ? mb->end : max;
	memcpy(buf, mb->buf, n);
	mem_deref(mb);
	return n;
}

static bool a_has_learnt(void *arg)
{
	return A.ice->n_remotes > *(size_t *)arg;
}

static void test_hostile(void **state)
{
	uint8_t buf[600];
	char user[64];
	size_t n, before;

	test_hosts(state);
	snprintf(user, sizeof(user), "%s:%s", ice_ufrag(A.ice),
		 ice_ufrag(B.ice));
	/* With a password that is not ours, whole and in pieces. */
	n = forge(buf, sizeof(buf), user, "0123456789012345678901",
		  STUN_ATTR_CONTROLLING, true);
	throw_at(&A, buf, n);
	for (size_t i = 1; i < n; i += 3)
		throw_at(&A, buf, i);
	for (size_t i = 0; i < n; i++) {
		uint8_t was = buf[i];

		buf[i] ^= 0xff;
		throw_at(&A, buf, n);
		buf[i] = was;
	}
	/* A name without a colon, an answer to nothing, a channel of nobody */
	n = forge(buf, sizeof(buf), "nobody", ice_pwd(A.ice),
		  STUN_ATTR_CONTROLLING, true);
	throw_at(&A, buf, n);
	buf[0] = 1;
	buf[1] = 1;
	throw_at(&A, buf, n);
	throw_at(&A,
		 (const uint8_t *)"\x40\x00\x00\x04"
				  "abcd",
		 8);
	throw_at(&A,
		 (const uint8_t *)"\x40\x00\xff\xff"
				  "abcd",
		 8);
	/* … and one that is right: what was before it has been read. */
	before = A.ice->n_remotes;
	n = forge(buf, sizeof(buf), user, ice_pwd(A.ice), STUN_ATTR_CONTROLLED,
		  true);
	throw_at(&A, buf, n);
	assert_true(until(a_has_learnt, &before));
	assert_int_equal(A.ice->n_remotes, before + 1);
	assert_true(ice_is_controlling(A.ice));
	assert_true(ice_is_connected(A.ice));
	assert_int_equal(A.ice->n_early, 0);
	check_way(&A, MEDIA_WAY_HOST);
	assert_int_equal(A.events[ICE_EV_LOST], 0);
	assert_true(sa_cmp(ice_remote_address(A.ice, 0), ice_default(B.ice, 0),
			   SA_ALL));
}

/* A TURN server that grants what it is asked for, and counts. */
struct relay {
	struct turn *turn;
	uint8_t tid[STUN_TID_SIZE];
	unsigned channels;
};

static void to_relay(const uint8_t *p, size_t len, void *arg)
{
	struct relay *r = arg;

	assert_true(len >= STUN_HEADER_SIZE);
	memcpy(r->tid, p + STUN_HEADER_SIZE - sizeof(r->tid), sizeof(r->tid));
	r->channels += p[1] == STUN_METHOD_CHANBIND;
}

static void relay_state(struct turn *t, int err, void *arg)
{
	(void)t;
	(void)arg;
	assert_int_equal(err, 0);
}

static void relay_open(struct relay *r)
{
	static const struct turn_handlers h = {
		.send = to_relay,
		.state = relay_state,
	};
	const struct ice_server server = {.relay = true};
	struct mbuf *mb = mbuf_alloc(128);
	struct sa relayed;

	memset(r, 0, sizeof(*r));
	sa_set_str(&relayed, "192.0.2.1", 49152);
	assert_int_equal(turn_alloc(&r->turn, &server, true, &h, r), 0);
	assert_int_equal(stun_msg_encode(mb, STUN_METHOD_ALLOCATE,
					 STUN_CLASS_SUCCESS_RESP, r->tid, NULL,
					 NULL, 0, false, 0, 1,
					 STUN_ATTR_XOR_RELAY_ADDR, &relayed),
			 0);
	assert_true(turn_took(r->turn, mb->buf, mb->end));
	mem_deref(mb);
}

/* There are not many channels: who has no password of ours gets none. */
static void test_channels(void **state)
{
	struct relay r;
	struct sa peer;
	uint8_t buf[600];
	char user[64];
	size_t n;

	(void)state;
	relay_open(&r);
	snprintf(user, sizeof(user), "%s:x", ice_ufrag(A.ice));
	sa_set_str(&peer, "192.0.2.2", 4000);
	n = forge(buf, sizeof(buf), user, "0123456789012345678901",
		  STUN_ATTR_CONTROLLING, false);
	check_took(A.ice, 0, r.turn, &peer, buf, n);
	assert_int_equal(r.channels, 0);
	n = forge(buf, sizeof(buf), user, ice_pwd(A.ice), STUN_ATTR_CONTROLLING,
		  false);
	check_took(A.ice, 0, r.turn, &peer, buf, n);
	assert_int_equal(r.channels, 1);
	A.ice = mem_deref(A.ice);
	mem_deref(r.turn);
}

/* --- texts --------------------------------------------------------------- */

static void test_candidates(void **state)
{
	static const struct {
		const char *line;
		int err;
	} lines[] = {
		{"1 1 UDP 2130706431 10.0.1.1 8998 typ host", 0},
		{"2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 "
		 "rport 8998",
		 0},
		{"x 2 UDP 1 2001:db8::1 9 typ relay raddr 0.0.0.0 rport 0 "
		 "generation 0 network-cost 50",
		 0},
		{"1 1 TCP 1 10.0.1.1 9 typ host tcptype active", ENOTSUP},
		{"1 3 UDP 1 10.0.1.1 8998 typ host", ENOTSUP},
		{"1 1 UDP 1 x.local 8998 typ host", ENOTSUP},
		{"1 1 UDP 1 10.0.1.1 8998 typ weird", ENOTSUP},
		{"1 1 UDP 1 10.0.1.1 0 typ host", ENOTSUP},
		{"1 0 UDP 1 10.0.1.1 8998 typ host", EBADMSG},
		{"1 1 UDP 0 10.0.1.1 8998 typ host", EBADMSG},
		{"1 1 UDP 4294967296 10.0.1.1 8998 typ host", EBADMSG},
		{"1 1 UDP 1 10.0.1.1 65536 typ host", EBADMSG},
		{"1 1 UDP 1 10.0.1.1 8998 type host", EBADMSG},
		{"1 1 UDP 1 10.0.1.1", EBADMSG},
		{"012345678901234567890123456789012 1 UDP 1 10.0.1.1 8998 typ "
		 "host",
		 EBADMSG},
		{"", EBADMSG},
	};
	struct ice_candidate c;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(ice_candidate_read(&c, lines[i].line),
				 lines[i].err);
	assert_int_equal(ice_candidate_read(&c, lines[1].line), 0);
	assert_int_equal(c.type, ICE_REFLEXIVE);
	assert_int_equal(sa_port(&c.related), 8998);
	assert_int_equal(ice_candidate_read(&c, NULL), EBADMSG);
}

static void test_uris(void **state)
{
	static const struct {
		const char *uri, *is;
		int err;
	} uris[] = {
		{"stun:stun.example.org", "stun:stun.example.org", 0},
		{"STUN:192.0.2.1:3479", "stun:192.0.2.1:3479", 0},
		{"stun:[2001:db8::1]", "stun:[2001:db8::1]", 0},
		{"turn:a:3478?transport=udp", "turn:a", 0},
		{"turn:a?transport=TCP", "turn:a?transport=tcp", 0},
		{"turns:a", "turns:a", 0},
		{"turns:a:5349?transport=tcp", "turns:a", 0},
		{"turns:[::1]:443", "turns:[::1]:443", 0},
		{"turns:a?transport=udp", NULL, ENOTSUP},
		{"stuns:a", NULL, ENOTSUP},
		{"stun:a?transport=udp", NULL, EINVAL},
		{"turn:a?transport=sctp", NULL, EINVAL},
		{"turn:a?x=y", NULL, EINVAL},
		{"stun://a", NULL, EINVAL},
		{"stun:u@a", NULL, EINVAL},
		{"stun:", NULL, EINVAL},
		{"stun:a:", NULL, EINVAL},
		{"stun:a:0", NULL, EINVAL},
		{"stun:a:65536", NULL, EINVAL},
		{"stun:a:1x", NULL, EINVAL},
		{"stun:[::1", NULL, EINVAL},
		{"stun:[a]", NULL, EINVAL},
		{"stun:a b", NULL, EINVAL},
		{"http:a", NULL, EINVAL},
		{"", NULL, EINVAL},
	};
	struct list l = LIST_INIT;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(uris); i++) {
		char *is;

		assert_int_equal(ice_server_add(&l, uris[i].uri, "u", "p"),
				 uris[i].err);
		if (uris[i].err)
			continue;
		is = ice_server_uri(list_tail(&l)->data);
		assert_string_equal(is, uris[i].is);
		free(is);
	}
	list_flush(&l);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hosts),
		TEST(test_early),
		TEST(test_both_controlling),
		TEST(test_none_controlling),
		TEST(test_mux),
		TEST(test_dtls),
		TEST(test_dtls_mux),
		TEST(test_restart),
		TEST(test_again),
		TEST(test_consent),
		TEST(test_wrong_password),
		TEST(test_unfit),
		TEST(test_lite),
		TEST(test_freed_in_event),
		TEST(test_freed_at_once),
		TEST(test_hostile),
		TEST(test_channels),
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_uris),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
