/**
 * @file session.c  A session: logging in, being over
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum {
	CONNECT_MS = 10 * 1000,
	ANSWER_MS = 15 * 1000,
	WHOLE = 3, /**< an answer may take so many times that */
	LOGOUT_MS = 2 * 1000,
};

static void session_destructor(void *arg)
{
	struct session *s = arg;

	tmr_cancel(&s->tmr);
	mem_deref(s->turn);
	wsi_poll_stop(s);
	wsi_sync_stop(s);
	wsi_calls_forget(s);
	wsi_personal_stop(s);
	mem_deref(s->client);
	mem_deref(s->uc);
	free(s->base);
	free(s->server);
	text_buf_reset(&s->fetched);
	free(s->user);
	free(s->device);
	free(s->wanted_phone);
	if (s->password)
		explicit_bzero(s->password, strlen(s->password));
	free(s->password);
	if (s->id)
		explicit_bzero(s->id, strlen(s->id));
	free(s->id);
}

bool wsi_session_alive(const struct session *s)
{
	return s->handle && s->stage != STAGE_OVER;
}

/* Nothing of it goes on; the object stays until its last call returns. */
static void close_down(struct session *s)
{
	s->stage = STAGE_OVER;
	tmr_cancel(&s->tmr);
	s->turn = mem_deref(s->turn);
	wsi_poll_stop(s);
	wsi_sync_stop(s);
	wsi_calls_forget(s);
}

void wsi_session_end(struct session *s, const struct wsi_ended *e)
{
	if (!wsi_session_alive(s))
		return;
	mem_ref(s);
	log_info("session over: %u", (unsigned)e->why);
	close_down(s);
	wsi_commands_end(s);
	wsi_personal_stop(s);
	if (s->handle && s->h.ended)
		s->h.ended(s->handle, e, s->arg);
	/* Not before: what it says may belong to a request of the client. */
	s->client = mem_deref(s->client);
	mem_deref(s);
}

void wsi_session_end_net(struct session *s, const struct net_response *r)
{
	bool certificate = r->error == NET_CERTIFICATE_UNKNOWN ||
			   r->error == NET_CERTIFICATE_CHANGED;
	struct wsi_ended e = {
		.why = certificate ? WSI_END_CERTIFICATE : WSI_END_NETWORK,
		.net = r->error,
		.certificate = r->certificate,
		.text = net_error_text(r->error),
		.online = s->id != NULL,
	};

	wsi_session_end(s, &e);
}

/* ---- logging in -------------------------------------------------------- */

static const char *const end_texts[WSI_END_COUNT] = {
	[WSI_END_BAD_PASSWORD] = N_("User name or password is wrong."),
	[WSI_END_LOCKED] = N_("The account is locked; the administrator can "
			      "unlock it."),
	[WSI_END_NO_LICENCE] = N_("The server has no licence for this user."),
	[WSI_END_PASSWORD_CHANGE] =
		N_("The password must be changed first, in another client."),
	[WSI_END_NOT_UC] = N_("What answers there is not a UC server."),
};

static void refuse(struct session *s, const struct wsi_login_answer *a)
{
	struct wsi_ended e = {.why = a->why};
	char *text;

	if (a->why == WSI_END_REFUSED)
		text = text_empty(a->reason)
			       ? text_dup(_("The server refused the login."))
			       : text_printf(
					 _("The server refused the login: %s"),
					 a->reason);
	else
		text = text_dup(_(end_texts[a->why]));
	e.text = text ? text : "";
	wsi_session_end(s, &e);
	free(text);
}

static void not_uc(struct session *s)
{
	struct wsi_ended e = {.why = WSI_END_NOT_UC,
			      .text = _(end_texts[WSI_END_NOT_UC])};

	wsi_session_end(s, &e);
}

/* One of several phones, by its own number. */
static int phone_choose(struct uc_account *account, const char *phone)
{
	size_t n = phone ? strlen(phone) : 0;
	const char *at = account->phones;

	if (!n)
		return text_set(&account->phone, "");
	while (*at) {
		size_t len = strcspn(at, " ");

		if (len == n && !strncmp(at, phone, n))
			return text_set(&account->phone, phone);
		at += len;
		at += strspn(at, " ");
	}
	return ENOENT;
}

static void fill_in_account(struct session *s, const struct wsi_login_answer *a)
{
	struct uc_account *account = uc_account_edit(s->uc);
	int err;

	account->mode = a->suite ? UC_MODE_SUITE : UC_MODE_SMART;
	account->can = a->can;
	err = text_set(&account->user, s->user);
	if (!err)
		err = text_set(&account->server, s->server);
	if (!err)
		err = text_set(&account->server_version, a->version);
	if (!err)
		err = text_set(&account->device, s->device);
	if (!err)
		err = text_set(&account->phones, a->phones);
	if (!err)
		err = text_set(&account->mobile, a->mobile);
	if (!err)
		err = text_set(&account->phone, "");
	if (!err && !text_empty(a->name))
		err = text_set(&account->name, a->name);
	if (err)
		log_error("account: %s", strerror(err));
	if (phone_choose(account, s->wanted_phone))
		log_warn("the phone to control is none of this number's");
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

static void take(char **text, const struct json *e, enum proto_member m)
{
	char *clean = text_clean(wsi_j_text(e, m), (size_t)-1, TEXT_LINE_MAX);

	if (clean)
		(void)text_set(text, clean);
	free(clean);
}

void wsi_rights_read(struct session *s, const struct json *e)
{
	struct uc_account *account = uc_account_edit(s->uc);
	uint32_t was = account->can;

	account->can = wsi_abilities_read(s->additions,
					  wsi_j_text(e, PROTO_MEMBER_CAN)) &
		       ~s->cannot;
	take(&account->phones, e, PROTO_MEMBER_PHONES);
	take(&account->mobile, e, PROTO_MEMBER_MOBILE);
	if (phone_choose(account, s->wanted_phone))
		(void)text_set(&account->phone, "");
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
	/* What it may do now has not been read yet. */
	if (account->can & ~was)
		wsi_sync_stale(s, STALE_ALL);
}

/* A server that says nothing of it takes the phone that is to be controlled
   for the device; ours knows whose phone it is. */
static int device_choose(struct session *s, const char *told)
{
	if (!text_empty(told))
		return text_set(&s->device, told);
	return text_set(&s->device, text_empty(s->wanted_phone)
					    ? s->user
					    : s->wanted_phone);
}

static void logged_in(struct session *s, struct wsi_login_answer *a)
{
	s->id = a->session;
	a->session = NULL;
	s->additions = a->additions;
	if (device_choose(s, a->device))
		log_error("no memory for the device");
	explicit_bzero(s->password, strlen(s->password));
	s->stage = STAGE_ONLINE;
	log_info("logged in: %s %s, additions %x", a->application, a->version,
		 (unsigned)a->additions);
	fill_in_account(s, a);
	if (wsi_session_alive(s) && s->h.online)
		s->h.online(s->handle, s->arg);
	if (!wsi_session_alive(s))
		return;
	wsi_poll_start(s);
	wsi_sync_start(s);
}

static void login_answered(const struct net_response *r, void *arg)
{
	struct session *s = mem_ref(arg);
	struct wsi_login_answer a;

	s->poll = mem_deref(s->poll);
	if (r->error) {
		wsi_session_end_net(s, r);
	} else if (wsi_login_read(&a, r->body, r->body_len)) {
		not_uc(s);
	} else {
		if (a.why == WSI_END_LOGOUT)
			logged_in(s, &a);
		else
			refuse(s, &a);
		wsi_login_reset(&a);
	}
	mem_deref(s);
}

static int send_login(struct session *s)
{
	const struct net_handlers h = {.done = login_answered};
	struct params p = {0};
	struct text_buf url = {0};
	struct net_request_prm prm = {.connect_ms = s->connect_ms,
				      .first_byte_ms = s->answer_ms,
				      .total_ms = s->whole_ms};
	int err;

	s->stage = STAGE_LOGGING_IN;
	wsi_params_add(&p, PROTO_PARAM_GS_USER, s->user);
	wsi_params_add(&p, PROTO_PARAM_GS_PASS, s->password);
	text_buf_printf(&url, "%s" PROTO_PATH "?%s=%s", s->base,
			proto_param(PROTO_PARAM_CMD),
			proto_command(PROTO_COMMAND_LOGIN));
	if (s->login == WSI_LOGIN_POST) {
		prm.body = p.b.buf ? p.b.buf + 1 : "";
		prm.body_len = p.b.len ? p.b.len - 1 : 0;
		prm.content_type = "application/x-www-form-urlencoded";
	} else if (p.b.buf) {
		text_buf_add(&url, p.b.buf);
	}
	prm.url = url.buf;
	err = p.b.err ? p.b.err : url.err;
	if (!err)
		err = net_request(&s->poll, s->client, &prm, &h, s);
	if (p.b.buf)
		explicit_bzero(p.b.buf, p.b.len);
	if (url.buf)
		explicit_bzero(url.buf, url.len);
	text_buf_reset(&p.b);
	text_buf_reset(&url);
	return err;
}

static void fail(struct session *s)
{
	struct wsi_ended e = {.why = WSI_END_NETWORK,
			      .net = NET_INTERNAL,
			      .text = net_error_text(NET_INTERNAL)};

	wsi_session_end(s, &e);
}

/* {"login":["GET","POST"]}: anything else is a server without it. */
static bool takes_post(const char *body, size_t len)
{
	struct json *j = NULL;
	const struct json *ways;
	bool post = false;

	if (json_parse(&j, body, len))
		return false;
	ways = wsi_j_get(j, PROTO_MEMBER_LOGIN);
	for (size_t i = 0; i < json_count(ways); i++)
		if (text_equal(json_string(json_at(ways, i)), "POST"))
			post = true;
	json_free(j);
	return post;
}

static void capabilities_answered(const struct net_response *r, void *arg)
{
	struct session *s = mem_ref(arg);

	s->poll = mem_deref(s->poll);
	/* A server may close on what it does not know; it is asked again. */
	if (r->error && r->error != NET_CLOSED && r->error != NET_TOO_LARGE) {
		wsi_session_end_net(s, r);
		goto out;
	}
	s->login = !r->error && r->status == 200 &&
				   takes_post(r->body, r->body_len)
			   ? WSI_LOGIN_POST
			   : WSI_LOGIN_GET;
	if (send_login(s))
		fail(s);
out:
	mem_deref(s);
}

static int ask_capabilities(struct session *s)
{
	const struct net_handlers h = {.done = capabilities_answered};
	struct net_request_prm prm = {.connect_ms = s->connect_ms,
				      .first_byte_ms = s->answer_ms,
				      .total_ms = s->whole_ms};
	char *url = text_printf("%s" PROTO_PATH "?%s=%s", s->base,
				proto_param(PROTO_PARAM_CMD),
				proto_command(PROTO_COMMAND_CAPABILITIES));
	int err;

	if (!url)
		return ENOMEM;
	prm.url = url;
	err = net_request(&s->poll, s->client, &prm, &h, s);
	free(url);
	return err;
}

static int begin(struct session *s)
{
	return s->login == WSI_LOGIN_ASK ? ask_capabilities(s) : send_login(s);
}

/* ---- logging out ------------------------------------------------------- */

static void say_logged_out(void *arg)
{
	struct session *s = arg;
	struct wsi_ended e = {
		.why = WSI_END_LOGOUT, .text = "", .online = s->id != NULL};

	wsi_session_end(s, &e);
}

static void logout_answered(const struct net_response *r, void *arg)
{
	(void)r;
	say_logged_out(arg);
}

void wsi_logout(struct wsi *w)
{
	const struct net_handlers h = {.done = logout_answered};
	struct session *s = w ? w->s : NULL;
	struct net_request_prm prm = {.connect_ms = LOGOUT_MS,
				      .first_byte_ms = LOGOUT_MS};
	struct text_buf url = {0};

	if (!s || s->stage == STAGE_OVER || s->stage == STAGE_LOGGING_OUT)
		return;
	wsi_poll_stop(s);
	wsi_sync_stop(s);
	tmr_start(&s->tmr, s->id ? LOGOUT_MS : 0, say_logged_out, s);
	s->stage = STAGE_LOGGING_OUT;
	if (!s->id)
		return;
	text_buf_printf(&url, "%s" PROTO_PATH "?%s=%s&%s=", s->base,
			proto_param(PROTO_PARAM_CMD),
			proto_command(PROTO_COMMAND_LOGOUT),
			proto_param(PROTO_PARAM_SESSION));
	net_escape(&url, s->id);
	prm.url = url.buf;
	if (url.err || net_request(&s->poll, s->client, &prm, &h, s))
		log_info("no logout could be sent");
	if (url.buf)
		explicit_bzero(url.buf, url.len);
	text_buf_reset(&url);
}

/* ---- the door ---------------------------------------------------------- */

static void handle_destructor(void *arg)
{
	struct wsi *w = arg;
	struct session *s = w->s;

	if (!s)
		return;
	s->handle = NULL;
	if (s->stage != STAGE_OVER)
		close_down(s);
	wsi_commands_drop(s);
	s->client = mem_deref(s->client);
	mem_deref(s);
}

static int set_address(struct session *s, const struct wsi_prm *prm)
{
	unsigned port = prm->port ? prm->port : WSI_PORT;
	bool bare6 = strchr(prm->host, ':') && prm->host[0] != '[';

	if (strpbrk(prm->host, "/?#@ \t\r\n"))
		return EINVAL;
	s->server = text_printf("%s%s%s:%u", bare6 ? "[" : "", prm->host,
				bare6 ? "]" : "", port);
	s->base = s->server ? text_printf("https://%s", s->server) : NULL;
	return s->base ? 0 : ENOMEM;
}

static int session_alloc(struct session **sp, const struct wsi_prm *prm)
{
	struct net_client_prm client = {.net = prm->net, .pin = prm->pin};
	struct session *s = mem_zalloc(sizeof(*s), session_destructor);
	int err;

	if (!s)
		return ENOMEM;
	tmr_init(&s->tmr);
	tmr_init(&s->poll_tmr);
	tmr_init(&s->stale_tmr);
	tmr_init(&s->journal_tmr);
	list_init(&s->commands);
	list_init(&s->calls);
	s->uc = mem_ref(prm->uc);
	s->login = prm->login;
	s->connect_ms = prm->connect_ms ? prm->connect_ms : CONNECT_MS;
	s->answer_ms = prm->answer_ms ? prm->answer_ms : ANSWER_MS;
	/* One that says a byte now and then would hold us for ever. */
	s->whole_ms = s->connect_ms + WHOLE * s->answer_ms;
	err = set_address(s, prm);
	if (!err)
		err = text_set(&s->user, prm->user);
	if (!err)
		err = text_set(&s->password, prm->password);
	if (!err)
		err = text_set(&s->wanted_phone,
			       prm->device ? prm->device : "");
	if (!err)
		err = text_set(&s->device, "");
	if (!err)
		err = loop_turn_alloc(&s->turn, wsi_sync_nothing, s);
	if (!err)
		err = net_client_alloc(&s->client, &client);
	if (!err)
		err = begin(s);
	if (err)
		mem_deref(s);
	else
		*sp = s;
	return err;
}

int wsi_alloc(struct wsi **wp, const struct wsi_prm *prm,
	      const struct wsi_handlers *h, void *arg)
{
	struct wsi *w;
	int err;

	if (!wp || !prm || !prm->net || !prm->uc || text_empty(prm->host) ||
	    text_empty(prm->user) || !prm->password)
		return EINVAL;
	w = mem_zalloc(sizeof(*w), handle_destructor);
	if (!w)
		return ENOMEM;
	err = session_alloc(&w->s, prm);
	if (err) {
		mem_deref(w);
		return err;
	}
	w->s->handle = w;
	if (h)
		w->s->h = *h;
	w->s->arg = arg;
	*wp = w;
	return 0;
}

bool wsi_online(const struct wsi *w)
{
	return w && w->s->stage == STAGE_ONLINE;
}

enum wsi_login wsi_login_way(const struct wsi *w)
{
	return w ? w->s->login : WSI_LOGIN_ASK;
}

int wsi_phone_set(struct wsi *w, const char *phone)
{
	struct uc_account *account;
	int err;

	if (!wsi_online(w))
		return ENOTCONN;
	account = uc_account_edit(w->s->uc);
	err = phone_choose(account, phone);
	if (!err)
		err = text_set(&w->s->wanted_phone, phone ? phone : "");
	if (!err)
		uc_account_changed(w->s->uc, UC_CHANGE_ACCOUNT);
	return err;
}

const char *wsi_device(const struct wsi *w)
{
	return w && w->s->device ? w->s->device : "";
}

uint32_t wsi_additions(const struct wsi *w)
{
	return w ? w->s->additions : 0;
}

const struct proto_dial_params *wsi_dial_params(const struct wsi *w)
{
	return w ? uc_dial_params(w->s->uc) : NULL;
}
