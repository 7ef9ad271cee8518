/**
 * @file view.c  What all views do alike
 */
#include "tui_int.h"

int view_alloc(struct tui_view **vp, size_t size,
	       const struct view_class *class, struct tui_screen *s,
	       mem_destroy_h *destroy)
{
	struct tui_view *v = mem_zalloc(size, destroy);

	if (!v)
		return ENOMEM;
	v->class = class;
	v->screen = s;
	v->stale = true;
	*vp = v;
	return 0;
}

void view_dirty(struct tui_view *v)
{
	struct tui_screen *s = v->screen;
	uint32_t windows;
	unsigned i;

	windows = v == s->detail   ? WIN_BIT(WIN_DETAIL) | WIN_BIT(WIN_HINTS)
		  : v == s->search ? WIN_BIT(WIN_LIST) | WIN_BIT(WIN_HEADER) |
					     WIN_BIT(WIN_HINTS)
				   : WIN_BIT(WIN_LIST) | WIN_BIT(WIN_HINTS);
	/* Keys are about the call that is selected. */
	if (uc_call_count(screen_uc(s)))
		windows |= WIN_BIT(WIN_CALLS) | WIN_BIT(WIN_POPUP);
	for (i = 0; i < s->overlay_count; i++)
		if (s->overlays[i] == v)
			windows = WIN_BIT(WIN_DIALOG) | WIN_BIT(WIN_HINTS);
	screen_dirty(s, windows);
}

bool view_list_act(struct tui_view *v, enum act act)
{
	struct tui_list *l = &v->list;
	long page = l->rows > 2 ? (long)l->rows - 1 : 1;
	long steps;

	switch (act) {
	case ACT_UP:
		steps = -1;
		break;
	case ACT_DOWN:
		steps = 1;
		break;
	case ACT_PAGE_UP:
		steps = -page;
		break;
	case ACT_PAGE_DOWN:
		steps = page;
		break;
	case ACT_FIRST:
		steps = -(long)l->selected;
		break;
	case ACT_LAST:
		steps = (long)rows_count(l);
		break;
	default:
		return false;
	}
	rows_move(l, steps);
	view_dirty(v);
	screen_follow(v->screen);
	return true;
}

/* One click selects, one on what is selected acts. */
void view_list_click(struct tui_view *v, unsigned row)
{
	size_t i = rows_at(&v->list, row);

	if (i == (size_t)-1)
		return;
	if (i == v->list.selected) {
		screen_act(v->screen, ACT_ENTER);
		return;
	}
	if (rows_select(&v->list, i)) {
		view_dirty(v);
		screen_follow(v->screen);
	}
}

void view_changed(struct tui_view *v, uint32_t kind, bool of_app)
{
	if (!v ||
	    !((of_app ? v->class->app_changes : v->class->changes) & kind))
		return;
	v->stale = true;
	v->screen->unsettled = true;
	view_dirty(v);
}

void view_settle(struct tui_view *v)
{
	if (!v || !v->stale)
		return;
	v->stale = false;
	if (v->class->recalc)
		v->class->recalc(v);
	if (v->has_list)
		rows_sync(&v->list);
	view_dirty(v);
}
