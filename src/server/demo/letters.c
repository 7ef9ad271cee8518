/**
 * @file letters.c  A colleague who writes to you, and answers when you do
 */
#include "demo_int.h"

enum {
	READ_MS = 800, /**< until a message is looked at */
	ANSWER_MS = 2500,
	FIRST_S = 60,
	EVERY_S = 300,
	ANSWERS_MAX = 20, /**< that are thought about at once */
};

static const char writer[] = "203";

static const char *const begins[] = {
	"Where is the ladder?",
	"The new switch clicks beautifully. Come and listen!",
	"Coffee in ten minutes?",
	"The undertakers ask who has answered their calls.",
};
static const char *const answers[] = {
	"Good to know.",
	"I will look at it after lunch.",
	"Ask the undertakers.",
	"Step by step!",
};

/* A message that came to him. */
struct letter {
	struct le le;
	struct demo *demo;
	struct tmr tmr;
	int64_t id;
	bool read;
	char from[16];
};

static void letter_destructor(void *arg)
{
	struct letter *l = arg;

	tmr_cancel(&l->tmr);
	list_unlink(&l->le);
}

static void write_to(struct demo *d, const char *whom, const char *const *texts,
		     size_t count)
{
	char uid[40];
	const struct db_message_prm prm = {
		.from = writer,
		.to = whom,
		.uid = uid,
		.text = texts[rand_u32() % count],
	};

	re_snprintf(uid, sizeof(uid), "%08x%08x%08x", rand_u32(), rand_u32(),
		    rand_u32());
	db_message_send(d->db, &prm, NULL, NULL);
}

static void thought(void *arg)
{
	struct letter *l = arg;

	if (!l->read) {
		l->read = true;
		db_message_mark(l->demo->db, writer, &l->id, 1, NULL, NULL);
		tmr_start(&l->tmr, ANSWER_MS, thought, l);
		return;
	}
	write_to(l->demo, l->from, answers, ARRAY_SIZE(answers));
	mem_deref(l);
}

static void changed(uint32_t kind, const void *subject, void *arg)
{
	const struct db_message *m = subject;
	struct demo *d = arg;
	struct letter *l;

	(void)kind;
	if (strcmp(m->owner, writer) || m->outgoing || !m->id ||
	    agent_is_replaced(agent_find(d, writer)) ||
	    list_count(&d->letters) >= ANSWERS_MAX)
		return;
	l = mem_zalloc(sizeof(*l), letter_destructor);
	if (!l)
		return;
	l->demo = d;
	l->id = m->id;
	re_snprintf(l->from, sizeof(l->from), "%s", m->peer);
	list_append(&d->letters, &l->le, l);
	tmr_start(&l->tmr, READ_MS, thought, l);
}

static void due(void *arg)
{
	struct demo *d = arg;

	tmr_start(&d->letter_tmr, EVERY_S * 1000, due, d);
	if (!agent_is_replaced(agent_find(d, writer)))
		write_to(d, demo_user(), begins, ARRAY_SIZE(begins));
}

int letters_start(struct demo *d)
{
	int err = notify_subscribe(&d->letter_sub, db_notify(d->db),
				   DB_CHANGE_MESSAGE, changed, d);

	if (!err && !d->prm.quiet)
		tmr_start(&d->letter_tmr, FIRST_S * 1000, due, d);
	return err;
}

void letters_stop(struct demo *d)
{
	d->letter_sub = mem_deref(d->letter_sub);
	tmr_cancel(&d->letter_tmr);
	list_flush(&d->letters);
}
