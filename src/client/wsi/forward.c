/**
 * @file forward.c  Where our calls go: forwarding, and CallMe
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

/* ECMA-323's names. */
static const char *const kinds[UC_FORWARD_COUNT] = {
	[UC_FORWARD_ALWAYS] = "forwardImmediate",
	[UC_FORWARD_BUSY] = "forwardBusy",
	[UC_FORWARD_NO_ANSWER] = "forwardNoAns",
};

static unsigned kind_of(const char *name)
{
	unsigned i = 0;

	while (i < UC_FORWARD_COUNT && strcmp(kinds[i], name) != 0)
		i++;
	return i;
}

static int put(char **text, const char *number)
{
	char *clean = text_clean(number, (size_t)-1, TEXT_LINE_MAX);
	int err = clean ? text_set(text, clean) : ENOMEM;

	free(clean);
	return err;
}

/* A server that has another way to say it says nothing that is read here. */
void wsi_forwarding_read(struct session *s, const struct answer *a)
{
	struct uc_account *account = uc_account_edit(s->uc);
	const struct xml *item;

	if (a->status != WSI_OK || !a->xml)
		return;
	for (unsigned i = 0; i < UC_FORWARD_COUNT; i++)
		(void)text_set(&account->forward[i], "");
	for (item = wsi_x_child(a->xml, PROTO_ELEMENT_FORWARD_LIST_ITEM); item;
	     item = xml_next_same(item)) {
		unsigned kind = kind_of(
			wsi_x_text(item, PROTO_ELEMENT_FORWARDING_TYPE));

		if (kind < UC_FORWARD_COUNT &&
		    text_equal(wsi_x_text(item, PROTO_ELEMENT_FORWARD_STATUS),
			       "true"))
			(void)put(&account->forward[kind],
				  wsi_x_text(item, PROTO_ELEMENT_FORWARD_DN));
	}
	(void)put(&account->call_me, wsi_x_text(a->xml, PROTO_ELEMENT_CALL_ME));
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

/* It is told by an event too, where the server has one. What was refused is
   as it was. */
static void changed(struct session *s, const struct answer *a, void *data)
{
	(void)a;
	(void)data;
	wsi_sync_stale(s, STALE_FORWARDING);
}

int wsi_forward_set(struct wsi_request **rp, struct wsi *w,
		    enum uc_forward kind, const char *number, wsi_done_h *h,
		    void *arg)
{
	struct session *s = w ? w->s : NULL;
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_SET_FORWARDING,
		.params = &p,
		.answer = changed,
		.done = h,
		.arg = arg,
	};

	if ((unsigned)kind >= UC_FORWARD_COUNT)
		return EINVAL;
	wsi_params_add(&p, PROTO_PARAM_DEVICE, wsi_device(w));
	wsi_params_add(&p, PROTO_PARAM_FORWARDING_TYPE, kinds[kind]);
	wsi_params_add(&p, PROTO_PARAM_ACTIVATE_FORWARD,
		       text_empty(number) ? "false" : "true");
	if (!text_empty(number))
		wsi_params_add(&p, PROTO_PARAM_FORWARD_DN, number);
	return wsi_command_send(rp, s, &c);
}

int wsi_call_me_set(struct wsi_request **rp, struct wsi *w, const char *number,
		    wsi_done_h *h, void *arg)
{
	struct session *s = w ? w->s : NULL;
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_SET_CALL_ME,
		.params = &p,
		.answer = changed,
		.done = h,
		.arg = arg,
	};

	wsi_params_add(&p, PROTO_PARAM_DEVICE, wsi_device(w));
	wsi_params_add(&p, PROTO_PARAM_PHONE_NUMBER, number ? number : "");
	return wsi_command_send(rp, s, &c);
}
