/**
 * @file sound.c  A device's name turned into its driver
 */
#include "phone_int.h"

struct sound {
	const struct sound_driver *driver;
	struct sound_host *host;
	void *shared; /**< the host's */
	void *state;
	enum phone_role role;
	bool running;
	bool works; /**< has been started: the media thread may use it */
	sound_failed_h *failed;
	void *arg;
};

static const struct {
	const char *name;
	const struct sound_driver *driver;
} drivers[] = {
	{"none", &sound_none},
	{"file", &sound_file},
	{"pulse", &sound_pulse},
	{"auto", &sound_pulse},
};

struct sound_host {
	void *shared[ARRAY_SIZE(drivers)]; /**< at the driver's first row */
};

/** @param argumentp set to what stands behind the colon, or NULL */
static const struct sound_driver *find(const char *device,
				       const char **argumentp)
{
	size_t len = strcspn(device, ":");
	bool argument = device[len] == ':' && device[len + 1];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (strlen(drivers[i].name) != len ||
		    strncmp(drivers[i].name, device, len))
			continue;
		if (argument && !drivers[i].driver->takes_argument)
			return NULL;
		if (!argument && drivers[i].driver == &sound_file)
			return NULL;
		*argumentp = argument ? device + len + 1 : NULL;
		return drivers[i].driver;
	}
	return NULL;
}

static void destructor(void *arg)
{
	struct sound *s = arg;

	sound_stop(s);
	mem_deref(s->state);
	mem_deref(s->host);
}

static void host_destructor(void *arg)
{
	struct sound_host *host = arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(host->shared); i++)
		mem_deref(host->shared[i]);
}

int sound_host_alloc(struct sound_host **hp)
{
	*hp = mem_zalloc(sizeof(**hp), host_destructor);
	return *hp ? 0 : ENOMEM;
}

static int share(struct sound *s)
{
	size_t i = 0;
	int err = 0;

	if (!s->driver->share)
		return 0;

	while (drivers[i].driver != s->driver)
		i++;
	if (!s->host->shared[i])
		err = s->driver->share(&s->host->shared[i]);
	s->shared = s->host->shared[i];
	return err;
}

int sound_alloc(struct sound **sp, struct sound_host *host,
		enum phone_role role, const char *device,
		sound_failed_h *failed, void *arg)
{
	const char *argument = NULL;
	const struct sound_driver *driver = find(device, &argument);
	struct sound *s;
	int err;

	if (!driver)
		return EINVAL;

	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;

	s->driver = driver;
	s->host = mem_ref(host);
	s->role = role;
	s->failed = failed;
	s->arg = arg;
	err = share(s);
	if (!err && driver->alloc)
		err = driver->alloc(&s->state, s, argument);
	if (err)
		mem_deref(s);
	else
		*sp = s;
	return err;
}

enum phone_role sound_role(const struct sound *s)
{
	return s->role;
}

void *sound_shared(const struct sound *s)
{
	return s->shared;
}

void sound_fail(struct sound *s, const char *why)
{
	log_warn("sound: %s", why);
	if (s->failed)
		s->failed(why, s->arg);
}

uint32_t sound_rate(const struct sound *s)
{
	return s && s->driver->rate ? s->driver->rate(s->state) : 0;
}

void sound_start(struct sound *s, uint32_t rate)
{
	int err;

	if (!s || s->running)
		return;

	s->running = true;
	err = s->driver->start ? s->driver->start(s->state, rate) : 0;
	s->works = !err;
	if (err)
		sound_fail(s, strerror(err));
}

void sound_stop(struct sound *s)
{
	if (!s || !s->running)
		return;

	s->running = s->works = false;
	if (s->driver->stop)
		s->driver->stop(s->state);
}

size_t sound_read(struct sound *s, int16_t *samples, size_t n)
{
	return s->works && s->driver->read
		       ? s->driver->read(s->state, samples, n)
		       : 0;
}

void sound_write(struct sound *s, const int16_t *samples, size_t n)
{
	if (s->works && s->driver->write)
		s->driver->write(s->state, samples, n);
}

/* For machines without sound: silence in, and out into nothing. */
const struct sound_driver sound_none = {.name = "none"};
