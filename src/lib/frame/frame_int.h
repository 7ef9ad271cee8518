/**
 * @file frame_int.h  What the files about grids share
 */
#ifndef OFFHOOK_FRAME_INT_H
#define OFFHOOK_FRAME_INT_H

#include <offhook/base/re.h>
#include <offhook/frame.h>

/* Messages stand in a file of their own that needs no libre: a terminal
 * reads messages only. */
struct frame_grid {
	unsigned rows, columns;
	struct frame_cell *cells; /**< as drawn */
	struct frame_cell *sent;  /**< as the terminal has it */
	bool fresh;		  /**< the terminal has nothing */
};

#endif
