/**
 * @file keys.c  Bytes of the terminal into keys, pastes, mouse and focus
 *
 * libtermkey decodes what is a key. What it can't hold is taken out before
 * it: bracketed pastes (of any length) and answers of the terminal (OSC, DCS;
 * one that ends in BEL would never end for it). While something is asked,
 * answers that could be keys as well are looked for (CSI, APC), and all of
 * them are handed on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termkey.h>
#include <wchar.h>

#include "term_int.h"

enum {
	ESCAPE_MS = 30,	 /**< Esc alone, or the beginning of a sequence? */
	STRING_MS = 100, /**< an answer that does not end is dropped */
	BUFFER = 4096,
	PASTE_PIECE = 256 * 1024, /**< a longer paste goes in pieces */
	ANSWER_MS = 500,	  /**< the rest of one that has begun */
	ANSWER_MAX = 256	  /**< bytes; a longer one is none of ours */
};

enum state { PLAIN, PASTE, STRING, ANSWER };

struct keys {
	TermKey *tk;
	bool utf8;
	enum state state;
	struct text_buf in; /**< not yet looked at, or held back */
	struct text_buf paste;
	uint64_t due; /**< keys_expire(), 0 if not */
	keys_h *h;
	void *arg;
	keys_answer_h *answer_h;
	void *answer_arg;
	uint64_t asked;		/**< until then answers are expected */
	bool begun;		/**< what is held back begins as one */
	size_t answer_len;	/**< of the sequence in ANSWER */
	struct text_buf answer; /**< of a string that is not at its end */
};

static const char PASTE_BEGIN[] = "\033[200~", PASTE_END[] = "\033[201~";

/* With this entry xterm's SGR mouse would be taken for its old one. */
static const char *no_mouse_entry(const char *name, const char *value,
				  void *data)
{
	(void)data;
	return strcmp(name, "key_mouse") ? value : NULL;
}

int keys_alloc(struct keys **kp, const char *term, bool utf8, keys_h *h,
	       void *arg)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (!k)
		return ENOMEM;
	k->utf8 = utf8;
	k->h = h;
	k->arg = arg;
	k->tk = termkey_new_abstract(
		term, TERMKEY_FLAG_NOSTART | TERMKEY_FLAG_CONVERTKP |
			      TERMKEY_FLAG_SPACESYMBOL |
			      (utf8 ? TERMKEY_FLAG_UTF8 : TERMKEY_FLAG_RAW));
	if (!k->tk) {
		free(k);
		return ENOMEM;
	}
	termkey_hook_terminfo_getstr(k->tk, no_mouse_entry, NULL);
	termkey_set_canonflags(k->tk,
			       TERMKEY_CANON_SPACESYMBOL | TERMKEY_CANON_DELBS);
	if (!termkey_start(k->tk) || !termkey_set_buffer_size(k->tk, BUFFER)) {
		keys_free(k);
		return ENOMEM;
	}
	*kp = k;
	return 0;
}

void keys_free(struct keys *k)
{
	if (!k)
		return;
	termkey_destroy(k->tk);
	text_buf_reset(&k->in);
	text_buf_reset(&k->paste);
	text_buf_reset(&k->answer);
	free(k);
}

/* ---- names ------------------------------------------------------------- */

static const char *const symbols[TERMKEY_N_SYMS] = {
	[TERMKEY_SYM_BACKSPACE] = "Backspace",
	[TERMKEY_SYM_TAB] = "Tab",
	[TERMKEY_SYM_ENTER] = "Enter",
	[TERMKEY_SYM_ESCAPE] = "Esc",
	[TERMKEY_SYM_SPACE] = "Space",
	[TERMKEY_SYM_DEL] = "Backspace",
	[TERMKEY_SYM_UP] = "Up",
	[TERMKEY_SYM_DOWN] = "Down",
	[TERMKEY_SYM_LEFT] = "Left",
	[TERMKEY_SYM_RIGHT] = "Right",
	[TERMKEY_SYM_BEGIN] = "Begin",
	[TERMKEY_SYM_FIND] = "Home",
	[TERMKEY_SYM_INSERT] = "Insert",
	[TERMKEY_SYM_DELETE] = "Delete",
	[TERMKEY_SYM_SELECT] = "End",
	[TERMKEY_SYM_PAGEUP] = "PageUp",
	[TERMKEY_SYM_PAGEDOWN] = "PageDown",
	[TERMKEY_SYM_HOME] = "Home",
	[TERMKEY_SYM_END] = "End",
	[TERMKEY_SYM_KPENTER] = "Enter",
	[TERMKEY_SYM_HELP] = "Help",
	[TERMKEY_SYM_UNDO] = "Undo",
	[TERMKEY_SYM_COPY] = "Copy",
	[TERMKEY_SYM_SUSPEND] = "Suspend",
};

/* Text of a code point; "" if it is none that can be typed. */
static void codepoint_text(const struct keys *k, long cp, char out[8])
{
	size_t n;

	memset(out, 0, 8);
	if (!k->utf8 && cp >= 0x80 && cp < 0x100) {
		/* A byte in the character set of the locale. */
		char byte = (char)cp;
		mbstate_t st;
		wchar_t wc;

		memset(&st, 0, sizeof(st));
		if (mbrtowc(&wc, &byte, 1, &st) != 1)
			return;
		cp = wc;
	}
	if (cp < 0x20 || cp == 0x7f || (cp >= 0x80 && cp < 0xa0) ||
	    cp > 0x10ffff)
		return;
	n = text_encode(out, (uint32_t)cp);
	out[n] = '\0';
}

/* The name without its modifiers; may take back Shift where the text has it
 * already. */
static const char *base_name(const struct keys *k, const TermKeyKey *key,
			     int *mods, char out[16])
{
	const char *name = "";

	switch (key->type) {
	case TERMKEY_TYPE_UNICODE:
		codepoint_text(k, key->code.codepoint, out);
		if (out[0] >= 'a' && out[0] <= 'z' && !out[1] &&
		    *mods == TERMKEY_KEYMOD_SHIFT)
			out[0] = (char)(out[0] - 'a' + 'A');
		if (!(*mods & TERMKEY_KEYMOD_CTRL))
			*mods &= ~TERMKEY_KEYMOD_SHIFT;
		return out;
	case TERMKEY_TYPE_FUNCTION:
		if (key->code.number > 0 && key->code.number < 64)
			snprintf(out, 16, "F%d", key->code.number);
		return out;
	case TERMKEY_TYPE_KEYSYM:
		if (key->code.sym > TERMKEY_SYM_NONE &&
		    key->code.sym < TERMKEY_N_SYMS)
			name = symbols[key->code.sym];
		return name ? name : "";
	default:
		return "";
	}
}

static void emit_key(struct keys *k, const TermKeyKey *key)
{
	struct frame_message m = {.type = FRAME_KEY};
	char out[16] = "", name[48];
	int mods = key->modifiers;
	const char *base = base_name(k, key, &mods, out);

	if (!*base)
		return;
	snprintf(name, sizeof(name), "%s%s%s%s",
		 mods & TERMKEY_KEYMOD_CTRL ? "C-" : "",
		 mods & TERMKEY_KEYMOD_ALT ? "M-" : "",
		 mods & TERMKEY_KEYMOD_SHIFT ? "S-" : "", base);
	m.key.name = name;
	k->h(&m, k->arg);
}

static void emit_mouse(struct keys *k, const TermKeyKey *key)
{
	static const uint32_t events[] = {[TERMKEY_MOUSE_PRESS] = 0,
					  [TERMKEY_MOUSE_DRAG] = 1,
					  [TERMKEY_MOUSE_RELEASE] = 2};
	struct frame_message m = {.type = FRAME_MOUSE};
	TermKeyMouseEvent event;
	int button = 0, row = 0, column = 0;

	if (termkey_interpret_mouse(k->tk, key, &event, &button, &row,
				    &column) != TERMKEY_RES_KEY ||
	    event == TERMKEY_MOUSE_UNKNOWN)
		return;
	if (row < 1 || row > FRAME_ROWS_MAX || column < 1 ||
	    column > FRAME_COLUMNS_MAX || button < 0 || button > 11)
		return;
	m.mouse.row = (uint32_t)row - 1;
	m.mouse.column = (uint32_t)column - 1;
	m.mouse.button = (uint32_t)button;
	m.mouse.event = events[event];
	k->h(&m, k->arg);
}

/* Focus reports are CSI I and CSI O. */
static void emit_csi(struct keys *k, const TermKeyKey *key)
{
	struct frame_message m = {.type = FRAME_FOCUS};
	long args[16];
	size_t n = sizeof(args) / sizeof(*args);
	unsigned long cmd = 0;

	if (termkey_interpret_csi(k->tk, key, args, &n, &cmd) !=
	    TERMKEY_RES_KEY)
		return;
	if (cmd != 'I' && cmd != 'O')
		return;
	m.number = cmd == 'I';
	k->h(&m, k->arg);
}

static void emit(struct keys *k, const TermKeyKey *key)
{
	switch (key->type) {
	case TERMKEY_TYPE_MOUSE:
		emit_mouse(k, key);
		break;
	case TERMKEY_TYPE_UNKNOWN_CSI:
		emit_csi(k, key);
		break;
	default:
		emit_key(k, key);
	}
}

/* ---- what libtermkey gets ---------------------------------------------- */

/* @return true if the beginning of a sequence is left */
static bool drain(struct keys *k, bool force)
{
	TermKeyResult res;
	TermKeyKey key;

	for (;;) {
		res = termkey_getkey(k->tk, &key);
		if (res == TERMKEY_RES_AGAIN && force)
			res = termkey_getkey_force(k->tk, &key);
		if (res != TERMKEY_RES_KEY)
			return res == TERMKEY_RES_AGAIN;
		emit(k, &key);
	}
}

static bool push(struct keys *k, const char *p, size_t len, bool force)
{
	bool left = false;

	do {
		size_t n = termkey_get_buffer_remaining(k->tk);

		if (n > len)
			n = len;
		n = termkey_push_bytes(k->tk, p, n);
		if (n == (size_t)-1)
			n = 0;
		left = drain(k, force || !n);
		if (!n && len && !termkey_get_buffer_remaining(k->tk))
			return false; /* full of what is no key: give up */
		p += n;
		len -= n;
	} while (len);
	return left;
}

/* ---- pastes and answers ------------------------------------------------ */

static void consume(struct text_buf *b, size_t n)
{
	memmove(b->buf, b->buf + n, b->len - n + 1);
	b->len -= n;
}

/* Send a paste, or as much of a long one as ends with a whole character. */
static void emit_paste(struct keys *k, bool all)
{
	struct frame_message m = {.type = FRAME_PASTE};
	size_t n = k->paste.len;

	if (!all)
		while (n && ((unsigned char)k->paste.buf[n - 1] & 0xc0) == 0x80)
			n--;
	if (!all && n && (unsigned char)k->paste.buf[n - 1] >= 0xc0)
		n--;
	if (n) {
		/* Every bad byte may become three. */
		m.text = text_clean_lines(k->paste.buf, n, 4 * PASTE_PIECE);
		if (m.text && *m.text)
			k->h(&m, k->arg);
		free(m.text);
		consume(&k->paste, n);
	}
}

/* How much at the end of the input could be the beginning of a marker. */
static size_t begun(const struct text_buf *b, const char *marker)
{
	size_t n = strlen(marker) - 1;

	for (n = n < b->len ? n : b->len; n; n--)
		if (!memcmp(b->buf + b->len - n, marker, n))
			return n;
	return 0;
}

/* @return true if there may be more to do */
static bool in_paste(struct keys *k)
{
	const char *end =
		memmem(k->in.buf, k->in.len, PASTE_END, sizeof(PASTE_END) - 1);
	size_t n = end ? (size_t)(end - k->in.buf)
		       : k->in.len - begun(&k->in, PASTE_END);

	text_buf_add_n(&k->paste, k->in.buf, n);
	if (k->paste.err)
		text_buf_reset(&k->paste);
	consume(&k->in, end ? n + sizeof(PASTE_END) - 1 : n);
	if (end) {
		k->state = PLAIN;
		emit_paste(k, true);
	} else if (k->paste.len >= PASTE_PIECE) {
		emit_paste(k, false);
	}
	return end != NULL;
}

static bool asking(const struct keys *k)
{
	return k->answer_h && time_mono_ms() < k->asked;
}

/* Text from outside, but what it is compared with has none of that. */
static void add_answer(struct keys *k, const char *p, size_t len)
{
	if (k->answer.len + len <= ANSWER_MAX)
		text_buf_add_n(&k->answer, p, len);
	else
		text_buf_reset(&k->answer);
}

static void emit_answer(struct keys *k)
{
	if (k->answer.len > 1 && !k->answer.err && asking(k))
		k->answer_h(k->answer.buf, k->answer_arg);
	text_buf_reset(&k->answer);
}

static bool in_string(struct keys *k)
{
	size_t n;

	for (size_t i = 0; i < k->in.len; i++) {
		bool st = k->in.buf[i] == '\033' && i + 1 < k->in.len &&
			  k->in.buf[i + 1] == '\\';

		if (k->in.buf[i] != '\a' && !st)
			continue;
		add_answer(k, k->in.buf, i);
		consume(&k->in, st ? i + 2 : i + 1);
		k->state = PLAIN;
		emit_answer(k);
		return true;
	}
	/* ESC at the end may belong to the string's. */
	n = k->in.len && k->in.buf[k->in.len - 1] == '\033' ? k->in.len - 1
							    : k->in.len;
	add_answer(k, k->in.buf, n);
	consume(&k->in, n);
	k->due = time_mono_ms() + (asking(k) ? ANSWER_MS : STRING_MS);
	return false;
}

/* Does an answer begin here? Alt and ] or P alone are keys. */
static bool string_begins(const struct keys *k, const char *p, size_t len)
{
	if (len < 3 || p[0] != '\033')
		return false;
	if (p[1] == ']')
		return p[2] >= '0' && p[2] <= '9';
	if (p[1] == '_')
		return p[2] == 'G' && asking(k);
	return p[1] == 'P' && strchr("0123456789>!+$", p[2]);
}

/* Alt-] or the begin of an answer: the next byte tells. */
static bool string_may_begin(const struct keys *k, const char *p, size_t len)
{
	return len == 2 &&
	       (p[1] == ']' || p[1] == 'P' || (p[1] == '_' && asking(k)));
}

/* Is this an answer of the kind CSI ? … c, CSI ? … S or CSI 6 ; … t? No key
 * has these beginnings and ends. @return its length, 0: it is none, and begun
 * is set if it may become one */
static size_t csi_answer(const char *p, size_t len, bool *begun)
{
	size_t i = 3;

	*begun = false;
	if (len < 3 || p[1] != '[' || (p[2] != '?' && p[2] != '6'))
		return 0;
	while (i < len && i < ANSWER_MAX &&
	       ((p[i] >= '0' && p[i] <= '9') || p[i] == ';'))
		i++;
	if (p[2] == '6' && i > 3 && p[3] != ';')
		return 0;
	*begun = i == len;
	if (i == len || !strchr(p[2] == '?' ? "cS" : "t", p[i]))
		return 0;
	return p[i] ? i + 1 : 0;
}

static bool in_answer(struct keys *k)
{
	text_buf_reset(&k->answer);
	add_answer(k, k->in.buf + 1, k->answer_len - 1);
	consume(&k->in, k->answer_len);
	k->state = PLAIN;
	emit_answer(k);
	return true;
}

/* The first byte that is not for libtermkey. @return true if one was found */
static bool find_other(struct keys *k, size_t *at)
{
	const char *buf = k->in.buf;
	size_t len = k->in.len;

	for (size_t i = 0; i < len; i++) {
		if (buf[i] != '\033')
			continue;
		*at = i;
		if (len - i >= sizeof(PASTE_BEGIN) - 1 &&
		    !memcmp(buf + i, PASTE_BEGIN, sizeof(PASTE_BEGIN) - 1)) {
			k->state = PASTE;
			return true;
		}
		if (string_begins(k, buf + i, len - i)) {
			k->state = STRING;
			return true;
		}
		if (string_may_begin(k, buf + i, len - i))
			return false;
		if (!asking(k))
			continue;
		k->answer_len = csi_answer(buf + i, len - i, &k->begun);
		if (k->answer_len)
			k->state = ANSWER;
		if (k->answer_len || k->begun)
			return k->answer_len;
	}
	*at = len - begun(&k->in, PASTE_BEGIN);
	return false;
}

static bool in_plain(struct keys *k)
{
	bool found, left;
	size_t at;

	k->begun = false;
	found = find_other(k, &at);
	left = push(k, k->in.buf, at, found);
	if (found && k->state == STRING) {
		/* What kind it is tells the byte behind ESC. */
		text_buf_reset(&k->answer);
		add_answer(k, k->in.buf + at + 1, 1);
		at += 2;
	} else if (found && k->state == PASTE) {
		at += sizeof(PASTE_BEGIN) - 1;
	}
	consume(&k->in, at);
	if (left || k->in.len)
		k->due = time_mono_ms() + (k->begun ? ANSWER_MS : ESCAPE_MS);
	return found;
}

void keys_feed(struct keys *k, const char *bytes, size_t len)
{
	static bool (*const step[])(struct keys *) = {[PLAIN] = in_plain,
						      [PASTE] = in_paste,
						      [STRING] = in_string,
						      [ANSWER] = in_answer};

	text_buf_add_n(&k->in, bytes, len);
	if (k->in.err) {
		text_buf_reset(&k->in);
		return;
	}
	k->due = 0;
	while (k->in.len && step[k->state](k))
		;
}

int keys_wait(const struct keys *k)
{
	uint64_t now = time_mono_ms();

	if (!k->due)
		return -1;
	return k->due > now ? (int)(k->due - now) : 0;
}

void keys_expire(struct keys *k)
{
	k->due = 0;
	if (k->state == PASTE)
		return;
	/* The rest of an answer will not come: no key begins like it. */
	if (k->state == PLAIN && !(k->begun && k->in.buf[2] == '?'))
		push(k, k->in.buf ? k->in.buf : "", k->in.len, true);
	k->state = PLAIN;
	if (k->in.buf)
		consume(&k->in, k->in.len);
}

void keys_ask(struct keys *k, uint32_t ms, keys_answer_h *h, void *arg)
{
	k->answer_h = h;
	k->answer_arg = arg;
	k->asked = time_mono_ms() + ms;
}
