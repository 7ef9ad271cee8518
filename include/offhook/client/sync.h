/**
 * @file client/sync.h  Contacts in and out of files: CSV, XML, vCard 2.1 to 4
 *
 * Pure work on bytes and texts: no model, no loop, nothing counted, so that
 * all of it may run in a job. What a file says is hostile: records, fields and
 * all of them together have a limit, and memory does not grow with the file.
 * The formats are described in doc/contacts.md.
 */
#ifndef OFFHOOK_CLIENT_SYNC_H
#define OFFHOOK_CLIENT_SYNC_H

#include <stdio.h>

#include <offhook/base.h>
#include <offhook/proto.h>
#include <offhook/client/uc.h>

enum sync_format { SYNC_CSV, SYNC_XML, SYNC_VCARD, SYNC_FORMAT_COUNT };
const char *sync_format_name(enum sync_format f); /**< "CSV", "vCard" */

enum sync_encoding {
	SYNC_GUESS,
	SYNC_UTF8,
	SYNC_LATIN1,  /**< ISO-8859-1 */
	SYNC_LATIN9,  /**< ISO-8859-15 */
	SYNC_WINDOWS, /**< Windows-1252 */
	SYNC_UTF16,   /**< with its byte order mark; that always decides */
	SYNC_ENCODING_COUNT
};
/** "guess", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252",
 *  "utf-16" */
const char *sync_encoding_key(enum sync_encoding e);
/** SYNC_ENCODING_COUNT if there is none of that key. */
enum sync_encoding sync_encoding_find(const char *key);

/** What a file says of a contact's picture. */
enum sync_picture {
	SYNC_PICTURE_NOTHING, /**< nothing, as CSV and XML: it stays as it is */
	SYNC_PICTURE_NONE,    /**< that there is none */
	SYNC_PICTURE_HERE,    /**< here it is */
	SYNC_PICTURE_SAME,    /**< … and is there already */
	SYNC_PICTURE_LINK,    /**< left out, and why … */
	SYNC_PICTURE_LARGE,
	SYNC_PICTURE_SMALL,
	SYNC_PICTURE_BAD,      /**< neither JPG nor PNG, or damaged */
	SYNC_PICTURE_NO_SPACE, /**< on our disk */
	SYNC_PICTURE_NOT_KEPT, /**< the server keeps none */
	SYNC_PICTURE_TOO_MANY, /**< … no more */
	SYNC_PICTURE_BUSY,     /**< … not now */
	SYNC_PICTURE_COUNT
};
const char *sync_picture_key(enum sync_picture p); /**< "link", or "" */
/** N_(): for the eye, "" if there is nothing to be said. */
const char *sync_picture_text(enum sync_picture p);
/** Whether one is left out. */
bool sync_picture_left_out(enum sync_picture p);

/** A contact out of a file, or one to compare it with. Texts are clean, and
 *  "" where there is none. */
struct sync_contact {
	size_t line; /**< of the file where it begins, from 1 */
	char *id;    /**< of one that is there */
	char *key;   /**< by which an import knows it again */
	bool hand_made;
	char *first, *last, *company, *department, *email;
	char *number[UC_NUMBER_KIND_COUNT];
	const char *damaged; /**< N_(): what makes it unreadable, or NULL */
	enum sync_picture picture;
	/** First half of the image's SHA-256, in 32 letters, or NULL; of one
	 *  that is there: of the image that an import has brought. */
	char *picture_key;
	char *picture_version; /**< of one that is there: likewise of what the
				    server has made of it */
	int64_t picture_at;    /**< in the file beside … */
	size_t picture_len;    /**< … so many bytes */
};
void sync_contact_reset(struct sync_contact *c);

enum {
	SYNC_CONTACTS_MAX = 50000,	  /**< of one file */
	SYNC_TEXT_MAX = 32 * 1024 * 1024, /**< bytes of all their texts */
};

/** What a file has come to. */
struct sync_file {
	enum sync_format format;
	enum sync_encoding encoding; /**< that was taken */
	bool guessed;		     /**< … by itself */
	char separator;		     /**< of CSV */
	struct sync_contact *contacts;
	size_t count;
	size_t text;	     /**< bytes of all texts */
	const char *problem; /**< N_(): why nothing was read, or NULL */
	size_t line;	     /**< … and where, 0 if nowhere */
};
void sync_file_reset(struct sync_file *f);

struct sync_read_prm {
	FILE *f;		     /**< seekable; stays the caller's */
	enum sync_encoding encoding; /**< SYNC_GUESS: by its bytes */
	/** For the pictures in it, seekable, empty; what is there after it is
	 *  known by the contacts. NULL: none are wanted, and each is that. */
	FILE *pictures;
	enum sync_picture without;
	/** How many bytes have been read, now and then; may be NULL. @return
	 *  true: stop (ECANCELED) */
	bool (*progress)(uint64_t bytes, void *arg);
	void *arg;
};
/**
 * Read a file. Blocks.
 *
 * @param file  Filled in also on an error; sync_file_reset() it
 * @return 0; EBADMSG: see its problem; ECANCELED, EIO, ENOMEM
 */
int sync_read(struct sync_file *file, const struct sync_read_prm *prm);

/* ---- what an import would do ------------------------------------------- */

enum sync_outcome {
	SYNC_ADD,
	SYNC_UPDATE,
	SYNC_SAME,	/**< is there as it is */
	SYNC_NO_NAME,	/**< skipped, and why … */
	SYNC_NO_NUMBER, /**< nothing that could be called */
	SYNC_BAD_NUMBER,
	SYNC_DUPLICATE, /**< the file has it already */
	SYNC_THERE,	/**< a contact made by hand is the same */
	SYNC_HAND_MADE, /**< came by an import, was changed by hand */
	SYNC_DAMAGED,	/**< see the contact's `damaged` */
	SYNC_OUTCOME_COUNT
};
const char *sync_outcome_key(enum sync_outcome o);  /**< "added" */
const char *sync_outcome_text(enum sync_outcome o); /**< N_(): for the eye */

/**
 * Compare what was read with what is there: gives each a key, and its numbers
 * the form in which they are kept. A second run after the first is all
 * SYNC_SAME. Takes long for many: in a job.
 *
 * @param there     All personal contacts
 * @param outcomes  One for each of the file's, to fill in. An updated one gets
 *                  the id of that which it updates.
 * @return 0 or ENOMEM
 */
int sync_plan(struct sync_file *file, const struct sync_contact *there,
	      size_t there_count, const struct proto_dial_params *p,
	      enum sync_outcome *outcomes);

/* ---- out --------------------------------------------------------------- */

/** Copy a contact of the model; on the loop. @return 0 or ENOMEM */
int sync_contact_of(struct sync_contact *c, const struct uc_contact *k);
/** As a file of that format, to free(): CSV or vCard 4, UTF-8. NULL without
 *  memory. @param pictures  Where those are that a contact has HERE; or NULL.
 *  One that can't be read is left out */
char *sync_write(enum sync_format format, const struct sync_contact *contacts,
		 size_t count, FILE *pictures);

#endif
