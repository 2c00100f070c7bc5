/* The parts of a workbook that are the same for every answer: what the file is made of, the two
 * sheets, the styles of cells. Names of parts and elements: ECMA-376-1 (5th edition), clauses 12.3
 * (parts) and 18 (SpreadsheetML). */
#ifndef AKASHI_SEARCH_XLSX_PARTS_H
#define AKASHI_SEARCH_XLSX_PARTS_H

#include "base/zip_write.h"
#include "record/record.h"

#define XLSX_XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define XLSX_MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define XLSX_SHEET_1 "xl/worksheets/sheet1.xml"
#define XLSX_SHEET_2 "xl/worksheets/sheet2.xml"

/* Rows of cellXfs. STYLE_QUOTED: a text that begins like a formula and is none. */
enum { STYLE_PLAIN, STYLE_HEADING, STYLE_DATE, STYLE_QUOTED };

/* All parts but the sheets. As zip_add. */
MUST_USE int xlsx_parts_add(ZipWriter *zip, Language language);

#endif
