/**
 * @file terminal.c  Connections that are terminals
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_int.h"

#define LOG_MODULE "ctl"

static void send_message(struct ctl_terminal *t, const struct frame_message *m)
{
	struct text_buf b = {0};

	if (!frame_encode(&b, m))
		ctl_conn_send(t, b.buf, b.len);
	text_buf_reset(&b);
}

static void send_leave(struct ctl_terminal *t, const char *text)
{
	struct frame_message m = {.type = FRAME_LEAVE};

	m.leave.code = 1;
	m.leave.text = (char *)text;
	send_message(t, &m);
	ctl_conn_close(t);
}

static void welcome(struct ctl_terminal *t, const struct frame_hello *hello)
{
	struct frame_message m = {.type = FRAME_WELCOME};

	m.welcome.version =
		hello->version < FRAME_VERSION ? hello->version : FRAME_VERSION;
	m.welcome.pid = (uint32_t)getpid();
	m.welcome.program = (char *)OFFHOOK_VERSION;
	send_message(t, &m);
}

static void attach(struct ctl_terminal *t, const struct frame_hello *hello)
{
	struct ctl *c = t->ctl;
	int err;

	if (hello->version < FRAME_VERSION_MIN ||
	    hello->version_min > FRAME_VERSION) {
		char *text = text_printf(
			_("The core that runs is offhook %s, which offhook %s "
			  "can't talk to. Quit it (kill %d), then start "
			  "offhook again."),
			OFFHOOK_VERSION, hello->program, (int)getpid());

		send_leave(t, text);
		free(text);
		return;
	}
	welcome(t, hello);
	err = c->h.attach(t, hello, &t->screen, c->arg);
	if (err) {
		log_warn("terminal refused: %s", strerror(err));
		send_leave(t, _("offhook can't show itself on a further "
				"terminal; its log says more."));
		return;
	}
	t->attached = true;
	c->terminals++;
	log_info("terminal attached: %s, %ux%u, %u colours", hello->term,
		 hello->size.columns, hello->size.rows, hello->colours);
}

void ctl_terminal_gone(struct ctl_terminal *t)
{
	struct ctl *c = t->ctl;

	if (!t->attached)
		return;
	t->attached = false;
	c->terminals--;
	log_info("terminal gone");
	c->h.gone(t->screen);
	t->screen = NULL;
	if (!c->terminals)
		c->h.empty(c->arg);
}

static void handle(struct ctl_terminal *t, const struct frame_message *m)
{
	if (t->attached)
		t->ctl->h.input(t->screen, m);
	else if (m->type == FRAME_HELLO)
		attach(t, &m->hello);
	else
		ctl_conn_drop(t); /* not what a terminal begins with */
}

void ctl_terminal_input(struct ctl_terminal *t)
{
	size_t at = 0, used;

	while (at < t->in.len && !t->dead && !t->closing) {
		const uint8_t *p = (const uint8_t *)t->in.buf + at;
		struct frame_message m;
		int err = frame_decode(&m, p, t->in.len - at, &used);

		if (err == EAGAIN)
			break;
		if (!err) {
			/* What only the core says is no input. */
			if (m.type < FRAME_WELCOME &&
			    (m.type == FRAME_HELLO) != t->attached)
				handle(t, &m);
			else if (!t->attached)
				ctl_conn_drop(t);
			frame_message_reset(&m);
		} else if (err != ENOSYS) {
			log_warn("terminal dropped: %s",
				 err == EBADMSG ? "not understood"
						: strerror(err));
			ctl_conn_drop(t);
		}
		at += used;
	}
	if (!t->in.buf)
		return;
	memmove(t->in.buf, t->in.buf + at, t->in.len - at + 1);
	t->in.len -= at;
}
