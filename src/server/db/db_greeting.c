/**
 * @file db_greeting.c  Greetings that users have recorded (SPEC T5.7.2), and
 * the note of an absence
 *
 * A file in the folder `greetings`, and a setting of the account that says its
 * length: what has no setting is nobody's, and goes at the next start. The
 * note is number 0; it belongs to a state and ends with it, in the commit that
 * changes that.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const size_t sound_max = 16u << 20;

struct greeting_job {
	struct db_job job;
	char *owner, *path, *from;
	enum proto_presence state; /* that a note is of; UNKNOWN: no note */
	char name[24], value[16];
	char *sound;
	size_t len;
	db_sound_h *sound_h;
	db_done_h *h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct greeting_job *j = (struct greeting_job *)job;

	free(j->owner);
	free(j->path);
	free(j->from);
	free(j->sound);
}

static void setting_name(char *name, size_t size, unsigned number)
{
	snprintf(name, size, "greeting.%u", number);
}

static struct greeting_job *job_new(struct db *db, const char *owner,
				    unsigned number)
{
	struct greeting_job *j;

	if (!db || !owner || !db_account(db, owner) || number > DB_GREETINGS)
		return NULL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	j->job.read_only = true;
	j->job.clear = job_clear;
	j->owner = strdup(owner);
	j->path =
		text_printf("%s/%s-%u.wav", db->disk.greetings, owner, number);
	setting_name(j->name, sizeof(j->name), number);
	if (j->owner && j->path)
		return j;
	job_clear(&j->job);
	free(j);
	return NULL;
}

uint32_t db_greeting_ms(const struct db *db, const char *owner, unsigned number)
{
	char name[24];
	const char *value;

	setting_name(name, sizeof(name), number);
	value = db_setting(db, owner, name);
	return value ? (uint32_t)strtoul(value, NULL, 10) : 0;
}

/* ---- kept -------------------------------------------------------------- */

/* On the disk as a whole before it has its name. */
static int keep_before(struct db_job *job)
{
	const struct greeting_job *j = (struct greeting_job *)job;
	int fd = open(j->from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), err = 0;

	if (fd < 0)
		return errno;
	if (fsync(fd))
		err = errno;
	close(fd);
	return err;
}

/* The state that somebody is in; UNKNOWN if he is not there. */
static enum proto_presence state_of(struct disk *d, const char *owner,
				    int *errp)
{
	static const char get[] =
		"SELECT presence FROM account WHERE extension=?";
	enum proto_presence state = PROTO_PRESENCE_UNKNOWN;
	sqlite3_stmt *st = disk_prepare(d, get);

	*errp = st ? 0 : EIO;
	if (!st)
		return state;
	bind_text(st, 1, owner);
	if (disk_row(st, errp))
		state = (enum proto_presence)sqlite3_column_int(st, 0);
	sqlite3_reset(st);
	return state;
}

static int keep_work(struct db_job *job)
{
	const struct greeting_job *j = (struct greeting_job *)job;
	int err = path_make(job->disk->greetings);
	enum proto_presence state = err ? PROTO_PRESENCE_UNKNOWN
					: state_of(job->disk, j->owner, &err);

	if (!err && state == PROTO_PRESENCE_UNKNOWN)
		err = ENOENT;
	if (!err && j->state != PROTO_PRESENCE_UNKNOWN && j->state != state)
		err = ESTALE;
	if (!err)
		err = setting_write(job->disk, j->owner, j->name, j->value);
	if (!err && rename(j->from, j->path))
		err = errno;
	return err;
}

static void keep_done(struct db_job *job, int err)
{
	const struct greeting_job *j = (struct greeting_job *)job;

	if (err)
		db_voicemail_discard(job->db, j->from);
	else
		err = setting_written(job->db, j->owner, j->name, j->value);
	tell(j->h, err, j->arg);
}

static void keep(struct db *db, const char *owner, unsigned number,
		 enum proto_presence state, const char *path, uint32_t ms,
		 db_done_h *h, void *arg)
{
	struct greeting_job *j = path && ms ? job_new(db, owner, number) : NULL;

	if (j)
		j->from = strdup(path);
	if (!j || !j->from) {
		if (j) {
			job_clear(&j->job);
			free(j);
		}
		db_voicemail_discard(db, path);
		tell(h, EINVAL, arg);
		return;
	}
	snprintf(j->value, sizeof(j->value), "%u", ms);
	j->job.read_only = false;
	j->job.before = keep_before;
	j->job.work = keep_work;
	j->job.done = keep_done;
	j->state = state;
	j->h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}

void db_greeting_keep(struct db *db, const char *owner, unsigned number,
		      const char *path, uint32_t ms, db_done_h *h, void *arg)
{
	keep(db, owner, number, PROTO_PRESENCE_UNKNOWN, path, ms, h, arg);
}

void db_note_keep(struct db *db, const char *owner, enum proto_presence state,
		  const char *path, uint32_t ms, db_done_h *h, void *arg)
{
	keep(db, owner, DB_NOTE, state, path, ms, h, arg);
}

/* ---- a note and its state ---------------------------------------------- */

static char *note_path(const struct disk *d, const char *owner)
{
	return text_printf("%s/%s-%u.wav", d->greetings, owner, DB_NOTE);
}

static bool setting_there(struct disk *d, const char *owner, const char *name,
			  int *errp)
{
	static const char get[] =
		"SELECT 1 FROM setting WHERE owner=? AND name=?";
	sqlite3_stmt *st = disk_prepare(d, get);
	bool is;

	if (!st) {
		*errp = EIO;
		return false;
	}
	bind_text(st, 1, owner);
	bind_text(st, 2, name);
	is = disk_row(st, errp);
	sqlite3_reset(st);
	return is;
}

int note_end(struct disk *d, const char *owner, enum proto_presence state,
	     bool *gone)
{
	int err;
	enum proto_presence was = state_of(d, owner, &err);

	if (err || was == state)
		return err;
	*gone = setting_there(d, owner, NOTE_SETTING, &err);
	return err || !*gone ? err
			     : setting_write(d, owner, NOTE_SETTING, NULL);
}

void note_unlink(struct disk *d, const char *owner)
{
	char *path = note_path(d, owner);
	int err = 0;

	/* another may have been kept in the same commit */
	if (path && !setting_there(d, owner, NOTE_SETTING, &err) && !err &&
	    unlink(path) && errno != ENOENT)
		log_warn("a note's sound cannot be removed: %s",
			 strerror(errno));
	free(path);
}

/* ---- heard, removed ---------------------------------------------------- */

static int sound_work(struct db_job *job)
{
	struct greeting_job *j = (struct greeting_job *)job;

	return file_read(j->path, sound_max, &j->sound, &j->len);
}

static void sound_done(struct db_job *job, int err)
{
	const struct greeting_job *j = (struct greeting_job *)job;

	j->sound_h(err, err ? NULL : j->sound, err ? 0 : j->len, j->arg);
}

void db_greeting_sound(struct db *db, const char *owner, unsigned number,
		       db_sound_h *h, void *arg)
{
	struct greeting_job *j = db_greeting_ms(db, owner, number)
					 ? job_new(db, owner, number)
					 : NULL;

	if (!j) {
		h(ENOENT, NULL, 0, arg);
		return;
	}
	j->job.work = sound_work;
	j->job.done = sound_done;
	j->sound_h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}

static int remove_work(struct db_job *job)
{
	const struct greeting_job *j = (struct greeting_job *)job;

	return unlink(j->path) && errno != ENOENT ? errno : 0;
}

static void remove_done(struct db_job *job, int err)
{
	const struct greeting_job *j = (struct greeting_job *)job;

	if (err)
		tell(j->h, err, j->arg);
	else
		db_setting_set(job->db, j->owner, j->name, NULL, j->h, j->arg);
}

void db_greeting_remove(struct db *db, const char *owner, unsigned number,
			db_done_h *h, void *arg)
{
	struct greeting_job *j = db_greeting_ms(db, owner, number)
					 ? job_new(db, owner, number)
					 : NULL;

	if (!j) {
		tell(h, ENOENT, arg);
		return;
	}
	j->job.work = remove_work;
	j->job.done = remove_done;
	j->h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}

/* ---- those that are nobody's ------------------------------------------- */

static bool is_listed(struct disk *d, const char *file, int *errp)
{
	char owner[64], name[24];
	unsigned number;

	if (sscanf(file, "%60[^-]-%2u.wav", owner, &number) != 2)
		return false;
	setting_name(name, sizeof(name), number);
	return setting_there(d, owner, name, errp) || *errp;
}

int greetings_sweep(struct disk *d)
{
	DIR *folder = opendir(d->greetings);
	const struct dirent *e;
	int err = 0;

	while (folder && !err && (e = readdir(folder))) {
		char *path;

		if (*e->d_name == '.' || is_listed(d, e->d_name, &err))
			continue;
		path = text_printf("%s/%s", d->greetings, e->d_name);
		if (path && !unlink(path))
			log_info("greeting %s was nobody's: removed",
				 e->d_name);
		free(path);
	}
	if (folder)
		closedir(folder);
	return err;
}
