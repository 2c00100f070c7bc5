/* Compiles how a definition's lines are recognised. */
#include "translate/source/source_compile.h"

#include <stdlib.h>

#define ATOMS_OF_MARK_MAX 24

typedef struct MarkParts {
    SourceMark *mark;
    SourceAtom *atoms;
} MarkParts;

/* A tag says who wrote the line, so it says more than its letters. */
static unsigned atom_score(const SourceAtom *atom)
{
    return (unsigned)(atom->text.len + atom->value.len) + (atom->kind == ATOM_TAG ? 8 : 2);
}

static int add_atom(Compiler *compiler, const Node *node, MarkParts *parts, SourceAtom atom)
{
    if (parts->mark->atom_count == ATOMS_OF_MARK_MAX) {
        return WRONG(compiler, node, "source.mark_long",
                     "one way to recognise a line takes at most %d texts",
                     "一つの見分け方に書ける目印は %d 個までです", ATOMS_OF_MARK_MAX);
    }
    if (atom.text.len == 0) {
        return WRONG(compiler, node, "source.mark_empty", "an empty text is in every line",
                     "空の目印はどの行にも当てはまります。文字を書いてください");
    }
    parts->atoms[parts->mark->atom_count++] = atom;
    parts->mark->score += atom_score(&atom);
    return 0;
}

static int add_atoms(Compiler *compiler, const Node *node, MarkParts *parts, AtomKind kind)
{
    const Slice *texts;
    size_t count;
    int r = source_take_texts(compiler, node, &texts, &count);
    for (size_t i = 0; i < count && r == 0; i++) {
        r = add_atom(compiler, node, parts, (SourceAtom){.kind = kind, .text = texts[i]});
    }
    return r;
}

static int on_tag(Compiler *compiler, const Node *node, void *context)
{
    return add_atoms(compiler, node, context, ATOM_TAG);
}

static int on_contains(Compiler *compiler, const Node *node, void *context)
{
    return add_atoms(compiler, node, context, ATOM_LITERAL);
}

static int on_starts(Compiler *compiler, const Node *node, void *context)
{
    MarkParts *parts = context;
    int r = source_take_text(compiler, node, &parts->mark->starts);
    if (r == 0) r = add_atom(compiler, node, parts, (SourceAtom){.text = parts->mark->starts});
    if (r == 0) parts->mark->score += 4;
    return r;
}

/* Names of members of a JSON object; `name=value` wants the value too. */
static int on_json(Compiler *compiler, const Node *node, void *context)
{
    const Slice *texts;
    size_t count;
    int r = source_take_texts(compiler, node, &texts, &count);
    for (size_t i = 0; i < count && r == 0; i++) {
        size_t equals = slice_find_char(texts[i], '=');
        const SourceAtom atom = {
            .kind = equals == SLICE_NOT_FOUND ? ATOM_NAME : ATOM_NAME_VALUE,
            .text = slice_first(texts[i], equals),
            .value = slice_skip(texts[i], equals == SLICE_NOT_FOUND ? texts[i].len : equals + 1)};
        r = add_atom(compiler, node, context, atom);
    }
    return r;
}

static int on_regex(Compiler *compiler, const Node *node, void *context)
{
    MarkParts *parts = context;
    Slice text;
    Regex *regex;
    size_t where = 0;
    int r = source_take_text(compiler, node, &text);
    if (r < 0) return r;
    r = regex_make(text, compiler->arena, &regex, &where, compiler->complaint);
    if (r == -EINVAL) {
        source_place(compiler->complaint, node);
        if (compiler->complaint) compiler->complaint->column += (unsigned)where;
    }
    if (r < 0) return r;
    parts->mark->regex = regex;
    parts->mark->score += 3;
    return 0;
}

static int on_header(Compiler *compiler, const Node *node, void *context)
{
    ((MarkParts *)context)->mark->header = true;
    return on_contains(compiler, node, context);
}

static int mark_make(Compiler *compiler, const Node *node, SourceMark *ret)
{
    static const KeyRow rows[] = {{"tag", on_tag},       {"contains", on_contains},
                                  {"starts", on_starts}, {"json", on_json},
                                  {"regex", on_regex},   {"header", on_header}};
    MarkParts parts = {.mark = ret};
    parts.atoms = ARENA_ARRAY(compiler->arena, SourceAtom, ATOMS_OF_MARK_MAX);
    if (!parts.atoms) return -ENOMEM;
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), &parts);
    if (r < 0) return r;
    ret->atoms = parts.atoms;
    if (ret->atom_count == 0 && !ret->regex) {
        return WRONG(compiler, node, "source.mark_none",
                     "say how a line is recognised: tag, starts, contains, json, regex or header",
                     "行の見分け方を書いてください: tag, starts, contains, json, regex, header");
    }
    return 0;
}

/* A list of tags is several ways, for a line has but one. */
static size_t ways_of(const Node *node)
{
    const Node *tag = node_member(node, "tag");
    return tag && tag->kind == NODE_LIST ? tag->count : 1;
}

static void keep_one_tag(SourceMark *mark, size_t which, SourceAtom *room)
{
    size_t count = 0, tags = 0;
    for (size_t i = 0; i < mark->atom_count; i++) {
        if (mark->atoms[i].kind == ATOM_TAG && tags++ != which) continue;
        room[count++] = mark->atoms[i];
    }
    mark->atoms = room;
    mark->atom_count = count;
    mark->score = mark->regex ? 3 : 0;
    for (size_t i = 0; i < count; i++) {
        mark->score += atom_score(&room[i]);
    }
}

int source_marks_make(Compiler *compiler, const Node *node, const SourceMark **ret,
                      size_t *ret_count)
{
    size_t count = 0, at = 0;
    const Node *first = node->kind == NODE_LIST ? node->first : node;
    for (const Node *item = first; item; item = node->kind == NODE_LIST ? item->next : NULL) {
        count += ways_of(item);
    }
    SourceMark *marks = ARENA_ARRAY(compiler->arena, SourceMark, count);
    if (!marks) return -ENOMEM;
    for (const Node *item = first; item; item = node->kind == NODE_LIST ? item->next : NULL) {
        size_t ways = ways_of(item);
        for (size_t way = 0; way < ways; way++, at++) {
            int r = mark_make(compiler, item, &marks[at]);
            if (r < 0) return r;
            if (ways == 1) continue;
            SourceAtom *room = ARENA_ARRAY(compiler->arena, SourceAtom, ATOMS_OF_MARK_MAX);
            if (!room) return -ENOMEM;
            keep_one_tag(&marks[at], way, room);
        }
    }
    *ret = marks;
    *ret_count = count;
    return 0;
}
