/**
 * @file sound_pulse.c  The driver module for PulseAudio, and its rings
 *
 * The module's thread and the media thread meet in a ring. Their clocks
 * differ: playback begins with a little in hand, and what piles up beyond a
 * few frames is dropped, so that delay does not grow.
 */
#include <dlfcn.h>
#include <stdatomic.h>
#include "phone_int.h"
#include "sound_module.h"

#define MODULE_FILE "offhook-pulse.so"

enum { RATE = 48000, RING_MS = 400, HAND_MS = 40, PILE_MS = 120 };

/** The module and its connection, once anybody wanted sound. */
struct pulse_shared {
	const struct sound_module *module;
	struct sound_module_server *server;
};

struct pulse_sound {
	struct sound *sound;
	char *device;
	struct pulse_shared *shared;
	struct sound_module_stream *stream;
	struct media_ring *ring;
	struct mqueue *queue; /**< failures come from the module's thread … */
	_Atomic(char *) why;  /**< … and this is what they say */
	uint32_t rate;
	bool flowing; /**< the reader's: something is in hand */
};

/** Loaded once, and kept: the library below it can not be unloaded. */
static const struct sound_module *module_load(const char **whyp)
{
	char *path = path_program(MODULE_FILE);
	const struct sound_module *m = NULL;
	void *so = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;

	if (so)
		m = dlsym(so, SOUND_MODULE_SYMBOL);
	if (!m || m->version != SOUND_MODULE_VERSION) {
		*whyp = path ? dlerror() : NULL;
		m = NULL;
	}
	free(path);
	return m;
}

/** @return 0, ENOENT: there is no such module, or errno */
static int shared_load(struct pulse_shared *shared)
{
	const char *why = NULL;

	if (!shared->module)
		shared->module = module_load(&why);
	if (!shared->module) {
		log_warn("%s: %s", MODULE_FILE, why ? why : "not installed");
		return ENOENT;
	}
	return shared->server ? 0 : shared->module->alloc(&shared->server);
}

static void shared_destructor(void *arg)
{
	struct pulse_shared *shared = arg;

	if (shared->module)
		shared->module->free(shared->server);
}

static int pulse_share(void **sharedp)
{
	*sharedp = mem_zalloc(sizeof(struct pulse_shared), shared_destructor);
	return *sharedp ? 0 : ENOMEM;
}

static size_t samples_of(const struct pulse_sound *ps, unsigned ms)
{
	return (size_t)ps->rate * ms / 1000;
}

/** Read with some in hand at first, and without letting it pile up. */
static size_t take(struct pulse_sound *ps, int16_t *samples, size_t n)
{
	size_t used = media_ring_used(ps->ring);
	size_t got;

	if (!ps->flowing && used < samples_of(ps, HAND_MS))
		return 0;
	ps->flowing = true;

	while (used > samples_of(ps, PILE_MS)) {
		int16_t drop[480];
		size_t k = media_ring_read(ps->ring, drop, ARRAY_SIZE(drop));

		if (!k)
			break;
		used -= k;
	}

	got = media_ring_read(ps->ring, samples, n);
	if (got < n)
		ps->flowing = false;
	return got;
}

/* ---- on the module's thread -------------------------------------------- */

static void on_samples(int16_t *samples, size_t n, void *arg)
{
	struct pulse_sound *ps = arg;
	size_t got;

	if (sound_role(ps->sound) == PHONE_INPUT) {
		media_ring_write(ps->ring, samples, n);
		return;
	}

	got = take(ps, samples, n);
	memset(samples + got, 0, (n - got) * sizeof(*samples));
}

static void on_failed(const char *why, void *arg)
{
	struct pulse_sound *ps = arg;

	/* said once for each stream that is open, so at most one waits */
	free(atomic_exchange(&ps->why, text_dup(why)));
	if (mqueue_push(ps->queue, 0, NULL))
		log_warn("sound: %s", why);
}

/* ---- on the media thread ----------------------------------------------- */

static size_t pulse_read(void *state, int16_t *samples, size_t n)
{
	return take(state, samples, n);
}

static void pulse_write(void *state, const int16_t *samples, size_t n)
{
	struct pulse_sound *ps = state;

	media_ring_write(ps->ring, samples, n);
}

/* ---- on the loop ------------------------------------------------------- */

static void failed(int id, void *data, void *arg)
{
	struct pulse_sound *ps = arg;
	char *why = atomic_exchange(&ps->why, NULL);
	char *line = text_printf("PulseAudio: %s", why ? why : "");
	(void)id;
	(void)data;

	sound_fail(ps->sound, line ? line : "PulseAudio");
	free(line);
	free(why);
}

static void pulse_stop(void *state)
{
	struct pulse_sound *ps = state;

	if (ps->stream)
		ps->shared->module->close(ps->stream);
	ps->stream = NULL;
	ps->ring = mem_deref(ps->ring);
	ps->flowing = false;
}

static void destructor(void *arg)
{
	struct pulse_sound *ps = arg;

	pulse_stop(ps);
	mem_deref(ps->shared);
	mem_deref(ps->queue);
	free(ps->why);
	free(ps->device);
}

static int pulse_alloc(void **statep, struct sound *s, const char *argument)
{
	struct pulse_sound *ps = mem_zalloc(sizeof(*ps), destructor);
	int err;

	if (!ps)
		return ENOMEM;

	ps->sound = s;
	ps->shared = mem_ref(sound_shared(s));
	err = text_set(&ps->device, argument);
	if (!err)
		err = mqueue_alloc(&ps->queue, failed, ps);
	if (err)
		mem_deref(ps);
	else
		*statep = ps;
	return err;
}

static int pulse_start(void *state, uint32_t rate)
{
	struct pulse_sound *ps = state;
	struct sound_module_prm prm = {
		.capture = sound_role(ps->sound) == PHONE_INPUT,
		.device = ps->device,
		.role = sound_role(ps->sound) == PHONE_RINGER ? "event"
							      : "phone",
		.rate = rate ? rate : RATE,
		.samples = on_samples,
		.failed = on_failed,
		.arg = ps,
	};
	int err;

	/* first of all: the media thread uses it whether or not sound works */
	ps->rate = prm.rate;
	err = media_ring_alloc(&ps->ring, samples_of(ps, RING_MS));
	if (!err)
		err = shared_load(ps->shared);
	if (!err)
		err = ps->shared->module->open(ps->shared->server, &ps->stream,
					       &prm);
	if (err == ECONNREFUSED) {
		/* nothing wrong with the machine: it has no sound, that is */
		sound_fail(ps->sound, _("no sound server answers"));
		err = 0;
	}
	return err;
}

static uint32_t pulse_rate(const void *state)
{
	(void)state;
	return 0;
}

const struct sound_driver sound_pulse = {
	.name = "pulse",
	.takes_argument = true,
	.share = pulse_share,
	.alloc = pulse_alloc,
	.rate = pulse_rate,
	.start = pulse_start,
	.stop = pulse_stop,
	.read = pulse_read,
	.write = pulse_write,
};
