/* See column_guess.h. */
#include "decode/mined/column_guess.h"

#include "base/cleanup.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* How many bytes at the front are four numbers below 256 with points between; 0: they are not. */
static size_t ipv4_length(Slice text)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        int number = 0;
        size_t digits = 0;
        if (part > 0 && (at >= text.len || text.ptr[at++] != '.')) return 0;
        while (at < text.len && digits < 4 && is_digit(text.ptr[at])) {
            number = number * 10 + (text.ptr[at++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 3 || number > 255) return 0;
    }
    return at;
}

static bool is_address(Slice value)
{
    size_t len = ipv4_length(value), colons = 0, others = 0;
    if (len > 0) return len == value.len || memchr(":/#", value.ptr[len], 3) != NULL;
    for (size_t i = 0; i < value.len; i++) {
        colons += value.ptr[i] == ':';
        others += value.ptr[i] != ':' && !is_hex_digit(value.ptr[i]);
    }
    bool doubled = slice_find(value, SLICE("::")) != SLICE_NOT_FOUND;
    return others == 0 && colons >= 2 && (doubled || colons == 7) && value.len <= 39;
}

/* Groups of hexadecimal digits of these lengths, with a sign between. */
static bool is_grouped_hex(Slice value, const char *lengths, const char *signs)
{
    size_t at = 0;
    for (const char *length = lengths; *length; length++) {
        if (length != lengths && (at >= value.len || !strchr(signs, value.ptr[at++]))) return false;
        for (int i = 0; i < (*length == 'c' ? 12 : *length - '0'); i++) {
            if (at >= value.len || !is_hex_digit(value.ptr[at++])) return false;
        }
    }
    return at == value.len;
}

static bool is_number(Slice value)
{
    size_t digits = 0, others = 0;
    for (size_t i = 0; i < value.len; i++) {
        digits += is_digit(value.ptr[i]);
        others += !is_digit(value.ptr[i]) && !memchr("+-.,", value.ptr[i], 4);
    }
    return digits > 0 && others == 0;
}

static bool is_hex(Slice value)
{
    size_t digits = 0;
    if (slice_starts(value, SLICE("0x"))) value = slice_skip(value, 2);
    for (size_t i = 0; i < value.len; i++) {
        if (!is_hex_digit(value.ptr[i])) return false;
        digits += is_digit(value.ptr[i]);
    }
    return value.len >= 4 && digits > 0;
}

static bool is_path(Slice value)
{
    bool drive = value.len > 2 && value.ptr[1] == ':' && value.ptr[2] == '\\';
    bool share = slice_starts(value, SLICE("\\\\"));
    return drive || share || (value.len > 1 && value.ptr[0] == '/' && value.ptr[1] != '/');
}

static bool is_mail(Slice value)
{
    size_t at = slice_find_char(value, '@');
    if (at == 0 || at == SLICE_NOT_FOUND) return false;
    return slice_find_char(slice_skip(value, at), '.') != SLICE_NOT_FOUND &&
           slice_find_char(value, ' ') == SLICE_NOT_FOUND;
}

static bool is_level(Slice value)
{
    static const char *const levels[] = {"info",  "warn",  "warning", "error",    "debug",
                                         "trace", "fatal", "notice",  "critical", "err",
                                         "情報",  "警告",  "エラー"};
    for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
        if (slice_eq_nocase(value, slice_from_cstr(levels[i]))) return true;
    }
    return false;
}

ValueKind value_kind(Slice value)
{
    value = slice_trim(value);
    if (value.len == 0) return VALUE_TEXT;
    if (is_grouped_hex(value, "222222", ":-")) return VALUE_MAC;
    if (is_address(value)) return VALUE_ADDRESS;
    if (is_number(value)) return VALUE_NUMBER;
    if (value.ptr[0] == '{' && value.len == 38) value = slice_of(value.ptr + 1, 36);
    if (is_grouped_hex(value, "8444c", "-")) return VALUE_GUID;
    if (is_hex(value)) return VALUE_HEX;
    size_t scheme = slice_find(slice_first(value, 12), SLICE("://"));
    if (scheme != SLICE_NOT_FOUND && scheme > 0) return VALUE_URL;
    if (is_path(value)) return VALUE_PATH;
    if (is_mail(value)) return VALUE_MAIL;
    return is_level(value) ? VALUE_LEVEL : VALUE_TEXT;
}

const char *value_kind_name(ValueKind kind)
{
    static const char *const names[VALUE_KINDS] = {
        [VALUE_TEXT] = "text",  [VALUE_NUMBER] = "number",   [VALUE_HEX] = "hex",
        [VALUE_GUID] = "guid",  [VALUE_ADDRESS] = "address", [VALUE_MAC] = "mac",
        [VALUE_PATH] = "path",  [VALUE_URL] = "url",         [VALUE_MAIL] = "mail",
        [VALUE_LEVEL] = "level"};
    return names[kind];
}

/* --- by name ---------------------------------------------------------------------------------- */

typedef struct Hint {
    const char *field;
    unsigned kinds;        /* bits of ValueKind that the field takes; a text may be any word */
    const char *names[14]; /* in small letters, without - _ and blanks */
} Hint;

#define KIND(kind) (1u << (kind))
#define ANY_WORD (KIND(VALUE_TEXT) | KIND(VALUE_MAIL) | KIND(VALUE_HEX))

/* In this order: the first that knows the name and takes the kind. */
static const Hint hints[] = {
    {"source.ip",
     KIND(VALUE_ADDRESS),
     {"src", "srcip", "source", "sourceip", "client", "clientip", "cip", "from", "remote", "接続元",
      "送信元", "ip", "peer", "addr"}},
    {"source.ip", KIND(VALUE_ADDRESS), {"rhost", "by", "address", "ipaddress", "remoteip"}},
    {"destination.ip",
     KIND(VALUE_ADDRESS),
     {"dst", "dstip", "dest", "destination", "destinationip", "to", "server", "serverip", "sip",
      "宛先", "接続先", "送信先"}},
    {"source.port", KIND(VALUE_NUMBER), {"srcport", "sourceport", "spt", "port", "clientport"}},
    {"destination.port", KIND(VALUE_NUMBER), {"dstport", "destport", "dpt", "destinationport"}},
    {"user.name",
     ANY_WORD | KIND(VALUE_NUMBER),
     {"user", "username", "usr", "login", "account", "suser", "userid", "ユーザー", "ユーザ",
      "ユーザー名", "利用者", "氏名", "社員", "csusername"}},
    {"source.mac", KIND(VALUE_MAC), {"mac", "srcmac", "macaddress", "hwaddr", "sourcemac"}},
    {"host.name",
     ANY_WORD,
     {"host", "hostname", "computer", "computername", "devname", "端末", "端末名", "pc",
      "コンピューター名", "コンピュータ名"}},
    {"file.path",
     KIND(VALUE_PATH) | KIND(VALUE_TEXT),
     {"file", "path", "filename", "filepath", "ファイル", "ファイル名", "パス"}},
    {"url.full",
     KIND(VALUE_URL) | KIND(VALUE_PATH) | KIND(VALUE_TEXT),
     {"url", "uri", "csuristem"}},
    {"http.response.status_code",
     KIND(VALUE_NUMBER),
     {"status", "statuscode", "scstatus", "httpstatus", "response"}},
    {"process.pid", KIND(VALUE_NUMBER), {"pid", "processid"}},
    {"source.bytes", KIND(VALUE_NUMBER), {"sent", "sentbyte", "sentbytes", "bytesout", "out"}},
    {"destination.bytes", KIND(VALUE_NUMBER), {"rcvdbyte", "rcvdbytes", "received", "bytesin"}},
    {"log.level",
     KIND(VALUE_TEXT) | KIND(VALUE_LEVEL),
     {"level", "severity", "loglevel", "pri", "レベル", "種別", "重要度"}},
};

/* Small letters, without - _ and blanks, at most `room` bytes. */
static Slice plain_name(Slice name, char *to, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < room; i++) {
        char c = name.ptr[i];
        if (c == '-' || c == '_' || c == ' ' || c == '.' || c == '(' || c == ')') continue;
        to[len++] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
    }
    return slice_of(to, len);
}

static const char *field_of_name(Slice name, ValueKind kind)
{
    char room[48];
    Slice plain = plain_name(name, room, sizeof room);
    for (size_t i = 0; i < ARRAY_COUNT(hints) && plain.len > 0; i++) {
        if (!(hints[i].kinds & KIND(kind))) continue;
        for (size_t k = 0; k < ARRAY_COUNT(hints[i].names) && hints[i].names[k]; k++) {
            if (slice_eq(plain, slice_from_cstr(hints[i].names[k]))) return hints[i].field;
        }
    }
    return NULL;
}

/* Of a nested name (`actor.user`) its last part speaks too. */
const char *column_field(Slice name, ValueKind kind)
{
    const char *field = field_of_name(name, kind);
    size_t dot = slice_rfind_char(name, '.');
    if (field || dot == SLICE_NOT_FOUND) return field;
    return field_of_name(slice_skip(name, dot + 1), kind);
}

const char *column_field_by_value(ValueKind kind)
{
    return kind == VALUE_URL ? "url.full" : kind == VALUE_PATH ? "file.path" : NULL;
}
