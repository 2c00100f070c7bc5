/* See auditd_line.h. */
#include "translate/actions/auditd_line.h"

#include "base/number.h"
#include "base/time_text.h"
#include "translate/text.h"

#include <errno.h>

static const struct {
    Slice name;
    uint16_t number;
    AuditType type;
} types[] = {
    {SLICE_INIT("SYSCALL"), 1300, AUDIT_SYSCALL},
    {SLICE_INIT("PATH"), 1302, AUDIT_PATH},
    {SLICE_INIT("CWD"), 1307, AUDIT_CWD},
    {SLICE_INIT("EXECVE"), 1309, AUDIT_EXECVE},
    {SLICE_INIT("PROCTITLE"), 1327, AUDIT_PROCTITLE},
    {SLICE_INIT("EOE"), 1320, AUDIT_EOE},
    {SLICE_INIT("USER_AUTH"), 1100, AUDIT_USER_AUTH},
    {SLICE_INIT("USER_LOGIN"), 1112, AUDIT_USER_LOGIN},
    {SLICE_INIT("USER_START"), 1105, AUDIT_USER_START},
    {SLICE_INIT("USER_END"), 1106, AUDIT_USER_END},
    {SLICE_INIT("USER_CMD"), 1123, AUDIT_USER_CMD},
    {SLICE_INIT("LOGIN"), 1006, AUDIT_LOGIN},
    {SLICE_INIT("USER_ACCT"), 1101, AUDIT_CREDENTIALS},
    {SLICE_INIT("CRED_ACQ"), 1103, AUDIT_CREDENTIALS},
    {SLICE_INIT("CRED_DISP"), 1104, AUDIT_CREDENTIALS},
    {SLICE_INIT("CRED_REFR"), 1110, AUDIT_CREDENTIALS},
    {SLICE_INIT("USER_LOGOUT"), 1113, AUDIT_CREDENTIALS},
    {SLICE_INIT("ADD_USER"), 1114, AUDIT_ADD_USER},
    {SLICE_INIT("DEL_USER"), 1115, AUDIT_DEL_USER},
    {SLICE_INIT("ADD_GROUP"), 1116, AUDIT_ADD_GROUP},
    {SLICE_INIT("DEL_GROUP"), 1117, AUDIT_DEL_GROUP},
    {SLICE_INIT("USER_MGMT"), 1102, AUDIT_USER_MGMT},
    {SLICE_INIT("USER_CHAUTHTOK"), 1108, AUDIT_PASSWORD},
    {SLICE_INIT("CONFIG_CHANGE"), 1305, AUDIT_CONFIG},
    {SLICE_INIT("DAEMON_END"), 1201, AUDIT_DAEMON_END},
    {SLICE_INIT("DAEMON_ABORT"), 1202, AUDIT_DAEMON_END},
};

static AuditType type_of(Slice text)
{
    uint64_t number = 0;
    bool numbered = number_parse_u64(text, &number) == 0;
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        if (numbered ? types[i].number == number : slice_eq(types[i].name, text)) {
            return types[i].type;
        }
    }
    return AUDIT_OTHER;
}

/* SECONDS.MS:SERIAL */
static bool take_stamp(Slice stamp, AuditLine *ret)
{
    Slice seconds, ms, serial;
    uint64_t s, m;
    if (!text_split(stamp, SLICE("."), &seconds, &ms) ||
        !text_split(ms, SLICE(":"), &ms, &serial)) {
        return false;
    }
    if (number_parse_u64(seconds, &s) < 0 || number_parse_u64(ms, &m) < 0 ||
        number_parse_u64(serial, &ret->serial) < 0 || s > (uint64_t)1 << 33 || m > 999) {
        return false;
    }
    ret->time_ns = (int64_t)s * NS_PER_SECOND + (int64_t)m * NS_PER_MS;
    return true;
}

/* auditd, audispd, audisp-syslog, audit (journald), kernel. */
static bool writes_audit(Slice tag)
{
    return tag.len == 0 || slice_starts(tag, SLICE("audi")) || slice_eq(tag, SLICE("kernel"));
}

bool audit_line_take(Slice tag, Slice message, AuditLine *ret)
{
    Slice type, rest, stamp;
    *ret = (AuditLine){0};
    if (!writes_audit(tag)) return false;
    (void)text_take(&message, SLICE("audit: "));
    if (text_take(&message, SLICE("node=")) && !slice_cut(&message, ' ', &ret->node)) return false;
    if (!text_take(&message, SLICE("type=")) || !slice_cut(&message, ' ', &type)) return false;
    (void)text_take(&message, SLICE("msg="));
    if (!text_take(&message, SLICE("audit("))) return false;
    if (!text_split(message, SLICE("):"), &stamp, &rest) || !take_stamp(stamp, ret)) return false;
    while (rest.len > 0 && rest.ptr[0] == ' ') {
        rest = slice_skip(rest, 1);
    }
    ret->type = type_of(type);
    ret->body = rest;
    return true;
}

/* --- fields ----------------------------------------------------------------------------------- */

static bool is_between(char c)
{
    return c == ' ' || c == '\'' || c == 0x1d || c == ',';
}

/* Takes the next NAME=VALUE off the front. What stands inside msg='...' counts as the line's own. A
 * word without = is passed over: it belongs to a value with blanks that is not quoted (op=). */
static bool take_field(Slice *rest, Slice *ret_name, Slice *ret_value, bool *ret_quoted)
{
    while (rest->len > 0) {
        size_t at = 0, start;
        while (at < rest->len && is_between(rest->ptr[at]))
            at++;
        start = at;
        while (at < rest->len && rest->ptr[at] != '=' && !is_between(rest->ptr[at]))
            at++;
        *ret_name = slice_of(rest->ptr + start, at - start);
        bool named = at < rest->len && rest->ptr[at] == '=';
        *rest = slice_skip(*rest, named ? at + 1 : at);
        if (!named) continue;
        *ret_quoted = rest->len > 0 && rest->ptr[0] == '"';
        if (*ret_quoted) *rest = slice_skip(*rest, 1);
        at = 0;
        while (at < rest->len &&
               (*ret_quoted ? rest->ptr[at] != '"' : !is_between(rest->ptr[at]))) {
            at++;
        }
        *ret_value = slice_first(*rest, at);
        *rest = slice_skip(*rest, *ret_quoted && at < rest->len ? at + 1 : at);
        return true;
    }
    return false;
}

static bool find_field(Slice body, Slice wanted, Slice *ret_value, bool *ret_quoted)
{
    Slice name;
    while (take_field(&body, &name, ret_value, ret_quoted)) {
        if (slice_eq(name, wanted)) return true;
    }
    return false;
}

static bool is_none(Slice value)
{
    return slice_eq(value, SLICE("(null)")) || slice_eq(value, SLICE("?")) ||
           slice_eq(value, SLICE("(none)"));
}

Slice audit_value(Slice body, Slice name)
{
    Slice value;
    bool quoted;
    if (!find_field(body, name, &value, &quoted)) return (Slice){0};
    return !quoted && is_none(value) ? (Slice){0} : value;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (hex_digit(text.ptr[i]) < 0) return false;
    }
    return text.len > 0 && text.len % 2 == 0;
}

static Slice decode_hex(Slice value, Arena *arena)
{
    char *text = arena_alloc(arena, value.len / 2);
    if (!text) return (Slice){0};
    size_t len = 0;
    for (size_t i = 0; i < value.len; i += 2) {
        char c = (char)(hex_digit(value.ptr[i]) << 4 | hex_digit(value.ptr[i + 1]));
        text[len++] = c ? c : ' ';
    }
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    return slice_of(text, len);
}

static Slice decode(Slice value, bool quoted, Arena *arena)
{
    if (quoted) return value;
    if (is_none(value)) return (Slice){0};
    return is_hex(value) ? decode_hex(value, arena) : value;
}

Slice audit_text(Slice body, Slice name, Arena *arena)
{
    Slice value;
    bool quoted;
    if (!find_field(body, name, &value, &quoted)) return (Slice){0};
    return decode(value, quoted, arena);
}

bool audit_next_text(Slice *body, Slice *ret_name, Slice *ret_value, Arena *arena)
{
    Slice value;
    bool quoted;
    if (!take_field(body, ret_name, &value, &quoted)) return false;
    *ret_value = decode(value, quoted, arena);
    return true;
}

int audit_number(Slice body, Slice name, uint64_t *ret)
{
    return number_parse_u64(audit_value(body, name), ret) < 0 ? -ENOENT : 0;
}

uint64_t audit_argument(Slice body, Slice name)
{
    uint64_t value = 0;
    return number_parse_hex(audit_value(body, name), &value) < 0 ? 0 : value;
}
