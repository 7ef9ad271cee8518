/**
 * @file read_json.c  Answers in JSON (ours) into the model
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum {
	NUMBERS_MAX = 32,
	GROUPS_MAX = 1000,
	MEMBERS_MAX = 5000, /**< of one group */
};

const struct json *wsi_j_get(const struct json *j, enum proto_member m)
{
	return json_get(j, proto_member(m));
}

const char *wsi_j_text(const struct json *j, enum proto_member m)
{
	const char *s = json_get_string(j, proto_member(m));

	return s ? s : "";
}

static enum uc_number_kind number_kind(const char *key)
{
	for (int k = 0; k < UC_NUMBER_KIND_COUNT; k++)
		if (text_equal(uc_number_kind_key((enum uc_number_kind)k), key))
			return (enum uc_number_kind)k;
	return UC_NUMBER_OTHER;
}

struct uc_contact *wsi_contact_json(struct session *s, const struct json *j)
{
	const struct json *list = wsi_j_get(j, PROTO_MEMBER_NUMBERS);
	struct uc_number numbers[NUMBERS_MAX];
	struct uc_contact *c = NULL;
	struct uc_contact_prm prm = {
		.id = wsi_j_text(j, PROTO_MEMBER_ID),
		.directory = uc_directory_find(
			wsi_j_text(j, PROTO_MEMBER_DIRECTORY)),
		.name = wsi_j_text(j, PROTO_MEMBER_NAME),
		.first = wsi_j_text(j, PROTO_MEMBER_FIRST_NAME),
		.last = wsi_j_text(j, PROTO_MEMBER_LAST_NAME),
		.company = wsi_j_text(j, PROTO_MEMBER_COMPANY),
		.department = wsi_j_text(j, PROTO_MEMBER_DEPARTMENT),
		.email = wsi_j_text(j, PROTO_MEMBER_EMAIL),
		.device = wsi_j_text(j, PROTO_MEMBER_DEVICE),
		.picture = wsi_j_text(j, PROTO_MEMBER_PICTURE),
		.picture_key = wsi_j_text(j, PROTO_MEMBER_PICTURE_KEY),
		.import_key = wsi_j_text(j, PROTO_MEMBER_KEY),
		.hand_made = json_get_bool(
			j, proto_member(PROTO_MEMBER_HAND_MADE), false),
		.numbers = numbers,
	};

	if (!*prm.id || prm.directory < 0 ||
	    prm.directory >= UC_DIRECTORY_COUNT)
		return NULL;
	if (!*prm.name)
		prm.name = NULL;
	for (size_t i = 0; i < json_count(list) && i < NUMBERS_MAX; i++) {
		const struct json *n = json_at(list, i);
		const char *number = wsi_j_text(n, PROTO_MEMBER_NUMBER);

		if (!*number)
			continue;
		numbers[prm.number_count++] = (struct uc_number){
			.kind = number_kind(wsi_j_text(n, PROTO_MEMBER_KIND)),
			.number = (char *)(uintptr_t)number};
	}
	return uc_contact_put(s->uc, &prm, &c) ? NULL : c;
}

/* ---- presence ---------------------------------------------------------- */

/* A row of PresenceList, and a PresenceEvent, ours or a plain one. */
void wsi_presence_json(struct session *s, const struct json *j, bool event)
{
	const char *user = wsi_j_text(j, PROTO_MEMBER_USER);
	const struct json *note = wsi_j_get(j, PROTO_MEMBER_NOTE);
	char digits[24];
	struct uc_presence p = {0};
	struct uc_contact *c;
	int64_t n;

	/* Numbers of users may come as numbers. */
	if (!*user &&
	    (n = json_get_int(j, proto_member(PROTO_MEMBER_USER), -1)) >= 0) {
		re_snprintf(digits, sizeof(digits), "%lld", (long long)n);
		user = digits;
	}
	if (!*user)
		user = wsi_j_text(j, PROTO_MEMBER_DEVICE_ID);
	c = uc_contact_by_device(s->uc, user);
	if (event && c)
		wsi_news(s, NEWS_PRESENCE, c->device);
	else if (event && s->reading)
		wsi_sync_stale(s,
			       STALE_PRESENCE); /* of whom is still to come */
	if (!c || (!event && wsi_is_news(s, NEWS_PRESENCE, c->device)))
		return;
	n = json_get_int(j, proto_member(PROTO_MEMBER_PRESENCE), 0);
	if (n > 0 && n < PROTO_PRESENCE_COUNT)
		p.state = (enum proto_presence)n;
	p.hidden = json_get_bool(j, proto_member(PROTO_MEMBER_HIDDEN), false);
	p.until_ms = json_get_int(j, proto_member(PROTO_MEMBER_UNTIL), 0);
	if (!wsi_j_get(j, PROTO_MEMBER_UNTIL))
		p.until_ms = proto_time_read(wsi_j_text(j, PROTO_MEMBER_PTIME));
	if (p.until_ms < 0)
		p.until_ms = 0;
	p.note = (char *)(uintptr_t)wsi_j_text(j, PROTO_MEMBER_NOTE);
	if (c == uc_me(s->uc))
		wsi_visibility_read(s, wsi_j_text(j, PROTO_MEMBER_VISIBILITY));
	if (!note && !(s->additions & WSI_ADD_PRESENCE) &&
	    p.state == c->presence.state && c->presence.note)
		p.note = c->presence.note;
	uc_set_presence(s->uc, c, &p);
}

/* ---- journal ----------------------------------------------------------- */

void wsi_journal_entry_json(struct session *s, const struct json *j)
{
	const char *kind = wsi_j_text(j, PROTO_MEMBER_KIND);
	const char *id = wsi_j_text(j, PROTO_MEMBER_ID);
	int64_t length =
		json_get_int(j, proto_member(PROTO_MEMBER_DURATION), 0);
	struct uc_entry_prm prm = {
		.at_ms = json_get_int(j, proto_member(PROTO_MEMBER_AT), 0),
		.number = wsi_j_text(j, PROTO_MEMBER_NUMBER),
		.name = wsi_j_text(j, PROTO_MEMBER_NAME),
		.text = wsi_j_text(j, PROTO_MEMBER_TEXT),
		.unread = json_get_bool(j, proto_member(PROTO_MEMBER_UNREAD),
					false),
		.kind = UC_ENTRY_KIND_COUNT,
	};
	char *key;

	for (int k = 0; k < UC_ENTRY_KIND_COUNT; k++)
		if (text_equal(uc_entry_key((enum uc_entry_kind)k), kind))
			prm.kind = (enum uc_entry_kind)k;
	if (prm.kind == UC_ENTRY_KIND_COUNT || !*id || prm.at_ms <= 0)
		return;
	if (length > 0 && length < UINT32_MAX)
		prm.duration_s = (uint32_t)length;
	key = text_printf("j:%s", id);
	if (!key)
		return;
	prm.id = key;
	if (wsi_is_news(s, NEWS_READ, key))
		prm.unread = false;
	if (!wsi_is_news(s, NEWS_ENTRY, key) && !uc_entry_put(s->uc, &prm))
		wsi_news(s, NEWS_ENTRY, key);
	free(key);
}

/* ---- favourites -------------------------------------------------------- */

static const char **members_read(struct session *s, const struct json *list,
				 size_t *countp)
{
	size_t n = json_count(list);
	const char **ids;

	if (n > MEMBERS_MAX)
		n = MEMBERS_MAX;
	ids = calloc(n ? n : 1, sizeof(*ids));
	*countp = 0;
	for (size_t i = 0; ids && i < n; i++) {
		struct uc_contact *c = wsi_contact_json(s, json_at(list, i));

		/* The answer's text outlives the loop, the contact's may not
		 * while others are put. */
		if (c)
			ids[(*countp)++] =
				wsi_j_text(json_at(list, i), PROTO_MEMBER_ID);
	}
	return ids;
}

/** Which number a favourite is called by (SPEC T5.6.2.4). */
static void defaults_read(struct session *s, const struct json *list)
{
	size_t n = json_count(list);

	for (size_t i = 0; i < uc_group_count(s->uc); i++) {
		const struct uc_group *g = uc_group_at(s->uc, i);

		for (size_t k = 0; k < g->member_count; k++) {
			const char *number = NULL;

			for (size_t d = 0; d < n && !number; d++)
				if (text_equal(wsi_j_text(json_at(list, d),
							  PROTO_MEMBER_CONTACT),
					       g->members[k]->id))
					number =
						wsi_j_text(json_at(list, d),
							   PROTO_MEMBER_NUMBER);
			uc_contact_choose(s->uc, g->members[k], number);
		}
	}
}

void wsi_favourites_read(struct session *s, const struct answer *a)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_GROUPS);
	size_t n = json_count(list), count = 0;
	struct uc_group_prm *groups;
	int err;

	if (a->status != WSI_OK || !json_is_array(list) ||
	    !wsi_is_latest(s, LATEST_FAVOURITES))
		return;
	if (n > GROUPS_MAX)
		n = GROUPS_MAX;
	groups = calloc(n ? n : 1, sizeof(*groups));
	if (!groups)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct json *g = json_at(list, i);
		struct uc_group_prm *p = &groups[count];

		p->id = wsi_j_text(g, PROTO_MEMBER_ID);
		p->name = wsi_j_text(g, PROTO_MEMBER_NAME);
		if (!*p->id || !*p->name)
			continue;
		p->member_ids =
			members_read(s, wsi_j_get(g, PROTO_MEMBER_MEMBERS),
				     &p->member_count);
		count++;
	}
	err = uc_groups_replace(s->uc, groups, count);
	if (err)
		log_warn("favourites: %s", strerror(err));
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)groups[i].member_ids);
	free(groups);
	/* a server that knows of none does not forget ours */
	if (wsi_j_get(a->json, PROTO_MEMBER_DEFAULTS))
		defaults_read(s, wsi_j_get(a->json, PROTO_MEMBER_DEFAULTS));
}
