/* The commands of `akashi`, one table row each. */
#ifndef AKASHI_MAIN_COMMANDS_H
#define AKASHI_MAIN_COMMANDS_H

#include "main/options.h"

extern const CommandInfo decode_command;    /* command_read.c */
extern const CommandInfo translate_command; /* command_read.c */
extern const CommandInfo import_command;
extern const CommandInfo search_command;
extern const CommandInfo serve_command;
extern const CommandInfo config_command;

#endif
