/**
 * @file cmd_ice.c  Servers that help the built-in phone through translators
 *
 * Which there are says the option ice_servers; the credentials of a TURN
 * server are kept sealed, like passwords, under its address. A server is added
 * once it has shown that it serves (SPEC T6.4.13).
 */
#include <stdlib.h>
#include "cmd_int.h"
#include "call_int.h"

static const char option[] = "ice_servers";

struct ice_adding {
	struct app *a;
	struct app_wait *wait;
	char *name, *user, *password;
};

static void destructor(void *arg)
{
	struct ice_adding *n = arg;

	mem_deref(n->wait);
	free(n->name);
	free(n->user);
	store_secret_free(n->password);
}

static const char *no_phone(const struct app *a)
{
	const struct app_carrier *c = app_voip_carrier(a);

	return c && c->m.check_server
		       ? NULL
		       : _("This program has no built-in phone.");
}

/* ---- credentials --------------------------------------------------------- */

static char *secret_name(const char *server)
{
	return text_printf("ice %s", server);
}

char *app_server_secret(const struct app *a, const char *server, char **userp)
{
	char *name = secret_name(server), *password = NULL, *secret, *end;

	*userp = NULL;
	secret = name ? store_secret(a->store, name) : NULL;
	end = secret ? strchr(secret, '\n') : NULL;
	if (end) {
		*end = '\0';
		*userp = text_dup(secret);
		password = text_dup(end + 1);
		*end = '\n';
	}
	store_secret_free(secret);
	free(name);
	return password;
}

void app_secret_free(char *secret)
{
	store_secret_free(secret);
}

static int keep_secret(struct app *a, const char *server, const char *user,
		       const char *password)
{
	char *name = secret_name(server), *both = NULL;
	int err = ENOMEM;

	if (!text_empty(user))
		both = text_printf("%s\n%s", user, password ? password : "");
	if (name && (both || text_empty(user)))
		err = store_set_secret(a->store, name, both);
	store_secret_free(both);
	free(name);
	return err;
}

/* ---- the list ------------------------------------------------------------ */

/* The next word of the option; false: no more. */
static bool next_server(const char **at, char **wordp)
{
	const char *p = *at + strspn(*at, " ,");
	size_t n = strcspn(p, " ,");

	*at = p + n;
	*wordp = n ? text_printf("%.*s", (int)n, p) : NULL;
	return *wordp != NULL;
}

/* All of them but one. @param foundp Set: it was there */
static char *list_without(const struct app *a, const char *server, bool *foundp)
{
	const struct app_carrier *c = app_voip_carrier(a);
	const char *at = app_option_get(a, option);
	struct text_buf b = {0};
	char *word;

	*foundp = false;
	while (next_server(&at, &word)) {
		char *name = NULL;

		(void)c->m.check_server(c->carrier, &name, word, NULL, NULL,
					NULL, NULL);
		if (text_equal(name ? name : word, server))
			*foundp = true;
		else
			text_buf_printf(&b, "%s%s", b.len ? " " : "", word);
		free(name);
		free(word);
	}
	return b.len || b.err ? text_buf_take(&b) : text_dup("");
}

static bool is_present(const struct app *a, const char *server)
{
	bool found;

	free(list_without(a, server, &found));
	return found;
}

static int set_list(struct app *a, const char *list)
{
	return app_option_set(a, option, list, true, NULL);
}

static void print_server(const struct app_invocation *i, const char *server)
{
	struct json_writer *w = i->sink->data;
	char *user = NULL;

	app_secret_free(app_server_secret(i->app, server, &user));
	app_sink_print(i->sink, "%s%s%s", server, user ? "  " : "",
		       user ? user : "");
	if (w) {
		json_object(w);
		json_add_string(w, "server", server);
		json_add_string(w, "user", user ? user : "");
		json_end(w);
	}
	free(user);
}

static int run_list(const struct app_invocation *i)
{
	const char *at = app_option_get(i->app, option);
	unsigned n = 0;
	char *word;

	if (i->sink->data)
		json_array(i->sink->data);
	for (; next_server(&at, &word); n++) {
		print_server(i, word);
		free(word);
	}
	if (i->sink->data)
		json_end(i->sink->data);
	if (!n)
		app_sink_print(i->sink, "%s", _("There is no ICE server."));
	return 0;
}

/* ---- one more ------------------------------------------------------------ */

static const char *reason(int err)
{
	static const struct {
		int err;
		const char *text;
	} reasons[] = {
		{ETIMEDOUT, N_("it does not answer")},
		{EACCES, N_("it refuses the user or the password")},
		{EHOSTUNREACH, N_("there is no way to it")},
		{ECONNREFUSED, N_("nothing listens there")},
	};

	for (size_t k = 0; k < ARRAY_SIZE(reasons); k++) {
		if (reasons[k].err == err)
			return _(reasons[k].text);
	}
	return _("it is no such server, or is not trusted");
}

static int add_checked(struct app *a, const struct ice_adding *n)
{
	bool found;
	char *all = list_without(a, n->name, &found);
	char *list = all ? text_printf("%s%s%s", all, *all ? " " : "", n->name)
			 : NULL;
	int err = list ? keep_secret(a, n->name, n->user, n->password) : ENOMEM;

	if (!err)
		err = set_list(a, list);
	free(list);
	free(all);
	return err;
}

static void on_checked(int err, void *arg)
{
	struct ice_adding *n = arg;
	struct app *a = n->a;
	char *text = NULL;

	a->ice_adding = NULL;
	if (!err)
		err = add_checked(a, n);
	if (err)
		text = text_printf(_("Adding the server failed. Please check "
				     "your environment (%s)."),
				   reason(err));
	else
		uc_notice(a->uc, UC_NOTICE_INFO, _("%s has been added."),
			  n->name);
	app_wait_over(n->wait, err, text ? text : "");
	free(text);
	mem_deref(n);
}

static int check(const struct app_invocation *i, const char *server)
{
	struct app_carrier *c = app_voip_carrier(i->app);
	struct ice_adding *n = mem_zalloc(sizeof(*n), destructor);
	int err = ENOMEM;

	if (!n)
		return ENOMEM;
	n->a = i->app;
	n->name = text_dup(server);
	n->user = text_dup(app_argument_of(i, 3));
	n->password = text_dup(app_argument_of(i, 4));
	if (n->name && n->user && n->password)
		err = c->m.check_server(c->carrier, NULL, n->name,
					text_empty(n->user) ? NULL : n->user,
					text_empty(n->user) ? NULL
							    : n->password,
					on_checked, n);
	if (err) {
		mem_deref(n);
		return app_sink_fail(i->sink, err, "%s", strerror(err));
	}
	n->wait = mem_ref(app_wait_new(i->app, i->sink));
	app_wait_keep(n->wait);
	i->app->ice_adding = n;
	return 0;
}

/* @param namep As it is written in the list, to free() */
static int read_server(const struct app_invocation *i, char **namep)
{
	struct app_carrier *c = app_voip_carrier(i->app);
	const char *uri = app_argument_of(i, 2);
	int err = text_empty(uri) ? EINVAL
				  : c->m.check_server(c->carrier, namep, uri,
						      NULL, NULL, NULL, NULL);

	if (err == ENOTSUP)
		return app_sink_fail(i->sink, err,
				     _("%s: STUN by TLS and TURN by DTLS are "
				       "not offered."),
				     uri);
	if (err)
		return app_sink_fail(
			i->sink, err,
			_("\"%s\" is no server: stun:HOST, turn:HOST, "
			  "turn:HOST?transport=tcp or turns:HOST."),
			uri);
	return 0;
}

static int run_add(const struct app_invocation *i)
{
	char *name = NULL;
	int err = read_server(i, &name);

	if (err)
		return err;
	if (is_present(i->app, name))
		err = app_sink_fail(i->sink, EEXIST, "%s",
				    _("The server is already present"));
	else if (i->app->ice_adding)
		err = app_sink_fail(i->sink, EBUSY, "%s",
				    _("Another server is being checked."));
	else
		err = check(i, name);
	free(name);
	return err;
}

static int run_remove(const struct app_invocation *i)
{
	char *name = NULL, *rest = NULL;
	bool found = false;
	int err = read_server(i, &name);

	if (err)
		return err;
	rest = list_without(i->app, name, &found);
	if (!found)
		err = app_sink_fail(i->sink, ENOENT,
				    _("%s is none of the ICE servers."), name);
	else
		err = rest ? set_list(i->app, rest) : ENOMEM;
	if (!err)
		err = keep_secret(i->app, name, NULL, NULL);
	free(rest);
	free(name);
	return err;
}

static int run_ice_server(const struct app_invocation *i)
{
	const char *what = app_argument_of(i, 1);

	if (text_empty(what))
		return run_list(i);
	return strcmp(what, "add") ? run_remove(i) : run_add(i);
}

/* ---- rows ------------------------------------------------------------------
 */

static const char *const whats[] = {"add", "remove", NULL};

static const struct app_argument arguments[] = {
	{.name = "what",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = whats},
	{.name = "server", .kind = APP_ARG_TEXT, .optional = true},
	{.name = "user", .kind = APP_ARG_TEXT, .optional = true},
	{.name = "password", .kind = APP_ARG_SECRET, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_ice[] = {
	{.name = "ice-server",
	 .summary = N_("List, add or remove a server for ICE."),
	 .help = N_("STUN servers tell the built-in phone its address beyond "
		    "address translation (stun:HOST), TURN servers lend it "
		    "one (turn:HOST, turn:HOST?transport=tcp, turns:HOST by "
		    "TLS). A server is asked before it is added, and used "
		    "where the option ice is on. User and password are "
		    "TURN's; they are kept as other passwords are."),
	 .examples = EXAMPLES("ice-server", "ice-server add stun:stun.example",
			      "ice-server add turns:turn.example emma @-",
			      "ice-server remove stun:stun.example"),
	 .arguments = arguments,
	 .origins = FROM_USER,
	 .unavailable = no_phone,
	 .run = run_ice_server},
	ROWS_END};
