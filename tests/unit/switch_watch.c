/**
 * @file switch_watch.c  Phones of the switch watch each other, and write
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/server/switch.h>
#include "until.h"

enum { PHONES = 3, MANY = 210 };

struct desk {
	char user[8];
	struct sip_stack *stack;
	struct sip_account *account;
	struct sip_leg *leg;
	bool called; /**< has been in a call */
	struct sip_subscription *sub;
	/* texts */
	unsigned pages;
	uint16_t answer;
	char *text, *from, *from_name;
	struct sip_page *page;
	unsigned told;
	uint16_t code;
	/* what it watches */
	enum sip_subscription_state state;
	uint16_t sub_code;
	enum sip_lamp lamp;
	unsigned lamps;
	char *peer;
	unsigned presences;
	enum sip_activity activity;
	bool open;
	char *note;
	unsigned boxes;
	struct sip_messages box;
};

static struct {
	struct media *media;
	struct pbx *pbx;
	struct desk desk[PHONES];
	enum sip_activity activity; /**< of 201 */
	bool has_messages;
	bool gone; /**< 201 has no account any more */
	unsigned unreachable;
} O;

/* ---- the switch -----------------------------------------------------------
 */

static int hook_ha1(const char *user, const char *realm, uint8_t ha1[16],
		    void *arg)
{
	(void)arg;
	if (strlen(user) != 3 || *user != '2' || (O.gone && user[2] == '1'))
		return ENOENT;
	return md5_printf(ha1, "%s:%s:secret", user, realm);
}

static int hook_route(const struct pbx_ask *ask, struct pbx_route *route,
		      void *arg)
{
	const char *number = ask->number;

	(void)arg;
	if (strlen(number) != 3 || *number != '2')
		return ENOENT;
	/* whose calls a machine answers can be written to */
	if (!strcmp(number, "203") &&
	    (text_set(&route->machine, "box") ||
	     text_set(&route->left, "203") || text_set(&route->device, "71")))
		return ENOMEM;
	/* who is not to be disturbed can be written to */
	route->refuse = PBX_CAUSE_DO_NOT_DISTURB;
	if (strcmp(number, "202") != 0)
		route->refuse = PBX_CAUSE_NORMAL;
	return text_set(&route->caller_name, "Emma Nutt");
}

static int hook_presence(const char *device, struct sip_presence *p, void *arg)
{
	(void)arg;
	if (strcmp(device, "201") != 0)
		return ENOENT;
	p->open = true;
	p->activity = O.activity;
	p->note = "Grüße";
	return 0;
}

static int hook_messages(const char *device, struct sip_messages *m, void *arg)
{
	(void)arg;
	(void)device;
	m->waiting = true;
	m->voice_new = 3;
	return 0;
}

static void hook_reachable(const char *device, bool reachable, void *arg)
{
	(void)device;
	(void)arg;
	O.unreachable += !reachable;
}

/* ---- phones ---------------------------------------------------------------
 */

static void on_leg(struct sip_leg *leg, const struct sip_leg_event *ev,
		   void *arg)
{
	struct desk *d = arg;
	(void)leg;

	if (ev->type == SIP_LEG_EV_CLOSED)
		d->leg = mem_deref(d->leg);
}

static void on_incoming(struct sip_incoming *in, void *arg)
{
	struct desk *d = arg;

	if (d->leg) {
		sip_incoming_reject(in, 486, NULL);
		return;
	}
	d->called = true;
	assert_int_equal(sip_leg_accept(&d->leg, in, NULL, on_leg, d), 0);
	assert_int_equal(sip_leg_ring(d->leg, NULL), 0);
}

static void on_paging(struct sip_page_in *in, void *arg)
{
	const struct sip_message *m = sip_page_in_message(in);
	struct desk *d = arg;

	d->pages++;
	text_set(&d->text, sip_page_in_text(in));
	free(d->from);
	free(d->from_name);
	d->from = sip_message_user(m, "From");
	d->from_name = sip_message_name(m, "From");
	if (d->answer < 300)
		sip_page_in_accept(in);
	else
		sip_page_in_reject(in, d->answer, NULL);
}

static bool is_registered(void *arg)
{
	struct sip_account_info info;
	struct desk *d = arg;

	sip_account_info(d->account, &info);
	return info.state == SIP_ACCOUNT_REGISTERED;
}

static void desk_start(struct desk *d, const char *user, enum sip_transport t)
{
	const struct sip_stack_prm prm = {.media = O.media};
	const struct sip_account_handlers h = {.incoming = on_incoming,
					       .paging = on_paging};
	struct sip_account_prm acc = {.user = d->user,
				      .domain = "offhook",
				      .password = "secret",
				      .transport = t};
	char server[64];

	d->answer = 200;
	snprintf(d->user, sizeof(d->user), "%s", user);
	re_snprintf(server, sizeof(server), "%J", pbx_address(O.pbx));
	acc.server = server;
	assert_int_equal(sip_stack_alloc(&d->stack, &prm, NULL, NULL), 0);
	assert_int_equal(sip_account_alloc(&d->account, d->stack, &acc, &h, d),
			 0);
	assert_true(until(is_registered, d));
}

static bool is_alone(void *arg)
{
	return mem_nrefs(((struct desk *)arg)->stack) == 1;
}

static void desk_stop(struct desk *d)
{
	if (!d->stack)
		return;
	d->sub = mem_deref(d->sub);
	d->page = mem_deref(d->page);
	d->leg = mem_deref(d->leg);
	d->account = mem_deref(d->account);
	/* a call that was keeps to itself for a while what may come late */
	if (!d->called)
		assert_true(until(is_alone, d));
	mem_deref(d->stack);
	free(d->text);
	free(d->from);
	free(d->from_name);
	free(d->peer);
	free(d->note);
	memset(d, 0, sizeof(*d));
}

static void on_state(struct sip_subscription *sub, void *arg)
{
	struct sip_subscription_info info;
	struct desk *d = arg;

	sip_subscription_info(sub, &info);
	d->state = info.state;
	d->sub_code = info.code;
}

static void on_lamp(struct sip_subscription *sub, const struct sip_lamp_info *l,
		    void *arg)
{
	struct desk *d = arg;
	(void)sub;

	d->lamps++;
	d->lamp = l->lamp;
	text_set(&d->peer, l->count ? l->calls[0].number : "");
}

static void on_presence(struct sip_subscription *sub,
			const struct sip_presence *p, void *arg)
{
	struct desk *d = arg;
	(void)sub;

	d->presences++;
	d->activity = p->activity;
	d->open = p->open;
	text_set(&d->note, p->note);
}

static void on_messages(struct sip_subscription *sub,
			const struct sip_messages *m, void *arg)
{
	struct desk *d = arg;
	(void)sub;

	d->boxes++;
	d->box = *m;
}

static int watch(struct desk *d, const char *whom, enum sip_event_package p)
{
	static const struct sip_subscription_handlers h = {
		on_state, on_presence, on_lamp, on_messages};
	const struct sip_subscription_prm prm = {d->account, whom, p, 0};

	d->state = SIP_SUBSCRIPTION_TRYING;
	d->sub = mem_deref(d->sub);
	return sip_subscribe_alloc(&d->sub, d->stack, &prm, &h, d);
}

static int setup(void **state)
{
	struct pbx_hooks hooks = {
		.ha1 = hook_ha1,
		.route = hook_route,
		.presence = hook_presence,
		.reachable = hook_reachable,
	};
	struct pbx_prm prm = {.realm = "offhook"};
	(void)state;

	if (O.has_messages)
		hooks.messages = hook_messages;
	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	assert_int_equal(media_alloc(&O.media), 0);
	assert_int_equal(pbx_alloc(&O.pbx, &prm, &hooks, NULL), 0);
	return 0;
}

static int setup_with_messages(void **state)
{
	O.has_messages = true;
	return setup(state);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < PHONES; i++)
		desk_stop(&O.desk[i]);
	mem_deref(O.pbx);
	mem_deref(O.media);
	memset(&O, 0, sizeof(O));
	return 0;
}

static bool is_active(void *arg)
{
	return ((struct desk *)arg)->state == SIP_SUBSCRIPTION_ACTIVE;
}

static bool is_refused(void *arg)
{
	return ((struct desk *)arg)->state == SIP_SUBSCRIPTION_REFUSED;
}

static bool is_idle(void *arg)
{
	return ((struct desk *)arg)->lamp == SIP_LAMP_IDLE;
}

static bool is_ringing(void *arg)
{
	return ((struct desk *)arg)->lamp == SIP_LAMP_RINGING;
}

static bool is_busy(void *arg)
{
	return ((struct desk *)arg)->lamp == SIP_LAMP_BUSY;
}

static bool is_dark(void *arg)
{
	return ((struct desk *)arg)->lamp == SIP_LAMP_UNREACHABLE;
}

static bool has_a_leg(void *arg)
{
	return ((struct desk *)arg)->leg != NULL;
}

static bool is_up(void *arg)
{
	return sip_leg_state(((struct desk *)arg)->leg) == SIP_LEG_ESTABLISHED;
}

/* ---- lamps ----------------------------------------------------------------
 */

static void a_lamp_shows_a_call(void **state)
{
	struct desk *a = &O.desk[0], *b = &O.desk[1], *c = &O.desk[2];
	struct sip_leg_prm prm = {.to_uri = "201"};
	(void)state;

	desk_start(a, "200", SIP_UDP);
	desk_start(b, "201", SIP_TCP);
	desk_start(c, "202", SIP_UDP);
	assert_int_equal(watch(c, "201", SIP_EVENT_LAMP), 0);
	assert_true(until(is_active, c));
	assert_true(until(is_idle, c));

	prm.account = a->account;
	a->called = true;
	assert_int_equal(sip_leg_connect(&a->leg, a->stack, &prm, on_leg, a),
			 0);
	assert_true(until(has_a_leg, b));
	assert_true(until(is_ringing, c));
	assert_string_equal(c->peer, "200");
	assert_int_equal(sip_leg_answer(b->leg, NULL, NULL), 0);
	assert_true(until(is_busy, c));
	assert_true(until(is_up, a));
	sip_leg_hangup(a->leg);
	assert_true(until(is_idle, c));

	/* whoever calls is busy at once */
	assert_int_equal(watch(c, "200", SIP_EVENT_LAMP), 0);
	assert_true(until(is_active, c));
	a->leg = mem_deref(a->leg);
	a->called = true;
	assert_int_equal(sip_leg_connect(&a->leg, a->stack, &prm, on_leg, a),
			 0);
	assert_true(until(is_busy, c));
	assert_string_equal(c->peer, "201");
}

static void who_is_no_account_cannot_be_watched(void **state)
{
	struct desk *a = &O.desk[0];
	(void)state;

	desk_start(a, "200", SIP_UDP);
	assert_int_equal(watch(a, "9999", SIP_EVENT_LAMP), 0);
	assert_true(until(is_refused, a));
	assert_int_equal(a->sub_code, 404);
	assert_int_equal(watch(a, "202", SIP_EVENT_PRESENCE), 0);
	assert_true(until(is_refused, a));
	assert_int_equal(a->sub_code, 404);
	/* nobody has messages here */
	assert_int_equal(watch(a, "200", SIP_EVENT_MESSAGES), 0);
	assert_true(until(is_refused, a));
	assert_int_equal(a->sub_code, 489);
}

static bool is_here(void *arg)
{
	return ((struct desk *)arg)->presences > 0;
}

static bool is_at_table(void *arg)
{
	return ((struct desk *)arg)->activity == SIP_ACTIVITY_MEAL;
}

static void presence_is_told_when_it_changes(void **state)
{
	struct desk *a = &O.desk[0];
	(void)state;

	desk_start(a, "200", SIP_UDP);
	assert_int_equal(watch(a, "201", SIP_EVENT_PRESENCE), 0);
	assert_true(until(is_here, a));
	assert_true(a->open);
	assert_int_equal(a->activity, SIP_ACTIVITY_NONE);
	assert_string_equal(a->note, "Grüße");
	O.activity = SIP_ACTIVITY_MEAL;
	pbx_presence_changed(O.pbx, "201");
	assert_true(until(is_at_table, a));
}

static bool has_box(void *arg)
{
	return ((struct desk *)arg)->boxes > 0;
}

static void a_mailbox_is_its_owners(void **state)
{
	struct desk *a = &O.desk[0];
	(void)state;

	desk_start(a, "200", SIP_UDP);
	assert_int_equal(watch(a, "200", SIP_EVENT_MESSAGES), 0);
	assert_true(until(has_box, a));
	assert_int_equal(a->box.voice_new, 3);
	assert_int_equal(watch(a, "201", SIP_EVENT_MESSAGES), 0);
	assert_true(until(is_refused, a));
	assert_int_equal(a->sub_code, 403);
}

static unsigned active, refused;

static void count_state(struct sip_subscription *sub, void *arg)
{
	struct sip_subscription_info info;
	(void)arg;

	sip_subscription_info(sub, &info);
	active += info.state == SIP_SUBSCRIPTION_ACTIVE;
	refused += info.state == SIP_SUBSCRIPTION_DOWN && info.code == 503;
}

static bool all_have_settled(void *arg)
{
	(void)arg;
	return active + refused >= MANY;
}

static void nobody_watches_without_end(void **state)
{
	static const struct sip_subscription_handlers h = {.state =
								   count_state};
	struct sip_subscription *subs[MANY];
	struct desk *a = &O.desk[0];
	const struct sip_subscription_prm prm = {.to_uri = "201",
						 .package = SIP_EVENT_LAMP};
	(void)state;

	active = refused = 0;
	desk_start(a, "200", SIP_TCP);
	for (size_t i = 0; i < MANY; i++) {
		struct sip_subscription_prm own = prm;

		own.account = a->account;
		assert_int_equal(
			sip_subscribe_alloc(&subs[i], a->stack, &own, &h, a),
			0);
	}
	assert_true(until(all_have_settled, NULL));
	assert_int_equal(active, 200);
	assert_int_equal(refused, MANY - 200);
	for (size_t i = 0; i < MANY; i++)
		mem_deref(subs[i]);
}

/* ---- texts ----------------------------------------------------------------
 */

static void on_result(struct sip_page *page, uint16_t code, const char *reason,
		      void *arg)
{
	struct desk *d = arg;
	(void)page;
	(void)reason;

	d->told++;
	d->code = code;
}

static bool is_told(void *arg)
{
	return ((struct desk *)arg)->told > 0;
}

static uint16_t writes(struct desk *d, const char *to, const char *text)
{
	const struct sip_page_prm prm = {
		.to_uri = to, .account = d->account, .text = text};

	d->told = 0;
	d->page = mem_deref(d->page);
	assert_int_equal(sip_page_send(&d->page, d->stack, &prm, on_result, d),
			 0);
	assert_true(until(is_told, d));
	return d->code;
}

static void a_text_reaches_all_phones_of_its_reader(void **state)
{
	struct desk *a = &O.desk[0], *b = &O.desk[1], *b2 = &O.desk[2];
	(void)state;

	desk_start(a, "200", SIP_UDP);
	desk_start(b, "201", SIP_UDP);
	desk_start(b2, "201", SIP_TCP);
	assert_int_equal(writes(a, "201", "Wie heißt du?\nIch?"), 200);
	assert_string_equal(b->text ? b->text : b2->text,
			    "Wie heißt du?\nIch?");
	assert_string_equal(b->from ? b->from : b2->from, "200");
	assert_string_equal(b->from_name ? b->from_name : b2->from_name,
			    "Emma Nutt");
	/* one that takes it is enough */
	b->answer = 486;
	assert_int_equal(writes(a, "201", "x"), 200);
	b2->answer = 480;
	assert_int_equal(writes(a, "201", "x"), 486);
}

static void what_cannot_be_delivered_says_why(void **state)
{
	struct desk *a = &O.desk[0], *c = &O.desk[1], *d = &O.desk[2];
	(void)state;

	desk_start(a, "200", SIP_UDP);
	desk_start(d, "203", SIP_UDP);
	assert_int_equal(writes(a, "999", "x"), 404);
	assert_int_equal(writes(a, "201", "x"), 480);
	/* calls are refused there, texts are not */
	desk_start(c, "202", SIP_UDP);
	assert_int_equal(writes(a, "202", "x"), 200);
	assert_int_equal(c->pages, 1);
	assert_int_equal(writes(a, "203", "x"), 200);
	assert_int_equal(d->pages, 1);
}

/* ---- the end of an account ------------------------------------------------
 */

static void who_has_another_password_is_forgotten(void **state)
{
	struct desk *a = &O.desk[0], *b = &O.desk[1];
	struct sip_leg_prm prm = {.to_uri = "201"};
	(void)state;

	desk_start(a, "200", SIP_UDP);
	desk_start(b, "201", SIP_UDP);
	assert_int_equal(watch(a, "201", SIP_EVENT_LAMP), 0);
	assert_true(until(is_active, a));
	prm.account = a->account;
	a->called = true;
	assert_int_equal(sip_leg_connect(&a->leg, a->stack, &prm, on_leg, a),
			 0);
	assert_true(until(has_a_leg, b));

	/* a call that is there may go on, calls to it not */
	pbx_account_changed(O.pbx, "201");
	assert_false(pbx_reachable(O.pbx, "201"));
	assert_int_equal(O.unreachable, 1);
	assert_int_equal(pbx_call_count(O.pbx), 1);
	assert_true(until(is_dark, a));
	/* removed, it ends */
	O.gone = true;
	pbx_account_changed(O.pbx, "201");
	assert_int_equal(pbx_call_count(O.pbx), 0);
	pbx_account_changed(O.pbx, "777");
}

#define OFFICE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(a_lamp_shows_a_call),
		OFFICE_TEST(who_is_no_account_cannot_be_watched),
		OFFICE_TEST(presence_is_told_when_it_changes),
		cmocka_unit_test_setup_teardown(a_mailbox_is_its_owners,
						setup_with_messages, teardown),
		OFFICE_TEST(nobody_watches_without_end),
		OFFICE_TEST(a_text_reaches_all_phones_of_its_reader),
		OFFICE_TEST(what_cannot_be_delivered_says_why),
		OFFICE_TEST(who_has_another_password_is_forgotten),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
