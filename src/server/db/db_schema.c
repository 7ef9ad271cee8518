/**
 * @file db_schema.c  The tables, version by version
 */
#define LOG_MODULE "db"
#include "db_int.h"

/* Each row brings the schema one version further. A row that has been
   released is never changed: another one is added. */
static const char *const migrations[] = {
	/* 1 */
	"CREATE TABLE account("
	" extension TEXT PRIMARY KEY,"
	" first TEXT NOT NULL, last TEXT NOT NULL, email TEXT NOT NULL,"
	" mobile TEXT NOT NULL, private TEXT NOT NULL,"
	" department TEXT NOT NULL, company TEXT NOT NULL,"
	" hash TEXT NOT NULL,"
	" failed INTEGER NOT NULL DEFAULT 0,"
	" locked INTEGER NOT NULL DEFAULT 0,"
	" licensed INTEGER NOT NULL,"
	" must_change INTEGER NOT NULL,"
	" trunk INTEGER NOT NULL,"
	" can INTEGER NOT NULL,"
	" sip_generation INTEGER NOT NULL,"
	" presence INTEGER NOT NULL DEFAULT 1,"
	" until_ms INTEGER NOT NULL DEFAULT 0,"
	" note TEXT NOT NULL DEFAULT '',"
	" visibility INTEGER NOT NULL DEFAULT 0"
	") WITHOUT ROWID, STRICT;"

	"CREATE TABLE setting("
	" owner TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY(owner, name)"
	") WITHOUT ROWID, STRICT;"

	/* Ids are never given twice: favourites hold them. */
	"CREATE TABLE contact("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" directory INTEGER NOT NULL, owner TEXT NOT NULL,"
	" first TEXT NOT NULL, last TEXT NOT NULL, company TEXT NOT NULL,"
	" department TEXT NOT NULL, email TEXT NOT NULL,"
	" n0 TEXT NOT NULL, n1 TEXT NOT NULL, n2 TEXT NOT NULL,"
	" n3 TEXT NOT NULL, n4 TEXT NOT NULL, n5 TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" words TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX contact_order ON contact(directory, owner, key, id);"

	/* Every word of a contact's key and every spelling of its numbers
	   (these begin with #), for search by beginnings. */
	"CREATE TABLE contact_word("
	" directory INTEGER NOT NULL, owner TEXT NOT NULL,"
	" word TEXT NOT NULL, contact INTEGER NOT NULL,"
	" PRIMARY KEY(directory, owner, word, contact)"
	") WITHOUT ROWID, STRICT;"

	"CREATE TABLE favourite_group("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" owner TEXT NOT NULL REFERENCES account ON DELETE CASCADE,"
	" position INTEGER NOT NULL, name TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX favourite_group_owner ON"
	" favourite_group(owner, position);"
	"CREATE TABLE favourite_member("
	" grp INTEGER NOT NULL REFERENCES favourite_group ON DELETE CASCADE,"
	" position INTEGER NOT NULL,"
	" contact TEXT NOT NULL, number TEXT NOT NULL,"
	" PRIMARY KEY(grp, position)"
	") WITHOUT ROWID, STRICT;"

	"CREATE TABLE journal("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" owner TEXT NOT NULL REFERENCES account ON DELETE CASCADE,"
	" kind INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
	" duration_s INTEGER NOT NULL,"
	" number TEXT NOT NULL, number_key TEXT NOT NULL,"
	" name TEXT NOT NULL, unread INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX journal_owner ON journal(owner, id);"
	"CREATE INDEX journal_number ON journal(owner, number_key, id);",
	/* 2: the sound is in a file of that id */
	"CREATE TABLE voicemail("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" owner TEXT NOT NULL REFERENCES account ON DELETE CASCADE,"
	" at_ms INTEGER NOT NULL, length_ms INTEGER NOT NULL,"
	" number TEXT NOT NULL, name TEXT NOT NULL,"
	" heard_ms INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE INDEX voicemail_owner ON voicemail(owner, id);",
	/* 3: instant messages, a copy for each side. The uids of what was sent
	   outlive their messages: what comes again is known again. */
	"CREATE TABLE message("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" owner TEXT NOT NULL REFERENCES account ON DELETE CASCADE,"
	" peer TEXT NOT NULL, outgoing INTEGER NOT NULL,"
	" at_ms INTEGER NOT NULL, text TEXT NOT NULL, uid TEXT NOT NULL,"
	" unread INTEGER NOT NULL,"
	" delivered_ms INTEGER NOT NULL DEFAULT 0,"
	" deleted_ms INTEGER NOT NULL DEFAULT 0,"
	" twin INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE INDEX message_owner ON message(owner, id);"
	"CREATE INDEX message_waiting ON message(owner)"
	" WHERE outgoing=0 AND delivered_ms=0;"
	"CREATE TABLE message_uid("
	" owner TEXT NOT NULL REFERENCES account ON DELETE CASCADE,"
	" uid TEXT NOT NULL, message INTEGER NOT NULL,"
	" at_ms INTEGER NOT NULL, PRIMARY KEY(owner, uid)"
	") WITHOUT ROWID, STRICT;"
	"UPDATE account SET can=can|256 WHERE NOT trunk;",
	/* 4: what was deleted comes back for a while; in Suite a voice
	   message's entry goes, and the message stays in the box */
	"ALTER TABLE journal ADD COLUMN deleted_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE voicemail ADD COLUMN"
	" deleted_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE voicemail ADD COLUMN"
	" hidden_ms INTEGER NOT NULL DEFAULT 0;",
	/* 5: what an import has made, and how it knows that again */
	("ALTER TABLE contact ADD COLUMN import_key TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE contact ADD COLUMN hand_made INTEGER NOT NULL DEFAULT "
	 "0;"),
	/* 6: pictures, as they were made of what was sent */
	"CREATE TABLE picture("
	" owner TEXT PRIMARY KEY REFERENCES account ON DELETE CASCADE,"
	" version TEXT NOT NULL, image BLOB NOT NULL"
	") STRICT;",
	/* 7: those of personal contacts. Without an image it is what an import
	   had and nobody could use, so that it is not tried again. One that
	   was deleted comes back with its contact. */
	"CREATE TABLE contact_picture("
	" owner TEXT NOT NULL REFERENCES account ON DELETE CASCADE,"
	" contact INTEGER NOT NULL,"
	" version TEXT NOT NULL, import_key TEXT NOT NULL,"
	" deleted_ms INTEGER NOT NULL DEFAULT 0,"
	" image BLOB, PRIMARY KEY(owner, contact)"
	") STRICT;"
	"CREATE INDEX contact_picture_deleted ON contact_picture(deleted_ms)"
	" WHERE deleted_ms>0;",
};

enum { SCHEMA = sizeof(migrations) / sizeof(migrations[0]) };

static int version_read(struct disk *d, int *version)
{
	sqlite3_stmt *st;
	int err;

	err = disk_exec(d, "CREATE TABLE IF NOT EXISTS migration("
			   " version INTEGER PRIMARY KEY,"
			   " at_ms INTEGER NOT NULL) STRICT");
	if (err)
		return err;
	st = disk_prepare(d, "SELECT max(version) FROM migration");
	if (!st)
		return EIO;
	*version = disk_row(st, &err) ? sqlite3_column_int(st, 0) : 0;
	sqlite3_reset(st);
	return err;
}

static int migrate_to(struct disk *d, int version)
{
	static const char note[] =
		"INSERT INTO migration(version, at_ms) VALUES(?, ?)";
	sqlite3_stmt *st;
	int err;

	err = disk_exec(d, migrations[version - 1]);
	if (err)
		return err;
	st = disk_prepare(d, note);
	if (!st)
		return EIO;
	bind_int(st, 1, version);
	bind_int(st, 2, time_wall_ms());
	return disk_step(st);
}

int disk_migrate(struct disk *d)
{
	int err, version = 0;

	err = disk_exec(d, "BEGIN IMMEDIATE");
	if (err)
		return err;
	err = version_read(d, &version);
	if (!err && version > SCHEMA) {
		log_error("the database is of a newer version (%d, this "
			  "program knows %d)",
			  version, SCHEMA);
		err = EPROTO;
	}
	while (!err && version < SCHEMA)
		err = migrate_to(d, ++version);
	if (!err)
		err = disk_exec(d, "COMMIT");
	if (err)
		sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
	return err;
}
