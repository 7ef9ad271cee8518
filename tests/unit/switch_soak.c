/**
 * @file switch_soak.c  Thousands of things done to calls, in any order
 *
 * Phones and programs do at random what they can do, also what is refused.
 * When all phones have been put down no call may be left, nor anything of it
 * in a phone. SOAK_S in the environment: go on for so many seconds, with new
 * random numbers each time; what it began with is printed. SOAK_SEED: begin
 * with those, which does much the same again. SOAK_LOG: all that is told.
 */
#include <unistd.h>
#include "switch_office.h"

enum { LINES = 3, ACTIONS = 400, IDS = 8, SETS = 6, CONNECTIONS = 4096 };

static const char *const users[SETS] = {"200", "201", "202",
					"203", "221", "222"};

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

/* What has been told of a device in a call. */
struct connection {
	char device[16];
	uint32_t call;
	enum { UNKNOWN, DIALS, RINGS, TALKS, GONE } state;
};

struct soak {
	struct office *office;
	struct phone_set sets[SETS];
	struct connection told[CONNECTIONS];
	size_t told_n;
	unsigned seed, round;
	unsigned done, refused;	       /* what programs asked for */
	unsigned machines, recordings; /* that are not over */
	unsigned recorded;
	bool down; /* nobody takes a call any more */
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
	snprintf(p->user, sizeof(p->user), "%s", users[i]);
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
	static const char *const numbers[] = {
		"200", "201", "202", "203", "220", "300", "310", "301", "290",
		"291", "200", "201", "202", "203", "220", "300", "310", "300",
		"260", "261", "262", "263", "261", "262", "280", "281", "282",
		"280", "281", "270", "271", "272", "270", "271", "250", "251",
		"204", "999", "295", "297", "295", "297", ""};

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
		return pbx_make_call(pbx, p->user, NULL, some_number(s),
				     &new_call);
	call = ids.id[any(s, ids.n)];
	other = ids.id[any(s, ids.n)];
	switch (any(s, 16)) {
	case 15:
		return pbx_drop(pbx, p->user, call, some_number(s));
	case 14:
		return pbx_end_conference(pbx, p->user, call);
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

/** Another password, or no account any more; its phone registers again. */
static void account_changes(struct soak *s, struct phone_set *p)
{
	if (!any(s, 3))
		s->office->gone = p->user;
	pbx_account_changed(s->office->pbx, p->user);
	s->office->gone = NULL;
	sip_account_retry(p->account);
}

/* ---- what is told ------------------------------------------------------ */

static struct connection *connection_of(struct soak *s, const char *device,
					uint32_t call)
{
	struct connection *c;

	for (size_t i = 0; i < s->told_n; i++) {
		c = &s->told[i];
		if (c->call == call && !strcmp(c->device, device))
			return c;
	}
	assert_true(s->told_n < CONNECTIONS);
	c = &s->told[s->told_n++];
	memset(c, 0, sizeof(*c));
	snprintf(c->device, sizeof(c->device), "%s", device);
	c->call = call;
	return c;
}

/** Each connection begins once, is answered once and ends once. */
static void told(const struct pbx_event *ev, void *arg)
{
	struct soak *s = arg;
	struct connection *c = connection_of(s, ev->device, ev->call);
	int was = c->state;
	bool wrong = false;

	switch (ev->type) {
	case PBX_SERVICE_INITIATED:
	case PBX_ORIGINATED:
		wrong = was != UNKNOWN && was != DIALS;
		c->state = DIALS;
		break;
	case PBX_DELIVERED:
		wrong = ev->cause == PBX_CAUSE_RECALL
				? was == GONE
				: was != UNKNOWN && was != GONE;
		if (ev->cause != PBX_CAUSE_RECALL)
			c->state = RINGS;
		break;
	case PBX_ESTABLISHED:
		wrong = was == TALKS || was == GONE;
		c->state = TALKS;
		break;
	case PBX_DIVERTED:
	case PBX_CONNECTION_CLEARED:
		wrong = was == GONE;
		c->state = GONE;
		break;
	default:
		wrong = was == GONE;
	}
	if (wrong)
		fail_msg("seed %u: %s of %s (%s) in call %u, state %d",
			 s->round, pbx_event_name(ev->type), ev->device,
			 pbx_cause_name(ev->cause), ev->call, was);
}

static void all_was_told(struct soak *s)
{
	for (size_t i = 0; i < s->told_n; i++) {
		const struct connection *c = &s->told[i];

		if (c->state != GONE && c->state != UNKNOWN)
			fail_msg("seed %u: the end of %s in call %u is not "
				 "told, state %d",
				 s->round, c->device, c->call, c->state);
	}
	s->told_n = 0;
}

/* ---- the machine ------------------------------------------------------- */

static struct soak *the_soak;

static void recorded(const struct pbx_recorded *r, void *arg)
{
	struct soak *s = the_soak;

	if (!r->err && r->ms)
		s->recorded++;
	s->recordings--;
	unlink(arg);
	free(arg);
}

static void record(struct soak *s, struct pbx_machine *m)
{
	static unsigned files;
	char *path = text_printf("/tmp/switch-soak-%d-%u.wav", (int)getpid(),
				 files++);
	const struct pbx_record_prm prm = {
		.path = path,
		.max_s = 1,
		.silence_s = any(s, 2),
	};

	if (pbx_machine_record(m, &prm, recorded, path))
		free(path);
	else
		s->recordings++;
}

static void machine(struct pbx_machine *m, enum pbx_machine_event ev,
		    struct office *o)
{
	struct soak *s = the_soak;
	struct media_clip *clip;
	(void)o;

	switch (ev) {
	case PBX_MACHINE_BEGUN:
		s->machines++;
		assert_int_equal(media_clip_alloc(&clip, 8000, NULL, 400), 0);
		assert_int_equal(pbx_machine_play(m, &clip, 1), 0);
		mem_deref(clip);
		if (!any(s, 4))
			pbx_machine_hang_up(m);
		break;
	case PBX_MACHINE_PLAYED:
		record(s, m);
		break;
	case PBX_MACHINE_STOPPED:
		if (any(s, 2))
			pbx_machine_hang_up(m);
		break;
	case PBX_MACHINE_OVER:
		s->machines--;
		break;
	default:
		break;
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

static bool phones_are_free(void *arg)
{
	const struct soak *s = arg;

	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < LINES; k++)
			if (s->sets[i].lines[k].leg)
				return false;
	return true;
}

static bool nothing_is_left(void *arg)
{
	struct soak *s = arg;
	struct ids ids = {.n = 0};

	for (size_t i = 0; i < SETS; i++)
		pbx_connections(s->office->pbx, s->sets[i].user, collect, &ids);
	return phones_are_free(s) && !ids.n && !s->machines && !s->recordings &&
	       pbx_call_count(s->office->pbx) == 0;
}

static void say_connection(const struct pbx_connection_info *c, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s with \"%s\", state %d, call %u\n", c->device,
		c->peer, c->state, c->call);
}

static void say_what_is_left(const struct soak *s)
{
	fprintf(stderr, "%u calls, %u machines, %u recordings\n",
		pbx_call_count(s->office->pbx), s->machines, s->recordings);
	for (size_t i = 0; i < SETS; i++) {
		pbx_connections(s->office->pbx, s->sets[i].user, say_connection,
				NULL);
		for (size_t k = 0; k < LINES; k++)
			if (s->sets[i].lines[k].leg)
				fprintf(stderr, "line %zu of %s\n", k,
					s->sets[i].user);
	}
}

static void act(struct soak *s, unsigned n)
{
	while (n--) {
		struct phone_set *p = &s->sets[any(s, SETS)];

		if (!any(s, 100))
			account_changes(s, p);
		else if (any(s, 2))
			by_hand(s, p);
		else if (by_program(s, p))
			s->refused++;
		else
			s->done++;
		wait_a_little(s);
	}
}

static void put_all_down(struct soak *s)
{
	s->down = true;
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < LINES; k++)
			if (s->sets[i].lines[k].leg)
				put_down(&s->sets[i].lines[k]);
}

static void round_of(struct soak *s, unsigned seed)
{
	s->seed = s->round = seed;
	s->down = false;
	act(s, ACTIONS);
	put_all_down(s);
	if (until(nothing_is_left, s)) {
		all_was_told(s);
	} else {
		say_what_is_left(s);
		fail_msg("calls are left after a round of seed %u", seed);
	}
	/* There were calls to do it with. */
	assert_true(s->done > ACTIONS / 20);
}

static void soak_open(struct soak *s, struct office *o)
{
	s->office = o;
	pbx_open(o, 1);
	o->refuse = PBX_CAUSE_DO_NOT_DISTURB;
	o->tap = told;
	o->tap_arg = s;
	o->machine = machine;
	the_soak = s;
	for (unsigned i = 0; i < SETS; i++)
		set_open(s, i);
}

static void soak_close(struct soak *s)
{
	for (size_t i = 0; i < SETS; i++) {
		mem_deref(s->sets[i].account);
		mem_deref(s->sets[i].stack);
	}
	s->office->tap = NULL;
	free(s);
}

static void no_call_is_left(void **state)
{
	struct soak *s = calloc(1, sizeof(*s));
	const char *text = getenv("SOAK_S");
	int64_t end =
		time_wall_ms() + (text ? strtol(text, NULL, 10) * 1000 : 0);
	const char *first = getenv("SOAK_SEED");
	unsigned seed = first  ? (unsigned)strtoul(first, NULL, 10)
			: text ? (unsigned)time_wall_ms()
			       : 1;
	unsigned rounds = 0;

	soak_open(s, *state);
	if (text)
		printf("seeds from %u\n", seed);
	do {
		round_of(s, seed++);
		rounds++;
	} while (rounds < 3 || time_wall_ms() < end);
	printf("%u rounds; of programs' wishes %u done, %u refused; %u "
	       "recordings\n",
	       rounds, s->done, s->refused, s->recorded);
	assert_true(s->recorded > 0);
	soak_close(s);
}

static void closed(void *arg)
{
	((struct office *)arg)->over = true;
}

static bool is_closed(void *arg)
{
	return ((struct office *)arg)->over;
}

static void the_switch_closes_in_the_middle(void **state)
{
	struct soak *s = calloc(1, sizeof(*s));
	struct office *o = *state;

	soak_open(s, o);
	s->seed = s->round = getenv("SOAK_S") ? (unsigned)time_wall_ms() : 1;
	act(s, ACTIONS / 4);
	s->down = true;
	pbx_close(o->pbx, closed, o);
	assert_int_equal(pbx_call_count(o->pbx), 0);
	assert_true(until(is_closed, o));
	all_was_told(s);
	assert_int_equal(s->machines, 0);
	assert_int_equal(s->recordings, 0);
	assert_true(until(phones_are_free, s));
	soak_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(no_call_is_left),
		CALL_TEST(the_switch_closes_in_the_middle),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	if (getenv("SOAK_LOG"))
		log_set_level(LOG_LEVEL_DEBUG);
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
