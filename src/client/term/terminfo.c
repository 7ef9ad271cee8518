/**
 * @file terminfo.c  Asking the terminfo database
 *
 * term.h makes macros of many short words (lines, columns, …): it comes last,
 * and only here.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term_int.h"

#include <curses.h>
#include <term.h>

bool terminfo_exists(const char *name, bool *usable)
{
	const char *cup;
	int err = 0;

	*usable = false;
	if (setupterm(name, STDOUT_FILENO, &err) != OK || err != 1)
		return false;
	cup = tigetstr((char *)"cup");
	*usable = cup && cup != (char *)-1;
	del_curterm(cur_term);
	return true;
}

void terminfo_lean(void)
{
	const char *rmacs = tigetstr((char *)"rmacs");
	char *sgr0 = tigetstr((char *)"sgr0");
	size_t n, len;

	if (!rmacs || rmacs == (char *)-1 || !sgr0 || sgr0 == (char *)-1)
		return;
	n = strlen(rmacs);
	len = strlen(sgr0);
	if (!n || len <= n)
		return;
	/* In place: what curses itself uses can't be set from outside. */
	if (!strncmp(sgr0, rmacs, n))
		memmove(sgr0, sgr0 + n, len - n + 1);
	else if (!strcmp(sgr0 + len - n, rmacs))
		sgr0[len - n] = '\0';
}

void terminfo_add(struct text_buf *b, const char *capability)
{
	const char *s = tigetstr((char *)capability);

	if (!s || s == (char *)-1)
		return;
	while (*s) {
		/* Without padding: that is for the terminals of old. */
		const char *end = strncmp(s, "$<", 2) ? NULL : strchr(s, '>');

		if (end)
			s = end + 1;
		else
			text_buf_add_n(b, s++, 1);
	}
}
