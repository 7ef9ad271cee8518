/**
 * @file sound_list.c  Which devices there are
 *
 * Asked of each driver's module by a job: a sound server may take its time,
 * and the module may have to be loaded first.
 */
#include "phone_int.h"
#include "sound_module.h"

enum { TEXT_MAX = 100 };

static const char *const modules[] = {"pulse", "alsa"};

struct listing {
	phone_devices_h *h;
	void *arg;
	struct phone_device *list;
	size_t n;
	const char *module; /**< being asked */
	int err;
};

static void listing_free(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free((char *)l->list[i].name);
		free((char *)l->list[i].text);
	}
	free(l->list);
	free(l);
}

static void add(struct listing *l, const struct phone_device *d)
{
	struct phone_device *all;

	all = l->err ? NULL : realloc(l->list, (l->n + 1) * sizeof(*all));
	if (!all) {
		l->err = ENOMEM;
		return;
	}
	l->list = all;
	all[l->n] = *d;
	all[l->n].text = text_clean(d->text, strlen(d->text), TEXT_MAX);
	if (!d->name || !all[l->n].text) {
		free((char *)all[l->n].text);
		free((char *)d->name);
		l->err = ENOMEM;
		return;
	}
	l->n++;
}

static void on_device(const struct sound_module_device *m, void *arg)
{
	struct listing *l = arg;

	/* one that can't be written into the configuration is no choice */
	if (strpbrk(m->name, "\n\r\t'\""))
		return;
	add(l, &(const struct phone_device){
		       .input = m->capture,
		       .standard = m->standard,
		       .name = text_printf("%s:%s", l->module, m->name),
		       .text = m->text,
	       });
}

static int work(void *arg)
{
	struct listing *l = arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modules); i++) {
		const struct sound_module *m = sound_module_get(modules[i]);

		l->module = modules[i];
		if (m)
			m->list(on_device, l);
	}
	return l->err;
}

static void done(int err, void *arg)
{
	struct listing *l = arg;

	if (err != ECANCELED)
		l->h(l->list, l->n, l->arg);
	listing_free(l);
}

int phone_devices(struct phone *p, phone_devices_h *h, void *arg)
{
	struct listing *l;
	int err = 0;

	if (!p || !h)
		return EINVAL;

	l = calloc(1, sizeof(*l));
	if (!l)
		return ENOMEM;
	l->h = h;
	l->arg = arg;
	if (!p->lister)
		err = job_queue_alloc(&p->lister, "devices", 1);
	if (!err)
		err = job_run(p->lister, work, done, l);
	if (err)
		listing_free(l);
	return err;
}
