/**
 * @file columns.c  What columns and elements are called, in three languages
 *
 * As our own export, Outlook, Google, Thunderbird and phones name them. Names
 * are compared folded: case, accents and what parts words do not matter.
 */
#include <stdlib.h>

#include "sync_int.h"

#define NUMBER(kind) ((enum field)(FIELD_NUMBER + UC_NUMBER_##kind))

/* clang-format off */
static const struct {
	const char *name; /* folded */
	enum field field;
} headings[] = {
	{"key", FIELD_KEY}, {"uid", FIELD_KEY},
	{"name", FIELD_NAME}, {"full name", FIELD_NAME},
	{"display name", FIELD_NAME}, {"file as", FIELD_NAME},
	{"anzeigename", FIELD_NAME}, {"vollstandiger name", FIELD_NAME},
	{"nom complet", FIELD_NAME}, {"nom a afficher", FIELD_NAME},
	{"first", FIELD_FIRST}, {"first name", FIELD_FIRST},
	{"firstname", FIELD_FIRST}, {"given name", FIELD_FIRST},
	{"vorname", FIELD_FIRST}, {"prenom", FIELD_FIRST},
	{"last", FIELD_LAST}, {"last name", FIELD_LAST},
	{"lastname", FIELD_LAST}, {"family name", FIELD_LAST},
	{"surname", FIELD_LAST}, {"nachname", FIELD_LAST},
	{"familienname", FIELD_LAST}, {"nom", FIELD_LAST},
	{"nom de famille", FIELD_LAST},
	{"company", FIELD_COMPANY}, {"organization", FIELD_COMPANY},
	{"organisation", FIELD_COMPANY}, {"organization name", FIELD_COMPANY},
	{"organization 1 name", FIELD_COMPANY}, {"firma", FIELD_COMPANY},
	{"unternehmen", FIELD_COMPANY}, {"societe", FIELD_COMPANY},
	{"entreprise", FIELD_COMPANY},
	{"department", FIELD_DEPARTMENT}, {"abteilung", FIELD_DEPARTMENT},
	{"organization department", FIELD_DEPARTMENT},
	{"organization 1 department", FIELD_DEPARTMENT},
	{"service", FIELD_DEPARTMENT}, {"departement", FIELD_DEPARTMENT},
	{"email", FIELD_EMAIL}, {"e mail", FIELD_EMAIL}, {"mail", FIELD_EMAIL},
	{"email address", FIELD_EMAIL}, {"e mail address", FIELD_EMAIL},
	{"primary email", FIELD_EMAIL}, {"e mail 1 value", FIELD_EMAIL},
	{"e mail adresse", FIELD_EMAIL}, {"primare e mail adresse", FIELD_EMAIL},
	{"adresse de messagerie", FIELD_EMAIL}, {"courriel", FIELD_EMAIL},
	{"adresse e mail", FIELD_EMAIL}, {"adresse electronique", FIELD_EMAIL},
	{"business", NUMBER(BUSINESS)}, {"business phone", NUMBER(BUSINESS)},
	{"work phone", NUMBER(BUSINESS)}, {"work", NUMBER(BUSINESS)},
	{"phone", NUMBER(BUSINESS)}, {"telephone", NUMBER(BUSINESS)},
	{"company main phone", NUMBER(BUSINESS)},
	{"telefon", NUMBER(BUSINESS)},
	{"telefon geschaftlich", NUMBER(BUSINESS)},
	{"geschaftlich", NUMBER(BUSINESS)}, {"dienstlich", NUMBER(BUSINESS)},
	{"tel dienstlich", NUMBER(BUSINESS)},
	{"telephone bureau", NUMBER(BUSINESS)}, {"bureau", NUMBER(BUSINESS)},
	{"tel bureau", NUMBER(BUSINESS)}, {"tel professionnel", NUMBER(BUSINESS)},
	{"telephone professionnel", NUMBER(BUSINESS)},
	{"business2", NUMBER(BUSINESS_2)}, {"business 2", NUMBER(BUSINESS_2)},
	{"business phone 2", NUMBER(BUSINESS_2)},
	{"telefon geschaftlich 2", NUMBER(BUSINESS_2)},
	{"telephone 2 bureau", NUMBER(BUSINESS_2)},
	{"mobile", NUMBER(MOBILE)}, {"mobile phone", NUMBER(MOBILE)},
	{"mobile number", NUMBER(MOBILE)}, {"cell phone", NUMBER(MOBILE)},
	{"cellular number", NUMBER(MOBILE)}, {"mobil", NUMBER(MOBILE)},
	{"mobiltelefon", NUMBER(MOBILE)}, {"mobil tel nr", NUMBER(MOBILE)},
	{"mobilnummer", NUMBER(MOBILE)}, {"handy", NUMBER(MOBILE)},
	{"tel mobile", NUMBER(MOBILE)}, {"telephone mobile", NUMBER(MOBILE)},
	{"portable", NUMBER(MOBILE)}, {"telephone portable", NUMBER(MOBILE)},
	{"private", NUMBER(PRIVATE)}, {"home phone", NUMBER(PRIVATE)},
	{"home", NUMBER(PRIVATE)}, {"privat", NUMBER(PRIVATE)},
	{"telefon privat", NUMBER(PRIVATE)}, {"tel privat", NUMBER(PRIVATE)},
	{"telefon zu hause", NUMBER(PRIVATE)},
	{"telephone domicile", NUMBER(PRIVATE)}, {"domicile", NUMBER(PRIVATE)},
	{"tel personnel", NUMBER(PRIVATE)}, {"prive", NUMBER(PRIVATE)},
	{"internal", NUMBER(INTERNAL)}, {"extension", NUMBER(INTERNAL)},
	{"intern", NUMBER(INTERNAL)}, {"durchwahl", NUMBER(INTERNAL)},
	{"nebenstelle", NUMBER(INTERNAL)}, {"interne", NUMBER(INTERNAL)},
	{"poste", NUMBER(INTERNAL)},
	{"other", NUMBER(OTHER)}, {"other phone", NUMBER(OTHER)},
	{"primary phone", NUMBER(OTHER)}, {"number", NUMBER(OTHER)},
	{"andere", NUMBER(OTHER)}, {"weiteres telefon", NUMBER(OTHER)},
	{"nummer", NUMBER(OTHER)}, {"rufnummer", NUMBER(OTHER)},
	{"numero", NUMBER(OTHER)}, {"autre", NUMBER(OTHER)},
	{"autre telephone", NUMBER(OTHER)},
};

static const struct {
	const char *word; /* folded */
	enum uc_number_kind kind;
} types[] = {
	{"x business2", UC_NUMBER_BUSINESS_2}, {"business2", UC_NUMBER_BUSINESS_2},
	{"x internal", UC_NUMBER_INTERNAL}, {"internal", UC_NUMBER_INTERNAL},
	{"extension", UC_NUMBER_INTERNAL}, {"intern", UC_NUMBER_INTERNAL},
	{"fax", UC_NUMBER_KIND_COUNT}, {"pager", UC_NUMBER_KIND_COUNT},
	{"home fax", UC_NUMBER_KIND_COUNT}, {"work fax", UC_NUMBER_KIND_COUNT},
	{"modem", UC_NUMBER_KIND_COUNT},
	{"cell", UC_NUMBER_MOBILE}, {"mobile", UC_NUMBER_MOBILE},
	{"mobil", UC_NUMBER_MOBILE}, {"handy", UC_NUMBER_MOBILE},
	{"portable", UC_NUMBER_MOBILE}, {"iphone", UC_NUMBER_MOBILE},
	{"home", UC_NUMBER_PRIVATE}, {"private", UC_NUMBER_PRIVATE},
	{"privat", UC_NUMBER_PRIVATE}, {"domicile", UC_NUMBER_PRIVATE},
	{"zuhause", UC_NUMBER_PRIVATE}, {"personnel", UC_NUMBER_PRIVATE},
	{"work", UC_NUMBER_BUSINESS}, {"business", UC_NUMBER_BUSINESS},
	{"geschaftlich", UC_NUMBER_BUSINESS}, {"arbeit", UC_NUMBER_BUSINESS},
	{"bureau", UC_NUMBER_BUSINESS}, {"travail", UC_NUMBER_BUSINESS},
	{"main", UC_NUMBER_BUSINESS},
};
/* clang-format on */

/* Google's "Phone 1 - Type" and "Phone 1 - Value". */
static enum field pair_of(const char *folded)
{
	static const char *const words[] = {"phone ", "telefon ", "telephone "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]), digits;

		if (strncmp(folded, words[i], n) != 0)
			continue;
		digits = strspn(folded + n, "0123456789");
		if (!digits)
			continue;
		folded += n + digits;
		if (!strcmp(folded, " type") || !strcmp(folded, " label"))
			return FIELD_TYPE;
		return strcmp(folded, " value") ? FIELD_NONE : FIELD_VALUE;
	}
	return FIELD_NONE;
}

enum field field_find(const char *heading)
{
	char *clean = text_clean(heading, (size_t)-1, TEXT_LINE_MAX);
	char *folded = clean ? text_fold(clean, TEXT_FOLD_BARE) : NULL;
	enum field f = FIELD_NONE;

	for (size_t i = 0; folded && !f && i < ARRAY_SIZE(headings); i++)
		if (!strcmp(headings[i].name, folded))
			f = headings[i].field;
	if (folded && !f)
		f = pair_of(folded);
	free(folded);
	free(clean);
	return f;
}

enum uc_number_kind kind_find(const char *type)
{
	char *clean = text_clean(type, (size_t)-1, TEXT_LINE_MAX);
	char *folded = clean ? text_fold(clean, TEXT_FOLD_BARE) : NULL;
	enum uc_number_kind kind = UC_NUMBER_OTHER;
	size_t i = 0;

	while (folded && i < ARRAY_SIZE(types) &&
	       strcmp(types[i].word, folded) != 0)
		i++;
	if (folded && i < ARRAY_SIZE(types))
		kind = types[i].kind;
	free(folded);
	free(clean);
	return kind;
}
