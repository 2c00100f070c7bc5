/* akashi rules: accounts for every rule; says why one matches, or why not. */
#include "main/command_rules.h"
#include "main/commands.h"
#include "main/finding_print.h"
#include "main/output.h"
#include "main/pack_print.h"
#include "main/rule_files.h"
#include "main/rules_reach.h"

#include <errno.h>

typedef struct CheckCounts {
    uint64_t states[3];
    uint64_t filters;       /* of those ready: they fire never by themselves */
    uint64_t reached, rows; /* with a store: rules whose events came, and rows looked at */
} CheckCounts;

/* What the rule means to people, behind its own members. */
static void add_words(Buf *to, const PackFiles *packs, size_t rule)
{
    for (size_t i = 0; i < packs->rule_count; i++) {
        if (packs->rules[i].rule != rule) continue;
        to->len -= strlen("}\n");
        pack_words_print(to, &packs->rules[i]);
        buf_add_cstr(to, "}\n");
        return;
    }
}

/* The members of the store behind the rule's own. */
static void add_reach(Buf *to, const RuleSet *set, const Census *census, size_t rule,
                      CheckCounts *counts)
{
    const RuleInfo *info = rule_set_info(set, rule);
    if (info->kind == RULE_FILTER) {
        counts->filters += info->state == RULE_READY;
        return;
    }
    to->len -= strlen("}\n");
    counts->reached += rules_reach_print(to, census, set, rule);
    buf_add_cstr(to, "}\n");
}

static int print_rules(const RuleSet *set, const PackFiles *packs, const Census *census,
                       Language language, CheckCounts *counts)
{
    CLEANUP(buf_done) Buf output = {0};
    int r = 0;
    for (size_t i = 0; i < packs->info_count; i++) {
        pack_print(&output, &packs->infos[i]);
    }
    for (size_t i = 0; i < rule_set_count(set) && r == 0; i++) {
        const RuleInfo *info = rule_set_info(set, i);
        counts->states[info->state]++;
        rule_print(&output, info, language);
        if (output.len > 0) add_words(&output, packs, i);
        if (census && output.len > 0) add_reach(&output, set, census, i, counts);
        r = output_flush(&output, OUTPUT_PIECE_BYTES);
    }
    return r == 0 ? output_flush(&output, 0) : r;
}

static void say_reached(const CheckCounts *counts, Language language)
{
    char rows[NUMBER_WORDS_MAX], days[NUMBER_WORDS_MAX], reached[NUMBER_WORDS_MAX],
        silent[NUMBER_WORDS_MAX];
    uint64_t ready = counts->states[RULE_READY] - counts->filters;
    SAY(MESSAGE_SUMMARY_RULES_REACH, language, {"rows", number_words(rows, counts->rows)},
        {"days", number_words(days, REACH_DAYS)},
        {"reached", number_words(reached, counts->reached)},
        {"silent", number_words(silent, ready - counts->reached)});
}

static int say_checked(const uint64_t counts[3], uint64_t unreadable, Language language)
{
    char all[NUMBER_WORDS_MAX], ready[NUMBER_WORDS_MAX], rejected[NUMBER_WORDS_MAX],
        silent[NUMBER_WORDS_MAX];
    SAY(MESSAGE_SUMMARY_RULES, language,
        {"all", number_words(all, counts[0] + counts[1] + counts[2])},
        {"ready", number_words(ready, counts[RULE_READY])},
        {"rejected", number_words(rejected, counts[RULE_REJECTED])},
        {"silent", number_words(silent, counts[RULE_CANNOT_FIRE])});
    if (unreadable > 0) return EXIT_FAILED;
    return counts[RULE_REJECTED] > 0 ? EXIT_ANSWER_NO : EXIT_DONE;
}

static int check(const Invocation *invocation, char **paths, size_t count)
{
    uint64_t unreadable = 0;
    CheckCounts counts = {0};
    Census *census = NULL;
    CLEANUP(pack_files_done) PackFiles packs = {0};
    RuleSet *set = rule_files_load(invocation, paths, count, &packs, &unreadable);
    if (!set) return EXIT_FAILED;
    if (option_value(invocation, "data") &&
        rules_reach_take(invocation, set, &census, &counts.rows) < 0) {
        rule_set_free(set);
        return EXIT_FAILED;
    }
    int r = print_rules(set, &packs, census, invocation->language, &counts);
    if (census && r == 0) say_reached(&counts, invocation->language);
    census_free(census);
    rule_set_free(set);
    unreadable += packs.mistakes;
    if (r == -EPIPE) return EXIT_DONE;
    if (r < 0) SAY(MESSAGE_OUTPUT_FAILED, invocation->language, {"error", error_words(r)});
    return r < 0 ? EXIT_FAILED : say_checked(counts.states, unreadable, invocation->language);
}

static int run_rules(const Invocation *invocation)
{
    const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "";
    if (strcmp(what, "check") == 0 && invocation->argument_count > 1)
        return check(invocation, invocation->arguments + 1, invocation->argument_count - 1);
    if (strcmp(what, "test") == 0 && invocation->argument_count > 1)
        return rules_test(invocation, invocation->arguments + 1, invocation->argument_count - 1);
    if (strcmp(what, "explain") == 0) return rules_explain(invocation);
    print_command_help(&rules_command, invocation->language);
    return EXIT_FAILED;
}

static const OptionInfo rules_options[] = {
    {"pipeline",
     "FILE,...",
     {"ルールを変える処理パイプライン", "processing pipelines for the rules"}},
    {"limit",
     "N",
     {"explain で示すログの数（既定 20）", "how many events explain shows (default 20)"}},
    {"only",
     "TEXT",
     {"test で試すルール（題名の一部か id）", "rules that test tries (part of the title, or id)"}},
};

const CommandInfo rules_command = {
    .name = "rules",
    .arguments = "check PATH... | test PACK... | explain RULE PATH...",
    .words = {"Sigma ルールを一つずつ確かめる。ログに当たる・当たらない理由を示す",
              "account for each Sigma rule; show why a rule matches an event, or why not"},
    .examples = "  akashi rules check sigma/rules | jq -r 'select(.state!=\"ready\").reason'\n"
                "  akashi rules test knowledge/packs/*\n"
                "  akashi rules explain rule.yml Security.evtx\n",
    .options = rules_options,
    .option_count = ARRAY_COUNT(rules_options),
    .run = run_rules,
};
