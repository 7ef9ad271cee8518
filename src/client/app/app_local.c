/**
 * @file app_local.c  What our store keeps of an account
 *
 * For the first screen of a cold start: colleagues, favourites, the newest
 * conversations as they were last. And for a server that keeps none of them:
 * favourites, personal contacts, the journal of our own calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

enum {
	ENTRIES = 500,	   /**< of the journal, kept and shown at first */
	ENTRIES_EACH = 20, /**< of one conversation, in the cache */
	CACHE_MS = 5000,   /**< after a change, so that many are one write */
	CACHED_MAX = 5000, /**< colleagues */
	JOURNAL_MS = 400,  /**< the server files it a moment after the end */
	LOCAL_MS = 150,	   /**< a slow disk: the first screen without it */
};

/* ---- reading ----------------------------------------------------------- */

bool app_local_pending(const struct app *a)
{
	return a && a->local_reads;
}

static void local_over(void *arg)
{
	struct app *a = arg;

	a->local_reads = 0;
	tmr_cancel(&a->local);
	app_tell(a, APP_CHANGE_LOCAL, NULL);
	app_login_local_over(a);
}

/** One of the reads has come to its end. */
static void local_read(struct app *a)
{
	if (a->local_reads && !--a->local_reads)
		local_over(a);
}

static void contact_in(struct app *a, const struct store_contact *c)
{
	struct uc_contact *k;
	struct uc_presence p = c->presence;

	if (uc_contact_by_id(a->uc, c->data.id) ||
	    uc_contact_put(a->uc, &c->data, &k))
		return;
	if (c->default_number < k->number_count && c->default_number)
		(void)uc_contact_set_default(a->uc, k, c->default_number);
	if ((unsigned)p.state < PROTO_PRESENCE_COUNT)
		uc_set_presence(a->uc, k, &p);
	if ((unsigned)c->lamp < UC_LAMP_COUNT)
		uc_set_lamp(a->uc, k, c->lamp, NULL);
}

static void contacts_h(int err, const struct store_contact *c, size_t count,
		       void *arg)
{
	struct app *a = arg;
	size_t i;

	/* What the server has said by now is newer. */
	for (i = 0; !err && i < count; i++)
		if (!a->login.synced || c[i].data.own)
			contact_in(a, &c[i]);
	if (!app_online(a))
		uc_lamps_old(a->uc);
	local_read(a);
}

/* ---- which groups are folded ------------------------------------------- */

static void folds_apply(struct app *a)
{
	struct uc_group *g;

	for (size_t i = 0; a->folded && (g = uc_group_at(a->uc, i)); i++) {
		char *id = text_printf("\n%s\n", g->id);

		if (id && strstr(a->folded, id))
			uc_group_fold(a->uc, g, true);
		free(id);
	}
}

static void folds_h(int err, const char *const *texts, size_t count, void *arg)
{
	struct app *a = arg;

	if (!err && count && !a->folded) {
		a->folded = strdup(texts[0]);
		folds_apply(a);
	}
	local_read(a);
}

void app_local_folds_save(struct app *a)
{
	const struct uc_group *g;
	struct text_buf b = {0};

	text_buf_add(&b, "\n");
	for (size_t i = 0; (g = uc_group_at(a->uc, i)); i++)
		if (g->folded)
			text_buf_printf(&b, "%s\n", g->id);
	free(a->folded);
	a->folded = text_buf_take(&b);
	if (a->account && a->folded)
		(void)store_value_put(a->store, a->account, "folded",
				      a->folded);
}

/* ---- what was read ----------------------------------------------------- */

static void groups_h(int err, const struct uc_group_prm *g, size_t count,
		     void *arg)
{
	struct app *a = arg;

	if (!err && (count || !uc_group_count(a->uc)) &&
	    (!a->login.synced || a->groups_own))
		(void)uc_groups_replace(a->uc, g, count);
	folds_apply(a);
	local_read(a);
}

static void entries_h(int err, const struct uc_entry_prm *e, size_t count,
		      void *arg)
{
	struct app *a = arg;
	size_t i;

	for (i = 0; !err && i < count; i++)
		if (!uc_entry_by_id(a->uc, e[i].id, NULL))
			(void)uc_entry_put(a->uc, &e[i]);
	local_read(a);
}

static void cached_h(int err, const struct uc_entry_prm *e, size_t count,
		     void *arg)
{
	struct app *a = arg;

	/* What the server has said by now is newer. */
	if (!a->login.synced)
		entries_h(err, e, count, arg);
	else
		local_read(a);
}

static void redial_close(struct app *a)
{
	size_t i;

	for (i = 0; i < REDIAL_MAX; i++) {
		free(a->redial[i]);
		a->redial[i] = NULL;
	}
}

static void redial_h(int err, const char *const *numbers, size_t count,
		     void *arg)
{
	struct app *a = arg;
	size_t i;

	if (err || a->redial[0])
		return;
	for (i = 0; i < count && i < REDIAL_MAX; i++)
		a->redial[i] = strdup(numbers[i]);
}

static const char journal_seen[] = "journal_seen";

static void journal_seen_h(int err, const char *const *texts, size_t count,
			   void *arg)
{
	struct app *a = arg;
	int64_t ms = !err && count ? strtoll(texts[0], NULL, 10) : 0;

	if (ms > uc_account(a->uc)->journal_ms)
		uc_account_edit(a->uc)->journal_ms = ms;
	local_read(a);
}

static void journal_seen_save(struct app *a)
{
	int64_t ms = uc_account(a->uc)->journal_ms;
	char text[24];

	if (!ms)
		return;
	snprintf(text, sizeof(text), "%lld", (long long)ms);
	if (store_value_put(a->store, a->account, journal_seen, text))
		log_warn("how far the journal was read is not kept");
}

void app_local_open(struct app *a)
{
	struct store *s = a->store;

	a->groups_own = false;
	a->local_reads = 0;
	a->local_reads +=
		!store_contacts_load(s, a->account, STORE_OWN, contacts_h, a);
	a->local_reads +=
		!store_contacts_load(s, a->account, STORE_CACHE, contacts_h, a);
	a->local_reads +=
		!store_groups_load(s, a->account, STORE_CACHE, groups_h, a);
	a->local_reads +=
		!store_value_load(s, a->account, "folded", folds_h, a);
	a->local_reads += !store_value_load(s, a->account, journal_seen,
					    journal_seen_h, a);
	a->local_reads += !store_entries_load(s, a->account, STORE_OWN, ENTRIES,
					      entries_h, a);
	a->local_reads += !store_entries_load(s, a->account, STORE_CACHE,
					      ENTRIES, cached_h, a);
	tmr_start(&a->local, LOCAL_MS, local_over, a);
	app_hidden_open(a);
	app_outbox_open(a);
	(void)store_redial_load(s, a->account, redial_h, a);
	(void)store_qualities_load(s, a->account, app_quality_read, a);
}

void app_local_close(struct app *a)
{
	app_import_drop(a);
	a->local_reads = 0;
	tmr_cancel(&a->local);
	tmr_cancel(&a->cache);
	tmr_cancel(&a->journal);
	redial_close(a);
	free(a->folded);
	a->folded = NULL;
	app_outbox_close(a);
	app_deletions_close(a);
	app_histories_close(a);
	app_pictures_close(a);
}

/* ---- writing ----------------------------------------------------------- */

static void contact_out(struct store_contact *c, const struct uc_contact *k)
{
	c->data = (struct uc_contact_prm){
		.id = k->id,
		.directory = k->directory,
		.name = k->name,
		.first = k->first,
		.last = k->last,
		.company = k->company,
		.department = k->department,
		.email = k->email,
		.device = k->device,
		.own = k->own,
		.import_key = k->import_key,
		.hand_made = k->hand_made,
		.numbers = k->numbers,
		.number_count = k->number_count,
	};
	c->default_number = k->default_number;
	c->presence = k->presence;
	c->lamp = k->lamp;
}

/** Colleagues, and favourites of other directories. */
static size_t contacts_collect(struct app *a, struct store_contact *c,
			       size_t max)
{
	size_t i, k, n = 0;

	for (i = 0; i < uc_internal_count(a->uc) && n < max; i++)
		contact_out(&c[n++], uc_internal_at(a->uc, i));
	for (i = 0; i < uc_group_count(a->uc); i++) {
		const struct uc_group *g = uc_group_at(a->uc, i);

		for (k = 0; k < g->member_count && n < max; k++)
			if (g->members[k]->directory != UC_INTERNAL)
				contact_out(&c[n++], g->members[k]);
	}
	return n;
}

static int groups_out(struct app *a, enum store_set set)
{
	size_t i, k, count = uc_group_count(a->uc), members = 0, used = 0;
	struct uc_group_prm *g;
	const char **ids;
	int err = ENOMEM;

	for (i = 0; i < count; i++)
		members += uc_group_at(a->uc, i)->member_count;
	g = calloc(count + 1, sizeof(*g));
	ids = calloc(members + 1, sizeof(*ids));
	for (i = 0; g && ids && i < count; i++) {
		const struct uc_group *from = uc_group_at(a->uc, i);

		g[i].id = from->id;
		g[i].name = from->name;
		g[i].member_ids = &ids[used];
		g[i].member_count = from->member_count;
		for (k = 0; k < from->member_count; k++)
			ids[used++] = from->members[k]->id;
	}
	if (g && ids)
		err = store_groups_save(a->store, a->account, set, g, count);
	free(g);
	free(ids);
	return err;
}

/** The newest of the newest conversations. */
static size_t entries_collect(struct app *a, struct uc_entry_prm *e, size_t max)
{
	const struct uc_conversation *v;
	size_t i, k, n = 0;

	for (i = 0; n < max && (v = uc_conversation_at(a->uc, i)); i++)
		for (k = v->entry_count; k-- > 0 && n < max;) {
			const struct uc_entry *from = &v->entries[k];

			if (v->entry_count - k > ENTRIES_EACH)
				break;
			/* The store has those in a place of their own. */
			if (!strncmp(from->id, UC_OWN_PREFIX,
				     sizeof(UC_OWN_PREFIX) - 1))
				continue;
			e[n++] = (struct uc_entry_prm){
				.id = from->id,
				.kind = from->kind,
				.at_ms = from->at_ms,
				.duration_s = from->duration_s,
				.text = from->text,
				.number = from->number,
				.name = v->name,
				.unread = from->unread,
				.delivery = from->delivery,
				.reason = from->reason,
			};
		}
	return n;
}

static int entries_out(struct app *a)
{
	struct uc_entry_prm *e = calloc(ENTRIES, sizeof(*e));
	int err = e ? 0 : ENOMEM;

	/* Without a journal on the server all of them are ours anyway. */
	if (e && (uc_account(a->uc)->can & UC_CAN_JOURNAL))
		err = store_entries_cache(a->store, a->account, e,
					  entries_collect(a, e, ENTRIES));
	free(e);
	return err;
}

void app_local_save(struct app *a)
{
	struct store_contact *c;
	size_t n;

	tmr_cancel(&a->cache);
	/* Only a whole state is worth keeping. */
	if (!a->account || !a->login.synced)
		return;
	c = calloc(CACHED_MAX, sizeof(*c));
	if (!c)
		return;
	n = contacts_collect(a, c, CACHED_MAX);
	if (store_contacts_replace(a->store, a->account, STORE_CACHE, c, n) ||
	    groups_out(a, STORE_CACHE) || entries_out(a))
		log_warn("the local state was not written");
	free(c);
	journal_seen_save(a);
}

static void cache_h(void *arg)
{
	app_local_save(arg);
}

void app_local_groups_save(struct app *a)
{
	size_t i, k;

	if (!a->account || !a->groups_own)
		return;
	/* Members must be known again next time, whatever they came from. */
	for (i = 0; i < uc_group_count(a->uc); i++) {
		const struct uc_group *g = uc_group_at(a->uc, i);

		for (k = 0; k < g->member_count; k++) {
			struct store_contact c = {0};

			if (g->members[k]->directory == UC_INTERNAL)
				continue;
			contact_out(&c, g->members[k]);
			(void)store_contact_put(a->store, a->account, STORE_OWN,
						&c);
		}
	}
	if (groups_out(a, STORE_OWN))
		uc_notice(a->uc, UC_NOTICE_WARNING,
			  _("The favourites could not be kept."));
}

void app_local_synced(struct app *a)
{
	uint32_t can = uc_account(a->uc)->can;

	app_histories_anew(a);
	app_pictures_anew(a);
	if (!a->account)
		return;
	app_outbox_synced(a);
	if (!(can & UC_CAN_FAVOURITES) && !a->groups_own) {
		a->groups_own = true;
		(void)store_groups_load(a->store, a->account, STORE_OWN,
					groups_h, a);
	} else if (can & UC_CAN_FAVOURITES) {
		a->groups_own = false;
	}
	folds_apply(a);
	tmr_start(&a->cache, CACHE_MS, cache_h, a);
}

void app_local_redial(struct app *a, const char *number)
{
	char *copy = strdup(number);
	size_t i;

	if (!copy)
		return;
	for (i = 0; i < REDIAL_MAX - 1 && a->redial[i]; i++)
		if (!strcmp(a->redial[i], number))
			break;
	free(a->redial[i]);
	memmove(&a->redial[1], &a->redial[0], i * sizeof(*a->redial));
	a->redial[0] = copy;
	if (a->account)
		(void)store_redial_put(a->store, a->account, number);
}

/* ---- the journal ------------------------------------------------------- */

static void journal_h(void *arg)
{
	struct app *a = arg;
	struct wsi *w = app_online(a);

	if (w)
		(void)wsi_journal(NULL, w, NULL, NULL);
}

static enum uc_entry_kind kind_of(const struct uc_call *c, bool group)
{
	if (c->outgoing)
		return c->answered_ms ? UC_OUT_ANSWERED : UC_OUT_UNANSWERED;
	if (group)
		return c->answered_ms ? UC_IN_GROUP_ANSWERED
				      : UC_IN_GROUP_MISSED;
	return c->answered_ms ? UC_IN_ANSWERED : UC_IN_MISSED;
}

void app_call_over(struct app *a, const struct uc_call *c, bool group)
{
	struct uc_entry_prm e = {
		.kind = kind_of(c, group),
		.at_ms = c->started_ms,
		.number = c->number,
		.name = c->name,
		.text = "",
	};
	char id[48];

	if (uc_account(a->uc)->can & UC_CAN_JOURNAL) {
		tmr_start(&a->journal, JOURNAL_MS, journal_h, a);
		return;
	}
	/* No journal on the server: ours. */
	if (c->answered_ms)
		e.duration_s =
			(uint32_t)((time_wall_ms() - c->answered_ms + 500) /
				   1000);
	e.unread = e.kind == UC_IN_MISSED || e.kind == UC_IN_GROUP_MISSED;
	snprintf(id, sizeof(id), "own:%lld-%u", (long long)c->started_ms,
		 c->id);
	e.id = id;
	if (!uc_entry_put(a->uc, &e) && a->account)
		(void)store_entry_put(a->store, a->account, &e);
}

/* ---- the model's changes ----------------------------------------------- */

void app_model_h(uint32_t kind, const void *subject, void *arg)
{
	struct app *a = arg;

	(void)subject;
	if (a->stopping || !a->login.synced)
		return;
	a->changed |= kind;
	if (kind & (UC_CHANGE_CONTACT | UC_CHANGE_FAVOURITES |
		    UC_CHANGE_CONVERSATIONS))
		loop_turn_request(a->turn);
}

void app_model_turn(void *arg)
{
	struct app *a = arg;

	if (!a->changed || !a->login.synced)
		return;
	a->changed = 0;
	if (!tmr_isrunning(&a->cache))
		tmr_start(&a->cache, CACHE_MS, cache_h, a);
}
