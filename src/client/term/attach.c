/**
 * @file attach.c  Hold the terminal for the core
 *
 * A loop of its own, small: the terminal's keys, the core's messages, signals
 * and one timer. One frame is painted, then acknowledged.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "term_int.h"

/** What a core that does not read may have waiting before keys are lost. */
enum {
	OUT_MAX = 4 * 1024 * 1024,
	READ_SIZE = 65536,
	SETTLE_MS = 200, /**< for answers that are on their way when we leave */
	LOST_MS = 1000,	 /**< and after that they aren't */
};

struct attach {
	int fd, sigfd;
	struct screen *screen;
	struct keys *keys;
	struct text_buf in, out;
	struct selecting *selecting; /**< what is marked elsewhere, or NULL */
	struct frame_pixels pixels;  /**< of a cell, as the core knows it */
	uint64_t asked;		     /**< when the terminal was */
	bool left;		     /**< the loop is to end */
	int code;
	char *text; /**< what to say then, or NULL */
};

static void leave(struct attach *a, int code, const char *text)
{
	if (a->left)
		return;
	a->left = true;
	a->code = code;
	text_set(&a->text, text);
}

/* ---- to the core ------------------------------------------------------- */

static void core_ended(struct attach *a)
{
	char *log = path_state("core.log");
	char *text = text_printf(_("offhook's core has ended. What it said "
				   "last stands in %s."),
				 log ? log : "core.log");

	leave(a, TERM_EXIT_NO_CORE, text);
	free(text);
	free(log);
}

static void send_out(struct attach *a)
{
	ssize_t n;

	while (a->out.len && !a->left) {
		n = send(a->fd, a->out.buf, a->out.len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		/* The reason to leave may still be there to be read. */
		if (n < 0) {
			text_buf_reset(&a->out);
			return;
		}
		memmove(a->out.buf, a->out.buf + n, a->out.len - (size_t)n + 1);
		a->out.len -= (size_t)n;
	}
}

static void tell(struct attach *a, const struct frame_message *m)
{
	if (a->out.len > OUT_MAX || frame_encode(&a->out, m))
		return;
	send_out(a);
}

static void tell_number(struct attach *a, enum frame_type type, uint32_t n)
{
	struct frame_message m = {.type = type, .number = n};

	tell(a, &m);
}

static void tell_size(struct attach *a)
{
	struct frame_message m = {.type = FRAME_RESIZE};

	screen_size(a->screen, &m.size);
	tell(a, &m);
}

static void tell_pixels(struct attach *a)
{
	struct frame_message m = {.type = FRAME_PIXELS};

	screen_pixels(a->screen, &m.pixels);
	if (m.pixels.width == a->pixels.width &&
	    m.pixels.height == a->pixels.height)
		return;
	a->pixels = m.pixels;
	tell(a, &m);
}

static void key_handler(const struct frame_message *m, void *arg)
{
	tell(arg, m);
}

static void tell_hello(struct attach *a)
{
	struct frame_message m = {.type = FRAME_HELLO};
	const char *term = getenv("TERM");

	screen_hello(a->screen, &m.hello);
	m.hello.term = (char *)(term ? term : "");
	m.hello.program = (char *)OFFHOOK_VERSION;
	text_buf_add(&a->out, FRAME_MAGIC);
	if (frame_encode(&a->out, &m)) {
		/* Only the name of the terminal can be at fault. */
		m.hello.term = (char *)"";
		frame_encode(&a->out, &m);
	}
	send_out(a);
}

/* ---- what the terminal can --------------------------------------------- */

static void answer_handler(const char *answer, void *arg)
{
	struct attach *a = arg;

	screen_answer(a->screen, answer);
	if (screen_asking(a->screen))
		return;
	keys_ask(a->keys, 0, NULL, NULL);
	tell_pixels(a);
}

static void ask(struct attach *a)
{
	screen_ask(a->screen);
	if (!screen_asking(a->screen))
		return;
	a->asked = time_mono_ms();
	keys_ask(a->keys, PROBE_MS, answer_handler, a);
}

/* Who gets the terminal next is not to read answers that we have asked for. */
static void settle(struct attach *a)
{
	uint64_t until = time_mono_ms() + SETTLE_MS, now;
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char buf[4096];
	ssize_t n = 1;

	while (screen_asking(a->screen) && n > 0 &&
	       (now = time_mono_ms()) < until && now < a->asked + LOST_MS) {
		if (poll(&p, 1, (int)(until - now)) <= 0)
			return;
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n > 0)
			keys_feed(a->keys, buf, (size_t)n);
	}
}

/* ---- away for a while -------------------------------------------------- */

static void back(struct attach *a, uint32_t status)
{
	struct frame_size was, now;

	screen_size(a->screen, &was);
	screen_resume(a->screen);
	screen_size(a->screen, &now);
	if (was.rows != now.rows || was.columns != now.columns)
		tell_size(a);
	tell_pixels(a);
	tell_number(a, FRAME_RESUMED, status);
}

/* As ^Z does it: the whole job stops, the shell takes the terminal. */
static void suspend(struct attach *a)
{
	struct timespec none = {0};
	sigset_t stop, cont;

	settle(a);
	screen_suspend(a->screen);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	signal(SIGTSTP, SIG_DFL);
	kill(0, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	while (sigtimedwait(&cont, NULL, &none) > 0)
		;
	back(a, 0);
}

static int exit_status(int status)
{
	return WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* Wait for a child that has the terminal. It is in our process group: keys
 * that interrupt or stop it reach us too. */
static uint32_t wait_child(struct attach *a, pid_t pid)
{
	struct signalfd_siginfo si;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return (uint32_t)exit_status(status);
		if (got < 0 && errno != EINTR)
			return 127;
		if (read(a->sigfd, &si, sizeof(si)) != sizeof(si))
			continue;
		if (si.ssi_signo == SIGTSTP) {
			raise(SIGSTOP);
		} else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGHUP) {
			kill(pid, (int)si.ssi_signo);
			leave(a, 128 + (int)si.ssi_signo, NULL);
		}
	}
}

static void run(struct attach *a, struct frame_message *m)
{
	struct spawn_prm prm = {
		.argv = (const char *const *)m->strings,
		.stdin_fd = STDIN_FILENO,
		.stdout_fd = STDOUT_FILENO,
		.stderr_fd = STDERR_FILENO,
	};
	uint32_t status = 127;
	pid_t pid;

	settle(a);
	screen_suspend(a->screen);
	if (!spawn(&prm, &pid))
		status = wait_child(a, pid);
	back(a, status);
}

/* ---- from the core ----------------------------------------------------- */

static void on_welcome(struct attach *a, struct frame_message *m)
{
	char *text;

	if (m->welcome.version >= FRAME_VERSION_MIN &&
	    m->welcome.version <= FRAME_VERSION)
		return;
	text = text_printf(_("The core that runs is offhook %s, which this "
			     "offhook %s can't talk to. Quit it (kill %u), "
			     "then start offhook again."),
			   m->welcome.program, OFFHOOK_VERSION, m->welcome.pid);
	leave(a, TERM_EXIT_FAILED, text);
	free(text);
}

static void on_style(struct attach *a, struct frame_message *m)
{
	screen_style(a->screen, m->style.id, &m->style.look);
}

static void on_window(struct attach *a, struct frame_message *m)
{
	if (screen_window(a->screen, &m->window))
		leave(a, TERM_EXIT_FAILED, _("offhook: out of memory"));
}

static void on_window_gone(struct attach *a, struct frame_message *m)
{
	screen_window_gone(a->screen, m->number);
}

static void on_cells(struct attach *a, struct frame_message *m)
{
	screen_cells(a->screen, &m->cells);
}

static void on_cursor(struct attach *a, struct frame_message *m)
{
	screen_cursor(a->screen, &m->cursor);
}

static void on_image(struct attach *a, struct frame_message *m)
{
	screen_image(a->screen, &m->image);
}

static void on_image_gone(struct attach *a, struct frame_message *m)
{
	screen_image_gone(a->screen, m->number);
}

static void on_picture(struct attach *a, struct frame_message *m)
{
	screen_picture(a->screen, &m->picture);
}

static void on_flush(struct attach *a, struct frame_message *m)
{
	screen_flush(a->screen);
	tell_number(a, FRAME_ACK, m->number);
}

/* What draws nothing need not wait for a frame that may never come. */
static void on_bell(struct attach *a, struct frame_message *m)
{
	(void)m;
	screen_bell(a->screen);
	screen_flush(a->screen);
}

static void on_title(struct attach *a, struct frame_message *m)
{
	screen_title(a->screen, m->text);
	screen_flush(a->screen);
}

static void on_sequence(struct attach *a, struct frame_message *m)
{
	screen_sequence(a->screen, m->text);
	screen_flush(a->screen);
}

static void on_suspend(struct attach *a, struct frame_message *m)
{
	(void)m;
	suspend(a);
}

static void on_leave(struct attach *a, struct frame_message *m)
{
	leave(a, (int)m->leave.code, m->leave.text);
}

static void on_mode(struct attach *a, struct frame_message *m)
{
	screen_mode(a->screen, m->number);
	screen_flush(a->screen);
}

static void on_repaint(struct attach *a, struct frame_message *m)
{
	(void)m;
	screen_repaint(a->screen);
}

static void select_done(struct attach *a)
{
	struct frame_message m = {.type = FRAME_SELECTION};

	selecting_result(a->selecting, &m.selection);
	tell(a, &m);
	selecting_free(a->selecting);
	a->selecting = NULL;
}

/* Asked again, the first one has had its time. */
static void on_select(struct attach *a, struct frame_message *m)
{
	selecting_free(a->selecting);
	if (selecting_alloc(&a->selecting, m->text))
		a->selecting = NULL;
	else if (selecting_over(a->selecting))
		select_done(a);
}

static const struct {
	enum frame_type type;
	/** What it takes of the message it takes out. */
	void (*handle)(struct attach *a, struct frame_message *m);
} handlers[] = {
	{FRAME_CELLS, on_cells},     {FRAME_CURSOR, on_cursor},
	{FRAME_FLUSH, on_flush},     {FRAME_WINDOW, on_window},
	{FRAME_STYLE, on_style},     {FRAME_WINDOW_GONE, on_window_gone},
	{FRAME_WELCOME, on_welcome}, {FRAME_BELL, on_bell},
	{FRAME_TITLE, on_title},     {FRAME_SEQUENCE, on_sequence},
	{FRAME_SUSPEND, on_suspend}, {FRAME_RUN, run},
	{FRAME_LEAVE, on_leave},     {FRAME_MODE, on_mode},
	{FRAME_REPAINT, on_repaint}, {FRAME_SELECT, on_select},
	{FRAME_IMAGE, on_image},     {FRAME_IMAGE_GONE, on_image_gone},
	{FRAME_PICTURE, on_picture},
};

static void handle(struct attach *a, struct frame_message *m)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (handlers[i].type != m->type)
			continue;
		handlers[i].handle(a, m);
		return;
	}
}

static void handle_all(struct attach *a)
{
	size_t at = 0;

	while (at < a->in.len && !a->left) {
		const uint8_t *p = (const uint8_t *)a->in.buf + at;
		struct frame_message m;
		size_t used;
		int err = frame_decode(&m, p, a->in.len - at, &used);

		if (err == EAGAIN)
			break;
		if (!err) {
			handle(a, &m);
			frame_message_reset(&m);
		} else if (err != ENOSYS) {
			leave(a, TERM_EXIT_FAILED,
			      _("offhook's core sent what this offhook does "
				"not understand."));
		}
		at += used;
	}
	memmove(a->in.buf, a->in.buf + at, a->in.len - at + 1);
	a->in.len -= at;
}

static void core_ready(struct attach *a)
{
	char buf[READ_SIZE];
	ssize_t n = recv(a->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		core_ended(a);
		return;
	}
	text_buf_add_n(&a->in, buf, (size_t)n);
	if (a->in.err)
		leave(a, TERM_EXIT_FAILED, _("offhook: out of memory"));
	else
		handle_all(a);
}

/* ---- the terminal, signals --------------------------------------------- */

static void terminal_ready(struct attach *a)
{
	char buf[4096];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		leave(a, 128 + SIGHUP, NULL); /* it hung up */
	else
		keys_feed(a->keys, buf, (size_t)n);
}

static void signal_ready(struct attach *a)
{
	struct signalfd_siginfo si;

	if (read(a->sigfd, &si, sizeof(si)) != sizeof(si))
		return;
	switch (si.ssi_signo) {
	case SIGWINCH:
		if (screen_resized(a->screen))
			tell_size(a);
		tell_pixels(a);
		screen_flush(a->screen);
		break;
	case SIGCONT:
		/* A shell may have changed the terminal's modes. */
		back(a, 0);
		break;
	case SIGTSTP:
		suspend(a);
		break;
	case SIGCHLD:
		break;
	default:
		leave(a, 128 + (int)si.ssi_signo, NULL);
	}
}

static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static void loop(struct attach *a)
{
	while (!a->left) {
		struct pollfd p[4] = {
			{.fd = a->sigfd, .events = POLLIN},
			{.fd = a->fd,
			 .events =
				 (short)(POLLIN | (a->out.len ? POLLOUT : 0))},
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = selecting_fd(a->selecting), .events = POLLIN},
		};
		int n = poll(p, 4,
			     sooner(keys_wait(a->keys),
				    selecting_wait(a->selecting)));

		if (n < 0 && errno != EINTR)
			return;
		if (!keys_wait(a->keys) && !(n > 0 && p[2].revents))
			keys_expire(a->keys);
		if (a->selecting && selecting_step(a->selecting))
			select_done(a);
		if (n <= 0)
			continue;
		if (p[0].revents)
			signal_ready(a);
		if (p[2].revents && !a->left)
			terminal_ready(a);
		if ((p[1].revents & POLLOUT) && !a->left)
			send_out(a);
		if ((p[1].revents & ~POLLOUT) && !a->left)
			core_ready(a);
	}
}

static void block_signals(sigset_t *set, sigset_t *old)
{
	static const int ours[] = {SIGWINCH, SIGCONT, SIGTERM, SIGHUP,
				   SIGINT,   SIGQUIT, SIGTSTP, SIGCHLD};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		sigaddset(set, ours[i]);
	sigprocmask(SIG_BLOCK, set, old);
	signal(SIGPIPE, SIG_IGN);
}

/* The last line comes from the core: names in it were made safe there, bytes
 * were checked when it was decoded. */
static void say(const struct attach *a)
{
	if (!text_empty(a->text))
		fprintf(a->code ? stderr : stdout, "%s\n", a->text);
}

int term_attach(int fd, const struct term_prm *prm)
{
	struct attach a = {.fd = fd, .sigfd = -1, .code = TERM_EXIT_FAILED};
	sigset_t set, old;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		close(fd);
		fprintf(stderr, "%s\n",
			_("offhook: standard input and output must be a "
			  "terminal; `offhook status` and other commands need "
			  "none."));
		return TERM_EXIT_USAGE;
	}
	rescue_arm();
	block_signals(&set, &old);
	a.sigfd = signalfd(-1, &set, SFD_CLOEXEC);
	if (a.sigfd < 0) {
		text_set(&a.text, strerror(errno));
	} else if (!screen_open(&a.screen, prm, &a.text)) {
		if (!keys_alloc(&a.keys, screen_term(a.screen),
				screen_utf8(a.screen), key_handler, &a)) {
			tell_hello(&a);
			ask(&a);
			loop(&a);
			if (a.code <= 128)
				settle(&a);
		}
		keys_free(a.keys);
		screen_close(a.screen);
	}
	rescue_disarm();
	sigprocmask(SIG_SETMASK, &old, NULL);
	say(&a);
	if (a.sigfd >= 0)
		close(a.sigfd);
	close(fd);
	selecting_free(a.selecting);
	text_buf_reset(&a.in);
	text_buf_reset(&a.out);
	free(a.text);
	return a.code;
}
