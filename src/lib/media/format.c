/**
 * @file format.c  Payload formats as SDP names them
 */
#include "media_int.h"

static void format_destructor(void *arg)
{
	struct media_format *f = arg;

	list_unlink(&f->le);
	mem_deref(f->name);
	mem_deref(f->fmtp);
}

/* RFC 4855 §3: the characters of a token, as in a media subtype. */
static bool is_token(const char *s)
{
	size_t n = 0;

	for (; s[n]; n++) {
		unsigned char c = (unsigned char)s[n];

		if (c <= ' ' || c >= 0x7f || strchr("()<>@,;:\\\"/[]?=", c))
			return false;
	}
	return n >= 1 && n <= 32;
}

static char *copy(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = mem_alloc(n, NULL);

	if (p)
		memcpy(p, s, n);
	return p;
}

int media_format_add(struct list *formats, const char *name, uint8_t pt,
		     uint32_t rate, uint8_t channels, const char *fmtp)
{
	struct media_format *f;

	if (!formats || !name || !is_token(name) || pt > 127 || !rate ||
	    channels < 1 || channels > 2)
		return EINVAL;

	for (const char *c = fmtp; c && *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return EINVAL;
	}

	f = mem_zalloc(sizeof(*f), format_destructor);
	if (!f)
		return ENOMEM;
	f->name = copy(name);
	if (fmtp)
		f->fmtp = copy(fmtp);
	if (!f->name || (fmtp && !f->fmtp)) {
		mem_deref(f);
		return ENOMEM;
	}
	f->pt = pt;
	f->rate = rate;
	f->channels = channels;
	list_append(formats, &f->le, f);
	return 0;
}

int media_formats_copy(struct list *dst, const struct list *src)
{
	int err = 0;

	for (struct le *le = list_head(src); le && !err; le = le->next) {
		const struct media_format *f = le->data;

		err = media_format_add(dst, f->name, f->pt, f->rate,
				       f->channels, f->fmtp);
	}
	return err;
}

int media_formats_ours(struct list *formats, const char *names)
{
	const char *p = names ? names : "opus G722 PCMA PCMU";
	bool any = false;

	while (*p) {
		size_t n = strcspn(p, " ,\t");
		const struct codec *c = codec_by_name(p, n);

		if (c) {
			int err = media_format_add(formats, c->name, c->pt,
						   c->clock, c->channels,
						   c->fmtp);
			if (err)
				return err;
			any = true;
		}
		p += n;
		p += strspn(p, " ,\t");
	}
	return any ? 0 : ENOENT;
}

bool media_format_same(const struct media_format *a,
		       const struct media_format *b)
{
	return a && b && !strcasecmp(a->name, b->name) && a->rate == b->rate &&
	       a->channels == b->channels;
}

bool media_format_is_voice(const struct media_format *f)
{
	return strcasecmp(f->name, "telephone-event") &&
	       strcasecmp(f->name, "CN");
}

bool media_format_supported(const struct media_format *f)
{
	return f && codec_find(f->name, f->rate, f->channels);
}
