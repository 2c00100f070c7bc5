/* See xlsx_parts.h. */
#include "search/xlsx_parts.h"

#define OFFICE "http://schemas.openxmlformats.org/"
#define RELATIONS OFFICE "officeDocument/2006/relationships"
#define PART_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."

static const char content_types[] = XLSX_XML_HEAD
    "<Types xmlns=\"" OFFICE "package/2006/content-types\">"
    "<Default Extension=\"rels\" "
    "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" PART_TYPE "sheet.main+xml\"/>"
    "<Override PartName=\"/xl/styles.xml\" ContentType=\"" PART_TYPE "styles+xml\"/>"
    "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" PART_TYPE "worksheet+xml\"/>"
    "<Override PartName=\"/xl/worksheets/sheet2.xml\" ContentType=\"" PART_TYPE
    "worksheet+xml\"/></Types>";
static const char package_relations[] =
    XLSX_XML_HEAD "<Relationships xmlns=\"" OFFICE "package/2006/relationships\"><Relationship "
                  "Id=\"rId1\" Type=\"" RELATIONS
                  "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char workbook_relations[] = XLSX_XML_HEAD
    "<Relationships xmlns=\"" OFFICE "package/2006/relationships\">"
    "<Relationship Id=\"rId1\" Type=\"" RELATIONS "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
    "<Relationship Id=\"rId2\" Type=\"" RELATIONS "/worksheet\" Target=\"worksheets/sheet2.xml\"/>"
    "<Relationship Id=\"rId3\" Type=\"" RELATIONS
    "/styles\" Target=\"styles.xml\"/></Relationships>";
/* quotePrefix (18.8.10): the cell is a text, also after it was edited. */
static const char styles[] = XLSX_XML_HEAD
    "<styleSheet xmlns=\"" XLSX_MAIN "\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" "
    "formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts>"
    "<fonts count=\"2\"><font><sz val=\"11\"/></font><font><b/><sz val=\"11\"/></font></fonts>"
    "<fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill "
    "patternType=\"gray125\"/></fill><fill><patternFill patternType=\"solid\"><fgColor "
    "rgb=\"FFE7ECF2\"/></patternFill></fill></fills>"
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" "
    "borderId=\"0\"/></cellStyleXfs><cellXfs count=\"4\">"
    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"2\" borderId=\"0\" xfId=\"0\" applyFont=\"1\" "
    "applyFill=\"1\"/>"
    "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
    "applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
    "applyNumberFormat=\"1\" quotePrefix=\"1\"/></cellXfs><cellStyles count=\"1\">"
    "<cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";
#define WORKBOOK(first, second)                                                                    \
    XLSX_XML_HEAD "<workbook xmlns=\"" XLSX_MAIN "\" xmlns:r=\"" RELATIONS "\"><sheets>"           \
                  "<sheet name=\"" first "\" sheetId=\"1\" r:id=\"rId1\"/>"                        \
                  "<sheet name=\"" second "\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"
static const char workbook_ja[] = WORKBOOK("ログ", "この表について");
static const char workbook_en[] = WORKBOOK("logs", "about");

static int add_part(ZipWriter *zip, const char *name, Slice text)
{
    int r = zip_begin(zip, name);
    if (r == 0) r = zip_add(zip, text);
    return r < 0 ? r : zip_end(zip);
}

int xlsx_parts_add(ZipWriter *zip, Language language)
{
    Slice workbook = language == LANGUAGE_JA ? SLICE(workbook_ja) : SLICE(workbook_en);
    int r = add_part(zip, "[Content_Types].xml", SLICE(content_types));
    if (r == 0) r = add_part(zip, "_rels/.rels", SLICE(package_relations));
    if (r == 0) r = add_part(zip, "xl/workbook.xml", workbook);
    if (r == 0) r = add_part(zip, "xl/_rels/workbook.xml.rels", SLICE(workbook_relations));
    return r < 0 ? r : add_part(zip, "xl/styles.xml", SLICE(styles));
}
