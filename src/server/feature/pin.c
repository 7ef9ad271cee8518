/**
 * @file pin.c  A box's PIN is changed by a program (SPEC T5.7.3)
 */
#include "feature_int.h"

#include <stdlib.h>

/* Wrong ones in a row until they are looked at more slowly. */
enum { TRIES = 3 };

struct change {
	struct features *f;
	char *owner, pin[DB_PIN_DIGITS + 1];
	db_done_h *h;
	void *arg;
};

static void destructor(void *arg)
{
	struct change *c = arg;

	explicit_bzero(c->pin, sizeof(c->pin));
	free(c->owner);
	mem_deref(c->f);
}

static void kept(int err, void *arg)
{
	struct change *c = arg;

	c->h(err, c->arg);
	mem_deref(c);
}

static void checked(int err, void *arg)
{
	struct change *c = arg;

	if (err == EACCES)
		menu_pin_tried(c->f, c->owner, TRIES);
	else if (!err)
		menu_pin_right(c->f, c->owner);
	if (err)
		kept(err, c);
	else
		db_pin_set(c->f->db, c->owner, c->pin, kept, c);
}

void feature_set_pin(struct features *f, const char *extension, const char *old,
		     const char *pin, db_done_h *h, void *arg)
{
	struct change *c;
	int err = 0;

	if (!f || !feature_has_voicemail(f, extension))
		err = ENOTSUP;
	else if (db_pin_preset(f->db, extension))
		err = EPERM;
	else if (!db_pin_good(pin) || text_empty(old))
		err = EINVAL;
	else if (menu_pin_rests(f, extension))
		err = EBUSY;
	c = err ? NULL : mem_zalloc(sizeof(*c), destructor);
	if (c)
		c->owner = text_dup(extension);
	if (!c || !c->owner) {
		mem_deref(c);
		h(err ? err : ENOMEM, arg);
		return;
	}
	c->f = mem_ref(f);
	memcpy(c->pin, pin, DB_PIN_DIGITS);
	c->h = h;
	c->arg = arg;
	db_pin_check(f->db, extension, old, checked, c);
}
