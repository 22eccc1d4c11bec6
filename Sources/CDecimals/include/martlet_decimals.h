#ifndef MARTLET_DECIMALS_H
#define MARTLET_DECIMALS_H

// Reads decimal numbers, as JSON (RFC 8259) has them, that follow one another, eight at a time with AVX-512.
//
// Nothing here allocates or keeps state. No byte beyond the text's size is read.

#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instructions. Without them the functions below read nothing.
int martlet_decimals_available(void);

/// Passes numbers, each with the separator behind it, and rounds each to the nearest, ties to even. One space may stand before each
/// where the separator is none itself.
///
/// It ends before the first that it leaves to its caller: one without a separator, with an exponent, with more than 32 characters or 19
/// digits (doubles: or more than 22 digits after the point, or 2^53 and above without many digits), one that is not a number, or one so
/// near to the middle of two floating-point numbers that more digits would have to tell. Nothing is passed where fewer than 32 bytes
/// precede the position, since those are read, too.
/// - position: where the first number begins, at most `size`; afterwards, where the first begins that was not passed.
/// - separator: a comma or a space.
/// - count: how many values there is room for.
/// Returns how many were written.
size_t martlet_decimals_floats(
    const uint8_t *text, size_t size, size_t *position, uint8_t separator, float *values, size_t count);

/// The same for doubles.
size_t martlet_decimals_doubles(
    const uint8_t *text, size_t size, size_t *position, uint8_t separator, double *values, size_t count);

#endif
