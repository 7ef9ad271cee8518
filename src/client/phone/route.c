/**
 * @file route.c  Which stream has which device now
 *
 * The voice devices belong to the call that talks, else to the tones; the
 * ringer to the bell. They are open only while somebody uses them, so a
 * phone at rest wakes nothing.
 */
#include "phone_int.h"

enum { RATE = 48000 };

static size_t duplex_read(int16_t *samples, size_t n, void *arg)
{
	struct duplex *d = arg;

	return sound_read(d->in, samples, n);
}

static void duplex_write(const int16_t *samples, size_t n, void *arg)
{
	struct duplex *d = arg;

	sound_write(d->out, samples, n);
}

static void take_away(struct duplex *d)
{
	if (!d->stream)
		return;

	media_stream_set_audio(d->stream, NULL);
	d->stream = mem_deref(d->stream);
	sound_stop(d->in);
	sound_stop(d->out);
	d->in = mem_deref(d->in);
	d->out = mem_deref(d->out);
}

static void give(struct duplex *d, struct media_stream *stream,
		 struct sound *in, struct sound *out)
{
	struct media_audio audio = {
		.read = in ? duplex_read : NULL,
		.write = out ? duplex_write : NULL,
		.arg = d,
	};

	if (d->stream == stream && d->in == in && d->out == out)
		return;

	take_away(d);
	if (!stream)
		return;

	audio.rate = sound_rate(in);
	if (!audio.rate)
		audio.rate = sound_rate(out);
	if (!audio.rate)
		audio.rate = RATE;

	d->stream = mem_ref(stream);
	d->in = mem_ref(in);
	d->out = mem_ref(out);
	sound_start(in, audio.rate);
	sound_start(out, audio.rate);
	if (media_stream_set_audio(stream, &audio))
		take_away(d);
}

/** Tones that belong to the voice devices while no call talks. */
static bool is_voice_tone(enum media_tone tone)
{
	return tone != MEDIA_TONE_NONE && tone != MEDIA_TONE_RING &&
	       tone != MEDIA_TONE_WAITING;
}

void route_update(struct phone *p)
{
	struct phone_call *c = call_speaking(p);
	struct media_stream *stream = c ? sip_leg_stream(c->leg) : NULL;

	/* a device that fails is told of in here */
	mem_ref(p);
	if (stream) {
		give(&p->voice, stream, p->sound[PHONE_INPUT],
		     p->sound[PHONE_OUTPUT]);
		media_stream_mute(stream, c->muted);
	} else if (is_voice_tone(p->tone)) {
		give(&p->voice, p->tones, NULL, p->sound[PHONE_OUTPUT]);
	} else {
		give(&p->voice, NULL, NULL, NULL);
	}

	if (p->tone == MEDIA_TONE_RING)
		give(&p->ringer, p->bell, NULL, p->sound[PHONE_RINGER]);
	else
		give(&p->ringer, NULL, NULL, NULL);
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

	p->tone = tone;
	mem_ref(p);
	route_update(p);
	play(p, tone);
	mem_deref(p);
}

static void failed(const char *line, void *arg)
{
	struct phone *p = arg;

	if (p->h.sound_failed)
		p->h.sound_failed(line, p->arg);
}

int phone_set_device(struct phone *p, enum phone_role role, const char *device)
{
	struct sound *s;
	int err;

	if (!p || !device || role >= PHONE_ROLES)
		return EINVAL;

	err = sound_alloc(&s, p->host, role, device, failed, p);
	if (err)
		return err;

	take_away(role == PHONE_RINGER ? &p->ringer : &p->voice);
	mem_deref(p->sound[role]);
	p->sound[role] = s;
	route_update(p);
	return 0;
}

int route_init(struct phone *p)
{
	const struct media_stream_prm prm = {.port_min = 0};
	int err, i;

	err = media_stream_alloc(&p->tones, p->media, &prm, NULL, NULL);
	if (!err)
		err = media_stream_alloc(&p->bell, p->media, &prm, NULL, NULL);
	if (!err)
		err = sound_host_alloc(&p->host);
	for (i = 0; i < PHONE_ROLES && !err; i++)
		err = sound_alloc(&p->sound[i], p->host, (enum phone_role)i,
				  "auto", failed, p);
	return err;
}

void route_close(struct phone *p)
{
	int i;

	take_away(&p->voice);
	take_away(&p->ringer);
	p->tones = mem_deref(p->tones);
	p->bell = mem_deref(p->bell);
	for (i = 0; i < PHONE_ROLES; i++)
		p->sound[i] = mem_deref(p->sound[i]);
	p->host = mem_deref(p->host);
}
