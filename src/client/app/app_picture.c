/**
 * @file app_picture.c  Pictures of people, fetched when they are to be shown
 *
 * By their versions: each once, and kept as long as there is room. What could
 * not be had is not asked for again for a while.
 */
#include <stdlib.h>
#include "app_int.h"

#include <offhook/picture.h>

#define LOG_MODULE "app"

enum {
	KEPT_MAX = 64,
	IMAGE_MAX = 128 * 1024, /**< of what a server has made small */
	AT_A_TIME = 2,
	AGAIN_MS = 60 * 1000,
};

struct picture {
	struct le le; /**< in a->pictures, the one shown last at the end */
	struct app *a;
	char *version;
	char *image; /**< NULL: not here */
	size_t len;
	struct wsi_request *request; /**< for it */
	uint64_t failed_ms;	     /**< or 0 */
};

static void destructor(void *arg)
{
	struct picture *p = arg;

	list_unlink(&p->le);
	mem_deref(p->request);
	free(p->version);
	free(p->image);
}

static struct picture *find(const struct app *a, const char *version)
{
	struct le *le;

	LIST_FOREACH (&a->pictures, le) {
		struct picture *p = le->data;

		if (text_equal(p->version, version))
			return p;
	}
	return NULL;
}

static unsigned under_way(const struct app *a)
{
	unsigned n = 0;
	struct le *le;

	LIST_FOREACH (&a->pictures, le)
		n += ((const struct picture *)le->data)->request != NULL;
	return n;
}

static void came(const struct wsi_result *r, const void *image, size_t len,
		 void *arg)
{
	struct picture *p = arg;
	struct app *a = p->a;

	p->request = mem_deref(p->request);
	if (r->status == WSI_OK && len <= IMAGE_MAX &&
	    picture_is_image(image, len))
		p->image = malloc(len);
	if (p->image) {
		memcpy(p->image, image, len);
		p->len = len;
	} else {
		p->failed_ms = time_mono_ms();
	}
	app_tell(a, APP_CHANGE_PICTURE, NULL);
}

static void make_room(struct app *a)
{
	struct le *le = a->pictures.head;

	while (list_count(&a->pictures) >= KEPT_MAX && le) {
		struct le *next = le->next;
		struct picture *p = le->data;

		if (!p->request)
			mem_deref(p);
		le = next;
	}
}

/* @return NULL: it can't be asked for now */
static struct picture *add(struct app *a, const char *version)
{
	struct picture *p;

	if (under_way(a) >= AT_A_TIME)
		return NULL;
	make_room(a);
	p = mem_zalloc(sizeof(*p), destructor);
	if (!p)
		return NULL;
	p->a = a;
	list_append(&a->pictures, &p->le, p);
	return text_set(&p->version, version) ? mem_deref(p) : p;
}

static bool is_personal(const struct uc_contact *c)
{
	return c->directory == UC_PERSONAL;
}

static bool offered(const struct wsi *w, const struct uc_contact *c)
{
	return w &&
	       wsi_additions(w) & (is_personal(c) ? WSI_ADD_CONTACT_PICTURES
						  : WSI_ADD_PICTURES);
}

static bool ask(struct app *a, struct picture *p, const struct uc_contact *c)
{
	struct wsi *w = app_online(a);
	int err = is_personal(c)
			  ? wsi_contact_picture_get(&p->request, w, c->id,
						    p->version, came, p)
			  : wsi_picture_get(&p->request, w, c->device,
					    p->version, came, p);

	if (err)
		p->failed_ms = time_mono_ms();
	return !err;
}

enum app_pictured app_picture(struct app *a, const struct uc_contact *c,
			      struct app_picture *out)
{
	const struct wsi *w = a ? app_online(a) : NULL;
	struct picture *p;

	if (!a || !c || text_empty(c->picture) ||
	    (!is_personal(c) && text_empty(c->device)))
		return APP_PICTURE_NONE;
	p = find(a, c->picture);
	if (p && p->image) {
		list_unlink(&p->le);
		list_append(&a->pictures, &p->le, p);
		*out = (struct app_picture){p->version, p->image, p->len};
		return APP_PICTURE_HERE;
	}
	if (p && p->request)
		return APP_PICTURE_COMING;
	if (!offered(w, c))
		return APP_PICTURE_NONE;
	if (p && time_mono_ms() - p->failed_ms < AGAIN_MS)
		return APP_PICTURE_NONE;
	if (!p)
		p = add(a, c->picture);
	/* With others under way it is asked for when they have come. */
	return !p || ask(a, p, c) ? APP_PICTURE_COMING : APP_PICTURE_NONE;
}

void app_pictures_close(struct app *a)
{
	struct le *le;

	while ((le = a->pictures.head))
		mem_deref(le->data);
}

void app_pictures_anew(struct app *a)
{
	struct le *le = a->pictures.head;

	while (le) {
		struct le *next = le->next;
		struct picture *p = le->data;

		if (!p->image)
			mem_deref(p);
		le = next;
	}
}
