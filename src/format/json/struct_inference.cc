#include "format/json/struct_inference.h"

#include <arrow/type.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "core/field.h"
#include "format/json/json_document.h"
#include "format/json/number_literal.h"

namespace weir {
namespace {

namespace ondemand = simdjson::ondemand;

size_t PathsMax(int depth) {
  return kJsonPathsMax[std::min<size_t>(depth, std::size(kJsonPathsMax) - 1)];
}

// What has been seen of a value; each bit only ever goes on.
constexpr uint32_t kSeenNull = 1 << 0;
constexpr uint32_t kSeenBool = 1 << 1;
constexpr uint32_t kSeenString = 1 << 2;
constexpr uint32_t kSeenNumber = 1 << 3;
constexpr uint32_t kSeenObject = 1 << 4;
constexpr uint32_t kSeenArray = 1 << 5;
constexpr uint32_t kSeenTypes = kSeenBool | kSeenString | kSeenNumber | kSeenObject | kSeenArray;
constexpr uint32_t kNotInt64 = 1 << 6;
constexpr uint32_t kNotDouble = 1 << 7;
constexpr uint32_t kNotDecimal = 1 << 8;
constexpr uint32_t kNeedsText = 1 << 9;  // no Arrow type holds it

}  // namespace

// Everything seen at one path: a union over the rows, so that their order cannot matter. Children
// are kept also where the value's own type is already known to be JSON text.
struct JsonSchemaInference::Node {
  struct Child;

  uint32_t seen = 0;
  int integer_digits = 0;
  int scale = 0;
  size_t paths = 1;                              // of this node and below
  size_t counted = 0;                            // of them, in the parent's paths
  std::vector<std::unique_ptr<Child>> children;  // sorted by key
  Child* first = nullptr;  // of the last object seen: a guess for the next one
  std::unique_ptr<Node> item;

  bool IsFull(int depth) const { return paths > PathsMax(depth); }
  Child* FindOrAdd(std::string_view key);
  void AddPaths(size_t more, int depth);
  void CountChild(Node* child, int depth);
  void Merge(const Node& other, int depth);
  std::shared_ptr<arrow::Field> Finish(std::string name) const;

 private:
  std::shared_ptr<arrow::DataType> NumberType() const;
  std::shared_ptr<arrow::DataType> Type() const;
  std::shared_ptr<arrow::DataType> StructType() const;
};

struct JsonSchemaInference::Node::Child {
  explicit Child(std::string_view key_in) : key(key_in) { node.paths += key.size() / 256; }

  const std::string key;
  uint64_t object = 0;    // the last one it was seen in
  Child* next = nullptr;  // what followed it there
  Node node;
};

JsonSchemaInference::Node::Child* JsonSchemaInference::Node::FindOrAdd(std::string_view key) {
  auto at = std::lower_bound(children.begin(), children.end(), key,
                             [](const auto& child, std::string_view k) { return child->key < k; });
  if (at != children.end() && (*at)->key == key) return at->get();
  return children.insert(at, std::make_unique<Child>(key))->get();
}

// Once full, a node stays so and its weight no longer changes: that is what makes the outcome the
// same in every order.
void JsonSchemaInference::Node::AddPaths(size_t more, int depth) {
  paths += more;
  if (!IsFull(depth)) return;
  paths = PathsMax(depth) + 1;
  seen |= kNeedsText;
  children.clear();
  first = nullptr;
  item.reset();
}

// Brings the child's weight here up to date; the child is gone afterwards if that was too much.
void JsonSchemaInference::Node::CountChild(Node* child, int depth) {
  size_t more = child->paths - child->counted;
  child->counted = child->paths;
  AddPaths(more, depth);
}

void JsonSchemaInference::Node::Merge(const Node& other, int depth) {
  seen |= other.seen;
  integer_digits = std::max(integer_digits, other.integer_digits);
  scale = std::max(scale, other.scale);
  if (other.IsFull(depth)) AddPaths(other.paths, depth);
  for (const auto& theirs : other.children) {
    if (IsFull(depth)) return;
    Node& ours = FindOrAdd(theirs->key)->node;
    ours.Merge(theirs->node, depth + 1);
    CountChild(&ours, depth);
  }
  if (other.item != nullptr && !IsFull(depth)) {
    if (item == nullptr) item = std::make_unique<Node>();
    item->Merge(*other.item, depth + 1);
    CountChild(item.get(), depth);
  }
}

std::shared_ptr<arrow::DataType> JsonSchemaInference::Node::NumberType() const {
  if ((seen & kNotInt64) == 0) return arrow::int64();
  if ((seen & kNotDouble) == 0) return arrow::float64();
  int precision = std::max(integer_digits + scale, 1);
  if ((seen & kNotDecimal) != 0 || precision > kDecimalDigitsMax) return nullptr;
  return arrow::decimal128(precision, scale);
}

std::shared_ptr<arrow::DataType> JsonSchemaInference::Node::StructType() const {
  if (children.empty()) return nullptr;
  arrow::FieldVector fields;
  for (const auto& child : children) fields.push_back(child->node.Finish(child->key));
  return arrow::struct_(fields);
}

// nullptr for JSON text.
std::shared_ptr<arrow::DataType> JsonSchemaInference::Node::Type() const {
  if ((seen & kNeedsText) != 0) return nullptr;
  switch (seen & kSeenTypes) {
    case kSeenBool:
      return arrow::boolean();
    case kSeenString:
      return arrow::utf8();
    case kSeenNumber:
      return NumberType();
    case kSeenObject:
      return StructType();
    case kSeenArray:
      return arrow::list(item == nullptr ? Node().Finish("item") : item->Finish("item"));
    default:
      return nullptr;
  }
}

std::shared_ptr<arrow::Field> JsonSchemaInference::Node::Finish(std::string name) const {
  auto type = Type();
  if (type == nullptr) return MakeField(std::move(name), arrow::utf8(), ValueKind::kJson);
  return MakeField(std::move(name), std::move(type));
}

// Walks one document along the tree.
class JsonSchemaInference::Observer {
 public:
  Status Observe(std::string_view json, Node* root) {
    return document_.Read(json,
                          [&](ondemand::value value) { return ObserveValue(value, root, 0); });
  }

 private:
  Status ObserveValue(ondemand::value value, Node* node, int depth);
  Status ObserveObject(ondemand::value value, Node* node, int depth);
  Status ObserveField(std::string_view key, ondemand::value value, uint64_t object,
                      Node::Child** previous, Node* node, int depth);
  Status ObserveArray(ondemand::value value, Node* node, int depth);
  Status ObserveNumber(std::string_view literal, Node* node);
  Status ObserveString(ondemand::value value, Node* node);

  JsonDocument document_;
  uint64_t objects_ = 0;
};

Status JsonSchemaInference::Observer::ObserveValue(ondemand::value value, Node* node, int depth) {
  ondemand::json_type type;
  if (auto error = value.type().get(type)) return JsonParseError(error);
  switch (type) {
    case ondemand::json_type::object:
      return ObserveObject(value, node, depth);
    case ondemand::json_type::array:
      return ObserveArray(value, node, depth);
    case ondemand::json_type::string:
      return ObserveString(value, node);
    case ondemand::json_type::number:
      return ObserveNumber(TrimJson(value.raw_json_token()), node);
    case ondemand::json_type::boolean:
    case ondemand::json_type::null:
      break;
  }
  std::string_view literal = TrimJson(value.raw_json_token());
  bool null = literal == "null";
  if (!null && literal != "true" && literal != "false") return JsonParseError(simdjson::TAPE_ERROR);
  node->seen |= null ? kSeenNull : kSeenBool;
  return Status::OK();
}

Status JsonSchemaInference::Observer::ObserveObject(ondemand::value value, Node* node, int depth) {
  node->seen |= kSeenObject;
  if (depth >= kJsonDepthMax) {
    node->seen |= kNeedsText;
    return Status::OK();
  }
  ondemand::object object;
  if (auto error = value.get_object().get(object)) return JsonParseError(error);
  uint64_t id = ++objects_;
  Node::Child* previous = nullptr;
  for (auto element : object) {
    ondemand::field field;
    if (auto error = std::move(element).get(field)) return JsonParseError(error);
    std::string_view key;
    if (auto error = field.unescaped_key().get(key)) {
      if (error != simdjson::STRING_ERROR) return JsonParseError(error);
      node->seen |= kNeedsText;
      continue;
    }
    if (key.find('\0') != std::string_view::npos) node->seen |= kNeedsText;
    ARROW_RETURN_NOT_OK(ObserveField(key, field.value(), id, &previous, node, depth));
  }
  return Status::OK();
}

Status JsonSchemaInference::Observer::ObserveField(std::string_view key, ondemand::value value,
                                                   uint64_t object, Node::Child** previous,
                                                   Node* node, int depth) {
  if (node->IsFull(depth)) return Status::OK();
  Node::Child*& guess = *previous == nullptr ? node->first : (*previous)->next;
  if (guess == nullptr || guess->key != key) guess = node->FindOrAdd(key);
  Node::Child* child = guess;
  *previous = child;
  if (child->object == object) node->seen |= kNeedsText;  // the key twice
  child->object = object;
  ARROW_RETURN_NOT_OK(ObserveValue(value, &child->node, depth + 1));
  node->CountChild(&child->node, depth);
  return Status::OK();
}

Status JsonSchemaInference::Observer::ObserveArray(ondemand::value value, Node* node, int depth) {
  node->seen |= kSeenArray;
  if (depth >= kJsonDepthMax) {
    node->seen |= kNeedsText;
    return Status::OK();
  }
  ondemand::array array;
  if (auto error = value.get_array().get(array)) return JsonParseError(error);
  for (auto element : array) {
    ondemand::value item;
    if (auto error = element.get(item)) return JsonParseError(error);
    if (node->IsFull(depth)) continue;
    if (node->item == nullptr) node->item = std::make_unique<Node>();
    ARROW_RETURN_NOT_OK(ObserveValue(item, node->item.get(), depth + 1));
    node->CountChild(node->item.get(), depth);
  }
  return Status::OK();
}

Status JsonSchemaInference::Observer::ObserveNumber(std::string_view literal, Node* node) {
  auto number = AnalyzeNumber(literal);
  if (!number) return JsonParseError(simdjson::NUMBER_ERROR);
  node->seen |= kSeenNumber | (number->is_int64 ? 0 : kNotInt64) |
                (number->is_double ? 0 : kNotDouble) | (number->is_decimal ? 0 : kNotDecimal);
  node->integer_digits = std::max(node->integer_digits, number->integer_digits);
  node->scale = std::max(node->scale, number->scale);
  return Status::OK();
}

Status JsonSchemaInference::Observer::ObserveString(ondemand::value value, Node* node) {
  node->seen |= kSeenString;
  std::string_view text;
  auto error = value.get_string().get(text);
  if (error == simdjson::STRING_ERROR) {
    node->seen |= kNeedsText;
    return Status::OK();
  }
  return error ? JsonParseError(error) : Status::OK();
}

JsonSchemaInference::JsonSchemaInference()
    : root_(std::make_unique<Node>()), observer_(std::make_unique<Observer>()) {}
JsonSchemaInference::~JsonSchemaInference() = default;
JsonSchemaInference::JsonSchemaInference(JsonSchemaInference&&) noexcept = default;
JsonSchemaInference& JsonSchemaInference::operator=(JsonSchemaInference&&) noexcept = default;

Status JsonSchemaInference::Observe(std::string_view json) {
  return observer_->Observe(json, root_.get());
}

void JsonSchemaInference::Merge(const JsonSchemaInference& other) {
  root_->Merge(*other.root_, 0);
}

std::shared_ptr<arrow::Field> JsonSchemaInference::Finish(std::string name) const {
  return root_->Finish(std::move(name));
}

}  // namespace weir
