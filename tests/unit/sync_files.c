/**
 * @file sync_files.c  Files of contacts: read, compared, written, read again
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <offhook/client/sync.h>

static const struct proto_dial_params munich = {
	.country = "49",
	.area = "89",
	.location = "7007",
	.access = "0",
	.national = "0",
	.international = "00",
	.extension_max = 3,
};

static int read_as(struct sync_file *file, const void *data, size_t len,
		   enum sync_encoding encoding)
{
	FILE *f = fmemopen((void *)(uintptr_t)data, len, "r");
	const struct sync_read_prm prm = {.f = f, .encoding = encoding};
	int err;

	assert_non_null(f);
	err = sync_read(file, &prm);
	fclose(f);
	return err;
}

static int read_text(struct sync_file *file, const char *text)
{
	return read_as(file, text, strlen(text), SYNC_GUESS);
}

static void expect_refused(const char *text, size_t len, const char *why)
{
	struct sync_file f;

	assert_int_equal(read_as(&f, text, len, SYNC_GUESS), EBADMSG);
	assert_non_null(f.problem);
	if (!strstr(f.problem, why))
		fail_msg("\"%s\" is not in: %s", why, f.problem);
	sync_file_reset(&f);
}

/* ---- CSV --------------------------------------------------------------- */

static void headings_of_other_programs_are_known(void **state)
{
	static const struct {
		const char *heading;
		char separator;
	} rows[] = {
		{"First Name,Last Name,Company,Department,E-mail Address,"
		 "Mobile Phone,Home Phone,Business Phone",
		 ','},
		{"Vorname;Nachname;Firma;Abteilung;E-Mail-Adresse;Mobiltelefon;"
		 "Telefon privat;Telefon geschäftlich",
		 ';'},
		{"Prénom;Nom;Société;Service;Adresse de messagerie;"
		 "Tél. mobile;Téléphone (domicile);Téléphone (bureau)",
		 ';'},
		{"first\tlast\tcompany\tdepartment\temail\tmobile\tprivate\t"
		 "business",
		 '\t'},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text_buf b = {0};
		struct sync_file f;

		text_buf_printf(&b, "%s\r\n", rows[i].heading);
		for (const char *s = "a b c d e@f +1 +2 +3"; *s; s++)
			text_buf_add_n(&b, *s == ' ' ? &rows[i].separator : s,
				       1);
		assert_int_equal(read_text(&f, b.buf), 0);
		assert_int_equal(f.format, SYNC_CSV);
		assert_int_equal(f.separator, rows[i].separator);
		assert_int_equal(f.count, 1);
		assert_string_equal(f.contacts[0].first, "a");
		assert_string_equal(f.contacts[0].last, "b");
		assert_string_equal(f.contacts[0].company, "c");
		assert_string_equal(f.contacts[0].department, "d");
		assert_string_equal(f.contacts[0].email, "e@f");
		assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE],
				    "+1");
		assert_string_equal(f.contacts[0].number[UC_NUMBER_PRIVATE],
				    "+2");
		assert_string_equal(f.contacts[0].number[UC_NUMBER_BUSINESS],
				    "+3");
		sync_file_reset(&f);
		text_buf_reset(&b);
	}
}

static void googles_numbers_come_with_their_type(void **state)
{
	struct sync_file f;
	(void)state;

	assert_int_equal(
		read_text(&f,
			  "Name,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,"
			  "Phone 2 - Value,Phone 3 - Type,Phone 3 - Value\n"
			  "Ada Lovelace,Mobile,+1,Work,+2,Home Fax,+3\n"
			  "\"Erlang, Agner K.\",Arbeit,+4,Arbeit,+5,Privat,"
			  "+6\n"),
		0);
	assert_int_equal(f.count, 2);
	assert_string_equal(f.contacts[0].first, "Ada");
	assert_string_equal(f.contacts[0].last, "Lovelace");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE], "+1");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_BUSINESS], "+2");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_OTHER], "");
	assert_string_equal(f.contacts[1].first, "Agner K.");
	assert_string_equal(f.contacts[1].last, "Erlang");
	assert_string_equal(f.contacts[1].number[UC_NUMBER_BUSINESS_2], "+5");
	sync_file_reset(&f);
}

static void damaged_records_do_not_spoil_others(void **state)
{
	static const char text[] = "last,mobile\n"
				   "One,1\n"
				   "\"Two\"x,2\n"
				   "Three,3,4\n"
				   "Fo\0ur,4\n"
				   "Five,5\n"
				   "\"Six,6\n";
	struct sync_file f;
	(void)state;

	assert_int_equal(read_as(&f, text, sizeof(text) - 1, SYNC_GUESS), 0);
	assert_int_equal(f.count, 6);
	assert_null(f.contacts[0].damaged);
	assert_non_null(f.contacts[1].damaged);
	assert_non_null(f.contacts[2].damaged);
	assert_non_null(f.contacts[3].damaged);
	assert_null(f.contacts[4].damaged);
	assert_int_equal(f.contacts[4].line, 6);
	assert_non_null(f.contacts[5].damaged);
	sync_file_reset(&f);
}

static void encodings_are_guessed_or_given(void **state)
{
	static const struct {
		const char *text;
		enum sync_encoding given, taken;
		const char *last;
	} rows[] = {
		{"last,mobile\nM\xc3\xbcller,1\n", SYNC_GUESS, SYNC_UTF8,
		 "Müller"},
		{"\xef\xbb\xbflast,mobile\nM\xc3\xbcller,1\n", SYNC_GUESS,
		 SYNC_UTF8, "Müller"},
		{"last,mobile\nM\xfcller,1\n", SYNC_GUESS, SYNC_LATIN1,
		 "Müller"},
		{"last,mobile\n\x8aimek\x96M\xfcller,1\n", SYNC_GUESS,
		 SYNC_WINDOWS, "Šimek–Müller"},
		{"last,mobile\n\xa6imek,1\n", SYNC_GUESS, SYNC_LATIN9, "Šimek"},
		{"last,mobile\n\xa6imek,1\n", SYNC_LATIN1, SYNC_LATIN1,
		 "¦imek"},
		/* Its own bytes, though it is UTF-8. */
		{"last,mobile\n\xc3\xbc,1\n", SYNC_LATIN1, SYNC_LATIN1, "Ã¼"},
	};
	struct sync_file f;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(read_as(&f, rows[i].text, strlen(rows[i].text),
					 rows[i].given),
				 0);
		assert_int_equal(f.encoding, rows[i].taken);
		assert_int_equal(f.guessed, rows[i].given == SYNC_GUESS);
		assert_string_equal(f.contacts[0].last, rows[i].last);
		sync_file_reset(&f);
	}
	assert_int_equal(
		read_as(&f, rows[2].text, strlen(rows[2].text), SYNC_UTF8),
		EBADMSG);
	sync_file_reset(&f);
}

/* A letter of UTF-8 may lie across two blocks that are looked at. */
static void a_letter_across_blocks_is_still_utf8(void **state)
{
	(void)state;

	for (unsigned shift = 0; shift < 5; shift++) {
		struct text_buf b = {0};
		struct sync_file f;

		text_buf_add(&b, "last,mobile\n");
		while (b.len < 65536 - 60)
			text_buf_add(&b, "A,1\n");
		while (b.len < 65536 - shift)
			text_buf_add(&b, "B");
		text_buf_add(&b, "\xf0\x9f\x93\x9e,1\n");
		assert_int_equal(read_text(&f, b.buf), 0);
		assert_int_equal(f.encoding, SYNC_UTF8);
		sync_file_reset(&f);
		text_buf_reset(&b);
	}
}

/* ---- XML --------------------------------------------------------------- */

static void xml_is_read_as_a_stream(void **state)
{
	struct sync_file f;
	(void)state;

	assert_int_equal(
		read_text(&f,
			  "<?xml version='1.0' encoding='UTF-8'?>\n"
			  "<contacts>\n"
			  " <contact><first>Ada</first><last>Lovelace &amp; "
			  "S&#246;hne</last><number kind='mobile'>+44 1"
			  "</number><email>a@b</email>"
			  "<photo>nothing</photo></contact>\n"
			  " <contact/>\n"
			  " <contact><Nachname>Zuse</Nachname>"
			  "<Mobiltelefon>+49 2</Mobiltelefon></contact>\n"
			  "</contacts>"),
		0);
	assert_int_equal(f.format, SYNC_XML);
	assert_int_equal(f.count, 2);
	assert_string_equal(f.contacts[0].last, "Lovelace & Söhne");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE], "+44 1");
	assert_int_equal(f.contacts[0].line, 3);
	assert_string_equal(f.contacts[1].last, "Zuse");
	sync_file_reset(&f);
}

static void no_xml_bomb_grows(void **state)
{
	static const char laughs[] =
		"<!DOCTYPE a [<!ENTITY b 'haha'><!ENTITY c '&b;&b;&b;&b;'>"
		"<!ENTITY d '&c;&c;&c;&c;'>]><a><b><last>&d;</last></b></a>";
	static const char outside[] =
		"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a><b/></a>";
	struct text_buf deep = {0};
	(void)state;

	expect_refused(laughs, strlen(laughs), "type declaration");
	expect_refused(outside, strlen(outside), "type declaration");
	for (int i = 0; i < 1000; i++)
		text_buf_add(&deep, "<a>");
	expect_refused(deep.buf, deep.len, "too deep");
	text_buf_reset(&deep);
	expect_refused("<a><b>", 6, "no well-formed");
}

/* ---- vCard ------------------------------------------------------------- */

static void vcards_are_read(void **state)
{
	struct sync_file f;
	(void)state;

	assert_int_equal(
		read_text(&f, "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:1\r\n"
			      "FN:Simon Perreault\r\nN:Perreault;Simon;;;ing. "
			      "jr,M.Sc.\r\nORG:Viag\r\n enie;Lab\\, 2\r\n"
			      "item1.TEL;VALUE=uri;TYPE=\"work,voice\";PREF=1:"
			      "tel:+1-418-656-9254;ext=102\r\n"
			      "TEL;TYPE=fax,work:+1 2\r\n"
			      "TEL;TYPE=\"cell\",\"home\":+1 3\r\n"
			      "EMAIL;TYPE=work:simon@viagenie.ca\r\n"
			      "END:VCARD\r\n"
			      "begin:vcard\nversion:3.0\nfn:Only Name\n"
			      "tel;type=home,type=voice:+1 4\nnote:a\\n;b\n"
			      "end:vcard\n"
			      "BEGIN:VCARD\nVERSION:2.0\nN:Old\nEND:VCARD\n"
			      "BEGIN:VCARD\nVERSION:4.0\nFN:Cut off\n"),
		0);
	assert_int_equal(f.format, SYNC_VCARD);
	assert_int_equal(f.count, 4);
	assert_string_equal(f.contacts[0].key, "urn:uuid:1");
	assert_string_equal(f.contacts[0].first, "Simon");
	assert_string_equal(f.contacts[0].last, "Perreault");
	assert_string_equal(f.contacts[0].company, "Viagenie");
	assert_string_equal(f.contacts[0].department, "Lab, 2");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_BUSINESS],
			    "+1-418-656-9254");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_OTHER], "");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE], "+1 3");
	assert_string_equal(f.contacts[1].first, "Only");
	assert_string_equal(f.contacts[1].last, "Name");
	assert_string_equal(f.contacts[1].number[UC_NUMBER_PRIVATE], "+1 4");
	assert_int_equal(f.contacts[1].line, 13);
	assert_non_null(f.contacts[2].damaged);
	assert_non_null(f.contacts[3].damaged);
	sync_file_reset(&f);
}

/* versit's vCard 2.1: names without "TYPE=", quoted-printable with its own
   way to go on, a character set for each property. */
static void old_vcards_are_read(void **state)
{
	struct sync_file f;
	(void)state;

	assert_int_equal(
		read_text(
			&f,
			"BEGIN:VCARD\r\nVERSION:2.1\r\n"
			"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
			"Gr=C3=B6=C3=9Fer;J=C3=BC=\r\n=72gen\r\n"
			"ORG;QUOTED-PRINTABLE:M=FCller=3BSohn;=\r\n"
			" Lager\r\n"
			"TEL;HOME;VOICE:+49 30 1\r\nTEL;CELL;PREF:+49 171 2\r\n"
			"TEL;WORK;FAX:+49 30 3\r\nTEL;WORK:+49 30 4\r\n"
			"EMAIL;INTERNET;PREF:j@x.example\r\n"
			"PHOTO;JPEG;BASE64:\r\n  AAAA:BBBB\r\n  CCCC\r\n\r\n"
			"END:VCARD\r\n"
			"BEGIN:VCARD\nVERSION:2.1\n"
			"FN;CHARSET=koi8-r;ENCODING=QUOTED-PRINTABLE:=E9=CD="
			"D1\n"
			"ORG:C:\\new \\; Co\n Ltd\nTEL:+49 30 5\nEND:VCARD\n"
			"BEGIN:VCARD\nVERSION:2.1\n"
			"N;CHARSET=EBCDIC-XY;ENCODING=QUOTED-PRINTABLE:=C1\n"
			"TEL:+49 30 6\nEND:VCARD\n"
			"BEGIN:VCARD\nVERSION:2.1\n"
			"N;ENCODING=QUOTED-PRINTABLE:=zz=4=\n"
			"TEL;CELL:+49 30 7\nTEL;CELL:+49 30 8\nEND:VCARD\n"),
		0);
	assert_int_equal(f.count, 4);
	assert_string_equal(f.contacts[0].last, "Größer");
	assert_string_equal(f.contacts[0].first, "Jürgen");
	assert_string_equal(f.contacts[0].company, "Müller;Sohn");
	assert_string_equal(f.contacts[0].department, "Lager");
	assert_string_equal(f.contacts[0].email, "j@x.example");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_PRIVATE],
			    "+49 30 1");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE],
			    "+49 171 2");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_BUSINESS],
			    "+49 30 4");
	assert_string_equal(f.contacts[0].number[UC_NUMBER_OTHER], "");
	assert_null(f.contacts[0].damaged);
	assert_string_equal(f.contacts[1].last, "Имя");
	assert_string_equal(f.contacts[1].company, "C:\\new ; Co Ltd");
	assert_null(f.contacts[1].damaged);
	assert_non_null(strstr(f.contacts[2].damaged, "character set"));
	/* What goes on by "=" takes the next line with it, whatever it is. */
	assert_string_equal(f.contacts[3].last, "=zz=4TEL");
	assert_string_equal(f.contacts[3].number[UC_NUMBER_MOBILE], "+49 30 8");
	sync_file_reset(&f);
}

/* Where the file itself is of one encoding throughout, that counts. */
static void a_charset_of_8_bits_counts_where_nothing_else_says(void **state)
{
	struct sync_file f;
	(void)state;

	assert_int_equal(read_text(&f,
				   "BEGIN:VCARD\nVERSION:2.1\n"
				   "N;CHARSET=ISO-8859-2:\xa6wi\xb6tek\nTEL:1\n"
				   "END:VCARD\n"),
			 0);
	assert_string_equal(f.contacts[0].last, "Świśtek");
	sync_file_reset(&f);
	assert_int_equal(
		read_text(&f,
			  "BEGIN:VCARD\nVERSION:2.1\n"
			  "N;CHARSET=ISO-8859-1:Müller\nTEL:1\nEND:VCARD\n"),
		0);
	assert_string_equal(f.contacts[0].last, "Müller");
	sync_file_reset(&f);
}

static void a_quoted_bomb_is_passed_over(void **state)
{
	struct text_buf b = {0};
	struct sync_file f;
	(void)state;

	text_buf_add(&b, "BEGIN:VCARD\nVERSION:2.1\nN:B;A\n"
			 "NOTE;ENCODING=QUOTED-PRINTABLE:");
	for (int i = 0; i < 100000; i++)
		text_buf_add(&b, "=41=41=41=41=\n");
	text_buf_add(&b, "\nORG;QUOTED-PRINTABLE:");
	for (int i = 0; i < 100000; i++)
		text_buf_add(&b, "=C3=9F=\n");
	text_buf_add(&b, "\nTEL;CELL:2\nEND:VCARD\n");
	assert_int_equal(read_text(&f, b.buf), 0);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE], "2");
	assert_true(f.text < 5000);
	sync_file_reset(&f);
	text_buf_reset(&b);
}

/* ---- UTF-16 ------------------------------------------------------------ */

/* As UTF-16 with its mark; only letters of the first plane. */
static void widen(struct text_buf *b, const char *s, bool big)
{
	text_buf_add_n(b, big ? "\xfe\xff" : "\xff\xfe", 2);
	while (*s) {
		unsigned c = (unsigned char)*s++;
		char two[2];

		if (c >= 0xe0) {
			c = (c & 15) << 12 | (s[0] & 63u) << 6 | (s[1] & 63u);
			s += 2;
		} else if (c >= 0xc0) {
			c = (c & 31) << 6 | (*s++ & 63u);
		}
		two[!big] = (char)(c >> 8);
		two[big] = (char)c;
		text_buf_add_n(b, two, 2);
	}
}

static void utf16_is_read_in_all_formats(void **state)
{
	static const char *const texts[] = {
		"first;last;mobile\r\nJürgen;Größer €;+49 171 5\r\n",
		("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a><c>"
		 "<first>Jürgen</first><last>Größer €</last>"
		 "<mobile>+49 171 5</mobile></c></a>"),
		("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Größer €;Jürgen\r\n"
		 "TEL;TYPE=cell:+49 171 5\r\nEND:VCARD\r\n"),
	};
	(void)state;

	/* The mark decides, whatever was asked for. */
	for (unsigned i = 0; i < ARRAY_SIZE(texts) * 6; i++) {
		static const enum sync_encoding asked[] = {
			SYNC_GUESS, SYNC_UTF16, SYNC_LATIN1};
		struct text_buf b = {0};
		struct sync_file f;

		widen(&b, texts[i / 6], i & 1);
		assert_int_equal(read_as(&f, b.buf, b.len, asked[i / 2 % 3]),
				 0);
		assert_int_equal(f.format, i / 6);
		assert_int_equal(f.encoding, SYNC_UTF16);
		assert_int_equal(f.count, 1);
		assert_string_equal(f.contacts[0].first, "Jürgen");
		assert_string_equal(f.contacts[0].last, "Größer €");
		assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE],
				    "+49 171 5");
		sync_file_reset(&f);
		text_buf_reset(&b);
	}
}

static void broken_utf16_is_mended_or_refused(void **state)
{
	struct text_buf b = {0};
	struct sync_file f;
	(void)state;

	/* Half a pair, and half a unit at the end. */
	widen(&b, "last,mobile\nA", false);
	text_buf_add_n(&b,
		       "\x00\xd8"
		       "B\0",
		       4);
	text_buf_add_n(&b,
		       ",\0"
		       "1\0"
		       "2",
		       5);
	assert_int_equal(read_as(&f, b.buf, b.len, SYNC_GUESS), 0);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.contacts[0].last, "A\xef\xbf\xbd"
						"B");
	sync_file_reset(&f);
	text_buf_reset(&b);
	assert_int_equal(read_as(&f, "last,mobile\nA,1\n", 16, SYNC_UTF16),
			 EBADMSG);
	assert_non_null(strstr(f.problem, "not in UTF-16"));
	sync_file_reset(&f);
}

/* Longer than all buffers on the way. */
static void a_long_file_of_utf16_is_read_to_its_end(void **state)
{
	struct text_buf b = {0}, wide = {0};
	struct sync_file f;
	(void)state;

	text_buf_add(&b, "last,mobile\n");
	for (unsigned i = 0; i < 20000; i++)
		text_buf_printf(&b, "Größer%u €,+49171%u\n", i, i);
	widen(&wide, b.buf, true);
	assert_int_equal(read_as(&f, wide.buf, wide.len, SYNC_GUESS), 0);
	assert_int_equal(f.count, 20000);
	for (unsigned i = 0; i < 20000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "Größer%u €", i);
		assert_string_equal(f.contacts[i].last, name);
	}
	sync_file_reset(&f);
	text_buf_reset(&b);
	text_buf_reset(&wide);
}

static void a_vcard_bomb_is_passed_over(void **state)
{
	struct text_buf b = {0};
	struct sync_file f;
	(void)state;

	text_buf_add(&b, "BEGIN:VCARD\nVERSION:3.0\nFN:A B\nPHOTO:");
	for (int i = 0; i < 100000; i++)
		text_buf_add(&b, "\n AAAAAAAAAAAAAAAA");
	text_buf_add(&b, "\nTEL:1\n");
	for (int i = 0; i < 1000; i++)
		text_buf_add(&b, "BEGIN:VCARD\n");
	for (int i = 0; i < 1000; i++)
		text_buf_add(&b, "END:VCARD\n");
	text_buf_add(&b, "TEL;TYPE=cell:2\nEND:VCARD\n");
	assert_int_equal(read_text(&f, b.buf), 0);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE], "2");
	assert_true(f.text < 100);
	sync_file_reset(&f);
	text_buf_reset(&b);
}

/* ---- what is refused --------------------------------------------------- */

static void what_holds_no_contacts_is_refused(void **state)
{
	struct text_buf b = {0};
	(void)state;

	expect_refused(" \n", 2, "empty");
	expect_refused("a,b\n1,2\n", 8, "names no column");
	expect_refused("last\n", 5, "no contact");
	expect_refused("\xff\xfe", 2, "empty");
	expect_refused("\xff\xfel\0", 4, "names no column");
	text_buf_add(&b, "last,mobile\n");
	for (int i = 0; i <= SYNC_CONTACTS_MAX; i++)
		text_buf_add(&b, "a,1\n");
	expect_refused(b.buf, b.len, "50,000");
	text_buf_reset(&b);
}

static bool stop(uint64_t bytes, void *arg)
{
	(void)bytes;
	(void)arg;
	return true;
}

static void a_reading_can_be_stopped(void **state)
{
	struct text_buf b = {0};
	struct sync_file f;
	struct sync_read_prm prm = {.progress = stop};
	(void)state;

	text_buf_add(&b, "last,mobile\n");
	while (b.len < 4 << 20)
		text_buf_add(&b, "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1\n");
	prm.f = fmemopen(b.buf, b.len, "r");
	assert_int_equal(sync_read(&f, &prm), ECANCELED);
	fclose(prm.f);
	sync_file_reset(&f);
	text_buf_reset(&b);
}

/* ---- compared ---------------------------------------------------------- */

static void plan(struct sync_file *f, const char *text,
		 const struct sync_contact *there, size_t count,
		 enum sync_outcome *o)
{
	assert_int_equal(read_text(f, text), 0);
	assert_int_equal(sync_plan(f, there, count, &munich, o), 0);
}

static void each_record_is_judged(void **state)
{
	enum sync_outcome o[16];
	struct sync_file f;
	(void)state;

	plan(&f,
	     "first,last,mobile,business,internal\n"
	     "A,One,0171 1,,\n"
	     ",,0171 2,,\n"
	     "B,Two,,,\n"
	     "C,Three,what,,\n"
	     "A,One,0171 1,,\n"
	     "A,One,0171 9,,\n"
	     "D,Four,,700 7201,\n"
	     "\"E\"x,5,,,\n",
	     NULL, 0, o);
	assert_int_equal(o[0], SYNC_ADD);
	assert_string_equal(f.contacts[0].number[UC_NUMBER_MOBILE], "+491711");
	assert_int_equal(o[1], SYNC_NO_NAME);
	assert_int_equal(o[2], SYNC_NO_NUMBER);
	assert_int_equal(o[3], SYNC_BAD_NUMBER);
	assert_int_equal(o[4], SYNC_DUPLICATE);
	assert_int_equal(o[5], SYNC_ADD);
	assert_string_not_equal(f.contacts[0].key, f.contacts[5].key);
	assert_int_equal(o[6], SYNC_ADD);
	assert_int_equal(o[7], SYNC_DAMAGED);
	sync_file_reset(&f);
}

static void a_second_run_changes_nothing(void **state)
{
	static const char text[] = "first,last,company,mobile,key\n"
				   "A,One,X,0171 1,\n"
				   "A,One,X,0171 2,\n"
				   "Ä,Öne,X,0171 3,\n"
				   ",,Company,0171 4,\n"
				   "B,Two,,0171 5,k5\n"
				   "B,Two,,0171 6,k6\n"
				   "山,,,0171 7,\n"
				   "-,,,0171 8,\n";
	enum sync_outcome o[8], again[8];
	struct sync_file f, g;
	(void)state;

	plan(&f, text, NULL, 0, o);
	for (size_t i = 0; i < f.count; i++)
		assert_int_equal(o[i], SYNC_ADD);
	plan(&g, text, f.contacts, f.count, again);
	assert_int_equal(g.count, 8);
	for (size_t i = 0; i < g.count; i++)
		assert_int_equal(again[i], SYNC_SAME);
	sync_file_reset(&g);

	/* What was changed by hand is left alone, the rest follows the file. */
	f.contacts[0].hand_made = true;
	for (size_t i = 0; i < f.count; i++)
		assert_int_equal(text_set(&f.contacts[i].id, "per:7"), 0);
	plan(&g,
	     "first,last,company,mobile,key\n"
	     "A,One,X,0171 11,\n"
	     "A,One,X,0171 12,\n"
	     "B,Two,,0171 15,k5\n"
	     "New,Name,,0171 6,k6\n",
	     f.contacts, f.count, again);
	assert_int_equal(again[0], SYNC_HAND_MADE);
	assert_int_equal(again[1], SYNC_UPDATE);
	assert_string_equal(g.contacts[1].id, "per:7");
	assert_int_equal(again[2], SYNC_UPDATE);
	assert_int_equal(again[3], SYNC_UPDATE);
	sync_file_reset(&g);
	sync_file_reset(&f);
}

static void what_was_made_by_hand_is_known(void **state)
{
	enum sync_outcome o[4];
	struct sync_file f, g;
	(void)state;

	assert_int_equal(
		read_text(&f, "first,last,mobile\nAda,Lovelace,+49 171 1\n"),
		0);
	plan(&g,
	     "first,last,mobile,private\nada,LOVELACE,,0171-1\n"
	     "Ada,Lovelace,+49 171 2,\n",
	     f.contacts, 1, o);
	assert_int_equal(o[0], SYNC_THERE);
	assert_int_equal(o[1], SYNC_ADD);
	sync_file_reset(&f);
	sync_file_reset(&g);
}

/* ---- written ----------------------------------------------------------- */

static char *some_text(unsigned *seed, bool name)
{
	static const char *const pieces[] = {
		"a",   "Z",   "é",   "ß",	    ",", ";", "\"",
		"\\",  "\\n", "'",   "山",	    "📞", ":", "=",
		"<&>", "#",   "x y", "BEGIN:VCARD", "(", "|"};
	struct text_buf b = {0};
	unsigned n = (unsigned)rand_r(seed) % (name ? 40 : 6);

	text_buf_add(&b, name ? "n" : "");
	for (unsigned i = 0; i < n; i++)
		text_buf_add(
			&b,
			pieces[(unsigned)rand_r(seed) % ARRAY_SIZE(pieces)]);
	return text_buf_take(&b);
}

static void make_up(struct sync_contact *c, unsigned *seed)
{
	char **texts[] = {&c->first, &c->last, &c->company, &c->department,
			  &c->email};

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i] = some_text(seed, i == 1);
	c->id = strdup("");
	c->key = rand_r(seed) % 2 ? text_printf("u:%d", rand_r(seed))
				  : strdup("n:x");
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		c->number[i] = rand_r(seed) % 2
				       ? text_printf("+49 %d", rand_r(seed))
				       : strdup("");
}

static void expect_same(const struct sync_contact *a,
			const struct sync_contact *b)
{
	assert_string_equal(a->first, b->first);
	assert_string_equal(a->last, b->last);
	assert_string_equal(a->company, b->company);
	assert_string_equal(a->department, b->department);
	assert_string_equal(a->email, b->email);
	assert_string_equal(strncmp(a->key, "u:", 2) ? "" : a->key + 2, b->key);
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		assert_string_equal(a->number[i], b->number[i]);
}

/* Whatever stands in a contact: what is written reads back the same. */
static void what_is_written_reads_back_the_same(void **state)
{
	enum { MANY = 300 };
	static struct sync_contact c[MANY];
	unsigned seed = 1878;
	(void)state;

	for (size_t i = 0; i < MANY; i++)
		make_up(&c[i], &seed);
	for (int format = SYNC_CSV; format <= SYNC_VCARD; format += 2) {
		struct sync_file f;
		char *text =
			sync_write((enum sync_format)format, c, MANY, NULL);

		assert_non_null(text);
		assert_int_equal(read_text(&f, text), 0);
		assert_int_equal(f.format, format);
		assert_int_equal(f.encoding, SYNC_UTF8);
		assert_int_equal(f.count, MANY);
		for (size_t i = 0; i < MANY; i++)
			expect_same(&c[i], &f.contacts[i]);
		if (format == SYNC_VCARD)
			for (char *s = text, *end; *s; s = end + 2) {
				end = strstr(s, "\r\n");
				assert_non_null(end);
				assert_in_range(end - s, 1, 75);
			}
		sync_file_reset(&f);
		free(text);
	}
	for (size_t i = 0; i < MANY; i++)
		sync_contact_reset(&c[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headings_of_other_programs_are_known),
		cmocka_unit_test(googles_numbers_come_with_their_type),
		cmocka_unit_test(damaged_records_do_not_spoil_others),
		cmocka_unit_test(encodings_are_guessed_or_given),
		cmocka_unit_test(a_letter_across_blocks_is_still_utf8),
		cmocka_unit_test(xml_is_read_as_a_stream),
		cmocka_unit_test(no_xml_bomb_grows),
		cmocka_unit_test(vcards_are_read),
		cmocka_unit_test(old_vcards_are_read),
		cmocka_unit_test(
			a_charset_of_8_bits_counts_where_nothing_else_says),
		cmocka_unit_test(a_quoted_bomb_is_passed_over),
		cmocka_unit_test(utf16_is_read_in_all_formats),
		cmocka_unit_test(broken_utf16_is_mended_or_refused),
		cmocka_unit_test(a_long_file_of_utf16_is_read_to_its_end),
		cmocka_unit_test(a_vcard_bomb_is_passed_over),
		cmocka_unit_test(what_holds_no_contacts_is_refused),
		cmocka_unit_test(a_reading_can_be_stopped),
		cmocka_unit_test(each_record_is_judged),
		cmocka_unit_test(a_second_run_changes_nothing),
		cmocka_unit_test(what_was_made_by_hand_is_known),
		cmocka_unit_test(what_is_written_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
