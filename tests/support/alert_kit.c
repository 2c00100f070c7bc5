/* See alert_kit.h. */
#include "tests/support/alert_kit.h"

#include "base/digest.h"

#include <errno.h>

/* ---- the cipher: XOR with a digest of the bound text, and a digest in front */

static Digest digest_of(Slice bound, Slice text)
{
    const Slice pieces[] = {SLICE("kit"), bound, text};
    return digest_sha256(pieces, ARRAY_COUNT(pieces));
}

static void add_turned(Buf *to, Slice bound, Slice text)
{
    Digest pad = digest_of(bound, (Slice){0});
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(to, (char)(text.ptr[i] ^ (char)(pad.bytes[i % 32] | 1) ^ (char)0x80));
}

static int kit_seal(void *context, Slice bound, Slice plain, Buf *to)
{
    (void)context;
    Digest mark = digest_of(bound, plain);
    buf_add(to, mark.bytes, 16);
    add_turned(to, bound, plain);
    return buf_error(to);
}

static int kit_open(void *context, Slice bound, Slice sealed, Buf *to)
{
    (void)context;
    if (sealed.len < 16) return -EBADMSG;
    size_t start = to->len;
    add_turned(to, bound, slice_skip(sealed, 16));
    Digest mark = digest_of(bound, slice_of(to->ptr + start, to->len - start));
    return memcmp(mark.bytes, sealed.ptr, 16) == 0 ? buf_error(to) : -EBADMSG;
}

static int kit_tag(void *context, Slice text, uint8_t ret[ALERT_TAG_BYTES])
{
    (void)context;
    Digest digest = digest_of(SLICE("tag"), text);
    memcpy(ret, digest.bytes, ALERT_TAG_BYTES);
    return 0;
}

const AlertCipher kit_cipher = {.seal = kit_seal, .open = kit_open, .tag = kit_tag};

/* ---- findings */

static const FindingRecord vpn_records[] = {
    {.reference = 9001,
     .time_ns = KIT_NOW_NS - 3600 * NS_PER_SECOND,
     .sentence = {SLICE_INIT("yamada が 203.0.113.77 から vpn-gw に VPN 接続しました。"),
                  SLICE_INIT("yamada connected to vpn-gw by VPN from 203.0.113.77.")},
     .origin = SLICE_INIT("syslog/udp 192.168.0.1"),
     .raw = SLICE_INIT("<38>Nov 20 16:40:00 vpn-gw openvpn[811]: yamada/203.0.113.77:50112 peer "
                       "connection initiated")},
};
static const FindingRecord right_records[] = {
    {.reference = 9002,
     .time_ns = KIT_NOW_NS - 3000 * NS_PER_SECOND,
     .sentence = {SLICE_INIT("yamada が AD01 で yamada をグループ Domain Admins に追加しました。"),
                  SLICE_INIT("yamada added yamada to the group Domain Admins on AD01.")},
     .origin = SLICE_INIT("syslog/tcp 192.168.0.10"),
     .raw = SLICE_INIT("{\"EventID\":4728,\"Channel\":\"Security\",\"SubjectUserName\":\"yamada\","
                       "\"TargetUserName\":\"Domain Admins\"}")},
};
static const FindingRecord copy_records[] = {
    {.reference = 9003,
     .time_ns = KIT_NOW_NS - 2400 * NS_PER_SECOND,
     .sentence = {SLICE_INIT("yamada が PC-021 から FS01 の D:\\設計\\図面\\A-1024.dwg を"
                             "参照しました（184回）。"),
                  SLICE_INIT(
                      "yamada on PC-021 read D:\\設計\\図面\\A-1024.dwg on FS01 (184 times).")},
     .origin = SLICE_INIT("syslog/tcp 192.168.0.20"),
     .raw = SLICE_INIT("smbd_audit: yamada|192.168.0.121|PC-021|pread|ok|設計/図面/A-1024.dwg")},
    {.reference = 9004,
     .time_ns = KIT_NOW_NS - 2380 * NS_PER_SECOND,
     .sentence = {SLICE_INIT("yamada が PC-021 から FS01 の D:\\設計\\図面\\A-1025.dwg を"
                             "参照しました（97回）。"),
                  SLICE_INIT(
                      "yamada on PC-021 read D:\\設計\\図面\\A-1025.dwg on FS01 (97 times).")},
     .origin = SLICE_INIT("syslog/tcp 192.168.0.20"),
     .raw = SLICE_INIT("smbd_audit: yamada|192.168.0.121|PC-021|pread|ok|設計/図面/A-1025.dwg")},
};
static const FindingField vpn_fields[] = {
    {SLICE_INIT("source.ip"), SLICE_INIT("203.0.113.77"), SLICE_INIT("0.0.0.0/0")},
};

static const AlertFinding vpn_case[] = {
    {.rule = SLICE_INIT("akashi-vpn-abroad"),
     .tags = SLICE_INIT("attack.initial-access attack.t1133"),
     .level = FINDING_HIGH,
     .phase = PHASE_INTRUSION,
     .time_ns = KIT_NOW_NS - 3600 * NS_PER_SECOND,
     .outcome = OUTCOME_SUCCESS,
     .user = SLICE_INIT("yamada"),
     .host = SLICE_INIT("vpn-gw"),
     .source = SLICE_INIT("203.0.113.77"),
     .words = {{.title = SLICE_INIT("海外のアドレスからのVPN接続"),
                .seen =
                    SLICE_INIT("ふだん使われない海外のアドレスから、yamada のアカウントでVPN接続が"
                               "ありました。"),
                .why = SLICE_INIT("この人は過去90日、国内からしか接続していません。パスワードが"
                                  "盗まれた恐れがあります。"),
                .todo = SLICE_INIT("yamada さんに電話し、いま海外から接続しているか聞く。\n"
                                   "本人でなければ、VPN装置で yamada の接続を切り、アカウントを"
                                   "無効にする。\n203.0.113.77 をファイアウォールで止める。")},
               {.title = SLICE_INIT("VPN connection from abroad"),
                .seen = SLICE_INIT("The account of yamada connected by VPN from an address abroad "
                                   "that it never used."),
                .why = SLICE_INIT("In 90 days this person connected only from inside the country. "
                                  "The password may be stolen."),
                .todo =
                    SLICE_INIT("Telephone yamada: are they connecting from abroad now?\nIf not, "
                               "end the connection at the VPN gateway and disable the account.\n"
                               "Block 203.0.113.77 at the firewall.")}},
     .fields = vpn_fields,
     .field_count = 1,
     .records = vpn_records,
     .record_count = 1},
    {.rule = SLICE_INIT("akashi-admin-added"),
     .tags = SLICE_INIT("attack.privilege_escalation attack.t1098"),
     .level = FINDING_CRITICAL,
     .phase = PHASE_INFECTION,
     .time_ns = KIT_NOW_NS - 3000 * NS_PER_SECOND,
     .outcome = OUTCOME_SUCCESS,
     .user = SLICE_INIT("EXAMPLE\\yamada"),
     .host = SLICE_INIT("AD01"),
     .object = SLICE_INIT("Domain Admins"),
     .words =
         {{.title = SLICE_INIT("VPN接続の直後に管理者権限を取得"),
           .seen = SLICE_INIT("yamada のアカウントが、自分自身を管理者グループ Domain Admins に"
                              "加えました。"),
           .why = SLICE_INIT("管理者になると、社内のすべての端末とファイルを操作できます。"),
           .todo = SLICE_INIT("Domain Admins から yamada を外す。\nほかに加えられた人がいないか、"
                              "グループのメンバーを確かめる。")},
          {.title = SLICE_INIT("Administrator's rights right after a VPN connection"),
           .seen = SLICE_INIT("The account of yamada added itself to the group Domain Admins."),
           .why = SLICE_INIT("An administrator controls every machine and file."),
           .todo = SLICE_INIT("Remove yamada from Domain Admins.\nCheck the group for others "
                              "that were added.")}},
     .records = right_records,
     .record_count = 1},
    {.rule = SLICE_INIT("akashi-bulk-read"),
     .tags = SLICE_INIT("attack.collection attack.t1039"),
     .level = FINDING_HIGH,
     .phase = PHASE_THEFT,
     .time_ns = KIT_NOW_NS - 2400 * NS_PER_SECOND,
     .outcome = OUTCOME_SUCCESS,
     .user = SLICE_INIT("yamada@example.com"),
     .host = SLICE_INIT("FS01.example.com"),
     .source = SLICE_INIT("192.168.0.121"),
     .object = SLICE_INIT("D:\\設計\\図面"),
     .words = {{.title = SLICE_INIT("図面フォルダの大量の読み出し"),
                .seen =
                    SLICE_INIT("20分の間に、図面フォルダから 281 個のファイルが読み出されました。"),
                .why = SLICE_INIT("ふだんの1日の30倍にあたります。持ち出しの準備と見られます。")},
               {.title = SLICE_INIT("Mass reading of drawings"),
                .seen =
                    SLICE_INIT("281 files of the drawings' folder were read within 20 minutes."),
                .why = SLICE_INIT("That is thirty times an ordinary day: data may be about to be "
                                  "taken out.")}},
     .records = copy_records,
     .record_count = 2},
};

AlertFinding kit_finding(const char *rule, const char *user, int64_t time_ns)
{
    AlertFinding finding = vpn_case[0];
    finding.rule = slice_from_cstr(rule);
    finding.user = slice_from_cstr(user);
    finding.source = (Slice){0};
    finding.host = (Slice){0};
    finding.time_ns = time_ns;
    return finding;
}

size_t kit_vpn_findings(AlertFinding *to, size_t room)
{
    size_t count = room < ARRAY_COUNT(vpn_case) ? room : ARRAY_COUNT(vpn_case);
    memcpy(to, vpn_case, count * sizeof *to);
    return count;
}

#define HOSTILE                                                                                    \
    "<script>alert(1)</script>\r\nBcc: evil@example.com\x1b[2J\xe2\x80\xae"                        \
    "gpj.exe\"' onload='x' [toall] <!channel> **b** [x](http://192.0.2.1/) \xff\xc0 &amp; {id}"

static const FindingRecord hostile_records[] = {
    {.reference = 666,
     .time_ns = KIT_NOW_NS,
     .sentence = {SLICE_INIT(HOSTILE), SLICE_INIT(HOSTILE)},
     .origin = SLICE_INIT(HOSTILE),
     .raw = SLICE_INIT(HOSTILE)},
};

AlertFinding kit_hostile_finding(void)
{
    const Slice bad = SLICE_INIT(HOSTILE);
    const FindingWords words = {.title = bad, .seen = bad, .why = bad, .todo = bad, .call = bad};
    return (AlertFinding){.rule = bad,
                          .tags = bad,
                          .level = FINDING_CRITICAL,
                          .time_ns = KIT_NOW_NS,
                          .user = bad,
                          .host = bad,
                          .source = bad,
                          .object = bad,
                          .words = {words, words},
                          .records = hostile_records,
                          .record_count = 1};
}
