/**
 * @file base.h  What every program stands on
 *
 * text.h and system.h, json.h's and log.h's functions need no libre at run
 * time, so the attaching program can link them without it.
 */
#ifndef OFFHOOK_BASE_H
#define OFFHOOK_BASE_H

#include <offhook/base/re.h>
#include <offhook/base/text.h>
#include <offhook/base/log.h>
#include <offhook/base/xml.h>
#include <offhook/base/json.h>
#include <offhook/base/csv.h>
#include <offhook/base/notify.h>
#include <offhook/base/loop.h>
#include <offhook/base/system.h>

#include <libintl.h>
/** Text for users; msgids are English. N_() marks what a table holds. */
#define _(s) gettext(s)
#define N_(s) (s)

#endif
