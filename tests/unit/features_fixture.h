/**
 * @file features_fixture.h  The features above an office in Munich, as the
 *                           switch asks them
 */
#ifndef OFFHOOK_TEST_FEATURES_FIXTURE_H
#define OFFHOOK_TEST_FEATURES_FIXTURE_H

#include <offhook/server/feature.h>
#include "office_fixture.h"

/* @param users  So many extensions from 200 on */
static inline void features_open(struct office **o, struct features **f,
				 unsigned users)
{
	office_setup((void **)o);
	office_munich(*o);
	for (unsigned i = 0; i < users; i++) {
		char extension[16];

		snprintf(extension, sizeof(extension), "%u", 200 + i);
		assert_int_equal(
			office_add_user(*o, extension, "U", extension, NULL),
			0);
	}
	assert_int_equal(features_alloc(f, (*o)->db), 0);
}

static inline void features_close(struct office **o, struct features **f)
{
	*f = mem_deref(*f);
	office_teardown((void **)o);
}

/* As the administrator might, past what a program would refuse.
   @param owner  "": of the office */
static inline void features_set(struct office *o, const char *owner,
				const char *name, const char *value)
{
	db_setting_set(o->db, owner, name, value, office_done, o);
	assert_int_equal(office_wait(o), 0);
}

static inline void features_presence(struct office *o, struct features *f,
				     const char *who, enum proto_presence is)
{
	struct db_presence p = {.state = is, .note = ""};

	feature_set_presence(f, who, &p, office_done, o);
	assert_int_equal(office_wait(o), 0);
}

/* @param less  DB_CAN_… that is taken from them
   @param mobile  Number, NULL: as it is */
static inline void features_change(struct office *o, const char *who,
				   uint32_t less, const char *mobile)
{
	const struct db_account_prm prm = {
		.extension = who,
		.licensed = -1,
		.must_change = -1,
		.mobile = mobile,
		.can = db_account(o->db, who)->can & ~less,
	};

	db_account_change(o->db, &prm, office_done, o);
	assert_int_equal(office_wait(o), 0);
}

#endif
