/**
 * @file text_int.h  What the files about text and trees share
 */
#ifndef OFFHOOK_BASE_TEXT_INT_H
#define OFFHOOK_BASE_TEXT_INT_H

#include <stdlib.h>
#include <string.h>

#include <offhook/base/text.h>

/** Columns of one code point: 0, 1 or 2. */
unsigned text_int_columns(uint32_t cp);

/** True if a cell ends between a and b. @param state 0 at a cell's begin */
bool text_int_border(uint32_t a, uint32_t b, int32_t *state);

#endif
