/**
 * @file db_login.c  Passwords checked, counted, locked; SIP's secrets
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <sodium.h>
#include <stdlib.h>

/* So many may wait: at some 70 ms each it is the patience of a client. */
enum { WAITING_MAX = 64, PASSWORD_MAX = 128 };

struct login {
	struct db_job job;
	char *extension;
	char *password;
	char *hash;
	bool right;
	struct account *account; /* as it is after */
	db_login_h *h;
	void *arg;
};

static void login_clear(struct db_job *job)
{
	struct login *l = (struct login *)job;

	if (l->password)
		sodium_memzero(l->password, strlen(l->password));
	if (l->hash)
		sodium_memzero(l->hash, strlen(l->hash));
	free(l->password);
	free(l->hash);
	free(l->extension);
	account_free(l->account);
}

static void answer(struct login *l, enum db_login result)
{
	if (l->h)
		l->h(result, l->arg);
}

/* Count on disk, where the order of attempts is beyond doubt. Of an unknown
   account it changes nothing, but takes its time. */
static int count_work(struct db_job *job)
{
	static const char good[] =
		"UPDATE account SET failed=0 WHERE extension=? AND NOT locked";
	static const char bad[] =
		"UPDATE account SET failed=failed+1,locked=failed+1>=5"
		" WHERE extension=? AND NOT locked";
	struct login *l = (struct login *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, l->right ? good : bad);
	int err;

	_Static_assert(DB_LOGIN_TRIES == 5, "the statement says it too");
	if (!st)
		return EIO;
	bind_text(st, 1, l->extension);
	err = disk_step(st);
	if (err)
		return err;
	err = account_read(job->disk, l->extension, &l->account);
	return err == ENOENT ? 0 : err;
}

static void count_done(struct db_job *job, int err)
{
	struct login *l = (struct login *)job;
	const struct account *old = account_find(job->db, l->extension);
	const struct db_account *a;
	bool was_locked = old && old->pub.locked;

	/* An account that was removed meanwhile stays so, and a password that
	   was replaced opens nothing. */
	if (!err && l->right && l->account &&
	    strcmp(l->account->hash, l->hash) != 0) {
		answer(l, DB_LOGIN_BAD_PASSWORD);
		return;
	}
	if (err || !l->account || !old) {
		answer(l, err ? DB_LOGIN_ERROR : DB_LOGIN_BAD_PASSWORD);
		return;
	}
	a = &l->account->pub;
	if (account_install(job->db, l->account)) {
		answer(l, DB_LOGIN_ERROR);
		return;
	}
	l->account = NULL;
	if (a->locked && !was_locked) {
		log_warn("account %s is locked after %d wrong passwords",
			 a->extension, DB_LOGIN_TRIES);
		notify_emit(job->db->notify, DB_CHANGE_ACCOUNT, a);
		a = db_account(job->db, l->extension);
	}
	if (!a || (!l->right && !a->locked))
		answer(l, DB_LOGIN_BAD_PASSWORD);
	else if (a->locked)
		answer(l, DB_LOGIN_LOCKED);
	else if (!a->licensed)
		answer(l, DB_LOGIN_NO_LICENCE);
	else
		answer(l, DB_LOGIN_OK);
}

static int verify_work(struct db_job *job)
{
	struct login *l = (struct login *)job;

	l->right = !crypto_pwhash_str_verify(l->hash, l->password,
					     strlen(l->password));
	return 0;
}

static void verify_done(struct db_job *job, int err)
{
	struct login *l = (struct login *)job;
	struct login *next = err ? NULL : malloc(sizeof(*next));

	if (!next) {
		answer(l, DB_LOGIN_ERROR);
		return;
	}
	*next = *l;
	next->job.work = count_work;
	next->job.done = count_done;
	*l = (struct login){.job = {.db = job->db}};
	db_job_run(next->job.db, &next->job);
}

void db_login(struct db *db, const char *extension, const char *password,
	      db_login_h *h, void *arg)
{
	const struct account *a = account_find(db, extension);
	size_t len = password ? strlen(password) : 0;
	struct login *l;

	if (!db || job_count(db->hasher) >= WAITING_MAX) {
		if (h)
			h(db ? DB_LOGIN_BUSY : DB_LOGIN_ERROR, arg);
		return;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		if (h)
			h(DB_LOGIN_ERROR, arg);
		return;
	}
	l->job = (struct db_job){
		.work = verify_work,
		.done = verify_done,
		.clear = login_clear,
	};
	l->h = h;
	l->arg = arg;
	/* Trunks and accounts without a password cannot log in. */
	if (a && (a->pub.trunk || !*a->hash))
		a = NULL;
	l->extension = strdup(a ? extension : "");
	l->hash = strdup(a ? a->hash : db->unknown_hash);
	/* What is too long is wrong, and takes its time as well. */
	l->password = strdup(len && len <= PASSWORD_MAX ? password : "");
	if (l->extension && l->hash && l->password)
		db_job_hash(db, &l->job);
	else
		db_job_end(&l->job, ENOMEM);
}

/* ---- the server's secret ----------------------------------------------- */

static int secret_make(struct db *db, const char *path)
{
	randombytes_buf(db->secret, sizeof(db->secret));
	return file_write(path, (const char *)db->secret, sizeof(db->secret),
			  0600);
}

/* What an unknown account's password is checked against: a hash of the same
   cost as a real one, of nothing. */
static int unknown_make(struct db *db)
{
	uint8_t random[48];
	char salt[32], hash[64];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(salt, sizeof(salt), random, 16,
			  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	sodium_bin2base64(hash, sizeof(hash), random + 16, 32,
			  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	db->unknown_hash = text_printf(
		"$argon2id$v=19$m=%u,t=%u,p=1$%s$%s",
		(unsigned)(crypto_pwhash_MEMLIMIT_INTERACTIVE / 1024),
		(unsigned)crypto_pwhash_OPSLIMIT_INTERACTIVE, salt, hash);
	return db->unknown_hash ? 0 : ENOMEM;
}

int secret_load(struct db *db, const char *dir)
{
	char *path = text_printf("%s/secret", dir);
	char *buf = NULL;
	size_t len = 0;
	int err;

	if (!path)
		return ENOMEM;
	err = file_read(path, sizeof(db->secret), &buf, &len);
	if (err == ENOENT) {
		err = secret_make(db, path);
	} else if (!err && len == sizeof(db->secret)) {
		memcpy(db->secret, buf, len);
	} else if (!err || err == EFBIG) {
		log_error("the server's secret is damaged");
		err = EBADMSG;
	}
	if (buf)
		sodium_memzero(buf, len);
	free(buf);
	free(path);
	if (err)
		return err;
	return unknown_make(db);
}

/* Derived, not stored: the database alone opens nothing, and several phones
   of an account share it. */
void db_sip_password(const struct db *db, const char *extension,
		     char password[DB_SIP_PASSWORD_SIZE])
{
	const struct account *a = account_find(db, extension);
	uint8_t mac[crypto_auth_BYTES];
	char *text;

	_Static_assert(sizeof(db->secret) == crypto_auth_KEYBYTES, "key");
	*password = 0;
	text = a ? text_printf("sip %s %lld", a->pub.extension,
			       (long long)a->sip_generation)
		 : NULL;
	if (!text)
		return;
	crypto_auth(mac, (const uint8_t *)text, strlen(text), db->secret);
	sodium_bin2base64(password, DB_SIP_PASSWORD_SIZE, mac, sizeof(mac),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(mac, sizeof(mac));
	free(text);
}

/* What HA1 is the hash of; to free(). */
static int ha1_text(char **textp, const struct db *db, const char *extension,
		    const char *realm)
{
	char password[DB_SIP_PASSWORD_SIZE];

	db_sip_password(db, extension, password);
	if (!*password || !realm)
		return ENOENT;
	*textp = text_printf("%s:%s:%s", extension, realm, password);
	sodium_memzero(password, sizeof(password));
	return *textp ? 0 : ENOMEM;
}

int db_ha1(const struct db *db, const char *extension, const char *realm,
	   uint8_t ha1[16])
{
	char *text;
	int err = ha1_text(&text, db, extension, realm);

	if (err)
		return err;
	md5((const uint8_t *)text, strlen(text), ha1);
	sodium_memzero(text, strlen(text));
	free(text);
	return 0;
}

int db_ha1_sha256(const struct db *db, const char *extension, const char *realm,
		  uint8_t ha1[32])
{
	char *text;
	int err = ha1_text(&text, db, extension, realm);

	if (err)
		return err;
	crypto_hash_sha256(ha1, (const uint8_t *)text, strlen(text));
	sodium_memzero(text, strlen(text));
	free(text);
	return 0;
}
