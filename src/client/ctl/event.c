/**
 * @file event.c  Changes of the model as JSON lines for those who asked
 */
#include <stdlib.h>
#include <string.h>

#include "ctl_int.h"

/** More waiting than this: events are left out until it was read. */
enum { EVENTS_WAITING = 1024 * 1024 };

/* A word for programs: it stays as it is in every language. */
static const char *const logins[] = {
	[APP_LOGIN_FORM] = "form",
	[APP_LOGIN_CERTIFICATE] = "certificate",
	[APP_LOGIN_RUNNING] = "running",
	[APP_LOGIN_DONE] = "done",
};

/* ---- what an event says ------------------------------------------------ */

static void write_call(struct json_writer *w, const struct ctl *c,
		       const void *subject)
{
	const struct uc_call *call = subject;
	/* One that was taken out of the model is no more. */
	bool there = uc_call_by_id(app_uc(c->app), call->id) != NULL;

	json_add_int(w, "id", call->id);
	json_add_string(w, "state",
			there || call->state == UC_CALL_FAILED
				? uc_call_state_key(call->state)
				: uc_call_state_key(UC_CALL_ENDED));
	app_call_members(w, call);
}

static void write_presence(struct json_writer *w, const struct ctl *c,
			   const void *subject)
{
	const struct uc_contact *k = subject;
	const char *number = uc_contact_number(k);
	(void)c;

	json_add_string(w, "contact", k->id);
	json_add_string(w, "name", k->name);
	json_add_string(w, "number", number ? number : "");
	json_add_string(w, "state", proto_presence_key(k->presence.state));
	json_add_int(w, "until", k->presence.until_ms);
	json_add_string(w, "note", k->presence.note ? k->presence.note : "");
	json_add_string(w, "phone", uc_lamp_key(k->lamp));
}

static void write_connection(struct json_writer *w, const struct ctl *c,
			     const void *subject)
{
	const struct uc_account *a = uc_account(app_uc(c->app));
	(void)subject;

	json_add_string(w, "state", uc_connection_key(a->connection));
	json_add_string(w, "server", a->server);
	json_add_int(w, "since", a->since_ms);
	json_add_int(w, "retry", a->retry_ms);
	json_add_string(w, "reason", a->reason);
}

static void write_conversation(struct json_writer *w, const struct ctl *c,
			       const void *subject)
{
	const struct uc_conversation *v = subject;
	const struct uc_entry *e;
	(void)c;

	json_add_string(w, "id", v->id);
	json_add_string(w, "name", v->name);
	json_add_string(w, "number", v->number);
	json_add_int(w, "unread", v->unread);
	if (!v->entry_count)
		return;
	e = &v->entries[v->entry_count - 1];
	json_name(w, "last");
	json_object(w);
	json_add_string(w, "id", e->id);
	json_add_string(w, "kind", uc_entry_key(e->kind));
	json_add_int(w, "at", e->at_ms);
	json_add_int(w, "duration", e->duration_s);
	json_add_string(w, "text", e->text);
	json_add_bool(w, "unread", e->unread);
	json_end(w);
}

static void write_message(struct json_writer *w, const struct ctl *c,
			  const void *subject)
{
	const struct uc_entry *e = subject;
	struct uc_conversation *v = NULL;

	(void)uc_entry_by_id(app_uc(c->app), e->id, &v);
	json_add_string(w, "id", e->id);
	json_add_string(w, "conversation", v ? v->id : "");
	json_add_string(w, "name", v ? v->name : "");
	json_add_string(w, "number", e->number);
	json_add_string(w, "direction",
			e->kind == UC_MESSAGE_IN ? "in" : "out");
	json_add_int(w, "sent", e->at_ms);
	json_add_string(w, "text", e->text);
	if (e->delivery)
		json_add_string(w, "delivery", uc_delivery_key(e->delivery));
	if (!text_empty(e->reason))
		json_add_string(w, "reason", e->reason);
}

static void write_login(struct json_writer *w, const struct ctl *c,
			const void *subject)
{
	(void)subject;
	json_add_string(w, "state", logins[app_login_state(c->app)]);
	json_add_string(w, "reason", app_login_reason(c->app));
}

static const struct kind {
	const char *name;
	uint32_t event;
	uint32_t changes; /**< enum uc_change, or enum of app_notify() */
	bool application;
	void (*write)(struct json_writer *w, const struct ctl *c,
		      const void *subject);
} kinds[] = {
	{"call", CTL_EVENT_CALL, UC_CHANGE_CALL | UC_CHANGE_CALLS, false,
	 write_call},
	{"presence", CTL_EVENT_PRESENCE, UC_CHANGE_CONTACT, false,
	 write_presence},
	{"connection", CTL_EVENT_CONNECTION, UC_CHANGE_CONNECTION, false,
	 write_connection},
	{"conversation", CTL_EVENT_CONVERSATION, UC_CHANGE_CONVERSATION, false,
	 write_conversation},
	{"login", CTL_EVENT_LOGIN, APP_CHANGE_LOGIN, true, write_login},
	{"message", CTL_EVENT_MESSAGE, APP_CHANGE_MESSAGE, true, write_message},
};

/* ---- to whom ----------------------------------------------------------- */

static bool wanted(const struct ctl *c, uint32_t event)
{
	const struct le *le;

	LIST_FOREACH (&c->conns, le) {
		const struct ctl_terminal *t = le->data;

		if (t->events & event)
			return true;
	}
	return false;
}

static void send_event(struct ctl_terminal *t, const char *line, size_t len)
{
	static const char lost[] = "{\"event\":\"lost\"}\n";

	if (ctl_conn_waiting(t) + len > EVENTS_WAITING) {
		t->lost = true;
		return;
	}
	if (t->lost)
		ctl_conn_send(t, lost, sizeof(lost) - 1);
	t->lost = false;
	ctl_conn_send(t, line, len);
}

static char *make_line(const struct ctl *c, const struct kind *k,
		       const void *subject)
{
	struct json_writer *w = json_writer_new();
	char *s, *line;

	if (!w)
		return NULL;
	json_object(w);
	json_add_string(w, "event", k->name);
	json_add_int(w, "at", time_wall_ms());
	k->write(w, c, subject);
	json_end(w);
	s = json_writer_take(w);
	json_writer_free(w);
	line = s ? text_printf("%s\n", s) : NULL;
	free(s);
	return line;
}

static void emit(struct ctl *c, const struct kind *k, const void *subject)
{
	struct le *le;
	char *line;

	if (!wanted(c, k->event))
		return;
	line = make_line(c, k, subject);
	if (!line)
		return;
	LIST_FOREACH (&c->conns, le) {
		struct ctl_terminal *t = le->data;

		if (t->events & k->event)
			send_event(t, line, strlen(line));
	}
	free(line);
}

static void changed(struct ctl *c, uint32_t change, const void *subject,
		    bool application)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct kind *k = &kinds[i];

		if (k->application != application || !(k->changes & change))
			continue;
		/* Only internal users have presence and a phone. */
		if (k->event == CTL_EVENT_PRESENCE &&
		    (!subject ||
		     text_empty(((const struct uc_contact *)subject)->device)))
			continue;
		if ((k->event & (CTL_EVENT_CALL | CTL_EVENT_CONVERSATION)) &&
		    !subject)
			continue;
		emit(c, k, subject);
	}
}

static void model_changed(uint32_t change, const void *subject, void *arg)
{
	changed(arg, change, subject, false);
}

static void application_changed(uint32_t change, const void *subject, void *arg)
{
	changed(arg, change, subject, true);
}

int ctl_events_init(struct ctl *c)
{
	int err = notify_subscribe(&c->model, uc_notify(app_uc(c->app)),
				   UC_CHANGE_ALL, model_changed, c);

	return err ? err
		   : notify_subscribe(&c->application, app_notify(c->app),
				      APP_CHANGE_LOGIN | APP_CHANGE_MESSAGE,
				      application_changed, c);
}
