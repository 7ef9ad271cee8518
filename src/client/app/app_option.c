/**
 * @file app_option.c  The option table
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

const char app_codecs[] = "opus G722 PCMA PCMU";

static const char *const languages[] = {"en", "de", NULL};
static const char *const popups[] = {"always", "5s",	"10s",
				     "unseen", "never", NULL};
static const char *const dial_choices[] = {"ask", "internal", "external", NULL};
static const char *const date_formats[] = {"iso", "dmy", "mdy", NULL};
static const char *const encryptions[] = {"off", "if-possible", "required",
					  NULL};
static const char *const rings[] = {"all", "phone", "none", NULL};

/** A wrong one is what a person sees day after day: refuse it at once. */
static const char *check_format(const char *value)
{
	size_t open = 0;

	for (; *value; value++) {
		if (value[0] == '#' && value[1] == '{')
			open++;
		else if (*value == '}' && open)
			open--;
	}
	return open ? _("A \"#{\" has no \"}\".") : NULL;
}

static const char *check_number(const char *value)
{
	return value[strspn(value, "0123456789*#")]
		       ? _("Digits only, as on the desk phone.")
		       : NULL;
}

const struct app_option app_option_rows[] = {
	{.name = "language",
	 .type = APP_OPTION_CHOICE,
	 .choices = languages,
	 .initial = "en",
	 .text = N_("Language of the program.")},
	{.name = "date_format",
	 .type = APP_OPTION_CHOICE,
	 .choices = date_formats,
	 .initial = "iso",
	 .text = N_("How dates are written: iso 2026-12-24, dmy 24.12.2026, "
		    "mdy 12/24/2026.")},
	{.name = "popup",
	 .type = APP_OPTION_CHOICE,
	 .choices = popups,
	 .initial = "always",
	 .text = N_("When a ringing call shows a pop-up: always, for 5 or 10 "
		    "seconds from the first ring, only while the view is "
		    "reduced or the terminal has no focus (unseen), never.")},
	{.name = "voip",
	 .type = APP_OPTION_FLAG,
	 .initial = "off",
	 .text = N_("Use the built-in phone for calls.")},
	{.name = "audio_input",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .text = N_("Microphones of the built-in phone in the order of "
		    "preference, with commas between them, as the command "
		    "devices lists them; also auto, none and file:PATH. The "
		    "best one that works is used, also when it is plugged in "
		    "during a call. Empty: what the system has chosen.")},
	{.name = "audio_output",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .text = N_("Where the built-in phone is heard, likewise. Empty: what "
		    "the system has chosen.")},
	{.name = "ringer",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .text = N_("Where the built-in phone rings, likewise. Empty: where "
		    "it is heard.")},
	{.name = "import_max",
	 .type = APP_OPTION_NUMBER,
	 .min = 1,
	 .max = 4096,
	 .initial = "64",
	 .unit = N_("MB"),
	 .text = N_("The largest file from which contacts are imported.")},
	{.name = "input_volume",
	 .type = APP_OPTION_NUMBER,
	 .max = 150,
	 .initial = "100",
	 .unit = N_("percent"),
	 .text = N_("How loud the others hear you in calls of the built-in "
		    "phone; 100 is what the microphone gives.")},
	{.name = "output_volume",
	 .type = APP_OPTION_NUMBER,
	 .max = 150,
	 .initial = "100",
	 .unit = N_("percent"),
	 .text = N_("How loud you hear them.")},
	{.name = "ringer_volume",
	 .type = APP_OPTION_NUMBER,
	 .max = 150,
	 .initial = "100",
	 .unit = N_("percent"),
	 .text = N_("How loud the built-in phone rings.")},
	{.name = "codecs",
	 .type = APP_OPTION_TEXT,
	 .initial = app_codecs,
	 .text = N_("Codecs of the built-in phone, the best first: opus, G722, "
		    "PCMA, PCMU.")},
	{.name = "encryption",
	 .type = APP_OPTION_CHOICE,
	 .choices = encryptions,
	 .initial = "if-possible",
	 .text = N_("Whether the built-in phone encrypts what is said (SRTP): "
		    "off, if the other side can (if-possible), or calls "
		    "without it are refused (required).")},
	{.name = "echo_cancelling",
	 .type = APP_OPTION_FLAG,
	 .initial = "on",
	 .text = N_("Remove from what you say what your loudspeaker plays.")},
	{.name = "noise_suppression",
	 .type = APP_OPTION_FLAG,
	 .initial = "on",
	 .text = N_("Remove from what you say the noise that is always "
		    "there.")},
	{.name = "gain_control",
	 .type = APP_OPTION_FLAG,
	 .initial = "off",
	 .text = N_("Lift your voice when you speak quietly.")},
	{.name = "ring",
	 .type = APP_OPTION_CHOICE,
	 .choices = rings,
	 .initial = "all",
	 .text = N_("Which calls make the built-in phone ring: all, only when "
		    "no other call is on (phone), none.")},
	{.name = "dial_unknown",
	 .type = APP_OPTION_CHOICE,
	 .choices = dial_choices,
	 .initial = "ask",
	 .text = N_("A number that is neither canonical nor a known extension "
		    "is internal, external, or the program asks (UC Smart).")},
	{.name = "voicemail_number",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .check = check_number,
	 .text = N_("Number of the voicemail, as it is dialled on the desk "
		    "phone, for a server that does not say it. Empty: what "
		    "the server says.")},
	{.name = "state_forwarding",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .check = app_away_check,
	 .text = N_("Where calls go in which state, as lunch=203 "
		    "vacation=voicemail, for a server that can forward your "
		    "phone but keeps no such list. The command forward-state "
		    "writes it.")},
	{.name = "confirm_links",
	 .type = APP_OPTION_FLAG,
	 .initial = "on",
	 .text = N_("Ask before the number of a link is called.")},
	{.name = "open_links",
	 .type = APP_OPTION_FLAG,
	 .initial = "off",
	 .text = N_("Always use this program for the tel, callto and sip links "
		    "of the desktop. Switched off, it stays what the desktop "
		    "has until that is changed there.")},
	{.name = "failed_call",
	 .type = APP_OPTION_DURATION,
	 .min = 1,
	 .max = 60,
	 .initial = "5s",
	 .unit = N_("seconds"),
	 .text = N_("How long a call that failed stays on the screen.")},
	{.name = "confirm_quit",
	 .type = APP_OPTION_FLAG,
	 .initial = "on",
	 .text = N_("Ask before quitting while a call is on.")},
	{.name = "status_format",
	 .type = APP_OPTION_TEXT,
	 .initial = "#{presence}#{?missed, missed #{missed},}"
		    "#{?voice, voice #{voice},}"
		    "#{?call, #{call} #{call_clock},}",
	 .check = check_format,
	 .text = N_("What the command status prints when it is given no "
		    "format of its own.")},
	ROWS_END};

static struct option_value *value_of(const struct app *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->option_count; i++)
		if (!strcmp(a->options[i].row->name, name))
			return &a->options[i];
	return NULL;
}

size_t app_option_count(const struct app *a)
{
	return a->option_count;
}

const struct app_option *app_option_at(const struct app *a, size_t i)
{
	return i < a->option_count ? a->options[i].row : NULL;
}

const struct app_option *app_option_find(const struct app *a, const char *name)
{
	const struct option_value *v = name ? value_of(a, name) : NULL;

	return v ? v->row : NULL;
}

/** Rows get their first values; then what was set too early for them. */
static int add_rows(struct app *a, const struct app_option *rows)
{
	struct option_value *all;
	size_t i, n = 0;

	while (rows[n].name)
		n++;
	all = realloc(a->options, (a->option_count + n) * sizeof(*all));
	if (!all)
		return ENOMEM;
	a->options = all;
	for (i = 0; i < n; i++) {
		char *value = strdup(rows[i].initial ? rows[i].initial : "");

		if (!value)
			return ENOMEM;
		all[a->option_count++] = (struct option_value){&rows[i], value};
	}
	for (i = 0; i < a->early_count; i++) {
		char *why = NULL;

		if (!value_of(a, a->early[i].name))
			continue;
		if (app_option_set(a, a->early[i].name, a->early[i].value,
				   false, &why) &&
		    why)
			uc_notice(a->uc, UC_NOTICE_WARNING, "%s", why);
		free(why);
	}
	return 0;
}

/** gettext reads LANGUAGE anew when this counter moves. */
extern int _nl_msg_cat_cntr;

static void language_apply(const char *language)
{
	/* English is what the msgids are; an empty list means just that. */
	setenv("LANGUAGE", strcmp(language, "en") ? language : "", 1);
	++_nl_msg_cat_cntr;
}

int app_options_init(struct app *a)
{
	int err = add_rows(a, app_option_rows);

	/* The terminal's LANGUAGE says nothing about the core's. */
	language_apply(app_option_get(a, "language"));
	return err;
}

void app_options_close(struct app *a)
{
	size_t i;

	for (i = 0; i < a->option_count; i++)
		free(a->options[i].value);
	free(a->options);
	for (i = 0; i < a->early_count; i++) {
		free(a->early[i].name);
		free(a->early[i].value);
	}
	free(a->early);
}

int app_option_register(struct app *a, const struct app_option *rows)
{
	const struct app_option *row;

	if (!a || !rows)
		return EINVAL;
	if (app_option_find(a, rows->name) == rows)
		return 0;
	for (row = rows; row->name; row++)
		if (app_option_find(a, row->name)) {
			log_error("option %s is there twice", row->name);
			return EEXIST;
		}
	return add_rows(a, rows);
}

/* ---- values ------------------------------------------------------------ */

/** "90", "90s", "5m", "1h" in seconds; -1 if it is none. */
static int64_t duration_read(const char *s)
{
	char *end;
	long long n;

	if (*s < '0' || *s > '9' || strlen(s) > 9)
		return -1;
	n = strtoll(s, &end, 10);
	if (!strcmp(end, "m"))
		return n * 60;
	if (!strcmp(end, "h"))
		return n * 3600;
	return !*end || !strcmp(end, "s") ? n : -1;
}

static int64_t number_read(const char *s)
{
	char *end;
	long long n;

	if (!*s || strlen(s) > 18)
		return INT64_MIN;
	n = strtoll(s, &end, 10);
	return *end ? INT64_MIN : n;
}

/** "on", "off" for what people type; NULL if it is neither. */
static const char *flag_read(const char *s)
{
	static const char *const on[] = {"on", "yes", "true", "1", NULL};
	static const char *const off[] = {"off", "no", "false", "0", NULL};
	unsigned i;

	for (i = 0; on[i]; i++)
		if (!strcmp(s, on[i]))
			return "on";
	for (i = 0; off[i]; i++)
		if (!strcmp(s, off[i]))
			return "off";
	return NULL;
}

static char *choices_text(const struct app_option *row)
{
	struct text_buf b = {0};
	size_t i;

	for (i = 0; row->choices[i]; i++)
		text_buf_printf(&b, "%s%s", i ? ", " : "", row->choices[i]);
	return text_buf_take(&b);
}

static bool in_range(const struct app_option *row, int64_t n)
{
	return row->min == row->max || (n >= row->min && n <= row->max);
}

/** Judge a value. @param norm set to how it is kept, to free() */
static int judge(const struct app_option *row, const char *value, char **normp,
		 char **whyp)
{
	const char *why = NULL, *flag;
	int64_t n;
	size_t i;

	*normp = NULL;
	switch (row->type) {
	case APP_OPTION_FLAG:
		flag = flag_read(value);
		if (flag)
			value = flag;
		else
			why = _("on or off");
		break;
	case APP_OPTION_NUMBER:
	case APP_OPTION_DURATION:
		n = row->type == APP_OPTION_NUMBER ? number_read(value)
						   : duration_read(value);
		if (n == INT64_MIN ||
		    (n < 0 && row->type == APP_OPTION_DURATION) ||
		    !in_range(row, n)) {
			*whyp = text_printf(_("%s takes %lld to %lld, not "
					      "\"%s\"."),
					    row->name, (long long)row->min,
					    (long long)row->max, value);
			return EINVAL;
		}
		break;
	case APP_OPTION_CHOICE:
		for (i = 0; row->choices[i]; i++)
			if (!strcmp(row->choices[i], value))
				break;
		if (!row->choices[i]) {
			char *all = choices_text(row);

			*whyp = text_printf(_("%s takes %s, not \"%s\"."),
					    row->name, all ? all : "", value);
			free(all);
			return EINVAL;
		}
		break;
	case APP_OPTION_TEXT:
		break;
	}
	if (!why && row->check)
		why = row->check(value);
	if (why) {
		*whyp = text_printf(_("%s: %s"), row->name, why);
		return EINVAL;
	}
	*normp = strdup(value);
	return *normp ? 0 : ENOMEM;
}

static int keep_early(struct app *a, const char *name, const char *value)
{
	struct option_early *e;

	e = realloc(a->early, (a->early_count + 1) * sizeof(*e));
	if (!e)
		return ENOMEM;
	a->early = e;
	e += a->early_count;
	e->name = strdup(name);
	e->value = strdup(value);
	if (!e->name || !e->value) {
		free(e->name);
		free(e->value);
		return ENOMEM;
	}
	a->early_count++;
	return 0;
}

int app_option_set(struct app *a, const char *name, const char *value,
		   bool keep, char **whyp)
{
	struct option_value *v;
	const char *argv[3];
	char *norm, *why = NULL;
	int err;

	v = name ? value_of(a, name) : NULL;
	if (!v && a->reading && name)
		return keep_early(a, name, value);
	if (!v) {
		if (whyp)
			*whyp = text_printf(_("There is no option \"%s\"."),
					    name ? name : "");
		return ENOENT;
	}
	err = judge(v->row, value ? value : "", &norm, &why);
	if (err) {
		if (whyp)
			*whyp = why;
		else
			free(why);
		return err;
	}
	if (keep) {
		argv[0] = "set";
		argv[1] = name;
		argv[2] = norm;
		app_config_keep(a, argv, 3, 2, false);
	}
	if (!strcmp(v->value, norm)) {
		free(norm);
		return 0;
	}
	free(v->value);
	v->value = norm;
	app_options_apply(a, v->row);
	app_tell(a, APP_CHANGE_OPTION, v->row);
	return 0;
}

const char *app_option_get(const struct app *a, const char *name)
{
	const struct option_value *v = value_of(a, name);

	return v ? v->value : "";
}

int64_t app_option_number(const struct app *a, const char *name)
{
	const struct option_value *v = value_of(a, name);

	if (!v)
		return 0;
	if (v->row->type == APP_OPTION_DURATION)
		return duration_read(v->value);
	return strtoll(v->value, NULL, 10);
}

bool app_option_flag(const struct app *a, const char *name)
{
	return !strcmp(app_option_get(a, name), "on");
}

void app_options_apply(struct app *a, const struct app_option *row)
{
	const char *value = app_option_get(a, row->name);

	if (!strcmp(row->name, "language")) {
		language_apply(value);
		/* Words in every view: tell what views draw from. */
		uc_account_changed(a->uc, UC_CHANGE_ACCOUNT);
	} else if (!strcmp(row->name, "voip")) {
		struct uc_account *account = uc_account_edit(a->uc);

		account->voip_wanted = !strcmp(value, "on");
		uc_account_changed(a->uc, UC_CHANGE_PHONE);
		app_carriers_account(a);
	} else if (!strcmp(row->name, "state_forwarding") ||
		   !strcmp(row->name, "voicemail_number")) {
		app_away_apply(a);
	} else if (!strcmp(row->name, "open_links")) {
		if (!strcmp(value, "on"))
			app_links_claim(a);
	} else {
		app_carriers_option(a, row->name, value);
	}
}
