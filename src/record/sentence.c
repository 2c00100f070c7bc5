/* See sentence.h. A sentence is rendered straight into the buffer; an optional piece whose value is
 * missing is taken back by setting the length to where the piece began. */
#include "record/sentence.h"

#include "record/sentence_int.h"

/* A template's own text: behind words of ours it loses its first blank in Japanese. */
static void add_literal(Rendering *r, Slice text)
{
    if (text.len == 0) return;
    bool skip = r->own && r->language == LANGUAGE_JA && text.ptr[0] == ' ';
    buf_add_slice(r->to, slice_skip(text, skip));
    r->own = false;
}

/* Writes the text with its placeholders. False, in an optional piece only: one had no value. */
static bool add_piece(Rendering *r, Slice text, bool optional)
{
    while (text.len > 0) {
        size_t open = slice_find_char(text, '{');
        add_literal(r, slice_first(text, open));
        if (open == SLICE_NOT_FOUND) break;
        text = slice_skip(text, open + 1);
        Slice name;
        slice_cut(&text, '}', &name);
        if (sentence_say(r, name)) continue;
        if (optional) return false;
        sentence_add_known(r, &words_placeholders, name);
    }
    return true;
}

static void add_template(Rendering *r, Slice template)
{
    while (template.len > 0) {
        size_t open = slice_find_char(template, '[');
        add_piece(r, slice_first(template, open), false);
        if (open == SLICE_NOT_FOUND) break;
        template = slice_skip(template, open + 1);
        Slice optional;
        slice_cut(&template, ']', &optional);
        Mark before = sentence_mark(r);
        bool own = r->own;
        if (add_piece(r, optional, true)) continue;
        sentence_go_back(r, before);
        r->own = own;
    }
}

static const Word *rule_sentence(Slice rule, bool failure)
{
    char key[64];
    static const Slice suffix = SLICE_INIT(" failure");
    if (!failure) return word_find(&words_sentences, rule);
    if (rule.len + suffix.len > sizeof key) return NULL;
    if (rule.len > 0) memcpy(key, rule.ptr, rule.len);
    memcpy(key + rule.len, suffix.ptr, suffix.len);
    return word_find(&words_sentences, slice_of(key, rule.len + suffix.len));
}

/* The rule's own sentence, else the verb's, else the generic one. */
static Slice template_for(const Record *record, Language language)
{
    bool failure = record->outcome == OUTCOME_FAILURE;
    const VerbInfo *verb = &verbs[record->verb];
    const Word *own = rule_sentence(record->text[RECORD_AKASHI_RULE], failure);
    if (own) return slice_from_cstr(own->text[language]);
    const char *of_verb = (failure ? verb->sentence_failure : verb->sentence)[language];
    if (of_verb[0] != '\0') return slice_from_cstr(of_verb);
    const Word *generic = rule_sentence(SLICE("generic"), failure);
    return slice_from_cstr(generic->text[language]);
}

void sentence_add(Buf *to, const Record *record, Language language)
{
    Rendering r = {.to = to, .record = record, .language = language, .start = to->len};
    add_template(&r, template_for(record, language));
}
