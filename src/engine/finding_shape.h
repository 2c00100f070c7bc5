/* What rules found (detect/) in the shape of which stories are made (alert/): the rule's words, who
 * and what it is about, and the records it rests on. */
#ifndef AKASHI_ENGINE_FINDING_SHAPE_H
#define AKASHI_ENGINE_FINDING_SHAPE_H

#include "alert/finding.h"
#include "engine/detect_rules.h"
#include "record/row.h"

/* A row that a finding rests on. */
typedef struct SeenRow {
    uint64_t number;
    bool is_known; /* false: it could not be had any more; only its number is told */
    Row row;
} SeenRow;

/* A match of one event: `seen` is its row, `evidence` what matched in it. All that *ret points to
 * is in the arena, or belongs to the rules. -ENOMEM. */
MUST_USE int finding_shape_event(const DetectRules *rules, const RuleMatch *match,
                                 const SeenRow *seen, const Evidence *evidence,
                                 size_t evidence_count, Arena *arena, AlertFinding *ret);
/* Rows oldest first. Names that the group does not tell are told when all rows agree on them. */
MUST_USE int finding_shape_correlation(const DetectRules *rules, const CorrelationFinding *found,
                                       const SeenRow *rows, size_t count, Arena *arena,
                                       AlertFinding *ret);
MUST_USE int finding_shape_habit(const DetectRules *rules, const HabitFinding *found, Arena *arena,
                                 AlertFinding *ret);
/* What was given up for want of memory: one occurrence a rule and hour. */
MUST_USE int finding_shape_loss(const DetectRules *rules, const CorrelationLoss *loss, Arena *arena,
                                AlertFinding *ret);
/* A rule was set aside for its cost: one occurrence a rule and day. */
MUST_USE int finding_shape_set_aside(const DetectRules *rules, size_t rule, int64_t now_ns,
                                     Arena *arena, AlertFinding *ret);

#endif
