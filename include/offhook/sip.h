/**
 * @file sip.h  SIP made safe and whole: transports, accounts, legs, registrar
 *
 * All of it belongs to the loop's thread. All text that getters return has
 * passed text_clean() and is UTF-8; text given in is UTF-8 and is quoted or
 * escaped where SIP wants it. Every object may be freed with mem_deref()
 * inside any handler, its own too; after that none of its handlers is called.
 */
#ifndef OFFHOOK_SIP_H
#define OFFHOOK_SIP_H

#include <offhook/sip/stack.h>
#include <offhook/sip/network.h>
#include <offhook/sip/account.h>
#include <offhook/sip/leg.h>
#include <offhook/sip/refer.h>
#include <offhook/sip/registrar.h>
#include <offhook/sip/page.h>
#include <offhook/sip/event.h>

#endif
