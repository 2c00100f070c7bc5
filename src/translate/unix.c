/* See unix.h. */
#include "translate/unix.h"

#include "base/number.h"
#include "translate/text.h"

static const struct Program {
    Slice name;
    int (*translate)(Job *job, Slice message); /* NULL: only its PAM messages are known */
} programs[] = {
    {SLICE_INIT("sshd"), unix_sshd},
    {SLICE_INIT("sshd-session"), unix_sshd}, /* OpenSSH 9.8 and later */
    {SLICE_INIT("sudo"), unix_sudo},
    {SLICE_INIT("su"), unix_su},
    {SLICE_INIT("CRON"), unix_cron},
    {SLICE_INIT("cron"), unix_cron},
    {SLICE_INIT("crond"), unix_cron},
    {SLICE_INIT("useradd"), unix_account},
    {SLICE_INIT("usermod"), unix_account},
    {SLICE_INIT("userdel"), unix_account},
    {SLICE_INIT("groupadd"), unix_account},
    {SLICE_INIT("groupmod"), unix_account},
    {SLICE_INIT("groupdel"), unix_account},
    {SLICE_INIT("gpasswd"), unix_account},
    {SLICE_INIT("passwd"), unix_account},
    {SLICE_INIT("chage"), unix_account},
    {SLICE_INIT("chpasswd"), NULL},
    {SLICE_INIT("login"), NULL},
    {SLICE_INIT("systemd"), NULL},
    {SLICE_INIT("systemd-logind"), NULL},
};

Slice unix_program(Slice tag)
{
    tag = slice_skip(tag, slice_rfind_char(tag, '/') + 1);
    return slice_first(tag, slice_find(tag, SLICE("(pam_")));
}

static const struct Program *find_program(Slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(programs); i++) {
        if (slice_eq(programs[i].name, name)) return &programs[i];
    }
    return NULL;
}

bool unix_is_auth_program(Slice program)
{
    return find_program(program) != NULL;
}

/* `message repeated 3 times: [ Failed password for ...]` (rsyslog): three more of the same. */
static uint32_t take_repetition(Slice *message)
{
    Slice rest = *message, number, inner;
    uint64_t times;
    if (!text_take(&rest, SLICE("message repeated ")) ||
        !text_split(rest, SLICE(" times: ["), &number, &inner) ||
        number_parse_u64(number, &times) < 0 || times == 0 || times > UINT32_MAX ||
        !text_take_end(&inner, SLICE("]"))) {
        return 1;
    }
    *message = slice_trim(inner);
    return (uint32_t)times;
}

/* `pam_unix(sshd:session): TEXT` */
static bool take_pam(Slice *message, Slice *ret_service)
{
    Slice module, rest, inside;
    if (!slice_starts(*message, SLICE("pam_")) ||
        !text_split(*message, SLICE("("), &module, &rest) ||
        slice_find_char(module, ' ') < module.len ||
        !text_split(rest, SLICE("): "), &inside, &rest)) {
        return false;
    }
    *message = rest;
    *ret_service = slice_first(inside, slice_find_char(inside, ':'));
    return true;
}

int unix_translate(Job *job)
{
    Slice tag = job_text(job, KNOWN_TAG), message = job_text(job, KNOWN_MESSAGE), service;
    Slice name = unix_program(tag);
    const struct Program *program = find_program(name);
    uint32_t count = take_repetition(&message);
    int r = RULE_DECLINES;
    if (take_pam(&message, &service)) {
        r = unix_pam(job, service, message);
    } else if (slice_find(tag, SLICE("(pam_")) != SLICE_NOT_FOUND) {
        r = unix_pam(job, name, message);
    } else if (program && program->translate) {
        r = program->translate(job, message);
    }
    if (r == 0) job->record->count = count;
    return r;
}
