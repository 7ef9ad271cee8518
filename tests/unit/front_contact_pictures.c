/**
 * @file front_contact_pictures.c  Pictures of personal contacts: sent one by
 * one or with an import, seen by all sessions of their owner
 */
#include "front_fixture.h"
#include "image_fixture.h"

#include <offhook/picture.h>

/* A command with these bytes as its `picture`. */
static char *send_bytes(struct house *h, const char *session,
			const char *command, const struct text_buf *image)
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
	query = text_printf("cmd=%s&picture=%s", command, escaped);
	body = ask(h, true, session, query);
	free(query);
	free(escaped);
	free(text);
	return body;
}

static char *send_png(struct house *h, const char *session, const char *command,
		      uint32_t side, uint32_t rgb)
{
	struct text_buf png = {0};
	char *body;

	image_png(&png, side, side, rgb);
	body = send_bytes(h, session, command, &png);
	text_buf_reset(&png);
	return body;
}

static char *set(struct house *h, const char *id, uint32_t side, uint32_t rgb)
{
	char *command = text_printf("ContactPictureSet&entryID=%s", id);
	char *body = send_png(h, h->session, command, side, rgb);

	free(command);
	return body;
}

/* What stands behind a name in an answer, to free(). */
static char *member(const char *body, const char *name)
{
	char *quoted = text_printf("\"%s\":\"", name);
	const char *at = strstr(body, quoted);
	char *value;

	if (!at)
		fail_msg("no %s in\n%s", name, body);
	at += strlen(quoted);
	value = strndup(at, strcspn(at, "\""));
	free(quoted);
	return value;
}

static int setup(void **state)
{
	int err = house_setup(state);

	free(post(*state, "cmd=ContactAdd&contact={\"lastName\":\"King\"}"));
	free(events(*state, ((struct house *)*state)->session));
	return err;
}

/* ---- one by one -------------------------------------------------------- */

static void all_sessions_of_the_owner_see_it(void **state)
{
	struct house *h = *state;
	char *mine = login(h, "200"), *other = login(h, "201");
	char *body = set(h, "per:1", 100, 0x336699), *version, *query;

	version = member(body, "picture");
	assert_int_equal(strlen(version), 32);
	EXPECT(body, "\"contact\":{\"id\":\"per:1\"", "!pictureKey");
	EXPECT(events(h, mine), "DirectoryEvent", "per:1", version);
	EXPECT(events(h, other), "!per:1");
	EXPECT(get(h, "cmd=Directory&directory=personal"), version);
	query = text_printf("cmd=ContactPictureGet&entryID=per:1&version=%s",
			    version);
	body = ask(h, false, mine, query);
	assert_memory_equal(body, "\xff\xd8\xff", 3);
	free(body);
	/* nobody else has it, with or without its version */
	EXPECT(ask(h, false, other, query), "NOT_FOUND");
	EXPECT(ask(h, false, other, "cmd=ContactPictureGet&entryID=per:1"),
	       "NOT_FOUND");
	EXPECT(get(h, "cmd=ContactPictureGet&entryID=per:1&version=0"),
	       "NOT_FOUND");
	free(query);
	free(version);
	free(mine);
	free(other);
}

static void it_is_deleted_by_its_owner(void **state)
{
	struct house *h = *state;
	char *mine = login(h, "200"), *other = login(h, "201");

	free(set(h, "per:1", 100, 0x336699));
	free(events(h, mine));
	EXPECT(ask(h, true, other, "cmd=ContactPictureDelete&entryID=per:1"),
	       "NOT_FOUND");
	EXPECT(send_png(h, other, "ContactPictureSet&entryID=per:1", 60, 0),
	       "NOT_FOUND");
	EXPECT(post(h, "cmd=ContactPictureDelete&entryID=per:1"), "per:1",
	       "!icture");
	EXPECT(events(h, mine), "per:1", "!icture");
	EXPECT(get(h, "cmd=ContactPictureGet&entryID=per:1"), "NOT_FOUND");
	/* there is none: it is gone all the same */
	EXPECT(post(h, "cmd=ContactPictureDelete&entryID=per:1"), "per:1");
	free(mine);
	free(other);
}

static void a_change_of_the_contact_keeps_it(void **state)
{
	struct house *h = *state;

	free(set(h, "per:1", 100, 0x336699));
	EXPECT(post(h, "cmd=ContactChange&contact={\"id\":\"per:1\","
		       "\"lastName\":\"Lovelace\",\"picture\":\"0\","
		       "\"pictureKey\":\"none\"}"),
	       "Lovelace", "\"picture\":\"", "!\"0\"", "!pictureKey");
	EXPECT(post(h, "cmd=ContactDelete&entryID=per:1"), "{}");
	EXPECT(post(h, "cmd=ContactAdd&contact={\"id\":\"per:1\","
		       "\"lastName\":\"Lovelace\"}"),
	       "\"picture\":\"");
}

static void what_is_no_good_is_refused_with_its_reason(void **state)
{
	struct house *h = *state;
	const char *command = "ContactPictureSet&entryID=per:1";
	struct text_buf b = {0};

	EXPECT(set(h, "per:1", 39, 0), "TOO_SMALL");
	EXPECT(set(h, "per:1", 60000, 0), "TOO_LARGE");
	text_buf_add(&b, "GIF89a and more of it");
	EXPECT(send_bytes(h, h->session, command, &b), "NO_PICTURE");
	text_buf_reset(&b);
	image_png(&b, 60, 60, 0);
	b.len /= 2;
	EXPECT(send_bytes(h, h->session, command, &b), "NO_PICTURE");
	text_buf_reset(&b);
	EXPECT(set(h, "per:9", 60, 0), "NOT_FOUND");
	EXPECT(set(h, "int:201", 60, 0), "NOT_FOUND");
	EXPECT(set(h, "", 60, 0), "NOT_FOUND");
	EXPECT(get(h, "cmd=ContactPictureSet&entryID=per:1"), "NOT_ALLOWED");
	EXPECT(ask(h, true, "", "cmd=ContactPictureDelete&entryID=per:1"),
	       "NOT_LOGGED_IN");
	assert_int_equal(office_set(h->office, "contact_pictures_max", "0"), 0);
	EXPECT(set(h, "per:1", 60, 0), "TOO_MANY");
	EXPECT(get(h, "cmd=Directory&directory=personal"), "!icture");
}

static void nobody_changes_them_all_the_time(void **state)
{
	struct house *h = *state;

	for (int i = 0; i < 60; i++)
		EXPECT(post(h, "cmd=ContactPictureDelete&entryID=per:1"),
		       "per:1");
	EXPECT(post(h, "cmd=ContactPictureDelete&entryID=per:1"), "BUSY");
	/* one's own is another matter */
	EXPECT(post(h, "cmd=PictureDelete"), "\"picture\"");
}

static void suite_and_plain_servers_have_nothing_of_it(void **state)
{
	struct house *h = *state;

	free(set(h, "per:1", 100, 0x336699));
	h->front = mem_deref(h->front);
	front_open(h, false, FRONT_SUITE);
	free(h->session);
	h->session = login(h, "200");
	EXPECT(set(h, "per:1", 60, 0), "NOT_ALLOWED");
	EXPECT(post(h, "cmd=ContactPictureDelete&entryID=per:1"),
	       "NOT_ALLOWED");
	/* another client manages them there: they are seen */
	EXPECT(get(h, "cmd=ContactPictureGet&entryID=per:1"), "!error");
	h->front = mem_deref(h->front);
	front_open(h, true, FRONT_SMART);
	free(h->session);
	h->session = login(h, "200");
	EXPECT(post(h, "cmd=ContactPictureDelete&entryID=per:1"),
	       "UNKNOWN_COMMAND");
	EXPECT(get(h, "cmd=PhBookSearch&searchTerm=King"), "!icture");
}

/* ---- with an import ---------------------------------------------------- */

static char *begin(struct house *h)
{
	char *body = post(h, "cmd=ContactsImport&step=begin");
	char *id = member(body, "import");

	free(body);
	return id;
}

static char *step(struct house *h, const char *import, const char *rest)
{
	char *q = text_printf("cmd=ContactsImport&import=%s&step=%s", import,
			      rest);
	char *body = post(h, q);

	free(q);
	return body;
}

static char *import_png(struct house *h, const char *import, uint32_t side,
			uint32_t rgb)
{
	char *command =
		text_printf("ContactsImport&import=%s&step=picture", import);
	char *body = send_png(h, h->session, command, side, rgb);

	free(command);
	return body;
}

static char *put(struct house *h, const char *import, const char *id,
		 const char *picture)
{
	char *rest = text_printf("put&part=0&contacts=[{\"id\":\"%s\",\"key\":"
				 "\"a\",\"lastName\":\"Ader\","
				 "\"pictureKey\":\"%s\"}]",
				 id, picture);
	char *body = step(h, import, rest);

	free(rest);
	return body;
}

static void an_import_brings_pictures(void **state)
{
	struct house *h = *state;
	char *import = begin(h), *body = import_png(h, import, 100, 0x336699);
	char *key = member(body, "pictureKey");

	assert_int_equal(strlen(key), 32);
	free(body);
	/* once more, since its answer was lost */
	EXPECT(import_png(h, import, 100, 0x336699), key);
	EXPECT(put(h, import, "", key), "{}");
	EXPECT(step(h, import, "commit&count=1"),
	       "{\"added\":1,\"updated\":0}");
	assert_int_equal(h->front->staged, 0);
	EXPECT(get(h, "cmd=Directory&directory=personal"), key,
	       "\"picture\":\"", "\"handMade\":false");
	free(import);
	/* one that nobody can use is noted, and leaves what there is */
	import = begin(h);
	EXPECT(import_png(h, import, 20, 0), "TOO_SMALL");
	EXPECT(import_png(h, import, 20, 0), "NO_PICTURE");
	EXPECT(put(h, import, "per:2", key), "{}");
	EXPECT(step(h, import, "commit&count=1"),
	       "{\"added\":0,\"updated\":1}");
	EXPECT(get(h, "cmd=ContactPictureGet&entryID=per:2"), "!error");
	free(import);
	import = begin(h);
	EXPECT(put(h, import, "per:2", "none"), "{}");
	EXPECT(step(h, import, "commit&count=1"), "\"updated\":1");
	EXPECT(get(h, "cmd=Directory&directory=personal"), "!icture");
	free(import);
	free(key);
}

static void an_import_of_them_has_its_bounds(void **state)
{
	struct house *h = *state;
	char *import = begin(h), *body, *key;

	EXPECT(import_png(h, "0", 60, 0), "NOT_FOUND");
	EXPECT(put(h, import, "", "0123"), "{}");
	EXPECT(step(h, import, "commit&count=1"), "BAD_PARAMETER");
	free(import);
	import = begin(h);
	assert_int_equal(office_set(h->office, "contact_pictures_max", "1"), 0);
	body = import_png(h, import, 60, 1);
	key = member(body, "pictureKey");
	free(body);
	EXPECT(import_png(h, import, 60, 2), "TOO_MANY");
	/* somebody else's way, since then: the contact comes without */
	free(set(h, "per:1", 60, 3));
	EXPECT(put(h, import, "", key), "{}");
	EXPECT(step(h, import, "commit&count=1"),
	       "{\"added\":1,\"updated\":0,\"pictureless\":1}");
	free(import);
	/* what is given up is forgotten */
	assert_int_equal(office_set(h->office, "contact_pictures_max", "9"), 0);
	import = begin(h);
	free(import_png(h, import, 60, 4));
	assert_true(h->front->staged > 0);
	EXPECT(step(h, import, "cancel"), "{}");
	assert_int_equal(h->front->staged, 0);
	EXPECT(import_png(h, import, 60, 5), "NOT_FOUND");
	free(import);
	free(key);
}

/* Of other users there may be more, and those that are set by hand are none of
   these. */
static void an_import_has_one_looked_at_at_a_time(void **state)
{
	struct house *h = *state;
	char *import = begin(h), *other = login(h, "201"), *body, *id, *command;
	char *form = text_printf("gsSession=%s&step=picture&import=%s&"
				 "picture=iVBORw0KGgoAAAA",
				 h->session, import);
	struct reply r;

	body = ask(h, true, other, "cmd=ContactsImport&step=begin");
	id = member(body, "import");
	free(body);
	command = text_printf("ContactsImport&import=%s&step=picture", id);
	ask_begin(h, &r, true, PROTO_PATH, "cmd=ContactsImport", form);
	EXPECT(import_png(h, import, 60, 0), "BUSY");
	EXPECT(send_png(h, other, command, 60, 0), "pictureKey");
	EXPECT(ask_end(&r), "NO_PICTURE");
	ask_begin(h, &r, true, PROTO_PATH, "cmd=ContactsImport", form);
	EXPECT(set(h, "per:1", 60, 0), "per:1");
	/* what was no good is so at once */
	EXPECT(ask_end(&r), "NO_PICTURE");
	free(command);
	free(form);
	free(other);
	free(id);
	free(import);
}

/* The import, or the session, ends while one is being looked at. */
static void an_end_may_come_meanwhile(void **state)
{
	struct house *h = *state;
	char *import = begin(h), *form;
	struct reply r;

	form = text_printf("gsSession=%s&step=picture&import=%s&"
			   "picture=iVBORw0KGgoAAAA",
			   h->session, import);
	ask_begin(h, &r, true, PROTO_PATH, "cmd=ContactsImport", form);
	EXPECT(step(h, import, "cancel"), "{}");
	EXPECT(ask_end(&r), "NOT_FOUND");
	free(form);
	free(import);
	import = begin(h);
	form = text_printf("gsSession=%s&step=picture&import=%s&"
			   "picture=iVBORw0KGgoAAAA",
			   h->session, import);
	ask_begin(h, &r, true, PROTO_PATH, "cmd=ContactsImport", form);
	h->front = mem_deref(h->front);
	r.request = request_drop(r.request);
	free(r.body);
	free(form);
	free(import);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, house_teardown)
	const struct CMUnitTest tests[] = {
		T(all_sessions_of_the_owner_see_it),
		T(it_is_deleted_by_its_owner),
		T(a_change_of_the_contact_keeps_it),
		T(what_is_no_good_is_refused_with_its_reason),
		T(nobody_changes_them_all_the_time),
		T(suite_and_plain_servers_have_nothing_of_it),
		T(an_import_brings_pictures),
		T(an_import_of_them_has_its_bounds),
		T(an_import_has_one_looked_at_at_a_time),
		T(an_end_may_come_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
