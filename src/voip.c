/**
 * @file voip.c  The built-in phone as a carrier of the application's calls
 *
 * Wiring, no policy: what the phone says becomes reports, what the
 * application asks for goes to the phone.
 */
#include <stdlib.h>
#include <offhook/client/phone.h>
#include <offhook/net.h>
#include "voip_sound.h"

#define LOG_MODULE "voip"

enum { DIGIT_MS = 160 };

static const char *check_certificate(const char *value)
{
	struct net_pin pin;

	return *value && net_pin_read(&pin, value)
		       ? _("64 hexadecimal digits, with colons or not.")
		       : NULL;
}

const struct app_option voip_options[] = {
	{.name = "ice",
	 .type = APP_OPTION_FLAG,
	 .initial = "off",
	 .text = N_("Have the built-in phone find the way of its sound by ICE: "
		    "through address translation, where the other side can, "
		    "too.")},
	{.name = "ice_servers",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .check = voip_ice_judge,
	 .text = N_("STUN and TURN servers for it, with blanks between them: "
		    "stun:HOST, turn:HOST, turn:HOST?transport=tcp, "
		    "turns:HOST. The command ice-server adds them, with user "
		    "and password.")},
	{.name = "ice_certificate",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .check = check_certificate,
	 .text = N_("SHA-256 fingerprint of the certificate that is accepted "
		    "of TURN servers by TLS, and no other. Empty: what the "
		    "system vouches for.")},
	{.name = "follow_transfers",
	 .type = APP_OPTION_FLAG,
	 .initial = "off",
	 .text = N_("Let the other side of a call of the built-in phone send "
		    "it on to somebody else. Off: it is refused, and the call "
		    "stays as it is.")},
	{.name = "sip_certificate",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .check = check_certificate,
	 .text = N_("SHA-256 fingerprint of the certificate that the built-in "
		    "phone accepts of its server (TLS), and no other. Empty: "
		    "what the system vouches for, or the user has accepted "
		    "for the UC server.")},
	{.name = NULL},
};

/** How the states of a phone's call look to the user, and what can be done. */
static const struct {
	enum uc_call_state state;
	uint32_t functions;
} states[] = {
	[PHONE_DIALLING] = {UC_CALL_DIALLING, UC_HANG_UP},
	[PHONE_RINGING_OUT] = {UC_CALL_RINGING_OUT, UC_HANG_UP},
	/* the network plays what is to be heard: the user sees it ringing */
	[PHONE_EARLY] = {UC_CALL_RINGING_OUT, UC_HANG_UP | UC_MUTE | UC_DTMF},
	[PHONE_RINGING_IN] = {UC_CALL_RINGING_IN, UC_ANSWER | UC_REJECT},
	[PHONE_TALKING] = {UC_CALL_TALKING, UC_HANG_UP | UC_HOLD | UC_MUTE |
						    UC_DTMF | UC_TRANSFER |
						    UC_JOIN | UC_CODECS},
	[PHONE_HELD] = {UC_CALL_HELD, UC_HANG_UP | UC_RESUME | UC_TRANSFER |
					      UC_JOIN | UC_CODECS},
	[PHONE_HELD_BY_OTHER] = {UC_CALL_HELD_BY_OTHER,
				 UC_HANG_UP | UC_HOLD | UC_MUTE | UC_DTMF |
					 UC_TRANSFER | UC_JOIN | UC_CODECS},
	[PHONE_ENDED] = {UC_CALL_ENDED, 0},
};

static const struct {
	unsigned code;
	const char *line;
} reasons[] = {
	{401, N_("The system does not take this phone's password.")},
	{403, N_("The system does not allow this call.")},
	{404, N_("There is no such number.")},
	{407, N_("The system does not take this phone's password.")},
	{408, N_("No answer.")},
	{410, N_("There is no such number any more.")},
	{PHONE_CODE_SILENCE,
	 N_("The connection was lost: nothing was heard any more.")},
	{480, N_("Nobody can be reached there now.")},
	{484, N_("The number is not complete.")},
	{486, N_("Busy.")},
	{487, N_("The call was ended.")},
	{PHONE_CODE_INSECURE,
	 N_("The connection could not be encrypted; nothing was said.")},
	{488, N_("The phones have no sound format in common.")},
	{500, N_("The system had a fault.")},
	{503, N_("The system cannot put the call through now.")},
	{600, N_("Busy.")},
	{603, N_("The call was declined.")},
	{604, N_("There is no such number.")},
	{606, N_("The phones have no sound format in common.")},
};

/** @return NULL for a code that says nothing to anybody */
static const char *code_line(unsigned code)
{
	size_t k;

	if (code >= 300 && code < 400)
		return _("The number has moved, and no other one answered.");
	for (k = 0; k < ARRAY_SIZE(reasons); k++) {
		if (reasons[k].code == code)
			return _(reasons[k].line);
	}
	return NULL;
}

static const char *reason(const struct phone_call_info *i)
{
	const char *line = code_line(i->code);

	if (line)
		return line;
	return text_empty(i->reason) ? _("The call failed.") : i->reason;
}

/** Why a call ended, with what the other side asks for: to free(). */
static char *reason_line(const struct phone_call_info *i)
{
	const char *why = reason(i);

	if (!i->retry_after_s)
		return text_dup(why);
	return text_printf(ngettext("%s Try again in %u second.",
				    "%s Try again in %u seconds.",
				    i->retry_after_s),
			   why, i->retry_after_s);
}

const enum uc_keys voip_keys[] = {
	[MEDIA_KEYS_NONE] = UC_KEYS_NONE,
	[MEDIA_KEYS_SDES] = UC_KEYS_SDES,
	[MEDIA_KEYS_DTLS] = UC_KEYS_DTLS,
};

/** @param linep Set to what the report points to, to free() */
static void report_of(struct app_carrier_report *r,
		      const struct phone_call_info *i, char **linep)
{
	memset(r, 0, sizeof(*r));
	*linep = NULL;
	r->state = states[i->state].state;
	r->functions = states[i->state].functions;
	r->key = i->key;
	r->number = i->number;
	r->name = i->name;
	r->outside = i->outside;
	r->transferring = i->transfer == PHONE_TRANSFER_ASKED ||
			  i->transfer == PHONE_TRANSFER_RUNNING;
	if (r->transferring)
		r->functions = UC_HANG_UP;
	r->conference = i->conference;
	if (r->conference)
		r->functions &= ~(uint32_t)UC_TRANSFER;
	r->keys = voip_keys[i->keys];
	r->codec = i->codec;
	r->code = (int)i->code;
	if (i->state == PHONE_ENDED && i->code >= 300) {
		*linep = reason_line(i);
		r->reason = *linep;
		if (i->outgoing)
			r->state = UC_CALL_FAILED;
	}
}

/* ---- what the phone says ----------------------------------------------- */

static void untrusted(struct voip *v, const struct net_certificate *c)
{
	char *before = (char *)app_option_get(v->app, "sip_certificate");
	const struct app_certificate k = {
		.host = c->host,
		.subject = c->subject,
		.issuer = c->issuer,
		.valid_from = c->valid_from,
		.valid_to = c->valid_to,
		.fingerprint = (char *)c->fingerprint,
		.changed = !text_empty(before),
		.pinned_fingerprint = before,
	};

	app_carrier_untrusted(v->carrier, &k);
}

static void on_registered(bool registered, const char *why, bool refused,
			  void *arg)
{
	struct voip *v = arg;
	struct phone_line_info info;
	char *line = NULL;

	phone_line_info(phone_line(v->phone), &info);
	app_carrier_times(v->carrier, info.since_ms, info.retry_ms);
	if (refused)
		line = text_printf(_("The phone's password was refused (%s)."),
				   why);
	else if (info.certificate)
		line = text_printf(_("The phone is not registered: the "
				     "certificate of its server %s is not "
				     "accepted."),
				   info.certificate->host);
	else if (!registered && !text_empty(why))
		line = text_printf(_("The phone is not registered: %s."), why);

	app_carrier_registered(v->carrier, registered, line);
	free(line);
	if (info.certificate)
		untrusted(v, info.certificate);
}

static void on_incoming(struct phone_call *call, void *arg)
{
	struct voip *v = arg;
	struct app_carrier_call *application = NULL;
	struct app_carrier_report r;
	struct phone_call_info i;
	char *line;

	phone_call_info(call, &i);
	report_of(&r, &i, &line);
	if (app_carrier_incoming(v->carrier, call, &r, &application))
		phone_reject(call, 486);
	else
		phone_call_set_arg(call, application);
	free(line);
}

/** What has come of a transfer is the answer to who asked for it. */
static void transfer_told(struct app_carrier_call *call,
			  const struct phone_call_info *i)
{
	const char *why = code_line(i->transfer_code);
	char *line = NULL;

	if (!app_carrier_waits(call, UC_TRANSFER))
		return;
	if (i->transfer == PHONE_TRANSFER_DONE) {
		app_carrier_answered(call, 0, NULL);
	} else if (i->transfer == PHONE_TRANSFER_FAILED) {
		line = text_printf(_("Not transferred: %s The call is yours "
				     "again."),
				   why ? why : _("The system refused."));
		app_carrier_answered(call, ECONNREFUSED, line);
	}
	free(line);
}

static void on_changed(struct phone_call *call, void *call_arg, void *arg)
{
	struct app_carrier_report r;
	struct uc_quality quality;
	struct phone_call_info i;
	char *line;
	(void)arg;

	if (!call_arg)
		return;

	phone_call_info(call, &i);
	report_of(&r, &i, &line);
	transfer_told(call_arg, &i);
	if (i.state == PHONE_ENDED) {
		phone_call_set_arg(call, NULL);
		if (voip_quality(arg, call, &quality))
			r.quality = &quality;
	}
	app_carrier_report(call_arg, &r);
	free(line);
}

static void on_held(struct phone_call *call, unsigned code, void *call_arg,
		    void *arg)
{
	char *line = NULL;
	(void)call;
	(void)arg;

	if (code >= 300)
		line = text_printf(_("The other side did not agree (%u): the "
				     "call is as it was."),
				   code);
	app_carrier_answered(call_arg, code < 300 ? 0 : ECONNREFUSED, line);
	free(line);
}

static void on_codecs(struct phone_call *call, unsigned code, void *call_arg,
		      void *arg)
{
	struct phone_call_info i;
	char *line = NULL;
	(void)arg;

	phone_call_info(call, &i);
	if (code >= 300)
		line = text_printf(_("The other side did not agree (%u): the "
				     "call goes on by the codec %s."),
				   code, i.codec);
	app_carrier_answered(call_arg, code < 300 ? 0 : ECONNREFUSED, line);
	free(line);
}

static bool on_transfer_asked(struct phone_call *call, const char *number,
			      const char *by, void *call_arg, void *arg)
{
	struct voip *v = arg;
	struct phone_call_info i;
	(void)call_arg;

	phone_call_info(call, &i);
	if (text_empty(by))
		by = i.number;
	if (app_option_flag(v->app, "follow_transfers")) {
		uc_notice(app_uc(v->app), UC_NOTICE_INFO,
			  _("%s sends the call on to %s."), by, number);
		return true;
	}
	uc_notice(app_uc(v->app), UC_NOTICE_INFO,
		  _("%s wanted to send the call on to %s: the option "
		    "follow_transfers is off."),
		  by, number);
	return false;
}

static bool on_redirected(struct phone_call *call, const char *number,
			  void *call_arg, void *arg)
{
	struct voip *v = arg;
	(void)call;
	(void)call_arg;

	uc_notice(app_uc(v->app), UC_NOTICE_INFO, _("The call goes on to %s."),
		  number);
	return true;
}

/* ---- what the application asks for ------------------------------------- */

static int dial(void *carrier, struct app_carrier_call *call,
		const char *number)
{
	struct voip *v = carrier;
	struct app_carrier_report r;
	struct phone_call_info i;
	struct phone_call *c;
	char *line;
	int err = phone_dial(v->phone, &c, number, call);

	if (err)
		return err;

	app_carrier_leg(call, c);
	/* It can be ended from now on, before the network has answered. */
	phone_call_info(c, &i);
	report_of(&r, &i, &line);
	app_carrier_report(call, &r);
	free(line);
	return 0;
}

static int answer(void *carrier, void *leg)
{
	(void)carrier;
	return phone_answer(leg);
}

/** The phone tells nothing of a call that was ended from here, so the last
 *  word about it comes from here too. */
static int end(struct phone_call *c, int (*how)(struct phone_call *c))
{
	const struct app_carrier_report r = {.state = UC_CALL_ENDED};
	struct app_carrier_call *call = phone_call_arg(c);
	int err;

	phone_call_set_arg(c, NULL);
	err = how(c);
	/* what could not be ended stays in sight */
	if (err == EPROTO)
		phone_call_set_arg(c, call);
	else if (call)
		app_carrier_report(call, &r);
	return err;
}

static int do_reject(struct phone_call *c)
{
	return phone_reject(c, 603);
}

static int do_hang_up(struct phone_call *c)
{
	phone_hang_up(c);
	return 0;
}

static int reject(void *carrier, void *leg)
{
	(void)carrier;
	return end(leg, do_reject);
}

static int hang_up(void *carrier, void *leg)
{
	(void)carrier;
	return end(leg, do_hang_up);
}

static int hold(void *carrier, void *leg, bool on)
{
	(void)carrier;
	return phone_hold(leg, on);
}

static int mute(void *carrier, void *leg, bool on)
{
	(void)carrier;
	phone_mute(leg, on);
	return 0;
}

static int dtmf(void *carrier, void *leg, const char *digits)
{
	int err = 0;
	(void)carrier;

	for (; *digits && !err; digits++)
		err = phone_digit(leg, *digits, DIGIT_MS);
	return err;
}

static int transfer(void *carrier, void *leg, const char *number)
{
	(void)carrier;
	return phone_transfer(leg, number);
}

static int transfer_to(void *carrier, void *leg, void *other)
{
	(void)carrier;
	return phone_transfer_to(leg, other);
}

static int join(void *carrier, void *leg, void *other)
{
	(void)carrier;
	return phone_join(leg, other);
}

static int codecs(void *carrier, void *leg, const char *names)
{
	(void)carrier;
	return phone_call_codecs(leg, names);
}

static int account(void *carrier, const struct app_voip_account *prm)
{
	static const char *const transports[] = {
		[PHONE_UDP] = "udp",
		[PHONE_TCP] = "tcp",
		[PHONE_TLS] = "tls",
	};
	struct voip *v = carrier;
	struct phone_account a;
	size_t i;

	if (!prm)
		return phone_set_account(v->phone, NULL);

	memset(&a, 0, sizeof(a));
	a.user = prm->user;
	a.name = prm->display_name;
	a.auth_user = prm->auth_user;
	a.secret = prm->secret;
	a.domain = prm->domain;
	a.registrar = prm->registrar;
	for (i = 0; i < ARRAY_SIZE(transports); i++)
		if (text_equal(prm->transport, transports[i]))
			a.transport = (enum phone_transport)i;
	a.fingerprint = app_option_get(v->app, "sip_certificate");
	if (text_empty(a.fingerprint))
		a.fingerprint = NULL;
	return phone_set_account(v->phone, &a);
}

static int trust(void *carrier, const char *fingerprint)
{
	struct voip *v = carrier;

	return phone_line_trust(v->phone, phone_line(v->phone), fingerprint);
}

static const struct app_carrier_methods methods = {
	.name = "voip",
	.answers = true,
	.answered = UC_HOLD | UC_RESUME | UC_TRANSFER | UC_CODECS,
	.dial = dial,
	.answer = answer,
	.reject = reject,
	.hang_up = hang_up,
	.hold = hold,
	.mute = mute,
	.dtmf = dtmf,
	.transfer = transfer,
	.transfer_to = transfer_to,
	.join = join,
	.codecs = codecs,
	.account = account,
	.trust = trust,
	.tone = voip_tone,
	.option = voip_option,
	.devices = voip_devices,
	.levels = voip_levels,
	.quality = voip_quality,
	.sound_test = voip_sound_test,
	.check_server = voip_check_server,
	.tape = voip_tape,
	.tape_run = voip_tape_run,
	.tape_state = voip_tape_state,
	.tape_seek = voip_tape_seek,
	.tape_pace = voip_tape_pace,
};

static void destructor(void *arg)
{
	struct voip *v = arg;

	mem_deref(v->probe);
	voip_tape_end(v);
	mem_deref(v->jobs);
	mem_deref(v->phone);
	mem_deref(v->carrier);
	free(v->sound_told);
}

int voip_alloc(struct voip **vp, struct app *app)
{
	static const struct phone_handlers handlers = {
		.registered = on_registered,
		.incoming = on_incoming,
		.changed = on_changed,
		.transfer_asked = on_transfer_asked,
		.redirected = on_redirected,
		.held = on_held,
		.codecs = on_codecs,
		.sound_failed = voip_sound_failed,
		.sound_moved = voip_sound_moved,
	};
	struct voip *v = mem_zalloc(sizeof(*v), destructor);
	int err;

	if (!v)
		return ENOMEM;

	v->app = app;
	err = phone_alloc(&v->phone, &handlers, v);
	if (!err)
		err = app_option_register(app, voip_options);
	if (!err)
		err = app_carrier_register(app, &v->carrier, &methods, v);
	if (err) {
		mem_deref(v);
		return err;
	}
	voip_ice_apply(v);
	*vp = v;
	return 0;
}

void voip_close(struct voip *v, void (*done)(void *arg), void *arg)
{
	voip_tape_end(v);
	phone_close(v->phone, done, arg);
}
