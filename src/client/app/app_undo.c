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
	size_t i, n = 0;

	while (argv[n])
		n++;
	u.what = strdup(what);
	u.argv = calloc(n + 1, sizeof(*u.argv));
	for (i = 0; u.what && u.argv && i < n; i++)
		if (!(u.argv[i] = strdup(argv[i])))
			break;
	if (!u.what || !u.argv || i < n) {
		undo_reset(&u);
		return; /* it can't be taken back, that is all */
	}
	if (a->undo_count == UNDO_MAX) {
		undo_reset(&a->undo[0]);
		memmove(&a->undo[0], &a->undo[1], --a->undo_count * sizeof(u));
	}
	a->undo[a->undo_count++] = u;
}

void app_undo_close(struct app *a)
{
	while (a->undo_count)
		undo_reset(&a->undo[--a->undo_count]);
}
