/* The pure pieces of account/: codes, token texts, addresses, limits, roles, the operator log. */
#include "account/account_ldap.h"
#include "account/account_limit.h"
#include "account/account_network.h"
#include "account/account_otp.h"
#include "account/account_role.h"
#include "account/account_token.h"
#include "account/operator_log.h"
#include "base/json_tree.h"
#include "search/query.h"
#include "tests/support/tap.h"

#include <stdio.h>

/* ---- one-time codes */

/* RFC 4226, appendix D. */
static void hotp_vectors(void)
{
    static const uint32_t codes[] = {755224, 287082, 359152, 969429, 338314,
                                     254676, 287922, 162583, 399871, 520489};
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++)
        expect_int(otp_code(SLICE("12345678901234567890"), i), codes[i]);
}

/* RFC 6238, appendix B, SHA-1; the last six of its eight digits. */
static void totp_vectors(void)
{
    static const struct {
        int64_t seconds;
        uint32_t code;
    } rows[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
    for (size_t i = 0; i + 1 < ARRAY_COUNT(rows); i++) {
        int64_t step = otp_step_of(rows[i].seconds * NS_PER_SECOND);
        expect_int(otp_code(SLICE("12345678901234567890"), (uint64_t)step), rows[i].code);
    }
    /* Past the year 2261 nanoseconds end, the code does not. */
    expect_int(otp_code(SLICE("12345678901234567890"), 20000000000 / 30), rows[5].code);
}

static void a_window_of_one_step(void)
{
    Slice seed = SLICE("12345678901234567890");
    int64_t now_ns = (int64_t)1795164000 * NS_PER_SECOND, step = otp_step_of(now_ns), found = 0;
    for (int64_t by = -3; by <= 3; by++) {
        int r = otp_find(seed, now_ns, otp_code(seed, (uint64_t)(step + by)), &found);
        expect_int(r, by >= -1 && by <= 1 ? 0 : -EACCES);
        if (r == 0) expect_int(found, step + by);
    }
}

static void codes_as_people_type_them(void)
{
    uint32_t code = 0;
    expect_ok(otp_parse(SLICE("012 345"), &code));
    expect_int(code, 12345);
    expect_ok(otp_parse(SLICE("０１２３４５"), &code));
    expect_int(code, 12345);
    static const char *const wrong[] = {"", "12345", "1234567", "12345a", "-1", "１２３４５あ"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        expect_int(otp_parse(slice_from_cstr(wrong[i]), &code), -EINVAL);
}

/* RFC 4648, 10. */
static void base32_vectors(void)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "MY"},
                                          {"fo", "MZXQ"},
                                          {"foo", "MZXW6"},
                                          {"foob", "MZXW6YQ"},
                                          {"fooba", "MZXW6YTB"},
                                          {"foobar", "MZXW6YTBOI"}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        CLEANUP(buf_done) Buf text = {0}, bytes = {0};
        base32_add(&text, slice_from_cstr(rows[i][0]));
        expect_text(buf_slice(&text), rows[i][1]);
        expect_ok(base32_decode(buf_slice(&text), &bytes));
        expect_text(buf_slice(&bytes), rows[i][0]);
    }
    static const char *const wrong[] = {"M", "MZX", "MZXW6Y", "M1", "MZ", "MY!", "0Y"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        CLEANUP(buf_done) Buf bytes = {0};
        expect_int(base32_decode(slice_from_cstr(wrong[i]), &bytes), -EBADMSG);
    }
}

static void the_uri_and_its_picture(void)
{
    CLEANUP(buf_done) Buf uri = {0}, svg = {0};
    otp_uri_add(&uri, SLICE("Akashi"), SLICE("田中&x"), SLICE("12345678901234567890"));
    expect_text(buf_slice(&uri),
                "otpauth://totp/Akashi:%E7%94%B0%E4%B8%AD%26x?secret="
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Akashi&algorithm=SHA1&digits=6&period=30");
    expect_ok(qr_svg_add(&svg, buf_slice(&uri), SLICE("<b>&\"")));
    Slice made = buf_slice(&svg);
    expect(slice_starts(made, SLICE("<svg xmlns=")));
    expect(slice_ends(made, SLICE("\"/></svg>")));
    expect(slice_find(made, SLICE("<title>&#60;b&#62;&#38;&#34;</title>")) != SLICE_NOT_FOUND);
    /* A finder pattern begins behind the quiet zone: seven dark modules (ISO/IEC 18004, 6.3.3). */
    expect(slice_find(made, SLICE("d=\"M4 4h7v1h-7z")) != SLICE_NOT_FOUND);
    expect(slice_find(made, SLICE("script")) == SLICE_NOT_FOUND);
    expect_int(qr_svg_add(&svg, slice_of(made.ptr, 2001), SLICE("")), -E2BIG);
}

/* ---- texts of tokens */

static void tokens_are_found_by_their_form(void)
{
    char text[TOKEN_CHARACTERS + 1], other[TOKEN_CHARACTERS + 1];
    expect_ok(token_text_make(&os_real, text));
    expect_ok(token_text_make(&os_real, other));
    expect(strcmp(text, other) != 0);
    expect_int(strlen(text), TOKEN_CHARACTERS);
    expect(strncmp(text, "ak_", 3) == 0);
    expect_int(strspn(text + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
               46);
    expect_ok(token_text_check(slice_from_cstr(text)));
    /* Any letter changed is noticed. */
    for (size_t i = 0; i < TOKEN_CHARACTERS; i++) {
        char changed[TOKEN_CHARACTERS + 1];
        memcpy(changed, text, sizeof changed);
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        expect_int(token_text_check(slice_from_cstr(changed)), -EINVAL);
        expect_int(token_text_check(slice_of(text, i)), -EINVAL);
    }
}

static void ids_and_codes_as_text(void)
{
    uint8_t bytes[32], back[32];
    char text[44];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 251);
    base64url_32(bytes, text);
    expect_ok(base64url_32_decode(slice_from_cstr(text), back));
    expect(memcmp(bytes, back, sizeof bytes) == 0);
    text[42]++; /* a bit that no byte has */
    expect_int(base64url_32_decode(slice_from_cstr(text), back), -EINVAL);
    text[42] = '=';
    expect_int(base64url_32_decode(slice_from_cstr(text), back), -EINVAL);
    char code[32], letters[21];
    expect_ok(crockford_make(&os_real, 20, 5, code));
    expect_int(strlen(code), 23);
    expect_ok(crockford_read(slice_from_cstr(code), 20, letters));
    expect_ok(crockford_read(SLICE("abcde fghjk-OiLnp ＱＲＳＴＶ"), 20, letters));
    expect(strcmp(letters, "ABCDEFGHJK011NPQRSTV") == 0);
    expect_int(crockford_read(SLICE("ABCDE"), 20, letters), -EINVAL);
    expect_int(crockford_read(SLICE("ABCDEFGHJK011NPQRSTVX"), 20, letters), -EINVAL);
    expect_int(crockford_read(SLICE("ABCDEFGHJK011NPQRSTU"), 20, letters), -EINVAL);
}

/* ---- addresses */

static bool in(const char *network, const char *address)
{
    Network of = {0}, at = {0};
    expect_ok(network_parse(slice_from_cstr(network), &of));
    expect_ok(network_parse(slice_from_cstr(address), &at));
    return network_holds(&of, &at);
}

static void networks(void)
{
    expect(in("192.0.2.0/24", "192.0.2.255"));
    expect(!in("192.0.2.0/24", "192.0.3.0"));
    expect(in("192.0.2.0/24", "::ffff:192.0.2.1"));
    expect(in("198.51.100.8/29", "198.51.100.15"));
    expect(!in("198.51.100.8/29", "198.51.100.16"));
    expect(in("0.0.0.0/0", "203.0.113.1"));
    expect(!in("0.0.0.0/0", "2001:db8::1"));
    expect(in("2001:db8::/33", "2001:db8:7fff::1"));
    expect(!in("2001:db8::/33", "2001:db8:8000::1"));
    expect(!in("192.0.2.1", "192.0.2.0/24"));
    static const char *const wrong[] = {"",           "192.0.2.1/33",   "192.0.2.1/24", "192.0.2",
                                        "x",          "2001:db8::/129", "::1%lo",       "1.2.3.4/",
                                        "1.2.3.4/-1", "01.2.3.4",       "192.0.2.1/8 "};
    Network network;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        expect_int(network_parse(slice_from_cstr(wrong[i]), &network), -EINVAL);
    Complaint complaint = {0};
    Network many[2];
    size_t count;
    expect_int(networks_parse(SLICE("192.0.2.0/24, oops"), many, 2, &count, &complaint), -EINVAL);
    expect(strstr(complaint.en, "oops") != NULL);
    expect_int(networks_parse(SLICE("1.1.1.1 2.2.2.2 3.3.3.3"), many, 2, &count, &complaint),
               -E2BIG);
    expect_ok(networks_parse(SLICE(" 192.0.2.0/24,\n2001:db8::/32 "), many, 2, &count, &complaint));
    expect_int(count, 2);
}

/* ---- limits */

static void a_bucket_of_tries(void)
{
    Limits limits;
    const uint64_t seed[2] = {1, 2};
    int64_t now = 1000 * NS_PER_SECOND;
    uint64_t due;
    expect_ok(limits_init(&limits, 16, seed));
    for (unsigned i = 0; i < LIMIT_BURST; i++)
        expect_int(limits_take(&limits, SLICE("192.0.2.1"), now, &due), 0);
    expect_int(limits_take(&limits, SLICE("192.0.2.1"), now, &due), LIMIT_REFILL_NS);
    expect_int(due, 1); /* the first refusal is told at once, the next ones in a sum */
    for (int i = 0; i < 5; i++) {
        expect(limits_take(&limits, SLICE("192.0.2.1"), now, &due) > 0);
        expect_int(due, 0);
    }
    expect_int(limits_take(&limits, SLICE("192.0.2.2"), now, &due), 0);
    char address[NETWORK_TEXT_BYTES];
    uint64_t count = 0;
    expect(!limits_due(&limits, now, address, &count));
    now += LIMIT_LOG_NS;
    expect(limits_due(&limits, now, address, &count));
    expect_int(count, 5);
    expect_text(slice_from_cstr(address), "192.0.2.1");
    expect(!limits_due(&limits, now, address, &count));
    expect_int(limits_take(&limits, SLICE("192.0.2.1"), now, &due), 0);
    limits_done(&limits);
}

static void one_network_of_ipv6_is_one_address(void)
{
    Limits limits;
    const uint64_t seed[2] = {1, 2};
    char address[64];
    uint64_t due;
    unsigned passed = 0;
    expect_ok(limits_init(&limits, 16, seed));
    for (unsigned i = 0; i < 40; i++) {
        snprintf(address, sizeof address, "2001:db8::%x", i + 1);
        passed += limits_take(&limits, slice_from_cstr(address), 0, &due) == 0;
    }
    expect_int(passed, LIMIT_BURST);
    expect_int(limits_take(&limits, SLICE("2001:db8:0:1::1"), 0, &due), 0);
    limits_done(&limits);
}

/* A full table slows newcomers, never those who are in it. */
static void a_full_table_of_addresses(void)
{
    Limits limits;
    const uint64_t seed[2] = {1, 2};
    char address[64];
    uint64_t due;
    unsigned passed = 0;
    expect_ok(limits_init(&limits, 8, seed));
    for (unsigned i = 0; i < 8; i++) {
        snprintf(address, sizeof address, "192.0.2.%u", i);
        expect_int(limits_take(&limits, slice_from_cstr(address), 0, &due), 0);
    }
    for (unsigned i = 0; i < 30; i++) {
        snprintf(address, sizeof address, "203.0.113.%u", i);
        passed += limits_take(&limits, slice_from_cstr(address), 0, &due) == 0;
    }
    expect_int(passed, LIMIT_BURST); /* one bucket for all of them */
    expect_int(limits_take(&limits, SLICE("192.0.2.3"), 0, &due), 0);
    /* Later those that are full again make room. */
    int64_t now = 100 * NS_PER_SECOND;
    for (unsigned i = 0; i < 8; i++) {
        snprintf(address, sizeof address, "198.51.100.%u", i);
        expect_int(limits_take(&limits, slice_from_cstr(address), now, &due), 0);
    }
    expect(limits.count <= 8);
    limits_done(&limits);
}

static void all_together_are_limited(void)
{
    Limits limits;
    const uint64_t seed[2] = {1, 2};
    char address[64];
    uint64_t due;
    unsigned passed = 0;
    expect_ok(limits_init(&limits, LIMIT_ADDRESSES_MAX, seed));
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(address, sizeof address, "10.0.%u.%u", i / 250, i % 250);
        passed += limits_take(&limits, slice_from_cstr(address), 0, &due) == 0;
    }
    expect_int(passed, LIMIT_ALL_BURST);
    limits_done(&limits);
}

static void delays_grow_and_end(void)
{
    expect_int(limit_delay_ns(0), 0);
    expect_int(limit_delay_ns(4), 0);
    expect_int(limit_delay_ns(5), NS_PER_SECOND);
    expect_int(limit_delay_ns(6), 2 * NS_PER_SECOND);
    expect_int(limit_delay_ns(10), 32 * NS_PER_SECOND);
    expect_int(limit_delay_ns(11), LIMIT_DELAY_MAX_NS);
    expect_int(limit_delay_ns(4000000000u), LIMIT_DELAY_MAX_NS);
}

/* ---- roles */

static const Slice nas_sources[] = {SLICE_INIT("nas*"), SLICE_INIT("fs.1")};
static const Slice factory_sites[] = {SLICE_INIT("第1工場")};
static const AccountGrant nas_grant = {.role = ROLE_OPERATOR,
                                       .sources = nas_sources,
                                       .source_count = 2,
                                       .sites = factory_sites,
                                       .site_count = 1};

static void what_roles_may(void)
{
    const AccountGrant viewer = {.role = ROLE_VIEWER}, auditor = {.role = ROLE_AUDITOR};
    const AccountGrant admin = {.role = ROLE_ADMINISTRATOR};
    expect_int(grants_permissions((AccountGrants){&viewer, 1}), MAY_READ);
    expect_int(grants_permissions((AccountGrants){&auditor, 1}), MAY_READ | MAY_EXPORT | MAY_PROVE);
    expect_int(grants_permissions((AccountGrants){&admin, 1}),
               (int64_t)(PERMISSIONS_ALL & ~(unsigned)MAY_INGEST));
    expect_int(grants_permissions((AccountGrants){0}), 0);
    /* An administrator of some sources manages no users. */
    AccountGrant part = nas_grant;
    part.role = ROLE_ADMINISTRATOR;
    expect_int(grants_permissions((AccountGrants){&part, 1}), MAY_READ | MAY_ACT | MAY_EXPORT);
    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        Permission back = MAY_READ;
        Permission permission = (Permission)(1u << i);
        expect_ok(permission_of(slice_from_cstr(permission_token(permission)), &back));
        expect_int(back, permission);
    }
}

static void scopes_join_by_intersection(void)
{
    const AccountGrants grants = {&nas_grant, 1};
    expect(grants_allow(grants, MAY_READ, SLICE("nas-7"), SLICE("第1工場")));
    expect(grants_allow(grants, MAY_READ, SLICE("NAS-7"), SLICE("第１工場")));
    expect(grants_allow(grants, MAY_ACT, SLICE("fs.1"), SLICE("第1工場")));
    expect(!grants_allow(grants, MAY_READ, SLICE("fs-1"), SLICE("第1工場")));
    expect(!grants_allow(grants, MAY_READ, SLICE("xnas"), SLICE("第1工場")));
    expect(!grants_allow(grants, MAY_READ, SLICE("nas"), SLICE("第2工場")));
    expect(!grants_allow(grants, MAY_READ, SLICE("nas"), SLICE("")));
    expect(!grants_allow(grants, MAY_DELETE, SLICE("nas"), SLICE("第1工場")));
}

static bool row_is_seen(const Query *query, Slice source, Slice site)
{
    Row row = {.origin = SLICE("test"), .record = {.time_ns = 0}};
    row.record.text[RECORD_AKASHI_SOURCE] = source;
    row.record.text[RECORD_AKASHI_SITE] = site;
    return query_matches(query, &row);
}

/* The text that the search adds says what grants_allow says, for every name. */
static void the_filter_agrees_with_the_predicate(void)
{
    static const Slice dot[] = {SLICE_INIT("a.b-c/d:e@f_g h"), SLICE_INIT("*")};
    const AccountGrant grants[] = {nas_grant,
                                   {.role = ROLE_VIEWER, .sources = dot, .source_count = 1}};
    static const char *const names[] = {"",
                                        "nas",
                                        "NAS-2",
                                        "xnas",
                                        "nas 2",
                                        "fs.1",
                                        "fs-1",
                                        "fsx1",
                                        "nas2 x",
                                        "第1工場",
                                        "第１工場",
                                        "第1工場2",
                                        "a.b-c/d:e@f_g h",
                                        "axb-c/d:e@f_g h",
                                        "a.b-c/d:e@f_g h x",
                                        "\"",
                                        "OR",
                                        "*"};
    const AccountGrants all = {grants, 2};
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf text = {0};
    Query *query = NULL;
    Complaint complaint = {0};
    expect_int(grants_filter(all, MAY_READ, &text), 0);
    int r = query_parse(buf_slice(&text), &(QueryOptions){0}, &arena, &query, &complaint);
    tap_note("%.*s", SLICE_FMT(buf_slice(&text)));
    if (!expect_ok(r)) return;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(names); j++) {
            Slice source = slice_from_cstr(names[i]), site = slice_from_cstr(names[j]);
            bool seen = row_is_seen(query, source, site);
            if (seen != grants_allow(all, MAY_READ, source, site))
                tap_note("source %s, site %s", names[i], names[j]);
            expect_int(seen, grants_allow(all, MAY_READ, source, site));
        }
    }
}

static void filters_of_all_and_of_nothing(void)
{
    const AccountGrant grants[] = {nas_grant, {.role = ROLE_VIEWER}};
    CLEANUP(buf_done) Buf text = {0};
    expect_int(grants_filter((AccountGrants){grants, 2}, MAY_READ, &text), 1);
    expect_int(text.len, 0);
    expect_int(grants_filter((AccountGrants){grants, 2}, MAY_ACT, &text), 0);
    expect(text.len > 0);
    buf_clear(&text);
    expect_int(grants_filter((AccountGrants){grants, 2}, MAY_PROVE, &text), -EACCES);
    expect_int(grants_filter((AccountGrants){0}, MAY_READ, &text), -EACCES);
    expect_int(text.len, 0);
}

/* A pattern can be nothing but a pattern. */
static void patterns_that_are_refused(void)
{
    static const char *const wrong[] = {"",     "a\"b", "a) OR (b", "a|b", "a\\",          "a\tb",
                                        "a\nb", "[a]",  "a?",       "a+",  "^a",           "$",
                                        "\xff", " a",   "a ",       "{2}", "a\xe2\x80\xae"};
    Complaint complaint;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        const Slice pattern = slice_from_cstr(wrong[i]);
        const AccountGrant grant = {.role = ROLE_VIEWER, .sites = &pattern, .site_count = 1};
        complaint = (Complaint){0};
        expect_int(grants_check((AccountGrants){&grant, 1}, &complaint), -EINVAL);
        expect(complaint.id != NULL);
    }
    /* As long as may be: still a query that parses. */
    char longest[PATTERN_BYTES_MAX];
    Slice many[GRANT_PATTERNS_MAX];
    memset(longest, '.', sizeof longest);
    for (size_t i = 0; i < GRANT_PATTERNS_MAX; i++)
        many[i] = slice_of(longest, sizeof longest);
    const AccountGrant wide = {.role = ROLE_VIEWER, .sources = many, .source_count = 16};
    expect_int(grants_check((AccountGrants){&wide, 1}, &complaint), -EINVAL);
    const AccountGrant fits = {.role = ROLE_VIEWER, .sources = many, .source_count = 2};
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf text = {0};
    Query *query = NULL;
    expect_ok(grants_check((AccountGrants){&fits, 1}, &complaint));
    expect_int(grants_filter((AccountGrants){&fits, 1}, MAY_READ, &text), 0);
    expect_ok(query_parse(buf_slice(&text), &(QueryOptions){0}, &arena, &query, &complaint));
}

/* The most that a person and a token may have: still one query. */
static void the_largest_scopes_fit(void)
{
    char longest[PATTERN_BYTES_MAX];
    Slice many[3];
    AccountGrant grants[GRANTS_MAX];
    size_t count = 0;
    memset(longest, '.', sizeof longest);
    for (size_t i = 0; i < ARRAY_COUNT(many); i++)
        many[i] = slice_of(longest, sizeof longest);
    Complaint complaint = {0};
    while (count < GRANTS_MAX) {
        grants[count] = (AccountGrant){.role = ROLE_VIEWER,
                                       .sources = many,
                                       .source_count = 1,
                                       .sites = many + 1,
                                       .site_count = 1};
        if (grants_check((AccountGrants){grants, count + 1}, &complaint) < 0) break;
        count++;
    }
    expect_int(count, GRANTS_LISTS_MAX / 2);
    expect_text(slice_from_cstr(complaint.id), "account.grants_many");
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf text = {0};
    Query *query = NULL;
    expect_int(grants_filter((AccountGrants){grants, count}, MAY_READ, &text), 0);
    buf_add_cstr(&text, " AND ");
    expect_int(grants_filter((AccountGrants){grants, count}, MAY_READ, &text), 0);
    complaint = (Complaint){0};
    expect_ok(query_parse(buf_slice(&text), &(QueryOptions){0}, &arena, &query, &complaint));
    if (complaint.id) tap_note("%s", complaint.en);
}

static void grants_come_back(void)
{
    const AccountGrant grants[] = {nas_grant, {.role = ROLE_AUDITOR}};
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf text = {0}, again = {0};
    AccountGrants back;
    grants_encode(&text, (AccountGrants){grants, 2});
    expect_ok(grants_decode(buf_slice(&text), &arena, &back));
    expect_int(back.count, 2);
    grants_encode(&again, back);
    expect_slice(buf_slice(&again), buf_slice(&text));
    static const char *const wrong[] = {"boss\t\t\n", "viewer\n", "viewer\ta|\"\t\n", "viewer\t\n"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        expect_int(grants_decode(slice_from_cstr(wrong[i]), &arena, &back), -EBADMSG);
}

static void grants_as_people_write_them(void)
{
    static const char *const right[] = {"viewer", "operator[nas*|fs.1@第1工場]", "auditor[@a@b|c]",
                                        "viewer[nas*]"};
    static const char *const wrong[] = {
        "", "boss", "viewer[", "viewer[a", "viewer[a\"]", "viewer]", "viewer[a]b", "viewer[[a]]"};
    CLEANUP(arena_done) Arena arena = {0};
    AccountGrant grant;
    for (size_t i = 0; i < ARRAY_COUNT(right); i++) {
        CLEANUP(buf_done) Buf text = {0};
        Complaint complaint = {0};
        expect_ok(grant_read(slice_from_cstr(right[i]), &arena, &grant, &complaint));
        grant_write(&text, &grant);
        expect_text(buf_slice(&text), right[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        Complaint complaint = {0};
        expect_int(grant_read(slice_from_cstr(wrong[i]), &arena, &grant, &complaint), -EINVAL);
        expect(complaint.id != NULL);
    }
}

/* ---- texts for a directory */

/* RFC 4515, 4: what must be escaped is. */
static void filters_are_escaped(void)
{
    CLEANUP(buf_done) Buf text = {0};
    ldap_filter_escape(&text, SLICE("a*(b)\\c\0/é"));
    expect_text(buf_slice(&text), "a\\2a\\28b\\29\\5cc\\00\\2f\\c3\\a9");
    buf_clear(&text);
    expect_ok(ldap_pattern_fill(&text, SLICE("(&(objectClass=user)(sAMAccountName=%s))"),
                                SLICE("x)(|(a=*")));
    expect_text(buf_slice(&text),
                "(&(objectClass=user)(sAMAccountName=x\\29\\28\\7c\\28a\\3d\\2a))");
    buf_clear(&text);
    expect_ok(ldap_pattern_fill(&text, SLICE("uid=%s,dc=example,dc=com"), SLICE("a,dc=x")));
    expect_text(buf_slice(&text), "uid=a\\2cdc\\3dx,dc=example,dc=com");
    buf_clear(&text);
    expect_ok(ldap_pattern_fill(&text, SLICE("%s@example.com"), SLICE("tanaka")));
    expect_text(buf_slice(&text), "tanaka@example.com");
    static const char *const wrong[] = {"a@other.example", "a b", "a\"", "DOM\\a", ""};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        expect_int(ldap_pattern_fill(&text, SLICE("%s@example.com"), slice_from_cstr(wrong[i])),
                   -EINVAL);
}

/* ---- the operator log */

static void every_verb_has_words(void)
{
    for (unsigned i = 0; i < OPERATOR_VERB_COUNT; i++) {
        OperatorVerb back;
        expect_ok(operator_verb_of(slice_from_cstr(operator_verb_token((OperatorVerb)i)), &back));
        expect_int(back, i);
        for (int language = 0; language < 2; language++) {
            for (int failed = 0; failed < 2; failed++) {
                CLEANUP(buf_done) Buf text = {0};
                const OperatorAct act = {.verb = (OperatorVerb)i,
                                         .failed = failed,
                                         .user = SLICE("tanaka"),
                                         .target = SLICE("suzuki"),
                                         .detail = SLICE("what"),
                                         .count = 3};
                operator_sentence_add(&text, &act, language);
                expect(text.len > 10);
                expect(slice_find_char(buf_slice(&text), '{') == SLICE_NOT_FOUND);
            }
        }
    }
}

static void the_line_is_json_whatever_is_in_it(void)
{
    CLEANUP(buf_done) Buf text = {0};
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(json_tree_done) JsonTree tree = {0};
    const OperatorAct act = {.at_ns = (int64_t)1795164000 * NS_PER_SECOND,
                             .verb = OPERATOR_SIGN_IN,
                             .failed = true,
                             .reason = "wrong_password",
                             .user = SLICE("ta\"naka\n\x1b[31m\xff\xe2\x80\xae"),
                             .address = SLICE("192.0.2.10"),
                             .via = "none",
                             .count = 7};
    size_t used;
    operator_line_add(&text, &act);
    expect_ok(json_tree_read(&tree, buf_slice(&text), true, &arena, &used));
    expect_int(used, text.len);
    static const char *const members[][2] = {
        {"@timestamp", "2026-11-20T08:40:00Z"}, {"event.action", "akashi.sign_in"},
        {"event.outcome", "failure"},           {"event.category", "authentication"},
        {"event.reason", "wrong_password"},     {"source.ip", "192.0.2.10"},
        {"akashi.operator.count", "7"}};
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        const JsonNode *node = json_child(&tree, tree.nodes, slice_from_cstr(members[i][0]));
        if (expect(node != NULL)) expect_text(node->value, members[i][1]);
    }
    const JsonNode *message = json_child(&tree, tree.nodes, SLICE("message"));
    if (!expect(message != NULL)) return;
    expect(slice_find_char(message->value, '\x1b') == SLICE_NOT_FOUND);
    expect(slice_find(message->value, SLICE("\xe2\x80\xae")) == SLICE_NOT_FOUND);
    expect(slice_find(message->value, SLICE("the password is wrong; 7 times")) != SLICE_NOT_FOUND);
}

static void long_texts_are_cut(void)
{
    static char text[100000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "\xe6\x97\xa5"[i % 3];
    CLEANUP(buf_done) Buf line = {0};
    Slice all = slice_of(text, sizeof text);
    const OperatorAct act = {.verb = OPERATOR_SEARCH,
                             .user = all,
                             .address = all,
                             .agent = all,
                             .target = all,
                             .detail = all};
    operator_line_add(&line, &act);
    expect(line.len <= OPERATOR_LINE_BYTES_MAX);
    expect(slice_find(buf_slice(&line), SLICE("\xef\xbf\xbd")) == SLICE_NOT_FOUND);
}

static const TapTest tests[] = {
    TAP_TEST(hotp_vectors),
    TAP_TEST(totp_vectors),
    TAP_TEST(a_window_of_one_step),
    TAP_TEST(codes_as_people_type_them),
    TAP_TEST(base32_vectors),
    TAP_TEST(the_uri_and_its_picture),
    TAP_TEST(tokens_are_found_by_their_form),
    TAP_TEST(ids_and_codes_as_text),
    TAP_TEST(networks),
    TAP_TEST(a_bucket_of_tries),
    TAP_TEST(one_network_of_ipv6_is_one_address),
    TAP_TEST(a_full_table_of_addresses),
    TAP_TEST(all_together_are_limited),
    TAP_TEST(delays_grow_and_end),
    TAP_TEST(what_roles_may),
    TAP_TEST(scopes_join_by_intersection),
    TAP_TEST(the_filter_agrees_with_the_predicate),
    TAP_TEST(filters_of_all_and_of_nothing),
    TAP_TEST(patterns_that_are_refused),
    TAP_TEST(the_largest_scopes_fit),
    TAP_TEST(grants_come_back),
    TAP_TEST(grants_as_people_write_them),
    TAP_TEST(filters_are_escaped),
    TAP_TEST(every_verb_has_words),
    TAP_TEST(the_line_is_json_whatever_is_in_it),
    TAP_TEST(long_texts_are_cut),
};
TAP_MAIN(tests)
