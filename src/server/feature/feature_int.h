/**
 * @file feature_int.h  What the features share: the table, and themselves
 */
#ifndef FEATURE_INT_H
#define FEATURE_INT_H

#include <offhook/server/feature.h>

struct features {
	struct db *db;
	struct pbx *pbx;
	struct notify *notify;
	struct notify_sub *watch;
};

/** One feature. What it has nothing to say to is NULL. */
struct feature {
	const char *name;
	int (*begin)(struct features *f);
	void (*end)(struct features *f);
	/**
	 * A call is led to an account.
	 *
	 * @return NORMAL, or why it is refused; the first word counts
	 */
	enum pbx_cause (*route)(struct features *f,
				const struct pbx_caller *caller,
				const struct db_account *called,
				struct pbx_route *route);
	void (*event)(struct features *f, const struct pbx_event *ev);
	void (*reachable)(struct features *f, const char *device);
};

extern const struct feature feature_disturb;
extern const struct feature feature_names;
extern const struct feature feature_lamps;
extern const struct feature feature_journal;
extern const struct feature feature_watch;

/** Presence as a phone is told it. @return 0 or ENOENT */
int feature_presence(const struct features *f, const char *extension,
		     struct sip_presence *p);

/** Where a number leads, before any feature is asked. @return as the hook */
int number_route(struct features *f, const struct pbx_caller *caller,
		 const char *number, const struct db_account **called,
		 struct pbx_route *route);

#endif
