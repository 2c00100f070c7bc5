/* Text files in UTF-16, little- or big-endian, known by their byte order mark (Unicode Standard,
 * 23.8): what Windows' own tools export. See decoder.h; the decoder is `wide_lines_decoder`.
 *
 * Each line becomes UTF-8 and is judged as decode/lines.h does; raw keeps the bytes as they are in
 * the file, without the end of line. Empty lines give no event. Lone surrogates become U+FFFD. A
 * line longer than DECODE_WINDOW_BYTES_MAX comes in pieces, PARSE_PARTIAL; damage lines.split. */
#ifndef AKASHI_DECODE_LINES_WIDE_H
#define AKASHI_DECODE_LINES_WIDE_H

#include "decode/decoder.h"

extern const Decoder wide_lines_decoder;

#endif
