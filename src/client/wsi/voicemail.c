/**
 * @file voicemail.c  Messages of one's answering box, into the conversations
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

/* What tells them from the journal's entries. */
static const char prefix[] = "v:";

static char *key_of(const struct json *message)
{
	const char *id = wsi_j_text(message, PROTO_MEMBER_ID);

	return *id ? text_printf("%s%s", prefix, id) : NULL;
}

static void put(struct session *s, const struct json *j)
{
	int64_t ms = json_get_int(j, proto_member(PROTO_MEMBER_LENGTH), 0);
	struct uc_entry_prm prm = {
		.kind = UC_VOICE_MESSAGE,
		.at_ms = json_get_int(j, proto_member(PROTO_MEMBER_AT), 0),
		.number = wsi_j_text(j, PROTO_MEMBER_NUMBER),
		.name = wsi_j_text(j, PROTO_MEMBER_NAME),
		.text = "",
		.unread = !json_get_int(j, proto_member(PROTO_MEMBER_HEARD), 0),
	};
	char *key = key_of(j);

	/* a message of half a second has a length all the same */
	if (ms > 0 && ms / 1000 < UINT32_MAX)
		prm.duration_s = (uint32_t)((ms + 999) / 1000);
	prm.id = key;
	if (key && prm.at_ms > 0 && !wsi_is_news(s, NEWS_ENTRY, key) &&
	    !uc_entry_put(s->uc, &prm))
		wsi_news(s, NEWS_ENTRY, key);
	free(key);
}

void wsi_voicemail_put(struct session *s, const struct json *j)
{
	put(s, j);
}

static bool is_listed(const struct json *list, const char *id)
{
	bool is = false;

	for (size_t i = 0; i < json_count(list) && !is; i++)
		is = text_equal(wsi_j_text(json_at(list, i), PROTO_MEMBER_ID),
				id + sizeof(prefix) - 1);
	return is;
}

/* One that the list has no more, from that number on; to free(). */
static char *find_gone(const struct uc *uc, const struct json *list,
		       int64_t low)
{
	struct uc_conversation *v;

	for (size_t i = 0; (v = uc_conversation_at(uc, i)); i++)
		for (size_t k = 0; k < v->entry_count; k++) {
			const char *id = v->entries[k].id;

			if (!strncmp(id, prefix, sizeof(prefix) - 1) &&
			    strtoll(id + sizeof(prefix) - 1, NULL, 10) >= low &&
			    !is_listed(list, id))
				return text_dup(id);
		}
	return NULL;
}

void wsi_voicemail_read(struct session *s, const struct answer *a)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_MESSAGES);
	bool more =
		json_get_bool(a->json, proto_member(PROTO_MEMBER_MORE), false);
	char *gone;

	if (a->status != WSI_OK || !json_is_array(list))
		return;
	for (size_t i = 0; i < json_count(list); i++)
		put(s, json_at(list, i));
	/* Deleted elsewhere: on the phone, by another client. Of those before
	   the list it says nothing. */
	while ((!more || json_count(list)) &&
	       (gone = find_gone(s->uc, list, more ? wsi_older_last(a) : 0))) {
		wsi_news(s, NEWS_ENTRY, gone);
		uc_entry_delete(s->uc, gone);
		free(gone);
	}
}

/* ---- what is done with one --------------------------------------------- */

/* Its id as the server has it, NULL: it is no message of a box. */
static const char *server_id(const char *id)
{
	return id && !strncmp(id, prefix, sizeof(prefix) - 1) &&
			       id[sizeof(prefix) - 1]
		       ? id + sizeof(prefix) - 1
		       : NULL;
}

bool wsi_is_voice_message(const struct wsi *w, const char *id)
{
	return w && w->s && w->s->additions & WSI_ADD_VOICEMAIL &&
	       server_id(id);
}

/* @return 0, or as the door says of commands that cannot be sent */
static int check(const struct wsi *w, const char *id)
{
	if (!w || !w->s || w->s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!(w->s->additions & WSI_ADD_VOICEMAIL))
		return ENOTSUP;
	return server_id(id) ? 0 : EINVAL;
}

int wsi_voicemail_get(struct wsi_request **rp, struct wsi *w, const char *id,
		      wsi_sound_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_VOICEMAIL_GET,
		.params = &p,
		.flags = COMMAND_SOUND,
		.sound = h,
		.arg = arg,
	};
	int err = check(w, id);

	if (err)
		return err;
	wsi_params_add(&p, PROTO_PARAM_ENTRY_ID, server_id(id));
	return wsi_command_send(rp, w->s, &c);
}

struct heard {
	char *id;
};

static void heard_destructor(void *arg)
{
	free(((struct heard *)arg)->id);
}

static void heard(struct session *s, const struct answer *a, void *data)
{
	const struct uc_entry *e =
		uc_entry_by_id(s->uc, ((struct heard *)data)->id, NULL);

	if (a->status != WSI_OK || !e || !e->unread)
		return;
	/* The server tells all, and us too, if it has events of ours. */
	wsi_sync_stale(s, STALE_VOICEMAIL);
}

int wsi_voicemail_heard(struct wsi_request **rp, struct wsi *w, const char *id,
			wsi_done_h *h, void *arg)
{
	struct params p = {0};
	struct command_prm c = {
		.command = PROTO_COMMAND_VOICEMAIL_HEARD,
		.params = &p,
		.answer = heard,
		.done = h,
		.arg = arg,
	};
	struct heard *data;
	int err = check(w, id);

	if (err)
		return err;
	data = mem_zalloc(sizeof(*data), heard_destructor);
	if (!data || text_set(&data->id, id)) {
		mem_deref(data);
		return ENOMEM;
	}
	c.data = data;
	wsi_params_add(&p, PROTO_PARAM_IDS, server_id(id));
	return wsi_command_send(rp, w->s, &c);
}

int wsi_voicemail_play(struct wsi_request **rp, struct wsi *w, const char *id,
		       const char *phone, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_VOICEMAIL_PLAY,
		.params = &p,
		.done = h,
		.arg = arg,
	};
	int err = check(w, id);

	if (!err && text_empty(phone))
		err = EINVAL;
	if (err)
		return err;
	wsi_params_add(&p, PROTO_PARAM_ENTRY_ID, server_id(id));
	wsi_params_add(&p, PROTO_PARAM_DEVICE, phone);
	return wsi_command_send(rp, w->s, &c);
}
