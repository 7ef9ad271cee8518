/**
 * @file picture_int.h  What the files about pictures share
 */
#ifndef OFFHOOK_PICTURE_INT_H
#define OFFHOOK_PICTURE_INT_H

#include <offhook/base.h>
#include <offhook/picture.h>

/** What the program has said of a picture's cells, believed nothing.
 *  @param cellsp  Set to them, to free()
 *  @return 0, EBADMSG or ENOMEM */
int picture_read_cells(const struct picture_look *look, const char *said,
		       size_t len, struct picture_cell **cellsp);

/** A child with pipes: what it is given, what it says. */
struct child;

/** @param err  0 (it ended by itself: status is its exit code), ETIMEDOUT,
 *              EFBIG (said too much), ECHILD (a signal ended it) or errno */
typedef void(child_h)(int err, int status, const char *said, size_t len,
		      void *arg);

struct child_prm {
	const char *const *argv;
	const void *input; /**< copied */
	size_t len;
	size_t most; /**< bytes that it may say */
	uint32_t ms; /**< that it may take */
};

/** The handler is called once, never from in here, and may mem_deref() the
 *  child, which ends it. @return 0 or errno */
int child_alloc(struct child **cp, const struct child_prm *prm, child_h *h,
		void *arg);

#endif
