/* Signing in by a directory: a real slapd on loopback, with and without TLS. Skipped where Debian's
 * slapd is not installed. */
#include "account/account_ldap.h"
#include "tests/support/account_kit.h"
#include "tests/support/tap.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define USER_PASSWORD "orange boats at noon"
#define SERVICE_PASSWORD "service words 4"

static struct {
    bool is_ready;
    const char *why; /* it is not */
    pid_t pid;
    char folder[400], ca[500], other_ca[500], secret[500], ldap[64], ldaps[64], dead[64];
} slapd;

static const char entries[] =
    "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\no: Example\n"
    "dc: example\n\n"
    "dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n\n"
    "dn: ou=groups,dc=example,dc=com\nobjectClass: organizationalUnit\nou: groups\n\n"
    "dn: cn=reader,dc=example,dc=com\nobjectClass: person\ncn: reader\nsn: reader\n"
    "userPassword: " SERVICE_PASSWORD "\n\n"
    "dn: uid=tanaka,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: tanaka\n"
    "cn: Taro Tanaka\nsn: Tanaka\ndisplayName:: 55Sw5LitIOWkqumDjg==\nmail: tanaka@example.com\n"
    "seeAlso: cn=log admins,ou=groups,dc=example,dc=com\nuserPassword: " USER_PASSWORD "\n\n"
    "dn: uid=suzuki,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: suzuki\n"
    "cn: Suzuki\nsn: Suzuki\nuserPassword: " USER_PASSWORD "\n\n"
    "dn: uid=twin,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: twin\ncn: twin\n"
    "sn: a\nuserPassword: " USER_PASSWORD "\n\n"
    "dn: cn=twin two,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: twin\n"
    "cn: twin two\nsn: b\nuserPassword: " USER_PASSWORD "\n\n"
    "dn: cn=log admins,ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: log admins\n"
    "member: uid=tanaka,ou=people,dc=example,dc=com\n"
    "member: uid=twin,ou=people,dc=example,dc=com\n\n"
    "dn: cn=others,ou=groups,dc=example,dc=com\nobjectClass: groupOfNames\ncn: others\n"
    "member: uid=suzuki,ou=people,dc=example,dc=com\n";

static const char settings[] =
    "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n"
    "include /etc/ldap/schema/inetorgperson.schema\nmodulepath /usr/lib/ldap\n"
    "moduleload back_mdb\npidfile %1$s/pid\nTLSCertificateFile %1$s/server.pem\n"
    "TLSCertificateKeyFile %1$s/server.key\nTLSCACertificateFile %1$s/ca.pem\n"
    "database mdb\nsuffix dc=example,dc=com\ndirectory %1$s/db\nmaxsize 10485760\n"
    "access to attrs=userPassword by anonymous auth by * none\n"
    "access to * by users read by * none\n";

static bool run(const char *format, const char *folder)
{
    char command[4096];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(command, sizeof command, format, folder);
#pragma GCC diagnostic pop
    return system(command) == 0;
}

static bool write_text(const char *name, const char *text)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", slapd.folder, name);
    FILE *file = fopen(path, "w");
    if (!file) return false;
    fputs(text, file);
    return fclose(file) == 0;
}

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0), port = -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port;
}

static bool make_files(void)
{
    char config[4096];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(config, sizeof config, settings, slapd.folder);
#pragma GCC diagnostic pop
    return write_text("slapd.conf", config) && write_text("entries.ldif", entries) &&
           write_text("secret", SERVICE_PASSWORD "\n") &&
           write_text("ext", "subjectAltName=IP:127.0.0.1,DNS:localhost\n") &&
           run("cd %s && chmod 400 secret && mkdir db && (for ca in ca other; do openssl req -x509 "
               "-newkey rsa:2048 -nodes -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 30; done; "
               "openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "
               "/CN=localhost; openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key "
               "-CAcreateserial -extfile ext -out server.pem -days 30) >openssl.log 2>&1",
               slapd.folder) &&
           run("cd %s && PATH=$PATH:/usr/sbin slapadd -f slapd.conf -l entries.ldif >slapadd.log "
               "2>&1",
               slapd.folder);
}

static bool answers(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool is = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is;
}

static void stop(void)
{
    if (slapd.pid <= 0) return;
    kill(slapd.pid, SIGTERM);
    waitpid(slapd.pid, NULL, 0);
    slapd.pid = 0;
}

static bool start(void)
{
    char urls[256], config[600];
    int port = free_port(), tls_port = free_port();
    snprintf(slapd.ldap, sizeof slapd.ldap, "ldap://127.0.0.1:%d", port);
    snprintf(slapd.ldaps, sizeof slapd.ldaps, "ldaps://127.0.0.1:%d", tls_port);
    snprintf(slapd.dead, sizeof slapd.dead, "ldap://127.0.0.1:%d", free_port());
    snprintf(urls, sizeof urls, "%s/ %s/", slapd.ldap, slapd.ldaps);
    snprintf(config, sizeof config, "%s/slapd.conf", slapd.folder);
    slapd.pid = fork();
    if (slapd.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left behind, however the test ends */
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        execl("/usr/sbin/slapd", "slapd", "-d", "0", "-f", config, "-h", urls, (char *)NULL);
        _exit(1);
    }
    for (int i = 0; i < 100 && slapd.pid > 0; i++) {
        if (answers(port) && answers(tls_port)) return true;
        usleep(100000);
    }
    return false;
}

/* Once for all tests. */
static bool ready(void)
{
    if (!slapd.folder[0]) {
        snprintf(slapd.folder, sizeof slapd.folder, "%s/slapd", tap_temporary_folder());
        snprintf(slapd.ca, sizeof slapd.ca, "%s/ca.pem", slapd.folder);
        snprintf(slapd.other_ca, sizeof slapd.other_ca, "%s/other.pem", slapd.folder);
        snprintf(slapd.secret, sizeof slapd.secret, "%s/secret", slapd.folder);
        if (access("/usr/sbin/slapd", X_OK) != 0)
            slapd.why = "slapd is not installed";
        else
            slapd.is_ready =
                mkdir(slapd.folder, 0700) == 0 && make_files() && atexit(stop) == 0 && start();
    }
    if (slapd.why) tap_skip(slapd.why);
    if (!slapd.why) expect(slapd.is_ready);
    return slapd.is_ready;
}

/* ---- settings */

static const LdapGroupRule rules[] = {
    {.group = SLICE_INIT("Log Admins"), .grant = {.role = ROLE_ADMINISTRATOR}},
    {.group = SLICE_INIT("CN=nobody,dc=example,dc=com"), .grant = {.role = ROLE_VIEWER}},
};

static LdapConfig searching(const char *server)
{
    return (LdapConfig){
        .servers = {server},
        .server_count = 1,
        .ca_file = slapd.ca,
        .time_out_seconds = 3,
        .search_base = "ou=people,dc=example,dc=com",
        .search_filter = "(&(objectClass=inetOrgPerson)(uid=%s))",
        .search_user = "cn=reader,dc=example,dc=com",
        .search_password_file = slapd.secret,
        .group_base = "ou=groups,dc=example,dc=com",
        .rules = rules,
        .rule_count = ARRAY_COUNT(rules),
    };
}

static LdapConfig binding(const char *server)
{
    LdapConfig config = searching(server);
    config.bind_pattern = "uid=%s,ou=people,dc=example,dc=com";
    config.search_user = config.search_password_file = config.group_base = NULL;
    config.group_attribute = "seeAlso";
    return config;
}

static int ask(const LdapConfig *config, const char *name, const char *password)
{
    CLEANUP(arena_done) Arena arena = {0};
    LdapUser user;
    Complaint complaint = {0};
    expect_ok(ldap_config_check(config, &complaint));
    return ldap_sign_in(&os_real, config, slice_from_cstr(name), slice_from_cstr(password), &arena,
                        &user);
}

/* ---- tests */

static void both_ways_over_both_kinds_of_tls(void)
{
    if (!ready()) return;
    const LdapConfig configs[] = {searching(slapd.ldaps), searching(slapd.ldap),
                                  binding(slapd.ldaps), binding(slapd.ldap)};
    for (size_t i = 0; i < ARRAY_COUNT(configs); i++) {
        CLEANUP(arena_done) Arena arena = {0};
        LdapUser user = {0};
        expect_ok(ldap_sign_in(&os_real, &configs[i], SLICE("tanaka"), SLICE(USER_PASSWORD), &arena,
                               &user));
        expect_text(user.dn, "uid=tanaka,ou=people,dc=example,dc=com");
        expect_text(user.display_name, "田中 太郎");
        expect_text(user.mail, "tanaka@example.com");
        expect_int(user.grants.count, 1);
        if (user.grants.count == 1) expect_int(user.grants.items[0].role, ROLE_ADMINISTRATOR);
        expect_int(ask(&configs[i], "tanaka", "wrong"), -EACCES);
        expect_int(ask(&configs[i], "nobody", USER_PASSWORD), -EACCES);
    }
}

static void no_empty_password_and_no_filter_of_theirs(void)
{
    if (!ready()) return;
    const LdapConfig configs[] = {searching(slapd.ldaps), binding(slapd.ldaps)};
    static const char *const names[] = {
        "*",        "tan*", "tanaka)(uid=*", "tanaka,ou=people,dc=example,dc=com", "",
        "tanaka\\", "(",    "\xff"};
    for (size_t i = 0; i < ARRAY_COUNT(configs); i++) {
        expect_int(ask(&configs[i], "tanaka", ""), -EACCES);
        for (size_t j = 0; j < ARRAY_COUNT(names); j++)
            expect_int(ask(&configs[i], names[j], USER_PASSWORD), -EACCES);
    }
    /* Two of one name: neither. */
    expect_int(ask(&configs[0], "twin", USER_PASSWORD), -EACCES);
}

static void certificates_are_checked(void)
{
    if (!ready()) return;
    LdapConfig config = searching(slapd.ldaps);
    config.ca_file = slapd.other_ca;
    expect(ask(&config, "tanaka", USER_PASSWORD) < 0);
    config.servers[0] = slapd.ldap; /* StartTLS: not without it either */
    expect_int(ask(&config, "tanaka", USER_PASSWORD), -EPROTO);
    config.insecure = true;
    expect_ok(ask(&config, "tanaka", USER_PASSWORD));
}

static void the_next_server_when_one_is_gone(void)
{
    if (!ready()) return;
    LdapConfig config = searching(slapd.dead);
    expect_int(ask(&config, "tanaka", USER_PASSWORD), -EHOSTUNREACH);
    config.servers[1] = slapd.ldaps;
    config.server_count = 2;
    expect_ok(ask(&config, "tanaka", USER_PASSWORD));
    expect_int(ask(&config, "tanaka", "wrong"), -EACCES);
}

/* A server that accepts and says nothing: the time-out ends it. */
static void a_server_that_hangs(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    char server[64];
    if (!ready()) return;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    expect_int(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    expect_int(listen(fd, 5), 0);
    expect_int(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(server, sizeof server, "ldap://127.0.0.1:%d", ntohs(address.sin_port));
    LdapConfig config = searching(server);
    config.time_out_seconds = 1;
    int64_t before = os_real.monotonic_ns(NULL);
    expect_int(ask(&config, "tanaka", USER_PASSWORD), -EHOSTUNREACH);
    expect(os_real.monotonic_ns(NULL) - before < 10 * NS_PER_SECOND);
    close(fd);
}

static void the_service_account(void)
{
    if (!ready()) return;
    LdapConfig config = searching(slapd.ldaps);
    expect(write_text("wrong", "no such words\n"));
    char wrong[600];
    snprintf(wrong, sizeof wrong, "%s/wrong", slapd.folder);
    chmod(wrong, 0400);
    config.search_password_file = wrong;
    expect_int(ask(&config, "tanaka", USER_PASSWORD), -EKEYREJECTED);
    config.search_password_file = slapd.secret;
    chmod(slapd.secret, 0444); /* others may read it */
    expect_int(ask(&config, "tanaka", USER_PASSWORD), -EKEYREJECTED);
    chmod(slapd.secret, 0400);
    expect_ok(ask(&config, "tanaka", USER_PASSWORD));
}

static void settings_are_judged(void)
{
    Complaint complaint = {0};
    LdapConfig config = searching("ldaps://dc1.example.com");
    expect_ok(ldap_config_check(&config, &complaint));
    config.servers[0] = "http://dc1.example.com";
    expect_int(ldap_config_check(&config, &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "ldap.server");
    config = searching("ldaps://dc1.example.com");
    config.search_filter = "(uid=tanaka)";
    expect_int(ldap_config_check(&config, &complaint), -EINVAL);
    config.search_filter = "(|(uid=%s)(cn=%s))";
    expect_int(ldap_config_check(&config, &complaint), -EINVAL);
    config = searching("ldaps://dc1.example.com");
    config.rule_count = 0;
    expect_int(ldap_config_check(&config, &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "ldap.rules");
}

/* Through the front door: the user is made at the first sign-in, local names stay local. */
static void sign_in_by_the_directory(void)
{
    if (!ready()) return;
    CLEANUP(arena_done) Arena arena = {0};
    const LdapConfig config = searching(slapd.ldaps);
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    AccountSelf self;
    kit_add_user(kit, "local", ROLE_VIEWER);
    kit->options.ldap = &config;
    kit_restart(kit);
    expect_ok(kit_sign_in(kit, "tanaka", USER_PASSWORD, &kit_desk, &session));
    expect_ok(account_session_check(kit->accounts, slice_from_cstr(session.session), &kit_desk,
                                    &arena, &self));
    expect_text(self.display_name, "田中 太郎");
    expect((self.permissions & MAY_MANAGE) != 0);
    expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_desk, &session), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "directory");
    expect_int(kit_sign_in(kit, "suzuki", USER_PASSWORD, &kit_desk, &session), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "no_group");
    expect_int(kit_sign_in(kit, "nobody", USER_PASSWORD, &kit_desk, &session), -EACCES);
    expect_ok(kit_sign_in(kit, "local", KIT_PASSWORD, &kit_desk, &session));
    /* Disabled here is disabled, whatever the directory says. */
    const AccountSelf shell = account_shell(SLICE("root"));
    expect_ok(account_user_disable(kit->accounts, &shell, self.user_id));
    expect_int(kit_sign_in(kit, "tanaka", USER_PASSWORD, &kit_desk, &session), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "disabled");
    Complaint complaint = {0};
    expect_int(account_password_reset(kit->accounts, &shell, self.user_id,
                                      SLICE(KIT_OTHER_PASSWORD), &complaint),
               -ENOTSUP);
}

static void a_directory_that_is_down_is_told_alike(void)
{
    if (!ready()) return;
    const LdapConfig config = searching(slapd.dead);
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    kit_add_user(kit, "local", ROLE_VIEWER);
    kit->options.ldap = &config;
    kit_restart(kit);
    expect_int(kit_sign_in(kit, "tanaka", USER_PASSWORD, &kit_desk, &session), -EACCES);
    expect(session.directory_is_down);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "directory_down");
    expect_int(kit_sign_in(kit, "local", "wrong", &kit_desk, &session), -EACCES);
    expect(session.directory_is_down);
    expect_ok(kit_sign_in(kit, "local", KIT_PASSWORD, &kit_desk, &session));
}

static const TapTest tests[] = {
    TAP_TEST(settings_are_judged),
    TAP_TEST(both_ways_over_both_kinds_of_tls),
    TAP_TEST(no_empty_password_and_no_filter_of_theirs),
    TAP_TEST(certificates_are_checked),
    TAP_TEST(the_next_server_when_one_is_gone),
    TAP_TEST(a_server_that_hangs),
    TAP_TEST(the_service_account),
    TAP_TEST(sign_in_by_the_directory),
    TAP_TEST(a_directory_that_is_down_is_told_alike),
};
TAP_MAIN(tests)
