/**
 * @file away.c  Where our calls go in each state, who learns it; my own data
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum { BOXES_MAX = 64 };

static void read_states(struct uc_account *account, const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *j = json_at(list, i);
		int64_t state =
			json_get_int(j, proto_member(PROTO_MEMBER_PRESENCE), 0);

		if (state >= PROTO_OFFICE && state < PROTO_DO_NOT_DISTURB)
			(void)text_set(&account->away[state],
				       wsi_j_text(j, PROTO_MEMBER_TO));
	}
}

static void read_boxes(struct session *s, const struct json *list)
{
	struct uc_box boxes[BOXES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < json_count(list) && n < BOXES_MAX; i++) {
		const struct json *j = json_at(list, i);
		const char *number = wsi_j_text(j, PROTO_MEMBER_NUMBER);

		boxes[n].number = (char *)(uintptr_t)number;
		boxes[n].name =
			(char *)(uintptr_t)wsi_j_text(j, PROTO_MEMBER_NAME);
		n += *number != '\0';
	}
	(void)uc_boxes_replace(s->uc, boxes, n);
}

void wsi_away_read(struct session *s, const struct answer *a)
{
	struct uc_account *account = uc_account_edit(s->uc);
	const struct json *states = wsi_j_get(a->json, PROTO_MEMBER_STATES);

	if (a->status != WSI_OK || !json_is_array(states) ||
	    !wsi_is_latest(s, LATEST_AWAY))
		return;
	read_states(account, states);
	read_boxes(s, wsi_j_get(a->json, PROTO_MEMBER_BOXES));
	account->away_fixed =
		json_get_bool(a->json, proto_member(PROTO_MEMBER_FIXED), false);
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

void wsi_visibility_read(struct session *s, const char *word)
{
	struct uc_account *account = uc_account_edit(s->uc);
	enum uc_visibility v = uc_visibility_find(word);

	if (v == UC_VISIBLE_UNKNOWN || v == account->visibility)
		return;
	account->visibility = v;
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

/* What was asked for; the event that tells all clients comes later. */
struct wanted {
	enum proto_presence state;
	char *to;
	enum uc_visibility seen;
};

static void wanted_destructor(void *arg)
{
	struct wanted *w = arg;

	free(w->to);
}

static void done(struct session *s, const struct answer *a, void *data)
{
	struct uc_account *account = uc_account_edit(s->uc);
	const struct wanted *w = data;

	if (a->status != WSI_OK)
		return;
	if (w->seen != UC_VISIBLE_UNKNOWN &&
	    wsi_is_news(s, NEWS_PRESENCE, s->device))
		return; /* told with the presence */
	if (w->seen == UC_VISIBLE_UNKNOWN && wsi_is_overtaken(s, LATEST_AWAY))
		return;
	if (w->seen != UC_VISIBLE_UNKNOWN)
		account->visibility = w->seen;
	else if (!text_empty(w->to))
		(void)text_set(&account->away[w->state], w->to);
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

int wsi_visibility_set(struct wsi_request **rp, struct wsi *w,
		       enum uc_visibility v, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	struct command_prm c = {.command = PROTO_COMMAND_SET_VISIBILITY,
				.params = &p,
				.answer = done,
				.done = h,
				.arg = arg};
	struct wanted *wanted;

	if (v <= UC_VISIBLE_UNKNOWN || v >= UC_VISIBLE_COUNT)
		return EINVAL;
	if (w && !(w->s->additions & WSI_ADD_PRESENCE))
		return ENOTSUP;
	wanted = mem_zalloc(sizeof(*wanted), wanted_destructor);
	if (!wanted)
		return ENOMEM;
	wanted->seen = v;
	c.data = wanted;
	wsi_params_add(&p, PROTO_PARAM_VISIBILITY, uc_visibility_key(v));
	return wsi_command_send(rp, w ? w->s : NULL, &c);
}

int wsi_away_set(struct wsi_request **rp, struct wsi *w,
		 enum proto_presence state, const char *to, wsi_done_h *h,
		 void *arg)
{
	struct params p = {0};
	struct command_prm c = {.command = PROTO_COMMAND_SET_STATE_FORWARDING,
				.params = &p,
				.answer = done,
				.done = h,
				.arg = arg};
	struct wanted *wanted;

	if (state < PROTO_OFFICE || state >= PROTO_DO_NOT_DISTURB)
		return EINVAL;
	if (w && !(w->s->additions & WSI_ADD_AWAY))
		return ENOTSUP;
	wanted = mem_zalloc(sizeof(*wanted), wanted_destructor);
	if (!wanted || text_set(&wanted->to, to ? to : "")) {
		mem_deref(wanted);
		return ENOMEM;
	}
	wanted->state = state;
	c.data = wanted;
	wsi_params_add_int(&p, PROTO_PARAM_PRESENCE, state);
	wsi_params_add(&p, PROTO_PARAM_TO, to ? to : "");
	return wsi_command_send(rp, w ? w->s : NULL, &c);
}

int wsi_my_data_set(struct wsi_request **rp, struct wsi *w,
		    const struct wsi_my_data *data, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {.command = PROTO_COMMAND_SET_MY_DATA,
				      .params = &p,
				      .done = h,
				      .arg = arg};

	if (!data)
		return EINVAL;
	if (w && !(w->s->additions & WSI_ADD_AWAY))
		return ENOTSUP;
	if (data->mobile)
		wsi_params_add(&p, PROTO_PARAM_MOBILE, data->mobile);
	if (data->private_number)
		wsi_params_add(&p, PROTO_PARAM_PRIVATE, data->private_number);
	if (data->email)
		wsi_params_add(&p, PROTO_PARAM_EMAIL, data->email);
	return wsi_command_send(rp, w ? w->s : NULL, &c);
}
