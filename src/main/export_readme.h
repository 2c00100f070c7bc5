/* The page for whoever is handed an export, in both languages. */
#ifndef AKASHI_MAIN_EXPORT_README_H
#define AKASHI_MAIN_EXPORT_README_H

#include "os/os.h"

typedef struct ExportFacts {
    bool with_proof;
    int64_t now_ns;
    uint64_t count, unsealed;
    const char *first_key; /* a line, with its end */
} ExportFacts;

/* README.txt, and with proofs first-key.txt; synced. */
MUST_USE int export_readme_write(const Os *os, const char *folder, const ExportFacts *facts);

#endif
