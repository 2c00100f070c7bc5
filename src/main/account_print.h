/* Users and tokens as `akashi account` lists them. */
#ifndef AKASHI_MAIN_ACCOUNT_PRINT_H
#define AKASHI_MAIN_ACCOUNT_PRINT_H

#include "account/account_sign.h"
#include "main/options.h"

/* Separated by `; `, as --role takes them. */
void account_print_roles(Buf *to, AccountGrants grants);
/* A JSON object a line; times in RFC 3339, absent when there is none. */
void account_print_json(Buf *to, const AccountUser *user);
/* Columns with tabs between: name, roles, last sign-in, and what else there is to say. */
void account_print_line(const Invocation *invocation, Buf *to, const AccountUser *user);
/* Number, owner, label, its last characters, permissions, end, last use. */
void account_print_token(const Invocation *invocation, Buf *to, const AccountToken *token);

#endif
