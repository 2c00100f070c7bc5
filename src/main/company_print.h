/* What company.yaml says, told to the person who wrote it: checked, its year, one address. */
#ifndef AKASHI_MAIN_COMPANY_PRINT_H
#define AKASHI_MAIN_COMPANY_PRINT_H

#include "main/options.h"

/* Each says what is wrong and returns the exit status. `folder` is where the document lies; NULL:
 * wherever commands find it (main/known_context.h). */
int company_check(const Invocation *invocation, const char *folder);
int company_print_year(const Invocation *invocation, const char *year);
int company_print_address(const Invocation *invocation, const char *address);

#endif
