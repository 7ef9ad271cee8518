/**
 * @file login_int.h  What the files of the log-in share
 */
#ifndef LOGIN_INT_H
#define LOGIN_INT_H

#include "app_int.h"

/** Give up for now: the user is to say how it goes on. */
void app_login_form(struct app *a, enum uc_connection c);
/** The next address to try from that one on; 2 if there is none. */
unsigned app_login_address(const struct app *a, unsigned address);
void app_login_connect(struct app *a, unsigned address);
/** The session is gone: lamps are old, calls have no functions. */
void app_login_lost(struct app *a);
/** Logged out: nothing of the account stays on the screen. */
void app_login_over(struct app *a);
/** The session goes; what was asked of it gets no answer. */
void app_login_drop(struct app *a);
/** Whoever waits for what the log-in comes to is told. @param err 0 or an
 *  errno, with one line for the user */
void app_login_told(struct app *a, int err, const char *text);
void app_login_password_forget(struct login *l);
void app_login_certificate_reset(struct app_certificate *c);

#endif
