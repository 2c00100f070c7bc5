/* The tables of accounts.db and every statement asked of them. Columns named *_hash hold SHA-256 of
 * random texts (password_hash: Argon2id), *_sealed what AccountCipher made. */
#include "account/account_base.h"

const char account_schema[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), allowed TEXT NOT NULL,"
    " trusted TEXT NOT NULL, idle_minutes INTEGER NOT NULL, absolute_hours INTEGER NOT NULL,"
    " factor_roles INTEGER NOT NULL, sessions_per_user INTEGER NOT NULL,"
    " token_days_max INTEGER NOT NULL);"
    "INSERT INTO settings VALUES (1, '', '', 30, 12, 4, 10, 365);"
    "CREATE TABLE user (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,"
    " name_key TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, mail TEXT NOT NULL,"
    " kind INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, must_change INTEGER NOT NULL,"
    " password_hash TEXT NOT NULL, grants TEXT NOT NULL, grants_number INTEGER NOT NULL DEFAULT 1,"
    " is_administrator INTEGER NOT NULL, preferences TEXT NOT NULL DEFAULT '',"
    " created_ns INTEGER NOT NULL, password_ns INTEGER NOT NULL, signed_in_ns INTEGER NOT NULL"
    " DEFAULT 0, seed_sealed BLOB NOT NULL DEFAULT x'', pending_sealed BLOB NOT NULL DEFAULT x'',"
    " pending_ns INTEGER NOT NULL DEFAULT 0, pending_tries INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE step (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE, step INTEGER NOT NULL,"
    " UNIQUE (user, step));"
    "CREATE TABLE recovery (user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,"
    " code_hash BLOB NOT NULL, PRIMARY KEY (user, code_hash)) WITHOUT ROWID;"
    "CREATE TABLE session (id INTEGER PRIMARY KEY AUTOINCREMENT, session_hash BLOB NOT NULL"
    " UNIQUE, user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,"
    " is_passed INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, created_ns INTEGER NOT NULL,"
    " seen_ns INTEGER NOT NULL, proved_ns INTEGER NOT NULL, grants_number INTEGER NOT NULL,"
    " address TEXT NOT NULL, agent TEXT NOT NULL);"
    "CREATE INDEX session_user ON session (user, seen_ns);"
    "CREATE TABLE token (id INTEGER PRIMARY KEY AUTOINCREMENT, token_hash BLOB NOT NULL UNIQUE,"
    " user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE, label TEXT NOT NULL,"
    " hint TEXT NOT NULL, permissions INTEGER NOT NULL, grants TEXT NOT NULL,"
    " created_ns INTEGER NOT NULL, expires_ns INTEGER NOT NULL, used_ns INTEGER NOT NULL DEFAULT"
    " 0, used_address TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX token_user ON token (user);"
    "CREATE TABLE token_address (token INTEGER NOT NULL REFERENCES token(id) ON DELETE CASCADE,"
    " address TEXT NOT NULL, seen_ns INTEGER NOT NULL, PRIMARY KEY (token, address)) WITHOUT ROWID;"
    "CREATE TABLE attempt (attempt_hash BLOB PRIMARY KEY, is_user INTEGER NOT NULL,"
    " failures INTEGER NOT NULL, last_ns INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX attempt_age ON attempt (is_user, last_ns);"
    "CREATE TABLE known (user INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,"
    " address BLOB NOT NULL, seen_ns INTEGER NOT NULL, PRIMARY KEY (user, address)) WITHOUT ROWID;"
    "CREATE TABLE spool (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);"
    "PRAGMA user_version = 1;";

#define USER                                                                                       \
    "u.id, u.kind, u.name, u.display_name, u.mail, u.disabled, u.must_change, u.password_hash,"    \
    " length(u.seed_sealed) > 0, (SELECT count(*) FROM recovery r WHERE r.user = u.id),"           \
    " u.created_ns, u.password_ns, u.signed_in_ns, u.grants, u.preferences, u.grants_number,"      \
    " u.seed_sealed, u.pending_sealed, u.pending_ns, u.pending_tries"
#define SESSION                                                                                    \
    "s.id, s.user, s.is_passed, s.tries, s.created_ns, s.seen_ns, s.proved_ns, s.grants_number,"   \
    " s.address"

const char *const account_statements[ACCOUNT_STATEMENT_COUNT] = {
    [META_GET] = "SELECT value FROM meta WHERE name = ?1",
    [META_SET] = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
    [META_DROP] = "DELETE FROM meta WHERE name = ?1",
    [SETTINGS_GET] = "SELECT allowed, trusted, idle_minutes, absolute_hours, factor_roles,"
                     " sessions_per_user, token_days_max FROM settings WHERE id = 1",
    [SETTINGS_SET] = "UPDATE settings SET allowed = ?1, trusted = ?2, idle_minutes = ?3,"
                     " absolute_hours = ?4, factor_roles = ?5, sessions_per_user = ?6,"
                     " token_days_max = ?7 WHERE id = 1",
    [USER_COUNT] = "SELECT count(*) FROM user",
    [USER_ADD] = "INSERT INTO user (name, name_key, display_name, mail, kind, must_change,"
                 " password_hash, grants, is_administrator, created_ns, password_ns)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [USER_GET] = "SELECT " USER " FROM user u WHERE u.id = ?1",
    [USER_FIND] = "SELECT " USER " FROM user u WHERE u.name_key = ?1",
    [USER_LIST] = "SELECT " USER " FROM user u WHERE u.name_key > ?1 ORDER BY u.name_key LIMIT ?2",
    [USER_SET_TEXTS] = "UPDATE user SET display_name = ?2, mail = ?3 WHERE id = ?1",
    [USER_SET_GRANTS] = "UPDATE user SET grants = ?2, is_administrator = ?3,"
                        " grants_number = grants_number + 1 WHERE id = ?1",
    [USER_SET_DISABLED] = "UPDATE user SET disabled = ?2 WHERE id = ?1 AND disabled <> ?2",
    [USER_SET_PASSWORD] = "UPDATE user SET password_hash = ?2, must_change = ?3, password_ns = ?4"
                          " WHERE id = ?1",
    [USER_SET_HASH] = "UPDATE user SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2",
    [USER_SET_SIGNED_IN] = "UPDATE user SET signed_in_ns = ?2 WHERE id = ?1",
    [USER_SET_PREFERENCES] = "UPDATE user SET preferences = ?2 WHERE id = ?1",
    [USER_SET_PENDING] = "UPDATE user SET pending_sealed = ?2, pending_ns = ?3, pending_tries = 0"
                         " WHERE id = ?1",
    [USER_COUNT_PENDING_TRY] = "UPDATE user SET pending_tries = pending_tries + 1 WHERE id = ?1",
    [USER_CONFIRM_SEED] = "UPDATE user SET seed_sealed = ?2, pending_sealed = x'', pending_ns = 0"
                          " WHERE id = ?1",
    [USER_DROP_SEED] = "UPDATE user SET seed_sealed = x'', pending_sealed = x'', pending_ns = 0"
                       " WHERE id = ?1 AND length(seed_sealed) > 0",
    [USER_REMOVE] = "DELETE FROM user WHERE id = ?1",
    /* A user of the directory may be gone when the directory is: they do not count (A4). */
    [ADMINISTRATOR_COUNT] = "SELECT count(*) FROM user WHERE is_administrator = 1 AND kind = 0"
                            " AND disabled = 0 AND id <> ?1",
    [STEP_ADD] = "INSERT OR IGNORE INTO step (user, step) VALUES (?1, ?2)",
    [STEP_FORGET] = "DELETE FROM step WHERE user = ?1 AND id NOT IN (SELECT id FROM step WHERE"
                    " user = ?1 ORDER BY id DESC LIMIT ?2)",
    [RECOVERY_ADD] = "INSERT INTO recovery (user, code_hash) VALUES (?1, ?2)",
    [RECOVERY_USE] = "DELETE FROM recovery WHERE user = ?1 AND code_hash = ?2",
    [RECOVERY_DROP] = "DELETE FROM recovery WHERE user = ?1",
    [ATTEMPT_GET] = "SELECT failures, last_ns FROM attempt WHERE attempt_hash = ?1",
    [ATTEMPT_SET] = "INSERT INTO attempt (attempt_hash, is_user, failures, last_ns) VALUES (?1, ?2,"
                    " ?3, ?4) ON CONFLICT (attempt_hash) DO UPDATE SET is_user = ?2, failures = ?3,"
                    " last_ns = ?4",
    [ATTEMPT_DROP] = "DELETE FROM attempt WHERE attempt_hash = ?1",
    [ATTEMPT_COUNT] = "SELECT count(*) FROM attempt",
    [ATTEMPT_FORGET_ONE] = "DELETE FROM attempt WHERE attempt_hash = (SELECT attempt_hash FROM"
                           " attempt ORDER BY is_user, last_ns LIMIT 1)",
    [ATTEMPT_SWEEP] = "DELETE FROM attempt WHERE last_ns < ?1",
    [KNOWN_HAS] = "SELECT 1 FROM known WHERE user = ?1 AND address = ?2 AND seen_ns > ?3",
    [KNOWN_ADD] = "INSERT OR REPLACE INTO known (user, address, seen_ns) VALUES (?1, ?2, ?3)",
    [KNOWN_FORGET] = "DELETE FROM known WHERE user = ?1 AND address NOT IN (SELECT address FROM"
                     " known WHERE user = ?1 ORDER BY seen_ns DESC LIMIT ?2)",
    [KNOWN_SWEEP] = "DELETE FROM known WHERE seen_ns < ?1",
    [SESSION_ADD] =
        "INSERT INTO session (session_hash, user, is_passed, created_ns, seen_ns, proved_ns,"
        " grants_number, address, agent) SELECT ?1, ?2, ?3, ?4, ?4, ?4, grants_number, ?5, ?6"
        " FROM user WHERE id = ?2",
    [SESSION_FIND] = "SELECT " SESSION ", " USER " FROM session s JOIN user u ON u.id = s.user"
                     " WHERE s.session_hash = ?1",
    [SESSION_SEEN] = "UPDATE session SET seen_ns = ?2 WHERE id = ?1",
    [SESSION_SET_HASH] =
        "UPDATE session SET session_hash = ?2, seen_ns = ?3, proved_ns = CASE WHEN ?4 THEN ?3 ELSE"
        " proved_ns END, created_ns = CASE WHEN ?4 THEN ?3 ELSE created_ns END, grants_number ="
        " (SELECT grants_number FROM user u WHERE u.id = session.user) WHERE id = ?1",
    [SESSION_PASS] = "UPDATE session SET is_passed = 1 WHERE id = ?1",
    [SESSION_COUNT_TRY] = "UPDATE session SET tries = tries + 1 WHERE id = ?1",
    [SESSION_DROP] = "DELETE FROM session WHERE id = ?1",
    [SESSION_DROP_OTHERS] = "DELETE FROM session WHERE user = ?1 AND id <> ?2",
    [SESSION_GET_USER] = "SELECT s.user, u.name FROM session s JOIN user u ON u.id = s.user WHERE"
                         " s.id = ?1",
    [SESSION_LIST] =
        "SELECT s.id, s.user, u.name, s.address, s.agent, s.is_passed, s.created_ns,"
        " s.seen_ns FROM session s JOIN user u ON u.id = s.user"
        " WHERE (?1 = 0 OR s.user = ?1) ORDER BY s.created_ns DESC, s.id DESC LIMIT ?2",
    [SESSION_TRIM_USER] = "DELETE FROM session WHERE user = ?1 AND id NOT IN (SELECT id FROM"
                          " session WHERE user = ?1 ORDER BY seen_ns DESC, id DESC LIMIT ?2)",
    [SESSION_TRIM_ALL] = "DELETE FROM session WHERE (SELECT count(*) FROM session) > ?1 AND id ="
                         " (SELECT id FROM session ORDER BY seen_ns, id LIMIT 1)",
    [SESSION_SWEEP] = "DELETE FROM session WHERE seen_ns < ?1 OR created_ns < ?2 OR seen_ns > ?3"
                      " OR (is_passed = 0 AND created_ns < ?4)",
    [TOKEN_COUNT] = "SELECT count(*), ifnull(sum(user = ?1), 0) FROM token",
    [TOKEN_ADD] = "INSERT INTO token (token_hash, user, label, hint, permissions, grants,"
                  " created_ns, expires_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [TOKEN_FIND] = "SELECT t.id, t.user, t.permissions, t.grants, t.created_ns, t.expires_ns,"
                   " t.used_ns, t.used_address, t.label, " USER " FROM token t JOIN user u ON u.id"
                   " = t.user WHERE t.token_hash = ?1",
    [TOKEN_USED] = "UPDATE token SET used_ns = ?2, used_address = ?3 WHERE id = ?1",
    [TOKEN_ADDRESS_HAS] = "SELECT 1 FROM token_address WHERE token = ?1 AND address = ?2",
    [TOKEN_ADDRESS_ADD] =
        "INSERT OR REPLACE INTO token_address (token, address, seen_ns) VALUES (?1, ?2, ?3)",
    [TOKEN_ADDRESS_FORGET] =
        "DELETE FROM token_address WHERE token = ?1 AND address NOT IN (SELECT address FROM"
        " token_address WHERE token = ?1 ORDER BY seen_ns DESC LIMIT ?2)",
    [TOKEN_SWEEP] = "DELETE FROM token WHERE expires_ns < ?1",
    [TOKEN_GET] = "SELECT t.user, u.name, t.label FROM token t JOIN user u ON u.id = t.user WHERE"
                  " t.id = ?1",
    [TOKEN_DROP] = "DELETE FROM token WHERE id = ?1",
    /* Between the first and the last, as lines only go at the front. */
    [SPOOL_COUNT] = "SELECT ifnull(max(id) - min(id) + 1, 0) FROM spool",
    [SPOOL_ADD] = "INSERT INTO spool (line) VALUES (?1)",
    [SPOOL_LIST] = "SELECT id, line FROM spool ORDER BY id LIMIT ?1",
    [SPOOL_DROP] = "DELETE FROM spool WHERE id <= ?1",
    [TOKEN_LIST] = "SELECT t.id, t.user, u.name, t.label, t.hint, t.permissions, t.grants,"
                   " t.created_ns, t.expires_ns, t.used_ns, t.used_address FROM token t JOIN user u"
                   " ON u.id = t.user WHERE (?1 = 0 OR t.user = ?1) ORDER BY t.id DESC",
};
