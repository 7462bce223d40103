// Rows of COPY BINARY as a server might send them. The first byte says in which form values are
// wanted, the second how many columns there are; then come the columns' types, and after them the
// messages, each behind its length in two bytes.
//
// Whatever the bytes, they are rows or an error. Batches are valid Arrow, and the text formats can
// write what is in them.
#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <array>

#include "db/postgres/row_decoder.h"
#include "db/postgres/type_map.h"
#include "format/json/json_cell.h"
#include "format/text/cell.h"
#include "fuzz/fuzzing.h"

namespace weir::postgres {
namespace {

using fuzzing::Input;
using fuzzing::Require;

constexpr int64_t kValueBytesMax = 4096;
constexpr uint32_t kArrayOid = 100000;  // plus the element's: no real type's

constexpr int32_t NumericTypmod(int precision, int scale) {
  return (precision << 16 | (scale & 0x7ff)) + 4;
}

// What pg_type calls it, and its modifier.
struct FuzzType {
  uint32_t oid;
  int32_t typmod = -1;
};

constexpr std::array kTypes = {
    FuzzType{16},    // bool
    FuzzType{17},    // bytea
    FuzzType{20},    // int8
    FuzzType{21},    // int2
    FuzzType{23},    // int4
    FuzzType{25},    // text
    FuzzType{26},    // oid
    FuzzType{114},   // json
    FuzzType{700},   // float4
    FuzzType{701},   // float8
    FuzzType{1082},  // date
    FuzzType{1083},  // time
    FuzzType{1114},  // timestamp
    FuzzType{1184},  // timestamptz
    FuzzType{1700},  // numeric
    FuzzType{1700, NumericTypmod(18, 4)},
    FuzzType{1700, NumericTypmod(38, 38)},
    FuzzType{1700, NumericTypmod(76, 10)},
    FuzzType{2950},  // uuid
    FuzzType{3802},  // jsonb
    FuzzType{22},    // int2vector
    FuzzType{30},    // oidvector
    FuzzType{1700, NumericTypmod(5, -2)},
    FuzzType{1700, NumericTypmod(3, 5)},
    FuzzType{1700, NumericTypmod(77, 5)},
};

TypeInfo ArrayType(uint32_t oid, uint32_t element_oid) {
  TypeInfo array;
  array.oid = oid;
  array.element_oid = element_oid;
  array.output_function = "pg_catalog.array_out";
  return array;
}

TypeCatalog ArrayTypes() {
  // Vectors are arrays to the catalog, too.
  TypeCatalog types{{22, ArrayType(22, 21)}, {30, ArrayType(30, 26)}};
  for (const FuzzType& type : kTypes) {
    types[kArrayOid + type.oid] = ArrayType(kArrayOid + type.oid, type.oid);
  }
  return types;
}

ReadForm TakeForm(Input* input) {
  const uint8_t bits = input->Byte();
  ReadForm form;
  form.exact_text = (bits & 1) != 0;
  form.special_values = static_cast<SpecialValues>((bits >> 1 & 3) % 3);
  form.arrays = NestedForm::kStruct;
  form.dialect = (bits & 8) != 0 ? Dialect::kPostgres : Dialect::kIso;
  return form;
}

RowDecoderOptions TakeOptions(const ReadForm& form, Input* input) {
  static const TypeCatalog types = ArrayTypes();
  RowDecoderOptions options;
  std::vector<std::shared_ptr<arrow::Field>> fields;
  const int columns = input->Byte() % 8;
  for (int i = 0; i < columns; ++i) {
    const uint8_t choice = input->Byte();
    const FuzzType& type = kTypes[choice % 128 % kTypes.size()];
    const uint32_t oid = choice < 128 ? type.oid : kArrayOid + type.oid;
    const std::string name = fmt::format("c{}", i);
    ColumnMapping mapping = MapColumn({name, oid, type.typmod}, "type", name, name, types, form);
    options.wires.push_back(mapping.wire);
    fields.push_back(mapping.column.field);
  }
  options.schema = arrow::schema(std::move(fields));
  options.decoder = {form.special_values, form.exact_text, /*validate_utf8=*/true};
  options.value_bytes_max = kValueBytesMax;
  options.memory_hint = [](int64_t) { return "hint"; };
  return options;
}

// Writes every value as CSV and as JSON would.
void WriteTexts(const arrow::RecordBatch& batch, const ReadForm& form) {
  ByteBuffer out;
  for (int i = 0; i < batch.num_columns(); ++i) {
    const arrow::Field& field = *batch.schema()->field(i);
    auto json = JsonCell::Make(field, form.dialect, form.special_values).ValueOrDie();
    auto text = Cell::Make(field, form.dialect).ValueOrDie();
    json->Bind(*batch.column(i));
    text->Bind(*batch.column(i));
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      out.Clear();
      (void)json->Append(row, &out);  // a special value is an error
      const bool nested = text->cell_class() == CellClass::kNested;
      if (!nested && !text->IsNull(row)) text->Append(row, &out);
    }
  }
}

void FinishBatch(const ReadForm& form, RowDecoder* decoder) {
  const int64_t rows = decoder->batch_rows();
  auto batch = decoder->Finish();
  Require(batch.status(), "decoded rows make a batch");
  Require((*batch)->num_rows() == rows, "the batch has the rows");
  // Text travels with values that Arrow has no form for (core/field.h): 24:00:00.
  Require(form.exact_text ? (*batch)->Validate() : (*batch)->ValidateFull(), "the batch is valid");
  WriteTexts(**batch, form);
}

void Run(Input input) {
  const ReadForm form = TakeForm(&input);
  RowDecoder decoder(TakeOptions(form, &input));
  bool good = true;
  while (good && !input.empty()) {
    const size_t high = input.Byte();
    const size_t size = high << 8 | input.Byte();
    // A copy of its own, so that one byte read behind it is found.
    const std::string_view message = input.Take(size);
    const std::vector<char> copy(message.begin(), message.end());
    good = decoder.Append({copy.data(), copy.size()}).ok();
    if (good && decoder.batch_rows() == 3) FinishBatch(form, &decoder);
  }
  if (good) FinishBatch(form, &decoder);
}

}  // namespace
}  // namespace weir::postgres

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  weir::postgres::Run(weir::fuzzing::Input(bytes, size));
  return 0;
}
