#include "core/option_table.h"

#include <fmt/format.h>

#include <array>

#include "base/byte_size.h"
#include "base/digest.h"
#include "base/duration.h"
#include "core/option_values.h"

namespace weir {
namespace {

using Apply = CopyOption::Apply;
using Names = std::vector<std::string>;

const Names kDelimitedFormats = {"csv", "tsv"};
const Names kTextFormats = {"csv", "tsv", "ndjson", "json", "xml"};
const Names kGroupedFormats = {"parquet", "arrow"};
const Names kCompressedFormats = {"csv", "tsv", "ndjson", "json", "xml", "parquet", "arrow"};
const Names kDatabases = {"postgresql", "duckdb"};

template <typename T>
struct Word {
  const char* name;
  T value;
};

constexpr std::array kIfExistsWords = {Word<IfExists>{"fail", IfExists::kFail},
                                       Word<IfExists>{"replace", IfExists::kReplace}};
constexpr std::array kDialectWords = {Word<Dialect>{"iso", Dialect::kIso},
                                      Word<Dialect>{"postgres", Dialect::kPostgres}};
constexpr std::array kNestedWords = {Word<NestedForm>{"json", NestedForm::kJson},
                                     Word<NestedForm>{"struct", NestedForm::kStruct},
                                     Word<NestedForm>{"string", NestedForm::kString}};
constexpr std::array kSpecialWords = {Word<SpecialValues>{"error", SpecialValues::kError},
                                      Word<SpecialValues>{"null", SpecialValues::kNull},
                                      Word<SpecialValues>{"string", SpecialValues::kString}};

template <typename Words>
Names NamesOf(const Words& words) {
  Names names;
  for (const auto& word : words) names.emplace_back(word.name);
  return names;
}

Status CheckNotEmpty(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) return Status::OK();
  return Error("usage.empty_value", "the value is empty");
}

// Sets what `field` yields of a spec to the value a word stands for.
template <typename Words, typename Field>
Apply OneOf(const Words& words, Field field) {
  return [&words, field](std::string_view text, CopySpec* spec) -> Status {
    ARROW_RETURN_NOT_OK(CheckNotEmpty(text));
    ARROW_RETURN_NOT_OK(CheckChoice(text, NamesOf(words)));
    for (const auto& word : words) {
      if (text == word.name) field(spec) = word.value;
    }
    return Status::OK();
  };
}

template <typename Field>
Apply NotEmpty(Field field) {
  return [field](std::string_view text, CopySpec* spec) -> Status {
    ARROW_RETURN_NOT_OK(CheckNotEmpty(text));
    field(spec) = text;
    return Status::OK();
  };
}

template <typename Field>
Apply Size(Field field) {
  return [field](std::string_view text, CopySpec* spec) -> Status {
    ARROW_ASSIGN_OR_RAISE(int64_t bytes, ParseByteSize(text));
    if (bytes == 0) return Error("usage.invalid_size", "the size must be more than 0");
    field(spec) = bytes;
    return Status::OK();
  };
}

template <typename Field>
Apply Milliseconds(Field field, int64_t max = INT64_MAX) {
  return [field, max](std::string_view text, CopySpec* spec) -> Status {
    ARROW_ASSIGN_OR_RAISE(int64_t time, ParseDurationMs(text));
    if (time > max) {
      return Error(
          "usage.invalid_duration",
          fmt::format("it may be at most {}", FormatDuration(static_cast<double>(max) / 1e3)));
    }
    field(spec) = time;
    return Status::OK();
  };
}

template <typename Field>
Apply Number(Field field, int64_t min, int64_t max) {
  return [=](std::string_view text, CopySpec* spec) -> Status {
    ARROW_ASSIGN_OR_RAISE(int64_t number, ParseWholeNumber(text, min, max));
    field(spec) = static_cast<std::decay_t<decltype(field(spec))>>(number);
    return Status::OK();
  };
}

Names WritableFormats(const Registry& registry) {
  Names names;
  for (const Format& format : registry.formats) {
    if (format.make_slice_encoder || format.make_file_encoder) names.push_back(format.name);
  }
  return names;
}

// Which compressions a format has inside is the format's to say; these are the usual ones.
Names UsualCompressions(const Registry& registry) {
  Names names = {"none"};
  for (const Compression& compression : registry.compressions) names.push_back(compression.name);
  names.insert(names.end(), {"snappy", "lz4"});
  return names;
}

std::vector<CopyOption> SourceOptions() {
  const auto category = OptionCategory::kSource;
  return {
      {OptionWords{.name = "table",
                   .value_name = "NAME",
                   .summary = "table or view to read",
                   .details = "Written as in SQL: name, schema.name or \"Quoted\".\"name\".",
                   .category = category,
                   .conflicts = {"query", "query-file"},
                   .sources = kDatabases},
       NotEmpty([](CopySpec * spec) -> auto& { return spec->source.table; })},
      {OptionWords{
           .name = "query",
           .value_name = "SQL",
           .summary = "query to read",
           .details =
               "One SELECT (or VALUES, TABLE, WITH) in the source's own SQL. It runs once, as "
               "one stream, unless --order-by names a unique key.",
           .category = category,
           .conflicts = {"table", "query-file"},
           .sources = kDatabases},
       NotEmpty([](CopySpec * spec) -> auto& { return spec->source.query; })},
      {OptionWords{
           .name = "columns",
           .value_name = "LIST",
           .summary = "columns to read, in this order: id,created_at:created",
           .details =
               "Each is a name, or source:target to give it another name in the output. A name "
               "that holds a comma, a colon or a double quote is put in double quotes, with "
               "its double quotes doubled. In databases a name in other letters, ID for id, "
               "will do when it fits one column only.",
           .default_text = "all",
           .category = category},
       [](std::string_view text, CopySpec* spec) {
         return ParseColumns(text).Value(&spec->source.columns);
       }},
      {OptionWords{.name = "where",
                   .value_name = "SQL",
                   .summary = "condition that rows must meet",
                   .details = "An SQL expression, evaluated by the source.",
                   .category = category,
                   .sources = kDatabases},
       NotEmpty([](CopySpec * spec) -> auto& { return spec->source.where; })},
      {OptionWords{.name = "order-by",
                   .value_name = "LIST",
                   .summary = "order of the rows: key,other:desc",
                   .details =
                       "Columns, each with :asc or :desc. Over a unique key the rows are read in "
                       "ranges of the key, by several workers.",
                   .default_text = "the source's own order",
                   .category = category,
                   .sources = kDatabases},
       [](std::string_view text, CopySpec* spec) {
         return ParseOrderBy(text).Value(&spec->source.order_by);
       }},
      {OptionWords{.name = "limit",
                   .value_name = "N",
                   .summary = "read at most this many rows",
                   .details = "",
                   .category = category},
       Number(
           [](CopySpec * spec) -> auto& { return spec->source.limit; }, 0, INT64_MAX)},
  };
}

std::vector<CopyOption> DestinationOptions(const Registry& registry) {
  const auto category = OptionCategory::kDestination;
  const Names formats = WritableFormats(registry);
  return {
      {OptionWords{.name = "format",
                   .value_name = "NAME",
                   .summary = "format to write",
                   .details = "`weir formats` lists them.",
                   .default_text = "from the destination's name",
                   .category = category,
                   .choices = formats},
       [formats](std::string_view text, CopySpec* spec) -> Status {
         ARROW_RETURN_NOT_OK(CheckNotEmpty(text));
         ARROW_RETURN_NOT_OK(CheckChoice(text, formats));
         spec->format = text;
         return Status::OK();
       }},
      {OptionWords{.name = "compression",
                   .value_name = "NAME",
                   .summary = "compression of a text format, or inside a Parquet or Arrow file",
                   .details = "`weir formats` lists them.",
                   .default_text = "from the destination's name; zstd in Parquet",
                   .category = category,
                   .choices = UsualCompressions(registry),
                   .formats = kCompressedFormats},
       NotEmpty([](CopySpec * spec) -> auto& { return spec->options.compression; })},
      {OptionWords{.name = "level",
                   .value_name = "N",
                   .summary = "level of the compression",
                   .details = "What it may be depends on the compression; `weir formats` lists it.",
                   .category = category,
                   .formats = kCompressedFormats},
       Number(
           [](CopySpec * spec) -> auto& { return spec->options.level; }, -100, 100)},
      {OptionWords{
           .name = "if-exists",
           .value_name = "WHAT",
           .summary = "what to do about an existing destination",
           .details =
               "With replace the old file stays as it is until the new one is complete. Says "
               "the same about the file of --record.",
           .default_text = "fail",
           .category = category,
           .choices = NamesOf(kIfExistsWords)},
       OneOf(
           kIfExistsWords, [](CopySpec * spec) -> auto& { return spec->sink.if_exists; })},
      {OptionWords{
           .name = "split-bytes",
           .value_name = "SIZE",
           .summary = "write part files of about this size into the directory DEST",
           .details =
               "Parts are cut between rows; manifest.json, the completion record, is written "
               "last.",
           .default_text = "one file",
           .category = category,
           .formats = WritableFormats(registry)},
       Size([](CopySpec * spec) -> auto& { return spec->sink.split_bytes; })},
      {OptionWords{.name = "dest-table",
                   .value_name = "NAME",
                   .summary = "table to create in a database destination",
                   .details = "",
                   .default_text = "records",
                   .category = category,
                   .formats = {"duckdb"}},
       NotEmpty([](CopySpec * spec) -> auto& { return spec->sink.table; })},
      {OptionWords{.name = "digest",
                   .value_name = "NAME",
                   .summary = "digest of the files in the completion record",
                   .details = "",
                   .default_text = "sha256",
                   .category = category,
                   .choices = DigestAlgorithms(),
                   .formats = WritableFormats(registry)},
       [](std::string_view text, CopySpec* spec) -> Status {
         ARROW_RETURN_NOT_OK(CheckNotEmpty(text));
         ARROW_RETURN_NOT_OK(CheckChoice(text, DigestAlgorithms()));
         spec->digest = text;
         return Status::OK();
       }},
  };
}

std::vector<CopyOption> ValueOptions() {
  const auto category = OptionCategory::kFormat;
  return {
      {OptionWords{
           .name = "dialect",
           .value_name = "NAME",
           .summary = "conventions of the text formats",
           .details =
               "iso: ISO 8601 timestamps with a zone. postgres: the bytes of COPY ... (FORMAT "
               "csv, HEADER) and of row_to_json.",
           .default_text = "iso",
           .category = category,
           .choices = NamesOf(kDialectWords),
           .formats = kTextFormats},
       OneOf(
           kDialectWords, [](CopySpec * spec) -> auto& { return spec->options.dialect; })},
      {OptionWords{
           .name = "nested",
           .value_name = "FORM",
           .summary = "form of json, arrays and composites",
           .details =
               "json: as JSON. struct: typed lists and structs, whose schema is inferred from "
               "all rows in a first pass; composites of PostgreSQL stay text. string: the source's "
               "own text.",
           .default_text = "what suits the format",
           .category = category,
           .choices = NamesOf(kNestedWords)},
       OneOf(
           kNestedWords, [](CopySpec * spec) -> auto& { return spec->options.nested; })},
      {OptionWords{
           .name = "special-values",
           .value_name = "WHAT",
           .summary = "what to do about NaN, infinities and dates that the format has no form for",
           .details =
               "error: fail, naming column and row. null: write NULL. string: write the column "
               "as text.",
           .default_text = "string in text formats, else error",
           .category = category,
           .choices = NamesOf(kSpecialWords)},
       OneOf(
           kSpecialWords, [](CopySpec * spec) -> auto& { return spec->options.special_values; })},
      {OptionWords{
           .name = "allow-lossy",
           .value_name = "COLUMN",
           .summary = "column whose values may lose precision",
           .details = "A list of columns, or given more than once. Without it a conversion that is "
                      "not exact is refused before the first byte, unless --special-values or "
                      "--nested asks for it.",
           .category = category,
           .repeatable = true},
       [](std::string_view text, CopySpec* spec) -> Status {
         ARROW_ASSIGN_OR_RAISE(Names names, ParseNames(text));
         spec->options.allow_lossy.insert(names.begin(), names.end());
         return Status::OK();
       }},
  };
}

std::vector<CopyOption> LayoutOptions() {
  const auto category = OptionCategory::kFormat;
  return {
      {OptionWords{.name = "null-text",
                   .value_name = "TEXT",
                   .summary = "what stands for NULL",
                   .details = "A value that equals it is quoted, so that the two stay apart.",
                   .default_text = "nothing between the delimiters; an empty string is \"\"",
                   .category = category,
                   .formats = kDelimitedFormats},
       [](std::string_view text, CopySpec* spec) {
         spec->options.null_text = std::string(text);
         return Status::OK();
       }},
      {OptionWords{.name = "header",
                   .value_name = "",
                   .summary = "write a first line with the columns' names",
                   .details = "",
                   .default_text = "yes",
                   .category = category,
                   .negatable = true,
                   .formats = kDelimitedFormats},
       [](std::string_view text, CopySpec* spec) {
         spec->options.header = text == "true";
         return Status::OK();
       }},
      {OptionWords{.name = "delimiter",
                   .value_name = "CHAR",
                   .summary = "what stands between values: one ASCII character, or tab",
                   .details = "",
                   .default_text = "a comma in CSV, a tab in TSV",
                   .category = category,
                   .formats = kDelimitedFormats},
       [](std::string_view text, CopySpec* spec) -> Status {
         ARROW_ASSIGN_OR_RAISE(spec->options.delimiter, ParseDelimiter(text));
         return Status::OK();
       }},
      {OptionWords{.name = "row-group-bytes",
                   .value_name = "SIZE",
                   .summary = "encoded bytes of a row group or record batch",
                   .details = "",
                   .default_text = "what the memory allows",
                   .category = category,
                   .formats = kGroupedFormats},
       Size([](CopySpec * spec) -> auto& { return spec->options.row_group_bytes; })},
  };
}

std::vector<CopyOption> LimitOptions() {
  const auto category = OptionCategory::kLimits;
  constexpr int64_t kJobsMax = 256;
  return {
      {OptionWords{.name = "jobs",
                   .value_name = "N",
                   .summary = "workers that read and encode at the same time",
                   .details = "The output does not depend on it.",
                   .default_text = "the CPUs, at most 4",
                   .category = category},
       Number(
           [](CopySpec * spec) -> auto& { return spec->jobs; }, 1, kJobsMax)},
      {OptionWords{.name = "memory",
                   .value_name = "SIZE",
                   .summary = "ceiling of the process's memory",
                   .details = "A single value that does not fit is refused by column and row.",
                   .default_text = "what the format needs",
                   .category = category},
       Size([](CopySpec * spec) -> auto& { return spec->memory_bytes; })},
      {OptionWords{.name = "timeout",
                   .value_name = "TIME",
                   .summary = "give up after this long: 30s, 5m, 1h30m",
                   .details = "Nothing is left at the destination, and the exit status is 1.",
                   .default_text = "none",
                   .category = category},
       Milliseconds([](CopySpec * spec) -> auto& { return spec->timeout_ms; })},
      {OptionWords{.name = "statement-timeout",
                   .value_name = "TIME",
                   .summary = "limit for each statement that the database runs",
                   .details = "",
                   .default_text = "none",
                   .category = category,
                   .sources = kDatabases},
       // PostgreSQL counts these milliseconds in 32 bits.
       Milliseconds(
           [](CopySpec * spec) -> auto& { return spec->source.statement_timeout_ms; }, INT32_MAX)},
  };
}

}  // namespace

std::vector<std::string> OptionList::Copy() const {
  if (list != nullptr) return *list;
  return {words.begin(), words.end()};
}

OptionText::OptionText(const OptionWords& words)
    : name(words.name),
      value_name(words.value_name),
      summary(words.summary),
      details(words.details),
      default_text(words.default_text),
      category(words.category),
      choices(words.choices.Copy()),
      takes_file(words.takes_file),
      negatable(words.negatable),
      repeatable(words.repeatable),
      conflicts(words.conflicts.Copy()),
      formats(words.formats.Copy()),
      sources(words.sources.Copy()) {}

std::string_view TitleOf(OptionCategory category) {
  switch (category) {
    case OptionCategory::kSource:
      return "What to read";
    case OptionCategory::kDestination:
      return "Where it goes";
    case OptionCategory::kFormat:
      return "How values are written";
    case OptionCategory::kLimits:
      return "Limits";
    case OptionCategory::kReport:
      return "What weir reports";
  }
  return "";
}

std::vector<CopyOption> CopyOptions(const Registry& registry) {
  std::vector<CopyOption> options;
  for (const auto& group : {SourceOptions(), DestinationOptions(registry), ValueOptions(),
                            LayoutOptions(), LimitOptions()}) {
    options.insert(options.end(), group.begin(), group.end());
  }
  return options;
}

}  // namespace weir
