/**
 * @file conversation_int.h  What the files of conversations share
 */
#ifndef CONVERSATION_INT_H
#define CONVERSATION_INT_H

#include "uc_int.h"

/** Where an entry is filed, by its id. */
struct place {
	char *id;
	struct conversation *v;
	uint32_t round; /**< of reading anew, when it was last put */
};

void uc_place_free(struct place *p);
int uc_place_add(struct uc *uc, const char *id, struct conversation *v);
void uc_entry_reset(struct uc_entry *e);
/** Take an unread entry into the sums (by 1), or out of them (by -1). */
void uc_conversation_count_entry(struct conversation *v,
				 const struct uc_entry *e, int by);
/** Of nobody known; key NULL: of withheld numbers. */
struct conversation *uc_conversation_find_key(const struct uc *uc,
					      const char *key);
/** Name it anew; name is what the network said, or NULL. */
int uc_conversation_name(struct conversation *v, const char *name);
/** Out of the model with all its entries; nobody is told. */
void uc_conversation_end(struct conversation *v);
/** End what has neither entries nor a call. @return true if it went */
bool uc_conversation_end_if_empty(struct conversation *v);
/** The one that a number belongs to, made if there is none. */
int uc_conversation_get(struct uc *uc, const char *number, const char *name,
			struct conversation **vp);
/** Put an entry in its place; it is taken over. */
int uc_entry_insert(struct conversation *v, const struct uc_entry *e);
/** Take one out of conversation, sums and map; out gets it. */
void uc_entry_take(struct uc *uc, struct place *p, struct uc_entry *out);
/** File an entry under its number; it is taken over unless that fails. */
int uc_entry_file(struct uc *uc, struct uc_entry *e, const char *name,
		  struct conversation **vp, bool *created);

#endif
