// A JSON value (RFC 8259), for messages to and from operators. Reading a value as another kind, or an absent member,
// yields "nothing": null, false, 0, no text, no items. Only json.cpp includes the library behind it, because compiling
// it takes seconds.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chat {

class Json {
  public:
    struct Member;
    enum class Form : std::uint8_t { line, ascii_line, document };  // document: multi-line, indented

    Json() noexcept;
    Json(std::nullptr_t) noexcept;
    template <std::same_as<bool> Boolean>
    Json(Boolean boolean) {
        set_boolean(boolean);
    }
    template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>) Json(Number number) { set_unsigned(number); }
    template <std::signed_integral Number>
    Json(Number number) {
        set_signed(number);
    }
    Json(double number);
    Json(const char* text);
    Json(std::string_view text);
    Json(std::string text);
    Json(const std::vector<std::string>& texts);
    // {{"id", 7}, {"name", "Batman"}} is an object. For arrays see array().
    Json(std::initializer_list<Member> members);
    [[nodiscard]] static Json object();
    [[nodiscard]] static Json array(std::vector<Json> items = {});

    Json(const Json& other);
    Json(Json&& other) noexcept;
    Json& operator=(const Json& other);
    Json& operator=(Json&& other) noexcept;
    ~Json();

    // Empty unless the text is exactly one JSON value, or if arrays and objects are nested deeper than `max_nested`.
    [[nodiscard]] static std::optional<Json> parse(std::string_view text, std::size_t max_nested);
    // Invalid UTF-8 is replaced by U+FFFD.
    [[nodiscard]] std::string dump(Form form = Form::line) const;

    [[nodiscard]] bool is_null() const noexcept;
    [[nodiscard]] bool is_boolean() const noexcept;
    [[nodiscard]] bool is_natural() const noexcept;  // an integer, 0 or greater
    [[nodiscard]] bool is_text() const noexcept;
    [[nodiscard]] bool is_array() const noexcept;
    [[nodiscard]] bool is_object() const noexcept;

    [[nodiscard]] bool boolean() const noexcept;
    [[nodiscard]] std::uint64_t natural() const noexcept;
    [[nodiscard]] const std::string& text() const noexcept;
    [[nodiscard]] std::span<const Json> items() const noexcept;
    [[nodiscard]] std::span<const Member> members() const noexcept;

    [[nodiscard]] const Json& operator[](std::string_view key) const noexcept;
    [[nodiscard]] const Json& operator[](std::size_t index) const noexcept;
    [[nodiscard]] bool contains(std::string_view key) const noexcept;
    // The number of items or members.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    // Turns null into an object. A member that is set again keeps its position.
    void set(std::string_view key, Json value);

    friend bool operator==(const Json& one, const Json& other) noexcept { return one.equals(other); }

  private:
    friend struct JsonWriter;
    // An integer held as signed is always negative.
    using Value = std::variant<std::monostate, bool, std::uint64_t, std::int64_t, double, std::string,
                               std::vector<Json>, std::vector<Member>>;
    explicit Json(Value&& value) noexcept;
    void set_boolean(bool boolean) noexcept;
    void set_unsigned(std::uint64_t number) noexcept;
    void set_signed(std::int64_t number) noexcept;
    [[nodiscard]] bool equals(const Json& other) const noexcept;

    Value value_;
};

struct Json::Member {
    std::string key;
    Json value;
    bool operator==(const Member& other) const noexcept = default;
};

}  // namespace chat
