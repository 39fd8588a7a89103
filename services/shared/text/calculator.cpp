// Strict parsing of numbers, arithmetic, and formatting.
#include "shared/text/calculator.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

namespace chat {
namespace {

constexpr std::string_view digits = "0123456789";

std::size_t take_digits(std::string_view& text) noexcept {
    const std::size_t count = std::min(text.find_first_not_of(digits), text.size());
    text.remove_prefix(count);
    return count;
}

// [-] digits [. [digits]] or [-] . digits, then perhaps e, a sign and digits.
bool is_decimal(std::string_view text) noexcept {
    if (text.starts_with('-')) text.remove_prefix(1);
    std::size_t count = take_digits(text);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        count += take_digits(text);
    }
    if (count == 0) return false;
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        if (take_digits(text) == 0) return false;
    }
    return text.empty();
}

// For a decimal outside the range of a double: true if it is too small rather than too large. The exponent alone cannot
// tell, since any number of digits may precede it.
bool is_tiny(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::size_t mantissa_size = std::min(text.find_first_of("eE"), text.size());
    const std::string_view mantissa = text.substr(0, mantissa_size);
    const std::size_t first = std::min(mantissa.find_first_of("123456789"), mantissa.size());
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    std::string_view exponent_text = text.substr(std::min(mantissa_size + 1, text.size()));
    if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
    long long exponent = 0;
    const auto error = std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent).ec;
    if (error == std::errc::result_out_of_range) return exponent_text.starts_with('-');
    return exponent + static_cast<long long>(point) - static_cast<long long>(first) < 0;
}

// Empty if the number is too large; zero if it is too small.
std::optional<double> read_decimal(std::string_view text) {
    double value = 0;
    const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    if (error == std::errc::result_out_of_range) return is_tiny(text) ? std::optional(0.0) : std::nullopt;
    return value;
}

std::string_view take_word(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

double apply(char operation, double left, double right) noexcept {
    switch (operation) {
        case '+':
            return left + right;
        case '-':
            return left - right;
        case '*':
            return left * right;
        default:
            return left / right;
    }
}

}  // namespace

Calculation calculate(std::string_view line) {
    const std::string_view left = take_word(line);
    const std::string_view operation = take_word(line);
    const std::string_view right = take_word(line);
    const bool has_operator = operation.size() == 1 && std::string_view("+-*/").find(operation) != std::string::npos;
    if (!has_operator || !is_decimal(left) || !is_decimal(right) || !take_word(line).empty())
        return {CalculationOutcome::malformed, {}, {}};
    const auto a = read_decimal(left);
    const auto b = read_decimal(right);
    if (!a || !b) return {CalculationOutcome::not_finite, {}, {}};
    if (operation == "/" && *b == 0) return {CalculationOutcome::divide_by_zero, {}, {}};
    const double value = apply(operation.front(), *a, *b);
    if (!std::isfinite(value)) return {CalculationOutcome::not_finite, {}, {}};
    std::string expression;
    expression.append(left).append(" ").append(operation).append(" ").append(right);
    return {CalculationOutcome::done, std::move(expression), write_number(value)};
}

std::string_view explain(CalculationOutcome outcome) noexcept {
    switch (outcome) {
        case CalculationOutcome::done:
            return {};
        case CalculationOutcome::malformed:
            return "Warning: expected two numbers with + - * or / between them, as in 4.5 / -6";
        case CalculationOutcome::not_finite:
            return "Warning: a number or the result is too large";
        case CalculationOutcome::divide_by_zero:
            break;
    }
    return "Warning: division by zero";
}

std::string write_number(double value) {
    if (value == 0) return "0";
    const double size = std::abs(value);
    const bool is_plain = size >= 1e-6 && size < 1e15;
    // -0.00000123456789012345678 is the longest without an exponent.
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value,
                                   is_plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    std::string written(text, end);
    if (is_plain) return written;
    // "1.5e+07", "2e-09": neither the plus nor the zeros are needed.
    const std::size_t exponent = written.find('e') + 1;
    if (written[exponent] == '+') written.erase(exponent, 1);
    const std::size_t number = exponent + (written[exponent] == '-' ? 1 : 0);
    while (written[number] == '0') written.erase(number, 1);
    return written;
}

}  // namespace chat
