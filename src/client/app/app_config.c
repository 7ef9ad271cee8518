/**
 * @file app_config.c  Reading the configuration; connection slots
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

const char *const app_slot_fields[] = {
	"user", "lan", "wan", "device", "dial_mode", "automatic", NULL};

static int run_line(char *const *argv, size_t argc, unsigned line, void *arg)
{
	struct app_sink sink = {0};
	struct app *a = arg;

	if (app_run(a, (const char *const *)argv, argc, APP_FROM_CONFIG,
		    &sink)) {
		log_warn("%s:%u: %s", a->reading, line,
			 sink.error.buf ? sink.error.buf : "");
		uc_notice(a->uc, UC_NOTICE_WARNING, "%s:%u: %s", a->reading,
			  line, sink.error.buf ? sink.error.buf : "");
	}
	app_sink_reset(&sink);
	return 0;
}

static void problem(unsigned line, const char *what, void *arg)
{
	struct app *a = arg;

	log_warn("%s:%u: %s", a->reading, line, what);
	if (line)
		uc_notice(a->uc, UC_NOTICE_WARNING, "%s:%u: %s", a->reading,
			  line, what);
	else
		uc_notice(a->uc, UC_NOTICE_WARNING, "%s %s", a->reading, what);
}

void app_config_read(struct app *a)
{
	unsigned i;

	for (i = STORE_CONFIG; i <= STORE_SAVED; i++) {
		a->reading = store_file_path(a->store, (enum store_file)i);
		(void)store_read(a->store, (enum store_file)i, run_line,
				 problem, a);
	}
	a->reading = NULL;
}

void app_config_keep(struct app *a, const char *const *argv, size_t argc,
		     size_t key_words, bool remove)
{
	if (a->reading)
		return;
	if (store_save(a->store, argv, argc, key_words, remove))
		uc_notice(a->uc, UC_NOTICE_WARNING,
			  _("The setting works, but could not be kept."));
}

/* ---- slots ------------------------------------------------------------- */

int app_slots_init(struct app *a)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < APP_SLOT_COUNT && !err; i++) {
		struct app_slot *s = &a->slots[i];

		err = text_set(&s->user, "");
		if (!err)
			err = text_set(&s->lan, "");
		if (!err)
			err = text_set(&s->wan, "");
		if (!err)
			err = text_set(&s->device, "");
		if (!err)
			err = text_set(&s->dial_mode, "");
		s->has_password = store_has_password(a->store, i) &&
				  !store_rejected(a->store, i);
	}
	return err;
}

void app_slots_close(struct app *a)
{
	unsigned i;

	for (i = 0; i < APP_SLOT_COUNT; i++) {
		struct app_slot *s = &a->slots[i];

		free(s->user);
		free(s->lan);
		free(s->wan);
		free(s->device);
		free(s->dial_mode);
	}
}

const struct app_slot *app_slot(const struct app *a, unsigned i)
{
	return i < APP_SLOT_COUNT ? &a->slots[i] : NULL;
}

/** host[:port], [IPv6][:port]; NULL if good, else what is wrong. */
static const char *check_address(const char *s)
{
	const char *colon;
	long port;
	char *end;

	if (!*s)
		return NULL;
	if (strlen(s) > 260 || s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789-._:[]%")])
		return _("is no address: a name or an address, as in "
			 "uc.example:8802 or [2001:db8::1]:8802");
	if (s[0] == '[') {
		const char *close = strchr(s, ']');

		if (!close || (close[1] && close[1] != ':'))
			return _("lacks a bracket, as in [2001:db8::1]:8802");
		colon = close[1] ? close + 1 : NULL;
	} else {
		colon = strchr(s, ':');
		if (colon && strchr(colon + 1, ':'))
			return _("needs brackets, as in [2001:db8::1]:8802");
	}
	if (!colon)
		return NULL;
	port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port < 1 || port > 65535)
		return _("has no valid port: 1 to 65535");
	return NULL;
}

static const char *check_field(const char *field, const char *value)
{
	if (!strcmp(field, "lan") || !strcmp(field, "wan"))
		return check_address(value);
	if (!strcmp(field, "automatic") && strcmp(value, "on") != 0 &&
	    strcmp(value, "off") != 0)
		return _("takes on or off");
	if (!strcmp(field, "dial_mode") && *value &&
	    strcmp(value, "associated") != 0 && strcmp(value, "callback") != 0)
		return _("takes associated or callback");
	if (!strcmp(field, "user") && strlen(value) > 64)
		return _("is too long");
	return NULL;
}

int app_slot_set(struct app *a, unsigned i, const char *field,
		 const char *value, char **whyp)
{
	struct app_slot *s = &a->slots[i];
	const struct {
		const char *name;
		char **text;
	} texts[] = {
		{"user", &s->user},
		{"lan", &s->lan},
		{"wan", &s->wan},
		{"device", &s->device},
		{"dial_mode", &s->dial_mode},
	};
	const char *argv[4], *why = check_field(field, value);
	char number[4] = {(char)('1' + i), '\0'}, *clean;
	bool user = !strcmp(field, "user");
	size_t k;
	int err = 0;

	if (why) {
		*whyp = text_printf("%s \"%s\" %s.", field, value, why);
		return EINVAL;
	}
	clean = text_clean(value, (size_t)-1, TEXT_LINE_MAX);
	if (!clean)
		return ENOMEM;
	/* Another user's password is not this one's. */
	if (user && !a->reading && !text_empty(s->user) &&
	    strcmp(s->user, clean) != 0 && s->has_password) {
		(void)store_set_password(a->store, i, NULL);
		s->has_password = false;
	}
	for (k = 0; k < sizeof(texts) / sizeof(*texts); k++)
		if (!strcmp(texts[k].name, field))
			err = text_set(texts[k].text, clean);
	if (!strcmp(field, "automatic"))
		s->automatic = !strcmp(clean, "on");
	argv[0] = "slot";
	argv[1] = number;
	argv[2] = field;
	argv[3] = clean;
	if (!err)
		app_config_keep(a, argv, 4, 3, false);
	free(clean);
	if (i == a->login.slot)
		app_phone_apply(a);
	app_tell(a, APP_CHANGE_LOGIN, NULL);
	return err;
}
