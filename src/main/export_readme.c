/* See export_readme.h. */
#include "main/export_readme.h"

#include "base/buf.h"
#include "base/time_text.h"

#include <fcntl.h>
#include <stdio.h>

static int write_file(const Os *os, const char *folder, const char *name, Slice text)
{
    char path[4352];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_EXCL, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    return r < 0 ? r : 0;
}

static void add_japanese(Buf *to, const ExportFacts *facts, const char *when)
{
    buf_add_format(
        to,
        "Akashi（証）から書き出した記録 %llu 件（%s）\n\n"
        "records.jsonl  記録。1行に1件の JSON。_raw_offset と _raw_bytes は raw.log の中の"
        "位置\n"
        "raw.log        機器が出した元のバイト列そのまま。1件ごとに改行を1つ足してある\n",
        (unsigned long long)facts->count, when);
    if (!facts->with_proof) return;
    buf_add_cstr(
        to, "NNNNNNNN.proof 1件ごとの証明。raw.log の N 番目の記録が、改ざん検知の記録（チェーン）"
            "に封印されていること\n"
            "chain.log      チェーン。だれも後から書き換えられない\n"
            "checkpoints.txt 署名\n"
            "first-key.txt  最初の公開鍵。別の経路（メールや紙）で受け取った1行と同じか必ず比べて"
            "ください\n\n"
            "確かめ方（ネットワークも鍵も要りません）:\n"
            "  akashi-verify --key 受け取った公開鍵のファイル このフォルダー\n"
            "`holds` と出れば、証明とチェーンと raw.log は1バイトも変わっていません。"
            "records.jsonl は読みやすくしたもので、証拠になるのは raw.log と証明です。\n");
    if (facts->unsealed) {
        buf_add_format(to,
                       "封印前だった %llu 件には証明がなく、unsealed-records.jsonl と "
                       "unsealed-raw.log に分けてあります。封印後にもう一度書き出してください。\n",
                       (unsigned long long)facts->unsealed);
    }
}

static void add_english(Buf *to, const ExportFacts *facts, const char *when)
{
    buf_add_format(
        to,
        "\n----\n\n%llu records written by Akashi (%s)\n\n"
        "records.jsonl  the records, one JSON object a line; _raw_offset and _raw_bytes say "
        "where in raw.log\n"
        "raw.log        the bytes as the devices sent them, a line end added to each\n",
        (unsigned long long)facts->count, when);
    if (!facts->with_proof) return;
    buf_add_cstr(
        to, "NNNNNNNN.proof one for each record: that the Nth of raw.log is sealed in the chain\n"
            "chain.log      the chain, which nobody can rewrite afterwards\n"
            "checkpoints.txt its signatures\n"
            "first-key.txt  the first public key. Compare it with the line that you were given "
            "another way (mail, paper)\n\n"
            "To check, without a network and without any secret:\n"
            "  akashi-verify --key THE-KEY-YOU-WERE-GIVEN THIS-FOLDER\n"
            "`holds`: not a byte of the proofs, the chain and raw.log was changed. "
            "records.jsonl is for reading; the evidence is raw.log and the proofs.\n");
    if (facts->unsealed) {
        buf_add_format(to,
                       "%llu records were not sealed yet and have no proof: they are apart, in "
                       "unsealed-records.jsonl and unsealed-raw.log. Export them again later.\n",
                       (unsigned long long)facts->unsealed);
    }
}

int export_readme_write(const Os *os, const char *folder, const ExportFacts *facts)
{
    CLEANUP(buf_done) Buf text = buf_make(0);
    char when[TIME_TEXT_MAX + 1];
    when[time_print_rfc3339(when, facts->now_ns)] = '\0';
    add_japanese(&text, facts, when);
    add_english(&text, facts, when);
    if (buf_error(&text)) return buf_error(&text);
    int r = write_file(os, folder, "README.txt", buf_slice(&text));
    if (r == 0 && facts->with_proof) {
        r = write_file(os, folder, "first-key.txt", slice_from_cstr(facts->first_key));
    }
    if (r == 0) r = os->sync_folder(os->state, folder);
    return r < 0 ? r : 0;
}
