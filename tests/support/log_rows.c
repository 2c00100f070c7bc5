#include "tests/support/log_rows.h"

#include "base/buf.h"

#include <inttypes.h>

uint64_t log_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static const char *const images[] = {"C:\\\\Windows\\\\System32\\\\svchost.exe",
                                     "C:\\\\Program Files\\\\Example\\\\tool.exe",
                                     "C:\\\\Temp\\\\new\\\\report.exe"};
static const char *const users[] = {"EXAMPLE\\\\tanaka", "EXAMPLE\\\\suzuki",
                                    "NT AUTHORITY\\\\SYSTEM", "佐藤"};

static Slice windows(uint64_t number, uint64_t *state, Arena *arena)
{
    uint64_t r = log_random(state), ms = number * 37 + r % 20;
    const char *image = images[r % 3], *user = users[r / 3 % 4];
    unsigned second = (unsigned)(ms / 1000 % 60), minute = (unsigned)(ms / 60000 % 60);
    uint32_t guid = (uint32_t)(r % 7) * 0x1234567u;
    Slice out = {0};
    int failed = arena_format(
        arena, &out,
        "{\"EventID\":%u,\"Channel\":\"Example/Operational\",\"UtcTime\":\"2026-11-20 "
        "08:%02u:%02u.%03u\","
        "\"EventTime\":\"2026-11-20T08:%02u:%02uZ\",\"Record\":%" PRIu64
        ",\"Guid\":\"{%08x-0000-00ff}\","
        "\"Pid\":\"%u\",\"Image\":\"%s\",\"User\":\"%s\",\"Access\":\"0x%x\","
        "\"Hashes\":\"SHA1=%016" PRIX64 ",MD5=%016" PRIX64 "\",\"Message\":\"Process made:\\r\\n"
        "UtcTime: 2026-11-20 08:%02u:%02u.%03u\\r\\nGuid: {%08x-0000-00ff}\\r\\nImage: %s\\r\\n"
        "\\tUser:\\t\\t%s\\r\\nTrace: a.dll+%x|b.dll+2f|c.dll+%x\"}",
        10u + (unsigned)(r >> 8 & 1), minute, second, (unsigned)(ms % 1000), minute, second,
        number + 9000, guid, (unsigned)(guid % 977), image, user, (unsigned)(r >> 9 & 0xfff), r | 1,
        ~r, minute, second, (unsigned)(ms % 1000), guid, image, user, (unsigned)(r >> 30 & 7),
        (unsigned)(r >> 33 & 3));
    return failed ? (Slice){0} : out;
}

static void add_value(Buf *to, uint64_t *state, int depth)
{
    uint64_t r = log_random(state);
    switch (r % (depth > 3 ? 7u : 9u)) {
    case 0: buf_add_format(to, "%d", (int)(r >> 20 & 0xfff) - 2000); break;
    case 1: buf_add_cstr(to, r & 256 ? "true" : "null"); break;
    case 2: buf_add_cstr(to, "\"a \\\"quoted\\\" word\\\\\""); break;
    case 3: buf_add_format(to, "\"0x%x\"", (unsigned)(r >> 40)); break;
    case 4: buf_add_format(to, "\"%05u\"", (unsigned)(r >> 40) % 99999); break;
    case 5: buf_add_cstr(to, "\"\""); break;
    case 6: buf_add_format(to, "-0.%ue+%u", (unsigned)(r >> 50), (unsigned)(r >> 60)); break;
    case 7:
        buf_add_char(to, '[');
        for (uint64_t i = r >> 60; i > 0; i--) {
            add_value(to, state, depth + 1);
            if (i > 1) buf_add_cstr(to, ", ");
        }
        buf_add_char(to, ']');
        break;
    default:
        buf_add_cstr(to, "{\"in\": ");
        add_value(to, state, depth + 1);
        buf_add_char(to, '}');
    }
}

static Slice json(uint64_t *state, Arena *arena)
{
    CLEANUP(buf_done) Buf text = buf_make(0);
    buf_add_char(&text, '{');
    for (uint64_t i = log_random(state) % 5; i > 0; i--) {
        buf_add_format(&text, "\"k%u\":", (unsigned)i);
        add_value(&text, state, 0);
        buf_add_cstr(&text, i > 1 ? "," : "");
    }
    buf_add_char(&text, '}');
    Slice out = {0};
    return arena_copy(arena, buf_slice(&text), &out) ? (Slice){0} : out;
}

static Slice syslog(uint64_t number, uint64_t *state, Arena *arena)
{
    uint64_t r = log_random(state);
    Slice out = {0};
    int failed =
        arena_format(arena, &out,
                     r & 1 ? "<%u>Nov 20 08:%02u:%02u web%u sshd[%u]: Failed password for %s "
                             "from 192.0.2.%u port %u ssh2"
                           : "<%u>Nov 20 08:%02u:%02u web%u sshd[%u]: session opened for "
                             "user %s(uid=%u) by %u",
                     (unsigned)(r >> 8 & 63), (unsigned)(number / 60 % 60), (unsigned)(number % 60),
                     (unsigned)(r >> 16 & 3), (unsigned)(r >> 20 & 255), users[r >> 30 & 3],
                     (unsigned)(r >> 33 & 255), (unsigned)(r >> 44 & 0xffff));
    return failed ? (Slice){0} : out;
}

static Slice bytes(uint64_t *state, Arena *arena, bool words)
{
    static const char *const known[] = {
        "disk ", "is",  " full|",   "|",   "\r\n", "\\r\\n", "007", ": ", "2026-02-30 00:00:00",
        "\t",    "x=1", "\xff\xfe", "認証"};
    CLEANUP(buf_done) Buf text = buf_make(0);
    for (uint64_t i = log_random(state) % 40; i > 0; i--) {
        uint64_t r = log_random(state);
        if (words)
            buf_add_cstr(&text, known[r % ARRAY_COUNT(known)]);
        else
            buf_add(&text, &r, r % 9 < 8 ? r % 9 : 8);
    }
    Slice out = {0};
    return arena_copy(arena, buf_slice(&text), &out) ? (Slice){0} : out;
}

Slice log_row(LogKind kind, uint64_t number, uint64_t *state, Arena *arena)
{
    switch (kind) {
    case LOG_WINDOWS: return windows(number, state, arena);
    case LOG_JSON: return json(state, arena);
    case LOG_SYSLOG: return syslog(number, state, arena);
    case LOG_TEXT: return bytes(state, arena, true);
    default: return bytes(state, arena, false);
    }
}

Slice log_mutate(Slice row, uint64_t *state, Arena *arena)
{
    CLEANUP(buf_done) Buf text = buf_make(0);
    buf_add_slice(&text, row);
    for (uint64_t i = log_random(state) % 4; i > 0 && text.len > 0; i--) {
        uint64_t r = log_random(state);
        size_t at = r % text.len;
        if (r >> 60 < 8)
            text.ptr[at] = (char)(r >> 40);
        else if (r >> 60 < 12)
            text.len = at;
        else
            buf_add(&text, &r, 3);
    }
    Slice out = {0};
    return arena_copy(arena, buf_slice(&text), &out) ? (Slice){0} : out;
}
