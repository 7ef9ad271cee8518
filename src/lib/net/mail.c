/**
 * @file mail.c  One e-mail with one attachment, by SMTP
 *
 * libcurl speaks SMTP and makes the MIME parts; what is not encoded by it, the
 * header, is made here of clean lines only: whatever a caller has as his name,
 * it ends no header.
 */
#define LOG_MODULE "net"
#include "net_int.h"
#include "curl_late.h"

#include <stdlib.h>
#include <time.h>

enum {
	/** Of an encoded word (RFC 2047 §2), before base64. */
	WORD_BYTES = 42,
	CONNECT_S = 20,
	TOTAL_S = 300,
};

int net_mail_prepare(void)
{
	return curl_late_load();
}

bool net_mail_address_ok(const char *address)
{
	const char *at = text_empty(address) ? NULL : strchr(address, '@');

	if (!at || at == address || !at[1] || strchr(at + 1, '@') ||
	    strlen(address) > 254)
		return false;
	for (const char *c = address; *c; c++)
		if (*c <= ' ' || *c == 0x7f || strchr("<>,;:\"()[]\\", *c))
			return false;
	return true;
}

/* Bytes of a piece that ends between two characters. */
static size_t piece(const char *s)
{
	size_t n = strnlen(s, WORD_BYTES);

	while (n && s[n] && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* A header's text as encoded words (RFC 2047), folded. */
static void add_encoded(struct text_buf *b, const char *text)
{
	char word[4 * WORD_BYTES];
	size_t n, len;

	for (bool first = true; *text; text += n, first = false) {
		n = piece(text);
		len = sizeof(word);
		if (!n || base64_encode((const uint8_t *)text, n, word, &len))
			return;
		text_buf_printf(b, "%s=?UTF-8?B?%.*s?=", first ? "" : "\r\n ",
				(int)len, word);
	}
}

static int add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *more = line ? curl_slist_append(*list, line) : NULL;

	if (!more)
		return ENOMEM;
	*list = more;
	return 0;
}

static char *date_line(void)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
					   "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
					     "May", "Jun", "Jul", "Aug",
					     "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;

	/* RFC 5322 §3.3, whatever the locale */
	if (!gmtime_r(&now, &tm))
		return NULL;
	return text_printf("Date: %s, %d %s %d %02d:%02d:%02d +0000",
			   days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
			   tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static int add_owned(struct curl_slist **list, char *line)
{
	int err = add_header(list, line);

	free(line);
	return err;
}

static int headers(struct curl_slist **list, const struct net_mail *m)
{
	struct text_buf subject = {0};
	char *clean = text_clean(m->subject, (size_t)-1, TEXT_LINE_MAX);
	int err;

	text_buf_add(&subject, "Subject: ");
	if (clean)
		add_encoded(&subject, clean);
	free(clean);
	err = subject.err ? subject.err : add_header(list, subject.buf);
	text_buf_reset(&subject);
	if (!err)
		err = add_owned(list, date_line());
	if (!err)
		err = add_owned(list, text_printf("From: <%s>", m->from));
	if (!err)
		err = add_owned(list, text_printf("To: <%s>", m->to));
	if (!err)
		err = add_owned(list, text_printf("Message-ID: <%s@%s>", m->id,
						  strchr(m->from, '@') + 1));
	/* a machine has written it, nobody is to answer (RFC 3834 §5) */
	if (!err)
		err = add_header(list, "Auto-Submitted: auto-generated");
	return err;
}

static int parts(curl_mime *mime, const struct net_mail *m)
{
	curl_mimepart *text = curl_mime_addpart(mime);
	curl_mimepart *file = curl_mime_addpart(mime);

	if (!text || !file ||
	    curl_mime_data(text, m->text, CURL_ZERO_TERMINATED) ||
	    curl_mime_type(text, "text/plain; charset=UTF-8") ||
	    curl_mime_encoder(text, "quoted-printable") ||
	    curl_mime_data(file, m->file, m->file_len) ||
	    curl_mime_type(file, m->file_type) ||
	    curl_mime_filename(file, m->file_name) ||
	    curl_mime_encoder(file, "base64"))
		return ENOMEM;
	return 0;
}

static void options(CURL *c, const struct net_mail *m, const char *url)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)TOTAL_S);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_USE_SSL,
			 (long)(m->security == NET_MAIL_PLAIN
					? CURLUSESSL_NONE
					: CURLUSESSL_ALL));
	if (!text_empty(m->ca_file))
		curl_easy_setopt(c, CURLOPT_CAINFO, m->ca_file);
	if (!text_empty(m->user)) {
		curl_easy_setopt(c, CURLOPT_USERNAME, m->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD,
				 m->password ? m->password : "");
	}
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, m->from);
}

static int errno_of(CURLcode code, long status)
{
	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_OUT_OF_MEMORY:
		return ENOMEM;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return ETIMEDOUT;
	case CURLE_LOGIN_DENIED:
		return EACCES;
	default:
		/* for good (RFC 5321 §4.2.1), or not */
		return status >= 500 && status < 600 ? EPERM : EPROTO;
	}
}

int net_mail_send(const struct net_mail *m, char **whyp)
{
	char said[CURL_ERROR_SIZE] = "";
	struct curl_slist *head = NULL, *to = NULL;
	CURL *c = curl_easy_init();
	curl_mime *mime = c ? curl_mime_init(c) : NULL;
	char *url = text_printf("%s://%s:%u",
				m->security == NET_MAIL_TLS ? "smtps" : "smtp",
				m->host, m->port);
	CURLcode code = CURLE_OUT_OF_MEMORY;
	long status = 0;
	int err = mime && url ? 0 : ENOMEM;

	*whyp = NULL;
	if (!err &&
	    (!net_mail_address_ok(m->from) || !net_mail_address_ok(m->to)))
		err = EINVAL;
	if (!err)
		err = headers(&head, m);
	if (!err)
		err = add_header(&to, m->to);
	if (!err)
		err = parts(mime, m);
	if (!err) {
		options(c, m, url);
		curl_easy_setopt(c, CURLOPT_ERRORBUFFER, said);
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, head);
		curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
		curl_easy_setopt(c, CURLOPT_MIMEPOST, mime);
		code = curl_easy_perform(c);
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
		err = errno_of(code, status);
	}
	if (err)
		*whyp = text_clean(*said ? said : strerror(err), (size_t)-1,
				   TEXT_LINE_MAX);
	if (mime)
		curl_mime_free(mime);
	curl_slist_free_all(head);
	curl_slist_free_all(to);
	if (c)
		curl_easy_cleanup(c);
	free(url);
	return err;
}
