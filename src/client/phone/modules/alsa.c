/**
 * @file alsa.c  Sound by ALSA, without a sound server
 *
 * Each stream has a thread of its own, which opens the device (that can take
 * long), waits for it by its poll descriptors and lets itself be woken to
 * end. The stream's owner never waits for the thread: once it has closed the
 * stream, the thread tells nothing any more and goes by itself.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <alsa/asoundlib.h>
#include "../sound_module.h"

enum {
	PERIOD_MS = 10,
	BUFFER_MS = 60,
	/** Kept in the card's hands; more, each time that it has run dry. */
	LEAD_MS = 30,
	LEAD_STEP_MS = 10,
	CHANNELS_MAX = 8,
	DESCRIPTORS_MAX = 32,
	WAIT_MS = 1000, /**< a card that is silent for so long is asked */
	STOP_MS = 2000, /**< threads that do not end by then are left */
};

struct sound_module_server {
	pthread_mutex_t lock;
	pthread_cond_t none; /**< the last thread has ended */
	unsigned threads;
	bool over; /**< its owner has left: the last thread frees it */
};

struct sound_module_stream {
	struct sound_module_server *server;
	struct sound_module_prm prm;
	char *device;
	int wake; /**< eventfd: its owner has closed it */

	/** Held while a handler runs, so that close() waits for no more. */
	pthread_mutex_t lock;
	bool closed;
	bool failed;

	/* the thread's own */
	snd_pcm_t *pcm;
	bool worked;
	unsigned channels;
	snd_pcm_uframes_t period, buffer, lead;
	int16_t *samples; /**< a period, of one channel */
	int16_t *frames;  /**< likewise, of all */
	uint64_t moved;	  /**< frames since … */
	uint64_t since_ns;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- what the owner is told -------------------------------------------- */

static void fail(struct sound_module_stream *s, int err)
{
	const char *why = snd_strerror(err);
	char line[256];

	if (err == -ENODEV || err == -ENXIO || err == -ENOENT)
		why = s->worked ? "the device has gone"
				: "there is no such device";
	snprintf(line, sizeof(line), "%s: %s",
		 s->device ? s->device : "default", why);
	pthread_mutex_lock(&s->lock);
	if (!s->closed && !s->failed)
		s->prm.failed(line, s->prm.arg);
	s->failed = true;
	pthread_mutex_unlock(&s->lock);
}

static void ready(struct sound_module_stream *s)
{
	snd_pcm_info_t *info = NULL;
	const char *text = NULL;
	char *name = NULL;
	int card;

	if (!snd_pcm_info_malloc(&info) && !snd_pcm_info(s->pcm, info)) {
		text = snd_pcm_info_get_name(info);
		card = snd_pcm_info_get_card(info);
		if (card >= 0 && !snd_card_get_name(card, &name))
			text = name;
	}
	s->worked = true;
	pthread_mutex_lock(&s->lock);
	if (!s->closed)
		s->prm.ready(text && *text ? text : s->device, s->prm.arg);
	pthread_mutex_unlock(&s->lock);
	free(name);
	snd_pcm_info_free(info);
}

/** @return false: nobody wants it any more */
static bool exchange(struct sound_module_stream *s, size_t n)
{
	bool wanted;

	pthread_mutex_lock(&s->lock);
	wanted = !s->closed;
	if (wanted)
		s->prm.samples(s->samples, n, s->prm.arg);
	pthread_mutex_unlock(&s->lock);
	return wanted;
}

/* ---- opening ----------------------------------------------------------- */

/** A card as it is takes what it likes; behind a plug it takes ours. */
static char *plugged(const char *device)
{
	bool bare = device && !strncmp(device, "hw:", 3);
	const char *name = device ? device : "default";
	size_t size = strlen(name) + 5;
	char *s = malloc(size);

	if (s)
		snprintf(s, size, "%s%s", bare ? "plug" : "", name);
	return s;
}

static int set_hardware(struct sound_module_stream *s)
{
	unsigned rate = s->prm.rate, period_us = PERIOD_MS * 1000,
		 buffer_us = BUFFER_MS * 1000;
	snd_pcm_hw_params_t *hw;
	int err = snd_pcm_hw_params_malloc(&hw);

	if (err)
		return err;
	s->channels = 1;
	err = snd_pcm_hw_params_any(s->pcm, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate_resample(s->pcm, hw, 1);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(
			s->pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED);
	if (err >= 0)
		err = snd_pcm_hw_params_set_format(s->pcm, hw,
						   SND_PCM_FORMAT_S16);
	if (err >= 0)
		err = snd_pcm_hw_params_set_channels_near(s->pcm, hw,
							  &s->channels);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate(s->pcm, hw, rate, 0);
	if (err >= 0)
		err = snd_pcm_hw_params_set_period_time_near(s->pcm, hw,
							     &period_us, NULL);
	if (err >= 0)
		err = snd_pcm_hw_params_set_buffer_time_near(s->pcm, hw,
							     &buffer_us, NULL);
	if (err >= 0)
		err = snd_pcm_hw_params(s->pcm, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_get_period_size(hw, &s->period, NULL);
	snd_pcm_hw_params_free(hw);
	if (err >= 0 && (!s->channels || s->channels > CHANNELS_MAX))
		err = -EINVAL;
	return err < 0 ? err : 0;
}

/** Of the buffer must be free before a period is moved. */
static snd_pcm_uframes_t room(const struct sound_module_stream *s)
{
	snd_pcm_uframes_t n = s->buffer - s->lead;

	return s->prm.capture || n < s->period ? s->period : n;
}

/** With the lead that it has now. */
static int set_software(struct sound_module_stream *s)
{
	snd_pcm_uframes_t period;
	snd_pcm_sw_params_t *sw;
	int err = snd_pcm_get_params(s->pcm, &s->buffer, &period);

	if (!err)
		err = snd_pcm_sw_params_malloc(&sw);
	if (err)
		return err;
	if (s->lead + s->period > s->buffer)
		s->lead = s->buffer > s->period ? s->buffer - s->period
						: s->buffer;
	err = snd_pcm_sw_params_current(s->pcm, sw);
	if (err >= 0)
		err = snd_pcm_sw_params_set_avail_min(s->pcm, sw, room(s));
	if (err >= 0)
		err = snd_pcm_sw_params_set_start_threshold(
			s->pcm, sw, s->prm.capture ? 1 : s->lead);
	if (err >= 0)
		err = snd_pcm_sw_params(s->pcm, sw);
	snd_pcm_sw_params_free(sw);
	return err;
}

static int begin(struct sound_module_stream *s)
{
	int err = snd_pcm_prepare(s->pcm);

	if (!err && s->prm.capture)
		err = snd_pcm_start(s->pcm);
	s->moved = 0;
	s->since_ns = now_ns();
	return err;
}

static int device_open(struct sound_module_stream *s)
{
	char *name = plugged(s->device);
	int err = -ENOMEM;

	if (name)
		err = snd_pcm_open(&s->pcm, name,
				   s->prm.capture ? SND_PCM_STREAM_CAPTURE
						  : SND_PCM_STREAM_PLAYBACK,
				   SND_PCM_NONBLOCK);
	free(name);
	if (!err)
		err = set_hardware(s);
	s->lead = s->prm.rate * LEAD_MS / 1000;
	if (!err)
		err = set_software(s);
	if (err)
		return err;
	s->samples = calloc(s->period, sizeof(*s->samples));
	s->frames = calloc(s->period * s->channels, sizeof(*s->frames));
	if (!s->samples || !s->frames)
		return -ENOMEM;
	return begin(s);
}

/* ---- moving sound ------------------------------------------------------ */

/** Sound ran dry or over, or the machine slept: go on. @return 0 or an error
 *  that ends it */
static int recover(struct sound_module_stream *s, int err)
{
	if (err == -EPIPE) {
		s->lead += s->prm.rate * LEAD_STEP_MS / 1000;
		err = set_software(s);
		return err ? err : begin(s);
	}
	if (err != -ESTRPIPE)
		return err;
	err = snd_pcm_resume(s->pcm);
	/* still asleep: asked again after the next wait */
	if (err == -EAGAIN)
		return 0;
	return begin(s);
}

static bool asleep(const struct sound_module_stream *s)
{
	return snd_pcm_state(s->pcm) == SND_PCM_STATE_SUSPENDED;
}

/** Frames a card with a right clock could have moved, and some. ALSA has
 *  devices without any clock, which would take all of a processor. */
static bool too_fast(const struct sound_module_stream *s)
{
	uint64_t ms = (now_ns() - s->since_ns) / 1000000;

	return s->moved * 1000 / s->prm.rate > ms + ms / 50 + BUFFER_MS;
}

static snd_pcm_sframes_t play(struct sound_module_stream *s,
			      snd_pcm_uframes_t n)
{
	size_t i, k;

	if (!exchange(s, n))
		return 0;
	for (i = 0; i < n; i++)
		for (k = 0; k < s->channels; k++)
			s->frames[i * s->channels + k] = s->samples[i];
	return snd_pcm_writei(s->pcm, s->frames, n);
}

static snd_pcm_sframes_t capture(struct sound_module_stream *s,
				 snd_pcm_uframes_t n)
{
	snd_pcm_sframes_t got = snd_pcm_readi(s->pcm, s->frames, n);
	unsigned k, channels = s->channels ? s->channels : 1;
	snd_pcm_sframes_t i;

	for (i = 0; i < got; i++) {
		int sum = 0;

		for (k = 0; k < channels; k++)
			sum += s->frames[(size_t)i * channels + k];
		s->samples[i] = (int16_t)(sum / (int)channels);
	}
	if (got > 0)
		exchange(s, (size_t)got);
	return got;
}

/** Move what there is, a buffer at most. @return 0 or an error that ends it */
static int move(struct sound_module_stream *s)
{
	int rounds = BUFFER_MS / PERIOD_MS;

	while (rounds-- && !too_fast(s)) {
		snd_pcm_sframes_t n = snd_pcm_avail_update(s->pcm);

		if (n >= 0 && (snd_pcm_uframes_t)n < room(s) &&
		    !(s->prm.capture && n))
			return 0;
		if (n > (snd_pcm_sframes_t)s->period)
			n = (snd_pcm_sframes_t)s->period;
		if (n >= 0)
			n = s->prm.capture ? capture(s, (snd_pcm_uframes_t)n)
					   : play(s, (snd_pcm_uframes_t)n);
		if (n == -EAGAIN || !n)
			return 0;
		if (n < 0)
			return recover(s, (int)n);
		s->moved += (uint64_t)n;
	}
	return 0;
}

/** Until the card or the owner wants something. @return false: to end */
static bool await(struct sound_module_stream *s, int *err)
{
	struct pollfd fds[1 + DESCRIPTORS_MAX];
	unsigned short events = 0;
	bool fast = too_fast(s), sleeps = asleep(s);
	int n = 0;

	fds[0].fd = s->wake;
	fds[0].events = POLLIN;
	/* a clock that runs away is not listened to for a while */
	if (!fast && !sleeps) {
		n = snd_pcm_poll_descriptors(s->pcm, fds + 1, DESCRIPTORS_MAX);
		if (n < 0) {
			*err = n;
			return true;
		}
	}
	if (poll(fds, 1 + (nfds_t)n, fast || sleeps ? PERIOD_MS * 2 : WAIT_MS) <
		    0 &&
	    errno != EINTR) {
		*err = -errno;
		return true;
	}
	if (fds[0].revents)
		return false;
	if (n > 0)
		snd_pcm_poll_descriptors_revents(s->pcm, fds + 1, (unsigned)n,
						 &events);
	if (sleeps)
		*err = recover(s, -ESTRPIPE);
	else if (events & (POLLERR | POLLHUP | POLLNVAL) &&
		 snd_pcm_state(s->pcm) == SND_PCM_STATE_DISCONNECTED)
		*err = -ENODEV;
	return true;
}

static void run(struct sound_module_stream *s)
{
	int err = device_open(s);

	if (!err)
		ready(s);
	while (!err && await(s, &err)) {
		if (!err)
			err = move(s);
	}
	if (err)
		fail(s, err);
}

/* ---- threads ----------------------------------------------------------- */

static void stream_free(struct sound_module_stream *s)
{
	if (s->pcm)
		snd_pcm_close(s->pcm);
	if (s->wake >= 0)
		close(s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s->samples);
	free(s->frames);
	free(s->device);
	free(s);
}

static void server_destroy(struct sound_module_server *server)
{
	pthread_cond_destroy(&server->none);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

static void *thread(void *arg)
{
	struct sound_module_stream *s = arg;
	struct sound_module_server *server = s->server;
	bool last;
	uint64_t n;

	run(s);
	/* it may have failed: until its owner has seen that */
	while (read(s->wake, &n, sizeof(n)) < 0) {
		struct pollfd fd = {.fd = s->wake, .events = POLLIN};

		if (errno != EAGAIN && errno != EINTR)
			break;
		/* the device itself is free for others at once */
		if (s->pcm)
			snd_pcm_close(s->pcm);
		s->pcm = NULL;
		poll(&fd, 1, -1);
	}
	/* its last handler has returned */
	pthread_mutex_lock(&s->lock);
	pthread_mutex_unlock(&s->lock);
	stream_free(s);

	pthread_mutex_lock(&server->lock);
	server->threads--;
	last = !server->threads && server->over;
	pthread_cond_broadcast(&server->none);
	pthread_mutex_unlock(&server->lock);
	if (last)
		server_destroy(server);
	return NULL;
}

/* ---- the module -------------------------------------------------------- */

/** libasound says on standard error what we say ourselves. */
static void quiet(const char *file, int line, const char *function, int err,
		  const char *fmt, ...)
{
	(void)file;
	(void)line;
	(void)function;
	(void)err;
	(void)fmt;
}

static int server_alloc(struct sound_module_server **sp,
			void (*changed)(void *arg), void *arg)
{
	struct sound_module_server *server = calloc(1, sizeof(*server));
	(void)changed;
	(void)arg;

	if (!server)
		return ENOMEM;
	snd_lib_error_set_handler(quiet);
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->none, NULL);
	*sp = server;
	return 0;
}

static void server_free(struct sound_module_server *server)
{
	struct timespec until;
	bool empty;

	if (!server)
		return;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_MS / 1000;
	pthread_mutex_lock(&server->lock);
	while (server->threads &&
	       pthread_cond_timedwait(&server->none, &server->lock, &until) !=
		       ETIMEDOUT)
		;
	empty = !server->threads;
	server->over = true;
	pthread_mutex_unlock(&server->lock);
	if (empty)
		server_destroy(server);
}

static int thread_start(struct sound_module_stream *s)
{
	struct sound_module_server *server = s->server;
	pthread_attr_t attr;
	pthread_t id;
	int err = pthread_attr_init(&attr);

	if (err)
		return err;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_mutex_lock(&server->lock);
	err = pthread_create(&id, &attr, thread, s);
	if (!err)
		server->threads++;
	pthread_mutex_unlock(&server->lock);
	pthread_attr_destroy(&attr);
	return err;
}

static int stream_open(struct sound_module_server *server,
		       struct sound_module_stream **sp,
		       const struct sound_module_prm *prm)
{
	struct sound_module_stream *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;

	s->server = server;
	s->prm = *prm;
	pthread_mutex_init(&s->lock, NULL);
	s->device = prm->device ? strdup(prm->device) : NULL;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = s->wake < 0 ? errno : 0;
	if (prm->device && !s->device)
		err = ENOMEM;
	if (!err)
		err = thread_start(s);
	if (err)
		stream_free(s);
	else
		*sp = s;
	return err;
}

static void stream_close(struct sound_module_stream *s)
{
	const uint64_t one = 1;

	if (!s)
		return;

	/* the thread frees it as soon as it has seen this, and the lock */
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	while (write(s->wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_mutex_unlock(&s->lock);
}

/* ---- which devices there are ------------------------------------------- */

/** Of the many names that a card has, the one that takes what we have. */
static bool is_choice(const char *name)
{
	return !strncmp(name, "sysdefault:", 11) ||
	       !strncmp(name, "plughw:", 7) || !strchr(name, ':');
}

/** Names without a card that are no devices of ours. */
static bool is_other(const char *name)
{
	static const char *const others[] = {
		"null",	     "lavrate", "samplerate", "speexrate", "jack",
		"oss",	     "pulse",	"speex",      "upmix",	   "vdownmix",
		"usbstream", "default", "pipewire"};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (!strcmp(name, others[i]))
			return true;
	}
	return false;
}

static void tell_hint(const void *hint, sound_module_device_h *h, void *arg)
{
	char *name = snd_device_name_get_hint(hint, "NAME");
	char *text = snd_device_name_get_hint(hint, "DESC");
	char *way = snd_device_name_get_hint(hint, "IOID");
	char *p;

	/* a description has lines: the card, then the device */
	for (p = text; p && *p; p++) {
		if (*p == '\n')
			*p = ' ';
	}
	if (name && is_choice(name) && !is_other(name)) {
		struct sound_module_device d = {
			.name = name,
			.text = text ? text : name,
		};

		if (!way || !strcmp(way, "Output"))
			h(&d, arg);
		d.capture = true;
		if (!way || !strcmp(way, "Input"))
			h(&d, arg);
	}
	free(name);
	free(text);
	free(way);
}

static int list(sound_module_device_h *h, void *arg)
{
	void **hints = NULL;
	size_t i;

	snd_lib_error_set_handler(quiet);
	/* what was read of the cards when they were others is forgotten */
	snd_config_update_free_global();
	if (snd_device_name_hint(-1, "pcm", &hints))
		return ENODEV;
	for (i = 0; hints[i]; i++)
		tell_hint(hints[i], h, arg);
	snd_device_name_free_hint(hints);
	return 0;
}

extern const struct sound_module offhook_sound_module;
__attribute__((visibility("default")))
const struct sound_module offhook_sound_module = {
	.version = SOUND_MODULE_VERSION,
	.alloc = server_alloc,
	.free = server_free,
	.open = stream_open,
	.close = stream_close,
	.list = list,
};
