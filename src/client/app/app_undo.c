/**
 * @file app_undo.c  What can be taken back: the command that does it
 */
#include <stdlib.h>
#include "app_int.h"

static void undo_reset(struct undo *u)
{
	free(u->what);
	app_argv_free(u->argv);
	memset(u, 0, sizeof(*u));
}

void app_undo_push(struct app *a, const char *what, const char *const *argv)
{
	struct undo u = {0};

	u.what = strdup(what);
	u.argv = app_argv_copy(argv, NULL);
	if (!u.what || !u.argv) {
		undo_reset(&u);
		return; /* it can't be taken back, that is all */
	}
	if (a->undo_count == UNDO_MAX) {
		undo_reset(&a->undo[0]);
		memmove(&a->undo[0], &a->undo[1], --a->undo_count * sizeof(u));
	}
	u.group = a->undo_group;
	a->undo[a->undo_count++] = u;
}

void app_undo_group(struct app *a, bool open)
{
	a->undo_group = open ? ++a->undo_groups : 0;
}

void app_undo_close(struct app *a)
{
	while (a->undo_count)
		undo_reset(&a->undo[--a->undo_count]);
}
