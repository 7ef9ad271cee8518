/**
 * @file voip_tape.c  Files of sound, heard out of the built-in phone's device
 *
 * What a server has sent is decoded beside the loop; whatever it claims, it is
 * held in the bounds of media_wav_decode().
 */
#include <stdlib.h>
#include <offhook/media.h>
#include "voip_sound.h"

#define LOG_MODULE "voip"

enum {
	TAPE_RATE = 48000, /**< as phone_play() wants it */
	/** What cannot be cut into frames is made into. */
	CLIP_RATE = 16000,
	FRAMES_S = 50,
};

/* A file on its way; a worker has it. */
struct laying {
	struct voip *v; /**< NULL: not wanted any more */
	uint8_t *wav;
	size_t len;
	struct media_clip *clip;
	app_check_h *h;
	void *arg;
};

static void laying_destructor(void *arg)
{
	struct laying *l = arg;

	mem_deref(l->clip);
	free(l->wav);
}

static int decode(void *arg)
{
	struct laying *l = arg;
	struct media_clip *other;
	int err = media_wav_decode(&l->clip, l->wav, l->len);

	free(l->wav);
	l->wav = NULL;
	if (err || l->clip->rate % FRAMES_S == 0)
		return err;
	err = media_clip_convert(&other, l->clip, CLIP_RATE);
	if (!err) {
		mem_deref(l->clip);
		l->clip = other;
	}
	return err;
}

static void decoded(int err, void *arg)
{
	struct laying *l = arg;
	struct voip *v = l->v;

	if (v)
		v->laying = NULL;
	if (v && !err)
		err = media_tape_alloc(&v->tape, l->clip, TAPE_RATE);
	if (v)
		l->h(err, l->arg);
	mem_deref(l);
}

void voip_tape_end(struct voip *v)
{
	if (v->laying)
		v->laying->v = NULL;
	v->laying = NULL;
	(void)phone_play(v->phone, NULL);
	v->tape = mem_deref(v->tape);
}

static int lay(struct voip *v, const void *wav, size_t len, app_check_h *h,
	       void *arg)
{
	struct laying *l = mem_zalloc(sizeof(*l), laying_destructor);
	int err = 0;

	if (!l)
		return ENOMEM;
	l->wav = malloc(len ? len : 1);
	if (!l->wav)
		err = ENOMEM;
	if (!err && !v->jobs)
		err = job_queue_alloc(&v->jobs, "tape", 1);
	if (!err) {
		memcpy(l->wav, wav, len);
		l->len = len;
		l->v = v;
		l->h = h;
		l->arg = arg;
		v->laying = l;
		err = job_run(v->jobs, decode, decoded, l);
	}
	if (err) {
		v->laying = NULL;
		mem_deref(l);
	}
	return err;
}

int voip_tape(void *carrier, const void *wav, size_t len, app_check_h *h,
	      void *arg)
{
	struct voip *v = carrier;

	voip_tape_end(v);
	return wav ? lay(v, wav, len, h, arg) : 0;
}

int voip_tape_run(void *carrier, bool on)
{
	const struct voip *v = carrier;

	if (!v->tape)
		return ENOENT;
	return phone_play(v->phone, on ? v->tape : NULL);
}

bool voip_tape_state(void *carrier, uint32_t *at, uint32_t *length)
{
	const struct voip *v = carrier;

	*at = media_tape_position(v->tape);
	*length = media_tape_length(v->tape);
	return v->tape != NULL;
}

void voip_tape_seek(void *carrier, uint32_t ms)
{
	const struct voip *v = carrier;

	media_tape_seek(v->tape, ms);
}

void voip_tape_pace(void *carrier, unsigned percent)
{
	const struct voip *v = carrier;

	media_tape_pace(v->tape, percent);
}
