/* What the operations of the front door share. */
#ifndef AKASHI_SERVER_API_API_SESSION_H
#define AKASHI_SERVER_API_API_SESSION_H

#include "server/api/api_request.h"

/* 200 with the schema Session. csrf NULL: asked with a token, which needs none. */
void api_session_add(ApiRequest *request, const AccountSelf *self, const char *csrf);
/* A session that has just begun or taken a new id: its cookie and api_session_add. */
void api_session_begun(ApiRequest *request, const SignedIn *in);
/* What account_sign_in, _code, _prove and _password_change may refuse with. */
void api_session_refused(ApiRequest *request, int error, unsigned wait_seconds);
/* A code that was not taken: also says what this server's clock shows, and what to do about it. */
void api_session_refused_code(ApiRequest *request, unsigned status);

#endif
