/**
 * @file selection.c  What is marked in tmux or on the desktop (T5.6.2.1)
 *
 * Programs of tmux and the desktop know it, and this process has the
 * environment that they need. A few of them are asked, one after another,
 * until one has something.
 *
 * Which of several selections is the newest, only tmux tells. So with "auto":
 * what is marked in its copy mode, or was copied there within a minute, comes
 * first, then what the desktop has, then whatever tmux has.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "term_int.h"

enum {
	LIMIT_MS = 3000,     /**< for all of it */
	OUTPUT_MAX = 65536,  /**< more is read no further */
	FRESH_MS = 60 * 1000 /**< a buffer of tmux that is news */
};

/** Steps, in the order of "auto". */
enum step {
	TMUX_MARKED, /**< is a pane in copy mode with something marked? */
	TMUX_COPY,   /**< make a buffer of that */
	TMUX_LIST,   /**< which buffer is the newest, how old? */
	TMUX_SHOW,
	WAYLAND_PRIMARY,
	WAYLAND_CLIPBOARD, /**< some compositors have nothing else */
	X11_PRIMARY,
	X11_PRIMARY_XSEL,
	X11_CLIPBOARD,
	TMUX_OLD,
	STEP_COUNT
};

enum { TMUX = 1, WAYLAND = 2, X11 = 4 };

struct selecting {
	unsigned places; /**< to look in */
	bool automatic;
	enum step step;
	pid_t pid; /**< of the program that runs, or 0 */
	int fd;
	uint64_t end_ms;
	struct text_buf out;
	char *pane, *buffer; /**< of tmux */
	char *text;
	const char *missing; /**< package of a program that is not there */
	bool late, over;
};

static const struct {
	unsigned place;
	const char *package; /**< that has the program */
	const char *const argv[8];
} steps[] = {
	[TMUX_MARKED] = {TMUX,
			 "tmux",
			 {"tmux", "list-panes", "-s", "-F",
			  "#{selection_present} #{pane_id}", NULL}},
	[TMUX_COPY] = {TMUX,
		       "tmux",
		       {"tmux", "send-keys", "-X", "-t", "",
			"copy-selection-no-clear", NULL}},
	[TMUX_LIST] = {TMUX,
		       "tmux",
		       {"tmux", "list-buffers", "-F",
			"#{buffer_created} #{buffer_name}", NULL}},
	[TMUX_SHOW] = {TMUX, "tmux", {"tmux", "show-buffer", "-b", "", NULL}},
	[WAYLAND_PRIMARY] = {WAYLAND,
			     "wl-clipboard",
			     {"wl-paste", "--primary", "--no-newline", "--type",
			      "text", NULL}},
	[WAYLAND_CLIPBOARD] = {WAYLAND,
			       "wl-clipboard",
			       {"wl-paste", "--no-newline", "--type", "text",
				NULL}},
	[X11_PRIMARY] = {X11,
			 "xclip",
			 {"xclip", "-o", "-selection", "primary", NULL}},
	[X11_PRIMARY_XSEL] = {X11, "xclip", {"xsel", "-o", "-p", NULL}},
	[X11_CLIPBOARD] = {X11,
			   "xclip",
			   {"xclip", "-o", "-selection", "clipboard", NULL}},
	[TMUX_OLD] = {TMUX, "tmux", {"tmux", "show-buffer", "-b", "", NULL}},
};

static bool has(const char *name)
{
	return !text_empty(getenv(name));
}

static unsigned places_of(const char *source)
{
	unsigned all = (has("TMUX") ? TMUX : 0) |
		       (has("WAYLAND_DISPLAY") ? WAYLAND : 0) |
		       (has("DISPLAY") ? X11 : 0);

	if (!strcmp(source, "tmux"))
		return all & TMUX;
	if (!strcmp(source, "wayland"))
		return all & WAYLAND;
	return strcmp(source, "x11") ? all : all & X11;
}

/* ---- one program ------------------------------------------------------- */

static void stop(struct selecting *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->pid <= 0)
		return;
	/* It has said all; or it says no more that is wanted. */
	kill(s->pid, SIGKILL);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
}

/* Names of panes and buffers go in where the table leaves a place. */
static int start(struct selecting *s)
{
	const char *argv[8];
	struct spawn_prm prm = {.argv = argv, .stdin_fd = -1, .stderr_fd = -1};
	int fds[2], err;

	for (size_t i = 0; i < 8; i++) {
		argv[i] = steps[s->step].argv[i];
		if (argv[i] && !*argv[i])
			argv[i] = s->step == TMUX_COPY ? s->pane : s->buffer;
		if (!argv[i])
			break;
	}
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return errno;
	prm.stdout_fd = fds[1];
	/* A program may take badly to a pipe that does not wait. */
	fcntl(fds[1], F_SETFL, 0);
	err = spawn(&prm, &s->pid);
	close(fds[1]);
	if (err) {
		s->pid = 0;
		close(fds[0]);
		return err;
	}
	s->fd = fds[0];
	return 0;
}

/* ---- what it said ------------------------------------------------------ */

/* "1 %3": a pane with something marked. */
static void find_marked(struct selecting *s)
{
	char *save = NULL;

	for (char *p = strtok_r(s->out.buf, "\n", &save); p && !s->pane;
	     p = strtok_r(NULL, "\n", &save))
		if (!strncmp(p, "1 %", 3))
			s->pane = strdup(p + 2);
}

/* "1790000000 buffer3", in seconds; the newest.
 * @return its age in ms, -1: there is none */
static int64_t find_newest(struct selecting *s)
{
	int64_t newest = -1, age;
	char *save = NULL;

	for (char *p = strtok_r(s->out.buf, "\n", &save); p;
	     p = strtok_r(NULL, "\n", &save)) {
		char *name;
		int64_t at = strtoll(p, &name, 10);

		if (at <= newest || *name != ' ' || !name[1])
			continue;
		newest = at;
		text_set(&s->buffer, name + 1);
	}
	if (newest < 0)
		return -1;
	age = time_wall_ms() - newest * 1000;
	return age < 0 ? 0 : age;
}

static void take_text(struct selecting *s)
{
	char *clean =
		text_clean_lines(s->out.buf, s->out.len, FRAME_SELECTION_MAX);

	if (clean && clean[strspn(clean, " \n")])
		s->text = clean;
	else
		free(clean);
}

/* @return the step after this one, which has ended */
static enum step after(struct selecting *s)
{
	int64_t age;

	if (s->out.buf && s->out.len) {
		switch (s->step) {
		case TMUX_MARKED:
			find_marked(s);
			return s->pane ? TMUX_COPY : TMUX_LIST;
		case TMUX_LIST:
			age = find_newest(s);
			if (age < 0)
				return WAYLAND_PRIMARY;
			return s->automatic && age > FRESH_MS ? WAYLAND_PRIMARY
							      : TMUX_SHOW;
		default:
			take_text(s);
		}
	}
	if (s->step == TMUX_MARKED)
		return TMUX_LIST;
	return s->text ? STEP_COUNT : s->step + 1;
}

/* Begin the next step that there is a place for. */
static void go_on(struct selecting *s, enum step next)
{
	for (; next < STEP_COUNT; next++) {
		int err;

		if (!(s->places & steps[next].place))
			continue;
		/* What these are about is found by others before them. */
		if ((next == TMUX_COPY && !s->pane) ||
		    ((next == TMUX_SHOW || next == TMUX_OLD) && !s->buffer))
			continue;
		s->step = next;
		text_buf_reset(&s->out);
		err = start(s);
		if (!err)
			return;
		/* xsel does as well, and is asked only where xclip is not. */
		if (next != X11_CLIPBOARD)
			s->missing = steps[next].package;
	}
	s->over = true;
}

static void ended(struct selecting *s)
{
	enum step next;

	stop(s);
	/* Of two programs for one thing, one is enough. */
	if (s->step == X11_PRIMARY_XSEL && s->missing &&
	    !strcmp(s->missing, "xclip"))
		s->missing = NULL;
	next = after(s);
	if (s->step == X11_PRIMARY && next == X11_PRIMARY_XSEL)
		next++;
	go_on(s, next);
}

/* ---- doors ------------------------------------------------------------- */

int selecting_alloc(struct selecting **sp, const char *source)
{
	struct selecting *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->fd = -1;
	source = source ? source : "auto";
	s->places = places_of(source);
	s->automatic = s->places & (WAYLAND | X11) && s->places & TMUX;
	s->end_ms = time_mono_ms() + LIMIT_MS;
	go_on(s, TMUX_MARKED);
	*sp = s;
	return 0;
}

int selecting_fd(const struct selecting *s)
{
	return s ? s->fd : -1;
}

int selecting_wait(const struct selecting *s)
{
	uint64_t now = time_mono_ms();

	if (!s || s->over)
		return -1;
	return now < s->end_ms ? (int)(s->end_ms - now) : 0;
}

bool selecting_over(const struct selecting *s)
{
	return !s || s->over;
}

bool selecting_step(struct selecting *s)
{
	char buf[4096];
	ssize_t n = 0;

	if (s->over)
		return true;
	if (time_mono_ms() >= s->end_ms) {
		s->late = s->over = true;
		stop(s);
		return true;
	}
	do {
		n = read(s->fd, buf, sizeof(buf));
		if (n > 0)
			text_buf_add_n(&s->out, buf, (size_t)n);
	} while ((n > 0 && s->out.len < OUTPUT_MAX && !s->out.err) ||
		 (n < 0 && errno == EINTR));
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	ended(s);
	return s->over;
}

void selecting_result(const struct selecting *s, struct frame_selection *r)
{
	r->text = s->text;
	if (s->text) {
		r->outcome = FRAME_SELECTED;
	} else if (!s->places) {
		r->outcome = FRAME_SELECTED_NOWHERE;
	} else if (s->late) {
		r->outcome = FRAME_SELECTED_LATE;
	} else if (s->missing) {
		r->outcome = FRAME_SELECTED_NO_PROGRAM;
		r->text = (char *)s->missing;
	} else {
		r->outcome = FRAME_SELECTED_NOTHING;
	}
}

void selecting_free(struct selecting *s)
{
	if (!s)
		return;
	stop(s);
	text_buf_reset(&s->out);
	free(s->pane);
	free(s->buffer);
	free(s->text);
	free(s);
}

char *selection_read(const char *source, char **whyp)
{
	struct frame_selection r = {0};
	struct selecting *s;
	char *text = NULL;

	if (selecting_alloc(&s, source)) {
		*whyp = NULL;
		return NULL;
	}
	while (!s->over) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};

		poll(&p, 1, selecting_wait(s));
		selecting_step(s);
	}
	selecting_result(s, &r);
	*whyp = frame_selection_reason(&r);
	if (!*whyp)
		text = strdup(r.text);
	selecting_free(s);
	return text;
}
