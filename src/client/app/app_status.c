/**
 * @file app_status.c  Formats for status lines (SPEC T8.1)
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"

enum { DEPTH_MAX = 8 };

static char *of_number(unsigned n)
{
	return text_printf("%u", n);
}

static char *presence(const struct app *a)
{
	const struct uc_contact *me = uc_me(a->uc);

	return strdup(me ? uc_presence_word(&me->presence) : "");
}

static char *until(const struct app *a)
{
	const struct uc_contact *me = uc_me(a->uc);
	int64_t now = time_wall_ms();

	if (!me || me->presence.until_ms <= now)
		return strdup("");
	return app_time_text(a, me->presence.until_ms, now);
}

static char *missed(const struct app *a)
{
	return of_number(uc_missed_count(a->uc));
}

static char *voice(const struct app *a)
{
	return of_number(uc_voice_count(a->uc));
}

static char *messages(const struct app *a)
{
	return of_number(uc_message_count(a->uc));
}

static char *unread(const struct app *a)
{
	return of_number(uc_unread_count(a->uc));
}

static char *call(const struct app *a)
{
	const struct uc_call *c = uc_call_current(a->uc);

	if (!c)
		return strdup("");
	return strdup(text_empty(c->name) ? c->number : c->name);
}

static char *call_number(const struct app *a)
{
	const struct uc_call *c = uc_call_current(a->uc);

	return strdup(c ? c->number : "");
}

static char *call_state(const struct app *a)
{
	const struct uc_call *c = uc_call_current(a->uc);

	return strdup(c ? uc_call_state_word(c->state) : "");
}

static char *call_clock(const struct app *a)
{
	const struct uc_call *c = uc_call_current(a->uc);
	char buf[32] = "";

	if (c && c->answered_ms)
		app_duration_text(buf, sizeof(buf),
				  (time_wall_ms() - c->answered_ms) / 1000);
	return strdup(buf);
}

static char *calls(const struct app *a)
{
	return of_number((unsigned)uc_call_count(a->uc));
}

static char *connection(const struct app *a)
{
	return strdup(uc_connection_word(uc_account(a->uc)->connection));
}

static char *name(const struct app *a)
{
	return strdup(uc_account(a->uc)->name);
}

static char *user(const struct app *a)
{
	return strdup(uc_account(a->uc)->user);
}

static char *voip(const struct app *a)
{
	return strdup(uc_account(a->uc)->voip_registered ? "1" : "0");
}

/* Of the built-in phone that is wanted, while it is not there. */
static bool voip_is_down(const struct uc_account *k)
{
	return k->voip_wanted && !k->voip_registered;
}

static char *voip_reason(const struct app *a)
{
	const struct uc_account *k = uc_account(a->uc);

	return strdup(voip_is_down(k) ? k->voip_reason : "");
}

static char *voip_since(const struct app *a)
{
	const struct uc_account *k = uc_account(a->uc);

	if (!voip_is_down(k) || !k->voip_since_ms)
		return strdup("");
	return app_time_text(a, k->voip_since_ms, time_wall_ms());
}

static char *call_encrypted(const struct app *a)
{
	const struct uc_call *c = uc_call_current(a->uc);

	return strdup(c ? uc_keys_word(c->keys) : "");
}

static const struct {
	const char *name;
	char *(*value)(const struct app *a);
} fields[] = {
	{"presence", presence},
	{"until", until},
	{"missed", missed},
	{"voice", voice},
	{"messages", messages},
	{"unread", unread},
	{"call", call},
	{"call_number", call_number},
	{"call_state", call_state},
	{"call_clock", call_clock},
	{"call_encrypted", call_encrypted},
	{"calls", calls},
	{"connection", connection},
	{"name", name},
	{"user", user},
	{"voip", voip},
	{"voip_reason", voip_reason},
	{"voip_since", voip_since},
};

static char *field(const struct app *a, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (strlen(fields[i].name) == len &&
		    !strncmp(fields[i].name, s, len))
			return fields[i].value(a);
	return NULL;
}

static void expand(const struct app *a, struct text_buf *b, const char *s,
		   size_t len, unsigned depth);

/** End of a part: the comma or bracket that is not of an inner one. */
static size_t part(const char *s, size_t len)
{
	unsigned open = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '#' && i + 1 < len && s[i + 1] == '{')
			open++;
		else if (s[i] == '}' && open)
			open--;
		else if (!open && (s[i] == ',' || s[i] == '}'))
			break;
	}
	return i;
}

/** `?field,then,else` */
static void choice(const struct app *a, struct text_buf *b, const char *s,
		   size_t len, unsigned depth)
{
	size_t n = part(s, len), then, other;
	char *value = field(a, s, n);
	bool yes = value && *value && strcmp(value, "0") != 0;

	free(value);
	if (n == len)
		return;
	s += n + 1;
	len -= n + 1;
	then = part(s, len);
	if (yes) {
		expand(a, b, s, then, depth + 1);
		return;
	}
	if (then >= len)
		return;
	s += then + 1;
	len -= then + 1;
	other = part(s, len);
	expand(a, b, s, other, depth + 1);
}

static void expand(const struct app *a, struct text_buf *b, const char *s,
		   size_t len, unsigned depth)
{
	size_t i = 0;

	if (depth > DEPTH_MAX)
		return;
	while (i < len) {
		size_t n;

		if (s[i] != '#' || i + 1 == len || s[i + 1] != '{') {
			/* "##" stays as it is: tmux reads it as one. */
			text_buf_add_n(b, &s[i++], 1);
			continue;
		}
		i += 2;
		if (i < len && s[i] == '?') {
			/* Its commas are inside: up to the closing bracket. */
			size_t end = i, open = 1;

			while (end < len && open) {
				if (s[end] == '}')
					open--;
				else if (s[end] == '{')
					open++;
				end++;
			}
			n = end - i - !open;
			choice(a, b, s + i + 1, n - 1, depth);
			i = end;
			continue;
		}
		n = part(s + i, len - i);
		{
			char *value = field(a, s + i, n);
			char *safe = value ? text_for_tmux(value) : NULL;

			text_buf_add(b, safe ? safe : "");
			free(safe);
			free(value);
		}
		i += n;
		i += i < len;
	}
}

char *app_status_text(const struct app *a, const char *format)
{
	struct text_buf b = {0};

	expand(a, &b, format, strlen(format), 0);
	return text_buf_take(&b);
}
