/* Source definitions: what a person wrote about one kind of device (knowledge/sources/NAME.yaml,
 * doc/sources.md), compiled into steps over slices. Pure: texts in, records out.
 *
 * A SourceSet is filled at start and read-only after source_set_finish; any number of translators
 * use it at once (translate.h, translator_use_sources). */
#ifndef AKASHI_TRANSLATE_SOURCE_H
#define AKASHI_TRANSLATE_SOURCE_H

#include "base/arena.h"
#include "base/complaint.h"

#define SOURCE_FILE_BYTES_MAX ((size_t)256 << 10) /* a longer file is refused */
#define SOURCES_MAX 256 /* definitions of a set; further ones are refused */

typedef struct SourceSet SourceSet;

/* A field of the record that a sample must give. An empty value: it must be absent. */
typedef struct SourceExpectation {
    Slice name;
    Slice value;
} SourceExpectation;

typedef struct SourceSample {
    unsigned line; /* of the sample in its file */
    /* `captured` from the real program, `documented` in a manual, `assumed`: no public form is
     * known, and a real log is to be checked with `akashi sources guess`. */
    Slice kind;
    Slice from;          /* program and version, or the manual's page */
    const Slice *before; /* lines that come before it in the file: the header of a table */
    size_t before_count;
    Slice text;
    const SourceExpectation *expectations;
    size_t expectation_count;
} SourceSample;

/* What a definition says about itself. Slices live as long as the set. */
typedef struct SourceInfo {
    Slice file;
    Slice name;
    Slice title[2]; /* by Language; ja, en */
    Slice vendor, product, dataset;
    Slice setup[2];     /* what to type on the device so that it sends its log */
    const Slice *about; /* manuals the facts come from */
    size_t about_count;
    const SourceSample *samples;
    size_t sample_count;
    /* Rules of the built-in translator that does its work (`win.4624`, `ssh.*`); none: the
     * definition itself recognises and translates. */
    const Slice *rules;
    size_t rule_count;
    bool built_in;
} SourceInfo;

/* NULL: no memory. */
SourceSet *source_set_new(void);
void source_set_free(SourceSet *set);

/* Compiles one definition. One of the same name is replaced: so an administrator's file wins over
 * the built-in one when it is added later. -EINVAL: the complaint has file, line, column and what
 * to do, and the set is as it was; -ENOMEM. The texts are copied. */
MUST_USE int source_set_add(SourceSet *set, Slice file, Slice yaml, bool built_in,
                            Complaint *complaint);
/* Builds what recognises lines. Nothing can be added after it. -ENOMEM, or -E2BIG when all the
 * definitions' literals are too many together (SOURCE_LITERALS_MAX). */
MUST_USE int source_set_finish(SourceSet *set);

size_t source_set_count(const SourceSet *set);
const SourceInfo *source_set_info(const SourceSet *set, size_t index);
/* By name; -ENOENT. */
MUST_USE int source_set_find(const SourceSet *set, Slice name, size_t *ret_index);
/* The definition whose rule this akashi.rule is (`fortigate.traffic.deny`); -ENOENT. */
MUST_USE int source_set_of_rule(const SourceSet *set, Slice rule, size_t *ret_index);
/* Whether a record of this rule is of that definition, or of the built-in translator that it
 * describes. */
bool source_set_owns(const SourceSet *set, size_t index, Slice rule);

#define SOURCE_LITERALS_MAX 1024

#endif
