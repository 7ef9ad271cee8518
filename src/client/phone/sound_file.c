/**
 * @file sound_file.c  WAV files as devices: one read in a loop, one written
 *
 * The disk is touched by jobs only: reading a file whole before it is used,
 * writing what a ring has collected a few times a second.
 */
#include "phone_int.h"

enum { RING_MS = 4000, DRAIN_MS = 200, RATE = SOUND_RATE };

struct file_sound {
	struct sound *sound;
	struct job_queue *jobs;
	char *path;
	char *broken; /**< why it can't be read or written */
	bool running;

	/* input */
	struct media_clip *clip; /**< set once, before the media thread looks */
	size_t pos;		 /**< the media thread's */

	/* output */
	struct media_ring *ring;
	struct media_wav_writer *writer; /**< the worker's */
	struct tmr tmr;
};

/* ---- input ------------------------------------------------------------- */

struct load_job {
	struct file_sound *f; /**< gone where the job was cancelled */
	char *path;
	struct media_clip *clip;
};

static int load_work(void *arg)
{
	struct load_job *j = arg;
	struct media_clip *clip;
	int err = media_wav_load(&clip, j->path);

	if (!err) {
		err = media_clip_convert(&j->clip, clip, RATE);
		mem_deref(clip);
	}
	return err;
}

/** For good: a file does not get better by itself. */
static void fail(struct file_sound *f, int err)
{
	char *line = text_printf("%s: %s", f->path, strerror(err));

	text_set(&f->broken, line ? line : strerror(err));
	sound_fail(f->sound, line ? line : strerror(err));
	free(line);
}

static void load_done(int err, void *arg)
{
	struct load_job *j = arg;
	struct file_sound *f = j->f;

	if (err == ECANCELED) {
		/* the device has gone before its file was read */
	} else if (err) {
		fail(f, err);
	} else {
		/* release: who sees the pointer sees the samples */
		__atomic_store_n(&f->clip, mem_ref(j->clip), __ATOMIC_RELEASE);
	}
	mem_deref(j->clip);
	free(j->path);
	free(j);
}

static int load(struct file_sound *f)
{
	struct load_job *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return ENOMEM;

	j->f = f;
	j->path = text_dup(f->path);
	err = j->path ? job_run(f->jobs, load_work, load_done, j) : ENOMEM;
	if (err) {
		free(j->path);
		free(j);
	}
	return err;
}

static size_t file_read_samples(void *state, int16_t *samples, size_t n)
{
	struct file_sound *f = state;
	const struct media_clip *clip =
		__atomic_load_n(&f->clip, __ATOMIC_ACQUIRE);
	size_t i;

	if (!clip || !clip->n)
		return 0;

	for (i = 0; i < n; i++) {
		samples[i] = clip->samples[f->pos];
		f->pos = (f->pos + 1) % clip->n;
	}
	return n;
}

/* ---- output ------------------------------------------------------------ */

struct write_job {
	struct file_sound *f;
	size_t n;
	int16_t samples[];
};

static int write_work(void *arg)
{
	struct write_job *j = arg;
	struct file_sound *f = j->f;
	int err = 0;

	if (!f->writer)
		err = media_wav_create(&f->writer, f->path, RATE);
	if (!err)
		err = media_wav_write(f->writer, j->samples, j->n);
	if (!err)
		err = media_wav_flush(f->writer);
	return err;
}

static void write_done(int err, void *arg)
{
	struct write_job *j = arg;

	if (err && err != ECANCELED)
		fail(j->f, err);
	free(j);
}

/** What the ring has, as a job; NULL if it is empty. */
static struct write_job *collect(struct file_sound *f)
{
	size_t n = media_ring_used(f->ring);
	struct write_job *j =
		n ? malloc(sizeof(*j) + n * sizeof(int16_t)) : NULL;

	if (j) {
		j->f = f;
		j->n = media_ring_read(f->ring, j->samples, n);
	}
	return j;
}

static void drain(void *arg)
{
	struct file_sound *f = arg;
	struct write_job *j = collect(f);

	if (j && job_run(f->jobs, write_work, write_done, j))
		free(j);
	if (f->running)
		tmr_start(&f->tmr, DRAIN_MS, drain, f);
}

static void file_write_samples(void *state, const int16_t *samples, size_t n)
{
	struct file_sound *f = state;

	media_ring_write(f->ring, samples, n);
}

/* ---- both -------------------------------------------------------------- */

static void destructor(void *arg)
{
	struct file_sound *f = arg;

	tmr_cancel(&f->tmr);
	/* waits for the job that runs; the last samples are written here,
	   as there is no later */
	f->jobs = mem_deref(f->jobs);
	if (f->ring) {
		struct write_job *j = collect(f);

		if (j)
			write_work(j);
		free(j);
	}
	media_wav_close(f->writer);
	mem_deref(f->ring);
	mem_deref(f->clip);
	free(f->broken);
	free(f->path);
}

static int file_alloc(void **statep, struct sound *s, const char *argument)
{
	struct file_sound *f = mem_zalloc(sizeof(*f), destructor);
	int err;

	if (!f)
		return ENOMEM;

	tmr_init(&f->tmr);
	f->sound = s;
	f->path = text_dup(argument);
	err = f->path ? job_queue_alloc(&f->jobs, "sound", 1) : ENOMEM;
	if (!err && sound_role(s) == PHONE_INPUT)
		err = load(f);
	if (err)
		mem_deref(f);
	else
		*statep = f;
	return err;
}

static int file_start(void *state)
{
	struct file_sound *f = state;
	int err;

	if (f->broken) {
		sound_set_why(f->sound, f->broken);
		return EIO;
	}

	f->pos = 0;
	if (sound_role(f->sound) == PHONE_INPUT)
		return 0;

	f->running = true;
	if (!f->ring) {
		err = media_ring_alloc(&f->ring, (size_t)RATE * RING_MS / 1000);
		if (err)
			return err;
	}
	tmr_start(&f->tmr, DRAIN_MS, drain, f);
	return 0;
}

static void file_stop(void *state)
{
	struct file_sound *f = state;

	if (!f->running)
		return;

	f->running = false;
	tmr_cancel(&f->tmr);
	drain(f);
}

const struct sound_driver sound_file = {
	.name = "file",
	.argument = SOUND_ARGUMENT_NEEDED,
	.alloc = file_alloc,
	.start = file_start,
	.stop = file_stop,
	.read = file_read_samples,
	.write = file_write_samples,
};
