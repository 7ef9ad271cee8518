/**
 * @file store_slots.c  Secrets of the connection slots, sealed with libsodium
 *
 * The key stands in a file of its own (0600) in the state folder, so a copy
 * of the credentials alone tells nothing. Passwords are opened only when one
 * is asked for.
 */
#include <stdlib.h>
#include <sodium.h>

#include "store_int.h"

#define LOG_MODULE "store"

enum { CREDENTIALS_MAX = 256 * 1024, SECRETS_MAX = 64 };

_Static_assert(sizeof(((struct store *)0)->key) == crypto_secretbox_KEYBYTES,
	       "the key's size");

static char *path_of(const struct store *s, const char *name)
{
	return text_printf("%s/%s", s->state_dir, name);
}

/** Read the key; make one if there is none and make is set. */
static int key_get(struct store *s, bool make)
{
	char *path, *buf = NULL;
	size_t len = 0;
	int err;

	if (s->has_key)
		return 0;
	path = path_of(s, "key");
	if (!path)
		return ENOMEM;
	err = file_read(path, sizeof(s->key), &buf, &len);
	if (!err && len == sizeof(s->key)) {
		memcpy(s->key, buf, len);
		s->has_key = true;
	} else if (make) {
		randombytes_buf(s->key, sizeof(s->key));
		/* Small, once in a life, and needed before what it seals. */
		err = file_write(path, (char *)s->key, sizeof(s->key), 0600);
		s->has_key = !err;
	} else {
		err = err ? err : EBADMSG;
	}
	if (buf)
		sodium_memzero(buf, len);
	free(buf);
	free(path);
	return err;
}

static int seal(struct store *s, struct slot *slot, const char *password)
{
	size_t n = strlen(password);
	size_t len =
		crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + n;
	unsigned char *sealed = malloc(len);

	if (!sealed)
		return ENOMEM;
	randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES,
			      (const unsigned char *)password, n, sealed,
			      s->key);
	free(slot->sealed);
	slot->sealed = sealed;
	slot->sealed_len = len;
	return 0;
}

static void slot_load(struct slot *slot, const struct json *j)
{
	const char *b64 = json_get_string(j, "password");
	const char *pin = json_get_string(j, "pin");
	size_t max, len = 0;

	slot->rejected = json_get_bool(j, "rejected", false);
	if (pin && strlen(pin) < 256)
		(void)text_set(&slot->pin, pin);
	if (!b64)
		return;
	max = strlen(b64);
	slot->sealed = malloc(max + 1);
	if (!slot->sealed)
		return;
	if (sodium_base642bin(slot->sealed, max, b64, max, NULL, &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) ||
	    len < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) {
		free(slot->sealed);
		slot->sealed = NULL;
		return;
	}
	slot->sealed_len = len;
}

static struct named_secret *find_secret(const struct store *s, const char *name)
{
	for (size_t i = 0; i < s->secret_count; i++) {
		if (!strcmp(s->secrets[i].name, name))
			return &s->secrets[i];
	}
	return NULL;
}

static struct named_secret *add_secret(struct store *s, const char *name)
{
	struct named_secret *all, *n;

	if (s->secret_count == SECRETS_MAX)
		return NULL;
	all = realloc(s->secrets, (s->secret_count + 1) * sizeof(*all));
	if (!all)
		return NULL;
	s->secrets = all;
	n = &all[s->secret_count];
	memset(n, 0, sizeof(*n));
	n->name = text_dup(name);
	if (!n->name)
		return NULL;
	s->secret_count++;
	return n;
}

static void secrets_load(struct store *s, const struct json *j)
{
	for (size_t i = 0; i < json_count(j); i++) {
		const struct json *one = json_at(j, i);
		const char *name = json_get_string(one, "name");
		struct named_secret *n;

		if (text_empty(name) || find_secret(s, name))
			continue;
		n = add_secret(s, name);
		if (n)
			slot_load(&n->slot, one);
	}
}

int store_slots_load(struct store *s)
{
	char *path = path_of(s, "credentials"), *buf = NULL;
	struct json *root = NULL;
	const struct json *slots;
	size_t len = 0;
	unsigned i;
	int err;

	if (!path)
		return ENOMEM;
	err = file_read(path, CREDENTIALS_MAX, &buf, &len);
	if (!err)
		err = json_parse(&root, buf, len);
	if (err && err != ENOENT)
		log_warn("credentials cannot be read: %s", strerror(err));
	slots = json_get(root, "slots");
	for (i = 0; i < STORE_SLOT_COUNT; i++)
		slot_load(&s->slots[i], json_at(slots, i));
	secrets_load(s, json_get(root, "secrets"));
	json_free(root);
	free(buf);
	free(path);
	return 0;
}

void store_slots_close(struct store *s)
{
	unsigned i;

	for (i = 0; i < STORE_SLOT_COUNT; i++) {
		free(s->slots[i].sealed);
		free(s->slots[i].pin);
	}
	while (s->secret_count) {
		struct named_secret *n = &s->secrets[--s->secret_count];

		free(n->name);
		free(n->slot.sealed);
		free(n->slot.pin);
	}
	free(s->secrets);
	s->secrets = NULL;
	sodium_memzero(s->key, sizeof(s->key));
}

static void slot_write(struct json_writer *w, const struct slot *slot,
		       const char *name)
{
	json_object(w);
	if (name)
		json_add_string(w, "name", name);
	if (slot->sealed) {
		size_t max = sodium_base64_encoded_len(
			slot->sealed_len, sodium_base64_VARIANT_ORIGINAL);
		char *b64 = malloc(max);

		if (b64)
			json_add_string(
				w, "password",
				sodium_bin2base64(
					b64, max, slot->sealed,
					slot->sealed_len,
					sodium_base64_VARIANT_ORIGINAL));
		free(b64);
	}
	if (slot->rejected)
		json_add_bool(w, "rejected", true);
	if (slot->pin)
		json_add_string(w, "pin", slot->pin);
	json_end(w);
}

static int slots_save(struct store *s)
{
	struct json_writer *w = json_writer_new();
	char *text, *path = path_of(s, "credentials");
	unsigned i;
	int err;

	if (!w || !path) {
		json_writer_free(w);
		free(path);
		return ENOMEM;
	}
	json_object(w);
	json_name(w, "slots");
	json_array(w);
	for (i = 0; i < STORE_SLOT_COUNT; i++)
		slot_write(w, &s->slots[i], NULL);
	json_end(w);
	if (s->secret_count) {
		json_name(w, "secrets");
		json_array(w);
		for (size_t k = 0; k < s->secret_count; k++)
			slot_write(w, &s->secrets[k].slot, s->secrets[k].name);
		json_end(w);
	}
	json_end(w);
	text = json_writer_take(w);
	json_writer_free(w);
	err = text ? store_write_job(s, path, text, strlen(text)) : ENOMEM;
	free(path);
	return err;
}

static char *open_sealed(const struct store *s, const struct slot *slot)
{
	char *password;
	size_t n;

	/* The key is read when it is first needed. */
	if (!slot->sealed || key_get((struct store *)s, false))
		return NULL;
	n = slot->sealed_len - crypto_secretbox_NONCEBYTES -
	    crypto_secretbox_MACBYTES;
	password = calloc(1, n + 1);
	if (!password)
		return NULL;
	if (crypto_secretbox_open_easy(
		    (unsigned char *)password,
		    slot->sealed + crypto_secretbox_NONCEBYTES,
		    slot->sealed_len - crypto_secretbox_NONCEBYTES,
		    slot->sealed, s->key)) {
		log_warn("a password was kept under another key");
		free(password);
		return NULL;
	}
	return password;
}

char *store_password(const struct store *s, unsigned i)
{
	return i < STORE_SLOT_COUNT ? open_sealed(s, &s->slots[i]) : NULL;
}

bool store_has_password(const struct store *s, unsigned i)
{
	return i < STORE_SLOT_COUNT && s->slots[i].sealed;
}

int store_set_password(struct store *s, unsigned i, const char *password)
{
	struct slot *slot;
	int err = 0;

	if (i >= STORE_SLOT_COUNT)
		return EINVAL;
	slot = &s->slots[i];
	slot->rejected = false;
	if (password) {
		err = key_get(s, true);
		if (!err)
			err = seal(s, slot, password);
	} else {
		free(slot->sealed);
		slot->sealed = NULL;
	}
	return err ? err : slots_save(s);
}

bool store_rejected(const struct store *s, unsigned i)
{
	return i < STORE_SLOT_COUNT && s->slots[i].rejected;
}

int store_set_rejected(struct store *s, unsigned i)
{
	if (i >= STORE_SLOT_COUNT)
		return EINVAL;
	s->slots[i].rejected = true;
	return slots_save(s);
}

char *store_secret(const struct store *s, const char *name)
{
	const struct named_secret *n = name ? find_secret(s, name) : NULL;

	return n ? open_sealed(s, &n->slot) : NULL;
}

int store_set_secret(struct store *s, const char *name, const char *secret)
{
	struct named_secret *n;
	int err;

	if (text_empty(name))
		return EINVAL;
	n = find_secret(s, name);
	if (!secret) {
		if (!n)
			return 0;
		free(n->name);
		free(n->slot.sealed);
		free(n->slot.pin);
		*n = s->secrets[--s->secret_count];
		return slots_save(s);
	}
	err = key_get(s, true);
	if (err)
		return err;
	if (!n)
		n = add_secret(s, name);
	if (!n)
		return ENOMEM;
	err = seal(s, &n->slot, secret);
	return err ? err : slots_save(s);
}

void store_secret_free(char *secret)
{
	if (secret)
		sodium_memzero(secret, strlen(secret));
	free(secret);
}

const char *store_pin(const struct store *s, unsigned i)
{
	return i < STORE_SLOT_COUNT ? s->slots[i].pin : NULL;
}

int store_set_pin(struct store *s, unsigned i, const char *fingerprint)
{
	int err;

	if (i >= STORE_SLOT_COUNT)
		return EINVAL;
	err = text_set(&s->slots[i].pin, fingerprint);
	return err ? err : slots_save(s);
}
