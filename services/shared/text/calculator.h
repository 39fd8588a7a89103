// The calculator of protocol section 4: parses a line `A OP B`, evaluates it and formats the result for people. No
// state or I/O, so that a client can reject a malformed line before sending it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

enum class CalculationOutcome : std::uint8_t {
    done,
    malformed,       // not two decimal numbers with one of + - * / between them
    not_finite,      // the result or an operand is too large for a double
    divide_by_zero,  // also 0 / 0
};

struct Calculation {
    CalculationOutcome outcome;
    std::string expression;  // done: `A OP B`, the operands as written, with single spaces
    std::string value;       // done: the result
};

// One or more spaces (no tabs) separate the three parts and may surround them.
[[nodiscard]] Calculation calculate(std::string_view line);

// The error text for the author of the line; empty for `done`.
[[nodiscard]] std::string_view explain(CalculationOutcome outcome) noexcept;

// The shortest decimal that reads back as the same double, without an exponent from 1e-6 to below 1e15; minus zero
// gives `0`. `value` must be finite.
[[nodiscard]] std::string write_number(double value);

}  // namespace chat
