/**
 * @file sip_header.h  What a SIP message says, for tests that read it bare
 */
#ifndef SIP_HEADER_H
#define SIP_HEADER_H

#include <stdio.h>
#include <string.h>

/** Value of a header of a message; to free(), NULL if it is not there. */
static inline char *value_of(const char *msg, const char *name)
{
	char head[64];
	const char *s;

	snprintf(head, sizeof(head), "\r\n%s: ", name);
	s = strstr(msg, head);
	if (!s)
		return NULL;
	s += strlen(head);
	return strndup(s, strcspn(s, "\r"));
}

#endif
