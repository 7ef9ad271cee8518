/**
 * @file cmd_int.h  What the command families share
 */
#ifndef CMD_INT_H
#define CMD_INT_H

#include "app_int.h"

#define FROM_USER (APP_FROM_KEY | APP_FROM_LINE | APP_FROM_SHELL)
/** Where there are lists of people. */
#define IN_PANES \
	(APP_IN_LIST | APP_IN_FAVOURITES | APP_IN_CONVERSATIONS | APP_IN_DETAIL)
#define EXAMPLES(...) ((const char *const[]){__VA_ARGS__, NULL})

extern const struct app_command app_commands_call[];
extern const struct app_command app_commands_voicemail[];
extern const struct app_command app_commands_message[];
extern const struct app_command app_commands_delete[];
extern const struct app_command app_commands_listen[];
extern const struct app_command app_commands_box[];
extern const struct app_command app_commands_picture[];
extern const struct app_command app_commands_export[];
extern const struct app_command app_commands_presence[];
extern const struct app_command app_commands_search[];
extern const struct app_command app_commands_favourite[];
extern const struct app_command app_commands_favourite_at[];
extern const struct app_command app_commands_contact[];
extern const struct app_command app_commands_import[];
extern const struct app_command app_commands_conversation[];
extern const struct app_command app_commands_session[];
extern const struct app_command app_commands_config[];
extern const struct app_command app_commands_help[];
extern const struct app_command app_commands_link[];
extern const struct app_command app_commands_sound[];
extern const struct app_command app_commands_quality[];
extern const struct app_command app_commands_ice[];
extern const struct app_command app_commands_transfer[];
extern const struct app_command app_commands_codec[];
extern const struct app_command app_commands_consult[];
extern const struct app_command app_commands_conference[];
extern const struct app_command app_commands_pickup[];
extern const struct app_command app_commands_park[];
extern const struct app_command app_commands_forward[];
extern const struct app_command app_commands_away[];
extern const struct app_command app_commands_phone[];
extern const struct app_command app_commands_share[];

/** The call that an argument names by its number here; NULL: there is none. */
struct uc_call *app_call_argument(const struct app_invocation *i, size_t n);
/** The call that the user speaks in if it allows the function, else the first
 *  that does; NULL: none does, but for one. */
struct uc_call *app_call_allowing(const struct app *a, enum uc_function f,
				  const struct uc_call *but);
/** Reason why no call allows the function now, or NULL. */
const char *app_no_function(const struct app *a, enum uc_function f);

/** By its id, a contact's id, or a number; NULL if there is none. */
struct uc_conversation *app_conversation_named(const struct app *a,
					       const char *text);
/** How many bytes "%-*s" has to fill so that a text takes so many columns: one
 *  letter may be several bytes, and two columns wide. */
int app_columns(const char *text, int columns);
/** A path as a person types it: "~/…" is in the home folder, and so is what is
 *  not absolute, unless it comes from a shell, which is somewhere (the sink's
 *  folder). To free(), NULL without memory. @param s  NULL: no shell's */
char *app_path(const struct app_sink *s, const char *typed);
/** Write a file that is not there yet, its owner's alone, in a job. Nothing of
 *  it is left where that fails. @return 0, EEXIST or errno */
int app_file_new(const char *path, const char *data, size_t len);

/** An entry as programs get it, an object. */
void app_entry_json(struct json_writer *w, const struct uc *uc,
		    const struct uc_entry *e);

/** How a call sounded, as a member of that name. */
void app_quality_json(struct json_writer *w, const char *name,
		      const struct uc_quality *q);

/** Dial what the phone system does something by, on whatever phone. */
int app_dial_code(const struct app_invocation *i, const char *code,
		  const char *number);

/** Reason why nobody can be called now, or NULL. */
const char *app_no_phone(const struct app *a);

/** Reason why nothing can be asked of the server now, or NULL. */
const char *app_not_online(const struct app *a);
/** Nobody is logged in: the line that says so; else NULL. */
const char *app_nobody(const struct app *a);

/* cmd_favourite.c */
/** Are they kept by the server, not by our store? */
bool app_favourites_by_server(const struct app *a);
/** Why favourites can't be changed now (gettext), or NULL. */
const char *app_no_favourites(const struct app *a);
/** By its id or its name; NULL: there is none. */
struct uc_group *app_group_named(const struct app *a, const char *text);
/** A group of our own, made if there is none of that name. */
struct uc_group *app_own_group(struct app *a, const char *name);

#endif
