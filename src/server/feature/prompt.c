/**
 * @file prompt.c  What the answering box says, in three languages
 *
 * The texts are in prompt_words.c; they are read here as they were spoken when
 * the program was built. A language is 6 MB: it is read when somebody is to
 * hear it for the first time, in a job, and whoever speaks waits for that. A
 * piece becomes a clip when it is said.
 */
#define LOG_MODULE "feature"
#include "feature_int.h"

#include <stdlib.h>
#include <offhook/media.h>

static const char *const languages[] = {"en", "de", "fr"};
enum {
	LANGUAGES = sizeof(languages) / sizeof(languages[0]),
	PIECE_MAX = 4 << 20,
};

/* A piece: its file until it is said, then what is played. */
struct piece {
	char *wav;
	size_t len;
	struct media_clip *clip;
};

/* A language being read: what the job has. */
struct reading {
	struct prompts *p; /* NULL: they have gone */
	unsigned language;
	char *dir;
	struct piece piece[PROMPT_COUNT];
	unsigned missing;
};

/* Who speaks as soon as it is there. */
struct listener {
	struct le le;
	unsigned language;
	prompts_h *h;
	void *arg;
};

struct prompts {
	char *dir; /* NULL: there are none */
	struct job_queue *jobs;
	struct reading *reading[LANGUAGES];
	struct piece *piece[LANGUAGES]; /* NULL: not read yet */
	struct list listeners;
};

static void pieces_free(struct piece *piece)
{
	for (unsigned k = 0; piece && k < PROMPT_COUNT; k++) {
		free(piece[k].wav);
		mem_deref(piece[k].clip);
	}
}

static void tell_listeners(struct prompts *p, unsigned language, int err)
{
	struct le *le = p->listeners.head;

	while (le) {
		struct listener *l = le->data;

		le = le->next;
		if (l->language != language)
			continue;
		list_unlink(&l->le);
		l->h(err, l->arg);
		free(l);
		/* what was told may have made others go */
		le = p->listeners.head;
	}
}

static void destructor(void *arg)
{
	struct prompts *p = arg;

	for (unsigned i = 0; i < LANGUAGES; i++)
		if (p->reading[i])
			p->reading[i]->p = NULL;
	mem_deref(p->jobs);
	for (unsigned i = 0; i < LANGUAGES; i++) {
		tell_listeners(p, i, ECANCELED);
		pieces_free(p->piece[i]);
		free(p->piece[i]);
	}
	free(p->dir);
}

int prompts_alloc(struct prompts **pp)
{
	struct prompts *p = mem_zalloc(sizeof(*p), destructor);

	if (!p)
		return ENOMEM;
	p->dir = path_data("prompts");
	if (!p->dir)
		log_info("there are no spoken prompts: callers of answering "
			 "boxes hear a tone only");
	*pp = p;
	return 0;
}

/* ---- a language is read ------------------------------------------------ */

static void read_piece(struct reading *g, unsigned k, unsigned language)
{
	char *path = text_printf("%s/%s/%s.wav", g->dir, languages[language],
				 prompt_names[k]);

	if (!path ||
	    file_read(path, PIECE_MAX, &g->piece[k].wav, &g->piece[k].len))
		g->piece[k].wav = NULL;
	free(path);
}

static int read_work(void *arg)
{
	struct reading *g = arg;

	for (unsigned k = 0; k < PROMPT_COUNT; k++) {
		if (!prompt_names[k])
			continue;
		read_piece(g, k, g->language);
		if (g->piece[k].wav)
			continue;
		g->missing++;
		/* in English rather than not at all */
		if (g->language)
			read_piece(g, k, 0);
	}
	return 0;
}

static void read_done(int err, void *arg)
{
	struct reading *g = arg;
	struct prompts *p = g->p;

	if (g->missing)
		log_warn("%u pieces of what is said in %s are not there",
			 g->missing, languages[g->language]);
	if (p) {
		p->reading[g->language] = NULL;
		p->piece[g->language] = err ? NULL : malloc(sizeof(g->piece));
	}
	if (p && p->piece[g->language]) {
		memcpy(p->piece[g->language], g->piece, sizeof(g->piece));
		memset(g->piece, 0, sizeof(g->piece));
	}
	pieces_free(g->piece);
	if (p) {
		mem_ref(p);
		tell_listeners(p, g->language, 0);
		mem_deref(p);
	}
	free(g->dir);
	free(g);
}

static int read_begin(struct prompts *p, unsigned language)
{
	struct reading *g;
	int err = p->jobs ? 0 : job_queue_alloc(&p->jobs, "prompts", 1);

	if (err)
		return err;
	g = calloc(1, sizeof(*g));
	if (!g)
		return ENOMEM;
	g->p = p;
	g->language = language;
	g->dir = text_dup(p->dir);
	err = g->dir ? job_run(p->jobs, read_work, read_done, g) : ENOMEM;
	if (err) {
		free(g->dir);
		free(g);
		return err;
	}
	p->reading[language] = g;
	return 0;
}

static unsigned language_of(const char *language)
{
	for (unsigned i = 0; i < LANGUAGES; i++)
		if (text_equal(languages[i], language))
			return i;
	return 0;
}

const char *prompt_language(const char *language)
{
	return languages[language_of(language)];
}

void prompts_need(struct prompts *p, const char *language, prompts_h *h,
		  void *arg)
{
	unsigned i = language_of(language);
	struct listener *l;
	int err = 0;

	if (!p->dir || p->piece[i]) {
		h(0, arg);
		return;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		err = ENOMEM;
	else if (!p->reading[i])
		err = read_begin(p, i);
	if (err) {
		log_warn("what is said in %s cannot be read: %s", languages[i],
			 strerror(err));
		free(l);
		/* a tone at least */
		h(0, arg);
		return;
	}
	l->language = i;
	l->h = h;
	l->arg = arg;
	list_append(&p->listeners, &l->le, l);
}

struct media_clip *prompt_clip(const struct prompts *p, enum prompt which,
			       const char *language)
{
	struct piece *pieces = p->piece[language_of(language)];
	struct piece *piece = pieces ? &pieces[which] : NULL;

	if (piece && piece->wav) {
		if (media_wav_decode(&piece->clip, (const uint8_t *)piece->wav,
				     piece->len))
			log_warn("%s cannot be said: its file is damaged",
				 prompt_names[which]);
		free(piece->wav);
		piece->wav = NULL;
	}
	return piece ? piece->clip : NULL;
}
