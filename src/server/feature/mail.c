/**
 * @file mail.c  A new message is sent by e-mail (SPEC T5.7.4)
 *
 * What is to be sent stands in a setting of its box until the mail server has
 * taken it: made in the commit that files the message, so that neither a
 * restart nor a crash loses one. One after the other, and later again where
 * that fails.
 */
#define LOG_MODULE "mail"
#include "feature_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <offhook/net.h>

enum {
	PASSWORD_MAX = 1024,
	RETRY_MAX_MS = 3600 * 1000,
};

static const char switch_setting[] = "voicemail.mail";
static const char address_setting[] = "voicemail.mail.address";
static const char queue_prefix[] = "mail.";

/* One that is to be sent. */
struct letter {
	struct le le;
	struct mails *mails; /**< NULL: they have gone */
	char *owner;
	int64_t id;
	unsigned tries;
	uint64_t next_ms;
	/* as it is being made */
	struct net_mail m;
	char *host, *from, *to, *user, *password, *ca, *subject, *text;
	char *wav, *name, *number, *word, *key;
	size_t len;
	int64_t at_ms;
	uint32_t length_ms;
	char *why;
};

struct mails {
	struct features *f;
	struct list letters; /**< in the order in which they came */
	struct letter *busy;
	struct job_queue *jobs;
	struct tmr tmr;
};

/* What it says, by the language of the box. */
static const struct words {
	const char *language, *subject, *text, *date;
} words[] = {
	{"en", "Voice message from %s",
	 "A new voice message\r\n\r\n"
	 "From:    %s\r\nNumber:  %s\r\nDate:    %s\r\nLength:  %s\r\n",
	 "%Y-%m-%d %H:%M"},
	{"de", "Sprachnachricht von %s",
	 "Eine neue Sprachnachricht\r\n\r\n"
	 "Von:     %s\r\nNummer:  %s\r\nDatum:   %s\r\nLänge:   %s\r\n",
	 "%d.%m.%Y %H:%M"},
	{"fr", "Message vocal de %s",
	 "Un nouveau message vocal\r\n\r\n"
	 "De :     %s\r\nNuméro : %s\r\nDate :   %s\r\nDurée :  %s\r\n",
	 "%d/%m/%Y %H:%M"},
};

/* ---- whether and where to ---------------------------------------------- */

static const char *server(const struct features *f, const char *name)
{
	const char *value = db_setting(f->db, "", name);

	return value ? value : "";
}

static bool is_set_up(const struct features *f)
{
	return *server(f, "smtp_host") &&
	       net_mail_address_ok(server(f, "smtp_from"));
}

bool feature_can_mail(const struct features *f, const char *extension)
{
	const struct db_account *a = f ? db_account(f->db, extension) : NULL;

	return a && !(a->can & DB_CAN_NO_MAIL) && is_set_up(f) &&
	       (feature_has_voicemail(f, extension) || box_find(f, extension));
}

const char *feature_mail_address(const struct features *f,
				 const char *extension)
{
	const struct db_account *a = f ? db_account(f->db, extension) : NULL;
	const char *own =
		a ? db_setting(f->db, extension, address_setting) : NULL;

	if (!text_empty(own))
		return own;
	return a && a->email ? a->email : "";
}

bool feature_mails(const struct features *f, const char *extension)
{
	/* a box of several has nobody to look into it */
	return feature_can_mail(f, extension) &&
	       net_mail_address_ok(feature_mail_address(f, extension)) &&
	       (box_find(f, extension) ||
		text_equal(db_setting(f->db, extension, switch_setting), "on"));
}

struct setting_mail {
	struct features *f;
	char *owner;
	bool on;
	db_done_h *h;
	void *arg;
};

static void setting_destructor(void *arg)
{
	struct setting_mail *s = arg;

	mem_deref(s->f);
	free(s->owner);
}

static void address_kept(int err, void *arg)
{
	struct setting_mail *s = arg;

	if (err)
		s->h(err, s->arg);
	else
		db_setting_set(s->f->db, s->owner, switch_setting,
			       s->on ? "on" : NULL, s->h, s->arg);
	mem_deref(s);
}

void feature_set_mail(struct features *f, const char *extension, bool on,
		      const char *address, db_done_h *h, void *arg)
{
	const char *will = text_empty(address)
				   ? feature_mail_address(f, extension)
				   : address;
	struct setting_mail *s;
	int err = 0;

	if (!feature_can_mail(f, extension))
		err = ENOTSUP;
	else if ((on || !text_empty(address)) && !net_mail_address_ok(will))
		err = EINVAL;
	s = err ? NULL : mem_zalloc(sizeof(*s), setting_destructor);
	if (s)
		s->owner = text_dup(extension);
	if (!s || !s->owner) {
		mem_deref(s);
		h(err ? err : ENOMEM, arg);
		return;
	}
	s->f = mem_ref(f);
	s->on = on;
	s->h = h;
	s->arg = arg;
	if (address)
		db_setting_set(f->db, extension, address_setting,
			       *address ? address : NULL, address_kept, s);
	else
		address_kept(0, s);
}

/* ---- the queue --------------------------------------------------------- */

static void letter_destructor(void *arg)
{
	struct letter *l = arg;

	list_unlink(&l->le);
	if (l->password)
		explicit_bzero(l->password, strlen(l->password));
	free(l->owner);
	free(l->host);
	free(l->from);
	free(l->to);
	free(l->user);
	free(l->password);
	free(l->ca);
	free(l->subject);
	free(l->text);
	free(l->wav);
	free(l->name);
	free(l->number);
	free(l->word);
	free(l->key);
	free(l->why);
}

static void next(void *arg);

static void wake(struct mails *ms)
{
	uint64_t now = time_mono_ms(), at = UINT64_MAX;
	struct le *le;

	if (ms->busy)
		return;
	LIST_FOREACH (&ms->letters, le) {
		const struct letter *l = le->data;

		if (l->next_ms < at)
			at = l->next_ms;
	}
	if (at != UINT64_MAX)
		tmr_start(&ms->tmr, at > now ? at - now : 0, next, ms);
}

static struct letter *put(struct mails *ms, const char *owner, int64_t id,
			  unsigned tries)
{
	struct letter *l = mem_zalloc(sizeof(*l), letter_destructor);

	if (!l)
		return NULL;
	l->mails = ms;
	l->owner = text_dup(owner);
	l->id = id;
	l->tries = tries;
	l->next_ms = time_mono_ms();
	list_append(&ms->letters, &l->le, l);
	return l;
}

static void remember(const struct letter *l, bool gone)
{
	char name[40], value[16];

	snprintf(name, sizeof(name), "%s%lld", queue_prefix, (long long)l->id);
	snprintf(value, sizeof(value), "%u", l->tries);
	db_setting_set(l->mails->f->db, l->owner, name, gone ? NULL : value,
		       NULL, NULL);
}

static void drop(struct letter *l)
{
	remember(l, true);
	list_unlink(&l->le);
	mem_deref(l);
}

const char *mail_mark(const struct features *f, const char *owner)
{
	return feature_mails(f, owner) ? queue_prefix : NULL;
}

void mail_new(struct features *f, const char *owner, int64_t id)
{
	/* without memory it goes with the next start */
	if (put(f->mails, owner, id, 0))
		wake(f->mails);
}

/* ---- sending ----------------------------------------------------------- */

static void over(struct letter *l)
{
	struct mails *ms = l->mails;

	ms->busy = NULL;
	wake(ms);
}

static void later(struct letter *l, const char *why)
{
	struct mails *ms = l->mails;
	uint64_t ms_later =
		(uint64_t)db_setting_number(ms->f->db, "mail_retry_s") * 1000;

	l->tries++;
	if (l->tries >= db_setting_number(ms->f->db, "mail_tries")) {
		log_error("a message of box %s is not sent: given up after %u "
			  "tries: %s",
			  l->owner, l->tries, why);
		drop(l);
		ms->busy = NULL;
		wake(ms);
		return;
	}
	for (unsigned i = 1; i < l->tries && ms_later < RETRY_MAX_MS; i++)
		ms_later *= 2;
	if (ms_later > RETRY_MAX_MS)
		ms_later = RETRY_MAX_MS;
	log_warn("a message of box %s is not sent yet, try %u: %s", l->owner,
		 l->tries, why);
	l->next_ms = time_mono_ms() + ms_later;
	remember(l, false);
	over(l);
}

static int send_work(void *arg)
{
	struct letter *l = arg;
	char *file = NULL;
	size_t len;
	int err = 0;

	/* the administrator's, read when it is needed */
	if (!text_empty(l->word))
		err = file_read(l->word, PASSWORD_MAX, &file, &len);
	if (err) {
		l->why = text_printf("%s: %s", l->word, strerror(err));
		return err;
	}
	if (file)
		file[strcspn(file, "\r\n")] = '\0';
	l->password = file;
	l->m.password = file;
	return net_mail_send(&l->m, &l->why);
}

static void sent(int err, void *arg)
{
	struct letter *l = arg;
	struct mails *ms = l->mails;

	if (l->password)
		explicit_bzero(l->password, strlen(l->password));
	if (!ms) {
		/* it stands in the queue, and goes with the next start */
	} else if (err == EPERM) {
		log_error("a message of box %s is not sent: %s", l->owner,
			  l->why ? l->why : "refused");
		drop(l);
		ms->busy = NULL;
		wake(ms);
	} else if (err) {
		later(l, l->why ? l->why : strerror(err));
	} else {
		log_info("a message of box %s is sent", l->owner);
		/* nobody would ever delete it there */
		if (box_find(ms->f, l->owner))
			db_voicemail_remove(ms->f->db, l->owner, &l->id, 1,
					    NULL, NULL);
		drop(l);
		ms->busy = NULL;
		wake(ms);
	}
	mem_deref(l);
}

static const struct words *words_of(const struct features *f, const char *owner)
{
	const char *own = db_setting(f->db, owner, "language");
	const char *speaks = prompt_language(
		text_empty(own) ? db_setting(f->db, "", "language") : own);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_equal(words[i].language, speaks))
			return &words[i];
	return &words[0];
}

/* The formats are of the table above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void write_words(struct letter *l)
{
	const struct words *w = words_of(l->mails->f, l->owner);
	const char *who = text_empty(l->name) ? l->number : l->name;
	time_t at = (time_t)(l->at_ms / 1000);
	uint32_t s = (l->length_ms + 999) / 1000;
	char date[48] = "", length[24];
	struct tm tm;

	if (localtime_r(&at, &tm))
		(void)strftime(date, sizeof(date), w->date, &tm);
	snprintf(length, sizeof(length), "%u:%02u", s / 60, s % 60);
	l->subject = text_printf(w->subject, who);
	l->text = text_printf(w->text, who, l->number, date, length);
}
#pragma GCC diagnostic pop

static int make(struct letter *l)
{
	const struct features *f = l->mails->f;
	const char *way = server(f, "smtp_security");

	free(l->subject);
	free(l->text);
	write_words(l);
	free(l->key);
	/* the same mail, however often it is tried */
	l->key = text_printf("voicemail-%s-%lld-%lld", l->owner,
			     (long long)l->id, (long long)l->at_ms);
	free(l->host);
	free(l->from);
	free(l->to);
	free(l->user);
	free(l->ca);
	free(l->word);
	l->host = text_dup(server(f, "smtp_host"));
	l->from = text_dup(server(f, "smtp_from"));
	l->to = text_dup(feature_mail_address(f, l->owner));
	l->user = text_dup(server(f, "smtp_user"));
	l->ca = text_dup(server(f, "smtp_ca"));
	l->word = text_dup(server(f, "smtp_password_file"));
	if (!l->host || !l->from || !l->to || !l->user || !l->ca || !l->word ||
	    !l->subject || !l->text || !l->key)
		return ENOMEM;
	free(l->why);
	l->why = NULL;
	l->m = (struct net_mail){
		.host = l->host,
		.port = (uint16_t)db_setting_number(f->db, "smtp_port"),
		.security = text_equal(way, "none")  ? NET_MAIL_PLAIN
			    : text_equal(way, "tls") ? NET_MAIL_TLS
						     : NET_MAIL_STARTTLS,
		.user = l->user,
		.ca_file = l->ca,
		.from = l->from,
		.to = l->to,
		.id = l->key,
		.subject = l->subject,
		.text = l->text,
		.file_name = "message.wav",
		.file_type = "audio/x-wav",
		.file = l->wav,
		.file_len = l->len,
	};
	return 0;
}

static void sound_came(int err, const char *wav, size_t len, void *arg)
{
	struct letter *l = arg;
	struct mails *ms = l->mails;

	if (!ms) {
		mem_deref(l);
		return;
	}
	free(l->wav);
	l->wav = err ? NULL : malloc(len);
	if (l->wav) {
		memcpy(l->wav, wav, len);
		l->len = len;
		err = make(l);
	}
	if (!err)
		err = l->wav ? net_mail_prepare() : ENOMEM;
	if (!err && !ms->jobs)
		err = job_queue_alloc(&ms->jobs, "mail", 1);
	if (!err)
		err = job_run(ms->jobs, send_work, sent, l);
	if (!err)
		return;
	later(l, strerror(err));
	mem_deref(l);
}

static void row_came(int err, const struct db_voicemail *v, size_t count,
		     bool more, void *arg)
{
	struct letter *l = arg;

	(void)more;
	if (!l->mails) {
		mem_deref(l);
		return;
	}
	if (err || !count || v->id != l->id) {
		struct mails *ms = l->mails;

		/* deleted meanwhile, or the disk */
		if (err) {
			later(l, strerror(err));
		} else {
			drop(l);
			ms->busy = NULL;
			wake(ms);
		}
		mem_deref(l);
		return;
	}
	(void)text_set(&l->name, v->name);
	(void)text_set(&l->number, v->number);
	l->at_ms = v->at_ms;
	l->length_ms = v->length_ms;
	db_voicemail_sound(l->mails->f->db, l->owner, l->id, sound_came, l);
}

static void next(void *arg)
{
	struct mails *ms = arg;
	uint64_t now = time_mono_ms();
	struct le *le;

	LIST_FOREACH (&ms->letters, le) {
		struct letter *l = le->data;

		if (l->next_ms > now)
			continue;
		/* switched off meanwhile */
		if (!feature_mails(ms->f, l->owner)) {
			drop(l);
			wake(ms);
			return;
		}
		ms->busy = l;
		db_voicemail_read(ms->f->db, l->owner, l->id + 1, 1, row_came,
				  mem_ref(l));
		return;
	}
	wake(ms);
}

/* ---- beginning and end ------------------------------------------------- */

struct waiting {
	struct mails *ms;
	const char *owner;
};

static void one_waits(const char *name, const char *value, void *arg)
{
	const struct waiting *w = arg;
	size_t n = sizeof(queue_prefix) - 1;
	long long id;

	if (strncmp(name, queue_prefix, n) != 0)
		return;
	id = strtoll(name + n, NULL, 10);
	if (id > 0)
		(void)put(w->ms, w->owner, id,
			  (unsigned)strtoul(value, NULL, 10));
}

static void destructor(void *arg)
{
	struct mails *ms = arg;
	struct le *le;

	tmr_cancel(&ms->tmr);
	while ((le = ms->letters.head)) {
		struct letter *l = le->data;

		list_unlink(&l->le);
		l->mails = NULL;
		mem_deref(l);
	}
	mem_deref(ms->jobs);
}

static int begin(struct features *f)
{
	struct mails *ms = mem_zalloc(sizeof(*ms), destructor);

	if (!ms)
		return ENOMEM;
	f->mails = ms;
	ms->f = f;
	tmr_init(&ms->tmr);
	for (size_t i = 0; i < db_account_count(f->db); i++) {
		struct waiting w = {ms, db_account_at(f->db, i)->extension};

		db_settings(f->db, w.owner, one_waits, &w);
	}
	wake(ms);
	return 0;
}

static void end(struct features *f)
{
	f->mails = mem_deref(f->mails);
}

const struct feature feature_mail = {
	.name = "mail",
	.begin = begin,
	.end = end,
};
