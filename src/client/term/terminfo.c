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
