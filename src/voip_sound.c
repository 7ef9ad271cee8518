/**
 * @file voip_sound.c  Devices, tones and options of the built-in phone
 */
#include <stdio.h>
#include <stdlib.h>
#include "voip_sound.h"

/** Said once: a machine without sound is no news at each call. */
static void sound_notice(struct voip *v, enum uc_notice_kind kind, char *line)
{
	if (line && !text_equal(line, v->sound_told)) {
		text_set(&v->sound_told, line);
		uc_notice(app_uc(v->app), kind, "%s", line);
	}
	free(line);
}

void voip_sound_failed(const char *why, void *arg)
{
	struct voip *v = arg;

	if (phone_silent(v->phone))
		app_listen_unheard(v->app, why);
	sound_notice(v, UC_NOTICE_WARNING,
		     text_printf(_("Sound does not work: %s"), why));
}

void voip_sound_moved(const char *from, const char *to, enum phone_moved how,
		      void *arg)
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

void voip_tone(void *carrier, int which)
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

void voip_option(void *carrier, const char *name, const char *value)
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
	} else if (!strcmp(name, "ice") || !strcmp(name, "ice_servers") ||
		   !strcmp(name, "ice_certificate")) {
		voip_ice_apply(v);
	} else if (!strcmp(name, "sip_certificate")) {
		/* without an account there is nothing to tell */
		(void)phone_line_trust(v->phone, phone_line(v->phone),
				       text_empty(value) ? NULL : value);
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

int voip_devices(void *carrier, app_devices_h *h, void *arg)
{
	struct voip *v = carrier;

	/* the application asks again once it has been told */
	v->devices_h = h;
	v->devices_arg = arg;
	return phone_devices(v->phone, on_devices, v);
}

bool voip_levels(void *carrier, int *input, int *output)
{
	const struct voip *v = carrier;

	return phone_levels(v->phone, input, output);
}

bool voip_quality(void *carrier, void *leg, struct uc_quality *q)
{
	static const enum uc_way ways[MEDIA_WAYS] = {
		[MEDIA_WAY_PLAIN] = UC_WAY_UNKNOWN,
		[MEDIA_WAY_HOST] = UC_WAY_DIRECT,
		[MEDIA_WAY_REFLEXIVE] = UC_WAY_REFLEXIVE,
		[MEDIA_WAY_RELAYED] = UC_WAY_RELAYED,
	};
	struct media_stream *stream = phone_call_stream(leg);
	struct media_stats st;
	struct phone_call_info i;
	(void)carrier;

	if (!stream)
		return false;
	phone_call_info(leg, &i);
	media_stream_stats(stream, &st);
	*q = (struct uc_quality){
		.keys = voip_keys[i.keys],
		.mos = (unsigned)(st.mos * 100 + 0.5),
		.lost = (unsigned)(st.rx_loss * 100 + 0.5),
		.lost_there = st.tx_loss * 100U,
		.jitter_ms = st.rx_jitter / 1000,
		.buffer_ms = st.buffer / 1000,
		.round_trip_ms = (st.round_trip + 999) / 1000,
		.received = st.rx_packets,
		.missing = st.rx_lost + st.rx_late,
		.way = ways[st.way],
	};
	snprintf(q->codec, sizeof(q->codec), "%s", i.codec);
	return q->codec[0] && st.rx_packets;
}

int voip_sound_test(void *carrier, enum app_sound_test test)
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
