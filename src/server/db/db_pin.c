/**
 * @file db_pin.c  PINs of answering boxes (SPEC T5.7.3)
 *
 * Kept as passwords are, by argon2id. Until its user has chosen one, a box's
 * PIN is its internal number, which opens nothing but the choice.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <sodium.h>
#include <stdlib.h>

static const char setting[] = DB_PIN_SETTING;

/* So many may wait, as with logins. */
enum { WAITING_MAX = 64 };

struct pin_job {
	struct db_job job;
	char *owner, *pin;
	char *hash; /* to check it by; NULL: it is to be set */
	char made[crypto_pwhash_STRBYTES];
	db_done_h *h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct pin_job *j = (struct pin_job *)job;

	if (j->pin)
		sodium_memzero(j->pin, strlen(j->pin));
	if (j->hash)
		sodium_memzero(j->hash, strlen(j->hash));
	sodium_memzero(j->made, sizeof(j->made));
	free(j->pin);
	free(j->hash);
	free(j->owner);
}

static int work(struct db_job *job)
{
	struct pin_job *j = (struct pin_job *)job;

	if (j->hash)
		return crypto_pwhash_str_verify(j->hash, j->pin, strlen(j->pin))
			       ? EACCES
			       : 0;
	return crypto_pwhash_str(j->made, j->pin, strlen(j->pin),
				 crypto_pwhash_OPSLIMIT_INTERACTIVE,
				 crypto_pwhash_MEMLIMIT_INTERACTIVE)
		       ? ENOMEM
		       : 0;
}

static void done(struct db_job *job, int err)
{
	const struct pin_job *j = (struct pin_job *)job;

	if (!err && !j->hash)
		db_setting_set(job->db, j->owner, setting, j->made, j->h,
			       j->arg);
	else
		tell(j->h, err, j->arg);
}

static void hash(struct db *db, const char *owner, const char *pin,
		 const char *known, db_done_h *h, void *arg)
{
	struct pin_job *j;

	if (job_count(db->hasher) >= WAITING_MAX) {
		tell(h, EBUSY, arg);
		return;
	}
	j = calloc(1, sizeof(*j));
	if (!j) {
		tell(h, ENOMEM, arg);
		return;
	}
	j->job.work = work;
	j->job.done = done;
	j->job.clear = job_clear;
	j->owner = strdup(owner);
	j->pin = strdup(pin);
	j->hash = known ? strdup(known) : NULL;
	j->h = h;
	j->arg = arg;
	if (j->owner && j->pin && (!known || j->hash)) {
		db_job_hash(db, &j->job);
	} else {
		j->job.db = db;
		db_job_end(&j->job, ENOMEM);
	}
}

bool db_pin_good(const char *pin)
{
	bool same = true, rises = true, falls = true;

	if (!pin || strlen(pin) != DB_PIN_DIGITS ||
	    strspn(pin, "0123456789") != DB_PIN_DIGITS)
		return false;
	for (unsigned i = 1; i < DB_PIN_DIGITS; i++) {
		same &= pin[i] == pin[0];
		rises &= pin[i] == pin[i - 1] + 1;
		falls &= pin[i] == pin[i - 1] - 1;
	}
	return !same && !rises && !falls;
}

bool db_pin_preset(const struct db *db, const char *owner)
{
	return text_empty(db_setting(db, owner, setting));
}

void db_pin_check(struct db *db, const char *owner, const char *pin,
		  db_done_h *h, void *arg)
{
	const char *known = db && owner ? db_setting(db, owner, setting) : NULL;

	if (!db || !owner || !pin || !db_account(db, owner))
		tell(h, EINVAL, arg);
	else if (text_empty(known))
		tell(h, text_equal(pin, owner) ? 0 : EACCES, arg);
	else if (strlen(pin) > 2 * DB_PIN_DIGITS)
		tell(h, EACCES, arg);
	else
		hash(db, owner, pin, known, h, arg);
}

void db_pin_set(struct db *db, const char *owner, const char *pin, db_done_h *h,
		void *arg)
{
	if (!db || !owner || !db_pin_good(pin))
		tell(h, EINVAL, arg);
	else if (!db_account(db, owner))
		tell(h, ENOENT, arg);
	else
		hash(db, owner, pin, NULL, h, arg);
}
