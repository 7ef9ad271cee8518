/**
 * @file frame_message.c  Messages between core and terminal
 */
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <offhook/frame.h>

static uint8_t rgb[2 * 3 * 3];
static char *argv_list[] = {(char *)"vi", (char *)"/tmp/a b", NULL};

/* One of each type. */
static const struct frame_message samples[] = {
	{FRAME_HELLO,
	 {.hello = {1,
		    1,
		    {50, 132},
		    1 << 24,
		    FRAME_HELLO_ASCII,
		    (char *)"xterm",
		    (char *)"0.1.0"}}},
	{FRAME_KEY, {.key = {(char *)"C-Left"}}},
	{FRAME_PASTE, {.text = (char *)"zwei\nZeilen\täöü"}},
	{FRAME_MOUSE, {.mouse = {199, 499, 5, 2}}},
	{FRAME_FOCUS, {.number = 1}},
	{FRAME_RESIZE, {.size = {200, 500}}},
	{FRAME_ACK, {.number = UINT32_MAX}},
	{FRAME_RESUMED, {.number = 127}},
	{FRAME_WELCOME, {.welcome = {1, 4194304, (char *)"0.2"}}},
	{FRAME_STYLE,
	 {.style = {STYLE_DND,
		    {FRAME_COLOUR_RGB | 0xff8800, -1, -1, 15, FRAME_BOLD,
		     FRAME_REVERSE}}}},
	{FRAME_WINDOW, {.window = {7, -3, 0, 24, 80, 5}}},
	{FRAME_WINDOW_GONE, {.number = 7}},
	{FRAME_CELLS,
	 {.cells = {7, 23, 79, STYLE_OFFICE, (char *)"● Hedy", 1}}},
	{FRAME_CURSOR, {.cursor = {7, 1, 2, 1}}},
	{FRAME_FLUSH, {.number = 300}},
	{FRAME_BELL, {.number = 0}},
	{FRAME_TITLE, {.text = (char *)"offhook: Emma Nutt"}},
	{FRAME_SEQUENCE, {.text = (char *)"\033]52;c;YQ==\033\\"}},
	{FRAME_SUSPEND, {.number = 0}},
	{FRAME_RUN, {.strings = argv_list}},
	{FRAME_LEAVE, {.leave = {4, (char *)"one\ntwo"}}},
	{FRAME_MODE, {.number = FRAME_MODE_MOUSE}},
	{FRAME_REPAINT, {.number = 0}},
	{FRAME_SELECT, {.text = (char *)"auto"}},
	{FRAME_SELECTION,
	 {.selection = {FRAME_SELECTED, (char *)"+49 89\n201"}}},
	{FRAME_PIXELS, {.pixels = {9, 18}}},
	{FRAME_IMAGE, {.image = {5, 7, 14, 2, 3, {rgb, sizeof(rgb)}}}},
	{FRAME_IMAGE_GONE, {.number = 5}},
	{FRAME_PICTURE, {.picture = {3, 5, 0, 2}}},
};
enum { SAMPLES = sizeof(samples) / sizeof(*samples) };

static void encode(struct text_buf *b, const struct frame_message *m)
{
	assert_int_equal(frame_encode(b, m), 0);
}

static void test_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct text_buf a = {0}, b = {0};
		struct frame_message m;
		size_t used;

		encode(&a, &samples[i]);
		assert_int_equal(
			frame_decode(&m, (uint8_t *)a.buf, a.len, &used), 0);
		assert_int_equal(used, a.len);
		assert_int_equal(m.type, samples[i].type);
		encode(&b, &m);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.buf, b.buf, a.len);
		frame_message_reset(&m);
		frame_message_reset(&m);
		text_buf_reset(&a);
		text_buf_reset(&b);
	}
}

/* What arrives in pieces is not taken before it is whole, and nothing of it
 * is used up. */
static void test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct text_buf a = {0};
		struct frame_message m;
		size_t used = 1;

		encode(&a, &samples[i]);
		for (size_t n = 0; n < a.len; n++) {
			/* Its own memory, so that a reader beyond is seen. */
			uint8_t *p = malloc(n ? n : 1);

			memcpy(p, a.buf, n);
			assert_int_equal(frame_decode(&m, p, n, &used), EAGAIN);
			assert_int_equal(used, 0);
			free(p);
		}
		text_buf_reset(&a);
	}
}

static void test_members(void **state)
{
	struct text_buf b = {0};
	struct frame_message m;
	size_t used;

	(void)state;
	encode(&b, &samples[9]); /* style */
	assert_int_equal(frame_decode(&m, (uint8_t *)b.buf, b.len, &used), 0);
	assert_int_equal(m.style.id, STYLE_DND);
	assert_int_equal(m.style.look.fg, 0x1ff8800);
	assert_int_equal(m.style.look.bg, -1);
	assert_int_equal(m.style.look.fg16, -1);
	assert_int_equal(m.style.look.bg16, 15);
	assert_int_equal(m.style.look.attrs_mono, FRAME_REVERSE);
	frame_message_reset(&m);
	b.len = 0;
	encode(&b, &samples[10]); /* window */
	assert_int_equal(frame_decode(&m, (uint8_t *)b.buf, b.len, &used), 0);
	assert_int_equal(m.window.row, -3);
	assert_int_equal(m.window.columns, 80);
	b.len = 0;
	encode(&b, &samples[19]); /* run */
	assert_int_equal(frame_decode(&m, (uint8_t *)b.buf, b.len, &used), 0);
	assert_string_equal(m.strings[1], "/tmp/a b");
	assert_null(m.strings[2]);
	frame_message_reset(&m);
	text_buf_reset(&b);
}

static int decode(const char *bytes, size_t len, size_t *used)
{
	struct frame_message m;
	uint8_t *p = malloc(len);
	int err;

	memcpy(p, bytes, len);
	err = frame_decode(&m, p, len, used);
	free(p);
	if (!err)
		frame_message_reset(&m);
	return err;
}
#define DECODE(bytes, used) decode(bytes, sizeof(bytes) - 1, used)

static void test_hostile(void **state)
{
	size_t used;

	(void)state;
	/* a type, a length of more than is allowed, of more than 32 bits */
	assert_int_equal(DECODE("\x02\xff\xff\xff\xff\x0f", &used), EBADMSG);
	assert_int_equal(DECODE("\x02\xff\xff\xff\xff\xff\x01", &used),
			 EBADMSG);
	assert_int_equal(DECODE("\xff\xff\xff\xff\xff", &used), EBADMSG);
	/* a key: name longer than the message, empty, with a control
	 * character, with a byte that is no UTF-8, with 0, with C1 */
	assert_int_equal(DECODE("\x02\x02\x05"
				"a",
				&used),
			 EBADMSG);
	assert_int_equal(DECODE("\x02\x01\x00", &used), EBADMSG);
	assert_int_equal(DECODE("\x02\x02\x01\x1b", &used), EBADMSG);
	assert_int_equal(DECODE("\x02\x02\x01\xff", &used), EBADMSG);
	assert_int_equal(DECODE("\x02\x03\x02"
				"a\0",
				&used),
			 EBADMSG);
	assert_int_equal(DECODE("\x02\x03\x02\xc2\x9b", &used), EBADMSG);
	assert_int_equal(used, 0);
	/* no members at all where there should be some */
	assert_int_equal(DECODE("\x02\x00", &used), EBADMSG);
	/* sizes: no rows, too many */
	assert_int_equal(DECODE("\x06\x02\x00\x50", &used), EBADMSG);
	assert_int_equal(DECODE("\x06\x03\x18\xf5\x03", &used), EBADMSG);
	assert_int_equal(DECODE("\x06\x03\x18\xf4\x03", &used), 0);
	/* an argument vector of 64 with nothing behind, and of none */
	assert_int_equal(DECODE("\x4b\x01\x40", &used), EBADMSG);
	assert_int_equal(DECODE("\x4b\x01\x00", &used), EBADMSG);
}

/* What a newer peer says is passed over, not refused. */
static void test_newer(void **state)
{
	size_t used;

	(void)state;
	assert_int_equal(DECODE("\x02\x05\x01"
				"axyz",
				&used),
			 0);
	assert_int_equal(used, 7);
	assert_int_equal(DECODE("\x7f\x03"
				"abc",
				&used),
			 ENOSYS);
	assert_int_equal(used, 5);
	assert_int_equal(DECODE("\xc8\x01\x00", &used), ENOSYS);
	assert_int_equal(used, 3);
	assert_int_equal(DECODE("\x7f\x03"
				"ab",
				&used),
			 EAGAIN);
}

static void test_refused(void **state)
{
	struct frame_message m = {FRAME_KEY, {.key = {(char *)"\033[A"}}};
	struct text_buf b = {0};
	char *bad[] = {(char *)"\xff", NULL};

	(void)state;
	text_buf_add(&b, "before");
	assert_int_equal(frame_encode(&b, &m), EINVAL);
	m.key.name = NULL;
	assert_int_equal(frame_encode(&b, &m), EINVAL);
	m = (struct frame_message){FRAME_CELLS,
				   {.cells = {0, 200, 0, 0, NULL, 1}}};
	assert_int_equal(frame_encode(&b, &m), EINVAL);
	m = (struct frame_message){FRAME_RUN, {.strings = bad}};
	assert_int_equal(frame_encode(&b, &m), EINVAL);
	m.type = (enum frame_type)99;
	assert_int_equal(frame_encode(&b, &m), EINVAL);
	assert_string_equal(b.buf, "before");
	text_buf_reset(&b);
}

/* A text of any length around the borders where the length gets longer. */
static void test_lengths(void **state)
{
	static const size_t len[] = {
		0,   1,	    120,   124,	  125,	 126,	127,   128,
		129, 16379, 16380, 16381, 16382, 16383, 16384, 1024 * 1024};

	(void)state;
	for (size_t i = 0; i < sizeof(len) / sizeof(*len); i++) {
		char *s = malloc(len[i] + 1);
		struct frame_message m = {FRAME_PASTE, {.text = s}}, d;
		struct text_buf b = {0};
		size_t used;

		memset(s, 'x', len[i]);
		s[len[i]] = '\0';
		encode(&b, &m);
		assert_int_equal(
			frame_decode(&d, (uint8_t *)b.buf, b.len, &used), 0);
		assert_int_equal(used, b.len);
		assert_string_equal(d.text, s);
		frame_message_reset(&d);
		text_buf_reset(&b);
		free(s);
	}
}

/* Styles with a name, without one, and none. */
static void test_styles(void **state)
{
	static const struct {
		uint32_t id;
		int err;
	} rows[] = {{0, 0},
		    {FRAME_STYLES_NAMED, 0},
		    {FRAME_STYLES_MAX - 1, 0},
		    {FRAME_STYLES_MAX, EINVAL},
		    {UINT32_MAX, EINVAL}};
	char text[] = "x";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct frame_message style = {.type = FRAME_STYLE};
		struct frame_message cells = {.type = FRAME_CELLS};
		struct text_buf b = {0};

		style.style.id = rows[i].id;
		cells.cells.style = rows[i].id;
		cells.cells.text = text;
		cells.cells.repeat = 1;
		assert_int_equal(frame_encode(&b, &style), rows[i].err);
		assert_int_equal(frame_encode(&b, &cells), rows[i].err);
		text_buf_reset(&b);
	}
}

/* An image has as many bytes as pixels need, in either direction. */
static void test_images(void **state)
{
	static const struct {
		uint32_t rows, columns, width, height, len;
		int err;
	} rows[] = {{7, 14, 2, 3, 18, 0},
		    {7, 14, 3, 2, 18, 0},
		    {7, 14, 2, 3, 17, EINVAL},
		    {7, 14, 3, 3, 18, EINVAL},
		    {7, 14, 0, 3, 18, EINVAL},
		    {7, 14, 2, 0, 0, EINVAL},
		    {0, 14, 2, 3, 18, EINVAL},
		    {7, 31, 2, 3, 18, EINVAL},
		    {7, 14, FRAME_IMAGE_SIDE_MAX + 1, 1,
		     3 * (FRAME_IMAGE_SIDE_MAX + 1), EINVAL}};
	static uint8_t bytes[3 * (FRAME_IMAGE_SIDE_MAX + 1)];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct frame_message m = {FRAME_IMAGE,
					  {.image = {1,
						     rows[i].rows,
						     rows[i].columns,
						     rows[i].width,
						     rows[i].height,
						     {bytes, rows[i].len}}}};
		struct text_buf b = {0};

		assert_int_equal(frame_encode(&b, &m), rows[i].err);
		text_buf_reset(&b);
	}
}

static void test_hostile_images(void **state)
{
	size_t used;

	(void)state;
	/* 1 × 1 pixel; a byte too few, too many, none, more than come */
	assert_int_equal(DECODE("\x50\x09\x01\x07\x0e\x01\x01\x03"
				"abc",
				&used),
			 0);
	assert_int_equal(DECODE("\x50\x08\x01\x07\x0e\x01\x01\x02"
				"ab",
				&used),
			 EBADMSG);
	assert_int_equal(DECODE("\x50\x0a\x01\x07\x0e\x01\x01\x04"
				"abcd",
				&used),
			 EBADMSG);
	assert_int_equal(DECODE("\x50\x06\x01\x07\x0e\x01\x01\x00", &used),
			 EBADMSG);
	assert_int_equal(DECODE("\x50\x08\x01\x07\x0e\x01\x01\x03"
				"ab",
				&used),
			 EBADMSG);
	/* without an id; on too many cells; 2^16 × 2^16 pixels */
	assert_int_equal(DECODE("\x50\x09\x00\x07\x0e\x01\x01\x03"
				"abc",
				&used),
			 EBADMSG);
	assert_int_equal(DECODE("\x50\x09\x01\x07\x1f\x01\x01\x03"
				"abc",
				&used),
			 EBADMSG);
	assert_int_equal(DECODE("\x50\x0d\x01\x07\x0e\x80\x80\x04"
				"\x80\x80\x04\x03"
				"abc",
				&used),
			 EBADMSG);
	/* a cell that has a width and no height; one too large */
	assert_int_equal(DECODE("\x0a\x02\x09\x12", &used), 0);
	assert_int_equal(DECODE("\x0a\x02\x00\x00", &used), 0);
	assert_int_equal(DECODE("\x0a\x02\x09\x00", &used), EBADMSG);
	assert_int_equal(DECODE("\x0a\x03\x09\x81\x01", &used), EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_hostile_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
