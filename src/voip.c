/**
 * @file voip.c  The built-in phone as a carrier of the application's calls
 *
 * Wiring, no policy: what the phone says becomes reports, what the
 * application asks for goes to the phone.
 */
#include <stdlib.h>
#include <offhook/client/phone.h>
#include <offhook/net.h>
#include "voip.h"

#define LOG_MODULE "voip"

enum { DIGIT_MS = 160 };

static const char *check_certificate(const char *value)
{
	struct net_pin pin;

	return *value && net_pin_read(&pin, value)
		       ? _("64 hexadecimal digits, with colons or not.")
		       : NULL;
}

static const struct app_option options[] = {
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

struct voip {
	struct app *app;
	struct phone *phone;
	struct app_carrier *carrier;
	struct phone_voice voice; /**< as the phone has it */
	app_devices_h *devices_h; /**< who asked for devices */
	void *devices_arg;
	char *sound_told; /**< what the user was told last of devices */
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
	[PHONE_TALKING] = {UC_CALL_TALKING,
			   UC_HANG_UP | UC_HOLD | UC_MUTE | UC_DTMF},
	[PHONE_HELD] = {UC_CALL_HELD, UC_HANG_UP | UC_RESUME},
	[PHONE_HELD_BY_OTHER] = {UC_CALL_HELD_BY_OTHER,
				 UC_HANG_UP | UC_HOLD | UC_MUTE | UC_DTMF},
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

static const char *reason(const struct phone_call_info *i)
{
	size_t k;

	if (i->code >= 300 && i->code < 400)
		return _("The number has moved, and no other one answered.");
	for (k = 0; k < ARRAY_SIZE(reasons); k++) {
		if (reasons[k].code == i->code)
			return _(reasons[k].line);
	}
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
	r->encrypted = i->keys != MEDIA_KEYS_NONE;
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

static void on_changed(struct phone_call *call, void *call_arg, void *arg)
{
	struct app_carrier_report r;
	struct phone_call_info i;
	char *line;
	(void)arg;

	if (!call_arg)
		return;

	phone_call_info(call, &i);
	report_of(&r, &i, &line);
	if (i.state == PHONE_ENDED)
		phone_call_set_arg(call, NULL);
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

/** Said once: a machine without sound is no news at each call. */
static void sound_notice(struct voip *v, enum uc_notice_kind kind, char *line)
{
	if (line && !text_equal(line, v->sound_told)) {
		text_set(&v->sound_told, line);
		uc_notice(app_uc(v->app), kind, "%s", line);
	}
	free(line);
}

static void on_sound_failed(const char *why, void *arg)
{
	sound_notice(arg, UC_NOTICE_WARNING,
		     text_printf(_("Sound does not work: %s"), why));
}

static void on_sound_moved(const char *from, const char *to,
			   enum phone_moved how, void *arg)
{
	char *line;

	if (how == PHONE_MOVED)
		line = text_printf(_("Sound goes on with %s."), to);
	else if (how == PHONE_MOVED_BACK || !from)
		line = text_printf(_("Sound is back: %s."), to);
	else
		line = text_printf(_("%s does not work now; sound goes on "
				     "with %s."),
				   from, to);
	sound_notice(arg, UC_NOTICE_INFO, line);
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

static void tone(void *carrier, int which)
{
	static const enum media_tone tones[] = {
		[APP_TONE_NONE] = MEDIA_TONE_NONE,
		[APP_TONE_RING] = MEDIA_TONE_RING,
		[APP_TONE_RINGBACK] = MEDIA_TONE_RINGBACK,
		[APP_TONE_BUSY] = MEDIA_TONE_BUSY,
		[APP_TONE_CONGESTION] = MEDIA_TONE_CONGESTION,
		[APP_TONE_WAITING] = MEDIA_TONE_WAITING,
	};
	struct voip *v = carrier;

	phone_tone(v->phone, tones[which]);
}

static void set_device(struct voip *v, enum phone_role role, const char *name,
		       const char *devices)
{
	if (phone_set_device(v->phone, role,
			     text_empty(devices) ? "auto" : devices))
		uc_notice(app_uc(v->app), UC_NOTICE_ERROR,
			  _("%s: there is no sound device \"%s\"."), name,
			  devices);
}

/** Without a ringer of its own it rings where calls are heard. */
static void set_ringer(struct voip *v)
{
	const char *devices = app_option_get(v->app, "ringer");

	if (text_empty(devices))
		devices = app_option_get(v->app, "audio_output");
	/* one file can't be written twice */
	if (text_empty(app_option_get(v->app, "ringer")) &&
	    strstr(devices, "file:"))
		devices = "none";
	set_device(v, PHONE_RINGER, "ringer", devices);
}

/** How it sounds: volumes, and what is done to the voice. */
static void set_sound(struct voip *v, const char *name)
{
	static const struct {
		const char *name;
		enum phone_role role;
	} volumes[] = {
		{"input_volume", PHONE_INPUT},
		{"output_volume", PHONE_OUTPUT},
		{"ringer_volume", PHONE_RINGER},
	};
	const struct phone_voice voice = {
		.echo = app_option_flag(v->app, "echo_cancelling"),
		.noise = app_option_flag(v->app, "noise_suppression"),
		.gain = app_option_flag(v->app, "gain_control"),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(volumes); i++) {
		if (!strcmp(name, volumes[i].name)) {
			phone_set_volume(
				v->phone, volumes[i].role,
				(unsigned)app_option_number(v->app, name));
			return;
		}
	}
	if ((voice.echo != v->voice.echo || voice.noise != v->voice.noise ||
	     voice.gain != v->voice.gain) &&
	    !phone_set_voice(v->phone, &voice))
		v->voice = voice;
}

static void set_encryption(struct voip *v, const char *value)
{
	static const char *const values[] = {
		[MEDIA_SECURITY_OFF] = "off",
		[MEDIA_SECURITY_OPTIONAL] = "if-possible",
		[MEDIA_SECURITY_REQUIRED] = "required",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (text_equal(value, values[i]))
			phone_set_security(v->phone, (enum media_security)i);
}

static void option(void *carrier, const char *name, const char *value)
{
	struct voip *v = carrier;

	if (!strcmp(name, "audio_input")) {
		set_device(v, PHONE_INPUT, name, value);
	} else if (!strcmp(name, "audio_output")) {
		set_device(v, PHONE_OUTPUT, name, value);
		set_ringer(v);
	} else if (!strcmp(name, "ringer")) {
		set_ringer(v);
	} else if (!strcmp(name, "codecs")) {
		if (phone_set_codecs(v->phone, value))
			uc_notice(app_uc(v->app), UC_NOTICE_ERROR,
				  _("codecs: \"%s\" names none of opus, G722, "
				    "PCMA, PCMU."),
				  value);
	} else if (!strcmp(name, "encryption")) {
		set_encryption(v, value);
	} else if (!strcmp(name, "sip_certificate")) {
		/* without an account there is nothing to tell */
		(void)trust(v, text_empty(value) ? NULL : value);
	} else {
		set_sound(v, name);
	}
}

/* ---- sound ------------------------------------------------------------- */

static void on_devices(const struct phone_device *list, size_t n, void *arg)
{
	struct app_sound_device *all = calloc(n + 1, sizeof(*all));
	const struct voip *v = arg;
	size_t i;

	for (i = 0; all && i < n; i++)
		all[i] = (struct app_sound_device){
			.input = list[i].input,
			.standard = list[i].standard,
			.name = list[i].name,
			.text = list[i].text,
		};
	v->devices_h(all, all ? n : 0, v->devices_arg);
	free(all);
}

static int devices(void *carrier, app_devices_h *h, void *arg)
{
	struct voip *v = carrier;

	/* the application asks again once it has been told */
	v->devices_h = h;
	v->devices_arg = arg;
	return phone_devices(v->phone, on_devices, v);
}

static bool levels(void *carrier, int *input, int *output)
{
	const struct voip *v = carrier;

	return phone_levels(v->phone, input, output);
}

static int sound_test(void *carrier, enum app_sound_test test)
{
	static const enum phone_test phone_tests[] = {
		[APP_SOUND_TEST_NONE] = PHONE_TEST_NONE,
		[APP_SOUND_TEST_TONE] = PHONE_TEST_TONE,
		[APP_SOUND_TEST_RING] = PHONE_TEST_RING,
		[APP_SOUND_TEST_LOOP] = PHONE_TEST_LOOP,
	};
	const struct voip *v = carrier;

	return phone_test(v->phone, phone_tests[test]);
}

static const struct app_carrier_methods methods = {
	.name = "voip",
	.answers = true,
	.answered = UC_HOLD | UC_RESUME,
	.dial = dial,
	.answer = answer,
	.reject = reject,
	.hang_up = hang_up,
	.hold = hold,
	.mute = mute,
	.dtmf = dtmf,
	.account = account,
	.trust = trust,
	.tone = tone,
	.option = option,
	.devices = devices,
	.levels = levels,
	.sound_test = sound_test,
};

static void destructor(void *arg)
{
	struct voip *v = arg;

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
		.sound_failed = on_sound_failed,
		.sound_moved = on_sound_moved,
	};
	struct voip *v = mem_zalloc(sizeof(*v), destructor);
	int err;

	if (!v)
		return ENOMEM;

	v->app = app;
	err = phone_alloc(&v->phone, &handlers, v);
	if (!err)
		err = app_option_register(app, options);
	if (!err)
		err = app_carrier_register(app, &v->carrier, &methods, v);
	if (err)
		mem_deref(v);
	else
		*vp = v;
	return err;
}

void voip_close(struct voip *v, void (*done)(void *arg), void *arg)
{
	phone_close(v->phone, done, arg);
}
