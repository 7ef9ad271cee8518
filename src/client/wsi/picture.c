/**
 * @file picture.c  Pictures of people (ours)
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

static int check(const struct wsi *w, enum wsi_addition addition)
{
	if (!w || !w->s || w->s->stage != STAGE_ONLINE)
		return ENOTCONN;
	return w->s->additions & addition ? 0 : ENOTSUP;
}

int wsi_picture_get(struct wsi_request **rp, struct wsi *w, const char *user,
		    const char *version, wsi_sound_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_PICTURE_GET,
		.params = &p,
		.flags = COMMAND_READS | COMMAND_IMAGE,
		.sound = h,
		.arg = arg,
	};
	int err = check(w, WSI_ADD_PICTURES);

	/* Everybody's picture would be asked for. */
	if (!err && !wsi_command_offered(w->s, c.command))
		err = ENOTSUP;
	if (err)
		return err;
	wsi_params_add(&p, PROTO_PARAM_USER, user);
	wsi_params_add(&p, PROTO_PARAM_VERSION, version);
	return wsi_command_send(rp, w->s, &c);
}

int wsi_params_add_image(struct params *p, const struct session *s,
			 const void *image, size_t len)
{
	size_t size = 4 * ((len + 2) / 3) + 1;
	char *text;
	int err;

	/* as a query it would be longer than one may be */
	if (!(s->additions & WSI_ADD_POST))
		return ENOTSUP;
	text = malloc(size);
	err = text ? base64_encode(image, len, text, &size) : ENOMEM;
	if (!err) {
		text[size] = '\0';
		wsi_params_add(p, PROTO_PARAM_PICTURE, text);
	}
	free(text);
	return err;
}

int wsi_picture_set(struct wsi *w, const void *image, size_t len, wsi_done_h *h,
		    void *arg)
{
	struct params p = {0};
	const struct command_prm c = {.command = PROTO_COMMAND_PICTURE_SET,
				      .params = &p,
				      .done = h,
				      .arg = arg};
	int err = check(w, WSI_ADD_PICTURES);

	if (!err)
		err = wsi_params_add_image(&p, w->s, image, len);
	return err ? err : wsi_command_send(NULL, w->s, &c);
}

int wsi_picture_delete(struct wsi *w, wsi_done_h *h, void *arg)
{
	const struct command_prm c = {
		.command = PROTO_COMMAND_PICTURE_DELETE,
		.done = h,
		.arg = arg,
	};
	int err = check(w, WSI_ADD_PICTURES);

	return err ? err : wsi_command_send(NULL, w->s, &c);
}

/* ---- personal contacts' ------------------------------------------------ */

int wsi_contact_picture_get(struct wsi_request **rp, struct wsi *w,
			    const char *id, const char *version, wsi_sound_h *h,
			    void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_CONTACT_PICTURE_GET,
		.params = &p,
		.flags = COMMAND_IMAGE,
		.sound = h,
		.arg = arg,
	};
	int err = check(w, WSI_ADD_CONTACT_PICTURES);

	if (err)
		return err;
	wsi_params_add(&p, PROTO_PARAM_ENTRY_ID, id);
	wsi_params_add(&p, PROTO_PARAM_VERSION, version);
	return wsi_command_send(rp, w->s, &c);
}

int wsi_contact_picture_set(struct wsi *w, const char *id, const void *image,
			    size_t len, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_CONTACT_PICTURE_SET,
		.params = &p,
		.answer = wsi_contact_answer,
		.done = h,
		.arg = arg,
	};
	int err = check(w, WSI_ADD_CONTACT_PICTURES);

	if (!err)
		err = wsi_params_add_image(&p, w->s, image, len);
	if (err)
		return err;
	wsi_params_add(&p, PROTO_PARAM_ENTRY_ID, id);
	return wsi_command_send(NULL, w->s, &c);
}

int wsi_contact_picture_delete(struct wsi *w, const char *id, wsi_done_h *h,
			       void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_CONTACT_PICTURE_DELETE,
		.params = &p,
		.answer = wsi_contact_answer,
		.done = h,
		.arg = arg,
	};
	int err = check(w, WSI_ADD_CONTACT_PICTURES);

	if (err)
		return err;
	wsi_params_add(&p, PROTO_PARAM_ENTRY_ID, id);
	return wsi_command_send(NULL, w->s, &c);
}
