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
extern const struct app_command app_commands_presence[];
extern const struct app_command app_commands_search[];
extern const struct app_command app_commands_favourite[];
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

/** The call that an argument names by its number here; NULL: there is none. */
struct uc_call *app_call_argument(const struct app_invocation *i, size_t n);
/** The call that the user speaks in if it allows the function, else the first
 *  that does; NULL: none does, but for one. */
struct uc_call *app_call_allowing(const struct app *a, enum uc_function f,
				  const struct uc_call *but);
/** Reason why no call allows the function now, or NULL. */
const char *app_no_function(const struct app *a, enum uc_function f);

/** How a call sounded, as a member of that name. */
void app_quality_json(struct json_writer *w, const char *name,
		      const struct uc_quality *q);

/** Reason why nothing can be asked of the server now, or NULL. */
const char *app_not_online(const struct app *a);

#endif
