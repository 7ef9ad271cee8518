/**
 * @file contact.c  Contacts on the wire
 */
#include "front_int.h"

#include <stdlib.h>
#include <strings.h>

static const char *const words[DB_DIRECTORY_COUNT] = {
	[DB_PERSONAL] = "personal", [DB_INTERNAL] = "internal",
	[DB_SYSTEM] = "system",	    [DB_GLOBAL] = "global",
	[DB_EXTERNAL] = "external",
};

const char *directory_word(enum db_directory d)
{
	return (unsigned)d < DB_DIRECTORY_COUNT ? words[d] : "";
}

bool directory_find(const char *word, enum db_directory *d)
{
	*d = (enum db_directory)DB_ALL_DIRECTORIES;
	if (text_empty(word))
		return true;
	for (int i = 0; i < DB_DIRECTORY_COUNT; i++) {
		if (!strcasecmp(words[i], word)) {
			*d = (enum db_directory)i;
			return true;
		}
	}
	return false;
}

/* How each kind of number is called in our JSON, and in the book's XML. */
static const struct {
	const char *kind;
	enum proto_element element;
} numbers[DB_NUMBER_COUNT] = {
	[DB_NUMBER_INTERNAL] = {"internal", PROTO_ELEMENT_EXTENSION},
	[DB_NUMBER_BUSINESS] = {"business", PROTO_ELEMENT_BUSINESS},
	[DB_NUMBER_BUSINESS_2] = {"business2", PROTO_ELEMENT_BUSINESS2},
	[DB_NUMBER_MOBILE] = {"mobile", PROTO_ELEMENT_MOBILE},
	[DB_NUMBER_PRIVATE] = {"private", PROTO_ELEMENT_PRIVATE},
	[DB_NUMBER_OTHER] = {"other", PROTO_ELEMENT_NUMBER},
};

static void add(struct json_writer *w, enum proto_member m, const char *s)
{
	json_add_string(w, proto_member(m), s ? s : "");
}

static void name_json(struct json_writer *w, const struct db_contact *c)
{
	bool person = !text_empty(c->first) || !text_empty(c->last);
	bool both = !text_empty(c->first) && !text_empty(c->last);
	char *name = person ? text_printf("%s%s%s", c->first, both ? " " : "",
					  c->last)
			    : text_dup(c->company);

	add(w, PROTO_MEMBER_NAME, name);
	free(name);
	add(w, PROTO_MEMBER_FIRST_NAME, c->first);
	add(w, PROTO_MEMBER_LAST_NAME, c->last);
}

static void picture_json(struct json_writer *w, const struct db *db,
			 const struct db_contact *c)
{
	const char *version = c->picture;
	const struct db_account *a;

	if (!db)
		return;
	if (c->directory == DB_INTERNAL) {
		a = db_account(db, c->number[DB_NUMBER_INTERNAL]);
		version = a ? a->picture : NULL;
	}
	if (!text_empty(version))
		add(w, PROTO_MEMBER_PICTURE, version);
	if (!text_empty(c->picture_key))
		add(w, PROTO_MEMBER_PICTURE_KEY, c->picture_key);
}

void contact_json(struct json_writer *w, const struct db *db,
		  const struct db_contact *c)
{
	bool internal = c->directory == DB_INTERNAL;

	json_object(w);
	add(w, PROTO_MEMBER_ID, c->id);
	add(w, PROTO_MEMBER_DIRECTORY, directory_word(c->directory));
	name_json(w, c);
	add(w, PROTO_MEMBER_COMPANY, c->company);
	add(w, PROTO_MEMBER_DEPARTMENT, c->department);
	add(w, PROTO_MEMBER_EMAIL, c->email);
	if (internal)
		add(w, PROTO_MEMBER_DEVICE, c->number[DB_NUMBER_INTERNAL]);
	picture_json(w, db, c);
	json_name(w, proto_member(PROTO_MEMBER_NUMBERS));
	json_array(w);
	for (unsigned i = 0; i < DB_NUMBER_COUNT; i++) {
		if (text_empty(c->number[i]))
			continue;
		json_object(w);
		add(w, PROTO_MEMBER_KIND, numbers[i].kind);
		add(w, PROTO_MEMBER_NUMBER, c->number[i]);
		json_end(w);
	}
	json_end(w);
	if (!text_empty(c->key)) {
		add(w, PROTO_MEMBER_KEY, c->key);
		json_add_bool(w, proto_member(PROTO_MEMBER_HAND_MADE),
			      c->hand_made);
	}
	json_end(w);
}

void account_json(struct json_writer *w, const struct db *db,
		  const struct db_account *a)
{
	bool named = !text_empty(a->first) || !text_empty(a->last);
	char *id = text_printf("%s:%s", db_directory_key(DB_INTERNAL),
			       a->extension);
	const struct db_contact c = {
		.id = id ? id : "",
		.directory = DB_INTERNAL,
		.owner = "",
		.first = a->first,
		.last = named ? a->last : a->name,
		.company = a->company,
		.department = a->department,
		.email = a->email,
		.number =
			{
				[DB_NUMBER_INTERNAL] = a->extension,
				[DB_NUMBER_MOBILE] = a->mobile,
				[DB_NUMBER_PRIVATE] = a->private_number,
			},
	};

	contact_json(w, db, &c);
	free(id);
}

/* ---- read -------------------------------------------------------------- */

static const struct {
	enum proto_member member;
	size_t at;
} texts[] = {
	{PROTO_MEMBER_ID, offsetof(struct db_contact, id)},
	{PROTO_MEMBER_FIRST_NAME, offsetof(struct db_contact, first)},
	{PROTO_MEMBER_LAST_NAME, offsetof(struct db_contact, last)},
	{PROTO_MEMBER_COMPANY, offsetof(struct db_contact, company)},
	{PROTO_MEMBER_DEPARTMENT, offsetof(struct db_contact, department)},
	{PROTO_MEMBER_EMAIL, offsetof(struct db_contact, email)},
	{PROTO_MEMBER_KEY, offsetof(struct db_contact, key)},
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static char **text_at(struct db_contact *c, size_t i)
{
	return (char **)(void *)((char *)c + texts[i].at);
}

void contact_read_clear(struct db_contact *c)
{
	for (size_t i = 0; i < TEXTS; i++) {
		free(*text_at(c, i));
		*text_at(c, i) = NULL;
	}
	for (size_t i = 0; i < DB_NUMBER_COUNT; i++) {
		free((char *)c->number[i]);
		c->number[i] = NULL;
	}
	free((char *)c->picture_key);
	c->picture_key = NULL;
}

static int read_number(struct db_contact *c, const struct json *j)
{
	const char *kind = json_get_string(j, proto_member(PROTO_MEMBER_KIND));
	const char *number =
		json_get_string(j, proto_member(PROTO_MEMBER_NUMBER));
	char *plain;
	size_t i = 0;

	if (text_empty(number))
		return 0;
	while (i < DB_NUMBER_COUNT && !text_equal(numbers[i].kind, kind))
		i++;
	if (i == DB_NUMBER_COUNT || c->number[i])
		return EINVAL;
	plain = proto_number_normalise(number);
	free(plain);
	if (!plain)
		return EINVAL;
	c->number[i] = text_clean(number, (size_t)-1, TEXT_LINE_MAX);
	return c->number[i] ? 0 : ENOMEM;
}

int contact_read_json(struct db_contact *c, const struct json *j)
{
	const struct json *list =
		json_get(j, proto_member(PROTO_MEMBER_NUMBERS));
	int err = 0;

	*c = (struct db_contact){.directory = DB_PERSONAL};
	for (size_t i = 0; i < TEXTS && !err; i++) {
		const char *s =
			json_get_string(j, proto_member(texts[i].member));

		*text_at(c, i) =
			text_clean(s ? s : "", (size_t)-1, TEXT_LINE_MAX);
		err = *text_at(c, i) ? 0 : ENOMEM;
	}
	for (size_t i = 0; i < json_count(list) && !err; i++)
		err = read_number(c, json_at(list, i));
	if (!err && text_empty(c->first) && text_empty(c->last) &&
	    text_empty(c->company))
		err = EINVAL;
	return err;
}

void contact_xml(struct text_buf *b, const struct db_contact *c)
{
	const char *entry = proto_element(PROTO_ELEMENT_ENTRY);

	xml_open(b, entry);
	xml_leaf(b, PROTO_ELEMENT_ID, c->id);
	xml_leaf(b, PROTO_ELEMENT_DIRECTORY, directory_word(c->directory));
	xml_leaf(b, PROTO_ELEMENT_FIRSTNAME, c->first);
	xml_leaf(b, PROTO_ELEMENT_LASTNAME, c->last);
	xml_leaf(b, PROTO_ELEMENT_COMPANY, c->company);
	xml_leaf(b, PROTO_ELEMENT_DEPARTMENT, c->department);
	for (unsigned i = 0; i < DB_NUMBER_COUNT; i++)
		xml_leaf(b, numbers[i].element, c->number[i]);
	xml_leaf(b, PROTO_ELEMENT_EMAIL, c->email);
	xml_close(b, entry);
}
