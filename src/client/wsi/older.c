/**
 * @file older.c  Entries further back, of one other side
 */
#include <stdlib.h>

#include "wsi_int.h"

enum { ROWS = 200 };

static const struct {
	enum proto_command command;
	enum proto_member list;
	uint32_t addition;
	uint32_t can;
	void (*put)(struct session *s, const struct json *j);
} sorts[WSI_SORT_COUNT] = {
	[WSI_CALLS] = {PROTO_COMMAND_JOURNAL, PROTO_MEMBER_ENTRIES,
		       WSI_ADD_JOURNAL, UC_CAN_JOURNAL, wsi_journal_entry_json},
	[WSI_MESSAGES] = {PROTO_COMMAND_MESSAGES, PROTO_MEMBER_MESSAGES,
			  WSI_ADD_MESSAGES, UC_CAN_MESSAGES, wsi_message_put},
	[WSI_VOICE] = {PROTO_COMMAND_VOICEMAIL_LIST, PROTO_MEMBER_MESSAGES,
		       WSI_ADD_VOICEMAIL, UC_CAN_VOICEMAIL, wsi_voicemail_put},
};

static const struct json *list_of(const struct answer *a)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_ENTRIES);

	return json_is_array(list) ? list
				   : wsi_j_get(a->json, PROTO_MEMBER_MESSAGES);
}

int64_t wsi_older_last(const struct answer *a)
{
	const struct json *list = list_of(a);
	int64_t id, last = 0;

	for (size_t i = 0; i < json_count(list); i++) {
		id = strtoll(wsi_j_text(json_at(list, i), PROTO_MEMBER_ID),
			     NULL, 10);
		if (id > 0 && (!last || id < last))
			last = id;
	}
	return last;
}

void wsi_whole_set(struct session *s, enum wsi_sort sort,
		   const struct answer *a)
{
	s->whole[sort] =
		a->status == WSI_OK && json_is_array(list_of(a)) &&
		!json_get_bool(a->json, proto_member(PROTO_MEMBER_MORE), false);
}

bool wsi_whole(const struct wsi *w, enum wsi_sort sort)
{
	return w && (unsigned)sort < WSI_SORT_COUNT && w->s->whole[sort];
}

/* Newest first, as they come: each is put before those that are there. */
static void answered(struct session *s, const struct answer *a,
		     enum wsi_sort sort)
{
	const struct json *list = wsi_j_get(a->json, sorts[sort].list);

	if (a->status != WSI_OK)
		return;
	for (size_t i = 0; i < json_count(list) && wsi_session_alive(s); i++)
		sorts[sort].put(s, json_at(list, i));
}

static void calls(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	answered(s, a, WSI_CALLS);
}

static void messages(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	answered(s, a, WSI_MESSAGES);
}

static void voice(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	answered(s, a, WSI_VOICE);
}

int wsi_older(struct wsi_request **rp, struct wsi *w, enum wsi_sort sort,
	      const char *number, int64_t before, wsi_done_h *h, void *arg)
{
	static answer_h *const answers[WSI_SORT_COUNT] = {
		[WSI_CALLS] = calls,
		[WSI_MESSAGES] = messages,
		[WSI_VOICE] = voice,
	};
	struct params p = {0};
	struct command_prm c = {
		.params = &p,
		.flags = COMMAND_READS | COMMAND_LARGE | COMMAND_BACK,
		.done = h,
		.arg = arg,
	};

	if ((unsigned)sort >= WSI_SORT_COUNT || !number)
		return EINVAL;
	if (!w || w->s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!(w->s->additions & sorts[sort].addition) ||
	    !(uc_account(w->s->uc)->can & sorts[sort].can))
		return ENOTSUP;
	if (!wsi_command_offered(w->s, sorts[sort].command))
		return ENOTSUP;
	c.command = sorts[sort].command;
	c.answer = answers[sort];
	if (*number)
		wsi_params_add(&p, PROTO_PARAM_NUMBER, number);
	wsi_params_add_int(&p, PROTO_PARAM_LIMIT, ROWS);
	if (before)
		wsi_params_add_int(&p, PROTO_PARAM_BEFORE, before);
	return wsi_command_send(rp, w->s, &c);
}
