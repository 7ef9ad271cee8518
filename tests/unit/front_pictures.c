/**
 * @file front_pictures.c  Pictures of people: sent, seen by others, deleted
 */
#include "front_fixture.h"
#include "image_fixture.h"

#include <offhook/picture.h>

/* PictureSet of these bytes; what it was answered. */
static char *send_bytes(struct house *h, const char *session,
			const struct text_buf *image)
{
	size_t size = 4 * ((image->len + 2) / 3) + 1;
	char *text = malloc(size), *escaped, *query, *body;

	assert_int_equal(base64_encode((const uint8_t *)image->buf, image->len,
				       text, &size),
			 0);
	text[size] = '\0';
	escaped = calloc(3, size + 1);
	for (size_t i = 0, k = 0; i < size; i++)
		k += (size_t)sprintf(escaped + k,
				     strchr("+/=", text[i]) ? "%%%02X" : "%c",
				     (unsigned)text[i]);
	query = text_printf("cmd=PictureSet&picture=%s", escaped);
	body = ask(h, true, session, query);
	free(query);
	free(escaped);
	free(text);
	return body;
}

static char *send_png(struct house *h, const char *session, uint32_t width,
		      uint32_t height, uint32_t rgb)
{
	struct text_buf png = {0};
	char *body;

	image_png(&png, width, height, rgb);
	body = send_bytes(h, session, &png);
	text_buf_reset(&png);
	return body;
}

static const char *version(const struct house *h, const char *user)
{
	const struct db_account *a = db_account(h->office->db, user);

	return a ? a->picture : "";
}

static void a_picture_is_seen_by_others(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201"), *body, *query;

	EXPECT(send_png(h, h->session, 100, 60, 0x336699), "\"picture\":\"");
	assert_int_equal(strlen(version(h, "200")), 32);
	EXPECT(events(h, other), "\"type\":\"DirectoryEvent\"", "\"int:200\"",
	       version(h, "200"));
	EXPECT(get(h, "cmd=Directory"), version(h, "200"));
	query = text_printf("cmd=PictureGet&user=200&version=%s",
			    version(h, "200"));
	body = ask(h, false, other, query);
	assert_memory_equal(body, "\xff\xd8\xff", 3);
	free(body);
	free(query);
	free(other);
}

static void another_one_has_another_version(void **state)
{
	struct house *h = *state;
	char *first;

	free(send_png(h, h->session, 100, 60, 0x336699));
	first = strdup(version(h, "200"));
	free(send_png(h, h->session, 100, 60, 0x993333));
	assert_string_not_equal(first, version(h, "200"));
	EXPECT(get(h, "cmd=PictureGet&user=200&version=0123"), "NOT_FOUND");
	/* the same one is the same again */
	free(send_png(h, h->session, 100, 60, 0x336699));
	assert_string_equal(first, version(h, "200"));
	free(first);
}

static void a_picture_is_deleted(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201");

	free(send_png(h, h->session, 100, 60, 0x336699));
	EXPECT(events(h, other), "\"picture\"");
	EXPECT(post(h, "cmd=PictureDelete"), "{\"picture\":\"\"}");
	assert_string_equal(version(h, "200"), "");
	EXPECT(events(h, other), "\"int:200\"", "!\"picture\"");
	EXPECT(get(h, "cmd=PictureGet&user=200"), "NOT_FOUND");
	/* there is none: it is gone all the same */
	EXPECT(post(h, "cmd=PictureDelete"), "{\"picture\":\"\"}");
	free(other);
}

static void what_is_no_good_is_refused_with_its_reason(void **state)
{
	struct house *h = *state;
	struct text_buf b = {0};

	EXPECT(send_png(h, h->session, 39, 40, 0), "TOO_SMALL");
	EXPECT(send_png(h, h->session, 60000, 60000, 0), "TOO_LARGE");
	text_buf_add(&b, "GIF89a and more of it");
	EXPECT(send_bytes(h, h->session, &b), "NO_PICTURE");
	text_buf_reset(&b);
	image_png(&b, 60, 60, 0);
	b.len /= 2;
	EXPECT(send_bytes(h, h->session, &b), "NO_PICTURE");
	image_png(&b, 60, 60, 0);
	while (b.len <= PICTURE_BYTES_MAX)
		text_buf_add_n(&b, "", 1);
	EXPECT(send_bytes(h, h->session, &b), "TOO_LARGE");
	text_buf_reset(&b);
	EXPECT(post(h, "cmd=PictureSet"), "NO_PICTURE");
	EXPECT(post(h, "cmd=PictureSet&picture=..."), "\"error\"");
	assert_string_equal(version(h, "200"), "");
}

static void it_is_changed_by_post_and_by_who_is_logged_in(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=PictureDelete"), "NOT_ALLOWED");
	EXPECT(ask(h, true, "", "cmd=PictureDelete"), "NOT_LOGGED_IN");
	EXPECT(ask(h, false, "", "cmd=PictureGet&user=200"), "NOT_LOGGED_IN");
	EXPECT(get(h, "cmd=PictureGet&user=999"), "NOT_FOUND");
	EXPECT(get(h, "cmd=PictureGet"), "NOT_FOUND");
}

static void nobody_changes_it_all_the_time(void **state)
{
	struct house *h = *state;

	for (int i = 0; i < 10; i++)
		EXPECT(post(h, "cmd=PictureDelete"), "\"picture\"");
	EXPECT(post(h, "cmd=PictureDelete"), "TOO_MANY");
}

static void it_is_there_after_a_restart(void **state)
{
	struct house *h = *state;
	char *was;

	free(send_png(h, h->session, 100, 60, 0x336699));
	was = strdup(version(h, "200"));
	assert_int_equal(db_reload(h->office->db), 0);
	db_sync(h->office->db, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	assert_string_equal(version(h, "200"), was);
	free(was);
}

/* The front goes while one is being looked at: nobody is told. */
static void an_end_may_come_meanwhile(void **state)
{
	struct house *h = *state;
	struct reply r;
	char *form;

	form = text_printf("gsSession=%s&picture=iVBORw0KGgoAAAA", h->session);
	ask_begin(h, &r, true, PROTO_PATH, "cmd=PictureSet", form);
	free(form);
	h->front = mem_deref(h->front);
	r.request = request_drop(r.request);
	free(r.body);
}

static void a_plain_server_says_nothing_of_it(void **state)
{
	struct house *h = *state;

	free(send_png(h, h->session, 100, 60, 0x336699));
	h->front = mem_deref(h->front);
	front_open(h, true, FRONT_SMART);
	free(h->session);
	h->session = login(h, "200");
	EXPECT(post(h, "cmd=PictureDelete"), "UNKNOWN_COMMAND");
	EXPECT(get(h, "cmd=PictureGet&user=200"), "UNKNOWN_COMMAND");
	EXPECT(get(h, "cmd=PhBookSearch&searchTerm=Nutt"), "int:200",
	       "!icture");
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		T(a_picture_is_seen_by_others),
		T(another_one_has_another_version),
		T(a_picture_is_deleted),
		T(what_is_no_good_is_refused_with_its_reason),
		T(it_is_changed_by_post_and_by_who_is_logged_in),
		T(nobody_changes_it_all_the_time),
		T(it_is_there_after_a_restart),
		T(an_end_may_come_meanwhile),
		T(a_plain_server_says_nothing_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
