/* The tables of alerts.db and every statement asked of them. Columns named *_tag and *_sealed hold
 * what AlertCipher made; all others are numbers. */
#include "alert/story_base.h"

const char story_schema[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE story (id INTEGER PRIMARY KEY AUTOINCREMENT, state INTEGER NOT NULL,"
    " reason INTEGER NOT NULL, level INTEGER NOT NULL, revision INTEGER NOT NULL,"
    " escalations INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
    " opened_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, waiting_ns INTEGER NOT NULL,"
    " due_ns INTEGER NOT NULL, count INTEGER NOT NULL, unshown INTEGER NOT NULL);"
    "CREATE INDEX story_open ON story (state, level);"
    "CREATE INDEX story_due ON story (due_ns);"
    "CREATE TABLE entity (story INTEGER NOT NULL REFERENCES story(id) ON DELETE CASCADE,"
    " kind INTEGER NOT NULL, entity_tag BLOB NOT NULL,"
    " PRIMARY KEY (entity_tag, kind, story)) WITHOUT ROWID;"
    "CREATE INDEX entity_story ON entity (story, kind);"
    "CREATE TABLE finding (id INTEGER PRIMARY KEY,"
    " story INTEGER NOT NULL REFERENCES story(id) ON DELETE CASCADE, key_tag BLOB NOT NULL,"
    " rule_tag BLOB NOT NULL, count INTEGER NOT NULL, first_ns INTEGER NOT NULL,"
    " last_ns INTEGER NOT NULL, body_sealed BLOB NOT NULL);"
    "CREATE UNIQUE INDEX finding_key ON finding (story, key_tag);"
    "CREATE TABLE occurrence (occurrence_tag BLOB PRIMARY KEY,"
    " story INTEGER NOT NULL REFERENCES story(id) ON DELETE CASCADE) WITHOUT ROWID;"
    "CREATE INDEX occurrence_story ON occurrence (story);"
    "CREATE TABLE history (id INTEGER PRIMARY KEY,"
    " story INTEGER NOT NULL REFERENCES story(id) ON DELETE CASCADE, at_ns INTEGER NOT NULL,"
    " act INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL,"
    " who_sealed BLOB NOT NULL, note_sealed BLOB NOT NULL);"
    "CREATE INDEX history_story ON history (story);"
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " story INTEGER NOT NULL REFERENCES story(id) ON DELETE CASCADE, sink INTEGER NOT NULL,"
    " revision INTEGER NOT NULL, level INTEGER NOT NULL, created_ns INTEGER NOT NULL,"
    " due_ns INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
    " state INTEGER NOT NULL DEFAULT 0, send INTEGER NOT NULL DEFAULT 0,"
    " done_ns INTEGER NOT NULL DEFAULT 0, error INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX outbox_once ON outbox (story, sink, revision);"
    "CREATE INDEX outbox_due ON outbox (sink, state, due_ns);"
    "CREATE TABLE sending (id INTEGER PRIMARY KEY AUTOINCREMENT, sink INTEGER NOT NULL,"
    " at_ns INTEGER NOT NULL, digest INTEGER NOT NULL);"
    "CREATE INDEX sending_recent ON sending (sink, at_ns);"
    "PRAGMA user_version = 1;";

/* How far the rules have seen the store, and what they remember. */
const char story_schema_2[] = "CREATE TABLE position (id INTEGER PRIMARY KEY, row INTEGER NOT NULL,"
                              " time_ns INTEGER NOT NULL, state_sealed BLOB NOT NULL);"
                              "PRAGMA user_version = 2;";

#define HEAD                                                                                       \
    "id, state, reason, level, revision, escalations, first_ns, last_ns, opened_ns, changed_ns, "  \
    "count, unshown"

const char *const story_statements[STATEMENT_COUNT] = {
    [ASK_META] = "SELECT value FROM meta WHERE name = ?1",
    [SET_META] = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
    [ADD_OCCURRENCE] = "INSERT INTO occurrence (occurrence_tag, story) VALUES (?1, ?2)",
    [FIND_OCCURRENCE] = "SELECT story FROM occurrence WHERE occurrence_tag = ?1",
    /* Closed stories stay closed: what comes after is a new story. Of one name the 64 opened last
     * are looked at: a name that is in thousands of stories costs no more than one that is in 64.
     */
    [FIND_STORY_BY_ENTITY] =
        "SELECT s.id, s.last_ns FROM (SELECT story FROM entity WHERE entity_tag = ?1 AND kind = ?2"
        " ORDER BY story DESC LIMIT 64) e JOIN story s ON s.id = e.story WHERE"
        " s.state <> 3 AND s.last_ns >= ?3 - ?4"
        " AND s.first_ns <= ?3 + ?4 AND ?3 - s.first_ns <= ?5 AND s.last_ns - ?3 <= ?5"
        " ORDER BY s.last_ns DESC, s.id DESC LIMIT 1",
    [HAS_ENTITY_KIND] = "SELECT 1 FROM entity WHERE story = ?1 AND kind = ?2 LIMIT 1",
    [ADD_ENTITY] = "INSERT OR IGNORE INTO entity (story, kind, entity_tag) VALUES (?1, ?2, ?3)",
    [ADD_STORY] =
        "INSERT INTO story (state, reason, level, revision, escalations, first_ns, last_ns,"
        " opened_ns, changed_ns, waiting_ns, due_ns, count, unshown)"
        " VALUES (0, 0, ?1, 1, 0, ?2, ?2, ?3, ?3, ?3, ?3, 0, 0)",
    [OPEN_STORIES] = "SELECT count(*), max(id) FROM story WHERE state <> 3",
    [GROW_STORY] = "UPDATE story SET count = count + 1, first_ns = min(first_ns, ?2),"
                   " last_ns = max(last_ns, ?2) WHERE id = ?1",
    [ASK_STORY] = "SELECT " HEAD " FROM story WHERE id = ?1",
    [SET_STORY_STATE] = "UPDATE story SET state = ?2, reason = ?3, changed_ns = ?4,"
                        " waiting_ns = ?4, revision = revision + ?5, due_ns = ?4 WHERE id = ?1",
    [RAISE_STORY] = "UPDATE story SET state = ?2, level = ?3, changed_ns = ?4, waiting_ns = ?4,"
                    " revision = revision + 1, due_ns = ?4 WHERE id = ?1",
    /* Who was told of all so far waits; who was not yet (of a story that was just raised, too)
     * hears all of it at once. */
    [BUMP_STORY] = "UPDATE story SET revision = revision + 1, due_ns = CASE WHEN due_ns > ?3 THEN"
                   " due_ns WHEN EXISTS (SELECT 1 FROM outbox o WHERE o.story = story.id AND"
                   " o.revision >= story.revision AND o.state IN (1, 2)) THEN ?2 ELSE due_ns END"
                   " WHERE id = ?1",
    [FIND_FINDING] = "SELECT id FROM finding WHERE story = ?1 AND key_tag = ?2",
    [GROW_FINDING] = "UPDATE finding SET count = count + 1, first_ns = min(first_ns, ?2),"
                     " last_ns = max(last_ns, ?2) WHERE id = ?1",
    [COUNT_FINDINGS] = "SELECT count(*) FROM finding WHERE story = ?1",
    [HAS_RULE] = "SELECT 1 FROM finding WHERE story = ?1 AND rule_tag = ?2 LIMIT 1",
    [ADD_FINDING] = "INSERT INTO finding (story, key_tag, rule_tag, count, first_ns, last_ns,"
                    " body_sealed) VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5)",
    [COUNT_UNSHOWN] = "UPDATE story SET unshown = unshown + 1 WHERE id = ?1",
    [ASK_FINDINGS] = "SELECT count, first_ns, last_ns, body_sealed FROM finding WHERE story = ?1"
                     " ORDER BY first_ns, id",
    [ADD_HISTORY] = "INSERT INTO history (story, at_ns, act, before, after, who_sealed,"
                    " note_sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [ASK_HISTORY] = "SELECT at_ns, act, before, after, who_sealed, note_sealed FROM history"
                    " WHERE story = ?1 ORDER BY id LIMIT ?2",
    [LIST_STORIES] = "SELECT " HEAD " FROM story WHERE (?1 OR state <> 3) AND level >= ?2"
                     " ORDER BY state, level DESC, last_ns DESC, id DESC LIMIT ?3",
    [SIMILAR_STORIES] = "SELECT " HEAD " FROM story WHERE state = 3 AND id <> ?1 AND id IN"
                        " (SELECT b.story FROM entity a JOIN entity b ON b.entity_tag = "
                        "a.entity_tag AND b.kind = a.kind WHERE a.story = ?1)"
                        " ORDER BY last_ns DESC, id DESC LIMIT 5",
    [LATE_STORIES] = "SELECT id FROM story WHERE state = 0 AND level >= ?1 AND waiting_ns <= ?2"
                     " AND escalations < ?3 ORDER BY id LIMIT 1000",
    [ESCALATE_STORY] = "UPDATE story SET escalations = escalations + 1, waiting_ns = ?2,"
                       " due_ns = ?2, revision = revision + 1 WHERE id = ?1",
    [FORGET_STORIES] = "DELETE FROM story WHERE state = 3 AND changed_ns < ?1",
    /* Numbers of sendings are asked for while their rows wait, at most OUTBOX_GIVE_UP_NS. */
    [FORGET_SENDINGS] = "DELETE FROM sending WHERE at_ns < ?1 AND NOT EXISTS (SELECT 1 FROM outbox"
                        " o WHERE o.send = sending.id AND o.state IN (0, 1))",
    /* What a sink was not asked to tell yet: the newest revision of each story, once. */
    [OUTBOX_WANT] = "SELECT s.id, s.revision, s.level, s.due_ns FROM story s WHERE s.level >= ?2"
                    " AND s.due_ns >= ?3 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE"
                    " o.story = s.id AND o.sink = ?1 AND o.revision >= s.revision)"
                    " ORDER BY s.id LIMIT ?4",
    [OUTBOX_COUNT] = "SELECT count(*) FROM outbox WHERE sink = ?1 AND state IN (0, 1)",
    [OUTBOX_ADD] = "INSERT OR IGNORE INTO outbox (story, sink, revision, level, created_ns, due_ns)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    /* An older revision that waits is told together with the newer one. */
    [OUTBOX_FOLD] = "UPDATE outbox SET state = 4, done_ns = ?4 WHERE story = ?1 AND sink = ?2"
                    " AND revision < ?3 AND state = 0",
    [OUTBOX_RECENT] = "SELECT count(*) FROM sending WHERE sink = ?1 AND at_ns > ?2 AND digest = 0",
    [OUTBOX_LAST_DIGEST] = "SELECT max(at_ns) FROM sending WHERE sink = ?1 AND digest = 1",
    [OUTBOX_NEXT_DUE] = "SELECT min(due_ns) FROM outbox WHERE sink = ?1 AND state IN (0, 1)",
    /* What was taken and never settled (the process ended) is due again when its lease is over. */
    [OUTBOX_NEXT] = "SELECT id, send, level FROM outbox WHERE sink = ?1 AND state IN (0, 1)"
                    " AND due_ns <= ?2 ORDER BY send = 0, level DESC, id LIMIT 1",
    [OUTBOX_TAKE_ONE] = "UPDATE outbox SET state = 1, send = ?2, tries = tries + 1, due_ns = ?3"
                        " WHERE id = ?1",
    [OUTBOX_TAKE_ALL] = "UPDATE outbox SET state = 1, send = ?2, tries = tries + 1, due_ns = ?3"
                        " WHERE sink = ?1 AND send = 0 AND state = 0 AND due_ns <= ?4",
    [OUTBOX_TAKE_AGAIN] = "UPDATE outbox SET state = 1, tries = tries + 1, due_ns = ?2"
                          " WHERE send = ?1 AND state IN (0, 1)",
    [OUTBOX_STORIES] = "SELECT story, revision, tries, created_ns FROM outbox WHERE send = ?1"
                       " AND state = 1 ORDER BY level DESC, id",
    [OUTBOX_TOLD] = "SELECT 1 FROM outbox WHERE story = ?1 AND sink = ?2 AND state = 2 LIMIT 1",
    [OUTBOX_SETTLE] = "UPDATE outbox SET state = ?2, due_ns = ?3, done_ns = ?4, error = ?5"
                      " WHERE send = ?1 AND state = 1",
    [OUTBOX_SUMMARY] = "SELECT total(state IN (0, 1)), total(state = 2), total(state = 3),"
                       " max(CASE WHEN state = 2 THEN done_ns END),"
                       " max(CASE WHEN state IN (0, 1) THEN tries END),"
                       " max(CASE WHEN state IN (0, 1, 3) THEN -error END) FROM outbox"
                       " WHERE sink = ?1",
    [OUTBOX_LOG_SEND] = "INSERT INTO sending (sink, at_ns, digest) VALUES (?1, ?2, ?3)",
    [OUTBOX_IS_DIGEST] = "SELECT digest FROM sending WHERE id = ?1",
    [SET_POSITION] = "INSERT OR REPLACE INTO position (id, row, time_ns, state_sealed)"
                     " VALUES (1, ?1, ?2, ?3)",
    [ASK_POSITION] = "SELECT row, time_ns, state_sealed FROM position WHERE id = 1",
};
