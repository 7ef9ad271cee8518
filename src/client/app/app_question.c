/**
 * @file app_question.c  Questions that only the user can answer
 */
#include <stdlib.h>
#include "app_int.h"

struct question {
	struct le le;
	struct app_question q;
	uint32_t call;
	question_h *h;
	void *arg;
};

static void destructor(void *arg)
{
	struct question *q = arg;
	size_t i;

	list_unlink(&q->le);
	for (i = 0; i < q->q.choice_count; i++) {
		free(q->q.choices[i].label);
		free(q->q.choices[i].key);
	}
	free(q->q.choices);
	free(q->q.title);
	free(q->q.text);
	mem_deref(q->arg);
}

static int copy_choices(struct question *q, const struct question_prm *prm)
{
	size_t i;
	int err = 0;

	q->q.choices = calloc(prm->choice_count, sizeof(*q->q.choices));
	if (!q->q.choices)
		return ENOMEM;
	q->q.choice_count = prm->choice_count;
	for (i = 0; i < prm->choice_count && !err; i++) {
		err = text_set(&q->q.choices[i].label, prm->choices[i].label);
		if (!err)
			err = text_set(&q->q.choices[i].key,
				       prm->choices[i].key);
	}
	return err;
}

int app_question_ask(struct app *a, const struct question_prm *prm)
{
	struct question *q = mem_zalloc(sizeof(*q), destructor);
	int err;

	if (!q) {
		mem_deref(prm->arg);
		return ENOMEM;
	}
	q->arg = prm->arg;
	q->h = prm->h;
	q->call = prm->call;
	q->q.id = a->next_question++;
	q->q.safe = prm->safe;
	err = text_set(&q->q.title, prm->title);
	if (!err)
		err = text_set(&q->q.text, prm->text);
	if (!err)
		err = copy_choices(q, prm);
	if (err) {
		mem_deref(q);
		return err;
	}
	list_prepend(&a->questions, &q->le, q);
	app_tell(a, APP_CHANGE_QUESTION, NULL);
	return 0;
}

const struct app_question *app_question(const struct app *a)
{
	const struct question *q = list_ledata(a->questions.head);

	return q ? &q->q : NULL;
}

int app_question_answer(struct app *a, unsigned choice, struct app_sink *s)
{
	struct question *q = list_ledata(a->questions.head);

	if (!q)
		return app_sink_fail(s, ENOENT, _("There is no question now."));
	if (choice > q->q.choice_count)
		return app_sink_fail(s, EINVAL,
				     ngettext("There is %zu answer.",
					      "There are %zu answers.",
					      q->q.choice_count),
				     q->q.choice_count);
	list_unlink(&q->le);
	app_tell(a, APP_CHANGE_QUESTION, NULL);
	if (choice && q->h)
		q->h(a, choice - 1, q->arg);
	mem_deref(q);
	return 0;
}

static void forget(struct app *a, uint32_t call, question_h *h)
{
	struct le *le = a->questions.head;
	bool any = false;

	while (le) {
		struct question *q = le->data;

		le = le->next;
		if ((call && q->call == call) || (h && q->h == h)) {
			mem_deref(q);
			any = true;
		}
	}
	if (any)
		app_tell(a, APP_CHANGE_QUESTION, NULL);
}

void app_questions_forget(struct app *a, uint32_t call)
{
	forget(a, call, NULL);
}

void app_questions_replace(struct app *a, question_h *h)
{
	forget(a, 0, h);
}

void app_questions_close(struct app *a)
{
	while (a->questions.head)
		mem_deref(a->questions.head->data);
}

/** Do what was chosen; what comes of it is said on every screen. */
static void run_answer(struct app *a, const char *const *argv, size_t argc)
{
	struct app_sink sink = {0};

	if (app_run(a, argv, argc, APP_FROM_LINE, &sink))
		uc_notice(a->uc, UC_NOTICE_ERROR, "%s",
			  sink.error.buf ? sink.error.buf : "");
	else if (sink.text.buf)
		uc_notice(a->uc, UC_NOTICE_INFO, "%s", sink.text.buf);
	app_sink_reset(&sink);
}

/* ---- "are you sure" ---------------------------------------------------- */

struct confirmed {
	char **argv;
	size_t argc;
};

static void confirmed_destructor(void *arg)
{
	struct confirmed *c = arg;

	app_argv_free(c->argv);
}

static void confirmed_h(struct app *a, size_t choice, void *arg)
{
	const struct confirmed *c = arg;

	/* The asking row knows by the last word that it has been asked. */
	if (choice == 1)
		run_answer(a, (const char *const *)c->argv, c->argc);
}

/** Between leaving it and going on, which runs the command.
 *  @param special title, text, default, and the call that it is about */
static int confirm(struct app *a, const struct question_prm *special,
		   const char *no, const char *yes, const char *const *argv)
{
	const struct app_choice choices[] = {
		{.label = (char *)no, .key = (char *)"n"},
		{.label = (char *)yes, .key = (char *)"y"},
	};
	struct question_prm prm = *special;
	struct confirmed *c;

	c = mem_zalloc(sizeof(*c), confirmed_destructor);
	if (!c)
		return ENOMEM;
	c->argv = app_argv_copy(argv, &c->argc);
	if (!c->argv) {
		mem_deref(c);
		return ENOMEM;
	}
	prm.choices = choices;
	prm.choice_count = 2;
	prm.h = confirmed_h;
	prm.arg = c;
	return app_question_ask(a, &prm);
}

int app_question_confirm(struct app *a, const char *title, const char *text,
			 const char *yes, const char *const *argv)
{
	const struct question_prm prm = {.title = title, .text = text};

	return confirm(a, &prm, _("No"), yes, argv);
}

int app_question_propose(struct app *a, const struct uc_call *c,
			 const char *title, const char *text, const char *yes,
			 const char *const *argv)
{
	const struct question_prm prm = {
		.title = title, .text = text, .safe = 1, .call = c->id};

	return confirm(a, &prm, _("Stay"), yes, argv);
}

/* ---- which of them ----------------------------------------------------- */

struct picking {
	char **command;
	size_t words;
	char *values[APP_PICKS_MAX];
	size_t count;
};

static void picking_destructor(void *arg)
{
	struct picking *p = arg;

	for (size_t i = 0; i < p->count; i++)
		free(p->values[i]);
	app_argv_free(p->command);
}

static void picked_h(struct app *a, size_t choice, void *arg)
{
	const struct picking *p = arg;
	const char **argv;

	if (choice >= p->count)
		return;
	argv = calloc(p->words + 2, sizeof(*argv));
	for (size_t i = 0; argv && i < p->words; i++)
		argv[i] = p->command[i];
	if (argv)
		argv[p->words] = p->values[choice];
	if (argv)
		run_answer(a, argv, p->words + 1);
	free(argv);
}

int app_question_pick(struct app *a, const struct question_prm *special,
		      const char *const *command, const struct app_pick *picks,
		      size_t n, const char *none)
{
	static char digits[][2] = {"1", "2", "3", "4", "5", "6",
				   "7", "8", "9", "0", ""};
	struct app_choice choices[APP_PICKS_MAX + 1];
	struct question_prm prm = *special;
	struct picking *p;
	int err;

	if (n > APP_PICKS_MAX)
		return E2BIG;
	p = mem_zalloc(sizeof(*p), picking_destructor);
	if (!p)
		return ENOMEM;
	p->command = app_argv_copy(command, &p->words);
	err = p->command ? 0 : ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		err = text_set(&p->values[i], picks[i].value);
		p->count += !err;
		choices[i] =
			(struct app_choice){(char *)picks[i].label, digits[i]};
	}
	choices[n] = (struct app_choice){(char *)none, digits[n]};
	if (err) {
		mem_deref(p);
		return err;
	}
	prm.choices = choices;
	prm.choice_count = n + 1;
	prm.safe = n;
	prm.h = picked_h;
	prm.arg = p;
	return app_question_ask(a, &prm);
}

/* ---- what has to be typed ---------------------------------------------- */

void app_prompt(struct app *a, const char *line)
{
	app_tell(a, APP_CHANGE_PROMPT, line);
}
