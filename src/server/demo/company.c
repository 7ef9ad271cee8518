/**
 * @file company.c  Who works there: data only
 */
#include "demo_int.h"

const char *demo_user(void)
{
	return "200";
}

const char *demo_password(void)
{
	return "Exchange-1878";
}

const struct colleague company[] = {
	{"200", "Emma", "Nutt", "Exchange", DEMO_DESK, PROTO_OFFICE, 0, "",
	 true, 0},
	{"201", "Agner", "Erlang", "Traffic planning", DEMO_ECHO, PROTO_OFFICE,
	 0, "I repeat what you say", true, 1500},
	{"202", "Hedy", "Lamarr", "Radio", DEMO_MUSIC, PROTO_OFFICE, 0,
	 "Call me for a tune", true, 1000},
	{"203", "Almon", "Strowger", "Switching", DEMO_ECHO, PROTO_MEETING, 75,
	 "with the undertakers", true, 2500},
	{"204", "Philipp", "Reis", "Workshop", DEMO_ABSENT, PROTO_SICK, 0, "",
	 false, 0},
	{"205", "Oliver", "Heaviside", "Theory", DEMO_UNANSWERED, PROTO_LUNCH,
	 45, "", false, 0},
	{"206", "Alexander", "Bell", "Workshop", DEMO_ECHO, PROTO_OFFICE, 0, "",
	 false, 1200},
	{"207", "Thomas", "Watson", "Workshop", DEMO_ECHO, PROTO_OFFICE, 0, "",
	 false, 1800},
	{"208", "Elisha", "Gray", "Workshop", DEMO_BUSY, PROTO_OFFICE, 0,
	 "on the telephone all day", false, 0},
	{"209", "Antonio", "Meucci", "Workshop", DEMO_ECHO, PROTO_OUT_OF_OFFICE,
	 180, "at the patent office", false, 2000},
	{"210", "Mary Ann", "Shadd", "Editorial", DEMO_MUSIC, PROTO_HOME, 0, "",
	 false, 2000},
	{"211", "Claude", "Shannon", "Theory", DEMO_ECHO, PROTO_BREAK, 15,
	 "juggling", false, 1500},
	{"212", "Harry", "Nyquist", "Theory", DEMO_ECHO, PROTO_OFFICE, 0, "",
	 false, 1500},
	{"213", "Erna", "Hoover", "Switching", DEMO_ECHO, PROTO_OFFICE, 0, "",
	 false, 1500},
	{"214", "Johann", "Müller", "Switching", DEMO_UNANSWERED,
	 PROTO_VACATION, 7 * 24 * 60, "back next week", false, 0},
	{"215", "Amélie", "Grüßner", "Reception", DEMO_ECHO,
	 PROTO_DO_NOT_DISTURB, 0, "", false, 1500},
};
const size_t company_size = ARRAY_SIZE(company);

const struct entry phone_book[] = {
	{DB_SYSTEM, "", "Ericsson, service", "", "+46 8 555 0117", ""},
	{DB_SYSTEM, "", "Fire brigade", "", "+49 89 555 0112", ""},
	{DB_SYSTEM, "", "Taxi", "", "+49 89 555 0190", ""},
	{DB_GLOBAL, "Erika", "Mustermann", "Muster GmbH", "+49 89 555 0140",
	 "+49 171 555 0140"},
	{DB_GLOBAL, "Max", "Mustermann", "Muster GmbH", "+49 89 555 0141", ""},
	{DB_GLOBAL, "Ada", "Lovelace", "Analytical Engines", "+44 20 7946 0018",
	 "+44 7700 900018"},
	{DB_GLOBAL, "Charles", "Babbage", "Analytical Engines",
	 "+44 20 7946 0019", ""},
	{DB_GLOBAL, "Grace", "Hopper", "Compilers", "+1 202 555 0143", ""},
	{DB_GLOBAL, "Karlheinz", "Brandenburg", "Audio", "+49 30 555 0100", ""},
	{DB_GLOBAL, "Jean", "Mélinand", "Télégraphe", "+33 1 55 50 10 10", ""},
	{DB_GLOBAL, "François", "Gernelle", "Micral", "+33 1 55 50 10 11", ""},
	{DB_GLOBAL, "Konrad", "Zuse", "Rechner", "+49 30 555 0141", ""},
	{DB_GLOBAL, "Mária", "Telkes", "Sun", "+36 1 555 0101", ""},
	{DB_GLOBAL, "", "Wöhlk & Söhne", "Wöhlk & Söhne", "+49 40 555 0160",
	 ""},
	{DB_GLOBAL, "山田", "太郎", "日本電話", "+81 3 5550 0101", ""},
};
const size_t phone_book_size = ARRAY_SIZE(phone_book);

static const char *const exchange[] = {"201", "202", "203", "204", "205", NULL};
static const char *const workshop[] = {"206", "207", "208", "209", NULL};
static const char *const theory[] = {"211", "212", "213", "214", "215", NULL};

const struct favourite favourites[] = {
	{"Exchange", exchange},
	{"Workshop", workshop},
	{"Theory and switching", theory},
};
const size_t favourites_size = ARRAY_SIZE(favourites);
