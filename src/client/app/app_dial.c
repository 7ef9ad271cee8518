/**
 * @file app_dial.c  From what is typed to what is dialled (SPEC T5.6.2.18)
 */
#include <stdlib.h>
#include "app_int.h"

static bool smart(const struct app *a)
{
	return uc_account(a->uc)->mode == UC_MODE_SMART;
}

/** An extension of somebody that the model knows. */
static bool known_extension(const struct app *a, const char *number,
			    const struct uc_contact *c)
{
	size_t i;

	if (uc_contact_by_device(a->uc, number) ||
	    text_equal(number, app_voicemail_number(a)))
		return true;
	for (i = 0; c && i < c->number_count; i++)
		if (c->numbers[i].kind == UC_NUMBER_INTERNAL &&
		    !strcmp(c->numbers[i].number, number))
			return true;
	return false;
}

/** Feature codes and speed dials: only the system knows what they do. */
static bool is_code(const char *number)
{
	return strpbrk(number, "*#") != NULL;
}

/** Smart: the system would take it for an extension, which it may not be. */
static bool is_unknown(const struct app *a, const struct app_dial *d)
{
	return d->number[0] != '+' && !is_code(d->number) && smart(a) &&
	       !known_extension(a, d->number, d->contact);
}

int app_dial_preview(struct app *a, const char *text, struct app_dial *d)
{
	if (!d)
		return EINVAL;
	memset(d, 0, sizeof(*d));
	d->number = a && text ? proto_number_normalise(text) : NULL;
	if (!d->number)
		return EINVAL;
	d->shown = text_clean(text, (size_t)-1, TEXT_LINE_MAX);
	if (!d->shown) {
		app_dial_reset(d);
		return ENOMEM;
	}
	d->contact = mem_ref(uc_contact_by_number(a->uc, d->number));
	d->ask = is_unknown(a, d) &&
		 !strcmp(app_option_get(a, "dial_unknown"), "ask");
	return 0;
}

void app_dial_reset(struct app_dial *d)
{
	if (!d)
		return;
	free(d->number);
	free(d->shown);
	mem_deref(d->contact);
	memset(d, 0, sizeof(*d));
}

int app_dial_target(struct app *a, const char *text, enum dial_way way,
		    struct app_dial *d, struct app_sink *s)
{
	char *with;
	int err = app_dial_preview(a, text, d);

	if (err == EINVAL)
		return app_sink_fail(s, EINVAL,
				     _("\"%s\" is no number that can "
				       "be dialled."),
				     text);
	if (err)
		return err;
	if (way != DIAL_ASK)
		d->ask = false;
	else if (is_unknown(a, d) &&
		 !strcmp(app_option_get(a, "dial_unknown"), "external"))
		way = DIAL_EXTERNAL;
	if (way != DIAL_EXTERNAL || d->number[0] == '+')
		return 0;
	with = text_printf("%s%s", uc_dial_params(a->uc)->access, d->number);
	if (!with) {
		app_dial_reset(d);
		return ENOMEM;
	}
	free(d->number);
	d->number = with;
	return 0;
}

struct pending_dial {
	char *number;
};

static void pending_destructor(void *arg)
{
	struct pending_dial *p = arg;

	free(p->number);
}

static void chosen(struct app *a, size_t choice, void *arg)
{
	const struct pending_dial *p = arg;
	struct app_sink sink = {0};
	bool external = choice & 1;
	char *why = NULL;

	if (choice > 1) /* from now on */
		(void)app_option_set(a, "dial_unknown",
				     external ? "external" : "internal", true,
				     &why);
	free(why);
	if (app_dial_number(a, p->number,
			    external ? DIAL_EXTERNAL : DIAL_INTERNAL, &sink))
		uc_notice(a->uc, UC_NOTICE_ERROR, "%s",
			  sink.error.buf ? sink.error.buf : "");
	app_sink_reset(&sink);
}

static int ask(struct app *a, const char *number, struct app_sink *s)
{
	const struct app_choice choices[] = {
		{.label = (char *)_("Internal"), .key = (char *)"i"},
		{.label = (char *)_("External"), .key = (char *)"e"},
		{.label = (char *)_("Always internal"), .key = (char *)"I"},
		{.label = (char *)_("Always external"), .key = (char *)"E"},
	};
	struct question_prm prm = {
		.title = _("Dial"),
		.choices = choices,
		.choice_count = ARRAY_SIZE(choices),
		.h = chosen,
	};
	struct pending_dial *p;
	char *text;
	int err;

	p = mem_zalloc(sizeof(*p), pending_destructor);
	if (!p)
		return ENOMEM;
	p->number = strdup(number);
	prm.arg = p;
	text = text_printf(_("Is %s internal or external? An external number "
			     "gets the line access code in front."),
			   number);
	if (!text || !p->number) {
		free(text);
		mem_deref(p);
		return ENOMEM;
	}
	prm.text = text;
	/* Who dials again does not want to be asked for the number before. */
	app_questions_replace(a, chosen);
	err = app_question_ask(a, &prm);
	free(text);
	if (!err)
		app_sink_print(s,
			       _("offhook asks on its screen whether %s is "
				 "internal or external."),
			       number);
	return err;
}

int app_dial_number(struct app *a, const char *text, enum dial_way way,
		    struct app_sink *s)
{
	struct app_dial d;
	int err = app_dial_target(a, text, way, &d, s);

	if (err)
		return err;
	if (!app_carrier_available(a))
		err = app_sink_fail(s, ENOTSUP,
				    _("There is no phone to call "
				      "with now."));
	else if (d.ask)
		err = ask(a, d.number, s);
	else
		err = app_call_dial(a, d.number, s);
	app_dial_reset(&d);
	return err;
}
