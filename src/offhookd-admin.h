/**
 * @file offhookd-admin.h  The administrator's commands of offhookd
 *
 * One command a run, on the database itself; a server that runs meanwhile is
 * told to read anew. Passwords come from standard input or a file.
 */
#ifndef OFFHOOKD_ADMIN_H
#define OFFHOOKD_ADMIN_H

#include <stdbool.h>
#include <stdio.h>
#include <getopt.h>

#include "offhookd-man.h"

enum {
	ADMIN_ADD_USER,
	ADMIN_SET_PASSWORD,
	ADMIN_REMOVE_USER,
	ADMIN_LOCK,
	ADMIN_UNLOCK,
	ADMIN_LICENCE,
	ADMIN_LIST_USERS,
	ADMIN_ADD_TRUNK,
	ADMIN_SIP_PASSWORD,
	ADMIN_IMPORT,
	ADMIN_SET,
	ADMIN_LINE,
	ADMIN_MOBILITY,
	ADMIN_VOICEMAIL,
	ADMIN_MAIL,
	ADMIN_LANGUAGE,
	ADMIN_ADD_BOX,
	ADMIN_AWAY,
	ADMIN_BACK,
	ADMIN_MESSAGES,
	ADMIN_PASSWORD_FILE,
	ADMIN_COUNT
};

/* clang-format off */
#define ADMIN_OPTIONS(base)                                                   \
	{"add-user", required_argument, NULL, (base) + ADMIN_ADD_USER},       \
	{"set-password", required_argument, NULL,                             \
	 (base) + ADMIN_SET_PASSWORD},                                        \
	{"remove-user", required_argument, NULL, (base) + ADMIN_REMOVE_USER}, \
	{"lock", required_argument, NULL, (base) + ADMIN_LOCK},               \
	{"unlock", required_argument, NULL, (base) + ADMIN_UNLOCK},           \
	{"licence", required_argument, NULL, (base) + ADMIN_LICENCE},         \
	{"list-users", no_argument, NULL, (base) + ADMIN_LIST_USERS},         \
	{"add-trunk", required_argument, NULL, (base) + ADMIN_ADD_TRUNK},     \
	{"sip-password", required_argument, NULL,                             \
	 (base) + ADMIN_SIP_PASSWORD},                                        \
	{"import", required_argument, NULL, (base) + ADMIN_IMPORT},           \
	{"set", required_argument, NULL, (base) + ADMIN_SET},                 \
	{"line", required_argument, NULL, (base) + ADMIN_LINE},               \
	{"mobility", required_argument, NULL, (base) + ADMIN_MOBILITY},       \
	{"voicemail", required_argument, NULL, (base) + ADMIN_VOICEMAIL},     \
	{"mail", required_argument, NULL, (base) + ADMIN_MAIL},               \
	{"language", required_argument, NULL, (base) + ADMIN_LANGUAGE},       \
	{"add-box", required_argument, NULL, (base) + ADMIN_ADD_BOX},         \
	{"away", required_argument, NULL, (base) + ADMIN_AWAY},               \
	{"back", required_argument, NULL, (base) + ADMIN_BACK},               \
	{"messages", required_argument, NULL, (base) + ADMIN_MESSAGES},       \
	{"password-file", required_argument, NULL,                            \
	 (base) + ADMIN_PASSWORD_FILE}
/* clang-format on */

struct admin_command;

/** What was asked for. Zero it to begin. */
struct admin {
	const struct admin_command *command;
	const char *subject; /**< extension, or a setting's name */
	const char *value;   /**< what stands behind it, or NULL */
	const char *password_file;
};

/** @param which ADMIN_…; @return false: more than one command */
bool admin_option(struct admin *a, int which, const char *arg);
/** What is left of the command line. @return -1, or the code to leave with */
int admin_arguments(struct admin *a, int argc, char **argv);
/** Do it; says itself what went wrong. @return 0 or errno */
int admin_run(struct admin *a, const char *state);
void admin_clear(struct admin *a);
/** One row for each ADMIN_…, NULL at the end. */
const struct man_option *admin_rows(void);

#endif
