/* See hec_channels.h. */
#include "collect/hec_channels.h"

#include <errno.h>
#include <stdlib.h>

struct HecChannels {
    Map map; /* channel -> numbers given */
};

HecChannels *hec_channels_new(const uint64_t seed[2])
{
    HecChannels *channels = calloc(1, sizeof *channels);
    if (channels) channels->map = map_make(HEC_CHANNELS_MAX, seed);
    return channels;
}

void hec_channels_free(HecChannels *channels)
{
    if (!channels) return;
    map_done(&channels->map);
    free(channels);
}

int hec_channels_next(HecChannels *channels, Slice channel, uint64_t *ret)
{
    uint64_t *given = map_put(&channels->map, channel, NULL);
    if (!given && channels->map.count == HEC_CHANNELS_MAX) {
        map_clear(&channels->map);
        given = map_put(&channels->map, channel, NULL);
    }
    if (!given) return -ENOMEM;
    *ret = (*given)++;
    return 0;
}

bool hec_channels_has(const HecChannels *channels, Slice channel, uint64_t number)
{
    const uint64_t *given = map_find(&channels->map, channel);
    return given && number < *given;
}
