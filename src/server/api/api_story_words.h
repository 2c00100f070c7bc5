/* Stories as the schemas StoryHead and Story have them. */
#ifndef AKASHI_SERVER_API_API_STORY_WORDS_H
#define AKASHI_SERVER_API_API_STORY_WORDS_H

#include "alert/page.h"
#include "server/api/api_json.h"

void api_story_head_add(ApiJson *json, const char *name, const Story *story, Arena *arena);
/* The page in both languages: facts, why, how far, what to do, whom to call, phases. */
void api_story_page_add(ApiJson *json, const Page *const pages[2]);
void api_story_findings_add(ApiJson *json, const Story *story);
void api_story_history_add(ApiJson *json, const Story *story);

#endif
