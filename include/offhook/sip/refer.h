/**
 * @file sip/refer.h  A transfer that was asked of us
 */
#ifndef OFFHOOK_SIP_REFER_H
#define OFFHOOK_SIP_REFER_H

#include <offhook/sip/leg.h>

/** User part of where we shall call, clean; never NULL. */
const char *sip_refer_user(const struct sip_refer *r);
/** Its display name, clean, or "". */
const char *sip_refer_name(const struct sip_refer *r);
/** Who asks, as it says itself (Referred-By, RFC 3892), user part or "". */
const char *sip_refer_by(const struct sip_refer *r);
/** True if a call that there is already shall be taken over (Replaces). */
bool sip_refer_attended(const struct sip_refer *r);
/** Say 202; then sip_leg_connect() with prm.refer, at once or later. @return
 *  0, EPROTO if it was answered already */
int sip_refer_accept(struct sip_refer *r);
/** Refuse it: by the answer to REFER, or, after accept, by a NOTIFY that
 *  ends it. mem_deref() of the last reference does so with 603. */
void sip_refer_reject(struct sip_refer *r, uint16_t code);
/**
 * The leg of ours whose other side is to be called (attended), where both are
 * legs of one stack, as a switch has them. Borrowed.
 *
 * @return NULL: blind, or of no leg here
 */
struct sip_leg *sip_refer_replaces(const struct sip_refer *r);
/** Who does by himself what was asked, without prm.refer, says after
 *  sip_refer_accept() how it goes. @param code 1xx, or ≥ 200 the last word */
void sip_refer_progress(struct sip_refer *r, uint16_t code);

#endif
