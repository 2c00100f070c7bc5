/* Writes the page for whoever is handed an export. */
#ifndef AKASHI_MAIN_EXPORT_README_H
#define AKASHI_MAIN_EXPORT_README_H

#include "engine/export_files.h"
#include "os/os.h"

/* README.txt, and with proofs first-key.txt (a line, with its end); synced. */
MUST_USE int export_readme_write(const Os *os, const char *folder, const ExportFacts *facts,
                                 const char *first_key);

#endif
