/**
 * @file term_attach.c  The attaching process on a terminal of ours
 *
 * Each test is the core at one end of a socket and the terminal at the other
 * end of a pty; between them runs the attaching process as a child.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include <offhook/base/system.h>
#include <offhook/client/term.h>
#include <offhook/frame.h>

enum { WAIT_MS = 20000 };

struct rig {
	int tty, slave; /**< the pty's two ends */
	int sock;	/**< the core's end; -1 once it is closed */
	pid_t pid;
	struct text_buf seen; /**< what came to the terminal */
	struct text_buf in;   /**< from the socket */
	struct termios before;
	struct frame_message m;
	uint32_t flush;
};

struct setup {
	unsigned rows, columns;
	const char *term, *locale, *colorterm, *no_color;
	struct term_prm prm;
};

static const struct setup plain = {.rows = 24,
				   .columns = 80,
				   .term = "xterm-256color",
				   .locale = "C.UTF-8"};

static void set_env(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void __attribute__((noreturn))
child(const struct setup *s, int slave, int sock)
{
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	/* Else a hang-up would not be one. */
	closefrom(sock + 1);
	set_env("TERM", s->term);
	set_env("COLORTERM", s->colorterm);
	set_env("NO_COLOR", s->no_color);
	unsetenv("LC_ALL");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	setlocale(LC_ALL, s->locale);
	exit(term_attach(sock, &s->prm));
}

static void start(struct rig *r, const struct setup *s)
{
	struct winsize ws = {.ws_row = (unsigned short)s->rows,
			     .ws_col = (unsigned short)s->columns};
	int socks[2];

	memset(r, 0, sizeof(*r));
	assert_int_equal(openpty(&r->tty, &r->slave, NULL, NULL, &ws), 0);
	assert_int_equal(tcgetattr(r->slave, &r->before), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, socks), 0);
	fflush(NULL);
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (!r->pid) {
		close(r->tty);
		close(socks[0]);
		child(s, r->slave, socks[1]);
	}
	close(socks[1]);
	r->sock = socks[0];
}

/* Take in whatever comes next from either side. @return false: time is up */
static bool pump(struct rig *r, uint64_t until)
{
	struct pollfd p[2] = {{.fd = r->tty, .events = POLLIN},
			      {.fd = r->sock, .events = POLLIN}};
	uint64_t now = time_mono_ms();
	char buf[65536];
	ssize_t n;

	if (now >= until)
		return false;
	poll(p, 2, (int)(until - now));
	if (p[0].revents) {
		n = read(r->tty, buf, sizeof(buf));
		if (n > 0)
			text_buf_add_n(&r->seen, buf, (size_t)n);
	}
	if (p[1].revents) {
		n = read(r->sock, buf, sizeof(buf));
		if (n > 0) {
			text_buf_add_n(&r->in, buf, (size_t)n);
		} else {
			close(r->sock);
			r->sock = -1;
		}
	}
	return true;
}

/* Wait for the next message; it must be of that type. */
static const struct frame_message *expect(struct rig *r, enum frame_type type)
{
	uint64_t until = time_mono_ms() + WAIT_MS;
	size_t used = 0;
	int err;

	frame_message_reset(&r->m);
	while ((err = frame_decode(&r->m, (uint8_t *)r->in.buf, r->in.len,
				   &used)) == EAGAIN)
		assert_true(pump(r, until));
	assert_int_equal(err, 0);
	memmove(r->in.buf, r->in.buf + used, r->in.len - used + 1);
	r->in.len -= used;
	if (r->m.type != type)
		print_error("message %d, not %d\n", r->m.type, type);
	assert_int_equal(r->m.type, type);
	return &r->m;
}

static const struct frame_hello *expect_hello(struct rig *r)
{
	uint64_t until = time_mono_ms() + WAIT_MS;

	while (r->in.len < 4)
		assert_true(pump(r, until));
	assert_memory_equal(r->in.buf, FRAME_MAGIC, 4);
	memmove(r->in.buf, r->in.buf + 4, r->in.len - 3);
	r->in.len -= 4;
	return &expect(r, FRAME_HELLO)->hello;
}

static bool saw(const struct rig *r, const char *s)
{
	return r->seen.len && memmem(r->seen.buf, r->seen.len, s, strlen(s));
}

static void expect_seen(struct rig *r, const char *s)
{
	uint64_t until = time_mono_ms() + WAIT_MS;

	while (!saw(r, s))
		if (!pump(r, until))
			fail_msg("never on the terminal: %s", s);
}

static void tell(struct rig *r, const struct frame_message *m)
{
	struct text_buf b = {0};

	assert_int_equal(frame_encode(&b, m), 0);
	assert_int_equal(write(r->sock, b.buf, b.len), b.len);
	text_buf_reset(&b);
}

static void tell_window(struct rig *r, uint32_t id, int row, int column,
			uint32_t rows, uint32_t columns, uint32_t z)
{
	tell(r, &(struct frame_message){
			FRAME_WINDOW,
			{.window = {id, row, column, rows, columns, z}}});
}

static void tell_cells(struct rig *r, uint32_t id, uint32_t row,
		       uint32_t column, uint32_t style, const char *text,
		       uint32_t repeat)
{
	tell(r, &(struct frame_message){FRAME_CELLS,
					{.cells = {id, row, column, style,
						   (char *)text, repeat}}});
}

/* Let it paint, and wait until it has. @return bytes that the terminal got */
static size_t flush(struct rig *r)
{
	uint64_t until = time_mono_ms() + WAIT_MS;
	size_t had = r->seen.len;
	char mark[32];

	tell(r, &(struct frame_message){FRAME_FLUSH, {.number = ++r->flush}});
	assert_int_equal(expect(r, FRAME_ACK)->number, r->flush);
	/* A sequence behind it shows that the terminal has got it all. */
	snprintf(mark, sizeof(mark), "\033]777;%u\033\\", r->flush);
	tell(r, &(struct frame_message){FRAME_SEQUENCE, {.text = mark}});
	while (!saw(r, mark))
		assert_true(pump(r, until));
	return r->seen.len - had - strlen(mark);
}

static void press(struct rig *r, const char *bytes, size_t len)
{
	assert_int_equal(write(r->tty, bytes, len), len);
}

static void expect_key(struct rig *r, const char *name)
{
	assert_string_equal(expect(r, FRAME_KEY)->key.name, name);
}

/* Wait for its end. @return what waitpid() says */
static int ended(struct rig *r)
{
	uint64_t until = time_mono_ms() + WAIT_MS;
	int status;

	while (waitpid(r->pid, &status, WNOHANG) == 0) {
		struct pollfd p = {.fd = r->tty, .events = POLLIN};
		char buf[4096];

		assert_true(time_mono_ms() < until);
		/* A little, for a child that is ending. */
		if (poll(&p, 1, 5) > 0) {
			ssize_t n = read(r->tty, buf, sizeof(buf));

			if (n > 0)
				text_buf_add_n(&r->seen, buf, (size_t)n);
		}
	}
	r->pid = 0;
	for (;;) {
		struct pollfd p = {.fd = r->tty, .events = POLLIN};
		char buf[4096];
		ssize_t n;

		if (poll(&p, 1, 0) <= 0)
			break;
		n = read(r->tty, buf, sizeof(buf));
		if (n <= 0)
			break;
		text_buf_add_n(&r->seen, buf, (size_t)n);
	}
	return status;
}

static void assert_restored(struct rig *r)
{
	struct termios now;

	assert_int_equal(tcgetattr(r->slave, &now), 0);
	assert_int_equal(now.c_lflag, r->before.c_lflag);
	assert_int_equal(now.c_iflag, r->before.c_iflag);
	assert_int_equal(now.c_oflag, r->before.c_oflag);
	assert_true(saw(r, "\033[?1049l"));
	assert_true(saw(r, "\033[?2004l"));
	assert_true(saw(r, "\033[?1004l"));
}

static void leave(struct rig *r, uint32_t code, const char *text)
{
	tell(r, &(struct frame_message){FRAME_LEAVE,
					{.leave = {code, (char *)text}}});
}

static void finish(struct rig *r)
{
	if (r->pid) {
		leave(r, 0, "");
		assert_int_equal(ended(r), 0);
	}
	frame_message_reset(&r->m);
	text_buf_reset(&r->seen);
	text_buf_reset(&r->in);
	if (r->sock >= 0)
		close(r->sock);
	close(r->tty);
	close(r->slave);
}

static void begin(struct rig *r, const struct setup *s)
{
	start(r, s);
	expect_hello(r);
	tell(r, &(struct frame_message){FRAME_WELCOME,
					{.welcome = {1, 99, (char *)"0"}}});
}

/* ---- tests ------------------------------------------------------------- */

static void test_hello_and_leave(void **state)
{
	struct setup s = plain;
	const struct frame_hello *h;
	struct rig r;
	int status;

	(void)state;
	s.rows = 50;
	s.columns = 132;
	start(&r, &s);
	h = expect_hello(&r);
	assert_int_equal(h->version, FRAME_VERSION);
	assert_int_equal(h->size.rows, 50);
	assert_int_equal(h->size.columns, 132);
	assert_int_equal(h->colours, 256);
	assert_int_equal(h->flags, 0);
	assert_string_equal(h->term, "xterm-256color");
	expect_seen(&r, "\033[?1049h");
	expect_seen(&r, "\033[?2004h");
	leave(&r, 3, "Not logged in.");
	status = ended(&r);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_restored(&r);
	assert_true(saw(&r, "Not logged in."));
	finish(&r);
}

static void test_paint(void **state)
{
	struct rig r;
	size_t bytes;

	(void)state;
	begin(&r, &plain);
	tell(&r,
	     &(struct frame_message){FRAME_STYLE,
				     {.style = {STYLE_OFFICE,
						{FRAME_COLOUR_RGB | 0x00af00,
						 -1, 2, -1, 0, 0}}}});
	tell(&r,
	     &(struct frame_message){FRAME_STYLE,
				     {.style = {STYLE_AWAY,
						{FRAME_COLOUR_RGB | 0xffaf00,
						 -1, 3, -1, 0, 0}}}});
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_cells(&r, 1, 2, 0, STYLE_FAINT, "─", 80);
	tell_cells(&r, 1, 5, 1, STYLE_OFFICE, "○", 1);
	tell_cells(&r, 1, 5, 3, STYLE_NORMAL, "Agner Erlang", 1);
	tell_cells(&r, 1, 5, 22, STYLE_OFFICE, "Office", 1);
	tell(&r,
	     &(struct frame_message){FRAME_CURSOR, {.cursor = {1, 5, 3, 1}}});
	flush(&r);
	assert_true(saw(&r, "Agner Erlang"));
	assert_true(saw(&r, "───"));
	/* the green of 256 that is nearest */
	assert_true(saw(&r, "38;5;34m"));
	/* Nothing changed: nothing is written. */
	assert_int_equal(flush(&r), 0);
	/* One presence. */
	tell_cells(&r, 1, 5, 22, STYLE_AWAY, "Lunch   → 13:30", 1);
	bytes = flush(&r);
	assert_in_range(bytes, 1, 59);
	assert_true(saw(&r, "→ 13:30"));
	/* A cursor that moves down by one. */
	tell(&r,
	     &(struct frame_message){FRAME_CURSOR, {.cursor = {1, 6, 3, 1}}});
	assert_in_range(flush(&r), 1, 10);
	finish(&r);
}

/* A window over another one, and away again. */
static void test_windows(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, &plain);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_cells(&r, 1, 10, 0, STYLE_NORMAL, "underneath it all", 1);
	tell_window(&r, 2, 10, 0, 1, 30, 5);
	tell_cells(&r, 2, 0, 0, STYLE_NORMAL, "pop-up", 1);
	flush(&r);
	assert_false(saw(&r, "underneath"));
	assert_true(saw(&r, "pop-up"));
	/* The lower one is changed where it can't be seen. */
	tell_cells(&r, 1, 10, 0, STYLE_NORMAL, "UNDER", 1);
	assert_int_equal(flush(&r), 0);
	tell(&r, &(struct frame_message){FRAME_WINDOW_GONE, {.number = 2}});
	flush(&r);
	assert_true(saw(&r, "UNDERneath it all"));
	/* Outside of the screen, on its edge, larger than it, unknown. */
	tell_window(&r, 3, 30, 90, 5, 5, 1);
	tell_window(&r, 4, -2, -2, 5, 5, 1);
	tell_cells(&r, 4, 2, 2, STYLE_NORMAL, "ABCDEFGH", 1);
	tell_window(&r, 5, 22, 70, 50, 200, 1);
	tell_cells(&r, 5, 0, 0, STYLE_NORMAL, "漢字漢字漢字", 1);
	tell_cells(&r, 77, 0, 0, STYLE_NORMAL, "nowhere", 1);
	tell_cells(&r, 1, 199, 0, STYLE_NORMAL, "too low", 1);
	flush(&r);
	assert_true(saw(&r, "ABC"));
	assert_false(saw(&r, "ABCD"));
	assert_true(saw(&r, "漢字漢字漢"));
	/* Back on the screen: what it held is there. */
	tell_window(&r, 4, 3, 10, 5, 5, 1);
	flush(&r);
	assert_true(saw(&r, "ABC"));
	finish(&r);
}

static void test_keys(void **state)
{
	static const struct {
		const char *bytes, *name;
	} keys[] = {
		{"a", "a"},
		{"A", "A"},
		{"ä", "ä"},
		{"漢", "漢"},
		{"\r", "Enter"},
		{"\t", "Tab"},
		{"\033[Z", "S-Tab"},
		{" ", "Space"},
		{"\177", "Backspace"},
		{"\004", "C-d"},
		{"\003", "C-c"},
		{"\032", "C-z"},
		{"\014", "C-l"},
		{"\033x", "M-x"},
		{"\033[A", "Up"},
		{"\033OA", "Up"},
		{"\033[1;5D", "C-Left"},
		{"\033[1;2C", "S-Right"},
		{"\033[H", "Home"},
		{"\033[F", "End"},
		{"\033[5~", "PageUp"},
		{"\033[6~", "PageDown"},
		{"\033[3~", "Delete"},
		{"\033[2~", "Insert"},
		{"\033OP", "F1"},
		{"\033[20~", "F9"},
		{"\033[24~", "F12"},
		{"\033", "Esc"},
		{"\033]", "M-]"},
		{"\033P", "M-P"},
		{"\033[", "M-["},
		{"\033[97;5u", "C-a"},
		{"?", "?"},
		{"\033\r", "M-Enter"},
		{"\033[1;3A", "M-Up"},
	};
	struct rig r;

	(void)state;
	begin(&r, &plain);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		press(&r, keys[i].bytes, strlen(keys[i].bytes));
		expect_key(&r, keys[i].name);
	}
	press(&r, "\0", 1);
	expect_key(&r, "C-Space");
	/* Many at once, in their order. */
	press(&r, "jk\033[B\033[Bx", 9);
	expect_key(&r, "j");
	expect_key(&r, "k");
	expect_key(&r, "Down");
	expect_key(&r, "Down");
	expect_key(&r, "x");
	finish(&r);
}

static void test_paste(void **state)
{
	static const char paste[] = "\033[200~quit\r\nf\xc3\xbc"
				    "r \033[31mall"
				    "\033[201~";
	struct rig r;
	char *big;

	(void)state;
	begin(&r, &plain);
	press(&r, paste, sizeof(paste) - 1);
	press(&r, "z", 1);
	assert_string_equal(expect(&r, FRAME_PASTE)->text, "quit\nfür [31mall");
	expect_key(&r, "z");
	/* The markers may come in pieces: cut it at each place. */
	for (size_t i = 1; i < sizeof(paste) - 1; i++) {
		struct frame_message m = {.type = FRAME_BELL};

		press(&r, paste, i);
		/* Not before the child has read the first piece: its answer
		 * to a key would come first. Time decides only inside of the
		 * marker that begins it. */
		if (i >= 6)
			tell(&r, &m);
		press(&r, paste + i, sizeof(paste) - 1 - i);
		assert_string_equal(expect(&r, FRAME_PASTE)->text,
				    "quit\nfür [31mall");
	}
	/* A long one comes in pieces that are whole characters. */
	big = malloc(600000 + 12);
	memcpy(big, "\033[200~", 6);
	for (size_t i = 0; i < 300000; i++)
		memcpy(big + 6 + 2 * i, "ü", 2);
	memcpy(big + 6 + 600000, "\033[201~", 6);
	{
		size_t at = 0, got = 0;
		uint64_t until = time_mono_ms() + WAIT_MS;

		fcntl(r.tty, F_SETFL, O_NONBLOCK);
		while (got < 600000) {
			ssize_t n = write(r.tty, big + at, 600012 - at);

			at += n > 0 ? (size_t)n : 0;
			if (at == 600012) {
				const char *s = expect(&r, FRAME_PASTE)->text;

				assert_null(strstr(s, "\xef\xbf\xbd"));
				got += strlen(s);
			} else {
				struct pollfd p = {.fd = r.tty,
						   .events = POLLOUT};

				poll(&p, 1, 100);
				assert_true(time_mono_ms() < until);
			}
		}
		assert_int_equal(got, 600000);
	}
	free(big);
	press(&r, "z", 1);
	expect_key(&r, "z");
	finish(&r);
}

/* What terminals answer is no key. */
static void test_answers(void **state)
{
	static const char *const answers[] = {
		"\033]11;rgb:0000/0000/0000\a", "\033]52;c;YWJj\033\\",
		"\033P1+r544e=787465726d\033\\", "\033P>|foot(1.13)\033\\",
		"\033[?62;4c"};
	struct rig r;

	(void)state;
	begin(&r, &plain);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		press(&r, answers[i], strlen(answers[i]));
		press(&r, "z", 1);
		expect_key(&r, "z");
	}
	/* One that never ends costs itself, not the keys for ever. */
	press(&r, "\033]11;rgb:00", 11);
	for (;;) {
		struct pollfd p = {.fd = r.sock, .events = POLLIN};

		press(&r, "y", 1);
		if (poll(&p, 1, 300) > 0)
			break;
	}
	expect_key(&r, "y");
	finish(&r);
}

static void test_mouse_and_focus(void **state)
{
	const struct frame_message *m;
	struct rig r;

	(void)state;
	begin(&r, &plain);
	assert_false(saw(&r, "\033[?1002h"));
	press(&r, "\033[I\033[O", 6);
	assert_int_equal(expect(&r, FRAME_FOCUS)->number, 1);
	assert_int_equal(expect(&r, FRAME_FOCUS)->number, 0);
	tell(&r,
	     &(struct frame_message){FRAME_MODE, {.number = FRAME_MODE_MOUSE}});
	expect_seen(&r, "\033[?1006h");
	press(&r, "\033[<0;10;5M", 10);
	m = expect(&r, FRAME_MOUSE);
	assert_int_equal(m->mouse.row, 4);
	assert_int_equal(m->mouse.column, 9);
	assert_int_equal(m->mouse.button, 1);
	assert_int_equal(m->mouse.event, 0);
	press(&r, "\033[<0;300;5m", 11);
	m = expect(&r, FRAME_MOUSE);
	assert_int_equal(m->mouse.column, 299);
	assert_int_equal(m->mouse.event, 2);
	press(&r, "\033[<65;1;1M", 10);
	assert_int_equal(expect(&r, FRAME_MOUSE)->mouse.button, 5);
	leave(&r, 0, "");
	assert_int_equal(ended(&r), 0);
	assert_true(saw(&r, "\033[?1002l"));
	finish(&r);
}

static void test_resize(void **state)
{
	struct winsize ws = {.ws_row = 10, .ws_col = 40};
	const struct frame_message *m;
	struct rig r;

	(void)state;
	begin(&r, &plain);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_cells(&r, 1, 0, 30, STYLE_NORMAL, "ABCDEFGHIJKLMNOPQRST", 1);
	flush(&r);
	ioctl(r.tty, TIOCSWINSZ, &ws);
	m = expect(&r, FRAME_RESIZE);
	assert_int_equal(m->size.rows, 10);
	assert_int_equal(m->size.columns, 40);
	ws.ws_row = 200;
	ws.ws_col = 500;
	text_buf_reset(&r.seen);
	ioctl(r.tty, TIOCSWINSZ, &ws);
	m = expect(&r, FRAME_RESIZE);
	assert_int_equal(m->size.rows, 200);
	assert_int_equal(m->size.columns, 500);
	/* What was cut off is there again. */
	expect_seen(&r, "ABCDEFGHIJKLMNOPQRST");
	/* Larger than is spoken of, and nearly nothing. */
	ws.ws_col = 900;
	ioctl(r.tty, TIOCSWINSZ, &ws);
	ws.ws_row = ws.ws_col = 1;
	ioctl(r.tty, TIOCSWINSZ, &ws);
	m = expect(&r, FRAME_RESIZE);
	assert_int_equal(m->size.rows, 1);
	flush(&r);
	finish(&r);
}

static void test_stop_and_continue(void **state)
{
	struct rig r;
	int status;

	(void)state;
	begin(&r, &plain);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_cells(&r, 1, 3, 3, STYLE_NORMAL, "still here", 1);
	flush(&r);
	kill(r.pid, SIGSTOP);
	assert_int_equal(waitpid(r.pid, &status, WUNTRACED), r.pid);
	assert_true(WIFSTOPPED(status));
	text_buf_reset(&r.seen);
	kill(r.pid, SIGCONT);
	expect(&r, FRAME_RESUMED);
	expect_seen(&r, "still here");
	/* As for ^Z: the terminal is given back first. */
	text_buf_reset(&r.seen);
	tell(&r, &(struct frame_message){.type = FRAME_SUSPEND});
	expect(&r, FRAME_RESUMED);
	expect_seen(&r, "\033[?1049l");
	expect_seen(&r, "still here");
	finish(&r);
}

static void test_run(void **state)
{
	char *argv[] = {(char *)"sh", (char *)"-c",
			(char *)"stty -a | grep -c -- -icanon; test -t 0 && "
				"printf 'ra%s' n; exit 7",
			NULL};
	char *missing[] = {(char *)"/nonexistent/editor", NULL};
	struct rig r;

	(void)state;
	begin(&r, &plain);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_cells(&r, 1, 3, 3, STYLE_NORMAL, "before", 1);
	flush(&r);
	text_buf_reset(&r.seen);
	tell(&r, &(struct frame_message){FRAME_RUN, {.strings = argv}});
	assert_int_equal(expect(&r, FRAME_RESUMED)->number, 7);
	expect_seen(&r, "before");
	assert_true(saw(&r, "0\r\nran"));
	tell(&r, &(struct frame_message){FRAME_RUN, {.strings = missing}});
	assert_int_equal(expect(&r, FRAME_RESUMED)->number, 127);
	press(&r, "z", 1);
	expect_key(&r, "z");
	finish(&r);
}

static void test_core_dies(void **state)
{
	struct rig r;
	int status;

	(void)state;
	begin(&r, &plain);
	expect_seen(&r, "\033[?1049h");
	close(r.sock);
	r.sock = -1;
	status = ended(&r);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), TERM_EXIT_NO_CORE);
	assert_restored(&r);
	assert_true(saw(&r, "core.log"));
	finish(&r);
}

static void test_core_talks_nonsense(void **state)
{
	struct rig r;
	int status;

	(void)state;
	begin(&r, &plain);
	assert_int_equal(write(r.sock, "\x7f\x02zz\x44\x03zzz", 9), 9);
	status = ended(&r);
	assert_int_equal(WEXITSTATUS(status), TERM_EXIT_FAILED);
	assert_restored(&r);
	finish(&r);
}

static void test_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGSEGV,
				      SIGABRT};

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct rig r;
		int status;

		begin(&r, &plain);
		tell_window(&r, 1, 0, 0, 24, 80, 0);
		flush(&r);
		kill(r.pid, signals[i]);
		status = ended(&r);
		/* Where it comes while we write, it ends us as such: a shell
		 * sees no difference. */
		if (WIFSIGNALED(status))
			assert_int_equal(WTERMSIG(status), signals[i]);
		else
			assert_int_equal(WEXITSTATUS(status), 128 + signals[i]);
		assert_restored(&r);
		finish(&r);
	}
}

/* A terminal that takes nothing: the process can still be ended. */
static void test_blocked_terminal(void **state)
{
	struct rig r;
	int status, n = 0;

	(void)state;
	begin(&r, &plain);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	flush(&r);
	/* Nobody reads the pty from here on: frames until no answer comes. */
	for (;;) {
		struct pollfd p = {.fd = r.sock, .events = POLLIN};
		char buf[256];

		for (uint32_t row = 0; row < 24; row++)
			tell_cells(&r, 1, row, 0, STYLE_NORMAL,
				   n % 2 ? "x" : "y", 80);
		tell(&r, &(struct frame_message){FRAME_FLUSH, {.number = 1}});
		n++;
		if (poll(&p, 1, 1000) <= 0)
			break;
		assert_true(read(r.sock, buf, sizeof(buf)) > 0);
	}
	kill(r.pid, SIGTERM);
	assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
	r.pid = 0;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	finish(&r);
}

static void paint_looks(struct rig *r)
{
	tell(r, &(struct frame_message){
			FRAME_STYLE,
			{.style = {STYLE_OFFICE,
				   {FRAME_COLOUR_RGB | 0x5faf5f, -1, 10, -1, 0,
				    FRAME_UNDERLINE}}}});
	tell_window(r, 1, 0, 0, 24, 80, 0);
	tell_cells(r, 1, 0, 0, STYLE_NORMAL, "├──┤ ○╳◇◆▷◐●· ‖ Grüße…", 1);
	tell_cells(r, 1, 1, 0, STYLE_OFFICE, "Office", 1);
	flush(r);
}

static void test_ascii(void **state)
{
	struct setup s = plain;
	struct rig r;

	(void)state;
	for (int i = 0; i < 2; i++) {
		s.prm.ascii = i == 1;
		s.locale = i == 1 ? "C.UTF-8" : "C";
		start(&r, &s);
		assert_int_equal(expect_hello(&r)->flags, FRAME_HELLO_ASCII);
		paint_looks(&r);
		/* The table of lamps. */
		assert_true(saw(&r, "+--+ ox?!>=#. | Grusse.") ||
			    saw(&r, "+--+ ox?!>=#. | Gruse."));
		finish(&r);
	}
}

static void test_colours(void **state)
{
	static const struct {
		const char *term, *colorterm, *no_color;
		enum term_colour colour;
		uint32_t colours;
		const char *sgr;
	} rows[] = {
		{"xterm-256color", NULL, NULL, TERM_COLOUR_AUTO, 256,
		 "38;5;71m"},
		{"xterm-256color", NULL, "1", TERM_COLOUR_AUTO, 0, "0;4m"},
		{"xterm-256color", NULL, "", TERM_COLOUR_AUTO, 256, "38;5;71m"},
		{"xterm-256color", NULL, "1", TERM_COLOUR_256, 256, "38;5;71m"},
		{"xterm-256color", NULL, NULL, TERM_COLOUR_16, 16, "\033[92m"},
		{"xterm-256color", NULL, NULL, TERM_COLOUR_8, 8, "32m"},
		{"xterm-256color", NULL, NULL, TERM_COLOUR_NEVER, 0, "0;4m"},
		{"xterm", NULL, NULL, TERM_COLOUR_AUTO, 8, "32m"},
		{"linux", NULL, NULL, TERM_COLOUR_AUTO, 8, "32m"},
		{"vt100", NULL, NULL, TERM_COLOUR_AUTO, 0, "0;4m"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct setup s = plain;
		struct rig r;

		s.term = rows[i].term;
		s.colorterm = rows[i].colorterm;
		s.no_color = rows[i].no_color;
		s.prm.colour = rows[i].colour;
		start(&r, &s);
		assert_int_equal(expect_hello(&r)->colours, rows[i].colours);
		paint_looks(&r);
		if (!saw(&r, rows[i].sgr))
			fail_msg("%zu: no %s in %s", i, rows[i].sgr,
				 strstr(r.seen.buf, "Gr"));
		finish(&r);
	}
}

/* -direct entries come with ncurses-term; without, it is 256. */
static void test_true_colour(void **state)
{
	struct setup s = plain;
	struct rig r;
	uint32_t colours;

	(void)state;
	s.colorterm = "truecolor";
	start(&r, &s);
	colours = expect_hello(&r)->colours;
	paint_looks(&r);
	if (colours == 1 << 24) {
		assert_true(saw(&r, "38:2::95:175:95m"));
	} else {
		assert_int_equal(colours, 256);
		assert_true(saw(&r, "38;5;71m"));
	}
	finish(&r);
}

static void test_odd_terminals(void **state)
{
	struct setup s = plain;
	struct rig r;
	int status;

	(void)state;
	s.term = "nobody-knows-it";
	begin(&r, &s);
	expect_seen(&r, "nobody-knows-it");
	expect_seen(&r, "\033[?1049h");
	finish(&r);
	s.term = "dumb";
	start(&r, &s);
	status = ended(&r);
	assert_int_equal(WEXITSTATUS(status), TERM_EXIT_FAILED);
	assert_true(saw(&r, "dumb"));
	assert_false(saw(&r, "\033["));
	finish(&r);
	s.term = NULL;
	begin(&r, &s);
	finish(&r);
}

static void test_title_and_bell(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, &plain);
	tell(&r,
	     &(struct frame_message){FRAME_TITLE, {.text = (char *)"Emma"}});
	expect_seen(&r, "\033[22;2t\033]2;Emma\033\\");
	tell(&r, &(struct frame_message){.type = FRAME_BELL});
	expect_seen(&r, "\a");
	leave(&r, 0, "");
	assert_int_equal(ended(&r), 0);
	assert_true(saw(&r, "\033[23;2t"));
	finish(&r);
}

/* Wide characters, flags, joined emoji, marks: columns stay what they are. */
static void test_wide(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, &plain);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_cells(&r, 1, 0, 0, STYLE_NORMAL,
		   "漢字|e\xcc\x81|👍🏽|🇩🇪|👩‍🚀|❤️|", 1);
	tell_cells(&r, 1, 1, 78, STYLE_NORMAL, "漢", 1);
	tell_cells(&r, 1, 1, 79, STYLE_NORMAL, "漢", 1);
	flush(&r);
	assert_true(saw(&r, "漢字|e\xcc\x81|"));
	/* Half a wide one is overwritten, then all of it. */
	tell_cells(&r, 1, 0, 0, STYLE_NORMAL, " x", 1);
	flush(&r);
	assert_true(saw(&r, "x"));
	finish(&r);
}

/* ---- images ------------------------------------------------------------ */

static const char WHO[] = "\033[>q\033[16t\033[c";

static void press_all(struct rig *r, const char *bytes)
{
	press(r, bytes, strlen(bytes));
}

/* As kitty answers, up to its cells' size. */
static void become_kitty(struct rig *r)
{
	const struct frame_message *m;

	expect_seen(r, WHO);
	press_all(r, "\033P>|kitty(0.35.2)\033\\\033[6;18;9t\033[?62;c");
	expect_seen(r, "\033_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\033\\");
	press_all(r, "\033_Gi=1;OK\033\\\033[?62;c");
	m = expect(r, FRAME_PIXELS);
	assert_int_equal(m->pixels.width, 9);
	assert_int_equal(m->pixels.height, 18);
}

static void tell_image(struct rig *r, uint32_t id, uint32_t rows,
		       uint32_t columns)
{
	static uint8_t rgb[] = {255, 0, 0, 0, 255, 0};

	tell(r,
	     &(struct frame_message){
		     FRAME_IMAGE,
		     {.image = {id, rows, columns, 2, 1, {rgb, sizeof(rgb)}}}});
}

static void tell_picture(struct rig *r, uint32_t window, uint32_t image,
			 uint32_t row, uint32_t column)
{
	tell(r,
	     &(struct frame_message){
		     FRAME_PICTURE, {.picture = {window, image, row, column}}});
}

static void test_kitty(void **state)
{
	static const char top[] = "\xf4\x8e\xbb\xae\xcc\x85\xcc\x85"
				  "\xf4\x8e\xbb\xae\xcc\x85\xcc\x8d";
	struct rig r;

	(void)state;
	begin(&r, &plain);
	become_kitty(&r);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_cells(&r, 1, 4, 9, STYLE_NORMAL, "(cells)", 1);
	tell_image(&r, 7, 2, 2);
	tell_picture(&r, 1, 7, 4, 10);
	flush(&r);
	expect_seen(&r, "\033_Ga=t,t=d,f=24,s=2,v=1,i=16,q=2,m=0;/wAAAP8A\033\\"
			"\033_Ga=p,U=1,i=16,c=2,r=2,q=2\033\\");
	expect_seen(&r, "38;5;16m");
	expect_seen(&r, top);
	assert_false(saw(&r, "(cells)"));
	/* The cells are there as soon as it is gone, and it is freed. */
	text_buf_reset(&r.seen);
	tell(&r, &(struct frame_message){FRAME_IMAGE_GONE, {.number = 7}});
	flush(&r);
	expect_seen(&r, "a=d,d=I,i=16,q=2");
	assert_true(saw(&r, "ce"));
	/* Another one has another number; it is freed at the end. */
	tell_image(&r, 7, 2, 2);
	flush(&r);
	expect_seen(&r, "i=17,q=2,m=0");
	/* Away for a while, it is freed, and sent again. */
	text_buf_reset(&r.seen);
	tell(&r, &(struct frame_message){.type = FRAME_SUSPEND});
	expect(&r, FRAME_RESUMED);
	expect_seen(&r, "i=17,q=2,m=0");
	assert_true(strstr(r.seen.buf, "a=d,d=I,i=17,q=2") <
		    strstr(r.seen.buf, "\033[?1049l"));
	assert_true(saw(&r, top));
	text_buf_reset(&r.seen);
	leave(&r, 0, "");
	assert_int_equal(ended(&r), 0);
	assert_true(saw(&r, "a=d,d=I,i=17,q=2"));
	assert_restored(&r);
	finish(&r);
}

/* Whatever the core says of images: none is drawn where none can be. */
static void test_odd_images(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, &plain);
	become_kitty(&r);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_window(&r, 2, 20, 76, 8, 8, 1);
	/* in no window; none; beyond the window; larger than it */
	tell_image(&r, 1, 2, 2);
	tell_picture(&r, 9, 1, 0, 0);
	tell_picture(&r, 1, 99, 0, 0);
	tell_picture(&r, 1, 1, 23, 79);
	tell_picture(&r, 1, 1, 199, 499);
	tell_image(&r, 2, 30, 30);
	tell_picture(&r, 2, 2, 0, 0);
	flush(&r);
	assert_false(saw(&r, "\xf4\x8e\xbb\xae"));
	/* half of it outside of the screen; then in a window that shrinks */
	tell_image(&r, 3, 6, 6);
	tell_picture(&r, 2, 3, 1, 1);
	flush(&r);
	assert_true(saw(&r, "\xf4\x8e\xbb\xae"));
	tell_window(&r, 2, 20, 70, 2, 2, 1);
	text_buf_reset(&r.seen);
	tell(&r, &(struct frame_message){.type = FRAME_REPAINT});
	flush(&r);
	assert_false(saw(&r, "\xf4\x8e\xbb\xae"));
	/* more than are kept */
	for (uint32_t id = 1; id < 3 * FRAME_IMAGES_MAX; id++)
		tell_image(&r, id, 1, 1);
	for (uint32_t id = 0; id < 4 * FRAME_IMAGES_MAX; id++)
		tell(&r, &(struct frame_message){FRAME_IMAGE_GONE,
						 {.number = id + 1}});
	flush(&r);
	finish(&r);
}

/* Killed in the middle: what the terminal keeps goes, too. */
static void test_rescue_of_images(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, &plain);
	become_kitty(&r);
	tell_window(&r, 1, 0, 0, 24, 80, 0);
	tell_image(&r, 1, 2, 2);
	flush(&r);
	kill(r.pid, SIGSEGV);
	ended(&r);
	assert_true(saw(&r, "\033_Ga=d,d=R,x=16,y=255,q=2\033\\"));
	assert_restored(&r);
	finish(&r);
}

/* Nobody waits for an answer: keys are keys before, between and without. */
static void test_unanswered(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, &plain);
	expect_seen(&r, WHO);
	press_all(&r, "a\033[Ab");
	expect_key(&r, "a");
	expect_key(&r, "Up");
	expect_key(&r, "b");
	press_all(&r, "\033P>|kitty(0.35.2)\033\\c\033[?6");
	expect_key(&r, "c");
	press_all(&r, "2;cd");
	expect_key(&r, "d");
	expect_seen(&r, "a=q");
	press_all(&r, "e\033[?62;cf");
	expect_key(&r, "e");
	expect_key(&r, "f");
	assert_false(saw(&r, "a=t"));
	finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hello_and_leave),
		cmocka_unit_test(test_paint),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_paste),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_mouse_and_focus),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_stop_and_continue),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_core_dies),
		cmocka_unit_test(test_core_talks_nonsense),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_blocked_terminal),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_true_colour),
		cmocka_unit_test(test_odd_terminals),
		cmocka_unit_test(test_title_and_bell),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_kitty),
		cmocka_unit_test(test_odd_images),
		cmocka_unit_test(test_rescue_of_images),
		cmocka_unit_test(test_unanswered),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
