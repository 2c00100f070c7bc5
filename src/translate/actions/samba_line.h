/* Inside actions/: one line of Samba's vfs_full_audit, taken apart.
 *
 * PREFIX|OPERATION|ok or fail (WHY)|ARGUMENTS: vfs_full_audit(8), and the module's own writing of
 * each operation's arguments, measured with Samba 4.17. The prefix is the administrator's
 * (full_audit:prefix); recommended is %u|%I|%m|%S: person, address, computer, share. Without the
 * computer, or with the address and person in the other order, it is understood too. */
#ifndef AKASHI_TRANSLATE_SAMBA_LINE_H
#define AKASHI_TRANSLATE_SAMBA_LINE_H

#include "base/cleanup.h"
#include "base/slice.h"

typedef enum SambaOperation {
    SAMBA_NOTHING, /* known, and nothing that a person does */
    SAMBA_CONNECT,
    SAMBA_DISCONNECT,
    SAMBA_CREATE_FILE, /* mask|file or dir|disposition|path */
    SAMBA_OPEN,        /* r or w|path: Samba before 3.2, and the layer below create_file */
    SAMBA_CLOSE,
    SAMBA_READ,
    SAMBA_WRITE,
    SAMBA_TRUNCATE,
    SAMBA_RENAME, /* old|new */
    SAMBA_DELETE,
    SAMBA_MKDIR,
    SAMBA_COPY,        /* no argument: the server copies between two open files */
    SAMBA_PERMISSIONS, /* path [SDDL] */
    SAMBA_ATTRIBUTES,
} SambaOperation;

typedef enum SambaDisposition {
    SAMBA_OPENS, /* open, overwrite: the file is there */
    SAMBA_OPENS_OR_MAKES,
    SAMBA_OVERWRITES_OR_MAKES, /* overwrite_if, supersede */
    SAMBA_MAKES,               /* create: the file is not there */
} SambaDisposition;

typedef struct SambaLine {
    SambaOperation operation;
    bool failed, refused; /* refused: failed for lack of rights */
    bool folder, writes;  /* of CREATE_FILE (kind dir), of OPEN (w) */
    SambaDisposition disposition;
    uint32_t mask;
    Slice user, address, computer, share;
    Slice path, target; /* target: of RENAME; empty when the names cannot be told apart */
} SambaLine;

/* False: not such a line, *ret undefined. tag: of the syslog message. */
bool samba_line_take(Slice tag, Slice message, SambaLine *ret);

#endif
