/**
 * @file box.c  What our answering box does: greetings, PIN, e-mail (ours)
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

static int box_send(struct wsi *w, enum proto_command command, struct params *p,
		    wsi_done_h *h, void *arg)
{
	const struct command_prm c = {
		.command = command, .params = p, .done = h, .arg = arg};

	if (!w || !w->s || w->s->stage != STAGE_ONLINE ||
	    !(w->s->additions & WSI_ADD_VOICEMAIL)) {
		text_buf_reset(&p->b);
		return w && w->s && w->s->stage == STAGE_ONLINE ? ENOTSUP
								: ENOTCONN;
	}
	return wsi_command_send(NULL, w->s, &c);
}

/* ---- how it is --------------------------------------------------------- */

static int64_t number_in(const struct json *j, enum proto_member m)
{
	return json_get_int(j, proto_member(m), 0);
}

static uint32_t length_in(const struct json *j, enum proto_member m)
{
	int64_t ms = number_in(j, m);

	return ms > 0 && ms < UINT32_MAX ? (uint32_t)ms : 0;
}

static void read_greetings(struct uc_voicemail *b, const struct json *list)
{
	memset(b->greeting_ms, 0, sizeof(b->greeting_ms));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *j = json_at(list, i);
		int64_t n = number_in(j, PROTO_MEMBER_GREETING);

		if (n > 0 && n <= UC_GREETINGS)
			b->greeting_ms[n] = length_in(j, PROTO_MEMBER_LENGTH);
	}
}

static void read_states(struct uc_voicemail *b, const struct json *list)
{
	memset(b->greeting, 0, sizeof(b->greeting));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *j = json_at(list, i);
		int64_t p = number_in(j, PROTO_MEMBER_PRESENCE);
		int64_t n = number_in(j, PROTO_MEMBER_GREETING);

		if (p > 0 && p < PROTO_PRESENCE_COUNT && n >= 0 &&
		    n <= UC_GREETINGS)
			b->greeting[p] = (unsigned)n;
	}
}

void wsi_box_read(struct session *s, const struct answer *a, void *data)
{
	struct uc_voicemail *b = &uc_account_edit(s->uc)->box;
	const struct json *j = a->json;
	char *address;

	(void)data;
	if (a->status != WSI_OK ||
	    !json_is_array(wsi_j_get(j, PROTO_MEMBER_STATES)) ||
	    !wsi_is_latest(s, LATEST_BOX))
		return;
	address = text_clean(wsi_j_text(j, PROTO_MEMBER_ADDRESS), (size_t)-1,
			     TEXT_LINE_MAX);
	b->known = true;
	b->recording =
		json_get_bool(j, proto_member(PROTO_MEMBER_RECORDING), true);
	b->pin_preset =
		json_get_bool(j, proto_member(PROTO_MEMBER_PRESET), true);
	b->can_mail =
		json_get_bool(j, proto_member(PROTO_MEMBER_CAN_MAIL), false);
	b->mail = json_get_bool(j, proto_member(PROTO_MEMBER_MAIL), false);
	(void)text_set(&b->address, address ? address : "");
	free(address);
	b->note_ms = length_in(j, PROTO_MEMBER_NOTE_LENGTH);
	read_greetings(b, wsi_j_get(j, PROTO_MEMBER_GREETINGS));
	read_states(b, wsi_j_get(j, PROTO_MEMBER_STATES));
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

int wsi_box(struct wsi *w, wsi_done_h *h, void *arg)
{
	const struct command_prm c = {
		.command = PROTO_COMMAND_VOICEMAIL_SETTINGS,
		.answer = wsi_box_read,
		.done = h,
		.arg = arg,
	};

	if (!w || !w->s || w->s->stage != STAGE_ONLINE ||
	    !(w->s->additions & WSI_ADD_VOICEMAIL))
		return ENOTSUP;
	return wsi_command_send(NULL, w->s, &c);
}

/* ---- what it shall do -------------------------------------------------- */

int wsi_box_records(struct wsi *w, bool on, wsi_done_h *h, void *arg)
{
	struct params p = {0};

	wsi_params_add_int(&p, PROTO_PARAM_RECORDING, on);
	return box_send(w, PROTO_COMMAND_VOICEMAIL_SET, &p, h, arg);
}

int wsi_box_greeting(struct wsi *w, enum proto_presence state, unsigned number,
		     wsi_done_h *h, void *arg)
{
	struct params p = {0};

	wsi_params_add_int(&p, PROTO_PARAM_PRESENCE, state);
	wsi_params_add_int(&p, PROTO_PARAM_GREETING, number);
	return box_send(w, PROTO_COMMAND_VOICEMAIL_SET, &p, h, arg);
}

int wsi_box_mail(struct wsi *w, bool on, const char *address, wsi_done_h *h,
		 void *arg)
{
	struct params p = {0};

	wsi_params_add_int(&p, PROTO_PARAM_MAIL, on);
	if (address)
		wsi_params_add(&p, PROTO_PARAM_ADDRESS, address);
	return box_send(w, PROTO_COMMAND_VOICEMAIL_SET, &p, h, arg);
}

int wsi_box_pin(struct wsi *w, const char *old, const char *pin, wsi_done_h *h,
		void *arg)
{
	struct params p = {0};

	/* never in a query: that stands in logs */
	if (w && w->s && !(w->s->additions & WSI_ADD_POST))
		return ENOTSUP;
	wsi_params_add(&p, PROTO_PARAM_OLD, old);
	wsi_params_add(&p, PROTO_PARAM_PIN, pin);
	return box_send(w, PROTO_COMMAND_VOICEMAIL_PIN, &p, h, arg);
}

/* A greeting's number, or the note. */
static void add_greeting(struct params *p, unsigned number)
{
	if (number == WSI_NOTE)
		wsi_params_add(p, PROTO_PARAM_GREETING,
			       proto_param(PROTO_PARAM_NOTE));
	else
		wsi_params_add_int(p, PROTO_PARAM_GREETING, number);
}

int wsi_greeting_get(struct wsi_request **rp, struct wsi *w, unsigned number,
		     wsi_sound_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_GREETING_GET,
		.params = &p,
		.flags = COMMAND_SOUND,
		.sound = h,
		.arg = arg,
	};

	if (!w || !w->s || w->s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!(w->s->additions & WSI_ADD_VOICEMAIL))
		return ENOTSUP;
	add_greeting(&p, number);
	return wsi_command_send(rp, w->s, &c);
}

int wsi_greeting_put(struct wsi *w, unsigned number, const void *wav,
		     size_t len, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	size_t size = 4 * ((len + 2) / 3) + 1;
	char *text = malloc(size);
	int err = text ? base64_encode(wav, len, text, &size) : ENOMEM;

	if (!err) {
		text[size] = '\0';
		add_greeting(&p, number);
		wsi_params_add(&p, PROTO_PARAM_SOUND, text);
		err = box_send(w, PROTO_COMMAND_GREETING_PUT, &p, h, arg);
	}
	free(text);
	return err;
}

int wsi_greeting_record(struct wsi *w, unsigned number, const char *phone,
			wsi_done_h *h, void *arg)
{
	struct params p = {0};

	add_greeting(&p, number);
	wsi_params_add(&p, PROTO_PARAM_DEVICE, phone);
	return box_send(w, PROTO_COMMAND_GREETING_RECORD, &p, h, arg);
}

int wsi_greeting_delete(struct wsi *w, unsigned number, wsi_done_h *h,
			void *arg)
{
	struct params p = {0};

	add_greeting(&p, number);
	return box_send(w, PROTO_COMMAND_GREETING_DELETE, &p, h, arg);
}
