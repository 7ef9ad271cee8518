/**
 * @file feature_voicemail.c  Who has an answering box, what comes to it, and a
 *                            caller who speaks to one
 */
#include "features_fixture.h"

#include <offhook/media.h>

enum { RATE = 16000, HZ = 700, TONE_HZ = 1400, HEARD = RATE / 5 };

struct house {
	struct office *office;
	struct features *f;
	const struct pbx_hooks *hooks;
	/* A phone, for those who really call. */
	struct media *media;
	struct pbx *pbx;
	struct sip_stack *stack;
	struct sip_account *account;
	struct sip_account *owners; /**< of 201 */
	struct sip_subscription *lamp;
	struct sip_messages waiting; /**< as that was told */
	unsigned lit;
	struct sip_leg *leg;
	struct media_audio audio;
	double phase;
	bool silent;
	int16_t heard[HEARD];
	size_t pos;
	volatile bool tone; /**< the one after the greeting was heard */
	bool closed;
	size_t messages; /**< at least so many are expected */
	struct db_voicemail last;
	char number[32], name[64];
};

static int setup(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	features_open(&h->office, &h->f, 4);
	h->hooks = features_hooks();
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct house *h = *state;

	mem_deref(h->leg);
	mem_deref(h->lamp);
	mem_deref(h->owners);
	mem_deref(h->account);
	mem_deref(h->stack);
	features_attach(h->f, NULL);
	mem_deref(h->pbx);
	mem_deref(h->media);
	features_close(&h->office, &h->f);
	free(h);
	return 0;
}

/* ---- where calls go ---------------------------------------------------- */

/** "201", "box of 201", "!": Do Not Disturb, "-": nowhere; to free(). */
static char *ask(struct house *h, const struct pbx_ask *a, char **place,
		 uint32_t *ring_s)
{
	struct pbx_route r;
	char *text;

	memset(&r, 0, sizeof(r));
	if (h->hooks->route(a, &r, h->f))
		text = strdup("-");
	else if (r.refuse)
		text = strdup(r.refuse == PBX_CAUSE_DO_NOT_DISTURB ? "!"
								   : "refused");
	else if (r.machine)
		text = r.left ? text_printf("box of %s", r.left)
			      : strdup(r.machine);
	else
		text = strdup(r.device ? r.device : a->number);
	if (r.machine) {
		assert_string_equal(r.device, "71");
		assert_true(list_isempty(&r.targets));
	}
	*place = r.place ? strdup(r.place) : NULL;
	*ring_s = r.ring_s;
	pbx_route_reset(&r);
	return text;
}

static void first(struct house *h, const char *caller, const char *number,
		  const char *left, const char *where)
{
	const struct pbx_ask a = {
		.caller = {.number = *caller ? caller : "+442079460018",
			   .outside = !*caller},
		.number = number,
		.left = left,
	};
	char *place;
	uint32_t s;
	char *text = ask(h, &a, &place, &s);

	if (strcmp(text, where))
		fail_msg("%s for %s leads to %s, not %s", number, caller, text,
			 where);
	free(text);
	free(place);
}

/** Nobody has answered for that reason. */
static void then(struct house *h, const char *caller, const char *number,
		 enum pbx_cause reason, uint32_t after_s, const char *where)
{
	struct pbx_ask a = {
		.caller = {.number = *caller ? caller : "+442079460018",
			   .outside = !*caller},
		.number = number,
	};
	char *place, *next = NULL, *text;
	uint32_t s;

	free(ask(h, &a, &place, &s));
	assert_int_equal(s, after_s);
	a.reason = reason;
	a.place = place;
	text = place ? ask(h, &a, &next, &s) : strdup("-");
	if (strcmp(text, where))
		fail_msg("%s for %s leads to %s then, not %s", number, caller,
			 text, where);
	free(place);
	free(next);
	free(text);
}

static void a_box_takes_what_nobody_answers(void **state)
{
	struct house *h = *state;

	then(h, "200", "201", PBX_CAUSE_NO_ANSWER, 20, "box of 201");
	then(h, "200", "201", PBX_CAUSE_BUSY, 20, "box of 201");
	then(h, "", "201", PBX_CAUSE_UNREACHABLE, 20, "box of 201");
	/* who refuses a call wants no message either */
	then(h, "200", "201", PBX_CAUSE_REJECTED, 20, "-");
	/* one's own phones may be tried */
	then(h, "201", "201", PBX_CAUSE_NO_ANSWER, 0, "-");
	features_set(h->office, "", "voicemail_s", "7");
	then(h, "200", "201", PBX_CAUSE_NO_ANSWER, 7, "box of 201");
}

static void only_where_there_is_one(void **state)
{
	struct house *h = *state;

	features_change(h->office, "201", DB_CAN_VOICEMAIL, NULL);
	then(h, "200", "201", PBX_CAUSE_NO_ANSWER, 0, "-");
	assert_false(feature_has_voicemail(h->f, "201"));
	assert_true(feature_has_voicemail(h->f, "202"));
	features_set(h->office, "", "voicemail", "");
	then(h, "200", "202", PBX_CAUSE_NO_ANSWER, 0, "-");
	assert_false(feature_has_voicemail(h->f, "202"));
	features_set(h->office, "", "voicemail", "72");
	assert_string_equal(feature_voicemail(h->f), "72");
	/* somebody is given that number */
	office_add_user(h->office, "72", "A", "B", NULL);
	assert_string_equal(feature_voicemail(h->f), "");
	first(h, "200", "72", "201", "72");
}

static void a_place_that_was_named_comes_first(void **state)
{
	struct house *h = *state;

	features_set(h->office, "201", "forward.no_answer", "202");
	then(h, "200", "201", PBX_CAUSE_NO_ANSWER, 20, "202");
	then(h, "200", "201", PBX_CAUSE_BUSY, 20, "box of 201");
	/* at the colleague's, it is the colleague's */
	features_set(h->office, "203", "forward.immediate", "202");
	then(h, "200", "203", PBX_CAUSE_NO_ANSWER, 20, "box of 202");
}

static void who_is_not_to_be_disturbed_may_be_left_a_message(void **state)
{
	struct house *h = *state;

	features_presence(h->office, h->f, "201", PROTO_DO_NOT_DISTURB);
	first(h, "200", "201", NULL, "box of 201");
	first(h, "", "201", NULL, "box of 201");
	first(h, "201", "201", NULL, "201");
	features_change(h->office, "201", DB_CAN_VOICEMAIL, NULL);
	first(h, "200", "201", NULL, "!");
}

static void whoever_sends_a_call_there_sends_it_to_his_own(void **state)
{
	struct house *h = *state;

	first(h, "200", "71", "201", "box of 201");
	first(h, "", "71", "202", "box of 202");
	/* dialled, it is one's own, with its menu; nobody's from outside */
	first(h, "200", "71", NULL, "menu 200");
	first(h, "", "71", NULL, "-");
	features_set(h->office, "201", "forward.immediate", "71");
	first(h, "200", "201", NULL, "box of 201");
	/* one of several phones of a number */
	features_set(h->office, "203", "line", "202");
	first(h, "200", "71", "203", "box of 202");
	first(h, "203", "71", NULL, "menu 202");
	features_change(h->office, "202", DB_CAN_VOICEMAIL, NULL);
	first(h, "200", "71", "202", "-");
	first(h, "202", "71", NULL, "-");
}

static void it_may_be_forwarded_to_by_whom_has_one(void **state)
{
	struct house *h = *state;

	feature_set_forwarding(h->f, "201", FEATURE_FORWARD_BUSY, "71",
			       office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	feature_set_call_me(h->f, "201", "71", office_done, h->office);
	assert_int_equal(office_wait(h->office), ENOENT);
	features_change(h->office, "202", DB_CAN_VOICEMAIL, NULL);
	feature_set_forwarding(h->f, "202", FEATURE_FORWARD_BUSY, "71",
			       office_done, h->office);
	assert_int_equal(office_wait(h->office), ENOENT);
}

static void call_me_that_nobody_answers_goes_there(void **state)
{
	struct house *h = *state;

	features_set(h->office, "201", "callme", "203");
	then(h, "200", "201", PBX_CAUSE_NO_ANSWER, 60, "box of 201");
	features_set(h->office, "", "callme_s", "5");
	then(h, "200", "201", PBX_CAUSE_NO_ANSWER, 5, "box of 201");
}

/* ---- a caller ---------------------------------------------------------- */

static size_t say(int16_t *pcm, size_t n, void *arg)
{
	struct house *h = arg;

	if (h->silent)
		memset(pcm, 0, n * sizeof(*pcm));
	else
		media_sine(pcm, n, RATE, HZ, -12, &h->phase);
	return n;
}

static void hear(const int16_t *pcm, size_t n, void *arg)
{
	struct house *h = arg;

	for (size_t i = 0; i < n; i++) {
		h->heard[h->pos++] = pcm[i];
		if (h->pos < HEARD)
			continue;
		h->pos = 0;
		if (media_tone_share(h->heard, HEARD, RATE, TONE_HZ) > 0.6)
			h->tone = true;
	}
}

static void leg_event(struct sip_leg *leg, const struct sip_leg_event *ev,
		      void *arg)
{
	struct house *h = arg;

	if (ev->type == SIP_LEG_EV_ESTABLISHED)
		media_stream_set_audio(sip_leg_stream(leg), &h->audio);
	if (ev->type == SIP_LEG_EV_CLOSED) {
		h->closed = true;
		h->leg = mem_deref(h->leg);
	}
}

static bool registered(void *arg)
{
	struct sip_account_info info;

	sip_account_info(arg, &info);
	return info.state == SIP_ACCOUNT_REGISTERED;
}

static void register_as(struct house *h, const char *user,
			struct sip_account **accountp)
{
	char server[64], password[DB_SIP_PASSWORD_SIZE];
	const struct sip_account_prm prm = {
		.user = user,
		.domain = "offhook",
		.server = server,
		.password = password,
	};

	re_snprintf(server, sizeof(server), "%J", pbx_address(h->pbx));
	db_sip_password(h->office->db, user, password);
	assert_int_equal(
		sip_account_alloc(accountp, h->stack, &prm, NULL, NULL), 0);
	assert_true(until(registered, *accountp));
}

static void open_phone(struct house *h)
{
	struct pbx_prm pbx = {.no_answer_s = 60};
	struct sip_stack_prm stack = {.media = NULL};
	struct sa laddr;

	sa_set_str(&pbx.laddr, "127.0.0.1", 0);
	assert_int_equal(pbx_alloc(&h->pbx, &pbx, h->hooks, h->f), 0);
	features_attach(h->f, h->pbx);
	assert_int_equal(media_alloc(&h->media), 0);
	stack.media = h->media;
	assert_int_equal(sip_stack_alloc(&h->stack, &stack, NULL, NULL), 0);
	sa_set_str(&laddr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_listen(h->stack, SIP_UDP, &laddr), 0);
	register_as(h, "200", &h->account);
	h->audio.rate = RATE;
	h->audio.read = say;
	h->audio.write = hear;
	h->audio.arg = h;
}

static void dial(struct house *h, const char *number)
{
	struct sip_leg_prm prm = {.to_uri = number, .account = h->account};
	struct list formats = LIST_INIT;

	h->tone = h->closed = false;
	assert_int_equal(media_formats_ours(&formats, NULL), 0);
	assert_int_equal(media_formats_events(&formats), 0);
	prm.media.formats = &formats;
	assert_int_equal(sip_leg_connect(&h->leg, h->stack, &prm, leg_event, h),
			 0);
	list_flush(&formats);
}

static void hang_up(struct house *h)
{
	sip_leg_hangup(h->leg);
	h->leg = mem_deref(h->leg);
}

static bool has_heard_the_tone(void *arg)
{
	return ((struct house *)arg)->tone;
}

static bool no_calls(void *arg)
{
	return pbx_call_count(((struct house *)arg)->pbx) == 0;
}

static bool is_hung_up(void *arg)
{
	return ((struct house *)arg)->closed;
}

static bool has_messages(void *arg)
{
	const struct house *h = arg;

	return db_account(h->office->db, "201")->voice_new == h->messages;
}

static void listed(int err, const struct db_voicemail *v, size_t count,
		   bool more, void *arg)
{
	struct house *h = arg;
	(void)more;

	h->messages = count;
	if (count) {
		h->last = *v;
		snprintf(h->number, sizeof(h->number), "%s", v->number);
		snprintf(h->name, sizeof(h->name), "%s", v->name);
	}
	office_done(err, h->office);
}

static size_t list(struct house *h)
{
	db_voicemail_read(h->office->db, "201", 0, 10, listed, h);
	assert_int_equal(office_wait(h->office), 0);
	return h->messages;
}

static void synced(struct house *h)
{
	db_sync(h->office->db, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
}

static bool is_long_enough(void *arg)
{
	struct media_clip *c = NULL;
	char path[512];
	bool is;

	if (!office_messages(((struct house *)arg)->office, path) ||
	    media_wav_load(&c, path))
		return false;
	is = c->n > 8000 * 3 / 2;
	mem_deref(c);
	return is;
}

static void leave_message(struct house *h, const char *number)
{
	dial(h, number);
	assert_true(until(has_heard_the_tone, h));
	assert_true(until(is_long_enough, h));
	hang_up(h);
	assert_true(until(no_calls, h));
	h->messages = 1;
	assert_true(until(has_messages, h));
}

static void a_caller_leaves_a_message(void **state)
{
	struct house *h = *state;
	struct sip_messages waiting = {.waiting = false};
	struct media_clip *c;
	char path[512];

	open_phone(h);
	leave_message(h, "201");
	assert_int_equal(list(h), 1);
	assert_string_equal(h->number, "200");
	assert_string_equal(h->name, "U 200");
	assert_in_range(h->last.length_ms, 1400, 20000);
	assert_in_range(time_wall_ms() - h->last.at_ms, 1000, 60000);
	assert_int_equal(office_messages(h->office, path), 1);
	assert_int_equal(media_wav_load(&c, path), 0);
	assert_int_equal(c->n / 8, h->last.length_ms);
	assert_true(media_tone_share(c->samples + c->n / 4, c->n / 2, c->rate,
				     HZ) > 0.8);
	mem_deref(c);
	assert_int_equal(h->hooks->messages("201", &waiting, h->f), 0);
	assert_true(waiting.waiting);
	assert_int_equal(waiting.voice_new, 1);
	/* she has missed the call, too */
	synced(h);
	assert_int_not_equal(h->office->changes[2], 0);
}

static void on_messages(struct sip_subscription *sub,
			const struct sip_messages *m, void *arg)
{
	struct house *h = arg;
	(void)sub;

	h->lit++;
	h->waiting = *m;
}

static bool is_dark(void *arg)
{
	const struct house *h = arg;

	return h->lit && !h->waiting.waiting;
}

static bool is_lit(void *arg)
{
	const struct house *h = arg;

	return h->waiting.waiting && h->waiting.voice_new == 1;
}

static void marked(int err, size_t count, void *arg)
{
	assert_int_equal(count, 1);
	office_done(err, arg);
}

/** RFC 3842: at the owner's phone. */
static void its_lamp_is_lit_until_it_is_heard(void **state)
{
	static const struct sip_subscription_handlers handlers = {
		.messages = on_messages};
	struct sip_subscription_prm prm = {
		.to_uri = "201",
		.package = SIP_EVENT_MESSAGES,
	};
	struct house *h = *state;

	open_phone(h);
	register_as(h, "201", &h->owners);
	features_set(h->office, "201", "forward.immediate", "71");
	prm.account = h->owners;
	assert_int_equal(
		sip_subscribe_alloc(&h->lamp, h->stack, &prm, &handlers, h), 0);
	assert_true(until(is_dark, h));
	leave_message(h, "201");
	assert_true(until(is_lit, h));
	list(h);
	db_voicemail_heard(h->office->db, "201", &h->last.id, 1, marked,
			   h->office);
	assert_int_equal(office_wait(h->office), 0);
	assert_true(until(is_dark, h));
	assert_int_equal(h->waiting.voice_old, 1);
}

static void who_hangs_up_in_the_greeting_has_left_none(void **state)
{
	struct house *h = *state;

	open_phone(h);
	dial(h, "201");
	assert_true(until(has_heard_the_tone, h));
	/* the tone was the last of it; less than a second follows */
	hang_up(h);
	assert_true(until(no_calls, h));
	synced(h);
	assert_int_equal(list(h), 0);
	assert_int_equal(office_messages(h->office, NULL), 0);
}

static void nor_has_who_says_nothing(void **state)
{
	struct house *h = *state;

	open_phone(h);
	h->silent = true;
	dial(h, "201");
	assert_true(until(is_hung_up, h));
	assert_true(until(no_calls, h));
	synced(h);
	assert_int_equal(list(h), 0);
	assert_int_equal(office_messages(h->office, NULL), 0);
}

static bool is_recording(void *arg)
{
	return office_messages(((struct house *)arg)->office, NULL) > 0;
}

static void press(struct house *h, char digit)
{
	assert_int_equal(
		media_stream_send_digit(sip_leg_stream(h->leg), digit, 0), 0);
}

static void the_hash_sign_ends_it(void **state)
{
	struct house *h = *state;

	open_phone(h);
	dial(h, "201");
	assert_true(until(is_recording, h));
	assert_true(until(is_long_enough, h));
	press(h, '7');
	press(h, '#');
	assert_true(until(is_hung_up, h));
	h->messages = 1;
	assert_true(until(has_messages, h));
}

static void the_longest_message_is_cut(void **state)
{
	struct house *h = *state;

	open_phone(h);
	features_set(h->office, "", "voicemail_max_s", "2");
	dial(h, "201");
	assert_true(until(is_hung_up, h));
	h->messages = 1;
	assert_true(until(has_messages, h));
	assert_int_equal(list(h), 1);
	assert_int_equal(h->last.length_ms, 2000);
}

static void a_full_box_takes_no_more(void **state)
{
	struct house *h = *state;

	open_phone(h);
	features_set(h->office, "", "voicemail_messages", "1");
	leave_message(h, "201");
	dial(h, "201");
	assert_true(until(is_hung_up, h));
	assert_false(h->tone);
	synced(h);
	assert_int_equal(list(h), 1);
}

/** Whoever has called is told so by the tone of the end. */
static void where_nothing_can_be_written_none_is_taken(void **state)
{
	struct house *h = *state;
	char path[128];

	open_phone(h);
	snprintf(path, sizeof(path), "%s/voicemail", h->office->dir);
	assert_int_equal(file_write(path, "no folder", 9, 0600), 0);
	dial(h, "201");
	assert_true(until(has_heard_the_tone, h));
	assert_true(until(is_hung_up, h));
	synced(h);
	assert_int_equal(list(h), 0);
	unlink(path);
}

static void ended(void *arg)
{
	*(bool *)arg = true;
}

static bool is_true(void *arg)
{
	return *(bool *)arg;
}

static void the_end_of_the_server_loses_nothing(void **state)
{
	struct house *h = *state;
	bool over = false;

	open_phone(h);
	dial(h, "201");
	assert_true(until(is_recording, h));
	assert_true(until(is_long_enough, h));
	pbx_close(h->pbx, ended, &over);
	assert_true(until(is_true, &over));
	synced(h);
	assert_int_equal(list(h), 1);
}

static void a_sudden_end_leaves_no_half_message(void **state)
{
	struct house *h = *state;

	open_phone(h);
	dial(h, "201");
	assert_true(until(is_recording, h));
	features_attach(h->f, NULL);
	h->pbx = mem_deref(h->pbx);
	synced(h);
	assert_int_equal(office_messages(h->office, NULL), 0);
}

#define BOX_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(a_box_takes_what_nobody_answers),
		BOX_TEST(only_where_there_is_one),
		BOX_TEST(a_place_that_was_named_comes_first),
		BOX_TEST(who_is_not_to_be_disturbed_may_be_left_a_message),
		BOX_TEST(whoever_sends_a_call_there_sends_it_to_his_own),
		BOX_TEST(it_may_be_forwarded_to_by_whom_has_one),
		BOX_TEST(call_me_that_nobody_answers_goes_there),
		BOX_TEST(a_caller_leaves_a_message),
		BOX_TEST(its_lamp_is_lit_until_it_is_heard),
		BOX_TEST(who_hangs_up_in_the_greeting_has_left_none),
		BOX_TEST(nor_has_who_says_nothing),
		BOX_TEST(the_hash_sign_ends_it),
		BOX_TEST(the_longest_message_is_cut),
		BOX_TEST(a_full_box_takes_no_more),
		BOX_TEST(where_nothing_can_be_written_none_is_taken),
		BOX_TEST(the_end_of_the_server_loses_nothing),
		BOX_TEST(a_sudden_end_leaves_no_half_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
