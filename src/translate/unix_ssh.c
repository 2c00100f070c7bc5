/* sshd: rules ssh.* of doc/translation.md. Forms of the messages: OpenSSH portable, auth.c
 * (auth_log), auth2.c, packet.c, session.c, versions 5 to 9. */
#include "translate/text.h"
#include "translate/unix.h"

typedef struct Peer {
    Slice user, address, port;
} Peer;

static void set_peer(Job *job, const Peer *peer)
{
    job_set(job, RECORD_USER_NAME, slice_trim(peer->user));
    job_set_source(job, peer->address, peer->port);
    job_set(job, RECORD_AKASHI_LOGON_TYPE, SLICE("ssh"));
    job_set_object(job, job->record->text[RECORD_HOST_NAME], (Slice){0});
}

/* --- NAME from ADDRESS port NUMBER ssh2 ------------------------------------------------------- */

/* What may stand behind the port. A key's description may hold anything: a certificate's own id is
 * in it, and anyone can make a certificate. */
static bool is_tail(Slice tail, bool with_key)
{
    text_take_end(&tail, SLICE(" [preauth]"));
    if (tail.len == 0 || slice_eq(tail, SLICE(" ssh2")) || slice_eq(tail, SLICE(" ssh1")))
        return true;
    return with_key &&
           (slice_starts(tail, SLICE(" ssh2: ")) || slice_starts(tail, SLICE(" ssh1: ")));
}

/* Whether ` from ` at this place begins the address. */
static bool peer_at(Slice text, size_t at, bool with_key, Peer *ret)
{
    Slice from = SLICE(" from "), address, rest, port;
    if (!text_split(slice_skip(text, at + from.len), SLICE(" "), &address, &rest) ||
        !text_take(&rest, SLICE("port "))) {
        return false;
    }
    size_t digits = 0;
    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9') {
        digits++;
    }
    port = slice_first(rest, digits);
    if (digits == 0 || !is_tail(slice_skip(rest, digits), with_key)) return false;
    *ret = (Peer){.user = slice_first(text, at), .address = address, .port = port};
    return true;
}

typedef struct Peers {
    Peer first, last;
    size_t count;
} Peers;

/* All places that could be the address. A name typed by a stranger can hold such a place too. */
static Peers find_peers(Slice text, bool with_key)
{
    Peers peers = {0};
    for (size_t at = 0; at < text.len; at++) {
        Peer peer;
        size_t found = slice_find(slice_skip(text, at), SLICE(" from "));
        if (found == SLICE_NOT_FOUND) break;
        at += found;
        if (!peer_at(text, at, with_key, &peer)) continue;
        if (peers.count++ == 0) peers.first = peer;
        peers.last = peer;
    }
    return peers;
}

static bool is_key_method(Slice method)
{
    return slice_eq(method, SLICE("publickey")) || slice_eq(method, SLICE("hostbased"));
}

/* "Accepted METHOD for NAME from ...": the name is that of an account that exists, so the first
 * place is the right one, whatever a key's description holds behind it. */
static int accepted(Job *job, Slice rest)
{
    Slice method;
    if (!text_split(rest, SLICE(" for "), &method, &rest)) return RULE_DECLINES;
    Peers peers = find_peers(rest, true);
    if (peers.count == 0) return RULE_DECLINES;
    job_name(job, SLICE("ssh.accepted"), VERB_LOGON, OUTCOME_SUCCESS);
    set_peer(job, &peers.first);
    job_set(job, RECORD_AKASHI_AUTH, method);
    return 0;
}

/* "Failed METHOD for [invalid user ]NAME from ...": sshd says `invalid user` of a name that does
 * not exist and of one that may not log on, and does not tell which. The name is whatever was
 * typed, so the last place is the right one. With a key's description behind it a second place can
 * also be in there: then nobody can tell, and no rule claims to. */
static int failed(Job *job, Slice rest)
{
    Slice method;
    if (!text_split(rest, SLICE(" for "), &method, &rest)) return RULE_DECLINES;
    bool with_key = is_key_method(method);
    Peers peers = find_peers(rest, with_key);
    if (peers.count == 0 || (with_key && peers.count > 1)) return RULE_DECLINES;
    bool unknown = text_take(&peers.last.user, SLICE("invalid user "));
    if (!unknown) unknown = text_take(&peers.last.user, SLICE("illegal user "));
    job_name(job, SLICE("ssh.failed"), VERB_LOGON_FAIL, OUTCOME_FAILURE);
    set_peer(job, &peers.last);
    job_set(job, RECORD_AKASHI_AUTH, method);
    bool password = slice_eq(method, SLICE("password"));
    job_set(job, RECORD_EVENT_REASON,
            unknown    ? SLICE("unknown_or_not_allowed")
            : password ? SLICE("wrong_password")
                       : SLICE("authentication_failed"));
    return 0;
}

/* "Invalid user NAME from ADDRESS[ port NUMBER]" */
static int invalid_user(Job *job, Slice rest)
{
    Peer peer = {0};
    Slice behind;
    if (!text_split_last(rest, SLICE("from "), &peer.user, &behind)) return RULE_DECLINES;
    peer.address = behind;
    text_split(behind, SLICE(" port "), &peer.address, &peer.port);
    if (slice_find_char(peer.address, ' ') != SLICE_NOT_FOUND) return RULE_DECLINES;
    job_name(job, SLICE("ssh.invalid_user"), VERB_LOGON_FAIL, OUTCOME_FAILURE);
    set_peer(job, &peer);
    job_set(job, RECORD_EVENT_REASON, SLICE("no_such_user"));
    return 0;
}

/* "maximum authentication attempts exceeded for [invalid user ]NAME from ADDRESS port N ssh2" */
static int too_many_attempts(Job *job, Slice rest)
{
    Peers peers = find_peers(rest, false);
    if (peers.count == 0) return RULE_DECLINES;
    text_take(&peers.last.user, SLICE("invalid user "));
    job_name(job, SLICE("ssh.too_many"), VERB_LOGON_FAIL, OUTCOME_FAILURE);
    set_peer(job, &peers.last);
    job_set(job, RECORD_EVENT_REASON, SLICE("too_many_attempts"));
    return 0;
}

/* "User NAME from ADDRESS not allowed because ..." */
static int user_not_allowed(Job *job, Slice rest)
{
    Peer peer = {0};
    Slice before, because;
    if (!text_split_last(rest, SLICE(" not allowed because "), &before, &because) ||
        !text_split_last(before, SLICE(" from "), &peer.user, &peer.address) ||
        slice_find_char(peer.address, ' ') != SLICE_NOT_FOUND) {
        return RULE_DECLINES;
    }
    job_name(job, SLICE("ssh.not_allowed"), VERB_LOGON_FAIL, OUTCOME_FAILURE);
    set_peer(job, &peer);
    job_set(job, RECORD_EVENT_REASON, SLICE("user_not_allowed"));
    return 0;
}

/* --- ends of connections: [... user NAME ]ADDRESS port NUMBER --------------------------------- */

/* Takes the address and port off the end; what is before them is the name, whatever it holds. */
static bool take_peer_end(Slice text, Peer *ret)
{
    Slice before;
    Peer peer = {0};
    text_take_end(&text, SLICE(" [preauth]"));
    if (text_split_last(text, SLICE(" port "), &before, &peer.port)) {
        if (!text_is_number(peer.port)) return false;
        text = before;
    }
    if (!text_split_last(text, SLICE(" "), &peer.user, &peer.address)) peer.address = text;
    if (peer.address.len == 0) return false;
    *ret = peer;
    return true;
}

/* "Connection closed by ...", "Connection reset by ...", "Disconnected from ...". With
 * `authenticating user` or `invalid user` it ended before anyone was logged on. */
static int connection_ended(Job *job, Slice rest)
{
    Peer peer;
    bool unknown = text_take(&rest, SLICE("invalid user "));
    bool before = unknown || text_take(&rest, SLICE("authenticating user "));
    bool after = !before && text_take(&rest, SLICE("user "));
    if (!take_peer_end(rest, &peer)) return RULE_DECLINES;
    if (!before && !after && peer.user.len > 0) return RULE_DECLINES;
    if (before) {
        job_name(job, SLICE("ssh.closed_before_logon"), VERB_LOGON_FAIL, OUTCOME_FAILURE);
        job_set(job, RECORD_EVENT_REASON,
                unknown ? SLICE("unknown_or_not_allowed") : SLICE("closed_before_logon"));
    } else if (after) {
        job_name(job, SLICE("ssh.logoff"), VERB_LOGOFF, OUTCOME_SUCCESS);
    } else {
        job_name(job, SLICE("ssh.disconnect"), VERB_OTHER, OUTCOME_UNKNOWN);
    }
    set_peer(job, &peer);
    return 0;
}

/* "Received disconnect from ADDRESS port NUMBER:CODE: TEXT": the text is the client's own, so this
 * one is read from the left. */
static int received_disconnect(Job *job, Slice rest)
{
    Peer peer = {0};
    size_t end = slice_find_char(rest, ' ');
    Slice behind = slice_skip(rest, end);
    peer.address = slice_first(rest, end);
    text_take_end(&peer.address, SLICE(":")); /* "ADDRESS: 11: ...", before OpenSSH 7 */
    if (text_take(&behind, SLICE(" port ")))
        peer.port = slice_first(behind, slice_find_char(behind, ':'));
    if (peer.address.len == 0) return RULE_DECLINES;
    job_name(job, SLICE("ssh.disconnect"), VERB_OTHER, OUTCOME_UNKNOWN);
    set_peer(job, &peer);
    return 0;
}

int unix_sshd(Job *job, Slice message)
{
    static const struct {
        Slice prefix;
        int (*translate)(Job *job, Slice rest);
    } forms[] = {
        {SLICE_INIT("Accepted "), accepted},
        {SLICE_INIT("Failed "), failed},
        {SLICE_INIT("Invalid user "), invalid_user},
        {SLICE_INIT("Illegal user "), invalid_user},
        {SLICE_INIT("maximum authentication attempts exceeded for "), too_many_attempts},
        {SLICE_INIT("User "), user_not_allowed},
        {SLICE_INIT("Connection closed by "), connection_ended},
        {SLICE_INIT("Connection reset by "), connection_ended},
        {SLICE_INIT("Disconnected from "), connection_ended},
        {SLICE_INIT("Received disconnect from "), received_disconnect},
    };
    text_take(&message, SLICE("error: "));
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        if (text_take(&message, forms[i].prefix)) return forms[i].translate(job, message);
    }
    return RULE_DECLINES;
}
