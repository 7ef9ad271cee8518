/**
 * @file delete.c  Deleting entries of conversations, and taking that back
 */
#include "wsi_int.h"

#define LOG_MODULE "wsi"

/* Whose ids begin so in the model. */
static const struct {
	const char *prefix;
	enum proto_param param;
} sorts[] = {
	{"j:", PROTO_PARAM_CALLS},
	{"m:", PROTO_PARAM_MESSAGES},
	{"v:", PROTO_PARAM_VOICEMAILS},
};

static const char *const scopes[] = {
	[WSI_THESE] = NULL,
	[WSI_NUMBERS] = "numbers",
	[WSI_OLDER] = "older",
};

static int ready(const struct wsi *w)
{
	if (!w || w->s->stage != STAGE_ONLINE)
		return ENOTCONN;
	return w->s->additions & WSI_ADD_DELETE ? 0 : ENOTSUP;
}

int wsi_entries_delete(struct wsi_request **rp, struct wsi *w,
		       const char *const *ids, size_t count,
		       enum wsi_scope scope, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_ENTRIES_DELETE,
		.params = &p,
		.done = h,
		.arg = arg,
	};
	int err = ready(w);

	if (!err &&
	    (count > WSI_ENTRIES_MAX || (unsigned)scope >= ARRAY_SIZE(scopes)))
		err = EINVAL;
	if (err)
		return err;
	for (size_t s = 0; s < ARRAY_SIZE(sorts); s++) {
		struct text_buf list = {0};

		for (size_t i = 0; i < count; i++)
			if (!strncmp(ids[i], sorts[s].prefix, 2))
				text_buf_printf(&list, "%s%s",
						list.len ? "," : "",
						ids[i] + 2);
		if (list.len && !list.err)
			wsi_params_add(&p, sorts[s].param, list.buf);
		text_buf_reset(&list);
	}
	if (scopes[scope])
		wsi_params_add(&p, PROTO_PARAM_SCOPE, scopes[scope]);
	return wsi_command_send(rp, w->s, &c);
}

int wsi_entries_restore(struct wsi_request **rp, struct wsi *w,
			const char *batch, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_ENTRIES_RESTORE,
		.params = &p,
		.done = h,
		.arg = arg,
	};
	int err = ready(w);

	if (err)
		return err;
	wsi_params_add(&p, PROTO_PARAM_BATCH, batch);
	return wsi_command_send(rp, w->s, &c);
}
