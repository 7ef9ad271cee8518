/**
 * @file share.c  A page that those in a call look at together (T5.6.2.16)
 *
 * Web collaboration is a service of its own; the server names a session of it,
 * and tells all inside who are in the call where that is. The setting
 * "collaboration" is its address, or a link with {session} in it. A session
 * is known by its name alone, so that is not to be guessed; it is forgotten
 * with the last call that had it.
 */
#include "feature_int.h"

#include <stdlib.h>

enum { NAME_LETTERS = 26, PORT = 5100, SHARES_MAX = 4096 };

static const char *const setting = "collaboration";
static const char place[] = "{session}";

/** One party's view of a session: that of its own call. */
struct share {
	struct le le;
	char *device;
	uint32_t call;
	char *link;
};

static void share_destructor(void *p)
{
	struct share *s = p;

	list_unlink(&s->le);
	free(s->device);
	free(s->link);
}

static const char *address(const struct features *f)
{
	const char *s = db_setting(f->db, "", setting);

	return s ? s : "";
}

bool feature_share_offered(const struct features *f)
{
	return f && *address(f);
}

static struct share *find(const struct features *f, const char *device,
			  uint32_t call)
{
	struct le *le;

	LIST_FOREACH (&f->shares, le) {
		struct share *s = le->data;

		if (s->call == call && !strcmp(s->device, device))
			return s;
	}
	return NULL;
}

const char *feature_shared(const struct features *f, const char *device,
			   uint32_t call)
{
	const struct share *s = f && device ? find(f, device, call) : NULL;

	return s ? s->link : NULL;
}

/* 130 random bits, by letters and digits that are not mistaken for each other;
   to free(). */
static char *session_name(void)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[NAME_LETTERS];
	char name[NAME_LETTERS + 1] = "";

	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		name[i] = letters[random[i] % 32];
	return strdup(name);
}

/* To free(), or NULL without memory. */
static char *new_link(const struct features *f)
{
	const char *at = address(f), *hole = strstr(at, place);
	char *name = session_name(), *link = NULL;
	const char *colon = strrchr(at, ':');
	bool port = colon && !strchr(colon, ']');

	if (name && hole)
		link = text_printf("%.*s%s%s", (int)(hole - at), at, name,
				   hole + sizeof(place) - 1);
	else if (name && !strncmp(at, "https://", 8))
		link = text_printf("%s/%s", at, name);
	else if (name && port)
		link = text_printf("https://%s/%s", at, name);
	else if (name)
		link = text_printf("https://%s:%d/%s", at, PORT, name);
	free(name);
	return link;
}

/* ---- who knows it ------------------------------------------------------ */

static int add(struct features *f, const char *device, uint32_t call,
	       const char *link)
{
	struct share *s;

	if (list_count(&f->shares) >= SHARES_MAX)
		return EDQUOT;
	s = mem_zalloc(sizeof(*s), share_destructor);
	if (!s)
		return ENOMEM;
	s->call = call;
	if (text_set(&s->device, device) || text_set(&s->link, link)) {
		mem_deref(s);
		return ENOMEM;
	}
	list_append(&f->shares, &s->le, s);
	return 0;
}

struct telling {
	struct features *f;
	const char *link, *by;
};

static void tell(const struct pbx_side *side, void *arg)
{
	const struct telling *t = arg;
	struct feature_share news = {
		.device = side->device,
		.call = side->call,
		.link = t->link,
		.by = t->by,
	};

	if (side->outside || find(t->f, side->device, side->call) ||
	    add(t->f, side->device, side->call, t->link))
		return;
	notify_emit(t->f->notify, FEATURE_SHARE, &news);
}

int feature_share(struct features *f, const char *device, uint32_t call,
		  const char **linkp)
{
	struct telling t = {.f = f, .by = device};
	char *link;
	int err;

	if (!feature_share_offered(f))
		return ENOTSUP;
	*linkp = feature_shared(f, device, call);
	if (*linkp)
		return 0;
	link = new_link(f);
	if (!link)
		return ENOMEM;
	t.link = link;
	err = pbx_sides(f->pbx, device, call, tell, &t);
	free(link);
	*linkp = feature_shared(f, device, call);
	return err ? err : *linkp ? 0 : EDQUOT;
}

/* Who comes later is told; what is over is forgotten. */
static void event(struct features *f, const struct pbx_event *ev)
{
	struct share *s = find(f, ev->device, ev->call);
	struct telling t = {.f = f, .by = ev->device};

	if (!s || ev->subject_outside)
		return;
	if (ev->type == PBX_CONNECTION_CLEARED) {
		mem_deref(s);
	} else if (ev->type == PBX_CONFERENCED || ev->type == PBX_TRANSFERRED) {
		t.link = s->link;
		(void)pbx_sides(f->pbx, ev->device, ev->call, tell, &t);
	}
}

static void end(struct features *f)
{
	while (f->shares.head)
		mem_deref(f->shares.head->data);
}

const struct feature feature_sharing = {
	.name = "share",
	.event = event,
	.end = end,
};
