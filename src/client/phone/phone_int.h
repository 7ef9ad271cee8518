/**
 * @file phone_int.h  What the phone's files share
 */
#ifndef OFFHOOK_PHONE_INT_H
#define OFFHOOK_PHONE_INT_H

#include <stdlib.h>
#include <offhook/sip.h>
#include <offhook/client/phone.h>

#define LOG_MODULE "phone"

/* ---- sound.c: one direction of one device ------------------------------ */

struct sound;
struct sound_host;

/** Why a device does not work; on the loop. */
typedef void(sound_failed_h)(const char *line, void *arg);

/** What a kind of device does; all but read and write on the loop. */
struct sound_driver {
	const char *name;
	bool takes_argument; /**< "name:ARGUMENT" */
	/** Make what the devices of one phone share; mem_deref()ed with the
	 *  host. NULL: they share nothing. */
	int (*share)(void **sharedp);
	/** Make its state. @param argument after the colon, or NULL */
	int (*alloc)(void **statep, struct sound *s, const char *argument);
	/** Rate that it must have, 0: any. May change once it is loaded. */
	uint32_t (*rate)(const void *state);
	/** Somebody speaks or listens now, at this rate. */
	int (*start)(void *state, uint32_t rate);
	void (*stop)(void *state);
	/* on the media thread */
	size_t (*read)(void *state, int16_t *samples, size_t n);
	void (*write)(void *state, const int16_t *samples, size_t n);
};
extern const struct sound_driver sound_none, sound_file, sound_pulse;

/** What the devices of one phone share; each keeps it alive. */
int sound_host_alloc(struct sound_host **hp);
int sound_alloc(struct sound **sp, struct sound_host *host,
		enum phone_role role, const char *device,
		sound_failed_h *failed, void *arg);
enum phone_role sound_role(const struct sound *s);
/** What share() of its driver made. */
void *sound_shared(const struct sound *s);
/** A driver says that the device does not work. */
void sound_fail(struct sound *s, const char *why);
uint32_t sound_rate(const struct sound *s);
void sound_start(struct sound *s, uint32_t rate);
void sound_stop(struct sound *s);
size_t sound_read(struct sound *s, int16_t *samples, size_t n);
void sound_write(struct sound *s, const int16_t *samples, size_t n);

/* ---- route.c: which stream has which sound ----------------------------- */

/** Devices given to one stream for the time being. */
struct duplex {
	struct sound *in, *out;
	struct media_stream *stream; /**< referenced; NULL: at rest */
};

int route_init(struct phone *p);
void route_close(struct phone *p);
/** Give the sound to whom it belongs now. */
void route_update(struct phone *p);

/* ---- the phone --------------------------------------------------------- */

struct phone {
	struct phone_handlers h;
	void *arg;
	struct media *media;
	struct sip_stack *sip;
	struct sip_account *account;
	struct list calls; /**< struct phone_call, oldest first */
	struct sound_host *host;
	struct sound *sound[PHONE_ROLES];
	struct media_stream *tones; /**< without network: tones out of calls */
	struct media_stream *bell;  /**< likewise, for the ringer */
	struct duplex voice, ringer;
	enum media_tone tone;
	bool closing;
};

struct phone_call {
	struct le le;
	struct phone *phone; /**< NULL once that has gone */
	struct sip_leg *leg;
	void *arg;
	enum phone_call_state state;
	bool outgoing, outside, muted;
	char *number, *name, *key, *reason;
	unsigned code;
};

/* call.c */
/** Its phone goes: what it has of it goes too. */
void call_orphan(struct phone_call *c);
void call_incoming(struct sip_incoming *in, void *arg);
/** The one that has the sound: talking or early; NULL if none. */
struct phone_call *call_speaking(const struct phone *p);

#endif
