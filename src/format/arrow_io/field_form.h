// The two forms of a field: in weir's batches (kinds, plain layouts) and in a file (Arrow's
// canonical extension types arrow.json and arrow.uuid).
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

namespace weir {

using FieldFunction = std::shared_ptr<arrow::Field> (*)(const arrow::Field&);

// A file's field as weir's batches have it: arrow.json and arrow.uuid become kJson and kUuid, other
// extension types their storage, dictionaries dense, views plain. Only the kind stays of the
// metadata. ConvertArray brings arrays into this form.
std::shared_ptr<arrow::Field> BatchField(const arrow::Field& file_field);

// A batch's field as a file has it: kJson and kUuid become arrow.json and arrow.uuid, dictionaries
// dense. The kinds without an extension type stay in the metadata, so that weir reads them back.
std::shared_ptr<arrow::Field> FileField(const arrow::Field& batch_field);

// `type` with `convert` applied to each field in it; `type` itself when it has none.
std::shared_ptr<arrow::DataType> WithFields(const std::shared_ptr<arrow::DataType>& type,
                                            FieldFunction convert);

}  // namespace weir
