/**
 * @file cmd_box.c  What one's own answering box does: greetings, PIN, mail
 *
 * Suite's boxes are managed elsewhere (SPEC, two kinds of server).
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>
#include <offhook/media.h>

/* Of an upload: as long as one by phone. */
enum { GREETING_MAX_MS = 60 * 1000, RATE = 8000 };

/* @return false: it has been told why not */
static bool managed(struct request *r)
{
	if (!feature_has_voicemail(r->front->features, request_user(r)))
		answer_reason(r, PROTO_REASON_NOT_OFFERED);
	else if (r->front->prm.mode == FRONT_SUITE)
		answer_reason(r, PROTO_REASON_NOT_ALLOWED);
	else
		return true;
	return false;
}

static void done(int err, void *arg)
{
	struct request *r = arg;

	if (r->front && err == EACCES)
		answer_reason(r, PROTO_REASON_BAD_PASSWORD);
	else if (r->front)
		/* a note's state was another before it was kept */
		answer_errno(r, err == ESTALE ? EALREADY : err);
	mem_deref(r);
}

/* ---- how it is --------------------------------------------------------- */

static void put_greetings(struct json_writer *w, const struct front *f,
			  const char *user)
{
	json_name(w, proto_member(PROTO_MEMBER_GREETINGS));
	json_array(w);
	for (unsigned i = 1; i <= DB_GREETINGS; i++) {
		uint32_t ms = db_greeting_ms(f->db, user, i);

		if (!ms)
			continue;
		json_object(w);
		json_add_int(w, proto_member(PROTO_MEMBER_GREETING), i);
		json_add_int(w, proto_member(PROTO_MEMBER_LENGTH), ms);
		json_end(w);
	}
	json_end(w);
	json_name(w, proto_member(PROTO_MEMBER_STATES));
	json_array(w);
	for (int p = PROTO_OFFICE; p < PROTO_PRESENCE_COUNT; p++) {
		json_object(w);
		json_add_int(w, proto_member(PROTO_MEMBER_PRESENCE), p);
		json_add_int(w, proto_member(PROTO_MEMBER_GREETING),
			     feature_greeting(f->features, user,
					      (enum proto_presence)p));
		json_end(w);
	}
	json_end(w);
}

void run_voicemail_settings(struct request *r)
{
	const struct front *f = r->front;
	const char *user = request_user(r);
	struct json_writer *w;

	if (!managed(r))
		return;
	w = json_writer_new();
	json_object(w);
	json_add_bool(w, proto_member(PROTO_MEMBER_RECORDING),
		      feature_records(f->features, user));
	json_add_bool(w, proto_member(PROTO_MEMBER_PRESET),
		      db_pin_preset(f->db, user));
	json_add_bool(w, proto_member(PROTO_MEMBER_CAN_MAIL),
		      feature_can_mail(f->features, user));
	json_add_bool(w, proto_member(PROTO_MEMBER_MAIL),
		      feature_mails(f->features, user));
	json_add_string(w, proto_member(PROTO_MEMBER_ADDRESS),
			feature_mail_address(f->features, user));
	json_add_int(w, proto_member(PROTO_MEMBER_NOTE_LENGTH),
		     db_greeting_ms(f->db, user, DB_NOTE));
	put_greetings(w, f, user);
	json_end(w);
	answer_writer(r, w);
}

/* ---- changed ----------------------------------------------------------- */

void run_voicemail_set(struct request *r)
{
	struct features *f = r->front->features;
	const char *user = request_user(r);
	int64_t state = request_int(r, PROTO_PARAM_PRESENCE, 1,
				    PROTO_PRESENCE_COUNT, 0);

	if (!managed(r))
		return;
	if (request_get(r, PROTO_PARAM_RECORDING))
		feature_set_records(
			f, user,
			request_int(r, PROTO_PARAM_RECORDING, 0, 1, 1) != 0,
			done, mem_ref(r));
	else if (request_get(r, PROTO_PARAM_MAIL))
		feature_set_mail(
			f, user, request_int(r, PROTO_PARAM_MAIL, 0, 1, 0) != 0,
			request_get(r, PROTO_PARAM_ADDRESS), done, mem_ref(r));
	else if (request_get(r, PROTO_PARAM_GREETING))
		feature_set_greeting(f, user, (enum proto_presence)state,
				     (unsigned)request_int(r,
							   PROTO_PARAM_GREETING,
							   0, DB_GREETINGS, 0),
				     done, mem_ref(r));
	else
		answer_errno(r, EINVAL);
}

void run_voicemail_pin(struct request *r)
{
	if (managed(r))
		feature_set_pin(r->front->features, request_user(r),
				request_text(r, PROTO_PARAM_OLD),
				request_text(r, PROTO_PARAM_PIN), done,
				mem_ref(r));
}

/* ---- greetings --------------------------------------------------------- */

/* @return false: it is none, which is answered */
static bool take_greeting(struct request *r, unsigned *number)
{
	const char *text = request_text(r, PROTO_PARAM_GREETING);

	if (!managed(r))
		return false;
	if (text_equal(text, proto_param(PROTO_PARAM_NOTE))) {
		*number = DB_NOTE;
		return true;
	}
	*number = text[0] && !text[1] ? (unsigned)(text[0] - '0') : 0;
	if (*number >= 1 && *number <= DB_GREETINGS)
		return true;
	answer_errno(r, EINVAL);
	return false;
}

static void sound(int err, const char *wav, size_t len, void *arg)
{
	struct request *r = arg;

	if (r->front && err)
		answer_errno(r, err);
	else if (r->front)
		answer_bytes(r, "audio/wav", wav, len);
	mem_deref(r);
}

void run_greeting_get(struct request *r)
{
	unsigned n;

	if (take_greeting(r, &n))
		db_greeting_sound(r->front->db, request_user(r), n, sound,
				  mem_ref(r));
}

void run_greeting_record(struct request *r)
{
	unsigned n;

	if (take_greeting(r, &n))
		feature_greeting_record(r->front->features, request_user(r), n,
					request_text(r, PROTO_PARAM_DEVICE),
					done, mem_ref(r));
}

void run_greeting_delete(struct request *r)
{
	unsigned n;

	if (take_greeting(r, &n))
		db_greeting_remove(r->front->db, request_user(r), n, done,
				   mem_ref(r));
}

/* What was sent, as it is kept: 16 bit, mono, 8000 Hz. */
static int write_greeting(const char *path, const char *wav, size_t len,
			  uint32_t *ms)
{
	struct media_clip *clip = NULL, *as_kept = NULL;
	struct media_wav_writer *w;
	int err = media_wav_decode(&clip, (const uint8_t *)wav, len), e;

	if (!err)
		err = media_clip_convert(&as_kept, clip, RATE);
	mem_deref(clip);
	if (!err)
		*ms = (uint32_t)((uint64_t)as_kept->n * 1000 / RATE);
	if (!err && (!*ms || *ms > GREETING_MAX_MS))
		err = EINVAL;
	if (!err)
		err = media_wav_create(&w, path, RATE);
	if (!err) {
		err = media_wav_write(w, as_kept->samples, as_kept->n);
		e = media_wav_close(w);
		err = err ? err : e;
	}
	mem_deref(as_kept);
	return err;
}

static void keep(struct request *r, unsigned number, const char *path,
		 uint32_t ms)
{
	struct db *db = r->front->db;
	const char *user = request_user(r);
	const struct db_account *a = db_account(db, user);

	if (number == DB_NOTE)
		db_note_keep(db, user,
			     a ? a->presence.state : PROTO_PRESENCE_UNKNOWN,
			     path, ms, done, mem_ref(r));
	else
		db_greeting_keep(db, user, number, path, ms, done, mem_ref(r));
}

void run_greeting_put(struct request *r)
{
	const char *text = request_text(r, PROTO_PARAM_SOUND);
	size_t len = strlen(text);
	uint8_t *wav = malloc(len + 4);
	char *path = NULL;
	uint32_t ms = 0;
	unsigned number;
	int err = wav ? 0 : ENOMEM;

	if (!take_greeting(r, &number))
		goto out;
	if (!err)
		err = base64_decode(text, strlen(text), wav, &len);
	path = err ? NULL : db_voicemail_temporary(r->front->db);
	if (!err && !path)
		err = ENOMEM;
	if (!err)
		err = write_greeting(path, (const char *)wav, len, &ms);
	if (err && path)
		db_voicemail_discard(r->front->db, path);
	if (err)
		answer_errno(r, err == EBADMSG ? EINVAL : err);
	else
		keep(r, number, path, ms);
out:
	free(path);
	free(wav);
}
