// XML 1.0, UTF-8: <records>, one <record> per row, one element per column in the row's order.
//
//   NULL                 <name xsi:nil="true"/>; '' is <name></name>
//   numbers, dates, ...  as the other text formats write them
//   text                 as AppendXmlContent writes it (format/xml/xml_text.h)
//   json, lists, structs, maps: nested elements, without loss (format/xml/json_to_xml.h); with
//                        `nested` = string, their JSON as text
//
// Column names that are not XML names are escaped as in SQL/XML (format/xml/xml_name.h). Columns of
// the same name are all written. Concatenable. docs/formats/xml.md has the rules for readers.
#pragma once

#include "core/format.h"

namespace weir {

Format XmlFormat();

}  // namespace weir
