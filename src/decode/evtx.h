/* Windows event log files (EVTX). See decoder.h for the shape; the decoder is `evtx_decoder`. */
#ifndef AKASHI_DECODE_EVTX_H
#define AKASHI_DECODE_EVTX_H

#include "decode/decoder.h"

#endif
