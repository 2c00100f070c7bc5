/* See export_files.h. */
#include "engine/export_files.h"

#include "base/time_text.h"
#include "record/print.h"

void export_record_add(Buf *to, const Row *row, uint64_t raw_offset, uint64_t proof)
{
    print_record_json(to, row, true);
    if (buf_error(to) || to->len < 2) return;
    to->len -= 2; /* the closing brace and the line's end */
    buf_add_format(to, ",\"_raw_offset\":%llu,\"_raw_bytes\":%zu", (unsigned long long)raw_offset,
                   row->event.raw.len);
    if (proof) buf_add_format(to, ",\"_proof\":\"%08llu.proof\"", (unsigned long long)proof);
    buf_add_cstr(to, "}\n");
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

void export_readme_add(Buf *to, const ExportFacts *facts)
{
    char when[TIME_TEXT_MAX + 1];
    when[time_print_rfc3339(when, facts->now_ns)] = '\0';
    add_japanese(to, facts, when);
    add_english(to, facts, when);
}
