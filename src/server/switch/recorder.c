/**
 * @file recorder.c  What a caller says, on its way into a file
 *
 * The media thread fills a ring; a worker empties it into the file, some times
 * a second. A recorder outlives the call that it was made for, until its file
 * is closed.
 */
#include "switch_int.h"

enum {
	RATE = 8000, /**< as media_stream_record() has it */
	FRAME = RATE / 50,
	PACE_MS = 200,
	/** The disk may take so long for a breath, milliseconds. */
	RING_MS = 8000,
	MAX_S = 3600,
};

/** What is softer is silence, dBFS. */
static const double silence_level = -45;

struct recorder {
	struct le le;
	struct pbx *pbx;
	struct pbx_machine *machine; /**< NULL: it is over there */
	struct media_ring *ring;
	struct tmr tmr;
	bool busy; /**< the worker has it: all below is the worker's then */
	struct media_wav_writer *file;
	char *path;
	uint32_t max, quiet_max; /**< samples; quiet_max 0: no limit */
	uint32_t samples, quiet, voice;
	bool ending, last, closed;
	bool broken; /**< nobody works for it any more */
	int err;
	pbx_recorded_h *h;
	void *arg;
};

static void destructor(void *arg)
{
	struct recorder *r = arg;

	tmr_cancel(&r->tmr);
	list_unlink(&r->le);
	(void)media_wav_close(r->file);
	mem_deref(r->ring);
	free(r->path);
}

/* ---- on the worker ----------------------------------------------------- */

static void count(struct recorder *r, const int16_t *pcm, size_t n)
{
	r->samples += (uint32_t)n;
	if (media_level(pcm, n) < silence_level) {
		r->quiet += (uint32_t)n;
	} else {
		r->quiet = 0;
		r->voice += (uint32_t)n;
	}
}

static bool is_at_its_end(const struct recorder *r)
{
	return r->samples >= r->max ||
	       (r->quiet_max && r->quiet >= r->quiet_max);
}

static int write_ring(struct recorder *r)
{
	int16_t pcm[FRAME];
	int err = 0;
	size_t n;

	if (!r->file)
		err = media_wav_create(&r->file, r->path, RATE);
	while (!err && !is_at_its_end(r)) {
		n = FRAME;
		if (n > r->max - r->samples)
			n = r->max - r->samples;
		n = media_ring_read(r->ring, pcm, n);
		if (!n)
			break;
		err = media_wav_write(r->file, pcm, n);
		if (!err)
			count(r, pcm, n);
	}
	return err ? err : media_wav_flush(r->file);
}

static int work(void *arg)
{
	struct recorder *r = arg;
	int err = r->err ? r->err : write_ring(r);

	if (r->last) {
		int e = media_wav_close(r->file);

		r->file = NULL;
		r->closed = true;
		err = err ? err : e;
	}
	return err;
}

/* ---- on the loop ------------------------------------------------------- */

static void finish(struct recorder *r)
{
	const struct pbx_recorded done = {
		.err = r->err,
		.ms = r->samples / (RATE / 1000),
		.voice_ms = r->voice / (RATE / 1000),
	};
	struct pbx *p = r->pbx;

	list_unlink(&r->le);
	if (r->h)
		r->h(&done, r->arg);
	mem_deref(r);
	pbx_recorded(p);
}

static void done(int err, void *arg);

/** It has ended by itself. */
static void stopped(struct recorder *r, int err)
{
	if (err && !r->err) {
		r->err = err;
		log_error("a recording failed: %s", strerror(err));
	}
	if (r->machine)
		machine_stopped(r->machine, r->err);
	if (!r->ending)
		recorder_end(r);
}

static void write_down(void *arg)
{
	struct recorder *r = arg;
	int err;

	r->last = r->ending;
	r->busy = true;
	err = job_run(r->pbx->disk, work, done, r);
	if (!err)
		return;
	r->busy = false;
	r->broken = true;
	stopped(r, err);
}

static void done(int err, void *arg)
{
	struct recorder *r = arg;

	r->busy = false;
	if (r->closed || err == ECANCELED) {
		if (!r->err)
			r->err = err;
		finish(r);
	} else if (!r->ending && (err || is_at_its_end(r))) {
		stopped(r, err);
	} else {
		if (!r->err)
			r->err = err;
		tmr_start(&r->tmr, r->ending ? 0 : PACE_MS, write_down, r);
	}
}

static void give_up(void *arg)
{
	finish(arg);
}

void recorder_end(struct recorder *r)
{
	r->machine = NULL;
	r->ending = true;
	if (r->busy)
		return;
	/* its handler is not called in here */
	if (r->broken || (r->err && !r->file))
		tmr_start(&r->tmr, 0, give_up, r);
	else
		tmr_start(&r->tmr, 0, write_down, r);
}

struct media_ring *recorder_ring(const struct recorder *r)
{
	return r->ring;
}

int recorder_alloc(struct recorder **rp, struct pbx *p,
		   const struct pbx_record_prm *prm, struct pbx_machine *m,
		   pbx_recorded_h *h, void *arg)
{
	struct recorder *r;
	int err = 0;

	if (!prm || text_empty(prm->path) || !prm->max_s ||
	    prm->max_s > MAX_S || prm->silence_s > MAX_S)
		return EINVAL;
	if (!p->disk)
		err = job_queue_alloc(&p->disk, "record", 1);
	if (err)
		return err;
	r = mem_zalloc(sizeof(*r), destructor);
	if (!r)
		return ENOMEM;
	tmr_init(&r->tmr);
	r->pbx = p;
	r->machine = m;
	r->max = prm->max_s * RATE;
	r->quiet_max = prm->silence_s * RATE;
	r->h = h;
	r->arg = arg;
	err = text_set(&r->path, prm->path);
	if (!err)
		err = media_ring_alloc(&r->ring, RATE / 1000 * RING_MS);
	if (err) {
		mem_deref(r);
		return err;
	}
	list_append(&p->recorders, &r->le, r);
	tmr_start(&r->tmr, 0, write_down, r);
	*rp = r;
	return 0;
}

void recorders_flush(struct pbx *p)
{
	/* what runs is done, what waits is told ECANCELED */
	p->disk = mem_deref(p->disk);
	while (!list_isempty(&p->recorders)) {
		struct recorder *r = list_ledata(list_head(&p->recorders));

		r->err = ECANCELED;
		finish(r);
	}
}
