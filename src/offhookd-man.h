/**
 * @file offhookd-man.h  offhookd's help and manual page, out of its tables
 */
#ifndef OFFHOOKD_MAN_H
#define OFFHOOKD_MAN_H

#include <stdio.h>

/** An option; tables of them end with a NULL name. */
struct man_option {
	const char *name; /**< without its -- */
	const char *arg;  /**< what stands behind it, or NULL */
	const char *what; /**< no capital, no full stop */
};

void man_help(FILE *f, const struct man_option *rows);
/** Write offhookd.8 into a folder; says what went wrong. @return 0 or errno */
int man_write(const char *dir, const struct man_option *server,
	      const struct man_option *admin);

#endif
