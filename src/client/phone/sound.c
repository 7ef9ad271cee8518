/**
 * @file sound.c  A device's name turned into its driver
 */
#include "phone_int.h"

struct sound {
	const struct sound_driver *driver;
	struct sound_host *host;
	void *shared; /**< the host's */
	void *data;   /**< the driver's */
	enum phone_role role;
	enum sound_state state;
	char *name;  /**< as it was chosen */
	char *label; /**< what a person calls it, once that is known */
	char *why;   /**< it does not work */
	sound_changed_h *h;
	void *arg;
};

static const struct sound_driver *const drivers[] = {
	&sound_none,
	&sound_file,
	&sound_pulse,
	&sound_alsa,
};

struct sound_host {
	void *shared[ARRAY_SIZE(drivers)];
	sound_devices_h *h;
	void *arg;
};

/** @return index of a driver, or the number of drivers */
static size_t find(const char *device, const char **argumentp)
{
	size_t len = strcspn(device, ":");
	bool argument = device[len] == ':' && device[len + 1];
	size_t i;

	*argumentp = argument ? device + len + 1 : NULL;
	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		const struct sound_driver *d = drivers[i];

		if (strlen(d->name) != len || strncmp(d->name, device, len))
			continue;
		if (argument ? d->argument == SOUND_ARGUMENT_NONE
			     : d->argument == SOUND_ARGUMENT_NEEDED ||
				       device[len])
			break;
		return i;
	}
	return ARRAY_SIZE(drivers);
}

bool sound_is_driver(const char *device, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (strlen(drivers[i]->name) == len &&
		    !strncmp(drivers[i]->name, device, len))
			return true;
	}
	return false;
}

static void host_destructor(void *arg)
{
	struct sound_host *host = arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(host->shared); i++)
		mem_deref(host->shared[i]);
}

int sound_host_alloc(struct sound_host **hp, sound_devices_h *h, void *arg)
{
	*hp = mem_zalloc(sizeof(**hp), host_destructor);
	if (!*hp)
		return ENOMEM;
	(*hp)->h = h;
	(*hp)->arg = arg;
	return 0;
}

void sound_host_quiet(struct sound_host *host)
{
	if (host)
		host->h = NULL;
}

void sound_host_changed(struct sound_host *host)
{
	if (host->h)
		host->h(host->arg);
}

static void destructor(void *arg)
{
	struct sound *s = arg;

	s->h = NULL;
	sound_stop(s);
	mem_deref(s->data);
	mem_deref(s->host);
	free(s->name);
	free(s->label);
	free(s->why);
}

static int share(struct sound *s, size_t i)
{
	int err = 0;

	if (!s->driver->share)
		return 0;
	if (!s->host->shared[i])
		err = s->driver->share(&s->host->shared[i], s->host);
	s->shared = s->host->shared[i];
	return err;
}

int sound_alloc(struct sound **sp, struct sound_host *host,
		enum phone_role role, const char *device, sound_changed_h *h,
		void *arg)
{
	const char *argument;
	size_t i = find(device, &argument);
	struct sound *s;
	int err;

	if (i == ARRAY_SIZE(drivers))
		return EINVAL;

	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;

	s->driver = drivers[i];
	s->host = mem_ref(host);
	s->role = role;
	s->h = h;
	s->arg = arg;
	err = text_set(&s->name, device);
	if (!err)
		err = share(s, i);
	if (!err && s->driver->alloc)
		err = s->driver->alloc(&s->data, s, argument);
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

enum sound_state sound_state(const struct sound *s)
{
	return s->state;
}

const char *sound_label(const struct sound *s)
{
	return text_empty(s->label) ? s->name : s->label;
}

const char *sound_why(const struct sound *s)
{
	return s->why ? s->why : "";
}

bool sound_in_air(const struct sound *s)
{
	return s->driver->air;
}

void sound_set_why(struct sound *s, const char *why)
{
	text_set(&s->why, why);
}

void sound_fail(struct sound *s, const char *why)
{
	sound_set_why(s, why);
	if (s->state != SOUND_REST)
		s->state = SOUND_FAILED;
	if (s->h)
		s->h(s, s->arg);
}

void sound_ready(struct sound *s, const char *label)
{
	text_set(&s->label, label);
	if (s->state == SOUND_REST || s->state == SOUND_FAILED)
		return;
	s->state = SOUND_WORKS;
	if (s->h)
		s->h(s, s->arg);
}

enum sound_state sound_start(struct sound *s)
{
	int err;

	if (s->state == SOUND_STARTING || s->state == SOUND_WORKS)
		return s->state;

	sound_set_why(s, NULL);
	s->state = SOUND_STARTING;
	err = s->driver->start ? s->driver->start(s->data) : 0;
	if (err && !s->why)
		sound_set_why(s, strerror(err));
	if (err)
		s->state = SOUND_FAILED;
	else if (!s->driver->late)
		s->state = SOUND_WORKS;
	return s->state;
}

void sound_stop(struct sound *s)
{
	if (s->state == SOUND_REST)
		return;

	s->state = SOUND_REST;
	if (s->driver->stop)
		s->driver->stop(s->data);
}

size_t sound_read(struct sound *s, int16_t *samples, size_t n)
{
	return s->driver->read ? s->driver->read(s->data, samples, n) : 0;
}

void sound_write(struct sound *s, const int16_t *samples, size_t n)
{
	if (s->driver->write)
		s->driver->write(s->data, samples, n);
}

/* For machines without sound: silence in, and out into nothing. */
const struct sound_driver sound_none = {.name = "none"};
