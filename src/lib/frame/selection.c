/**
 * @file selection.c  Why what is marked elsewhere could not be read
 */
#include <offhook/base.h>
#include <offhook/frame.h>

char *frame_selection_reason(const struct frame_selection *s)
{
	switch (s->outcome) {
	case FRAME_SELECTED:
		return NULL;
	case FRAME_SELECTED_NOWHERE:
		return text_printf("%s",
				   _("There is nowhere to look for what is "
				     "marked: this terminal is neither in tmux "
				     "nor on a desktop."));
	case FRAME_SELECTED_NO_PROGRAM:
		return text_printf(_("To read what is marked, install %s."),
				   text_empty(s->text) ? "?" : s->text);
	case FRAME_SELECTED_LATE:
		return text_printf(
			"%s", _("What is marked did not come in time; mark it "
				"again."));
	default:
		return text_printf("%s", _("Nothing is marked."));
	}
}
