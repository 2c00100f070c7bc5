/* See source_proposal.h. */
#include "main/source_proposal.h"

#define NAME_BYTES_MAX 40

/* `/var/log/My App.log` becomes `my-app`. */
static Slice name_of_file(Slice file, char *to)
{
    size_t slash = slice_rfind_char(file, '/'), len = 0;
    if (slash != SLICE_NOT_FOUND) file = slice_skip(file, slash + 1);
    for (size_t i = 0; i < file.len && len < NAME_BYTES_MAX; i++) {
        char c = file.ptr[i];
        if (c == '.' && len > 0) break;
        if (c >= 'A' && c <= 'Z') c = (char)(c | 32);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (plain || (len > 0 && to[len - 1] != '-')) to[len++] = plain ? c : '-';
    }
    while (len > 0 && to[len - 1] == '-') {
        len--;
    }
    return len > 0 ? slice_of(to, len) : SLICE("unknown-log");
}

static void say_proposal(Slice file, Language language, const ProposalSummary *summary,
                         const SampleCounts *counts)
{
    char lines[NUMBER_WORDS_MAX], templates[NUMBER_WORDS_MAX], passed[NUMBER_WORDS_MAX],
        failed[NUMBER_WORDS_MAX], forgotten[NUMBER_WORDS_MAX], others[NUMBER_WORDS_MAX];
    const char *time = summary->time_format[0] ? summary->time_format : "-";
    SAY(MESSAGE_SOURCES_PROPOSED, language, {"file", file},
        {"lines", number_words(lines, summary->lines)},
        {"shape", slice_from_cstr(shape_name(summary->shape))}, {"time", slice_from_cstr(time)},
        {"templates", number_words(templates, summary->templates)},
        {"passed", number_words(passed, counts->passed)},
        {"failed", number_words(failed, counts->failed)});
    if (summary->forgotten > 0) {
        SAY(MESSAGE_SOURCES_PROPOSAL_FORGOT, language, {"file", file},
            {"lines", number_words(forgotten, summary->forgotten)});
    }
    if (summary->others > 0) {
        SAY(MESSAGE_SOURCES_PROPOSAL_OTHERS, language, {"file", file},
            {"lines", number_words(others, summary->others)});
    }
}

int source_proposal_write(SourceGuess *guess, Slice file, Language language, Buf *yaml,
                          ProposalSummary *ret)
{
    char room[NAME_BYTES_MAX];
    SampleCounts counts;
    int r = source_guess_propose(guess, name_of_file(file, room), yaml, ret, &counts);
    if (r == 0) say_proposal(file, language, ret, &counts);
    return r;
}
