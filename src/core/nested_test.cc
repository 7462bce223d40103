#include "core/nested.h"

#include "core/copy_testing.h"
#include "core/field.h"

namespace weir {
namespace {

// A column whose values are all digits becomes int64; others stay text. `bad` fails both passes.
class DigitsInference : public TypeInference {
 public:
  Status Observe(std::string_view json) override {
    if (json == "bad") return Error("test.bad", "bad value");
    digits_ &= json.find_first_not_of("0123456789") == std::string_view::npos;
    return Status::OK();
  }
  void Merge(const TypeInference& other) override {
    digits_ &= static_cast<const DigitsInference&>(other).digits_;
  }
  std::shared_ptr<arrow::Field> Finish(const arrow::Field& json_field) override {
    return digits_ ? arrow::field(json_field.name(), arrow::int64()) : json_field.Copy();
  }

 private:
  bool digits_ = true;
};

class DigitsConverter : public NestedConverter {
 public:
  explicit DigitsConverter(const arrow::Field& field)
      : builder_(arrow::MakeBuilder(field.type()).ValueOrDie()) {}
  Status Append(std::string_view json) override {
    if (json == "late") return Error("test.late", "bad value");
    ARROW_ASSIGN_OR_RAISE(auto scalar, arrow::Scalar::Parse(builder_->type(), json));
    return builder_->AppendScalar(*scalar);
  }
  Status AppendNull() override { return builder_->AppendNull(); }
  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_->Finish(); }

 private:
  std::unique_ptr<arrow::ArrayBuilder> builder_;
};

NestedSupport Digits() {
  NestedSupport support;
  support.make_inference = [] { return std::make_unique<DigitsInference>(); };
  support.make_converter = [](const arrow::Field& field) {
    return std::make_unique<DigitsConverter>(field);
  };
  return support;
}

using Texts = std::vector<std::optional<std::string>>;

std::shared_ptr<arrow::Array> TextArray(const Texts& texts) {
  arrow::StringBuilder builder;
  for (const auto& text : texts) {
    EXPECT_TRUE((text ? builder.Append(*text) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

BatchPointer BatchOf(const std::shared_ptr<arrow::Schema>& schema,
                     const std::vector<Texts>& columns) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const Texts& texts : columns) arrays.push_back(TextArray(texts));
  const int64_t rows = arrays[0]->length();
  return arrow::RecordBatch::Make(schema, rows, std::move(arrays));
}

class NestedColumnsTest : public testing::Test {
 protected:
  static std::shared_ptr<arrow::Field> Json(const std::string& name) {
    return MakeField(name, arrow::utf8(), ValueKind::kJson);
  }
  // What the first pass reads.
  BatchPointer Read(const Texts& a, const Texts& b) {
    return BatchOf(arrow::schema({Json("a"), Json("b")}), {a, b});
  }

  const NestedSupport support_ = Digits();
  const std::shared_ptr<arrow::Schema> schema_ =
      arrow::schema({arrow::field("plain", arrow::utf8()), Json("a"),
                     MakeField("numeric", arrow::utf8(), ValueKind::kNumeric), Json("b")},
                    arrow::key_value_metadata({"k"}, {"v"}));
  NestedColumns columns_{&support_, schema_};
};

TEST_F(NestedColumnsTest, AreTheColumnsOfJsonText) {
  EXPECT_EQ(columns_.json_columns(), (std::vector<int>{1, 3}));
  EXPECT_EQ(columns_.schema(), schema_);
  auto other = arrow::schema({arrow::field("id", arrow::int64())});
  EXPECT_TRUE(NestedColumns(&support_, other).json_columns().empty());
}

TEST_F(NestedColumnsTest, TypesComeFromWhatAllObserversSaw) {
  auto first = columns_.MakeObserver(), second = columns_.MakeObserver();
  auto idle = columns_.MakeObserver();
  ASSERT_TRUE(first(*Read({"1", "2"}, {"3", std::nullopt})).ok());
  ASSERT_TRUE(second(*Read({"4"}, {"[]"})).ok());
  ASSERT_TRUE(first(*Read({std::nullopt}, {"5"})).ok());
  columns_.DecideTypes();
  const arrow::Schema& decided = *columns_.schema();
  EXPECT_TRUE(decided.field(0)->Equals(*schema_->field(0), true));
  EXPECT_TRUE(decided.field(1)->type()->Equals(*arrow::int64()));
  EXPECT_TRUE(decided.field(2)->Equals(*schema_->field(2), true));
  EXPECT_TRUE(decided.field(3)->Equals(*schema_->field(3), true));
  EXPECT_TRUE(decided.metadata()->Equals(*schema_->metadata()));
}

TEST_F(NestedColumnsTest, ConvertersFollowTheDecision) {
  auto observe = columns_.MakeObserver();
  ASSERT_TRUE(observe(*Read({"1"}, {"[]"})).ok());
  columns_.DecideTypes();
  auto convert = columns_.MakeConverter().ValueOrDie();
  for (int i = 0; i < 2; ++i) {  // a converter serves batch after batch
    auto batch =
        convert(BatchOf(schema_, {{"7", "x"}, {"1", std::nullopt}, {"2", "3"}, {"4", "[]"}}))
            .ValueOrDie();
    ASSERT_TRUE(batch->Validate().ok());
    EXPECT_TRUE(batch->schema()->Equals(*columns_.schema(), true));
    EXPECT_EQ(batch->num_rows(), 2);
    EXPECT_TRUE(batch->column(0)->Equals(*TextArray({"7", "x"})));
    EXPECT_EQ(batch->column(1)->GetScalar(0).ValueOrDie()->ToString(), "1");
    EXPECT_TRUE(batch->column(1)->IsNull(1));
    EXPECT_TRUE(batch->column(2)->Equals(*TextArray({"2", "3"})));
    EXPECT_TRUE(batch->column(3)->Equals(*TextArray({"4", "[]"})));
  }
}

TEST_F(NestedColumnsTest, FailuresArePassedOn) {
  EXPECT_TRUE(IsErrorCode(columns_.MakeObserver()(*Read({"1"}, {"bad"})), "test.bad"));
  columns_.DecideTypes();
  auto convert = columns_.MakeConverter().ValueOrDie();
  auto batch = BatchOf(schema_, {{"x"}, {"1"}, {"2"}, {"late"}});
  EXPECT_TRUE(IsErrorCode(convert(batch).status(), "test.late"));
  NestedSupport none = Digits();
  none.make_converter = [](const arrow::Field&) -> Result<std::unique_ptr<NestedConverter>> {
    return Error("test.none", "no converter");
  };
  EXPECT_TRUE(IsErrorCode(NestedColumns(&none, schema_).MakeConverter().status(), "test.none"));
}

// Both passes through the copy loop.
class NestedCopyTest : public testing::Test {
 protected:
  NestedCopyTest() {
    world_.registry.nested = Digits();
    world_.source.schema = arrow::schema({MakeField("a", arrow::utf8(), ValueKind::kJson)});
    for (int i = 0; i < 20; ++i) Add({std::to_string(i), std::nullopt});
    world_.spec.sink.path = "out.blocks";
    world_.spec.options.nested = NestedForm::kStruct;
    world_.spec.jobs = 3;
  }
  void Add(const Texts& texts) {
    world_.source.slices.push_back({BatchOf(world_.source.schema, {texts})});
  }

  CopyWorld world_;
};

TEST_F(NestedCopyTest, TheRecordHasTheTypesThatWereWritten) {
  auto record = world_.Run().ValueOrDie();
  EXPECT_EQ(record.columns[0].arrow_type, "int64");
  EXPECT_EQ(record.columns[0].target_type, "block of int64");
  EXPECT_EQ(record.rows, 40);
  EXPECT_EQ(record.columns[0].nulls, 20);
  EXPECT_EQ(world_.progress.rows, 40);
  EXPECT_TRUE(world_.files.visible.at("out.blocks").starts_with("0\nnull\n1\nnull\n2\n"));
}

TEST_F(NestedCopyTest, OneValueInTheLastSliceDecidesForAll) {
  Add({"[]"});
  EXPECT_EQ(world_.Run().ValueOrDie().columns[0].arrow_type, "string");
}

TEST_F(NestedCopyTest, AFailureOfTheFirstPassOpensNoFile) {
  Add({"bad"});
  EXPECT_TRUE(IsErrorCode(world_.Run().status(), "test.bad"));
  EXPECT_TRUE(world_.files.open.empty());
}

TEST_F(NestedCopyTest, OtherFormsNeedNoFirstPass) {
  Add({"bad"});
  world_.spec.options.nested = NestedForm::kJson;
  EXPECT_EQ(world_.Run().ValueOrDie().columns[0].arrow_type, "string");
}

}  // namespace
}  // namespace weir
