/**
 * @file base/notify.h  Typed changes to whoever wants to know
 */
#ifndef OFFHOOK_BASE_NOTIFY_H
#define OFFHOOK_BASE_NOTIFY_H

#include <stdint.h>

/** A publisher; embed or allocate, mem_deref() ends it. */
struct notify;
struct notify_sub;

/**
 * @param kind     One bit of the publisher's own enum
 * @param subject  What changed, type as kind says; valid during the call
 * @param arg      The subscriber's
 */
typedef void(notify_h)(uint32_t kind, const void *subject, void *arg);

int notify_alloc(struct notify **np);

/**
 * @param subp  Set to the subscription: mem_deref() ends it, at any time,
 *              also from a handler; NULL'ed never. A subscription may outlive
 *              its publisher.
 * @param mask  Bits of interest
 */
int notify_subscribe(struct notify_sub **subp, struct notify *n, uint32_t mask,
		     notify_h *h, void *arg);

/**
 * Tell all subscribers of that kind, in order of subscription. One that ends
 * during the call is not called any more; one that is added in it is not
 * called yet. Nested emits are allowed.
 */
void notify_emit(struct notify *n, uint32_t kind, const void *subject);

#endif
