/**
 * @file uc_int.h  What the model's files share
 */
#ifndef UC_INT_H
#define UC_INT_H

#include <offhook/client/uc.h>

/* ---- hash map from text to pointer (uc_map.c) -------------------------- */

/** Keys belong to the values and must live as long as they are in. */
struct uc_map {
	struct uc_map_slot {
		const char *key; /**< NULL: free */
		void *value;	 /**< NULL with a key: deleted */
		uint32_t hash;
	} * slots;
	size_t size;   /**< power of two, or 0 */
	size_t filled; /**< slots with a key, deleted ones included */
	size_t count;
	uint32_t seed;
};
void *uc_map_get(const struct uc_map *m, const char *key);
/** Put in or replace. @return 0 or ENOMEM */
int uc_map_put(struct uc_map *m, const char *key, void *value);
void uc_map_remove(struct uc_map *m, const char *key);
/** Next value from *pos on, NULL at the end; begin with *pos = 0. */
void *uc_map_next(const struct uc_map *m, size_t *pos);
void uc_map_close(struct uc_map *m);

/** A growing vector of pointers. */
struct uc_vector {
	void **at;
	size_t count, size;
};
int uc_vector_add(struct uc_vector *v, void *p);
/** Takes one out, the order stays. @return true if it was in */
bool uc_vector_remove(struct uc_vector *v, const void *p);
void uc_vector_close(struct uc_vector *v);

/* ---- the whole --------------------------------------------------------- */

/** A contact with what only the model needs. */
struct contact {
	struct uc_contact c; /**< first: the door's pointer is this */
	struct uc *uc;	     /**< NULL once out of the model */
	char *sort;	     /**< folded name */
	char **keys;	     /**< number keys, one for each number; or NULL */
	struct conversation *conversation; /**< NULL if there is none */
	unsigned groups;		   /**< favourites groups it is in */
	uint32_t round;		 /**< of reading anew, when it was last put */
	uint32_t personal_round; /**< likewise, of the personal ones */
	bool default_chosen;
};

struct conversation {
	struct uc_conversation v; /**< first */
	struct uc *uc;
	char *number_key; /**< in by_number under this, or NULL */
	size_t entry_size;
	int64_t newest_ms;
	unsigned missed, voice, messages; /**< unread ones of that kind */
	bool active; /**< a call of it is talking or held */
	bool called; /**< some call belongs to it: stays though empty */
};

struct call {
	struct uc_call c; /**< first */
	struct uc *uc;
};

struct group {
	struct uc_group g; /**< first */
	struct uc *uc;
	size_t size;
};

/** Contacts by the first two bytes of folded words and of numbers. */
struct uc_index {
	struct uc_vector *rows[256]; /**< each 256 vectors, or NULL */
};

struct uc {
	struct notify *notify;
	struct uc_account account;
	struct proto_dial_params dial;
	char *dial_texts[6];

	struct uc_map by_id, by_device, by_number;
	struct uc_vector internal;
	bool internal_sorted;
	struct uc_index index;

	struct uc_vector groups;

	struct uc_map conversations; /**< by id */
	struct uc_map by_number_key; /**< conversations of nobody known */
	struct uc_map entries;	     /**< entry's id to its place */
	struct uc_map hidden;	     /**< ids, each its own value */
	struct uc_vector order;
	bool order_sorted;
	unsigned missed, voice, messages, unread;
	struct list drafts;

	struct uc_vector calls;
	uint32_t next_call;
	uint32_t holds;		    /**< so far */
	struct uc_vector qualities; /**< oldest first */
	uint32_t round, personal_round;

	struct uc_notice notice;
	struct list searches;
	struct uc_parked parked[UC_SLOTS];
	size_t parked_count;
};

/* uc_draft.c */
void uc_drafts_close(struct uc *uc);

/* uc_conversation.c */
void uc_hidden_close(struct uc *uc);

/* uc_parked.c */
void uc_parked_close(struct uc *uc);

/* uc.c */
void uc_tell(struct uc *uc, uint32_t change, const void *subject);
/** Replace a text by a clean copy; true if it differs now. */
bool uc_text(char **sp, const char *s, int *err);

/* uc_number.c: key under which all spellings of a number are one; to free();
 * NULL for what is no number */
char *uc_number_key(const struct uc *uc, const char *number);
enum { UC_BEGINNINGS = 6 };

/** What a typed number may begin. */
struct uc_beginnings {
	/** 0171 → 49171, 0049 → 49, +49 → 49; where the access code is 0, 00171
	 *  → 49171, too. The first one is as it was typed, NULL if it is no
	 *  number; behind the last one is NULL. */
	char *digits[UC_BEGINNINGS + 1];
	char *own; /**< of an extension: +49 89 7007-20 → 20; or NULL */
};

/** @param b  To uc_beginnings_reset() in any case. @return 0 or ENOMEM */
int uc_number_beginnings(const struct uc *uc, const char *query,
			 struct uc_beginnings *b);
void uc_beginnings_reset(struct uc_beginnings *b);
/** Does a number begin so, as it is written or by its key (may be NULL)?
 *  @return 2: it is that number, 1: it begins so, 0: no */
unsigned uc_beginnings_match(const struct uc_beginnings *b, const char *number,
			     const char *key);

/* uc_quality.c */
void uc_qualities_close(struct uc *uc);

/* uc_contact.c */
struct contact *uc_contact_of(struct uc_contact *c);
const struct contact *uc_contact_of_const(const struct uc_contact *c);
int uc_contact_numbers_index(struct uc *uc, struct contact *c);
void uc_contact_numbers_forget(struct uc *uc, struct contact *c);
void uc_contact_numbers_close(struct uc *uc);
int uc_contacts_renumber(struct uc *uc);
void uc_contacts_close(struct uc *uc);
/** Who has the same name and one of the numbers: the same person, from another
 *  directory. @param better  known before that one. @return true: stop */
typedef bool(uc_double_h)(struct contact *other, bool better, void *arg);
void uc_contact_doubles(const struct uc *uc, const struct contact *c,
			uc_double_h *h, void *arg);

/* uc_index.c */
void uc_index_add(struct uc_index *x, struct contact *c);
void uc_index_remove(struct uc_index *x, struct contact *c);
void uc_index_close(struct uc_index *x);
typedef bool(index_h)(struct contact *c, void *arg); /**< true stops */
/** Walk those that may begin with prefix's first two bytes. */
bool uc_index_walk(const struct uc_index *x, const char *prefix, index_h *h,
		   void *arg);

/* uc_group.c */
void uc_groups_forget(struct uc *uc, struct contact *c);
void uc_groups_close(struct uc *uc);

/* uc_search.c */
void uc_searches_forget(struct uc *uc, struct contact *c);
void uc_searches_close(struct uc *uc);

/* uc_conversation.c */
void uc_conversations_adopt(struct uc *uc, struct contact *c);
void uc_conversations_forget(struct uc *uc, struct contact *c);
void uc_conversations_renamed(struct uc *uc, struct contact *c);
void uc_conversations_calls(struct uc *uc);
int uc_conversations_renumber(struct uc *uc);
void uc_conversations_close(struct uc *uc);

/** End those of earlier rounds. */
void uc_contacts_sweep(struct uc *uc);
void uc_entries_sweep(struct uc *uc, const char *all);

/* uc_call.c */
void uc_calls_forget(struct uc *uc, struct contact *c);
void uc_calls_adopt(struct uc *uc, struct contact *c);
void uc_calls_close(struct uc *uc, bool all);

/* uc_away.c */
void uc_away_close(struct uc *uc);
/** Nothing is known of it any more. */
void uc_away_clear(struct uc *uc);

#endif
