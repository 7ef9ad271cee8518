/**
 * @file sound_module.h  What a loadable sound driver offers the phone
 *
 * A driver is a shared object beside the core, loaded when it is first
 * wanted: the library below it costs start-up time and memory that a client
 * without calls need not pay. It exports one `struct sound_module` by the
 * name SOUND_MODULE_SYMBOL and uses nothing of ours.
 */
#ifndef OFFHOOK_SOUND_MODULE_H
#define OFFHOOK_SOUND_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOUND_MODULE_SYMBOL "offhook_sound_module"
enum { SOUND_MODULE_VERSION = 3 };

struct sound_module_server;
struct sound_module_stream;

struct sound_module_prm {
	bool capture;
	const char *device; /**< the driver's name of it, NULL: the default */
	const char *role;   /**< "phone" for voice, "event" for the bell */
	uint32_t rate;	    /**< Hz, mono, 16 bit signed */
	/** On the driver's thread: capture brought samples, or playback wants
	 *  n filled in. Must not block. */
	void (*samples)(int16_t *samples, size_t n, void *arg);
	/** On the driver's thread: it works, or goes on by another device.
	 *  @param text What a person calls the device, or NULL */
	void (*ready)(const char *text, void *arg);
	/** On the driver's thread, once: it does not work (any more). */
	void (*failed)(const char *why, void *arg);
	void *arg;
};

/** A device that can be chosen. */
struct sound_module_device {
	const char *name; /**< stable: what prm.device takes */
	const char *text; /**< what a person calls it */
	bool capture;
	bool standard; /**< what the system has chosen */
};
typedef void(sound_module_device_h)(const struct sound_module_device *d,
				    void *arg);

struct sound_module {
	uint32_t version;
	/**
	 * Make what streams share: the connection, which stands as long as
	 * any of them is open. A module keeps nothing outside of it; all its
	 * functions but list() are called from one thread.
	 *
	 * @param changed On the driver's thread, while a stream is open:
	 *                devices came or went. Not all drivers know
	 * @return 0 or errno
	 */
	int (*alloc)(struct sound_module_server **sp,
		     void (*changed)(void *arg), void *arg);
	/** Its streams are closed. NULL is allowed. */
	void (*free)(struct sound_module_server *server);
	/** Does not wait for the device. @return 0, ECONNREFUSED: there is no
	 *  such server, or errno */
	int (*open)(struct sound_module_server *server,
		    struct sound_module_stream **sp,
		    const struct sound_module_prm *prm);
	/** On return no handler runs, and none will. */
	void (*close)(struct sound_module_stream *s);
	/** Tell the devices that there are, with no stream or server object;
	 *  on any thread, which it may hold for some seconds. @return 0,
	 *  ECONNREFUSED or errno */
	int (*list)(sound_module_device_h *h, void *arg);
};

#endif
