/* The commands and their options, one table each: parsed and explained from the same rows. */
#ifndef AKASHI_MAIN_OPTIONS_H
#define AKASHI_MAIN_OPTIONS_H

#include "engine/messages.h"
#include "engine/settings.h"

#define OPTIONS_MAX 24

typedef struct OptionInfo {
    const char *name;       /* without the -- */
    const char *value_name; /* NULL: a flag */
    const char *words[2];   /* by Language */
} OptionInfo;

typedef struct Invocation Invocation;

typedef struct CommandInfo {
    const char *name;
    const char *arguments; /* "PATH..." as shown in the usage line */
    const char *words[2];
    const char *examples; /* lines ready to be typed */
    const OptionInfo *options;
    size_t option_count;
    int (*run)(const Invocation *invocation); /* the exit status */
} CommandInfo;

/* What every command knows when it starts. set at start, then read-only */
struct Invocation {
    const CommandInfo *command;
    Language language;
    Settings settings;
    const char *folder;      /* of the data: --data, or the machine's default */
    const char *config_path; /* the file that was read, or NULL */
    int zone_offset_seconds;
    const char
        *values[OPTIONS_MAX]; /* by row of command->options, then common_options; NULL: not given */
    char **arguments;
    size_t argument_count;
};

enum { EXIT_DONE = 0, EXIT_ANSWER_NO = 1, EXIT_FAILED = 2 };

extern const OptionInfo common_options[];
extern const size_t common_option_count;

/* The value of an option of this command (a flag gives ""), or NULL when it was not given. */
const char *option_value(const Invocation *invocation, const char *name);

/* The moment that an option names, in the machine's zone where it names none: a day alone is its
 * beginning, a blank may stand for the T, seconds may be left out. Not given: 0, *ret_ns untouched.
 * -EINVAL after saying what is wrong. */
MUST_USE int option_time(const Invocation *invocation, const char *name, int64_t *ret_ns);

/* Sorts argv (without program and command name) into values and arguments. 0, or -EINVAL after
 * saying what is wrong. */
MUST_USE int options_parse(Invocation *invocation, int argc, char **argv);

void print_command_help(const CommandInfo *command, Language language);

/* Prints a complaint as one line on stderr, with its place. */
void say_complaint(const Complaint *complaint, Language language);

#endif
