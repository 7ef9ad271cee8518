/**
 * @file media_int.h  What the files of the media module share
 *
 * One lock per engine guards what the media thread and the loop both touch;
 * the media thread lets go of it between two streams. Reference counts are
 * changed on the loop only.
 */
#ifndef OFFHOOK_MEDIA_INT_H
#define OFFHOOK_MEDIA_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <speex/speex_resampler.h>
#include <offhook/base.h>
#include <offhook/media.h>

enum {
	RTP_HEADER_LEN = 12,
	RTP_PACKET_MAX = 2048,
	PCM_RATE_MAX = 48000,
	FRAME_MAX = PCM_RATE_MAX / 1000 * MEDIA_FRAME_MS,
	/** Longest packet that is decoded: 120 ms (RFC 6716 §3.2.5). */
	PACKET_SAMPLES_MAX = PCM_RATE_MAX / 1000 * 120,
};
enum pace { PACE_NONE, PACE_SLOW, PACE_FRAMES, PACES };

uint64_t media_now_us(void);

/* --- codecs ------------------------------------------------------------- */

struct codec {
	const char *name;
	uint32_t clock;	  /**< RTP clock, Hz */
	uint8_t channels; /**< of the rtpmap */
	uint8_t pt;	  /**< static one, or what we offer */
	bool fixed;	  /**< pt is a static one (RFC 3551 §6) */
	uint32_t lead_us; /**< so long it says nothing at its beginning */
	const char *fmtp; /**< what we offer, or NULL */
	uint32_t (*pcm_rate)(uint32_t wanted);
	int (*enc_alloc)(void **stp, uint32_t rate);
	/** @return bytes written, or < 0 */
	int (*encode)(void *st, uint8_t *out, size_t max, const int16_t *pcm,
		      size_t n);
	/** What the receiver wishes, as its SDP says; NULL: nothing. May be
	 *  NULL, as may be set_loss. */
	void (*set_fmtp)(void *st, const char *fmtp);
	/** The remote side loses that many percent. */
	void (*set_loss)(void *st, unsigned percent);
	void (*enc_free)(void *st);
	int (*dec_alloc)(void **stp, uint32_t rate);
	/** @return samples, or < 0 */
	int (*decode)(void *st, int16_t *pcm, size_t max, const uint8_t *p,
		      size_t len);
	/** Make up n samples; next is the packet after the lost one or NULL.
	 *  @return samples, or < 0 */
	int (*conceal)(void *st, int16_t *pcm, size_t n, const uint8_t *next,
		       size_t next_len);
	void (*dec_free)(void *st);
};

extern const struct codec codec_pcma;
extern const struct codec codec_pcmu;
extern const struct codec codec_opus;
extern const struct codec codec_g722;

/** Find by what an rtpmap says; NULL if it is none of ours. */
const struct codec *codec_find(const char *name, uint32_t clock,
			       uint8_t channels);
/** Find by name alone. */
const struct codec *codec_by_name(const char *name, size_t len);

/* --- losses made up (conceal.c) ----------------------------------------- */

struct conceal;
int conceal_alloc(struct conceal **cp, uint32_t rate);
void conceal_free(struct conceal *c);
/** Make up the next n samples. @param next What comes behind them, or NULL */
void conceal_make(struct conceal *c, int16_t *pcm, size_t n,
		  const int16_t *next, size_t n_next);
/** These came: they are remembered, and after a loss their beginning is
 *  blended with what was made up. */
void conceal_heard(struct conceal *c, int16_t *pcm, size_t n);

/**
 * The period at which a signal best repeats itself.
 *
 * @param end  Behind its last sample; n + lag_max samples lie before
 * @param n    How many of the last ones are looked for
 * @param lag  Set to the period, samples
 * @return How alike they are, 0..1
 */
float period_find(const int16_t *end, size_t n, size_t lag_min, size_t lag_max,
		  size_t *lag);

/* --- time taken out or put in (stretch.c) ------------------------------- */

/**
 * Leave out one period, at most 12.5 ms, where the sound repeats itself or is
 * hardly heard.
 *
 * @param least  So alike must the periods be, 0..1
 * @return how many samples are left; n: it would have been heard
 */
size_t stretch_shorten(int16_t *pcm, size_t n, uint32_t rate, float least);
/** Likewise say one twice. @param max Samples that pcm has room for */
size_t stretch_lengthen(int16_t *pcm, size_t n, size_t max, uint32_t rate,
			float least);

/* --- the jitter buffer -------------------------------------------------- */

enum { JBUF_SLOTS = 64 };

struct jbuf_packet {
	uint8_t *data; /**< NULL: free */
	size_t len;
	uint32_t ts;
	uint16_t seq;
	uint8_t pt;
	uint64_t came_us;
};

/** Packets in order of their sequence, held back as long as they jitter. */
struct jbuf {
	struct jbuf_packet slots[JBUF_SLOTS];
	uint32_t clock;
	unsigned count; /**< packets in it */
	bool known;	/**< next and highest mean something */
	bool playing;
	bool stretched;	  /**< the missing packet got its extra frame */
	double made_ms;	  /**< made up for what is missing now */
	double loss;	  /**< share of those lately due */
	bool lossy;	  /**< there is enough of it */
	unsigned crossed; /**< packets, until it is forgotten that one has
			       overtaken another */
	uint16_t next;	  /**< to be played next */
	uint16_t highest;
	unsigned strays; /**< packets in a row that lie far outside */
	uint16_t stray_seq;
	unsigned empty;	   /**< gets in a row that found nothing */
	double packet_ms;  /**< duration of one packet */
	uint64_t first_us; /**< arrival of the first while not playing */
	/* the estimate of how much packets are late against the earliest */
	bool timed;
	uint32_t last_ts;
	uint16_t last_seq;
	double transit_ref; /**< ms */
	double ts_ms;	    /**< unwrapped RTP time, ms */
	double base, base_new;
	unsigned base_age;
	double peak;
	/* the least time that a packet waited in a window, to see a buffer
	 * that stays too full or too empty */
	struct jbuf_wait {
		double all;   /**< with what is decoded already */
		double slack; /**< without it: nearer to coming too late */
	} wait, wait_last;    /**< of this window, of the last one */
	unsigned wait_age;
	bool wait_known; /**< there is a last one */
	uint64_t late, dup;
};

enum jbuf_got {
	JBUF_PACKET, /**< *pkt is the next one, the caller's to jbuf_release()
		      */
	JBUF_LOST,   /**< a packet is missing, later ones are there */
	JBUF_EMPTY,  /**< nothing to play yet: while it plays, the caller makes
		      up a frame (MEDIA_FRAME_MS) */
};

void jbuf_init(struct jbuf *j, uint32_t clock);
void jbuf_flush(struct jbuf *j);
/** Stamps are of another clock from now on; what waits is played first. */
void jbuf_set_clock(struct jbuf *j, uint32_t clock);
/** @return 0, or EALREADY (duplicate), ETIME (late), ENOMEM */
int jbuf_put(struct jbuf *j, uint16_t seq, uint32_t ts, uint8_t pt,
	     const uint8_t *p, size_t len, uint64_t now_us);
/**
 * @param held_ms  What is decoded already but not yet played
 * @param pkt      Set with JBUF_PACKET
 * @param next     Set with JBUF_LOST: the packet behind the lost one, or NULL
 */
enum jbuf_got jbuf_get(struct jbuf *j, uint64_t now_us, double held_ms,
		       struct jbuf_packet *pkt,
		       const struct jbuf_packet **next);
void jbuf_release(struct jbuf_packet *pkt);
/** Delay that it aims at, ms. */
double jbuf_target(const struct jbuf *j);
/** What waits in it, ms. */
double jbuf_depth(const struct jbuf *j);
/**
 * How much too long (> 0) or too short (< 0) packets have waited for about a
 * second, ms; 0 if all is well, or it is too early to say. Asked once for each
 * packet played.
 */
double jbuf_surplus(const struct jbuf *j);
/** What waits has been made to wait longer or shorter. */
void jbuf_adjusted(struct jbuf *j);

/* --- RTP and RTCP ------------------------------------------------------- */

struct rtp_packet {
	bool marker;
	uint8_t pt;
	uint16_t seq;
	uint32_t ts;
	uint32_t ssrc;
	const uint8_t *payload;
	size_t len;
};

/** @return 0 or EBADMSG */
int rtp_parse(struct rtp_packet *p, const uint8_t *buf, size_t len);
void rtp_write_header(uint8_t buf[RTP_HEADER_LEN], const struct rtp_packet *p);

/** What is counted of a source (RFC 3550 A.1, A.3, A.8). */
struct rtp_source {
	bool known;
	uint32_t ssrc;
	uint16_t max_seq;
	uint32_t cycles;
	uint32_t base_seq;
	uint32_t received;
	uint32_t expected_prior;
	uint32_t received_prior;
	uint32_t transit;
	double jitter;	      /**< in units of the clock */
	uint64_t lost_before; /**< lost by sources that went before it */
	uint32_t lsr;	      /**< middle of the NTP time of its last report */
	uint64_t lsr_us;
};
void rtp_source_init(struct rtp_source *s, uint32_t ssrc, uint16_t seq);
void rtp_source_update(struct rtp_source *s, const struct rtp_packet *p,
		       uint32_t clock, uint64_t now_us);
uint32_t rtp_source_lost(const struct rtp_source *s);

struct rtcp_out {
	uint32_t ssrc;
	bool sender;
	uint32_t rtp_ts; /**< that goes with now */
	uint32_t packets, octets;
	const char *cname;
	bool bye;
};
/** Write a compound report; @return its length */
size_t rtcp_write(uint8_t *buf, size_t max, const struct rtcp_out *o,
		  struct rtp_source *src, uint64_t now_us);

struct rtcp_in {
	bool report; /**< a block about us was there */
	uint8_t fraction;
	uint32_t jitter;
	uint32_t round_trip_us;
	bool bye;
};
/** Read a compound packet that arrived. @return 0 or EBADMSG */
int rtcp_read(struct rtcp_in *in, const uint8_t *buf, size_t len,
	      uint32_t our_ssrc, struct rtp_source *src, uint64_t now_us);

/* --- encryption --------------------------------------------------------- */

enum { RTP, RTCP, SOCKETS };
/** Room that a packet needs behind it to be sealed. */
enum { CRYPT_TRAILER = 20 };

/* srtp.c: one way of one master key. Plain memory; keys are wiped. */
struct crypt;
/** @param master media_suite_key_len() bytes */
int crypt_alloc(struct crypt **cp, enum media_suite suite,
		const uint8_t *master);
void crypt_free(struct crypt *c);
/** @return 0, EMSGSIZE, EALREADY (a number that was there: not to be sent) */
int crypt_seal_rtp(struct crypt *c, uint8_t *buf, size_t *len, size_t max);
int crypt_seal_rtcp(struct crypt *c, uint8_t *buf, size_t *len, size_t max);
/** @return 0, EBADMSG, EACCES (not genuine), EALREADY (came before, or is too
 *  old to tell) */
int crypt_open_rtp(struct crypt *c, uint8_t *buf, size_t *len);
int crypt_open_rtcp(struct crypt *c, uint8_t *buf, size_t *len);

/* dtls.c: one association at one socket of a stream. */
struct dtls;
struct dtls_identity;
enum dtls_state { DTLS_TRYING, DTLS_DONE, DTLS_FAILED };
/** The engine goes, with its certificate. */
void dtls_close(struct media *m);
/** @param fingerprint Outlives it */
int dtls_alloc(struct dtls **dp, struct media_stream *s, int which, bool client,
	       const char *fingerprint);
void dtls_free(struct dtls *d);
enum dtls_state dtls_take(struct dtls *d, const uint8_t *p, size_t len);
enum dtls_state dtls_tick(struct dtls *d, uint64_t now_us);

/* secure.c */
struct secure {
	enum media_keys keys;
	struct crypt *tx[SOCKETS], *rx[SOCKETS]; /**< NULL: no keys yet */
	enum media_suite suite;			 /**< of SDES, as the two: */
	uint8_t key_tx[MEDIA_KEY_MAX], key_rx[MEDIA_KEY_MAX];
	struct dtls *dtls[SOCKETS];
	enum dtls_state state[SOCKETS];
	bool client;
	char *fingerprint;
	struct sa peer; /**< whom the association is with */
	uint64_t forged;
};

/* --- players ------------------------------------------------------------ */

struct player {
	struct media_tone_gen tone;
	struct media_clip *clip; /**< a reference; changed on the loop */
	size_t pos;
	unsigned times; /**< left; 0: for ever */
	bool active;
	SpeexResamplerState *rs;
	uint32_t rs_rate;
};
/** Fill n samples; @return false when it has come to its end */
bool player_read(struct player *p, int16_t *samples, size_t n, uint32_t rate);
/** Let go of what the media thread made; the clip is the loop's. */
void player_reset(struct player *p);

/* --- ways ---------------------------------------------------------------- */

enum { EXPECTED_MAX = 64 };

/** A letter on its way to the loop. */
struct letter {
	struct letter *next;
	struct media_letter l;
	uint8_t data[];
};

/** What ICE adds to a stream: way.c. */
struct ways {
	bool on;
	bool mux;
	int fd[MEDIA_SOCKETS_MAX]; /**< the first two are the stream's own */
	struct sa laddr[MEDIA_SOCKETS_MAX];
	unsigned sockets; /**< without the first two */
	bool known[SOCKETS];
	struct media_path path[SOCKETS];
	struct sa expected[EXPECTED_MAX];
	unsigned n_expected;
	struct letter *first, *last;
	unsigned letters;
	media_letter_h *h; /**< changed on the loop */
	void *arg;
};

/* --- streams ------------------------------------------------------------ */

enum { RX_FORMATS = 16, EVENTS_MAX = 32 };

/* event.c: digits (RFC 4733). */
struct event_tx {
	uint32_t rate; /**< 0: not negotiated */
	uint8_t pt;
	struct {
		uint8_t code;
		uint16_t ms;
	} queue[EVENTS_MAX]; /**< the first is being sent */
	unsigned n;
	uint32_t ts, duration; /**< of the first */
	unsigned ends;	       /**< last packets sent of it */
	bool pause;	       /**< one has just ended */
};

struct event_rx {
	bool known, ended;
	uint32_t ssrc, ts;
	uint8_t code;
	uint16_t duration;
	char heard[EVENTS_MAX]; /**< for the loop to take */
	unsigned n;
};

struct stream_rx {
	struct {
		const struct codec *codec; /**< NULL: telephone events */
		uint32_t rate;
		uint8_t pt;
	} formats[RX_FORMATS];
	unsigned n_formats;
	struct event_rx events;
	const struct codec *codec; /**< of the last packet played */
	uint8_t pt;
	void *dec;
	uint32_t rate; /**< of its PCM */
	struct rtp_source source;
	struct jbuf jbuf;
	int16_t *fifo;
	size_t fifo_len;
	size_t last_samples; /**< of the last packet */
	bool seam;	     /**< another codec begins with the next frame */
	int16_t last_out;    /**< sample of the last frame */
	uint64_t packets, bytes, concealed;
	uint64_t stretched, shortened; /**< samples put in and left out */
	uint64_t last_us;	       /**< arrival of the last packet */
	bool timed_out;
	double level;
};

struct stream_tx {
	const struct codec *codec;
	uint8_t pt;
	void *enc;
	char *fmtp; /**< the receiver's wishes, or NULL */
	uint32_t rate;
	uint32_t ssrc;
	uint16_t seq;
	uint32_t ts;
	uint64_t ts_us; /**< when ts was right */
	bool talking;	/**< the last frame was sent: no marker */
	bool relaying;	/**< the last one was another's, of this source: */
	uint32_t relay_ssrc;
	uint16_t relay_seq; /**< what its numbers are moved by */
	uint32_t relay_ts;
	uint64_t packets, bytes;
	double level;
	uint64_t rtcp_us; /**< when the next report is due */
	uint64_t packets_reported;
	uint8_t loss_told; /**< percent told to the encoder */
	struct event_tx events;
};

/** Payload types by format, also of those that we cannot decode. */
struct pt_map {
	struct {
		uint32_t format; /**< hash of name, rate and channels */
		uint8_t pt;
	} row[RX_FORMATS];
	unsigned count;
};

struct media_stream {
	struct media *m;
	uint32_t slot, gen;
	enum pace pace; /**< as the engine knows it */
	int fd[SOCKETS];
	bool polled;
	bool settling; /**< what waits in the sockets may be old */
	struct sa laddr;
	struct sa remote[SOCKETS];
	bool latch, latched[SOCKETS];
	struct sa source[SOCKETS]; /**< who is heard, unless latched */
	uint64_t source_us[SOCKETS];
	uint32_t timeout_ms;
	bool running, send, receive;
	struct stream_rx rx;
	struct stream_tx tx;
	struct media_audio audio;
	bool has_audio, echo, muted;
	SpeexResamplerState *rs_in, *rs_out, *rs_record;
	uint32_t rs_in_rate, rs_out_rate, rs_record_rate;
	struct player players[2];
	struct media_ring *ring;   /**< a reference; changed on the loop */
	struct media_stream *peer; /**< bridged with */
	struct media_mixer *mixer; /**< that it is in */
	const int16_t *mix;	   /**< while that serves it: what it sends */
	size_t mix_n;
	uint32_t mix_rate;
	struct pt_map sends, takes; /**< as negotiated */
	bool kick;
	uint64_t tick_us; /**< when its last frame was made */
	struct rtcp_in report;
	struct secure secure;
	struct ways ways;
	char cname[20];
	unsigned pending; /**< bits of enum media_event */
	media_event_h *h;
	void *arg;
};

/* way.c, with the lock held unless it says otherwise. */
/** The socket's descriptor. */
int way_fd(const struct media_stream *s, unsigned socket);
unsigned way_sockets(const struct media_stream *s);
/** Is it no sound? Then it is gone; what a path's channel brings is
 *  unwrapped, and src becomes the peer. */
bool way_take(struct media_stream *s, unsigned socket, struct sa *src,
	      uint8_t *buf, size_t *len);
/** May sound come from there? */
bool way_expects(const struct media_stream *s, const struct sa *src);
void way_send(struct media_stream *s, int which, const uint8_t *buf,
	      size_t len);
/** The sockets beyond the first two, and all paths. */
void way_close(struct media_stream *s);
/** On the loop, without the lock: hand over what waits. */
void way_deliver(struct media *m);
/** RTCP where RTP and RTCP share a port? */
bool rtp_is_rtcp(const uint8_t *buf, size_t len);

/** How often a stream wants the thread's attention. */
enum pace stream_pace(const struct media_stream *s);

/* All of these: with the lock held. */
void stream_tick(struct media_stream *s, uint64_t now_us);
/* The frame of one in a mixer: what it says, then what it is told. */
void stream_hear(struct media_stream *s, int16_t *pcm, size_t n, uint32_t rate,
		 uint64_t now_us);
void stream_say(struct media_stream *s, const int16_t *pcm, size_t n,
		uint32_t rate, uint64_t now_us);
/** @param socket One of way_sockets() */
void stream_receive(struct media_stream *s, unsigned socket, uint64_t now_us);
/** A packet, from whatever way; buf is changed. */
void stream_take(struct media_stream *s, int which, uint8_t *buf, size_t len,
		 const struct sa *src, uint64_t now_us);
bool stream_playout(struct media_stream *s, int16_t *pcm, size_t n,
		    uint32_t rate, uint64_t now_us);
void stream_send_frame(struct media_stream *s, const int16_t *pcm, size_t n);
/* A packet of the stream that this one is bridged with. */
void stream_send_on(struct media_stream *s, const struct rtp_packet *in,
		    const uint8_t *buf, size_t len, uint64_t now_us);
void stream_report(struct media_stream *s, uint64_t now_us, bool bye);
void stream_event(struct media_stream *s, enum media_event ev);
void stream_rx_reset(struct stream_rx *rx);

/* secure.c, with the lock held. */
/** Send a packet, sealed if it shall be; buf is changed. */
void stream_put(struct media_stream *s, int which, uint8_t *buf, size_t len,
		size_t max);
/** Send as it is, by the way there is. */
void stream_put_raw(struct media_stream *s, int which, const uint8_t *buf,
		    size_t len);
/** Open what arrived, in place. @return false: it is not for us */
bool secure_open(struct media_stream *s, int which, uint8_t *buf, size_t *len);
/** New keys of one socket. */
int secure_set(struct media_stream *s, int which, enum media_suite suite,
	       const uint8_t *tx, const uint8_t *rx);
bool secure_is_dtls(const uint8_t *buf, size_t len);
void secure_take(struct media_stream *s, int which, const uint8_t *buf,
		 size_t len);
void secure_tick(struct media_stream *s, uint64_t now_us);
/** An association is being made: frames are wanted for its timer. */
bool secure_is_trying(const struct secure *c);
bool secure_is_ready(const struct secure *c);
void secure_reset(struct secure *c);

/** quality.c: @param delay_ms from mouth to ear. @return 1..4.41 */
double quality_mos(double delay_ms, double loss_percent);

bool event_is_format(const struct media_format *f);
void event_tx_reset(struct event_tx *e);
/** What goes out instead of sound. @return its length, 0: nothing */
size_t event_next(struct stream_tx *tx, struct rtp_packet *p,
		  uint8_t payload[4]);
void event_take(struct media_stream *s, const struct rtp_packet *p,
		uint32_t rate);

/** Change the rate of mono sound; makes *rsp when it is needed. */
void stream_resample(SpeexResamplerState **rsp, uint32_t *have_rate,
		     const int16_t *in, size_t n_in, uint32_t rate_in,
		     int16_t *out, size_t n_out, uint32_t rate_out);

struct media {
	pthread_mutex_t lock;
	pthread_t thread;
	bool started;
	bool quit;
	int epfd, timer_fd, wake_fd, note_fd;
	struct media_stream **slots;
	uint32_t n_slots;
	uint32_t gen;
	enum pace pace;
	unsigned paced[PACES]; /**< streams of each pace */
	bool noted;	       /**< note_fd has been written to */
	struct dtls_identity *identity;
	struct job_queue *making; /**< it is being made */
	struct media_mixer *mixers;
	atomic_ullong wakeups;
};

/** mixer.c, with the lock held. */
void mixers_tick(struct media *m, uint64_t frames, uint64_t now_us);
void mixer_forget(struct media_stream *s);

int engine_add(struct media *m, struct media_stream *s);
void engine_remove(struct media *m, struct media_stream *s);
/** Listen at its sockets, or let them wait: a bridged stream's packets must
 *  not be read before the other one can send them. */
int engine_poll(struct media_stream *s);
void engine_unpoll(struct media_stream *s);

/* ports.c */
/** Bind a pair of ports on laddr, which gets the RTP one. */
int ports_bind(int fd[SOCKETS], struct sa *laddr,
	       const struct media_stream_prm *prm);
/** … on another address, those that the stream has already if they are free.
 *  @param laddr Set to what was bound */
int ports_bind_like(const struct media_stream *s, const struct sa *addr,
		    int fd[SOCKETS], struct sa *laddr);

/** Set the timer as the streams want it; lock held. */
void engine_pace(struct media *m);
void engine_pace_of(struct media_stream *s); /**< if it changed, or its peer */
/** Have the thread make this stream's next frame at once; lock held. */
void engine_kick(struct media_stream *s);
void engine_note(struct media *m);

#endif
