/**
 * @file uc_words.c  Words for the eye and for files
 */
#include <stdlib.h>
#include "uc_int.h"

struct word {
	const char *key;  /**< never translated */
	const char *name; /**< msgid */
};

static const struct word lamps[] = {
	[UC_LAMP_UNKNOWN] = {"unknown", N_("unknown")},
	[UC_LAMP_IDLE] = {"idle", N_("idle")},
	[UC_LAMP_UNREACHABLE] = {"unreachable", N_("not reachable")},
	[UC_LAMP_RINGS_INSIDE] = {"rings-inside", N_("rings, from inside")},
	[UC_LAMP_RINGS_OUTSIDE] = {"rings-outside", N_("rings, from outside")},
	[UC_LAMP_DIALLING] = {"dialling", N_("dials")},
	[UC_LAMP_TALKS_INSIDE] = {"talks-inside", N_("talks, inside")},
	[UC_LAMP_TALKS_OUTSIDE] = {"talks-outside", N_("talks, outside")},
};
_Static_assert(sizeof(lamps) / sizeof(*lamps) == UC_LAMP_COUNT, "a word each");

static const struct word calls[] = {
	[UC_CALL_PREPARING] = {"preparing", N_("preparing")},
	[UC_CALL_DIALLING] = {"dialling", N_("dialling")},
	[UC_CALL_RINGING_OUT] = {"ringing-out", N_("rings there")},
	[UC_CALL_RINGING_IN] = {"ringing-in", N_("rings")},
	[UC_CALL_TALKING] = {"talking", N_("talking")},
	[UC_CALL_HELD] = {"held", N_("on hold")},
	[UC_CALL_HELD_BY_OTHER] = {"held-by-other", N_("on hold there")},
	[UC_CALL_FAILED] = {"failed", N_("failed")},
	[UC_CALL_ENDED] = {"ended", N_("ended")},
};
_Static_assert(sizeof(calls) / sizeof(*calls) == UC_CALL_STATE_COUNT,
	       "a word each");

static const struct word ways_of_keys[] = {
	[UC_KEYS_UNKNOWN] = {"", ""},
	[UC_KEYS_NONE] = {"none", ""},
	[UC_KEYS_SDES] = {"sdes", N_("encrypted (SDES)")},
	[UC_KEYS_DTLS] = {"dtls", N_("encrypted (DTLS)")},
};
_Static_assert(sizeof(ways_of_keys) / sizeof(*ways_of_keys) == UC_KEYS_COUNT,
	       "a word each");

static const struct word entries[] = {
	[UC_IN_ANSWERED] = {"in-answered", N_("in   answered")},
	[UC_IN_MISSED] = {"in-missed", N_("in   missed")},
	[UC_IN_GROUP_ANSWERED] = {"in-group-answered",
				  N_("in   to group, answered")},
	[UC_IN_GROUP_MISSED] = {"in-group-missed", N_("in   to group, missed")},
	[UC_IN_FORWARDED] = {"in-forwarded", N_("in   forwarded")},
	[UC_OUT_ANSWERED] = {"out-answered", N_("out  answered")},
	[UC_OUT_UNANSWERED] = {"out-unanswered", N_("out  unanswered")},
	[UC_OUT_GROUP_ANSWERED] = {"out-group-answered",
				   N_("out  to group, answered")},
	[UC_OUT_GROUP_UNANSWERED] = {"out-group-unanswered",
				     N_("out  to group, unanswered")},
	[UC_VOICE_MESSAGE] = {"voice-message", N_("voice message")},
	[UC_MESSAGE_IN] = {"message-in", N_("message")},
	[UC_MESSAGE_OUT] = {"message-out", N_("message sent")},
};
_Static_assert(sizeof(entries) / sizeof(*entries) == UC_ENTRY_KIND_COUNT,
	       "a word each");

static const struct word numbers[] = {
	[UC_NUMBER_INTERNAL] = {"internal", N_("internal")},
	[UC_NUMBER_BUSINESS] = {"business", N_("business")},
	[UC_NUMBER_BUSINESS_2] = {"business2", N_("business 2")},
	[UC_NUMBER_MOBILE] = {"mobile", N_("mobile")},
	[UC_NUMBER_PRIVATE] = {"private", N_("private")},
	[UC_NUMBER_OTHER] = {"other", N_("other")},
};
_Static_assert(sizeof(numbers) / sizeof(*numbers) == UC_NUMBER_KIND_COUNT,
	       "a word each");

static const struct word directories[] = {
	[UC_PERSONAL] = {"personal", N_("personal")},
	[UC_INTERNAL] = {"internal", N_("internal")},
	[UC_SYSTEM] = {"system", N_("system")},
	[UC_GLOBAL] = {"global", N_("global")},
	[UC_EXTERNAL] = {"external", N_("external")},
};
_Static_assert(sizeof(directories) / sizeof(*directories) == UC_DIRECTORY_COUNT,
	       "a word each");

static const struct word connections[] = {
	[UC_OFFLINE] = {"offline", N_("not logged in")},
	[UC_CONNECTING] = {"connecting", N_("connecting")},
	[UC_ONLINE] = {"online", N_("connected")},
	[UC_LOST] = {"lost", N_("no connection")},
	[UC_REFUSED] = {"refused", N_("refused")},
};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static const char *name(const struct word *table, size_t count, unsigned i)
{
	return i < count ? _(table[i].name) : "";
}

static const char *key(const struct word *table, size_t count, unsigned i)
{
	return i < count ? table[i].key : "";
}

const char *uc_lamp_word(enum uc_lamp lamp)
{
	return name(lamps, COUNT(lamps), lamp);
}

const char *uc_lamp_key(enum uc_lamp lamp)
{
	return key(lamps, COUNT(lamps), lamp);
}

const char *uc_presence_word(const struct uc_presence *p)
{
	if (!p)
		return "";
	if (p->hidden)
		return _("not visible");
	if (p->state == PROTO_PRESENCE_UNKNOWN)
		return "–";
	return _(proto_presence_name(p->state));
}

const char *uc_call_state_word(enum uc_call_state s)
{
	return name(calls, COUNT(calls), s);
}

const char *uc_call_state_key(enum uc_call_state s)
{
	return key(calls, COUNT(calls), s);
}

const char *uc_keys_word(enum uc_keys k)
{
	return k > UC_KEYS_NONE ? name(ways_of_keys, COUNT(ways_of_keys), k)
				: "";
}

const char *uc_keys_key(enum uc_keys k)
{
	return key(ways_of_keys, COUNT(ways_of_keys), k);
}

const char *uc_entry_word(enum uc_entry_kind k)
{
	return name(entries, COUNT(entries), k);
}

const char *uc_entry_key(enum uc_entry_kind k)
{
	return key(entries, COUNT(entries), k);
}

const char *uc_number_kind_word(enum uc_number_kind k)
{
	return name(numbers, COUNT(numbers), k);
}

const char *uc_number_kind_key(enum uc_number_kind k)
{
	return key(numbers, COUNT(numbers), k);
}

const char *uc_directory_word(enum uc_directory d)
{
	if (d == UC_ALL_DIRECTORIES)
		return _("all directories");
	return name(directories, COUNT(directories), d);
}

const char *uc_directory_key(enum uc_directory d)
{
	if (d == UC_ALL_DIRECTORIES)
		return "all";
	return key(directories, COUNT(directories), d);
}

enum uc_directory uc_directory_find(const char *text)
{
	unsigned i;

	if (text && !strcmp(text, "all"))
		return UC_ALL_DIRECTORIES;
	for (i = 0; text && i < UC_DIRECTORY_COUNT; i++)
		if (!strcmp(directories[i].key, text))
			return (enum uc_directory)i;
	return UC_DIRECTORY_COUNT;
}

const char *uc_connection_word(enum uc_connection c)
{
	return name(connections, COUNT(connections), c);
}

const char *uc_connection_key(enum uc_connection c)
{
	return key(connections, COUNT(connections), c);
}

int uc_name_compare(const char *a, const char *b)
{
	char *x = text_fold(a ? a : "", TEXT_FOLD_EXPANDED);
	char *y = text_fold(b ? b : "", TEXT_FOLD_EXPANDED);
	int d = x && y ? strcmp(x, y) : 0;

	free(x);
	free(y);
	return d;
}

static const struct {
	const char *key, *word;
} deliveries[UC_DELIVERY_COUNT] = {
	[UC_DELIVERY_NONE] = {"", ""},
	/* a message that has not been sent yet, there is no connection */
	[UC_DELIVERY_WAITING] = {"waiting", N_("waiting")},
	/* a message that has been sent, and not delivered yet */
	[UC_DELIVERY_SENT] = {"sent", N_("sent")},
	[UC_DELIVERY_DELIVERED] = {"delivered", N_("delivered")},
	/* a message that could not be sent */
	[UC_DELIVERY_FAILED] = {"failed", N_("failed")},
};

const char *uc_delivery_key(enum uc_delivery d)
{
	return (unsigned)d < UC_DELIVERY_COUNT ? deliveries[d].key : "";
}

const char *uc_delivery_word(enum uc_delivery d)
{
	const char *word =
		(unsigned)d < UC_DELIVERY_COUNT ? deliveries[d].word : "";

	return *word ? _(word) : "";
}
