/* Which doors are open to whoever reaches them. See live_inside.h. */
#include "collect/listen_address.h"
#include "engine/live_inside.h"

#define NAMES_BYTES 512

typedef struct Names {
    char text[NAMES_BYTES];
    size_t len;
} Names;

/* "gelf 12201, elastic 9200"; there is room for all names there are (DOORS_MAX of them). */
static void add_name(Names *to, const char *name, int port)
{
    char room[NUMBER_WORDS_MAX];
    Slice number = number_words(room, (uint64_t)port);
    const Slice pieces[] = {to->len > 0 ? SLICE(", ") : (Slice){0}, slice_from_cstr(name),
                            SLICE(" "), number};
    for (size_t i = 0; i < ARRAY_COUNT(pieces); i++) {
        Slice piece = slice_first(pieces[i], sizeof to->text - to->len);
        if (piece.len > 0) memcpy(to->text + to->len, piece.ptr, piece.len);
        to->len += piece.len;
    }
}

void live_guard_say(Live *live)
{
    const char *address = setting_text(live->options.settings, SETTING_LISTEN_ADDRESS);
    Names unasked = {0}, plain = {0};
    LiveDoorInfo door;
    if (listen_is_loopback(address)) return;
    add_name(&unasked, "syslog", live_syslog_port(live));
    add_name(&plain, "syslog", live_syslog_port(live));
    for (size_t i = 0; live_doors_info(live->doors, i, &door) == 0; i++) {
        if (!door.asks) {
            add_name(&unasked, door.name, door.port);
            counter_add(live->counters, COUNTER_DOORS_UNGUARDED, 1);
        }
        if (!door.is_encrypted) add_name(&plain, door.name, door.port);
    }
    SAY(MESSAGE_SERVE_DOORS_UNGUARDED, live->options.language,
        {"address", slice_from_cstr(address)}, {"doors", slice_of(unasked.text, unasked.len)});
    SAY(MESSAGE_SERVE_DOORS_PLAIN, live->options.language, {"address", slice_from_cstr(address)},
        {"doors", slice_of(plain.text, plain.len)});
}
