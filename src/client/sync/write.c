/**
 * @file write.c  Contacts out: CSV (RFC 4180) and vCard 4 (RFC 6350)
 */
#include <stdlib.h>

#include "sync_int.h"

/* In the order of the columns; of vCards, how a number's kind is written. */
static const struct {
	const char *column, *type;
} numbers[UC_NUMBER_KIND_COUNT] = {
	[UC_NUMBER_INTERNAL] = {"internal", "\"work,x-internal\""},
	[UC_NUMBER_BUSINESS] = {"business", "work"},
	[UC_NUMBER_BUSINESS_2] = {"business2", "\"work,x-business2\""},
	[UC_NUMBER_MOBILE] = {"mobile", "cell"},
	[UC_NUMBER_PRIVATE] = {"private", "home"},
	[UC_NUMBER_OTHER] = {"other", "voice"},
};

int sync_contact_of(struct sync_contact *c, const struct uc_contact *k)
{
	int err = 0;

	memset(c, 0, sizeof(*c));
	err |= text_set(&c->id, k->id);
	err |= text_set(&c->key, k->import_key ? k->import_key : "");
	err |= text_set(&c->first, k->first);
	err |= text_set(&c->last, k->last);
	err |= text_set(&c->company, k->company);
	err |= text_set(&c->department, k->department);
	err |= text_set(&c->email, k->email);
	if (!text_empty(k->picture_key))
		err |= text_set(&c->picture_key, k->picture_key);
	if (!text_empty(k->picture))
		err |= text_set(&c->picture_version, k->picture);
	c->hand_made = k->hand_made;
	for (size_t i = 0; i < k->number_count; i++)
		if (!c->number[k->numbers[i].kind])
			err |= text_set(&c->number[k->numbers[i].kind],
					k->numbers[i].number);
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		if (!c->number[i])
			err |= text_set(&c->number[i], "");
	return err ? ENOMEM : 0;
}

/* The key that a file gave; not one that was made of the name. */
static const char *uid_of(const struct sync_contact *c)
{
	return !strncmp(c->key, "u:", 2) ? c->key + 2 : "";
}

/* ---- CSV --------------------------------------------------------------- */

static void csv_field_add(struct text_buf *b, const char *s)
{
	if (!strpbrk(s, ",\"\r\n;\t") && *s != ' ') {
		text_buf_add(b, s);
		return;
	}
	text_buf_add(b, "\"");
	for (; *s; s++)
		text_buf_add_n(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	text_buf_add(b, "\"");
}

static void csv_write(struct text_buf *b, const struct sync_contact *c)
{
	const char *const texts[] = {c->first, c->last, c->company,
				     c->department, c->email};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		csv_field_add(b, texts[i]);
		text_buf_add(b, ",");
	}
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++) {
		csv_field_add(b, c->number[i]);
		text_buf_add(b, ",");
	}
	csv_field_add(b, uid_of(c));
	text_buf_add(b, "\r\n");
}

static void csv_heading(struct text_buf *b)
{
	text_buf_add(b, "first,last,company,department,email,");
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		text_buf_printf(b, "%s,", numbers[i].column);
	text_buf_add(b, "key\r\n");
}

/* ---- vCard ------------------------------------------------------------- */

static void escape(struct text_buf *b, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\,;", *s))
			text_buf_add(b, "\\");
		text_buf_add_n(b, s, 1);
	}
}

/* RFC 6350 §3.2: at most 75 bytes a line, no letter cut in two. */
static void fold(struct text_buf *b, struct text_buf *line)
{
	const char *s = line->buf ? line->buf : "";
	size_t left = line->len, room = 75;

	while (left > room) {
		size_t n = room;

		while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		text_buf_add_n(b, s, n);
		text_buf_add(b, "\r\n ");
		s += n;
		left -= n;
		room = 74;
	}
	text_buf_add_n(b, s, left);
	text_buf_add(b, "\r\n");
	if (line->err)
		b->err = line->err;
	text_buf_reset(line);
}

static void put_line(struct text_buf *b, const char *name, const char *text)
{
	struct text_buf line = {0};

	if (!*text)
		return;
	text_buf_add(&line, name);
	escape(&line, text);
	fold(b, &line);
}

/* Two texts of one property; the second may be left out. */
static void put_two(struct text_buf *b, const char *name, const char *one,
		    const char *two, bool both)
{
	struct text_buf line = {0};

	text_buf_add(&line, name);
	escape(&line, one);
	if (both || *two)
		text_buf_add(&line, ";");
	escape(&line, two);
	if (both)
		text_buf_add(&line, ";;;");
	fold(b, &line);
}

/* RFC 2397; what begins as a JPG does is one, else it is a PNG. */
static void put_image(struct text_buf *b, const uint8_t *image, size_t len)
{
	struct text_buf line = {0};
	size_t size = 4 * ((len + 2) / 3) + 1;
	char *text = malloc(size);

	if (!text || base64_encode(image, len, text, &size)) {
		b->err = ENOMEM;
	} else {
		text_buf_printf(&line, "PHOTO:data:image/%s;base64,",
				image[0] == 0xff ? "jpeg" : "png");
		text_buf_add_n(&line, text, size);
		fold(b, &line);
	}
	free(text);
}

static void put_picture(struct text_buf *b, const struct sync_contact *c,
			FILE *pictures)
{
	uint8_t *image;

	if (!pictures || c->picture != SYNC_PICTURE_HERE || !c->picture_len)
		return;
	image = malloc(c->picture_len);
	if (!image)
		b->err = ENOMEM;
	else if (!fseeko(pictures, c->picture_at, SEEK_SET) &&
		 fread(image, 1, c->picture_len, pictures) == c->picture_len)
		put_image(b, image, c->picture_len);
	free(image);
}

static void vcard_write(struct text_buf *b, const struct sync_contact *c,
			FILE *pictures)
{
	bool person = *c->first || *c->last;
	char *name =
		person ? text_printf("%s%s%s", c->first,
				     *c->first && *c->last ? " " : "", c->last)
		       : text_dup(c->company);
	char tel[64];

	text_buf_add(b, "BEGIN:VCARD\r\nVERSION:4.0\r\n");
	put_line(b, "FN:", name ? name : "");
	if (!name)
		b->err = ENOMEM;
	put_two(b, "N:", c->last, c->first, true);
	if (*c->company || *c->department)
		put_two(b, "ORG:", c->company, c->department, false);
	put_line(b, "EMAIL:", c->email);
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++) {
		snprintf(tel, sizeof(tel), "TEL;TYPE=%s:", numbers[i].type);
		put_line(b, tel, c->number[i]);
	}
	put_line(b, "UID:", uid_of(c));
	put_picture(b, c, pictures);
	text_buf_add(b, "END:VCARD\r\n");
	free(name);
}

char *sync_write(enum sync_format format, const struct sync_contact *contacts,
		 size_t count, FILE *pictures)
{
	struct text_buf b = {0};

	text_buf_add(&b, "");
	if (format == SYNC_CSV)
		csv_heading(&b);
	for (size_t i = 0; i < count; i++) {
		if (format == SYNC_CSV)
			csv_write(&b, &contacts[i]);
		else
			vcard_write(&b, &contacts[i], pictures);
	}
	return text_buf_take(&b);
}
