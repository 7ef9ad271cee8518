/**
 * @file greeting.c  Which greeting is heard, and whether it is recorded then
 *
 * Chosen for each state (SPEC T5.7.2): the standard one, or one of the user's
 * own. Who may not know the state hears the one of Office. Before it the note
 * is heard that was recorded for the state, by whom may know of that.
 */
#include "feature_int.h"

#include <stdio.h>
#include <stdlib.h>

static const char recording[] = "voicemail.record";

static void setting_of(char *name, size_t size, enum proto_presence state)
{
	snprintf(name, size, "greet.%d", (int)state);
}

unsigned feature_greeting(const struct features *f, const char *owner,
			  enum proto_presence state)
{
	char name[16];
	const char *value;
	unsigned n;

	setting_of(name, sizeof(name), state);
	value = f && owner ? db_setting(f->db, owner, name) : NULL;
	n = value ? (unsigned)strtoul(value, NULL, 10) : 0;
	/* one that was deleted is none */
	return n && db_greeting_ms(f->db, owner, n) ? n : 0;
}

enum proto_presence greeting_state(const struct features *f, const char *owner)
{
	const struct db_account *a = db_account(f->db, owner);

	return a ? a->presence.state : PROTO_OFFICE;
}

void greeting_choose(struct features *f, const char *owner,
		     enum proto_presence state, unsigned number, db_done_h *h,
		     void *arg)
{
	char name[16], value[16];
	int err = 0;

	if (!f || !owner || state < PROTO_OFFICE ||
	    state >= PROTO_PRESENCE_COUNT)
		err = EINVAL;
	else if (number && !db_greeting_ms(f->db, owner, number))
		err = ENOENT;
	if (err) {
		if (h)
			h(err, arg);
		return;
	}
	setting_of(name, sizeof(name), state);
	snprintf(value, sizeof(value), "%u", number);
	db_setting_set(f->db, owner, name, number ? value : NULL, h, arg);
}

void feature_set_greeting(struct features *f, const char *owner,
			  enum proto_presence state, unsigned number,
			  db_done_h *h, void *arg)
{
	greeting_choose(f, owner, state, number, h, arg);
}

void greeting_keep(struct features *f, const char *owner, unsigned number,
		   enum proto_presence state, const char *path, uint32_t ms,
		   db_done_h *h, void *arg)
{
	if (number == DB_NOTE)
		db_note_keep(f->db, owner, state, path, ms, h, arg);
	else
		db_greeting_keep(f->db, owner, number, path, ms, h, arg);
}

bool feature_records(const struct features *f, const char *owner)
{
	return !f || !owner ||
	       !text_equal(db_setting(f->db, owner, recording), "off");
}

void feature_set_records(struct features *f, const char *owner, bool on,
			 db_done_h *h, void *arg)
{
	db_setting_set(f->db, owner, recording, on ? NULL : "off", h, arg);
}

bool feature_is_box_setting(const char *name)
{
	return text_equal(name, recording) || !strncmp(name, "greet.", 6) ||
	       !strncmp(name, "greeting.", 9) ||
	       text_equal(name, DB_PIN_SETTING) ||
	       !strncmp(name, "voicemail.mail", 14);
}
