/**
 * @file phone_order.c  Devices in the order of preference
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../src/client/phone/phone_int.h"
#include "until.h"

static struct sound_host *host;
static struct sound_order *order;
static char dir[] = "/tmp/order-XXXXXX";
static char *from, *to;
static enum phone_moved how;
static unsigned moves, failures;
static bool free_it;

static void on_moved(const char *f, const char *t, enum phone_moved h,
		     void *arg)
{
	(void)arg;
	text_set(&from, f);
	text_set(&to, t);
	how = h;
	moves++;
}

static void on_failed(const char *why, void *arg)
{
	(void)arg;
	assert_true(*why);
	failures++;
	if (free_it)
		order = mem_deref(order);
}

static const struct sound_order_handlers handlers = {on_moved, on_failed};

static int setup(void **state)
{
	(void)state;
	moves = failures = 0;
	free_it = false;
	strcpy(dir, "/tmp/order-XXXXXX");
	return loop_init(LOOP_FEW) || sound_host_alloc(&host, NULL, NULL) ||
			       !mkdtemp(dir)
		       ? -1
		       : 0;
}

static int teardown(void **state)
{
	(void)state;
	order = mem_deref(order);
	host = mem_deref(host);
	text_set(&from, NULL);
	text_set(&to, NULL);
	loop_close();
	return rmdir(dir);
}

static int make(enum phone_role role, const char *devices)
{
	order = mem_deref(order);
	return sound_order_alloc(&order, host, role, devices, &handlers, NULL);
}

static bool has_moved(void *arg)
{
	return moves >= *(unsigned *)arg;
}

static bool later(void *arg)
{
	return time_mono_ms() > *(uint64_t *)arg;
}

static void test_what_can_be_written(void **state)
{
	static const char *const good[] = {
		"auto",
		"none",
		"pulse",
		"alsa",
		"pulse:usb",
		" pulse:usb , auto ",
		"alsa:hw:0,1,none",
		"alsa:front:CARD=PCH,DEV=0, pulse:x",
		"file:/tmp/a, b.wav,none",
		"pulse:usb,headset", /* a name with a comma */
	};
	static const char *const bad[] = {
		"",	 ",",	       "usb",	"none:x", "file",
		"file:", "auto,none,", "alsa2", "pulse:", "none,,auto",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(make(PHONE_OUTPUT, good[i]), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(make(PHONE_OUTPUT, bad[i]), EINVAL);
}

/* Beside this program no driver is installed. */
static void test_the_next_one_is_used(void **state)
{
	int16_t samples[4];
	bool air = true;

	(void)state;
	assert_int_equal(make(PHONE_INPUT, "alsa:hw:0,1, pulse:x, none"), 0);
	assert_int_equal(sound_order_read(order, samples, 4, &air), 0);
	sound_order_start(order);
	assert_int_equal(moves, 1);
	assert_int_equal(failures, 0);
	assert_string_equal(from, "alsa:hw:0,1");
	assert_string_equal(to, "none");
	assert_int_equal(how, PHONE_MOVED_AWAY);
	assert_int_equal(sound_order_read(order, samples, 4, &air), 0);
	assert_false(air);
	/* Nothing has changed: nothing is said. */
	sound_order_kick(order);
	sound_order_stop(order);
	sound_order_start(order);
	assert_int_equal(moves, 2);
}

static void test_the_first_one_is_no_news(void **state)
{
	(void)state;
	assert_int_equal(make(PHONE_OUTPUT, "none, alsa:x"), 0);
	sound_order_start(order);
	sound_order_start(order);
	assert_int_equal(moves + failures, 0);
}

static void test_none_works(void **state)
{
	(void)state;
	assert_int_equal(make(PHONE_OUTPUT, "pulse:x"), 0);
	sound_order_start(order);
	assert_int_equal(failures, 1);
	assert_int_equal(moves, 0);
	sound_order_write(order, (const int16_t[2]){1, 2}, 2);
	free_it = true;
	sound_order_stop(order);
	sound_order_start(order);
	assert_int_equal(failures, 2);
	assert_null(order);
}

/* It is told later that it can't be written: the call goes on. */
static void test_a_file_fails_in_the_middle(void **state)
{
	const int16_t samples[960] = {1};
	uint64_t some_time = time_mono_ms() + 400;
	unsigned once = 1;
	char devices[100];

	(void)state;
	snprintf(devices, sizeof(devices), "file:%s/no/such.wav,none", dir);
	assert_int_equal(make(PHONE_OUTPUT, devices), 0);
	sound_order_start(order);
	assert_int_equal(moves, 0);
	sound_order_write(order, samples, 960);
	assert_true(until(has_moved, &once));
	assert_string_equal(to, "none");
	assert_int_equal(how, PHONE_MOVED_AWAY);
	/* for good: it is not tried again and again */
	sound_order_kick(order);
	assert_true(until(later, &some_time));
	assert_int_equal(moves, 1);
}

static unsigned seen;

static void on_files(void *arg)
{
	(void)arg;
	seen++;
}

static bool has_seen(void *arg)
{
	return seen > *(unsigned *)arg;
}

static void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void test_device_files(void **state)
{
	char snd[64], file[80];
	struct sound_watch *w;
	unsigned before = seen = 0;

	(void)state;
	snprintf(snd, sizeof(snd), "%s/snd", dir);
	snprintf(file, sizeof(file), "%s/pcmC0D0p", snd);
	assert_int_equal(sound_watch_alloc(&w, snd, on_files, NULL), 0);
	/* The first card brings the folder. */
	assert_int_equal(mkdir(snd, 0700), 0);
	assert_true(until(has_seen, &before));
	before = seen;
	touch(file);
	assert_true(until(has_seen, &before));
	before = seen;
	unlink(file);
	assert_true(until(has_seen, &before));
	/* And takes it with it; the next one is seen as well. */
	before = seen;
	rmdir(snd);
	assert_true(until(has_seen, &before));
	before = seen;
	assert_int_equal(mkdir(snd, 0700), 0);
	assert_true(until(has_seen, &before));
	before = seen;
	touch(file);
	assert_true(until(has_seen, &before));
	mem_deref(w);
	unlink(file);
	rmdir(snd);
	assert_int_not_equal(
		sound_watch_alloc(&w, "/no/such/snd", on_files, NULL), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_can_be_written),
		T(test_the_next_one_is_used),
		T(test_the_first_one_is_no_news),
		T(test_none_works),
		T(test_a_file_fails_in_the_middle),
		T(test_device_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
