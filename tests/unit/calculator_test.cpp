// The calculator: what counts as a number and as an expression, and how a result is written.
#include "shared/text/calculator.h"

#include "tests/support/catch.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

namespace calculator_test {

using namespace chat;

namespace {

std::string value_of(std::string_view line) {
    const Calculation calculation = calculate(line);
    if (calculation.outcome == CalculationOutcome::done) return calculation.value;
    if (calculation.outcome == CalculationOutcome::divide_by_zero) return "divide-by-zero";
    return calculation.outcome == CalculationOutcome::malformed ? "malformed" : "not-finite";
}

double read_back(const std::string& text) {
    return std::strtod(text.c_str(), nullptr);
}

std::string longer_spelling(double value) {
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

std::size_t count_digits(const std::string& text) {
    const std::string mantissa = text.substr(0, text.find('e'));
    std::string figures;
    for (const char c : mantissa)
        if (c >= '0' && c <= '9') figures += c;
    const std::size_t first = figures.find_first_not_of('0');
    const std::size_t last = figures.find_last_not_of('0');
    return first == std::string::npos ? 0 : last - first + 1;
}

}  // namespace

TEST_CASE("calculator: the four operations", "[calculator][R45]") {
    CHECK(value_of("12 + 42") == "54");
    CHECK(value_of("4.5 / -6") == "-0.75");
    CHECK(value_of("3.24 - 3") == "0.2400000000000002");
    CHECK(value_of("0.1 + 0.2") == "0.30000000000000004");
    CHECK(value_of(".5 * .5") == "0.25");
    CHECK(value_of("1e5 * 1") == "100000");
    CHECK(value_of("-6 - -6") == "0");
    CHECK(value_of("1E+2 - 1e-2") == "99.99");
    CHECK(value_of("5. + 0.") == "5");
    CHECK(value_of("007 + 1") == "8");
    CHECK(value_of("7 / 3") == "2.3333333333333335");
}

TEST_CASE("calculator: the expression is repeated as it was written, with single spaces", "[calculator][R47]") {
    CHECK(calculate("4.50 / -6").expression == "4.50 / -6");
    CHECK(calculate("   1e5   *  .5 ").expression == "1e5 * .5");
}

TEST_CASE("calculator: anything but number, operator, number is malformed", "[calculator][R46]") {
    for (const char* line :
         {"",          " ",       "12",          "12 +",      "+ 12",      "12 + ",        "12+42",
          "12 +42",    "12+ 42",  "12 + 42 + 1", "12 ++ 42",  "12 % 42",   "12 ^ 42",      "0x10 + 1",
          "1 + 0X1p3", "inf + 1", "1 - inf",     "nan * 1",   "-inf + 1",  "infinity + 1", "1 + nan(1)",
          "a + b",     "1e + 1",  "1e+ + 1",     "e5 + 1",    ". + 1",     "-. + 1",       "- + 1",
          "--1 + 1",   "+1 + 1",  "1,5 + 1",     "1.2.3 + 1", "1_000 + 1", "1\t+\t2",      "12 + 42\t",
          "１ + 1",    "1 × 2",   "1 + 2 =",     "1 / 2/3",   "- 6 + 1",   "1 . 5"})
        CHECK(value_of(line) == "malformed");
}

TEST_CASE("calculator: division by zero, in any notation of zero", "[calculator]") {
    for (const char* zero : {"0", "-0", "0.0", ".0", "0e9", "0e99999999999999999999", "1e-400", "-1e-400"}) {
        INFO(zero);
        CHECK(value_of(std::string("1 / ") + zero) == "divide-by-zero");
        CHECK(value_of(std::string("0 / ") + zero) == "divide-by-zero");
        CHECK(value_of(std::string("1 + ") + zero) == "1");
    }
    CHECK(value_of("0 / 5") == "0");
    CHECK(value_of("0 / -5") == "0");
    CHECK(value_of("0 * -5") == "0");
    CHECK(value_of("-0 + -0") == "0");
}

TEST_CASE("calculator: results that no double can hold", "[calculator]") {
    CHECK(value_of("1e308 * 10") == "not-finite");
    CHECK(value_of("1e308 / 1e-308") == "not-finite");
    CHECK(value_of("1e400 - 1e400") == "not-finite");
    CHECK(value_of("1e99999999999999999999 * 0") == "not-finite");
    CHECK(value_of("1 - 1e+99999999999999999999") == "not-finite");
    CHECK(value_of("1e-99999999999999999999 + 2") == "2");
    CHECK(value_of("1" + std::string(400, '0') + " + 1") == "not-finite");
    CHECK(value_of("1" + std::string(400, '0') + "e-400 + 1") == "2");
    CHECK(value_of("0." + std::string(400, '0') + "1 + 1") == "1");
    CHECK(value_of("0." + std::string(400, '0') + "1e401 + 1") == "2");
    CHECK(value_of("1e-320 / 1e10") == "0");  // the result is too small
    CHECK(value_of(std::string(2000, '9') + "e-2000 * 1") == "1");
}

TEST_CASE("calculator: without an exponent from 1e-6 to below 1e15", "[calculator]") {
    CHECK(write_number(0.0) == "0");
    CHECK(write_number(-0.0) == "0");
    CHECK(write_number(1e-6) == "0.000001");
    CHECK(write_number(-1e-6) == "-0.000001");
    CHECK(write_number(std::nextafter(1e-6, 0)) == "9.999999999999997e-7");
    CHECK(write_number(999999999999999) == "999999999999999");
    CHECK(write_number(100000000000000) == "100000000000000");
    CHECK(write_number(std::nextafter(1e15, 0)) == "999999999999999.9");
    CHECK(write_number(1e15) == "1e15");
    CHECK(write_number(-1.5e15) == "-1.5e15");
    CHECK(write_number(1e100) == "1e100");
    CHECK(write_number(5e-324) == "5e-324");
    CHECK(write_number(1.7976931348623157e308) == "1.7976931348623157e308");
    CHECK(write_number(1e-10) == "1e-10");
}

TEST_CASE("calculator: any double is written short and reads back as itself", "[calculator][property]") {
    std::mt19937_64 random(20261120);
    std::uniform_real_distribution<double> exponent(-7, 16);
    for (int i = 0; i < 20'000; ++i) {
        double value = std::bit_cast<double>(random());
        if (i % 2 == 0) value = std::copysign(std::pow(10.0, exponent(random)), value);
        if (!std::isfinite(value)) continue;
        const std::string text = write_number(value);
        INFO(text);
        REQUIRE(read_back(text) == value);
        REQUIRE(text.size() <= 32);
        const bool is_plain = value == 0 || (std::abs(value) >= 1e-6 && std::abs(value) < 1e15);
        REQUIRE((text.find('e') == std::string::npos) == is_plain);
        REQUIRE(count_digits(text) <= count_digits(longer_spelling(value)));
        REQUIRE(text.find_first_not_of("0123456789.-e") == std::string::npos);
        // A result is a valid number for the next line.
        const Calculation again = calculate(text + " * 1");
        REQUIRE(again.outcome == CalculationOutcome::done);
        REQUIRE(again.value == text);
    }
}

TEST_CASE("calculator: any two numbers give the machine's result", "[calculator][property]") {
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const double a = std::bit_cast<double>(random());
        const double b = std::bit_cast<double>(random());
        if (!std::isfinite(a) || !std::isfinite(b)) continue;
        const char operation = "+-*/"[i % 4];
        const double wanted = operation == '+' ? a + b : operation == '-' ? a - b : operation == '*' ? a * b : a / b;
        const std::string line =
            longer_spelling(a) + std::string(i % 3 == 0 ? 1U : 2U, ' ') + operation + ' ' + longer_spelling(b);
        INFO(line);
        const Calculation calculation = calculate(line);
        if (!std::isfinite(wanted)) {
            REQUIRE(calculation.outcome == CalculationOutcome::not_finite);
        } else {
            REQUIRE(calculation.outcome == CalculationOutcome::done);
            REQUIRE(read_back(calculation.value) == wanted);
        }
    }
}

TEST_CASE("calculator: any text at all has an answer", "[calculator][property]") {
    std::mt19937 random(99);
    constexpr std::string_view letters = "0123456789.eE+-*/ \txn";
    std::uniform_int_distribution<std::size_t> letter(0, letters.size() - 1);
    for (int i = 0; i < 50'000; ++i) {
        std::string line;
        for (int length = i % 24; length > 0; --length) line += letters[letter(random)];
        const Calculation calculation = calculate(line);
        if (calculation.outcome != CalculationOutcome::done) {
            REQUIRE(calculation.value.empty());
            REQUIRE(explain(calculation.outcome).starts_with("Warning: "));
        } else {
            REQUIRE(calculate(calculation.expression).value == calculation.value);
        }
    }
}

}  // namespace calculator_test
