/* Rules as the schemas RuleHead and Rule have them. */
#ifndef AKASHI_SERVER_API_API_RULE_WORDS_H
#define AKASHI_SERVER_API_API_RULE_WORDS_H

#include "engine/detect_rules.h"
#include "server/api/api_request.h"

/* The pack inside the program that it is of; empty: the company's own. */
Slice api_rule_pack(const RuleInfo *info);
void api_rule_head_add(ApiJson *json, const char *name, const DetectRules *rules, size_t rule);
/* "words" */
void api_rule_words_add(ApiJson *json, const DetectRules *rules, size_t rule);

#endif
