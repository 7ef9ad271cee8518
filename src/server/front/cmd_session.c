/**
 * @file cmd_session.c  Login, Logout, and what the server says of itself
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

/* The release of the interface that is spoken here, and the kind of system,
   as clients know them from a real one. */
static const struct {
	enum proto_element element;
	const char *text;
} version[] = {
	{PROTO_ELEMENT_VERSION, "4.00.721e"},
	{PROTO_ELEMENT_BRANDING, "1"},
	{PROTO_ELEMENT_VARIANT, "MR5"},
};

static const char additions[] =
	"post wait favourites sip-account presence directory journal parked "
	"voicemail state-forwarding messages delete personal pictures "
	"contact-pictures";

static void ours(struct text_buf *b, const struct front *f,
		 const struct db_account *a)
{
	const char *name = proto_element(PROTO_ELEMENT_OFFHOOKD);
	struct rights rights;

	rights_of(&rights, f, a);
	xml_open(b, name);
	xml_leaf(b, PROTO_ELEMENT_RELEASE, OFFHOOK_VERSION);
	xml_leaf(b, PROTO_ELEMENT_ADDITIONS, additions);
	xml_leaf(b, PROTO_ELEMENT_CAN, rights.can);
	xml_leaf(b, PROTO_ELEMENT_NAME, a->name);
	xml_leaf(b, PROTO_ELEMENT_DEVICE,
		 a->can & DB_CAN_CTI ? a->extension : "");
	if (!text_empty(rights.phones))
		xml_leaf(b, PROTO_ELEMENT_PHONES, rights.phones);
	if (!text_empty(rights.mobile))
		xml_leaf(b, PROTO_ELEMENT_MOBILE, rights.mobile);
	xml_close(b, name);
	rights_reset(&rights);
}

static void welcome(struct request *r, const struct session *s,
		    const struct db_account *a)
{
	const struct front *f = r->front;
	const char *login = proto_element(PROTO_ELEMENT_LOGIN);
	const char *las = proto_element(PROTO_ELEMENT_LASVERSION);
	struct text_buf b = {NULL, 0, 0, 0};

	xml_begin(&b);
	xml_open(&b, login);
	xml_leaf(&b, PROTO_ELEMENT_ID, s->id);
	xml_leaf_int(&b, PROTO_ELEMENT_CNT, session_count_user(f, s->user));
	xml_open(&b, las);
	for (size_t i = 0; i < sizeof(version) / sizeof(version[0]); i++)
		xml_leaf(&b, version[i].element, version[i].text);
	xml_leaf(&b, PROTO_ELEMENT_APPLICATION,
		 f->prm.mode == FRONT_SUITE ? PROTO_APPLICATION_SUITE
					    : PROTO_APPLICATION_SMART);
	xml_leaf(&b, PROTO_ELEMENT_PLATFORMTYPE, "OCAB");
	if (!f->prm.plain)
		ours(&b, f, a);
	xml_close(&b, las);
	xml_close(&b, login);
	answer_xml(r, text_buf_take(&b));
}

static const enum proto_reason login_reasons[] = {
	[DB_LOGIN_BAD_PASSWORD] = PROTO_REASON_BAD_PASSWORD,
	[DB_LOGIN_LOCKED] = PROTO_REASON_LOCKED,
	[DB_LOGIN_NO_LICENCE] = PROTO_REASON_NO_LICENCE,
	[DB_LOGIN_BUSY] = PROTO_REASON_BUSY,
	[DB_LOGIN_ERROR] = PROTO_REASON_INTERNAL,
};

static void logged_in(enum db_login result, void *arg)
{
	struct request *r = arg;
	const char *user = request_text(r, PROTO_PARAM_GS_USER);
	const struct db_account *a;
	struct session *s;
	int err;

	if (!r->front || r->answered)
		goto out;
	if (result != DB_LOGIN_OK) {
		answer_reason(r, login_reasons[result]);
		goto out;
	}
	a = db_account(r->front->db, user);
	if (!a) {
		answer_reason(r, PROTO_REASON_BAD_PASSWORD);
	} else if (a->must_change) {
		answer_reason(r, PROTO_REASON_PASSWORD_CHANGE);
	} else {
		err = session_open(&s, r->front, user);
		if (err)
			answer_errno(r, err);
		else
			welcome(r, s, a);
	}
out:
	mem_deref(r);
}

void run_login(struct request *r)
{
	db_login(r->front->db, request_text(r, PROTO_PARAM_GS_USER),
		 request_text(r, PROTO_PARAM_GS_PASS), logged_in, mem_ref(r));
}

void run_logout(struct request *r)
{
	session_end(r->session);
	answer_done(r);
}

void run_capabilities(struct request *r)
{
	struct json_writer *w = json_writer_new();

	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_SERVER), "offhookd");
	json_add_string(w, proto_member(PROTO_MEMBER_VERSION), OFFHOOK_VERSION);
	json_name(w, proto_member(PROTO_MEMBER_LOGIN));
	json_array(w);
	json_put_string(w, "GET");
	json_put_string(w, "POST");
	json_end(w);
	json_end(w);
	answer_writer(r, w);
}

void run_server_param(struct request *r)
{
	struct text_buf b = {NULL, 0, 0, 0};
	struct proto_dial_params p;

	db_dial_params(r->front->db, &p);
	xml_begin(&b);
	xml_open(&b, r->name);
	xml_leaf(&b, PROTO_ELEMENT_COUNTRY_CODE, p.country);
	xml_leaf(&b, PROTO_ELEMENT_AREA_CODE, p.area);
	xml_leaf(&b, PROTO_ELEMENT_LOCATION_NUMBER, p.location);
	xml_leaf(&b, PROTO_ELEMENT_LINE_ACCESS_CODE, p.access);
	xml_leaf(&b, PROTO_ELEMENT_NATIONAL_PREFIX, p.national);
	xml_leaf(&b, PROTO_ELEMENT_INTERNATIONAL_PREFIX, p.international);
	xml_leaf_int(&b, PROTO_ELEMENT_EXTENSION_LENGTH, p.extension_max);
	if (!r->front->prm.plain &&
	    feature_has_voicemail(r->front->features, request_user(r)))
		xml_leaf(&b, PROTO_ELEMENT_VOICEMAIL_NUMBER,
			 feature_voicemail(r->front->features));
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
}

/* Where phones register, as this client can reach it. */
static char *registrar(const struct request *r, const char *server)
{
	const char *port = strrchr(server, ':');
	bool any =
		!strncmp(server, "0.0.0.0:", 8) || !strncmp(server, "[::]:", 5);

	if (!any || !port || text_empty(r->local))
		return strdup(server);
	return strchr(r->local, ':') ? text_printf("[%s]%s", r->local, port)
				     : text_printf("%s%s", r->local, port);
}

void run_sip_account(struct request *r)
{
	const struct front *f = r->front;
	const struct db_account *a = db_account(f->db, request_user(r));
	char password[DB_SIP_PASSWORD_SIZE];
	const char *sips;
	struct json_writer *w;
	char *server;

	if (!a || !(a->can & DB_CAN_VOIP) || !f->sip_server) {
		answer_reason(r, PROTO_REASON_NOT_OFFERED);
		return;
	}
	db_sip_password(f->db, a->extension, password);
	sips = f->prm.sips_server ? f->prm.sips_server(f->arg) : NULL;
	server = registrar(r, text_empty(sips) ? f->sip_server : sips);
	w = json_writer_new();
	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_USER), a->extension);
	json_add_string(w, proto_member(PROTO_MEMBER_AUTH_USER), a->extension);
	json_add_string(w, proto_member(PROTO_MEMBER_SECRET), password);
	json_add_string(w, proto_member(PROTO_MEMBER_DISPLAY_NAME), a->name);
	json_add_string(w, proto_member(PROTO_MEMBER_DOMAIN), "offhook");
	json_add_string(w, proto_member(PROTO_MEMBER_REGISTRAR), server);
	json_add_string(w, proto_member(PROTO_MEMBER_TRANSPORT),
			text_empty(sips) ? "udp" : "tls");
	json_end(w);
	explicit_bzero(password, sizeof(password));
	free(server);
	answer_writer(r, w);
}
