/* Files that a request writes: whole or not at all, also through a power cut. */
#ifndef AKASHI_SERVER_API_API_FILE_H
#define AKASHI_SERVER_API_API_FILE_H

#include "os/os.h"

#define API_PATH_BYTES_MAX 4352
#define API_FILE_NAME_BYTES_MAX 128

/* What can be a file's name and never a path: letters, digits, dots, - and _, no dot in front. */
bool api_file_name_is_good(Slice name);
/* FOLDER/NAME, 0600, under another name first; the folder (0700) is made where it is absent. */
MUST_USE int api_file_write(const Os *os, const char *folder, const char *name, Slice bytes);

#endif
