/* Changing one setting in the text of a configuration file: its line, or a new one at the end;
 * comments and everything else stay as they are. */
#ifndef AKASHI_ENGINE_SETTINGS_EDIT_H
#define AKASHI_ENGINE_SETTINGS_EDIT_H

#include "base/buf.h"
#include "engine/settings.h"

/* Understands what people write by hand: a name and a value on a line, nested by indentation or
 * joined by dots. YAML has other forms; so the caller reads the new text and compares.
 * buf_error(to) tells whether all of it is there. */
void settings_edit(Slice text, SettingId id, Slice value, Buf *to);

#endif
