/**
 * @file login.c  What the answer to Login says
 */
#include <stdlib.h>
#include <strings.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

/** Longer is no session id. */
enum { SESSION_MAX = 256 };

static const struct {
	const char *word;
	uint32_t bit;
} additions[] =
	{
		{"post", WSI_ADD_POST},
		{"wait", WSI_ADD_WAIT},
		{"favourites", WSI_ADD_FAVOURITES},
		{"sip-account", WSI_ADD_SIP_ACCOUNT},
		{"presence", WSI_ADD_PRESENCE},
		{"directory", WSI_ADD_DIRECTORY},
		{"journal", WSI_ADD_JOURNAL},
		{"parked", WSI_ADD_PARKED},
		{"state-forwarding", WSI_ADD_AWAY},
		{"voicemail", WSI_ADD_VOICEMAIL},
		{"messages", WSI_ADD_MESSAGES},
		{"delete", WSI_ADD_DELETE},
		{"personal", WSI_ADD_PERSONAL},
		{"pictures", WSI_ADD_PICTURES},
		{"contact-pictures", WSI_ADD_CONTACT_PICTURES},
},
  abilities[] = {
	  {"cti", UC_CAN_CTI},
	  {"voip", UC_CAN_VOIP},
	  {"external", UC_CAN_EXTERNAL},
	  {"groups", UC_CAN_GROUPS},
	  {"personal", UC_CAN_PERSONAL},
	  {"messages", UC_CAN_MESSAGES},
	  {"voicemail", UC_CAN_VOICEMAIL},
	  {"conferences", UC_CAN_CONFERENCES},
	  {"collaboration", UC_CAN_COLLABORATION},
	  {"forwarding", UC_CAN_FORWARDING},
	  {"dnd", UC_CAN_DND},
	  {"visibility", UC_CAN_VISIBILITY},
};

/* Whatever the server says that one may: by nothing but these it can be done.
 */
static const struct {
	uint32_t addition;
	uint32_t can;
} needs[] = {
	{WSI_ADD_FAVOURITES, UC_CAN_FAVOURITES | UC_CAN_GROUPS},
	{WSI_ADD_PRESENCE, UC_CAN_VISIBILITY},
	{WSI_ADD_VOICEMAIL, UC_CAN_VOICEMAIL},
	{WSI_ADD_MESSAGES, UC_CAN_MESSAGES},
	{WSI_ADD_PERSONAL, UC_CAN_PERSONAL},
};

static const struct {
	enum proto_reason reason;
	enum wsi_end why;
} ends[] = {
	{PROTO_REASON_BAD_PASSWORD, WSI_END_BAD_PASSWORD},
	{PROTO_REASON_LOCKED, WSI_END_LOCKED},
	{PROTO_REASON_NO_LICENCE, WSI_END_NO_LICENCE},
	{PROTO_REASON_PASSWORD_CHANGE, WSI_END_PASSWORD_CHANGE},
};

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		size_t len;

		list += strspn(list, " ,\t\r\n");
		len = strcspn(list, " ,\t\r\n");
		if (len == n && !strncasecmp(list, word, n))
			return true;
		list += len;
	}
	return false;
}

static uint32_t words_read(const char *list, bool can)
{
	uint32_t bits = 0;

	for (size_t i = 0; !can && i < ARRAY_SIZE(additions); i++)
		if (has_word(list, additions[i].word))
			bits |= additions[i].bit;
	for (size_t i = 0; can && i < ARRAY_SIZE(abilities); i++)
		if (has_word(list, abilities[i].word))
			bits |= abilities[i].bit;
	return bits;
}

/* The code may stand anywhere in what the server says. */
static void refused(struct wsi_login_answer *a, const char *text)
{
	a->why = WSI_END_REFUSED;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strstr(text, proto_reason(ends[i].reason)))
			a->why = ends[i].why;
	free(a->reason);
	a->reason = text_clean(text, (size_t)-1, 128);
}

static void read_refusal(struct wsi_login_answer *a, const struct xml *x)
{
	const struct xml *error = wsi_x_find(x, PROTO_ELEMENT_ERROR);
	const char *reason = wsi_x_text(error, PROTO_ELEMENT_REASON);

	if (!*reason && error && xml_text(error))
		reason = xml_text(error);
	refused(a, reason);
}

/* A plain server says nothing of it: what fails is taken back later. */
static uint32_t plain_abilities(bool suite)
{
	return UC_CAN_CTI | UC_CAN_DIRECTORY | UC_CAN_JOURNAL | UC_CAN_DND |
	       (suite ? UC_CAN_EXTERNAL : 0);
}

uint32_t wsi_abilities_without(uint32_t offered)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!(offered & needs[i].addition))
			bits |= needs[i].can;
	return bits;
}

uint32_t wsi_abilities_read(uint32_t offered, const char *can)
{
	uint32_t bits = words_read(can, true) | UC_CAN_FAVOURITES |
			UC_CAN_DIRECTORY | UC_CAN_JOURNAL;

	return bits & ~wsi_abilities_without(offered);
}

static void read_version(struct wsi_login_answer *a, const struct xml *x)
{
	const struct xml *las = wsi_x_find(x, PROTO_ELEMENT_LASVERSION);
	const struct xml *ours = wsi_x_child(las, PROTO_ELEMENT_OFFHOOKD);
	const char *application = wsi_x_text(las, PROTO_ELEMENT_APPLICATION);

	a->version = text_clean(wsi_x_text(las, PROTO_ELEMENT_VERSION),
				(size_t)-1, 64);
	a->application = text_clean(application, (size_t)-1, 64);
	a->suite = !strncasecmp(application, PROTO_APPLICATION_SUITE,
				strlen(PROTO_APPLICATION_SUITE));
	a->name = text_clean(wsi_x_text(ours, PROTO_ELEMENT_NAME), (size_t)-1,
			     TEXT_LINE_MAX);
	a->device = text_clean(wsi_x_text(ours, PROTO_ELEMENT_DEVICE),
			       (size_t)-1, 64);
	a->phones = text_clean(wsi_x_text(ours, PROTO_ELEMENT_PHONES),
			       (size_t)-1, TEXT_LINE_MAX);
	a->mobile = text_clean(wsi_x_text(ours, PROTO_ELEMENT_MOBILE),
			       (size_t)-1, 64);
	if (!ours) {
		a->can = plain_abilities(a->suite);
		return;
	}
	a->additions =
		words_read(wsi_x_text(ours, PROTO_ELEMENT_ADDITIONS), false);
	a->can = wsi_abilities_read(a->additions,
				    wsi_x_text(ours, PROTO_ELEMENT_CAN));
}

static int read_xml_login(struct wsi_login_answer *a, const char *xml,
			  size_t len)
{
	struct xml *root = NULL;
	const char *id;
	size_t n;
	int err = xml_parse(&root, xml, len);

	if (err)
		return err;
	if (strcasecmp(xml_name(root), proto_element(PROTO_ELEMENT_LOGIN)) &&
	    strcasecmp(xml_name(root), proto_command(PROTO_COMMAND_LOGIN))) {
		mem_deref(root);
		return EBADMSG;
	}
	id = wsi_x_text(root, PROTO_ELEMENT_ID);
	n = strcspn(id, " \t\r\n");
	if (!n || (n == 1 && *id == '0') ||
	    wsi_x_find(root, PROTO_ELEMENT_ERROR)) {
		read_refusal(a, root);
	} else if (n > SESSION_MAX) {
		err = EBADMSG;
	} else {
		a->session = text_printf("%.*s", (int)n, id);
		read_version(a, root);
		if (!a->session || !a->version || !a->application || !a->name ||
		    !a->device || !a->phones || !a->mobile)
			err = ENOMEM;
	}
	mem_deref(root);
	return err;
}

int wsi_login_read(struct wsi_login_answer *a, const char *xml, size_t len)
{
	struct json *json = NULL;
	int err;

	if (!a || !xml)
		return EINVAL;
	*a = (struct wsi_login_answer){.why = WSI_END_LOGOUT};
	err = read_xml_login(a, xml, len);
	if (err == EBADMSG && !json_parse(&json, xml, len)) {
		const char *code = wsi_j_text(json, PROTO_MEMBER_ERROR);

		if (*code) {
			wsi_login_reset(a);
			refused(a, code);
			err = 0;
		}
	}
	json_free(json);
	if (err)
		wsi_login_reset(a);
	return err;
}

void wsi_login_reset(struct wsi_login_answer *a)
{
	if (!a)
		return;
	if (a->session)
		explicit_bzero(a->session, strlen(a->session));
	free(a->session);
	free(a->version);
	free(a->application);
	free(a->reason);
	free(a->name);
	free(a->device);
	free(a->phones);
	free(a->mobile);
	*a = (struct wsi_login_answer){.why = WSI_END_LOGOUT};
}
