/**
 * @file voip_sound.h  What has to do with sound, and the carrier that has it
 */
#ifndef OFFHOOK_VOIP_SOUND_H
#define OFFHOOK_VOIP_SOUND_H

#include <offhook/client/phone.h>
#include <offhook/ice.h>
#include "voip.h"

struct voip {
	struct app *app;
	struct phone *phone;
	struct app_carrier *carrier;
	struct phone_voice voice; /**< as the phone has it */
	app_devices_h *devices_h; /**< who asked for devices */
	void *devices_arg;
	struct ice_probe *probe; /**< of a server for ICE */
	app_check_h *probe_h;	 /**< who asked for it */
	void *probe_arg;
	char *sound_told;	 /**< what the user was told last of devices */
	struct job_queue *jobs;	 /**< made when the first file is laid in */
	struct laying *laying;	 /**< that is being decoded, or NULL */
	struct media_tape *tape; /**< to be listened to, or NULL */
};

/* voip.c */
extern const enum uc_keys voip_keys[]; /**< by enum media_keys */

/* voip_sound.c: the handlers and methods that have to do with sound */
void voip_sound_failed(const char *why, void *arg);
void voip_sound_moved(const char *from, const char *to, enum phone_moved how,
		      void *arg);
void voip_tone(void *carrier, int which);
void voip_option(void *carrier, const char *name, const char *value);
int voip_devices(void *carrier, app_devices_h *h, void *arg);
bool voip_levels(void *carrier, int *input, int *output);
bool voip_quality(void *carrier, void *leg, struct uc_quality *q);
int voip_sound_test(void *carrier, enum app_sound_test test);

/* voip_tape.c: files of sound */
void voip_tape_end(struct voip *v);
int voip_tape(void *carrier, const void *wav, size_t len, app_check_h *h,
	      void *arg);
int voip_tape_run(void *carrier, bool on);
bool voip_tape_state(void *carrier, uint32_t *at, uint32_t *length);
void voip_tape_seek(void *carrier, uint32_t ms);
void voip_tape_pace(void *carrier, unsigned percent);

/* voip_ice.c */
/** A rule of the option ice_servers. @return NULL if good, else why not */
const char *voip_ice_judge(const char *value);
/** Have the phone do as the options say. */
void voip_ice_apply(struct voip *v);
int voip_check_server(void *carrier, char **namep, const char *uri,
		      const char *user, const char *password, app_check_h *h,
		      void *arg);

#endif
