/**
 * @file picture_cells.c  What offhook-picture says of a picture's cells
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/lib/picture/picture_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct picture_look look = {.colours = 256};
	struct picture_cell *cells;
	char *text;

	if (size < 2)
		return 0;
	look.columns = 1 + data[0] % 8;
	look.rows = 1 + data[1] % 4;
	look.ascii = data[1] & 64;
	/* without a zero behind it, as it comes */
	text = malloc(size - 1);
	if (!text)
		return 0;
	memcpy(text, data + 2, size - 2);
	if (!picture_read_cells(&look, text, size - 2, &cells)) {
		for (unsigned i = 0; i < look.columns * look.rows; i++)
			if (text_width(cells[i].text) != 1)
				abort();
		free(cells);
	}
	free(text);
	return 0;
}
