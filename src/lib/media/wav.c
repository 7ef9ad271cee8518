/**
 * @file wav.c  A WAV file written piece by piece
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "media_int.h"

enum { WAV_HEADER_LEN = 44 };

struct media_wav_writer {
	FILE *f;
	uint32_t rate;
	uint32_t bytes;
};

static void put_le(uint8_t *p, uint32_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static int write_header(struct media_wav_writer *w)
{
	uint8_t h[WAV_HEADER_LEN] = "RIFF....WAVEfmt ";

	put_le(h + 4, WAV_HEADER_LEN - 8 + w->bytes, 4);
	put_le(h + 16, 16, 4);
	put_le(h + 20, 1, 2);
	put_le(h + 22, 1, 2);
	put_le(h + 24, w->rate, 4);
	put_le(h + 28, w->rate * 2, 4);
	put_le(h + 32, 2, 2);
	put_le(h + 34, 16, 2);
	memcpy(h + 36, "data", 4);
	put_le(h + 40, w->bytes, 4);
	if (fseek(w->f, 0, SEEK_SET) ||
	    fwrite(h, 1, sizeof(h), w->f) != sizeof(h) ||
	    fseek(w->f, 0, SEEK_END) || fflush(w->f))
		return errno ? errno : EIO;
	return 0;
}

int media_wav_create(struct media_wav_writer **wp, const char *path,
		     uint32_t rate)
{
	struct media_wav_writer *w;
	int fd, err;

	if (!wp || !path || !rate)
		return EINVAL;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return errno;
	w = calloc(1, sizeof(*w));
	if (w)
		w->f = fdopen(fd, "wb");
	if (!w || !w->f) {
		close(fd);
		free(w);
		return ENOMEM;
	}
	w->rate = rate;
	err = write_header(w);
	if (err) {
		fclose(w->f);
		free(w);
		return err;
	}
	*wp = w;
	return 0;
}

int media_wav_write(struct media_wav_writer *w, const int16_t *samples,
		    size_t n)
{
	uint8_t buf[1024];

	/* 4 GB is what the header can say. */
	if (n > (UINT32_MAX - WAV_HEADER_LEN - w->bytes) / 2)
		return EFBIG;
	while (n) {
		size_t part = n < sizeof(buf) / 2 ? n : sizeof(buf) / 2;

		for (size_t i = 0; i < part; i++)
			put_le(buf + 2 * i, (uint16_t)samples[i], 2);
		if (fwrite(buf, 2, part, w->f) != part)
			return errno ? errno : EIO;
		samples += part;
		n -= part;
		w->bytes += (uint32_t)part * 2;
	}
	return 0;
}

int media_wav_flush(struct media_wav_writer *w)
{
	return write_header(w);
}

int media_wav_close(struct media_wav_writer *w)
{
	int err;

	if (!w)
		return 0;
	err = write_header(w);
	if (fclose(w->f) && !err)
		err = errno;
	free(w);
	return err;
}
