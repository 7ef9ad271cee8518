/**
 * @file read_xml.c  Answers in XML into the model
 *
 * How a real system writes them is not known for certain (doc/wsi.md), so
 * names match in any case, and an element may be an attribute.
 */
#include <stdlib.h>
#include <strings.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

const struct xml *wsi_x_child(const struct xml *x, enum proto_element e)
{
	const char *name = proto_element(e);

	for (x = xml_first(x); x; x = xml_next(x))
		if (!strcasecmp(xml_name(x), name))
			return x;
	return NULL;
}

const char *wsi_x_text(const struct xml *x, enum proto_element e)
{
	const struct xml *child = wsi_x_child(x, e);
	const char *text = child ? xml_text(child) : NULL;
	char name[64];

	if (!text)
		text = xml_attr(x, proto_element(e));
	for (size_t i = 0; !text; i++) {
		/* Attributes cannot be walked: the two usual spellings. */
		const char *n = proto_element(e);
		size_t k;

		if (i == 2)
			return "";
		for (k = 0; n[k] && k + 1 < sizeof(name); k++) {
			char c = n[k];

			if (i == 0 && c >= 'A' && c <= 'Z')
				c = (char)(c - 'A' + 'a');
			if (i == 1 && c >= 'a' && c <= 'z')
				c = (char)(c - 'a' + 'A');
			name[k] = c;
		}
		name[k] = '\0';
		text = xml_attr(x, name);
	}
	while (*text == ' ' || *text == '\n' || *text == '\t' || *text == '\r')
		text++;
	return text;
}

const struct xml *wsi_x_find(const struct xml *x, enum proto_element e)
{
	const struct xml *hit = NULL;

	if (!x)
		return NULL;
	if (!strcasecmp(xml_name(x), proto_element(e)))
		return x;
	/* The tree is 32 deep at most. */
	for (x = xml_first(x); x && !hit; x = xml_next(x))
		hit = wsi_x_find(x, e);
	return hit;
}

/* ---- dialling ---------------------------------------------------------- */

/* Where calls are sent that go to one's answering box. */
static int voicemail_number(struct session *s, const struct xml *x)
{
	struct uc_account *account = uc_account_edit(s->uc);
	char *number = proto_number_normalise(
		wsi_x_text(x, PROTO_ELEMENT_VOICEMAIL_NUMBER));
	int err = 0;

	if (!text_equal(account->voicemail, number ? number : "")) {
		err = text_set(&account->voicemail, number ? number : "");
		uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
	}
	free(number);
	return err;
}

void wsi_server_param_read(struct session *s, const struct answer *a)
{
	const struct xml *x = a->xml;
	struct proto_dial_params p = {
		.country = wsi_x_text(x, PROTO_ELEMENT_COUNTRY_CODE),
		.area = wsi_x_text(x, PROTO_ELEMENT_AREA_CODE),
		.location = wsi_x_text(x, PROTO_ELEMENT_LOCATION_NUMBER),
		.access = wsi_x_text(x, PROTO_ELEMENT_LINE_ACCESS_CODE),
		.national = wsi_x_text(x, PROTO_ELEMENT_NATIONAL_PREFIX),
		.international =
			wsi_x_text(x, PROTO_ELEMENT_INTERNATIONAL_PREFIX),
	};
	long n =
		strtol(wsi_x_text(x, PROTO_ELEMENT_EXTENSION_LENGTH), NULL, 10);
	int err;

	if (a->status != WSI_OK || !x)
		return;
	p.extension_max = n > 0 && n <= 20 ? (unsigned)n : 0;
	err = uc_set_dial_params(s->uc, &p);
	if (!err)
		err = voicemail_number(s, x);
	if (err)
		log_warn("dialling parameters: %s", strerror(err));
}

/* ---- contacts ---------------------------------------------------------- */

static const struct {
	enum proto_element element;
	enum uc_number_kind kind;
} number_rows[] = {
	{PROTO_ELEMENT_EXTENSION, UC_NUMBER_INTERNAL},
	{PROTO_ELEMENT_BUSINESS, UC_NUMBER_BUSINESS},
	{PROTO_ELEMENT_BUSINESS2, UC_NUMBER_BUSINESS_2},
	{PROTO_ELEMENT_MOBILE, UC_NUMBER_MOBILE},
	{PROTO_ELEMENT_PRIVATE, UC_NUMBER_PRIVATE},
	{PROTO_ELEMENT_NUMBER, UC_NUMBER_OTHER},
};

static const char *const id_prefixes[UC_DIRECTORY_COUNT] = {
	[UC_PERSONAL] = "per:", [UC_INTERNAL] = "int:", [UC_SYSTEM] = "sys:",
	[UC_GLOBAL] = "glo:",	[UC_EXTERNAL] = "ext:",
};

static enum uc_directory directory_of(const char *word, const char *extension)
{
	enum uc_directory d = uc_directory_find(word);

	if (d < 0 || d >= UC_DIRECTORY_COUNT)
		d = *extension ? UC_INTERNAL : UC_GLOBAL;
	return d;
}

/* An id that is the same the next time, whatever the server gives. */
static char *id_of(const struct xml *x, enum uc_directory d,
		   const char *extension, const char *number)
{
	const char *id = wsi_x_text(x, PROTO_ELEMENT_ID);
	const char *prefix = id_prefixes[d];

	if (d == UC_INTERNAL && *extension)
		return text_printf("%s%s", prefix, extension);
	if (*id && !strncmp(id, prefix, strlen(prefix)))
		return text_dup(id);
	if (*id)
		return text_printf("%s%s", prefix, id);
	return text_printf("%s%s|%s", prefix,
			   wsi_x_text(x, PROTO_ELEMENT_LASTNAME), number);
}

static struct uc_contact *contact_xml(struct session *s, const struct xml *x)
{
	const char *extension = wsi_x_text(x, PROTO_ELEMENT_EXTENSION);
	struct uc_number numbers[ARRAY_SIZE(number_rows)];
	struct uc_contact_prm prm = {
		.first = wsi_x_text(x, PROTO_ELEMENT_FIRSTNAME),
		.last = wsi_x_text(x, PROTO_ELEMENT_LASTNAME),
		.company = wsi_x_text(x, PROTO_ELEMENT_COMPANY),
		.department = wsi_x_text(x, PROTO_ELEMENT_DEPARTMENT),
		.email = wsi_x_text(x, PROTO_ELEMENT_EMAIL),
		.numbers = numbers,
	};
	const char *name = wsi_x_text(x, PROTO_ELEMENT_NAME);
	struct uc_contact *c = NULL;
	char *id;

	prm.directory =
		directory_of(wsi_x_text(x, PROTO_ELEMENT_DIRECTORY), extension);
	for (size_t i = 0; i < ARRAY_SIZE(number_rows); i++) {
		const char *n = wsi_x_text(x, number_rows[i].element);

		if (!*n)
			continue;
		numbers[prm.number_count++] =
			(struct uc_number){.kind = number_rows[i].kind,
					   .number = (char *)(uintptr_t)n};
	}
	if (!*name && !*prm.first && !*prm.last && !prm.number_count)
		return NULL;
	prm.name = *name ? name : NULL;
	prm.device = prm.directory == UC_INTERNAL ? extension : "";
	id = id_of(x, prm.directory, extension,
		   prm.number_count ? numbers[0].number : "");
	prm.id = id;
	if (id && uc_contact_put(s->uc, &prm, &c))
		c = NULL;
	free(id);
	return c;
}

size_t wsi_contacts_read(struct session *s, const struct answer *a,
			 contact_h *h, void *arg)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_CONTACTS);
	const struct xml *x = wsi_x_find(a->xml, PROTO_ELEMENT_ENTRY);
	size_t n = 0;

	if (a->status != WSI_OK)
		return 0;
	for (size_t i = 0; i < json_count(list); i++) {
		struct uc_contact *c = wsi_contact_json(s, json_at(list, i));

		if (c && h)
			h(s, c, arg);
		n++;
	}
	for (; x; x = xml_next(x)) {
		struct uc_contact *c;

		if (strcasecmp(xml_name(x), proto_element(PROTO_ELEMENT_ENTRY)))
			continue;
		c = contact_xml(s, x);
		if (c && h)
			h(s, c, arg);
		n++;
	}
	return n;
}

/* ---- presence ---------------------------------------------------------- */

static void presence_xml(struct session *s, const struct xml *x)
{
	struct uc_contact *c =
		uc_contact_by_device(s->uc, wsi_x_text(x, PROTO_ELEMENT_ID));
	struct uc_presence p = {0};
	int64_t until;

	if (!c || wsi_is_news(s, NEWS_PRESENCE, c->device))
		return;
	p.state = proto_presence_find(wsi_x_text(x, PROTO_ELEMENT_PRESENCE));
	until = proto_time_read(wsi_x_text(x, PROTO_ELEMENT_PTIME));
	p.until_ms = until > 0 ? until : 0;
	/* The known answer has no note: what is there stays. */
	p.note = p.state == c->presence.state ? c->presence.note : NULL;
	if (!p.note)
		p.note = (char *)(uintptr_t) "";
	uc_set_presence(s->uc, c, &p);
}

void wsi_presence_read(struct session *s, const struct answer *a)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_USERS);
	const struct xml *x = wsi_x_find(a->xml, PROTO_ELEMENT_USER);

	if (a->status != WSI_OK)
		return;
	for (size_t i = 0; i < json_count(list); i++)
		wsi_presence_json(s, json_at(list, i), false);
	for (; x; x = xml_next(x))
		if (!strcasecmp(xml_name(x), proto_element(PROTO_ELEMENT_USER)))
			presence_xml(s, x);
}

/* ---- journal ----------------------------------------------------------- */

static bool yes(const char *text)
{
	return *text == '1' || *text == 'y' || *text == 'Y' || *text == 't' ||
	       *text == 'T';
}

static enum uc_entry_kind kind_of(const struct xml *x)
{
	bool out = proto_inout_find(
			   wsi_x_text(x, PROTO_ELEMENT_JOURNAL_DIRECTION)) > 0;
	bool answered = yes(wsi_x_text(x, PROTO_ELEMENT_ANSWERED));
	bool group = yes(wsi_x_text(x, PROTO_ELEMENT_GROUP));

	if (out && group)
		return answered ? UC_OUT_GROUP_ANSWERED
				: UC_OUT_GROUP_UNANSWERED;
	if (out)
		return answered ? UC_OUT_ANSWERED : UC_OUT_UNANSWERED;
	if (yes(wsi_x_text(x, PROTO_ELEMENT_FORWARDED)))
		return UC_IN_FORWARDED;
	if (group)
		return answered ? UC_IN_GROUP_ANSWERED : UC_IN_GROUP_MISSED;
	return answered ? UC_IN_ANSWERED : UC_IN_MISSED;
}

/* Calls overlap: one that began earlier may be filed later. */
enum { JOURNAL_OVERLAP_MS = 3600 * 1000 };

/* A server without our additions keeps no mark of what has been read: a call
 * that was missed is new when it stands there for the first time, unless all
 * of the journal does. */
static bool is_new(const struct session *s, const struct uc_entry_prm *prm)
{
	const struct uc_entry *known = uc_entry_by_id(s->uc, prm->id, NULL);
	int64_t since = uc_account(s->uc)->journal_ms;

	if (known)
		return known->unread;
	if (!since ||
	    (prm->kind != UC_IN_MISSED && prm->kind != UC_IN_GROUP_MISSED))
		return false;
	/* Not all that was known before the log-in is still held. */
	return prm->at_ms >= since - (s->journal_read ? JOURNAL_OVERLAP_MS : 0);
}

/* @return when it began, 0 if it is none */
static int64_t journal_xml(struct session *s, const struct xml *x)
{
	const char *id = wsi_x_text(x, PROTO_ELEMENT_ID);
	const char *when = wsi_x_text(x, PROTO_ELEMENT_TIME);
	const char *number = wsi_x_text(x, PROTO_ELEMENT_NUMBER);
	long length = strtol(wsi_x_text(x, PROTO_ELEMENT_DURATION), NULL, 10);
	char *key;
	struct uc_entry_prm prm = {
		.kind = kind_of(x),
		.at_ms = proto_time_read(when),
		.duration_s = length > 0 ? (uint32_t)length : 0,
		.number = number,
		.name = wsi_x_text(x, PROTO_ELEMENT_NAME),
	};

	if (prm.at_ms < 0 || !*number)
		return 0;
	key = *id ? text_printf("j:%s", id)
		  : text_printf("j:%s|%s", when, number);
	if (!key)
		return 0;
	prm.id = key;
	prm.unread = is_new(s, &prm);
	uc_entry_put(s->uc, &prm);
	free(key);
	return prm.at_ms;
}

static void journal_read_xml(struct session *s, const struct xml *x)
{
	int64_t newest = uc_account(s->uc)->journal_ms, at;

	for (; x; x = xml_next(x)) {
		if (strcasecmp(xml_name(x), proto_element(PROTO_ELEMENT_ENTRY)))
			continue;
		at = journal_xml(s, x);
		if (at > newest)
			newest = at;
	}
	/* An empty one has been read, too: what comes now is new. */
	uc_account_edit(s->uc)->journal_ms = newest ? newest : 1;
	s->journal_read = true;
}

void wsi_journal_read(struct session *s, const struct answer *a)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_ENTRIES);
	const struct xml *x = wsi_x_find(a->xml, PROTO_ELEMENT_ENTRY);

	if (a->status != WSI_OK)
		return;
	for (size_t i = 0; i < json_count(list); i++)
		wsi_journal_entry_json(s, json_at(list, i));
	if (a->xml)
		journal_read_xml(s, x);
}
