/**
 * @file uc_find.c  Which conversations and entries are looked for
 */
#include <stdlib.h>
#include "uc_int.h"

/* ---- filters ----------------------------------------------------------- */

static const struct {
	const char *key, *word;
} filters[UC_FILTER_COUNT] = {
	[UC_FILTER_ALL] = {"all", N_("all")},
	[UC_FILTER_MISSED] = {"missed", N_("missed calls")},
	[UC_FILTER_VOICEMAIL] = {"voicemail", N_("voice messages")},
	[UC_FILTER_MESSAGES] = {"messages", N_("messages")},
};

bool uc_filter_entry(enum uc_filter f, const struct uc_entry *e)
{
	static const uint32_t kinds[UC_FILTER_COUNT] = {
		[UC_FILTER_ALL] = UINT32_MAX,
		[UC_FILTER_MISSED] =
			1u << UC_IN_MISSED | 1u << UC_IN_GROUP_MISSED,
		[UC_FILTER_VOICEMAIL] = 1u << UC_VOICE_MESSAGE,
		[UC_FILTER_MESSAGES] =
			1u << UC_MESSAGE_IN | 1u << UC_MESSAGE_OUT,
	};

	return (unsigned)f < UC_FILTER_COUNT && (kinds[f] & 1u << e->kind);
}

const char *uc_filter_key(enum uc_filter f)
{
	return (unsigned)f < UC_FILTER_COUNT ? filters[f].key : "";
}

const char *uc_filter_word(enum uc_filter f)
{
	return (unsigned)f < UC_FILTER_COUNT ? _(filters[f].word) : "";
}

enum uc_filter uc_filter_find(const char *key)
{
	unsigned f;

	for (f = 0; f < UC_FILTER_COUNT; f++)
		if (text_equal(filters[f].key, key))
			break;
	return f;
}

/* ---- queries ----------------------------------------------------------- */

struct uc_find {
	const struct uc *uc;
	struct text_query *words;
	bool several; /**< words, so that one may be of the name */
	struct uc_beginnings number;
};

static void destructor(void *arg)
{
	struct uc_find *f = arg;

	text_query_free(f->words);
	uc_beginnings_reset(&f->number);
}

int uc_find_alloc(struct uc_find **fp, struct uc *uc, const char *query)
{
	struct uc_find *f;
	int err;

	if (!fp || !uc || text_empty(query))
		return EINVAL;
	f = mem_zalloc(sizeof(*f), destructor);
	if (!f)
		return ENOMEM;
	f->uc = uc;
	f->words = text_query_new(query);
	f->several = strchr(query, ' ');
	err = f->words ? uc_number_beginnings(uc, query, &f->number) : ENOMEM;
	if (!err && text_query_empty(f->words) && !f->number.digits[0])
		err = EINVAL;
	if (err)
		mem_deref(f);
	else
		*fp = f;
	return err;
}

/* The number as it is, or as it is everywhere. */
static bool number_begins(const struct uc_find *f, const char *number)
{
	char *key = f->number.digits[0] && !text_empty(number)
			    ? uc_number_key(f->uc, number)
			    : NULL;
	bool is = key && uc_beginnings_match(&f->number, number, key);

	free(key);
	return is;
}

static bool words_match(const struct uc_find *f, const char *text)
{
	return !text_query_empty(f->words) && !text_empty(text) &&
	       text_query_match(f->words, text);
}

bool uc_find_conversation(const struct uc_find *f,
			  const struct uc_conversation *v)
{
	const struct uc_contact *c = v->contact;

	if (words_match(f, v->name) || number_begins(f, v->number))
		return true;
	for (size_t i = 0; c && i < c->number_count; i++)
		if (number_begins(f, c->numbers[i].number))
			return true;
	return false;
}

/* "agner ladder": one word of whom it is with, one of what was written. What
   the name has all of is found by it, not by each of its entries. */
static bool with_the_name(const struct uc_find *f, const struct uc_entry *e)
{
	struct uc_conversation *v = NULL;
	char *name, *both;
	bool is;

	if (!f->several || !uc_entry_by_id(f->uc, e->id, &v) || !v ||
	    text_empty(v->name) || words_match(f, v->name))
		return false;
	name = text_key(v->name);
	both = name && e->key ? text_printf("%s %s", name, e->key) : NULL;
	is = both && text_query_match_key(f->words, both);
	free(both);
	free(name);
	return is;
}

bool uc_find_entry(const struct uc_find *f, struct uc_entry *e)
{
	if (number_begins(f, e->number))
		return true;
	if (text_empty(e->text) || text_query_empty(f->words))
		return false;
	if (!e->key)
		e->key = text_key(e->text);
	return text_query_match_key(f->words, e->key) || with_the_name(f, e);
}
