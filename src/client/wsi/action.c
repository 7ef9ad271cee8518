/**
 * @file action.c  Commands that change something: presence, calls, favourites
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

static struct session *session(struct wsi *w)
{
	return w ? w->s : NULL;
}

/* ---- presence ---------------------------------------------------------- */

/** What was asked for, until the server has confirmed it. */
struct wanted {
	struct uc_presence p;
};

static void wanted_destructor(void *arg)
{
	struct wanted *w = arg;

	free(w->p.note);
}

static void presence_set(struct session *s, const struct answer *a, void *data)
{
	const struct wanted *w = data;
	struct uc_contact *me = uc_me(s->uc);

	if (a->status != WSI_OK || !me)
		return;
	if (!wsi_is_news(s, NEWS_PRESENCE, me->device))
		uc_set_presence(s->uc, me, &w->p);
	else if (me->presence.state != w->p.state)
		/* Which of the two came last the server knows. */
		wsi_sync_stale(s, STALE_PRESENCE);
}

int wsi_presence_set(struct wsi_request **rp, struct wsi *w,
		     const struct wsi_presence_prm *prm, wsi_done_h *h,
		     void *arg)
{
	struct session *s = session(w);
	const struct uc_contact *me = s ? uc_me(s->uc) : NULL;
	struct params p = {0};
	struct command_prm c = {.command = PROTO_COMMAND_SET_PRESENCE,
				.params = &p,
				.answer = presence_set,
				.done = h,
				.arg = arg};
	const char *note = prm ? prm->note : NULL;
	struct wanted *wanted;
	char until[32];

	if (!s || s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!prm || prm->state <= PROTO_PRESENCE_UNKNOWN ||
	    prm->state >= PROTO_PRESENCE_COUNT || prm->until_ms < 0)
		return EINVAL;
	wanted = mem_zalloc(sizeof(*wanted), wanted_destructor);
	if (!wanted)
		return ENOMEM;
	if (!(s->additions & WSI_ADD_PRESENCE))
		note = "";
	else if (!note)
		note = me && me->presence.note ? me->presence.note : "";
	wanted->p.state = prm->state;
	wanted->p.until_ms = prm->until_ms;
	wanted->p.note = text_clean(note, (size_t)-1, TEXT_LINE_MAX);
	wsi_params_add(&p, PROTO_PARAM_USER, s->user);
	wsi_params_add_int(&p, PROTO_PARAM_PRESENCE, prm->state);
	proto_time_write(until, sizeof(until), prm->until_ms);
	if (prm->until_ms && *until)
		wsi_params_add(&p, PROTO_PARAM_PTIME, until);
	if ((s->additions & WSI_ADD_PRESENCE) && prm->note)
		wsi_params_add(&p, PROTO_PARAM_NOTE, wanted->p.note);
	c.data = wanted;
	return wsi_command_send(rp, s, &c);
}

static int simple(struct wsi_request **rp, struct session *s,
		  enum proto_command command, struct params *p, wsi_done_h *h,
		  void *arg)
{
	const struct command_prm c = {
		.command = command, .params = p, .done = h, .arg = arg};

	return wsi_command_send(rp, s, &c);
}

/* ---- calls ------------------------------------------------------------- */

/* The phone that is operated, where there is a choice. */
static const char *phone(const struct wsi *w)
{
	const struct uc_account *account = w ? uc_account(w->s->uc) : NULL;

	return account && !text_empty(account->phone) ? account->phone
						      : wsi_device(w);
}

int wsi_call_make(struct wsi_request **rp, struct wsi *w, const char *number,
		  const char *from, wsi_done_h *h, void *arg)
{
	struct params p = {0};

	if (text_empty(number))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_CALLING_DEVICE, from ? from : phone(w));
	wsi_params_add(&p, PROTO_PARAM_CALLED_DIRECTORY_NUMBER, number);
	return simple(rp, session(w), PROTO_COMMAND_MK_CALL, &p, h, arg);
}

static const struct {
	enum proto_command command;
	enum proto_param value; /**< PROTO_PARAM_NONE: takes none */
} actions[WSI_ACTION_COUNT] = {
	[WSI_ANSWER] = {PROTO_COMMAND_ANSWER_CALL, PROTO_PARAM_NONE},
	[WSI_CLEAR] = {PROTO_COMMAND_CLEAR_CONNECTION, PROTO_PARAM_NONE},
	[WSI_HOLD] = {PROTO_COMMAND_HOLD_CALL, PROTO_PARAM_NONE},
	[WSI_RETRIEVE] = {PROTO_COMMAND_RETRIEVE_CALL, PROTO_PARAM_NONE},
	[WSI_CONSULT] = {PROTO_COMMAND_CONSULTATION_CALL,
			 PROTO_PARAM_CONSULTED_DEVICE},
	[WSI_DEFLECT] = {PROTO_COMMAND_DEFLECT_CALL,
			 PROTO_PARAM_NEW_DESTINATION},
	[WSI_TRANSFER] = {PROTO_COMMAND_TRANSFER_CALL,
			  PROTO_PARAM_TRANSFERRED_TO},
	[WSI_ALTERNATE] = {PROTO_COMMAND_ALTERNATE_CALL,
			   PROTO_PARAM_HELD_CALL_ID},
	[WSI_RECONNECT] = {PROTO_COMMAND_RECONNECT_CALL,
			   PROTO_PARAM_HELD_CALL_ID},
	[WSI_TRANSFER_ATTENDED] = {PROTO_COMMAND_ATTENDED_TRANSFER,
				   PROTO_PARAM_HELD_CALL_ID},
	[WSI_END_CONFERENCE] = {PROTO_COMMAND_END_CONFERENCE, PROTO_PARAM_NONE},
	[WSI_CONFERENCE] = {PROTO_COMMAND_CONFERENCE_CALL,
			    PROTO_PARAM_HELD_CALL_ID},
};

int wsi_call_do(struct wsi_request **rp, struct wsi *w, enum wsi_action action,
		const char *call_id, const char *value, wsi_done_h *h,
		void *arg)
{
	struct params p = {0};
	enum proto_param more;

	if ((unsigned)action >= WSI_ACTION_COUNT || text_empty(call_id))
		return EINVAL;
	more = actions[action].value;
	if (more != PROTO_PARAM_NONE && text_empty(value))
		return EINVAL;
	/* Our connection in the call, and what the action takes besides. */
	wsi_params_add(&p, PROTO_PARAM_DEVICE_ID, phone(w));
	wsi_params_add(&p, PROTO_PARAM_CALL_ID, call_id);
	if (more != PROTO_PARAM_NONE)
		wsi_params_add(&p, more, value);
	return simple(rp, session(w), actions[action].command, &p, h, arg);
}

int wsi_call_drop(struct wsi_request **rp, struct wsi *w, const char *call_id,
		  const char *member, wsi_done_h *h, void *arg)
{
	struct params p = {0};

	if (text_empty(call_id) || text_empty(member))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_DEVICE_ID, member);
	wsi_params_add(&p, PROTO_PARAM_CALL_ID, call_id);
	return simple(rp, session(w), PROTO_COMMAND_CLEAR_CONNECTION, &p, h,
		      arg);
}

int wsi_collaborate(struct wsi_request **rp, struct wsi *w, const char *call_id,
		    wsi_done_h *h, void *arg)
{
	struct params p = {0};

	if (text_empty(call_id))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_DEVICE_ID, wsi_device(w));
	wsi_params_add(&p, PROTO_PARAM_CALL_ID, call_id);
	return simple(rp, session(w), PROTO_COMMAND_COLLABORATE, &p, h, arg);
}

/* ---- favourites (ours) ------------------------------------------------- */

static void favourites_answer(struct session *s, const struct answer *a,
			      void *data)
{
	(void)data;
	wsi_favourites_read(s, a);
}

static int on_favourites(struct wsi_request **rp, struct wsi *w,
			 enum proto_command command, struct params *p,
			 wsi_done_h *h, void *arg)
{
	const struct command_prm c = {.command = command,
				      .params = p,
				      .flags = COMMAND_LARGE,
				      .answer = favourites_answer,
				      .done = h,
				      .arg = arg};
	struct session *s = session(w);

	if (!s || s->stage != STAGE_ONLINE ||
	    !(s->additions & WSI_ADD_FAVOURITES)) {
		text_buf_reset(&p->b);
		return s && s->stage == STAGE_ONLINE ? ENOTSUP : ENOTCONN;
	}
	return wsi_command_send(rp, s, &c);
}

int wsi_favourite_add(struct wsi_request **rp, struct wsi *w, const char *group,
		      const char *contact_id, wsi_done_h *h, void *arg)
{
	struct params p = {0};

	if (text_empty(group) || text_empty(contact_id))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_GROUP, group);
	wsi_params_add(&p, PROTO_PARAM_CONTACT, contact_id);
	return on_favourites(rp, w, PROTO_COMMAND_FAVOURITE_ADD, &p, h, arg);
}

int wsi_favourite_remove(struct wsi_request **rp, struct wsi *w,
			 const char *group_id, const char *contact_id,
			 wsi_done_h *h, void *arg)
{
	struct params p = {0};

	if (text_empty(group_id) || text_empty(contact_id))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_GROUP_ID, group_id);
	wsi_params_add(&p, PROTO_PARAM_CONTACT, contact_id);
	return on_favourites(rp, w, PROTO_COMMAND_FAVOURITE_REMOVE, &p, h, arg);
}

int wsi_favourite_move(struct wsi_request **rp, struct wsi *w,
		       const char *group_id, const char *contact_id, int steps,
		       wsi_done_h *h, void *arg)
{
	struct params p = {0};
	char digits[16];

	if (text_empty(group_id))
		return EINVAL;
	snprintf(digits, sizeof(digits), "%d", steps);
	wsi_params_add(&p, PROTO_PARAM_GROUP_ID, group_id);
	if (!text_empty(contact_id))
		wsi_params_add(&p, PROTO_PARAM_CONTACT, contact_id);
	wsi_params_add(&p, PROTO_PARAM_STEPS, digits);
	return on_favourites(rp, w, PROTO_COMMAND_FAVOURITE_MOVE, &p, h, arg);
}

int wsi_favourite_number(struct wsi_request **rp, struct wsi *w,
			 const char *contact_id, const char *number,
			 wsi_done_h *h, void *arg)
{
	struct params p = {0};

	if (text_empty(contact_id))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_CONTACT, contact_id);
	wsi_params_add(&p, PROTO_PARAM_NUMBER, number ? number : "");
	return on_favourites(rp, w, PROTO_COMMAND_FAVOURITE_NUMBER, &p, h, arg);
}

int wsi_group_rename(struct wsi_request **rp, struct wsi *w,
		     const char *group_id, const char *name, wsi_done_h *h,
		     void *arg)
{
	struct params p = {0};

	if (text_empty(group_id) || text_empty(name))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_GROUP_ID, group_id);
	wsi_params_add(&p, PROTO_PARAM_NAME, name);
	return on_favourites(rp, w, PROTO_COMMAND_GROUP_RENAME, &p, h, arg);
}

int wsi_group_delete(struct wsi_request **rp, struct wsi *w,
		     const char *group_id, wsi_done_h *h, void *arg)
{
	struct params p = {0};

	if (text_empty(group_id))
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_GROUP_ID, group_id);
	return on_favourites(rp, w, PROTO_COMMAND_GROUP_DELETE, &p, h, arg);
}

int wsi_favourites_replace(struct wsi_request **rp, struct wsi *w,
			   wsi_done_h *h, void *arg)
{
	struct session *s = session(w);
	struct json_writer *j = json_writer_new();
	struct params p = {0};
	char *text;

	if (!s || !j) {
		json_writer_free(j);
		return s ? ENOMEM : ENOTCONN;
	}
	json_array(j);
	for (size_t i = 0; i < uc_group_count(s->uc); i++) {
		const struct uc_group *g = uc_group_at(s->uc, i);

		json_object(j);
		json_add_string(j, proto_member(PROTO_MEMBER_NAME), g->name);
		json_name(j, proto_member(PROTO_MEMBER_MEMBERS));
		json_array(j);
		for (size_t k = 0; k < g->member_count; k++)
			json_put_string(j, g->members[k]->id);
		json_end(j);
		json_end(j);
	}
	json_end(j);
	text = json_writer_take(j);
	json_writer_free(j);
	if (!text)
		return ENOMEM;
	wsi_params_add(&p, PROTO_PARAM_GROUPS, text);
	free(text);
	return on_favourites(rp, w, PROTO_COMMAND_FAVOURITES_REPLACE, &p, h,
			     arg);
}

/* ---- journal, SIP account (ours) --------------------------------------- */

/** Entries that are to be marked, so many at a time as a server takes. */
struct marking {
	struct session *s;
	enum proto_command command;
	char **ids; /**< as the server calls them */
	size_t count, sent;
	wsi_done_h *h;
	void *arg;
};

enum { MARKED_AT_ONCE = 500 };

static void marking_destructor(void *arg)
{
	struct marking *m = arg;

	for (size_t i = 0; m->ids && i < m->count; i++)
		free(m->ids[i]);
	free(m->ids);
	mem_deref(m->s);
}

static void portion_done(const struct wsi_result *r, void *arg);

static int portion_send(struct marking *m)
{
	struct text_buf list = {0};
	struct params p = {0};
	const struct command_prm c = {
		.command = m->command,
		.params = &p,
		.data = m,
		.done = portion_done,
		.arg = m,
	};
	size_t end = m->sent + MARKED_AT_ONCE;
	int err;

	for (; m->sent < m->count && m->sent < end; m->sent++)
		text_buf_printf(&list, "%s%s", list.len ? "," : "",
				m->ids[m->sent]);
	err = list.err;
	if (!err) {
		wsi_params_add(&p, PROTO_PARAM_IDS, list.buf);
		mem_ref(m); /* the command's own */
		err = wsi_command_send(NULL, m->s, &c);
	}
	text_buf_reset(&list);
	return err;
}

static void portion_done(const struct wsi_result *r, void *arg)
{
	struct marking *m = arg;
	struct wsi_result failed = {.status = WSI_FAILED,
				    .reason = "",
				    .cause = "",
				    .call_id = "",
				    .batch = ""};
	int err = 0;

	if (r->status == WSI_OK && m->sent < m->count) {
		err = portion_send(m);
		if (!err)
			return;
		failed.text = strerror(err);
		r = &failed;
	}
	if (m->h)
		m->h(r, m->arg);
}

/* Only what the server has given, and of that sort. */
static int marking_add(struct marking *m, const char *prefix,
		       const char *const *ids, size_t count)
{
	m->ids = calloc(count + 1, sizeof(*m->ids));
	if (!m->ids)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (strncmp(ids[i], prefix, 2) || strchr(ids[i], ','))
			continue;
		m->ids[m->count] = strdup(ids[i] + 2);
		if (!m->ids[m->count++])
			return ENOMEM;
	}
	return m->count ? 0 : EINVAL;
}

static int mark(struct wsi *w, enum proto_command command, uint32_t addition,
		const char *prefix, const char *const *ids, size_t count,
		wsi_done_h *h, void *arg)
{
	struct session *s = session(w);
	struct marking *m;
	int err;

	if (!s || s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!(s->additions & addition))
		return ENOTSUP;
	m = mem_zalloc(sizeof(*m), marking_destructor);
	if (!m)
		return ENOMEM;
	m->s = mem_ref(s);
	m->h = h;
	m->arg = arg;
	m->command = command;
	err = marking_add(m, prefix, ids, count);
	if (!err)
		err = portion_send(m);
	mem_deref(m);
	return err;
}

int wsi_journal_mark(struct wsi *w, const char *const *ids, size_t count,
		     wsi_done_h *h, void *arg)
{
	return mark(w, PROTO_COMMAND_JOURNAL_MARK, WSI_ADD_JOURNAL, "j:", ids,
		    count, h, arg);
}

int wsi_messages_mark(struct wsi *w, const char *const *ids, size_t count,
		      wsi_done_h *h, void *arg)
{
	return mark(w, PROTO_COMMAND_MESSAGE_MARK, WSI_ADD_MESSAGES, "m:", ids,
		    count, h, arg);
}

int wsi_sip_account(struct wsi_request **rp, struct wsi *w,
		    wsi_sip_account_h *h, void *arg)
{
	const struct command_prm c = {
		.command = PROTO_COMMAND_SIP_ACCOUNT, .account = h, .arg = arg};
	struct session *s = session(w);

	if (!h)
		return EINVAL;
	if (!s || s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!(s->additions & WSI_ADD_SIP_ACCOUNT))
		return ENOTSUP;
	return wsi_command_send(rp, s, &c);
}
