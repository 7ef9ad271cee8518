/**
 * @file phone_calls.c  What the phone makes of holds, transfers and digits
 *
 * Three phones behind a proxy that leaves the rest to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/client/phone.h>
#include "until.h"

enum { CALLS = 4 };

struct user {
	struct phone *phone;
	bool registered;
	struct phone_call *calls[CALLS]; /**< as they came or were made */
	unsigned n;
	enum phone_call_state state[CALLS];
	enum phone_transfer transfer[CALLS];
	unsigned transfer_code[CALLS], code[CALLS];
	bool allows; /**< transfers */
	unsigned asked, held, held_code, codecs, codecs_code;
	char codec[16];
	char number[32], digits[16];
};

/* A registrar and proxy in its simplest form: what comes goes where the
 * request URI says, or where that user has registered. */
static int fd;
static struct sa addr;
static char *contact[3];
static unsigned registrations;
static struct user u[3];

static char *header(const char *msg, const char *name)
{
	char head[64];
	const char *s;

	snprintf(head, sizeof(head), "\r\n%s: ", name);
	s = strstr(msg, head);
	return s ? strndup(s + strlen(head), strcspn(s + strlen(head), "\r"))
		 : NULL;
}

/** "…127.0.0.1:5060…" */
static bool address(struct sa *sa, const char *text)
{
	const char *s = strstr(text, "127.0.0.1:");

	return s && !sa_set_str(sa, "127.0.0.1", (uint16_t)atoi(s + 10));
}

static void send_to(const char *text, const struct sa *to)
{
	(void)!sendto(fd, text, strlen(text), 0, &to->u.sa, to->len);
}

static void answer(const char *msg, const struct sa *src, const char *status,
		   const char *more)
{
	static const char *const names[] = {"Via", "From", "To", "Call-ID",
					    "CSeq"};
	struct text_buf b = {0};

	text_buf_printf(&b, "SIP/2.0 %s\r\n", status);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *v = header(msg, names[i]);

		text_buf_printf(&b, "%s: %s%s\r\n", names[i], v,
				!strcmp(names[i], "To") && !strstr(v, ";tag=")
					? ";tag=proxy"
					: "");
		free(v);
	}
	text_buf_printf(&b, "%sContent-Length: 0\r\n\r\n", more);
	send_to(b.buf, src);
	text_buf_reset(&b);
}

static void on_register(const char *msg, const struct sa *src)
{
	char *to = header(msg, "To"), *c = header(msg, "Contact"), *more;
	int i = to && strstr(to, "sip:") ? strstr(to, "sip:")[4] - '0' : -1;

	assert_true(i >= 0 && i < 3);
	if (c && *c == '<') {
		free(contact[i]);
		contact[i] = strndup(c + 1, strcspn(c + 1, ">"));
	}
	registrations++;
	more = text_printf("Contact: <%s>;expires=600\r\n",
			   contact[i] ? contact[i] : "");
	answer(msg, src, "200 OK", more);
	free(more);
	free(to);
	free(c);
}

static void forward(const char *msg, const struct sa *src)
{
	const char *uri = strchr(msg, ' ') + 1, *via, *rest;
	char *target = strndup(uri, strcspn(uri, " ")), *branch, *route;
	struct text_buf b = {0};
	struct sa to;

	if (address(&to, target) && sa_port(&to) == sa_port(&addr)) {
		int i = target[4] - '0';

		if (i < 0 || i > 2 || target[5] != '@' || !contact[i]) {
			if (strncmp(msg, "ACK", 3))
				answer(msg, src, "404 Not Found", "");
			free(target);
			return;
		}
		free(target);
		target = strdup(contact[i]);
		assert_true(address(&to, target));
	}
	via = strstr(msg, "branch=");
	branch = strndup(via + 7, strcspn(via + 7, ";\r"));
	rest = strstr(msg, "\r\n") + 2;
	text_buf_printf(&b,
			"%.*s %s SIP/2.0\r\n"
			"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=%sp\r\n",
			(int)strcspn(msg, " "), msg, target, sa_port(&addr),
			branch);
	route = strstr(rest, "Route: ");
	if (route && strncmp(route - 2, "\r\n", 2))
		route = NULL;
	text_buf_add_n(&b, rest, route ? (size_t)(route - rest) : strlen(rest));
	if (route)
		text_buf_add(&b, strstr(route, "\r\n") + 2);
	send_to(b.buf, &to);
	text_buf_reset(&b);
	free(branch);
	free(target);
}

static void back(const char *msg)
{
	const char *first = strstr(msg, "\r\nVia: "), *next;
	struct text_buf b = {0};
	struct sa to;

	next = first ? strstr(first + 2, "\r\n") : NULL;
	if (!next || strncmp(next, "\r\nVia: ", 7) || !address(&to, next))
		return;
	text_buf_add_n(&b, msg, (size_t)(first - msg));
	text_buf_add(&b, next);
	send_to(b.buf, &to);
	text_buf_reset(&b);
}

static void on_datagram(int flags, void *arg)
{
	char msg[8192];
	struct sa src;
	ssize_t n;
	(void)flags;
	(void)arg;

	src.len = sizeof(src.u);
	n = recvfrom(fd, msg, sizeof(msg) - 1, 0, &src.u.sa, &src.len);
	if (n <= 0)
		return;
	msg[n] = 0;
	if (!strncmp(msg, "SIP/2.0", 7))
		back(msg);
	else if (!strncmp(msg, "REGISTER", 8))
		on_register(msg, &src);
	else if (!strncmp(msg, "OPTIONS", 7))
		answer(msg, &src, "200 OK", "");
	else if (strchr(msg, ' '))
		forward(msg, &src);
}

/* ---- users ------------------------------------------------------------- */

static void on_registered(bool registered, const char *reason, bool refused,
			  void *arg)
{
	struct user *x = arg;
	(void)reason;
	(void)refused;

	x->registered = registered;
}

static void user_incoming(struct phone_call *c, void *arg)
{
	struct user *x = arg;

	phone_call_set_arg(c, &x->calls[x->n]);
	x->calls[x->n++] = c;
	(void)phone_answer(c);
}

static void user_changed(struct phone_call *c, void *call_arg, void *arg)
{
	struct phone_call **slot = call_arg;
	struct user *x = arg;
	struct phone_call_info i;
	ptrdiff_t k;

	if (!slot)
		return;
	k = slot - x->calls;
	phone_call_info(c, &i);
	x->state[k] = i.state;
	x->transfer[k] = i.transfer;
	x->transfer_code[k] = i.transfer_code;
	x->code[k] = i.code;
	snprintf(x->codec, sizeof(x->codec), "%s", i.codec);
	strncpy(x->number, i.number, sizeof(x->number) - 1);
	if (i.state == PHONE_ENDED)
		*slot = NULL;
}

static bool user_asked(struct phone_call *c, const char *number, const char *by,
		       void *call_arg, void *arg)
{
	struct user *x = arg;
	(void)c;
	(void)number;
	(void)by;
	(void)call_arg;

	x->asked++;
	return x->allows;
}

static void user_held(struct phone_call *c, unsigned code, void *call_arg,
		      void *arg)
{
	struct user *x = arg;
	(void)c;
	(void)call_arg;

	x->held++;
	x->held_code = code;
}

static void user_codecs(struct phone_call *c, unsigned code, void *call_arg,
			void *arg)
{
	struct user *x = arg;
	(void)c;
	(void)call_arg;

	x->codecs++;
	x->codecs_code = code;
}

static void user_digit(struct phone_call *c, char digit, void *call_arg,
		       void *arg)
{
	struct user *x = arg;
	(void)c;
	(void)call_arg;

	x->digits[strlen(x->digits)] = digit;
}

static bool is_registered(void *arg)
{
	return ((const struct user *)arg)->registered;
}

/** @param name Shown to who is called */
static void use_account(struct user *x, int i, const char *name)
{
	char user[2] = {(char)('0' + i), 0}, domain[32];
	const struct phone_account a = {
		.user = user, .domain = domain, .name = name};

	re_snprintf(domain, sizeof(domain), "%J", &addr);
	assert_int_equal(phone_set_account(x->phone, &a), 0);
}

static void user_start(struct user *x, int i)
{
	static const struct phone_handlers h = {
		.registered = on_registered,
		.incoming = user_incoming,
		.changed = user_changed,
		.transfer_asked = user_asked,
		.held = user_held,
		.codecs = user_codecs,
		.digit = user_digit,
	};

	memset(x, 0, sizeof(*x));
	assert_int_equal(phone_alloc(&x->phone, &h, x), 0);
	for (int r = 0; r < PHONE_ROLES; r++)
		assert_int_equal(
			phone_set_device(x->phone, (enum phone_role)r, "none"),
			0);
	use_account(x, i, NULL);
	assert_true(until(is_registered, x));
}

static int setup(void **state)
{
	(void)state;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	sa_set_str(&addr, "127.0.0.1", 0);
	assert_int_equal(bind(fd, &addr.u.sa, addr.len), 0);
	assert_int_equal(getsockname(fd, &addr.u.sa, &addr.len), 0);
	assert_int_equal(loop_fd(fd, LOOP_READ, on_datagram, NULL), 0);
	for (int i = 0; i < 3; i++)
		user_start(&u[i], i);
	return 0;
}

static bool short_while(void *arg)
{
	return time_mono_ms() > *(uint64_t *)arg;
}

static int teardown(void **state)
{
	uint64_t end = time_mono_ms() + 30;
	(void)state;

	for (int i = 0; i < 3; i++)
		u[i].phone = mem_deref(u[i].phone);
	until(short_while, &end);
	loop_fd(fd, 0, NULL, NULL);
	close(fd);
	for (int i = 0; i < 3; i++) {
		free(contact[i]);
		contact[i] = NULL;
	}
	return 0;
}

static struct phone_call *dial(struct user *x, const char *number)
{
	struct phone_call **slot = &x->calls[x->n++];

	assert_int_equal(phone_dial(x->phone, slot, number, slot), 0);
	return *slot;
}

static bool talks(void *arg)
{
	const struct user *x = arg;

	return x->n && x->state[x->n - 1] == PHONE_TALKING;
}

static bool is_held(void *arg)
{
	return ((const struct user *)arg)->held > 0;
}

static bool transfer_ended(void *arg)
{
	const struct user *x = arg;

	return x->transfer[0] == PHONE_TRANSFER_FAILED ||
	       x->transfer[0] == PHONE_TRANSFER_DONE;
}

static bool talks_again(void *arg)
{
	const struct user *x = arg;

	return x->state[0] == PHONE_TALKING;
}

static struct phone_call *call_between(struct user *from, struct user *to,
				       const char *number)
{
	struct phone_call *c = dial(from, number);

	assert_true(until(talks, from));
	assert_true(until(talks, to));
	return c;
}

/* ---- tests ------------------------------------------------------------- */

static void a_hold_says_how_it_went(void **state)
{
	struct phone_call *c = call_between(&u[0], &u[1], "1");
	(void)state;

	assert_int_equal(phone_hold(c, true), 0);
	assert_int_equal(phone_hold(c, true), EALREADY);
	assert_int_equal(u[0].held, 0);
	assert_true(until(is_held, &u[0]));
	assert_int_equal(u[0].held_code, 200);
	assert_int_equal(u[0].state[0], PHONE_HELD);
	/* So it is already: told all the same. */
	u[0].held = 0;
	assert_int_equal(phone_hold(c, true), 0);
	assert_true(until(is_held, &u[0]));
	assert_int_equal(u[0].held, 1);
}

static bool got_one_digit(void *arg)
{
	return ((const struct user *)arg)->digits[0] != 0;
}

static bool got_digits(void *arg)
{
	return strlen(u[1].digits) == 3 && arg;
}

static void digits_are_heard(void **state)
{
	struct phone_call *c = call_between(&u[0], &u[1], "1");
	(void)state;

	assert_int_equal(phone_digit(c, '1', 100), 0);
	assert_int_equal(phone_digit(c, '*', 100), 0);
	assert_int_equal(phone_digit(c, '#', 100), 0);
	assert_int_equal(phone_digit(c, 'x', 100), EINVAL);
	assert_int_equal(phone_digit(NULL, '1', 100), EPROTO);
	assert_true(until(got_digits, &u[1]));
	assert_string_equal(u[1].digits, "1*#");
}

static void a_refused_transfer_gives_the_call_back(void **state)
{
	struct phone_call *c;
	(void)state;

	c = call_between(&u[0], &u[1], "1");
	assert_int_equal(phone_transfer(c, "no number"), EINVAL);
	assert_int_equal(phone_transfer(c, "2"), 0);
	assert_int_equal(phone_transfer(c, "2"), EALREADY);
	assert_int_equal(phone_hold(c, false), EALREADY);
	assert_true(until(transfer_ended, &u[0]));
	assert_int_equal(u[0].transfer[0], PHONE_TRANSFER_FAILED);
	assert_int_equal(u[0].transfer_code[0], 603);
	/* … as it was: not on hold. */
	assert_true(until(talks_again, &u[0]));
	assert_ptr_equal(u[0].calls[0], c);
	assert_int_equal(u[0].held, 0);
}

static void a_held_call_stays_held(void **state)
{
	struct phone_call *c = call_between(&u[0], &u[1], "1");
	(void)state;

	assert_int_equal(phone_hold(c, true), 0);
	assert_true(until(is_held, &u[0]));
	assert_int_equal(phone_transfer(c, "2"), 0);
	assert_true(until(transfer_ended, &u[0]));
	assert_int_equal(u[0].transfer[0], PHONE_TRANSFER_FAILED);
	assert_int_equal(u[0].state[0], PHONE_HELD);
}

static bool first_call_is_over(void *arg)
{
	const struct user *x = arg;

	return x->state[0] == PHONE_ENDED;
}

static void who_is_sent_on_keeps_the_call(void **state)
{
	struct phone_call *c;
	(void)state;

	u[1].allows = true;
	c = call_between(&u[0], &u[1], "1");
	assert_int_equal(phone_transfer(c, "2"), 0);
	assert_true(until(first_call_is_over, &u[0]));
	assert_int_equal(u[0].transfer[0], PHONE_TRANSFER_DONE);
	assert_int_equal(u[0].code[0], 200);
	assert_int_equal(u[1].asked, 1);
	assert_true(until(talks, &u[2]));
	assert_true(until(talks, &u[1]));
	/* The same call, with another number. */
	assert_int_equal(u[1].n, 1);
	assert_non_null(u[1].calls[0]);
	assert_string_equal(u[1].number, "2");
	/* and it ends as any other */
	phone_hang_up(u[1].calls[0]);
	assert_true(until(first_call_is_over, &u[2]));
}

static void who_may_not_be_sent_on_stays(void **state)
{
	struct phone_call *c;
	(void)state;

	c = call_between(&u[0], &u[1], "1");
	assert_int_equal(phone_transfer(c, "2"), 0);
	assert_true(until(transfer_ended, &u[0]));
	assert_int_equal(u[0].transfer_code[0], 603);
	assert_int_equal(u[1].asked, 1);
	assert_int_equal(u[2].n, 0);
	assert_true(until(talks_again, &u[0]));
	assert_true(until(talks_again, &u[1]));
}

static void a_number_that_is_none_gives_it_back(void **state)
{
	struct phone_call *c;
	(void)state;

	u[1].allows = true;
	c = call_between(&u[0], &u[1], "1");
	assert_int_equal(phone_transfer(c, "777"), 0);
	assert_true(until(transfer_ended, &u[0]));
	assert_int_equal(u[0].transfer[0], PHONE_TRANSFER_FAILED);
	assert_int_equal(u[0].transfer_code[0], 404);
	assert_true(until(talks_again, &u[0]));
	assert_true(until(talks_again, &u[1]));
}

static bool both_over(void *arg)
{
	return u[0].state[0] == PHONE_ENDED && u[0].state[1] == PHONE_ENDED &&
	       arg;
}

static void two_calls_are_joined(void **state)
{
	struct phone_call *c, *other;
	(void)state;

	u[1].allows = u[2].allows = true;
	c = call_between(&u[0], &u[1], "1");
	assert_int_equal(phone_hold(c, true), 0);
	assert_true(until(is_held, &u[0]));
	other = call_between(&u[0], &u[2], "2");
	assert_int_equal(phone_transfer_to(c, c), EINVAL);
	assert_int_equal(phone_transfer_to(c, other), 0);
	assert_true(until(both_over, &u[0]));
	assert_true(until(talks, &u[1]));
	assert_true(until(talks, &u[2]));
	assert_int_equal(u[1].n, 1);
	assert_int_equal(u[2].n, 1);
	assert_int_equal(u[2].asked, 1);
	phone_hang_up(u[2].calls[0]);
	assert_true(until(first_call_is_over, &u[1]));
}

static void the_target_may_refuse(void **state)
{
	struct phone_call *c, *other;
	(void)state;

	u[1].allows = true;
	c = call_between(&u[0], &u[1], "1");
	other = call_between(&u[0], &u[2], "2");
	assert_int_equal(phone_transfer_to(c, other), 0);
	assert_true(until(transfer_ended, &u[0]));
	assert_int_equal(u[0].transfer[0], PHONE_TRANSFER_FAILED);
	assert_int_equal(u[0].transfer_code[0], 603);
	assert_true(until(talks_again, &u[0]));
	assert_non_null(u[0].calls[1]);
	assert_int_equal(u[0].state[1], PHONE_TALKING);
}

static void phones_may_go_in_the_middle(void **state)
{
	struct phone_call *c, *other;
	(void)state;

	u[1].allows = true;
	c = call_between(&u[0], &u[1], "1");
	other = call_between(&u[0], &u[2], "2");
	assert_int_equal(phone_transfer_to(c, other), 0);
	phone_hang_up(other);
	assert_true(until(transfer_ended, &u[0]));
	assert_int_equal(u[0].transfer[0], PHONE_TRANSFER_FAILED);
	assert_int_equal(phone_transfer(c, "2"), 0);
	u[1].phone = mem_deref(u[1].phone);
	assert_true(until(first_call_is_over, &u[0]));
}

static double heard_by(const struct user *x, unsigned k)
{
	struct media_stats st;

	media_stream_stats(phone_call_stream(x->calls[k]), &st);
	return st.speaker_level;
}

static bool second_talks(void *arg)
{
	const struct user *x = arg;

	return x->state[1] == PHONE_TALKING;
}

static bool first_user_hears(void *arg)
{
	(void)arg;
	return heard_by(&u[1], 0) > -30;
}

static bool first_user_hears_nothing(void *arg)
{
	(void)arg;
	return heard_by(&u[1], 0) < -60;
}

static bool we_hear_the_second(void *arg)
{
	(void)arg;
	return heard_by(&u[0], 1) > -30;
}

static bool first_is_held(void *arg)
{
	(void)arg;
	return u[0].state[0] == PHONE_HELD;
}

/* One who waits and one who talks: each hears the other, until one leaves. */
static void a_conference_of_two_calls(void **state)
{
	struct phone_call *a = call_between(&u[0], &u[1], "1"), *b;
	struct phone_call_info i;
	(void)state;

	assert_int_equal(phone_hold(a, true), 0);
	assert_true(until(is_held, &u[0]));
	b = dial(&u[0], "2");
	assert_int_equal(phone_join(a, b), EPROTO);
	assert_true(until(second_talks, &u[0]));
	assert_true(until(talks, &u[2]));
	assert_int_equal(phone_join(a, a), EALREADY);
	assert_int_equal(phone_conference_count(u[0].phone), 0);

	assert_int_equal(phone_join(a, b), 0);
	assert_int_equal(phone_conference_count(u[0].phone), 2);
	assert_int_equal(phone_join(b, a), EALREADY);
	assert_true(until(talks_again, &u[0]));
	phone_call_info(a, &i);
	assert_true(i.conference);
	media_stream_play_tone(phone_call_stream(u[2].calls[0]), MEDIA_REMOTE,
			       MEDIA_TONE_TEST);
	assert_true(until(first_user_hears, NULL));

	assert_int_equal(phone_leave(a), 0);
	assert_int_equal(phone_conference_count(u[0].phone), 0);
	assert_true(until(first_is_held, NULL));
	assert_true(until(first_user_hears_nothing, NULL));
	assert_true(until(we_hear_the_second, NULL));
	phone_call_info(b, &i);
	assert_false(i.conference);
	assert_int_equal(phone_leave(b), EPROTO);
}

/* By their ends, and by the phone's. */
static void a_conference_falls_apart(void **state)
{
	struct phone_call *a = call_between(&u[0], &u[1], "1");
	struct phone_call *b = dial(&u[0], "2");
	(void)state;

	assert_true(until(second_talks, &u[0]));
	assert_int_equal(phone_join(a, b), 0);
	phone_hang_up(u[1].calls[0]);
	assert_true(until(first_call_is_over, &u[0]));
	assert_int_equal(phone_conference_count(u[0].phone), 0);
	assert_int_equal(u[0].state[1], PHONE_TALKING);
}

static void a_phone_goes_with_its_conference(void **state)
{
	struct phone_call *a = call_between(&u[0], &u[1], "1");
	struct phone_call *b = dial(&u[0], "2");
	(void)state;

	assert_true(until(second_talks, &u[0]));
	assert_int_equal(phone_join(a, b), 0);
	u[0].phone = mem_deref(u[0].phone);
}

/* Digits go with the sound whatever it is (RFC 4733). */
static void a_list_of_codecs_has_digits(void **state)
{
	struct phone_call *c;
	(void)state;

	assert_int_equal(phone_set_codecs(u[0].phone, "G722 PCMA"), 0);
	assert_int_equal(phone_set_codecs(u[1].phone, "opus PCMA"), 0);
	c = call_between(&u[0], &u[1], "1");
	assert_string_equal(media_stream_codec(phone_call_stream(c)), "PCMA");
	assert_int_equal(media_stream_send_digit(phone_call_stream(c), '5', 0),
			 0);
	assert_true(until(got_one_digit, &u[1]));
	assert_string_equal(u[1].digits, "5");
}

static bool nobody_talks(void *arg)
{
	return ((const struct user *)arg)->state[0] == PHONE_ENDED;
}

static bool codecs_told(void *arg)
{
	return ((const struct user *)arg)->codecs > 0;
}

static bool both_have_pcmu(void *arg)
{
	(void)arg;
	return !strcmp(u[0].codec, "PCMU") && !strcmp(u[1].codec, "PCMU");
}

static bool both_have_g722(void *arg)
{
	(void)arg;
	return !strcmp(u[0].codec, "G722") && !strcmp(u[1].codec, "G722");
}

/* Each side is told which codec it is now, whoever wanted it. */
static void a_call_gets_another_codec(void **state)
{
	struct phone_call *c = dial(&u[0], "1");
	(void)state;

	assert_int_equal(phone_call_codecs(c, "PCMU"), EPROTO);
	assert_int_equal(phone_call_codecs(NULL, "PCMU"), EPROTO);
	assert_true(until(talks, &u[0]));
	assert_true(until(talks, &u[1]));
	assert_int_equal(phone_call_codecs(c, "none"), ENOENT);
	assert_int_equal(phone_call_codecs(c, "PCMU, PCMA"), 0);
	assert_int_equal(phone_call_codecs(c, "PCMA"), EALREADY);
	assert_true(until(codecs_told, &u[0]));
	assert_int_equal(u[0].codecs, 1);
	assert_int_equal(u[0].codecs_code, 200);
	assert_true(until(both_have_pcmu, NULL));
	assert_int_equal(u[1].codecs, 0);
	/* the other side; a list that it was not made with */
	assert_int_equal(phone_call_codecs(u[1].calls[0], "G722"), 0);
	assert_true(until(both_have_g722, NULL));
	/* digits go on with it */
	assert_int_equal(phone_digit(c, '7', 100), 0);
	assert_true(until(got_one_digit, &u[1]));
	/* and back to what the option says */
	u[0].codecs = 0;
	assert_int_equal(phone_set_codecs(u[0].phone, "PCMU"), 0);
	assert_int_equal(phone_call_codecs(c, ""), 0);
	assert_true(until(codecs_told, &u[0]));
	assert_true(until(both_have_pcmu, NULL));
}

/* Who cannot do it refuses: the call goes on, held or not. */
static void a_codec_that_the_other_side_lacks(void **state)
{
	struct phone_call *c;
	(void)state;

	assert_int_equal(phone_set_codecs(u[1].phone, "PCMA PCMU"), 0);
	c = call_between(&u[0], &u[1], "1");
	assert_string_equal(u[0].codec, "PCMA");
	assert_int_equal(phone_hold(c, true), 0);
	assert_true(until(is_held, &u[0]));
	assert_int_equal(phone_call_codecs(c, "opus"), 0);
	assert_true(until(codecs_told, &u[0]));
	assert_int_equal(u[0].codecs_code, 488);
	assert_string_equal(u[0].codec, "PCMA");
	assert_int_equal(u[0].state[0], PHONE_HELD);
	u[0].codecs = 0;
	assert_int_equal(phone_call_codecs(c, "opus PCMU"), 0);
	assert_true(until(codecs_told, &u[0]));
	assert_int_equal(u[0].codecs_code, 200);
	assert_true(until(both_have_pcmu, NULL));
	assert_int_equal(u[0].state[0], PHONE_HELD);
	assert_int_equal(u[1].state[0], PHONE_HELD_BY_OTHER);
	assert_int_equal(phone_hold(c, false), 0);
	assert_true(until(talks_again, &u[0]));
	assert_string_equal(u[0].codec, "PCMU");
	/* the end of it before its answer */
	assert_int_equal(phone_call_codecs(c, "PCMA"), 0);
	phone_hang_up(c);
	u[0].calls[0] = NULL;
	assert_true(until(nobody_talks, &u[1]));
}

static bool is_encrypted(void *arg)
{
	struct phone_call_info i;

	phone_call_info(arg, &i);
	return i.keys == MEDIA_KEYS_DTLS;
}

static void both_can_encrypt(void **state)
{
	struct phone_call *c;
	(void)state;

	assert_int_equal(phone_set_codecs(u[0].phone, "G722 PCMA"), 0);
	assert_int_equal(phone_set_codecs(u[0].phone, "none"), ENOENT);
	phone_set_security(u[0].phone, MEDIA_SECURITY_REQUIRED);
	phone_set_security(u[1].phone, MEDIA_SECURITY_OPTIONAL);
	c = call_between(&u[0], &u[1], "1");
	assert_true(until(is_encrypted, c));
	assert_string_equal(media_stream_codec(phone_call_stream(c)), "G722");
}

static bool registered_again(void *arg)
{
	return registrations > *(unsigned *)arg;
}

/* A server that was away gives the account that one had: the call goes on. */
static void the_same_account_again_ends_no_call(void **state)
{
	struct phone_call *c = call_between(&u[0], &u[1], "1");
	const struct phone_line *line = phone_line(u[0].phone);
	unsigned before = registrations;
	(void)state;

	use_account(&u[0], 0, NULL);
	assert_ptr_equal(phone_line(u[0].phone), line);
	assert_true(until(registered_again, &before));
	assert_true(u[0].registered);
	assert_int_equal(u[0].state[0], PHONE_TALKING);
	phone_hang_up(c);
	assert_true(until(first_call_is_over, &u[1]));
}

static void another_account_leaves_the_calls_theirs(void **state)
{
	struct phone_call *c = call_between(&u[0], &u[1], "1");
	unsigned before = registrations;
	(void)state;

	use_account(&u[0], 0, "Another");
	assert_int_equal(u[0].state[0], PHONE_TALKING);
	/* Un-registered there, registered here. */
	before++;
	assert_true(until(registered_again, &before));
	assert_int_equal(phone_hold(c, true), 0);
	assert_true(until(is_held, &u[0]));
	assert_int_equal(u[0].held_code, 200);
	phone_hang_up(u[1].calls[0]);
	assert_true(until(first_call_is_over, &u[0]));
	/* and the new one works */
	dial(&u[0], "2");
	assert_true(until(second_talks, &u[0]));
}

#define CALLS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALLS_TEST(a_hold_says_how_it_went),
		CALLS_TEST(digits_are_heard),
		CALLS_TEST(a_list_of_codecs_has_digits),
		CALLS_TEST(a_call_gets_another_codec),
		CALLS_TEST(a_codec_that_the_other_side_lacks),
		CALLS_TEST(a_refused_transfer_gives_the_call_back),
		CALLS_TEST(a_held_call_stays_held),
		CALLS_TEST(who_is_sent_on_keeps_the_call),
		CALLS_TEST(who_may_not_be_sent_on_stays),
		CALLS_TEST(a_number_that_is_none_gives_it_back),
		CALLS_TEST(two_calls_are_joined),
		CALLS_TEST(the_target_may_refuse),
		CALLS_TEST(phones_may_go_in_the_middle),
		CALLS_TEST(a_conference_of_two_calls),
		CALLS_TEST(a_conference_falls_apart),
		CALLS_TEST(a_phone_goes_with_its_conference),
		CALLS_TEST(both_can_encrypt),
		CALLS_TEST(the_same_account_again_ends_no_call),
		CALLS_TEST(another_account_leaves_the_calls_theirs),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
