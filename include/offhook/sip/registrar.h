/**
 * @file sip/registrar.h  A REGISTER that came in
 */
#ifndef OFFHOOK_SIP_REGISTRAR_H
#define OFFHOOK_SIP_REGISTRAR_H

#include <offhook/sip/stack.h>

/** One Contact. */
struct sip_contact_info {
	const char *uri;	 /**< as sent; for sip_leg_prm.to_uri */
	uint32_t expires;	 /**< seconds asked for; 0: remove */
	const struct sa *source; /**< where it came from: sip_leg_prm.peer */
	enum sip_transport transport;
};

/** User part of the address of record (To), clean. */
const char *sip_register_user(const struct sip_register *r);
const char *
sip_register_auth_user(const struct sip_register *r); /**< or NULL */
/** Call-ID and CSeq, for RFC 3261 §10.3 step 7. */
const char *sip_register_call_id(const struct sip_register *r);
uint32_t sip_register_cseq(const struct sip_register *r);
/** "Contact: *" with Expires: 0: remove all. */
bool sip_register_all(const struct sip_register *r);
size_t sip_register_contacts(const struct sip_register *r); /**< 0: a query */
const struct sip_contact_info *
sip_register_contact(const struct sip_register *r, size_t i);
/**
 * Answer 200 with all bindings that hold now.
 *
 * @param uris, expires  n of each
 */
int sip_register_accept(struct sip_register *r, const char *const *uris,
			const uint32_t *expires, size_t n);
/** @param code 300..699; 423 adds Min-Expires: 60 */
int sip_register_reject(struct sip_register *r, uint16_t code,
			const char *reason);

#endif
