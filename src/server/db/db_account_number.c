/**
 * @file db_account_number.c  Whose account has a number
 *
 * There may be thousands of accounts, and a page of the journal asks for
 * hundreds of numbers: what is the same for all spellings of an account's
 * other numbers is kept in a table, and what a search compares is kept with
 * the account.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

void account_unindex(struct account *a)
{
	for (unsigned i = 0; i < ACCOUNT_NUMBERS; i++)
		hash_unlink(&a->number[i].le);
}

void account_unspell(struct account *a)
{
	account_unindex(a);
	for (unsigned i = 0; i < ACCOUNT_NUMBERS; i++) {
		free(a->number[i].key);
		a->number[i].key = NULL;
	}
	free(a->words);
	a->words = NULL;
}

/* Each spelling behind a blank, so that a beginning is found by that. */
static char *make_words(const struct account *a,
			const struct proto_dial_params *p)
{
	const char *const number[] = {
		a->pub.extension,
		a->pub.mobile,
		a->pub.private_number,
	};
	struct text_buf b = {NULL, 0, 0, 0};
	char *word[NUMBER_WORDS];

	text_buf_add(&b, "");
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		unsigned n = number_words(number[i], p, word);

		for (unsigned k = 0; k < n; k++)
			text_buf_printf(&b, " %s", word[k]);
		words_free(word, n);
	}
	return text_buf_take(&b);
}

int account_spell(struct account *a, const struct dial_copy *dial)
{
	const char *const number[ACCOUNT_NUMBERS] = {
		a->pub.mobile,
		a->pub.private_number,
	};
	struct proto_dial_params p;

	account_unspell(a);
	dial_params(dial, &p);
	a->words = make_words(a, &p);
	if (!a->words)
		return ENOMEM;
	for (unsigned i = 0; i < ACCOUNT_NUMBERS; i++)
		a->number[i].key = proto_number_key(number[i], &p);
	return 0;
}

void account_index(struct db *db, struct account *a)
{
	/* A trunk is nobody. */
	for (unsigned i = 0; i < ACCOUNT_NUMBERS && !a->pub.trunk; i++) {
		struct account_number *n = &a->number[i];

		n->account = a;
		if (n->key)
			hash_append(db->numbers, hash_joaat_str(n->key), &n->le,
				    n);
	}
}

void accounts_respell(struct db *db)
{
	for (size_t i = 0; i < db->accounts.count; i++) {
		struct account *a = db->accounts.account[i];

		if (account_spell(a, &db->dial))
			log_error("no memory for the numbers of an account");
		account_index(db, a);
	}
}

/* Where several have it, the first in the order of extensions. */
static const struct account *find(const struct db *db, const char *key)
{
	const struct account *best = NULL;
	struct list *bucket = hash_list(db->numbers, hash_joaat_str(key));

	for (struct le *le = list_head(bucket); le; le = le->next) {
		const struct account_number *n = le->data;

		if (!strcmp(n->key, key) &&
		    (!best || strcmp(n->account->pub.extension,
				     best->pub.extension) < 0))
			best = n->account;
	}
	return best;
}

const struct db_account *account_of_number(const struct db *db,
					   const char *number)
{
	char *plain = proto_number_normalise(number);
	const struct db_account *a = plain ? db_account(db, plain) : NULL;
	const struct account *other;
	struct proto_dial_params p;
	char *key;

	free(plain);
	if (a)
		return a->trunk ? NULL : a;
	db_dial_params(db, &p);
	key = proto_number_key(number, &p);
	if (!key)
		return NULL;
	/* The system's own number and an extension are that extension. */
	a = db_account(db, key);
	other = a ? NULL : find(db, key);
	free(key);
	if (a)
		return a->trunk ? NULL : a;
	return other ? &other->pub : NULL;
}
