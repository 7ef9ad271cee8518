/**
 * @file front_contacts.c  Personal contacts: added, changed, deleted, imported
 */
#include "front_fixture.h"

#define JSON_BERTA                                                    \
	"{\"firstName\":\"Berta\",\"lastName\":\"Benz\",\"company\":" \
	"\"Motor\","                                                  \
	"\"email\":\"b@benz.example\",\"numbers\":["                  \
	"{\"kind\":\"mobile\",\"number\":\"%2B49 171 555\"}]}"

static char *add(struct house *h, const char *contact)
{
	char *q = text_printf("cmd=ContactAdd&contact=%s", contact);
	char *body = post(h, q);

	free(q);
	return body;
}

static void one_is_added_and_named_at_once(void **state)
{
	struct house *h = *state;
	char *other = login(h, "200"), *stranger = login(h, "201");

	EXPECT(add(h, JSON_BERTA),
	       "{\"contact\":{\"id\":\"per:1\",\"directory\":\"personal\","
	       "\"name\":\"Berta Benz\"",
	       "{\"kind\":\"mobile\",\"number\":\"+49 171 555\"}", "!key");
	assert_string_equal(db_name_of(h->office->db, "200", "00171555"),
			    "Berta Benz");
	assert_null(db_name_of(h->office->db, "201", "00171555"));
	/* Both of the user's clients learn it, nobody else. */
	EXPECT(events(h, h->session), "DirectoryEvent", "per:1");
	EXPECT(events(h, other), "DirectoryEvent", "per:1");
	EXPECT(events(h, stranger), "!DirectoryEvent");
	EXPECT(get(h, "cmd=ContactAdd&contact={}"), "NOT_ALLOWED");
	free(other);
	free(stranger);
}

static void what_is_wrong_with_one_is_refused(void **state)
{
	struct house *h = *state;

	EXPECT(add(h, "{}"), "BAD_PARAMETER");
	EXPECT(add(h, "no json"), "BAD_PARAMETER");
	EXPECT(add(h, "{\"email\":\"a@b.example\"}"), "BAD_PARAMETER");
	EXPECT(add(h, "{\"lastName\":\"X\",\"numbers\":[{\"kind\":\"mobile\","
		      "\"number\":\"call me\"}]}"),
	       "BAD_PARAMETER");
	EXPECT(add(h, "{\"lastName\":\"X\",\"numbers\":[{\"kind\":\"fax\","
		      "\"number\":\"123\"}]}"),
	       "BAD_PARAMETER");
	EXPECT(add(h, "{\"lastName\":\"X\",\"numbers\":["
		      "{\"kind\":\"mobile\",\"number\":\"123\"},"
		      "{\"kind\":\"mobile\",\"number\":\"124\"}]}"),
	       "BAD_PARAMETER");
	EXPECT(post(h, "cmd=ContactAdd"), "BAD_PARAMETER");
	EXPECT(post(h, "cmd=ContactChange&contact=" JSON_BERTA), "NOT_FOUND");
	EXPECT(post(h, "cmd=ContactDelete&entryID=int:201"), "NOT_ALLOWED");
	EXPECT(post(h, "cmd=ContactDelete&entryID=per:1"), "NOT_FOUND");
	EXPECT(get(h, "cmd=Directory&directory=personal"), "\"total\":0");
}

static void one_is_changed_deleted_and_restored(void **state)
{
	struct house *h = *state;
	char *stranger = login(h, "201");

	free(add(h, JSON_BERTA));
	EXPECT(post(h, "cmd=ContactChange&contact={\"id\":\"per:1\","
		       "\"lastName\":\"Ringer\",\"numbers\":[{\"kind\":"
		       "\"private\",\"number\":\"201\"}]}"),
	       "\"name\":\"Ringer\"", "\"company\":\"\"", "!mobile");
	assert_null(db_name_of(h->office->db, "200", "00171555"));
	EXPECT(ask(h, true, stranger, "cmd=ContactDelete&entryID=per:1"),
	       "NOT_FOUND");
	free(events(h, h->session));
	EXPECT(post(h, "cmd=ContactDelete&entryID=per:1"), "{}");
	EXPECT(events(h, h->session), "\"gone\":\"per:1\"");
	/* Back under its id; one that was never given is nobody's. */
	EXPECT(add(h, "{\"id\":\"per:1\",\"lastName\":\"Back\"}"),
	       "\"id\":\"per:1\"", "\"name\":\"Back\"");
	EXPECT(add(h, "{\"id\":\"per:1\",\"lastName\":\"Twice\"}"),
	       "BAD_PARAMETER");
	EXPECT(add(h, "{\"id\":\"per:7\",\"lastName\":\"Seven\"}"),
	       "BAD_PARAMETER");
	EXPECT(add(h, "{\"id\":\"glo:1\",\"lastName\":\"Seven\"}"),
	       "BAD_PARAMETER");
	free(stranger);
}

static void suite_manages_them_elsewhere(void **state)
{
	struct house *h = *state;
	char *session;

	h->front = mem_deref(h->front);
	front_open(h, false, FRONT_SUITE);
	session = login(h, "200");
	EXPECT(ask(h, true, session, "cmd=ContactAdd&contact=" JSON_BERTA),
	       "NOT_ALLOWED");
	EXPECT(ask(h, true, session, "cmd=ContactsImport&step=begin"),
	       "NOT_ALLOWED");
	free(session);
}

/* ---- imports ----------------------------------------------------------- */

static char *import_begin(struct house *h)
{
	char *body = post(h, "cmd=ContactsImport&step=begin");
	const char *s = strstr(body, "\"import\":\"");
	char *id;

	assert_non_null(s);
	id = strndup(s + 10, 32);
	free(body);
	return id;
}

static char *step(struct house *h, const char *id, const char *rest)
{
	char *q = text_printf("cmd=ContactsImport&import=%s&step=%s", id, rest);
	char *body = post(h, q);

	free(q);
	return body;
}

#define TWO                                                             \
	"[{\"key\":\"a\",\"lastName\":\"Ader\",\"numbers\":[{\"kind\":" \
	"\"business\",\"number\":\"00894711\"}]},"                      \
	"{\"key\":\"b\",\"lastName\":\"Bell\"}]"

static void import_two(struct house *h)
{
	char *id = import_begin(h);

	EXPECT(step(h, id, "put&part=0&contacts=" TWO), "{}");
	/* One that comes again is there already. */
	EXPECT(step(h, id, "put&part=0&contacts=" TWO), "{}");
	EXPECT(step(h, id, "put&part=2&contacts=" TWO), "INVALID_STATE");
	EXPECT(get(h, "cmd=Directory&directory=personal"), "\"total\":0");
	EXPECT(step(h, id, "commit&count=2"), "{\"added\":2,\"updated\":0}");
	EXPECT(step(h, id, "commit&count=2"), "NOT_FOUND");
	free(id);
}

static bool is_ader(void *arg)
{
	struct office *o = arg;

	return text_equal(db_name_of(o->db, "200", "00894711"), "Ader");
}

static void many_come_in_parts_and_at_once(void **state)
{
	struct house *h = *state;

	import_two(h);
	EXPECT(get(h, "cmd=Directory&directory=personal"), "\"total\":2",
	       "\"key\":\"a\",\"handMade\":false");
	EXPECT(events(h, h->session),
	       "{\"type\":\"DirectoryEvent\",\"directory\":\"personal\"}");
	assert_true(until(is_ader, h->office));
}

static void an_import_leaves_alone_what_was_changed_by_hand(void **state)
{
	struct house *h = *state;
	char *id;

	import_two(h);
	EXPECT(post(h, "cmd=ContactChange&contact={\"id\":\"per:1\","
		       "\"lastName\":\"Mine\"}"),
	       "\"key\":\"a\",\"handMade\":true");
	id = import_begin(h);
	EXPECT(step(h, id,
		    "put&part=0&contacts=[{\"id\":\"per:2\",\"key\":\"b\","
		    "\"lastName\":\"Bell 2\"},{\"id\":\"per:1\",\"key\":\"a\","
		    "\"lastName\":\"Theirs\"}]"),
	       "{}");
	EXPECT(step(h, id, "commit&count=2"), "INVALID_STATE");
	/* Nothing of it has happened. */
	EXPECT(get(h, "cmd=Directory&directory=personal"), "Mine", "!Theirs",
	       "!Bell 2");
	free(id);
	id = import_begin(h);
	EXPECT(step(h, id,
		    "put&part=0&contacts=[{\"id\":\"per:2\",\"key\":\"b\","
		    "\"lastName\":\"Bell 2\"}]"),
	       "{}");
	EXPECT(step(h, id, "commit&count=1"), "{\"added\":0,\"updated\":1}");
	EXPECT(get(h, "cmd=Directory&directory=personal"), "Bell 2",
	       "\"total\":2");
	free(id);
}

static void an_import_has_its_bounds(void **state)
{
	struct house *h = *state;
	char *id, *other = login(h, "201"), *q;

	assert_int_equal(office_set(h->office, "contacts_max", "1"), 0);
	id = import_begin(h);
	EXPECT(step(h, id, "put&part=0&contacts=[{\"lastName\":\"\"}]"),
	       "BAD_PARAMETER");
	EXPECT(step(h, id, "put&part=0&contacts=x"), "BAD_PARAMETER");
	EXPECT(step(h, id, "put&contacts=[]"), "BAD_PARAMETER");
	EXPECT(step(h, id, "dance"), "BAD_PARAMETER");
	EXPECT(step(h, "0", "commit&count=0"), "NOT_FOUND");
	/* Nobody has a part in another's. */
	q = text_printf("cmd=ContactsImport&step=put&part=0&contacts=" TWO
			"&import=%s",
			id);
	EXPECT(ask(h, true, other, q), "NOT_FOUND");
	free(q);
	EXPECT(step(h, id, "put&part=0&contacts=" TWO), "{}");
	EXPECT(step(h, id, "commit&count=2"), "TOO_MANY");
	EXPECT(get(h, "cmd=Directory&directory=personal"), "\"total\":0");
	free(id);
	id = import_begin(h);
	EXPECT(step(h, id, "put&part=0&contacts=" TWO), "{}");
	EXPECT(step(h, id, "commit&count=1"), "INVALID_STATE");
	free(id);
	id = import_begin(h);
	EXPECT(step(h, id, "put&part=0&contacts=" TWO), "{}");
	assert_true(h->front->staged > 0);
	EXPECT(step(h, id, "cancel"), "{}");
	assert_int_equal(h->front->staged, 0);
	free(id);
	id = import_begin(h);
	EXPECT(step(h, id, "put&part=0&contacts=" TWO), "{}");
	EXPECT(get(h, "cmd=Logout"), "LOGOUT");
	assert_int_equal(h->front->staged, 0);
	free(id);
	free(other);
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		T(one_is_added_and_named_at_once),
		T(what_is_wrong_with_one_is_refused),
		T(one_is_changed_deleted_and_restored),
		T(suite_manages_them_elsewhere),
		T(many_come_in_parts_and_at_once),
		T(an_import_leaves_alone_what_was_changed_by_hand),
		T(an_import_has_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
