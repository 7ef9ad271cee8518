/**
 * @file quality.c  How a conversation sounds, estimated (ITU-T G.107)
 *
 * The E-model with all that a packet line does not change at its default
 * (R0 - Is = 93.2), so only delay and loss are left.
 */
#include "media_int.h"

/* G.113 appendix I: G.711 with concealment loses nothing by itself, and so
 * much of its robustness to loss at random. For opus nothing is standardised;
 * it is at least as robust, so the estimate is on the safe side. */
static const double ie = 0, bpl = 25.1;

double quality_mos(double delay_ms, double loss_percent)
{
	double id, r;

	if (delay_ms < 0)
		delay_ms = 0;
	if (loss_percent < 0)
		loss_percent = 0;
	if (loss_percent > 100)
		loss_percent = 100;
	/* Delay is noticed beyond 177 ms in particular. */
	id = 0.024 * delay_ms +
	     (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0);
	r = 93.2 - id - (ie + (95 - ie) * loss_percent / (loss_percent + bpl));
	/* G.107 annex B; below 6.5 the curve turns up again. */
	if (r < 6.5)
		return 1;
	return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
}
