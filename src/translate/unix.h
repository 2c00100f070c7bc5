/* Inside translate/: what Unix programs write to syslog about people. */
#ifndef AKASHI_TRANSLATE_UNIX_H
#define AKASHI_TRANSLATE_UNIX_H

#include "translate/job.h"

/* Fills the record from a syslog event. RULE_DECLINES: no rule knows the program or the text. */
MUST_USE int unix_translate(Job *job);
/* True for the programs that write about logons and accounts (event.dataset linux.auth). */
bool unix_is_auth_program(Slice program);
/* The program of a syslog tag: without its folder, and without the `(pam_unix)` that old versions
 * of PAM put behind it. */
Slice unix_program(Slice tag);

/* One for each program; the message is without blanks around it. As unix_translate. */
MUST_USE int unix_sshd(Job *job, Slice message); /* unix_ssh.c */
MUST_USE int unix_pam(Job *job, Slice service,
                      Slice message);            /* unix_pam.c; message: behind "pam_x(...): " */
MUST_USE int unix_sudo(Job *job, Slice message); /* unix_command.c */
MUST_USE int unix_su(Job *job, Slice message);
MUST_USE int unix_cron(Job *job, Slice message);
MUST_USE int unix_account(Job *job,
                          Slice message); /* unix_account.c: useradd, usermod, passwd ... */

#endif
