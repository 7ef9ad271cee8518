/**
 * @file cmd_picture.c  My own picture (SPEC T6.1.2, T6.1.3)
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

#include <offhook/picture.h>

static const char *unavailable(const struct app *a)
{
	const struct wsi *w = app_online(a);

	if (!w)
		return app_not_online(a);
	return wsi_additions(w) & WSI_ADD_PICTURES
		       ? NULL
		       : _("This server has no pictures.");
}

static const char *const too_large =
	N_("A picture has at most 512 KB, and 32 million pixels.");
static const char *const too_small =
	N_("A picture is at least 40 pixels wide and 40 high.");
static const char *const no_picture = N_("That is neither a JPG nor a PNG "
					 "picture, or it is damaged.");

static void told(const struct wsi_result *r, void *arg)
{
	static const struct {
		enum proto_reason reason;
		const char *const *text;
	} rows[] = {
		{PROTO_REASON_TOO_LARGE, &too_large},
		{PROTO_REASON_TOO_SMALL, &too_small},
		{PROTO_REASON_NO_PICTURE, &no_picture},
	};
	enum proto_reason reason = r->status == WSI_REFUSED
					   ? proto_reason_find(r->reason)
					   : PROTO_REASON_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].reason == reason) {
			app_wait_over(arg, EINVAL, _(*rows[i].text));
			return;
		}
	}
	app_told(r, arg);
}

static int send_file(const struct app_invocation *i)
{
	char *path = app_path(i->sink, app_argument_of(i, 1));
	char *image = NULL;
	size_t len = 0;
	int err = path ? file_read(path, PICTURE_BYTES_MAX, &image, &len)
		       : ENOMEM;

	if (err)
		app_sink_fail(i->sink, err, "%s: %s", path ? path : "",
			      err == EFBIG ? _(too_large) : strerror(err));
	else if (!picture_is_image(image, len))
		err = app_sink_fail(i->sink, EINVAL, "%s: %s", path,
				    _(no_picture));
	else
		err = wsi_picture_set(app_online(i->app), image, len, told,
				      app_wait_new(i->app, i->sink));
	free(image);
	free(path);
	return err;
}

static int run(const struct app_invocation *i)
{
	if (text_equal(app_argument_of(i, 1), "none"))
		return wsi_picture_delete(app_online(i->app), told,
					  app_wait_new(i->app, i->sink));
	return send_file(i);
}

static const struct app_argument arguments[] = {
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = NULL},
};

const struct app_command app_commands_picture[] = {
	{.name = "picture",
	 .summary = N_("Choose the picture that others see of you."),
	 .help = N_("A JPG or PNG file, at least 40 pixels wide and high, at "
		    "most 512 KB. Its middle is shown, and nothing else of "
		    "the file is kept: no place, no date. none deletes the "
		    "picture. A path that does not begin with / begins in the "
		    "home folder."),
	 .examples = EXAMPLES("picture ~/me.jpg", "picture none"),
	 .arguments = arguments,
	 .origins = FROM_USER,
	 .unavailable = unavailable,
	 .run = run},
	ROWS_END};
