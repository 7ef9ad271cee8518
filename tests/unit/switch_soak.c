/**
 * @file switch_soak.c  Thousands of things done to calls, in any order
 *
 * Phones and programs do at random what they can do, also what is refused.
 * When all phones have been put down no call may be left, nor anything of it
 * in a phone. SOAK_S in the environment: go on for so many seconds, with new
 * random numbers each time; what it began with is printed.
 */
#include "switch_office.h"

enum { LINES = 3, ACTIONS = 400, IDS = 8 };

struct soak;

/* One leg of a phone. */
struct line {
	struct soak *soak;
	struct sip_leg *leg;
	bool rings;
};

struct phone_set {
	struct soak *soak;
	struct sip_stack *stack;
	struct sip_account *account;
	struct line lines[LINES];
	char user[8];
};

struct soak {
	struct office *office;
	struct phone_set sets[PHONES];
	unsigned seed;
	unsigned done, refused; /* what programs asked for */
	bool down;		/* nobody takes a call any more */
	bool paused;
};

static unsigned any(struct soak *s, unsigned n)
{
	return (unsigned)rand_r(&s->seed) / 7 % n;
}

static void line_event(struct sip_leg *leg, const struct sip_leg_event *ev,
		       void *arg)
{
	struct line *l = arg;

	if (ev->type == SIP_LEG_EV_TALK && !sip_leg_answer(leg, NULL, NULL))
		l->rings = false;
	if (ev->type == SIP_LEG_EV_REFER)
		sip_refer_reject(ev->refer, 603);
	if (ev->type == SIP_LEG_EV_CLOSED) {
		l->rings = false;
		l->leg = mem_deref(l->leg);
	}
}

static struct line *free_line(struct phone_set *p)
{
	for (size_t i = 0; i < LINES; i++)
		if (!p->lines[i].leg)
			return &p->lines[i];
	return NULL;
}

static void called(struct sip_incoming *in, void *arg)
{
	static const struct sip_header talk[] = {
		{"Allow-Events", "talk"},
		{NULL, NULL},
	};
	struct phone_set *p = arg;
	struct line *l = p->soak->down ? NULL : free_line(p);
	char *info;

	if (!l) {
		sip_incoming_reject(in, 486, NULL);
		return;
	}
	info = sip_message_header(sip_incoming_message(in), "Call-Info");
	if (sip_leg_accept(&l->leg, in, NULL, line_event, l)) {
		free(info);
		return;
	}
	l->rings = !info || !strstr(info, "answer-after=0");
	if (l->rings)
		sip_leg_ring(l->leg, talk);
	else
		sip_leg_answer(l->leg, NULL, NULL);
	free(info);
}

static bool registered(void *arg)
{
	struct sip_account_info info;

	sip_account_info(((struct phone_set *)arg)->account, &info);
	return info.state == SIP_ACCOUNT_REGISTERED;
}

static void set_open(struct soak *s, unsigned i)
{
	static const struct sip_account_handlers handlers = {.incoming =
								     called};
	struct sip_stack_prm stack = {.media = s->office->media};
	struct phone_set *p = &s->sets[i];
	char server[64], password[32];
	struct sip_account_prm prm = {
		.user = p->user,
		.domain = "offhook",
		.server = server,
		.password = password,
	};
	struct sa laddr;

	p->soak = s;
	for (size_t k = 0; k < LINES; k++)
		p->lines[k].soak = s;
	snprintf(p->user, sizeof(p->user), "%u", 200 + i);
	re_snprintf(server, sizeof(server), "%J", pbx_address(s->office->pbx));
	re_snprintf(password, sizeof(password), "secret-%s", p->user);
	assert_int_equal(sip_stack_alloc(&p->stack, &stack, NULL, NULL), 0);
	sa_set_str(&laddr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_listen(p->stack, SIP_UDP, &laddr), 0);
	assert_int_equal(
		sip_account_alloc(&p->account, p->stack, &prm, &handlers, p),
		0);
	assert_true(until(registered, p));
}

/* ---- what is done ------------------------------------------------------ */

static const char *some_number(struct soak *s)
{
	static const char *const numbers[] = {"200", "201", "202", "203",
					      "200", "201", "202", "203",
					      "204", "999", ""};

	return numbers[any(s, ARRAY_SIZE(numbers))];
}

static void put_down(struct line *l)
{
	l->rings = false;
	sip_leg_hangup(l->leg);
	l->leg = mem_deref(l->leg);
}

static void dial(struct phone_set *p, struct line *l, const char *number)
{
	struct sip_leg_prm prm = {.to_uri = *number ? number : "0",
				  .account = p->account};
	struct list formats = LIST_INIT;

	assert_int_equal(
		media_formats_ours(&formats, any(p->soak, 2) ? "PCMA" : "PCMU"),
		0);
	prm.media.formats = &formats;
	assert_int_equal(
		sip_leg_connect(&l->leg, p->stack, &prm, line_event, l), 0);
	list_flush(&formats);
}

/** By hand, at the phone. */
static void by_hand(struct soak *s, struct phone_set *p)
{
	struct line *l = &p->lines[any(s, LINES)];

	if (!l->leg) {
		dial(p, l, some_number(s));
		return;
	}
	if (l->rings) {
		switch (any(s, 4)) {
		case 0:
			sip_leg_reject(l->leg, any(s, 2) ? 486 : 603, NULL);
			put_down(l);
			break;
		default:
			l->rings = false;
			sip_leg_answer(l->leg, NULL, NULL);
		}
		return;
	}
	switch (any(s, 6)) {
	case 0:
		put_down(l);
		break;
	case 1:
		(void)sip_leg_hold(l->leg, true);
		break;
	case 2:
		(void)sip_leg_hold(l->leg, false);
		break;
	case 3:
		(void)sip_leg_transfer(l->leg, some_number(s), NULL);
		break;
	case 4:
		if (p->lines[0].leg && p->lines[1].leg)
			(void)sip_leg_transfer(p->lines[0].leg, NULL,
					       p->lines[1].leg);
		break;
	default:
		break;
	}
}

struct ids {
	uint32_t id[IDS];
	unsigned n;
};

static void collect(const struct pbx_connection_info *c, void *arg)
{
	struct ids *ids = arg;

	if (ids->n < IDS)
		ids->id[ids->n++] = c->call;
}

/** By a program (ECMA-269). */
static int by_program(struct soak *s, struct phone_set *p)
{
	struct pbx *pbx = s->office->pbx;
	struct ids ids = {.n = 0};
	uint32_t call, other, new_call;

	pbx_connections(pbx, p->user, collect, &ids);
	if (!ids.n)
		return pbx_make_call(pbx, p->user, some_number(s), &new_call);
	call = ids.id[any(s, ids.n)];
	other = ids.id[any(s, ids.n)];
	switch (any(s, 14)) {
	case 0:
		return pbx_clear(pbx, p->user, call);
	case 1:
		return pbx_hold(pbx, p->user, call);
	case 2:
		return pbx_deflect(pbx, p->user, call, some_number(s));
	case 3:
		return pbx_transfer(pbx, p->user, call, some_number(s));
	case 4:
		return pbx_transfer_to(pbx, p->user, call, other);
	case 5:
		return pbx_alternate(pbx, p->user, call, other);
	case 6:
		return pbx_reconnect(pbx, p->user, call, other);
	case 7:
		return pbx_retrieve(pbx, p->user, call);
	case 8:
	case 9:
		return pbx_consult(pbx, p->user, call, some_number(s),
				   &new_call);
	case 10:
	case 11:
		return pbx_conference(pbx, p->user, call, other);
	default:
		return pbx_answer(pbx, p->user, call);
	}
}

/* ---- and what is left -------------------------------------------------- */

static void pause_over(void *arg)
{
	((struct soak *)arg)->paused = false;
	loop_stop();
}

/** Let the network work for a while, or not at all. */
static void wait_a_little(struct soak *s)
{
	struct tmr tmr;

	s->paused = true;
	tmr_init(&tmr);
	tmr_start(&tmr, any(s, 4) ? any(s, 20) : 0, pause_over, s);
	while (s->paused)
		loop_run();
	tmr_cancel(&tmr);
}

static bool nothing_is_left(void *arg)
{
	struct soak *s = arg;
	struct ids ids = {.n = 0};

	for (size_t i = 0; i < PHONES; i++) {
		pbx_connections(s->office->pbx, s->sets[i].user, collect, &ids);
		for (size_t k = 0; k < LINES; k++)
			if (s->sets[i].lines[k].leg)
				return false;
	}
	return !ids.n && pbx_call_count(s->office->pbx) == 0;
}

static void round_of(struct soak *s, unsigned seed)
{
	s->seed = seed;
	s->down = false;
	for (unsigned n = 0; n < ACTIONS; n++) {
		struct phone_set *p = &s->sets[any(s, PHONES)];

		if (any(s, 2))
			by_hand(s, p);
		else if (by_program(s, p))
			s->refused++;
		else
			s->done++;
		wait_a_little(s);
	}
	s->down = true;
	for (size_t i = 0; i < PHONES; i++)
		for (size_t k = 0; k < LINES; k++)
			if (s->sets[i].lines[k].leg)
				put_down(&s->sets[i].lines[k]);
	if (!until(nothing_is_left, s))
		fail_msg("calls are left after a round of seed %u", seed);
	/* There were calls to do it with. */
	assert_true(s->done > ACTIONS / 20);
}

static void no_call_is_left(void **state)
{
	struct soak s = {.office = *state};
	const char *text = getenv("SOAK_S");
	int64_t end =
		time_wall_ms() + (text ? strtol(text, NULL, 10) * 1000 : 0);
	unsigned seed = text ? (unsigned)time_wall_ms() : 1;
	unsigned rounds = 0;

	s.office->refuse = PBX_CAUSE_DO_NOT_DISTURB;
	for (unsigned i = 0; i < PHONES; i++)
		set_open(&s, i);
	if (text)
		printf("seeds from %u\n", seed);
	do {
		round_of(&s, seed++);
		rounds++;
	} while (rounds < 3 || time_wall_ms() < end);
	printf("%u rounds; of programs' wishes %u done, %u refused\n", rounds,
	       s.done, s.refused);
	for (size_t i = 0; i < PHONES; i++) {
		mem_deref(s.sets[i].account);
		mem_deref(s.sets[i].stack);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {CALL_TEST(no_call_is_left)};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
