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

void contact_json(struct json_writer *w, const struct db_contact *c)
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
	json_end(w);
}

void account_json(struct json_writer *w, const struct db_account *a)
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

	contact_json(w, &c);
	free(id);
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
