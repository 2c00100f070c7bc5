/* How much, for people: `1.4 GiB`, `312 bytes`. */
#ifndef AKASHI_MAIN_BYTE_WORDS_H
#define AKASHI_MAIN_BYTE_WORDS_H

#include "base/digest.h"

#define BYTE_WORDS_MAX 32
/* Into `room`. */
Slice byte_words(char *room, uint64_t bytes);
#define DIGEST_WORDS_MAX 68
Slice digest_words(char *room, const Digest *digest);

#endif
