/* akashi simulate: a factory's logs, with or without an attack inside. */
#include "main/commands.h"
#include "main/progress.h"
#include "main/simulate_outlet.h"

#include "base/number.h"
#include "simulate/workday.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct SimulateRun {
    SimulateOutlet *outlet;
    Progress progress;
    Slice scenario;
    int64_t begin_ns, span_ns;
    uint64_t lines, labels;
} SimulateRun;

static int on_line(void *context, SimulateSource source, uint64_t line_number, int64_t time_ns,
                   Slice line)
{
    SimulateRun *run = context;
    (void)line_number;
    if (++run->lines % 512 == 0) {
        int64_t done_ns = time_ns > run->begin_ns ? time_ns - run->begin_ns : 0;
        progress_show(&run->progress, run->scenario, (uint64_t)done_ns, (uint64_t)run->span_ns,
                      run->lines);
    }
    return simulate_outlet_line(run->outlet, source, time_ns, line);
}

static int on_label(void *context, Slice label)
{
    SimulateRun *run = context;
    run->labels++;
    return simulate_outlet_label(run->outlet, label);
}

static int list_scenarios(Language language)
{
    for (size_t i = 0; simulate_scenario_name(i).len > 0; i++) {
        printf("%-18.*s %s\n", SLICE_FMT(simulate_scenario_name(i)),
               simulate_scenario_words(i, language));
    }
    return EXIT_DONE;
}

static int say_bad_value(const Invocation *invocation, const char *option, const char *want)
{
    SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", slice_from_cstr(option)},
        {"value", slice_from_cstr(option_value(invocation, option))},
        {"want", slice_from_cstr(want)});
    return -EINVAL;
}

static int read_number(const Invocation *invocation, const char *option, uint64_t most,
                       uint64_t *ret)
{
    const char *given = option_value(invocation, option);
    uint64_t number;
    if (!given) return 0;
    if (number_parse_u64(slice_from_cstr(given), &number) < 0 || number > most) {
        return say_bad_value(invocation, option, "0, 1, 2 ...");
    }
    *ret = number;
    return 0;
}

/* YYYY-MM-DD; without it the last worked days before today. */
static int read_first_day(const Invocation *invocation, SimulateOptions *options)
{
    const char *given = option_value(invocation, "from");
    int64_t now_ns = os_real.now_ns(os_real.state), day_ns;
    int64_t today = (now_ns / NS_PER_SECOND + SIMULATE_ZONE_SECONDS) / 86400;
    char text[32];
    if (!given) {
        int64_t last = today - 1;
        while (!workday_is_worked(last)) {
            last--;
        }
        options->first_day = last - (int64_t)options->day_count + 1;
        return 0;
    }
    int len = snprintf(text, sizeof text, "%.12sT00:00:00Z", given);
    if (strlen(given) != 10 || time_parse_rfc3339(slice_of(text, (size_t)len), 0, &day_ns) < 0) {
        return say_bad_value(invocation, "from", "YYYY-MM-DD");
    }
    options->first_day = day_ns / NS_PER_SECOND / 86400;
    return 0;
}

static int read_options(const Invocation *invocation, SimulateOptions *options)
{
    uint64_t people = 120, days = 1;
    const char *names = option_value(invocation, "names");
    int r = read_number(invocation, "seed", UINT64_MAX, &options->seed);
    if (r == 0) r = read_number(invocation, "people", 1000000, &people);
    if (r == 0) r = read_number(invocation, "days", 1000000, &days);
    if (r == 0 && names && strcmp(names, "ja") != 0 && strcmp(names, "en") != 0) {
        r = say_bad_value(invocation, "names", "ja, en");
    }
    options->people_count = (unsigned)people;
    options->day_count = (unsigned)days;
    options->names = names && strcmp(names, "en") == 0 ? LANGUAGE_EN : LANGUAGE_JA;
    return r == 0 ? read_first_day(invocation, options) : r;
}

static int read_plan(const Invocation *invocation, SimulatePlan *plan)
{
    const char *speed = option_value(invocation, "speed");
    char *end;
    *plan = (SimulatePlan){.folder = option_value(invocation, "out"),
                           .address = option_value(invocation, "to"),
                           .is_udp = option_value(invocation, "udp") != NULL,
                           .labels = option_value(invocation, "labels")};
    if (!plan->folder == !plan->address) {
        SAY(MESSAGE_SIMULATE_WHERE, invocation->language);
        return -EINVAL;
    }
    if (speed) {
        plan->speed = strtod(speed, &end);
        if (*end || !(plan->speed > 0))
            return say_bad_value(invocation, "speed", "1, 60, 3600 ...");
    }
    return read_number(invocation, "rate", 100000000, &plan->rate);
}

static void say_done(const SimulateRun *run, const Invocation *invocation,
                     const SimulateOptions *options)
{
    char lines[NUMBER_WORDS_MAX], labels[NUMBER_WORDS_MAX], bytes[NUMBER_WORDS_MAX];
    char seed[NUMBER_WORDS_MAX], from[TIME_TEXT_MAX];
    size_t len = time_print_plain(from, options->first_day * 86400 * NS_PER_SECOND, 0);
    SAY(MESSAGE_SUMMARY_SIMULATE, invocation->language, {"lines", number_words(lines, run->lines)},
        {"labels", number_words(labels, run->labels)},
        {"bytes", number_words(bytes, simulate_outlet_bytes(run->outlet))},
        {"seed", number_words(seed, options->seed)}, {"from", slice_of(from, len < 10 ? len : 10)});
}

static int play(SimulateRun *run, const SimulateOptions *options, const Invocation *invocation)
{
    Complaint complaint = {0};
    const SimulateSink sink = {.line = on_line, .label = on_label, .context = run};
    int r = simulate_run(options, &sink, &complaint);
    if (r == 0) r = simulate_outlet_flush(run->outlet);
    progress_clear(&run->progress);
    if (r == 0) {
        say_done(run, invocation, options);
        return EXIT_DONE;
    }
    if (r == -EPIPE && !option_value(invocation, "to")) return EXIT_DONE; /* head has seen enough */
    if (complaint.id)
        say_complaint(&complaint, invocation->language);
    else
        SAY(MESSAGE_OUTPUT_FAILED, invocation->language, {"error", error_words(r)});
    return EXIT_FAILED;
}

static int run_scenario(const Invocation *invocation)
{
    SimulateOptions options = {.seed = 1};
    SimulatePlan plan;
    Complaint complaint = {0};
    options.scenario = slice_from_cstr(invocation->arguments[0]);
    if (read_options(invocation, &options) < 0) return EXIT_FAILED;
    if (simulate_judge(&options, &complaint) < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    if (read_plan(invocation, &plan) < 0) return EXIT_FAILED;
    SimulateRun run = {.progress = progress_make(),
                       .scenario = options.scenario,
                       .begin_ns =
                           (options.first_day * 86400 - SIMULATE_ZONE_SECONDS) * NS_PER_SECOND,
                       .span_ns = (int64_t)options.day_count * 86400 * NS_PER_SECOND};
    if (simulate_outlet_open(&plan, &run.outlet, &complaint) < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    int status = play(&run, &options, invocation);
    simulate_outlet_close(run.outlet);
    return status;
}

static int run_simulate(const Invocation *invocation)
{
    if (invocation->argument_count != 1) {
        print_command_help(invocation->command, invocation->language);
        return EXIT_FAILED;
    }
    if (strcmp(invocation->arguments[0], "list") == 0) return list_scenarios(invocation->language);
    return run_scenario(invocation);
}

static const OptionInfo options[] = {
    {"out",
     "DIR",
     {"機器ごとのファイルを作るフォルダー（- は標準出力へ時刻順に）",
      "folder for one file a source (-: standard output, in order of time)"}},
    {"to",
     "HOST:PORT",
     {"ログを送る先。この機械の中（127.0.0.1、::1）だけ",
      "send the lines to a listener on this machine (127.0.0.1, ::1 only)"}},
    {"udp", NULL, {"TCPでなくUDPで送る", "send by UDP in place of TCP"}},
    {"rate", "N", {"1秒に送る行数の上限", "send at most so many lines a second"}},
    {"speed",
     "FACTOR",
     {"出来事の時刻どおりに、この倍の速さで送る（60: 1時間を1分で）",
      "send in event time, so many times faster (60: an hour in a minute)"}},
    {"labels",
     "FILE",
     {"正解（誰が何をし、どの行になったか）のJSONを書くファイル（- は標準出力）",
      "write what each action was, and its lines, as JSON (-: standard output)"}},
    {"from",
     "DATE",
     {"最初の日（YYYY-MM-DD、既定は直近の稼働日）",
      "first day (YYYY-MM-DD; default: the last worked day)"}},
    {"days", "N", {"日数（既定 1）", "how many days (default 1)"}},
    {"people", "N", {"人数（既定 120）", "how many people (default 120)"}},
    {"seed",
     "N",
     {"種。同じ種と日付なら同じ内容（既定 1）",
      "the same seed and dates give the same bytes (default 1)"}},
    {"names", "ja|en", {"ファイル名の言語（既定 ja）", "language of file names (default ja)"}},
};

const CommandInfo simulate_command = {
    .name = "simulate",
    .arguments = "SCENARIO | list",
    .words = {"架空の工場のログを作る。攻撃の筋書きと正解つき（試験・訓練・デモ用）",
              "write the logs of an imaginary factory, with an attack and the right answers"},
    .examples = "  akashi simulate list\n"
                "  akashi simulate ransomware --out demo --labels answers.jsonl\n"
                "  akashi simulate quiet-day --days 30 --people 300 --seed 7 --out month\n"
                "  akashi simulate vpn-from-abroad --to 127.0.0.1:5514 --speed 600\n"
                "  akashi simulate scan-inside --out - | akashi translate - | head\n",
    .options = options,
    .option_count = ARRAY_COUNT(options),
    .run = run_simulate,
};
