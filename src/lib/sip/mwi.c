/**
 * @file mwi.c  Message waiting: simple-message-summary (RFC 3842 §5)
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

enum { COUNT_MAX = 1000000 };

/* --- read --------------------------------------------------------------- */

/* A number; *p is put behind it. @return false if none stands there */
static bool take_number(const char **p, uint32_t *number)
{
	uint32_t v = 0;

	while (**p == ' ' || **p == '\t')
		(*p)++;
	if (!isdigit((unsigned char)**p))
		return false;
	for (; isdigit((unsigned char)**p); (*p)++)
		v = v < COUNT_MAX ? v * 10 + (uint32_t)(**p - '0') : COUNT_MAX;
	while (**p == ' ' || **p == '\t')
		(*p)++;
	*number = v > COUNT_MAX ? COUNT_MAX : v;
	return true;
}

static bool take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* "2/8 (0/2)" */
static int read_counts(struct sip_messages *m, const char *p)
{
	if (!take_number(&p, &m->voice_new) || !take(&p, '/') ||
	    !take_number(&p, &m->voice_old))
		return EBADMSG;
	if (take(&p, '(') &&
	    (!take_number(&p, &m->urgent_new) || !take(&p, '/') ||
	     !take_number(&p, &m->urgent_old) || !take(&p, ')')))
		return EBADMSG;
	return 0;
}

static int read_line(struct sip_messages *m, bool *known, const char *line)
{
	const char *value = strchr(line, ':');
	size_t name = value ? (size_t)(value - line) : 0;

	if (!value)
		return 0;
	while (name && isblank((unsigned char)line[name - 1]))
		name--;
	value += 1 + strspn(value + 1, " \t");
	if (name == 16 && !strncasecmp(line, "Messages-Waiting", name)) {
		*known = true;
		m->waiting = !strncasecmp(value, "yes", 3);
		return m->waiting || !strncasecmp(value, "no", 2) ? 0 : EBADMSG;
	}
	if (name == 13 && !strncasecmp(line, "Voice-Message", name))
		return read_counts(m, value);
	return 0;
}

int mwi_read(struct sip_messages *m, const char *s, size_t n)
{
	char *copy = copy_bytes(s, n), *rest = copy, *line;
	bool known = false;
	int err = copy ? 0 : ENOMEM;

	memset(m, 0, sizeof(*m));
	while (!err && (line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = 0;
		/* headers of single messages may follow */
		if (!*line && known)
			break;
		err = read_line(m, &known, line);
	}
	free(copy);
	return err ? err : known ? 0 : EBADMSG;
}

/* --- written ------------------------------------------------------------ */

void mwi_write(struct text_buf *b, const char *account,
	       const struct sip_messages *m)
{
	text_buf_printf(b,
			"Messages-Waiting: %s\r\n"
			"Message-Account: %s\r\n"
			"Voice-Message: %u/%u (%u/%u)\r\n",
			m->waiting ? "yes" : "no", account, m->voice_new,
			m->voice_old, m->urgent_new, m->urgent_old);
}
