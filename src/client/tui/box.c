/**
 * @file box.c  The voicemail's settings: what is recorded, which greeting is
 *              heard in which state, own recordings, e-mail, PIN
 *
 * One list of items. What can be chosen is chosen with left and right and kept
 * by Enter; what has not been touched follows the model, whoever changes it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "box_int.h"

const struct uc_voicemail *box_now(const struct box *b)
{
	return &uc_account(screen_uc(b->v.screen))->box;
}

/* ---- the items --------------------------------------------------------- */

size_t box_items(const struct box *b, struct item item[ITEMS_MAX])
{
	const struct uc_voicemail *is = box_now(b);
	size_t n = 0;
	unsigned i, next = 0;

	item[n++] = (struct item){ITEM_RECORDING, 0};
	for (i = PROTO_OFFICE; i < PROTO_PRESENCE_COUNT; i++)
		item[n++] = (struct item){ITEM_STATE, i};
	for (i = 1; i <= UC_GREETINGS; i++) {
		if (is->greeting_ms[i])
			item[n++] = (struct item){ITEM_GREETING, i};
		else if (!next)
			next = i;
	}
	if (next)
		item[n++] = (struct item){ITEM_NEW, next};
	item[n++] = (struct item){ITEM_NOTE, 0};
	item[n++] = (struct item){ITEM_MAIL, 0};
	if (is->can_mail)
		item[n++] = (struct item){ITEM_ADDRESS, 0};
	item[n++] = (struct item){ITEM_PIN, 0};
	return n;
}

static size_t place_of(const struct item *item, size_t n, struct item at)
{
	size_t i;

	for (i = 0; i + 1 < n && item[i].kind <= at.kind; i++)
		if (item[i].kind == at.kind &&
		    (item[i].n >= at.n || at.kind == ITEM_NEW))
			break;
	return i;
}

size_t box_selected(const struct box *b, struct item item[ITEMS_MAX],
		    size_t *count)
{
	*count = box_items(b, item);
	return place_of(item, *count, b->at);
}

static void go_to(struct box *b, size_t i)
{
	struct item item[ITEMS_MAX];
	size_t n = box_items(b, item);

	b->at = item[i < n ? i : n - 1];
	view_dirty(&b->v);
}

static void go(struct box *b, long steps)
{
	struct item item[ITEMS_MAX];
	size_t n;
	long i = (long)box_selected(b, item, &n) + steps;

	go_to(b, i < 0 ? 0 : (size_t)i);
}

/* As chosen, else as it is. */
bool box_records(const struct box *b)
{
	return b->recording == UNTOUCHED ? box_now(b)->recording : b->recording;
}

bool box_mails(const struct box *b)
{
	return b->mail == UNTOUCHED ? box_now(b)->mail : b->mail;
}

unsigned box_greeting(const struct box *b, unsigned state)
{
	return b->greeting[state] == UNTOUCHED ? box_now(b)->greeting[state]
					       : (unsigned)b->greeting[state];
}

bool box_can_choose(const struct box *b, enum kind kind)
{
	return kind == ITEM_RECORDING || kind == ITEM_STATE ||
	       (kind == ITEM_MAIL && box_now(b)->can_mail);
}

static void recalc(struct tui_view *v)
{
	struct box *b = (struct box *)v;
	const struct uc_voicemail *is = box_now(b);
	struct item item[ITEMS_MAX];
	size_t n, i = box_selected(b, item, &n);

	b->at = item[i];
	if (n != b->count)
		screen_relayout(v->screen);
	b->count = n;
	/* one that has gone meanwhile cannot be chosen any more */
	for (int s = PROTO_OFFICE; s < PROTO_PRESENCE_COUNT; s++)
		if (b->greeting[s] > 0 && !is->greeting_ms[b->greeting[s]])
			b->greeting[s] = UNTOUCHED;
	if (!b->address_touched)
		(void)field_set(&b->address, is->address ? is->address : "");
}

/* ---- choosing, keeping ------------------------------------------------- */

static void choose_greeting(struct box *b, unsigned state, int way)
{
	const struct uc_voicemail *is = box_now(b);
	int n = (int)box_greeting(b, state);

	do {
		n = (n + UC_GREETINGS + 1 + way) % (UC_GREETINGS + 1);
	} while (n && !is->greeting_ms[n]);
	b->greeting[state] = n;
}

static bool choose(struct box *b, const char *k)
{
	int way = text_equal(k, "Left")				     ? -1
		  : text_equal(k, "Right") || text_equal(k, "Space") ? 1
								     : 0;

	if (!way || !box_can_choose(b, b->at.kind))
		return false;
	if (b->at.kind == ITEM_RECORDING)
		b->recording = !box_records(b);
	else if (b->at.kind == ITEM_MAIL)
		b->mail = !box_mails(b);
	else
		choose_greeting(b, b->at.n, way);
	view_dirty(&b->v);
	return true;
}

static int keep_greetings(struct box *b)
{
	int err = 0;

	for (int p = PROTO_OFFICE; p < PROTO_PRESENCE_COUNT && !err; p++) {
		char number[12] = "standard";
		int n = b->greeting[p];

		if (n > 0)
			snprintf(number, sizeof(number), "%d", n);
		if (n != UNTOUCHED && (unsigned)n != box_now(b)->greeting[p])
			err = keys_command(
				b->v.screen, "greeting",
				proto_presence_key((enum proto_presence)p),
				number);
		if (!err)
			b->greeting[p] = UNTOUCHED;
	}
	return err;
}

static int keep_mail(struct box *b)
{
	const struct uc_voicemail *is = box_now(b);
	const char *on = box_mails(b) ? "on" : "off";
	bool other =
		b->address_touched && !text_equal(b->address.text, is->address);
	int err = 0;

	if (other && !text_empty(b->address.text))
		err = keys_command(b->v.screen, "voicemail-mail", on,
				   b->address.text);
	else if (box_mails(b) != is->mail)
		err = keys_command(b->v.screen, "voicemail-mail", on);
	if (err)
		return err;
	b->mail = UNTOUCHED;
	b->address_touched = false;
	return 0;
}

static void keep(struct box *b)
{
	int err = 0;

	mem_ref(b);
	if (box_records(b) != box_now(b)->recording)
		err = keys_command(b->v.screen, "recording",
				   box_records(b) ? "on" : "off");
	if (!err) {
		b->recording = UNTOUCHED;
		err = keep_greetings(b);
	}
	if (!err)
		err = keep_mail(b);
	if (!err)
		recalc(&b->v);
	view_dirty(&b->v);
	mem_deref(b);
}

/* ---- own recordings ---------------------------------------------------- */

static bool is_sound(const struct item *item)
{
	return item->kind == ITEM_GREETING || item->kind == ITEM_NEW ||
	       item->kind == ITEM_NOTE;
}

static bool is_there(const struct box *b)
{
	return b->at.kind == ITEM_GREETING ||
	       (b->at.kind == ITEM_NOTE && box_now(b)->note_ms);
}

/* Which phone, which file: that is typed, behind "greeting-VERB N" or
   "note-VERB" and a beginning. */
static void ask(struct box *b, const char *verb, const char *rest)
{
	char *line =
		b->at.kind == ITEM_NOTE
			? text_printf("note-%s %s", verb, rest)
			: text_printf("greeting-%s %u %s", verb, b->at.n, rest);

	if (line)
		keys_prompt(b->v.screen, line);
	free(line);
}

static void run(struct box *b, const char *note, const char *greeting)
{
	char number[12];

	snprintf(number, sizeof(number), "%u", b->at.n);
	if (b->at.kind == ITEM_NOTE)
		(void)keys_command(b->v.screen, note);
	else
		(void)keys_command(b->v.screen, greeting, number);
}

static void run_listen(struct box *b)
{
	run(b, "note-listen", "greeting-listen");
}

static void ask_record(struct box *b)
{
	ask(b, "record", uc_account(screen_uc(b->v.screen))->device);
}

static bool sound_key(struct box *b, const char *k)
{
	if (!is_sound(&b->at))
		return false;
	if (text_equal(k, "r"))
		ask_record(b);
	else if (text_equal(k, "f"))
		ask(b, "upload", "~/");
	else if (text_equal(k, "x") && is_there(b))
		run(b, "note-delete", "greeting-delete");
	else
		return false;
	return true;
}

/* ---- keys -------------------------------------------------------------- */

static void enter(struct box *b)
{
	switch (b->at.kind) {
	case ITEM_PIN:
		(void)keys_command(b->v.screen, "change-pin");
		break;
	case ITEM_GREETING:
		run_listen(b);
		break;
	case ITEM_NEW:
		ask_record(b);
		break;
	case ITEM_NOTE:
		if (box_now(b)->note_ms)
			run_listen(b);
		else
			ask_record(b);
		break;
	default:
		keep(b);
		break;
	}
}

static bool act(struct tui_view *v, enum act a)
{
	struct box *b = (struct box *)v;

	switch (a) {
	case ACT_BACK:
		return false;
	case ACT_ENTER:
		enter(b);
		return true;
	case ACT_UP:
		go(b, -1);
		return true;
	case ACT_DOWN:
	case ACT_NEXT:
		go(b, 1);
		return true;
	case ACT_PAGE_UP:
		go(b, -(long)b->rows);
		return true;
	case ACT_PAGE_DOWN:
		go(b, (long)b->rows);
		return true;
	case ACT_FIRST:
		go_to(b, 0);
		return true;
	case ACT_LAST:
		go_to(b, ITEMS_MAX);
		return true;
	default:
		return true;
	}
}

static bool typing(const struct tui_view *v)
{
	return ((const struct box *)v)->at.kind == ITEM_ADDRESS;
}

static bool key(struct tui_view *v, const char *k)
{
	struct box *b = (struct box *)v;

	if (text_equal(k, "S-Tab")) {
		go(b, -1);
		return true;
	}
	if (choose(b, k) || sound_key(b, k))
		return true;
	if (!typing(v) || !field_key(&b->address, k))
		return false;
	b->address_touched = true;
	view_dirty(v);
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct box *b = (struct box *)v;

	if (!typing(v))
		return;
	field_insert(&b->address, text);
	b->address_touched = true;
	view_dirty(v);
}

/* One click goes there, one more chooses or does what Enter does. */
static void click(struct tui_view *v, unsigned row, unsigned column)
{
	struct box *b = (struct box *)v;
	struct item item[ITEMS_MAX];
	size_t n, at = box_selected(b, item, &n);

	(void)column;
	if (row < b->row || row >= b->row + b->rows ||
	    b->top + row - b->row >= n)
		return;
	if (b->top + row - b->row != at)
		go_to(b, b->top + row - b->row);
	else if (!choose(b, "Right"))
		enter(b);
}

static const char *word(const struct tui_view *v, enum act a)
{
	const struct box *b = (const struct box *)v;

	if (a != ACT_ENTER)
		return NULL;
	if (b->at.kind == ITEM_PIN)
		return _("change");
	if (!is_sound(&b->at))
		return _("keep");
	return is_there(b) ? _("listen") : _("record");
}

static void explain(const struct tui_view *v, struct text_buf *t)
{
	const struct box *b = (const struct box *)v;
	const char *why;

	switch (b->at.kind) {
	case ITEM_RECORDING:
		text_buf_add(t, _("Whether callers can leave a message. Left "
				  "and right choose, Enter keeps."));
		break;
	case ITEM_STATE:
		text_buf_add(t, _("What callers hear in this state. Left and "
				  "right choose, Enter keeps."));
		break;
	case ITEM_NEW:
		text_buf_add(t, _("r: by a phone that rings; f: from a WAV "
				  "file."));
		break;
	case ITEM_NOTE:
		text_buf_add(t,
			     _("Heard behind the state, until it changes. "));
		/* fallthrough */
	case ITEM_GREETING:
		text_buf_add(t, is_there(b)
					? _("r: record it anew; f: from a "
					    "file; x: delete.")
					: _("r: record it; f: from a file."));
		break;
	case ITEM_PIN:
		why = app_no_pin(screen_app(v->screen));
		text_buf_add(t, why ? why
				    : _("What the voicemail's menu asks for "
					"by phone."));
		break;
	default:
		text_buf_add(t, _("New messages by e-mail, with their sound. "
				  "Enter keeps."));
		break;
	}
}

const struct view_class box_class = {
	.name = "voicemail",
	.title = N_("Voicemail"),
	.changes = UC_CHANGE_ACCOUNT,
	.recalc = recalc,
	.draw = box_draw,
	.act = act,
	.key = key,
	.paste = paste,
	.typing = typing,
	.click = click,
	.explain = explain,
	.word = word,
	.size = box_size,
};

static void destroy(void *arg)
{
	field_close(&((struct box *)arg)->address);
}

int box_alloc(struct tui_view **vp, struct tui_screen *s)
{
	struct box *b;
	int err = view_alloc(vp, sizeof(*b), &box_class, s, destroy);

	if (err)
		return err;
	b = (struct box *)*vp;
	b->recording = b->mail = UNTOUCHED;
	for (int i = 0; i < PROTO_PRESENCE_COUNT; i++)
		b->greeting[i] = UNTOUCHED;
	err = field_set(&b->address, "");
	if (err) {
		*vp = mem_deref(b);
		return err;
	}
	recalc(*vp);
	return 0;
}
