/**
 * @file uc.c  The model as a whole: account, notices, notification
 */
#include <stdio.h>
#include <stdlib.h>
#include "uc_int.h"

/** Texts of the account and their places, for the destructor and uc_clear. */
static char **account_text(struct uc_account *a, unsigned i)
{
	char **const texts[] = {&a->user,
				&a->name,
				&a->server,
				&a->server_version,
				&a->device,
				&a->phones,
				&a->phone,
				&a->mobile,
				&a->reason,
				&a->voip_reason,
				&a->call_me,
				&a->voicemail,
				&a->forward[UC_FORWARD_ALWAYS],
				&a->forward[UC_FORWARD_BUSY],
				&a->forward[UC_FORWARD_NO_ANSWER]};

	enum { TEXTS = sizeof(texts) / sizeof(*texts) };

	if (i < TEXTS)
		return texts[i];
	return i - TEXTS < PROTO_PRESENCE_COUNT ? &a->away[i - TEXTS] : NULL;
}

static void destructor(void *arg)
{
	struct uc *uc = arg;
	char **text;
	unsigned i;

	/* First who would tell somebody, then what is told of. */
	uc->notify = mem_deref(uc->notify);
	uc_searches_close(uc);
	uc_parked_close(uc);
	uc_drafts_close(uc);
	uc_hidden_close(uc);
	uc_calls_close(uc, true);
	uc_qualities_close(uc);
	uc_conversations_close(uc);
	uc_groups_close(uc);
	uc_contacts_close(uc);
	for (i = 0; (text = account_text(&uc->account, i)); i++)
		free(*text);
	uc_away_close(uc);
	for (i = 0; i < 6; i++)
		free(uc->dial_texts[i]);
	free(uc->notice.text);
}

static int account_init(struct uc_account *a)
{
	char **text;
	unsigned i;
	int err = 0;

	for (i = 0; !err && (text = account_text(a, i)); i++)
		err = text_set(text, "");
	a->since_ms = time_wall_ms();
	return err;
}

int uc_alloc(struct uc **ucp)
{
	const struct proto_dial_params none = {0};
	struct uc *uc;
	int err;

	if (!ucp)
		return EINVAL;
	uc = mem_zalloc(sizeof(*uc), destructor);
	if (!uc)
		return ENOMEM;
	list_init(&uc->searches);
	uc->next_call = 1;
	err = notify_alloc(&uc->notify);
	if (!err)
		err = account_init(&uc->account);
	if (!err)
		err = uc_set_dial_params(uc, &none);
	if (err)
		mem_deref(uc);
	else
		*ucp = uc;
	return err;
}

struct notify *uc_notify(struct uc *uc)
{
	return uc ? uc->notify : NULL;
}

void uc_tell(struct uc *uc, uint32_t change, const void *subject)
{
	if (uc && uc->notify)
		notify_emit(uc->notify, change, subject);
}

bool uc_text(char **sp, const char *s, int *err)
{
	char *clean = text_clean(s, (size_t)-1, TEXT_LINE_MAX);

	if (!clean) {
		*err = ENOMEM;
		return false;
	}
	if (*sp && !strcmp(*sp, clean)) {
		free(clean);
		return false;
	}
	free(*sp);
	*sp = clean;
	return true;
}

/* ---- account ----------------------------------------------------------- */

const struct uc_account *uc_account(const struct uc *uc)
{
	return &uc->account;
}

struct uc_account *uc_account_edit(struct uc *uc)
{
	return &uc->account;
}

void uc_account_changed(struct uc *uc, uint32_t change)
{
	static const uint32_t kinds[] = {UC_CHANGE_ACCOUNT,
					 UC_CHANGE_CONNECTION, UC_CHANGE_PHONE};
	char **text;
	unsigned i;
	int err = 0;

	/* They come from outside as well: nothing dirty stays in the model. */
	for (i = 0; (text = account_text(&uc->account, i)); i++) {
		char *raw = *text;

		*text = NULL;
		uc_text(text, raw, &err);
		free(raw);
		if (!*text)
			(void)text_set(text, "");
	}
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (change & kinds[i])
			uc_tell(uc, kinds[i], NULL);
}

int uc_set_dial_params(struct uc *uc, const struct proto_dial_params *p)
{
	const char *const in[] = {p->country, p->area,	   p->location,
				  p->access,  p->national, p->international};
	const char **const out[] = {
		&uc->dial.country, &uc->dial.area,     &uc->dial.location,
		&uc->dial.access,  &uc->dial.national, &uc->dial.international};
	bool changed = uc->dial.extension_max != p->extension_max;
	unsigned i;
	int err = 0;

	for (i = 0; i < 6; i++) {
		changed |= uc_text(&uc->dial_texts[i], in[i], &err);
		*out[i] = uc->dial_texts[i] ? uc->dial_texts[i] : "";
	}
	uc->dial.extension_max = p->extension_max;
	if (!changed || err)
		return err;
	err = uc_contacts_renumber(uc);
	if (!err)
		err = uc_conversations_renumber(uc);
	return err;
}

const struct proto_dial_params *uc_dial_params(const struct uc *uc)
{
	return &uc->dial;
}

void uc_clear(struct uc *uc)
{
	const struct proto_dial_params none = {0};

	uc_searches_close(uc);
	uc_parked_close(uc);
	uc_drafts_close(uc);
	uc_hidden_close(uc);
	uc_calls_close(uc, false);
	uc_qualities_close(uc);
	uc_conversations_close(uc);
	uc_groups_close(uc);
	uc_contacts_close(uc);
	uc_away_clear(uc);
	uc->account.can = 0;
	uc->account.mode = UC_MODE_SMART;
	(void)text_set(&uc->account.name, "");
	(void)text_set(&uc->account.device, "");
	(void)text_set(&uc->account.phones, "");
	(void)text_set(&uc->account.phone, "");
	(void)text_set(&uc->account.mobile, "");
	(void)text_set(&uc->account.server_version, "");
	(void)uc_set_dial_params(uc, &none);
	uc_conversations_calls(uc);
	uc_tell(uc, UC_CHANGE_ACCOUNT, NULL);
	uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
	uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
	uc_tell(uc, UC_CHANGE_CALLS, NULL);
	uc_tell(uc, UC_CHANGE_SEARCH, NULL);
}

void uc_round_begin(struct uc *uc)
{
	uc->round++;
}

void uc_round_end(struct uc *uc, bool contacts, bool entries, const char *all)
{
	if (contacts)
		uc_contacts_sweep(uc);
	if (entries)
		uc_entries_sweep(uc, all);
}

/* ---- notices ----------------------------------------------------------- */

void uc_notice(struct uc *uc, enum uc_notice_kind kind, const char *fmt, ...)
{
	char *raw = NULL, *clean;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&raw, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	clean = text_clean(raw, (size_t)-1, TEXT_LINE_MAX);
	free(raw);
	if (!clean)
		return;
	free(uc->notice.text);
	uc->notice.text = clean;
	uc->notice.kind = kind;
	uc->notice.number++;
	uc->notice.at_ms = time_wall_ms();
	uc_tell(uc, UC_CHANGE_NOTICE, NULL);
}

const struct uc_notice *uc_last_notice(const struct uc *uc)
{
	return uc->notice.number ? &uc->notice : NULL;
}
