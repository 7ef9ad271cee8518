/**
 * @file tui_images.c  Which images a terminal is sent, and which it gives up
 */
#include "tui_fixture.h"
#include "../../src/client/tui/tui_int.h"

enum { ROWS = 4, COLUMNS = 8, WIDTH = 9, HEIGHT = 18 };

static uint8_t rgb[ROWS * HEIGHT * COLUMNS * WIDTH * 3];

/* What the terminal has after all that it was told. */
struct held {
	uint32_t ids[2 * FRAME_IMAGES_MAX];
	unsigned count, images, most;
	uint32_t shown;
};

static unsigned place_of(const struct held *h, uint32_t id)
{
	unsigned i = 0;

	while (i < h->count && h->ids[i] != id)
		i++;
	return i;
}

static void take(struct held *h, const struct frame_message *m)
{
	unsigned i;

	switch (m->type) {
	case FRAME_IMAGE:
		assert_int_equal(m->image.width, COLUMNS * WIDTH);
		assert_int_equal(m->image.height, ROWS * HEIGHT);
		assert_int_equal(place_of(h, m->image.id), h->count);
		assert_true(h->count < 2 * FRAME_IMAGES_MAX);
		h->ids[h->count++] = m->image.id;
		h->images++;
		break;
	case FRAME_IMAGE_GONE:
		i = place_of(h, m->number);
		assert_true(i < h->count);
		h->ids[i] = h->ids[--h->count];
		assert_int_not_equal(m->number, h->shown);
		break;
	case FRAME_PICTURE:
		assert_int_equal(m->picture.window, WIN_DETAIL + 1);
		h->shown = m->picture.image;
		assert_true(!h->shown || place_of(h, h->shown) < h->count);
		break;
	default:
		fail();
	}
	h->most = h->count > h->most ? h->count : h->most;
}

static void tell(struct tui_screen *s, struct held *h)
{
	struct text_buf b = {0};
	struct frame_message m;
	size_t at = 0, used;

	assert_int_equal(images_tell(s, &b), 0);
	while (at < b.len) {
		assert_int_equal(frame_decode(&m, (uint8_t *)b.buf + at,
					      b.len - at, &used),
				 0);
		take(h, &m);
		frame_message_reset(&m);
		at += used;
	}
	text_buf_reset(&b);
	assert_true(h->count <= FRAME_IMAGES_MAX);
}

static void show(struct tui_screen *s, struct held *h, void *owner)
{
	const struct rect area = {0, 2, ROWS, COLUMNS};

	memset(&s->win[WIN_DETAIL].picture, 0, sizeof(struct frame_picture));
	if (owner)
		image_put(s, s->win[WIN_DETAIL].grid, area, owner, rgb);
	tell(s, h);
}

static void open_wide(struct terminal *t, struct fixture *f)
{
	const struct frame_message m = {FRAME_PIXELS,
					{.pixels = {WIDTH, HEIGHT}}};

	terminal_open(t, f, 30, 130);
	tui_screen_input(t->screen, &m);
	terminal_settle(t);
}

static void each_is_sent_once_and_some_are_kept(void **state)
{
	struct fixture *f = *state;
	struct held h = {.count = 0};
	struct terminal t;
	void *one = mem_zalloc(1, NULL), *other;

	open_wide(&t, f);
	show(t.screen, &h, one);
	assert_int_equal(h.images, 1);
	for (unsigned i = 0; i < 50; i++) {
		other = mem_zalloc(1, NULL);
		show(t.screen, &h, other);
		mem_deref(other);
		/* what is seen now and then stays */
		show(t.screen, &h, one);
		assert_int_equal(h.images, i + 2);
		assert_int_equal(h.shown, 1);
	}
	assert_int_equal(h.count, FRAME_IMAGES_MAX);
	show(t.screen, &h, NULL);
	assert_int_equal(h.shown, 0);
	assert_int_equal(h.count, FRAME_IMAGES_MAX);
	/* a terminal that knows nothing gets what is to be seen */
	images_forget(t.screen);
	memset(&h, 0, sizeof(h));
	show(t.screen, &h, one);
	assert_int_equal(h.images, 1);
	mem_deref(one);
	terminal_close(&t);
}

static void all_go_when_nobody_wants_them(void **state)
{
	static const char *const values[] = {"cells", "off"};
	struct fixture *f = *state;
	struct terminal t;

	open_wide(&t, f);
	for (unsigned i = 0; i < 2; i++) {
		struct held h = {.count = 0};
		void *one = mem_zalloc(1, NULL);

		app_option_set(f->app, "pictures", "auto", false, NULL);
		assert_true(image_wanted(t.screen));
		show(t.screen, &h, one);
		assert_int_equal(h.count, 1);
		app_option_set(f->app, "pictures", values[i], false, NULL);
		assert_false(image_wanted(t.screen));
		show(t.screen, &h, NULL);
		assert_int_equal(h.count, 0);
		/* nobody else holds it any more */
		assert_int_equal(mem_nrefs(one), 1);
		mem_deref(one);
	}
	terminal_close(&t);
}

static void a_terminal_has_to_say_that_it_can(void **state)
{
	const struct rect area = {0, 0, ROWS, COLUMNS};
	const struct rect large = {0, 0, 30, 30};
	struct fixture *f = *state;
	unsigned width, height;
	struct terminal t;

	terminal_open(&t, f, 30, 130);
	assert_false(image_wanted(t.screen));
	assert_false(image_size(t.screen, area, &width, &height));
	terminal_close(&t);
	open_wide(&t, f);
	assert_true(image_wanted(t.screen));
	assert_true(image_size(t.screen, area, &width, &height));
	assert_int_equal(width, COLUMNS * WIDTH);
	assert_int_equal(height, ROWS * HEIGHT);
	assert_false(image_size(t.screen, large, &width, &height));
	terminal_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		view_test(each_is_sent_once_and_some_are_kept),
		view_test(all_go_when_nobody_wants_them),
		view_test(a_terminal_has_to_say_that_it_can),
	};

	return cmocka_run_group_tests(tests, loop_open, loop_shut);
}
