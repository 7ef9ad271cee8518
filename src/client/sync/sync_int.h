/**
 * @file sync_int.h  What the files of `sync` share
 */
#ifndef SYNC_INT_H
#define SYNC_INT_H

#include <sodium.h>

#include <offhook/client/sync.h>

/** Where a text of a file belongs. */
enum field {
	FIELD_NONE,
	FIELD_KEY,
	FIELD_NAME, /**< first and last in one */
	FIELD_FIRST,
	FIELD_LAST,
	FIELD_COMPANY,
	FIELD_DEPARTMENT,
	FIELD_EMAIL,
	FIELD_NUMBER, /**< + enum uc_number_kind */
	FIELD_TYPE = FIELD_NUMBER + UC_NUMBER_KIND_COUNT, /**< of the next */
	FIELD_VALUE, /**< number of the type before it */
	FIELD_COUNT
};
/** What a heading or element is called, in en, de, fr; FIELD_NONE. */
enum field field_find(const char *heading);
/** "Mobile", "Arbeit", "domicile": the kind of a number; OTHER if none;
 *  UC_NUMBER_KIND_COUNT for what is no telephone. */
enum uc_number_kind kind_find(const char *type);

/** Reading: what the three formats share. */
struct reader {
	const struct sync_read_prm *prm;
	struct sync_file *file;
	FILE *f;		 /**< the file, or it as UTF-8 */
	void *iconv;		 /**< from the encoding to UTF-8, or NULL */
	void *other;		 /**< likewise of reader_text_as() … */
	const char *other_is;	 /**< … and which that is */
	struct sync_contact now; /**< being read */
	char *name;		 /**< its FIELD_NAME */
	bool any;		 /**< it has a text */
	uint64_t told;
};
/** A text as it stands in the file, in its encoding, into a field: the first
 *  one of a kind counts, a further business number is the second. */
int reader_text(struct reader *r, enum field f, const char *s, size_t len);
/** Likewise in a character set that iconv knows, a string that stays. */
int reader_text_as(struct reader *r, enum field f, const char *s, size_t len,
		   const char *charset);
/** Likewise of UTF-8. */
int reader_utf8(struct reader *r, enum field f, const char *s, size_t len);
/** The contact is over; without any text there was none. */
int reader_contact(struct reader *r, size_t line, const char *damaged);
/** Why nothing at all is read. @return EBADMSG */
int reader_refuse(struct reader *r, size_t line, const char *problem);
/** Tell how far it is. @return 0 or ECANCELED */
int reader_progress(struct reader *r);

/**
 * A file that begins with the mark of UTF-16, as a stream of UTF-8 behind it.
 *
 * @param wp  To fclose() before f; NULL: it is no such file
 * @param f   At its beginning, and there again if it is none
 * @return 0, EIO, ENOMEM, ENOTSUP
 */
int wide_open(FILE **wp, FILE *f);

/** A picture that is being read. */
struct photo {
	struct reader *r;
	enum sync_picture is; /**< so far */
	bool reads;	      /**< photo_put() does something */
	off_t at;	      /**< in the file beside; -1: nothing is there */
	size_t len;	      /**< … of what is there */
	uint32_t bits;
	unsigned digits, padding;
	uint8_t block[4096];
	size_t have;
	crypto_hash_sha256_state hash;
};
/** Begin with what is known of a PHOTO's value. @param quoted  It is in
 *  quoted-printable */
void photo_begin(struct photo *p, struct reader *r, bool quoted,
		 const char *value);
/** One more byte of it. */
void photo_put(struct photo *p, int byte);
/** It is over: the contact that is being read knows of it. */
int photo_end(struct photo *p);

int read_csv(struct reader *r);
int read_xml(struct reader *r);
int read_vcard(struct reader *r);

#endif
