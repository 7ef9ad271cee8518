/**
 * @file app_sound.c  Sound devices of the built-in phone, as they are known
 */
#include <stdlib.h>
#include "call_int.h"

#define LOG_MODULE "app"

/** A command that waits for the list, to be run again. */
struct asker {
	struct le le;
	struct app_wait *wait;
	char **argv;
	size_t argc;
	enum app_origin origin;
};

struct sound {
	struct app *a;
	struct app_sound_device *list;
	size_t n;
	bool asking;
	bool fresh; /**< who asked is being answered */
	struct list askers;
};

static void list_free(struct sound *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free((char *)s->list[i].name);
		free((char *)s->list[i].text);
	}
	free(s->list);
	s->list = NULL;
	s->n = 0;
}

static void destructor(void *arg)
{
	struct sound *s = arg;

	list_flush(&s->askers);
	list_free(s);
}

static struct sound *sound_of(struct app *a)
{
	if (!a->sound) {
		a->sound = mem_zalloc(sizeof(*a->sound), destructor);
		if (a->sound)
			a->sound->a = a;
	}
	return a->sound;
}

static void keep(struct sound *s, const struct app_sound_device *list, size_t n)
{
	list_free(s);
	s->list = calloc(n + 1, sizeof(*s->list));
	for (; s->list && s->n < n; s->n++) {
		struct app_sound_device *d = &s->list[s->n];

		*d = list[s->n];
		d->name = strdup(d->name);
		d->text = strdup(d->text);
		if (!d->name || !d->text) {
			free((char *)d->name);
			free((char *)d->text);
			return;
		}
	}
}

static void answered(const struct app_sound_device *list, size_t n, void *arg)
{
	struct sound *s = mem_ref(arg);
	struct le *le;

	s->asking = false;
	keep(s, list, n);
	s->fresh = true;
	while ((le = list_head(&s->askers))) {
		struct asker *k = le->data;

		list_unlink(&k->le);
		app_wait_run(k->wait, (const char *const *)k->argv, k->argc,
			     k->origin);
		mem_deref(k);
	}
	s->fresh = false;
	mem_deref(s);
}

/** Ask for the list, unless that is under way. */
static int ask(struct app *a)
{
	struct app_carrier *c = app_voip_carrier(a);
	struct sound *s = sound_of(a);
	int err = 0;

	if (!c || !c->m.devices)
		return ENOTSUP;
	if (!s)
		return ENOMEM;
	if (!s->asking)
		err = c->m.devices(c->carrier, answered, s);
	if (!err)
		s->asking = true;
	return err;
}

size_t app_sound_devices(struct app *a, const struct app_sound_device **listp)
{
	if (!a->sound || !a->sound->fresh)
		(void)ask(a);
	*listp = a->sound ? a->sound->list : NULL;
	return a->sound ? a->sound->n : 0;
}

static void asker_destructor(void *arg)
{
	struct asker *k = arg;

	list_unlink(&k->le);
	mem_deref(k->wait);
	app_argv_free(k->argv);
}

static int argv_copy(struct asker *k, const struct app_invocation *i)
{
	k->argv = calloc(i->argc + 1, sizeof(*k->argv));
	for (; k->argv && k->argc < i->argc; k->argc++) {
		k->argv[k->argc] = strdup(i->argv[k->argc]);
		if (!k->argv[k->argc])
			return ENOMEM;
	}
	return k->argv ? 0 : ENOMEM;
}

int app_sound_ask(const struct app_invocation *i)
{
	struct app *a = i->app;
	struct asker *k;
	int err;

	if (a->sound && a->sound->fresh)
		return EALREADY;
	err = ask(a);
	if (err)
		return err;
	k = mem_zalloc(sizeof(*k), asker_destructor);
	if (!k)
		return ENOMEM;
	k->origin = i->origin;
	err = argv_copy(k, i);
	if (!err && !(k->wait = mem_ref(app_wait_new(a, i->sink))))
		err = ENOMEM;
	if (err)
		mem_deref(k);
	else
		list_append(&a->sound->askers, &k->le, k);
	return err;
}

bool app_sound_levels(const struct app *a, int *input, int *output)
{
	struct app_carrier *c = app_voip_carrier(a);

	*input = *output = -96;
	return c && c->m.levels && c->m.levels(c->carrier, input, output);
}

int app_sound_test(const struct app *a, enum app_sound_test test)
{
	struct app_carrier *c = app_voip_carrier(a);

	return c && c->m.sound_test ? c->m.sound_test(c->carrier, test)
				    : ENOTSUP;
}
