/**
 * @file states.c  Presence, hook states, lamps
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <offhook/base.h>
#include <offhook/proto.h>

static const struct {
	const char *key, *name;
} presence[] = {
	[PROTO_PRESENCE_UNKNOWN] = {"", ""},
	[PROTO_OFFICE] = {"office", N_("Office")},
	[PROTO_MEETING] = {"meeting", N_("Meeting")},
	[PROTO_SICK] = {"sick", N_("Sick")},
	[PROTO_BREAK] = {"break", N_("Break")},
	[PROTO_OUT_OF_OFFICE] = {"out", N_("Out of office")},
	[PROTO_VACATION] = {"vacation", N_("Vacation")},
	[PROTO_LUNCH] = {"lunch", N_("Lunch")},
	[PROTO_HOME] = {"home", N_("Home")},
	[PROTO_DO_NOT_DISTURB] = {"dnd", N_("Do Not Disturb")},
};
_Static_assert(sizeof(presence) / sizeof(presence[0]) == PROTO_PRESENCE_COUNT,
	       "a row for each");

const char *proto_presence_key(enum proto_presence p)
{
	return (unsigned)p < PROTO_PRESENCE_COUNT ? presence[p].key : "";
}

const char *proto_presence_name(enum proto_presence p)
{
	return (unsigned)p < PROTO_PRESENCE_COUNT ? presence[p].name : "";
}

static bool same_words(const char *a, const char *b)
{
	char *fa = text_fold(a, TEXT_FOLD_EXPANDED);
	char *fb = text_fold(b, TEXT_FOLD_EXPANDED);
	bool same = fa && fb && *fa && !strcmp(fa, fb);

	free(fa);
	free(fb);
	return same;
}

enum proto_presence proto_presence_find(const char *text)
{
	if (text_empty(text))
		return PROTO_PRESENCE_UNKNOWN;
	if (text[0] >= '1' && text[0] <= '9' && !text[1])
		return (enum proto_presence)(text[0] - '0');
	for (int i = 1; i < PROTO_PRESENCE_COUNT; i++)
		if (same_words(text, presence[i].key) ||
		    same_words(text, presence[i].name) ||
		    same_words(text, _(presence[i].name)))
			return (enum proto_presence)i;
	return PROTO_PRESENCE_UNKNOWN;
}

/** All spellings that are expected; the first of each state is written. */
static const struct {
	enum proto_hook hook;
	const char *word;
} hooks[] = {
	{PROTO_HOOK_ONHOOK, "ONHOOK"},
	{PROTO_HOOK_ONHOOK, "IDLE"},
	{PROTO_HOOK_ONHOOK, "FREE"},
	{PROTO_HOOK_ONHOOK, "0"},
	{PROTO_HOOK_OFFHOOK, "OFFHOOK"},
	{PROTO_HOOK_OFFHOOK, "BUSY"},
	{PROTO_HOOK_OFFHOOK, "ACTIVE"},
	{PROTO_HOOK_OFFHOOK, "CONNECTED"},
	{PROTO_HOOK_OFFHOOK, "1"},
	{PROTO_HOOK_RINGING, "RINGING"},
	{PROTO_HOOK_RINGING, "ALERTING"},
	{PROTO_HOOK_RINGING, "2"},
	{PROTO_HOOK_DIALLING, "DIALLING"},
	{PROTO_HOOK_DIALLING, "DIALING"},
	{PROTO_HOOK_DIALLING, "INITIATED"},
	{PROTO_HOOK_DIALLING, "3"},
	{PROTO_HOOK_UNREACHABLE, "UNREACHABLE"},
	{PROTO_HOOK_UNREACHABLE, "OUTOFSERVICE"},
	{PROTO_HOOK_UNREACHABLE, "-1"},
};

const char *proto_hook(enum proto_hook h)
{
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (hooks[i].hook == h)
			return hooks[i].word;
	return "";
}

enum proto_hook proto_hook_find(const char *text)
{
	for (size_t i = 0; text && i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (!strcasecmp(hooks[i].word, text))
			return hooks[i].hook;
	return PROTO_HOOK_UNKNOWN;
}

int proto_inout_find(const char *text)
{
	switch (text ? tolower((unsigned char)text[0]) : 0) {
	case 'i':
	case '0':
		return -1;
	case 'o':
	case '1':
		return 1;
	default:
		return 0;
	}
}

int proto_intext_find(const char *text)
{
	if (!text)
		return 0;
	if (!strncasecmp(text, "int", 3) || text[0] == '0')
		return -1;
	if (!strncasecmp(text, "ext", 3) || text[0] == '1')
		return 1;
	return 0;
}

static const char *const lamps[] = {
	[PROTO_LAMP_UNKNOWN] = "",
	[PROTO_LAMP_IDLE] = N_("Free"),
	[PROTO_LAMP_UNREACHABLE] = N_("Not reachable"),
	[PROTO_LAMP_RINGS_INSIDE] = N_("Called from inside"),
	[PROTO_LAMP_RINGS_OUTSIDE] = N_("Called from outside"),
	[PROTO_LAMP_DIALLING] = N_("Dialling"),
	[PROTO_LAMP_TALKS_INSIDE] = N_("Talking inside"),
	[PROTO_LAMP_TALKS_OUTSIDE] = N_("Talking outside"),
};
_Static_assert(sizeof(lamps) / sizeof(lamps[0]) == PROTO_LAMP_COUNT,
	       "a row for each");

const char *proto_lamp_name(enum proto_lamp l)
{
	return (unsigned)l < PROTO_LAMP_COUNT ? lamps[l] : "";
}

enum proto_lamp proto_lamp_of(enum proto_hook h, int out, int ext)
{
	switch (h) {
	case PROTO_HOOK_ONHOOK:
		return PROTO_LAMP_IDLE;
	case PROTO_HOOK_RINGING:
		/* A phone rings at its own outgoing call only while it waits
		 * for the other side. */
		if (out > 0)
			return PROTO_LAMP_DIALLING;
		return ext > 0 ? PROTO_LAMP_RINGS_OUTSIDE
			       : PROTO_LAMP_RINGS_INSIDE;
	case PROTO_HOOK_DIALLING:
		return PROTO_LAMP_DIALLING;
	case PROTO_HOOK_OFFHOOK:
		return ext > 0 ? PROTO_LAMP_TALKS_OUTSIDE
			       : PROTO_LAMP_TALKS_INSIDE;
	case PROTO_HOOK_UNREACHABLE:
		return PROTO_LAMP_UNREACHABLE;
	default:
		return PROTO_LAMP_UNKNOWN;
	}
}
