/**
 * @file phone_watch.c  The phone writes, is written to, and watches others
 */
#include <offhook/client/phone.h>
#include "sip_pair.h"

static struct {
	struct phone *phone;
	bool registered, takes;
	unsigned texts, results;
	char *number, *text;
	uint64_t id;
	unsigned code;
	enum phone_lamp lamp;
	unsigned lamps;
	char *peer, *of;
	bool waiting;
	unsigned new_messages, boxes;
} N;

static void on_registered(bool registered, const char *reason, bool refused,
			  void *arg)
{
	(void)reason;
	(void)refused;
	(void)arg;
	N.registered = registered;
}

static bool on_message(const char *number, const char *name, const char *text,
		       void *arg)
{
	(void)name;
	(void)arg;
	N.texts++;
	text_set(&N.number, number);
	text_set(&N.text, text);
	return N.takes;
}

static void on_result(uint64_t id, unsigned code, const char *reason, void *arg)
{
	(void)reason;
	(void)arg;
	N.results++;
	N.id = id;
	N.code = code;
}

static void on_lamp(const char *number, enum phone_lamp lamp, const char *peer,
		    void *arg)
{
	(void)arg;
	N.lamps++;
	N.lamp = lamp;
	text_set(&N.of, number);
	text_set(&N.peer, peer);
}

static void on_voicemail(bool waiting, unsigned new_messages,
			 unsigned old_messages, void *arg)
{
	(void)arg;
	(void)old_messages;
	N.boxes++;
	N.waiting = waiting;
	N.new_messages = new_messages;
}

static bool is_registered(void *arg)
{
	(void)arg;
	return N.registered;
}

static bool has_result(void *arg)
{
	(void)arg;
	return N.results > 0;
}

static bool is_watched(void *arg)
{
	(void)arg;
	return P.watcher != NULL;
}

static bool is_lit(void *arg)
{
	(void)arg;
	return N.lamp == PHONE_LAMP_RINGING;
}

static bool has_box(void *arg)
{
	(void)arg;
	return N.boxes > 0;
}

static bool is_gone(void *arg)
{
	(void)arg;
	return P.closed > 0;
}

static void log_in(void)
{
	char registrar[64];
	struct phone_account acc = {.user = "a", .secret = "secret"};

	re_snprintf(registrar, sizeof(registrar), "%J", &P.addr);
	acc.domain = registrar;
	assert_int_equal(phone_set_account(N.phone, &acc), 0);
	assert_true(until(is_registered, NULL));
}

static int setup(void **state)
{
	const struct phone_handlers h = {
		.registered = on_registered,
		.message = on_message,
		.message_result = on_result,
		.lamp = on_lamp,
		.voicemail = on_voicemail,
	};

	memset(&N, 0, sizeof(N));
	N.takes = true;
	pair_setup(state);
	assert_int_equal(phone_alloc(&N.phone, &h, NULL), 0);
	return 0;
}

static void stop(void *arg)
{
	*(bool *)arg = true;
}

static bool is_true(void *arg)
{
	return *(bool *)arg;
}

static int teardown(void **state)
{
	bool over = false;

	phone_close(N.phone, stop, &over);
	assert_true(until(is_true, &over));
	mem_deref(N.phone);
	free(N.number);
	free(N.text);
	free(N.peer);
	free(N.of);
	return pair_teardown(state);
}

static struct sip_page *page;
static uint16_t page_code;

static void on_page(struct sip_page *p, uint16_t code, const char *reason,
		    void *arg)
{
	(void)p;
	(void)reason;
	(void)arg;
	page_code = code;
}

static bool page_is_told(void *arg)
{
	(void)arg;
	return page_code != 0;
}

static void tell_phone(const char *text)
{
	const struct sip_page_prm prm = {
		.to_uri = P.contact,
		.from_user = "202",
		.peer = &P.source,
		.text = text,
	};

	page_code = 0;
	assert_int_equal(sip_page_send(&page, P.server, &prm, on_page, NULL),
			 0);
	assert_true(until(page_is_told, NULL));
	page = mem_deref(page);
}

static void texts_go_both_ways(void **state)
{
	uint64_t id = 0;
	(void)state;

	assert_int_equal(phone_message(N.phone, "202", "x", &id), ENOTCONN);
	log_in();
	assert_int_equal(phone_message(N.phone, "", "x", &id), EINVAL);
	assert_int_equal(phone_message(N.phone, "202", "", &id), EINVAL);
	assert_int_equal(phone_message(N.phone, "202", "Grüße", &id), 0);
	assert_true(id != 0);
	assert_true(until(has_result, NULL));
	assert_int_equal(N.code, 200);
	assert_true(N.id == id);
	assert_string_equal(P.text, "Grüße");

	tell_phone("hallo");
	assert_int_equal(page_code, 200);
	assert_string_equal(N.text, "hallo");
	assert_string_equal(N.number, "202");
	/* what nobody keeps has not arrived */
	N.takes = false;
	tell_phone("lost");
	assert_int_equal(page_code, 480);
}

static void lamps_are_watched_for_each_account(void **state)
{
	static const char *const numbers[] = {"202", "202"};
	const struct sip_lamp_call rings = {"1", SIP_LAMP_EARLY, true, "200",
					    ""};
	(void)state;

	assert_int_equal(phone_watch(N.phone, numbers, 2), 0);
	log_in();
	assert_true(until(is_watched, NULL));
	assert_string_equal(P.watched, "202");
	assert_int_equal(P.subscribes, 1);
	assert_int_equal(sip_watcher_lamp(P.watcher, &rings, 1), 0);
	assert_true(until(is_lit, NULL));
	assert_string_equal(N.of, "202");
	assert_string_equal(N.peer, "200");
	/* the same again changes nothing, none ends it */
	assert_int_equal(phone_watch(N.phone, numbers, 1), 0);
	assert_int_equal(phone_watch(N.phone, NULL, 0), 0);
	assert_true(until(is_gone, NULL));
	assert_int_equal(P.subscribes, 1);
	assert_int_equal(phone_watch(N.phone, NULL, 1), EINVAL);
	assert_int_equal(phone_watch(N.phone, numbers, PHONE_WATCH_MAX + 1),
			 EINVAL);
}

static void voicemail_is_watched(void **state)
{
	const struct sip_messages m = {true, 4, 0, 0, 0};
	(void)state;

	log_in();
	assert_int_equal(phone_watch_voicemail(N.phone, true), 0);
	assert_true(until(is_watched, NULL));
	assert_int_equal(P.package, SIP_EVENT_MESSAGES);
	assert_string_equal(P.watched, "a");
	assert_int_equal(sip_watcher_messages(P.watcher, &m), 0);
	assert_true(until(has_box, NULL));
	assert_true(N.waiting);
	assert_int_equal(N.new_messages, 4);
	assert_int_equal(phone_watch_voicemail(N.phone, false), 0);
	assert_true(until(is_gone, NULL));
}

#define PHONE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PHONE_TEST(texts_go_both_ways),
		PHONE_TEST(lamps_are_watched_for_each_account),
		PHONE_TEST(voicemail_is_watched),
	};

	return pair_main(tests, ARRAY_SIZE(tests));
}
