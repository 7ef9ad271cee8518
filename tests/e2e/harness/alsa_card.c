/**
 * @file alsa_card.c  A sound card without hardware, for tests of ALSA
 *
 * A plug-in of libasound: its clock is CLOCK_MONOTONIC, what it plays is
 * appended to a file, what it hears is read from one (silence behind its
 * end), raw, 48000 Hz, mono; it has one channel or two. What the file `state`
 * says is what happens to the card: nothing, "sleep", "xrun" (once each time
 * it is written), and while that file is not there, neither is the card. Each
 * time it begins, a line is appended to `log`, if that is given: "played" or
 * "heard", and the frame of that file that goes with a time of
 * CLOCK_MONOTONIC, in ns.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

enum { PIECE = 1024 }; /* frames moved at once */

struct card {
	snd_pcm_ioplug_t io;
	char *state, *log;
	int fd;
	int64_t start_ns, look_ns;
	int looked;
	struct timespec seen; /**< when "xrun" was written */
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/** What has happened to the card: 0 or an error. Looked at each 10 ms. */
static int look(struct card *c)
{
	int64_t now = now_ns();
	struct stat st;
	char word[16] = "";
	FILE *f;

	if (c->look_ns && now - c->look_ns < 10000000)
		return c->looked;
	c->look_ns = now;
	f = fopen(c->state, "r");
	c->looked = -ENODEV;
	if (!f)
		return c->looked;
	if (!fgets(word, sizeof(word), f))
		word[0] = '\0';
	fstat(fileno(f), &st);
	fclose(f);
	c->looked = 0;
	if (!strncmp(word, "sleep", 5))
		c->looked = -ESTRPIPE;
	if (c->looked)
		return c->looked;
	if (!strncmp(word, "xrun", 4) &&
	    memcmp(&st.st_mtim, &c->seen, sizeof(c->seen))) {
		c->seen = st.st_mtim;
		return -EPIPE;
	}
	return 0;
}

static int card_start(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	bool plays = io->stream == SND_PCM_STREAM_PLAYBACK;
	FILE *f = c->log ? fopen(c->log, "a") : NULL;
	/* What it plays first has been handed over already. */
	int64_t at = lseek(c->fd, 0, plays ? SEEK_END : SEEK_CUR) / 2 -
		     (plays ? (int64_t)io->appl_ptr : 0);

	c->start_ns = now_ns();
	if (f) {
		fprintf(f, "%s %lld %lld\n", plays ? "played" : "heard",
			(long long)at, (long long)c->start_ns);
		fclose(f);
	}
	return 0;
}

static int card_stop(snd_pcm_ioplug_t *io)
{
	(void)io;
	return 0;
}

static int card_prepare(snd_pcm_ioplug_t *io)
{
	const struct itimerspec every = {
		.it_interval = {.tv_nsec = 10000000},
		.it_value = {.tv_nsec = 10000000},
	};
	struct card *c = io->private_data;
	int err = look(c);

	timerfd_settime(io->poll_fd, 0, &every, NULL);
	return err == -ENODEV ? err : 0;
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	int err = look(c);
	int64_t at;

	if (err == -ESTRPIPE) {
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
		return 0;
	}
	if (err)
		return err;
	if (io->state != SND_PCM_STATE_RUNNING)
		return 0;
	at = (now_ns() - c->start_ns) * (int64_t)io->rate / 1000000000;
	if (io->stream == SND_PCM_STREAM_PLAYBACK && at > (int64_t)io->appl_ptr)
		return -EPIPE;
	/* Nobody has taken what it heard: that is gone, and it begins anew. */
	if (io->stream == SND_PCM_STREAM_CAPTURE &&
	    at > (int64_t)(io->appl_ptr + io->buffer_size))
		return -EPIPE;
	return (snd_pcm_sframes_t)(at % (int64_t)io->buffer_size);
}

static int card_resume(snd_pcm_ioplug_t *io)
{
	return look(io->private_data) == -ESTRPIPE ? -EAGAIN : 0;
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io,
				       const snd_pcm_channel_area_t *areas,
				       snd_pcm_uframes_t offset,
				       snd_pcm_uframes_t size)
{
	struct card *c = io->private_data;
	char *p =
		(char *)areas->addr + (areas->first + areas->step * offset) / 8;
	unsigned channels = io->channels;
	int16_t *frames = (int16_t *)p, one[PIECE];
	ssize_t n;

	/* Of two channels the first is played, and both hear the same. */
	if (size > PIECE)
		size = PIECE;
	if (io->stream == SND_PCM_STREAM_PLAYBACK) {
		for (snd_pcm_uframes_t i = 0; i < size; i++)
			one[i] = frames[i * channels];
		if (write(c->fd, one, size * 2) < 0)
			return -EIO;
		return (snd_pcm_sframes_t)size;
	}
	n = read(c->fd, one, size * 2);
	if (n < 0)
		n = 0;
	memset((char *)one + n, 0, size * 2 - (size_t)n);
	for (snd_pcm_uframes_t i = 0; i < size * channels; i++)
		frames[i] = one[i / channels];
	return (snd_pcm_sframes_t)size;
}

static int card_close(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;

	close(c->fd);
	close(io->poll_fd);
	free(c->state);
	free(c->log);
	free(c);
	return 0;
}

static int card_revents(snd_pcm_ioplug_t *io, struct pollfd *fd, unsigned n,
			unsigned short *revents)
{
	uint64_t times;

	(void)n;
	*revents = 0;
	if (fd[0].revents & POLLIN && read(io->poll_fd, &times, 8) == 8)
		*revents = io->stream == SND_PCM_STREAM_PLAYBACK ? POLLOUT
								 : POLLIN;
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = card_start,
	.stop = card_stop,
	.pointer = card_pointer,
	.prepare = card_prepare,
	.transfer = card_transfer,
	.resume = card_resume,
	.close = card_close,
	.poll_revents = card_revents,
};

static int constrain(struct card *c)
{
	static const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
	static const unsigned format[] = {SND_PCM_FORMAT_S16};
	snd_pcm_ioplug_t *io = &c->io;
	int err;

	err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1,
					    access);
	if (!err)
		err = snd_pcm_ioplug_set_param_list(
			io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
	if (!err)
		err = snd_pcm_ioplug_set_param_minmax(
			io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 2);
	if (!err)
		err = snd_pcm_ioplug_set_param_minmax(
			io, SND_PCM_IOPLUG_HW_RATE, 48000, 48000);
	if (!err)
		err = snd_pcm_ioplug_set_param_minmax(
			io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 1920, 19200);
	return err;
}

SND_PCM_PLUGIN_DEFINE_FUNC(card);
SND_PCM_PLUGIN_DEFINE_FUNC(card)
{
	const char *state = NULL, *played = NULL, *heard = NULL, *log = NULL;
	struct card *c = calloc(1, sizeof(*c));
	snd_config_iterator_t i, next;
	int err;

	(void)root;
	snd_config_for_each(i, next, conf)
	{
		snd_config_t *n = snd_config_iterator_entry(i);
		const char *id;

		if (snd_config_get_id(n, &id) < 0)
			continue;
		if (!strcmp(id, "state"))
			snd_config_get_string(n, &state);
		else if (!strcmp(id, "played"))
			snd_config_get_string(n, &played);
		else if (!strcmp(id, "heard"))
			snd_config_get_string(n, &heard);
		else if (!strcmp(id, "log"))
			snd_config_get_string(n, &log);
	}
	if (!c || !state || !played || !heard) {
		free(c);
		return -EINVAL;
	}
	c->state = strdup(state);
	c->log = log ? strdup(log) : NULL;
	if (look(c) == -ENODEV) {
		free(c->state);
		free(c->log);
		free(c);
		return -ENODEV;
	}
	c->fd = stream == SND_PCM_STREAM_PLAYBACK
			? open(played, O_WRONLY | O_CREAT | O_APPEND, 0600)
			: open(heard, O_RDONLY);
	c->io.version = SND_PCM_IOPLUG_VERSION;
	c->io.name = "A card of the test";
	c->io.callback = &callbacks;
	c->io.private_data = c;
	c->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	c->io.poll_events = POLLIN;
	err = snd_pcm_ioplug_create(&c->io, name, stream, mode);
	if (!err)
		err = constrain(c);
	if (!err)
		*pcmp = c->io.pcm;
	return err;
}
SND_PCM_PLUGIN_SYMBOL(card)
