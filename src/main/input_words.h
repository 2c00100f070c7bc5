/* What decode, translate and import say about their inputs. */
#ifndef AKASHI_MAIN_INPUT_WORDS_H
#define AKASHI_MAIN_INPUT_WORDS_H

#include "base/complaint.h"
#include "engine/messages.h"

#define INPUT_PROBLEMS_SHOWN 1000 /* lines a run, of each kind; all are counted */

/* An input that cannot be read, or not to its end. */
void say_input_problem(Slice name, int error, const Complaint *complaint, Language language);
/* How many documents beside logs were not read; nothing when none. */
void say_passed_over(uint64_t count, Language language);

#endif
