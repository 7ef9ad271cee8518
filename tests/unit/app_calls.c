/**
 * @file app_calls.c  One call over carriers, and call policy
 */
#include "app_fixture.h"

enum { LEGS = 8 };

/** A phone that does what the test says. */
struct fake_leg {
	struct fake *fake;
	struct app_carrier_call *call;
	char number[64];
	unsigned answers, hang_ups, holds, resumes, rejects;
	char codecs[64]; /**< that it was to go on with */
	int codecs_error;
	char target[32];       /**< sent there */
	struct fake_leg *with; /**< connected with that one */
	bool used;
};

struct fake {
	struct app_carrier *carrier;
	struct fake_leg legs[LEGS];
	unsigned count;
	int tone;
	int dial_error;
	bool hold_at_once;
	char option[64];
	char options[1024]; /**< all that were told */
	struct uc_quality quality;
};

static void say(struct fake_leg *l, enum uc_call_state state,
		uint32_t functions)
{
	const struct app_carrier_report r = {.state = state,
					     .functions = functions};
	struct app_carrier_call *call = l->call;

	if (state == UC_CALL_ENDED || state == UC_CALL_FAILED)
		l->call = NULL;
	app_carrier_report(call, &r);
}

static struct fake_leg *leg_new(struct fake *f, const char *number)
{
	struct fake_leg *l = &f->legs[f->count++];

	assert_true(f->count <= LEGS);
	l->fake = f;
	l->used = true;
	snprintf(l->number, sizeof(l->number), "%s", number);
	return l;
}

static int f_dial(void *carrier, struct app_carrier_call *call,
		  const char *number)
{
	struct fake *f = carrier;
	struct fake_leg *l;

	if (f->dial_error)
		return f->dial_error;
	l = leg_new(f, number);
	l->call = call;
	app_carrier_leg(call, l);
	return 0;
}

static int f_answer(void *carrier, void *leg)
{
	struct fake_leg *l = leg;
	(void)carrier;

	l->answers++;
	return 0;
}

static int f_reject(void *carrier, void *leg)
{
	struct fake_leg *l = leg;
	(void)carrier;

	l->rejects++;
	return 0;
}

static int f_hang_up(void *carrier, void *leg)
{
	struct fake_leg *l = leg;
	(void)carrier;

	/* A carrier may well tell the end from within. */
	l->hang_ups++;
	say(l, UC_CALL_ENDED, 0);
	return 0;
}

static int f_hold(void *carrier, void *leg, bool on)
{
	struct fake_leg *l = leg;
	struct fake *f = carrier;

	if (on)
		l->holds++;
	else
		l->resumes++;
	if (f->hold_at_once)
		say(l, on ? UC_CALL_HELD : UC_CALL_TALKING,
		    on ? UC_RESUME | UC_HANG_UP : UC_HOLD | UC_HANG_UP);
	return 0;
}

static int f_mute(void *carrier, void *leg, bool on)
{
	(void)carrier;
	(void)leg;
	(void)on;
	return 0;
}

static void f_tone(void *carrier, int tone)
{
	struct fake *f = carrier;

	f->tone = tone;
}

static void f_option(void *carrier, const char *name, const char *value)
{
	struct fake *f = carrier;

	snprintf(f->option, sizeof(f->option), "%s=%s", name, value);
	if (strlen(f->options) + strlen(f->option) + 2 < sizeof(f->options))
		strcat(strcat(f->options, f->option), "\n");
}

static bool f_quality(void *carrier, void *leg, struct uc_quality *q)
{
	const struct fake *f = carrier;
	(void)leg;

	*q = f->quality;
	return q->received > 0;
}

static int f_deflect(void *carrier, void *leg, const char *number)
{
	struct fake_leg *l = leg;
	(void)carrier;

	snprintf(l->target, sizeof(l->target), "%s", number);
	return 0;
}

static int f_transfer(void *carrier, void *leg, const char *number)
{
	struct fake_leg *l = leg;
	(void)carrier;

	snprintf(l->target, sizeof(l->target), "%s", number);
	return 0;
}

static int f_transfer_to(void *carrier, void *leg, void *other)
{
	struct fake_leg *l = leg;
	(void)carrier;

	l->with = other;
	return 0;
}

static int f_codecs(void *carrier, void *leg, const char *names)
{
	struct fake_leg *l = leg;
	(void)carrier;

	snprintf(l->codecs, sizeof(l->codecs), "%s", names);
	return l->codecs_error;
}

static const struct app_carrier_methods voip = {
	.name = "voip",
	.dial = f_dial,
	.answer = f_answer,
	.reject = f_reject,
	.hang_up = f_hang_up,
	.hold = f_hold,
	.mute = f_mute,
	.tone = f_tone,
	.option = f_option,
	.quality = f_quality,
	.deflect = f_deflect,
	.transfer = f_transfer,
	.transfer_to = f_transfer_to,
	.codecs = f_codecs,
};
static const struct app_carrier_methods desk = {
	.name = "desk",
	.dial = f_dial,
	.answer = f_answer,
	.reject = f_reject,
	.hang_up = f_hang_up,
	.hold = f_hold,
};

/** … of one thing alone. */
static const struct app_carrier_methods choosing = {
	.name = "voip",
	.answers = true,
	.answered = UC_CODECS,
	.dial = f_dial,
	.answer = f_answer,
	.hang_up = f_hang_up,
	.hold = f_hold,
	.codecs = f_codecs,
};

/** One that says later how what was asked of it has ended. */
static const struct app_carrier_methods answering = {
	.name = "desk",
	.answers = true,
	.dial = f_dial,
	.answer = f_answer,
	.reject = f_reject,
	.hang_up = f_hang_up,
	.hold = f_hold,
};

struct world {
	struct app *a;
	struct uc *uc;
	struct fake f;
};

static void open_world(struct world *w, const struct app_carrier_methods *m)
{
	memset(w, 0, sizeof(*w));
	w->a = app_make();
	w->uc = app_uc(w->a);
	w->f.hold_at_once = true;
	assert_int_equal(app_carrier_register(w->a, &w->f.carrier, m, &w->f),
			 0);
	if (m == &voip)
		assert_int_equal(app_do(w->a, "set voip on", NULL), 0);
	app_carrier_registered(w->f.carrier, true, NULL);
}

/** The application goes first; the phone tells the ends of its legs later. */
static void close_world(struct world *w)
{
	unsigned i;

	mem_deref(w->a);
	for (i = 0; i < w->f.count; i++)
		if (w->f.legs[i].call)
			say(&w->f.legs[i], UC_CALL_ENDED, 0);
	mem_deref(w->f.carrier);
}

static struct fake_leg *incoming(struct world *w, const char *number)
{
	struct app_carrier_report r = {.state = UC_CALL_RINGING_IN,
				       .number = number,
				       .functions = UC_ANSWER | UC_REJECT |
						    UC_HANG_UP};
	struct fake_leg *l = leg_new(&w->f, number);

	assert_int_equal(app_carrier_incoming(w->f.carrier, l, &r, &l->call),
			 0);
	return l;
}

static void talks(struct fake_leg *l)
{
	say(l, UC_CALL_TALKING, UC_HANG_UP | UC_HOLD | UC_MUTE);
}

/* How it is encrypted, and that it is not any more. */
static void how_it_is_encrypted(void **state)
{
	static const struct {
		enum uc_keys said, is;
		const char *key, *word;
	} rows[] = {
		{UC_KEYS_UNKNOWN, UC_KEYS_UNKNOWN, "", ""},
		{UC_KEYS_SDES, UC_KEYS_SDES, "sdes", "encrypted (SDES)"},
		{UC_KEYS_DTLS, UC_KEYS_DTLS, "dtls", "encrypted (DTLS)"},
		/* who does not know changes nothing */
		{UC_KEYS_UNKNOWN, UC_KEYS_DTLS, "dtls", "encrypted (DTLS)"},
		{UC_KEYS_NONE, UC_KEYS_NONE, "none", ""},
	};
	struct app_carrier_report r = {.state = UC_CALL_TALKING};
	struct world w;
	struct uc_call *c;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_do(w.a, "dial '+49 30 555'", NULL), 0);
	c = uc_call_at(w.uc, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		r.keys = rows[i].said;
		app_carrier_report(w.f.legs[0].call, &r);
		assert_int_equal(c->keys, rows[i].is);
		assert_string_equal(uc_keys_key(c->keys), rows[i].key);
		assert_string_equal(uc_keys_word(c->keys), rows[i].word);
	}
	close_world(&w);
}

static void dialled_and_ended(void **state)
{
	struct world w;
	struct uc_call *c;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_do(w.a, "dial '+49 30 555'", NULL), 0);
	assert_int_equal(uc_call_count(w.uc), 1);
	c = uc_call_at(w.uc, 0);
	assert_true(c->outgoing && c->voip);
	assert_string_equal(w.f.legs[0].number, "+4930555");
	say(&w.f.legs[0], UC_CALL_RINGING_OUT, UC_HANG_UP);
	assert_int_equal(w.f.tone, APP_TONE_RINGBACK);
	talks(&w.f.legs[0]);
	assert_int_equal(w.f.tone, APP_TONE_NONE);
	assert_true(c->answered_ms > 0);
	assert_int_equal(app_do(w.a, "hangup", NULL), 0);
	assert_int_equal(uc_call_count(w.uc), 0);
	/* No journal on a server: an entry of our own. */
	assert_int_equal(uc_conversation_count(w.uc), 1);
	assert_int_equal(uc_conversation_at(w.uc, 0)->entries[0].kind,
			 UC_OUT_ANSWERED);
	assert_int_equal(app_do(w.a, "redial", NULL), 0);
	assert_string_equal(w.f.legs[1].number, "+4930555");
	close_world(&w);
}

static void missed_call(void **state)
{
	struct world w;
	struct fake_leg *l;
	(void)state;

	open_world(&w, &voip);
	l = incoming(&w, "+4420");
	assert_int_equal(w.f.tone, APP_TONE_RING);
	assert_int_equal(uc_call_at(w.uc, 0)->state, UC_CALL_RINGING_IN);
	say(l, UC_CALL_ENDED, 0);
	assert_int_equal(w.f.tone, APP_TONE_NONE);
	assert_int_equal(uc_call_count(w.uc), 0);
	assert_int_equal(uc_missed_count(w.uc), 1);
	close_world(&w);
}

static void answering_holds_the_first(void **state)
{
	struct fake_leg *one, *two;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	one = incoming(&w, "1");
	assert_int_equal(app_do(w.a, "answer", NULL), 0);
	assert_int_equal(one->answers, 1);
	talks(one);
	two = incoming(&w, "2");
	assert_int_equal(w.f.tone, APP_TONE_WAITING);
	w.f.hold_at_once = false;
	assert_int_equal(app_do(w.a, "answer", NULL), 0);
	assert_int_equal(one->holds, 1);
	assert_int_equal(two->answers, 0); /* not before the hold is done */
	say(one, UC_CALL_HELD, UC_RESUME | UC_HANG_UP);
	assert_int_equal(two->answers, 1);
	talks(two);
	assert_int_equal(w.f.tone, APP_TONE_NONE);
	w.f.hold_at_once = true;
	assert_int_equal(app_do(w.a, "resume", NULL), 0);
	assert_int_equal(two->holds, 1);
	assert_int_equal(one->resumes, 1);
	assert_int_equal(uc_call_current(w.uc)->state, UC_CALL_TALKING);
	assert_string_equal(uc_call_current(w.uc)->number, "1");
	close_world(&w);
}

static bool answered(void *arg)
{
	const struct fake_leg *l = arg;

	return l->answers > 0;
}

/* A hold that never happens keeps nobody waiting for ever. */
static void hold_that_hangs(void **state)
{
	struct fake_leg *one, *two;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	one = incoming(&w, "1");
	talks(one);
	two = incoming(&w, "2");
	w.f.hold_at_once = false;
	assert_int_equal(app_do(w.a, "answer", NULL), 0);
	assert_int_equal(two->answers, 0);
	assert_true(until(answered, two));
	close_world(&w);
}

/* Two are dialled before the first answers: they don't hear each other. */
static void who_answers_later_has_the_ear(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_do(w.a, "dial +49301", NULL), 0);
	say(&w.f.legs[0], UC_CALL_RINGING_OUT, UC_HANG_UP);
	assert_int_equal(app_do(w.a, "dial +49302", NULL), 0);
	talks(&w.f.legs[0]);
	assert_int_equal(w.f.legs[0].holds, 0);
	talks(&w.f.legs[1]);
	assert_int_equal(w.f.legs[0].holds, 1);
	assert_int_equal(w.f.legs[1].holds, 0);
	assert_string_equal(uc_call_current(w.uc)->number, "+49302");
	/* What is only told again moves nothing. */
	talks(&w.f.legs[1]);
	assert_int_equal(w.f.legs[0].holds, 1);
	close_world(&w);
}

static void caller_gives_up_while_we_hold(void **state)
{
	struct fake_leg *one, *two;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	one = incoming(&w, "1");
	talks(one);
	two = incoming(&w, "2");
	w.f.hold_at_once = false;
	assert_int_equal(app_do(w.a, "answer", NULL), 0);
	say(two, UC_CALL_ENDED, 0);
	say(one, UC_CALL_HELD, UC_RESUME | UC_HANG_UP);
	assert_int_equal(two->answers, 0);
	assert_int_equal(uc_call_count(w.uc), 1);
	close_world(&w);
}

static bool no_calls(void *arg)
{
	return uc_call_count(arg) == 0;
}

static void busy_is_shown_for_a_while(void **state)
{
	const struct app_carrier_report busy = {
		.state = UC_CALL_FAILED, .code = 486, .reason = "busy"};
	struct app_carrier_call *call;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_do(w.a, "set failed_call 1s", NULL), 0);
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), 0);
	call = w.f.legs[0].call;
	w.f.legs[0].call = NULL;
	app_carrier_report(call, &busy);
	assert_int_equal(uc_call_count(w.uc), 1);
	assert_int_equal(uc_call_at(w.uc, 0)->state, UC_CALL_FAILED);
	assert_string_equal(uc_call_at(w.uc, 0)->reason, "busy");
	assert_int_equal(w.f.tone, APP_TONE_BUSY);
	assert_true(until(no_calls, w.uc));
	assert_int_equal(w.f.tone, APP_TONE_NONE);
	/* Or the user takes it away. */
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), 0);
	call = w.f.legs[1].call;
	w.f.legs[1].call = NULL;
	app_carrier_report(call, &busy);
	assert_int_equal(app_do(w.a, "hangup", NULL), 0);
	assert_int_equal(uc_call_count(w.uc), 0);
	close_world(&w);
}

static void phone_that_cannot_dial(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, &voip);
	w.f.dial_error = EIO;
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), EIO);
	assert_int_equal(uc_call_count(w.uc), 0);
	app_carrier_registered(w.f.carrier, false, "no route");
	assert_string_equal(uc_account(w.uc)->voip_reason, "no route");
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), ENOTSUP);
	close_world(&w);
}

/** A front end that waits. */
struct waiter {
	struct app_sink sink;
	unsigned times;
	int err;
	char text[128];
};

static void done(int err, const char *text, void *arg)
{
	struct waiter *k = arg;

	k->times++;
	k->err = err;
	snprintf(k->text, sizeof(k->text), "%s", text);
}

static int ask(struct world *w, struct waiter *k, const char *line)
{
	memset(k, 0, sizeof(*k));
	k->sink.done = done;
	k->sink.done_arg = k;
	return app_run_line(w->a, line, APP_FROM_SHELL, &k->sink);
}

static unsigned notices(const struct world *w)
{
	return uc_last_notice(w->uc) ? uc_last_notice(w->uc)->number : 0;
}

/* Who asks and waits is told what was refused, and nobody else. */
static void refusals_reach_who_asked(void **state)
{
	struct fake_leg *l;
	struct waiter k;
	struct world w;
	(void)state;

	open_world(&w, &answering);
	assert_int_equal(ask(&w, &k, "dial +4930555"), EINPROGRESS);
	l = &w.f.legs[0];
	assert_int_equal(k.times, 0);
	app_carrier_answered(l->call, EACCES, "no line");
	assert_int_equal(k.times, 1);
	assert_int_equal(k.err, EACCES);
	assert_string_equal(k.text, "no line");
	assert_int_equal(notices(&w), 0);
	app_sink_reset(&k.sink);
	talks(l);
	w.f.hold_at_once = false;
	assert_int_equal(ask(&w, &k, "hold"), EINPROGRESS);
	app_carrier_answered(l->call, 0, "");
	assert_int_equal(k.times, 1);
	assert_int_equal(k.err, 0);
	app_sink_reset(&k.sink);
	/* Who does not wait gets a notice. */
	assert_int_equal(app_do(w.a, "hold", NULL), 0);
	app_carrier_answered(l->call, EACCES, "not now");
	assert_int_equal(notices(&w), 1);
	assert_string_equal(uc_last_notice(w.uc)->text, "not now");
	/* Also if the one who waited has gone. */
	assert_int_equal(ask(&w, &k, "hold"), EINPROGRESS);
	app_sink_reset(&k.sink);
	app_carrier_answered(l->call, EACCES, "still not");
	assert_int_equal(k.times, 0);
	assert_string_equal(uc_last_notice(w.uc)->text, "still not");
	/* A call that fails says so itself, and so does its end. */
	assert_int_equal(notices(&w), 2);
	assert_int_equal(app_do(w.a, "hold", NULL), 0);
	say(l, UC_CALL_ENDED, 0);
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), 0);
	app_carrier_answered(w.f.legs[1].call, EACCES, "no line");
	assert_int_equal(notices(&w), 2);
	close_world(&w);
}

/* An end that overtakes its answer is one. */
static void ends_are_answers(void **state)
{
	struct fake_leg *l;
	struct waiter k;
	struct world w;
	(void)state;

	open_world(&w, &answering);
	l = incoming(&w, "1");
	talks(l);
	w.f.hold_at_once = false;
	assert_int_equal(ask(&w, &k, "hold"), EINPROGRESS);
	say(l, UC_CALL_ENDED, 0);
	assert_int_equal(k.times, 1);
	assert_int_equal(k.err, ECANCELED);
	app_sink_reset(&k.sink);
	l = incoming(&w, "2");
	assert_int_equal(ask(&w, &k, "reject"), EINPROGRESS);
	say(l, UC_CALL_ENDED, 0);
	assert_int_equal(k.times, 1);
	assert_int_equal(k.err, 0);
	app_sink_reset(&k.sink);
	close_world(&w);
}

/* What waits for a hold waits for its own answer, too. */
static void answers_behind_a_hold(void **state)
{
	struct fake_leg *one, *two;
	struct waiter k;
	struct world w;
	(void)state;

	open_world(&w, &answering);
	one = incoming(&w, "1");
	talks(one);
	two = incoming(&w, "2");
	w.f.hold_at_once = false;
	assert_int_equal(ask(&w, &k, "answer 2"), EINPROGRESS);
	assert_int_equal(two->answers, 0);
	say(one, UC_CALL_HELD, UC_RESUME | UC_HANG_UP);
	assert_int_equal(two->answers, 1);
	assert_int_equal(k.times, 0);
	app_carrier_answered(two->call, EACCES, "by hand");
	assert_int_equal(k.times, 1);
	assert_string_equal(k.text, "by hand");
	app_sink_reset(&k.sink);
	/* The application goes while somebody waits. */
	assert_int_equal(ask(&w, &k, "answer 2"), EINPROGRESS);
	app_sink_reset(&k.sink);
	/* An end that is told from within is the answer. */
	assert_int_equal(ask(&w, &k, "hangup 1"), 0);
	app_sink_reset(&k.sink);
	close_world(&w);
}

/* A second try leaves one line on the screen, not two. */
static void trying_again_replaces_the_failed_one(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), 0);
	say(&w.f.legs[0], UC_CALL_FAILED, 0);
	assert_int_equal(uc_call_count(w.uc), 1);
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), 0);
	assert_int_equal(uc_call_count(w.uc), 1);
	assert_int_equal(uc_call_at(w.uc, 0)->state, UC_CALL_PREPARING);
	close_world(&w);
}

static const struct proto_dial_params munich = {.country = "49",
						.area = "89",
						.location = "7007",
						.access = "0",
						.national = "0",
						.international = "00",
						.extension_max = 3};

static void inside_or_outside(void **state)
{
	struct uc_number n = {UC_NUMBER_INTERNAL, (char *)"201"};
	struct uc_contact_prm agner = {.id = "int:201",
				       .name = "Agner",
				       .directory = UC_INTERNAL,
				       .device = "201",
				       .numbers = &n,
				       .number_count = 1};
	const struct app_question *q;
	struct app_dial d;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(uc_set_dial_params(w.uc, &munich), 0);
	assert_int_equal(uc_contact_put(w.uc, &agner, NULL), 0);
	assert_int_equal(app_dial_preview(w.a, "201", &d), 0);
	assert_false(d.ask);
	assert_string_equal(d.contact->name, "Agner");
	app_dial_reset(&d);
	assert_int_equal(app_dial_preview(w.a, "+49 (89) 12-3", &d), 0);
	assert_false(d.ask);
	assert_string_equal(d.number, "+4989123");
	app_dial_reset(&d);
	assert_int_equal(app_dial_preview(w.a, "*44#", &d), 0);
	assert_false(d.ask);
	app_dial_reset(&d);
	assert_int_equal(app_dial_preview(w.a, "bob", &d), EINVAL);
	/* Smart: neither canonical nor known. */
	assert_int_equal(app_do(w.a, "dial 555123", NULL), 0);
	assert_int_equal(uc_call_count(w.uc), 0);
	q = app_question(w.a);
	assert_non_null(q);
	assert_int_equal(q->choice_count, 4);
	assert_int_equal(app_do(w.a, "choose 5", NULL), EINVAL);
	assert_int_equal(app_do(w.a, "choose 2", NULL), 0);
	assert_null(app_question(w.a));
	assert_string_equal(w.f.legs[0].number, "0555123");
	say(&w.f.legs[0], UC_CALL_ENDED, 0);
	assert_int_equal(app_do(w.a, "dial 555123", NULL), 0);
	assert_int_equal(app_do(w.a, "choose 0", NULL), 0);
	assert_int_equal(uc_call_count(w.uc), 0);
	assert_int_equal(app_do(w.a, "dial 555123 internal", NULL), 0);
	assert_string_equal(w.f.legs[1].number, "555123");
	say(&w.f.legs[1], UC_CALL_ENDED, 0);
	assert_int_equal(app_do(w.a, "set dial_unknown external", NULL), 0);
	assert_int_equal(app_do(w.a, "dial 555123", NULL), 0);
	assert_null(app_question(w.a));
	assert_string_equal(w.f.legs[2].number, "0555123");
	close_world(&w);
}

static void by_name(void **state)
{
	struct uc_number n[] = {{UC_NUMBER_INTERNAL, (char *)"202"},
				{UC_NUMBER_MOBILE, (char *)"+49171"}};
	struct uc_contact_prm hedy = {.id = "int:202",
				      .name = "Hedy Lamarr",
				      .device = "202",
				      .directory = UC_INTERNAL,
				      .numbers = n,
				      .number_count = 2};
	struct uc_contact_prm other = {.id = "glo:1",
				       .name = "Hedwig",
				       .directory = UC_GLOBAL,
				       .numbers = &n[1],
				       .number_count = 1};
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(uc_contact_put(w.uc, &hedy, NULL), 0);
	assert_int_equal(uc_contact_put(w.uc, &other, NULL), 0);
	assert_int_equal(app_do(w.a, "call hed", NULL), EINVAL);
	assert_int_equal(app_do(w.a, "call nobody", NULL), ENOENT);
	assert_int_equal(app_do(w.a, "call 'hedy lamarr' private", NULL),
			 ENOENT);
	assert_int_equal(app_do(w.a, "call lamarr", NULL), 0);
	assert_string_equal(w.f.legs[0].number, "202");
	assert_string_equal(uc_call_at(w.uc, 0)->name, "Hedy Lamarr");
	say(&w.f.legs[0], UC_CALL_ENDED, 0);
	assert_int_equal(app_do(w.a, "call lamarr mobile", NULL), 0);
	assert_string_equal(w.f.legs[1].number, "+49171");
	close_world(&w);
}

/* The server tells of the leg that the built-in phone has: one call. */
static void two_carriers_one_call(void **state)
{
	struct app_carrier_report r = {.state = UC_CALL_RINGING_IN,
				       .number = "202",
				       .key = "csta-1",
				       .functions = UC_ANSWER | UC_REJECT,
				       .outside = true};
	struct fake second = {0};
	struct fake_leg *leg, *cti;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(
		app_carrier_register(w.a, &second.carrier, &desk, &second), 0);
	leg = leg_new(&w.f, "202");
	assert_int_equal(app_carrier_incoming(w.f.carrier, leg, &r, &leg->call),
			 0);
	cti = leg_new(&second, "202");
	r.name = "Hedy";
	assert_int_equal(
		app_carrier_incoming(second.carrier, cti, &r, &cti->call), 0);
	assert_int_equal(uc_call_count(w.uc), 1);
	assert_true(uc_call_at(w.uc, 0)->voip);
	assert_string_equal(uc_call_at(w.uc, 0)->name, "Hedy");
	/* The leg leads: it is answered, and its end is the end. */
	assert_int_equal(app_do(w.a, "answer", NULL), 0);
	assert_int_equal(leg->answers, 1);
	assert_int_equal(cti->answers, 0);
	talks(leg);
	say(cti, UC_CALL_TALKING, UC_HANG_UP);
	say(leg, UC_CALL_ENDED, 0);
	assert_int_equal(uc_call_count(w.uc), 0);
	say(cti, UC_CALL_ENDED, 0); /* late: no harm */
	/* Another callID is another call, the same number or not. */
	leg = leg_new(&w.f, "202");
	r.key = "csta-2";
	assert_int_equal(app_carrier_incoming(w.f.carrier, leg, &r, &leg->call),
			 0);
	cti = leg_new(&second, "202");
	r.key = "csta-3";
	assert_int_equal(
		app_carrier_incoming(second.carrier, cti, &r, &cti->call), 0);
	assert_int_equal(uc_call_count(w.uc), 2);
	close_world(&w);
	say(cti, UC_CALL_ENDED, 0);
	mem_deref(second.carrier);
}

/* Our leg rings and is called off, then the server tells of the call: over
 * here, but for another phone of the number that has answered it. */
static void what_comes_after_the_leg_has_gone(void **state)
{
	static const struct {
		bool answered_here;
		enum uc_call_state then;
		size_t calls;
	} rows[] = {
		{false, UC_CALL_ENDED, 0},
		{false, UC_CALL_TALKING, 1},
		{true, UC_CALL_TALKING, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct app_carrier_report r = {.state = UC_CALL_RINGING_IN,
					       .number = "202",
					       .key = "csta-1"};
		struct fake second = {0};
		struct fake_leg *leg, *cti;
		struct world w;

		open_world(&w, &voip);
		assert_int_equal(app_carrier_register(w.a, &second.carrier,
						      &desk, &second),
				 0);
		leg = leg_new(&w.f, "202");
		assert_int_equal(
			app_carrier_incoming(w.f.carrier, leg, &r, &leg->call),
			0);
		if (rows[i].answered_here)
			talks(leg);
		say(leg, UC_CALL_ENDED, 0);
		assert_int_equal(uc_call_count(w.uc), 0);
		cti = leg_new(&second, "202");
		assert_int_equal(app_carrier_incoming(second.carrier, cti, &r,
						      &cti->call),
				 0);
		assert_int_equal(uc_call_count(w.uc), 0);
		r.state = rows[i].then;
		r.functions = UC_HANG_UP;
		app_carrier_report(cti->call, &r);
		assert_int_equal(uc_call_count(w.uc), rows[i].calls);
		if (rows[i].calls) {
			assert_false(uc_call_at(w.uc, 0)->voip);
			assert_string_equal(uc_call_at(w.uc, 0)->number, "202");
			say(cti, UC_CALL_ENDED, 0);
			assert_int_equal(uc_call_count(w.uc), 0);
		} else if (rows[i].then != UC_CALL_ENDED) {
			say(cti, UC_CALL_ENDED, 0);
		}
		close_world(&w);
		mem_deref(second.carrier);
	}
}

/* The server connects a leg with another, which the leg never hears of. */
static void what_a_side_says_again_is_no_news(void **state)
{
	struct app_carrier_report r = {.state = UC_CALL_TALKING,
				       .number = "200",
				       .name = "Emma",
				       .functions = UC_HANG_UP};
	struct app_carrier *other;
	struct app_carrier_call *leg, *seen;
	struct fake f2 = {0};
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_carrier_register(w.a, &other, &desk, &f2), 0);
	r.key = "7";
	assert_int_equal(
		app_carrier_incoming(w.f.carrier, &w.f.legs[0], &r, &leg), 0);
	assert_int_equal(app_carrier_incoming(other, &f2.legs[0], &r, &seen),
			 0);
	assert_int_equal(uc_call_count(w.uc), 1);
	r.number = "202";
	r.name = "Hedy";
	app_carrier_report(seen, &r);
	assert_string_equal(uc_call_at(w.uc, 0)->name, "Hedy");
	r.number = "200";
	r.name = "Emma";
	app_carrier_report(leg, &r);
	assert_string_equal(uc_call_at(w.uc, 0)->name, "Hedy");
	assert_string_equal(uc_call_at(w.uc, 0)->number, "202");
	/* One that says something new is heard. */
	r.number = "203";
	app_carrier_report(leg, &r);
	assert_string_equal(uc_call_at(w.uc, 0)->number, "203");
	mem_deref(w.a);
	r.state = UC_CALL_ENDED;
	app_carrier_report(leg, &r);
	app_carrier_report(seen, &r);
	mem_deref(w.f.carrier);
	mem_deref(other);
}

static void functions_that_are_not_allowed(void **state)
{
	struct fake_leg *l;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	l = incoming(&w, "1");
	assert_int_equal(app_do(w.a, "hold", NULL), ENOTSUP);
	assert_int_equal(app_do(w.a, "resume", NULL), ENOTSUP);
	assert_int_equal(app_do(w.a, "mute", NULL), ENOTSUP);
	assert_int_equal(app_do(w.a, "answer 99", NULL), ENOENT);
	assert_int_equal(app_do(w.a, "reject", NULL), 0);
	assert_int_equal(l->rejects, 1);
	talks(l);
	assert_int_equal(app_do(w.a, "mute", NULL), 0);
	assert_true(uc_call_at(w.uc, 0)->muted);
	assert_int_equal(app_do(w.a, "mute", NULL), 0);
	assert_false(uc_call_at(w.uc, 0)->muted);
	close_world(&w);
}

static void quitting_in_a_call_asks(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, &voip);
	talks(incoming(&w, "1"));
	assert_int_equal(app_do(w.a, "quit", NULL), 0);
	assert_non_null(app_question(w.a));
	assert_int_equal(app_question(w.a)->safe, 0);
	assert_int_equal(app_do(w.a, "choose 1", NULL), 0);
	assert_null(app_question(w.a));
	assert_int_equal(uc_call_count(w.uc), 1);
	close_world(&w);
}

static void options_reach_the_phone(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, &voip);
	/* Before its first call it knows all that it must obey. */
	assert_non_null(strstr(w.f.options, "codecs=opus G722 PCMA PCMU\n"));
	assert_non_null(strstr(w.f.options, "encryption=if-possible\n"));
	assert_non_null(strstr(w.f.options, "echo_cancelling="));
	assert_int_equal(app_do(w.a, "set audio_input 'USB mic'", NULL), 0);
	assert_string_equal(w.f.option, "audio_input=USB mic");
	close_world(&w);
}

static void ends_with_calls_on(void **state)
{
	struct fake_leg *l;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	l = incoming(&w, "1");
	talks(l);
	incoming(&w, "2");
	assert_int_equal(app_do(w.a, "dial +4930555", NULL), 0);
	close_world(&w);
}

static bool sounds_poor(struct world *w, uint64_t received, uint64_t missing)
{
	w->f.quality = (struct uc_quality){
		.codec = "opus", .received = received, .missing = missing};
	w->f.quality.lost = (unsigned)(missing * 10000 / (received + missing));
	assert_int_equal(app_do(w->a, "quality", NULL), 0);
	return uc_call_at(w->uc, 0)->poor;
}

/** Of the only entry there is. */
static const struct uc_quality *kept(const struct world *w)
{
	return uc_entry_quality(w->uc,
				&uc_conversation_at(w->uc, 0)->entries[0]);
}

/* What is lost now counts for the user, not what was a while ago. */
static void a_poor_line_shows_and_passes(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_do(w.a, "quality", NULL), ENOTSUP);
	assert_int_equal(app_do(w.a, "dial '+49 30 555'", NULL), 0);
	talks(&w.f.legs[0]);
	assert_int_equal(app_do(w.a, "quality", NULL), EAGAIN);
	assert_false(sounds_poor(&w, 1000, 2));
	assert_true(sounds_poor(&w, 1200, 30));
	/* too few to say anything else */
	assert_true(sounds_poor(&w, 1210, 30));
	assert_true(sounds_poor(&w, 1220, 30));
	assert_false(sounds_poor(&w, 2000, 42));
	/* few by few, they say it in the end */
	assert_false(sounds_poor(&w, 2020, 50));
	assert_true(sounds_poor(&w, 2040, 58));
	/* another stream, with a count of its own */
	assert_false(sounds_poor(&w, 100, 0));
	assert_true(sounds_poor(&w, 900, 100));
	assert_int_equal(app_do(w.a, "hangup", NULL), 0);
	assert_int_equal(kept(&w)->lost, 1000);
	assert_true(uc_quality_poor(kept(&w)));
	/* of the last one, now that there is none */
	assert_int_equal(app_do(w.a, "quality", NULL), 0);
	close_world(&w);
}

static void can_be_sent_on(struct fake_leg *l, enum uc_call_state state)
{
	say(l, state, UC_HANG_UP | UC_HOLD | UC_TRANSFER);
}

/* The answer is about the call that was asked about, or about none. */
static void the_right_call_is_sent_on(void **state)
{
	struct fake_leg *one, *two;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	one = incoming(&w, "+4420");
	can_be_sent_on(one, UC_CALL_TALKING);
	assert_int_equal(app_do(w.a, "transfer 203", NULL), 0);
	assert_non_null(app_question(w.a));
	assert_string_equal(one->target, "");
	/* Another one is talked to now. */
	can_be_sent_on(one, UC_CALL_HELD);
	two = incoming(&w, "+4430");
	can_be_sent_on(two, UC_CALL_TALKING);
	assert_int_equal(app_do(w.a, "choose 2", NULL), 0);
	assert_string_equal(one->target, "203");
	assert_string_equal(two->target, "");
	/* It ends while that is asked. */
	assert_int_equal(app_do(w.a, "transfer 204", NULL), 0);
	say(two, UC_CALL_ENDED, 0);
	assert_null(app_question(w.a));
	assert_string_equal(two->target, "");
	close_world(&w);
}

/* To the number that dialling what was typed would lead to. */
static void a_call_is_sent_outside(void **state)
{
	const struct uc_contact_prm agner = {.id = "int:203",
					     .name = "Agner",
					     .device = "203",
					     .directory = UC_INTERNAL};
	struct fake_leg *l;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(uc_set_dial_params(w.uc, &munich), 0);
	assert_int_equal(uc_contact_put(w.uc, &agner, NULL), 0);
	l = incoming(&w, "+4420");
	can_be_sent_on(l, UC_CALL_TALKING);
	assert_int_equal(app_do(w.a, "transfer bob yes", NULL), EINVAL);
	assert_int_equal(app_do(w.a, "transfer 555123 yes", NULL), 0);
	assert_string_equal(l->target, "555123");
	assert_int_equal(app_do(w.a, "set dial_unknown external", NULL), 0);
	assert_int_equal(app_do(w.a, "transfer 555123", NULL), 0);
	assert_int_equal(app_do(w.a, "choose 2", NULL), 0);
	assert_string_equal(l->target, "0555123");
	assert_int_equal(app_do(w.a, "transfer 203 yes", NULL), 0);
	assert_string_equal(l->target, "203");
	assert_int_equal(app_do(w.a, "transfer '+49 30 555' yes", NULL), 0);
	assert_string_equal(l->target, "+4930555");
	close_world(&w);
}

static void to_the_voicemail(void **state)
{
	struct uc_account *account;
	struct fake_leg *one, *two;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	account = uc_account_edit(w.uc);
	/* no call; then no box */
	assert_int_equal(app_do(w.a, "voicemail", NULL), ENOTSUP);
	one = incoming(&w, "+49305551");
	say(one, UC_CALL_RINGING_IN, UC_ANSWER | UC_REJECT | UC_DEFLECT);
	assert_int_equal(app_do(w.a, "voicemail", NULL), ENOTSUP);
	/* What the server says goes before what the user has said. */
	assert_int_equal(app_do(w.a, "set voicemail_number 72x", NULL), EINVAL);
	assert_int_equal(app_do(w.a, "set voicemail_number 72", NULL), 0);
	assert_int_equal(text_set(&account->voicemail, "71"), 0);
	assert_int_equal(app_do(w.a, "voicemail", NULL), 0);
	assert_string_equal(one->target, "72");
	account->can |= UC_CAN_VOICEMAIL;
	assert_int_equal(app_do(w.a, "voicemail", NULL), 0);
	assert_string_equal(one->target, "71");
	assert_non_null(strstr(uc_last_notice(w.uc)->text, "+49305551"));
	/* Of two the one that is named; one that talks never. */
	two = incoming(&w, "+49305552");
	say(two, UC_CALL_RINGING_IN, UC_ANSWER | UC_REJECT | UC_DEFLECT);
	assert_int_equal(app_do(w.a, "voicemail 2", NULL), 0);
	assert_string_equal(two->target, "71");
	talks(one);
	talks(two);
	assert_int_equal(app_do(w.a, "voicemail", NULL), ENOTSUP);
	assert_int_equal(app_do(w.a, "voicemail 1", NULL), ENOTSUP);
	close_world(&w);
}

static void two_calls_are_connected(void **state)
{
	struct fake_leg *one, *two;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	one = incoming(&w, "+4420");
	can_be_sent_on(one, UC_CALL_HELD);
	assert_int_equal(app_do(w.a, "connect", NULL), ENOTSUP);
	two = incoming(&w, "+4430");
	can_be_sent_on(two, UC_CALL_TALKING);
	assert_int_equal(app_do(w.a, "connect", NULL), 0);
	assert_non_null(
		strstr(app_question(w.a)->text, "+4420 will talk to +4430"));
	assert_int_equal(app_do(w.a, "choose 2", NULL), 0);
	assert_ptr_equal(one->with, two);
	close_world(&w);
}

static void sounds_by(struct fake_leg *l, const char *codec)
{
	const struct app_carrier_report r = {
		.state = UC_CALL_TALKING,
		.functions = UC_HANG_UP | UC_HOLD | UC_CODECS,
		.codec = codec,
	};

	app_carrier_report(l->call, &r);
}

static void a_call_gets_another_codec(void **state)
{
	static const char *const bad[] = {
		"codec speex", "codec 'opus PCMA'", "codec opus,",
		"codec ,opus", "codec opus,speex",  "codec ,",
	};
	struct fake_leg *one, *two;
	struct world w;
	(void)state;

	open_world(&w, &voip);
	assert_int_equal(app_do(w.a, "codec PCMA", NULL), ENOTSUP);
	one = incoming(&w, "1");
	assert_int_equal(app_do(w.a, "codec PCMA", NULL), ENOTSUP);
	sounds_by(one, "opus");
	assert_int_equal(notices(&w), 0);
	assert_string_equal(uc_call_at(w.uc, 0)->codec, "opus");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(app_do(w.a, bad[i], NULL), EINVAL);
	assert_string_equal(one->codecs, "");
	assert_int_equal(app_do(w.a, "codec pcma,G722", NULL), 0);
	assert_string_equal(one->codecs, "pcma,G722");
	sounds_by(one, "PCMA");
	assert_string_equal(uc_last_notice(w.uc)->text,
			    "The call goes on by the codec PCMA.");
	sounds_by(one, "PCMA");
	assert_int_equal(notices(&w), 1);
	/* the one at hand, and the one that is named */
	two = incoming(&w, "2");
	sounds_by(two, "opus");
	say(one, UC_CALL_HELD, UC_RESUME | UC_CODECS);
	assert_int_equal(app_do(w.a, "codec PCMU 1", NULL), 0);
	assert_string_equal(one->codecs, "PCMU");
	assert_string_equal(two->codecs, "");
	assert_int_equal(app_do(w.a, "codec PCMU 9", NULL), ENOENT);
	assert_int_equal(app_do(w.a, "codec", NULL), 0);
	two->codecs_error = EALREADY;
	assert_int_equal(app_do(w.a, "codec opus 2", NULL), EALREADY);
	close_world(&w);
}

static void who_chose_a_codec_is_told(void **state)
{
	struct fake_leg *l;
	struct waiter k;
	struct world w;
	(void)state;

	open_world(&w, &choosing);
	assert_int_equal(app_do(w.a, "set voip on", NULL), 0);
	l = incoming(&w, "1");
	sounds_by(l, "opus");
	assert_int_equal(ask(&w, &k, "codec PCMA"), EINPROGRESS);
	app_carrier_answered(l->call, ECONNREFUSED, "did not agree");
	assert_int_equal(k.err, ECONNREFUSED);
	assert_string_equal(k.text, "did not agree");
	app_sink_reset(&k.sink);
	assert_int_equal(app_do(w.a, "codec PCMA", NULL), 0);
	app_carrier_answered(l->call, ECONNREFUSED, "did not agree");
	assert_string_equal(uc_last_notice(w.uc)->text, "did not agree");
	close_world(&w);
}

/* A desk phone chooses for itself, and that is said. */
static void no_codec_for_the_desk_phone(void **state)
{
	struct app_sink sink = {0};
	struct fake_leg *l;
	struct world w;
	(void)state;

	open_world(&w, &desk);
	l = incoming(&w, "1");
	talks(l);
	assert_int_equal(app_run_line(w.a, "codec PCMA", APP_FROM_LINE, &sink),
			 ENOTSUP);
	assert_non_null(strstr(sink.error.buf, "desk phone"));
	app_sink_reset(&sink);
	close_world(&w);
}

/* The phone may have the last word of it, with the end. */
static void the_end_says_how_it_was(void **state)
{
	const struct uc_quality last = {.codec = "PCMA", .lost = 30};
	const struct app_carrier_report r = {.state = UC_CALL_ENDED,
					     .quality = &last};
	struct world w;
	struct fake_leg *l;
	(void)state;

	open_world(&w, &voip);
	l = incoming(&w, "+4420");
	talks(l);
	app_carrier_report(l->call, &r);
	l->call = NULL;
	assert_string_equal(kept(&w)->codec, "PCMA");
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(how_it_is_encrypted),
		TEST(dialled_and_ended),
		TEST(missed_call),
		TEST(answering_holds_the_first),
		TEST(hold_that_hangs),
		TEST(who_answers_later_has_the_ear),
		TEST(caller_gives_up_while_we_hold),
		TEST(busy_is_shown_for_a_while),
		TEST(phone_that_cannot_dial),
		TEST(inside_or_outside),
		TEST(by_name),
		TEST(two_carriers_one_call),
		TEST(what_comes_after_the_leg_has_gone),
		TEST(what_a_side_says_again_is_no_news),
		TEST(functions_that_are_not_allowed),
		TEST(quitting_in_a_call_asks),
		TEST(options_reach_the_phone),
		TEST(ends_with_calls_on),
		TEST(refusals_reach_who_asked),
		TEST(ends_are_answers),
		TEST(answers_behind_a_hold),
		TEST(trying_again_replaces_the_failed_one),
		TEST(a_call_gets_another_codec),
		TEST(who_chose_a_codec_is_told),
		TEST(no_codec_for_the_desk_phone),
		TEST(a_poor_line_shows_and_passes),
		TEST(the_end_says_how_it_was),
		TEST(the_right_call_is_sent_on),
		TEST(a_call_is_sent_outside),
		TEST(to_the_voicemail),
		TEST(two_calls_are_connected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
