/* What to say when a sink could not tell: see sink.h. */
#include "alert/sink.h"

#include <errno.h>

/* Behind the name of the other side. */
static const struct {
    int error;
    const char *en, *ja;
} explanations[] = {
    {-ECONNREFUSED,
     "it could not be reached at that port; look at the address and the port, whether it runs, and "
     "at the firewall between",
     "そのポートに接続できません。アドレスとポート番号、相手が動いているか、途中のファイア"
     "ウォールを確かめてください"},
    {-EHOSTUNREACH,
     "the name is not known or there is no way to it; look at the spelling and at the name "
     "server of this machine",
     "名前が分からないか、届く経路がありません。つづりと、この機械のDNSの設定を確かめて"
     "ください"},
    {-ETIMEDOUT,
     "it did not answer in time; look at the network and at the firewall between, then try again",
     "時間内に応答がありません。ネットワークと途中のファイアウォールを確かめて、もう一度試して"
     "ください"},
    {-EACCES,
     "it refused the user name, the password or the token; look at both, and at the file that "
     "holds "
     "the secret",
     "利用者名、パスワード、トークンのどれかが受け付けられません。秘密を書いたファイルも"
     "確かめてください"},
    {-EPROTO,
     "there is no protected connection: its certificate is not trusted, or it speaks no TLS "
     "at that port; look at the port, the kind of protection, and alert.ca_file",
     "保護された通信ができません。証明書が信頼できないか、そのポートがTLSではありません。"
     "ポート、保護の種類、alert.ca_file を確かめてください"},
    {-EREMOTEIO, "it did not take the message; look at sender and recipients, and into its own log",
     "メッセージが受け取られませんでした。差出人と宛先、相手側のログを確かめてください"},
    {-EPERM,
     "the file with the secret can be read by others; make it its owner's alone (chmod 600)",
     "秘密を書いたファイルを本人以外も読めます。chmod 600 で本人だけにしてください"},
    {-ENOENT, "the file with the secret is not there; look at its path",
     "秘密を書いたファイルがありません。パスを確かめてください"},
    {-EINVAL, "that is no address; write HOST:PORT or a whole https:// address",
     "アドレスの形がちがいます。ホスト:ポート か https:// から始まる形で書いてください"},
};

/* An address that is a secret is not shown. */
static const char *whom(const AlertSink *sink, const NotifyConfig *config)
{
    if (sink == &sink_mail && is_given(config->mail_server)) return config->mail_server;
    if (sink == &sink_syslog && is_given(config->syslog_server)) return config->syslog_server;
    return sink->name;
}

void sink_explain(const AlertSink *sink, const NotifyConfig *config, int error,
                  Complaint *complaint)
{
    const char *system = strerrordesc_np(-error);
    const char *en = system ? system : "?", *ja = en;
    for (size_t i = 0; i < ARRAY_COUNT(explanations); i++) {
        if (explanations[i].error != error) continue;
        en = explanations[i].en;
        ja = explanations[i].ja;
    }
    complaint_say(complaint, "alert.untold", "%.100s: %s%.0s (settings alert.%s_*)",
                  "%.100s: %.0s%s（設定 alert.%s_*）", whom(sink, config), en, ja, sink->name);
}
