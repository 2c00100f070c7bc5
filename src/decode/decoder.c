/* See decoder.h. */
#include "decode/decoder.h"

#include "decode/lines_wide.h"

const Decoder *const decoders[] = {&evtx_decoder, &wide_lines_decoder, &json_decoder,
                                   &lines_decoder, NULL};

const Decoder *decoder_for(Slice head)
{
    const Decoder *best = &lines_decoder;
    int best_certainty = 0;
    for (size_t i = 0; decoders[i]; i++) {
        int certainty = decoders[i]->recognise(head);
        if (certainty > best_certainty) {
            best = decoders[i];
            best_certainty = certainty;
        }
    }
    return best;
}
