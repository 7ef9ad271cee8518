/**
 * @file route.c  Which stream has which device now
 *
 * The voice devices belong to the call that talks, else to the tones; the
 * ringer to the bell. They are open only while somebody uses them, so a
 * phone at rest wakes nothing.
 */
#include "phone_int.h"

/** Loudspeaker and microphone of a headset go together: said at once. */
enum {
	TELL_MS = 300,
	/** Who has asked for levels may ask again until then. */
	MEASURED_MS = 2000,
};

/** What the user is to be told of devices that changed. */
struct route_moved {
	enum phone_role role;
	enum phone_moved how;
	char *from, *to;
};

/* ---- on the media thread ----------------------------------------------- */

/** Loudness is what ears make of it: half of the scale is an eighth. */
static void amplify(int16_t *samples, size_t n, int percent)
{
	float gain = (float)percent * (float)percent * (float)percent / 1e6f;
	size_t i;

	if (percent == 100)
		return;
	for (i = 0; i < n; i++) {
		float v = (float)samples[i] * gain;

		samples[i] = (int16_t)(v > INT16_MAX   ? INT16_MAX
				       : v < INT16_MIN ? INT16_MIN
						       : v);
	}
}

static void measure(struct duplex *d, atomic_int *level, const int16_t *samples,
		    size_t n)
{
	if (atomic_load_explicit(&d->asked, memory_order_relaxed) > 0)
		atomic_store_explicit(level, (int)media_level(samples, n),
				      memory_order_relaxed);
}

size_t duplex_read(int16_t *samples, size_t n, void *duplex)
{
	struct duplex *d = duplex;
	bool air;
	size_t got = sound_order_read(d->in, samples, n, &air);

	memset(samples + got, 0, (n - got) * sizeof(*samples));
	if (air && d->voice)
		voice_spoken(d->voice, samples, n);
	amplify(samples, n, atomic_load(&d->volume_in));
	measure(d, &d->level_in, samples, n);
	return n;
}

static void duplex_write(const int16_t *samples, size_t n, void *arg)
{
	struct duplex *d = arg;
	int16_t out[SOUND_RATE / 50];

	if (n > ARRAY_SIZE(out))
		n = ARRAY_SIZE(out);
	memcpy(out, samples, n * sizeof(*out));
	if (d->loop)
		duplex_loop(d, out, n);
	if (d->tape)
		duplex_tape(d, out, n);
	amplify(out, n, atomic_load(&d->volume_out));
	measure(d, &d->level_out, out, n);
	if (atomic_load(&d->asked) > 0)
		atomic_fetch_sub(&d->asked, 1);
	if (d->voice)
		voice_heard(d->voice, out, n);
	sound_order_write(d->out, out, n);
}

/* ---- which stream ------------------------------------------------------ */

static int set_audio(struct duplex *d, const struct media_audio *audio)
{
	return d->mixer ? media_mixer_set_audio(d->mixer, audio)
			: media_stream_set_audio(d->stream, audio);
}

static void take_away(struct duplex *d)
{
	if (!d->stream)
		return;

	set_audio(d, NULL);
	d->stream = mem_deref(d->stream);
	d->mixer = mem_deref(d->mixer);
	sound_order_stop(d->in);
	sound_order_stop(d->out);
	d->in = mem_deref(d->in);
	d->out = mem_deref(d->out);
	d->voice = mem_deref(d->voice);
	d->loop = mem_deref(d->loop);
	d->tape = mem_deref(d->tape);
}

static const struct media_audio *audio_of(struct duplex *d,
					  struct media_audio *audio)
{
	*audio = (struct media_audio){
		.rate = SOUND_RATE,
		.read = d->in ? duplex_read : NULL,
		.write = d->out ? duplex_write : NULL,
		.arg = d,
	};
	return audio;
}

/* What is at rest works for that stream now. */
static void take(struct duplex *d, struct media_stream *stream,
		 struct sound_order *in, struct sound_order *out,
		 const struct voice_prm *prm)
{
	struct media_audio audio;

	d->stream = mem_ref(stream);
	d->in = mem_ref(in);
	d->out = mem_ref(out);
	/* without it the call goes on as it is */
	if (in && voice_alloc(&d->voice, prm))
		log_warn("no memory to make voices better");
	sound_order_start(in);
	sound_order_start(out);
	/* unless the owner, told that it fails, has taken it back */
	if (d->stream == stream && set_audio(d, audio_of(d, &audio)))
		take_away(d);
}

static void give(struct duplex *d, struct media_stream *stream,
		 struct sound_order *in, struct sound_order *out,
		 const struct voice_prm *prm)
{
	if (d->stream == stream && d->in == in && d->out == out && !d->tape)
		return;

	take_away(d);
	if (stream)
		take(d, stream, in, out, prm);
}

/** Tones that belong to the voice devices while no call talks. */
static bool is_voice_tone(enum media_tone tone)
{
	return tone != MEDIA_TONE_NONE && tone != MEDIA_TONE_RING &&
	       tone != MEDIA_TONE_WAITING;
}

void route_yield(struct phone *p)
{
	take_away(&p->voice);
}

/* In a conference all calls have it: the stream is but a stand-in. */
static void give_conference(struct phone *p, const struct phone_call *c)
{
	if (p->voice.mixer != p->mixer) {
		take_away(&p->voice);
		p->voice.mixer = mem_ref(p->mixer);
	}
	give(&p->voice, p->tones, p->sound[PHONE_INPUT], p->sound[PHONE_OUTPUT],
	     &p->voice_prm);
	media_mixer_mute(p->mixer, c && c->muted);
}

/* What is listened to, out of calls. */
static void tape_give(struct phone *p)
{
	struct duplex *d = &p->voice;

	if (d->tape == p->tape && d->out == p->sound[PHONE_OUTPUT])
		return;
	take_away(d);
	/* before there is a stream nobody reads it */
	d->tape = mem_ref(p->tape);
	take(d, p->tones, NULL, p->sound[PHONE_OUTPUT], NULL);
	if (d->stream)
		(void)test_clock(p);
}

void route_update(struct phone *p)
{
	struct phone_call *c = call_speaking(p);
	struct media_stream *stream = c ? sip_leg_stream(c->leg) : NULL;
	bool ring = p->tone == MEDIA_TONE_RING || p->test == PHONE_TEST_RING;
	struct phone_call *alone;

	/* a device that fails is told of in here */
	mem_ref(p);
	if (p->voice.tape && p->voice.tape != p->tape)
		take_away(&p->voice);
	alone = conference_check(p);
	if (p->voice.mixer && !p->mixer)
		route_yield(p);
	if (stream)
		test_yield(p);
	if (p->mixer) {
		give_conference(p, c);
	} else if (stream) {
		give(&p->voice, stream, p->sound[PHONE_INPUT],
		     p->sound[PHONE_OUTPUT], &p->voice_prm);
		media_stream_mute(stream, c->muted);
	} else if (is_voice_tone(p->tone)) {
		give(&p->voice, p->tones, NULL, p->sound[PHONE_OUTPUT], NULL);
	} else if (p->test == PHONE_TEST_TONE || p->test == PHONE_TEST_LOOP) {
		give(&p->voice, p->tones,
		     p->test == PHONE_TEST_LOOP ? p->sound[PHONE_INPUT] : NULL,
		     p->sound[PHONE_OUTPUT], &p->voice_prm);
	} else if (p->tape && !ring) {
		tape_give(p);
	} else {
		give(&p->voice, NULL, NULL, NULL, NULL);
	}

	if (ring)
		give(&p->ringer, p->bell, NULL, p->sound[PHONE_RINGER], NULL);
	else
		give(&p->ringer, NULL, NULL, NULL, NULL);
	if (alone && alone->phone && p->h.changed)
		p->h.changed(alone, alone->arg, p->arg);
	mem_deref(alone);
	mem_deref(p);
}

/** Sound a tone where it belongs; at most one sounds. */
static void play(struct phone *p, enum media_tone tone)
{
	struct phone_call *c = call_speaking(p);
	struct media_stream *stream = c ? sip_leg_stream(c->leg) : NULL;

	media_stream_play_stop(p->bell, MEDIA_LOCAL);
	media_stream_play_stop(p->tones, MEDIA_LOCAL);
	if (stream)
		media_stream_play_stop(stream, MEDIA_LOCAL);

	if (tone == MEDIA_TONE_RING)
		media_stream_play_tone(p->bell, MEDIA_LOCAL, tone);
	else if (stream && tone != MEDIA_TONE_NONE)
		media_stream_play_tone(stream, MEDIA_LOCAL, tone);
	else if (is_voice_tone(tone))
		media_stream_play_tone(p->tones, MEDIA_LOCAL, tone);
}

void phone_tone(struct phone *p, enum media_tone tone)
{
	if (!p || p->tone == tone)
		return;

	mem_ref(p);
	test_yield(p);
	p->tone = tone;
	route_update(p);
	play(p, tone);
	if (p->voice.tape)
		(void)test_clock(p);
	mem_deref(p);
}

/* ---- what devices tell ------------------------------------------------- */

static void failed(const char *line, void *arg)
{
	struct phone *p = arg;

	if (p->h.sound_failed)
		p->h.sound_failed(line, p->arg);
}

static void moved_destructor(void *arg)
{
	struct route_moved *m = arg;

	free(m->from);
	free(m->to);
}

static void tell_moved(void *arg)
{
	struct phone *p = arg;
	struct route_moved *m = p->moved;

	p->moved = NULL;
	if (p->h.sound_moved)
		p->h.sound_moved(m->from, m->to, m->how, p->arg);
	mem_deref(m);
}

static void keep_moved(struct phone *p, enum phone_role role, const char *from,
		       const char *to, enum phone_moved how)
{
	struct route_moved *m = p->moved;

	/* What is heard says more than what hears. */
	if (m && m->role == PHONE_OUTPUT && role == PHONE_INPUT)
		return;
	if (!m)
		m = p->moved = mem_zalloc(sizeof(*m), moved_destructor);
	if (!m)
		return;
	m->role = role;
	m->how = how;
	text_set(&m->from, from);
	text_set(&m->to, to);
	tmr_start(&p->moved_tmr, TELL_MS, tell_moved, p);
}

#define MOVED(id, role)                                          \
	static void moved_##id(const char *from, const char *to, \
			       enum phone_moved how, void *arg)  \
	{                                                        \
		keep_moved(arg, role, from, to, how);            \
	}
MOVED(input, PHONE_INPUT)
MOVED(output, PHONE_OUTPUT)
MOVED(ringer, PHONE_RINGER)

static const struct sound_order_handlers handlers[PHONE_ROLES] = {
	[PHONE_INPUT] = {.moved = moved_input, .failed = failed},
	[PHONE_OUTPUT] = {.moved = moved_output, .failed = failed},
	[PHONE_RINGER] = {.moved = moved_ringer, .failed = failed},
};

/** Devices came or went. */
static void changed(void *arg)
{
	struct phone *p = arg;
	int i;

	for (i = 0; i < PHONE_ROLES; i++)
		sound_order_kick(p->sound[i]);
}

static int set_order(struct phone *p, enum phone_role role, const char *devices)
{
	struct duplex *d = role == PHONE_RINGER ? &p->ringer : &p->voice;
	struct sound_order *o;
	int err = sound_order_alloc(&o, p->host, role, devices, &handlers[role],
				    p);

	if (err)
		return err;

	take_away(d);
	sound_order_quiet(p->sound[role]);
	mem_deref(p->sound[role]);
	p->sound[role] = o;
	return 0;
}

int phone_set_device(struct phone *p, enum phone_role role, const char *devices)
{
	int err;

	if (!p || !devices || role >= PHONE_ROLES)
		return EINVAL;

	err = set_order(p, role, devices);
	if (!err)
		route_update(p);
	return err;
}

/* ---- how it sounds ----------------------------------------------------- */

int phone_set_voice(struct phone *p, const struct phone_voice *voice)
{
	struct duplex *d = p ? &p->voice : NULL;
	struct media_audio audio;
	int err = 0;

	if (!p || !voice)
		return EINVAL;

	p->voice_prm = (struct voice_prm){
		.echo = voice->echo,
		.noise = voice->noise,
		.gain = voice->gain,
	};
	if (!d->stream || !d->in)
		return 0;

	/* the devices stay open, the media thread lets go for a moment */
	set_audio(d, NULL);
	d->voice = mem_deref(d->voice);
	err = voice_alloc(&d->voice, &p->voice_prm);
	set_audio(d, audio_of(d, &audio));
	return err;
}

int phone_set_volume(struct phone *p, enum phone_role role, unsigned percent)
{
	if (!p || role >= PHONE_ROLES || percent > PHONE_VOLUME_MAX)
		return EINVAL;

	if (role == PHONE_INPUT)
		atomic_store(&p->voice.volume_in, (int)percent);
	else if (role == PHONE_OUTPUT)
		atomic_store(&p->voice.volume_out, (int)percent);
	else
		atomic_store(&p->ringer.volume_out, (int)percent);
	return 0;
}

bool phone_levels(struct phone *p, int *input, int *output)
{
	struct duplex *d = p ? &p->voice : NULL;

	if (!d || !d->stream) {
		*input = *output = -96;
		return false;
	}
	if (!atomic_load(&d->asked)) {
		atomic_store(&d->level_in, -96);
		atomic_store(&d->level_out, -96);
	}
	atomic_store(&d->asked, MEASURED_MS / MEDIA_FRAME_MS);
	*input = atomic_load(&d->level_in);
	*output = atomic_load(&d->level_out);
	return true;
}

static void duplex_init(struct duplex *d)
{
	atomic_init(&d->volume_in, 100);
	atomic_init(&d->volume_out, 100);
	atomic_init(&d->level_in, -96);
	atomic_init(&d->level_out, -96);
	atomic_init(&d->asked, 0);
}

int route_init(struct phone *p)
{
	const struct media_stream_prm prm = {.port_min = 0};
	int err, i;

	tmr_init(&p->moved_tmr);
	tmr_init(&p->test_tmr);
	duplex_init(&p->voice);
	duplex_init(&p->ringer);
	err = media_stream_alloc(&p->tones, p->media, &prm, NULL, NULL);
	if (!err)
		err = media_stream_alloc(&p->bell, p->media, &prm, NULL, NULL);
	if (!err)
		err = sound_host_alloc(&p->host, changed, p);
	for (i = 0; i < PHONE_ROLES && !err; i++)
		err = set_order(p, (enum phone_role)i, "auto");
	return err;
}

void route_close(struct phone *p)
{
	int i;

	tmr_cancel(&p->moved_tmr);
	tmr_cancel(&p->test_tmr);
	p->test = PHONE_TEST_NONE;
	p->lister = mem_deref(p->lister);
	p->moved = mem_deref(p->moved);
	sound_host_quiet(p->host);
	for (i = 0; i < PHONE_ROLES; i++)
		sound_order_quiet(p->sound[i]);
	take_away(&p->voice);
	take_away(&p->ringer);
	p->tape = mem_deref(p->tape);
	p->voice.loop = mem_deref(p->voice.loop);
	p->tones = mem_deref(p->tones);
	p->bell = mem_deref(p->bell);
	for (i = 0; i < PHONE_ROLES; i++)
		p->sound[i] = mem_deref(p->sound[i]);
	p->host = mem_deref(p->host);
}
