/* The commands of `akashi`, one table row each. */
#ifndef AKASHI_MAIN_COMMANDS_H
#define AKASHI_MAIN_COMMANDS_H

#include "main/options.h"

extern const CommandInfo decode_command;    /* command_read.c */
extern const CommandInfo translate_command; /* command_read.c */
extern const CommandInfo import_command;
extern const CommandInfo search_command;
extern const CommandInfo retranslate_command;
extern const CommandInfo serve_command;
extern const CommandInfo who_command;
extern const CommandInfo verify_command;
extern const CommandInfo config_command;
extern const CommandInfo detect_command;
extern const CommandInfo rules_command;
extern const CommandInfo account_command;
extern const CommandInfo alerts_command;
extern const CommandInfo simulate_command;
extern const CommandInfo sources_command;
extern const CommandInfo store_command;
extern const CommandInfo backup_command;
extern const CommandInfo restore_command;
extern const CommandInfo export_command;

#endif
