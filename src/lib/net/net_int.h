/**
 * @file net_int.h  What the files of net share
 */
#ifndef NET_INT_H
#define NET_INT_H

#include <offhook/net.h>

typedef struct x509_store_st X509_STORE;
typedef struct x509_st X509;

struct net {
	struct job_queue *jobs; /**< made when first needed */
	X509_STORE *store;	/**< the system's certificates; NULL before,
				     and when nobody has asked for a while */
	struct tmr store_tmr;
	struct ca_job *ca_job; /**< reading them now, or NULL */
	struct list waiters;   /**< struct net_waiter */
	bool curl;	       /**< curl_global_init() is done */
};

/** Somebody who waits for the system's certificates. */
struct net_waiter {
	struct le le;
	void (*h)(void *arg);
	void *arg;
};

int net_int_job(struct net *n, job_work_h *work, job_done_h *done, void *arg);

/** Read the system's certificates now, on the loop. @return 0 or EIO */
int net_int_store_load(struct net *n);

/**
 * Wait for the system's certificates; list_unlink(&w->le) stops waiting.
 *
 * @return 0 if they are there, EINPROGRESS if w->h will be called, or errno
 */
int net_int_store_wait(struct net *n, struct net_waiter *w);

/**
 * Describe a certificate.
 *
 * @param cp  Set to the description, mem_deref() it
 */
int net_int_certificate(struct net_certificate **cp, X509 *x, const char *host,
			enum net_fault fault);

/** SHA-256 of a certificate. @return 0 or EIO */
int net_int_digest(struct net_pin *pin, X509 *x);

/** True for "localhost", 127/8 and ::1, in brackets or not. */
bool net_int_is_loopback(const char *host);

/** A copy in memory that is wiped before it is freed. */
char *net_int_secret(const void *s, size_t len);
void net_int_wipe(char *s, size_t len);

#endif
