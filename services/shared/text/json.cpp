// The value, on top of nlohmann's parser and writer.
#include "shared/text/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace chat {
namespace {

const Json nothing;
const std::string no_text;

// Receives the parser's events (SAX).
class Reader final : public nlohmann::json_sax<nlohmann::ordered_json> {
  public:
    explicit Reader(std::size_t max_nested) : max_nested_(max_nested) {}

    bool null() override { return add({}); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t& /*written*/) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
    bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
    bool key(string_t& name) override {
        open_.back().key = std::move(name);
        return true;
    }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        return false;
    }

    [[nodiscard]] Json take() { return std::move(result_); }

  private:
    struct Open {
        Json value;
        std::vector<Json> items;  // of an array
        std::string key;          // of the member that comes next
    };

    bool open(Json value) {
        if (open_.size() > max_nested_) return false;
        open_.push_back({std::move(value), {}, {}});
        return true;
    }
    bool close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        return put(done.value.is_array() ? Json::array(std::move(done.items)) : std::move(done.value));
    }
    bool add(Json value) { return open_.size() <= max_nested_ && put(std::move(value)); }
    bool put(Json value) {
        if (open_.empty())
            result_ = std::move(value);
        else if (open_.back().value.is_array())
            open_.back().items.push_back(std::move(value));
        else
            open_.back().value.set(open_.back().key, std::move(value));
        return true;
    }

    std::size_t max_nested_;
    std::vector<Open> open_;
    Json result_;
};

}  // namespace

Json::Json() noexcept = default;
Json::Json(std::nullptr_t) noexcept {}
Json::Json(double number) : value_(number) {}
Json::Json(const char* text) : value_(std::string(text)) {}
Json::Json(std::string_view text) : value_(std::string(text)) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(const std::vector<std::string>& texts) : value_(std::vector<Json>(texts.begin(), texts.end())) {}
Json::Json(std::initializer_list<Member> members) : value_(std::vector<Member>(members)) {}
Json::Json(Value&& value) noexcept : value_(std::move(value)) {}
Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

void Json::set_boolean(bool boolean) noexcept {
    value_ = boolean;
}

void Json::set_unsigned(std::uint64_t number) noexcept {
    value_ = number;
}

void Json::set_signed(std::int64_t number) noexcept {
    if (number < 0)
        value_ = number;
    else
        value_ = static_cast<std::uint64_t>(number);
}

Json Json::object() {
    return Json(Value(std::vector<Member>()));
}

Json Json::array(std::vector<Json> items) {
    return Json(Value(std::move(items)));
}

bool Json::is_null() const noexcept {
    return std::holds_alternative<std::monostate>(value_);
}
bool Json::is_boolean() const noexcept {
    return std::holds_alternative<bool>(value_);
}
bool Json::is_natural() const noexcept {
    return std::holds_alternative<std::uint64_t>(value_);
}
bool Json::is_text() const noexcept {
    return std::holds_alternative<std::string>(value_);
}
bool Json::is_array() const noexcept {
    return std::holds_alternative<std::vector<Json>>(value_);
}
bool Json::is_object() const noexcept {
    return std::holds_alternative<std::vector<Member>>(value_);
}

bool Json::boolean() const noexcept {
    const auto* value = std::get_if<bool>(&value_);
    return value != nullptr && *value;
}

std::uint64_t Json::natural() const noexcept {
    const auto* value = std::get_if<std::uint64_t>(&value_);
    return value != nullptr ? *value : 0;
}

const std::string& Json::text() const noexcept {
    const auto* value = std::get_if<std::string>(&value_);
    return value != nullptr ? *value : no_text;
}

std::span<const Json> Json::items() const noexcept {
    const auto* value = std::get_if<std::vector<Json>>(&value_);
    return value != nullptr ? std::span<const Json>(*value) : std::span<const Json>();
}

std::span<const Json::Member> Json::members() const noexcept {
    const auto* value = std::get_if<std::vector<Member>>(&value_);
    return value != nullptr ? std::span<const Member>(*value) : std::span<const Member>();
}

const Json& Json::operator[](std::string_view key) const noexcept {
    for (const Member& member : members())
        if (member.key == key) return member.value;
    return nothing;
}

const Json& Json::operator[](std::size_t index) const noexcept {
    return index < items().size() ? items()[index] : nothing;
}

bool Json::contains(std::string_view key) const noexcept {
    return &(*this)[key] != &nothing;
}

std::size_t Json::size() const noexcept {
    return items().size() + members().size();
}

void Json::set(std::string_view key, Json value) {
    if (is_null()) value_ = std::vector<Member>();
    auto& all = std::get<std::vector<Member>>(value_);
    const auto known = std::find_if(all.begin(), all.end(), [key](const Member& member) { return member.key == key; });
    if (known != all.end())
        known->value = std::move(value);
    else
        all.push_back({std::string(key), std::move(value)});
}

bool Json::equals(const Json& other) const noexcept {
    return value_ == other.value_;
}

std::optional<Json> Json::parse(std::string_view text, std::size_t max_nested) {
    Reader reader(max_nested);
    if (!nlohmann::ordered_json::sax_parse(text, &reader)) return std::nullopt;
    return reader.take();
}

struct JsonWriter {
    using Written = nlohmann::ordered_json;

    static Written written(const Json& json) { return std::visit(JsonWriter{}, json.value_); }

    Written operator()(std::monostate /*null*/) const { return nullptr; }
    Written operator()(const std::vector<Json>& items) const {
        Written array = Written::array();
        for (const Json& item : items) array.push_back(written(item));
        return array;
    }
    Written operator()(const std::vector<Json::Member>& members) const {
        Written object = Written::object();
        for (const Json::Member& member : members) object[member.key] = written(member.value);
        return object;
    }
    template <typename Plain>
    Written operator()(const Plain& value) const {
        return value;
    }
};

std::string Json::dump(Form form) const {
    constexpr int indentation = 2;
    return JsonWriter::written(*this).dump(form == Form::document ? indentation : -1, ' ', form == Form::ascii_line,
                                           JsonWriter::Written::error_handler_t::replace);
}

}  // namespace chat
