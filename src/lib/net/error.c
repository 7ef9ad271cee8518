/**
 * @file error.c  Why it failed: words for people, for logs, for code
 */
#include "net_int.h"

#define LOG_MODULE "net"

static const struct {
	const char *name;
	const char *text;
	int err;
} rows[] = {
	[NET_OK] = {"ok", "", 0},
	[NET_RESOLVE] = {"resolve", N_("No address is known for that name."),
			 EHOSTUNREACH},
	[NET_REFUSED] = {"refused",
			 N_("Nobody listens at that address and port."),
			 ECONNREFUSED},
	[NET_UNREACHABLE] = {"unreachable",
			     N_("That address can't be reached from here."),
			     ENETUNREACH},
	[NET_TIMEOUT_CONNECT] = {"timeout-connect",
				 N_("No connection within the time limit."),
				 ETIMEDOUT},
	[NET_TIMEOUT_FIRST_BYTE] =
		{"timeout-first-byte",
		 N_("Connected, but no answer within the time limit."),
		 ETIMEDOUT},
	[NET_TIMEOUT_TOTAL] =
		{"timeout-total",
		 N_("The answer took longer than the time limit."), ETIMEDOUT},
	[NET_TLS] =
		{"tls",
		 N_("No secure connection (TLS 1.2 or newer) was possible."),
		 EPROTO},
	[NET_CERTIFICATE_UNKNOWN] =
		{"certificate-unknown",
		 N_("The server's certificate is not known."), EACCES},
	[NET_CERTIFICATE_CHANGED] =
		{"certificate-changed",
		 N_("The server's certificate is not the accepted one."),
		 EACCES},
	[NET_GARBAGE] = {"garbage",
			 N_("What answers there does not speak this protocol."),
			 EPROTO},
	[NET_CLOSED] = {"closed",
			N_("The server closed the connection too early."),
			ECONNRESET},
	[NET_TOO_LARGE] = {"too-large", N_("The answer is too large."),
			   EMSGSIZE},
	[NET_PROXY] = {"proxy", N_("The proxy refused or can't be reached."),
		       ECONNREFUSED},
	[NET_STOPPED] = {"stopped", N_("The answer makes no sense."), EBADMSG},
	[NET_INTERNAL] = {"internal", N_("Out of memory or descriptors."),
			  ENOMEM},
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == NET_ERROR_COUNT,
	       "a row for each error");

static const char *const faults[] = {
	[NET_FAULT_NONE] = "",
	[NET_FAULT_CHANGED] = N_("Another certificate was accepted before."),
	[NET_FAULT_SELF_SIGNED] = N_("It is signed by itself."),
	[NET_FAULT_ISSUER] = N_("Its issuer is not known here."),
	[NET_FAULT_EXPIRED] = N_("It is not valid at this time."),
	[NET_FAULT_NAME] = N_("It is made out to another name."),
	[NET_FAULT_OTHER] = N_("It can't be verified."),
};

static bool valid(enum net_error e)
{
	return (unsigned)e < NET_ERROR_COUNT;
}

const char *net_error_text(enum net_error e)
{
	return valid(e) && *rows[e].text ? _(rows[e].text) : "";
}

const char *net_error_name(enum net_error e)
{
	return valid(e) ? rows[e].name : "?";
}

int net_error_errno(enum net_error e)
{
	return valid(e) ? rows[e].err : EINVAL;
}

const char *net_fault_text(enum net_fault f)
{
	return (unsigned)f <= NET_FAULT_OTHER && *faults[f] ? _(faults[f]) : "";
}
