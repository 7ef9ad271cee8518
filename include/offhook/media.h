/**
 * @file media.h  Streams: RTP, codecs, jitter buffer, tones, clips, rings
 *
 * One media thread per `struct media` serves all its streams: it sleeps
 * while there is nothing to send and nothing arrives. All functions here are
 * for the loop's thread unless they say otherwise; none blocks for longer
 * than the media thread needs for one frame of one stream. After a function
 * that takes something away from a stream (its audio, a clip, a ring, the
 * stream itself) has returned, the media thread does not touch it any more.
 *
 * PCM is everywhere mono, signed 16 bit in the machine's byte order.
 */
#ifndef OFFHOOK_MEDIA_H
#define OFFHOOK_MEDIA_H

#include <offhook/base/re.h>

/** Length of a frame: the pace of all streams. */
enum { MEDIA_FRAME_MS = 20 };

/* --- formats: what SDP calls a payload type ----------------------------- */

/** One payload format of an offer or answer (RFC 8866 §6.6, §6.15). */
struct media_format {
	struct le le;
	char *name;	  /**< encoding name as in rtpmap, e.g. "PCMA" */
	char *fmtp;	  /**< its parameters, or NULL */
	uint32_t rate;	  /**< RTP clock, Hz */
	uint8_t channels; /**< of the rtpmap, 1 or 2 */
	uint8_t pt;	  /**< payload type, 0..127 */
};

/**
 * Append a format to a list; list_flush() frees the list's members.
 *
 * @param name  Encoding name, copied; 1..32 characters of RFC 4855 §3
 * @param fmtp  Parameters, copied, or NULL
 * @return 0, EINVAL or ENOMEM
 */
int media_format_add(struct list *formats, const char *name, uint8_t pt,
		     uint32_t rate, uint8_t channels, const char *fmtp);

/** Append copies of all formats of another list. @return 0 or ENOMEM */
int media_formats_copy(struct list *dst, const struct list *src);

/**
 * Append the formats that streams of ours can encode and decode, in the
 * order of a list of names.
 *
 * @param names  "opus", "G722", "PCMA", "PCMU", with blanks or commas between
 *               them, unknown ones are left out; NULL for all in this order
 * @return 0, ENOENT if none is left, or ENOMEM
 */
int media_formats_ours(struct list *formats, const char *names);

/**
 * Append "telephone-event" (RFC 4733: digits) for each clock that formats of
 * ours in the list have; a stream sends digits by the one that has the clock
 * of the sound it sends, and understands all.
 *
 * @return 0, EOVERFLOW if no payload type is free, or ENOMEM
 */
int media_formats_events(struct list *formats);

/** True if streams of ours can encode and decode that format. */
bool media_format_supported(const struct media_format *f);
/** Name, rate and channels are the same; NULL is like none. */
bool media_format_same(const struct media_format *a,
		       const struct media_format *b);
/** True for what is spoken: digits and comfort noise come beside it. */
bool media_format_is_voice(const struct media_format *f);

/* --- sound in memory ---------------------------------------------------- */

/** Sound to be played, of one channel; mem_deref() it, loop thread only. */
struct media_clip {
	uint32_t rate; /**< Hz */
	size_t n;      /**< samples */
	int16_t samples[];
};

/** @param samples Copied; NULL: silence. @return 0, EINVAL or ENOMEM */
int media_clip_alloc(struct media_clip **cp, uint32_t rate,
		     const int16_t *samples, size_t n);

/**
 * Read a WAV file image: PCM of 8 or 16 bits, A-law or µ-law, 1..8 channels
 * (mixed to one), 4000..192000 Hz, at most an hour. A data chunk that claims
 * more than there is gives what there is. May be called from any thread.
 *
 * @return 0, EBADMSG or ENOMEM
 */
int media_wav_decode(struct media_clip **cp, const uint8_t *p, size_t len);

/** Likewise of a file; blocks for the disk. @return also errno of open */
int media_wav_load(struct media_clip **cp, const char *path);

/**
 * The same sound at another rate; a clip of that rate is copied. May be
 * called from any thread.
 *
 * @param rate  Hz, 4000..192000
 * @return 0, EINVAL or ENOMEM
 */
int media_clip_convert(struct media_clip **cp, const struct media_clip *clip,
		       uint32_t rate);

/**
 * Write a WAV file (PCM 16 bit mono) piece by piece; the header is right
 * after each flush. Blocks for the disk; may be used on any one thread.
 */
struct media_wav_writer;
int media_wav_create(struct media_wav_writer **wp, const char *path,
		     uint32_t rate); /**< 0600, replaces; free: _close() */
int media_wav_write(struct media_wav_writer *w, const int16_t *samples,
		    size_t n);
int media_wav_flush(struct media_wav_writer *w);
int media_wav_close(struct media_wav_writer *w); /**< NULL is fine */

/**
 * A clip that somebody listens to: he pauses, goes back and forth, has it
 * faster or slower at the same pitch. One thread reads, another one operates;
 * mem_deref() when neither uses it, on the thread that made it.
 */
struct media_tape;
/** From percent of its pace to percent. */
enum { MEDIA_PACE_MIN = 50, MEDIA_PACE_MAX = 200 };
/**
 * @param clip  Kept; its rate is divided by 50, or EINVAL is returned:
 *              media_clip_convert() it first
 * @param rate  Hz, of what is read; likewise
 * @return 0, EINVAL or ENOMEM
 */
int media_tape_alloc(struct media_tape **tp, struct media_clip *clip,
		     uint32_t rate);
/** The next frame: silence once it has ended.
 *  @param n  Samples of MEDIA_FRAME_MS at the tape's rate, no others */
void media_tape_read(struct media_tape *t, int16_t *samples, size_t n);
/** Where it is, and how long: milliseconds of the clip. */
uint32_t media_tape_position(const struct media_tape *t);
uint32_t media_tape_length(const struct media_tape *t);
/** True once all of it was read; seeking back begins anew. */
bool media_tape_ended(const struct media_tape *t);
/** @param ms  Beyond its end: there */
void media_tape_seek(struct media_tape *t, uint32_t ms);
/** @param percent  Held within MEDIA_PACE_MIN and _MAX; 100 as it is */
void media_tape_pace(struct media_tape *t, unsigned percent);

/**
 * A ring between two threads, one that writes and one that reads; never
 * blocks. mem_deref() when neither uses it.
 */
struct media_ring;
/** @param n Least samples that it holds */
int media_ring_alloc(struct media_ring **rp, size_t n);
/** @return Samples taken, less than n when it is full */
size_t media_ring_write(struct media_ring *r, const int16_t *samples, size_t n);
/** @return Samples given, less than n when it runs empty */
size_t media_ring_read(struct media_ring *r, int16_t *samples, size_t n);
size_t media_ring_used(const struct media_ring *r);
/** Samples that did not fit since the beginning. */
uint64_t media_ring_lost(const struct media_ring *r);

/* --- tones -------------------------------------------------------------- */

/** Tones of a telephone, as in Germany (ITU-T E.180, 425 Hz). */
enum media_tone {
	MEDIA_TONE_NONE,
	MEDIA_TONE_DIAL,       /**< steady */
	MEDIA_TONE_RINGBACK,   /**< 1 s on, 4 s off */
	MEDIA_TONE_BUSY,       /**< 480 ms on and off */
	MEDIA_TONE_CONGESTION, /**< 240 ms on and off */
	MEDIA_TONE_WAITING,    /**< two short ones each 5 s */
	MEDIA_TONE_HELD,       /**< a short one each 10 s */
	MEDIA_TONE_RING,    /**< the phone's own bell: a soft two-tone warble */
	MEDIA_TONE_TEST,    /**< 1000 Hz, steady, -12 dBFS */
	MEDIA_TONE_CONFIRM, /**< one short rising pair, then it ends */
	MEDIA_TONES
};

/** A generator; plain memory, any one thread. */
struct media_tone_gen {
	enum media_tone tone;
	uint32_t rate;
	uint64_t pos; /**< samples since the beginning */
};
void media_tone_init(struct media_tone_gen *g, enum media_tone tone,
		     uint32_t rate);
/** Fill with the next n samples. @return false once a tone that ends ended */
bool media_tone_read(struct media_tone_gen *g, int16_t *samples, size_t n);

/** A sine of any frequency, for tests: level in dBFS (<= 0). */
void media_sine(int16_t *samples, size_t n, uint32_t rate, double hz,
		double dbfs, double *phase);

/**
 * How much of a signal is one frequency (Goertzel).
 *
 * @return Share of the whole power that lies at hz, 0..1; 0 for silence
 */
double media_tone_share(const int16_t *samples, size_t n, uint32_t rate,
			double hz);
/** Level in dBFS, -96 for silence. */
double media_level(const int16_t *samples, size_t n);

/* --- the engine --------------------------------------------------------- */

struct media;

/**
 * Make the engine; its thread starts with the first stream. A program needs
 * one; tests may have several.
 *
 * @param mp  Set to the engine; mem_deref() when all its streams are gone
 *            (they hold a reference)
 * @return 0 or errno
 */
int media_alloc(struct media **mp);

/** How often its thread has woken up, for tests and the bench. */
uint64_t media_wakeups(const struct media *m);

/* --- streams ------------------------------------------------------------ */

struct media_stream;

/**
 * Where an endpoint's sound comes from and goes to. Both functions are called
 * on the media thread each 20 ms with n = rate / 50; they must not block,
 * must not use the disk and must call nothing of this header but rings and
 * tone generators. Either may be NULL.
 */
struct media_audio {
	uint32_t rate; /**< Hz, of both: 8000..48000, a multiple of 50 */
	/** Microphone: fill in; what is missing is silence. @return samples */
	size_t (*read)(int16_t *samples, size_t n, void *arg);
	/** Loudspeaker. */
	void (*write)(const int16_t *samples, size_t n, void *arg);
	void *arg;
};

/** What a stream tells, on the loop. */
enum media_event {
	MEDIA_EVENT_FIRST,    /**< the first RTP packet arrived */
	MEDIA_EVENT_TIMEOUT,  /**< nothing arrived for prm.timeout_ms since the
				   last packet, media_stream_start() or the
				   beginning of receiving */
	MEDIA_EVENT_RETURNED, /**< it arrives again */
	MEDIA_EVENT_PLAYED, /**< what was played to the remote side has ended */
	MEDIA_EVENT_PLAYED_LOCAL, /**< likewise to the local side */
	MEDIA_EVENT_DIGIT,	  /**< media_stream_take_digit() has some */
	MEDIA_EVENT_SECURED,	  /**< DTLS is done: sound flows, encrypted */
	MEDIA_EVENT_INSECURE,	  /**< DTLS failed, or who answered is not whom
				       the SDP named: nothing flows */
};
/** The stream may be freed in it. */
typedef void(media_event_h)(enum media_event ev, void *arg);

struct media_stream_prm {
	struct sa laddr;     /**< bind here; unset: a stream without network,
				  for local tones. Its port is ignored */
	uint16_t port_min;   /**< even RTP port from here …, 0: 10000 */
	uint16_t port_max;   /**< … to here, 0: 29999; the next is RTCP's */
	bool latch;	     /**< the first packet's source becomes the remote
				  address, once per set_remote (behind NAT) */
	uint32_t timeout_ms; /**< 0: no notice */
};

/**
 * Make a stream and bind its two ports. It is silent and deaf until
 * media_stream_start() or media_stream_bridge().
 *
 * @param sp  Set to the stream; mem_deref() ends it at once
 * @param h   Told of events, may be NULL
 * @return 0, EADDRINUSE, ENOMEM or errno
 */
int media_stream_alloc(struct media_stream **sp, struct media *m,
		       const struct media_stream_prm *prm, media_event_h *h,
		       void *arg);

/** Replace the event handler: who makes a stream may hand it on. */
void media_stream_set_handler(struct media_stream *s, media_event_h *h,
			      void *arg);

/**
 * Bind it to another local address, with the ports that it has if they are
 * free there; all else goes on. The other side must be told the new one.
 *
 * @param laddr  Its port is ignored
 * @return 0, EINVAL (a stream without network), EADDRINUSE or errno: then it
 *         is where it was
 */
int media_stream_move(struct media_stream *s, const struct sa *laddr);

/** Address and RTP port it is bound to. */
const struct sa *media_stream_laddr(const struct media_stream *s);

/**
 * Where to send, from SDP. What arrives should come from there, too; who
 * speaks first from another address is heard as well (a host with several),
 * but nobody after that, unless it is the right one or the first falls silent.
 *
 * @param rtp   Address and port; NULL or port 0: nowhere
 * @param rtcp  NULL: the port after it
 */
void media_stream_set_remote(struct media_stream *s, const struct sa *rtp,
			     const struct sa *rtcp);

/**
 * RTP and RTCP in one port (RFC 5761): the RTP one. Before
 * media_stream_set_dtls() and media_stream_start().
 */
void media_stream_set_mux(struct media_stream *s, bool mux);

/* --- ways that ICE finds (the module ice) -------------------------------- */

/** Sockets of a stream: an RTP and an RTCP one for each address. */
enum { MEDIA_ADDRESSES_MAX = 8, MEDIA_SOCKETS_MAX = 2 * MEDIA_ADDRESSES_MAX };

/** How packets go to the other side. */
enum media_way {
	MEDIA_WAY_PLAIN, /**< as its SDP says, without ICE */
	MEDIA_WAY_HOST,
	MEDIA_WAY_REFLEXIVE, /**< through address translation */
	MEDIA_WAY_RELAYED,   /**< by a TURN server, ours or theirs */
	MEDIA_WAYS
};

/** The way of one component (0: RTP, 1: RTCP). */
struct media_path {
	enum media_way way;
	unsigned socket;  /**< that it leaves and arrives at */
	struct sa peer;	  /**< the other side, as the last before it sees it */
	bool relayed;	  /**< by our TURN server: */
	struct sa server; /**< datagrams go there; unset: it is a connection,
			       the handler gets what is to be sent */
	uint16_t channel; /**< as ChannelData of this number (RFC 8656 §12) */
};

/** What is for the handler. */
enum media_letter_type {
	MEDIA_LETTER_CAME, /**< STUN or ChannelData arrived at a socket */
	MEDIA_LETTER_SEND, /**< a packet for a path whose server is unset: to be
				sent to its peer */
};

struct media_letter {
	enum media_letter_type type;
	unsigned socket; /**< even: RTP, odd: RTCP */
	struct sa addr;	 /**< CAME: source; SEND: peer */
	const uint8_t *data;
	size_t len;
};
/** On the loop; the stream may be freed in it. */
typedef void(media_letter_h)(const struct media_letter *l, void *arg);

/**
 * Hand over what is not sound, and let sound pass by the paths alone that are
 * set: nothing is sent without one, nothing is taken but from their peers and
 * those of media_stream_expect(). Begins at once, before
 * media_stream_start(); h NULL: ends it, paths and all.
 */
void media_stream_set_letters(struct media_stream *s, media_letter_h *h,
			      void *arg);

/** Bind a pair of ports on one more address; they go with
 *  media_stream_move(). @return 0, EEXIST, ENOSPC, EINVAL or errno */
int media_stream_add_address(struct media_stream *s, const struct sa *laddr);
/** Address and port of a socket; NULL: there is none of that number. */
const struct sa *media_stream_socket(const struct media_stream *s,
				     unsigned socket);

/** Send a datagram as it is. @return 0 or errno */
int media_stream_send(struct media_stream *s, unsigned socket,
		      const struct sa *dst, const uint8_t *p, size_t len);

/** NULL: no way (any more). */
void media_stream_set_path(struct media_stream *s, unsigned component,
			   const struct media_path *path);
/** One more address that sound may come from; NULL: forget all. */
void media_stream_expect(struct media_stream *s, const struct sa *peer);
/** What a TURN server handed over, from that peer, arrives. */
void media_stream_relayed(struct media_stream *s, unsigned component,
			  const struct sa *peer, const uint8_t *p, size_t len);

/**
 * Begin to work, or go on with other formats. The first that we support is
 * sent; each one supported is understood. The first packet goes out at once.
 *
 * @param formats  As negotiated; copied. The payload types are those to send,
 *                 the parameters the receiver's: those of opus are heeded
 *                 (RFC 7587 §6.1: maxplaybackrate, maxaveragebitrate,
 *                 useinbandfec)
 * @param send     Direction as SDP has it (RFC 3264 §5.1)
 * @param receive  Likewise
 * @return 0, ENOTSUP if we support none of them (it can be bridged all the
 *         same), or ENOMEM
 */
int media_stream_start(struct media_stream *s, const struct list *formats,
		       bool send, bool receive);

/**
 * Where formats arrive under other payload types than they are sent with (the
 * two sides may number them differently, RFC 3264 §5.1): those of our own
 * SDP. After media_stream_start(), which takes one list for both.
 */
void media_stream_set_local_formats(struct media_stream *s,
				    const struct list *formats);

/* --- encryption (SRTP, RFC 3711) ---------------------------------------- */

/** What the user of streams wants. */
enum media_security {
	MEDIA_SECURITY_OFF,
	MEDIA_SECURITY_OPTIONAL, /**< if the other side can (RFC 8643) */
	MEDIA_SECURITY_REQUIRED, /**< or no call */
};

/** How the keys of a stream came about: what is in use. */
enum media_keys {
	MEDIA_KEYS_NONE, /**< in the clear */
	MEDIA_KEYS_SDES, /**< in the signalling (RFC 4568) */
	MEDIA_KEYS_DTLS, /**< beside the sound (RFC 5764) */
};

/** Suites of SDES, the better ones first. */
enum media_suite {
	MEDIA_SUITE_AEAD_256,	/**< RFC 7714 */
	MEDIA_SUITE_AEAD_128,	/**< likewise */
	MEDIA_SUITE_AES_256_80, /**< RFC 6188 */
	MEDIA_SUITE_AES_128_80, /**< RFC 4568 §6.2 */
	MEDIA_SUITE_AES_128_32,
	MEDIA_SUITES
};
enum { MEDIA_KEY_MAX = 46 };

/** As in a=crypto, "AES_CM_128_HMAC_SHA1_80"; NULL if there is no such. */
const char *media_suite_name(enum media_suite suite);
/** Bytes of its master key and salt together. */
size_t media_suite_key_len(enum media_suite suite);

/**
 * Encrypt and decrypt from now on with these master keys and salts (copied;
 * wiped when they are of no use any more). The same ones again change nothing.
 *
 * @param tx, rx  media_suite_key_len() bytes each
 * @return 0, EINVAL or ENOMEM: then nothing flows
 */
int media_stream_set_keys(struct media_stream *s, enum media_suite suite,
			  const uint8_t *tx, const uint8_t *rx);

/**
 * Agree on keys with the remote side by DTLS, at its RTP and its RTCP address;
 * nothing flows before that. The same association again changes nothing.
 *
 * @param client       True: we begin (a=setup:active)
 * @param fingerprint  Value of a=fingerprint (RFC 8122): the certificate that
 *                     the other side must have; SHA-256 or better
 * @return 0, EINVAL (no such fingerprint), ENOMEM or EIO: then nothing flows
 */
int media_stream_set_dtls(struct media_stream *s, bool client,
			  const char *fingerprint);

/** True if media_stream_set_dtls() can do with it. NULL is fine. */
bool media_is_fingerprint(const char *fingerprint);

/** No encryption (any more). */
void media_stream_set_clear(struct media_stream *s);

/**
 * Fingerprint of our own certificate, for a=fingerprint. The certificate (EC,
 * P-256) lives as long as the engine; where media_prepare() has not made it, it
 * is made in here, in some milliseconds.
 *
 * @return "SHA-256 AB:CD:…", NULL if it could not be made
 */
const char *media_fingerprint(struct media *m);

/** Have the certificate made beside the loop, before it is wanted. Again, or
 *  too late, is fine. */
void media_prepare(struct media *m);

/** Change the direction only. */
void media_stream_set_direction(struct media_stream *s, bool send,
				bool receive);

/** Neither send nor take anything any more; ports stay bound. */
void media_stream_stop(struct media_stream *s);

/** Name of the format that it sends ("opus"), NULL if none. */
const char *media_stream_codec(const struct media_stream *s);

/** Give it sound, or take it away (NULL): on return it is not in use. */
int media_stream_set_audio(struct media_stream *s,
			   const struct media_audio *audio);

/**
 * Relay: what arrives at one goes to the other's remote address as it is,
 * RTP and RTCP, no decoding. Direction is kept: a stream that shall not send
 * sends nothing. Audio of both rests meanwhile, playing goes first: while one
 * plays to its remote, the other's packets are not sent there.
 *
 * @param b  NULL: part a from whatever it is bridged with
 * @return 0, EINVAL for the same stream, streams of two engines or of a
 *         mixer
 */
int media_stream_bridge(struct media_stream *a, struct media_stream *b);

/** What arrives is sent back, decoded and encoded anew: an echo. Ends with
 *  media_stream_set_audio(s, NULL). @return 0 or ENOMEM */
int media_stream_echo(struct media_stream *s);

/** Where something is played to. */
enum media_side { MEDIA_REMOTE, MEDIA_LOCAL };

/**
 * Play a tone instead of (remote) or on top of (local) the other sound; what
 * was played on that side ends. Local needs audio with write, nothing else.
 */
int media_stream_play_tone(struct media_stream *s, enum media_side side,
			   enum media_tone tone);
/** Likewise a clip. @param times How often; 0: until stopped */
int media_stream_play_clip(struct media_stream *s, enum media_side side,
			   struct media_clip *clip, unsigned times);
void media_stream_play_stop(struct media_stream *s, enum media_side side);

/**
 * Put what arrives (decoded, 8000 Hz, with silence where nothing came) into a
 * ring for a writer. NULL ends it. Works without audio; not while bridged.
 */
int media_stream_record(struct media_stream *s, struct media_ring *ring);

/**
 * Send a digit as a telephone event, after those that wait; it takes the place
 * of the sound meanwhile.
 *
 * @param digit  0..9, *, #, A..D
 * @param ms     40..1000, 0: 100
 * @return 0, EINVAL, ENOTSUP (not negotiated for the clock of the sound that
 *         is sent), ENOBUFS (32 wait already)
 */
int media_stream_send_digit(struct media_stream *s, char digit, unsigned ms);

/**
 * The next digit that the remote side pressed, also while bridged; each is told
 * once, when it begins (MEDIA_EVENT_DIGIT). Beyond 32 that nobody took they
 * are dropped.
 *
 * @return '0'..'9', '*', '#', 'A'..'D', or 0: none
 */
char media_stream_take_digit(struct media_stream *s);

void media_stream_mute(struct media_stream *s, bool muted);

/** What a stream has seen; times in microseconds, levels in dBFS. */
struct media_stats {
	uint64_t tx_packets, tx_bytes; /**< bytes without headers */
	uint64_t rx_packets, rx_bytes;
	uint64_t rx_lost;   /**< by sequence number */
	uint64_t rx_late;   /**< came when their time was over */
	uint64_t rx_dup;    /**< came twice */
	uint64_t concealed; /**< frames made up for those missing */
	uint32_t rx_jitter; /**< RFC 3550 §6.4.1 */
	uint32_t buffer;    /**< delay of the jitter buffer now */
	bool remote_report; /**< the three below are known */
	uint8_t tx_loss;    /**< fraction lost at the remote side, percent */
	uint32_t tx_jitter;
	uint32_t round_trip;  /**< 0: not known yet */
	double mic_level;     /**< of the last frame sent */
	double speaker_level; /**< of the last frame heard */
	double rx_loss;	      /**< percent lost or late, since the beginning */
	double mos; /**< 1..4.41: how what is heard sounds, estimated from loss
			 and delay (ITU-T G.107, narrow band); 0: too little
			 came to say */
	struct sa remote;     /**< where RTP goes now */
	enum media_way way;   /**< how it goes there */
	enum media_keys keys; /**< how it is encrypted, or will be: */
	bool secured;	      /**< the keys are there */
	uint64_t rx_forged;   /**< dropped: not encrypted with our keys */
};
void media_stream_stats(const struct media_stream *s, struct media_stats *st);

/* --- mixers: conferences ------------------------------------------------ */

struct media_mixer;

/** Most streams in one. */
enum { MEDIA_MIXER_MAX = 8 };

/**
 * Make a mixer: each stream in it hears all others, and the local side, but
 * not itself. What is too loud together is turned down, not clipped.
 *
 * @param xp  Set to it; mem_deref() lets all its streams go
 */
int media_mixer_alloc(struct media_mixer **xp, struct media *m);

/**
 * Take in a stream; its own audio rests meanwhile, what is played to its
 * remote goes first. A stream that is freed leaves by itself.
 *
 * @return 0, EINVAL (another engine), EALREADY (it is in a mixer, or bridged),
 *         ENOSPC (it is full)
 */
int media_mixer_add(struct media_mixer *x, struct media_stream *s);
/** Let it go: its own audio, if it has some, goes on. */
void media_mixer_remove(struct media_mixer *x, struct media_stream *s);
/** Streams in it. */
unsigned media_mixer_count(const struct media_mixer *x);

/** The local side: what is read is heard by all, what all say is written.
 *  NULL: none; on return it is not in use. @return 0 or EINVAL */
int media_mixer_set_audio(struct media_mixer *x,
			  const struct media_audio *audio);
/** Nothing of the local side is heard. */
void media_mixer_mute(struct media_mixer *x, bool muted);

#endif
