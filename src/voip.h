/**
 * @file voip.h  The built-in phone as a carrier of the application's calls
 */
#ifndef OFFHOOK_VOIP_H
#define OFFHOOK_VOIP_H

#include <offhook/client/app.h>

struct voip;

/** Its own rows of the option table, which voip_alloc() registers. */
extern const struct app_option voip_options[];

/** Make the phone and register it as a carrier; mem_deref() it before the
 *  application. */
int voip_alloc(struct voip **vp, struct app *app);
/** Hang up and un-register; done() at most 2 s later. */
void voip_close(struct voip *v, void (*done)(void *arg), void *arg);

#endif
