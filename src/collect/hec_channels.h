/* The channels of Splunk's HTTP Event Collector: how many acknowledgement numbers each was given.
 * A number is given out only when its events are durable, so every number given is acknowledged. */
#ifndef AKASHI_COLLECT_HEC_CHANNELS_H
#define AKASHI_COLLECT_HEC_CHANNELS_H

#include "base/map.h"

#define HEC_CHANNELS_MAX                                                                           \
    4096 /* one more: all are forgotten, and clients ask in vain and send again */
#define HEC_CHANNEL_BYTES_MAX 64

typedef struct HecChannels HecChannels;

HecChannels *hec_channels_new(const uint64_t seed[2]); /* NULL: no memory */
void hec_channels_free(HecChannels *channels);         /* NULL: nothing */
/* The next number of the channel, from 0. -ENOMEM. */
MUST_USE int hec_channels_next(HecChannels *channels, Slice channel, uint64_t *ret);
/* Whether the number was given to that channel. */
bool hec_channels_has(const HecChannels *channels, Slice channel, uint64_t number);

#endif
