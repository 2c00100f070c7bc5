/* See job.h. */
#include "translate/job.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <errno.h>

Slice job_text(const Job *job, Known known)
{
    Slice value = job->known[known];
    if (value.len == 0) return value;
    value = slice_trim(value);
    if (value.len == 1 && value.ptr[0] == '-') return (Slice){0};
    if (slice_eq(value, SLICE("%%1793"))) return (Slice){0};
    return value;
}

Slice job_sid(const Job *job, Known known)
{
    Slice sid = job_text(job, known);
    return slice_eq(sid, SLICE("S-1-0-0")) ? (Slice){0} : sid;
}

bool job_number(const Job *job, Known known, uint64_t *ret)
{
    Slice text = job_text(job, known);
    int64_t negative;
    if (number_parse_any(text, ret) == 0) return true;
    if (number_parse_i64(text, &negative) < 0) return false;
    *ret = (uint64_t)negative;
    return true;
}

#define KEYWORD_AUDIT_FAILURE ((uint64_t)1 << 52)
#define KEYWORD_AUDIT_SUCCESS ((uint64_t)1 << 53)

Outcome job_audit_outcome(const Job *job, Outcome otherwise)
{
    uint64_t keywords;
    if (job_number(job, KNOWN_KEYWORDS, &keywords)) {
        if (keywords & KEYWORD_AUDIT_FAILURE) return OUTCOME_FAILURE;
        if (keywords & KEYWORD_AUDIT_SUCCESS) return OUTCOME_SUCCESS;
        return otherwise;
    }
    Slice words[] = {job_text(job, KNOWN_KEYWORDS), job_text(job, KNOWN_EVENT_TYPE)};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (slice_eq_nocase(words[i], SLICE("Audit Failure")) ||
            slice_eq(words[i], SLICE("AUDIT_FAILURE"))) {
            return OUTCOME_FAILURE;
        }
        if (slice_eq_nocase(words[i], SLICE("Audit Success")) ||
            slice_eq(words[i], SLICE("AUDIT_SUCCESS"))) {
            return OUTCOME_SUCCESS;
        }
    }
    return otherwise;
}

void job_name(Job *job, Slice rule_id, Verb verb, Outcome outcome)
{
    job->record->verb = verb;
    job->record->outcome = outcome;
    job->record->certainty = CERTAINTY_OBSERVED;
    job_set(job, RECORD_AKASHI_RULE, rule_id);
}

void job_begin(Job *job, Outcome outcome)
{
    job_name(job, job->rule->id, job->rule->verb, outcome);
}

void job_set_object(Job *job, Slice object, Slice otherwise)
{
    job_set(job, RECORD_AKASHI_OBJECT,
            object.len      ? object
            : otherwise.len ? otherwise
                            : SLICE("unknown"));
}

void job_set_subject(Job *job)
{
    job_copy(job, RECORD_USER_NAME, KNOWN_SUBJECT_USER_NAME);
    job_copy(job, RECORD_USER_DOMAIN, KNOWN_SUBJECT_DOMAIN_NAME);
    job_set(job, RECORD_USER_ID, job_sid(job, KNOWN_SUBJECT_USER_SID));
    job_copy(job, RECORD_AKASHI_SESSION, KNOWN_SUBJECT_LOGON_ID);
}

void job_set_target_as_user(Job *job, Known sid)
{
    job_copy(job, RECORD_USER_NAME, KNOWN_TARGET_USER_NAME);
    job_copy(job, RECORD_USER_DOMAIN, KNOWN_TARGET_DOMAIN_NAME);
    job_set(job, RECORD_USER_ID, job_sid(job, sid));
}

void job_set_target(Job *job, Known sid)
{
    job_copy(job, RECORD_USER_TARGET_NAME, KNOWN_TARGET_USER_NAME);
    job_copy(job, RECORD_USER_TARGET_DOMAIN, KNOWN_TARGET_DOMAIN_NAME);
    job_set(job, RECORD_USER_TARGET_ID, job_sid(job, sid));
}

/* An address that inet_pton takes; a zone (%eth0, RFC 4007) is allowed behind IPv6. */
bool job_is_address(Slice text)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    Slice plain = slice_first(text, slice_find_char(text, '%'));
    if (plain.len == 0 || plain.len >= sizeof copy) return false;
    memcpy(copy, plain.ptr, plain.len);
    copy[plain.len] = '\0';
    if (plain.len == text.len && inet_pton(AF_INET, copy, bytes) == 1) return true;
    return inet_pton(AF_INET6, copy, bytes) == 1;
}

void job_set_source(Job *job, Slice address, Slice port)
{
    Slice mapped = SLICE("::ffff:");
    if (address.len == 0) return;
    if (slice_starts_nocase(address, mapped) && slice_find_char(address, '.') != SLICE_NOT_FOUND) {
        address = slice_skip(address, mapped.len);
    }
    if (!job_is_address(address)) {
        job_set_source_name(job, address);
        return;
    }
    job_set(job, RECORD_SOURCE_IP, address);
    uint64_t number;
    if (number_parse_u64(port, &number) == 0 && number > 0 && number <= 65535) {
        job_set(job, RECORD_SOURCE_PORT, port);
    }
}

void job_set_source_name(Job *job, Slice name)
{
    while (name.len > 0 && name.ptr[0] == '\\') {
        name = slice_skip(name, 1);
    }
    if (name.len > 0) job_set(job, RECORD_SOURCE_DOMAIN, name);
}

void job_split_account(Slice account, Slice *ret_name, Slice *ret_domain)
{
    size_t at = slice_find_char(account, '\\');
    if (at != SLICE_NOT_FOUND) {
        *ret_domain = slice_first(account, at);
        *ret_name = slice_skip(account, at + 1);
        return;
    }
    at = slice_rfind_char(account, '@');
    if (at == SLICE_NOT_FOUND || at == 0) at = account.len;
    *ret_name = slice_first(account, at);
    *ret_domain = slice_skip(account, at + 1);
}

/* These three are the same accounts on every English Windows; names in other languages stay as they
 * are. */
Slice job_account_id(Slice name, Slice domain)
{
    if (!slice_eq_nocase(domain, SLICE("NT AUTHORITY"))) return (Slice){0};
    if (slice_eq_nocase(name, SLICE("SYSTEM"))) return SLICE("S-1-5-18");
    if (slice_eq_nocase(name, SLICE("LOCAL SERVICE"))) return SLICE("S-1-5-19");
    if (slice_eq_nocase(name, SLICE("NETWORK SERVICE"))) return SLICE("S-1-5-20");
    return (Slice){0};
}

int job_set_pid(Job *job, Known known)
{
    uint64_t pid;
    Slice text = job_text(job, known);
    if (!slice_starts(text, SLICE("0x"))) {
        if (number_parse_u64(text, &pid) == 0) job_set(job, RECORD_PROCESS_PID, text);
        return 0;
    }
    if (number_parse_hex(text, &pid) < 0) return 0;
    char *decimal = arena_alloc(job->arena, NUMBER_TEXT_MAX);
    if (!decimal) return -ENOMEM;
    job_set(job, RECORD_PROCESS_PID, slice_of(decimal, number_print_u64(decimal, pid)));
    return 0;
}

int job_join(Job *job, Slice a, char separator, Slice b, Slice *ret)
{
    if (a.len == 0 || b.len == 0) {
        *ret = a.len ? a : b;
        return 0;
    }
    char *joined = arena_alloc(job->arena, a.len + 1 + b.len);
    if (!joined) return -ENOMEM;
    memcpy(joined, a.ptr, a.len);
    joined[a.len] = separator;
    memcpy(joined + a.len + 1, b.ptr, b.len);
    *ret = slice_of(joined, a.len + 1 + b.len);
    return 0;
}

int job_add_detail(Job *job, Slice token)
{
    Slice *detail = &job->record->text[RECORD_AKASHI_DETAIL];
    return job_join(job, *detail, ',', token, detail);
}

Slice job_first_line(Slice text)
{
    text = slice_trim(text);
    Slice line = slice_first(text, slice_find_char(text, '\n'));
    line = slice_trim(slice_first(line, slice_find_char(line, '\r')));
    if (line.len <= JOB_MESSAGE_BYTES_MAX) return line;
    size_t end = JOB_MESSAGE_BYTES_MAX;
    while (end > 0 && ((unsigned char)line.ptr[end] & 0xc0) == 0x80) {
        end--;
    }
    return slice_first(line, end);
}
