/**
 * @file sync_pictures.c  Pictures in vCards: decoded as they come, told apart,
 * compared with what is there
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <offhook/client/sync.h>
#include <offhook/picture.h>

static const struct proto_dial_params munich = {
	.country = "49",
	.area = "89",
	.location = "7007",
	.access = "0",
	.national = "0",
	.international = "00",
	.extension_max = 3,
};

/* A file read, and the one beside it. */
struct reading {
	struct sync_file file;
	FILE *beside;
};

static void reading_read(struct reading *r, const char *text, size_t len,
			 FILE *beside)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, len, "r");
	const struct sync_read_prm prm = {.f = f,
					  .encoding = SYNC_GUESS,
					  .pictures = beside,
					  .without = SYNC_PICTURE_NOT_KEPT};

	assert_non_null(f);
	r->beside = beside;
	assert_int_equal(sync_read(&r->file, &prm), 0);
	fclose(f);
}

static void reading_end(struct reading *r)
{
	sync_file_reset(&r->file);
	if (r->beside)
		fclose(r->beside);
}

static void card(struct text_buf *b, const char *version, const char *photo)
{
	text_buf_printf(b,
			"BEGIN:VCARD\r\nVERSION:%s\r\nN:King;Ada\r\n"
			"TEL;TYPE=cell:+49 171 1\r\n",
			version);
	text_buf_add(b, photo);
	text_buf_add(b, "END:VCARD\r\n");
}

/* One card with that PHOTO. */
static void read_photo(struct reading *r, const char *version,
		       const char *photo)
{
	struct text_buf b = {0};

	card(&b, version, photo);
	reading_read(r, b.buf, b.len, tmpfile());
	assert_int_equal(r->file.count, 1);
	assert_null(r->file.contacts[0].damaged);
	text_buf_reset(&b);
}

/* An image in base64, folded as a version folds. */
static char *folded(const void *image, size_t len, const char *fold)
{
	size_t size = 4 * ((len + 2) / 3) + 1;
	char *plain = malloc(size);
	struct text_buf b = {0};

	assert_int_equal(base64_encode(image, len, plain, &size), 0);
	for (size_t i = 0; i < size; i += 60) {
		if (i)
			text_buf_add(&b, fold);
		text_buf_add_n(&b, plain + i, size - i < 60 ? size - i : 60);
	}
	free(plain);
	return text_buf_take(&b);
}

/* Some kilobytes that begin as a JPG, and no two blocks alike. */
static char *noise(size_t len)
{
	char *image = malloc(len);

	memcpy(image, "\xff\xd8\xff\xe0", 4);
	for (size_t i = 4; i < len; i++)
		image[i] = (char)(i * 2654435761u >> 13);
	return image;
}

static void expect_image(const struct reading *r, size_t i, const void *image,
			 size_t len)
{
	const struct sync_contact *c = &r->file.contacts[i];
	char *there = malloc(len);

	assert_int_equal(c->picture, SYNC_PICTURE_HERE);
	assert_int_equal(c->picture_len, len);
	assert_int_equal(strlen(c->picture_key), 32);
	assert_int_equal(fseeko(r->beside, c->picture_at, SEEK_SET), 0);
	assert_int_equal(fread(there, 1, len, r->beside), len);
	assert_memory_equal(there, image, len);
	free(there);
}

static void each_version_writes_them_otherwise(void **state)
{
	static const struct {
		const char *version, *before, *fold;
	} rows[] = {
		{"2.1", "PHOTO;JPEG;ENCODING=BASE64:\r\n ", "\r\n "},
		{"2.1", "PHOTO;ENCODING=BASE64;TYPE=JPEG:", "\r\n "},
		{"2.1", "PHOTO;BASE64;JPEG:", "\r\n\t"},
		{"3.0", "PHOTO;ENCODING=b;TYPE=JPEG:", "\r\n "},
		{"3.0", "item1.PHOTO;ENCODING=B;TYPE=PNG:", "\r\n\t"},
		{"3.0", "photo;encoding=base64:", "\n "},
		{"4.0", "PHOTO:data:image/jpeg;base64,", "\r\n "},
		{"4.0", "PHOTO;PREF=1:DATA:image/png\\;BASE64\\,", "\r\n "},
		{"4.0", "PHOTO;MEDIATYPE=\"a:b\";VALUE=uri:data:;base64,",
		 "\n "},
	};
	(void)state;

	/* all remainders, and more than is kept of a line */
	for (size_t i = 0; i < 4 * ARRAY_SIZE(rows); i++) {
		size_t k = i / 4, len = (i & 1 ? 20000 : 100) + i % 3;
		char *image = noise(len);
		char *text = folded(image, len, rows[k].fold);
		char *photo = text_printf("%s%s\r\n", rows[k].before, text);
		struct reading r;

		read_photo(&r, rows[k].version, photo);
		expect_image(&r, 0, image, len);
		assert_string_equal(r.file.contacts[0].last, "King");
		reading_end(&r);
		free(photo);
		free(text);
		free(image);
	}
}

static void what_is_no_image_is_told_apart(void **state)
{
	static const struct {
		const char *photo;
		enum sync_picture is;
	} rows[] = {
		{"", SYNC_PICTURE_NONE},
		{"PHOTO:\r\n", SYNC_PICTURE_NONE},
		{"PHOTO;VALUE=uri:http://example.com/a.jpg\r\n",
		 SYNC_PICTURE_LINK},
		{"PHOTO:https://example.com/a.jpg\r\n", SYNC_PICTURE_LINK},
		{"PHOTO:file:///etc/passwd\r\n", SYNC_PICTURE_LINK},
		{"PHOTO;VALUE=CID:cid:part3@example.com\r\n",
		 SYNC_PICTURE_LINK},
		/* GIF, text, nothing */
		{"PHOTO;ENCODING=b:R0lGODlhAQABAAAAACw=\r\n", SYNC_PICTURE_BAD},
		{"PHOTO:data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=\r\n",
		 SYNC_PICTURE_BAD},
		{"PHOTO:data:text/plain,hello\r\n", SYNC_PICTURE_BAD},
		{"PHOTO:data:\r\n", SYNC_PICTURE_BAD},
		{"PHOTO:data:image/jpeg;base64,\r\n", SYNC_PICTURE_BAD},
		{"PHOTO;ENCODING=b:=\r\n", SYNC_PICTURE_BAD},
		/* damaged: a sign, a length, something behind the end */
		{"PHOTO;ENCODING=b:/9j/4AAQ!SkZJ\r\n", SYNC_PICTURE_BAD},
		{"PHOTO;ENCODING=b:/9j/4AAQS\r\n", SYNC_PICTURE_BAD},
		{"PHOTO;ENCODING=b:/9j/4AAQSg==SkZJ\r\n", SYNC_PICTURE_BAD},
		{"PHOTO;ENCODING=QUOTED-PRINTABLE:=FF=D8=FF\r\n",
		 SYNC_PICTURE_BAD},
		/* the first that can be taken */
		{"PHOTO:http://example.com/a.jpg\r\n"
		 "PHOTO;ENCODING=b:/9j/4AAQSkZJ\r\n",
		 SYNC_PICTURE_HERE},
		{"PHOTO;ENCODING=b:/9j/4AAQSkZJ\r\nPHOTO;ENCODING=b:!\r\n"
		 "PHOTO:http://example.com/a.jpg\r\n",
		 SYNC_PICTURE_HERE},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reading r;

		read_photo(&r, "4.0", rows[i].photo);
		if (r.file.contacts[0].picture != rows[i].is)
			fail_msg("%s is %d", rows[i].photo,
				 r.file.contacts[0].picture);
		assert_int_equal(r.file.contacts[0].picture_key != NULL,
				 rows[i].is == SYNC_PICTURE_HERE);
		reading_end(&r);
	}
}

/* What is too large leaves nothing beside but what the next one overwrites. */
static void what_is_too_large_is_given_up(void **state)
{
	char *image = noise(PICTURE_BYTES_MAX + 1);
	char *large = folded(image, PICTURE_BYTES_MAX + 1, "\r\n ");
	char *most = folded(image, PICTURE_BYTES_MAX, "\r\n ");
	struct text_buf b = {0};
	struct reading r;

	(void)state;
	for (int i = 0; i < 4; i++) {
		char *photo = text_printf("PHOTO;ENCODING=b:%s\r\n",
					  i & 1 ? most : large);

		card(&b, "3.0", photo);
		free(photo);
	}
	reading_read(&r, b.buf, b.len, tmpfile());
	assert_int_equal(r.file.count, 4);
	for (size_t i = 0; i < 4; i++) {
		if (i & 1)
			expect_image(&r, i, image, PICTURE_BYTES_MAX);
		else
			assert_int_equal(r.file.contacts[i].picture,
					 SYNC_PICTURE_LARGE);
	}
	assert_int_equal(r.file.contacts[1].picture_at, 0);
	assert_int_equal(r.file.contacts[3].picture_at, PICTURE_BYTES_MAX);
	reading_end(&r);
	text_buf_reset(&b);
	free(most);
	free(large);
	free(image);
}

static void utf16_has_them_as_well(void **state)
{
	char *image = noise(9000), *text = folded(image, 9000, "\r\n ");
	struct text_buf b = {0}, wide = {0};
	struct reading r;
	char *photo = text_printf("PHOTO;ENCODING=b:%s\r\n", text);

	(void)state;
	card(&b, "3.0", photo);
	text_buf_add_n(&wide, "\xff\xfe", 2);
	for (size_t i = 0; i < b.len; i++) {
		text_buf_add_n(&wide, b.buf + i, 1);
		text_buf_add_n(&wide, "", 1);
	}
	reading_read(&r, wide.buf, wide.len, tmpfile());
	expect_image(&r, 0, image, 9000);
	reading_end(&r);
	text_buf_reset(&wide);
	text_buf_reset(&b);
	free(photo);
	free(text);
	free(image);
}

/* The disk is full: the contact comes, and what fits comes with it. */
static void no_room_beside_leaves_them_out(void **state)
{
	char *image = noise(9000), *text = folded(image, 9000, "\r\n ");
	char *photo = text_printf("PHOTO;ENCODING=b:%s\r\n", text);
	char *small = noise(30), *tiny = folded(small, 30, "");
	char *other = text_printf("PHOTO;ENCODING=b:%s\r\n", tiny);
	FILE *full = fopen("/dev/full", "w+");
	struct text_buf b = {0};
	struct reading r;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	card(&b, "3.0", photo);
	card(&b, "3.0", other);
	reading_read(&r, b.buf, b.len, full);
	assert_int_equal(r.file.count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(r.file.contacts[i].picture,
				 SYNC_PICTURE_NO_SPACE);
	reading_end(&r);
	text_buf_reset(&b);
	free(other);
	free(tiny);
	free(small);
	free(photo);
	free(text);
	free(image);
}

static void where_none_are_wanted_each_is_left_out(void **state)
{
	struct text_buf b = {0};
	struct reading r;

	(void)state;
	card(&b, "3.0", "PHOTO;ENCODING=b:/9j/4AAQSkZJ\r\n");
	card(&b, "3.0", "");
	card(&b, "3.0", "PHOTO:http://example.com/\r\n");
	reading_read(&r, b.buf, b.len, NULL);
	assert_int_equal(r.file.contacts[0].picture, SYNC_PICTURE_NOT_KEPT);
	assert_int_equal(r.file.contacts[1].picture, SYNC_PICTURE_NOTHING);
	assert_int_equal(r.file.contacts[2].picture, SYNC_PICTURE_LINK);
	reading_end(&r);
	text_buf_reset(&b);
}

static void each_can_be_told(void **state)
{
	(void)state;
	for (int p = 0; p < SYNC_PICTURE_COUNT; p++) {
		bool said = *sync_picture_key((enum sync_picture)p);

		assert_int_equal(said,
				 *sync_picture_text((enum sync_picture)p) != 0);
		if (sync_picture_left_out((enum sync_picture)p))
			assert_true(said);
	}
}

/* ---- compared ---------------------------------------------------------- */

#define JPG "PHOTO;ENCODING=b:/9j/4AAQSkZJ\r\n"

/* What becomes of a card where one is there that has come from that. */
static enum sync_outcome against(const char *photo, const char *key,
				 const char *version, enum sync_picture *is)
{
	struct reading r, was;
	enum sync_outcome o;
	struct sync_contact *t;

	read_photo(&was, "3.0", "");
	assert_int_equal(sync_plan(&was.file, NULL, 0, &munich, &o), 0);
	assert_int_equal(o, SYNC_ADD);
	t = &was.file.contacts[0];
	if (key)
		assert_int_equal(text_set(&t->picture_key, key), 0);
	if (version)
		assert_int_equal(text_set(&t->picture_version, version), 0);
	read_photo(&r, "3.0", photo);
	assert_int_equal(sync_plan(&r.file, t, 1, &munich, &o), 0);
	*is = r.file.contacts[0].picture;
	reading_end(&r);
	reading_end(&was);
	return o;
}

static void a_second_run_changes_nothing(void **state)
{
	enum sync_picture is;
	struct reading r;
	char *key;

	(void)state;
	read_photo(&r, "3.0", JPG);
	key = text_dup(r.file.contacts[0].picture_key);
	reading_end(&r);
	/* new there; the same; one that the server has made of it; what it
	   could not use; another one */
	assert_int_equal(against(JPG, NULL, NULL, &is), SYNC_UPDATE);
	assert_int_equal(is, SYNC_PICTURE_HERE);
	assert_int_equal(against(JPG, key, "v", &is), SYNC_SAME);
	assert_int_equal(is, SYNC_PICTURE_SAME);
	assert_int_equal(against(JPG, "other", key, &is), SYNC_SAME);
	assert_int_equal(against(JPG, key, NULL, &is), SYNC_SAME);
	assert_int_equal(against(JPG, "other", "v", &is), SYNC_UPDATE);
	/* none any more; none before; what can't be brought */
	assert_int_equal(against("", key, "v", &is), SYNC_UPDATE);
	assert_int_equal(is, SYNC_PICTURE_NONE);
	assert_int_equal(against("", NULL, NULL, &is), SYNC_SAME);
	assert_int_equal(against("PHOTO:http://x.example/\r\n", key, "v", &is),
			 SYNC_SAME);
	assert_int_equal(against("PHOTO;ENCODING=b:!\r\n", NULL, NULL, &is),
			 SYNC_SAME);
	free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_writes_them_otherwise),
		cmocka_unit_test(what_is_no_image_is_told_apart),
		cmocka_unit_test(what_is_too_large_is_given_up),
		cmocka_unit_test(utf16_has_them_as_well),
		cmocka_unit_test(no_room_beside_leaves_them_out),
		cmocka_unit_test(where_none_are_wanted_each_is_left_out),
		cmocka_unit_test(each_can_be_told),
		cmocka_unit_test(a_second_run_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
