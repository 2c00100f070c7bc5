/* The company's document as a file: read and written here and nowhere else. */
#ifndef AKASHI_ENGINE_CONTEXT_FILE_H
#define AKASHI_ENGINE_CONTEXT_FILE_H

#include "base/complaint.h"
#include "os/os.h"

#define COMPANY_FILE_NAME "company.yaml"
#define COMPANY_PATH_BYTES_MAX 4352

/* The path of the folder's document. -ENAMETOOLONG. */
MUST_USE int company_file_path(const char *folder, char to[COMPANY_PATH_BYTES_MAX]);
/* -ENOENT: the folder has none; otherwise as os_read_file (at most CONTEXT_DOCUMENT_BYTES_MAX), and
 * the complaint says it. */
MUST_USE int company_file_read(const Os *os, const char *folder, Arena *arena, Slice *ret,
                               Complaint *complaint);
/* Puts the document in the place of the one that is there: at every moment the file is one of both,
 * whole. -EINVAL: it has a mistake and is not kept; the complaint says which and where. Files that
 * it names are not looked at. -EIO, -ENOSPC ...: the old one is there still, unless only the last
 * sync of the folder failed; the complaint says it. */
MUST_USE int company_file_write(const Os *os, const char *folder, Slice document,
                                Complaint *complaint);

#endif
