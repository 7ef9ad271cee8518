/**
 * @file sound_order.c  Devices of a role, in the order of preference
 *
 * While somebody speaks or listens, the best one that works is used. Where
 * that is not the first, the better ones are tried again when devices come
 * or go, and every two seconds, beside the one in use: it is left once a
 * better one works. At rest nothing is open and nothing is tried.
 */
#include <ctype.h>
#include <pthread.h>
#include "phone_int.h"

enum { RETRY_MS = 2000, SETTLE_MS = 100, NONE = -1 };

#define DEVICE_FOLDER "/dev/snd"

struct entry {
	struct sound *sound;
	bool automatic; /**< nobody named it, nobody is told that it fails */
};

struct sound_order {
	struct sound_order_handlers h;
	void *arg;
	struct sound_host *host;
	enum phone_role role;
	struct entry *entries;
	int n;
	struct sound_watch *watch; /**< while a better one is wanted */
	struct tmr retry;
	bool running;
	bool silent;  /**< the user knows that none works */
	int current;  /**< in use, or NONE */
	int told;     /**< worked last, or NONE */
	int probe;    /**< a better one that is starting, or NONE */
	char *label;  /**< of the one that worked last, since the start */
	char *missed; /**< the first one wanted that did not work … */
	char *why;    /**< … and why */

	pthread_mutex_t lock;
	struct sound *used; /**< what the media thread reads or writes */
};

static void try_better(struct sound_order *o, int from);

/* ---- what the media thread does ---------------------------------------- */

size_t sound_order_read(struct sound_order *o, int16_t *samples, size_t n,
			bool *airp)
{
	size_t got;

	pthread_mutex_lock(&o->lock);
	got = o->used ? sound_read(o->used, samples, n) : 0;
	*airp = o->used && sound_in_air(o->used);
	pthread_mutex_unlock(&o->lock);
	return got;
}

void sound_order_write(struct sound_order *o, const int16_t *samples, size_t n)
{
	pthread_mutex_lock(&o->lock);
	if (o->used)
		sound_write(o->used, samples, n);
	pthread_mutex_unlock(&o->lock);
}

/** From now on the media thread uses this one; held for a copy at most. */
static void use(struct sound_order *o, int i)
{
	pthread_mutex_lock(&o->lock);
	o->used = i == NONE ? NULL : o->entries[i].sound;
	pthread_mutex_unlock(&o->lock);
	o->current = i;
}

/* ---- what the user is told --------------------------------------------- */

static void note_failure(struct sound_order *o, int i)
{
	const struct entry *e = &o->entries[i];

	/* Who has named none has not heard of this one either. */
	if (e->automatic) {
		log_info("sound: %s", sound_why(e->sound));
		return;
	}
	if (!o->why)
		text_set(&o->why, sound_why(e->sound));
	if (!o->missed)
		text_set(&o->missed, sound_label(e->sound));
}

/** The one in use works. */
static void confirmed(struct sound_order *o, enum phone_moved how)
{
	const char *label = sound_label(o->entries[o->current].sound);
	const char *from = o->label ? o->label : o->missed;
	char *before = text_dup(from);
	bool told = o->silent || (from && !text_equal(from, label));

	if (o->silent)
		how = PHONE_MOVED_BACK;
	log_debug("sound: %s", label);
	text_set(&o->label, label);
	text_set(&o->missed, NULL);
	text_set(&o->why, NULL);
	o->silent = false;
	o->told = o->current;
	if (told && o->h.moved)
		o->h.moved(before, o->label, how, o->arg);
	free(before);
}

static void exhausted(struct sound_order *o)
{
	log_warn("sound: %s", o->why ? o->why : "no device works");
	o->silent = true;
	if (o->h.failed)
		o->h.failed(o->why ? o->why : _("no sound device was found"),
			    o->arg);
}

/* ---- which one is used ------------------------------------------------- */

static void retry(void *arg)
{
	struct sound_order *o = arg;

	if (o->running && o->probe == NONE)
		try_better(o, 0);
}

static void on_files(void *arg)
{
	sound_order_kick(arg);
}

/** Where a better one is wanted, it is looked for. */
static void look_out(struct sound_order *o)
{
	if (!o->running || o->current == 0) {
		tmr_cancel(&o->retry);
		o->watch = mem_deref(o->watch);
		return;
	}
	tmr_start(&o->retry, RETRY_MS, retry, o);
	if (!o->watch)
		sound_watch_alloc(&o->watch, DEVICE_FOLDER, on_files, o);
}

/** Leave what is in use for one that works. */
static void adopt(struct sound_order *o, int i)
{
	int old = o->current;

	o->probe = NONE;
	use(o, i);
	if (old != NONE)
		sound_stop(o->entries[old].sound);
	look_out(o);
	confirmed(o, PHONE_MOVED_BACK);
}

static void try_better(struct sound_order *o, int from)
{
	int i, end = o->current == NONE ? o->n : o->current;

	for (i = from; i < end; i++) {
		enum sound_state state = sound_start(o->entries[i].sound);

		if (state == SOUND_STARTING) {
			o->probe = i;
			return;
		}
		if (state == SOUND_WORKS) {
			adopt(o, i);
			return;
		}
		sound_stop(o->entries[i].sound);
	}
	o->probe = NONE;
	look_out(o);
}

/** Use the first that works, from there on. */
static void advance(struct sound_order *o, int from)
{
	int i;

	for (i = from; i < o->n; i++) {
		struct sound *s = o->entries[i].sound;
		enum sound_state state;

		if (i == o->probe)
			o->probe = NONE;
		state = sound_start(s);
		if (state == SOUND_FAILED) {
			note_failure(o, i);
			sound_stop(s);
			continue;
		}
		use(o, i);
		look_out(o);
		if (state == SOUND_WORKS)
			confirmed(o, PHONE_MOVED_AWAY);
		return;
	}
	look_out(o);
	exhausted(o);
}

static int index_of(const struct sound_order *o, const struct sound *s)
{
	int i;

	for (i = 0; i < o->n; i++) {
		if (o->entries[i].sound == s)
			return i;
	}
	return NONE;
}

static void sound_failed(struct sound_order *o, int i)
{
	struct sound *s = o->entries[i].sound;

	if (i == o->current) {
		log_info("sound: %s", sound_why(s));
		note_failure(o, i);
		use(o, NONE);
		sound_stop(s);
		advance(o, i + 1);
	} else {
		log_debug("sound: %s", sound_why(s));
		sound_stop(s);
		if (i == o->probe)
			try_better(o, i + 1);
	}
}

static void on_sound(struct sound *s, void *arg)
{
	struct sound_order *o = mem_ref(arg);
	int i = index_of(o, s);

	if (i == NONE) {
		/* it is being made */
	} else if (!o->running) {
		if (o->h.failed && !text_empty(sound_why(s)))
			o->h.failed(sound_why(s), o->arg);
	} else if (sound_state(s) == SOUND_FAILED) {
		sound_failed(o, i);
	} else if (i == o->current) {
		confirmed(o, o->told == i ? PHONE_MOVED : PHONE_MOVED_AWAY);
	} else if (i == o->probe) {
		adopt(o, i);
	}
	mem_deref(o);
}

void sound_order_start(struct sound_order *o)
{
	if (!o || o->running)
		return;

	o->running = true;
	o->silent = false;
	mem_ref(o);
	advance(o, 0);
	mem_deref(o);
}

void sound_order_stop(struct sound_order *o)
{
	int i;

	if (!o || !o->running)
		return;

	o->running = false;
	use(o, NONE);
	o->probe = o->told = NONE;
	look_out(o);
	for (i = 0; i < o->n; i++)
		sound_stop(o->entries[i].sound);
	text_set(&o->label, NULL);
	text_set(&o->missed, NULL);
	text_set(&o->why, NULL);
}

void sound_order_kick(struct sound_order *o)
{
	/* a device that has just come needs a moment to be of use */
	if (o && o->running && o->current != 0)
		tmr_start(&o->retry, SETTLE_MS, retry, o);
}

bool sound_order_silent(const struct sound_order *o)
{
	return o && o->running && o->silent;
}

void sound_order_quiet(struct sound_order *o)
{
	if (o)
		memset(&o->h, 0, sizeof(o->h));
}

/* ---- what the user has written ----------------------------------------- */

static int add(struct sound_order *o, const char *device, bool automatic)
{
	struct entry *all;
	struct sound *s;
	int err = sound_alloc(&s, o->host, o->role, device, on_sound, o);

	if (err)
		return err;
	all = realloc(o->entries, (size_t)(o->n + 1) * sizeof(*all));
	if (!all) {
		mem_deref(s);
		return ENOMEM;
	}
	o->entries = all;
	all[o->n].sound = s;
	all[o->n++].automatic = automatic;
	return 0;
}

/** Sound servers first: they share the device with other programs. */
static int add_automatic(struct sound_order *o)
{
	int err = add(o, "pulse", true);

	return err ? err : add(o, "alsa", true);
}

/**
 * Where an entry ends: names have commas of their own ("hw:0,1"), so at one
 * behind which a kind of device begins.
 */
static size_t entry_length(const char *s)
{
	size_t i, k, len;

	for (i = 0; s[i]; i++) {
		if (s[i] != ',')
			continue;
		for (k = i + 1; s[k] == ' ' || s[k] == '\t'; k++)
			;
		len = strcspn(s + k, ":, \t");
		if ((len == 4 && !strncmp(s + k, "auto", 4)) ||
		    sound_is_driver(s + k, len))
			break;
	}
	return i;
}

static int read_order(struct sound_order *o, const char *devices)
{
	bool named = false;
	int err = 0;

	for (;;) {
		size_t len, end;
		char *device;

		while (isspace((unsigned char)*devices))
			devices++;
		end = entry_length(devices);
		for (len = end; len && isspace((unsigned char)devices[len - 1]);
		     len--)
			;
		device = strndup(devices, len);
		if (!device)
			return ENOMEM;
		named = (!strncmp(device, "pulse:", 6) ||
			 !strncmp(device, "alsa:", 5));
		err = text_equal(device, "auto") ? add_automatic(o)
						 : add(o, device, false);
		free(device);
		if (err || !devices[end])
			break;
		devices += end + 1;
	}
	/* A device that may go away leaves nobody without sound. */
	return err || !named ? err : add_automatic(o);
}

static void destructor(void *arg)
{
	struct sound_order *o = arg;
	int i;

	memset(&o->h, 0, sizeof(o->h));
	sound_order_stop(o);
	tmr_cancel(&o->retry);
	mem_deref(o->watch);
	for (i = 0; i < o->n; i++)
		mem_deref(o->entries[i].sound);
	free(o->entries);
	mem_deref(o->host);
	free(o->label);
	free(o->missed);
	free(o->why);
	pthread_mutex_destroy(&o->lock);
}

int sound_order_alloc(struct sound_order **op, struct sound_host *host,
		      enum phone_role role, const char *devices,
		      const struct sound_order_handlers *h, void *arg)
{
	struct sound_order *o = mem_zalloc(sizeof(*o), destructor);
	int err;

	if (!o)
		return ENOMEM;

	pthread_mutex_init(&o->lock, NULL);
	tmr_init(&o->retry);
	o->h = *h;
	o->arg = arg;
	o->host = mem_ref(host);
	o->role = role;
	o->current = o->probe = o->told = NONE;
	err = read_order(o, devices);
	if (err)
		mem_deref(o);
	else
		*op = o;
	return err;
}
