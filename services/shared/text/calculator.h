// The calculator of protocol section 4: one line `A OP B` is read, worked out and written as people read numbers. Pure
// text and numbers, so that a client can tell a malformed line from a good one before it sends it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

enum class CalculationOutcome : std::uint8_t {
    done,
    malformed,       // not two decimal numbers with one of + - * / between them
    not_finite,      // the result, or one of the numbers, is too large for a double
    divide_by_zero,  // also 0 / 0
};

struct Calculation {
    CalculationOutcome outcome;
    std::string expression;  // done: `A OP B`, the numbers as they were written, one space between
    std::string value;       // done: the result
};

// Spaces (no tabs) stand between the three parts, one or more, and may stand around them.
[[nodiscard]] Calculation calculate(std::string_view line);

// What to tell whoever wrote the line; empty for `done`.
[[nodiscard]] std::string_view explain(CalculationOutcome outcome) noexcept;

// The shortest decimal that reads back as the same double, without an exponent from 1e-6 to below 1e15; minus zero is
// `0`. `value` is finite.
[[nodiscard]] std::string write_number(double value);

}  // namespace chat
