/* Sessions: who is behind a logon id, and from where. Sources: Microsoft, events 4624, 4634, 4647,
 * 4672. */
#include "translate/actions/action_state.h"

#include "base/number.h"

#define SESSION_ENDED_NS (600 * NS_PER_SECOND) /* late events of an ended session still find it */
#define EVICT_TRIES 64

TableKey session_key(const Actions *actions, uint32_t host, uint64_t logon_id, Slice sid)
{
    if (logon_id != 0) return (TableKey){logon_id, (uint64_t)host << 32 | 1};
    return (TableKey){text_hash(actions->names, sid), (uint64_t)host << 32 | 2};
}

Session *session_find(Actions *actions, uint32_t host, uint64_t logon_id, Slice sid)
{
    return table_find(&actions->sessions, session_key(actions, host, logon_id, sid));
}

static void forget_names(Actions *actions, Session *session)
{
    const NameId names[] = {session->user, session->domain, session->sid,
                            session->ip,   session->client, session->auth};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        name_drop(actions->names, names[i]);
    }
    session->user = session->domain = session->sid = 0;
    session->ip = session->client = session->auth = 0;
}

static void remove_session(Actions *actions, Session *session)
{
    forget_names(actions, session);
    table_remove(&actions->sessions, session);
}

/* Makes room by forgetting the session unused for longest that nothing holds. */
static bool evict(Actions *actions)
{
    Session *session = table_oldest(&actions->sessions);
    for (int i = 0; session && i < EVICT_TRIES; i++) {
        if (session->holders == 0) {
            remove_session(actions, session);
            actions->counters.sessions_evicted++;
            return true;
        }
        session = table_newer(&actions->sessions, session);
    }
    return false;
}

static Session *make_at(Actions *actions, TableKey key, uint32_t host, uint64_t number,
                        int64_t now_ns)
{
    Session *session = table_find(&actions->sessions, key);
    if (session) {
        table_use(&actions->sessions, session);
    } else {
        session = table_add(&actions->sessions, key);
        if (!session && evict(actions)) session = table_add(&actions->sessions, key);
        if (!session) return NULL;
        session->host = host;
        session->logon_id = number;
    }
    session->seen_ns = now_ns;
    return session;
}

static Session *make(Work *work, uint64_t logon_id, Slice sid)
{
    TableKey key = session_key(work->actions, work->host, logon_id, sid);
    Session *session = make_at(work->actions, key, work->host, logon_id, work->now_ns);
    if (session) session->source = (uint8_t)work->source;
    return session;
}

TableKey session_unix_key(const Actions *actions, uint32_t host, ActionSource source, Slice who,
                          uint64_t number)
{
    uint64_t mixed = (number + (uint64_t)source + 1) * 0x9e3779b97f4a7c15u;
    return (TableKey){text_hash(actions->names, who) ^ mixed, (uint64_t)host << 32 | 3};
}

Session *session_unix(Actions *actions, uint32_t host, ActionSource source, Slice who,
                      uint64_t number, int64_t now_ns)
{
    TableKey key = session_unix_key(actions, host, source, who, number);
    Session *session = make_at(actions, key, host, number, now_ns);
    if (session) session->source = (uint8_t)source;
    return session;
}

Session *session_of_subject(Work *work)
{
    Slice sid = work_text(work, KNOWN_SUBJECT_USER_SID);
    Session *session = make(work, work_number(work, KNOWN_SUBJECT_LOGON_ID), sid);
    if (!session || session->user) return session;
    session->user = actions_hold(work->actions, work_text(work, KNOWN_SUBJECT_USER_NAME));
    session->domain = actions_hold(work->actions, work_text(work, KNOWN_SUBJECT_DOMAIN_NAME));
    session->sid = actions_hold(work->actions, sid);
    return session;
}

Session *session_begin(Work *work)
{
    Actions *actions = work->actions;
    uint64_t port = 0;
    Slice sid = work_text(work, KNOWN_TARGET_USER_SID);
    Session *session = make(work, work_number(work, KNOWN_TARGET_LOGON_ID), sid);
    if (!session) return NULL;
    if (session->user) handles_finish_session(actions, session); /* the id is used again */
    forget_names(actions, session);
    session->ended = false;
    session->begun_ns = work->now_ns;
    session->user = actions_hold(actions, work_text(work, KNOWN_TARGET_USER_NAME));
    session->domain = actions_hold(actions, work_text(work, KNOWN_TARGET_DOMAIN_NAME));
    session->sid = actions_hold(actions, sid);
    session->ip = actions_hold(actions, work->record->text[RECORD_SOURCE_IP]);
    session->client = actions_hold(actions, work->record->text[RECORD_SOURCE_DOMAIN]);
    session->auth = actions_hold(actions, work->record->text[RECORD_AKASHI_AUTH]);
    session->logon_type = (uint8_t)work_number(work, KNOWN_LOGON_TYPE);
    if (number_parse_u64(work->record->text[RECORD_SOURCE_PORT], &port) == 0 && port <= 65535) {
        session->port = (uint16_t)port;
    }
    return session;
}

void session_drop(Actions *actions, uint32_t index)
{
    if (!index) return;
    Session *session = table_at(&actions->sessions, index);
    session->holders--;
}

static bool is_background_type(uint64_t type)
{
    return type == 0 || type == 4 || type == 5;
}

/* Hours, minutes and seconds, which need no words. */
static void tell_length(Work *work, const Session *session)
{
    int64_t seconds = (work->now_ns - session->begun_ns) / NS_PER_SECOND;
    if (session->begun_ns == 0 || seconds < 0 || work->record->text[RECORD_MESSAGE].len > 0) return;
    Slice text;
    Record *told = ARENA_NEW(&work->actions->arena, Record); /* until the event has passed */
    if (!told ||
        arena_format(&work->actions->arena, &text, "%lld:%02d:%02d", (long long)(seconds / 3600),
                     (int)(seconds / 60 % 60), (int)(seconds % 60)) < 0) {
        return;
    }
    *told = *work->record;
    told->text[RECORD_MESSAGE] = text;
    work->record = told;
}

/* One LOGOFF for each session that a person had: not for network logons, which end by themselves,
 * and not again when 4634 follows 4647. */
Taken session_end(Work *work)
{
    Actions *actions = work->actions;
    uint64_t type = work_number(work, KNOWN_LOGON_TYPE);
    Session *session =
        session_find(actions, work->host, work_number(work, KNOWN_TARGET_LOGON_ID), (Slice){0});
    if (!session) return work->event_id == 4634 && type == 3 ? TAKEN_EVIDENCE : TAKEN_PASS;
    bool ended = session->ended;
    if (type == 0) type = session->logon_type;
    handles_finish_session(actions, session);
    if (!ended) tell_length(work, session);
    session->ended = true;
    session->seen_ns = work->now_ns;
    return ended || type == 3 || is_background_type(type) ? TAKEN_EVIDENCE : TAKEN_PASS;
}

void sessions_expire(Actions *actions, int64_t now_ns)
{
    Session *session;
    while ((session = table_oldest(&actions->sessions)) && session->holders == 0) {
        int64_t kept_ns =
            session->ended ? SESSION_ENDED_NS : actions->settings->window_ns[WINDOW_SESSION];
        if (session->seen_ns > now_ns - kept_ns) return;
        remove_session(actions, session);
    }
}
