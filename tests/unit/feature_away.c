/**
 * @file feature_away.c  Where calls go because of a state, and what a caller
 *                       then hears of it (SPEC, Presence)
 */
#include "features_fixture.h"

#include <time.h>
#include "../../src/server/feature/feature_int.h"

struct house {
	struct office *office;
	struct features *f;
	const struct pbx_hooks *hooks;
};

static void add_box(struct office *o, const char *number)
{
	const struct db_account_prm box = {
		.extension = number,
		.last = "Exchange",
		.licensed = 0,
		.must_change = -1,
		.can = DB_CAN_BOX,
		.trunk = true,
	};

	db_account_add(o->db, &box, office_done, o);
	assert_int_equal(office_wait(o), 0);
}

static int setup(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	features_open(&h->office, &h->f, 4);
	office_add_trunk(h->office);
	add_box(h->office, "80");
	h->hooks = features_hooks();
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct house *h = *state;

	features_close(&h->office, &h->f);
	free(h);
	return 0;
}

static int away(struct house *h, const char *who, enum proto_presence state,
		const char *to)
{
	feature_set_away(h->f, who, state, to, office_done, h->office);
	return office_wait(h->office);
}

/** "201", "box of 201", "box of 80 201": in that of several,
 *  for 201, "!": Do Not
 *  Disturb, ">number": outside, "group", "-": nowhere. */
static void goes(struct house *h, const char *caller, const char *number,
		 const char *where)
{
	const struct pbx_ask a = {
		.caller = {.number = *caller ? caller : "+442079460018",
			   .outside = !*caller},
		.number = number,
	};
	struct pbx_target *t;
	struct pbx_route r;
	char *text;

	memset(&r, 0, sizeof(r));
	if (h->hooks->route(&a, &r, h->f))
		text = strdup("-");
	else if (r.refuse)
		text = strdup("!");
	else if (r.machine)
		text = text_printf("box of %s",
				   r.machine + strlen("voicemail "));
	else if (r.group)
		text = strdup("group");
	else if (r.outside && r.targets.head) {
		t = r.targets.head->data;
		text = text_printf(">%s", t->number);
	} else if (r.targets.head) {
		t = r.targets.head->data;
		text = text_printf("at %s", t->line ? t->line : t->device);
	} else {
		text = strdup(r.device ? r.device : a.number);
	}
	pbx_route_reset(&r);
	if (strcmp(text, where))
		fail_msg("%s for %s leads to %s, not %s", number, caller, text,
			 where);
	free(text);
}

/* ---- where calls go ---------------------------------------------------- */

static void absent_they_go_to_the_own_box(void **state)
{
	struct house *h = *state;
	enum proto_presence p;

	goes(h, "200", "201", "201");
	for (p = PROTO_MEETING; p < PROTO_PRESENCE_COUNT; p++) {
		features_presence(h->office, h->f, "201", p);
		goes(h, "200", "201", "box of 201");
		goes(h, "", "201", "box of 201");
		/* one's own phones may be tried */
		goes(h, "201", "201", "201");
	}
	features_presence(h->office, h->f, "201", PROTO_OFFICE);
	goes(h, "200", "201", "201");
	/* without a box they ring */
	features_change(h->office, "201", DB_CAN_VOICEMAIL, NULL);
	features_presence(h->office, h->f, "201", PROTO_VACATION);
	goes(h, "200", "201", "201");
}

static void each_state_has_its_own(void **state)
{
	struct house *h = *state;

	assert_int_equal(away(h, "201", PROTO_OFFICE, "203"), 0);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "here"), 0);
	assert_int_equal(away(h, "201", PROTO_HOME, "+49 89 123456"), 0);
	goes(h, "200", "201", "203");
	/* whom it goes to may call back */
	goes(h, "203", "201", "201");
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	goes(h, "200", "201", "201");
	features_presence(h->office, h->f, "201", PROTO_HOME);
	goes(h, "200", "201", ">+4989123456");
	/* at 201's cost */
	goes(h, "", "201", ">+4989123456");
	features_presence(h->office, h->f, "201", PROTO_SICK);
	goes(h, "200", "201", "box of 201");
	/* Do Not Disturb has none */
	assert_int_equal(away(h, "201", PROTO_DO_NOT_DISTURB, "203"), EINVAL);
	assert_int_equal(away(h, "201", PROTO_PRESENCE_UNKNOWN, "203"), EINVAL);
	assert_string_equal(feature_away(h->f, "201", PROTO_HOME),
			    "+4989123456");
	assert_string_equal(feature_away(h->f, "201", PROTO_SICK), "voicemail");
	assert_int_equal(away(h, "201", PROTO_HOME, ""), 0);
	assert_string_equal(feature_away(h->f, "201", PROTO_HOME), "voicemail");
	assert_string_equal(feature_away(h->f, "202", PROTO_OFFICE), "here");
}

static void the_mobile_number_is_the_one_of_now(void **state)
{
	struct house *h = *state;

	assert_int_equal(away(h, "201", PROTO_LUNCH, "mobile"), ENOTSUP);
	features_change(h->office, "201", 0, "+49 171 5550201");
	assert_int_equal(away(h, "201", PROTO_LUNCH, "mobile"), 0);
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	goes(h, "200", "201", ">+49 171 5550201");
	features_change(h->office, "201", 0, "+49 171 5550999");
	goes(h, "200", "201", ">+49 171 5550999");
	/* it was emptied: no call is lost */
	features_change(h->office, "201", 0, "");
	goes(h, "200", "201", "201");
}

static void a_box_of_several_is_for_who_has_none(void **state)
{
	struct house *h = *state;

	assert_int_equal(away(h, "201", PROTO_LUNCH, "80"), ENOTSUP);
	features_change(h->office, "201", DB_CAN_VOICEMAIL, NULL);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "voicemail"), ENOTSUP);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "80"), 0);
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	goes(h, "200", "201", "box of 80 201");
	goes(h, "", "201", "box of 80 201");
	/* it is no number to be dialled, no line outside, no person */
	goes(h, "200", "80", "-");
	assert_int_equal(away(h, "201", PROTO_HOME, "0089123456"), 0);
	features_presence(h->office, h->f, "201", PROTO_HOME);
	goes(h, "200", "201", ">0089123456");
	assert_false(feature_has_voicemail(h->f, "80"));
	/* the box is gone: the phone rings */
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	db_account_remove(h->office->db, "80", office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	goes(h, "200", "201", "201");
}

static void what_comes_first(void **state)
{
	struct house *h = *state;

	/* the phone's own forwarding */
	assert_int_equal(away(h, "201", PROTO_LUNCH, "203"), 0);
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	features_set(h->office, "201", "forward.immediate", "202");
	goes(h, "200", "201", "202");
	features_set(h->office, "201", "forward.immediate", NULL);
	goes(h, "200", "201", "203");
	/* CallMe in Office, and there only */
	features_set(h->office, "201", "callme", "202");
	goes(h, "200", "201", "203");
	features_presence(h->office, h->f, "201", PROTO_OFFICE);
	assert_int_equal(away(h, "201", PROTO_OFFICE, "203"), 0);
	goes(h, "200", "201", "at 202");
	features_set(h->office, "201", "callme", NULL);
	goes(h, "200", "201", "203");
	/* who is not to be disturbed is not, wherever calls come from */
	features_presence(h->office, h->f, "203", PROTO_DO_NOT_DISTURB);
	goes(h, "200", "201", "box of 203");
	/* a group can be named, and its calls are the group's */
	features_set(h->office, "", "group.400", "all; 20; Exchange; 201 202");
	assert_int_equal(away(h, "201", PROTO_OFFICE, "400"), 0);
	goes(h, "200", "201", "group");
	goes(h, "200", "400", "group");
}

static void nobody_calls_in_a_circle(void **state)
{
	struct house *h = *state;

	assert_int_equal(away(h, "201", PROTO_LUNCH, "201"), ELOOP);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "+49 89 7007 201"), ELOOP);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "299"), ENOENT);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "*97"), ENOENT);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "lunch"), EINVAL);
	assert_int_equal(away(h, "299", PROTO_LUNCH, "201"), ENOENT);
	assert_int_equal(away(h, "202", PROTO_LUNCH, "201"), 0);
	features_presence(h->office, h->f, "202", PROTO_LUNCH);
	/* 202 is at lunch: it would come back */
	assert_int_equal(away(h, "201", PROTO_LUNCH, "202"), ELOOP);
	/* chosen before, and then he went, too */
	features_presence(h->office, h->f, "202", PROTO_OFFICE);
	assert_int_equal(away(h, "201", PROTO_LUNCH, "202"), 0);
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	features_presence(h->office, h->f, "202", PROTO_LUNCH);
	goes(h, "200", "201", "201");
	goes(h, "200", "202", "202");
	features_presence(h->office, h->f, "202", PROTO_DO_NOT_DISTURB);
	goes(h, "200", "201", "box of 202");
}

static void in_suite_the_administrator_says_where(void **state)
{
	struct house *h = *state;

	features_set_suite(h->f, true);
	assert_true(feature_away_fixed(h->f));
	assert_int_equal(away(h, "201", PROTO_LUNCH, "203"), EPERM);
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	goes(h, "200", "201", "box of 201");
	features_set(h->office, "201", "away", "203");
	goes(h, "200", "201", "203");
	features_presence(h->office, h->f, "201", PROTO_SICK);
	goes(h, "200", "201", "203");
	features_presence(h->office, h->f, "201", PROTO_OFFICE);
	goes(h, "200", "201", "201");
	/* what was chosen in Smart is not forgotten, and not looked at */
	features_set(h->office, "201", "away.office", "202");
	goes(h, "200", "201", "201");
}

static bool is_in_office(void *arg)
{
	const struct house *h = arg;

	return db_account(h->office->db, "201")->presence.state == PROTO_OFFICE;
}

static bool has_passed(void *arg)
{
	return time_wall_ms() > ((struct db_presence *)arg)->until_ms + 50;
}

static void in_suite_some_come_back_by_themselves(void **state)
{
	struct house *h = *state;
	struct db_presence p = {.state = PROTO_LUNCH, .note = "soup"};

	features_set(h->office, "201", "callme", "203");
	features_set(h->office, "201", "back", "on");
	p.until_ms = time_wall_ms() + 300;
	for (int i = 0; i < 2; i++) {
		feature_set_presence(h->f, i ? "202" : "201", &p, office_done,
				     h->office);
		assert_int_equal(office_wait(h->office), 0);
	}
	/* not in Smart */
	assert_true(until(has_passed, &p));
	assert_false(is_in_office(h));
	features_set_suite(h->f, true);
	features_set(h->office, "201", "back", "on");
	assert_true(until(is_in_office, h));
	assert_string_equal(db_account(h->office->db, "201")->presence.note,
			    "");
	assert_true(db_account(h->office->db, "201")->presence.until_ms == 0);
	/* CallMe is back with it; the other one stays as he is */
	goes(h, "200", "201", "at 203");
	assert_int_equal(db_account(h->office->db, "202")->presence.state,
			 PROTO_LUNCH);
}

/* ---- by a phone -------------------------------------------------------- */

static void a_phone_dials_a_state(void **state)
{
	struct house *h = *state;
	const struct pbx_caller c = {.number = "201"};
	const struct db_account *a = db_account(h->office->db, "201");
	time_t t;
	struct tm tm;

	assert_int_equal(h->hooks->feature(&c, "*6971330", h->f), 0);
	db_sync(h->office->db, office_done, h->office);
	office_wait(h->office);
	a = db_account(h->office->db, "201");
	assert_int_equal(a->presence.state, PROTO_LUNCH);
	assert_true(a->presence.until_ms > time_wall_ms());
	assert_true(a->presence.until_ms <= time_wall_ms() + 25 * 3600000LL);
	t = (time_t)(a->presence.until_ms / 1000);
	localtime_r(&t, &tm);
	assert_int_equal(tm.tm_hour, 13);
	assert_int_equal(tm.tm_min, 30);
	assert_int_equal(h->hooks->feature(&c, "#69", h->f), 0);
	db_sync(h->office->db, office_done, h->office);
	office_wait(h->office);
	a = db_account(h->office->db, "201");
	assert_int_equal(a->presence.state, PROTO_OFFICE);
	assert_true(a->presence.until_ms == 0);
	for (size_t i = 0; i < 7; i++) {
		static const char *const none[] = {
			"*69",	    "*690",	"*69712",   "*6972500",
			"*6971360", "*6911200", "*69712000"};

		assert_int_not_equal(h->hooks->feature(&c, none[i], h->f), 0);
	}
}

/* ---- what is said ------------------------------------------------------ */

static int64_t at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {.tm_year = year - 1900,
			.tm_mon = month - 1,
			.tm_mday = day,
			.tm_hour = hour,
			.tm_min = minute,
			.tm_isdst = -1};

	return (int64_t)mktime(&tm) * 1000;
}

static void says(const char *language, enum proto_presence is, int64_t until,
		 int64_t now, const char *what)
{
	const struct db_presence p = {.state = is, .until_ms = until};
	enum prompt piece[ANNOUNCE_MAX];
	struct text_buf b = {NULL, 0, 0, 0};
	size_t n = announce(piece, language, &p, now);

	text_buf_add(&b, "");
	for (size_t i = 0; i < n; i++)
		text_buf_printf(&b, "%s%s", i ? " " : "",
				prompt_names[piece[i]]);
	assert_string_equal(b.buf, what);
	text_buf_reset(&b);
}

static void what_is_said_of_an_absence(void **state)
{
	int64_t now = at(2026, 11, 23, 12, 0);
	(void)state;

	says("en", PROTO_OFFICE, at(2026, 11, 23, 14, 0), now, "");
	says("en", PROTO_PRESENCE_UNKNOWN, 0, now, "");
	says("en", PROTO_SICK, 0, now, "sick");
	says("en", PROTO_LUNCH, at(2026, 11, 23, 14, 30), now,
	     "lunch back today hour14 minute30 pm");
	says("de", PROTO_LUNCH, at(2026, 11, 23, 14, 30), now,
	     "lunch back today hour14 minute30");
	says("fr", PROTO_HOME, at(2026, 11, 24, 9, 0), now,
	     "home back tomorrow hour9");
	says("en", PROTO_VACATION, at(2026, 12, 24, 8, 5), now,
	     "vacation back weekday4 day24 month12 hour8 minute5 am");
	says("de", PROTO_VACATION, at(2026, 12, 24, 0, 0), now,
	     "vacation back weekday4 day24 month12 hour0");
	says("de", PROTO_VACATION, at(2027, 11, 23, 0, 1), now,
	     "vacation back weekday2 day23 month11 year2027 hour0 minute1");
	/* it has passed, or that second is now */
	says("en", PROTO_MEETING, now - 1, now, "meeting");
	says("en", PROTO_MEETING, now, now, "meeting");
	/* a year that has no word: better no date than a wrong one */
	says("en", PROTO_VACATION, at(2099, 5, 1, 8, 0), now, "vacation");
	/* seconds before and after midnight, and where the clocks change */
	says("de", PROTO_BREAK, at(2026, 11, 24, 0, 0),
	     at(2026, 11, 23, 23, 59), "break back tomorrow hour0");
	says("de", PROTO_BREAK, at(2026, 10, 26, 0, 30),
	     at(2026, 10, 25, 0, 30), "break back tomorrow hour0 minute30");
	says("de", PROTO_BREAK, at(2027, 3, 29, 0, 30), at(2027, 3, 28, 0, 30),
	     "break back tomorrow hour0 minute30");
	/* over New Year */
	says("de", PROTO_BREAK, at(2027, 1, 1, 9, 0), at(2026, 12, 31, 9, 0),
	     "break back tomorrow hour9");
}

/** Any time has a saying that fits together, and says that time. */
static void any_time_can_be_said(void **state)
{
	static const char *const languages[] = {"en", "de", "fr", "", "xx"};
	uint64_t random = 1878;
	(void)state;

	for (unsigned i = 0; i < 200000; i++) {
		struct db_presence p = {.state = PROTO_MEETING + i % 8};
		const char *language = prompt_language(languages[i % 5]);
		enum prompt piece[ANNOUNCE_MAX];
		int64_t now, span;
		size_t n, k = 1;
		time_t t;
		struct tm tm;

		random = random * 6364136223846793005u + 1442695040888963407u;
		now = at(2026, 1, 1, 0, 0) +
		      (int64_t)(random >> 33) % (20LL * 365 * 86400) * 1000;
		random = random * 6364136223846793005u + 1442695040888963407u;
		span = (int64_t)(random >> 20) % (86400000LL << i % 14);
		p.until_ms = now + span - 3600000;
		n = announce(piece, language, &p, now);
		assert_in_range(n, 1, ANNOUNCE_MAX);
		for (size_t j = 0; j < n; j++) {
			assert_in_range(piece[j], 0, PROMPT_COUNT - 1);
			assert_non_null(prompt_names[piece[j]]);
		}
		assert_int_equal(piece[0], PROMPT_STATE + p.state);
		if (n == 1)
			continue;
		assert_true(p.until_ms > now);
		t = (time_t)(p.until_ms / 1000);
		localtime_r(&t, &tm);
		assert_int_equal(piece[k++], PROMPT_BACK);
		if (piece[k] == PROMPT_TODAY || piece[k] == PROMPT_TOMORROW) {
			assert_true(p.until_ms - now < 49 * 3600000LL);
			k++;
		} else {
			assert_int_equal(piece[k++],
					 PROMPT_WEEKDAY + tm.tm_wday);
			assert_int_equal(piece[k++], PROMPT_DAY + tm.tm_mday);
			assert_int_equal(piece[k++],
					 PROMPT_MONTH + tm.tm_mon + 1);
			if (piece[k] >= PROMPT_YEAR && piece[k] < PROMPT_HOUR)
				assert_int_equal(piece[k++],
						 PROMPT_YEAR + tm.tm_year +
							 1900 -
							 PROMPT_YEAR_FIRST);
			else
				assert_true(p.until_ms - now <
					    302 * 86400000LL);
		}
		assert_int_equal(piece[k++], PROMPT_HOUR + tm.tm_hour);
		if (tm.tm_min)
			assert_int_equal(piece[k++], PROMPT_MINUTE + tm.tm_min);
		if (text_equal(language, "en"))
			assert_int_equal(piece[k++], tm.tm_hour < 12
							     ? PROMPT_AM
							     : PROMPT_PM);
		assert_int_equal(k, n);
	}
}

static void who_may_know_of_it(void **state)
{
	struct db_account a = {.extension = "201"};
	(void)state;

	a.presence.visibility = DB_VISIBLE_ALL;
	assert_true(announce_allowed(&a, false));
	assert_true(announce_allowed(&a, true));
	a.presence.visibility = DB_VISIBLE_INSIDE;
	assert_true(announce_allowed(&a, false));
	assert_false(announce_allowed(&a, true));
	a.presence.visibility = DB_VISIBLE_NOBODY;
	assert_false(announce_allowed(&a, false));
	assert_false(announce_allowed(&a, true));
}

#define HOUSE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE(absent_they_go_to_the_own_box),
		HOUSE(each_state_has_its_own),
		HOUSE(the_mobile_number_is_the_one_of_now),
		HOUSE(a_box_of_several_is_for_who_has_none),
		HOUSE(what_comes_first),
		HOUSE(nobody_calls_in_a_circle),
		HOUSE(in_suite_the_administrator_says_where),
		HOUSE(in_suite_some_come_back_by_themselves),
		HOUSE(a_phone_dials_a_state),
		HOUSE(what_is_said_of_an_absence),
		cmocka_unit_test(any_time_can_be_said),
		cmocka_unit_test(who_may_know_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
