/**
 * @file sound_loaded.c  Drivers that are modules, and their rings
 *
 * The module's thread and the media thread meet in a ring (sound_hand.c).
 */
#include <dlfcn.h>
#include <stdatomic.h>
#include "phone_int.h"
#include "sound_module.h"

enum { RING_MS = 400 };

/** The module and its connection, once anybody wanted sound. */
struct loaded_shared {
	const char *name, *title;
	const struct sound_module *module;
	struct sound_module_server *server;
	struct sound_host *host; /**< which holds this */
	struct mqueue *queue;	 /**< changes come from the module's thread */
};

enum { TOLD_READY, TOLD_FAILED };

struct loaded_sound {
	struct sound *sound;
	char *device;
	struct loaded_shared *shared;
	struct sound_module_stream *stream;
	struct media_ring *ring;
	struct mqueue *queue;	 /**< news come from the module's thread … */
	_Atomic(char *) text[2]; /**< … and this is what they say */
	unsigned opened;	 /**< what an earlier stream said is no news */
	struct sound_hand hand;	 /**< the reader's */
};

const struct sound_module *sound_module_get(const char *name)
{
	char *file = text_printf("offhook-%s.so", name);
	char *path = file ? path_program(file) : NULL;
	const struct sound_module *m = NULL;
	/* kept: the library below it can not be unloaded */
	void *so = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	const char *why = so ? NULL : dlerror();

	if (so)
		m = dlsym(so, SOUND_MODULE_SYMBOL);
	if (m && m->version != SOUND_MODULE_VERSION) {
		why = "another version";
		m = NULL;
	}
	if (!m)
		log_info("%s: %s", file ? file : name,
			 why ? why : "not installed");
	free(path);
	free(file);
	return m;
}

static void shared_changed(int id, void *data, void *arg)
{
	struct loaded_shared *shared = arg;
	(void)id;
	(void)data;

	sound_host_changed(shared->host);
}

/** On the module's thread. */
static void on_changed(void *arg)
{
	struct loaded_shared *shared = arg;

	mqueue_push(shared->queue, 0, NULL);
}

/** @return 0, ENOENT: there is no such module, or errno */
static int shared_load(struct loaded_shared *shared)
{
	if (!shared->module)
		shared->module = sound_module_get(shared->name);
	if (!shared->module)
		return ENOENT;
	if (shared->server)
		return 0;
	return shared->module->alloc(&shared->server, on_changed, shared);
}

static void shared_destructor(void *arg)
{
	struct loaded_shared *shared = arg;

	if (shared->module)
		shared->module->free(shared->server);
	mem_deref(shared->queue);
}

static int share(void **sharedp, struct sound_host *host, const char *name,
		 const char *title)
{
	struct loaded_shared *shared;
	int err;

	shared = mem_zalloc(sizeof(*shared), shared_destructor);
	if (!shared)
		return ENOMEM;
	shared->name = name;
	shared->title = title;
	shared->host = host;
	err = mqueue_alloc(&shared->queue, shared_changed, shared);
	if (err)
		mem_deref(shared);
	else
		*sharedp = shared;
	return err;
}

static int pulse_share(void **sharedp, struct sound_host *host)
{
	return share(sharedp, host, "pulse", "PulseAudio");
}

static int alsa_share(void **sharedp, struct sound_host *host)
{
	return share(sharedp, host, "alsa", "ALSA");
}

/* ---- on the module's thread -------------------------------------------- */

static void on_samples(int16_t *samples, size_t n, void *arg)
{
	struct loaded_sound *ls = arg;
	size_t got;

	if (sound_role(ls->sound) == PHONE_INPUT) {
		media_ring_write(ls->ring, samples, n);
		return;
	}

	got = sound_hand_read(&ls->hand, ls->ring, samples, n);
	memset(samples + got, 0, (n - got) * sizeof(*samples));
}

/** Of each kind at most one waits: a later one takes its place. */
static void push(struct loaded_sound *ls, int id, const char *text)
{
	free(atomic_exchange(&ls->text[id], text_dup(text ? text : "")));
	if (mqueue_push(ls->queue, id, (void *)(uintptr_t)ls->opened))
		log_warn("sound: %s", text ? text : "");
}

static void on_ready(const char *text, void *arg)
{
	push(arg, TOLD_READY, text);
}

static void on_failed(const char *why, void *arg)
{
	push(arg, TOLD_FAILED, why);
}

/* ---- on the media thread ----------------------------------------------- */

static size_t loaded_read(void *data, int16_t *samples, size_t n)
{
	struct loaded_sound *ls = data;

	return sound_hand_read(&ls->hand, ls->ring, samples, n);
}

static void loaded_write(void *data, const int16_t *samples, size_t n)
{
	struct loaded_sound *ls = data;

	media_ring_write(ls->ring, samples, n);
}

/* ---- on the loop ------------------------------------------------------- */

static void told(int id, void *data, void *arg)
{
	struct loaded_sound *ls = arg;
	char *text, *line;

	if ((unsigned)(uintptr_t)data != ls->opened || !ls->stream)
		return;
	text = atomic_exchange(&ls->text[id], NULL);
	if (!text)
		return; /* an earlier word brought it */
	if (id == TOLD_READY) {
		sound_ready(ls->sound, text);
	} else {
		line = text_printf("%s: %s", ls->shared->title, text);
		sound_fail(ls->sound, line ? line : ls->shared->title);
		free(line);
	}
	free(text);
}

static void loaded_stop(void *data)
{
	struct loaded_sound *ls = data;
	size_t i;

	if (ls->stream)
		ls->shared->module->close(ls->stream);
	ls->stream = NULL;
	ls->opened++;
	for (i = 0; i < ARRAY_SIZE(ls->text); i++)
		free(atomic_exchange(&ls->text[i], NULL));
	ls->ring = mem_deref(ls->ring);
}

static void destructor(void *arg)
{
	struct loaded_sound *ls = arg;

	loaded_stop(ls);
	mem_deref(ls->queue);
	mem_deref(ls->shared);
	free(ls->device);
}

static int loaded_alloc(void **datap, struct sound *s, const char *argument)
{
	struct loaded_sound *ls = mem_zalloc(sizeof(*ls), destructor);
	int err;

	if (!ls)
		return ENOMEM;

	ls->sound = s;
	ls->shared = mem_ref(sound_shared(s));
	err = text_set(&ls->device, argument);
	if (!err)
		err = mqueue_alloc(&ls->queue, told, ls);
	if (err)
		mem_deref(ls);
	else
		*datap = ls;
	return err;
}

static int loaded_start(void *data)
{
	struct loaded_sound *ls = data;
	struct loaded_shared *shared = ls->shared;
	const struct sound_module_prm prm = {
		.capture = sound_role(ls->sound) == PHONE_INPUT,
		.device = ls->device,
		.role = sound_role(ls->sound) == PHONE_RINGER ? "event"
							      : "phone",
		.rate = SOUND_RATE,
		.samples = on_samples,
		.ready = on_ready,
		.failed = on_failed,
		.arg = ls,
	};
	char *line;
	int err;

	sound_hand_init(&ls->hand);
	err = media_ring_alloc(&ls->ring, (size_t)SOUND_RATE * RING_MS / 1000);
	if (!err)
		err = shared_load(shared);
	if (!err)
		err = shared->module->open(shared->server, &ls->stream, &prm);
	if (!err)
		return 0;

	line = text_printf("%s: %s", shared->title,
			   err == ECONNREFUSED ? _("no sound server answers")
			   : err == ENOENT     ? _("its driver is missing")
					       : strerror(err));
	sound_set_why(ls->sound, line);
	free(line);
	return err;
}

#define LOADED(id)                                                             \
	{                                                                      \
		.name = #id, .argument = SOUND_ARGUMENT_ALLOWED, .late = true, \
		.air = true, .share = id##_share, .alloc = loaded_alloc,       \
		.start = loaded_start, .stop = loaded_stop,                    \
		.read = loaded_read, .write = loaded_write,                    \
	}
const struct sound_driver sound_pulse = LOADED(pulse);
const struct sound_driver sound_alsa = LOADED(alsa);
