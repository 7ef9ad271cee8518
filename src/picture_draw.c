/**
 * @file picture_draw.c  A person drawn from a number: ground, coat, face, hair
 */
#include "picture_image.h"

static int colour(uint32_t rgb)
{
	return gdTrueColor((int)(rgb >> 16 & 255), (int)(rgb >> 8 & 255),
			   (int)(rgb & 255));
}

/* One of a few, another one for each place of a seed's digits. */
static int one_of(const uint32_t *of, unsigned n, uint32_t *seed)
{
	uint32_t i = *seed % n;

	*seed /= n;
	return colour(of[i]);
}

static const uint32_t grounds[] = {0x2f6690, 0x7a9e7e, 0xd98e73, 0x8367a8,
				   0xc9a227, 0x3a7d7c, 0xb5446e, 0x5b6c8f};
static const uint32_t coats[] = {0x22223b, 0xf2e9e4, 0x6b2737,
				 0x264653, 0xe76f51, 0x3d5a3a};
static const uint32_t skins[] = {0xf1c9a5, 0xe0ac7d, 0xc68642, 0x8d5524,
				 0xffdbc4};
static const uint32_t hairs[] = {0x1b1410, 0x6a4a2f, 0xd9b36a, 0xb9b9b9,
				 0x9c3d1e, 0x3c2a4d, 0xefefef};

#define ONE_OF(list, seed) one_of(list, sizeof(list) / sizeof(*(list)), seed)

/* Spread, so that neighbours do not look alike. */
static uint32_t spread(uint32_t n)
{
	n = (n ^ n >> 16) * 0x45d9f3bu;
	n = (n ^ n >> 16) * 0x45d9f3bu;
	return n ^ n >> 16;
}

int draw_person(uint32_t seed, gdImagePtr *imp)
{
	gdImagePtr im = gdImageCreateTrueColor(PICTURE_SIDE, PICTURE_SIDE);
	uint32_t n = spread(seed + 1);
	int ground, coat, skin, hair;

	if (!im)
		return PICTURE_EXIT_MEMORY;
	ground = ONE_OF(grounds, &n);
	coat = ONE_OF(coats, &n);
	skin = ONE_OF(skins, &n);
	hair = ONE_OF(hairs, &n);
	gdImageFilledRectangle(im, 0, 0, 199, 199, ground);
	if (n % 3 == 0) /* long hair lies behind the shoulders */
		gdImageFilledRectangle(im, 44, 84, 156, 160, hair);
	gdImageFilledEllipse(im, 100, 200, 168, 116, coat);
	gdImageFilledRectangle(im, 84, 120, 116, 152, skin);
	gdImageFilledEllipse(im, 100, 150, 44, 24, skin);
	gdImageFilledEllipse(im, 100, 84, 108, 104, hair);
	gdImageFilledEllipse(im, 100, 94, 84, 100, skin);
	gdImageFilledEllipse(im, 82, 88, 11, 11, colour(0x202020));
	gdImageFilledEllipse(im, 118, 88, 11, 11, colour(0x202020));
	gdImageFilledArc(im, 100, 114, 36, 22, 0, 180, colour(0xa23b3b), gdArc);
	if (n % 5 == 1) { /* a beard */
		gdImageFilledArc(im, 100, 108, 84, 74, 0, 180, hair, gdArc);
		gdImageFilledEllipse(im, 100, 118, 30, 10, colour(0xa23b3b));
	}
	if (n % 4 == 2) { /* spectacles */
		gdImageSetThickness(im, 5);
		gdImageArc(im, 82, 88, 32, 30, 0, 360, colour(0x202020));
		gdImageArc(im, 118, 88, 32, 30, 0, 360, colour(0x202020));
	}
	*imp = im;
	return 0;
}
