#include "format/json/json_to_arrow.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "core/field.h"
#include "format/json/json_document.h"
#include "format/json/number_literal.h"

namespace weir {
namespace {

namespace ondemand = simdjson::ondemand;

// Appends values to one builder of the tree, which the tree's root owns.
class Appender {
 public:
  explicit Appender(std::string path) : path_(std::move(path)) {}
  virtual ~Appender() = default;

  virtual Status Append(ondemand::value value) = 0;
  virtual Status AppendNull() = 0;

 protected:
  Status Drift(std::string_view wanted, ondemand::value value) const {
    return Drift(
        fmt::format("expected {}, found {}", wanted, Excerpt(TrimJson(value.raw_json_token()))));
  }
  Status Drift(std::string_view what) const {
    return Error("json.schema_drift", fmt::format("{}: {}", path_, what),
                 "the rows have changed since their types were inferred; run the copy again");
  }

  static std::string Excerpt(std::string_view text) {
    constexpr size_t kBytesMax = 60;
    if (text.size() <= kBytesMax) return std::string(text);
    return fmt::format("{}... ({} bytes)", text.substr(0, kBytesMax), text.size());
  }

  static Result<ondemand::json_type> TypeOf(ondemand::value value) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return JsonParseError(error);
    return type;
  }

  static bool IsNull(ondemand::value value) { return TrimJson(value.raw_json_token()) == "null"; }

 private:
  const std::string path_;
};

Result<std::unique_ptr<Appender>> MakeAppender(const arrow::Field& field, std::string path,
                                               arrow::ArrayBuilder* builder);

// Values that are one token.
template <typename Builder>
class TokenAppender : public Appender {
 public:
  TokenAppender(std::string path, arrow::ArrayBuilder* builder)
      : Appender(std::move(path)), builder_(static_cast<Builder*>(builder)) {}

  Status Append(ondemand::value value) final {
    std::string_view token = TrimJson(value.raw_json_token());
    if (token == "null") return builder_->AppendNull();
    return AppendToken(token, value);
  }
  Status AppendNull() final { return builder_->AppendNull(); }

 protected:
  virtual Status AppendToken(std::string_view token, ondemand::value value) = 0;
  Builder* builder() const { return builder_; }

 private:
  Builder* const builder_;
};

class BoolAppender final : public TokenAppender<arrow::BooleanBuilder> {
 public:
  using TokenAppender::TokenAppender;

 private:
  Status AppendToken(std::string_view token, ondemand::value value) override {
    if (token != "true" && token != "false") return Drift("a boolean", value);
    return builder()->Append(token == "true");
  }
};

class Int64Appender final : public TokenAppender<arrow::Int64Builder> {
 public:
  using TokenAppender::TokenAppender;

 private:
  Status AppendToken(std::string_view token, ondemand::value value) override {
    auto number = AnalyzeNumber(token);
    if (!number || !number->is_int64) return Drift("a 64-bit integer", value);
    int64_t parsed = 0;
    std::from_chars(token.data(), token.data() + token.size(), parsed);
    return builder()->Append(parsed);
  }
};

class DoubleAppender final : public TokenAppender<arrow::DoubleBuilder> {
 public:
  using TokenAppender::TokenAppender;

 private:
  Status AppendToken(std::string_view token, ondemand::value value) override {
    auto number = AnalyzeNumber(token);
    if (!number || !number->is_double) return Drift("a number that a double holds", value);
    double parsed = 0;
    std::from_chars(token.data(), token.data() + token.size(), parsed);
    return builder()->Append(parsed);
  }
};

class DecimalAppender final : public TokenAppender<arrow::Decimal128Builder> {
 public:
  DecimalAppender(std::string path, arrow::ArrayBuilder* builder, const arrow::Decimal128Type& type)
      : TokenAppender(std::move(path), builder),
        integer_digits_max_(type.precision() - type.scale()),
        scale_(type.scale()) {}

 private:
  Status AppendToken(std::string_view token, ondemand::value value) override {
    auto number = AnalyzeNumber(token);
    if (!number || !number->is_decimal || number->scale > scale_ ||
        number->integer_digits > integer_digits_max_) {
      return Drift(fmt::format("a number of {}+{} digits", integer_digits_max_, scale_), value);
    }
    ARROW_ASSIGN_OR_RAISE(auto parsed, Parse(token));
    ARROW_ASSIGN_OR_RAISE(parsed, parsed.Rescale(number->scale, scale_));
    return builder()->Append(parsed);
  }

  static Result<arrow::Decimal128> Parse(std::string_view token) {
    arrow::Decimal128 parsed;
    ARROW_RETURN_NOT_OK(arrow::Decimal128::FromString(token, &parsed, nullptr, nullptr));
    return parsed;
  }

  const int integer_digits_max_;
  const int scale_;
};

class StringAppender final : public Appender {
 public:
  StringAppender(std::string path, arrow::ArrayBuilder* builder)
      : Appender(std::move(path)), builder_(static_cast<arrow::StringBuilder*>(builder)) {}

  Status Append(ondemand::value value) override {
    ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(value));
    if (type != ondemand::json_type::string) {
      return IsNull(value) ? AppendNull() : Drift("a string", value);
    }
    std::string_view text;
    if (auto error = value.get_string().get(text)) {
      return error == simdjson::STRING_ERROR ? Drift("a string of whole characters", value)
                                             : JsonParseError(error);
    }
    return builder_->Append(text);
  }
  Status AppendNull() override { return builder_->AppendNull(); }

 private:
  arrow::StringBuilder* const builder_;
};

class JsonTextAppender final : public Appender {
 public:
  JsonTextAppender(std::string path, arrow::ArrayBuilder* builder)
      : Appender(std::move(path)), builder_(static_cast<arrow::StringBuilder*>(builder)) {}

  Status Append(ondemand::value value) override {
    ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(value));
    std::string_view text = value.raw_json_token();
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (auto error = value.get_object().get(object)) return JsonParseError(error);
      if (auto error = object.raw_json().get(text)) return JsonParseError(error);
    } else if (type == ondemand::json_type::array) {
      ondemand::array array;
      if (auto error = value.get_array().get(array)) return JsonParseError(error);
      if (auto error = array.raw_json().get(text)) return JsonParseError(error);
    }
    return builder_->Append(TrimJson(text));
  }
  Status AppendNull() override { return builder_->AppendNull(); }

 private:
  arrow::StringBuilder* const builder_;
};

class ListAppender final : public Appender {
 public:
  ListAppender(std::string path, arrow::ListBuilder* builder, std::unique_ptr<Appender> item)
      : Appender(std::move(path)), builder_(builder), item_(std::move(item)) {}

  Status Append(ondemand::value value) override {
    ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(value));
    if (type != ondemand::json_type::array) {
      return IsNull(value) ? AppendNull() : Drift("an array", value);
    }
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return JsonParseError(error);
    ARROW_RETURN_NOT_OK(builder_->Append());
    for (auto element : array) {
      ondemand::value item;
      if (auto error = element.get(item)) return JsonParseError(error);
      ARROW_RETURN_NOT_OK(item_->Append(item));
    }
    return Status::OK();
  }
  Status AppendNull() override { return builder_->AppendNull(); }

 private:
  arrow::ListBuilder* const builder_;
  std::unique_ptr<Appender> item_;
};

class StructAppender final : public Appender {
 public:
  struct Member {
    std::string key;
    std::unique_ptr<Appender> values;
    uint64_t object = 0;     // the last one it was seen in
    Member* next = nullptr;  // what followed it there: a guess for the next object
  };

  // `members` sorted by key.
  StructAppender(std::string path, arrow::StructBuilder* builder, std::vector<Member> members)
      : Appender(std::move(path)), builder_(builder), members_(std::move(members)) {}

  Status Append(ondemand::value value) override {
    ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(value));
    if (type != ondemand::json_type::object) {
      return IsNull(value) ? AppendNull() : Drift("an object", value);
    }
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return JsonParseError(error);
    ARROW_RETURN_NOT_OK(builder_->Append());
    ++object_;
    size_t present = 0;
    Member** guess = &first_;
    for (auto element : object) {
      ondemand::field field;
      if (auto error = std::move(element).get(field)) return JsonParseError(error);
      ARROW_RETURN_NOT_OK(AppendMember(&field, guess));
      guess = &(*guess)->next;
      ++present;
    }
    return present == members_.size() ? Status::OK() : AppendMissing();
  }
  Status AppendNull() override { return builder_->AppendNull(); }

 private:
  Status AppendMember(ondemand::field* field, Member** guess) {
    std::string_view key;
    if (auto error = field->unescaped_key().get(key)) {
      return error == simdjson::STRING_ERROR ? Drift("a key is not of whole characters")
                                             : JsonParseError(error);
    }
    if (*guess == nullptr || (*guess)->key != key) {
      Member* member = Find(key);
      if (member == nullptr) return Drift(fmt::format("new key \"{}\"", Excerpt(key)));
      *guess = member;
    }
    Member* member = *guess;
    if (member->object == object_) return Drift(fmt::format("key \"{}\" twice", Excerpt(key)));
    member->object = object_;
    return member->values->Append(field->value());
  }

  Status AppendMissing() {
    for (Member& member : members_) {
      if (member.object != object_) ARROW_RETURN_NOT_OK(member.values->AppendNull());
    }
    return Status::OK();
  }

  Member* Find(std::string_view key) {
    auto at =
        std::lower_bound(members_.begin(), members_.end(), key,
                         [](const Member& member, std::string_view k) { return member.key < k; });
    return at != members_.end() && at->key == key ? &*at : nullptr;
  }

  arrow::StructBuilder* const builder_;
  std::vector<Member> members_;
  Member* first_ = nullptr;
  uint64_t object_ = 0;
};

Result<std::unique_ptr<Appender>> MakeStructAppender(const arrow::DataType& type, std::string path,
                                                     arrow::ArrayBuilder* builder) {
  auto* structs = static_cast<arrow::StructBuilder*>(builder);
  std::vector<StructAppender::Member> members;
  for (int i = 0; i < type.num_fields(); ++i) {
    const arrow::Field& field = *type.field(i);
    ARROW_ASSIGN_OR_RAISE(
        auto values, MakeAppender(field, path + "." + field.name(), structs->field_builder(i)));
    members.push_back({field.name(), std::move(values)});
  }
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  return std::make_unique<StructAppender>(std::move(path), structs, std::move(members));
}

Result<std::unique_ptr<Appender>> MakeListAppender(const arrow::DataType& type, std::string path,
                                                   arrow::ArrayBuilder* builder) {
  auto* lists = static_cast<arrow::ListBuilder*>(builder);
  ARROW_ASSIGN_OR_RAISE(auto item,
                        MakeAppender(*type.field(0), path + "[]", lists->value_builder()));
  return std::make_unique<ListAppender>(std::move(path), lists, std::move(item));
}

Result<std::unique_ptr<Appender>> MakeAppender(const arrow::Field& field, std::string path,
                                               arrow::ArrayBuilder* builder) {
  const arrow::DataType& type = *field.type();
  switch (type.id()) {
    case arrow::Type::STRUCT:
      return MakeStructAppender(type, std::move(path), builder);
    case arrow::Type::LIST:
      return MakeListAppender(type, std::move(path), builder);
    case arrow::Type::BOOL:
      return std::make_unique<BoolAppender>(std::move(path), builder);
    case arrow::Type::INT64:
      return std::make_unique<Int64Appender>(std::move(path), builder);
    case arrow::Type::DOUBLE:
      return std::make_unique<DoubleAppender>(std::move(path), builder);
    case arrow::Type::DECIMAL128:
      return std::make_unique<DecimalAppender>(std::move(path), builder,
                                               static_cast<const arrow::Decimal128Type&>(type));
    case arrow::Type::STRING:
      if (KindOf(field) == ValueKind::kJson) {
        return std::make_unique<JsonTextAppender>(std::move(path), builder);
      }
      return std::make_unique<StringAppender>(std::move(path), builder);
    default:
      return Error("format.unsupported_type",
                   fmt::format("{}: JSON is not converted to {}", path, type.ToString()));
  }
}

// The arrays of a tree of builders, with the types of `type`: builders do not keep the metadata of
// every field.
std::shared_ptr<arrow::ArrayData> WithType(const arrow::ArrayData& data,
                                           std::shared_ptr<arrow::DataType> type) {
  auto copy = data.Copy();
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    copy->child_data[i] = WithType(*copy->child_data[i], type->field(static_cast<int>(i))->type());
  }
  copy->type = std::move(type);
  return copy;
}

}  // namespace

class JsonToArrow::Impl {
 public:
  Impl(std::shared_ptr<arrow::DataType> type, std::unique_ptr<arrow::ArrayBuilder> builder,
       std::unique_ptr<Appender> appender)
      : type_(std::move(type)), builder_(std::move(builder)), appender_(std::move(appender)) {}

  Status Append(std::string_view json) {
    return document_.Read(json, [&](ondemand::value value) { return appender_->Append(value); });
  }
  Status AppendNull() { return appender_->AppendNull(); }

  Result<std::shared_ptr<arrow::Array>> Finish() {
    std::shared_ptr<arrow::ArrayData> data;
    ARROW_RETURN_NOT_OK(builder_->FinishInternal(&data));
    return arrow::MakeArray(WithType(*data, type_));
  }

 private:
  std::shared_ptr<arrow::DataType> type_;
  std::unique_ptr<arrow::ArrayBuilder> builder_;
  std::unique_ptr<Appender> appender_;
  JsonDocument document_;
};

Result<std::unique_ptr<JsonToArrow>> JsonToArrow::Make(const arrow::Field& field,
                                                       arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(field.type(), pool));
  std::string path = fmt::format("column \"{}\"", field.name());
  ARROW_ASSIGN_OR_RAISE(auto appender, MakeAppender(field, std::move(path), builder.get()));
  auto impl = std::make_unique<Impl>(field.type(), std::move(builder), std::move(appender));
  return std::unique_ptr<JsonToArrow>(new JsonToArrow(std::move(impl)));
}

JsonToArrow::JsonToArrow(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonToArrow::~JsonToArrow() = default;

Status JsonToArrow::Append(std::string_view json) {
  return impl_->Append(json);
}
Status JsonToArrow::AppendNull() {
  return impl_->AppendNull();
}
Result<std::shared_ptr<arrow::Array>> JsonToArrow::Finish() {
  return impl_->Finish();
}

}  // namespace weir
