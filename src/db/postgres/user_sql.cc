#include "db/postgres/user_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "db/postgres/sql_text.h"

namespace weir::postgres {
namespace {

constexpr char kQueryHint[] = "--query takes one SELECT, VALUES, TABLE or WITH ... SELECT";

bool BeginsCharacter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

int64_t CharacterCount(std::string_view text) {
  return std::count_if(text.begin(), text.end(), BeginsCharacter);
}

bool IsQueryWord(std::string_view word) {
  constexpr std::string_view kWords[] = {"SELECT", "VALUES", "TABLE", "WITH"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

// A statement that the server understands, but not in a FROM clause.
Status NotAQuery(const SourceSpec& spec, const Status& failure) {
  const std::string word = FirstWord(spec.query);
  const bool is_other = !word.empty() && !IsQueryWord(word);
  ErrorInfo info = GetErrorInfo(failure);
  info.code = "postgres.not_a_query";
  info.hint = kQueryHint;
  return Error(std::move(info), is_other ? fmt::format("{} is no query", word) : failure.message());
}

}  // namespace

std::string PlaceOf(const UserSql& sql, int64_t position) {
  int64_t left = position - 1 - CharacterCount(sql.before);
  if (left < 0) return "";
  int64_t line = 1, column = 0;
  bool is_new_line = false;
  for (const char byte : sql.text) {
    if (!BeginsCharacter(byte)) continue;
    if (is_new_line) {
      ++line;
      column = 0;
    }
    ++column;
    is_new_line = byte == '\n';
    if (left-- == 0) break;
  }
  if (left >= 0) ++column;  // the end of the text
  const std::string file = sql.file.empty() ? "" : sql.file + ", ";
  return fmt::format(" ({}line {}, column {})", file, line, column);
}

Status CheckHoldsSql(const SourceSpec& spec) {
  if (!spec.query.empty() && WithoutEnd(spec.query).empty()) {
    return Error("usage.empty_value", "the query holds nothing but spaces and comments",
                 kQueryHint);
  }
  if (!spec.where.empty() && WithoutEnd(spec.where).empty()) {
    return Error("usage.empty_value", "--where holds nothing but spaces and comments",
                 "give a condition, or leave --where out");
  }
  return Status::OK();
}

Status CheckStatement(Connection* connection, const UserSql& sql) {
  const std::string statement = sql.before + sql.text + sql.after;
  ResultPtr prepared(PQprepare(connection->raw(), "", statement.c_str(), 0, nullptr));
  if (PQresultStatus(prepared.get()) == PGRES_COMMAND_OK) return Status::OK();
  Status failure = connection->Failure(prepared.get());
  const char* digits = PQresultErrorField(prepared.get(), PG_DIAG_STATEMENT_POSITION);
  int64_t position = 0;
  if (digits != nullptr) std::from_chars(digits, digits + std::strlen(digits), position);
  if (position <= 0) return failure;
  return failure.WithMessage(failure.message(), PlaceOf(sql, position));
}

Result<std::vector<RawColumn>> DescribeQuery(Connection* connection, const SourceSpec& spec) {
  ARROW_RETURN_NOT_OK(CheckStatement(connection, {"", spec.query, "", spec.query_file}));
  ResultPtr described(PQdescribePrepared(connection->raw(), ""));
  if (PQresultStatus(described.get()) != PGRES_COMMAND_OK) {
    return connection->Failure(described.get());
  }
  std::vector<RawColumn> columns;
  for (int i = 0; i < PQnfields(described.get()); ++i) {
    columns.push_back(
        {PQfname(described.get(), i), PQftype(described.get(), i), PQfmod(described.get(), i)});
  }
  if (PQnparams(described.get()) > 0) {
    return Error("postgres.syntax", "the query has parameters ($1, ...), which have no value here");
  }
  // Statements that are no queries can be prepared as well.
  const UserSql wrapped{"SELECT FROM (", std::string(WithoutEnd(spec.query)), "\n) AS weir_query",
                        spec.query_file};
  const Status readable = CheckStatement(connection, wrapped);
  if (readable.ok()) return columns;
  // Syntax errors and "feature not supported"; anything else has nothing to do with the wrapping.
  const std::string sqlstate = GetErrorInfo(readable).sqlstate;
  const bool is_refused = sqlstate.starts_with("42") || sqlstate.starts_with("0A");
  return is_refused ? NotAQuery(spec, readable) : readable;
}

}  // namespace weir::postgres
