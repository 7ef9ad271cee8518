/**
 * @file sip_raw.c  Peers that are no phones: bare sockets that say anything
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/sip.h>
#include "until.h"

enum { CROWD = 400, KEPT = LOOP_FEW / 8 };

/** A server, and a socket that answers what it is asked. */
struct bench {
	struct media *media;
	struct sip_stack *stack;
	struct sa addr, peer;
	struct sip_leg *leg;
	int fd;
	unsigned invites;
	const char *refusal; /**< of the second INVITE */
	bool up, done;
	uint16_t code;
	int crowd[CROWD];
	size_t come, taken; /**< of the crowd */
};

static int no_ha1(const char *user, const char *realm, uint8_t ha1[16],
		  void *arg)
{
	(void)user;
	(void)realm;
	(void)ha1;
	(void)arg;
	return ENOENT;
}

static int setup(void **state)
{
	static const struct sip_stack_handlers handlers = {.ha1 = no_ha1};
	struct bench *b = calloc(1, sizeof(*b));
	struct sip_stack_prm prm = {.realm = "offhook"};

	assert_int_equal(media_alloc(&b->media), 0);
	prm.media = b->media;
	assert_int_equal(sip_stack_alloc(&b->stack, &prm, &handlers, b), 0);
	/* Not where others look for a free port: a crowd takes many. */
	sa_set_str(&b->addr, "127.0.0.3", 0);
	assert_int_equal(sip_stack_listen(b->stack, SIP_UDP, &b->addr), 0);
	assert_int_equal(sip_stack_listen(b->stack, SIP_TCP, &b->addr), 0);
	b->fd = -1;
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	if (b->fd >= 0) {
		loop_fd(b->fd, 0, NULL, NULL);
		close(b->fd);
	}
	for (size_t i = 0; i < CROWD; i++)
		if (b->crowd[i])
			close(b->crowd[i]);
	mem_deref(b->leg);
	mem_deref(b->stack);
	mem_deref(b->media);
	free(b);
	return 0;
}

/* ---- a phone that refuses ---------------------------------------------- */

static const char sdp[] = "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			  "m=audio 9 RTP/AVP 8\r\n";

static void copy_header(struct text_buf *out, const char *msg, const char *name)
{
	const char *s = strstr(msg, name);

	assert_non_null(s);
	text_buf_add_n(out, s, strcspn(s, "\r"));
	if (!strcmp(name, "To: ") && !memmem(s, strcspn(s, "\r"), "tag=", 4))
		text_buf_add(out, ";tag=raw");
	text_buf_add(out, "\r\n");
}

static void asked(int flags, void *arg)
{
	static const char *const names[] = {
		"Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "};
	struct bench *b = arg;
	struct text_buf out = {0};
	char msg[4096];
	struct sa src;
	ssize_t n;
	(void)flags;

	src.len = sizeof(src.u);
	n = recvfrom(b->fd, msg, sizeof(msg) - 1, 0, &src.u.sa, &src.len);
	assert_true(n > 0);
	msg[n] = 0;
	if (!strncmp(msg, "ACK", 3))
		return;
	if (!strncmp(msg, "INVITE", 6) && ++b->invites > 1)
		text_buf_printf(&out, "SIP/2.0 %s\r\n", b->refusal);
	else
		text_buf_add(&out, "SIP/2.0 200 OK\r\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		copy_header(&out, msg, names[i]);
	text_buf_printf(&out,
			"Contact: <sip:raw@127.0.0.1:%u>\r\n"
			"Content-Type: application/sdp\r\n"
			"Content-Length: %zu\r\n\r\n%s",
			sa_port(&b->peer), b->invites == 1 ? strlen(sdp) : 0,
			b->invites == 1 ? sdp : "");
	assert_int_equal(sendto(b->fd, out.buf, out.len, 0, &src.u.sa, src.len),
			 (ssize_t)out.len);
	text_buf_reset(&out);
}

static void leg_event(struct sip_leg *leg, const struct sip_leg_event *ev,
		      void *arg)
{
	struct bench *b = arg;
	(void)leg;

	b->up |= ev->type == SIP_LEG_EV_ESTABLISHED;
	if (ev->type == SIP_LEG_EV_HOLD_DONE) {
		b->done = true;
		b->code = ev->code;
	}
}

static bool is_up(void *arg)
{
	return ((struct bench *)arg)->up;
}

static bool is_done(void *arg)
{
	return ((struct bench *)arg)->done;
}

static void a_refused_hold_says_with_what(void **state)
{
	struct bench *b = *state;
	char uri[64];
	struct sip_leg_prm prm = {.to_uri = uri, .from_user = "200"};

	b->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	sa_set_str(&b->peer, "127.0.0.1", 0);
	assert_int_equal(bind(b->fd, &b->peer.u.sa, b->peer.len), 0);
	assert_int_equal(getsockname(b->fd, &b->peer.u.sa, &b->peer.len), 0);
	assert_int_equal(loop_fd(b->fd, LOOP_READ, asked, b), 0);
	re_snprintf(uri, sizeof(uri), "sip:raw@%J", &b->peer);
	assert_int_equal(sip_leg_connect(&b->leg, b->stack, &prm, leg_event, b),
			 0);
	assert_true(until(is_up, b));

	b->refusal = "415 Unsupported Media Type";
	assert_int_equal(sip_leg_hold(b->leg, true), 0);
	assert_true(until(is_done, b));
	assert_int_equal(b->code, 415);
	assert_false(sip_leg_held(b->leg));
}

/* ---- a crowd ----------------------------------------------------------- */

/* Who was taken in gets an answer to what keeps it alive (RFC 5626 §3.5.1). */
static bool all_were_taken(void *arg)
{
	struct bench *b = arg;
	char pong[2];

	while (b->taken < b->come &&
	       (recv(b->crowd[b->taken], pong, 2, MSG_DONTWAIT) >= 0 ||
		errno != EAGAIN))
		b->taken++;
	return b->taken == b->come;
}

static bool room_was_made(void *arg)
{
	struct bench *b = arg;
	size_t open = 0;
	char c;

	for (size_t i = 0; i < CROWD; i++)
		open += recv(b->crowd[i], &c, 1, MSG_DONTWAIT) < 0 &&
			errno == EAGAIN;
	return open <= KEPT;
}

static bool was_answered(void *arg)
{
	char c;

	return recv(*(int *)arg, &c, 1, MSG_DONTWAIT) == 1;
}

static void a_crowd_that_says_nothing_shuts_nobody_out(void **state)
{
	static const char options[] =
		"OPTIONS sip:x SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKa\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:x>\r\nCall-ID: 1\r\n"
		"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
	const struct linger at_once = {.l_onoff = 1};
	struct bench *b = *state;
	struct sa tcp;
	int fd;

	assert_int_equal(sip_stack_address(b->stack, SIP_TCP, &tcp), 0);
	for (size_t i = 0; i < CROWD; i++) {
		b->crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_true(b->crowd[i] > 0);
		setsockopt(b->crowd[i], SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
		assert_int_equal(bind(b->crowd[i], &b->addr.u.sa, b->addr.len),
				 0);
		(void)!connect(b->crowd[i], &tcp.u.sa, tcp.len);
		(void)!send(b->crowd[i], "\r\n\r\n", 4, 0);
		b->come++;
		if (i % 100 == 99)
			assert_true(until(all_were_taken, b));
	}
	assert_true(until(room_was_made, b));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, &tcp.u.sa, tcp.len), 0);
	assert_int_equal(send(fd, options, strlen(options), 0),
			 (ssize_t)strlen(options));
	assert_true(until(was_answered, &fd));
	close(fd);
}

#define RAW_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(a_refused_hold_says_with_what),
		RAW_TEST(a_crowd_that_says_nothing_shuts_nobody_out),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
