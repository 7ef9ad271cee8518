/**
 * @file voicemail.c  The answering box: greets, beeps, takes a message
 *
 * Calls come to it that nobody answers, that find their phone busy or their
 * user not to be disturbed, and those that are sent there (SPEC T5.6.2.7).
 */
#define LOG_MODULE "feature"
#include "feature_int.h"

#include <stdlib.h>
#include <offhook/media.h>

enum {
	RATE = 16000,
	/** Before the first word the phones' way has to open. */
	PAUSE_MS = 500,
	/** Who says nothing for so long has nothing more to say. */
	SILENCE_S = 7,
	/** What is shorter was no message, nor is so little voice. */
	LEAST_MS = 1000,
	LEAST_VOICE_MS = 200,
	DAY_MS = 24 * 3600 * 1000,
	EXPIRE_MS = 3600 * 1000, /**< so often heard ones are looked for */
};

struct voicemail {
	struct prompts *prompts;
	struct media_clip *pause, *tone, *end;
	struct list messages; /**< struct message */
	struct tmr expire;    /**< looks for those heard long ago */
};

/* A caller at a box. */
struct message {
	struct le le;
	struct features *f;    /**< NULL: they have gone */
	struct pbx_machine *m; /**< NULL: he has gone */
	char *owner, *number, *name;
	char *absent; /**< whose state he hears of: the owner, or who has
			   no box of his own */
	bool outside;
	char *path;
	int64_t at_ms;
	enum { GREETS, RECORDS, ENDS } stage;
	bool recording;		 /**< recorded() is still to come */
	const char *language;	 /**< that is spoken */
	struct media_clip *own;	 /**< greeting of the owner's, or NULL */
	struct media_clip *note; /**< of the state, or NULL */
	bool own_known, note_known, greeted;
};

/* ---- a caller's message ------------------------------------------------ */

static void message_destructor(void *arg)
{
	struct message *msg = arg;

	list_unlink(&msg->le);
	mem_deref(msg->m);
	mem_deref(msg->own);
	mem_deref(msg->note);
	free(msg->owner);
	free(msg->absent);
	free(msg->number);
	free(msg->name);
	free(msg->path);
}

/* It goes when neither the caller nor the recorder has it. */
static void message_left(struct message *msg)
{
	if (msg->m || msg->recording)
		return;
	/* what is still being read for it holds it a little longer */
	list_unlink(&msg->le);
	mem_deref(msg);
}

static void play(struct message *msg, struct media_clip *const *clips, size_t n)
{
	struct media_clip *there[PBX_CLIPS_MAX];
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (clips[i])
			there[k++] = clips[i];
	(void)pbx_machine_play(msg->m, there, k);
}

static void say_goodbye(struct message *msg)
{
	struct media_clip *const clips[] = {msg->f->voicemail->end};

	msg->stage = ENDS;
	play(msg, clips, 1);
}

/* What he says is not kept: he is not left in the belief that it is. */
static void refuse(struct message *msg)
{
	const struct voicemail *v = msg->f->voicemail;
	struct media_clip *const clips[] = {
		prompt_clip(v->prompts, PROMPT_FULL, msg->language),
		v->end,
	};

	msg->stage = ENDS;
	play(msg, clips, ARRAY_SIZE(clips));
}

static bool is_full(const struct message *msg)
{
	const struct db_account *a = db_account(msg->f->db, msg->owner);

	return !a ||
	       a->voice_new + a->voice_old >=
		       db_setting_number(msg->f->db, "voicemail_messages");
}

/* Whose state the caller may hear of, or NULL. */
static const struct db_account *who_is_absent(const struct message *msg)
{
	const struct db_account *a = db_account(msg->f->db, msg->absent);

	return a && announce_allowed(a, msg->outside) ? a : NULL;
}

/* What he hears of it. @return how many pieces */
static size_t tell_absence(const struct message *msg,
			   enum prompt piece[ANNOUNCE_MAX])
{
	const struct db_account *a = who_is_absent(msg);

	return a ? announce(piece, msg->language, &a->presence, time_wall_ms())
		 : 0;
}

struct media_clip *voicemail_clip(const struct features *f, unsigned prompt,
				  const char *lang)
{
	return prompt_clip(f->voicemail->prompts, (enum prompt)prompt,
			   prompt_language(lang));
}

void voicemail_speak(const struct features *f, const char *owner,
		     const char **languagep, voicemail_speak_h *h, void *arg)
{
	const char *own = db_setting(f->db, owner, "language");

	*languagep = prompt_language(
		text_empty(own) ? db_setting(f->db, "", "language") : own);
	prompts_need(f->voicemail->prompts, *languagep, h, arg);
}

static void greet(struct message *msg);

static void sound_came(struct message *msg, struct media_clip **clip,
		       const char *what, int err, const char *wav, size_t len)
{
	if (!err)
		err = media_wav_decode(clip, (const uint8_t *)wav, len);
	if (err)
		log_warn("a %s of %s cannot be played: %s", what, msg->owner,
			 strerror(err));
	if (msg->f && msg->m)
		greet(msg);
	mem_deref(msg);
}

static void own_came(int err, const char *wav, size_t len, void *arg)
{
	struct message *msg = arg;

	sound_came(msg, &msg->own, "greeting", err, wav, len);
}

static void note_came(int err, const char *wav, size_t len, void *arg)
{
	struct message *msg = arg;

	sound_came(msg, &msg->note, "note", err, wav, len);
}

/* @return true: something is being fetched, greet() comes after */
static bool fetch_own(struct message *msg)
{
	const struct db_account *a = who_is_absent(msg);
	enum proto_presence state = a ? a->presence.state : PROTO_OFFICE;
	unsigned own = feature_greeting(msg->f, msg->owner, state);
	struct db *db = msg->f->db;

	msg->stage = GREETS;
	if (!msg->own_known && own) {
		msg->own_known = true;
		db_greeting_sound(db, msg->owner, own, own_came, mem_ref(msg));
		return true;
	}
	if (!msg->note_known && a && db_greeting_ms(db, msg->absent, DB_NOTE)) {
		msg->note_known = true;
		db_greeting_sound(db, msg->absent, DB_NOTE, note_came,
				  mem_ref(msg));
		return true;
	}
	return false;
}

/* What is said last: the user's own words, or what takes their place. */
static enum prompt last_words(bool full, bool records, size_t said)
{
	if (full)
		return PROMPT_FULL;
	if (!records)
		return said ? PROMPT_COUNT : PROMPT_CANNOT;
	return said ? PROMPT_LEAVE : PROMPT_GREETING;
}

static void greet(struct message *msg)
{
	const struct voicemail *v = msg->f->voicemail;
	bool full = is_full(msg);
	struct media_clip *clips[PBX_CLIPS_MAX] = {v->pause};
	bool records = !full && feature_records(msg->f, msg->owner);
	enum prompt piece[ANNOUNCE_MAX], last;
	size_t n = 1, said = tell_absence(msg, piece);

	/* he has gone on while it was being fetched */
	if (msg->greeted || (!full && fetch_own(msg)))
		return;
	msg->greeted = true;

	_Static_assert(ANNOUNCE_MAX + 4 <= PBX_CLIPS_MAX, "they are played");
	for (size_t i = 0; i < said; i++)
		clips[n++] = prompt_clip(v->prompts, piece[i], msg->language);
	last = last_words(full, records, said);
	/* the state may have become another, which not all may know */
	if (msg->note && who_is_absent(msg))
		clips[n++] = msg->note;
	if (msg->own && !full)
		clips[n++] = msg->own;
	else if (last != PROMPT_COUNT)
		clips[n++] = prompt_clip(v->prompts, last, msg->language);
	clips[n++] = records ? v->tone : v->end;
	msg->stage = records ? GREETS : ENDS;
	play(msg, clips, n);
}

static void speaks(int err, void *arg)
{
	struct message *msg = arg;

	if (!err && msg->f && msg->m)
		greet(msg);
	mem_deref(msg);
}

static void filed(int err, const struct db_voicemail *v, size_t count,
		  bool more, void *arg)
{
	struct features *f = arg;

	(void)more;
	if (err)
		log_error("a voice message could not be filed: %s",
			  strerror(err));
	else if (count && v->mark && f->mails)
		mail_new(f, v->owner, v->id);
	mem_deref(f);
}

static void recorded(const struct pbx_recorded *r, void *arg)
{
	struct message *msg = arg;
	const struct db_voicemail v = {
		.owner = msg->owner,
		.at_ms = msg->at_ms,
		.length_ms = r->ms,
		.number = msg->number,
		.name = msg->name,
		.mark = msg->f ? mail_mark(msg->f, msg->owner) : NULL,
	};

	msg->recording = false;
	if (msg->f && (!r->err || r->err == ENOSPC) && r->ms >= LEAST_MS &&
	    r->voice_ms >= LEAST_VOICE_MS)
		db_voicemail_add(msg->f->db, &v, msg->path, filed,
				 mem_ref(msg->f));
	else if (msg->f)
		db_voicemail_discard(msg->f->db, msg->path);
	message_left(msg);
}

static void record(struct message *msg)
{
	struct pbx_record_prm prm = {
		.max_s = db_setting_number(msg->f->db, "voicemail_max_s"),
		.silence_s = SILENCE_S,
	};
	int err = ENOMEM;

	msg->path = db_voicemail_temporary(msg->f->db);
	prm.path = msg->path;
	msg->at_ms = time_wall_ms();
	msg->stage = RECORDS;
	if (msg->path)
		err = pbx_machine_record(msg->m, &prm, recorded, msg);
	msg->recording = !err;
	if (!err)
		return;
	log_error("a voice message cannot be recorded: %s", strerror(err));
	refuse(msg);
}

/* The number as it is kept in the journal. */
static int take_caller(struct message *msg)
{
	struct proto_dial_params p;
	struct pbx_caller caller;
	const char *name, *known;
	char *canonical;
	int err;

	pbx_machine_caller(msg->m, &caller, &name);
	msg->outside = caller.outside;
	db_dial_params(msg->f->db, &p);
	canonical = text_empty(caller.number)
			    ? NULL
			    : proto_number_canonical(caller.number, &p);
	err = text_set(&msg->number, canonical ? canonical : caller.number);
	known = err ? NULL : db_name_of(msg->f->db, msg->owner, msg->number);
	if (!err)
		err = text_set(&msg->name, known ? known : name);
	free(canonical);
	return err;
}

/* "voicemail 201", or "voicemail 80 201": 201's calls go to that box. */
static int take_owner(struct message *msg, const char *name)
{
	size_t n = strlen(voicemail_machine);
	const char *owner = name + n, *absent;

	if (strncmp(name, voicemail_machine, n) != 0)
		return ENOENT;
	absent = strchr(owner, ' ');
	msg->owner = absent ? text_printf("%.*s", (int)(absent - owner), owner)
			    : text_dup(owner);
	msg->absent = text_dup(absent ? absent + 1 : owner);
	return msg->owner && msg->absent ? 0 : ENOMEM;
}

static void begun(struct features *f, struct pbx_machine *m)
{
	const char *name = pbx_machine_name(m);
	struct message *msg = mem_zalloc(sizeof(*msg), message_destructor);
	int err = msg ? 0 : ENOMEM;

	if (!err)
		err = take_owner(msg, name);
	if (!err) {
		msg->f = f;
		msg->m = mem_ref(m);
		err = take_caller(msg);
	}
	if (err) {
		log_error("an answering box cannot answer: %s", strerror(err));
		mem_deref(msg);
		pbx_machine_hang_up(m);
		return;
	}
	list_append(&f->voicemail->messages, &msg->le, msg);
	pbx_machine_set_data(m, msg);
	msg->stage = GREETS;
	voicemail_speak(f, msg->owner, &msg->language, speaks, mem_ref(msg));
}

static void played(struct message *msg)
{
	if (msg->stage == GREETS)
		record(msg);
	else
		pbx_machine_hang_up(msg->m);
}

/* The hash sign: no greeting; no more to say. */
static void digit(struct message *msg)
{
	struct media_clip *const tone[] = {msg->f->voicemail->tone};
	char c;

	while ((c = pbx_machine_digit(msg->m))) {
		if (c != '#')
			continue;
		msg->greeted = true;
		if (msg->stage == GREETS)
			play(msg, tone, 1);
		else if (msg->stage == RECORDS &&
			 pbx_machine_record_stop(msg->m))
			say_goodbye(msg);
	}
}

void voicemail_event(struct features *f, struct pbx_machine *m,
		     enum pbx_machine_event ev)
{
	struct message *msg = pbx_machine_data(m);

	if (ev == PBX_MACHINE_BEGUN) {
		begun(f, m);
		return;
	}
	if (!msg || !msg->f)
		return;
	switch (ev) {
	case PBX_MACHINE_PLAYED:
		played(msg);
		break;
	case PBX_MACHINE_DIGIT:
		digit(msg);
		break;
	case PBX_MACHINE_STOPPED:
		say_goodbye(msg);
		break;
	case PBX_MACHINE_BROKEN:
		refuse(msg);
		break;
	case PBX_MACHINE_OVER:
		msg->m = mem_deref(msg->m);
		message_left(msg);
		break;
	default:
		break;
	}
}

/* ---- beginning and end ------------------------------------------------- */

int voicemail_tone(struct media_clip **cp, double hz, unsigned ms,
		   unsigned times)
{
	size_t one = (size_t)ms * RATE / 1000;
	struct media_clip *c;
	double phase = 0;
	int err = media_clip_alloc(&c, RATE, NULL, one * (2 * times - 1));

	if (err)
		return err;
	for (unsigned i = 0; i < times; i++)
		media_sine(c->samples + 2 * one * i, one, RATE, hz, -14,
			   &phase);
	*cp = c;
	return 0;
}

static void destructor(void *arg)
{
	struct voicemail *v = arg;

	while (v->messages.head) {
		struct message *msg = v->messages.head->data;

		list_unlink(&msg->le);
		msg->f = NULL;
		pbx_machine_set_data(msg->m, NULL);
		msg->m = mem_deref(msg->m);
		message_left(msg);
	}
	tmr_cancel(&v->expire);
	mem_deref(v->prompts);
	mem_deref(v->pause);
	mem_deref(v->tone);
	mem_deref(v->end);
}

/* Heard ones go after their days (SPEC T5.7.0). */
static void expire(void *arg)
{
	const struct features *f = arg;
	int64_t days = db_setting_number(f->db, "voicemail_days");

	db_voicemail_expire(f->db, time_wall_ms() - days * DAY_MS);
	tmr_start(&f->voicemail->expire, EXPIRE_MS, expire, arg);
}

static int begin(struct features *f)
{
	struct voicemail *v = mem_zalloc(sizeof(*v), destructor);
	int err;

	if (!v)
		return ENOMEM;
	f->voicemail = v;
	err = prompts_alloc(&v->prompts);
	if (!err)
		err = media_clip_alloc(&v->pause, RATE, NULL,
				       (size_t)PAUSE_MS * RATE / 1000);
	/* ITU-T E.180: it is being recorded; then, nothing more is */
	if (!err)
		err = voicemail_tone(&v->tone, 1400, 400, 1);
	if (!err)
		err = voicemail_tone(&v->end, 425, 240, 3);
	if (!err) {
		db_voicemail_sweep(f->db);
		tmr_start(&v->expire, 0, expire, f);
	}
	return err;
}

static void end(struct features *f)
{
	f->voicemail = mem_deref(f->voicemail);
}

const struct feature feature_voicemail_box = {
	.name = "voicemail",
	.begin = begin,
	.end = end,
};
