/* Stories for one request: opened, read, and whether the one who asks may see them. */
#ifndef AKASHI_SERVER_API_API_STORY_OPEN_H
#define AKASHI_SERVER_API_API_STORY_OPEN_H

#include "alert/story.h"
#include "server/api/api_request.h"

/* -1: answered. To be closed with stories_close. */
MUST_USE int api_stories_open(ApiRequest *request, Stories **ret);
/* The story, in the request's arena. -1: answered; a scope that does not reach all its records
 * makes it 404. */
MUST_USE int api_story_load(ApiRequest *request, Stories *stories, uint64_t id, Story *ret);
/* Whether the one who asks may see every record that the story rests on; negative: it could not be
 * found out. Costs nothing for those without a scope. */
MUST_USE int api_story_is_visible(ApiRequest *request, const Story *story);

#endif
