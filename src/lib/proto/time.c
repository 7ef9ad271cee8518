/**
 * @file time.c  The protocol's times
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <offhook/proto.h>

/* So many digits at the place. @return their value, -1 if they are none */
static int number(const char **sp, int n)
{
	int value = 0;

	for (; n; n--, (*sp)++) {
		if (**sp < '0' || **sp > '9')
			return -1;
		value = value * 10 + (**sp - '0');
	}
	return value;
}

static int days_of(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

int64_t proto_time_read(const char *text)
{
	static const struct {
		int digits;
		char then;
	} form[] = {{4, '/'}, {2, '/'}, {2, ' '}, {2, ':'}, {2, 'Z'}};
	struct tm tm = {0};
	int part[5];

	if (!text)
		return -1;
	text += strspn(text, " \t\r\n");
	for (int i = 0; i < 5; i++) {
		part[i] = number(&text, form[i].digits);
		if (part[i] < 0 || *text++ != form[i].then)
			return -1;
	}
	if (text[strspn(text, " \t\r\n")])
		return -1;
	if (part[0] < 1970 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[2] > days_of(part[0], part[1]) || part[3] > 23 || part[4] > 59)
		return -1;
	tm.tm_year = part[0] - 1900;
	tm.tm_mon = part[1] - 1;
	tm.tm_mday = part[2];
	tm.tm_hour = part[3];
	tm.tm_min = part[4];
	return (int64_t)timegm(&tm) * 1000;
}

void proto_time_write(char *buf, size_t size, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	int n = -1;

	if (ms >= 0 && gmtime_r(&t, &tm) && tm.tm_year <= 9999 - 1900)
		n = snprintf(buf, size, "%04d/%02d/%02d %02d:%02dZ",
			     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			     tm.tm_hour, tm.tm_min);
	if (size && (n < 0 || (size_t)n >= size))
		buf[0] = 0;
}
