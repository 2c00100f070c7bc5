/* The mail server: Postfix 3.7 as it writes through syslog, one line a step of its daemons
 * (postfix.org, "Postfix Architecture Overview"; queue ids of the short form). See acts.h. */
#include "simulate/acts.h"

#include <stdio.h>

#define MAIL_DOMAIN "akebono.example.com"

static void queue_id(Sim *sim, char to[16])
{
    sim->next_mail += (uint64_t)dice_between(&sim->dice, 0x11, 0xfff);
    snprintf(to, 16, "%05X%05X", (unsigned)(dice_u64(&sim->dice) & 0xfffff),
             (unsigned)(sim->next_mail & 0xfffff));
}

/* id "": the daemon speaks of no mail. */
static void postfix(Sim *sim, const char *daemon, const char *id, const char *text)
{
    char tag[40];
    snprintf(tag, sizeof tag, "postfix/%s[%u]", daemon, 2000 + (unsigned)(sim->next_mail % 97));
    line_syslog(sim, SIMULATE_POSTFIX, 22, "mail01", tag, "%s%s%s", id, id[0] ? ": " : "", text);
}

typedef struct Mail {
    Slice from, to, client; /* client: name[address] */
    unsigned bytes;
    const char *relay;
    const char *answer; /* of the relay */
    bool is_local;
} Mail;

static void pass_mail(Sim *sim, const Mail *mail)
{
    char id[16];
    Text text;
    queue_id(sim, id);
    text_format(&text, "connect from %.*s", SLICE_FMT(mail->client));
    postfix(sim, "smtpd", "", text.bytes);
    text_format(&text, "client=%.*s", SLICE_FMT(mail->client));
    postfix(sim, "smtpd", id, text.bytes);
    sim_wait(sim, 20 * NS_PER_MS, 200 * NS_PER_MS);
    text_format(&text, "message-id=<%08x.%s@%.*s>", (unsigned)dice_u64(&sim->dice), id,
                SLICE_FMT(slice_skip(mail->from, slice_find_char(mail->from, '@') + 1)));
    postfix(sim, "cleanup", id, text.bytes);
    text_format(&text, "from=<%.*s>, size=%u, nrcpt=1 (queue active)", SLICE_FMT(mail->from),
                mail->bytes);
    postfix(sim, "qmgr", id, text.bytes);
    text_format(&text, "disconnect from %.*s ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
                SLICE_FMT(mail->client));
    postfix(sim, "smtpd", "", text.bytes);
    unsigned tenths = (unsigned)dice_between(&sim->dice, 2, 40);
    sim->at_ns += tenths * 100 * NS_PER_MS;
    text_format(&text,
                "to=<%.*s>, relay=%s, delay=%u.%u, delays=0.1/0.01/0.1/%u.%u, dsn=2.0.0, "
                "status=sent (%s)",
                SLICE_FMT(mail->to), mail->relay, tenths / 10, tenths % 10, tenths / 10,
                tenths % 10, mail->answer);
    postfix(sim, mail->is_local ? "lmtp" : "smtp", id, text.bytes);
    postfix(sim, "qmgr", id, "removed");
}

void act_send_mail(Sim *sim, const Person *person, Slice to, unsigned bytes)
{
    Text from, client;
    text_format(&from, "%s@" MAIL_DOMAIN, person->account);
    text_format(&client, "%s." FACTORY_DNS "[%s]", person->pc, person->ip);
    const Act act = {.verb = VERB_MAIL_SEND,
                     .who = person,
                     .host = SLICE("mail01"),
                     .object = to,
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    const Mail mail = {.from = text_slice(&from),
                       .to = to,
                       .client = text_slice(&client),
                       .bytes = bytes,
                       .relay = "mx.example.net[192.0.2.25]:25",
                       .answer = "250 2.0.0 Ok: queued"};
    pass_mail(sim, &mail);
    act_end(sim, before);
}

void act_receive_mail(Sim *sim, const Person *person, Slice from, Slice client, unsigned bytes)
{
    Text to;
    text_format(&to, "%s@" MAIL_DOMAIN, person->account);
    const Act act = {.verb = VERB_MAIL_RECEIVE,
                     .who = person,
                     .host = SLICE("mail01"),
                     .object = from,
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    const Mail mail = {.from = from,
                       .to = text_slice(&to),
                       .client = client,
                       .bytes = bytes,
                       .relay = "mail01." FACTORY_DNS "[private/dovecot-lmtp]",
                       .answer = "250 2.0.0 Saved",
                       .is_local = true};
    pass_mail(sim, &mail);
    act_end(sim, before);
}
