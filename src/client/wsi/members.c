/**
 * @file members.c  Who else is in a conference, as an event or a state says
 */
#include <stdlib.h>

#include "wsi_int.h"

enum { TEXT_MAX = 256 };

static void add(struct wsi_call_event *ev, const char *number, const char *name)
{
	struct uc_member *m;

	if (text_empty(number) || ev->member_count == UC_MEMBERS_MAX)
		return;
	if (!ev->members)
		ev->members = calloc(UC_MEMBERS_MAX, sizeof(*ev->members));
	if (!ev->members)
		return;
	m = &ev->members[ev->member_count++];
	m->number = text_clean(number, (size_t)-1, TEXT_MAX);
	m->name = text_clean(name, (size_t)-1, TEXT_MAX);
}

void wsi_members_json(struct wsi_call_event *ev, const struct json *e)
{
	const struct json *all = wsi_j_get(e, PROTO_MEMBER_MEMBERS);
	size_t n = json_count(all);

	for (size_t i = 0; i < n; i++) {
		const struct json *m = json_at(all, i);

		add(ev, wsi_j_text(m, PROTO_MEMBER_NUMBER),
		    wsi_j_text(m, PROTO_MEMBER_NAME));
	}
}

void wsi_members_xml(struct wsi_call_event *ev, const struct xml *connection)
{
	const struct xml *m = wsi_x_child(connection, PROTO_ELEMENT_MEMBER);

	for (; m; m = xml_next_same(m))
		add(ev, wsi_x_text(m, PROTO_ELEMENT_NUMBER),
		    wsi_x_text(m, PROTO_ELEMENT_NAME));
}

void wsi_members_reset(struct wsi_call_event *ev)
{
	uc_members_free(ev->members, ev->member_count);
	ev->members = NULL;
	ev->member_count = 0;
}
