/**
 * @file account.c  An account that is kept registered (RFC 3261 §10)
 *
 * libre's own registration client sends a wrong password up to sixteen
 * times; here a refused one is not sent again until there is another.
 */
#include <stdlib.h>
#include <offhook/net.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	EXPIRES_S = 600,
	RETRY_MAX_MS = 120000,
	GOODBYE_MS = 2000,
	ADDRESS_MS = 1500, /**< for one of several addresses */
	ANSWER_MS = 10000, /**< libre does not say that a connection went while
				a request was on it */
};

static void attempt(struct sip_account *a);

static void on_timer(void *arg)
{
	struct sip_account *a = arg;

	if (a->req) {
		a->req = mem_deref(a->req);
		account_failed(a, 0, strerror(ETIMEDOUT), 0);
	} else {
		attempt(a);
	}
}

/* --- state -------------------------------------------------------------- */

void account_state(struct sip_account *a, enum sip_account_state state,
		   uint16_t code, const char *reason)
{
	bool was = a->state == SIP_ACCOUNT_REGISTERED;
	bool is = state == SIP_ACCOUNT_REGISTERED;
	bool same = a->state == state && a->code == code &&
		    text_equal(a->reason, reason);

	if (a->terminated)
		return;
	if (was != is)
		a->since_ms = time_wall_ms();
	if (!is)
		account_alive_stop(a);
	a->state = state;
	a->code = code;
	if (state != SIP_ACCOUNT_UNTRUSTED)
		a->certificate = mem_deref(a->certificate);
	if (!same)
		(void)text_set(&a->reason, reason ? reason : "");
	/* A refreshed registration is no news. */
	if (!same && a->h.state)
		a->h.state(a, a->arg);
}

/* A server that is there answers at once, so a dead address (of IPv6, as a
 * rule) costs little; the more rounds have failed, the more time each has. */
static uint64_t answer_ms(const struct sip_account *a)
{
	uint64_t ms = (uint64_t)ADDRESS_MS
		      << (a->failures > 3 ? 3 : a->failures);

	return a->addr_more && ms < ANSWER_MS ? ms : ANSWER_MS;
}

void account_heard(struct sip_account *a)
{
	if (a->addr_more)
		tmr_start(&a->tmr, ANSWER_MS, on_timer, a);
	a->addr_more = false;
}

void account_again_in(struct sip_account *a, uint64_t ms)
{
	a->retry_ms = time_mono_ms() + ms;
	tmr_start(&a->tmr, ms, on_timer, a);
}

void account_failed(struct sip_account *a, uint16_t code, const char *reason,
		    uint64_t wait_ms)
{
	uint64_t ms = retry_in_ms(a->failures, RETRY_MAX_MS);

	/* The next try looks for the addresses anew, and takes the next. */
	if (!code) {
		sa_init(&a->addr, AF_UNSPEC);
		a->addr_at++;
	}
	/* … before anybody waits, or is told. */
	if (!code && a->addr_more) {
		a->addr_more = false;
		tmr_start(&a->tmr, 0, on_timer, a);
		return;
	}
	a->failures++;
	account_again_in(a, wait_ms > ms ? wait_ms : ms);
	account_state(a, SIP_ACCOUNT_DOWN, code, reason);
}

void account_untrusted(struct sip_account *a,
		       const struct net_certificate *certificate)
{
	a->retry_ms = 0;
	tmr_cancel(&a->tmr);
	mem_deref(a->certificate);
	a->certificate = mem_ref((void *)certificate);
	log_warn("certificate of %s not accepted: %s", certificate->host,
		 certificate->fingerprint);
	account_state(a, SIP_ACCOUNT_UNTRUSTED, 0,
		      net_fault_text(certificate->fault));
}

void account_refused(struct sip_account *a, uint16_t code, const char *reason)
{
	a->retry_ms = 0;
	tmr_cancel(&a->tmr);
	sip_auth_reset(a->auth);
	account_state(a, SIP_ACCOUNT_REFUSED, code, reason);
}

void sip_account_info(const struct sip_account *a,
		      struct sip_account_info *info)
{
	if (!a || !info)
		return;
	*info = (struct sip_account_info){
		.state = a->state,
		.code = a->code,
		.reason = a->reason ? a->reason : "",
		.since_ms = a->since_ms,
		.retry_ms = a->state == SIP_ACCOUNT_DOWN ? a->retry_ms : 0,
		.expires = a->granted,
		.certificate = a->certificate,
	};
}

/* --- tries -------------------------------------------------------------- */

static void try_now(struct sip_account *a)
{
	int err = stack_face(a->stack, a->transport, &a->addr);

	a->answered = false;
	a->rounds = 0;
	if (!err && a->quiet) {
		a->failures = 0;
		account_state(a, SIP_ACCOUNT_DOWN, 0, "");
		return;
	}
	if (!err)
		err = account_send_register(a, a->wanted);
	if (err)
		account_failed(a, 0, strerror(err), 0);
	else
		tmr_start(&a->tmr, answer_ms(a), on_timer, a);
	if (!err && a->state != SIP_ACCOUNT_REGISTERED)
		account_state(a, SIP_ACCOUNT_TRYING, 0, "");
}

static void on_resolved(enum net_error error, const struct sa *addrs,
			size_t count, void *arg)
{
	struct sip_account *a = arg;

	/* Another one each time that it does not answer. */
	if (count) {
		a->addr_at %= count;
		a->addr = addrs[a->addr_at];
		a->addr_more = a->addr_at + 1 < count;
	}
	/* The addresses go with it. */
	a->lookup = mem_deref(a->lookup);
	mem_ref(a);
	if (count) {
		try_now(a);
	} else {
		account_failed(a, 0, net_error_text(error), 0);
	}
	mem_deref(a);
}

static int look_up(struct sip_account *a)
{
	return resolve_server(&a->lookup, a->stack, a->host, a->port,
			      a->transport, on_resolved, a);
}

static void trust_ready(void *arg)
{
	struct sip_account *a = arg;

	a->trust_wait = mem_deref(a->trust_wait);
	attempt(a);
}

/* @return true if TLS can begin */
static bool have_trust(struct sip_account *a)
{
	int err = a->transport == SIP_TLS ? tls_prepare(a, trust_ready, a) : 0;

	if (err == EINPROGRESS)
		account_state(a, SIP_ACCOUNT_TRYING, 0, "");
	else if (err)
		account_failed(a, 0, strerror(err), 0);
	return !err;
}

static void attempt(struct sip_account *a)
{
	int err;

	a->retry_ms = 0;
	if (a->req || a->lookup || a->trust_wait || a->stack->closing)
		return;
	mem_ref(a);
	if (!sa_isset(&a->addr, SA_ADDR))
		(void)sa_set_str(
			&a->addr, a->host,
			sip_transp_port(transp_of(a->transport), a->port));
	if (!have_trust(a)) {
		;
	} else if (sa_isset(&a->addr, SA_ADDR)) {
		try_now(a);
	} else {
		err = look_up(a);
		if (err)
			account_failed(a, 0, strerror(err), 0);
		else if (a->state != SIP_ACCOUNT_REGISTERED)
			account_state(a, SIP_ACCOUNT_TRYING, 0, "");
	}
	mem_deref(a);
}

int sip_account_password(struct sip_account *a, const char *password)
{
	int err;

	if (!a)
		return EINVAL;
	wipe(a->password);
	err = text_set(&a->password, password);
	if (err)
		return err;
	sip_auth_reset(a->auth);
	sip_account_retry(a);
	return 0;
}

static struct account_pin pin_made(const struct net_pin *pin)
{
	struct account_pin p = {.is = pin != NULL};

	if (pin)
		p.pin = *pin;
	return p;
}

static bool pin_is(const struct account_pin *p, const struct net_pin *pin)
{
	return p->is == (pin != NULL) && (!pin || net_pin_equal(&p->pin, pin));
}

int sip_account_pin(struct sip_account *a, const struct net_pin *pin)
{
	int err;

	if (!a || a->transport != SIP_TLS)
		return EPROTO;
	a->accepts = pin_made(pin);
	err = tls_trust(a);
	if (!err)
		sip_account_retry(a);
	return err;
}

void sip_account_retry(struct sip_account *a)
{
	if (!a || a->terminated)
		return;
	/* Whom it did not trust may have another certificate now. */
	if (a->state == SIP_ACCOUNT_UNTRUSTED)
		(void)tls_trust(a);
	/* libre lets go of a request that nobody waits for. */
	a->req = mem_deref(a->req);
	a->failures = 0;
	tmr_cancel(&a->tmr);
	attempt(a);
}

/* --- beginning and end -------------------------------------------------- */

static void goodbye_over(void *arg)
{
	struct sip_account *a = arg;

	a->req = mem_deref(a->req);
	a->sip = mem_deref(a->sip);
	mem_deref(a);
}

/* Say good-bye. @return true if the answer is waited for */
static bool say_goodbye(struct sip_account *a)
{
	a->terminated = true;
	tmr_cancel(&a->tmr);
	account_alive_stop(a);
	a->lookup = mem_deref(a->lookup);
	a->trust_wait = mem_deref(a->trust_wait);
	a->req = mem_deref(a->req);
	a->ka = mem_deref(a->ka);
	list_unlink(&a->le);
	if (!a->bound)
		return false;
	a->bound = false;
	a->answered = false;
	if (account_send_register(a, 0))
		return false;
	a->sip = mem_ref(a->stack->sip);
	tmr_start(&a->tmr, GOODBYE_MS, goodbye_over, a);
	return true;
}

void sip_account_close(struct sip_account *a)
{
	if (!a)
		return;
	memset(&a->h, 0, sizeof(a->h));
	if (!a->terminated && say_goodbye(a))
		mem_ref(a);
}

static void account_destructor(void *arg)
{
	struct sip_account *a = arg;

	memset(&a->h, 0, sizeof(a->h));
	/* Lives on until that is over, as libre's own objects do. */
	if (a->stack && !a->terminated && say_goodbye(a)) {
		mem_ref(a);
		return;
	}
	tmr_cancel(&a->tmr);
	account_alive_stop(a);
	list_unlink(&a->le);
	mem_deref(a->lookup);
	mem_deref(a->trust_wait);
	mem_deref(a->certificate);
	mem_deref(a->req);
	mem_deref(a->auth);
	mem_deref(a->sip);
	mem_deref(a->stack);
	wipe(a->password);
	free(a->password);
	free(a->user);
	free(a->domain);
	free(a->name);
	free(a->auth_user);
	free(a->aor);
	free(a->registrar);
	free(a->server);
	free(a->host);
	free(a->contact);
	free(a->contact_next);
	free(a->reason);
}

static const char *auth_user(const struct sip_account_prm *prm)
{
	return prm->auth_user ? prm->auth_user : prm->user;
}

static const char *server(const struct sip_account_prm *prm)
{
	return prm->server ? prm->server : prm->domain;
}

static uint32_t expires(const struct sip_account_prm *prm)
{
	return prm->expires ? prm->expires : EXPIRES_S;
}

/* "host", "host:port", "[v6]:port" */
static int split_host(struct sip_account *a, const char *server)
{
	struct pl pl, host, port = PL_INIT;

	pl_set_str(&pl, server);
	if (!*server || uri_decode_hostport(&pl, &host, &port) || !host.l)
		return EINVAL;
	a->host = strndup(host.p, host.l);
	a->port = pl_isset(&port) ? (uint16_t)pl_u32(&port) : 0;
	if (!a->host)
		return ENOMEM;
	return a->port || !pl_isset(&port) ? 0 : EINVAL;
}

static int fill(struct sip_account *a, const struct sip_account_prm *prm)
{
	char random[13];
	int err;

	a->transport = prm->transport;
	a->accepts = a->made_with = pin_made(prm->pin);
	a->wanted = expires(prm);
	a->quiet = prm->quiet;
	a->alive_ms = prm->alive_ms;
	err = text_set(&a->user, prm->user);
	if (!err)
		err = text_set(&a->domain, prm->domain);
	if (!err)
		err = text_set(&a->name, prm->name);
	if (!err)
		err = text_set(&a->auth_user, auth_user(prm));
	if (!err)
		err = text_set(&a->password, prm->password);
	if (!err)
		err = text_set(&a->reason, "");
	if (!err)
		err = text_set(&a->server, server(prm));
	if (!err)
		err = split_host(a, a->server);
	if (err)
		return err;
	a->aor = uri_make(prm->user, prm->domain);
	a->registrar = text_printf("sip:%s", prm->domain);
	if (!a->aor || !a->registrar)
		return ENOMEM;
	if (!uri_is_sane(a->aor) || !uri_is_sane(a->registrar) ||
	    strpbrk(a->auth_user, "\"\\\r\n"))
		return EINVAL;
	hex_random(random, 6);
	snprintf(a->token, sizeof(a->token), "o%s", random);
	hex_random(a->call_id, 16);
	hex_random(a->tag, 8);
	return 0;
}

bool sip_account_is(const struct sip_account *a,
		    const struct sip_account_prm *prm)
{
	return a && prm && text_equal(a->user, prm->user) &&
	       text_equal(a->domain, prm->domain) &&
	       text_equal(a->server, server(prm)) &&
	       text_equal(a->name, prm->name) &&
	       text_equal(a->auth_user, auth_user(prm)) &&
	       text_equal(a->password, prm->password) &&
	       a->transport == prm->transport && a->wanted == expires(prm) &&
	       a->quiet == prm->quiet && a->alive_ms == prm->alive_ms &&
	       (pin_is(&a->made_with, prm->pin) ||
		pin_is(&a->accepts, prm->pin));
}

int sip_account_alloc(struct sip_account **ap, struct sip_stack *s,
		      const struct sip_account_prm *prm,
		      const struct sip_account_handlers *h, void *arg)
{
	struct sip_account *a;
	int err;

	if (!ap || !s || !prm || text_empty(prm->user) ||
	    text_empty(prm->domain) || s->closing)
		return EINVAL;
	a = mem_zalloc(sizeof(*a), account_destructor);
	if (!a)
		return ENOMEM;
	sa_init(&a->addr, AF_UNSPEC);
	a->since_ms = time_wall_ms();
	a->stack = mem_ref(s);
	a->arg = arg;
	err = fill(a, prm);
	if (!err)
		err = sip_auth_alloc(&a->auth, account_auth, a, false);
	if (!err && a->transport == SIP_TLS)
		err = tls_trust(a);
	if (err) {
		a->terminated = true;
		mem_deref(a);
		return err;
	}
	list_append(&s->accounts, &a->le, a);
	/* The owner hears nothing before it has its pointer. */
	attempt(a);
	if (h)
		a->h = *h;
	*ap = a;
	return 0;
}
