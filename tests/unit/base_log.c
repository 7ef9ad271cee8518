/* The log: no secret in it, whatever it stands in. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <offhook/base.h>

#include <cmocka.h>

#define LOG_MODULE "test"

static const char *const secrets[] = {
	"GET /cgi-bin/gadgetapi?cmd=Login&gsUser=101&gsPass=Se3cret!&x=1",
	"https://h:8802/cgi-bin/gadgetapi?gsPass=Se3cret!",
	"?gspass=Se3cret!#x",
	"GetEvents?deviceObject=1&gsSession=Se3cret!&wait=25",
	"cmd%3DLogin%26gsPass%3DSe3cret!",
	"{\"gsUser\":\"101\",\"gsPass\":\"Se3cret!\"}",
	"{\"gsPass\" : \"a\\\"Se3cret!\",\"y\":1}",
	"{\\\"password\\\":\\\"Se3cret!\\\"}",
	"{\"secret\":\"Se3cret!\"}",
	"{\"newPassword\":[\"Se3cret!\"]}",
	"{\"ha1\":'Se3cret!'}",
	"pin=Se3cret! token=Se3cret!",
	"password: Se3cret!",
	"Authorization: Digest username=\"1\", response=\"Se3cret!\"",
	"Proxy-Authorization: Basic Se3cret!",
	"a\r\nauthorization:Bearer Se3cret!\r\nb",
	"Set-Cookie: id=Se3cret!; Secure",
	"AUTH PLAIN Se3cret!",
	"Bearer Se3cret!",
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:Se3cret!|2^20|1:4",
	"a=ice-pwd:Se3cret!",
	"http://user:Se3cret!@host/path",
	"INVITE sip:200:Se3cret!@host;transport=tcp SIP/2.0",
	"<sips:200:Se3cret!@host>",
	"<LOGIN><ID>Se3cret!</ID><CNT>1</CNT>",
	"<PASSWORD>Se3cret!</PASSWORD>",
	"<account pass=\"Se3cret!\"/>",
};

static void secrets_are_masked(void **state)
{
	char line[256];
	(void)state;

	for (size_t i = 0; i < sizeof(secrets) / sizeof(char *); i++) {
		/* Cut anywhere, too: the log cuts what is long. */
		for (size_t n = strlen(secrets[i]); n > 0; n--) {
			snprintf(line, sizeof(line), "%.*s", (int)n,
				 secrets[i]);
			log_redact(line);
			if (strstr(line, "Se3cret!"))
				fail_msg("%s -> %s", secrets[i], line);
			assert_true(strlen(line) <= n + 3);
		}
	}
}

static void assert_redacted(const char *raw, const char *want)
{
	char line[256];

	snprintf(line, sizeof(line), "%s", raw);
	log_redact(line);
	assert_string_equal(line, want);
}

static void the_rest_stays(void **state)
{
	(void)state;
	assert_redacted("", "");
	assert_redacted("nothing here: 201 -> +49 89 7007-98765",
			"nothing here: 201 -> +49 89 7007-98765");
	assert_redacted("?gsUser=101&gsPass=abcd&cmd=Login",
			"?gsUser=101&gsPass=***&cmd=Login");
	assert_redacted("{\"gsPass\":\"ab\\\"cd\",\"y\":2}",
			"{\"gsPass\":\"***\",\"y\":2}");
	assert_redacted("http://127.0.0.1:8080/a@b",
			"http://127.0.0.1:8080/a@b");
	assert_redacted("sip:200@host:5060", "sip:200@host:5060");
	assert_redacted("http://u:secretpw@h:80/", "http://u:***@h:80/");
	assert_redacted("mapping=7 pinned=1 passed: 3",
			"mapping=7 pinned=1 passed: 3");
	/* Shorter than the mask: nothing grows. */
	assert_redacted("pin=1", "pin=*");
	assert_redacted("pin=", "pin=");
}

static void any_line_can_be_redacted(void **state)
{
	static const char *const bits[] = {
		"gsPass",  "=",	   ":", "\"", "'", "\\",
		"sip:",	   "://",  "@", "<",  ">", "%3d",
		"basic ",  "[",	   "{", " ",  "x", "authorization",
		"inline:", "\xc3", "ID"};
	char line[512];
	uint32_t seed = 5;
	(void)state;

	for (int round = 0; round < 20000; round++) {
		size_t len = 0;

		for (int i = 0; i < 24; i++) {
			seed = seed * 1664525u + 1013904223u;
			const char *b = bits[(seed >> 8) %
					     (sizeof(bits) / sizeof(char *))];
			memcpy(line + len, b, strlen(b));
			len += strlen(b);
		}
		line[len] = 0;
		log_redact(line);
		assert_true(strlen(line) <= len);
	}
}

static char *logged(const char *path)
{
	char *text = NULL;

	assert_int_equal(file_read(path, 1 << 20, &text, NULL), 0);
	return text;
}

static void lines_reach_the_file(void **state)
{
	char path[] = "/tmp/oh-log-XXXXXX", link_path[64];
	char *text, *big = malloc(10000);
	struct stat st;
	(void)state;

	close(mkstemp(path));
	unlink(path);
	assert_int_equal(log_to_file(path, LOG_LEVEL_INFO), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(log_wants(LOG_LEVEL_INFO));
	assert_false(log_wants(LOG_LEVEL_DEBUG));
	log_debug("not this");
	errno = EIO;
	log_info("name \033[31m\xc2\x9b\xe2\x80\xae gsPass=%s", "hunter2");
	assert_int_equal(errno, EIO);
	text = logged(path);
	assert_non_null(
		strstr(text, "Z info  test: name ?[31m????? gsPass=***\n"));
	assert_null(strstr(text, "not this"));
	free(text);

	memset(big, 'x', 9999);
	big[9999] = 0;
	log_error("%s", big);
	text = logged(path);
	assert_true(strlen(text) < 4096 + 512);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
	free(big);

	snprintf(link_path, sizeof(link_path), "%s.l", path);
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(log_to_file(link_path, LOG_LEVEL_INFO), ELOOP);
	unlink(link_path);
	unlink(path);
	log_to_fd(STDERR_FILENO, LOG_LEVEL_INFO);
}

/* What a library prints, some of it in pieces, and at a stranger's wish. */
static void stderr_is_limited(void **state)
{
	char path[] = "/tmp/base_log.XXXXXX", *s = NULL;
	size_t len, lines = 0;
	FILE *real = stderr;
	int fd = mkstemp(path);
	(void)state;

	assert_true(fd >= 0);
	log_to_fd(fd, LOG_LEVEL_INFO);
	log_take_stderr();
	fprintf(stderr, "sip: msg ");
	fprintf(stderr, "decode err: %s\n", "Bad message");
	for (int i = 0; i < 10000; i++)
		fprintf(stderr, "line %d password=Se3cret! \033[2J\n", i);
	stderr = real;
	log_to_fd(STDERR_FILENO, LOG_LEVEL_INFO);
	assert_int_equal(file_read(path, 1 << 20, &s, &len), 0);
	assert_non_null(strstr(s, ": sip: msg decode err: Bad message\n"));
	assert_non_null(strstr(s, ": line 0 "));
	assert_null(strstr(s, "Se3cret!"));
	assert_null(strchr(s, '\033'));
	for (const char *p = s; (p = strchr(p, '\n')); p++)
		lines++;
	/* Ten in a second, and as many in the next if that began. */
	assert_true(lines < 40);
	free(s);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_masked),
		cmocka_unit_test(the_rest_stays),
		cmocka_unit_test(any_line_can_be_redacted),
		cmocka_unit_test(lines_reach_the_file),
		cmocka_unit_test(stderr_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
