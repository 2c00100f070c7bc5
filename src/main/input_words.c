/* See input_words.h. */
#include "main/input_words.h"

void say_input_problem(Slice name, int error, const Complaint *complaint, Language language)
{
    if (complaint && complaint->id) {
        Slice words = slice_from_cstr(language == LANGUAGE_JA ? complaint->ja : complaint->en);
        SAY(MESSAGE_INPUT_PROBLEM, language, {"file", name}, {"words", words});
    } else {
        SAY(MESSAGE_INPUT_UNREADABLE, language, {"file", name}, {"error", error_words(error)});
    }
}

void say_passed_over(uint64_t count, Language language)
{
    char number[NUMBER_WORDS_MAX];
    if (count == 0) return;
    SAY(MESSAGE_INPUT_DOCUMENTS, language, {"count", number_words(number, count)});
}
